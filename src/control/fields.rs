//! The members of a request's body, taken one by one. What is left over nobody knows, and is refused.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::clock;
use crate::nearest::nearest;

pub struct Fields {
    members: Map<String, Value>,
    /// The names that were asked for.
    known: BTreeSet<String>,
}

impl Fields {
    /// Reads a JSON object; no body is one without members.
    pub fn read(body: &[u8]) -> Result<Fields, Refusal> {
        let value = match body.is_empty() {
            true => Value::Object(Map::new()),
            false => serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("no JSON: {error}")))?,
        };
        match value {
            Value::Object(members) => Ok(Fields { members, known: BTreeSet::new() }),
            _ => Err(Refusal::bad("an object is expected, such as {\"name\":\"a\"}")),
        }
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        self.take(name, "a text", |value| value.as_str().map(str::to_owned))
    }

    pub fn whole(&mut self, name: &str) -> Result<Option<u64>, Refusal> {
        self.take(name, "a whole number of at least 0", Value::as_u64)
    }

    pub fn speed(&mut self, name: &str) -> Result<Option<f64>, Refusal> {
        let expected = "a number above 0 and up to 1000000";
        self.take(name, expected, |value| value.as_f64().filter(|speed| *speed > 0.0 && *speed <= 1e6))
    }

    /// A switch that can only be turned on: `"freeze": true`.
    pub fn switch(&mut self, name: &str) -> Result<bool, Refusal> {
        Ok(self.take(name, "true", |value| (*value == Value::Bool(true)).then_some(()))?.is_some())
    }

    pub fn moment(&mut self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        clock::moment(&text).map(Some).map_err(|unfit| Refusal::bad(format!("{name}: {unfit}")))
    }

    /// Refuses what nobody asked for.
    pub fn end(self) -> Result<(), Refusal> {
        let Some(name) = self.members.keys().next() else { return Ok(()) };
        let known: Vec<String> = self.known.into_iter().collect();
        let hint = nearest(name, known.iter().map(String::as_str)).map(|near| format!(" (did you mean {near:?}?)"));
        let error = format!("unknown member {:?}{}", crate::breach::cut(name), hint.unwrap_or_default());
        Err(Refusal::bad(error).fact("known", known))
    }

    fn take<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        self.known.insert(name.to_owned());
        let Some(value) = self.members.shift_remove(name) else { return Ok(None) };
        read(&value).map(Some).ok_or_else(|| Refusal::bad(format!("{name}: expected {expected}")))
    }
}
