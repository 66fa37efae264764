//! Markdown, for the summary of a step or a comment on a change.

use std::fmt::Write as _;

use super::{Finding, Format, Report, Run, seconds};
use crate::breach::Severity;

pub struct Markdown;

/// So many findings of a run are told: a summary has a length that is allowed.
const MOST: usize = 50;

impl Format for Markdown {
    fn tell(&self, report: &Report) -> String {
        let verdict = if report.is_good() { "✅ The client keeps the contract" } else { "❌ The client falls short" };
        let mut text = format!("## {verdict}\n\n");
        let _ = writeln!(
            text,
            "{} {} · {}\n",
            plain(&report.contract.title),
            plain(&report.contract.version),
            code(&report.command.join(" "))
        );
        text.push_str("| | Run | Command | Requests | Time | Errors | Warnings |\n|---|---|---|--:|--:|--:|--:|\n");
        for run in &report.runs {
            row(&mut text, report, run);
        }
        for run in report.runs.iter().filter(|run| !run.findings.is_empty() || !run.is_good(report.fail_on)) {
            let _ = writeln!(text, "\n### {}\n", plain(&run.name));
            for finding in run.findings.iter().take(MOST) {
                item(&mut text, finding);
            }
            if run.findings.len() > MOST {
                let _ = writeln!(text, "- and {} more", run.findings.len() - MOST);
            }
            if let Some(beyond) = run.beyond() {
                let _ = writeln!(text, "- {beyond}");
            }
            let _ = writeln!(text, "\nReplay: {}", code(&run.replay));
        }
        coverage(&mut text, report);
        text
    }
}

fn coverage(text: &mut String, report: &Report) {
    text.push_str("\n### Coverage\n\n| | Met | Of |\n|---|--:|--:|\n");
    for share in report.coverage.shares() {
        let _ = writeln!(text, "| {} | {} | {} |", share.kind.name(), share.met, share.all);
    }
    report.short_of().for_each(|short| _ = writeln!(text, "\n❌ {}", plain(&short)));
    let (missing, more) = report.coverage.missing();
    let hidden = more + missing.len().saturating_sub(MOST);
    text.push_str("\n<details><summary>What was never met</summary>\n\n");
    missing.iter().take(MOST).for_each(|sentence| _ = writeln!(text, "- {}", plain(sentence)));
    if hidden > 0 {
        let _ = writeln!(text, "- and {hidden} more");
    }
    text.push_str("\n</details>\n");
}

fn row(text: &mut String, report: &Report, run: &Run) {
    let count = |level| run.findings.iter().filter(|finding| finding.level == level).count();
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {} | {} | {} |",
        if run.is_good(report.fail_on) { "✅" } else { "❌" },
        plain(&run.name),
        run.end.told(),
        run.exchanges,
        seconds(run.took),
        count(Severity::Error),
        count(Severity::Warning)
    );
}

fn item(text: &mut String, finding: &Finding) {
    let mark = if finding.level == Severity::Error { "❌" } else { "⚠️" };
    let times = if finding.times > 1 { format!(" (×{})", finding.times) } else { String::new() };
    let _ = write!(text, "- {mark} **{}** {}{times}", plain(&finding.code), plain(&finding.message));
    if let Some(place) = &finding.place {
        let _ = write!(text, " {}", code(&format!("{}:{}", place.file, place.line)));
    }
    text.push('\n');
    if !finding.advice.is_empty() {
        let _ = writeln!(text, "  - {}", plain(&finding.advice));
    }
    for excerpt in &finding.exchanges {
        let shown = format!("#{} {} {} {}", excerpt.number, excerpt.method, excerpt.target, excerpt.status);
        let _ = writeln!(text, "  - {}", code(&shown));
    }
}

/// A text in which nothing means anything to Markdown or HTML.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => plain.push(' '),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '@' => plain.extend(['\\', c]),
            c => plain.push(c),
        }
    }
    plain
}

/// The same as code: between more backticks than it has in a row.
fn code(text: &str) -> String {
    let text = text.replace(|c: char| c.is_control(), " ").replace('|', "\u{2502}");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        assert_eq!(plain("a|b *c* <img> [x](y)\n"), "a\\|b \\*c\\* &lt;img&gt; \\[x\\](y) ");
        assert_eq!(code("a `b` c"), "``a `b` c``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\nb|c"), "`a b\u{2502}c`");
    }
}
