//! `/_mock/lanes`: which lanes there are; lanes that are made, reset, copied, put away as a document and brought back.

use std::sync::Arc;

use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::routes::DOCUMENT;
use super::{Call, MOST_VALUES, Outcome, clock, is_readable};
use crate::breach::cut;
use crate::lane::{Crowded, DEFAULT, Lane, MOST_OF_ONE, Refused, Start, Unfit, is_name};
use crate::reply::Reply;
use crate::seed::Seed;
use crate::world::Full;

pub fn list(call: &Call) -> Outcome {
    let lanes: Vec<Value> = call.lanes().list().iter().map(|lane| about(call, lane)).collect();
    Ok(Reply::json(StatusCode::OK, &json!({ "lanes": lanes })))
}

pub fn show(call: &Call) -> Outcome {
    Ok(Reply::json(StatusCode::OK, &about(call, &*named(call)?)))
}

pub fn create(call: &Call) -> Outcome {
    let shared = call.lanes().ground();
    let mut fields = call.fields()?;
    let name = new_name(fields.text("name")?)?;
    let from = fields.text("from")?;
    let (seed, now, speed) = (fields.whole("seed")?, fields.moment("now")?, fields.speed("speed")?);
    let count = match shared.counted() {
        Some(counted) => fields.whole(counted)?.map(|count| size(counted, count)).transpose()?,
        None => None,
    };
    fields.end()?;
    let own = seed.is_some() || now.is_some() || speed.is_some() || count.is_some();
    let lane = match from {
        Some(_) if own => {
            return Err(Refusal::bad("from makes a copy, which has the world and the time of its original"));
        }
        Some(from) => find(call, &from)?.fork(&name).map_err(no_room)?,
        None if own => {
            let start = match (now, speed) {
                (Some(now), speed) => Some(Start::new(Some(now), speed)),
                (None, Some(speed)) => Some(shared.start.at_speed(speed)),
                (None, None) => None,
            };
            let ground = call.lanes().another(seed.map(Seed), count, start).map_err(|refused| why(refused, &name))?;
            Lane::fresh(&name, ground)
        }
        None => Lane::fresh(&name, shared.clone()),
    };
    added(call, lane)
}

pub fn delete(call: &Call) -> Outcome {
    if call.name == DEFAULT {
        return Err(Refusal::new(StatusCode::CONFLICT, "the default lane stays; reset makes it anew"));
    }
    match call.lanes().remove(call.name) {
        true => Ok(Reply::empty(StatusCode::NO_CONTENT)),
        false => Err(unknown(call.name)),
    }
}

pub fn reset(call: &Call) -> Outcome {
    call.fields()?.end()?;
    let _arming = call.arming();
    let lane = named(call)?;
    let lane = call.lanes().replace(lane.anew(lane.ground.clone())).map_err(|refused| why(refused, &lane.name))?;
    Ok(Reply::json(StatusCode::OK, &about(call, &lane)))
}

pub fn fork(call: &Call) -> Outcome {
    let mut fields = call.fields()?;
    let name = new_name(fields.text("name")?)?;
    fields.end()?;
    added(call, named(call)?.fork(&name).map_err(no_room)?)
}

/// What could not be brought back is not put away either.
pub fn snapshot(call: &Call) -> Outcome {
    let lane = named(call)?;
    let _alone = call.alone();
    let reply = Reply::json(StatusCode::OK, &lane.snapshot());
    match is_readable(&reply.body.ready()) {
        true => Ok(reply),
        false => {
            let mebibytes = DOCUMENT >> 20;
            let error = format!(
                "the lane's document has more than {mebibytes} MiB or {MOST_VALUES} values, and would not be read again"
            );
            Err(Refusal::new(StatusCode::INSUFFICIENT_STORAGE, error))
        }
    }
}

/// Puts the lane of a document in the place of the one that there is, or makes it. Scenarios are in no document: what is
/// armed stays so, and begins anew.
pub fn restore(call: &Call) -> Outcome {
    let lanes = call.lanes();
    let _alone = call.alone();
    let _arming = call.arming();
    let before = lanes.find(call.name);
    let there = before.is_some();
    let name = if there { call.name.to_owned() } else { new_name(Some(call.name.to_owned()))? };
    let lane = lanes.restored(&name, call.document()?).map_err(|unfit| match unfit {
        Unfit::Bad(reason) => Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, reason),
        Unfit::Refused(refused) => why(refused, &name),
        Unfit::Full(full) => no_room(full),
    })?;
    if let Some(before) = before {
        lane.stage.begin_like(&before.stage, lane.now());
    }
    let lane = lanes.replace(lane).map_err(|refused| why(refused, &name))?;
    let status = if there { StatusCode::OK } else { StatusCode::CREATED };
    Ok(Reply::json(status, &about(call, &lane)))
}

fn added(call: &Call, lane: Lane) -> Outcome {
    let name = lane.name.clone();
    let lane = call.lanes().add(lane).map_err(|refused| why(refused, &name))?;
    let mut reply = Reply::json(StatusCode::CREATED, &about(call, &lane));
    if let Ok(place) = HeaderValue::try_from(format!("/_mock/lanes/{name}")) {
        reply.headers.insert(LOCATION, place);
    }
    Ok(reply)
}

fn about(call: &Call, lane: &Lane) -> Value {
    let mut about = json!({ "name": lane.name });
    let rest = json!({
        "seed": lane.ground.seed.0,
        "version": lane.read().version,
        "requests": lane.asked(),
        "idle_seconds": call.lanes().idle(lane).as_secs(),
    });
    let size = lane.ground.counted().map(|counted| json!({ counted: lane.ground.size() }));
    for part in [clock::reading(lane.clock.read()), rest].into_iter().chain(size) {
        if let (Value::Object(about), Value::Object(part)) = (&mut about, part) {
            about.extend(part);
        }
    }
    about
}

/// The lane that the path names.
fn named(call: &Call) -> Result<Arc<Lane>, Refusal> {
    find(call, call.name)
}

fn find(call: &Call, name: &str) -> Result<Arc<Lane>, Refusal> {
    call.lanes().find(name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "there is no such lane").fact("name", cut(name))
}

fn new_name(name: Option<String>) -> Result<String, Refusal> {
    let name = name.ok_or_else(|| Refusal::bad("name is missing"))?;
    match is_name(&name) {
        true => Ok(name),
        false => Err(Refusal::bad("name: expected 1 to 64 letters, digits, '.', '_' or '-'")),
    }
}

/// A number of calls that one lane may have for itself.
fn size(counted: &str, count: u64) -> Result<usize, Refusal> {
    let size = usize::try_from(count).ok().filter(|count| *count <= MOST_OF_ONE);
    size.ok_or_else(|| Refusal::bad(format!("{counted}: expected a whole number up to {MOST_OF_ONE}")))
}

fn no_room(full: Full) -> Refusal {
    Refusal::new(StatusCode::INSUFFICIENT_STORAGE, format!("there is no room: {full}"))
}

/// Why there is no such lane.
pub fn why(refused: Refused, name: &str) -> Refusal {
    match refused {
        Refused::Exists => {
            Refusal::new(StatusCode::CONFLICT, format!("there is a lane {name:?} already: reset or delete it"))
        }
        Refused::Crowded(Crowded { most, wait }) => {
            let error = format!("all {most} lanes are in use: delete one, or start with more (--max-lanes)");
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error).with(RETRY_AFTER, HeaderValue::from(wait))
        }
        Refused::TooLarge(most) => {
            let error = format!("lanes with worlds of their own may have {most} calls together: delete one");
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error)
        }
        Refused::TooManyMoments(most) => {
            let error =
                format!("lanes begin at {most} different times already: delete some, or begin with one of those");
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error)
        }
        Refused::Fixtures(finding) => {
            Refusal::new(StatusCode::CONFLICT, format!("the fixtures are not what they were: {finding}"))
        }
    }
}
