//! `/_mock/status`: what is served, since when, and what keeps the files from being it; `/_mock/reload` looks at them at once.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::{Call, Outcome};
use crate::exchange::House;
use crate::reload::{Change, How, Report, Trouble};
use crate::reply::Reply;
use crate::source::Diagnostic;

pub fn status(call: &Call) -> Outcome {
    let report = call.control.reload.report();
    let Report { generation, since, change, trouble, how, folders } = &report;
    let body = json!({
        "status": if trouble.is_some() { "stale" } else { "ok" },
        "version": env!("CARGO_PKG_VERSION"),
        "generation": generation,
        "since": since.to_string(),
        "loaded": loaded(call.house),
        "changed": change.lines,
        "left_behind": left_behind(change),
        "error": trouble.as_ref().map(wrong),
        "watching": watching(how, folders),
    });
    Ok(Reply::json(StatusCode::OK, &body))
}

pub fn reload(call: &Call) -> Outcome {
    call.fields()?.end()?;
    let before = call.control.reload.report().generation;
    match call.control.reload.now() {
        // Whoever watches may have been first: what was found then is told all the same.
        Ok(Report { generation, since, change, .. }) => {
            let body = json!({
                "generation": generation,
                "since": since.to_string(),
                "renewed": generation > before,
                "left_behind": left_behind(&change),
                "changed": change.lines,
            });
            Ok(Reply::json(StatusCode::OK, &body))
        }
        Err(findings) => {
            let error = "what the files say is wrong, and what was good last is served";
            let findings: Vec<Value> = findings.iter().map(finding).collect();
            Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error)
                .fact("generation", before)
                .fact("findings", findings))
        }
    }
}

/// One finding with its place.
pub fn finding(finding: &Diagnostic) -> Value {
    let spot = finding.spot.as_ref();
    json!({
        "level": finding.level.name(),
        "code": finding.code,
        "message": finding.message,
        "file": spot.map(|spot| &spot.file),
        "line": spot.map(|spot| spot.line),
        "column": spot.map(|spot| spot.column),
        "excerpt": spot.map(|spot| &spot.excerpt),
        "help": finding.help,
    })
}

fn loaded(house: &House) -> Value {
    let House { contract, access, lanes, scenarios, .. } = house;
    let ground = lanes.ground();
    let records = contract.collections.iter().zip(&ground.bases);
    let mut records: Map<String, Value> = records
        .filter(|(collection, _)| !collection.computed)
        .map(|(collection, base)| (collection.name.clone(), Value::from(base.len())))
        .collect();
    records.extend(ground.counted().map(|counted| (counted.to_owned(), Value::from(ground.size()))));
    json!({
        "contract": {
            "title": contract.title,
            "version": contract.version,
            "operations": contract.operations.len(),
            "files": contract.bundle.files.len(),
        },
        "records": records,
        "keys": access.keys().iter().count(),
        "scenarios": scenarios.outlines().len(),
        "lanes": lanes.list().len(),
    })
}

fn wrong(trouble: &Trouble) -> Value {
    json!({
        "since": trouble.since.to_string(),
        "findings": trouble.findings.iter().map(finding).collect::<Vec<_>>(),
        "more": trouble.more,
    })
}

fn watching(how: &How, folders: &[String]) -> Value {
    match how {
        How::Off => json!({ "how": "off", "folders": [] }),
        How::Events => json!({ "how": "events", "folders": folders }),
        How::Poll(turns, because) => {
            let seconds = turns.as_secs_f64();
            json!({ "how": "poll", "seconds": seconds, "because": because, "folders": folders })
        }
    }
}

fn left_behind(change: &Change) -> Vec<String> {
    let more = (change.more > 0).then(|| format!("and {} more", change.more));
    change.left.iter().cloned().chain(more).collect()
}
