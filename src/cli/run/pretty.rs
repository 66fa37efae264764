//! The report as a person reads it below the output of the command: short where all is well, and with what helps where not.

use std::fmt::Write as _;

use crate::breach::Severity;
use crate::cli::settings::Verbosity;
use crate::cli::style::{BOLD, CYAN, DIM, GREEN, Painted, RED, YELLOW, harmless};
use crate::plural::{count, was};
use crate::report::{Excerpt, Finding, Format, Kind, NO_OPERATION, Report, Run, seconds};

/// So many findings of a run are told.
const MOST: usize = 20;

pub struct Pretty {
    pub colors: bool,
    pub verbosity: Verbosity,
}

/// `── 3/14 rate-limited-twice`, on a terminal with a bar that shows how much is done.
pub fn heading(number: usize, count: usize, name: &str, colors: bool) -> String {
    const CELLS: usize = 10;
    let done = (number.saturating_sub(1) * CELLS).checked_div(count).unwrap_or(0).min(CELLS);
    let bar = if colors { format!(" {}{}", "█".repeat(done), "░".repeat(CELLS - done)) } else { String::new() };
    let place = format!("──{bar} {number}/{count}");
    format!("{} {}\n", Painted(place, CYAN, colors), Painted(harmless(name), BOLD, colors))
}

impl Format for Pretty {
    fn tell(&self, report: &Report) -> String {
        let mut text = String::new();
        for run in &report.runs {
            let good = run.is_good(report.fail_on);
            let nothing = run.findings.is_empty() && report.runs.len() > 1;
            if good && (nothing || self.verbosity == Verbosity::Quiet) {
                continue;
            }
            self.run(&mut text, run, good);
        }
        if report.runs.len() + report.unplayed > 1 && (self.verbosity != Verbosity::Quiet || !report.is_good()) {
            self.sum(&mut text, report);
        }
        self.coverage(&mut text, report);
        text
    }
}

impl Pretty {
    fn run(&self, text: &mut String, run: &Run, good: bool) {
        let (mark, style) = if good { ("✓", GREEN) } else { ("✗", RED) };
        let _ = writeln!(
            text,
            "{} {}: {}, {} in {}",
            Painted(mark, style, self.colors),
            Painted(harmless(&run.name), BOLD, self.colors),
            run.end.told(),
            count(run.exchanges, "request"),
            seconds(run.took)
        );
        for finding in run.findings.iter().take(MOST) {
            self.finding(text, finding);
        }
        if run.findings.len() > MOST {
            let _ = writeln!(text, "  and {} more", run.findings.len() - MOST);
        }
        if let Some(beyond) = run.beyond() {
            let _ = writeln!(text, "  {beyond}");
        }
        if !good {
            let _ = writeln!(text, "  {} {}", Painted("replay", BOLD, self.colors), harmless(&run.replay));
        }
    }

    fn finding(&self, text: &mut String, finding: &Finding) {
        let (mark, style) = match finding.level {
            Severity::Error => ("✗", RED),
            Severity::Warning => ("!", YELLOW),
        };
        let times = if finding.times > 1 { format!(" (×{})", finding.times) } else { String::new() };
        let place = finding.place.as_ref().map(|place| format!("  {}:{}", place.file, place.line)).unwrap_or_default();
        // What broke the contract says in its place what it is.
        let name = if finding.kind == Kind::Breach { String::new() } else { format!("{}: ", finding.code) };
        let _ = writeln!(
            text,
            "  {} {name}{}{times}{}",
            Painted(mark, style, self.colors),
            harmless(&finding.message),
            Painted(harmless(&place), DIM, self.colors)
        );
        if finding.kind != Kind::Breach {
            for (title, said) in [("expected", &finding.expected), ("to do", &finding.advice)] {
                if !said.is_empty() {
                    let _ = writeln!(text, "      {title}: {}", harmless(said));
                }
            }
        }
        if finding.code == NO_OPERATION && !finding.advice.is_empty() {
            let _ = writeln!(text, "      {}", harmless(&finding.advice));
        }
        for excerpt in &finding.exchanges {
            let _ = writeln!(text, "      {}", Painted(line(excerpt), DIM, self.colors));
        }
    }

    /// How much was met; what was not where that is too little, or somebody wants to know.
    fn coverage(&self, text: &mut String, report: &Report) {
        let short: Vec<String> = report.short_of().collect();
        if short.is_empty() && self.verbosity == Verbosity::Quiet {
            return;
        }
        let shares = report.coverage.shares();
        let told = shares.iter().map(|share| format!("{} of {} {}", share.met, share.all, share.kind.name()));
        let title = Painted("coverage", BOLD, self.colors);
        let _ = writeln!(text, "{title} {}", told.collect::<Vec<_>>().join(", "));
        for short in &short {
            let _ = writeln!(text, "{} {short}", Painted("✗", RED, self.colors));
        }
        if short.is_empty() && !matches!(self.verbosity, Verbosity::Verbose | Verbosity::Everything) {
            return;
        }
        let (missing, more) = report.coverage.missing();
        missing.iter().take(MOST).for_each(|sentence| _ = writeln!(text, "  {}", harmless(sentence)));
        let hidden = more + missing.len().saturating_sub(MOST);
        if hidden > 0 {
            let _ = writeln!(text, "  and {hidden} more; --report html or json tells them");
        }
    }

    fn sum(&self, text: &mut String, report: &Report) {
        let failed = report.runs.iter().filter(|run| !run.is_good(report.fail_on)).count();
        let unplayed = format!("{} {}", count(report.unplayed, "run"), was(report.unplayed));
        let (said, style) = match failed {
            0 if report.unplayed > 0 => (format!("{unplayed} not played."), RED),
            0 => (format!("All {} runs are good.", report.runs.len()), GREEN),
            failed if report.unplayed > 0 => {
                (format!("{failed} of {} runs fell short, {unplayed} not played.", report.runs.len()), RED)
            }
            failed => (format!("{failed} of {} runs fell short.", report.runs.len()), RED),
        };
        let _ = writeln!(text, "{} {}", Painted(said, style, self.colors), seconds(report.took));
    }
}

/// `#12   0.4s  GET /v1/pets?page=x  400`
fn line(excerpt: &Excerpt) -> String {
    let Excerpt { number, at, method, target, status, .. } = excerpt;
    format!("#{number} +{}  {method} {}  {status}", seconds(*at), harmless(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_shows_how_much_is_done() {
        assert_eq!(heading(3, 14, "late\n", false), "── 3/14 late\\u{a}\n");
        assert!(heading(1, 4, "late", true).contains("── ░░░░░░░░░░ 1/4"));
        assert!(heading(4, 4, "late", true).contains("── ███████░░░ 4/4"));
    }
}
