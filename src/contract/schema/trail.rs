//! The way from a schema's root to a keyword that failed, and what stands along it.

use std::borrow::Cow;

use crate::pointer;

use serde_json::Value;

use super::Schemas;

/// Keywords below which a schema is about a part of the value and no longer about the value itself.
const INWARD: [&str; 10] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedItems",
    "contains",
];

pub struct Trail<'s> {
    /// The schema object in which the failing keyword stands.
    pub holder: &'s Value,
    /// Every object passed on the way, the outermost first.
    pub passed: Vec<&'s Value>,
    /// Those of them that speak of the same value as the holder, the outermost first.
    pub same: Vec<&'s Value>,
}

impl Schemas {
    /// Follows an evaluation path, which leads through references, from the schema at `root`. The path's last part is
    /// the keyword itself.
    pub fn trail<'s>(&'s self, root: &str, path: &str) -> Option<Trail<'s>> {
        let start = self.lookup(root)?;
        let mut trail = Trail { holder: start, passed: vec![start], same: vec![start] };
        let mut parts: Vec<Cow<str>> = path.split('/').skip(1).map(unescape).collect();
        // The validator's own root is nothing but a reference to ours.
        if parts.first().is_some_and(|part| part == "$ref") {
            parts.remove(0);
        }
        parts.pop();
        let mut is_name = false;
        for part in parts {
            let here = trail.holder;
            let next = if part == "$ref" && !is_name {
                let reference = here.get("$ref")?.as_str()?;
                self.lookup(reference)?
            } else {
                match here {
                    Value::Object(members) => members.get(part.as_ref())?,
                    Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
                    _ => return None,
                }
            };
            let inward = !is_name && INWARD.contains(&part.as_ref());
            if inward {
                trail.same.clear();
            }
            // A map of names or a list of branches is no schema.
            is_name =
                !is_name && matches!(part.as_ref(), "properties" | "patternProperties" | "$defs" | "dependentSchemas");
            if !is_name && next.is_object() {
                trail.passed.push(next);
                trail.same.push(next);
            }
            trail.holder = next;
        }
        Some(trail)
    }

    /// The schemas of a member, wherever the schemas of the object declare it.
    pub fn members_named<'s>(&'s self, objects: &[&'s Value], name: &str) -> Vec<&'s Value> {
        let mut found = Vec::new();
        for object in objects {
            self.visit(object, 0, &mut |schema| {
                if let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) {
                    found.push(self.target_of(property));
                }
            });
        }
        found
    }

    /// The names of all members that these schemas of one object declare.
    pub fn known_names<'s>(&'s self, objects: &[&'s Value]) -> Vec<&'s str> {
        let mut names: Vec<&str> = Vec::new();
        for object in objects {
            self.visit(object, 0, &mut |schema| {
                for name in schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|all| all.keys()) {
                    if !names.contains(&name.as_str()) {
                        names.push(name);
                    }
                }
            });
        }
        names
    }

    /// The schema and all those in it that speak of the same value.
    pub fn visit<'s>(&'s self, schema: &'s Value, depth: usize, seen: &mut dyn FnMut(&'s Value)) {
        // Circles end here, and so does what is nested deeper than anybody writes.
        if depth > 12 {
            return;
        }
        seen(schema);
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|reference| self.lookup(reference)) {
            self.visit(target, depth + 1, seen);
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for part in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
                self.visit(part, depth + 1, seen);
            }
        }
        for keyword in ["if", "then", "else"] {
            if let Some(part) = schema.get(keyword) {
                self.visit(part, depth + 1, seen);
            }
        }
    }

    /// The schema that says something: where a reference leads, and what an `allOf` of one wraps.
    pub fn target_of<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let mut here = schema;
        for _ in 0..16 {
            let Some(members) = here.as_object() else { return here };
            let mut telling = members.iter().filter(|(name, _)| !matches!(name.as_str(), "title" | "description"));
            let next = match (telling.next(), telling.next()) {
                (Some((name, Value::String(reference))), None) if name == "$ref" => self.lookup(reference),
                (Some((name, Value::Array(parts))), None) if name == "allOf" && parts.len() == 1 => parts.first(),
                _ => None,
            };
            let Some(next) = next else { return here };
            here = next;
        }
        here
    }
}

impl<'s> Trail<'s> {
    /// The innermost entry of the table of problems that a schema on the way names.
    pub fn problem(&self) -> Option<&'s str> {
        self.passed.iter().rev().find_map(|schema| schema.get("x-problem")?.as_str())
    }

    /// Whether the value is one that must not be shown.
    pub fn is_secret(&self) -> bool {
        self.passed.iter().any(|schema| is_secret(schema))
    }
}

/// Whether a schema says that nobody may see its value.
pub fn is_secret(schema: &Value) -> bool {
    ["writeOnly", "x-secret"].iter().any(|flag| schema.get(flag) == Some(&Value::Bool(true)))
        || schema.get("format").and_then(Value::as_str) == Some("password")
}

pub fn unescape(part: &str) -> Cow<'_, str> {
    pointer::unescaped(part)
}

/// A pointer with one more part.
pub fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", pointer::escaped(name))
}
