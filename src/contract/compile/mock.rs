//! What a contract says beyond OpenAPI: its table of problems, its limits, its assumptions.

use std::collections::BTreeMap;

use http::{HeaderName, StatusCode};
use serde_json::{Map, Value};

use super::{METHODS, paths, string_map};
use crate::contract::bundle::Cursor;
use crate::contract::operation::{Assumption, Operation, RatePolicy, Tier};
use crate::contract::problems::{Entry, Problems};

pub fn problems(mock: &Cursor) -> Problems {
    let envelopes = mock.get("envelopes");
    let envelope = |name: &str| envelopes.as_ref()?.value.get(name).cloned();
    let entry = |(name, cursor): (&str, Cursor)| {
        let members = cursor.value.as_object()?;
        let layout = envelope(cursor.str("envelope").unwrap_or("default")).unwrap_or(Value::Object(Map::new()));
        let headers = string_map(cursor.get("headers").as_ref());
        Some((
            name.to_owned(),
            Entry {
                status: StatusCode::from_u16(u16::try_from(cursor.value.get("status")?.as_u64()?).ok()?).ok()?,
                headers: headers
                    .into_iter()
                    .filter_map(|(name, value)| Some((HeaderName::try_from(name).ok()?, value)))
                    .collect(),
                body: lay_out(&layout, members),
            },
        ))
    };
    Problems::new(mock.get("problems").iter().flat_map(Cursor::members).filter_map(entry).collect())
}

/// An envelope with the members of one entry in it. What the entry lacks is left out; other placeholders stay.
fn lay_out(layout: &Value, entry: &Map<String, Value>) -> Value {
    match layout {
        Value::Object(members) => {
            let mut laid = Map::new();
            for (key, value) in members {
                match (key.as_str(), value.as_str().and_then(placeholder)) {
                    ("{extra}", _) => {
                        laid.extend(entry.get("extra").and_then(Value::as_object).cloned().unwrap_or_default());
                    }
                    (_, Some(name)) => {
                        if let Some(text) = entry.get(name) {
                            laid.insert(key.clone(), text.clone());
                        }
                    }
                    _ => {
                        laid.insert(key.clone(), lay_out(value, entry));
                    }
                }
            }
            Value::Object(laid)
        }
        Value::Array(items) => items.iter().map(|item| lay_out(item, entry)).collect(),
        other => other.clone(),
    }
}

fn placeholder(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

pub fn rate_policy(rate: &Cursor) -> RatePolicy {
    let headers = string_map(rate.get("headers").as_ref());
    let header = |name: &str| headers.get(name).and_then(|value| HeaderName::try_from(value.as_str()).ok());
    RatePolicy {
        limit_header: header("limit"),
        remaining_header: header("remaining"),
        reset_header: header("reset"),
        tiers: rate
            .get("tiers")
            .iter()
            .flat_map(Cursor::members)
            .filter_map(|(name, tier)| {
                Some(Tier {
                    name: name.to_owned(),
                    minute: tier.value.get("minute")?.as_u64()?,
                    day: tier.value.get("day").and_then(Value::as_u64),
                })
            })
            .collect(),
    }
}

pub fn assumptions(root: &Cursor, operations: &[Operation]) -> Vec<Assumption> {
    let mut all = BTreeMap::new();
    let mut add = |cursor: Option<Cursor>, operation: Option<&str>| {
        for (number, text) in string_map(cursor.as_ref()) {
            let operation = operation.map(str::to_owned);
            all.insert(number.clone(), Assumption { number, text, operation });
        }
    };
    add(root.get("x-assumptions"), None);
    for (_, item) in paths(root) {
        for cursor in METHODS.iter().filter_map(|name| item.get(name)) {
            let origin = format!("{}#{}", cursor.source().name, cursor.pointer);
            let operation = operations.iter().find(|operation| operation.origin == origin);
            add(cursor.get("x-assumptions"), operation.map(|operation| operation.id.as_str()));
        }
    }
    all.into_values().collect()
}
