use bytes::Bytes;
use http::{HeaderValue, Method};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::contract::Contract;
use crate::contract::sample::One;

/// `POST /pets` with a body of this content.
fn contract(content: Value, required: bool) -> Contract {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Pets", "version": "1" },
        "paths": { "/pets": {
            "post": { "requestBody": { "required": required, "content": content }, "responses": { "200": { "description": "ok" } } },
            "get": { "responses": { "200": { "description": "ok" } } },
        } },
    });
    Contract::load(&One(document), "openapi.yaml").unwrap().contract
}

fn request(media_type: Option<&str>, body: &[u8]) -> Request {
    let mut request = Request::new(Method::POST, "/pets".parse().unwrap());
    if let Some(media_type) = media_type {
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap());
    }
    request.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    request.body = Bytes::copy_from_slice(body);
    request
}

fn operation<'c>(contract: &'c Contract, method: &Method) -> &'c Operation {
    contract.operations.iter().find(|operation| operation.method == method).unwrap()
}

fn check(contract: &Contract, media_type: Option<&str>, body: &[u8]) -> Result<CheckedBody, Problem> {
    let request = request(media_type, body);
    let operation = operation(contract, &Method::POST);
    operation.check_body_head(&request)?;
    operation.check_body(&contract.schemas, &request)
}

fn lines(checked: &CheckedBody) -> Vec<String> {
    checked.breaches.iter().map(|breach| format!("{breach} [{}]", breach.code)).collect()
}

fn pets() -> Contract {
    let schema = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 100 },
            "age": { "type": "integer" },
            "tags": { "type": "array", "items": { "type": "string" } },
            "owner": { "type": "object", "properties": { "id": { "type": "integer" } } },
            "photo": { "type": "string", "format": "binary" },
        },
        "additionalProperties": false,
    });
    contract(
        json!({
            "application/json": { "schema": schema },
            "application/x-www-form-urlencoded": { "schema": schema, "encoding": { "tags": { "explode": false } } },
            "multipart/form-data": { "schema": schema, "encoding": { "photo": { "contentType": "image/png, image/jpeg" }, "owner": { "contentType": "application/json" } } },
            "text/plain": { "schema": { "type": "string", "maxLength": 3 } },
            "application/octet-stream": {},
        }),
        true,
    )
}

#[test]
fn only_the_kinds_that_are_offered_are_taken() {
    let contract = pets();
    let good = br#"{"name":"Rex"}"#;
    for accepted in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF8",
        "application/json; charset=\"utf-8\"",
        "application/json; charset=us-ascii",
        "application/vnd.pets+json",
        "application/json; version=1",
    ] {
        assert!(check(&contract, Some(accepted), good).unwrap().breaches.is_empty(), "{accepted}");
    }
    for refused in [
        "application/xml",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-16",
        "json",
        "",
        "multipart/mixed",
    ] {
        let problem = check(&contract, Some(refused), good).unwrap_err();
        assert_eq!(problem.kind, Kind::UnsupportedMediaType, "{refused}");
        assert_eq!(problem.facts["found"], refused);
        assert_eq!(problem.facts["offered"][0], "application/json");
    }
    assert_eq!(check(&contract, None, good).unwrap_err().facts["found"], "none");
    let mut encoded = request(Some("application/json"), good);
    encoded.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let problem = operation(&contract, &Method::POST).check_body_head(&encoded).unwrap_err();
    assert_eq!((problem.kind, &problem.facts["found"]), (Kind::UnsupportedEncoding, &json!("gzip")));
    encoded.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    assert!(operation(&contract, &Method::POST).check_body_head(&encoded).is_ok());
    encoded.headers.insert(CONTENT_TYPE, HeaderValue::from_bytes(b"\xff").unwrap());
    assert!(operation(&contract, &Method::POST).check_body_head(&encoded).is_err());
}

#[test]
fn a_body_that_is_missing_or_too_much() {
    let contract = pets();
    assert_eq!(check(&contract, None, b"").unwrap_err().kind, Kind::MissingBody);
    let optional = self::contract(json!({ "application/json": {} }), false);
    assert!(check(&optional, None, b"").unwrap().value.is_none());
    let get = operation(&contract, &Method::GET);
    let checked = get.check_body(&contract.schemas, &request(None, b"{}")).unwrap();
    assert_eq!(checked.breaches[0].severity, Severity::Warning);
}

#[test]
fn malformed_json_is_told_with_line_and_column() {
    let contract = pets();
    let problem = check(&contract, Some("application/json"), b"{\n  \"name\": }").unwrap_err();
    assert_eq!(problem.kind, Kind::MalformedBody);
    assert_eq!((&problem.facts["line"], &problem.facts["column"]), (&json!(2), &json!(11)));
    let problem = check(&contract, Some("application/json"), b"{\"name\": \"\xff\"}").unwrap_err();
    assert_eq!((problem.kind, problem.detail.as_str()), (Kind::MalformedBody, "invalid_encoding"));
}

#[test]
fn every_breach_is_told_at_once() {
    let body = br#"{"nmae":"x","age":"old","tags":[1],"age":"older"}"#;
    let checked = check(&pets(), Some("application/json"), body).unwrap();
    let mut lines = lines(&checked);
    lines[1..].sort();
    assert_eq!(
        lines,
        [
            "body /age: expected a member given only once, got \"age\" again [duplicate]",
            "body /age: expected an integer, got \"older\" [type]",
            "body /name: expected a string of 1 to 100 characters, got nothing [required]",
            "body /nmae: there is no such member (did you mean \"name\"?) [unknown]",
            "body /tags/0: expected a string, got 1 [type]",
        ]
    );
    let emoji = |count: usize| json!({ "name": "😀".repeat(count) }).to_string();
    assert!(check(&pets(), Some("application/json"), emoji(100).as_bytes()).unwrap().breaches.is_empty());
    assert_eq!(check(&pets(), Some("application/json"), emoji(101).as_bytes()).unwrap().breaches[0].code, "length");
}

#[test]
fn a_form_becomes_an_object() {
    let form = "application/x-www-form-urlencoded";
    let checked = check(&pets(), Some(form), b"name=Rex+the+dog&age=3&tags=a,b&owner[id]=7").unwrap();
    assert_eq!(lines(&checked), Vec::<String>::new());
    assert_eq!(
        checked.value,
        Some(json!({ "name": "Rex the dog", "age": 3, "owner": { "id": 7 }, "tags": ["a", "b"] }))
    );
    let checked = check(&pets(), Some(form), b"age=x&name=%ff&name=a&name=b").unwrap();
    assert_eq!(
        lines(&checked),
        [
            "body /name: expected text in UTF-8, percent-encoded, got bytes that are not [encoding]",
            "body /name: expected a single value, got 2 values [repeated]",
            "body /age: expected an integer, got \"x\" [type]",
        ]
    );
    assert_eq!(check(&pets(), Some(form), b"name=\xff").unwrap().breaches[0].code, "encoding");
}

const MULTIPART: &str = "multipart/form-data; boundary=\"XX\"";

fn parts(parts: &[(&str, &str)]) -> Vec<u8> {
    let parts = parts
        .iter()
        .map(|(head, content)| format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"));
    format!("{}--XX--\r\n", parts.collect::<String>()).into_bytes()
}

#[test]
fn a_multipart_form_is_read_part_by_part() {
    let body = parts(&[
        ("name=\"name\"", "Rex"),
        ("name=age", "3"),
        ("name=\"tags\"", "a"),
        ("name=\"tags\"", "b"),
        ("name=\"owner\"\r\nContent-Type: application/json", "{\"id\":7}"),
        ("name=\"photo\"; filename=\"a;\\\"b.png\"\r\nContent-Type: image/png", "\u{0}--X\r\n"),
    ]);
    let checked = check(&pets(), Some(MULTIPART), &body).unwrap();
    assert_eq!(lines(&checked), Vec::<String>::new());
    let value = json!({ "name": "Rex", "age": 3, "tags": ["a", "b"], "photo": "a;\"b.png", "owner": { "id": 7 } });
    assert_eq!(checked.value, Some(value));

    let body = parts(&[
        ("name=\"photo\"; filename=\"a.gif\"\r\nContent-Type: image/gif", "GIF"),
        ("name=\"owner\"\r\nContent-Type: application/json", "{"),
    ]);
    assert_eq!(
        lines(&check(&pets(), Some(MULTIPART), &body).unwrap()),
        [
            "body /photo: expected a part of type image/png, image/jpeg, got image/gif [encoding]",
            "body /owner: expected well-formed JSON, got something else [style]",
            "body /name: expected a string of 1 to 100 characters, got nothing [required]",
        ]
    );
}

#[test]
fn a_multipart_form_that_is_none_is_malformed() {
    for (media_type, body) in [
        ("multipart/form-data", parts(&[("name=\"name\"", "Rex")])),
        ("multipart/form-data; boundary=", parts(&[])),
        (MULTIPART, b"nothing".to_vec()),
        (MULTIPART, b"--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nx".to_vec()),
        (MULTIPART, b"--XX\r\nContent-Disposition: form-data; name=a\r\n--XX--".to_vec()),
        (MULTIPART, b"--XX\r\n\r\nx\r\n--XX--".to_vec()),
        (MULTIPART, b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--".to_vec()),
        (MULTIPART, b"--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--XX--".to_vec()),
        (MULTIPART, b"--XXrubbish".to_vec()),
        (MULTIPART, parts(&vec![("name=a", "x"); 1001])),
    ] {
        let problem = check(&pets(), Some(media_type), &body).unwrap_err();
        assert_eq!(problem.kind, Kind::MalformedBody, "{media_type} {}", String::from_utf8_lossy(&body));
        assert!(problem.facts["line"].as_u64() >= Some(1));
    }
}

#[test]
fn text_is_a_string_and_other_bytes_are_their_own_affair() {
    assert_eq!(check(&pets(), Some("text/plain"), b"abc").unwrap().value, Some(json!("abc")));
    assert_eq!(check(&pets(), Some("text/plain"), b"abcd").unwrap().breaches[0].code, "length");
    assert_eq!(check(&pets(), Some("text/plain"), b"\xff").unwrap_err().kind, Kind::MalformedBody);
    assert!(check(&pets(), Some("application/octet-stream"), b"\xff\x00").unwrap().value.is_none());
    let any = contract(json!({ "text/*": { "schema": { "maxLength": 1 } }, "*/*": {} }), true);
    assert_eq!(check(&any, Some("text/csv"), b"a,b").unwrap().breaches.len(), 1);
    assert!(check(&any, Some("image/png"), b"x").unwrap().breaches.is_empty());
}

#[test]
fn text_stands_for_a_value_and_xml_is_not_read() {
    let content = json!({
        "text/plain": { "schema": { "type": "integer", "maximum": 5 } },
        "text/xml": { "schema": { "type": "object" } },
        "application/xml": { "schema": { "type": "object" } },
    });
    let contract = contract(content, true);
    let told = |media_type: &str, body: &[u8]| lines(&check(&contract, Some(media_type), body).unwrap());
    assert_eq!(told("text/plain", b"5"), Vec::<String>::new());
    assert_eq!(told("text/plain", b"6"), ["body: expected an integer of at most 5, got 6 [range]"]);
    assert_eq!(told("text/xml", b"<pet/>"), Vec::<String>::new());
    assert_eq!(told("application/xml", b"<pet/>"), Vec::<String>::new());
}

#[test]
fn a_megabyte_of_faults_is_judged_in_bounded_time() {
    let contract = contract(
        json!({ "application/json": { "schema": { "items": { "anyOf": [{ "type": "string" }, { "type": "null" }] } } } }),
        true,
    );
    let body = format!("[{}1]", "1,".repeat(500_000));
    let checked = check(&contract, Some("application/json"), body.as_bytes()).unwrap();
    assert_eq!(checked.breaches.len(), 1);
}

#[test]
fn a_long_name_is_not_repeated_in_full() {
    let contract = contract(
        json!({ "application/json": { "schema": { "properties": { "a": {} }, "additionalProperties": false } } }),
        true,
    );
    let body = json!({ "é".repeat(1000): 1, "short": 2 }).to_string();
    let mut places = check(&contract, Some("application/json"), body.as_bytes()).unwrap().breaches;
    places.sort_by_key(|breach| breach.place.name().len());
    let lengths: Vec<usize> = places.iter().map(|breach| breach.place.name().chars().count()).collect();
    assert_eq!(lengths, ["/short".len(), LONGEST_POINTER + 1]);
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0..5_usize) {
        let kinds = ["application/json", "application/x-www-form-urlencoded", MULTIPART, "text/plain", "application/octet-stream"];
        let _ = check(&pets(), Some(kinds[kind]), &bytes);
    }

    #[test]
    fn no_form_makes_it_panic(body in r"[a-c\[\]=&%0-9f+,;\-]{0,60}") {
        let _ = check(&pets(), Some("application/x-www-form-urlencoded"), body.as_bytes());
    }

    #[test]
    fn no_multipart_makes_it_panic(body in "(--XX|\r\n|--|Content-Disposition: |form-data; name=|\"|;|\\\\|é|a){0,40}") {
        let _ = check(&pets(), Some(MULTIPART), body.as_bytes());
    }

    #[test]
    fn no_content_type_makes_it_panic(kind in "[a-z/;= \"+*é-]{0,30}") {
        let mut sent = request(None, b"{}");
        sent.headers.insert(CONTENT_TYPE, HeaderValue::from_bytes(kind.as_bytes()).unwrap());
        let _ = operation(&pets(), &Method::POST).check_body_head(&sent);
    }
}
