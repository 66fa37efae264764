//! The contract's files as the validator is given them: every reference absolute, `required` divided by direction, and the number formats made visible.
//!
//! A member that is `readOnly` is not required of a request and one that is `writeOnly` not of an answer. Which is
//! which may be said in another part of an `allOf` than the one that requires it, so this is settled here, once, over
//! the whole document: what remains in `required` counts always, the rest moves to a keyword of the direction's own.

use std::collections::{HashMap, HashSet};

use crate::pointer;

use serde_json::{Map, Value, json};

use super::super::bundle::{Bundle, Cursor};

/// Names that only an answer must have.
pub const REQUIRED_IN_ANSWERS: &str = "x-required-in-answers";
/// Names that only a request must have.
pub const REQUIRED_IN_REQUESTS: &str = "x-required-in-requests";
/// A format that says something about a number.
pub const NUMBER_FORMAT: &str = "x-number-format";

/// Keys whose members are named by the author, so that no name among them is a keyword.
const NAMES: [&str; 21] = [
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
    "schemas",
    "responses",
    "parameters",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
    "pathItems",
    "paths",
    "webhooks",
    "content",
    "encoding",
    "variables",
    "mapping",
    "dependentRequired",
];
/// Keys below which there are values and no schemas.
const VALUES: [&str; 5] = ["example", "examples", "default", "enum", "const"];

pub struct Prepared {
    /// In the order of the bundle's files.
    pub documents: Vec<Value>,
    /// Whether a request and an answer are judged differently at all.
    pub directed: bool,
}

/// What one place says of its direction.
#[derive(Clone, Copy, Default)]
struct Marks {
    read_only: bool,
    write_only: bool,
}

type Exempt = HashMap<(usize, String), HashMap<String, Marks>>;

struct Preparing<'b> {
    bundle: &'b Bundle,
    /// OpenAPI 3.0 has a dialect of its own.
    old: bool,
    exempt: Exempt,
}

pub fn prepare(bundle: &Bundle) -> Prepared {
    let directed = bundle.files.iter().any(|(_, file)| mentions(&file.value, &["readOnly", "writeOnly"]));
    let old = bundle.root().str("openapi").is_some_and(|version| version.starts_with("3.0"));
    let mut exempt = Exempt::new();
    if directed {
        for (index, (_, file)) in bundle.files.iter().enumerate() {
            find_exempt(bundle, index, &file.value, &mut String::new(), &mut exempt);
        }
    }
    let preparing = Preparing { bundle, old, exempt };
    let documents = bundle.files.iter().enumerate();
    let documents = documents.map(|(index, (_, file))| preparing.keywords(index, &file.value, &mut String::new()));
    Prepared { documents: documents.collect(), directed }
}

fn mentions(value: &Value, keys: &[&str]) -> bool {
    match value {
        Value::Object(members) => {
            members.iter().any(|(key, value)| keys.contains(&key.as_str()) || mentions(value, keys))
        }
        Value::Array(items) => items.iter().any(|item| mentions(item, keys)),
        _ => false,
    }
}

impl Preparing<'_> {
    /// A schema, or another object of the specification.
    fn keywords(&self, file: usize, value: &Value, pointer: &mut String) -> Value {
        let members = match value {
            Value::Array(items) => {
                let prepared = items.iter().enumerate();
                return prepared
                    .map(|(n, item)| within(pointer, &n.to_string(), |at| self.keywords(file, item, at)))
                    .collect();
            }
            Value::Object(members) => members,
            other => return other.clone(),
        };
        let mut prepared = Map::new();
        for (key, member) in members {
            let value = match (key.as_str(), member) {
                ("$ref", Value::String(reference)) => {
                    let target = self.bundle.follow(file, reference);
                    Value::String(target.map_or_else(|| reference.clone(), |target| target.uri()))
                }
                // Schemas are known by where they are and not by what they call themselves.
                ("$id", Value::String(_)) => continue,
                (name, _) if VALUES.contains(&name) || name.starts_with("x-") => member.clone(),
                (name, Value::Object(_)) if NAMES.contains(&name) => {
                    within(pointer, key, |at| self.names(file, member, at))
                }
                _ => within(pointer, key, |at| self.keywords(file, member, at)),
            };
            prepared.insert(key.clone(), value);
        }
        if self.old {
            prepared = or_null(prepared);
        }
        self.divide_required(file, pointer, &mut prepared);
        show_number_format(&mut prepared);
        Value::Object(prepared)
    }

    fn names(&self, file: usize, value: &Value, pointer: &mut String) -> Value {
        let Value::Object(members) = value else { return value.clone() };
        let prepared = members.iter();
        prepared
            .map(|(key, member)| (key.clone(), within(pointer, key, |at| self.keywords(file, member, at))))
            .collect()
    }

    fn divide_required(&self, file: usize, pointer: &str, prepared: &mut Map<String, Value>) {
        let Some(exempt) = self.exempt.get(&(file, pointer.to_owned())) else { return };
        let Some(Value::Array(names)) = prepared.get_mut("required") else { return };
        let (mut in_answers, mut in_requests) = (Vec::new(), Vec::new());
        names.retain(|name| {
            let marks = name.as_str().and_then(|name| exempt.get(name)).copied().unwrap_or_default();
            match (marks.read_only, marks.write_only) {
                (false, false) => return true,
                (true, false) => in_answers.push(name.clone()),
                (false, true) => in_requests.push(name.clone()),
                (true, true) => {}
            }
            false
        });
        for (keyword, names) in [(REQUIRED_IN_ANSWERS, in_answers), (REQUIRED_IN_REQUESTS, in_requests)] {
            if !names.is_empty() {
                prepared.insert(keyword.to_owned(), Value::Array(names));
            }
        }
    }
}

fn within<T>(pointer: &mut String, key: &str, inside: impl FnOnce(&mut String) -> T) -> T {
    let length = pointer.len();
    pointer.push('/');
    if key.contains(['~', '/']) {
        pointer.push_str(&pointer::escaped(key));
    } else {
        pointer.push_str(key);
    }
    let result = inside(pointer);
    pointer.truncate(length);
    result
}

/// `nullable` of OpenAPI 3.0 where no `type` stands beside it: null is let through, as that is what is meant.
fn or_null(mut members: Map<String, Value>) -> Map<String, Value> {
    if members.get("nullable") != Some(&Value::Bool(true)) {
        return members;
    }
    members.shift_remove("nullable");
    Map::from_iter([("anyOf".to_owned(), json!([members, { "type": "null" }]))])
}

fn show_number_format(members: &mut Map<String, Value>) {
    if let Some(format) = members.get("format").and_then(Value::as_str)
        && matches!(format, "int32" | "int64" | "float")
        && members.contains_key("type")
    {
        let format = Value::from(format);
        members.insert(NUMBER_FORMAT.to_owned(), format);
    }
}

/// Finds every schema whose `required` names a member that some part of the same schema marks.
fn find_exempt(bundle: &Bundle, file: usize, value: &Value, pointer: &mut String, exempt: &mut Exempt) {
    match value {
        Value::Object(members) => {
            if members.contains_key("allOf") || members.get("required").is_some_and(Value::is_array) {
                let mut parts = Vec::new();
                gather_parts(&bundle.at(file, pointer), &mut parts);
                exempt_in(&parts, exempt);
            }
            for (key, member) in members {
                if !VALUES.contains(&key.as_str()) {
                    within(pointer, key, |at| find_exempt(bundle, file, member, at, exempt));
                }
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                within(pointer, &n.to_string(), |at| find_exempt(bundle, file, item, at, exempt));
            }
        }
        _ => {}
    }
}

fn exempt_in(parts: &[Cursor], exempt: &mut Exempt) {
    let mut marked: HashMap<String, Marks> = HashMap::new();
    for part in parts {
        for (name, value) in part.value.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let Some(property) = part.get("properties").map(|properties| below(&properties, name, value)) else {
                continue;
            };
            let marks = marks(&property, 0);
            let known = marked.entry(name.clone()).or_default();
            known.read_only |= marks.read_only;
            known.write_only |= marks.write_only;
        }
    }
    marked.retain(|_, marks| marks.read_only || marks.write_only);
    if marked.is_empty() {
        return;
    }
    for part in parts {
        if part.value.get("required").is_some_and(Value::is_array) {
            exempt.entry((part.file_index(), part.pointer.clone())).or_default().extend(marked.clone());
        }
    }
}

/// The schema and everything that holds along with it: its reference and the members of its `allOf`.
fn gather_parts<'b>(cursor: &Cursor<'b>, parts: &mut Vec<Cursor<'b>>) {
    let known: HashSet<(usize, &str)> = parts.iter().map(|part| (part.file_index(), part.pointer.as_str())).collect();
    if parts.len() > 64 || known.contains(&(cursor.file_index(), cursor.pointer.as_str())) {
        return;
    }
    parts.push(cursor.clone());
    if let Some(target) = cursor.str("$ref").and_then(|reference| cursor.follow(reference)) {
        gather_parts(&target, parts);
    }
    for (n, member) in cursor.value.get("allOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
        gather_parts(&below(&below(cursor, "allOf", member), &n.to_string(), member), parts);
    }
}

fn marks(property: &Cursor, depth: usize) -> Marks {
    let mut marks = Marks {
        read_only: property.bool("readOnly").unwrap_or(false),
        write_only: property.bool("writeOnly").unwrap_or(false),
    };
    if depth > 8 {
        return marks;
    }
    let target = property.str("$ref").and_then(|reference| property.follow(reference));
    let parts = property.value.get("allOf").and_then(Value::as_array).into_iter().flatten().enumerate();
    let parts = parts.map(|(n, part)| below(&below(property, "allOf", part), &n.to_string(), part));
    for part in target.into_iter().chain(parts) {
        let found = self::marks(&part, depth + 1);
        marks.read_only |= found.read_only;
        marks.write_only |= found.write_only;
    }
    marks
}

/// The member `key`, its reference not followed.
fn below<'b>(cursor: &Cursor<'b>, key: &str, value: &'b Value) -> Cursor<'b> {
    let mut below = cursor.clone();
    within(&mut below.pointer.clone(), key, |pointer| below.pointer.clone_from(pointer));
    below.value = value;
    below
}
