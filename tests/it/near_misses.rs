//! What a request nearly was, as its client, the log and the journal tell it.

use std::fs;

use serde_json::{Value, json as object};

use crate::support::http::{Answer, exchange};
use crate::support::server::{Folder, Server};

const KEY: &str = "sk_live_abc123xyz789";

fn send(server: &Server, line: &str, headers: &[&str], body: &str) -> Answer {
    let mut request = format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    headers.iter().for_each(|header| request.push_str(&format!("{header}\r\n")));
    if !body.is_empty() {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    request.push_str(&format!("\r\n{body}"));
    exchange(server, request.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error} in {:?}", answer.text()))
}

fn journal(server: &Server, number: u64) -> Value {
    json(&send(server, &format!("GET /_mock/journal/{number}"), &[], ""))
}

#[test]
fn an_unknown_path_is_told_in_the_answer_the_log_and_the_journal() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let near = "GET /v1/conversations (listConversations), distance 1; /path/1: expected \"conversations\", got \
                \"Conversations\"; hint: /path/1: only upper and lower case differ";
    let answer = send(&server, "GET /v1/Conversations", &[], "");
    assert_eq!((answer.status, answer.header("X-Mock-Near-Miss")), (404, Some(near)));
    assert_eq!(json(&answer)["error"]["hint"], "did you mean GET /v1/conversations?");
    let logged = "≈ GET /v1/conversations (listConversations): /path/1: expected \"conversations\", got \"Conversations\" \
                  (/path/1: only upper and lower case differ)";
    server.output_with(logged);
    let full = journal(&server, 1);
    assert_eq!((&full["near_misses"][0]["text"], &full["more_near_misses"]), (&object!(near), &object!(0)));
    let difference = object!({ "at": "/path/1", "expected": "\"conversations\"", "seen": "\"Conversations\"" });
    assert_eq!(full["near_misses"][0]["differences"], object!([difference]));
    assert_eq!(full["near_misses"][0]["distance"], 1);
    let page = json(&send(&server, "GET /_mock/journal", &[], ""));
    assert_eq!(page["entries"][0]["near_misses"], object!([near]));
    let har = json(&send(&server, "GET /_mock/journal?format=har", &[], ""));
    assert_eq!(har["log"]["entries"][0]["_mock"]["nearMisses"][0]["text"], near);

    let fine = send(&server, "GET /v1/conversations", &[&format!("Authorization: Bearer {KEY}")], "");
    assert_eq!((fine.status, fine.header("X-Mock-Near-Miss")), (200, None));
    assert_eq!(journal(&server, 2)["near_misses"], object!([]));
}

#[test]
fn the_journal_is_told_as_text_too() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    send(&server, "DELETE /v1/agents", &[], "");
    send(&server, "GET /v1/agents?limit=1&pagee=2", &[&format!("Authorization: Bearer {KEY}")], "");
    let text = send(&server, "GET /_mock/journal", &["Accept: text/plain"], "");
    assert_eq!(text.header("Content-Type"), Some("text/plain; charset=utf-8"));
    let text = text.text();
    let entries: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    assert!(entries.len() == 2 && entries[0].contains("DELETE /v1/agents  405  -  lane default"), "{text}");
    for line in [
        "  refused: DELETE is not possible here. Allowed: GET, HEAD, POST, OPTIONS.",
        "  near misses, the nearest first:",
        "    1. GET /v1/agents (listAgents), distance 2",
        "         /method: expected \"GET\", got \"DELETE\"",
        "    3. DELETE /v1/agents/{agent_id} (deleteAgent), distance 3",
        "         /path/2: expected {agent_id}, got nothing",
    ] {
        assert!(text.lines().any(|known| known == line), "no {line:?} in\n{text}");
    }
    assert!(text.contains("  warning query pagee unknown"), "{text}");
    let one = send(&server, "GET /_mock/journal/1?format=text", &["Accept: application/json"], "").text();
    assert!(one.starts_with("#1 ") && text.starts_with(&one), "{one}");
}

#[test]
fn what_is_hostile_stays_short_and_on_its_line() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let paths = [
        format!("/v1/agents/{}/enable/now", "%E2%80%AE".repeat(1_500)),
        "/x".repeat(1_000),
        "/".repeat(1_000),
        "/v1/agents%C2%85/%1B[2J".to_owned(),
        "/v1/%ff".to_owned(),
        format!("/v1/agents/{}", "y/".repeat(30_000)),
    ];
    for (path, status) in paths.iter().zip([404, 404, 404, 400, 400, 414]) {
        let answer = send(&server, &format!("GET {path}"), &["Accept: text/plain"], "");
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.headers.iter().all(|(_, value)| value.len() < 1_100) && answer.body.len() < 4_000, "{path}");
        assert!(!answer.text().contains('\u{202e}'), "{path}");
    }
    let near = &journal(&server, 1)["near_misses"][0];
    assert_eq!(near["operation"], "enableAgent");
    let output = server.output_with(" 414 ");
    assert!(!output.contains(['\u{202e}', '\u{85}', '\u{1b}']), "{output}");
    assert!(output.lines().all(|line| line.chars().count() < 700), "{output}");
}

#[test]
fn keys_are_no_part_of_what_differs() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let bearer = format!("Authorization: Bearer {KEY}");
    send(&server, &format!("GET /v1/agents/x/{KEY}"), &[], "");
    send(&server, "GET /v1/agents/x/sk_live_unknown_77", &["Authorization: Bearer sk_live_unknown_77"], "");
    send(&server, "GET /v1/agentss", &[&bearer], "");
    let told = ["", "?format=har", "?format=ndjson", "?format=text"]
        .map(|query| send(&server, &format!("GET /_mock/journal{query}"), &[], "").text());
    for text in &told {
        assert!(!text.contains(KEY) && !text.contains("sk_live_unknown_77"), "{text}");
    }
    assert!(journal(&server, 1)["near_misses"][0]["differences"][0]["seen"] == "\"***\"", "{}", journal(&server, 1));
    server.output_with("agentss");
    let near: String = server.output().lines().filter(|line| line.contains('≈')).collect();
    assert!(near.contains("\"***\"") && !near.contains("sk_live"), "{near}");
}

const STORY: &str = "\
name: story
rules:
  - name: third page
    when: { operation: listConversations, query: { page: 3 } }
    reply: rate_limited
  - name: as JSON
    when: { operation: createAgent, headers: { content-type: application/json }, body: { /name: Night } }
    reply: internal
  - name: once
    when: { operation: listContacts, call: 1 }
    reply: internal
  - name: by key
    when: { operation: listWorkflows, key: sk_live_other_99 }
    reply: internal
";

const SCRIPT: &str = "\
name: script
steps:
  mode: strict
  list:
    - name: look first
      when: { operation: listAgents, query: { page: 2 } }
";

/// A server that plays this scenario from its beginning.
fn playing(text: &str, more: &[&str]) -> (Server, Folder) {
    let folder = Folder::new();
    let file = folder.path().join("story.yaml");
    fs::write(&file, text).unwrap();
    let arguments = ["--now", "2025-01-15T15:00:00Z", "--scenario", file.to_str().unwrap()];
    (Server::start([&arguments, more].concat()), folder)
}

/// The texts of the near misses of one exchange, each with the file's name alone.
fn near(server: &Server, number: u64) -> Vec<String> {
    let told = journal(server, number);
    let text = |miss: &Value| miss["text"].as_str().unwrap().to_owned();
    let texts = told["near_misses"].as_array().unwrap().iter().map(text);
    texts
        .map(|text| {
            text.split_once(" (")
                .map_or(text.clone(), |(name, rest)| format!("{name}{}", &rest[rest.find(')').unwrap() + 1..]))
        })
        .collect()
}

#[test]
fn a_rule_that_nearly_took_a_request_is_told() {
    let (server, _folder) = playing(STORY, &[]);
    let bearer = format!("Authorization: Bearer {KEY}");
    let missed = "rule third page of story, distance 2; /query/page: expected 3, got 2";
    let answer = send(&server, "GET /v1/conversations?page=2", &[&bearer], "");
    assert_eq!(answer.status, 200);
    assert!(answer.header("X-Mock-Near-Miss").is_some_and(|line| line.ends_with("/query/page: expected 3, got 2")));
    assert_eq!(near(&server, 1), [missed]);
    let told = &journal(&server, 1)["near_misses"][0];
    assert_eq!((&told["kind"], &told["rule"], &told["line"]), (&object!("rule"), &object!("third page"), &object!(3)));
    assert!(told["file"].as_str().is_some_and(|file| file.ends_with("story.yaml")), "{told}");
    server.output_with("≈ rule third page of story (");

    let body = r#"{"name":"night","voice_platform":"vapi"}"#;
    let typed = ["Content-Type: application/json; charset=utf-8", &*bearer];
    send(&server, "POST /v1/agents", &typed, body);
    assert_eq!(
        near(&server, 2),
        ["rule as JSON of story, distance 2; /headers/content-type: expected \"application/json\", got \
          \"application/json; charset=utf-8\"; /body/name: expected \"Night\", got \"night\"; hint: \
          /headers/content-type: only the parameters of the media type differ, such as its charset; hint: \
          /body/name: only upper and lower case differ"]
    );
    let taken = send(&server, "GET /v1/conversations?page=3", &[&bearer], "");
    assert_eq!((taken.status, taken.header("X-Mock-Near-Miss")), (429, None));

    // That it was not the turn of a rule is told by the journal, and not by the log.
    send(&server, "GET /v1/contacts", &[&bearer], "");
    send(&server, "GET /v1/contacts", &[&bearer], "");
    assert_eq!(near(&server, 5), ["rule once of story, distance 2; /call: expected number 1, got number 2"]);
    send(&server, "GET /v1/workflows", &[&bearer], "");
    assert_eq!(near(&server, 6), ["rule by key of story, distance 2; /key: expected ***, got ***"]);
    let output = server.output_with("listWorkflows");
    assert!(!output.contains("rule once") && !output.contains("sk_live_other"), "{output}");
    let all = send(&server, "GET /_mock/journal", &["Accept: text/plain"], "").text();
    assert!(!all.contains("sk_live") && all.contains("/key: expected ***, got ***"), "{all}");
}

#[test]
fn headers_of_rules_can_be_left_out_with_what_they_missed() {
    let (server, _folder) = playing(STORY, &["--no-rule-header"]);
    let bearer = format!("Authorization: Bearer {KEY}");
    let answer = send(&server, "GET /v1/conversations?page=2", &[&bearer], "");
    assert_eq!((answer.header("X-Mock-Near-Miss"), near(&server, 1).len()), (None, 1));
    assert!(send(&server, "GET /v1/agent", &[], "").header("X-Mock-Near-Miss").is_some(), "that is no rule's");
}

#[test]
fn a_strict_step_tells_what_was_expected() {
    let (server, _folder) = playing(SCRIPT, &["--errors", "problem"]);
    let bearer = format!("Authorization: Bearer {KEY}");
    let answer = send(&server, "GET /v1/agents?page=1", &[&bearer], "");
    assert_eq!(answer.status, 409);
    let body = json(&answer);
    let step = &body["near_misses"][0];
    assert_eq!((&step["kind"], &step["step"], &step["line"]), (&object!("step"), &object!("look first"), &object!(5)));
    assert_eq!(step["differences"], object!([{ "at": "/query/page", "expected": "2", "seen": "1" }]));
    let text = send(&server, "DELETE /v1/agents/agent_abc123", &[&bearer, "Accept: text/plain"], "");
    assert_eq!((text.status, text.header("Content-Type")), (409, Some("text/plain; charset=utf-8")));
    let text = text.text();
    for line in
        ["       /operation: expected listAgents, got deleteAgent", "       /query/page: expected 2, got nothing"]
    {
        assert!(text.lines().any(|known| known == line), "no {line:?} in\n{text}");
    }
    server.output_with("≈ step look first of script (");
    assert_eq!(
        near(&server, 2),
        [
            "step look first of script, distance 7; /operation: expected listAgents, got deleteAgent; /query/page: expected 2, got nothing"
        ]
    );
}
