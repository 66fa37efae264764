use serde_json::{Value, json};

use super::*;
use crate::contract::Library;
use crate::source::{Diagnostic, SourceFile};

struct Files(Vec<(&'static str, Value)>);

impl Library for Files {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        let file = self.0.iter().find(|(name, _)| *name == path).ok_or_else(Vec::new)?;
        Ok(SourceFile::ready(path, file.1.to_string(), file.1.clone()))
    }
}

/// A contract of these files, whatever is wrong with its references.
fn bundle(files: Vec<(&'static str, Value)>) -> Bundle {
    let entry = files[0].0;
    Bundle::gather(&Files(files), entry).0.unwrap()
}

/// The schemas `S` and whatever else stands in `schemas`, as components of a document.
fn document(version: &str, schemas: Value) -> Bundle {
    bundle(vec![("openapi.yaml", json!({ "openapi": version, "components": { "schemas": schemas } }))])
}

fn findings_in(bundle: &Bundle, value: &Value, direction: Direction) -> Findings {
    let schemas = Schemas::new(bundle).unwrap();
    let schema = Schema::new(&bundle.at(0, "/components/schemas/S"));
    schemas.findings(&schema, value, direction)
}

fn check(schemas: Value, value: Value) -> Vec<Breach> {
    findings_in(&document("3.1.0", schemas), &value, Direction::Request).breaches
}

fn lines(breaches: &[Breach]) -> Vec<String> {
    breaches.iter().map(|breach| format!("{} [{}]", breach, breach.code)).collect()
}

#[test]
fn each_keyword_has_its_code_and_its_words() {
    let table = [
        (
            json!({"type": "integer", "minimum": 1}),
            json!("x"),
            r#"body: expected an integer of at least 1, got "x" [type]"#,
        ),
        (json!({"type": "integer", "minimum": 1}), json!(0), "body: expected an integer of at least 1, got 0 [range]"),
        (
            json!({"enum": ["asc", "desc"]}),
            json!("acs"),
            r#"body: expected 'asc' or 'desc', got "acs" (did you mean "asc"?) [enum]"#,
        ),
        (json!({"type": "string", "enum": ["a", "b"]}), json!(5), "body: expected 'a' or 'b', got 5 [enum]"),
        (json!({"const": 3}), json!(4), "body: expected 3, got 4 [const]"),
        (
            json!({"type": "string", "format": "email"}),
            json!("no"),
            r#"body: expected an email address, got "no" [format.email]"#,
        ),
        (
            json!({"type": "string", "format": "byte"}),
            json!("?"),
            r#"body: expected text in Base64, got "?" [format.byte]"#,
        ),
        (
            json!({"type": "integer", "format": "int32"}),
            json!(3_000_000_000_i64),
            "body: expected an integer of 32 bits, got 3000000000 [format.int32]",
        ),
        (
            json!({"type": "string", "maxLength": 2}),
            json!("abc"),
            r#"body: expected a string of at most 2 characters, got "abc" [length]"#,
        ),
        (
            json!({"type": "string", "pattern": "^a+$"}),
            json!("b"),
            r#"body: expected text that matches ^a+$, got "b" [pattern]"#,
        ),
        (json!({"multipleOf": 5}), json!(7), "body: expected a number that is a multiple of 5, got 7 [multiple]"),
        (
            json!({"type": "array", "maxItems": 1}),
            json!([1, 2]),
            "body: expected an array of at most 1 item, got an array of 2 items [items]",
        ),
        (
            json!({"uniqueItems": true}),
            json!([1, 1]),
            "body: expected an array without repetition, got an array of 2 items [unique]",
        ),
        (
            json!({"minProperties": 1}),
            json!({}),
            "body: expected an object of at least 1 member, got an empty object [properties]",
        ),
        (json!({"not": {"const": 1}}), json!(1), "body: expected anything but 1, got 1 [not]"),
        (
            json!({"type": "array", "contains": {"const": 1}}),
            json!([2]),
            "body: expected an array in which there is 1, got an array of 1 item [items]",
        ),
    ];
    for (schema, value, line) in table {
        assert_eq!(lines(&check(json!({ "S": schema }), value)), [line]);
    }
}

#[test]
fn members_are_told_one_by_one_with_the_name_that_was_meant() {
    let schema = json!({
        "type": "object",
        "required": ["name", "age"],
        "properties": { "name": { "type": "string" }, "age": { "type": "integer" }, "a/b": { "type": "string" } },
        "additionalProperties": false,
    });
    let breaches = check(json!({ "S": schema }), json!({ "nmae": "x", "zzzzzz": 1, "a/b": 3 }));
    let mut lines = lines(&breaches);
    lines.sort();
    assert_eq!(
        lines,
        [
            "body /age: expected an integer, got nothing [required]",
            "body /a~1b: expected a string, got 3 [type]",
            "body /name: expected a string, got nothing [required]",
            "body /nmae: there is no such member (did you mean \"name\"?) [unknown]",
            "body /zzzzzz: expected a member named 'name', 'age', or 'a/b', got \"zzzzzz\" [unknown]",
        ]
    );
}

#[test]
fn unknown_members_are_found_beyond_references_and_only_they() {
    let schemas = json!({
        "S": { "allOf": [{ "$ref": "#/components/schemas/Base" }], "unevaluatedProperties": false },
        "Base": { "properties": { "name": { "type": "string" } }, "required": ["name"] },
    });
    let breaches = check(schemas.clone(), json!({ "nme": 1 }));
    let codes: Vec<(&str, &str)> = breaches.iter().map(|breach| (breach.place.name(), &*breach.code)).collect();
    assert!(codes.contains(&("/name", "required")) && codes.contains(&("/nme", "unknown")), "{codes:?}");
    let breaches = check(schemas, json!({ "name": 1 }));
    assert_eq!(lines(&breaches), ["body /name: expected a string, got 1 [type]"]);
}

#[test]
fn the_branch_that_was_meant_speaks() {
    let schemas = json!({
        "S": { "oneOf": [{ "$ref": "#/components/schemas/Cat" }, { "$ref": "#/components/schemas/Dog" }] },
        "Cat": { "type": "object", "required": ["kind"], "properties": { "kind": { "const": "cat" }, "lives": { "type": "integer" } } },
        "Dog": { "type": "object", "required": ["kind"], "properties": { "kind": { "const": "dog" }, "bark": { "type": "string" } } },
    });
    let told = |value: Value| lines(&check(schemas.clone(), value));
    assert_eq!(
        told(json!({ "kind": "dog", "bark": 1 })),
        ["body /bark: expected a string, got 1 (checked as Dog) [type]"]
    );
    assert_eq!(
        told(json!({ "kind": "dgo" })),
        ["body /kind: expected 'cat' or 'dog', got \"dgo\" (did you mean \"dog\"?) [enum]"]
    );
    assert_eq!(told(json!({})), ["body /kind: expected 'cat' or 'dog', got nothing [required]"]);
    assert_eq!(told(json!(3)), ["body: expected an object, got 3 [type]"]);
}

#[test]
fn a_discriminator_decides_by_its_mapping() {
    let schemas = json!({
        "S": {
            "anyOf": [{ "$ref": "#/components/schemas/Cat" }, { "$ref": "#/components/schemas/Dog" }],
            "discriminator": { "propertyName": "kind", "mapping": { "hund": "#/components/schemas/Dog" } },
        },
        "Cat": { "properties": { "lives": { "type": "integer" } }, "required": ["lives"] },
        "Dog": { "properties": { "bark": { "type": "string" } }, "required": ["bark"] },
    });
    let told = |value: Value| lines(&check(schemas.clone(), value));
    assert_eq!(
        told(json!({ "kind": "hund", "lives": "x" })),
        ["body /bark: expected a string, got nothing (checked as Dog) [required]"]
    );
    assert_eq!(told(json!({ "kind": "Cow" })), ["body /kind: expected 'Cat' or 'hund', got \"Cow\" [enum]"]);
}

#[test]
fn alternatives_of_one_kind_are_told_together() {
    let schemas = json!({ "S": { "anyOf": [{ "type": "string" }, { "type": "integer", "minimum": 1 }] } });
    assert_eq!(
        lines(&check(schemas, json!([]))),
        ["body: expected a string or an integer of at least 1, got an empty array [type]"]
    );
    let schemas = json!({ "S": { "oneOf": [{ "enum": ["a", "b"] }, { "const": "c" }] } });
    let breaches = check(schemas, json!("d"));
    assert_eq!(breaches[0].valid_values, Some(vec![json!("a"), json!("b"), json!("c")]));
    let schemas = json!({ "S": { "anyOf": [{ "type": "string", "format": "email" }, { "type": "null" }] } });
    assert_eq!(lines(&check(schemas, json!("x"))), ["body: expected an email address, got \"x\" [format.email]"]);
}

#[test]
fn what_only_the_server_sets_is_neither_required_nor_taken() {
    let schemas = json!({
        "S": { "allOf": [
            { "$ref": "#/components/schemas/Base" },
            { "required": ["id", "name", "secret"], "properties": { "secret": { "type": "string", "writeOnly": true } } },
        ] },
        "Base": { "properties": { "id": { "$ref": "#/components/schemas/Id" }, "name": { "type": "string" } }, "required": ["id"] },
        "Id": { "type": "integer", "readOnly": true },
    });
    let bundle = document("3.1.0", schemas);
    let told = |value: Value, direction| lines(&findings_in(&bundle, &value, direction).breaches);
    assert_eq!(told(json!({ "name": "x", "secret": "s" }), Direction::Request), Vec::<String>::new());
    assert_eq!(
        told(json!({ "id": 1, "name": "x", "secret": "s" }), Direction::Request),
        ["body /id: expected absent, because only the server sets it, got 1 [readonly]"]
    );
    assert_eq!(told(json!({ "id": 1, "name": "x" }), Direction::Response), Vec::<String>::new());
    assert_eq!(
        told(json!({ "name": "x" }), Direction::Response),
        ["body /id: expected an integer, got nothing [required]"]
    );
    assert_eq!(
        told(json!({ "id": 1, "name": "x", "secret": "s" }), Direction::Response),
        ["body /secret: expected absent, because it is never shown, got a value that is not shown [writeonly]"]
    );
    assert_eq!(
        told(json!({ "name": "x" }), Direction::Request),
        ["body /secret: expected a string, got nothing [required]"]
    );
}

#[test]
fn secrets_are_not_shown() {
    let schema = json!({ "properties": { "pin": { "type": "string", "format": "password", "maxLength": 3 } } });
    let breaches = check(json!({ "S": schema }), json!({ "pin": "hunter2" }));
    assert_eq!(breaches[0].found, "a value that is not shown");
}

#[test]
fn the_innermost_problem_that_is_named_answers() {
    let schema = json!({
        "x-problem": "bad_order",
        "required": ["day"],
        "properties": {
            "day": { "type": "string", "x-problem": "bad_day" },
            "list": { "type": "array", "items": { "type": "integer" }, "x-problem": "bad_list" },
            "other": { "type": "integer" },
        },
    });
    let problem = |value: Value| check(json!({ "S": schema.clone() }), value)[0].problem.clone().unwrap();
    assert_eq!(problem(json!({ "day": 1 })), "bad_day");
    assert_eq!(problem(json!({})), "bad_day");
    assert_eq!(problem(json!({ "day": "x", "list": [1, "x"] })), "bad_list");
    assert_eq!(problem(json!({ "day": "x", "other": "x" })), "bad_order");
}

#[test]
fn null_is_let_through_where_the_old_dialect_means_it() {
    let schemas = json!({ "S": { "properties": {
        "r": { "allOf": [{ "$ref": "#/components/schemas/T" }], "nullable": true },
        "nullable": { "type": "string" },
    } }, "T": { "type": "string" } });
    let bundle = document("3.0.3", schemas);
    let told = |value: Value| lines(&findings_in(&bundle, &value, Direction::Request).breaches);
    assert_eq!(told(json!({ "r": null, "nullable": "x" })), Vec::<String>::new());
    assert_eq!(told(json!({ "r": 1 })), ["body /r: expected a string or null, got 1 [type]"]);
}

#[test]
fn references_lead_through_files_and_circles_and_never_out() {
    let files = bundle(vec![
        ("openapi.yaml", json!({ "components": { "schemas": { "S": { "$ref": "schemas/node.json" } } } })),
        (
            "schemas/node.json",
            json!({ "$id": "https://example.com/node.json", "type": "object",
                "properties": { "next": { "$ref": "#" }, "leaf": { "$ref": "leaf.json#/$defs/Leaf" } } }),
        ),
        ("schemas/leaf.json", json!({ "$defs": { "Leaf": { "type": "integer" } } })),
    ]);
    let told = |value: Value| lines(&findings_in(&files, &value, Direction::Request).breaches);
    assert_eq!(
        told(json!({ "next": { "next": { "leaf": "x" } } })),
        ["body /next/next/leaf: expected an integer, got \"x\" [type]"]
    );
    for outside in ["http://127.0.0.1:1/x.json", "file:///etc/passwd", "../../outside.json"] {
        let bundle = document("3.1.0", json!({ "S": { "properties": { "a": { "$ref": outside } } } }));
        if let Ok(schemas) = Schemas::new(&bundle) {
            let schema = Schema::new(&bundle.at(0, "/components/schemas/S"));
            assert!(schemas.compile(&schema).is_err(), "{outside}");
            let breaches = schemas.check(&schema, &json!({ "a": 1 }), Direction::Request);
            assert_eq!((&*breaches[0].code, breaches[0].severity), ("undecided", Severity::Warning));
        }
    }
}

#[test]
fn patterns_are_linear_where_they_can_be_and_bounded_where_not() {
    let compile = |pattern: &str| {
        let bundle =
            document("3.1.0", json!({ "S": { "properties": { "a": { "type": "string", "pattern": pattern } } } }));
        let schemas = Schemas::new(&bundle).unwrap();
        schemas.compile(&Schema::new(&bundle.at(0, "/components/schemas/S")))
    };
    assert_eq!(compile("^(a+)+$"), Ok(Engine::Linear));
    assert_eq!(compile("^(?!x)a"), Ok(Engine::Backtracking));
    let flaw = compile("(").unwrap_err();
    assert!(flaw.pointer.ends_with("/properties/a/pattern"), "{flaw:?}");
}

#[test]
fn a_pattern_that_gives_up_is_undecided_and_quick() {
    let schemas = json!({ "S": { "type": "string", "pattern": "^(?=(a+)+$)(\\w+\\s?)+\\1!$" } });
    let started = crate::clock::Stopwatch::start();
    let breaches = check(schemas, json!("a".repeat(5000)));
    assert_eq!((&*breaches[0].code, breaches[0].severity), ("undecided", Severity::Warning), "{breaches:?}");
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn of_many_known_names_some_are_told() {
    let properties: serde_json::Map<String, Value> = (0..30).map(|n| (format!("member{n}"), json!({}))).collect();
    let breaches =
        check(json!({ "S": { "properties": properties, "additionalProperties": false } }), json!({ "x": 1 }));
    assert!(breaches[0].expected.ends_with("'member7', or one of 22 more"), "{}", breaches[0].expected);
}

#[test]
fn breaches_are_counted_beyond_the_twentieth() {
    let findings = findings_in(
        &document("3.1.0", json!({ "S": { "items": { "type": "integer" } } })),
        &Value::from(vec!["x"; 50]),
        Direction::Request,
    );
    assert_eq!((findings.breaches.len(), findings.more), (20, 30));
}

#[test]
fn errors_that_double_with_every_level_are_not_listed() {
    let list = || json!({ "type": "array", "items": { "$ref": "#/components/schemas/S" } });
    let tree = || json!({ "type": "object", "properties": { "next": { "$ref": "#/components/schemas/S" } } });
    let nested = |levels: usize, open: &str, close: &str| {
        serde_json::from_str::<Value>(&format!("{}1{}", open.repeat(levels), close.repeat(levels))).unwrap()
    };
    let object = |levels| nested(levels, r#"{"next":"#, "}");
    let lists = || json!({ "S": { "anyOf": [list(), list()] } });
    assert_eq!(lines(&check(lists(), nested(100, "[", "]"))).len(), 1);
    assert_eq!(check(lists(), nested(100, "[", "]"))[0].place, Place::Body(String::new()));
    assert_eq!(check(json!({ "S": { "allOf": [tree(), tree()] } }), object(100))[0].code, "branch");
    // What is told of a value of usual depth, and of any depth if there is one way alone.
    assert_eq!(check(lists(), nested(2, "[", "]"))[0].place, Place::Body("/0/0".to_owned()));
    let chain = check(json!({ "S": tree() }), object(100));
    assert_eq!(chain[0].place, Place::Body("/next".repeat(100)));
}

#[test]
fn a_pattern_that_looks_around_is_not_tried_on_long_texts() {
    let name = |text: &str| check(json!({ "S": { "pattern": "(?<!x)(a+)+$" } }), json!(text));
    assert!(name("aaa").is_empty());
    assert_eq!(name("b")[0].code, "pattern");
    let long = name(&format!("{}!", "a".repeat(1_000_000)));
    assert_eq!((&*long[0].code, long[0].severity), ("undecided", Severity::Warning));
}

#[test]
fn places_below_a_value_are_declared_open_or_nowhere() {
    let bundle = document(
        "3.1.0",
        json!({
            "S": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "data": { "$ref": "#/components/schemas/Pet" },
                    "all": { "type": "array", "items": { "$ref": "#/components/schemas/Pet" } },
                    "free": { "type": "object" },
                    "some": { "type": "object", "properties": { "a": {} } },
                    "map": { "type": "object", "additionalProperties": { "type": "integer" } }
                }
            },
            "Pet": {
                "oneOf": [
                    { "type": "object", "additionalProperties": false, "properties": { "name": { "type": "string" } } },
                    { "type": "null" }
                ]
            }
        }),
    );
    let schemas = Schemas::new(&bundle).unwrap();
    let schema = Schema::new(&bundle.at(0, "/components/schemas/S"));
    let place = |pointer: &str| schemas.place(&schema, pointer);
    let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    for declared in ["", "/data", "/data/name", "/all/0/name", "/all/-", "/map/x", "/some/a/b"] {
        assert!(matches!(place(declared), Reach::Declared | Reach::Open { .. }), "{declared}");
    }
    assert_eq!(place("/all/0/name"), Reach::Declared);
    assert_eq!(place("/free/x/y"), Reach::Open { known: Vec::new() });
    assert_eq!(place("/some/b"), Reach::Open { known: texts(&["a"]) });
    let nowhere = |at: &str, part: &str, known: &[&str]| Reach::Nowhere {
        at: at.to_owned(),
        part: part.to_owned(),
        known: texts(known),
    };
    assert_eq!(place("/dta"), nowhere("", "dta", &["data", "all", "free", "some", "map"]));
    assert_eq!(place("/data/nmae"), nowhere("/data", "nmae", &["name"]));
    assert_eq!(place("/data/name/x"), nowhere("/data/name", "x", &[]));
    assert_eq!(place("/all/name"), nowhere("/all", "name", &[]));
    assert_eq!(place("/map/x/y"), nowhere("/map/x", "y", &[]));
}
