//! JUnit's XML, as CI systems read it: a suite for each run, in it a case for the command, one for each verdict, and one for each
//! way in which the contract was broken.

use std::fmt::Write as _;
use std::time::Duration;

use super::markup::escaped;
use super::{Finding, Format, Kind, Least, Report, Run};
use crate::breach::Severity;
use crate::journal::verdict::{Judgement, Outcome};

pub struct Junit;

/// Cases that have something in common.
struct Suite<'r> {
    name: &'r str,
    cases: Vec<Case>,
    took: Duration,
    replay: &'r str,
}

/// One case, as its parts are written.
struct Case {
    name: String,
    class: String,
    outcome: Told,
}

enum Told {
    Passed,
    Skipped(String),
    Failed { kind: String, message: String, text: String },
}

impl Format for Junit {
    fn tell(&self, report: &Report) -> String {
        let suites: Vec<Suite> =
            report.runs.iter().map(|run| Suite::of(run, report)).chain(Suite::coverage(report)).collect();
        // Sums have no place here in some of the schemas that go about.
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
        for (place, suite) in suites.iter().enumerate() {
            suite.write(&mut text, report, place);
        }
        text.push_str("</testsuites>\n");
        text
    }
}

impl<'r> Suite<'r> {
    fn of(run: &'r Run, report: &Report) -> Suite<'r> {
        Suite { name: &run.name, cases: cases(run, report.fail_on), took: run.took, replay: &run.replay }
    }

    /// Only where somebody asked for some: a case for each kind.
    fn coverage(report: &Report) -> Option<Suite<'static>> {
        const NAME: &str = "coverage";
        let (missing, _) = report.coverage.missing();
        let failed = |message: String| Told::Failed { kind: NAME.to_owned(), message, text: missing.join("\n") };
        let case = |least: &Least| Case {
            name: format!("enough of {} is met", least.of()),
            class: NAME.to_owned(),
            outcome: report.short_by(least).map_or(Told::Passed, failed),
        };
        let cases: Vec<Case> = report.least.iter().map(case).collect();
        (!cases.is_empty()).then_some(Suite { name: NAME, cases, took: Duration::ZERO, replay: "" })
    }

    fn write(&self, text: &mut String, report: &Report, place: usize) {
        let cases = &self.cases;
        let _ = writeln!(
            text,
            "  <testsuite id=\"{place}\" package=\"ayra-mock\" name=\"{}\" hostname=\"localhost\" timestamp=\"{}\" tests=\"{}\" \
         failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3}\">",
            escaped(self.name),
            report.began.strftime("%Y-%m-%dT%H:%M:%S"),
            cases.len(),
            cases.iter().filter(|case| case.is_failed()).count(),
            cases.iter().filter(|case| matches!(case.outcome, Told::Skipped(_))).count(),
            self.took.as_secs_f64()
        );
        let _ = writeln!(
            text,
            "    <properties>\n      <property name=\"replay\" value=\"{}\"/>\n    </properties>",
            escaped(self.replay)
        );
        for (place, case) in cases.iter().enumerate() {
            // All of the time is the command's.
            let time = if place == 0 { self.took.as_secs_f64() } else { 0.0 };
            case.write(text, time);
        }
        let _ =
            writeln!(text, "    <system-out>{}</system-out>\n    <system-err/>\n  </testsuite>", escaped(self.replay));
    }
}

/// The command first. Where nothing was broken there is a case that says so.
fn cases(run: &Run, fail_on: Severity) -> Vec<Case> {
    let command = match run.end.is_good() {
        true => Told::Passed,
        false => Told::Failed { kind: "exit".to_owned(), message: run.end.told(), text: run.replay.clone() },
    };
    let case = |name: &str, outcome| Case { name: name.to_owned(), class: run.name.clone(), outcome };
    let mut cases = vec![case("the command succeeds", command)];
    cases.extend(run.judgements.iter().map(|judgement| case(&judged(judgement), outcome(judgement, fail_on))));
    let broken = |finding: &&Finding| finding.kind == Kind::Breach && finding.level >= fail_on;
    let breaches: Vec<Case> = run
        .findings
        .iter()
        .filter(broken)
        .map(|finding| case(&format!("the contract is kept: {}", named(finding)), failed(finding)))
        .collect();
    match breaches.is_empty() {
        true => cases.push(case("the contract is kept", Told::Passed)),
        false => cases.extend(breaches),
    }
    cases
}

fn judged(judgement: &Judgement) -> String {
    match &judgement.asked_by {
        Some((scenario, line)) => format!("{} ({scenario}, line {line})", judgement.verdict),
        None => judgement.verdict.to_owned(),
    }
}

fn outcome(judgement: &Judgement, fail_on: Severity) -> Told {
    match judgement.outcome {
        Outcome::Passed => Told::Passed,
        Outcome::Moot => Told::Skipped(judgement.seen.clone()),
        Outcome::Failed if judgement.level < fail_on => Told::Skipped(judgement.seen.clone()),
        Outcome::Failed => Told::Failed {
            kind: judgement.verdict.to_owned(),
            message: judgement.seen.clone(),
            text: [&judgement.expected, &judgement.seen, &judgement.advice].map(String::as_str).join("\n"),
        },
    }
}

fn named(finding: &Finding) -> String {
    let operation = finding.operation.as_deref().unwrap_or("no operation");
    format!("{operation}, {}", finding.about)
}

fn failed(finding: &Finding) -> Told {
    let mut text = format!("{} (×{})\n", finding.message, finding.times);
    if let Some(place) = &finding.place {
        let _ = writeln!(text, "{}:{}", place.file, place.line);
    }
    for excerpt in &finding.exchanges {
        let _ = writeln!(text, "#{} {} {} {}", excerpt.number, excerpt.method, excerpt.target, excerpt.status);
    }
    Told::Failed { kind: format!("{}.{}", finding.level.name(), finding.code), message: finding.message.clone(), text }
}

impl Case {
    fn is_failed(&self) -> bool {
        matches!(self.outcome, Told::Failed { .. })
    }

    fn write(&self, text: &mut String, time: f64) {
        let _ = write!(
            text,
            "    <testcase name=\"{}\" classname=\"{}\" time=\"{time:.3}\"",
            escaped(&self.name),
            escaped(&self.class)
        );
        let _ = match &self.outcome {
            Told::Passed => writeln!(text, "/>"),
            Told::Skipped(why) => {
                writeln!(text, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escaped(why))
            }
            Told::Failed { kind, message, text: body } => writeln!(
                text,
                ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>",
                escaped(kind),
                escaped(message),
                escaped(body)
            ),
        };
    }
}
