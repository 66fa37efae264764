//! What a template may speak of.

use std::cell::Cell;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::contract::{Location, PathValues, Values};
use crate::request::Request;
use crate::seed::Seed;

/// Everything that one request and one rule have to say; looked at when a template asks for it.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'s> {
    pub now: Timestamp,
    pub request: &'s Request,
    pub path: &'s PathValues,
    pub values: &'s Values,
    /// The request's body as it was understood.
    pub body: Option<&'s Value>,
    pub captured: &'s Map<String, Value>,
    pub vars: &'s Value,
    pub state: &'s str,
    pub call: u64,
    pub lane: &'s str,
    pub seed: Seed,
    /// Scenario and rule: what is made up for one is not what is made up for another.
    pub rule: &'s str,
    /// What templates filled for this request may still come to, in bytes.
    pub left: &'s Cell<usize>,
}

impl Scope<'_> {
    /// The seed of what is made up for this answer.
    pub fn made_up(&self) -> Seed {
        self.seed.of(self.lane).of(self.rule).of(&self.call.to_string())
    }

    /// The parameters of the path, typed where the contract says how.
    pub fn path_values(&self) -> impl Iterator<Item = (&str, Value)> {
        self.path.iter().map(|(name, text)| {
            let typed = self.values.get(Location::Path, name).cloned();
            (name, typed.unwrap_or_else(|| Value::from(text)))
        })
    }

    pub fn query_values(&self) -> impl Iterator<Item = (&str, Value)> {
        let query = self.values.iter().filter(|(location, ..)| *location == Location::Query);
        query.map(|(_, name, value)| (name, value.clone()))
    }

    /// Names are in small letters.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.request.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }
}
