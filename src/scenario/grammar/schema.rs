//! The tables as a JSON Schema (2020-12), for editors: it completes, and refuses what the walk refuses.

use serde_json::{Map, Value, json};

use super::story::SCENARIO;
use super::{Field, Is, Known, MOST_KEYS, Need, Shape};

/// The schema of a scenario file.
pub fn schema() -> Value {
    let mut writing = Writing { definitions: Map::new() };
    let mut whole = Map::new();
    whole.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    whole.insert("title".to_owned(), json!("A scenario of ayra-mock"));
    let Value::Object(scenario) = writing.shape(&SCENARIO) else { return Value::Bool(true) };
    whole.extend(scenario);
    let mut definitions: Vec<(String, Value)> = writing.definitions.into_iter().collect();
    definitions.sort_by(|(one, _), (other, _)| one.cmp(other));
    whole.insert("$defs".to_owned(), Value::Object(definitions.into_iter().collect()));
    Value::Object(whole)
}

struct Writing {
    definitions: Map<String, Value>,
}

impl Writing {
    fn shape(&mut self, shape: &Shape) -> Value {
        let mut object = Map::new();
        object.insert("description".to_owned(), json!(shape.about));
        object.insert("type".to_owned(), json!("object"));
        object.insert("additionalProperties".to_owned(), json!(false));
        if shape.open {
            object.insert("patternProperties".to_owned(), json!({ "^x-": true }));
        }
        let required: Vec<&str> = shape.fields().filter(|field| field.required).map(|field| field.name).collect();
        if !required.is_empty() {
            object.insert("required".to_owned(), json!(required));
        }
        let properties: Map<String, Value> =
            shape.fields().map(|field| (field.name.to_owned(), self.field(field))).collect();
        object.insert("properties".to_owned(), Value::Object(properties));
        let mut all: Vec<Value> = Vec::new();
        for need in shape.needs {
            match need {
                Need::Any => {
                    object.insert("minProperties".to_owned(), json!(1));
                }
                need => all.push(self::need(need)),
            }
        }
        if !all.is_empty() {
            object.insert("allOf".to_owned(), Value::Array(all));
        }
        Value::Object(object)
    }

    fn field(&mut self, field: &Field) -> Value {
        let mut property = Map::new();
        property.insert("description".to_owned(), json!(field.about));
        if let Some(default) = field.default.and_then(|default| serde_json::from_str(default).ok()) {
            property.insert("default".to_owned(), default);
        }
        // What stands beside a `$ref` counts as well, and goes before what it leads to in an editor.
        if let Value::Object(is) = self.is(&field.is) {
            property.extend(is);
        }
        Value::Object(property)
    }

    fn is(&mut self, is: &Is) -> Value {
        match is {
            Is::Any => json!({}),
            Is::Text => json!({ "type": "string" }),
            Is::Line => json!({ "type": "string", "minLength": 1 }),
            Is::Flag => json!({ "type": "boolean" }),
            Is::Yes => json!({ "const": true }),
            Is::Nothing => json!({ "type": "null" }),
            Is::Scalar { null: true } => json!({ "type": ["string", "number", "boolean", "null"] }),
            Is::Scalar { null: false } => json!({ "type": ["string", "number", "boolean"] }),
            Is::Number { least, .. } if *least == f64::MIN => json!({ "type": "number" }),
            Is::Number { least, most } => json!({ "type": "number", "minimum": least, "maximum": most }),
            Is::Above { bound, most } => json!({ "type": "number", "exclusiveMinimum": bound, "maximum": most }),
            Is::Whole { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Is::Written(notation) => {
                json!({ "type": "string", "pattern": notation.pattern, "examples": notation.examples })
            }
            Is::Words(words) => json!({ "enum": words }),
            Is::Object(shape) => {
                self.define(shape.key, |writing| writing.shape(shape));
                reference(shape.key)
            }
            Is::Known(Known { key, about, is }) => {
                self.define(key, |writing| {
                    let mut known = Map::new();
                    known.insert("description".to_owned(), json!(about));
                    if let Value::Object(is) = writing.is(is) {
                        known.extend(is);
                    }
                    Value::Object(known)
                });
                reference(key)
            }
            Is::List { of, most } => json!({ "type": "array", "minItems": 1, "maxItems": most, "items": self.is(of) }),
            Is::All { of, most } => json!({ "type": "array", "maxItems": most, "items": self.is(of) }),
            Is::Map { keys, of } => {
                let mut map = Map::new();
                map.insert("type".to_owned(), json!("object"));
                map.insert("minProperties".to_owned(), json!(1));
                map.insert("maxProperties".to_owned(), json!(MOST_KEYS));
                if let Some(keys) = keys {
                    map.insert("propertyNames".to_owned(), json!({ "pattern": keys.pattern }));
                }
                map.insert("additionalProperties".to_owned(), self.is(of));
                Value::Object(map)
            }
            Is::Either(all) => json!({ "anyOf": all.iter().map(|is| self.is(is)).collect::<Vec<_>>() }),
        }
    }

    /// Once, and marked before it is written, as it may hold itself.
    fn define(&mut self, key: &str, write: impl FnOnce(&mut Writing) -> Value) {
        if !self.definitions.contains_key(key) {
            self.definitions.insert(key.to_owned(), Value::Null);
            let written = write(self);
            self.definitions.insert(key.to_owned(), written);
        }
    }
}

fn reference(key: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{key}") })
}

fn need(need: &Need) -> Value {
    let required = |names: &[&str]| -> Vec<Value> { names.iter().map(|name| json!({ "required": [name] })).collect() };
    match need {
        Need::Any => json!({ "minProperties": 1 }),
        Need::OneOrMore(names) | Need::Effect(names) => json!({ "anyOf": required(names) }),
        Need::One(names) => json!({ "oneOf": required(names) }),
        Need::AtMostOne(names) => {
            let pairs = names.iter().enumerate().flat_map(|(place, one)| {
                names[place + 1..].iter().map(move |other| json!({ "required": [one, other] }))
            });
            json!({ "not": { "anyOf": pairs.collect::<Vec<_>>() } })
        }
        Need::With(name, beside) => match beside {
            [only] => json!({ "dependentRequired": { *name: [only] } }),
            several => json!({ "dependentSchemas": { *name: { "anyOf": required(several) } } }),
        },
    }
}
