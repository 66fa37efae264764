//! Late answers. A machine that is busy makes them later, so only the least time is held against them.

use std::time::Duration;

use serde_json::json;

use super::table::{Client, library};
use crate::support::server::Server;

library! {
    slow_fixed: [
        "GET /v1/conversations" => "200; after 1500ms",
        "GET /v1/agents" => "200; after 1500ms",
    ],
    slow_spread: by |client| {
        let mut took: Vec<Duration> = (0..40).map(|_| client.ask("GET /v1/agents").took).collect();
        took.sort();
        assert!(took[0] < took[39] / 3, "they differ widely: {took:?}");
        assert!(took[30] > Duration::from_millis(80), "a quarter is above the median: {took:?}");
    },
    slow_growing: [
        "GET /v1/conversations" => "200; after 50ms",
        "GET /v1/conversations" => "200; after 100ms",
        "GET /v1/conversations" => "200; after 200ms",
        "GET /v1/conversations" => "200; after 400ms",
    ],
    slow_steps: [
        "GET /v1/conversations" => "200; after 100ms",
        "GET /v1/conversations?page=2" => "200; after 300ms",
        "GET /v1/conversations?page=3" => "200; after 500ms",
    ],
    answer_held: by |client| {
        let other = client.other(super::table::KEY);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| client.read("/v1/conversations/conv_abc123xyz789"));
            // It is let go as soon as it is there to be let go.
            let wish = json!({ "hold": "details", "count": 1 });
            while other.tell("/_mock/scenarios/answer-held/release", &wish)["released"] != json!(1) {
                assert!(!waiting.is_finished(), "the answer did not wait");
            }
            assert_eq!(waiting.join().expect("an answer")["data"]["duration"], json!(323));
        });
    },
    slow_accept: by |_client| {
        let server = Server::start(["--scenario=slow-accept"]);
        let mut first = Client::new(&server, "default");
        first.expect("GET /v1/agents", "200; after 2000ms");
        // A connection that is kept has been accepted.
        assert!(first.ask("GET /v1/agents").took < Duration::from_secs(2));
        Client::new(&server, "other").expect("GET /v1/agents", "200; after 2000ms");
    },
}
