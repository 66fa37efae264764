//! A page that needs nothing else: no script, no font, no picture from anywhere.

use std::fmt::Write as _;

use super::markup::escaped;
use super::{Finding, Format, Report, Run, seconds};
use crate::plural::count;

pub struct Html;

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --odd: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #f85149; --odd: #d29922; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; } td { padding-right: 1rem; } code, pre { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .75rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; } li { margin: .5rem 0; } small { opacity: .75; }
.good { color: var(--good); } .bad, .error { color: var(--bad); } .warning { color: var(--odd); }
";

impl Format for Html {
    fn tell(&self, report: &Report) -> String {
        let (class, verdict) = match report.is_good() {
            true => ("good", "The client keeps the contract"),
            false => ("bad", "The client falls short"),
        };
        let contract = &report.contract;
        let mut text = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>ayra-mock: {verdict}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <h1 class=\"{class}\">{verdict}</h1>\n<p>{} {} <small>{} · {}</small></p>\n<pre>{}</pre>\n",
            escaped(&contract.title),
            escaped(&contract.version),
            report.began.strftime("%Y-%m-%d %H:%M:%SZ"),
            seconds(report.took),
            escaped(&report.command.join(" "))
        );
        for run in &report.runs {
            section(&mut text, report, run);
        }
        coverage(&mut text, report);
        text.push_str("</body>\n</html>\n");
        text
    }
}

fn coverage(text: &mut String, report: &Report) {
    let _ = write!(text, "<h2>Coverage {:.1}%</h2>\n<table>\n", report.coverage.percent());
    for share in report.coverage.shares() {
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td>{} of {}</td><td><progress max=\"{}\" value=\"{}\"></progress></td></tr>",
            share.kind.name(),
            share.met,
            share.all,
            share.all,
            share.met
        );
    }
    text.push_str("</table>\n");
    report.short_of().for_each(|short| _ = writeln!(text, "<p class=\"bad\">{}</p>", escaped(&short)));
    let (missing, more) = report.coverage.missing();
    text.push_str("<details>\n<summary>What was never met</summary>\n<ul>\n");
    missing.iter().for_each(|sentence| _ = writeln!(text, "<li>{}</li>", escaped(sentence)));
    if more > 0 {
        let _ = writeln!(text, "<li>and {more} more</li>");
    }
    text.push_str("</ul>\n</details>\n");
}

/// Open where there is something to see.
fn section(text: &mut String, report: &Report, run: &Run) {
    let (class, mark, open) = match run.is_good(report.fail_on) {
        true => ("good", "✓", ""),
        false => ("bad", "✗", " open"),
    };
    let _ = write!(
        text,
        "<details{open}>\n<summary><span class=\"{class}\">{mark}</span> <strong>{}</strong> <small>{}, {} in {}\
         </small></summary>\n",
        escaped(&run.name),
        run.end.told(),
        count(run.exchanges, "request"),
        seconds(run.took)
    );
    if !run.findings.is_empty() {
        text.push_str("<ul>\n");
        run.findings.iter().for_each(|finding| item(text, finding));
        if let Some(beyond) = run.beyond() {
            let _ = writeln!(text, "<li>{beyond}</li>");
        }
        text.push_str("</ul>\n");
    }
    let _ = writeln!(text, "<pre>{}</pre>\n</details>", escaped(&run.replay));
}

fn item(text: &mut String, finding: &Finding) {
    let times = if finding.times > 1 { format!(" ×{}", finding.times) } else { String::new() };
    let class = finding.level.name();
    let _ = write!(
        text,
        "<li><span class=\"{class}\">{class}</span> <code>{}</code> {}{times}",
        escaped(&finding.code),
        escaped(&finding.message)
    );
    if let Some(place) = &finding.place {
        let _ = write!(text, " <small>{}:{}</small>", escaped(&place.file), place.line);
    }
    if !finding.advice.is_empty() {
        let _ = write!(text, "<br>{}", escaped(&finding.advice));
    }
    for excerpt in &finding.exchanges {
        let shown = format!("#{} {} {} {}", excerpt.number, excerpt.method, excerpt.target, excerpt.status);
        let _ = write!(text, "<br><code>{}</code>", escaped(&shown));
    }
    text.push_str("</li>\n");
}
