use serde_json::json;

use super::{ask, json, remaining, tell};
use crate::support::server::Server;

const FROZEN: [&str; 2] = ["--now", "2025-01-15T15:00:00Z"];

#[test]
fn a_clock_is_read_frozen_moved_and_runs_again() {
    let server = Server::start(FROZEN);
    let lane = ["X-Mock-Lane: a"];
    let set = |body: &str| json(&tell(&server, "POST /_mock/clock", &lane, body));
    let frozen = json!({ "lane": "a", "now": "2025-01-15T15:00:00Z", "frozen": true, "speed": 1.0 });
    assert_eq!(json(&ask(&server, "GET /_mock/clock", &lane, "")), frozen);
    let moved = set(r#"{"advance":"1h30m"}"#);
    assert_eq!(
        (&moved["now"], &moved["fired"], &moved["more"]),
        (&json!("2025-01-15T16:30:00Z"), &json!([]), &json!(0))
    );
    assert_eq!(set(r#"{"advance":"2d"}"#)["now"], "2025-01-17T16:30:00Z");
    assert_eq!(set(r#"{"advance_to":"2025-02-01T00:00:00+01:00"}"#)["now"], "2025-01-31T23:00:00Z");
    let running = set(r#"{"resume":true,"speed":1000}"#);
    assert_eq!((&running["frozen"], &running["speed"]), (&json!(false), &json!(1000.0)));
    while json(&ask(&server, "GET /_mock/clock", &lane, ""))["now"].as_str().unwrap() < "2025-01-31T23:00:01Z" {}
    assert_eq!(set(r#"{"freeze":true}"#)["frozen"], true);
    let other = json(&ask(&server, "GET /_mock/clock", &["X-Mock-Lane: b"], ""));
    assert_eq!(other["now"], "2025-01-15T15:00:00Z", "another lane's time is its own");
}

#[test]
fn a_wish_that_can_not_be_met_changes_nothing() {
    let server = Server::start(FROZEN);
    let refused = [
        (r#"{"advance":"-1h"}"#, 409, "no clock goes back"),
        (r#"{"advance_to":"2025-01-15T14:59:59Z"}"#, 409, "2025-01-15T15:00:00Z already"),
        (r#"{"advance":"1x"}"#, 400, "advance: expected a duration such as 90s, 1h30m or 2d"),
        (r#"{"advance":"90000000000h"}"#, 400, "advance"),
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
fn a_clock_starts_where_and_as_fast_as_it_is_told() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z", "--speed", "100000"]);
    let now = || json(&ask(&server, "GET /_mock/clock", &[], ""))["now"].as_str().unwrap().to_owned();
    let first = now();
    assert!(first.as_str() >= "2025-01-15T15:00:00Z", "{first}");
    while now().as_str() < "2025-01-15T16:00:00Z" {}
    let fresh = json(&tell(&server, "POST /_mock/lanes", &[], r#"{"name":"fresh","now":"2030-06-01T00:00:00Z"}"#));
    assert_eq!((&fresh["now"], &fresh["frozen"]), (&json!("2030-06-01T00:00:00Z"), &json!(true)));
}
