//! The door to the JSON Schema validator: one registry for a contract's files, one validator for each schema in use,
//! built when it is first needed.

use std::sync::{Arc, OnceLock};

use jsonschema::{Draft, PatternOptions, Registry, Validator};
use serde_json::{Value, json};

use super::bundle::{Bundle, Cursor, file_uri};
use crate::breach::Breach;

/// Which way a value goes: `readOnly` members are no part of a request, `writeOnly` ones none of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Request,
    Response,
}

/// A schema of the contract that something is held against.
#[derive(Debug)]
pub struct Schema {
    file: usize,
    pointer: String,
    uri: String,
    request: OnceLock<Arc<Validator>>,
    response: OnceLock<Arc<Validator>>,
}

#[derive(Debug)]
pub struct Schemas {
    registry: Registry<'static>,
}

impl Schema {
    pub fn new(cursor: &Cursor) -> Schema {
        Schema {
            file: cursor.file_index(),
            pointer: cursor.pointer.clone(),
            uri: cursor.uri(),
            request: OnceLock::new(),
            response: OnceLock::new(),
        }
    }

    /// The schema as it is written.
    pub fn cursor<'b>(&self, bundle: &'b Bundle) -> Cursor<'b> {
        bundle.at(self.file, &self.pointer)
    }
}

impl Schemas {
    pub fn new(bundle: &Bundle) -> Result<Schemas, String> {
        let mut registry = Registry::new().draft(Draft::Draft202012);
        for (path, file) in &bundle.files {
            registry = registry.add(file_uri(path), file.value.clone()).map_err(|error| error.to_string())?;
        }
        Ok(Schemas { registry: registry.prepare().map_err(|error| error.to_string())? })
    }

    /// Every way in which `value` breaks `schema`, at most twenty. Places are JSON Pointers below `value`,
    /// given as `Place::Body`; whoever checks a parameter puts its own place in front.
    pub fn check(&self, schema: &Schema, value: &Value, direction: Direction) -> Vec<Breach> {
        let cell = match direction {
            Direction::Request => &schema.request,
            Direction::Response => &schema.response,
        };
        let validator = cell.get_or_init(|| Arc::new(self.build(&schema.uri)));
        validator
            .iter_errors(value)
            .take(20)
            .map(|error| Breach {
                place: crate::breach::Place::Body(error.instance_path().to_string()),
                code: "type".into(),
                severity: crate::breach::Severity::Error,
                expected: error.masked().to_string(),
                found: "something else".into(),
                valid_values: None,
                hint: None,
                problem: None,
            })
            .collect()
    }

    #[allow(clippy::expect_used, reason = "replaced when loading checks every schema")]
    fn build(&self, uri: &str) -> Validator {
        let reference = json!({ "$ref": uri });
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(&self.registry)
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .build(&reference)
            .expect("checked when the contract was loaded")
    }
}
