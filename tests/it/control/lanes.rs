use std::thread;

use serde_json::json;

use super::{KEY, ask, json, remaining, tell};
use crate::support::server::Server;

fn key(name: &str) -> String {
    format!("Authorization: Bearer sk_test_{name}")
}

#[test]
fn a_key_and_a_header_open_the_same_lane() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let names = || {
        let lanes = json(&ask(&server, "GET /_mock/lanes", &[], ""));
        lanes["lanes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lane| lane["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    remaining(&server, &[&format!("Authorization: Bearer {KEY}")]);
    assert_eq!(names(), ["default"]);
    remaining(&server, &[&key("a")]);
    remaining(&server, &["X-Mock-Lane: a", &format!("Authorization: Bearer {KEY}")]);
    remaining(&server, &["X-Mock-Lane: b", &key("a")]);
    assert_eq!(names(), ["default", "a", "b"]);
    assert_eq!(json(&ask(&server, "GET /_mock/lanes/a", &[], ""))["requests"], 2);
}

#[test]
fn nobody_opens_a_lane_who_is_not_let_in() {
    let server = Server::start(["--max-lanes", "5"]);
    for n in 0..20 {
        let lane = format!("X-Mock-Lane: stranger-{n}");
        assert_eq!(ask(&server, "GET /v1/conversations", &[&lane], "").status, 401);
        assert_eq!(ask(&server, "GET /v1/conversations", &[&lane, "Authorization: Bearer x"], "").status, 401);
        assert_eq!(ask(&server, "GET /v1/nowhere", &[&lane], "").status, 404);
        assert_eq!(ask(&server, "GET /_mock/clock", &[&lane], "").status, 200, "to look is to change nothing");
    }
    assert_eq!(json(&ask(&server, "GET /_mock/lanes", &[], ""))["lanes"].as_array().unwrap().len(), 1);
    for n in 0..5 {
        remaining(&server, &[&key(&n.to_string())]);
    }
    let refused = ask(&server, "GET /v1/conversations", &[&key("5")], "");
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains("All 5 lanes are in use"), "{}", refused.text());
    assert_eq!(json(&refused)["error"]["code"], "too_many_lanes");
    let seconds: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=61).contains(&seconds), "{seconds}");
    let refused = tell(&server, "POST /_mock/lanes", &[], r#"{"name":"5"}"#);
    assert!(refused.status == 503 && refused.header("Retry-After").is_some(), "{}", refused.text());
    remaining(&server, &[&key("4")]);
    assert_eq!(ask(&server, "DELETE /_mock/lanes/0", &[], "").status, 204);
    remaining(&server, &[&key("5")]);
}

#[test]
fn all_lanes_together_hold_no_more_than_they_may() {
    let server = Server::start(["--lane-memory", "40KiB", "--check-answers", "--now", "2025-01-15T15:00:00Z"]);
    let make = |lane: &str, n: usize| {
        let name = "x".repeat(90);
        let body = format!(r#"{{"name":"{name} {n}","phone":"+1555{n:07}"}}"#);
        tell(&server, "POST /v1/contacts", &[&key(lane)], &body)
    };
    let count = |lane: &str| json(&ask(&server, "GET /v1/contacts", &[&key(lane)], ""))["meta"]["total"].clone();
    let before = count("b").as_u64().unwrap();
    let keyed = |lane: &str, n: usize| {
        let body = format!(r#"{{"name":"Keyed {n}"}}"#);
        tell(&server, "POST /v1/contacts", &[&key(lane), &format!("Idempotency-Key: k{n}")], &body)
    };
    let first = keyed("k", 1);
    assert_eq!(first.status, 201, "{}", first.text());
    let made = (0..1_000).take_while(|n| make("a", *n).status == 201).count();
    assert!((5..200).contains(&made), "{made}: {}", make("a", 5_000).text());
    assert_eq!(count("a"), before + made as u64);
    for lane in ["a", "b"] {
        let refused = make(lane, 5_000);
        assert_eq!((refused.status, &json(&refused)["error"]["code"]), (507, &json!("lane_full")));
        assert!(refused.text().contains("all lanes together") && refused.text().contains("40960 bytes"), "{lane}");
    }
    assert_eq!(count("b"), before);
    // Who was answered is not forgotten for the sake of others, and nothing is done that could be done twice.
    let again = keyed("k", 1);
    assert_eq!((again.status, again.header("Idempotent-Replayed")), (201, Some("true")));
    assert_eq!((keyed("k", 2).status, count("k")), (507, json!(before + 1)));
    // A copy shares what it does not change; it can't be changed, and nor can what a document brings with it be taken in.
    assert_eq!(tell(&server, "POST /_mock/lanes/a/fork", &[], r#"{"name":"copy"}"#).status, 201);
    assert_eq!(make("copy", 5_000).status, 507);
    let document = ask(&server, "GET /_mock/lanes/a/snapshot", &[], "").text();
    let refused = tell(&server, "PUT /_mock/lanes/c/snapshot", &[], &document);
    assert_eq!(refused.status, 507, "{}", refused.text());
    assert_eq!(ask(&server, "GET /_mock/lanes/c", &[], "").status, 404);

    assert_eq!(ask(&server, "DELETE /_mock/lanes/copy", &[], "").status, 204);
    assert_eq!(tell(&server, "POST /_mock/lanes/a/reset", &[], "").status, 200);
    assert_eq!([make("b", 5_000).status, make("a", 5_000).status], [201, 201], "there is room again");
    assert!(!server.output().contains("our own answer"), "{}", server.output());
}

#[test]
fn a_world_of_no_calls_has_the_documented_ones() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z", "--conversations", "0"]);
    let total = |lane: &str| json(&ask(&server, "GET /v1/conversations", &[&key(lane)], ""))["meta"]["total"].clone();
    let documented = total("a");
    assert!((1..10).contains(&documented.as_u64().unwrap()), "{documented}");
    assert_eq!(ask(&server, "GET /v1/conversations/conv_abc123xyz789", &[&key("a")], "").status, 200);
    assert_eq!(json(&ask(&server, "GET /_mock/lanes/a", &[], ""))["conversations"], documented);
    for n in ["0", "1", "5"] {
        let made = tell(&server, "POST /_mock/lanes", &[], &format!(r#"{{"name":"of-{n}","conversations":{n}}}"#));
        assert_eq!(json(&made)["conversations"], documented, "what is told is what there is");
        assert_eq!(total(&format!("of-{n}")), documented);
    }
}

#[test]
fn a_name_that_is_none_is_refused_as_any_header() {
    let server = Server::start(["--strict"]);
    for name in ["", "a b", "a/b", &"x".repeat(65)] {
        let refused = ask(&server, "GET /v1/conversations", &[&format!("X-Mock-Lane: {name}"), &key("a")], "");
        assert_eq!(refused.status, 400, "{name:?}: {}", refused.text());
        assert!(refused.text().contains("X-Mock-Lane"), "{}", refused.text());
        assert_eq!(ask(&server, "GET /_mock/clock", &[&format!("X-Mock-Lane: {name}")], "").status, 400);
    }
    // A key may be anything.
    remaining(&server, &[&key("a/b?c=d")]);
}

#[test]
fn two_hundred_callers_side_by_side_never_meet() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let agents = |lane: &str| json(&ask(&server, "GET /v1/agents?per_page=100", &[lane], ""))["data"].clone();
    let agent = |name: &str| {
        format!(
            r#"{{"name":"{name}","voice_platform":"vapi","voice_id":"v1","language":"en",
            "system_prompt":"You answer the telephone politely and briefly."}}"#
        )
    };
    let there = agents(&key("untouched")).as_array().unwrap().len();
    thread::scope(|scope| {
        for worker in 0..8 {
            let (server, agents, agent) = (&server, &agents, &agent);
            scope.spawn(move || {
                for n in (worker..200).step_by(8) {
                    let (lane, own) = (key(&format!("caller-{n}")), format!("Agent {n}"));
                    let create = |name: &str| tell(server, "POST /v1/agents", &[&lane], &agent(name)).status;
                    // A name that is taken in one lane alone.
                    assert_eq!([create(&own), create("The Same"), create("The Same")], [201, 201, 409], "{n}");
                    let renamed = format!(r#"{{"name":"Renamed by {n}"}}"#);
                    assert_eq!(tell(server, "PUT /v1/agents/agent_abc123", &[&lane], &renamed).status, 200);
                    let first = remaining(server, &[&lane]);
                    let body = format!(r#"{{"advance":"{n}s"}}"#);
                    assert_eq!(tell(server, "POST /_mock/clock", &[&lane], &body).status, 200);
                    // From the second minute on the count began anew.
                    let second = remaining(server, &[&lane]);
                    assert!(if n < 60 { second == first - 1 } else { second > first }, "{n}: {first}, {second}");
                    assert_eq!(agents(&lane).as_array().unwrap().len(), there + 2);
                }
            });
        }
    });
    for n in 0..200 {
        let lane = json(&ask(&server, &format!("GET /_mock/lanes/caller-{n}"), &[], ""));
        let now: jiff::Timestamp = lane["now"].as_str().unwrap().parse().unwrap();
        assert_eq!((&lane["requests"], now.as_second()), (&json!(7), 1_736_953_200 + n), "{lane}");
        let found = agents(&key(&format!("caller-{n}")));
        let names: Vec<&str> = found.as_array().unwrap().iter().map(|agent| agent["name"].as_str().unwrap()).collect();
        let own = [format!("Agent {n}"), "The Same".to_owned(), format!("Renamed by {n}")];
        assert!(own.iter().all(|name| names.contains(&name.as_str())), "{n}: {names:?}");
        assert_eq!(names.iter().filter(|name| name.starts_with("Agent ") || name.starts_with("Renamed")).count(), 2);
    }
    assert_eq!(agents(&key("untouched")).as_array().unwrap().len(), there);
    assert_eq!(json(&ask(&server, "GET /_mock/lanes/default", &[], ""))["requests"], 0);
}

#[test]
fn lanes_are_made_copied_reset_and_dropped() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let made = tell(&server, "POST /_mock/lanes", &[], r#"{"name":"a","seed":7}"#);
    assert_eq!((made.status, made.header("Location")), (201, Some("/_mock/lanes/a")));
    assert_eq!(json(&made)["seed"], 7);
    tell(&server, "POST /_mock/clock", &["X-Mock-Lane: a"], r#"{"advance":"1h"}"#);
    for n in 0..96 {
        let copied = tell(&server, "POST /_mock/lanes/a/fork", &[], &format!(r#"{{"name":"copy-{n}"}}"#));
        assert_eq!(copied.status, 201, "{}", copied.text());
    }
    assert_eq!(tell(&server, "POST /_mock/lanes", &[], r#"{"name":"b","from":"copy-95"}"#).status, 201);
    let shown = |name: &str| json(&ask(&server, &format!("GET /_mock/lanes/{name}"), &[], ""));
    for name in ["copy-0", "copy-95", "b"] {
        assert_eq!((&shown(name)["now"], &shown(name)["seed"]), (&json!("2025-01-15T16:00:00Z"), &json!(7)));
    }
    let reset = tell(&server, "POST /_mock/lanes/a/reset", &[], "");
    assert_eq!((reset.status, &json(&reset)["now"]), (200, &json!("2025-01-15T15:00:00Z")));
    assert_eq!(shown("b")["now"], "2025-01-15T16:00:00Z");
    tell(&server, "POST /_mock/clock", &[], r#"{"advance":"1h"}"#);
    assert_eq!(json(&tell(&server, "POST /_mock/lanes/default/reset", &[], "{}"))["now"], "2025-01-15T15:00:00Z");
    assert_eq!(ask(&server, "DELETE /_mock/lanes/b", &[], "").status, 204);
    for (line, body, status) in [
        ("GET /_mock/lanes/b", "", 404),
        ("DELETE /_mock/lanes/b", "", 404),
        ("DELETE /_mock/lanes/default", "", 409),
        ("POST /_mock/lanes", r#"{"name":"a"}"#, 409),
        ("POST /_mock/lanes", r#"{"name":"default"}"#, 409),
        ("POST /_mock/lanes", r#"{"name":"c","from":"b"}"#, 404),
        ("POST /_mock/lanes", r#"{"name":"c","from":"a","seed":1}"#, 400),
        ("POST /_mock/lanes", r#"{"name":"c","seed":-1}"#, 400),
        ("POST /_mock/lanes", r#"{"name":"../c"}"#, 400),
        ("POST /_mock/lanes", "", 400),
        ("POST /_mock/lanes/a/fork", "{}", 400),
        ("POST /_mock/lanes/b/fork", r#"{"name":"c"}"#, 404),
        ("POST /_mock/lanes/b/reset", "", 404),
        ("POST /_mock/lanes/a/reset", r#"{"really":true}"#, 400),
    ] {
        let answer = tell(&server, line, &[], body);
        assert_eq!(answer.status, status, "{line} {body}: {}", answer.text());
    }
}

#[test]
fn requests_are_named_by_their_lane_and_its_seed() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let id = |lane: &str| {
        ask(&server, "GET /v1/conversations", &[&key(lane)], "").header("X-Request-Id").unwrap().to_owned()
    };
    let first = [id("a"), id("b"), id("a")];
    assert_ne!(first[0], first[1]);
    tell(&server, "POST /_mock/lanes/a/reset", &[], "");
    assert_eq!([id("a"), id("a")], [first[0].clone(), first[2].clone()], "a reset lane begins anew");
}

/// Both at once, again and again, and each answer whole.
#[test]
fn lanes_are_reset_copied_and_listed_by_many_at_once() {
    let server = Server::start(["--max-lanes", "40", "--now", "2025-01-15T15:00:00Z"]);
    thread::scope(|scope| {
        for worker in 0..8 {
            let server = &server;
            scope.spawn(move || {
                for round in 0..20 {
                    assert_eq!(tell(server, "POST /_mock/lanes/default/reset", &[], "").status, 200);
                    let own = format!(r#"{{"name":"own-{worker}"}}"#);
                    assert_eq!(tell(server, "POST /_mock/lanes/default/fork", &[], &own).status, 201, "{round}");
                    let shared = tell(server, "POST /_mock/lanes", &[], r#"{"name":"shared"}"#).status;
                    assert!(matches!(shared, 201 | 409), "{shared}");
                    assert!(matches!(ask(server, "DELETE /_mock/lanes/shared", &[], "").status, 204 | 404));
                    tell(server, "POST /_mock/clock", &[], r#"{"advance":"1s"}"#);
                    let lanes = json(&ask(server, "GET /_mock/lanes", &[], ""));
                    assert_eq!(lanes["lanes"][0]["name"], "default");
                    assert_eq!(ask(server, &format!("DELETE /_mock/lanes/own-{worker}"), &[], "").status, 204);
                }
            });
        }
    });
}

/// A thousand lanes, each of them with a request in it.
#[cfg(target_os = "linux")]
#[test]
fn a_lane_costs_less_than_20_kilobytes() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z", "--arrivals", "12/h"]);
    let open = |names: std::ops::Range<usize>| {
        for n in names {
            let answer = ask(&server, "GET /v1/agents?per_page=1", &[&key(&n.to_string())], "");
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    };
    // What the server itself needs for its first requests is no lane's.
    open(0..100);
    let before = server.resident_bytes();
    open(100..1_000);
    let each = server.resident_bytes().saturating_sub(before) / 900;
    assert!(each < 20_000, "{each} bytes");
}
