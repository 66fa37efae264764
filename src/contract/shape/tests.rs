use super::*;
use crate::contract::sample::One;
use crate::contract::{Contract, lint};
use crate::source::render;

/// Code and line of everything that is found when a text is loaded, the lint included if it loads.
fn found(text: &str) -> Vec<(&'static str, usize)> {
    findings(text).iter().map(|finding| (finding.code, finding.spot.as_ref().map_or(0, |spot| spot.line))).collect()
}

fn findings(text: &str) -> Vec<Diagnostic> {
    let findings = match Contract::load(&One(text), "api.yaml") {
        Ok(loaded) => loaded.warnings.into_iter().chain(lint(&loaded.contract)).collect(),
        Err(findings) => findings,
    };
    // Whatever is found can be shown.
    assert_eq!(render(&findings, false).is_empty(), findings.is_empty());
    findings
}

/// A document whose head takes three lines.
fn document(version: &str, rest: &str) -> String {
    format!("openapi: {version}\ninfo: {{ title: Pets, version: '1' }}\n# what is special\n{rest}")
}

const PATHS: &str = "paths: {}\n";

#[test]
fn strange_documents_end_in_findings_and_never_in_a_panic() {
    for text in [
        "[]",
        "1",
        "text",
        "null",
        "{}",
        "{\"$ref\": \"#\"}",
        "openapi: 3.1.0",
        "openapi: 3.1",
        "openapi: null",
        "openapi: [3]",
        "openapi: 4.0.0",
        "openapi: ''",
        "swagger: '2.0'",
        "openapi: 3.0.3\npaths: null",
        "openapi: 3.1.0\ninfo: 1\npaths: 1",
        "openapi: 3.1.0\ninfo: []\npaths: []\ncomponents: []",
        "openapi: 3.1.0\npaths: { /: { $ref: '#/paths/~1' } }",
        "openapi: 3.1.0\npaths: { /: { get: { $ref: '#' } } }",
        "openapi: 3.0.0\npaths: { /: { get: null, post: [], put: 1 } }",
        "openapi: 3.1.0\nx-mock: []",
        "openapi: 3.1.0\nx-mock: { problems: 1, envelopes: [], rate_limit: x }",
        "openapi: 3.1.0\npaths: {}\nx-mock: { collections: 1, idempotency: [] }",
        "openapi: 3.1.0\npaths: {}\nx-mock: { collections: { a: [], b: { made: 1, run: { of: 1, states: [1] }, in_use: x } } }",
        "openapi: 3.1.0\npaths: {}\nx-mock: { collections: { a: { schema: { $ref: '#/x-mock/collections/a/schema' } } } }",
        "openapi: 3.1.0\npaths: { /: { get: { x-mock: { action: [], under: 1, shape: 1, only: {}, cache: -1 } } } }",
        "openapi: 3.1.0\npaths: { /: { get: { x-mock: { action: get, collection: '' } } } }",
        "openapi: 3.1.0\npaths: { /{a: { get: {} }, '': {}, 'x': {} }",
        "openapi: 3.1.0\nsecurity: 1\nservers: x\ntags: {}\npaths: { /: { parameters: {}, get: { security: [1] } } }",
    ] {
        let found = findings(text);
        assert!(found.iter().any(Diagnostic::is_error), "{text}: {found:?}");
    }
}

#[test]
fn documents_that_lack_what_they_may_lack_load() {
    for (version, rest) in [
        ("3.1.0", "components: {}\n"),
        ("3.1.0", "webhooks: {}\n"),
        ("3.0.3", PATHS),
        ("3.1.0", "paths: { /: { get: {} } }\n"),
        ("3.1.0", "paths: { x-own: { anything: 1 }, /: { get: { responses: { '200': { description: ok } } } } }\n"),
        ("3.1.0", "paths: { /: { get: { responses: { 2XX: { description: ok, content: { '*/*': {} } } } } } }\n"),
        (
            "3.1.0",
            "paths: {}\ncomponents: { schemas: { Node: { properties: { next: { $ref: '#/components/schemas/Node' } } }, All: true } }\n",
        ),
    ] {
        assert_eq!(found(&document(version, rest)), [], "{rest}");
    }
}

#[test]
fn versions_are_told_apart() {
    assert_eq!(found("swagger: '2.0'\ninfo: 1\n"), [("E0101", 1)]);
    assert_eq!(found("openapi: 3.1\n"), [("E0101", 1)]);
    assert_eq!(found("opnapi: 3.1.0\n"), [("E0101", 1)]);
    assert_eq!(found(&document("3.2.0", PATHS)), [("W0109", 1)]);
    assert_eq!(found(&document("3.0.3", "components: {}\n")), [("E0104", 1)]);
    assert_eq!(found(&document("3.1.0", "")), [("E0104", 1)]);
}

#[test]
fn keys_and_types_are_held_against_the_tables() {
    let text = document(
        "3.1.0",
        "paths:\n  /pets:\n    get:\n      summry: x\n      tags: pets\n      deprecated: 'no'\n      parameters:\n      - { name: a, in: qurey, schema: {} }\n      - { in: query, schema: { maxLenght: 1, minLength: -1, type: strng, items: [] } }\n      responses:\n        '200': { description: null }\n        'x': { description: y }\nextra: 1\n",
    );
    assert_eq!(
        found(&text),
        [
            ("E0103", 7),
            ("E0102", 8),
            ("E0102", 9),
            ("E0105", 11),
            ("E0104", 12),
            ("W0503", 12),
            ("E0102", 12),
            ("E0105", 12),
            ("E0102", 12),
            ("W0111", 14),
            ("E0406", 15),
            ("E0103", 16),
        ]
    );
    let helps: Vec<_> = findings(&text).into_iter().filter_map(|finding| finding.help).collect();
    for near in ["summary", "query", "maxLength", "string"] {
        assert!(helps.contains(&format!("did you mean \"{near}\"?")), "{near}: {helps:?}");
    }
}

#[test]
fn operations_and_their_parameters_must_agree() {
    let text = document(
        "3.1.0",
        "paths:\n  /pets/{pet}:\n    get: { operationId: one, responses: &r { default: { description: x } } }\n  /pets/{id}:\n    parameters: [{ name: id, in: path, required: true, schema: {} }, { name: id, in: path, required: true, schema: {} }]\n    get: { operationId: one, responses: *r, security: [{ kay: [] }], parameters: [{ name: ids, in: path, style: form, schema: {}, content: {} }] }\n  pets: {}\n  /odd: { post: { requestBody: { content: { json: {} } }, responses: {} } }\ncomponents: { securitySchemes: { key: { type: apiKey }, cert: { type: mutualTLS } } }\nsecurity: [{ kex: [] }]\n",
    );
    assert_eq!(
        found(&text),
        [
            ("E0402", 6),
            ("E0404", 7),
            ("E0412", 8),
            ("E0401", 9),
            ("E0407", 9),
            ("E0411", 9),
            ("W0414", 9),
            ("E0403", 9),
            ("E0405", 9),
            ("E0409", 10),
            ("E0410", 11),
            ("E0415", 11),
            ("E0104", 12),
            ("E0104", 12),
            ("W0408", 12),
            ("E0407", 13),
        ]
    );
}

#[test]
fn what_has_no_effect_is_warned_of() {
    let text = document(
        "3.0.3",
        "paths:\n  /pets:\n    get:\n      parameters: [{ $ref: '#/components/parameters/A', required: true }, { name: Accept, in: header, schema: {} }]\n      responses: { default: { description: x, content: { a/b: { schema: { const: 1 }, examples: { e: { externalValue: x } } } } } }\n      x-moc: {}\n      x-problem: none\ncomponents:\n  parameters: { A: { name: a, in: query, schema: { type: string, format: zip, nullable: true } } }\n  schemas: { B: { nullable: true, format: zip, properties: { n: { $ref: '#/components/schemas/B', nullable: true } } } }\nwebhooks: {}\n",
    );
    assert_eq!(
        found(&text),
        [
            ("W0107", 7),
            ("W0413", 7),
            ("W0106", 8),
            ("W0416", 8),
            ("W0108", 9),
            ("W0601", 10),
            ("W0504", 12),
            ("W0508", 13),
            ("W0107", 13),
            ("W0106", 14),
        ]
    );
}

#[test]
fn schemas_are_compiled_and_examples_held_against_them() {
    let text = document(
        "3.1.0",
        "paths: {}\ncomponents:\n  schemas:\n    A: { type: string, maxLength: 2, default: abc, examples: [ab, abcd] }\n    B: { type: string, minLength: 1, maxLength: 1 }\n    C: { type: string, pattern: '^(?=a)b' }\n    D: { required: [nme], properties: { name: {} }, additionalProperties: false }\n    E: { type: object, properties: { n: { type: integer } }, example: { n: x } }\n    F: { discriminator: { propertyName: n, mapping: { e: E, f: '#/components/schemas/G' } } }\n",
    );
    let found = found(&text);
    // What leads nowhere is no reference in a mapping, so the document loads.
    assert_eq!(found, [("W0510", 10), ("W0511", 12), ("W0506", 7), ("W0505", 7), ("W0512", 9), ("W0505", 11)]);
}

#[test]
fn a_pattern_that_nothing_can_be_matched_by_stops_the_start() {
    let text = document(
        "3.0.3",
        "paths: {}\ncomponents:\n  schemas:\n    A: { type: string, pattern: '(' }\n    B: { patternProperties: { '[': {}, '^a': {} } }\n    C: { type: string, pattern: '^(?!a)' }\n",
    );
    let findings = findings(&text);
    let faults: Vec<_> = findings.iter().filter(|finding| finding.is_error()).collect();
    let places: Vec<_> =
        faults.iter().filter_map(|fault| fault.spot.as_ref()).map(|spot| (spot.line, spot.column)).collect();
    assert_eq!(places, [(7, 33), (8, 31)]);
    assert!(faults.iter().all(|fault| fault.code == "E0502"), "{faults:?}");
}

#[test]
fn what_is_said_beyond_openapi_is_checked() {
    let text = document(
        "3.1.0",
        "x-mock:\n  request_id: meta.id\n  rate_limits: {}\n  rate_limit: { headers: { limit: 'a b' }, tiers: { free: { hour: 1 } } }\n  envelopes: { plain: {} }\n  problems:\n    unknown_pth: { status: 404, envelope: plain, message: '{pth}' }\n    rate_limited: { status: 999, envelope: plain, message: '{limit} {pet} {field}' }\n    own: { status: 400 }\nx-assumptions: { A1: one }\npaths:\n  /pets/{pet}:\n    parameters: [{ name: pet, in: path, required: true, schema: { x-problem: onw }, x-mock: { cap: 1, media: { a: b } } }]\n    get: { x-source: made, x-assumptions: { A1: two }, x-mock: { problems: { invalid_bdy: own, invalid_body.x: none } }, responses: { default: { description: x } } }\n",
    );
    let mut codes: Vec<_> = found(&text).into_iter().map(|(code, line)| (line, code)).collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            (5, "E0609"),
            (6, "E0103"),
            (7, "E0103"),
            (7, "E0104"),
            (7, "E0608"),
            (10, "W0604"),
            (10, "W0605"),
            (11, "E0406"),
            (11, "W0604"),
            (12, "E0606"),
            (16, "E0102"),
            (16, "E0410"),
            (16, "E0603"),
            (17, "E0105"),
            (17, "E0602"),
            (17, "E0603"),
            (17, "E0607"),
        ]
    );
}

#[test]
fn a_document_full_of_faults_is_not_listed_without_end() {
    let faults: String = (0..5000).map(|n| format!("  /p{n}: {{ gt: {{}} }}\n")).collect();
    let found = found(&document("3.1.0", &format!("paths:\n{faults}")));
    assert_eq!(found.len(), 201);
    assert!(found.iter().any(|(code, _)| *code == "E0199"));
}

#[test]
fn a_document_of_3_0_is_reworded_and_still_pointed_at() {
    let text = document(
        "3.0.3",
        "paths: {}\ncomponents:\n  schemas:\n    A: { type: string, nullable: true, default: 1 }\n    B: { type: integer, minimum: 1, exclusiveMinimum: true, example: 1 }\n    C: { $ref: '#/components/schemas/A', description: x, maxLength: 1 }\n",
    );
    assert_eq!(found(&text), [("W0107", 9), ("W0506", 7), ("W0505", 8)]);
    let loaded = Contract::load(&One(text), "api.yaml").unwrap();
    let schemas = loaded.contract.bundle.root().get("components").unwrap().raw("schemas").unwrap();
    assert_eq!(schemas.value["A"]["type"], serde_json::json!(["string", "null"]));
    assert_eq!(schemas.value["B"]["exclusiveMinimum"], 1);
    assert_eq!(schemas.value["C"], serde_json::json!({ "$ref": "#/components/schemas/A" }));
}

#[test]
fn parts_that_exclude_each_other_are_warned_of() {
    let text = document(
        "3.1.0",
        "paths: {}\ncomponents:\n  schemas:\n    A: { properties: { a: {} }, additionalProperties: false }\n    B: { allOf: [{ $ref: '#/components/schemas/A' }, { properties: { b: {} } }] }\n    C: { allOf: [{ properties: { c: {} } }], properties: { d: {} }, additionalProperties: false }\n    D: { allOf: [{ $ref: '#/components/schemas/A' }, { properties: { a: { type: string } } }] }\n    E: { allOf: [{ properties: { c: {} } }], properties: { d: {} }, unevaluatedProperties: false }\n",
    );
    assert_eq!(found(&text), [("W0514", 8), ("W0514", 9)]);
}

#[test]
fn an_error_is_told_behind_any_number_of_warnings() {
    let many: String = (0..300).map(|n| format!("    S{n}: {{ typ: a }}\n")).collect();
    let text = document("3.1.0", &format!("paths: {{}}\ncomponents:\n  schemas:\n{many}    Last: {{ type: strng }}\n"));
    let findings = findings(&text);
    assert!(findings.iter().any(|finding| finding.code == "E0105"));
    assert_eq!(findings.iter().filter(|finding| finding.code == "W0503").count(), 200);
    assert!(findings.iter().any(|finding| finding.code == "W0198"));
}

#[test]
fn the_embedded_contract_gives_no_cause_for_a_remark() {
    let folder = crate::contract::Folder::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas")).unwrap();
    let findings = match Contract::load(&folder, "openapi.yaml") {
        Ok(loaded) => loaded.warnings.into_iter().chain(lint(&loaded.contract)).collect(),
        Err(findings) => findings,
    };
    // Among them would be every pattern that can't be matched in linear time.
    assert!(findings.is_empty(), "{}", render(&findings, false));
}
