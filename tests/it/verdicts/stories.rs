//! Scenarios that ship, played by a client that does what they expect, and by one that does not.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::Client;
use crate::support::caller::{Caller, target};
use crate::support::rust::project;
use crate::support::server::Server;

const LIST: &str = "/v1/conversations";
const CALL: &str = "/v1/conversations/conv_abc123xyz789";

fn server() -> Server {
    Server::start(["--now", "2025-01-15T15:00:00Z"])
}

/// Every verdict that the client's scenario asks for.
fn asked(client: &Client) -> Vec<(String, String)> {
    let told = client.verdicts("");
    let asked = told["verdicts"].as_array().unwrap().iter().filter(|verdict| !verdict["asked_by"].is_null());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    asked.map(|verdict| (text(&verdict["verdict"]), text(&verdict["outcome"]))).collect()
}

/// Who plays must have passed all of it.
fn passes(client: &Client) {
    let asked = asked(client);
    assert!(!asked.is_empty(), "{}", client.lane);
    assert!(asked.iter().all(|(_, outcome)| outcome == "passed"), "{}: {asked:?} {}", client.lane, client.verdicts(""));
}

fn fails(client: &Client, verdict: &str) {
    assert_eq!(client.outcome(verdict), "failed", "{}: {}", client.lane, client.verdicts(""));
}

#[test]
fn every_scenario_is_judged_by_all_that_it_expects() {
    let server = server();
    let stranger = Caller::stranger(&server);
    let mut found = 0;
    for file in fs::read_dir(project().join("scenarios")).unwrap() {
        let path = file.unwrap().path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".yaml")) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        let expected = text.split_once("\nexpect:\n").map_or("", |(_, expected)| expected);
        let lines: Vec<&str> = expected.lines().take_while(|line| line.starts_with("  ")).collect();
        let told = stranger.read(&format!("/_mock/verdicts?scenario={name}"));
        let verdicts = told["verdicts"].as_array().unwrap();
        let asked: Vec<&Value> = verdicts.iter().filter(|verdict| !verdict["asked_by"].is_null()).collect();
        assert_eq!(asked.len(), lines.len(), "{name}: {told}");
        for (verdict, line) in asked.iter().zip(&lines) {
            assert!(line.contains(verdict["verdict"].as_str().unwrap()), "{name}: {line}");
            // Nothing was sent: only a number of requests can be missing.
            assert!(verdict["verdict"] == "calls" || verdict["outcome"] != "failed", "{name}: {verdict}");
            found += 1;
        }
    }
    assert!(found > 60, "{found} expectations");
}

#[test]
fn refusals_are_taken_for_what_they_are() {
    let server = server();
    let good = Client::with(&server, "refused-good", "forbidden-403");
    assert_eq!(good.status(CALL), 403);
    passes(&good);
    let bad = Client::with(&server, "refused-bad", "forbidden-403");
    assert_eq!([bad.status(CALL), bad.status(CALL)], [403, 403]);
    fails(&bad, "no_futile_retry");
}

#[test]
fn a_creation_keeps_its_key() {
    let server = server();
    let create = |client: &Client, keys: [&str; 2]| {
        let contact = json!({ "name": "Ann" });
        keys.map(|key| {
            let headers: &[(&str, &str)] = if key.is_empty() { &[] } else { &[("Idempotency-Key", key)] };
            client.caller.send("POST", "/v1/contacts", headers, Some(&contact)).status
        })
    };
    let good = Client::with(&server, "made-good", "created-but-500");
    assert_eq!(create(&good, ["a", "a"]), [500, 201]);
    passes(&good);
    let bare = Client::with(&server, "made-bare", "created-but-500");
    assert_eq!(create(&bare, ["", ""]), [500, 201]);
    fails(&bare, "safe_retries");
    let other = Client::with(&server, "made-other", "created-but-500");
    create(&other, ["a", "b"]);
    fails(&other, "same_key");
}

#[test]
fn an_address_that_expired_is_fetched_anew() {
    let server = server();
    let address = |client: &Client| {
        let told = client.send("GET", &format!("{CALL}/recording"), None).1;
        let url = told["data"]["url"].as_str().unwrap().to_owned();
        url[url.find("/recordings").unwrap()..].to_owned()
    };
    for scenario in ["recording-expired", "recording-wrong-signature"] {
        let good = Client::with(&server, if scenario.ends_with('d') { "fresh-a" } else { "fresh-b" }, scenario);
        assert_eq!([good.status(&address(&good)), good.status(&address(&good))], [403, 200], "{scenario}");
        passes(&good);
        assert_eq!(good.verdicts("")["failed"], 0, "{}", good.verdicts(""));
    }
    let bad = Client::with(&server, "stale", "recording-expired");
    let old = address(&bad);
    assert_eq!([bad.status(&old), bad.status(&old)], [403, 403]);
    fails(&bad, "fresh_url");
}

#[test]
fn a_list_is_read_to_its_end() {
    let server = server();
    let read = |client: &Client, is_last: &dyn Fn(u64, &Value) -> bool| {
        for page in 1.. {
            let query = [("per_page", "50"), ("status", "completed"), ("page", &*page.to_string())];
            let (status, told) = client.send("GET", &target(LIST, &query), None);
            assert_eq!(status, 200, "{told}");
            if is_last(page, &told) {
                break;
            }
        }
    };
    let at_the_count = |page: u64, told: &Value| page >= told["meta"]["total_pages"].as_u64().unwrap();
    for (lane, scenario) in
        [("pages-a", "pages-short"), ("pages-b", "pages-next-null-early"), ("pages-c", "pages-repeated-row")]
    {
        let good = Client::with(&server, lane, scenario);
        read(&good, &at_the_count);
        passes(&good);
    }
    let bad = Client::with(&server, "pages-bad", "pages-next-null-early");
    read(&bad, &|_, told| told["links"]["next"].is_null());
    fails(&bad, "all_pages");
}

#[test]
fn what_is_not_ready_is_looked_at_now_and_then() {
    let server = server();
    let transcript = format!("{CALL}/transcript");
    let good = Client::with(&server, "polls-good", "transcript-not-ready-404");
    let looks = ["1s", "1s", "1s"].map(|pause| {
        good.advance(pause);
        good.status(&transcript)
    });
    assert_eq!(looks, [404, 404, 200]);
    passes(&good);
    assert_eq!(good.verdicts("")["failed"], 0, "what came in the end was not asked for in vain");
    let bad = Client::with(&server, "polls-bad", "transcript-not-ready-404");
    assert_eq!([(); 3].map(|()| bad.status(&transcript)), [404, 404, 200]);
    fails(&bad, "poll_rate");
}

#[test]
fn what_broke_off_is_asked_for_again() {
    let server = server();
    let ask = |client: &Client| {
        let request =
            format!("GET {LIST} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk_test_{}\r\n\r\n", client.lane);
        crate::support::http::exchange(&server, request.as_bytes()).map(|answer| answer.status)
    };
    let good = Client::with(&server, "cut-good", "fault-cut");
    assert!(ask(&good).is_err() && ask(&good) == Ok(200));
    passes(&good);
    let bad = Client::with(&server, "cut-bad", "fault-cut");
    assert!(ask(&bad).is_err());
    fails(&bad, "read_whole");
}

/// The old connection stays open on the client's side while the next request comes by another.
#[test]
fn a_prompt_retry_is_seen_as_one() {
    let server = server();
    let client = Client::with(&server, "prompt", "fault-cut");
    let request = "GET /v1/conversations HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk_test_prompt\r\n\r\n";
    let mut old = TcpStream::connect(server.address()).unwrap();
    old.write_all(request.as_bytes()).unwrap();
    old.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(client.status(LIST), 200);
    assert_eq!(client.verdict("read_whole")["exchanges"], json!([1, 2]));
    let armed = client.send(
        "POST",
        "/_mock/scenarios",
        Some(&json!({ "name": "again", "expect": ["retried"], "rules": [{ "delay": "1ms" }] })),
    );
    assert_eq!(armed.0, 201, "{}", armed.1);
    assert_eq!(client.outcome("retried"), "passed", "{}", client.verdicts(""));
}

#[test]
fn connections_that_the_server_closes_are_not_the_clients_doing() {
    let server = server();
    let close = json!({
        "name": "closes",
        "rules": [{ "when": { "operation": "listAgents" }, "fault": "connection_close" }],
        "expect": ["connections"],
    });
    for (lane, path, outcome) in [("closed", "/v1/agents", "passed"), ("left", "/v1/contacts", "failed")] {
        let client = Client::new(&server, lane);
        assert_eq!(client.send("POST", "/_mock/scenarios", Some(&close)).0, 201);
        for _ in 0..6 {
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk_test_{lane}\r\n\r\n");
            crate::support::http::exchange(&server, request.as_bytes()).unwrap();
        }
        assert_eq!(client.outcome("connections"), outcome, "{}", client.verdicts(""));
    }
}
