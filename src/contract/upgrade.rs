//! Schemas of OpenAPI 3.0, reworded as JSON Schema 2020-12 when they are loaded, so that nobody downstream has to know
//! two dialects.
//!
//! Every keyword is rewritten where it stands and none moves to another object: a JSON Pointer into the rewritten
//! document leads to the same place in the text as before, or to the object around it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::bundle::Bundle;

/// Rewrites the schemas at these places (file and pointer).
pub fn upgrade(bundle: &mut Bundle, places: &[(usize, String)]) {
    for (file, pointer) in places {
        let value =
            bundle.files.get_mut(*file).and_then(|(_, file)| Arc::make_mut(&mut file.value).pointer_mut(pointer));
        if let Some(Value::Object(members)) = value {
            reword(members);
        }
    }
}

fn reword(members: &mut Map<String, Value>) {
    // In 3.0 nothing beside a reference counts.
    if members.get("$ref").is_some_and(Value::is_string) {
        members.retain(|key, _| key == "$ref" || key.starts_with("x-"));
        return;
    }
    exclusive(members, "minimum", "exclusiveMinimum");
    exclusive(members, "maximum", "exclusiveMaximum");
    nullable(members);
}

/// `minimum: 0, exclusiveMinimum: true` is `exclusiveMinimum: 0`.
fn exclusive(members: &mut Map<String, Value>, limit: &str, flag: &str) {
    let Some(excluded) = members.get(flag).and_then(Value::as_bool) else { return };
    members.shift_remove(flag);
    if let Some(value) = members.get(limit).cloned().filter(|_| excluded) {
        members.shift_remove(limit);
        members.insert(flag.to_owned(), value);
    }
}

/// `type: string, nullable: true` is `type: [string, "null"]`. Without a type `nullable` stays for the validator, which
/// lets null through as well: that can't be said without another object around the schema.
fn nullable(members: &mut Map<String, Value>) {
    let Some(flag) = members.get("nullable").and_then(Value::as_bool) else { return };
    let kind = match members.get("type") {
        Some(Value::String(kind)) => vec![Value::from(kind.as_str())],
        Some(Value::Array(kinds)) => kinds.clone(),
        _ => return,
    };
    members.shift_remove("nullable");
    if !flag {
        return;
    }
    let null = Value::from("null");
    let kinds = kind.iter().filter(|kind| **kind != null).cloned().chain([null.clone()]).collect();
    members.insert("type".to_owned(), Value::Array(kinds));
    if let Some(Value::Array(values)) = members.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keywords_are_reworded_where_they_stand() {
        for (old, new) in [
            (json!({ "type": "string", "nullable": true }), json!({ "type": ["string", "null"] })),
            (json!({ "type": "string", "nullable": false }), json!({ "type": "string" })),
            (
                json!({ "type": "string", "nullable": true, "enum": ["a"] }),
                json!({ "type": ["string", "null"], "enum": ["a", null] }),
            ),
            (json!({ "nullable": true }), json!({ "nullable": true })),
            (json!({ "minimum": 1, "exclusiveMinimum": true }), json!({ "exclusiveMinimum": 1 })),
            (json!({ "maximum": 1, "exclusiveMaximum": false }), json!({ "maximum": 1 })),
            (json!({ "exclusiveMaximum": true }), json!({})),
            (json!({ "exclusiveMaximum": 3 }), json!({ "exclusiveMaximum": 3 })),
            (json!({ "$ref": "#/a", "nullable": true, "x-problem": "p" }), json!({ "$ref": "#/a", "x-problem": "p" })),
        ] {
            let mut members = old.as_object().unwrap().clone();
            reword(&mut members);
            assert_eq!(Value::Object(members), new, "{old}");
        }
    }
}
