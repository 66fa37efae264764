//! Which calls a list asks for, and in which order.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::call::{Call, Part};
use super::{Calls, GROWN, Handle, View, show};
use crate::contract::Test;
use crate::voice::stock::digits;
use crate::world::matching::{self, Wanted};
use crate::world::query::{Condition, Order, Query};

/// Rows in order: all of them, newest first, or a list that may be kept for the next page.
#[derive(Debug, Clone)]
pub enum Selection {
    All { grown: u32, base: u32 },
    These(Arc<[Handle]>),
}

impl Selection {
    pub fn len(&self) -> usize {
        match self {
            Selection::All { grown, base } => *grown as usize + *base as usize,
            Selection::These(handles) => handles.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn get(&self, place: usize) -> Option<Handle> {
        match self {
            Selection::These(handles) => handles.get(place).copied(),
            Selection::All { grown, base } => {
                let place = u32::try_from(place).ok()?;
                match place.checked_sub(*grown) {
                    None => Some(Handle((grown - 1 - place) | GROWN)),
                    Some(place) => (place < *base).then_some(Handle(place)),
                }
            }
        }
    }

    /// Where a call stands in it.
    pub fn place(&self, handle: Handle) -> Option<usize> {
        match self {
            Selection::These(handles) => handles.iter().position(|known| *known == handle),
            Selection::All { grown, base } => match handle.0 & GROWN {
                0 => (handle.0 < *base).then(|| *grown as usize + handle.0 as usize),
                _ => grown.checked_sub((handle.0 ^ GROWN) + 1).map(|place| place as usize),
            },
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Handle> {
        (0..self.len()).filter_map(|place| self.get(place))
    }
}

impl Calls {
    pub fn select(&self, view: &View, query: &Query) -> Selection {
        let all = Selection::All { grown: view.growth.len() as u32, base: self.columns.len() as u32 };
        let newest_first = query.order.as_ref().is_none_or(|order| order.descending && order.field == "start_time");
        if query.conditions.is_empty() && newest_first {
            return all;
        }
        let checks: Vec<Check> = query.conditions.iter().map(Check::new).collect();
        let good = |handle: &Handle| {
            let call = self.call(view, *handle);
            checks.iter().all(|check| check.holds(&call, view))
        };
        let mut found: Vec<Handle> = all.iter().filter(good).collect();
        if let Some(order) = query.order.as_ref().filter(|_| !newest_first) {
            found = self.sorted(view, found, order);
        }
        Selection::These(found.into())
    }

    /// Of calls that are equal the newest comes first, and those without the field come last in either direction.
    fn sorted(&self, view: &View, found: Vec<Handle>, order: &Order) -> Vec<Handle> {
        let by = |call: &Call| -> Option<Key> {
            Some(match &*order.field {
                "start_time" | "created_at" => Key::Number(call.start),
                "duration" => Key::Number(call.duration().into()),
                "sentiment" | "sentiment_score" => Key::Number(call.score()?.into()),
                field => Key::Value(field_of(call, view, field)?),
            })
        };
        let mut keyed: Vec<(Option<Key>, Handle)> =
            found.into_iter().map(|handle| (by(&self.call(view, handle)), handle)).collect();
        keyed.sort_by(|(a, _), (b, _)| match (a, b) {
            (Some(a), Some(b)) if order.descending => b.compare(a),
            (Some(a), Some(b)) => a.compare(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        keyed.into_iter().map(|(_, handle)| handle).collect()
    }
}

/// What calls are sorted by.
enum Key {
    Number(i64),
    Value(Value),
}

impl Key {
    fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Number(a), Key::Number(b)) => a.cmp(b),
            (Key::Value(a), Key::Value(b)) => matching::compare(a, b),
            (Key::Number(_), Key::Value(_)) => Ordering::Less,
            (Key::Value(_), Key::Number(_)) => Ordering::Greater,
        }
    }
}

/// A condition, with what it compares worked out once.
enum Check<'q> {
    Agent(&'q str),
    Status(&'q str),
    Sentiment(&'q str),
    Outcome(&'q str),
    Caller(Option<u64>),
    LongerThan(f64),
    ShorterThan(f64),
    Since(Timestamp),
    Until(Timestamp),
    Recording(bool),
    Transcript(bool),
    Topic(String),
    /// Anything else is looked up in the whole record.
    Any(Wanted<'q>),
}

impl<'q> Check<'q> {
    fn new(condition: &'q Condition) -> Check<'q> {
        Check::known(condition).unwrap_or_else(|| Check::Any(Wanted::new(condition)))
    }

    fn known(condition: &'q Condition) -> Option<Check<'q>> {
        let (value, text) = (&condition.value, condition.value.as_str());
        let fields: Vec<&str> = condition.fields.iter().map(String::as_str).collect();
        Some(match (fields.as_slice(), condition.test) {
            (["agent_id"], Test::Equals) => Check::Agent(text?),
            (["status"], Test::Equals) => Check::Status(text?),
            (["sentiment"], Test::Equals) => Check::Sentiment(text?),
            (["outcome"], Test::Equals) => Check::Outcome(text?),
            (["caller_number"], Test::Equals) => Check::Caller(digits(text?)),
            (["duration"], Test::AtLeast) => Check::LongerThan(value.as_f64()?),
            (["duration"], Test::AtMost) => Check::ShorterThan(value.as_f64()?),
            (["start_time"], Test::AtLeast) => Check::Since(matching::moment(text?)?),
            (["start_time"], Test::AtMost) => Check::Until(matching::moment(text?)?),
            (["has_recording"], Test::Equals) => Check::Recording(value.as_bool()?),
            (["has_transcript"], Test::Equals) => Check::Transcript(value.as_bool()?),
            (["topics", "analytics.keywords_detected"], Test::Includes) => Check::Topic(matching::fold(text?)),
            _ => return None,
        })
    }

    fn holds(&self, call: &Call, view: &View) -> bool {
        match self {
            Check::Agent(id) => call.agent().id == *id,
            Check::Status(status) => call.status() == *status,
            Check::Sentiment(sentiment) => call.sentiment() == Some(sentiment),
            Check::Outcome(outcome) => call.outcome() == Some(outcome),
            Check::Caller(number) => number.is_some_and(|number| call.row.number == number),
            Check::LongerThan(least) => f64::from(call.duration()) >= *least,
            Check::ShorterThan(most) => f64::from(call.duration()) <= *most,
            Check::Since(moment) => call.start() >= *moment,
            Check::Until(moment) => call.start() <= *moment,
            Check::Recording(there) => (call.recording() == Part::There) == *there,
            Check::Transcript(there) => (call.transcript() == Part::There) == *there,
            Check::Topic(topic) => {
                let keywords = if call.analytics() == Part::There { call.keywords() } else { Vec::new() };
                call.topics().into_iter().chain(keywords).any(|known| matching::fold(known) == *topic)
            }
            Check::Any(wanted) => {
                let record = show::whole(call, view);
                wanted.is_met(|field| crate::world::at(&record, field))
            }
        }
    }
}

fn field_of(call: &Call, view: &View, field: &str) -> Option<Value> {
    let record = show::whole(call, view);
    crate::world::at(&record, field).filter(|value| !value.is_null()).cloned()
}
