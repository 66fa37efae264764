//! The door to the JSON Schema validator: one registry for a contract's files, one validator for each schema in use,
//! built when it is first needed.
//!
//! Nothing is ever fetched: a reference that leads out of the contract's files makes the schema one that can't be
//! compiled. Such a schema decides nothing: values pass with a warning, and the lint names the place.

mod alone;
mod branch;
mod explain;
mod keywords;
mod place;
mod prepare;
mod spread;
mod trail;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, Registry, Retrieve, Uri, ValidationError, ValidationOptions, Validator};
use serde_json::{Value, json};

pub use alone::Alone;
pub use place::Reach;
pub use trail::is_secret;
pub use wire::Wire;

use super::bundle::{Bundle, Cursor, encode_fragment, file_uri};
use super::sentence;
use crate::breach::{Breach, Place, Severity};

/// The most breaches that one value is told.
pub const MOST: usize = 20;
/// Values with more parts than this are told their first breach alone: the validator lists all errors or one.
const LARGE: usize = 20_000;

/// Which way a value goes: `readOnly` members are no part of a request, `writeOnly` ones none of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    request: OnceLock<Arc<Compiled>>,
    response: OnceLock<Arc<Compiled>>,
    wire: OnceLock<Wire>,
    spread: OnceLock<u64>,
}

pub struct Schemas {
    registry: Registry<'static>,
    files: Vec<String>,
    directed: bool,
    /// A validator holds a copy of all that it references, so equal ones are shared.
    cache: Mutex<HashMap<(String, Direction), Arc<Compiled>>>,
}

type Compiled = Result<(Validator, Engine), Flaw>;

/// How a schema's patterns are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// In linear time, whatever the text.
    Linear,
    /// With look-around or back-references: given up after a number of steps, and then undecided.
    Backtracking,
}

/// Why a schema can't be compiled, and where the cause stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The index of the file in the bundle.
    pub file: usize,
    pub pointer: String,
    pub message: String,
}

/// How a value breaks its schema: the first breaches, and how many more there are.
#[derive(Debug, Default)]
pub struct Findings {
    pub breaches: Vec<Breach>,
    pub more: usize,
}

impl Schema {
    pub fn new(cursor: &Cursor) -> Schema {
        Schema {
            file: cursor.file_index(),
            pointer: cursor.pointer.clone(),
            uri: cursor.uri(),
            request: OnceLock::new(),
            response: OnceLock::new(),
            wire: OnceLock::new(),
            spread: OnceLock::new(),
        }
    }

    /// The schema as it is written.
    pub fn cursor<'b>(&self, bundle: &'b Bundle) -> Cursor<'b> {
        bundle.at(self.file, &self.pointer)
    }
}

impl Schemas {
    pub fn new(bundle: &Bundle) -> Result<Schemas, String> {
        let prepared = prepare::prepare(bundle);
        let mut registry = Registry::new().draft(Draft::Draft202012).retriever(Offline);
        for ((path, _), document) in bundle.files.iter().zip(prepared.documents) {
            registry = registry.add(file_uri(path), document).map_err(|error| error.to_string())?;
        }
        Ok(Schemas {
            registry: registry.prepare().map_err(|error| error.to_string())?,
            files: bundle.files.iter().map(|(path, _)| file_uri(path)).collect(),
            directed: prepared.directed,
            cache: Mutex::default(),
        })
    }

    /// Builds the validator of a schema ahead of its use, to learn whether that is possible.
    pub fn compile(&self, schema: &Schema) -> Result<Engine, Flaw> {
        match &**self.compiled(schema, Direction::Request) {
            Ok((_, engine)) => Ok(*engine),
            Err(flaw) => Err(flaw.clone()),
        }
    }

    /// Every way in which `value` breaks `schema`, at most twenty. Places are JSON Pointers below `value`,
    /// given as `Place::Body`; whoever checks a parameter puts its own place in front.
    pub fn check(&self, schema: &Schema, value: &Value, direction: Direction) -> Vec<Breach> {
        self.findings(schema, value, direction).breaches
    }

    /// Like `check`, and knows how many breaches there are beyond those it tells.
    pub fn findings(&self, schema: &Schema, value: &Value, direction: Direction) -> Findings {
        let validator = match &**self.compiled(schema, direction) {
            Ok((_, Engine::Backtracking)) if spread::takes_long(value) => {
                return Findings { breaches: vec![too_long()], more: 0 };
            }
            Ok((validator, _)) => validator,
            Err(flaw) => return Findings { breaches: vec![undecided(&flaw.message)], more: 0 },
        };
        if validator.is_valid(value) {
            return Findings::default();
        }
        let spread = *schema.spread.get_or_init(|| self.spread(&schema.uri));
        let is_large = is_large(value);
        if spread::explodes(spread, value) || (spread > 1 && is_large) {
            return Findings { breaches: vec![unlisted(value)], more: 0 };
        }
        let errors: Vec<ValidationError> = if is_large {
            validator.validate(value).err().into_iter().collect()
        } else {
            validator.iter_errors(value).collect()
        };
        self.explain(&schema.uri, value, &errors)
    }

    /// How the schema's values are written outside of JSON, worked out at the first use.
    pub fn wire<'s>(&self, schema: &'s Schema) -> &'s Wire {
        schema.wire.get_or_init(|| self.lookup(&schema.uri).map(|value| self.wire_of(value)).unwrap_or_default())
    }

    /// The schema as the validator knows it.
    pub fn lookup_schema(&self, schema: &Schema) -> Option<&Value> {
        self.lookup(&schema.uri)
    }

    fn compiled<'s>(&self, schema: &'s Schema, direction: Direction) -> &'s Arc<Compiled> {
        let direction = if self.directed { direction } else { Direction::Request };
        let cell = match direction {
            Direction::Request => &schema.request,
            Direction::Response => &schema.response,
        };
        cell.get_or_init(|| {
            let key = (schema.uri.clone(), direction);
            if let Some(known) = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
                return Arc::clone(known);
            }
            let built = Arc::new(self.build(schema, direction));
            if let Err(flaw) = &*built {
                tracing::warn!(schema = schema.uri, flaw.message, "a schema can't be compiled and decides nothing");
            }
            self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&built));
            built
        })
    }

    fn build(&self, schema: &Schema, direction: Direction) -> Compiled {
        let reference = json!({ "$ref": schema.uri });
        let mut options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(&self.registry)
            .with_retriever(Offline)
            .should_validate_formats(true);
        for (name, check) in keywords::formats() {
            options = options.with_format(name, check);
        }
        for (name, factory) in keywords::keywords(direction) {
            options = options.with_keyword(name, factory);
        }
        build_with(options, &reference).map_err(|error| self.flaw(schema, &error))
    }

    fn flaw(&self, schema: &Schema, error: &ValidationError) -> Flaw {
        let message = match error.kind() {
            ValidationErrorKind::Format { format } if format == "regex" => {
                format!("the pattern {} is no regular expression", error.instance())
            }
            _ => error.to_string(),
        };
        // The error tells the place within a file and not which file it is: the one that has such a value there.
        let pointer = error.instance_path().as_str();
        let has_it = |file: &usize| {
            let uri = format!("{}#{}", self.files[*file], encode_fragment(pointer));
            self.lookup(&uri).is_some_and(|value| value == &**error.instance())
        };
        match std::iter::once(schema.file).chain(0..self.files.len()).find(has_it) {
            Some(file) => Flaw { file, pointer: pointer.to_owned(), message },
            None => Flaw { file: schema.file, pointer: schema.pointer.clone(), message },
        }
    }

    /// The prepared value at an absolute reference.
    fn lookup(&self, reference: &str) -> Option<&Value> {
        let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let base = Uri::parse(file.to_owned()).ok()?;
        Some(self.registry.resolver(base).lookup(&format!("#{fragment}")).ok()?.contents())
    }
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schemas").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Whether a text can be used as a pattern at all.
pub fn is_pattern(text: &str) -> bool {
    let options = jsonschema::options().with_draft(Draft::Draft202012).with_retriever(Offline);
    build_with(options, &json!({ "pattern": text })).is_ok()
}

/// Linear if it can be: then no text takes long. Patterns that look around get a bound instead.
fn build_with<'i>(
    options: ValidationOptions<'_>,
    schema: &'i Value,
) -> Result<(Validator, Engine), ValidationError<'i>> {
    let regex = PatternOptions::regex().size_limit(1 << 20);
    let error = match options.clone().with_pattern_options(regex).build(schema) {
        Ok(validator) => return Ok((validator, Engine::Linear)),
        Err(error) => error,
    };
    let fancy = PatternOptions::fancy_regex().backtrack_limit(100_000).size_limit(1 << 20);
    options
        .with_pattern_options(fancy)
        .build(schema)
        .map(|validator| (validator, Engine::Backtracking))
        .map_err(|_| error)
}

/// Refuses every reference that leads out of the contract's files.
struct Offline;

impl Retrieve for Offline {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("{uri} is not a file of the contract, and nothing is fetched").into())
    }
}

fn undecided(reason: &str) -> Breach {
    unchecked(format!("what a schema says that can't be compiled ({reason})"))
}

fn too_long() -> Breach {
    unchecked("texts short enough for a pattern that looks around or back".to_owned())
}

fn unchecked(expected: String) -> Breach {
    let place = Place::Body(String::new());
    Breach { severity: Severity::Warning, ..Breach::new(place, "undecided", expected, "a value that was not checked") }
}

/// It does not fit, and to find out where would take too long.
fn unlisted(value: &Value) -> Breach {
    let expected = "a value that fits one of the alternatives at every level".to_owned();
    explain::breach(String::new(), "branch", expected, sentence::found(value))
}

fn is_large(value: &Value) -> bool {
    fn count(value: &Value, left: &mut usize) {
        if *left == 0 {
            return;
        }
        *left -= 1;
        match value {
            Value::Array(items) => items.iter().for_each(|item| count(item, left)),
            Value::Object(members) => members.values().for_each(|member| count(member, left)),
            _ => {}
        }
    }
    let mut left = LARGE;
    count(value, &mut left);
    left == 0
}

#[cfg(test)]
mod tests;
