//! Where a `$ref` leads: to a place in the same file, to a file beside it, or to where nothing may be read.

use std::borrow::Cow;
use std::path::{Component, Path};

use crate::pointer;

use percent_encoding::percent_decode_str;
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target<'r> {
    /// A fragment of the file that holds the reference.
    Here(Cow<'r, str>),
    /// A file relative to the contract's folder, and a fragment of it.
    File(String, Cow<'r, str>),
    /// `http:`, `file:`, `//host`: never fetched.
    Remote,
    /// `/etc/passwd`.
    Absolute,
    /// `../../outside`.
    Outside,
    /// Its percent-encoding is broken.
    Malformed,
}

/// Reads a reference that is written in the file `from`.
pub fn target<'r>(from: &str, reference: &'r str) -> Target<'r> {
    let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let Ok(fragment) = percent_decode_str(fragment).decode_utf8() else { return Target::Malformed };
    if file.is_empty() {
        return Target::Here(fragment);
    }
    if file.starts_with("//") || has_scheme(file) {
        return Target::Remote;
    }
    let Ok(file) = percent_decode_str(file).decode_utf8() else { return Target::Malformed };
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut path = String::with_capacity(folder.len() + 1 + file.len());
    path.push_str(folder);
    for part in Path::new(&*file).components() {
        match part {
            Component::Normal(part) => {
                let Some(part) = part.to_str() else { return Target::Malformed };
                if !path.is_empty() {
                    path.push('/');
                }
                path.push_str(part);
            }
            Component::CurDir => {}
            Component::ParentDir if path.is_empty() => return Target::Outside,
            Component::ParentDir => path.truncate(path.rfind('/').unwrap_or(0)),
            Component::RootDir | Component::Prefix(_) => return Target::Absolute,
        }
    }
    match path.is_empty() || path.contains('\0') {
        true => Target::Malformed,
        false => Target::File(path, fragment),
    }
}

fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
    })
}

/// Calls `found` with each `$ref` of a document and the pointer to it. An example may hold a `$ref` that is data.
pub fn each(value: &Value, found: &mut dyn FnMut(&str, &str)) {
    Walk { pointer: String::new(), found }.go(value, false);
}

struct Walk<'f> {
    pointer: String,
    found: &'f mut dyn FnMut(&str, &str),
}

/// Members whose own members are named by the author, so that a name like `default` says nothing about the value.
const NAMED: [&str; 25] = [
    "$defs",
    "callbacks",
    "collections",
    "content",
    "definitions",
    "dependentSchemas",
    "encoding",
    "envelopes",
    "examples",
    "headers",
    "links",
    "mapping",
    "parameters",
    "pathItems",
    "paths",
    "patternProperties",
    "problems",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "scopes",
    "securitySchemes",
    "variables",
    "webhooks",
];

impl Walk<'_> {
    fn go(&mut self, value: &Value, named: bool) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    (self.found)(&format!("{}/$ref", self.pointer), reference);
                }
                for (key, value) in members {
                    if !value.is_object() && !value.is_array() || !named && is_data(key, value) {
                        continue;
                    }
                    self.below(&pointer::escaped(key), value, !named && NAMED.contains(&&**key));
                }
            }
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate().filter(|(_, item)| item.is_object() || item.is_array()) {
                    self.below(&n.to_string(), item, false);
                }
            }
            _ => {}
        }
    }

    fn below(&mut self, part: &str, value: &Value, named: bool) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(part);
        self.go(value, named);
        self.pointer.truncate(length);
    }
}

/// Members that hold any value at all rather than a part of the document.
fn is_data(key: &str, value: &Value) -> bool {
    match key {
        "example" | "default" | "const" | "enum" | "value" => true,
        "examples" => value.is_array(),
        "x-mock" => false,
        _ => key.starts_with("x-"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_told_apart() {
        let file = |path: &str, fragment: &'static str| Target::File(path.to_owned(), fragment.into());
        for (reference, expected) in [
            ("#/a/b", Target::Here("/a/b".into())),
            ("#", Target::Here("".into())),
            ("pet.yaml", file("dir/pet.yaml", "")),
            ("./sub/../pet%20one.yaml#/a%7E1b", file("dir/pet one.yaml", "/a~1b")),
            ("../pet.yaml#/x", file("pet.yaml", "/x")),
            ("../../pet.yaml", Target::Outside),
            ("%2e%2e/%2e%2e/pet.yaml", Target::Outside),
            ("/etc/passwd", Target::Absolute),
            ("%2Fetc/passwd", Target::Absolute),
            ("http://127.0.0.1/pet.yaml", Target::Remote),
            ("HTTPS://host/pet.yaml#/a", Target::Remote),
            ("file:///etc/passwd", Target::Remote),
            ("file:pet.yaml", Target::Remote),
            ("//host/pet.yaml", Target::Remote),
            ("urn:pets", Target::Remote),
            ("%ff.yaml", Target::Malformed),
            ("a%00b.yaml", Target::Malformed),
        ] {
            assert_eq!(target("dir/api.yaml", reference), expected, "{reference}");
        }
    }

    #[test]
    fn a_reference_in_data_is_none() {
        let document = json!({
            "components": {
                "examples": { "value": { "value": { "$ref": "#/data" } }, "other": { "$ref": "#/1" } },
                "schemas": { "default": { "properties": { "example": { "$ref": "#/2" }, "$ref": { "type": "string" } },
                    "example": { "$ref": "#/data" }, "examples": [{ "$ref": "#/data" }], "enum": [{ "$ref": "#/data" }] } },
                "responses": { "default": { "$ref": "#/3" } },
            },
            "x-other": { "$ref": "#/data" },
            "x-mock": { "problems": { "$ref": "problems.yaml" } },
        });
        let mut found = Vec::new();
        each(&document, &mut |pointer, reference| found.push((pointer.to_owned(), reference.to_owned())));
        let references: Vec<&str> = found.iter().map(|(_, reference)| &**reference).collect();
        // A map may be a reference as a whole; a member of it that is named `$ref` is no text.
        assert_eq!(references, ["#/1", "#/2", "#/3", "problems.yaml"]);
    }
}
