//! Request bodies: which kinds are accepted, and how one is read and held against its schema.

use serde_json::Value;

use super::operation::{Media, Operation};
use super::schema::{Direction, Schemas};
use crate::breach::Breach;
use crate::problem::{Kind, Problem};
use crate::request::Request;

/// What an operation accepts as a body.
#[derive(Debug)]
pub struct Body {
    pub required: bool,
    pub content: Vec<Media>,
}

/// A body that could be read: its value (if there was one), and how it breaks the contract.
#[derive(Debug, Default)]
pub struct CheckedBody {
    pub value: Option<Value>,
    pub breaches: Vec<Breach>,
}

impl Operation {
    /// Judges by the head alone: is a body of this kind accepted here? Runs before the body is read.
    pub fn check_body_head(&self, _request: &Request) -> Result<(), Problem> {
        Ok(())
    }

    /// Reads the body and holds it against its schema. A body that can't be read at all is a problem of its own.
    pub fn check_body(&self, schemas: &Schemas, request: &Request) -> Result<CheckedBody, Problem> {
        let Some(body) = &self.body else { return Ok(CheckedBody::default()) };
        if request.body.is_empty() {
            return if body.required { Err(Problem::new(Kind::MissingBody)) } else { Ok(CheckedBody::default()) };
        }
        let value: Value = serde_json::from_slice(&request.body).map_err(|error| {
            Problem::new(Kind::MalformedBody)
                .with("line", error.line())
                .with("column", error.column())
                .with("reason", error.to_string())
        })?;
        let schema = body.content.first().and_then(|media| media.schema.as_ref());
        let breaches = schema.map(|schema| schemas.check(schema, &value, Direction::Request)).unwrap_or_default();
        Ok(CheckedBody { value: Some(value), breaches })
    }
}

/// `application/json`, and whatever ends in `+json`.
pub fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence.len() >= 5
            && essence.is_char_boundary(essence.len() - 5)
            && essence[essence.len() - 5..].eq_ignore_ascii_case("+json")
}
