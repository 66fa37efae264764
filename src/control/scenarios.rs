//! `/_mock/scenarios`: which scenarios there are, and which are armed in the caller's lane; they are armed there, disarmed,
//! begun anew, and brought along; and what they hold is let go.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::lanes::why as refused;
use super::refusal::Refusal;
use super::report::finding;
use super::{Call, Outcome};
use crate::breach::cut;
use crate::lane::{Lane, Start};
use crate::nearest::nearest;
use crate::reply::Reply;
use crate::scenario::{self, Armed, Compiled, NotArmed, Outline, Scenario, Waiting};
use crate::source::Diagnostic;

pub fn list(call: &Call) -> Outcome {
    let lane = call.lane_as_it_is()?;
    let known: Vec<Value> = call.house.scenarios.outlines().map(summary).collect();
    Ok(Reply::json(StatusCode::OK, &json!({ "lane": lane.name, "armed": armed(call, &lane), "scenarios": known })))
}

/// How one stands in the caller's lane.
pub fn show(call: &Call) -> Outcome {
    let lane = call.lane_as_it_is()?;
    begin(call, &lane);
    let armed = lane.stage.list().into_iter().find(|armed| armed.scenario.name == call.name);
    match (armed, call.house.scenarios.find(call.name)) {
        (Some(armed), _) => {
            let mut standing = standing(&armed);
            standing["waiting"] = waiting(call, &lane).into();
            Ok(Reply::json(StatusCode::OK, &standing))
        }
        (None, Some(known)) => Ok(Reply::json(StatusCode::OK, &summary(&Outline::from(&*known)))),
        (None, None) => Err(unknown(call, call.name)),
    }
}

/// Arms the scenario of the body in the caller's lane: as the object that it is, or as YAML in a text.
pub fn bring(call: &Call) -> Outcome {
    let value: Value =
        serde_json::from_slice(&call.request.body).map_err(|error| Refusal::bad(format!("no JSON: {error}")))?;
    let text =
        text(&value).ok_or_else(|| with_examples(Refusal::bad("a scenario is expected, or its YAML as a text")))?;
    let text = text.map_or_else(|| String::from_utf8_lossy(&call.request.body).into_owned(), str::to_owned);
    // To read one takes more than what is kept of it.
    let _alone = call.alone();
    let sent = scenario::sent(&text, &call.house.contract);
    let Compiled { scenario, warnings, .. } = sent.map_err(|findings| wrong(&findings))?;
    let lane = arm(call, Arc::new(scenario))?;
    let warnings: Vec<Value> = warnings.iter().map(finding).collect();
    let body = json!({ "lane": lane.name, "armed": armed(call, &lane), "warnings": warnings });
    Ok(Reply::json(StatusCode::CREATED, &body))
}

/// The text of a scenario in YAML, if it is not the object itself; `None` of what is neither.
fn text(value: &Value) -> Option<Option<&str>> {
    let members = value.as_object()?;
    match (members.get("yaml"), members.len()) {
        (Some(Value::String(yaml)), 1) => Some(Some(yaml)),
        (Some(_), _) => None,
        // A text alone is one under another name.
        (None, 1) if members.values().all(Value::is_string) => None,
        (None, _) => Some(None),
    }
}

/// With the two forms in which a scenario can be sent.
pub fn with_examples(refusal: Refusal) -> Refusal {
    let json = json!({ "name": "late", "rules": [{ "delay": "200ms" }] });
    let yaml = json!({ "yaml": "name: late\nrules: [{ delay: 200ms }]\n" });
    refusal.fact("examples", vec![json, yaml])
}

pub fn activate(call: &Call) -> Outcome {
    call.fields()?.end()?;
    let known = call.house.scenarios.find(call.name).ok_or_else(|| unknown(call, call.name))?;
    let lane = arm(call, known)?;
    Ok(told(call, &lane))
}

pub fn deactivate(call: &Call) -> Outcome {
    call.fields()?.end()?;
    let _arming = call.arming();
    let lane = call.lane()?;
    begin(call, &lane);
    match lane.stage.disarm(call.name) {
        true => Ok(told(call, &lane)),
        false => Err(not_armed(call)),
    }
}

pub fn reset(call: &Call) -> Outcome {
    call.fields()?.end()?;
    let _arming = call.arming();
    let lane = call.lane()?;
    begin(call, &lane);
    match lane.stage.reset(call.name, lane.now()) {
        true => Ok(told(call, &lane)),
        false => Err(not_armed(call)),
    }
}

/// Lets answers go that the scenario holds in the caller's lane, armed or not: of one name or any, so many or all. A name that
/// there can't be is a slip, and its author waits for an answer that never comes.
pub fn release(call: &Call) -> Outcome {
    let mut fields = call.fields()?;
    let (hold, count) = (fields.text("hold")?, fields.whole("count")?);
    fields.end()?;
    let lane = call.lane()?;
    begin(call, &lane);
    can_hold(call, &lane, hold.as_deref())?;
    let count = count.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    let released = lane.stage.release(call.name, hold.as_deref(), count);
    Ok(Reply::json(
        StatusCode::OK,
        &json!({ "lane": lane.name, "released": released, "waiting": waiting(call, &lane) }),
    ))
}

/// Whether the scenario may hold answers of this name, or does.
fn can_hold(call: &Call, lane: &Lane, hold: Option<&str>) -> Result<(), Refusal> {
    let waits = |waiting: &Waiting| waiting.scenario == call.name && hold.is_none_or(|hold| waiting.name == hold);
    if lane.stage.waiting().iter().any(waits) {
        return Ok(());
    }
    let armed = lane.stage.list().into_iter().map(|armed| armed.scenario).find(|armed| armed.name == call.name);
    let scenario = armed.or_else(|| call.house.scenarios.find(call.name)).ok_or_else(|| unknown(call, call.name))?;
    let Some(hold) = hold else { return Ok(()) };
    let parts = scenario.rules.iter().chain(scenario.steps().iter().map(|step| &step.rule));
    let names: Vec<&str> = parts.filter_map(|rule| Some(&*rule.then.hold.as_ref()?.name)).collect();
    if names.contains(&hold) {
        return Ok(());
    }
    let refusal = Refusal::new(StatusCode::NOT_FOUND, "the scenario has no such hold").fact("hold", cut(hold));
    Err(match nearest(hold, names) {
        Some(near) => refusal.fact("did_you_mean", near),
        None => refusal,
    })
}

/// What the scenario holds in a lane, by name.
fn waiting(call: &Call, lane: &Lane) -> Vec<Value> {
    let of_it = lane.stage.waiting().into_iter().filter(|waiting| waiting.scenario == call.name);
    of_it.map(|one| json!({ "hold": one.name, "count": one.count, "since": one.since.to_string() })).collect()
}

/// Arms a scenario in the caller's lane. One that says when it begins does so in a lane that is made anew, in which what was
/// armed begins anew too.
fn arm(call: &Call, scenario: Arc<Scenario>) -> Result<Arc<Lane>, Refusal> {
    let _arming = call.arming();
    let lane = call.lane()?;
    begin(call, &lane);
    let arm = |lane: &Lane| {
        let armed = lane.stage.arm(scenario.clone(), lane.now());
        armed.map_err(|why| {
            let is_full = matches!(why, NotArmed::Full(_));
            let status = if is_full { StatusCode::INSUFFICIENT_STORAGE } else { StatusCode::CONFLICT };
            Refusal::new(status, why.to_string())
        })
    };
    let Some(clock) = &scenario.clock else {
        arm(&lane)?;
        return Ok(lane);
    };
    let now = clock.at.unwrap_or_else(|| lane.now());
    let start = Start::new(Some(now), clock.speed.filter(|_| !clock.frozen));
    let (seed, size) = (lane.ground.seed, lane.ground.size());
    let ground = call.lanes().another(Some(seed), Some(size), Some(start)).map_err(|why| refused(why, &lane.name))?;
    let fresh = lane.anew(ground);
    // A lane that has no room for it stays as it was.
    arm(&fresh)?;
    call.lanes().replace(fresh).map_err(|why| refused(why, &lane.name))
}

/// A lane that nobody asked yet has what all begin with.
pub fn begin(call: &Call, lane: &Lane) {
    call.house.begin(lane);
}

/// Those that are armed in a lane, as its requests would find them.
pub fn armed_in(call: &Call, lane: &Lane) -> Vec<Arc<Scenario>> {
    begin(call, lane);
    lane.stage.list().into_iter().map(|armed| armed.scenario).collect()
}

/// How the lane's scenarios stand.
fn told(call: &Call, lane: &Lane) -> Reply {
    Reply::json(StatusCode::OK, &json!({ "lane": lane.name, "armed": armed(call, lane) }))
}

fn armed(call: &Call, lane: &Lane) -> Vec<Value> {
    begin(call, lane);
    lane.stage.list().iter().map(standing).collect()
}

fn standing(armed: &Armed) -> Value {
    let rules = armed.scenario.rules.iter().zip(&armed.counts);
    let rules = rules.map(|(rule, count)| json!({ "name": rule.name, "counted": count.counted, "taken": count.taken }));
    let mut about = summary(&Outline::from(&*armed.scenario));
    let more = json!({
        "armed": !armed.named,
        "since": armed.since.to_string(),
        "state": &*armed.state,
        "captured": &*armed.captured,
        "rules": rules.collect::<Vec<_>>(),
    });
    if let (Value::Object(about), Value::Object(more)) = (&mut about, more) {
        about.extend(more);
    }
    if let (Some(course), Some(script)) = (&armed.course, &armed.scenario.script) {
        let next = course.at.and_then(|at| script.steps.get(at)).map(|step| &step.rule.name);
        about["script"] = json!({
            "next": next,
            "came": course.came,
            "taken": course.taken,
            "strayed": course.strayed,
        });
    }
    about
}

fn summary(known: &Outline) -> Value {
    json!({ "name": known.name, "about": known.about, "origin": known.origin, "rules": known.rules })
}

pub fn unknown(call: &Call, name: &str) -> Refusal {
    let refusal = Refusal::new(StatusCode::NOT_FOUND, "there is no such scenario").fact("name", cut(name));
    match call.house.scenarios.nearest(name) {
        Some(near) => refusal.fact("did_you_mean", near),
        None => refusal,
    }
}

fn not_armed(call: &Call) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "no such scenario is armed in this lane").fact("name", cut(call.name))
}

/// Every finding with its place in what was sent.
fn wrong(findings: &[Diagnostic]) -> Refusal {
    let findings: Vec<Value> = findings.iter().map(finding).collect();
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "the scenario is wrong").fact("findings", findings)
}
