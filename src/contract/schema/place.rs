//! Whether a value of a schema can have something at a JSON Pointer.

use serde_json::Value;

use super::{Schema, Schemas};
use crate::pointer;

/// What a schema says of a place below its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Declared,
    /// Nothing is said of it, and nothing forbids it. Where other members are declared beside it, their names are `known`.
    Open {
        known: Vec<String>,
    },
    /// There can't be such a thing: the pointer of what is there, the part of the pointer that leads astray, and the members
    /// that there are.
    Nowhere {
        at: String,
        part: String,
        known: Vec<String>,
    },
}

impl Schemas {
    /// An index, or `-` for the end of a list, goes into any list.
    pub fn place(&self, schema: &Schema, pointer: &str) -> Reach {
        let Some(root) = self.lookup_schema(schema) else { return Reach::Open { known: Vec::new() } };
        let mut level = self.same_value(&[root]);
        let mut walked = 0;
        for part in pointer.split('/').skip(1) {
            let name = pointer::unescaped(part);
            let next = below(&level, &name);
            if next.is_empty() {
                let known = || self.known_names(&level).into_iter().map(str::to_owned).collect();
                return match forbids(&level, &name) {
                    true => {
                        Reach::Nowhere { at: pointer[..walked].to_owned(), part: name.into_owned(), known: known() }
                    }
                    false => Reach::Open { known: known() },
                };
            }
            level = self.same_value(&next);
            walked += 1 + part.len();
        }
        Reach::Declared
    }

    /// Every schema that speaks of the same value.
    fn same_value<'s>(&'s self, schemas: &[&'s Value]) -> Vec<&'s Value> {
        let mut found: Vec<&Value> = Vec::new();
        for schema in schemas {
            self.visit(schema, 0, &mut |part| {
                if found.len() < MOST && !found.iter().any(|known| std::ptr::eq(*known, part)) {
                    found.push(part);
                }
            });
        }
        found
    }
}

/// More schemas of one value than anybody writes.
const MOST: usize = 500;

/// What is declared below these schemas by a name.
fn below<'s>(level: &[&'s Value], name: &str) -> Vec<&'s Value> {
    let mut found = Vec::new();
    for schema in level {
        found.extend(schema.get("properties").and_then(|properties| properties.get(name)));
        if is_index(name) {
            found.extend(schema.get("items").filter(|items| items.is_object()));
            found.extend(schema.get("prefixItems").and_then(Value::as_array).into_iter().flatten());
        }
    }
    if found.is_empty() {
        found
            .extend(level.iter().filter_map(|schema| schema.get("additionalProperties")).filter(|one| one.is_object()));
    }
    found
}

fn forbids(level: &[&Value], name: &str) -> bool {
    let says = |key: &str| level.iter().filter_map(|schema| schema.get(key)).collect::<Vec<_>>();
    let mut types = says("type").into_iter().flat_map(|said| match said {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        said => said.as_str().into_iter().collect::<Vec<_>>(),
    });
    let is_open = |kind: &str| (kind == "object" && !is_list_end(name)) || (kind == "array" && is_index(name));
    if !says("type").is_empty() && !types.any(is_open) {
        return true;
    }
    if !says("patternProperties").is_empty() || says("additionalProperties").contains(&&Value::Bool(true)) {
        return false;
    }
    let closed = ["additionalProperties", "unevaluatedProperties"];
    closed.into_iter().any(|key| says(key).contains(&&Value::Bool(false)))
}

fn is_index(name: &str) -> bool {
    is_list_end(name) || name.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_list_end(name: &str) -> bool {
    name == "-"
}
