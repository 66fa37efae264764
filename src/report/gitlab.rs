//! GitLab's code quality: an array of what was found, for the list beside a merge request.

use serde_json::{Value, json};

use super::{Finding, Format, Report, Run, fingerprint};
use crate::breach::Severity;

pub struct Gitlab;

impl Format for Gitlab {
    fn tell(&self, report: &Report) -> String {
        let found: Vec<Value> = report.findings().map(|(run, finding)| issue(report, run, finding)).collect();
        format!("{:#}\n", Value::from(found))
    }
}

fn issue(report: &Report, run: &Run, finding: &Finding) -> Value {
    let place = report.place(run, finding);
    json!({
        "description": format!("{} ({})", finding.message, run.name),
        "check_name": finding.code,
        "fingerprint": fingerprint(run, finding),
        "severity": match finding.level {
            Severity::Error => "major",
            Severity::Warning => "minor",
        },
        "location": { "path": place.file, "lines": { "begin": place.line } },
    })
}
