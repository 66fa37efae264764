//! Annotations of GitHub Actions: lines that the runner takes out of the output. It shows ten of each level and step, so the
//! gravest come first: commands that failed, coverage that is too little, then findings. How many more there are comes last.

use std::fmt::Write as _;

use super::{Finding, Format, Report, Run};
use crate::breach::Severity;

/// So many of each level are shown.
const SHOWN: usize = 10;

pub struct Github;

impl Format for Github {
    fn tell(&self, report: &Report) -> String {
        let failed = report.runs.iter().filter(|run| !run.end.is_good()).map(|run| titled(&run.name, &run.end.told()));
        let short = report.short_of().map(|short| titled("coverage", &short));
        let found = |severity| {
            let of_level = report.findings().filter(move |(_, finding)| finding.level == severity);
            of_level.map(|(run, finding)| annotation(report, run, finding))
        };
        let errors: Vec<String> = failed.chain(short).chain(found(Severity::Error)).collect();
        let mut text = String::new();
        for (severity, lines) in
            [(Severity::Error, errors), (Severity::Warning, found(Severity::Warning).collect::<Vec<_>>())]
        {
            level(&mut text, severity, &lines);
        }
        text
    }
}

/// One of those that are shown is the sum, where there are too many.
fn level(text: &mut String, severity: Severity, lines: &[String]) {
    let shown = if lines.len() > SHOWN { SHOWN - 1 } else { lines.len() };
    for line in lines.iter().take(shown) {
        let _ = writeln!(text, "::{} {line}", severity.name());
    }
    if lines.len() > shown {
        let _ = writeln!(text, "::{}::{} more were found", severity.name(), lines.len() - shown);
    }
}

fn titled(title: &str, told: &str) -> String {
    format!("title={}::{}", property(title), message(told))
}

fn annotation(report: &Report, run: &Run, finding: &Finding) -> String {
    let place = report.place(run, finding);
    let title = format!("{} ({})", finding.code, run.name);
    let told = format!("{}{}", finding.message, advice(finding));
    format!("file={},line={},{}", property(&place.file), place.line, titled(&title, &told))
}

fn advice(finding: &Finding) -> String {
    match finding.advice.is_empty() {
        true => String::new(),
        false => format!("\n{}", finding.advice),
    }
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_command_of_its_own() {
        assert_eq!(message("a\n::error::b 100%\r"), "a%0A::error::b 100%25%0D");
        assert_eq!(property("a,b:c"), "a%2Cb%3Ac");
    }
}
