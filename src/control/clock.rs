//! `/_mock/clock`: what time it is in a lane, and how it goes on.

use http::StatusCode;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde_json::{Value, json};

use super::fields::Fields;
use super::refusal::Refusal;
use super::{Call, Outcome};
use crate::clock::{Reading, Unfit, moment};
use crate::lane::{Event, Lane, Moved, Past, Quiet};
use crate::reply::Reply;

/// What one request asks of a clock.
enum Wish {
    Freeze,
    Resume(Option<f64>),
    Advance(SignedDuration),
    AdvanceTo(Timestamp),
    Next,
}

pub fn show(call: &Call) -> Outcome {
    let lane = call.lane_as_it_is()?;
    Ok(Reply::json(StatusCode::OK, &told(&lane, lane.clock.read(), None)))
}

pub fn change(call: &Call) -> Outcome {
    let wish = read(call.fields()?)?;
    let lane = call.lane()?;
    let moved = match wish {
        Wish::Freeze => {
            lane.clock.freeze();
            None
        }
        Wish::Resume(speed) => {
            lane.clock.resume(speed);
            None
        }
        Wish::Advance(by) => Some(lane.advance_by(by).map_err(|unfit| Refusal::bad(format!("advance: {unfit}")))?),
        Wish::AdvanceTo(moment) => Some(lane.advance_to(moment).map_err(past)?),
        Wish::Next => Some(lane.advance_to_next().map_err(quiet)?),
    };
    Ok(Reply::json(StatusCode::OK, &told(&lane, lane.clock.read(), moved.as_ref())))
}

/// The clock as members of an answer.
pub fn reading(clock: Reading) -> Value {
    json!({ "now": clock.now.to_string(), "frozen": clock.frozen, "speed": clock.speed })
}

fn told(lane: &Lane, clock: Reading, moved: Option<&Moved>) -> Value {
    let clock = moved.map_or(clock, |moved| moved.clock);
    let mut body = json!({ "lane": lane.name });
    let event =
        |event: &Event| json!({ "at": event.at.to_string(), "what": event.what, "id": event.id, "lane": lane.name });
    if let (Value::Object(body), Value::Object(clock)) = (&mut body, reading(clock)) {
        body.extend(clock);
        if let Some(moved) = moved {
            body.insert("fired".to_owned(), moved.fired.iter().map(event).collect());
            body.insert("more".to_owned(), json!(moved.more));
        }
    }
    body
}

/// Exactly one wish.
fn read(mut fields: Fields) -> Result<Wish, Refusal> {
    let freeze = fields.switch("freeze")?.then_some(Wish::Freeze);
    let resume = fields.switch("resume")?;
    let speed = fields.speed("speed")?;
    let advance = fields.text("advance")?.map(|text| span(&text).map(Wish::Advance)).transpose()?;
    let target = fields.text("advance_to")?.map(|text| target(&text)).transpose()?;
    fields.end()?;
    if speed.is_some() && !resume {
        return Err(Refusal::bad("speed goes with \"resume\": true"));
    }
    let wishes = [freeze, resume.then_some(Wish::Resume(speed)), advance, target];
    let mut wishes = wishes.into_iter().flatten();
    match (wishes.next(), wishes.next()) {
        (Some(wish), None) => Ok(wish),
        _ => Err(Refusal::bad("exactly one of freeze, resume, advance and advance_to is expected")),
    }
}

/// `1h30m`, `2 days`, `PT90S`. A day has 24 hours.
fn span(text: &str) -> Result<SignedDuration, Refusal> {
    let span = text.parse::<Span>().ok().filter(|_| text.len() <= 100);
    let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    match length {
        Some(length) if length.is_negative() => Err(Refusal::new(StatusCode::CONFLICT, "no clock goes back")),
        Some(length) => Ok(length),
        None => Err(Refusal::bad("advance: expected a duration such as 90s, 1h30m or 2d")),
    }
}

fn target(text: &str) -> Result<Wish, Refusal> {
    match text {
        "next" => Ok(Wish::Next),
        text => moment(text).map(Wish::AdvanceTo).map_err(|unfit| {
            let or_next = if unfit == Unfit::Unreadable { ", or \"next\"" } else { "" };
            Refusal::bad(format!("advance_to: {unfit}{or_next}"))
        }),
    }
}

fn quiet(quiet: Quiet) -> Refusal {
    let why = match quiet {
        Quiet::Done => "everything has happened, and nothing is planned (--arrivals lets calls begin)".to_owned(),
        Quiet::Full(full) => format!("{full}, and all are over"),
    };
    Refusal::new(StatusCode::CONFLICT, format!("nothing is to happen in this lane: {why}"))
}

fn past(past: Past) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, format!("no clock goes back, and it is {} already", past.now))
        .fact("now", past.now.to_string())
}
