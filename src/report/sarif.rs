//! SARIF 2.1.0, as code scanning reads it: each finding points to the operation of the contract that was broken, or to the line
//! of the scenario that expects otherwise.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Finding, Format, Kind, Report, Run, fingerprint};

pub struct Sarif;

impl Format for Sarif {
    fn tell(&self, report: &Report) -> String {
        let rules: BTreeMap<String, Value> = report.findings().map(|(_, finding)| rule(finding)).collect();
        let results: Vec<Value> = report.findings().map(|(run, finding)| result(report, run, finding)).collect();
        let invocation = |run: &Run| {
            json!({
                "commandLine": run.replay,
                "executionSuccessful": run.end.is_good(),
                "exitCode": run.end.exit_code(),
            })
        };
        let log = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "ayra-mock",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules.into_values().collect::<Vec<_>>(),
                } },
                "invocations": report.runs.iter().map(invocation).collect::<Vec<_>>(),
                "results": results,
            }],
        });
        format!("{log:#}\n")
    }
}

/// GitHub wants all three texts of each rule.
fn rule(finding: &Finding) -> (String, Value) {
    let (id, code) = (rule_id(finding), &finding.code);
    let (short, full, help) = match finding.kind {
        Kind::Breach => (
            format!("A request breaks the contract: {code}"),
            format!("The client sent a request that the contract does not allow, in the way that the code `{code}` stands for."),
            "Each result says where in the request it was, what was expected there and what came, and points to the operation in \
             the contract."
                .to_owned(),
        ),
        Kind::Verdict => (
            format!("The client does not do what a good one does: {code}"),
            format!("What the client sent, and when, was judged, and the verdict `{code}` was not passed."),
            format!("Each result says what was seen. {}", finding.advice).trim_end().to_owned(),
        ),
        Kind::Run => (
            format!("The run says less than it seems to: {code}"),
            "Not everything that the client did could be judged, or it did nothing.".to_owned(),
            format!("Each result says what is missing. {}", finding.advice).trim_end().to_owned(),
        ),
    };
    let text = |text: String| json!({ "text": text });
    let rule = json!({ "id": id, "shortDescription": text(short), "fullDescription": text(full), "help": text(help) });
    (id, rule)
}

fn rule_id(finding: &Finding) -> String {
    format!("{}/{}", finding.kind.name(), finding.code)
}

fn result(report: &Report, run: &Run, finding: &Finding) -> Value {
    let place = report.place(run, finding);
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&place.file) },
            "region": { "startLine": place.line },
        },
    });
    if let Some(operation) = &finding.operation {
        location["logicalLocations"] = json!([{ "name": operation, "kind": "member" }]);
    }
    json!({
        "ruleId": rule_id(finding),
        "level": finding.level.name(),
        "message": { "text": format!("{} ({})", finding.message, run.name) },
        "locations": [location],
        "occurrenceCount": finding.times,
        "partialFingerprints": { "finding/v1": fingerprint(run, finding) },
    })
}

/// A path as a relative reference: what a URI has another use for is encoded.
fn uri(path: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const OTHERWISE: &AsciiSet =
        &CONTROLS.add(b' ').add(b'%').add(b'#').add(b'?').add(b':').add(b'"').add(b'<').add(b'>');
    utf8_percent_encode(&path.replace('\\', "/"), OTHERWISE).to_string()
}
