//! Veils of small contracts over the bodies that they were made for.

use serde_json::{Value, json};

use super::{Covered, Veils};
use crate::contract::Contract;
use crate::contract::sample::One;

/// The veils of `POST /pets`, whose bodies have the schema `Pet`.
fn veils(schemas: &Value) -> Option<Veils> {
    let reference = json!({ "schema": { "$ref": "#/components/schemas/Pet" } });
    let kinds = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];
    let mut content: Value = kinds.iter().map(|kind| ((*kind).to_owned(), reference.clone())).collect();
    content["text/csv"] = json!({ "schema": { "type": "string" } });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Pets", "version": "1" },
        "paths": { "/pets": { "post": {
            "requestBody": { "content": content },
            "responses": { "200": { "description": "ok", "content": { "application/json": reference } } },
        } } },
        "components": { "schemas": schemas },
    });
    let mut contract = Contract::load(&One(document), "openapi.yaml").unwrap().contract;
    contract.operations.remove(0).veils
}

fn cover(schemas: &Value, kind: &str, body: &str) -> Option<(String, Vec<String>)> {
    let Covered { bytes, texts } = veils(schemas).expect("a veil").request.cover(kind, body.as_bytes())?;
    Some((String::from_utf8(bytes).unwrap(), texts))
}

fn covered(schemas: &Value, body: Value) -> Value {
    let text = body.to_string();
    cover(schemas, "application/json", &text).map_or(body, |(text, _)| serde_json::from_str(&text).unwrap())
}

#[test]
fn each_mark_hides() {
    for mark in [json!({ "format": "password" }), json!({ "writeOnly": true }), json!({ "x-secret": true })] {
        let schemas = json!({ "Pet": { "properties": { "pin": mark, "name": { "type": "string" } } } });
        assert_eq!(covered(&schemas, json!({ "name": "Bo", "pin": "1" })), json!({ "name": "Bo", "pin": "***" }));
        assert_eq!(covered(&schemas, json!({ "pin": { "a": [1] } })), json!({ "pin": "***" }));
        let answers = veils(&schemas).unwrap().answer;
        assert_eq!(
            answers.cover("application/json; charset=utf-8", br#"{"pin":1}"#).unwrap().bytes,
            br#"{"pin":"***"}"#
        );
    }
}

#[test]
fn who_has_nothing_to_hide_has_no_veil() {
    let plain =
        json!({ "Pet": { "properties": { "pin": { "format": "uuid", "writeOnly": false, "x-secret": false } } } });
    assert!(veils(&plain).is_none());
    let elsewhere = json!({ "Pet": { "type": "object" }, "Other": { "writeOnly": true } });
    assert!(veils(&elsewhere).is_none());
    let schemas = json!({ "Pet": { "properties": { "pin": { "writeOnly": true } } } });
    for body in [r#"{ "name":  "Bo" }"#, "[]", "7", ""] {
        assert_eq!(cover(&schemas, "application/json", body), None, "{body}");
    }
    assert_eq!(cover(&schemas, "text/csv; charset=utf-8", "pin\n1"), None, "a kind with nothing to hide");
}

#[test]
fn secrets_are_found_wherever_schemas_lead() {
    let secret = json!({ "$ref": "#/components/schemas/Secret" });
    let below = |schema: Value| json!({ "Secret": { "type": "string", "format": "password" }, "Pet": schema });
    for (schema, body, shown) in [
        (
            json!({ "properties": { "a": { "items": secret } } }),
            json!({ "a": [1, "b"] }),
            json!({ "a": ["***", "***"] }),
        ),
        (json!({ "prefixItems": [{}, secret], "items": false }), json!(["a", "b"]), json!(["***", "***"])),
        (
            json!({ "allOf": [{}, { "properties": { "a": secret } }] }),
            json!({ "a": 1, "b": 2 }),
            json!({ "a": "***", "b": 2 }),
        ),
        (
            json!({ "oneOf": [{ "properties": { "a": secret } }, { "type": "string" }] }),
            json!({ "a": 1 }),
            json!({ "a": "***" }),
        ),
        (json!({ "if": {}, "then": { "properties": { "a": secret } } }), json!({ "a": 1 }), json!({ "a": "***" })),
        (
            json!({ "properties": { "a": {} }, "additionalProperties": secret }),
            json!({ "a": 1, "b": 2 }),
            json!({ "a": 1, "b": "***" }),
        ),
        (json!({ "patternProperties": { "^x": secret } }), json!({ "xa": 1 }), json!({ "xa": "***" })),
        (
            json!({ "properties": { "a": { "$ref": "#/components/schemas/Secret", "description": "x" } } }),
            json!({ "a": 1 }),
            json!({ "a": "***" }),
        ),
        (secret.clone(), json!("a"), json!("***")),
    ] {
        assert_eq!(covered(&below(schema.clone()), body), shown, "{schema}");
    }
}

#[test]
fn a_schema_may_lead_to_itself() {
    let schemas = json!({ "Pet": { "properties": {
        "pin": { "type": "string", "writeOnly": true },
        "young": { "type": "array", "items": { "$ref": "#/components/schemas/Pet" } },
    } } });
    let mut body = json!({ "pin": "1", "name": "Bo" });
    let mut shown = json!({ "pin": "***", "name": "Bo" });
    for _ in 0..40 {
        body = json!({ "pin": "2", "young": [body, 3] });
        shown = json!({ "pin": "***", "young": [shown, 3] });
    }
    assert_eq!(covered(&schemas, body), shown);
}

#[test]
fn forms_are_covered_field_by_field() {
    let schemas = json!({ "Pet": { "properties": {
        "pin": { "type": "string", "format": "password" },
        "owner": { "properties": { "pin": { "writeOnly": true }, "name": {} } },
        "keys": { "items": { "writeOnly": true } },
    } } });
    let (shown, texts) = cover(
        &schemas,
        "application/x-www-form-urlencoded",
        "name=Bo&pin=a%20b&owner[pin]=c&owner%5Bname%5D=Ann&keys[]=d&keys=e&pin=&p%69n=f",
    )
    .unwrap();
    assert_eq!(shown, "name=Bo&pin=***&owner[pin]=***&owner%5Bname%5D=Ann&keys[]=***&keys=***&pin=&p%69n=***");
    assert!(texts.contains(&"a b".to_owned()) && texts.contains(&"a%20b".to_owned()), "{texts:?}");
    let part = |name: &str, content: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
    };
    let body = |pin: &str| format!("{}{}{}--b--\r\n", part("name", "Bo"), part("pin", pin), part("pin", ""));
    let kind = "multipart/form-data; boundary=b";
    assert_eq!(cover(&schemas, kind, &body("hunter2")), Some((body("***"), vec!["hunter2".to_owned()])));
    assert_eq!(cover(&schemas, kind, &format!("{}--b--", part("name", "Bo"))), None);
    assert_eq!(cover(&schemas, kind, "--b\r\npin").unwrap().0, "***");
}

#[test]
fn what_cannot_be_read_is_hidden_as_a_whole() {
    let schemas = json!({ "Pet": { "properties": { "pin": { "writeOnly": true } } } });
    for (kind, body) in [("application/json", "{\"pin\":\"hunter2\""), ("application/xml", "<pin>1</pin>"), ("", "{}")]
    {
        assert_eq!(cover(&schemas, kind, body).unwrap().0, "***", "{kind}");
    }
}

#[test]
fn of_many_secrets_a_few_are_told() {
    let schemas = json!({ "Pet": { "items": { "writeOnly": true } } });
    let body: Value = (0..10_000).map(Value::from).collect();
    let (shown, texts) = cover(&schemas, "application/json", &body.to_string()).unwrap();
    assert_eq!((shown.matches("***").count(), texts.len()), (10_000, super::MOST_TEXTS));
}
