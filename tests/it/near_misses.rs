//! What a request nearly was, as its client, the log and the journal tell it.

use serde_json::{Value, json as object};

use crate::support::http::{Answer, exchange};
use crate::support::server::Server;

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
