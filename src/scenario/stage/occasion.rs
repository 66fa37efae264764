//! A request, with what rules may ask of it.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderName};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::contract::{Contract, KeyPlaces, Location, Operation, Parameter, PathValues, Values, is_usual, unsigned};
use crate::request::Request;
use crate::scenario::plan::{Condition, Scenario, Subject};
use crate::seed::Seed;

pub struct Occasion<'a> {
    pub contract: &'a Contract,
    pub operation: &'a Operation,
    pub request: &'a Request,
    pub values: &'a Values,
    pub path: &'a PathValues,
    pub body: Option<&'a Value>,
    /// As it came.
    pub key: Option<&'a str>,
    /// Where keys travel.
    pub secrets: &'a KeyPlaces,
    pub lane: &'a str,
    pub now: Timestamp,
    pub seed: Seed,
    /// The contract refuses it.
    pub refused: bool,
    /// Scenarios that the request names: they take part in it, armed or not.
    pub named: &'a [Arc<Scenario>],
}

impl<'a> Occasion<'a> {
    pub(super) fn names(&self, scenario: &str) -> bool {
        self.named.iter().any(|named| named.name == scenario)
    }

    /// Whether all that rules may look at comes to more than so many bytes.
    pub(super) fn is_longer_than(&self, bytes: usize) -> bool {
        let headers = self.request.headers.values().map(|value| value.len()).sum::<usize>();
        self.request.body.len() + headers + self.request.query().map_or(0, str::len) > bytes
    }

    pub(super) fn meets(&self, condition: &Condition, captured: &Map<String, Value>) -> bool {
        match &condition.of {
            // Texts are held against the test as they are: every request meets hundreds of such conditions.
            Subject::Header(name) => return condition.test.passes_str(self.header(name).as_deref()),
            Subject::Key => return condition.test.passes_str(self.key),
            Subject::Lane => return condition.test.passes_str(Some(self.lane)),
            _ => {}
        }
        let value = self.value(&condition.of, captured);
        match &condition.of {
            _ if self.is_default(condition) => condition.test.passes(None),
            Subject::Body(_) | Subject::Answer(_) => condition.test.passes(value.as_deref()),
            // What comes as text stands for whatever it spells.
            _ => condition.test.passes_text(value.as_deref()),
        }
    }

    pub(super) fn value<'o>(&'o self, subject: &Subject, captured: &'o Map<String, Value>) -> Option<Cow<'o, Value>> {
        let text = |text: Cow<str>| Cow::Owned(Value::String(text.into_owned()));
        match subject {
            Subject::Path(name) => {
                let typed = self.values.get(Location::Path, name).map(Cow::Borrowed);
                typed.or_else(|| self.path.get(name).map(|raw| text(raw.into())))
            }
            Subject::Query(name) => {
                let typed = self.values.get(Location::Query, name).map(Cow::Borrowed);
                typed.or_else(|| self.in_query(name).map(text))
            }
            Subject::Header(name) => self.header(name).map(text),
            Subject::Body(place) => self.body?.pointer(place).map(Cow::Borrowed),
            Subject::Key => self.key.map(|key| text(key.into())),
            Subject::Lane => Some(text(self.lane.into())),
            Subject::Captured(name) => captured.get(name).map(Cow::Borrowed),
            Subject::Answer(_) => None,
        }
    }

    fn header(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        self.request.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// Whether a value may not be told: keys, and what holds one.
    pub(super) fn is_secret(&self, subject: &Subject, value: Option<&Value>) -> bool {
        let of_keys = match subject {
            Subject::Key => true,
            Subject::Header(name) => self.secrets.in_header(name),
            Subject::Query(name) => self.secrets.in_query(name),
            _ => is_named_secret(subject),
        };
        let of_keys = of_keys || self.is_veiled(subject);
        let holds = |key: &str| value.is_some_and(|value| mentions(value, key));
        of_keys || self.key.is_some_and(|key| !key.is_empty() && holds(key))
    }

    /// Whether the contract marks it as secret.
    fn is_veiled(&self, subject: &Subject) -> bool {
        let Some(veils) = &self.operation.veils else { return false };
        match subject {
            Subject::Path(name) => veils.hides(Location::Path, name),
            Subject::Query(name) => veils.hides(Location::Query, name),
            Subject::Header(name) => veils.hides(Location::Header, name.as_str()),
            Subject::Body(place) => {
                let kind = self.request.header(CONTENT_TYPE).unwrap_or_default();
                veils.request.hides(kind, place)
            }
            _ => false,
        }
    }

    /// Whether it is asked if a parameter came, which did not but counts as its default.
    pub(super) fn is_default(&self, condition: &Condition) -> bool {
        match &condition.of {
            Subject::Query(name) => condition.test.asks_presence() && !self.is_sent(name),
            _ => false,
        }
    }

    fn is_sent(&self, name: &str) -> bool {
        let of_that_name = |known: &&Parameter| known.location == Location::Query && known.name == name;
        let default = self.operation.parameters.iter().find(of_that_name).and_then(|known| known.default.as_ref());
        default.is_none_or(|default| self.values.get(Location::Query, name) != Some(default))
            || self.in_query(name).is_some()
    }

    /// The text of a parameter that has no value: it is none of the operation's, or was not understood.
    fn in_query(&self, wanted: &str) -> Option<Cow<'_, str>> {
        let pairs = self.request.query()?.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut values = pairs.filter(|(name, _)| percent_decode_str(name).decode_utf8_lossy() == wanted);
        values.next().map(|(_, value)| percent_decode_str(value).decode_utf8_lossy())
    }
}

/// Whether the name of a member says that a key stands there.
pub(super) fn is_named_secret(subject: &Subject) -> bool {
    match subject {
        Subject::Body(place) | Subject::Answer(place) => place.rsplit('/').next().is_some_and(is_usual),
        _ => false,
    }
}

fn mentions(value: &Value, key: &str) -> bool {
    match value {
        Value::String(text) => text.contains(key),
        Value::Array(items) => items.iter().any(|item| mentions(item, key)),
        Value::Object(members) => members.values().any(|member| mentions(member, key)),
        other => other.to_string().contains(key),
    }
}

/// A value without the signatures of the addresses in it.
pub(super) fn without_signatures(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(unsigned) = unsigned(text) {
                *text = unsigned;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_signatures),
        Value::Object(members) => members.values_mut().for_each(without_signatures),
        _ => {}
    }
}
