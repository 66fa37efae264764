//! Values made from small schemas: each fits, and each depends on its seed and its place alone.

use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::contract::sample::One;

/// One operation that answers with this schema; `named` are the schemas it may refer to.
fn contract(schema: &Value, named: Value) -> Arc<Contract> {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Small", "version": "1" },
        "paths": { "/things": { "get": { "responses": { "200": {
            "description": "A thing",
            "content": { "application/json": { "schema": schema } },
        } } } } },
        "components": { "schemas": named },
    });
    Arc::new(Contract::load(&One(document), "small.yaml").unwrap_or_else(|e| panic!("{schema}: {e:#?}")).contract)
}

fn make(contract: &Arc<Contract>, seed: u64) -> Value {
    let schema = contract.operations[0].responses[0].content[0].schema.as_ref().unwrap();
    let wish = Wish { seed: Seed(seed), owner: "things", name: "", examples: false };
    Generator::new(contract.clone()).generate(schema, wish)
}

fn breaches(contract: &Arc<Contract>, value: &Value) -> Vec<String> {
    let schema = contract.operations[0].responses[0].content[0].schema.as_ref().unwrap();
    let breaches = contract.schemas.check(schema, value, Direction::Response);
    breaches.iter().map(ToString::to_string).collect()
}

/// Makes values with several seeds and holds each against the schema.
fn fits(schema: Value, named: Value) {
    let contract = contract(&schema, named);
    for seed in 0..12 {
        let value = make(&contract, seed);
        assert_eq!(breaches(&contract, &value), Vec::<String>::new(), "{schema}\n{value}");
    }
}

#[test]
fn numbers_keep_their_limits() {
    for schema in [
        json!({ "type": "integer", "minimum": 7, "maximum": 7 }),
        json!({ "type": "integer", "exclusiveMinimum": 7, "exclusiveMaximum": 9 }),
        json!({ "type": "integer", "multipleOf": 7, "minimum": 100, "maximum": 106 }),
        json!({ "type": "integer", "multipleOf": 2.5, "minimum": 1, "maximum": 9 }),
        json!({ "type": "integer", "minimum": -9_007_199_254_740_991_i64, "maximum": -9_007_199_254_740_990_i64 }),
        json!({ "type": "integer", "format": "int64", "minimum": 4_000_000_000_u64 }),
        json!({ "type": "integer", "format": "int32", "maximum": -2_147_483_000 }),
        json!({ "type": "number", "multipleOf": 0.01, "exclusiveMinimum": 0, "maximum": 0.02 }),
        json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.000_001 }),
        json!({ "type": "number", "minimum": 1e15, "maximum": 1.1e15 }),
        json!({ "type": "number", "minimum": -0.5, "maximum": -0.25 }),
        json!({ "allOf": [{ "type": "number", "multipleOf": 4 }, { "multipleOf": 6, "minimum": 13 }] }),
        json!({ "type": "number", "not": { "const": 1 }, "minimum": 0, "maximum": 1, "multipleOf": 1 }),
    ] {
        fits(schema, json!({}));
    }
}

#[test]
fn texts_keep_format_pattern_and_length() {
    for format in [
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "uri",
        "uri-reference",
        "uri-template",
        "uuid",
        "hostname",
        "ipv4",
        "ipv6",
        "regex",
        "json-pointer",
        "relative-json-pointer",
        "byte",
        "binary",
        "password",
        "phone",
        "unheard-of",
    ] {
        fits(json!({ "type": "string", "format": format }), json!({}));
    }
    for schema in [
        json!({ "type": "string", "format": "email", "maxLength": 6 }),
        json!({ "type": "string", "format": "email", "minLength": 60, "maxLength": 64 }),
        json!({ "type": "string", "format": "uri", "maxLength": 12 }),
        json!({ "type": "string", "format": "uri", "minLength": 200, "maxLength": 210 }),
        json!({ "type": "string", "format": "hostname", "minLength": 100, "maxLength": 120 }),
        json!({ "type": "string", "minLength": 2000 }),
        json!({ "type": "string", "maxLength": 0 }),
        json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        json!({ "type": "string", "pattern": "^[a-f]+$", "minLength": 9, "maxLength": 9 }),
        json!({ "allOf": [{ "pattern": "^a" }, { "type": "string", "pattern": "z$" }, { "pattern": "^[a-z]{5}$" }] }),
        json!({ "type": "string", "format": "date", "pattern": "^2[0-9]{3}-" }),
        json!({ "type": "string", "pattern": "^(?=.*[A-Z])(?=.*[0-9]).{8,12}$" }),
        json!({ "type": "string", "enum": ["a", "b"], "not": { "const": "a" } }),
    ] {
        fits(schema, json!({}));
    }
}

#[test]
fn lists_keep_their_limits() {
    for schema in [
        json!({ "type": "array", "items": { "enum": [1, 2, 3] }, "uniqueItems": true, "minItems": 3 }),
        json!({ "type": "array", "items": { "type": "boolean" }, "uniqueItems": true, "minItems": 2 }),
        json!({ "type": "array", "minItems": 40, "maxItems": 41, "items": { "type": "integer" } }),
        json!({ "type": "array", "maxItems": 0, "items": { "type": "integer" } }),
        json!({ "type": "array", "prefixItems": [{ "const": 1 }, { "type": "string" }], "items": false, "minItems": 2 }),
        json!({ "type": "array", "prefixItems": [{ "const": 1 }], "items": { "type": "null" }, "minItems": 4 }),
        json!({ "type": "array", "items": { "type": "integer" }, "contains": { "const": 5 }, "minContains": 2 }),
        json!({ "type": "array", "contains": { "type": "object", "required": ["a"] } }),
        json!({ "prefixItems": [true, { "minimum": 3, "type": "number" }], "minItems": 2 }),
        json!({ "type": "array", "items": { "type": "string", "maxLength": 1 }, "uniqueItems": true, "minItems": 6 }),
    ] {
        fits(schema, json!({}));
    }
}

#[test]
fn objects_keep_their_limits() {
    let text = json!({ "type": "string" });
    for schema in [
        json!({ "type": "object", "required": ["a", "b"], "properties": { "a": text } }),
        json!({ "type": "object", "minProperties": 5, "additionalProperties": { "type": "integer" } }),
        json!({ "type": "object", "properties": { "a": text, "b": text, "c": text }, "maxProperties": 1 }),
        json!({ "type": "object", "patternProperties": { "^k[0-9]$": { "type": "null" } }, "additionalProperties": false, "minProperties": 3 }),
        json!({ "type": "object", "propertyNames": { "maxLength": 2 }, "minProperties": 3 }),
        json!({ "type": "object", "propertyNames": { "enum": ["x", "y"] }, "minProperties": 2, "additionalProperties": text }),
        json!({ "properties": { "a": text }, "dependentRequired": { "a": ["z"] } }),
        json!({ "properties": { "a": text }, "dependentSchemas": { "a": { "required": ["z"], "properties": { "z": { "const": 3 } } } } }),
        json!({ "type": "object", "properties": { "a": text, "b": text }, "not": { "required": ["a", "b"] } }),
        json!({ "type": "object", "properties": { "a": { "enum": [1, 2] }, "b": text }, "required": ["a"],
            "if": { "properties": { "a": { "const": 1 } } }, "then": { "required": ["b"] }, "else": { "not": { "required": ["b"] } } }),
        json!({ "type": "object", "properties": { "a": text, "gone": false }, "additionalProperties": false }),
        json!({ "allOf": [{ "properties": { "a": text }, "additionalProperties": false }, { "properties": { "a": { "maxLength": 3 }, "b": text } }] }),
        json!({ "allOf": [{ "properties": { "a": text } }, { "required": ["b"], "properties": { "b": text } }], "unevaluatedProperties": false }),
        json!({ "type": "object", "properties": { "a/b": text, "c~d": { "type": "array", "items": text } }, "required": ["a/b", "c~d"] }),
    ] {
        fits(schema, json!({}));
    }
}

#[test]
fn one_branch_fits_and_no_other() {
    let of =
        |kind: &str| json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": kind }, "b": {} } });
    for schema in [
        json!({ "oneOf": [of("string"), of("integer"), of("number")] }),
        json!({ "oneOf": [{ "required": ["a"] }, { "required": ["b"] }], "properties": { "a": {}, "b": {} }, "type": "object" }),
        json!({ "oneOf": [{ "multipleOf": 3 }, { "multipleOf": 5 }], "type": "integer", "minimum": 1, "maximum": 100 }),
        json!({ "anyOf": [{ "type": "string", "minLength": 5 }, { "type": "null" }] }),
        json!({ "oneOf": [false, { "type": "integer" }] }),
        json!({ "type": ["string", "integer"], "oneOf": [{ "minimum": 5 }, { "pattern": "^x" }] }),
        json!({ "oneOf": [{ "const": 1 }, { "const": 2 }], "not": { "const": 1 } }),
        json!({ "allOf": [{ "oneOf": [{ "const": 1 }, { "const": 2 }] }, { "anyOf": [{ "const": 2 }, { "const": 3 }] }] }),
    ] {
        fits(schema, json!({}));
    }
}

#[test]
fn what_contains_itself_ends() {
    let thing = json!({ "$ref": "#/components/schemas/Thing" });
    for named in [
        json!({ "type": "object", "properties": { "more": thing, "list": { "type": "array", "items": thing } } }),
        json!({ "type": "object", "required": ["list"], "properties": { "list": { "type": "array", "items": thing } } }),
        json!({ "type": ["object", "null"], "required": ["more"], "properties": { "more": thing } }),
        json!({ "type": "object", "required": ["more"], "properties": { "more": { "anyOf": [thing, { "type": "null" }] } } }),
        json!({ "oneOf": [{ "type": "object", "required": ["l", "r"], "properties": { "l": thing, "r": thing } }, { "type": "string" }] }),
        json!({ "oneOf": [{ "type": "array", "minItems": 2, "items": thing }, { "type": "integer" }] }),
        json!({ "allOf": [{ "properties": { "more": thing } }, { "required": ["name"], "properties": { "name": { "type": "string" } } }] }),
        json!({ "type": "object", "additionalProperties": thing }),
    ] {
        fits(thing.clone(), json!({ "Thing": named }));
    }
}

/// Nothing fits, and still there is an answer, soon.
#[test]
fn the_impossible_is_given_up() {
    let thing = json!({ "$ref": "#/components/schemas/Thing" });
    for schema in [
        json!(false),
        json!({ "type": "integer", "minimum": 5, "maximum": 3 }),
        json!({ "allOf": [{ "type": "string" }, { "type": "integer" }] }),
        json!({ "type": "string", "enum": [] }),
        json!({ "type": "array", "items": { "enum": [1] }, "uniqueItems": true, "minItems": 2 }),
        json!({ "type": "object", "required": ["l", "r"], "properties": { "l": thing, "r": thing } }),
        json!({ "type": "string", "pattern": "^(?=b)a{900}$" }),
    ] {
        let contract = contract(&thing, json!({ "Thing": schema }));
        make(&contract, 1);
    }
}

#[test]
fn a_discriminator_names_its_branch() {
    let one_of = json!({
        "oneOf": [{ "$ref": "#/components/schemas/Cat" }, { "$ref": "#/components/schemas/Dog" }],
        "discriminator": { "propertyName": "kind", "mapping": { "woof": "#/components/schemas/Dog" } },
    });
    let pet = |member: &str| json!({ "type": "object", "required": ["kind", member], "properties": { "kind": { "type": "string" }, member: { "type": "boolean" } } });
    let named = json!({ "Cat": pet("purrs"), "Dog": pet("barks") });
    let by_branch = contract(&one_of, named);
    // The same by inheritance: the base is answered with one of its heirs.
    let heir = |member: &str| json!({ "allOf": [{ "$ref": "#/components/schemas/Pet" }, { "required": [member], "properties": { member: { "type": "boolean" } } }] });
    let base = json!({ "type": "object", "required": ["kind"], "properties": { "kind": { "type": "string" } }, "discriminator": { "propertyName": "kind" } });
    let by_heir = contract(
        &json!({ "$ref": "#/components/schemas/Pet" }),
        json!({ "Pet": base, "Cat": heir("purrs"), "Dog": heir("barks") }),
    );
    let mut seen = std::collections::HashSet::new();
    for seed in 0..16 {
        for (contract, dog) in [(&by_branch, "woof"), (&by_heir, "Dog")] {
            let value = make(contract, seed);
            let expected = if value.get("barks").is_some() { dog } else { "Cat" };
            assert_eq!(value["kind"], expected, "{value}");
            assert!(value.get("barks").is_some() || value.get("purrs").is_some(), "{value}");
            seen.insert(expected);
        }
    }
    assert_eq!(seen.len(), 3);
}

#[test]
fn what_is_write_only_is_left_out() {
    let schema = json!({ "type": "object", "required": ["pin", "id"], "properties": {
        "pin": { "type": "string", "writeOnly": true }, "id": { "type": "integer", "readOnly": true } } });
    let contract = contract(&schema, json!({}));
    let value = make(&contract, 3);
    assert!(value.get("pin").is_none() && value["id"].is_i64(), "{value}");
    assert!(breaches(&contract, &value).is_empty());
}

#[test]
fn a_new_member_shuffles_no_other() {
    let members = json!({ "name": { "type": "string" }, "size": { "type": "integer" }, "tags": { "type": "array", "items": { "type": "string" } } });
    let mut more: Map<String, Value> = members.as_object().unwrap().clone();
    more.shift_insert(0, "email".to_owned(), json!({ "type": "string", "format": "email" }));
    let before = make(&contract(&json!({ "type": "object", "properties": members }), json!({})), 5);
    let after = make(&contract(&json!({ "type": "object", "properties": more }), json!({})), 5);
    for name in ["name", "size", "tags"] {
        assert_eq!(before[name], after[name]);
    }
    assert!(after["email"].as_str().unwrap().contains('@'));
}

/// Schemas that can be fulfilled, of all kinds, nested.
fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({ "type": "boolean" })),
        Just(json!({ "type": "null" })),
        Just(json!({ "enum": ["a", 1, null, [2]] })),
        (-50i64..50, 0i64..40)
            .prop_map(|(low, span)| json!({ "type": "integer", "minimum": low, "maximum": low + span })),
        (-50i64..50, 1i64..9)
            .prop_map(|(low, of)| json!({ "type": "integer", "exclusiveMinimum": low, "multipleOf": of })),
        (0i64..90, prop::sample::select(vec![0.1, 0.01, 0.25, 0.001]))
            .prop_map(|(low, of)| json!({ "type": "number", "minimum": low, "multipleOf": of })),
        (0usize..30, 0usize..30)
            .prop_map(|(low, span)| json!({ "type": "string", "minLength": low, "maxLength": low + span })),
        prop_oneof!["date-time", "email", "uuid", "uri", "ipv4"].prop_map(|f| json!({ "type": "string", "format": f })),
        prop_oneof![r"\^\[a-c\]\{2,4\}\$", r"\^x\\\\d\+\$", r"\^\(ab\|cd\)\*\$"]
            .prop_map(|p| json!({ "type": "string", "pattern": p })),
        Just(json!({ "type": ["string", "null"] })),
        Just(json!({})),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let members = prop::collection::btree_map("[a-e]|email|order_id|price", inner.clone(), 0..5);
        prop_oneof![
            (members.clone(), any::<u32>(), any::<bool>()).prop_map(|(members, bits, closed)| {
                let named = members.keys().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, name)| name.clone());
                json!({ "type": "object", "required": named.collect::<Vec<_>>(), "properties": members, "additionalProperties": !closed })
            }),
            (inner.clone(), 0usize..4, 0usize..3)
                .prop_map(|(items, low, span)| json!({ "type": "array", "items": items, "minItems": low, "maxItems": low + span })),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|branches| json!({ "anyOf": branches })),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|branches| {
                let tagged = |(n, of): (usize, &Value)| {
                    json!({ "type": "object", "required": ["tag", "of"], "properties": { "tag": { "const": n }, "of": of } })
                };
                json!({ "oneOf": branches.iter().enumerate().map(tagged).collect::<Vec<_>>() })
            }),
            (members.clone(), members.clone()).prop_map(|(one, other)| {
                let renamed: Map<String, Value> = other.into_iter().map(|(name, of)| (format!("{name}_2"), of)).collect();
                json!({ "allOf": [{ "type": "object", "properties": one }, { "type": "object", "properties": renamed, "minProperties": 1 }] })
            }),
            (inner.clone(), 1usize..4).prop_map(|(of, least)| json!({ "type": "object", "additionalProperties": of, "minProperties": least })),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_schema_the_value_fits(schema in schemas(), seed in any::<u64>()) {
        let contract = contract(&schema, json!({}));
        let value = make(&contract, seed);
        prop_assert_eq!(breaches(&contract, &value), Vec::<String>::new(), "{}\n{}", schema, value);
        prop_assert_eq!(value.to_string(), make(&contract, seed).to_string());
    }

    #[test]
    fn another_seed_gives_another_value(seed in any::<u64>()) {
        let schema = json!({ "type": "object", "properties": { "id": { "type": "string", "format": "uuid" }, "name": { "type": "string" } } });
        let contract = contract(&schema, json!({}));
        prop_assert_ne!(make(&contract, seed), make(&contract, seed.wrapping_add(1)));
    }
}

#[test]
fn a_text_under_a_pattern_looks_like_what_it_is_for() {
    let patterned = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let schema = json!({ "type": "object", "required": ["outcome", "item_id", "reach", "version", "opens"], "properties": {
        "outcome": patterned("^[a-z][a-z0-9_]*$"),
        "item_id": patterned("^it_[A-Za-z0-9]+$"),
        "reach": patterned(r"^\+[1-9][0-9]{6,14}$"),
        "firmware": patterned(r"^\d+\.\d+\.\d+$"),
        "opens": patterned("^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    } });
    let contract = contract(&schema, json!({}));
    for seed in 0..12 {
        let value = make(&contract, seed);
        let text = |name: &str| value[name].as_str().unwrap_or_else(|| panic!("{name} of {value}"));
        assert!(text("outcome").contains('_'), "{value}");
        assert_eq!(text("item_id").len(), "it_".len() + 12, "{value}");
        assert!(text("reach").contains("55501"), "a number kept free for fiction: {value}");
        assert!(text("firmware").len() < 8, "{value}");
        assert!(("07:00".."11:00").contains(&text("opens")), "{value}");
    }
}
