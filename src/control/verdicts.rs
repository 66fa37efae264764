//! `/_mock/verdicts`: what is remembered of a lane's requests says how good a client sent them, at any time.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::query::Query;
use super::refusal::Refusal;
use super::scenarios::{armed_in, unknown};
use super::{Call, Outcome};
use crate::breach::{Severity, cut};
use crate::journal::verdict::{self, Evidence, Hearing, Judgement, VERDICTS};
use crate::lane::Lane;
use crate::nearest::nearest;
use crate::reply::Reply;
use crate::scenario::Scenario;

/// What holds for every run, and what the lane's scenarios expect, or one of them.
pub fn list(call: &Call) -> Outcome {
    let mut query = Query::read(call.request.query());
    let (lane, scenario) = (query.text("lane")?, query.text("scenario")?);
    let (except, after) = (query.text("except")?, query.whole("after")?.unwrap_or(0));
    query.end()?;
    let off: Vec<&str> = except.iter().flat_map(|names| names.split(',')).map(str::trim).collect();
    off.iter().try_for_each(|name| known(name))?;
    let (name, lane) = match lane {
        // A lane may be gone, and what it was asked still be remembered.
        Some(name) => (name.clone(), call.lanes().find(&name)),
        None => call.lane_as_it_is().map(|lane| (lane.name.clone(), Some(lane)))?,
    };
    let scenarios = scenarios(call, lane.as_deref(), scenario.as_deref())?;
    let entries = verdict::of_lane(call.house.book.after(after, usize::MAX), &name);
    if lane.is_none() && entries.is_empty() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "there is no such lane").fact("name", cut(&name)));
    }
    let hearing = Hearing::open(Evidence { entries: &entries, contract: &call.house.contract });
    let mut judged = hearing.on_every_run(&off);
    judged.extend(scenarios.iter().flat_map(|scenario| hearing.expected_by(scenario)));
    let count = |outcome| judged.iter().filter(|judgement| judgement.outcome == outcome).count();
    let is_warned = |judgement: &&Judgement| judgement.level == Severity::Warning;
    let warned =
        judged.iter().filter(|judgement| judgement.outcome == verdict::Outcome::Failed).filter(is_warned).count();
    let body = json!({
        "lane": name,
        "requests": entries.len(),
        "forgotten": call.house.book.dropped(),
        "passed": count(verdict::Outcome::Passed),
        "failed": count(verdict::Outcome::Failed) - warned,
        "warned": warned,
        "moot": count(verdict::Outcome::Moot),
        "verdicts": judged.iter().map(Judgement::told).collect::<Vec<_>>(),
    });
    Ok(Reply::json(StatusCode::OK, &body))
}

/// The scenario of this name, as the lane has it or as it is known; or all that are armed in the lane.
fn scenarios(call: &Call, lane: Option<&Lane>, name: Option<&str>) -> Result<Vec<Arc<Scenario>>, Refusal> {
    let mut armed = lane.map(|lane| armed_in(call, lane)).unwrap_or_default();
    let Some(name) = name else { return Ok(armed) };
    armed.retain(|scenario| scenario.name == name);
    if armed.is_empty() {
        armed.extend(call.house.scenarios.find(name));
    }
    if armed.is_empty() {
        return Err(unknown(call, name));
    }
    Ok(armed)
}

/// The name of a verdict that holds for every run, so that it can be switched off.
fn known(name: &str) -> Result<(), Refusal> {
    let names = || VERDICTS.iter().filter(|verdict| verdict.always).map(|verdict| verdict.name);
    if names().any(|known| known == name) {
        return Ok(());
    }
    let hint = nearest(name, names()).map(|near| format!(" (did you mean {near:?}?)")).unwrap_or_default();
    let error = format!("except: no verdict {:?} holds for every run{hint}", cut(name));
    Err(Refusal::bad(error).fact("known", names().collect::<Vec<_>>()))
}
