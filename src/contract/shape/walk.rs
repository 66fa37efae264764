//! Holds a document against the tables: every value once, references followed, every finding with its place.

use std::collections::HashSet;

use serde_json::Value;

use super::mock;
use super::tables::{Field, Is, Others, PARAMETER, Required, SCHEMA, Shape, Since};
use crate::contract::bundle::{Bundle, Cursor};
use crate::contract::schema::Direction;
use crate::source::Diagnostic;

/// More errors than this are counted and not told, and so with warnings.
const MOST: usize = 200;

pub struct Walk<'b> {
    pub bundle: &'b Bundle,
    /// OpenAPI 3.1 or later.
    pub new: bool,
    pub findings: Vec<Diagnostic>,
    /// Errors and warnings that are told.
    counts: (usize, usize),
    dropped: (usize, usize),
    seen: HashSet<(*const Value, *const Shape)>,
    /// Every schema of the document, each once.
    pub schemas: Vec<Cursor<'b>>,
    /// Every value that is said to fit a schema.
    pub samples: Vec<Sample<'b>>,
    /// Formats that were told to be unknown.
    pub formats: HashSet<&'b str>,
    /// The numbers of the assumptions so far.
    pub assumptions: HashSet<&'b str>,
    /// Where the walk is: in what a client sends, or in what it gets.
    direction: Direction,
}

/// An example or default, and the schema that it should fit.
pub struct Sample<'b> {
    pub value: Cursor<'b>,
    pub schema: Cursor<'b>,
    /// `None` where it may be meant for either way.
    pub direction: Option<Direction>,
}

impl<'b> Walk<'b> {
    pub fn new(bundle: &'b Bundle, new: bool) -> Walk<'b> {
        Walk {
            bundle,
            new,
            findings: Vec::new(),
            counts: (0, 0),
            dropped: (0, 0),
            seen: HashSet::new(),
            schemas: Vec::new(),
            samples: Vec::new(),
            formats: HashSet::new(),
            assumptions: HashSet::new(),
            direction: Direction::Response,
        }
    }

    pub fn found(&mut self, finding: Diagnostic) {
        let (count, dropped) = match finding.is_error() {
            true => (&mut self.counts.0, &mut self.dropped.0),
            false => (&mut self.counts.1, &mut self.dropped.1),
        };
        if *count < MOST {
            *count += 1;
            self.findings.push(finding);
        } else {
            *dropped += 1;
        }
    }

    /// Everything found, and how much more there was.
    pub fn finish(&mut self) -> Vec<Diagnostic> {
        let mut findings = std::mem::take(&mut self.findings);
        let (errors, warnings) = self.dropped;
        if errors + warnings > 0 {
            let message = format!("{errors} more errors and {warnings} more warnings are not listed");
            findings.push(Diagnostic::new(if errors > 0 { "E0199" } else { "W0198" }, message));
        }
        findings
    }

    /// An object, or what a reference in its place leads to.
    pub fn object(&mut self, cursor: &Cursor<'b>, shape: &'static Shape) {
        if !self.seen.insert((cursor.value, shape)) {
            return;
        }
        let schema = std::ptr::eq(shape, &raw const SCHEMA);
        if schema && cursor.value.is_boolean() {
            return;
        }
        let Some(members) = cursor.value.as_object() else {
            return self.wrong(cursor, shape.name, "an object");
        };
        if shape.referable
            && let Some(reference) = members.get("$ref").and_then(Value::as_str)
        {
            if let Some(target) = cursor.follow(reference) {
                self.object(&target, shape);
            }
            // What a schema says beside a reference counts since 3.1.
            if !(schema && self.new) {
                if schema {
                    self.schemas.push(cursor.clone());
                }
                return self.siblings(cursor);
            }
        }
        if schema {
            self.schemas.push(cursor.clone());
        }
        let before = self.direction;
        self.direction = match shape.name {
            "a request body" => Direction::Request,
            "a response" => Direction::Response,
            _ if std::ptr::eq(shape, &raw const PARAMETER) => Direction::Request,
            _ => before,
        };
        self.members(cursor, shape);
        if let Some(rule) = shape.rule {
            rule(self, cursor);
        }
        self.direction = before;
    }

    fn members(&mut self, cursor: &Cursor<'b>, shape: &'static Shape) {
        for (key, value) in cursor.raw_members() {
            match shape.fields.iter().find(|field| field.name == key) {
                Some(field) => {
                    self.age(&value, field, shape);
                    self.is(&value, &field.is, key);
                }
                None if key == "$ref" && shape.referable => self.is(&value, &Is::Text, key),
                None => self.unlisted(key, &value, shape),
            }
        }
        for field in shape.fields {
            let wanted = match field.required {
                Required::No => false,
                Required::Yes => true,
                Required::Once => !self.new,
                Required::Formally => true,
            };
            if wanted && cursor.value.get(field.name).is_none() {
                let code = if matches!(field.required, Required::Formally) { "W0110" } else { "E0104" };
                let message = format!("{} lacks \"{}\"", shape.name, field.name);
                self.found(cursor.finding(code, message).label(format!("\"{}\" is required", field.name)));
            }
        }
    }

    /// A field that another version of OpenAPI has.
    fn age(&mut self, value: &Cursor<'b>, field: &Field, shape: &Shape) {
        let (known, here) = match (field.since, self.new) {
            (Since::New, false) => ("3.1", "3.0"),
            (Since::Old, true) => ("3.0", "3.1"),
            _ => return,
        };
        // Keywords of JSON Schema mean in a 3.0 document what they mean in 3.1.
        let effect = match (shape.name, field.name) {
            ("a schema", "nullable") => "it has no effect in",
            ("a schema", _) => "it is honoured all the same in",
            _ => "it is no part of",
        };
        let message = format!("\"{}\" belongs to OpenAPI {known}; {effect} {here}", field.name);
        let finding = value.key_finding("W0106", message);
        self.found(match field.name {
            "nullable" => finding.help("write `type: [string, \"null\"]`, with the type that is meant"),
            _ => finding,
        });
    }

    fn unlisted(&mut self, key: &'b str, value: &Cursor<'b>, shape: &'static Shape) {
        let extension = key.starts_with("x-");
        match &shape.others {
            _ if extension => self.extension(key, value, shape),
            Others::Named(is) => self.is(value, is, key),
            Others::Ignored => {
                let message = format!("\"{key}\" is no keyword of a schema and has no effect");
                let known = shape.fields.iter().map(|field| field.name);
                self.found(value.key_finding("W0503", message).meant(key, known));
            }
            Others::Refused => {
                let message = format!("{} has no \"{key}\"", shape.name);
                let known = shape.fields.iter().filter(|field| self.new || field.since != Since::New);
                let finding = value.key_finding("E0103", message).label("unknown key");
                let finding = finding.meant(key, known.map(|field| field.name));
                self.found(match finding.help {
                    None if !shape.fields.is_empty() => finding.help("keys of your own begin with \"x-\""),
                    _ => finding,
                });
            }
        }
    }

    fn extension(&mut self, key: &str, value: &Cursor<'b>, on: &'static Shape) {
        const OURS: [&str; 5] = ["x-mock", "x-problem", "x-secret", "x-source", "x-assumptions"];
        if OURS.contains(&key) {
            return mock::key(self, key, value, on);
        }
        let near = crate::nearest::nearest(key, OURS).filter(|near| near.len().abs_diff(key.len()) < 2);
        if let Some(near) = near {
            let message = format!("\"{key}\" has no effect, and looks like \"{near}\"");
            self.found(value.key_finding("W0108", message).help(format!("did you mean \"{near}\"?")));
        }
    }

    fn siblings(&mut self, cursor: &Cursor<'b>) {
        let spare = |key: &&str| {
            *key != "$ref" && !key.starts_with("x-") && !(self.new && matches!(*key, "summary" | "description"))
        };
        let ignored: Vec<&str> = cursor.raw_members().map(|(key, _)| key).filter(spare).collect();
        if ignored.is_empty() {
            return;
        }
        let names = ignored.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let message = format!("{names} beside a \"$ref\" has no effect");
        let spot = cursor.raw(ignored[0]).unwrap_or_else(|| cursor.clone());
        let help = "move it to where the reference leads, or combine both with `allOf`";
        self.found(spot.key_finding("W0107", message).help(help));
    }

    /// Holds one value against what it has to be.
    pub fn is(&mut self, value: &Cursor<'b>, is: &'static Is, name: &str) {
        let found = value.value;
        let (fits, wanted) = match is {
            Is::Any => (true, ""),
            Is::Text => (found.is_string(), "a text"),
            Is::Words if found.is_number() || found.is_boolean() || found.is_null() => {
                let message = format!("\"{name}\" is a text, and {found} is none as YAML and JSON read it");
                return self.found(value.finding("W0111", message).help(format!("put it in quotes: \"{found}\"")));
            }
            Is::Words => (found.is_string(), "a text"),
            Is::Flag => (found.is_boolean(), "true or false"),
            Is::Number => (found.is_number(), "a number"),
            Is::Positive => (found.as_f64().is_some_and(|number| number > 0.0), "a number above 0"),
            // `1.0` is a whole number to JSON Schema.
            Is::Count => {
                let whole = |number: f64| number >= 0.0 && number.fract() == 0.0;
                (found.as_f64().is_some_and(whole), "a whole number of at least 0")
            }
            Is::Limit if self.new => (found.is_number(), "a number"),
            Is::Limit => (found.is_boolean() || found.is_number(), "true or false"),
            Is::Texts => (is_texts(found), "a list of texts"),
            Is::TextOrTexts => (found.is_string() || is_texts(found), "a text or a list of texts"),
            Is::Types => return self.types(value),
            Is::Items if found.is_array() => {
                let message = "a list of schemas in \"items\" belongs to drafts of JSON Schema before 2020-12";
                return self.found(value.finding("E0102", message).help("write it as \"prefixItems\""));
            }
            Is::Items => return self.object(value, &SCHEMA),
            Is::One(allowed) => return self.one(value, allowed, name),
            Is::Object(shape) => return self.object(value, shape),
            Is::List(is) => {
                value.raw_items().for_each(|item| self.is(&item, is, name));
                (found.is_array(), "a list")
            }
            Is::Map(is) => {
                value.raw_members().for_each(|(key, member)| self.is(&member, is, key));
                (found.is_object(), "an object")
            }
        };
        if !fits {
            self.wrong(value, &format!("\"{name}\""), wanted);
        }
    }

    fn one(&mut self, value: &Cursor<'b>, allowed: &'static [&'static str], name: &str) {
        let Some(text) = value.value.as_str() else { return self.wrong(value, &format!("\"{name}\""), "a text") };
        if !allowed.contains(&text) {
            let message = format!("\"{name}\" can't be \"{text}\"");
            let finding = value.finding("E0105", message).label(format!("expected {}", allowed.join(", ")));
            self.found(finding.meant(text, allowed.iter().copied()));
        }
    }

    fn types(&mut self, value: &Cursor<'b>) {
        const OLD: &[&str] = &["string", "number", "integer", "boolean", "array", "object"];
        const NEW: &[&str] = &["string", "number", "integer", "boolean", "array", "object", "null"];
        let allowed = if self.new { NEW } else { OLD };
        if !value.value.is_array() {
            if value.value.is_null() {
                let help = "null as a type is written in quotes: \"null\"";
                return self.found(value.finding("E0102", "\"type\" must be a text, and is null").help(help));
            }
            return self.one(value, allowed, "type");
        }
        if !self.new {
            let message = "a list of types belongs to OpenAPI 3.1; it is honoured all the same in 3.0";
            self.found(value.finding("W0106", message));
        }
        value.raw_items().for_each(|item| self.one(&item, NEW, "type"));
    }

    pub fn wrong(&mut self, value: &Cursor<'b>, what: &str, wanted: &str) {
        let found = match value.value {
            Value::Null => "null".to_owned(),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => format!("the number {number}"),
            Value::String(_) => "a text".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        let message = format!("{what} must be {wanted}, and is {found}");
        self.found(value.finding("E0102", message).label(format!("expected {wanted}")));
    }

    /// Notes the examples that stand beside a schema.
    pub fn samples(&mut self, cursor: &Cursor<'b>) {
        let Some(schema) = cursor.raw("schema") else { return };
        let single = cursor.raw("example");
        let named = cursor.get("examples");
        let named = named.iter().flat_map(Cursor::members).filter_map(|(_, example)| example.raw("value"));
        let values: Vec<Cursor> = single.into_iter().chain(named).collect();
        let direction = Some(self.direction);
        self.samples.extend(values.into_iter().map(|value| Sample { value, schema: schema.clone(), direction }));
    }
}

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}
