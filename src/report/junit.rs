//! JUnit's XML, as CI systems read it: a suite for each run, in it a case for the command, one for each verdict, and one for each
//! way in which the contract was broken.

use std::fmt::Write as _;

use super::markup::escaped;
use super::{Finding, Format, Kind, Report, Run, level};
use crate::breach::Severity;
use crate::journal::verdict::{Judgement, Outcome};

pub struct Junit;

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
        let suites: Vec<(&Run, Vec<Case>)> = report.runs.iter().map(|run| (run, cases(run, report.fail_on))).collect();
        let all = || suites.iter().flat_map(|(_, cases)| cases);
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = writeln!(
            text,
            "<testsuites name=\"ayra-mock\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{:.3}\">",
            all().count(),
            all().filter(|case| case.is_failed()).count(),
            report.took.as_secs_f64()
        );
        for (place, (run, cases)) in suites.iter().enumerate() {
            suite(&mut text, report, place, run, cases);
        }
        text.push_str("</testsuites>\n");
        text
    }
}

fn suite(text: &mut String, report: &Report, place: usize, run: &Run, cases: &[Case]) {
    let _ = writeln!(
        text,
        "  <testsuite id=\"{place}\" package=\"ayra-mock\" name=\"{}\" hostname=\"localhost\" timestamp=\"{}\" tests=\"{}\" \
         failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3}\">",
        escaped(&run.name),
        report.began.strftime("%Y-%m-%dT%H:%M:%S"),
        cases.len(),
        cases.iter().filter(|case| case.is_failed()).count(),
        cases.iter().filter(|case| matches!(case.outcome, Told::Skipped(_))).count(),
        run.took.as_secs_f64()
    );
    let _ = writeln!(
        text,
        "    <properties>\n      <property name=\"replay\" value=\"{}\"/>\n    </properties>",
        escaped(&run.replay)
    );
    for (place, case) in cases.iter().enumerate() {
        // All of the time is the command's.
        let time = if place == 0 { run.took.as_secs_f64() } else { 0.0 };
        case.write(text, time);
    }
    let _ = writeln!(text, "    <system-out>{}</system-out>\n    <system-err/>\n  </testsuite>", escaped(&run.replay));
}

/// The command first. Where nothing was broken there is a case that says so.
fn cases(run: &Run, fail_on: Severity) -> Vec<Case> {
    let command = match run.end.is_good() {
        true => Told::Passed,
        false => Told::Failed { kind: "exit".to_owned(), message: run.end.told(), text: run.replay.clone() },
    };
    let case = |name: &str, outcome| Case { name: name.to_owned(), class: run.name.clone(), outcome };
    let mut cases = vec![case("the command succeeds", command)];
    cases.extend(run.judgements.iter().map(|judgement| case(&judged(judgement), outcome(judgement))));
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

fn outcome(judgement: &Judgement) -> Told {
    match judgement.outcome {
        Outcome::Passed => Told::Passed,
        Outcome::Moot => Told::Skipped(judgement.seen.clone()),
        Outcome::Failed => Told::Failed {
            kind: judgement.verdict.to_owned(),
            message: judgement.seen.clone(),
            text: [&judgement.expected, &judgement.seen, &judgement.advice].map(String::as_str).join("\n"),
        },
    }
}

fn named(finding: &Finding) -> String {
    let operation = finding.operation.as_deref().unwrap_or("no operation");
    format!("{operation}, {}", finding.code)
}

fn failed(finding: &Finding) -> Told {
    let mut text = format!("{} (×{})\n", finding.message, finding.times);
    if let Some(place) = &finding.place {
        let _ = writeln!(text, "{}:{}", place.file, place.line);
    }
    for excerpt in &finding.exchanges {
        let _ = writeln!(text, "#{} {} {} {}", excerpt.number, excerpt.method, excerpt.target, excerpt.status);
    }
    Told::Failed { kind: format!("{}.{}", level(finding.level), finding.code), message: finding.message.clone(), text }
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
