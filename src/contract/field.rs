//! What a schema says of an object's fields, through references and whatever the schema is put together from.

use serde_json::Value;

use super::bundle::Cursor;

/// More parts than this has no schema that a person wrote.
const MOST_PARTS: usize = 200;

/// What a schema says of one field.
#[derive(Debug, Clone)]
pub enum Field<'b> {
    /// It is declared: everything that is said of its value.
    Declared(Vec<Cursor<'b>>),
    /// Nothing is said of it, and it may be there.
    Open,
    Unknown,
}

/// A schema and every part it is put together from: what it refers to, and what it combines.
pub fn parts<'b>(schema: &Cursor<'b>) -> Vec<Cursor<'b>> {
    together(vec![schema.clone()])
}

/// The field at a path of names: `a.b` goes into an object.
pub fn field<'b>(schema: &Cursor<'b>, path: &str) -> Field<'b> {
    let mut level = parts(schema);
    for name in path.split('.') {
        let declared: Vec<Cursor> = level.iter().filter_map(|part| part.raw("properties")?.raw(name)).collect();
        if declared.is_empty() {
            return if is_open(&level) { Field::Open } else { Field::Unknown };
        }
        level = together(declared);
    }
    Field::Declared(level)
}

/// The names of the fields that a schema declares, in order, each once.
pub fn names<'b>(schema: &Cursor<'b>) -> Vec<&'b str> {
    let mut names = Vec::new();
    for part in parts(schema) {
        for (name, _) in part.raw("properties").iter().flat_map(Cursor::raw_members) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// Whether a value of these parts may be of one of these types.
pub fn may_be(parts: &[Cursor], types: &[&str]) -> bool {
    let mut said = parts.iter().filter_map(|part| part.value.get("type")).peekable();
    let wanted = |name: &Value| name.as_str().is_some_and(|name| types.contains(&name));
    said.peek().is_none()
        || said.any(|said| said.as_array().map_or_else(|| wanted(said), |names| names.iter().any(wanted)))
}

fn together(mut parts: Vec<Cursor>) -> Vec<Cursor> {
    let mut next = 0;
    while next < parts.len() && parts.len() < MOST_PARTS {
        let part = parts[next].clone();
        let target = part.str("$ref").and_then(|reference| part.follow(reference));
        let combined = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| part.raw(key));
        let combined: Vec<Cursor> = combined.flat_map(|list| list.raw_items().collect::<Vec<_>>()).collect();
        for below in target.into_iter().chain(combined) {
            if !parts.iter().any(|known| std::ptr::eq(known.value, below.value)) {
                parts.push(below);
            }
        }
        next += 1;
    }
    parts
}

/// Whether fields that are not declared are expected: they are allowed in so many words, or nothing is said at all.
fn is_open(parts: &[Cursor]) -> bool {
    let says = |key: &str| parts.iter().filter_map(|part| part.value.get(key)).collect::<Vec<_>>();
    let others = says("additionalProperties");
    if others.iter().any(|others| *others != &Value::Bool(false)) || !says("patternProperties").is_empty() {
        return true;
    }
    others.is_empty() && says("properties").is_empty()
}
