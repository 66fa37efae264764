//! Scenarios under `/_mock/scenarios`: what they hold is let go there.

use std::thread;

use super::{KEY, ask, json, tell};
use crate::support::server::Server;

#[test]
fn an_answer_that_is_held_comes_when_it_is_let_go() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let show = || json(&ask(&server, "GET /_mock/scenarios/answer-held", &[], ""));
    let release = |wish: &str| json(&tell(&server, "POST /_mock/scenarios/answer-held/release", &[], wish));
    assert_eq!(tell(&server, "POST /_mock/scenarios/answer-held/activate", &[], "").status, 200);
    let get = || {
        let key = format!("Authorization: Bearer {KEY}");
        ask(&server, "GET /v1/conversations/conv_abc123xyz789", &[&key], "")
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..3).map(|_| scope.spawn(get)).collect();
        while show()["waiting"][0]["count"] != 3 {
            thread::yield_now();
        }
        assert_eq!(show()["waiting"][0]["hold"], "details");
        assert!(all.iter().all(|one| !one.is_finished()));
        assert_eq!(release(r#"{"hold":"other"}"#)["released"], 0);
        let one = release(r#"{"hold":"details","count":1}"#);
        assert_eq!((&one["released"], &one["waiting"][0]["count"]), (&1.into(), &2.into()));
        assert_eq!(release("")["released"], 2);
        for one in all {
            assert_eq!(one.join().unwrap().status, 200);
        }
    });
    assert_eq!(show()["waiting"].as_array().unwrap().len(), 0);
    let unknown = tell(&server, "POST /_mock/scenarios/answer-held/release", &[], r#"{"hodl":"details"}"#);
    assert!(unknown.status == 400 && unknown.text().contains("did you mean"), "{}", unknown.text());
}

#[test]
fn disarming_lets_go_what_was_held() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    tell(&server, "POST /_mock/scenarios/answer-held/activate", &[], "");
    let waiting = || json(&ask(&server, "GET /_mock/scenarios/answer-held", &[], ""))["waiting"][0]["count"] == 1;
    let key = format!("Authorization: Bearer {KEY}");
    thread::scope(|scope| {
        let held = scope.spawn(|| ask(&server, "GET /v1/conversations/conv_abc123xyz789", &[&key], ""));
        while !waiting() {
            thread::yield_now();
        }
        tell(&server, "POST /_mock/scenarios/answer-held/deactivate", &[], "");
        assert_eq!(held.join().unwrap().status, 200);
    });
}
