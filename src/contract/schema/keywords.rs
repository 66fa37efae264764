//! What a contract says beyond JSON Schema, as keywords and formats of the validator.

use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value};

use super::Direction;
use super::prepare::{NUMBER_FORMAT, REQUIRED_IN_ANSWERS, REQUIRED_IN_REQUESTS};

type Made<'a> = Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>>;
type Factory = for<'a> fn(&'a Map<String, Value>, &'a Value, jsonschema::paths::Location) -> Made<'a>;

/// Whether a text is of a format.
type Check = fn(&str) -> bool;

/// The keywords that count in a direction, and how each is made.
pub fn keywords(direction: Direction) -> [(&'static str, Factory); 3] {
    match direction {
        Direction::Request => [
            ("readOnly", |_, value, _| Ok(Box::new(Absent(value == &Value::Bool(true))))),
            (REQUIRED_IN_REQUESTS, required),
            (NUMBER_FORMAT, number_format),
        ],
        Direction::Response => [
            ("writeOnly", |_, value, _| Ok(Box::new(Absent(value == &Value::Bool(true))))),
            (REQUIRED_IN_ANSWERS, required),
            (NUMBER_FORMAT, number_format),
        ],
    }
}

/// The formats of OpenAPI that the validator does not know. `binary` and `password` say nothing about the text.
pub fn formats() -> [(&'static str, Check); 3] {
    [("byte", is_base64), ("binary", |_| true), ("password", |_| true)]
}

fn required<'a>(_: &'a Map<String, Value>, names: &'a Value, _: jsonschema::paths::Location) -> Made<'a> {
    let names = names.as_array().into_iter().flatten();
    Ok(Box::new(Required(names.filter_map(|name| name.as_str().map(str::to_owned)).collect())))
}

fn number_format<'a>(_: &'a Map<String, Value>, format: &'a Value, _: jsonschema::paths::Location) -> Made<'a> {
    Ok(Box::new(match format.as_str() {
        Some("int32") => NumberFormat::Int32,
        Some("int64") => NumberFormat::Int64,
        _ => NumberFormat::Float,
    }))
}

/// A value that must not be there at all, in this direction.
struct Absent(bool);

impl<'i> Keyword<'i> for Absent {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) { Ok(()) } else { Err(ValidationError::custom("must be absent")) }
    }

    fn is_valid(&self, _: &'i Value) -> bool {
        !self.0
    }
}

/// Like `required`. The message of its error is the missing name.
struct Required(Vec<String>);

impl<'i> Keyword<'i> for Required {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        match self.missing(instance).next() {
            Some(name) => Err(ValidationError::custom(name)),
            None => Ok(()),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.missing(instance).next().is_none()
    }

    fn iter_errors(&self, instance: &'i Value) -> Box<dyn Iterator<Item = ValidationError<'i>> + 'i> {
        let errors: Vec<_> = self.missing(instance).map(ValidationError::custom).collect();
        Box::new(errors.into_iter())
    }
}

impl Required {
    fn missing<'s>(&'s self, instance: &Value) -> impl Iterator<Item = &'s str> {
        let members = instance.as_object();
        self.0
            .iter()
            .map(String::as_str)
            .filter(move |name| members.is_some_and(|members| !members.contains_key(*name)))
    }
}

enum NumberFormat {
    Int32,
    Int64,
    Float,
}

impl<'i> Keyword<'i> for NumberFormat {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) { Ok(()) } else { Err(ValidationError::custom(self.name())) }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        let Value::Number(number) = instance else { return true };
        match self {
            NumberFormat::Int32 => match number.as_i64() {
                Some(number) => i32::try_from(number).is_ok(),
                // 1.0 is an integer to JSON Schema.
                None => number.as_f64().is_some_and(|number| number.abs() <= f64::from(i32::MAX)),
            },
            NumberFormat::Int64 => number.is_i64() || number.as_f64().is_some_and(|number| number.abs() < 9.2e18),
            NumberFormat::Float => number.as_f64().is_some_and(|number| number.abs() <= f64::from(f32::MAX)),
        }
    }
}

impl NumberFormat {
    fn name(&self) -> &'static str {
        match self {
            NumberFormat::Int32 => "int32",
            NumberFormat::Int64 => "int64",
            NumberFormat::Float => "float",
        }
    }
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len() - body.len() <= 2
        && text.len().is_multiple_of(4)
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded_and_of_its_alphabet() {
        for good in ["", "aGk=", "aGVsbG8h", "+/==", "YQ=="] {
            assert!(is_base64(good), "{good}");
        }
        for bad in ["a", "aGk", "aG k", "=aaa", "a===", "aGk-"] {
            assert!(!is_base64(bad), "{bad}");
        }
    }
}
