//! The fast path for JSON: straight to a value, without places. Doubled keys are refused as in YAML.

use std::cell::Cell;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::Limits;

/// Why a text is no JSON that we take.
#[derive(Debug)]
pub struct Fault {
    pub line: usize,
    pub column: usize,
    pub reason: String,
    pub doubled_key: bool,
}

pub fn parse(text: &str, limits: &Limits) -> Result<Value, Fault> {
    let state = State { most: limits.nodes, left: Cell::new(limits.nodes), doubled: Cell::new(false) };
    let mut reader = serde_json::Deserializer::from_str(text);
    let outcome = reader.deserialize_any(Builder(&state)).and_then(|value| reader.end().map(|()| value));
    outcome.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Fault { line, column, reason: reason(&error), doubled_key: state.doubled.get() }
    })
}

/// Why a text is no JSON, in words that say what to do.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    let reason = match reason {
        "recursion limit exceeded" => "nested 128 levels deep or more",
        "trailing characters" => "there is something after the end of the value",
        "EOF while parsing a value" => "a value is missing at the end",
        "EOF while parsing an object" => "the text ends within an object",
        "EOF while parsing a list" => "the text ends within an array",
        "EOF while parsing a string" => "the text ends within a string",
        "expected value" => "a value is expected here",
        "trailing comma" => "there is a comma after the last element",
        "key must be a string" => "a name in double quotes is expected here",
        "number out of range" => "a number is too large to be kept",
        other => other,
    };
    reason.to_owned()
}

struct State {
    most: usize,
    left: Cell<usize>,
    doubled: Cell<bool>,
}

#[derive(Clone, Copy)]
struct Builder<'s>(&'s State);

impl Builder<'_> {
    fn count<E: Error>(self) -> Result<(), E> {
        let left = self.0.left.get().checked_sub(1);
        let most = self.0.most;
        self.0.left.set(left.ok_or_else(|| E::custom(format_args!("it holds more than {most} values")))?);
        Ok(())
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for Builder<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Builder<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.count().map(|()| Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.count().map(|()| Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.count().map(|()| value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.count().map(|()| value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.count().map(|()| value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.count().map(|()| value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.count().map(|()| Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.count()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.count()?;
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if object.contains_key(&key) {
                self.0.doubled.set(true);
                return Err(A::Error::custom(format_args!("the key \"{key}\" appears twice in one object")));
            }
            let value = members.next_value_seed(self)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
