//! What text can stand for a schema's value outside of JSON: in a parameter, or in a form's field. Worked out once for
//! each schema, so that a request walks no schema.

use serde_json::Value;

use super::Schemas;

/// How deep parts within parts are written in a parameter.
const DEEPEST: usize = 6;

/// The kinds of value that a schema admits.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Wire {
    pub null: bool,
    pub boolean: bool,
    pub integer: bool,
    pub number: bool,
    pub string: bool,
    pub array: bool,
    pub object: bool,
    /// Texts are moments, and written in one form however they came.
    pub date_time: bool,
    pub items: Option<Box<Wire>>,
    pub properties: Vec<(String, Wire)>,
    /// Members that are not named may be there, and are of this kind.
    pub additional: Option<Box<Wire>>,
}

impl Wire {
    /// A schema that says nothing about the type.
    fn any() -> Wire {
        Wire { string: true, ..Wire::default() }
    }

    fn has_kind(&self) -> bool {
        self.null || self.boolean || self.integer || self.number || self.string || self.array || self.object
    }

    fn add_kind(&mut self, kind: &str) {
        match kind {
            "null" => self.null = true,
            "boolean" => self.boolean = true,
            "integer" => self.integer = true,
            "number" => self.number = true,
            "string" => self.string = true,
            "array" => self.array = true,
            "object" => self.object = true,
            _ => {}
        }
    }

    /// What one of two admits.
    fn or(&mut self, other: Wire) {
        self.date_time = (self.date_time || !self.string)
            && (other.date_time || !other.string)
            && (self.date_time || other.date_time);
        self.null |= other.null;
        self.boolean |= other.boolean;
        self.integer |= other.integer;
        self.number |= other.number;
        self.string |= other.string;
        self.array |= other.array;
        self.object |= other.object;
        self.take_parts(other);
    }

    /// What both of two admit.
    fn and(&mut self, other: Wire) {
        self.date_time |= other.date_time;
        if other.has_kind() {
            if self.has_kind() {
                // An integer is a number.
                self.integer = (self.integer && (other.integer || other.number)) || (self.number && other.integer);
                self.number &= other.number;
                self.null &= other.null;
                self.boolean &= other.boolean;
                self.string &= other.string;
                self.array &= other.array;
                self.object &= other.object;
            } else {
                self.null = other.null;
                self.boolean = other.boolean;
                self.integer = other.integer;
                self.number = other.number;
                self.string = other.string;
                self.array = other.array;
                self.object = other.object;
            }
        }
        self.take_parts(other);
    }

    fn take_parts(&mut self, other: Wire) {
        self.items = self.items.take().or(other.items);
        self.additional = self.additional.take().or(other.additional);
        for (name, property) in other.properties {
            if !self.properties.iter().any(|(known, _)| *known == name) {
                self.properties.push((name, property));
            }
        }
    }
}

impl Schemas {
    pub(super) fn wire_of(&self, schema: &Value) -> Wire {
        let wire = self.wire_at(schema, 0);
        if wire.has_kind() { wire } else { Wire { string: true, ..wire } }
    }

    fn wire_at(&self, schema: &Value, depth: usize) -> Wire {
        let mut wire = Wire::default();
        if depth > DEEPEST {
            return Wire::any();
        }
        match schema.get("type") {
            Some(Value::String(kind)) => wire.add_kind(kind),
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).for_each(|kind| wire.add_kind(kind)),
            _ => self.guess_kind(schema, &mut wire),
        }
        wire.date_time = schema.get("format").and_then(Value::as_str) == Some("date-time");
        wire.items = schema.get("items").map(|items| Box::new(self.part(items, depth)));
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            wire.properties.push((name.clone(), self.part(property, depth)));
        }
        wire.additional = match schema.get("additionalProperties") {
            Some(Value::Bool(true)) => Some(Box::new(Wire::any())),
            Some(additional @ Value::Object(_)) => Some(Box::new(self.part(additional, depth))),
            _ => None,
        };
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|reference| self.lookup(reference)) {
            wire.and(self.wire_at(target, depth + 1));
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            wire.and(self.wire_at(part, depth + 1));
        }
        for keyword in ["anyOf", "oneOf"] {
            let mut branches = schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
            if let Some(first) = branches.next() {
                let mut either = self.wire_at(first, depth + 1);
                branches.for_each(|branch| either.or(self.wire_at(branch, depth + 1)));
                wire.and(either);
            }
        }
        wire
    }

    fn part(&self, schema: &Value, depth: usize) -> Wire {
        let wire = self.wire_at(schema, depth + 1);
        if wire.has_kind() { wire } else { Wire { string: true, ..wire } }
    }

    /// A schema without a type has one all the same if it lists its values or its parts.
    fn guess_kind(&self, schema: &Value, wire: &mut Wire) {
        let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
        for value in listed.chain(schema.get("const")) {
            wire.add_kind(match value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(number) if number.is_f64() => "number",
                Value::Number(_) => "integer",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            });
        }
        wire.array |= schema.get("items").is_some();
        wire.object |= schema.get("properties").is_some();
    }
}
