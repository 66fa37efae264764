use http::{HeaderValue, Method};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::contract::sample::One;
use crate::contract::{Contract, Found};

/// `GET /pets/{id}` with these parameters.
fn contract(parameters: Value) -> Contract {
    let mut parameters = parameters.as_array().unwrap().clone();
    if !parameters.iter().any(|parameter| parameter["in"] == "path") {
        parameters.push(json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }));
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Pets", "version": "1" },
        "paths": { "/pets/{id}": { "get": { "operationId": "get", "parameters": parameters, "responses": { "200": { "description": "ok" } } } } },
    });
    Contract::load(&One(document), "openapi.yaml").unwrap().contract
}

fn check_request(contract: &Contract, request: &Request) -> (Values, Vec<Breach>) {
    let Ok(Found::Operation(index, path)) = contract.router.find(&Method::GET, request.path()) else {
        panic!("no operation for {}", request.path());
    };
    contract.operations[index].check_parameters(&contract.schemas, request, &path)
}

fn check(parameters: Value, target: &str) -> (Values, Vec<Breach>) {
    check_request(&contract(parameters), &Request::new(Method::GET, target.parse().unwrap()))
}

fn lines(breaches: &[Breach]) -> Vec<String> {
    breaches.iter().map(|breach| format!("{breach} [{}]", breach.code)).collect()
}

/// What the query parameter `q` with this schema makes of a query: its value, or the breaches.
fn query(schema: Value, query: &str) -> Result<Value, Vec<String>> {
    let (values, breaches) =
        check(json!([{ "name": "q", "in": "query", "schema": schema }]), &format!("/pets/1?{query}"));
    if breaches.is_empty() { Ok(values.get(Location::Query, "q").unwrap().clone()) } else { Err(lines(&breaches)) }
}

#[test]
fn values_are_typed_by_their_schema_through_references_and_branches() {
    assert_eq!(query(json!({ "type": "integer" }), "q=5"), Ok(json!(5)));
    assert_eq!(query(json!({ "type": ["integer", "null"] }), "q=null"), Ok(json!(null)));
    assert_eq!(query(json!({ "allOf": [{ "type": "number" }, { "minimum": 1 }] }), "q=1.5"), Ok(json!(1.5)));
    assert_eq!(query(json!({ "anyOf": [{ "type": "integer" }, { "enum": ["all"] }] }), "q=all"), Ok(json!("all")));
    assert_eq!(query(json!({ "anyOf": [{ "type": "integer" }, { "enum": ["all"] }] }), "q=7"), Ok(json!(7)));
    assert_eq!(query(json!({ "type": "boolean" }), "q=True"), Ok(json!(true)));
    assert_eq!(query(json!({ "enum": [1, 2] }), "q=2"), Ok(json!(2)));
    assert_eq!(query(json!({ "type": "string" }), "q=5"), Ok(json!("5")));
    assert_eq!(query(json!({ "type": "string" }), "q=a+b%2Bc%00"), Ok(json!("a b+c\u{0}")));
}

#[test]
fn numbers_that_are_none_are_refused_in_words() {
    for text in ["abc", "1.5", "1e3", "0x10", "10000000000000000000000", "9223372036854775808"] {
        let told = query(json!({ "type": "integer", "minimum": 1 }), &format!("q={text}")).unwrap_err();
        assert_eq!(told, [format!("query q: expected an integer of at least 1, got \"{text}\" [type]")]);
    }
    for number in ["0", "-1"] {
        let told = query(json!({ "type": "integer", "minimum": 1 }), &format!("q={number}")).unwrap_err();
        assert_eq!(told, [format!("query q: expected an integer of at least 1, got {number} [range]")]);
    }
    assert_eq!(query(json!({ "type": "integer" }), "q=9223372036854775807"), Ok(json!(i64::MAX)));
}

#[test]
fn moments_are_read_leniently_and_kept_in_one_form() {
    let moment = || json!({ "type": "string", "format": "date-time" });
    assert_eq!(query(moment(), "q=2025-01-15"), Ok(json!("2025-01-15T00:00:00Z")));
    assert_eq!(query(moment(), "q=2025-01-15T10:00:00"), Ok(json!("2025-01-15T10:00:00Z")));
    assert_eq!(query(moment(), "q=2025-01-15T10:00:00%2B02:00"), Ok(json!("2025-01-15T08:00:00Z")));
    for bad in ["yesterday", "2025-13-01", "2025-01-15T25:00:00Z", "2025-01-15T10:00:00%2B99:99"] {
        let told = query(moment(), &format!("q={bad}")).unwrap_err();
        assert!(told[0].ends_with("[format.date-time]"), "{told:?}");
        assert!(!told[0].contains("%2B\")"), "{told:?}");
    }
    let told = query(moment(), "q=2025-01-15T10:00:00+02:00").unwrap_err();
    assert_eq!(
        told,
        [
            "query q: expected a date-time in ISO 8601 form such as 2025-01-15T14:30:00Z, got \"2025-01-15T10:00:00 02:00\" \
          (a + in a query means a space: write %2B) [format.date-time]"
        ]
    );
    assert_eq!(query(json!({ "type": "string", "format": "date" }), "q=2025-01-15"), Ok(json!("2025-01-15")));
}

#[test]
fn one_bad_escape_or_one_value_too_many_is_a_breach() {
    for bad in ["%", "%zz", "%ff", "%c0%af", "%ed%a0%80"] {
        let told = query(json!({ "type": "string" }), &format!("q={bad}")).unwrap_err();
        assert_eq!(told, ["query q: expected text in UTF-8, percent-encoded, got bytes that are not [encoding]"]);
    }
    assert_eq!(
        query(json!({ "type": "string" }), "q=a&q=b").unwrap_err(),
        ["query q: expected a single value, got 2 values [repeated]"]
    );
    assert_eq!(query(json!({ "type": "array", "items": { "type": "integer" } }), "q=1&q=2"), Ok(json!([1, 2])));
    let told = query(json!({ "type": "array", "items": { "type": "integer" } }), "q=1&q=x").unwrap_err();
    assert_eq!(told, ["query q: expected an integer, got \"x\" [type]"]);
}

#[test]
fn an_empty_value_counts_only_where_it_may() {
    let (_, breaches) = check(json!([{ "name": "q", "in": "query", "schema": { "enum": ["a", "b"] } }]), "/pets/1?q=");
    assert_eq!(lines(&breaches), ["query q: expected 'a' or 'b', got \"\" [enum]"]);
    assert_eq!(breaches[0].valid_values, Some(vec![json!("a"), json!("b")]));
    assert_eq!(query(json!({ "type": "string" }), "q"), Ok(json!("")));
    let allowed = json!([{ "name": "q", "in": "query", "allowEmptyValue": true, "schema": { "type": "integer" } }]);
    let (values, breaches) = check(allowed, "/pets/1?q");
    assert_eq!((values.get(Location::Query, "q"), breaches.len()), (Some(&json!("")), 0));
}

#[test]
fn the_spread_forms_of_a_query() {
    let of = |parameter: Value, target: &str| {
        let mut whole = json!({ "name": "q", "in": "query" });
        whole.as_object_mut().unwrap().extend(parameter.as_object().unwrap().clone());
        let (values, breaches) = check(json!([whole]), &format!("/pets/1?{target}"));
        assert_eq!(lines(&breaches), Vec::<String>::new());
        values.get(Location::Query, "q").cloned()
    };
    let list = json!({ "type": "array", "items": { "type": "integer" } });
    let colour = json!({ "type": "object", "properties": { "R": { "type": "integer" }, "deep": { "type": "object", "properties": { "n": { "type": "integer" } } }, "l": list } });
    assert_eq!(of(json!({ "schema": list, "explode": false }), "q=1,2"), Some(json!([1, 2])));
    assert_eq!(
        of(json!({ "schema": list, "style": "spaceDelimited", "explode": false }), "q=1%202"),
        Some(json!([1, 2]))
    );
    assert_eq!(
        of(json!({ "schema": list, "style": "pipeDelimited", "explode": false }), "q=1%7C2"),
        Some(json!([1, 2]))
    );
    assert_eq!(of(json!({ "schema": colour, "explode": false }), "q=R,1"), Some(json!({ "R": 1 })));
    assert_eq!(of(json!({ "schema": colour }), "R=1&l=1&l=2"), Some(json!({ "R": 1, "l": [1, 2] })));
    assert_eq!(
        of(json!({ "schema": colour, "style": "deepObject" }), "q[R]=1&q%5Bdeep%5D[n]=2&q[l][]=3&q[l][]=4"),
        Some(json!({ "R": 1, "deep": { "n": 2 }, "l": [3, 4] }))
    );
    assert_eq!(
        of(json!({ "content": { "application/json": { "schema": colour } } }), "q=%7B%22R%22:1%7D"),
        Some(json!({ "R": 1 }))
    );
    assert_eq!(of(json!({ "schema": colour, "style": "deepObject" }), ""), None);
    let names = json!({ "schema": { "type": "array", "items": { "type": "string" } }, "style": "deepObject" });
    for target in ["q[]=a&q[]=b", "q[0]=a&q[1]=b", "q=a&q=b"] {
        assert_eq!(of(names.clone(), target), Some(json!(["a", "b"])), "{target}");
    }
    let range = json!({ "style": "deepObject", "schema": { "anyOf": [
        { "type": "object", "properties": { "gt": { "type": "integer" } } }, { "type": "integer" } ] } });
    assert_eq!(of(range.clone(), "q[gt]=5"), Some(json!({ "gt": 5 })));
    assert_eq!(of(range, "q=5"), Some(json!(5)));
}

#[test]
fn headers_and_cookies_and_the_path() {
    let contract = contract(json!([
        { "name": "id", "in": "path", "required": true, "schema": { "type": "array", "items": { "type": "integer" } } },
        { "name": "X-Count", "in": "header", "schema": { "type": "integer" } },
        { "name": "X-List", "in": "header", "schema": { "type": "array", "items": { "type": "string" } } },
        { "name": "theme", "in": "cookie", "schema": { "enum": ["dark", "light"] } },
    ]));
    let mut request = Request::new(Method::GET, "/pets/1,2".parse().unwrap());
    request.headers.insert("x-count", HeaderValue::from_static("5"));
    request.headers.append("x-list", HeaderValue::from_static("a, b"));
    request.headers.append("x-list", HeaderValue::from_static("c"));
    request.headers.append("cookie", HeaderValue::from_static("other=1; theme=dark"));
    let (values, breaches) = check_request(&contract, &request);
    assert_eq!(lines(&breaches), Vec::<String>::new());
    assert_eq!(values.get(Location::Path, "id"), Some(&json!([1, 2])));
    assert_eq!(values.get(Location::Header, "X-Count"), Some(&json!(5)));
    assert_eq!(values.get(Location::Header, "X-List"), Some(&json!(["a", "b", "c"])));
    assert_eq!(values.get(Location::Cookie, "theme"), Some(&json!("dark")));

    request.headers.insert("x-count", HeaderValue::from_bytes(b"\xff").unwrap());
    request.headers.insert("cookie", HeaderValue::from_static("theme=drak"));
    let (_, breaches) = check_request(&contract, &request);
    assert_eq!(
        lines(&breaches),
        [
            "header X-Count: expected text in UTF-8, percent-encoded, got bytes that are not [encoding]",
            "cookie theme: expected 'dark' or 'light', got \"drak\" (did you mean \"dark\"?) [enum]",
        ]
    );
}

#[test]
fn a_part_in_brackets_is_called_as_it_was_written() {
    let parameters = json!([{ "name": "q", "in": "query", "style": "deepObject", "schema": {
        "type": "object", "required": ["to"], "properties": { "gt": { "type": "integer" }, "to": {} } } }]);
    assert_eq!(
        lines(&check(parameters, "/pets/1?q[gt]=x").1),
        [
            "query q[to]: expected a value that fits the schema, got nothing [required]",
            "query q[gt]: expected an integer, got \"x\" [type]",
        ]
    );
}

#[test]
fn what_stands_beside_a_reference_counts() {
    let parameters = json!([
        { "name": "small", "in": "query", "schema": { "type": "integer", "minimum": 1 } },
        { "name": "n", "in": "query", "schema": {
            "$ref": "#/paths/~1pets~1{id}/get/parameters/0/schema", "maximum": 5, "default": 3 } },
    ]);
    let (values, _) = check(parameters.clone(), "/pets/1");
    assert_eq!(values.get(Location::Query, "n"), Some(&json!(3)));
    for (target, told) in [
        ("/pets/1?n=0", "query n: expected an integer of at least 1, got 0 [range]"),
        ("/pets/1?n=6", "query n: expected a number of at most 5, got 6 [range]"),
    ] {
        assert_eq!(lines(&check(parameters.clone(), target).1), [told]);
    }
}

#[test]
fn headers_that_belong_to_the_protocol_are_no_parameters() {
    let header =
        |name: &str| json!({ "name": name, "in": "header", "required": true, "schema": { "type": "integer" } });
    let parameters = json!([header("Accept"), header("content-type"), header("Authorization")]);
    assert_eq!(lines(&check(parameters, "/pets/1").1), Vec::<String>::new());
}

#[test]
fn what_is_missing_unknown_or_deprecated() {
    let parameters = json!([
        { "name": "page", "in": "query", "required": true, "schema": { "type": "integer", "minimum": 1 } },
        { "name": "size", "in": "query", "schema": { "type": "integer", "default": 25, "maximum": 100 }, "x-mock": { "cap": true } },
        { "name": "old", "in": "query", "deprecated": true, "schema": { "type": "string" } },
    ]);
    let (values, breaches) = check(parameters.clone(), "/pets/1?pgae=1&old=x&pgae=2");
    assert_eq!(
        lines(&breaches),
        [
            "query page: expected an integer of at least 1, got nothing [required]",
            "query old: expected absent, because it is deprecated, got \"x\" [deprecated]",
            "query pgae: there is no such parameter (did you mean \"page\"?) [unknown]",
        ]
    );
    let severities: Vec<Severity> = breaches.iter().map(|breach| breach.severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Warning, Severity::Warning]);
    assert_eq!(values.get(Location::Query, "size"), Some(&json!(25)));
    let (values, breaches) = check(parameters, "/pets/1?page=1&size=500");
    assert_eq!((values.get(Location::Query, "size"), breaches.len()), (Some(&json!(100)), 0));
}

#[test]
fn five_thousand_parameters_cost_little_and_are_told_in_part() {
    let target = (0..5000).fold("/pets/1?q=x".to_owned(), |target, n| format!("{target}&p{n}=1"));
    let contract = contract(json!([{ "name": "q", "in": "query", "schema": { "type": "string" } }]));
    let request = Request::new(Method::GET, target.parse().unwrap());
    let (_, breaches) = check_request(&contract, &request);
    assert_eq!(breaches.len(), MOST);
}

#[test]
fn a_long_value_is_not_repeated_in_full() {
    let told = query(json!({ "enum": ["a"] }), &format!("q={}", "x".repeat(4000))).unwrap_err();
    assert!(told[0].len() < 200, "{}", told[0].len());
}

proptest! {
    #[test]
    fn no_query_makes_it_panic(query in r"[a-c\[\]=&%0-9f+,|.\-TZ:é]{0,60}") {
        let contract = contract(json!([
            { "name": "a", "in": "query", "style": "deepObject", "schema": { "type": "object", "additionalProperties": { "type": "array" } } },
            { "name": "b", "in": "query", "explode": false, "schema": { "type": "array", "items": { "type": "number" } } },
            { "name": "c", "in": "query", "schema": { "type": "string", "format": "date-time" } },
            { "name": "f", "in": "query", "schema": { "type": "object" } },
        ]));
        if let Ok(uri) = format!("/pets/1?{query}").parse() {
            let (_, breaches) = check_request(&contract, &Request::new(Method::GET, uri));
            prop_assert!(breaches.len() <= MOST);
        }
    }
}
