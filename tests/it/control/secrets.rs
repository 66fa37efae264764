//! What a contract marks as secret, and keys that come back in an answer: nowhere in the journal, its file or the log.

use std::fs;

use serde_json::{Value, json as object};

use super::{ask, json, tell};
use crate::support::http::exchange;
use crate::support::server::{Folder, PATIENCE, Server, program};

const CONTRACT: &str = r##"
openapi: 3.1.0
info: { title: Accounts, version: "1" }
paths:
  /accounts:
    post:
      parameters:
        - { name: pin, in: query, schema: { type: string, x-secret: true } }
        - { name: X-Pass, in: header, schema: { type: string, format: password } }
      requestBody:
        content:
          application/json: { schema: { $ref: "#/components/schemas/Account" } }
          application/x-www-form-urlencoded: { schema: { $ref: "#/components/schemas/Account" } }
      responses:
        "200":
          description: made
          content:
            application/json:
              schema: { properties: { token: { type: string, x-secret: true }, name: { type: string } } }
              example: { token: answered_secret, name: Bo }
    get:
      responses: { "200": { description: all, content: { application/json: { example: { key: sk_echoed_1 } } } } }
  /blobs:
    post:
      requestBody: { content: { application/octet-stream: {} } }
      responses: { "200": { description: kept } }
  /doors/{pin}/of/{house}.json:
    get:
      parameters:
        - { name: pin, in: path, required: true, schema: { type: string, x-secret: true } }
        - { name: house, in: path, required: true, schema: { type: string } }
        - { name: "a[b]", in: query, schema: { type: string, x-secret: true } }
      responses:
        "200":
          description: open
          headers:
            X-Next-Pin: { schema: { type: string, x-secret: true }, example: next_pin_77 }
            X-House: { schema: { type: string }, example: red }
          content: { application/json: { example: { pin: "next_pin_77", was: "12 34" } } }
components:
  schemas:
    Account:
      properties:
        name: { type: string }
        password: { type: string, format: password, minLength: 3 }
        keys: { type: array, items: { allOf: [{ $ref: "#/components/schemas/Key" }] } }
    Key: { type: string, writeOnly: true }
"##;

/// A server of that contract, and the folder in which it runs.
fn accounts(flags: &[&str]) -> (Folder, Server) {
    let folder = Folder::new();
    let contract = folder.path().join("accounts.yaml");
    fs::write(&contract, CONTRACT).unwrap();
    let mut command = program();
    command.current_dir(folder.path()).args(["serve", "--contract"]).arg(&contract).args(flags);
    (folder, Server::from(command))
}

#[test]
fn what_the_contract_marks_is_kept_by_nobody() {
    let (folder, server) = accounts(&["-vv", "--journal", "journal.ndjson"]);
    let file = folder.path().join("journal.ndjson");
    let body = r#"{"name":"Bo","password":"hunter_2","keys":["asked_key_1","asked_key_2"]}"#;
    let made = tell(&server, "POST /accounts?pin=asked_pin", &["X-Pass: asked_pass"], body);
    assert_eq!((made.status, json(&made)["token"].as_str()), (200, Some("answered_secret")), "{}", made.text());
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    assert_eq!(ask(&server, "POST /accounts", &form, "name=Bo&password=hunter_2").status, 200);
    assert_eq!(tell(&server, "POST /accounts", &[], r#"{"password":"hunter_2""#).status, 400);
    // A value that is too short is found fault with, and not told.
    assert_eq!(tell(&server, "POST /accounts", &[], r#"{"password":"h2"}"#).status, 400);
    let told = |number: u64| json(&ask(&server, &format!("GET /_mock/journal/{number}"), &[], ""));
    let first = told(1);
    let text = |place: &str| -> Value {
        serde_json::from_str(first.pointer(place).and_then(Value::as_str).expect(place)).expect("JSON")
    };
    assert_eq!(text("/request/body/text"), object!({ "name": "Bo", "password": "***", "keys": ["***", "***"] }));
    assert_eq!(text("/answer/body/text"), object!({ "token": "***", "name": "Bo" }));
    assert_eq!((&first["target"], &first["parameters"][0]["value"]), (&object!("/accounts?pin=***"), &object!("***")));
    assert_eq!(told(2)["request"]["body"]["text"], "name=Bo&password=***");
    assert_eq!(told(3)["request"]["body"]["text"], "***");
    assert_eq!(told(4)["request"]["body"]["text"], r#"{"password":"***"}"#);
    let found = json(&ask(&server, "GET /_mock/journal?text=hunter_2", &[], ""));
    assert_eq!(found["entries"], object!([]), "what is not kept is not found");
    let logged = server.output_with("400");
    server.signal("TERM");
    let (status, _) = server.ended();
    assert!(status.success(), "within {PATIENCE:?}");
    let filed = fs::read_to_string(&file).unwrap();
    assert_eq!(filed.lines().count(), 4, "{filed}");
    for secret in ["hunter_2", "\"h2", "asked_key", "asked_pin", "asked_pass", "answered_secret"] {
        for (name, text) in [("the log", &logged), ("the file", &filed)] {
            assert!(!text.contains(secret), "{name} tells {secret}: {text}");
        }
    }
}

#[test]
fn a_key_that_comes_back_is_not_told() {
    let (_folder, server) = accounts(&[]);
    let key = "Authorization: Bearer sk_echoed_1";
    let answer = ask(&server, "GET /accounts", &[key], "");
    assert_eq!(json(&answer)["key"], "sk_echoed_1", "the client gets what there is");
    assert_eq!(ask(&server, "GET /accounts", &["Authorization: Bearer sk_other_22"], "").status, 200);
    let found =
        |text: &str| json(&ask(&server, &format!("GET /_mock/journal?text={text}"), &[], ""))["entries"].clone();
    let numbers = |entries: Value| -> Vec<u64> {
        entries.as_array().unwrap().iter().map(|entry| entry["number"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers(found("sk_echoed_1")), [2], "what was no key of the client's is data");
    assert_eq!(numbers(found("sk_other_22")), [] as [u64; 0]);
    let first = json(&ask(&server, "GET /_mock/journal/1", &[], ""));
    assert_eq!(first["answer"]["body"]["text"], r#"{"key":"***"}"#);
    assert_eq!(first["answer"]["length"], answer.body.len());
}

#[test]
fn what_is_marked_outside_of_bodies_is_kept_by_nobody() {
    let (_folder, server) = accounts(&["-vv"]);
    // However short it is and however it is written.
    for pin in ["12", "1%32%333", "123456789"] {
        let answer = tell(&server, &format!("GET /doors/{pin}/of/red.json/?x={pin}&a[b]=ab"), &[], "");
        assert_eq!((answer.status, answer.header("x-next-pin")), (200, Some("next_pin_77")));
    }
    let told = |number: u64| json(&ask(&server, &format!("GET /_mock/journal/{number}"), &[], ""));
    let targets = [1, 2, 3].map(|number| told(number)["target"].as_str().unwrap().to_owned());
    let shown = |x: &str| format!("/doors/***/of/red.json/?x={x}&a[b]=***");
    assert_eq!(targets, [shown("12"), shown("***"), shown("***")]);
    let first = told(1);
    let headers = first["answer"]["headers"].as_array().unwrap();
    assert!(headers.contains(&object!({ "name": "x-next-pin", "value": "***" })), "{headers:#?}");
    assert!(headers.contains(&object!({ "name": "x-house", "value": "red" })), "{headers:#?}");
    assert_eq!(first["answer"]["body"]["text"], r#"{"pin":"***","was":"12 34"}"#);
    ask(&server, "GET /accounts?last=1", &[], "");
    let logged = server.output_with("/accounts?last=1");
    assert!(logged.contains("/doors/***/of/red.json/?x=12&a[b]=***"), "{logged}");
    for secret in ["/doors/12", "1%32", "123456789", "next_pin_77", "a[b]=ab"] {
        assert!(!logged.contains(secret), "the log tells {secret}: {logged}");
    }
}

#[test]
fn a_body_that_is_no_text_hides_no_key() {
    let (_folder, server) = accounts(&[]);
    let body = b"sk_echoed_1\xff";
    let headers =
        ["Host: a", "Authorization: Bearer sk_echoed_1", "Content-Type: application/octet-stream"].join("\r\n");
    let head = format!("POST /blobs HTTP/1.1\r\n{headers}\r\nContent-Length: {}\r\n\r\n", body.len());
    assert_eq!(exchange(&server, &[head.as_bytes(), body].concat()).unwrap().status, 200);
    let first = json(&ask(&server, "GET /_mock/journal/1", &[], ""));
    assert_eq!(first["request"]["body"], object!({ "base64": "Kioq/w==" }), "three stars and what is no text");
}

#[test]
fn neither_the_name_of_a_cookie_is_a_secret_nor_a_word_in_it() {
    let (_folder, server) = accounts(&[]);
    let cookie = "Cookie: accounts=s%3Ahidden==; mark=\"hidden_2\"; theme=midnight";
    ask(&server, "GET /accounts?x=s%3Ahidden&y=hidden_2&z=midnight", &[cookie], "");
    let first = json(&ask(&server, "GET /_mock/journal/1", &[], ""));
    assert_eq!(first["target"], "/accounts?x=***&y=***&z=midnight");
}

#[test]
fn the_log_tells_no_key_that_came_as_a_value() {
    let (_folder, theirs) = accounts(&[]);
    let ours = Server::start::<&str>([]);
    for (server, key, path) in [(&theirs, "sk_any_123", "accounts"), (&ours, "sk_live_abc123xyz789", "v1/agents")] {
        let headers = [&*format!("Authorization: Bearer {key}")];
        for target in [format!("/{path}?page={key}"), format!("/{path}/{key}"), format!("/nowhere/{key}?last=1")] {
            ask(server, &format!("GET {target}"), &headers, "");
        }
        let logged = server.output_with("/nowhere/***?last=1");
        assert!(logged.contains(&format!("/{path}?page=***")), "{logged}");
        // The banner says which key there is.
        let requests: Vec<&str> = logged.lines().filter(|line| line.contains(path) && line.contains("***")).collect();
        assert!(requests.len() >= 2 && requests.iter().all(|line| !line.contains(key)), "{logged}");
        let told: Vec<&str> = logged.lines().filter(|line| line.contains('✗')).collect();
        assert!(!told.is_empty() && told.iter().all(|line| !line.contains(key)), "{logged}");
    }
}
