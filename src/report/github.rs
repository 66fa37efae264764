//! Annotations of GitHub Actions: lines that the runner takes out of the output. It shows ten of each level and step, so the
//! gravest come first, and how many there are comes last.

use std::fmt::Write as _;

use super::{Finding, Format, Report, Run};
use crate::breach::Severity;

/// So many of each level, which leaves one for the sum.
const SHOWN: usize = 9;

pub struct Github;

impl Format for Github {
    fn tell(&self, report: &Report) -> String {
        let mut text = String::new();
        for severity in [Severity::Error, Severity::Warning] {
            let found: Vec<(&Run, &Finding)> =
                report.findings().filter(|(_, finding)| finding.level == severity).collect();
            for (run, finding) in found.iter().take(SHOWN) {
                annotation(&mut text, report, run, finding);
            }
            if found.len() > SHOWN {
                let _ = writeln!(text, "::{}::{} more were found", severity.name(), found.len() - SHOWN);
            }
        }
        for run in report.runs.iter().filter(|run| !run.end.is_good()) {
            let _ = writeln!(text, "::error title={}::{}", property(&run.name), message(&run.end.told()));
        }
        for short in report.short_of() {
            let _ = writeln!(text, "::error title=coverage::{}", message(&short));
        }
        text
    }
}

fn annotation(text: &mut String, report: &Report, run: &Run, finding: &Finding) {
    let place = report.place(run, finding);
    let _ = writeln!(
        text,
        "::{} file={},line={},title={}::{}",
        finding.level.name(),
        property(&place.file),
        place.line,
        property(&format!("{} ({})", finding.code, run.name)),
        message(&format!("{}{}", finding.message, advice(finding)))
    );
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
