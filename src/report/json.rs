//! The whole report as one JSON object, as schemas/report.schema.json has it. Members may be added, but none is renamed or removed.

use serde_json::{Value, json};

use super::{End, Excerpt, Finding, Format, Report, Run};
use crate::journal::verdict::Judgement;

pub struct Json;

impl Format for Json {
    fn tell(&self, report: &Report) -> String {
        let contract = &report.contract;
        let object = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "good": report.is_good(),
            "contract": { "title": contract.title, "version": contract.version, "from": contract.from },
            "command": report.command,
            "began": report.began.to_string(),
            "micros": micros(report.took),
            "fail_on": report.fail_on.name(),
            "coverage": coverage(report),
            "unplayed": report.unplayed,
            "runs": report.runs.iter().map(|one| run(report, one)).collect::<Vec<_>>(),
        });
        format!("{object:#}\n")
    }
}

fn coverage(report: &Report) -> Value {
    let mut told = report.coverage.told();
    told["short_of"] = report.short_of().collect::<Vec<_>>().into();
    told
}

fn run(report: &Report, run: &Run) -> Value {
    json!({
        "name": run.name,
        "good": run.is_good(report.fail_on),
        "scenarios": run.scenarios.iter().map(|story| json!({ "name": story.name, "file": story.file })).collect::<Vec<_>>(),
        "ended": match run.end {
            End::Code(_) => "exit",
            End::Killed(_) => "signal",
            End::TimedOut(_) => "timeout",
        },
        "exit_code": run.end.exit_code(),
        "micros": micros(run.took),
        "exchanges": run.exchanges,
        "forgotten": run.forgotten,
        "findings": run.findings.iter().map(finding).collect::<Vec<_>>(),
        "untold": run.untold,
        "judgements": run.judgements.iter().map(Judgement::told).collect::<Vec<_>>(),
        "replay": run.replay,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "level": finding.level.name(),
        "kind": finding.kind.name(),
        "code": finding.code,
        "operation": finding.operation,
        "message": finding.message,
        "expected": finding.expected,
        "seen": finding.seen,
        "advice": finding.advice,
        "file": finding.place.as_ref().map(|place| &place.file),
        "line": finding.place.as_ref().map(|place| place.line),
        "times": finding.times,
        "exchanges": finding.exchanges.iter().map(excerpt).collect::<Vec<_>>(),
    })
}

fn excerpt(excerpt: &Excerpt) -> Value {
    let Excerpt { number, id, at, method, target, status } = excerpt;
    json!({ "number": number, "id": id, "micros": micros(*at), "method": method, "target": target, "status": status })
}

fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
