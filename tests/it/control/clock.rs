use serde_json::json;

use super::{KEY, ask, json, remaining, tell};
use crate::support::server::Server;

const FROZEN: [&str; 2] = ["--now", "2025-01-15T15:00:00Z"];

#[test]
fn a_clock_is_read_frozen_moved_and_runs_again() {
    let server = Server::start(FROZEN);
    let lane = ["X-Mock-Lane: a"];
    let set = |body: &str| json(&tell(&server, "POST /_mock/clock", &lane, body));
    let frozen = json!({ "lane": "a", "now": "2025-01-15T15:00:00Z", "frozen": true, "speed": 1.0 });
    assert_eq!(json(&ask(&server, "GET /_mock/clock", &lane, "")), frozen);
    assert_eq!(set(r#"{"advance":"1h30m"}"#)["now"], "2025-01-15T16:30:00Z");
    assert_eq!(set(r#"{"advance":"2d"}"#)["now"], "2025-01-17T16:30:00Z");
    assert_eq!(set(r#"{"advance_to":"2025-02-01T00:00:00+01:00"}"#)["now"], "2025-01-31T23:00:00Z");
    let running = set(r#"{"resume":true,"speed":1000}"#);
    assert_eq!((&running["frozen"], &running["speed"]), (&json!(false), &json!(1000.0)));
    while json(&ask(&server, "GET /_mock/clock", &lane, ""))["now"].as_str().unwrap() < "2025-01-31T23:00:01Z" {}
    assert_eq!(set(r#"{"freeze":true}"#)["frozen"], true);
    let other = json(&ask(&server, "GET /_mock/clock", &["X-Mock-Lane: b"], ""));
    assert_eq!(other["now"], "2025-01-15T15:00:00Z", "another lane's time is its own");
}

/// What a clock tells to have happened is what the API shows from then on, and nothing before.
#[test]
fn what_falls_due_happens_in_order_and_is_told_once() {
    let server = Server::start(FROZEN);
    let key = ["Authorization: Bearer sk_test_a"];
    let set = |body: &str| json(&tell(&server, "POST /_mock/clock", &key, body));
    let status =
        |id: &str| json(&ask(&server, &format!("GET /v1/conversations/{id}"), &key, ""))["data"]["status"].clone();
    let mut told = Vec::new();
    for _ in 0..4 {
        let running =
            json(&ask(&server, "GET /v1/conversations?status=in_progress", &key, ""))["meta"]["total"].clone();
        let moved = set(r#"{"advance_to":"next"}"#);
        let fired = moved["fired"].as_array().unwrap();
        assert!(!fired.is_empty() && fired.iter().all(|event| event["at"] == moved["now"]), "{moved}");
        for event in fired.iter().filter(|event| event["what"] == "conversations.ended") {
            assert_eq!(status(event["id"].as_str().unwrap()), "completed", "{event}");
            assert_ne!(running, 0);
        }
        told.extend(fired.iter().cloned());
    }
    let rest = set(r#"{"advance":"3h"}"#)["fired"].as_array().unwrap().clone();
    assert!(!rest.is_empty() && rest.iter().all(|event| !told.contains(event)), "{rest:?}");
    told.extend(rest);
    assert!(told.is_sorted_by_key(|event| event["at"].as_str().unwrap().to_owned()), "{told:?}");
    assert_eq!(told.iter().filter(|event| event["what"] == "conversations.ended").count(), 3);
    assert_eq!(set(r#"{"advance":"3h"}"#)["fired"], json!([]));
    assert_eq!(tell(&server, "POST /_mock/clock", &key, r#"{"advance_to":"next"}"#).status, 409);
    // Another lane does it all again, at once.
    let other = tell(&server, "POST /_mock/clock", &["X-Mock-Lane: b"], r#"{"advance":"6h"}"#);
    let again: Vec<_> = json(&other)["fired"].as_array().unwrap().iter().map(|event| event["what"].clone()).collect();
    assert_eq!(again, told.iter().map(|event| event["what"].clone()).collect::<Vec<_>>());
}

#[test]
fn new_calls_begin_as_time_goes_by() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z", "--arrivals", "12/h", "--conversations", "200"]);
    let key = ["Authorization: Bearer sk_test_a"];
    let total = || json(&ask(&server, "GET /v1/conversations", &key, ""))["meta"]["total"].as_u64().unwrap();
    assert_eq!(total(), 200);
    let moved = json(&tell(&server, "POST /_mock/clock", &key, r#"{"advance":"6h"}"#));
    let began =
        moved["fired"].as_array().unwrap().iter().filter(|event| event["what"] == "conversations.started").count();
    assert!(began > 10, "{moved}");
    assert_eq!(total(), 200 + began as u64);
    let other = ["Authorization: Bearer sk_test_b"];
    assert_eq!(json(&ask(&server, "GET /v1/conversations", &other, ""))["meta"]["total"], 200);
}

/// Lists are told as of the last minute, in all that they say: whatever else is told as of then agrees.
#[test]
fn a_list_that_lies_behind_shows_no_call_of_the_time_since() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z", "--arrivals", "3600/h", "--conversations", "100"]);
    let key = format!("Authorization: Bearer {KEY}");
    let totals = |headers: &[&str]| {
        let total = |target: &str| {
            let answer = json(&ask(&server, &format!("GET /v1/{target}"), headers, ""));
            answer["meta"]["total"].as_u64().or(answer["data"]["total"].as_u64()).unwrap()
        };
        let ascending = "conversations?sort_by=start_time&sort_order=asc";
        ["conversations", "conversations?status=in_progress", ascending, "analytics/volume"].map(total)
    };
    tell(&server, "POST /_mock/clock", &[], r#"{"advance":"10m"}"#);
    let before = totals(&[&key]);
    assert!(before[0] > 300 && before[1] > 10 && before[0] == before[2], "{before:?}");
    tell(&server, "POST /_mock/clock", &[], r#"{"advance":"59s"}"#);
    assert_eq!(totals(&[&key]), before);
    assert!(totals(&[&key, "X-Mock-Cache: off"])[0] > before[0] + 20);
    tell(&server, "POST /_mock/clock", &[], r#"{"advance":"1s"}"#);
    assert!(totals(&[&key])[0] > before[0] + 20);
}

#[test]
fn what_is_told_has_a_measure() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z", "--arrivals", "600/h"]);
    let moved = json(&tell(&server, "POST /_mock/clock", &[], r#"{"advance":"12h"}"#));
    assert_eq!(moved["fired"].as_array().unwrap().len(), 1_000);
    assert!(moved["more"].as_u64().unwrap() > 1_000, "{}", moved["more"]);
}

#[test]
fn a_lane_that_is_full_of_arrivals_says_so_and_goes_on() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z", "--arrivals", "100000/h", "--conversations", "100"]);
    let next = || tell(&server, "POST /_mock/clock", &[], r#"{"advance_to":"next"}"#);
    assert_eq!(next().status, 200);
    for _ in 0..2 {
        tell(&server, "POST /_mock/clock", &[], r#"{"advance":"2d"}"#);
    }
    let quiet = next();
    assert_eq!(quiet.status, 409);
    assert!(quiet.text().contains("100000 calls have arrived"), "{}", quiet.text());
    let told = server.output_with("100000 calls have arrived");
    assert_eq!(told.matches("the default lane is full").count(), 1, "{told}");
    let calls = json(&ask(&server, "GET /v1/conversations", &[&format!("Authorization: Bearer {KEY}")], ""));
    assert_eq!(calls["meta"]["total"], 100_100);
    tell(&server, "POST /_mock/lanes/default/reset", &[], "");
    assert_eq!(next().status, 200, "it begins anew");

    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    tell(&server, "POST /_mock/clock", &[], r#"{"advance":"2d"}"#);
    let quiet = tell(&server, "POST /_mock/clock", &[], r#"{"advance_to":"next"}"#);
    assert_eq!(quiet.status, 409);
    assert!(quiet.text().contains("nothing is planned (--arrivals"), "{}", quiet.text());
}

#[test]
fn a_wish_that_can_not_be_met_changes_nothing() {
    let server = Server::start(FROZEN);
    let refused = [
        (r#"{"advance":"-1h"}"#, 409, "no clock goes back"),
        (r#"{"advance_to":"2025-01-15T14:59:59Z"}"#, 409, "2025-01-15T15:00:00Z already"),
        (r#"{"advance":"1x"}"#, 400, "advance: expected a duration such as 90s, 1h30m or 2d"),
        (r#"{"advance":"90000000000h"}"#, 400, "advance"),
        (
            r#"{"advance":"70000000h"}"#,
            400,
            "advance: out of range, expected a time from 1971-01-01T00:00:00Z to 9998-",
        ),
        (r#"{"advance_to":"9999-12-31T00:00:00Z"}"#, 400, "advance_to: out of range, expected a time from 1971-"),
        (r#"{"advance_to":"-000001-01-01T00:00:00Z"}"#, 400, "advance_to: out of range"),
        (r#"{"advance_to":"tomorrow"}"#, 400, "advance_to: expected a time"),
        (r#"{"resume":true,"speed":0}"#, 400, "speed: expected a number above 0"),
        (r#"{"speed":2}"#, 400, "speed goes with"),
        (r#"{"freeze":false}"#, 400, "freeze: expected true"),
        (r#"{"freeze":true,"advance":"1h"}"#, 400, "exactly one of"),
        (r#"{"freez":true}"#, 400, "did you mean \\\"freeze\\\"?"),
        ("{}", 400, "exactly one of"),
        ("[]", 400, "an object is expected"),
        ("{", 400, "no JSON"),
    ];
    for (body, status, said) in refused {
        let answer = tell(&server, "POST /_mock/clock", &[], body);
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert!(answer.text().contains(said), "{body}: {}", answer.text());
    }
    let clock = json(&ask(&server, "GET /_mock/clock", &[], ""));
    assert_eq!((&clock["now"], &clock["frozen"]), (&json!("2025-01-15T15:00:00Z"), &json!(true)));
}

#[test]
fn a_lane_begins_where_a_clock_can_stand() {
    let server = Server::start(FROZEN);
    for (now, said) in [
        (
            "9999-01-01T00:00:00Z",
            "now: out of range, expected a time from 1971-01-01T00:00:00Z to 9998-12-31T23:59:59Z",
        ),
        ("10000-01-01T00:00:00Z", "now: out of range"),
        ("1970-01-01T00:00:00Z", "now: out of range"),
        ("soon", "now: expected a time such as"),
    ] {
        let refused = tell(&server, "POST /_mock/lanes", &[], &format!(r#"{{"name":"far","now":"{now}"}}"#));
        assert_eq!(refused.status, 400, "{now}");
        assert!(refused.text().contains(said), "{}", refused.text());
    }
    // At both ends of time the API answers as ever.
    for (name, now) in [("first", "1971-01-01T00:00:00Z"), ("last", "9998-12-31T23:59:59Z")] {
        let made = tell(&server, "POST /_mock/lanes", &[], &format!(r#"{{"name":"{name}","now":"{now}"}}"#));
        assert_eq!(made.status, 201, "{}", made.text());
        let own = format!("Authorization: Bearer sk_test_{name}");
        for target in ["conversations?per_page=100", "conversations/conv_abc123xyz789", "agents", "analytics/volume"] {
            let answer = ask(&server, &format!("GET /v1/{target}"), &[&own], "");
            assert!(matches!(answer.status, 200 | 404), "{now} {target}: {}", answer.text());
        }
        remaining(&server, &[&own]);
    }
    assert!(!server.output().contains("a fault of ours"), "{}", server.output());
}

#[test]
fn rate_windows_and_keys_go_by_the_lane_and_its_clock() {
    let server = Server::start(["--now", "2024-12-31T23:00:00Z"]);
    let (lane, free) = (["X-Mock-Lane: a"], "Authorization: Bearer sk_live_free00000000");
    assert_eq!([remaining(&server, &[lane[0], free]), remaining(&server, &[lane[0], free])], [99, 98]);
    assert_eq!(remaining(&server, &["X-Mock-Lane: b", free]), 99);
    tell(&server, "POST /_mock/clock", &lane, r#"{"advance":"1m"}"#);
    assert_eq!(remaining(&server, &[lane[0], free]), 99, "another minute has begun");
    let old = "Authorization: Bearer sk_live_expired00000";
    assert_eq!(ask(&server, "GET /v1/conversations", &[lane[0], old], "").status, 200);
    tell(&server, "POST /_mock/clock", &lane, r#"{"advance":"1h"}"#);
    assert_eq!(ask(&server, "GET /v1/conversations", &[lane[0], old], "").status, 401);
    assert_eq!(ask(&server, "GET /v1/conversations", &["X-Mock-Lane: b", old], "").status, 200);
}

#[test]
fn a_rate_window_ends_when_the_clock_is_moved_and_not_before() {
    let server = Server::start(FROZEN);
    let free = ["Authorization: Bearer sk_live_free00000000"];
    for _ in 0..100 {
        remaining(&server, &free);
    }
    let refused = ask(&server, "GET /v1/conversations", &free, "");
    assert_eq!(refused.status, 429);
    let wait: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
    let moved = |seconds: u64| {
        tell(&server, "POST /_mock/clock", &[], &format!(r#"{{"advance":"{seconds}s"}}"#));
        ask(&server, "GET /v1/conversations", &free, "").status
    };
    assert_eq!([moved(wait - 1), moved(1)], [429, 200]);
}

#[test]
fn a_clock_starts_where_and_as_fast_as_it_is_told() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z", "--speed", "100000"]);
    let now = || json(&ask(&server, "GET /_mock/clock", &[], ""))["now"].as_str().unwrap().to_owned();
    let first = now();
    assert!(first.as_str() >= "2025-01-15T15:00:00Z", "{first}");
    while now().as_str() < "2025-01-15T16:00:00Z" {}
    let fresh = json(&tell(&server, "POST /_mock/lanes", &[], r#"{"name":"fresh","now":"2030-06-01T00:00:00Z"}"#));
    assert_eq!((&fresh["now"], &fresh["frozen"]), (&json!("2030-06-01T00:00:00Z"), &json!(true)));

    // A lane of another speed begins when all others do.
    let server = Server::start(FROZEN);
    let fast = json(&tell(&server, "POST /_mock/lanes", &[], r#"{"name":"fast","speed":60}"#));
    assert_eq!((&fast["frozen"], &fast["speed"]), (&json!(false), &json!(60.0)));
    assert!(fast["now"].as_str().unwrap().starts_with("2025-01-15T"), "{fast}");
}
