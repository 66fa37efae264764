//! The route itself: whose lane, which scenario, what is left out.

use std::time::Duration;

use serde_json::json;

use super::Client;
use crate::support::caller::Caller;
use crate::support::server::Server;

fn start(more: &[&str]) -> Server {
    Server::start(["--now", "2025-01-15T15:00:00Z"].iter().chain(more))
}

#[test]
fn a_lane_has_verdicts_of_its_own() {
    let server = start(&[]);
    let (patient, hasty) =
        (Client::with(&server, "patient", "rate-limited-twice"), Client::with(&server, "hasty", "rate-limited-twice"));
    for client in [&patient, &hasty] {
        assert_eq!(client.status("/v1/conversations"), 429);
    }
    // What a client does that was told to wait. Beside the lane's time, real time counts.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!([patient.status("/v1/conversations"), hasty.status("/v1/conversations")], [429, 429]);
    assert_eq!(hasty.status("/v1/conversations"), 200);
    patient.advance("1s");
    assert_eq!(patient.status("/v1/conversations"), 200);
    assert_eq!((patient.outcome("waited"), patient.outcome("calls")), ("passed".to_owned(), "passed".to_owned()));
    let waited = hasty.verdict("waited");
    assert_eq!(waited["outcome"], "failed");
    assert_eq!(waited["asked_by"]["scenario"], "rate-limited-twice");
    assert!(waited["seen"].as_str().unwrap().starts_with("1 of 2 tries came too soon"), "{waited}");
    let told = hasty.verdicts("");
    assert_eq!((&told["lane"], &told["requests"]), (&json!("hasty"), &json!(3)));
    let by_name = Caller::stranger(&server).read("/_mock/verdicts?lane=hasty");
    assert_eq!(by_name, told);
}

#[test]
fn what_is_asked_for_is_chosen() {
    let server = start(&[]);
    let client = Client::new(&server, "chooser");
    assert_eq!(client.status("/v1/conversations?knid=cat"), 200);
    assert_eq!(client.outcome("known_only"), "failed");
    let without = client.verdicts("?except=known_only,waited");
    let names: Vec<&str> =
        without["verdicts"].as_array().unwrap().iter().map(|verdict| verdict["verdict"].as_str().unwrap()).collect();
    assert!(!names.contains(&"known_only") && !names.contains(&"waited") && names.contains(&"same_key"), "{names:?}");
    assert_eq!((&without["failed"], &without["forgotten"]), (&json!(0), &json!(0)));
    let later = client.verdicts("?after=1");
    assert_eq!((&later["requests"], &later["failed"]), (&json!(0), &json!(0)));
    let story = client.verdicts("?scenario=rate-limited-twice");
    let asked = story["verdicts"].as_array().unwrap().iter().filter(|verdict| !verdict["asked_by"].is_null());
    assert_eq!(asked.map(|verdict| verdict["outcome"].as_str().unwrap()).collect::<Vec<_>>(), ["moot", "failed"]);
}

/// Three tests that look for what is not there are no client that hammers.
#[test]
fn what_is_only_likely_is_a_warning() {
    let server = start(&[]);
    let client = Client::new(&server, "looker");
    let levels = |lookups: usize| {
        for _ in 0..lookups {
            assert_eq!(client.status("/v1/agents/agent_missing00000"), 404);
        }
        let told = client.verdicts("");
        let verdict = client.verdict("no_futile_retry");
        (verdict["outcome"].clone(), verdict["level"].clone(), told["failed"].clone(), told["warned"].clone())
    };
    assert_eq!(levels(2), (json!("moot"), json!("error"), json!(0), json!(0)));
    assert_eq!(levels(1), (json!("failed"), json!("warning"), json!(0), json!(1)));
    // Another representation is another request.
    for accept in ["application/xml", "text/html"] {
        let answer = client.caller.send("GET", "/v1/agents", &[("Accept", accept)], None);
        assert_eq!(answer.status, 406, "{accept}");
    }
    assert_eq!(client.verdict("no_futile_retry")["exchanges"], json!([2, 3]));
}

#[test]
fn what_there_is_not_is_refused() {
    let server = start(&[]);
    let stranger = Caller::stranger(&server);
    for (query, status, word) in [
        ("lane=nobody", 404, "no such lane"),
        ("scenario=rate-limited-twce", 404, "rate-limited-twice"),
        ("except=waitd", 400, "waited"),
        ("except=calls", 400, "holds for every run"),
        ("after=-1", 400, "whole number"),
        ("scnario=a", 400, "scenario"),
    ] {
        let answer = stranger.get(&format!("/_mock/verdicts?{query}"));
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
        assert!(answer.text().contains(word), "{query}: {}", answer.text());
    }
    assert_eq!(stranger.read("/_mock/verdicts")["requests"], 0);
    let guarded = start(&["--admin-token", "a-token-of-eight"]);
    assert_eq!(Caller::stranger(&guarded).get("/_mock/verdicts").status, 401);
}
