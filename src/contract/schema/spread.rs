//! How much a value can cost: the errors it can have, and the patterns it is tried on.
//!
//! Alternatives of a recursive schema are listed with all that is wrong in each, and so double with every level of the
//! value: 240 bytes would fill any memory. Whether a value fits is found out in good time all the same.

use std::collections::HashMap;

use serde_json::Value;

use super::Schemas;

/// A list of at most 2 to the power of this is asked for.
const MOST_DOUBLINGS: f64 = 16.0;

/// One text of 4,000 letters, or many that are shorter.
const MOST_SQUARES: u64 = 16_000_000;

impl Schemas {
    /// In how many ways a level of a value leads to the next, in the parts of the schema that refer to themselves.
    pub(super) fn spread(&self, uri: &str) -> u64 {
        let mut parts: HashMap<String, (u64, Vec<String>)> = HashMap::new();
        let mut open = vec![uri.to_owned()];
        while let Some(uri) = open.pop() {
            let Some(part) = self.lookup(&uri).filter(|_| !parts.contains_key(&uri)) else { continue };
            let mut references = Vec::new();
            gather(part, uri.as_str(), &mut references);
            open.extend(references.iter().cloned());
            parts.insert(uri, (ways(part), references));
        }
        // What leads to no circle goes, until nothing goes any more.
        loop {
            let leads_on = |references: &[String]| references.iter().any(|reference| parts.contains_key(reference));
            let ends: Vec<String> =
                parts.iter().filter(|(_, (_, to))| !leads_on(to)).map(|(uri, _)| uri.clone()).collect();
            if ends.is_empty() {
                break;
            }
            for end in ends {
                parts.remove(&end);
            }
        }
        parts.values().fold(1, |product: u64, (ways, _)| product.saturating_mul((*ways).max(1)))
    }
}

/// Whether the errors of a value can be too many to list them.
pub(super) fn explodes(spread: u64, value: &Value) -> bool {
    spread > 1 && (spread as f64).log2() * f64::from(depth(value)) > MOST_DOUBLINGS
}

/// A pattern that looks around may be tried from each letter to the end of the text: how long that takes goes by the
/// square of its length, and the engine's own limit counts only some of the steps.
pub(super) fn takes_long(value: &Value) -> bool {
    fn squares(value: &Value) -> u64 {
        let square = |text: &str| (text.len() as u64).saturating_pow(2);
        match value {
            Value::String(text) => square(text),
            Value::Array(items) => items.iter().map(squares).fold(0, u64::saturating_add),
            Value::Object(members) => {
                let members = members.iter().map(|(name, member)| square(name).saturating_add(squares(member)));
                members.fold(0, u64::saturating_add)
            }
            _ => 0,
        }
    }
    squares(value) > MOST_SQUARES
}

fn depth(value: &Value) -> u32 {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn gather(value: &Value, own: &str, references: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, own, references)),
        Value::Object(members) => {
            for (key, member) in members {
                match (key.as_str(), member) {
                    ("$ref", Value::String(reference)) => references.push(reference.clone()),
                    // Where it leads depends on the way here; the way round is the worst.
                    ("$dynamicRef", _) => references.push(own.to_owned()),
                    _ => gather(member, own, references),
                }
            }
        }
        _ => {}
    }
}

/// In how many ways a schema leads from one place of a value to a reference.
fn ways(schema: &Value) -> u64 {
    let Value::Object(members) = schema else { return 0 };
    let within = |key: &str, all: fn(&mut dyn Iterator<Item = u64>) -> u64| match members.get(key) {
        Some(Value::Array(schemas)) => all(&mut schemas.iter().map(ways)),
        Some(Value::Object(schemas)) => all(&mut schemas.values().map(ways)),
        _ => 0,
    };
    let sum: fn(&mut dyn Iterator<Item = u64>) -> u64 = |ways| ways.fold(0, u64::saturating_add);
    let most: fn(&mut dyn Iterator<Item = u64>) -> u64 = |ways| ways.max().unwrap_or(0);
    let one = |key: &str| members.get(key).map_or(0, ways);
    let own = ["$ref", "$dynamicRef"].iter().filter(|key| members.contains_key(**key)).count() as u64;
    let beside = ["anyOf", "oneOf", "allOf", "dependentSchemas", "patternProperties"].map(|key| within(key, sum));
    let apart = ["properties", "prefixItems"].map(|key| within(key, most));
    let single = ["not", "if", "then", "else", "items", "contains", "additionalProperties"].map(one);
    let rest = ["propertyNames", "unevaluatedProperties", "unevaluatedItems"].map(one);
    let all = beside.into_iter().chain(apart).chain(single).chain(rest);
    all.fold(own, u64::saturating_add)
}
