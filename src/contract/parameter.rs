//! Parameters: from the wire to typed values, held against their schemas.
//!
//! This runs for every request, so nothing is looked up in the document and what is absent costs next to nothing.

mod unknown;

pub use unknown::PREFERENCES;

use std::borrow::Cow;
use std::sync::LazyLock;

use http::HeaderMap;
use http::header::COOKIE;
use serde_json::Value;

use super::coerce;
use super::json;
use super::operation::{Location, Operation, Parameter, Style};
use super::route::PathValues;
use super::schema::{Direction, MOST, Schemas, Wire};
use super::sentence;
use super::style::{self, Fault};
use super::values::Values;
use crate::breach::{Breach, Place, Severity};
use crate::pointer;
use crate::request::Request;

/// One `name=value` of the query or a cookie, the value as it came.
struct Pair<'r> {
    name: Cow<'r, str>,
    text: &'r str,
    used: bool,
}

/// What came for a parameter.
enum Came {
    Nothing,
    Value(Value),
    /// An empty value where that is allowed; nothing more is asked of it.
    Empty,
    Bad(Fault),
}

/// What became of that.
enum Read {
    Nothing,
    Value(Value),
    Bad,
}

impl Operation {
    /// Reads every parameter of the request, and says how it breaks the contract.
    pub fn check_parameters(&self, schemas: &Schemas, request: &Request, path: &PathValues) -> (Values, Vec<Breach>) {
        let mut reading = Reading {
            schemas,
            request,
            path,
            query: request.query().map(pairs).unwrap_or_default(),
            cookies: None,
            values: self.usual.clone(),
            breaches: Vec::new(),
        };
        for (place, parameter) in self.parameters.iter().enumerate() {
            // Most requests send none of most parameters.
            if parameter.location == Location::Query && reading.query.is_empty() && !parameter.required {
                continue;
            }
            match reading.parameter(parameter, self) {
                Read::Nothing => {}
                Read::Value(value) => reading.values.came(place, Some(value)),
                Read::Bad => reading.values.came(place, None),
            }
        }
        reading.unknown(self);
        (reading.values, reading.breaches)
    }
}

struct Reading<'r> {
    schemas: &'r Schemas,
    request: &'r Request,
    path: &'r PathValues,
    query: Vec<Pair<'r>>,
    /// Taken apart when the first parameter asks for one.
    cookies: Option<Vec<Pair<'r>>>,
    values: Values,
    breaches: Vec<Breach>,
}

impl<'r> Reading<'r> {
    fn parameter(&mut self, parameter: &Parameter, operation: &Operation) -> Read {
        static TEXT: LazyLock<Wire> = LazyLock::new(|| Wire { string: true, ..Wire::default() });
        let schemas = self.schemas;
        let wire = parameter.schema.as_ref().map_or(&*TEXT, |schema| schemas.wire(schema));
        let mut value = match self.came(parameter, operation, wire) {
            Came::Nothing => {
                if parameter.required {
                    self.push(missing(parameter, schemas));
                }
                return Read::Nothing;
            }
            Came::Bad(fault) => {
                self.push(faulty(parameter, &fault));
                return Read::Bad;
            }
            Came::Empty => return Read::Value(Value::String(String::new())),
            Came::Value(value) => value,
        };
        if parameter.deprecated {
            let expected = "absent, because it is deprecated".to_owned();
            self.push(Breach {
                severity: Severity::Warning,
                ..breach(parameter, "deprecated", expected, sentence::found(&value))
            });
        }
        if let (Some(most), Some(came)) = (parameter.cap, size(&value))
            && came > most
        {
            value = lowered(most);
        }
        if let Some(schema) = &parameter.schema {
            let found = schemas.check(schema, &value, Direction::Request);
            let hint = if found.is_empty() { None } else { self.plus_hint(parameter, schema, wire) };
            for mut breach in found {
                breach.place = place_below(parameter, breach.place.name());
                breach.problem = breach.problem.or_else(|| parameter.problem.clone());
                breach.hint = breach.hint.or_else(|| hint.clone());
                self.push(breach);
            }
        }
        Read::Value(value)
    }

    fn push(&mut self, breach: Breach) {
        if self.breaches.len() < MOST {
            self.breaches.push(breach);
        }
    }

    fn came(&mut self, parameter: &Parameter, operation: &Operation, wire: &Wire) -> Came {
        match parameter.location {
            Location::Path => match self.path.get(&parameter.name) {
                Some(text) => one_text(parameter, text, wire),
                None => Came::Nothing,
            },
            Location::Header => header(parameter, &self.request.headers, wire),
            Location::Query => spread(&mut self.query, parameter, operation, wire, true),
            Location::Cookie => {
                let headers = &self.request.headers;
                spread(self.cookies.get_or_insert_with(|| cookies(headers)), parameter, operation, wire, false)
            }
        }
    }

    /// A `+` that was not encoded means a space. If the value would be good with a plus, that is what happened.
    fn plus_hint(&self, parameter: &Parameter, schema: &super::Schema, wire: &Wire) -> Option<String> {
        if parameter.location != Location::Query || parameter.content.is_some() {
            return None;
        }
        let pair = self.query.iter().find(|pair| pair.name == parameter.name && pair.text.contains('+'))?;
        let literal = style::decode(pair.text, false).ok()?;
        let value = coerce::scalar(&literal, wire);
        let good = self.schemas.check(schema, &value, Direction::Request).is_empty();
        good.then(|| "a + in a query means a space: write %2B".to_owned())
    }
}

/// A parameter whose values are among pairs of names and texts.
fn spread(pairs: &mut [Pair], parameter: &Parameter, operation: &Operation, wire: &Wire, plus: bool) -> Came {
    let object = wire.object && !wire.string;
    if parameter.style == Style::DeepObject {
        return deep(pairs, parameter, wire, plus);
    }
    if object && parameter.style == Style::Form && parameter.explode && parameter.content.is_none() {
        return exploded(pairs, parameter, operation, wire, plus);
    }
    // Nearly always there is one text at most.
    let mut named = pairs.iter_mut().filter(|pair| pair.name == parameter.name);
    let Some(first) = named.next() else { return Came::Nothing };
    first.used = true;
    let first = first.text;
    let mut texts: Vec<&str> = Vec::new();
    for pair in named {
        pair.used = true;
        if texts.is_empty() {
            texts.push(first);
        }
        texts.push(pair.text);
    }
    let texts = if texts.is_empty() { std::slice::from_ref(&first) } else { &texts };
    if parameter.allow_empty && texts.len() == 1 && first.is_empty() {
        return Came::Empty;
    }
    if parameter.content.is_some() {
        return match (texts.len(), style::decode(first, plus)) {
            (1, Ok(text)) => described(parameter, &text, wire),
            (1, Err(fault)) => Came::Bad(fault),
            (times, _) => Came::Bad(Fault::Repeated(times)),
        };
    }
    Came::from(style::from_texts(texts, parameter.style, parameter.explode, wire, plus))
}

/// `filter[a]=1&filter[b][c]=2`, and `list[]=1`, which the specification leaves open and many write.
fn deep(pairs: &mut [Pair], parameter: &Parameter, wire: &Wire, plus: bool) -> Came {
    // The bare name carries no member. It is a value where the schema has one that is no object.
    let bare = !wire.object || wire.string || wire.integer || wire.number || wire.boolean || wire.array;
    let mut fields = Vec::new();
    for pair in pairs.iter_mut() {
        let path = style::bracketed(&pair.name);
        if path[0] != parameter.name {
            continue;
        }
        pair.used = true;
        if path.len() == 1 && !bare {
            return Came::Bad(Fault::Form(format!("members in the form {}[member]=value", parameter.name)));
        }
        match style::decode(pair.text, plus) {
            Ok(text) => fields.push((path[1..].to_vec(), text)),
            Err(fault) => return Came::Bad(fault),
        }
    }
    match style::from_members(fields.into_iter(), wire) {
        Ok(value) => value.map_or(Came::Nothing, Came::Value),
        Err(fault) => Came::Bad(fault),
    }
}

/// The members of the object are parameters of their own: `R=100&G=200`.
fn exploded(pairs: &mut [Pair], parameter: &Parameter, operation: &Operation, wire: &Wire, plus: bool) -> Came {
    let mut fields = Vec::new();
    for pair in pairs.iter_mut().filter(|pair| !pair.used) {
        let declared = wire.properties.iter().any(|(name, _)| pair.name == name.as_str());
        let other =
            || operation.parameters.iter().any(|other| other.location == parameter.location && pair.name == other.name);
        if !declared && (wire.additional.is_none() || other()) {
            continue;
        }
        match style::decode(pair.text, plus) {
            Ok(text) => fields.push((vec![&*pair.name], text)),
            Err(fault) => return Came::Bad(fault),
        }
        pair.used = true;
    }
    if fields.is_empty() {
        return Came::Nothing;
    }
    match style::from_fields(fields.into_iter(), wire) {
        (value, repeated) if repeated.is_empty() => Came::Value(value),
        (_, repeated) => Came::Bad(Fault::Repeated(repeated[0].1)),
    }
}

fn header(parameter: &Parameter, headers: &HeaderMap, wire: &Wire) -> Came {
    let Some(name) = &parameter.header else { return Came::Nothing };
    let mut lines = headers.get_all(name).iter();
    let Some(first) = lines.next() else { return Came::Nothing };
    let Ok(text) = std::str::from_utf8(first.as_bytes()) else { return Came::Bad(Fault::Encoding) };
    let more = lines.count();
    if more == 0 {
        return one_text(parameter, text.trim(), wire);
    }
    if !wire.array {
        return Came::Bad(Fault::Repeated(more + 1));
    }
    let lines: Result<Vec<&str>, _> =
        headers.get_all(name).iter().map(|line| std::str::from_utf8(line.as_bytes())).collect();
    match lines {
        Ok(lines) => one_text(parameter, &lines.join(","), wire),
        Err(_) => Came::Bad(Fault::Encoding),
    }
}

fn one_text(parameter: &Parameter, text: &str, wire: &Wire) -> Came {
    if parameter.content.is_some() {
        return described(parameter, text, wire);
    }
    Came::from(style::from_text(&parameter.name, text, parameter.style, parameter.explode, wire))
}

/// A parameter that is a document of its own.
fn described(parameter: &Parameter, text: &str, wire: &Wire) -> Came {
    let media_type = parameter.content.as_deref().unwrap_or_default();
    if !super::body::is_json(media_type) {
        return Came::Value(coerce::scalar(text, wire));
    }
    match json::read(text.as_bytes()) {
        Ok(read) => Came::Value(read.value),
        Err(malformed) => Came::Bad(Fault::Form(format!(
            "well-formed JSON ({} at line {}, column {})",
            malformed.reason, malformed.line, malformed.column
        ))),
    }
}

fn pairs(query: &str) -> Vec<Pair<'_>> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(|part| pair(part.split_once('=').unwrap_or((part, "")), true)).collect()
}

fn cookies(headers: &HeaderMap) -> Vec<Pair<'_>> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| std::str::from_utf8(line.as_bytes()).ok());
    let parts = lines.flat_map(|line| line.split(';')).map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| pair(part.split_once('=').unwrap_or((part, "")), false)).collect()
}

fn pair<'r>((name, text): (&'r str, &'r str), plus: bool) -> Pair<'r> {
    // A name that can't be decoded is none that is declared.
    Pair { name: style::decode(name, plus).unwrap_or(Cow::Borrowed(name)), text, used: false }
}

/// A number, also one of so many digits that no integer type holds it and it stayed a text.
fn size(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        other => other.as_f64(),
    }
}

/// An integer stays one.
fn lowered(most: f64) -> Value {
    if most.fract() == 0.0 && most.abs() < 9e15 { Value::from(most as i64) } else { Value::from(most) }
}

impl From<Result<Value, Fault>> for Came {
    fn from(read: Result<Value, Fault>) -> Came {
        read.map_or_else(Came::Bad, Came::Value)
    }
}

fn place(parameter: &Parameter) -> Place {
    let name = parameter.name.clone();
    match parameter.location {
        Location::Path => Place::Path(name),
        Location::Query => Place::Query(name),
        Location::Header => Place::Header(name),
        Location::Cookie => Place::Cookie(name),
    }
}

/// A part of a parameter by the name that the caller wrote: `filter[color]`. Where parts are not written with names of
/// their own, the parameter as a whole is spoken of.
fn place_below(parameter: &Parameter, pointer: &str) -> Place {
    if parameter.style != Style::DeepObject || pointer.is_empty() {
        return place(parameter);
    }
    let parts = pointer.split('/').skip(1).map(|part| pointer::unescaped(part));
    Place::Query(parts.fold(parameter.name.clone(), |name, part| format!("{name}[{part}]")))
}

fn missing(parameter: &Parameter, schemas: &Schemas) -> Breach {
    let declared = parameter.schema.as_ref().and_then(|schema| schemas.lookup_schema(schema));
    let expected = declared.map_or_else(|| "a value".to_owned(), sentence::whole);
    let mut made = breach(parameter, "required", expected, "nothing".to_owned());
    made.valid_values = declared.and_then(|schema| schema.get("enum")?.as_array()).cloned();
    made
}

fn faulty(parameter: &Parameter, fault: &Fault) -> Breach {
    match fault {
        Fault::Encoding => {
            let expected = "text in UTF-8, percent-encoded".to_owned();
            breach(parameter, "encoding", expected, "bytes that are not".to_owned())
        }
        Fault::Form(expected) => breach(parameter, "style", expected.clone(), "another form".to_owned()),
        Fault::Repeated(times) => breach(parameter, "repeated", "a single value".to_owned(), format!("{times} values")),
    }
}

fn breach(parameter: &Parameter, code: &'static str, expected: String, found: String) -> Breach {
    Breach { problem: parameter.problem.clone(), ..Breach::new(place(parameter), code, expected, found) }
}

#[cfg(test)]
mod tests;
