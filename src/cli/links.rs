//! A URL for each operation that can be clicked and works: path parameters and required query parameters are filled.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::contract::{Contract, Location, Operation, Parameter};

const KEEP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Path and query of a request to the operation.
pub fn example_target(contract: &Contract, operation: &Operation) -> String {
    let mut target = String::new();
    let mut rest = operation.path.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        target.push_str(before);
        let known = operation.parameters.iter().find(|p| p.location == Location::Path && p.name == name);
        target.push_str(&encoded(&known.map_or_else(|| Value::from("1"), |parameter| value(contract, parameter))));
        rest = after;
    }
    target.push_str(rest);
    let needed = operation.parameters.iter().filter(|p| p.location == Location::Query && p.required);
    for (n, parameter) in needed.enumerate() {
        target.push(if n == 0 { '?' } else { '&' });
        let name = utf8_percent_encode(&parameter.name, KEEP);
        target.push_str(&format!("{name}={}", encoded(&value(contract, parameter))));
    }
    target
}

/// The contract's example; without one, something that the schema is likely to take.
fn value(contract: &Contract, parameter: &Parameter) -> Value {
    if let Some(value) = parameter.example.as_ref().or(parameter.default.as_ref()) {
        return value.clone();
    }
    let Some(schema) = &parameter.schema else { return Value::from("1") };
    of_schema(schema.cursor(&contract.bundle).resolved().value)
}

fn of_schema(schema: &Value) -> Value {
    let ready = ["example", "default", "const"].iter().find_map(|key| schema.get(key));
    let listed = ["examples", "enum"].iter().find_map(|key| schema.get(key)?.get(0));
    if let Some(value) = ready.or(listed) {
        return value.clone();
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        Some(kind) => kind.as_str(),
        None => None,
    };
    match kind {
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(Value::from(1)),
        Some("boolean") => Value::from(true),
        Some("array") => schema.get("items").map_or(Value::from("1"), of_schema),
        _ => match schema.get("format").and_then(Value::as_str) {
            Some("uuid") => Value::from("00000000-0000-4000-8000-000000000000"),
            Some("date") => Value::from("2025-01-15"),
            Some("date-time") => Value::from("2025-01-15T12:00:00Z"),
            Some("email") => Value::from("someone@example.com"),
            _ => Value::from("1"),
        },
    }
}

/// A list is written with commas: what `simple` and an unexploded `form` want, and what is most often understood.
fn encoded(value: &Value) -> String {
    match value {
        Value::String(text) => utf8_percent_encode(text, KEEP).to_string(),
        Value::Array(items) => items.iter().map(encoded).collect::<Vec<_>>().join(","),
        other => utf8_percent_encode(&other.to_string(), KEEP).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::{ENTRY, Library, SCHEMAS};
    use serde_json::json;

    #[test]
    fn values_that_a_schema_takes() {
        for (schema, expected) in [
            (json!({ "type": "integer", "minimum": 5 }), json!(5)),
            (json!({ "type": ["string", "null"], "format": "date" }), json!("2025-01-15")),
            (json!({ "enum": ["cat", "dog"] }), json!("cat")),
            (json!({ "type": "array", "items": { "const": 7 } }), json!(7)),
            (json!(true), json!("1")),
        ] {
            assert_eq!(of_schema(&schema), expected, "{schema}");
        }
        assert_eq!(encoded(&json!(["a b", "c/d", true])), "a%20b,c%2Fd,true");
    }

    #[test]
    fn every_link_leads_to_its_operation() {
        let loaded =
            Contract::load(&Library::new(SCHEMAS, None).expect("the folder"), ENTRY).expect("the embedded contract");
        for (n, operation) in loaded.contract.operations.iter().enumerate() {
            let target = example_target(&loaded.contract, operation);
            assert!(!target.contains(['{', ' ', '"']), "{target}");
            let path = target.split('?').next().unwrap_or_default();
            let found = loaded.contract.router.find(&operation.method, path);
            assert!(matches!(found, Ok(crate::contract::Found::Operation(found, _)) if found == n), "{target}");
        }
    }
}
