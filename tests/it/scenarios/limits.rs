//! Rate limits, with all ways to tell how long to wait.

use jiff::fmt::rfc2822;

use super::table::library;
use crate::support::http::Answer;

library! {
    rate_limited_twice: [
        "GET /v1/conversations" =>
            "429 rate_limit_exceeded; Retry-After: 1; /error/retry_after: 1; X-RateLimit-Limit: 100; X-RateLimit-Remaining: 0",
        "GET /v1/conversations" => "429 rate_limit_exceeded; Retry-After: 1",
        "GET /v1/conversations" => "200; 25 rows; Retry-After: <absent>",
        "GET /v1/conversations" => "200",
    ],
    rate_limited_date: by |client| {
        assert_eq!(date_after(&client.ask("GET /v1/conversations").answer), 2);
        client.expect("GET /v1/conversations", "200");
    },
    rate_limited_silently: [
        "GET /v1/conversations" => "429; Retry-After: <absent>",
        "GET /v1/conversations" => "429; Retry-After: <absent>",
        "GET /v1/conversations" => "429; Retry-After: <absent>",
        "GET /v1/conversations" => "200",
    ],
    rate_limited_export: [
        "GET /v1/conversations" => "200; /meta/timestamp: \"2025-01-15T15:00:00Z\"",
        "GET /v1/conversations?page=2" => "200",
        "GET /v1/conversations?page=3" => "429; Retry-After: 2",
        "GET /v1/conversations?page=3" => "429; Retry-After: 2",
        "GET /v1/conversations?page=3" => "200; /meta/page: 3",
        "GET /v1/conversations/conv_abc123xyz789" => "200; /data/recording/expires_at: \"2025-01-15T14:00:00Z\"",
        "GET {recording}" => "403 recording_url_expired",
    ],
    rate_limit_exact: by |client| {
        for left in (0..10).rev() {
            client.expect("GET /v1/conversations", &format!("200; X-RateLimit-Limit: 10; X-RateLimit-Remaining: {left}"));
        }
        client.expect("GET /v1/conversations/conv_abc123xyz789", "429; X-RateLimit-Remaining: 0; Retry-After: 6");
        // Another key has a limit of its own.
        client.other("sk_test_other").expect("GET /v1/conversations", "200; X-RateLimit-Remaining: 9");
        client.advance("6s");
        client.expect("GET /v1/conversations", "200");
        client.expect("GET /v1/conversations", "429");
    },
    rate_limit_burst: by |client| {
        for _ in 0..5 {
            client.expect("GET /v1/conversations", "200");
        }
        client.expect("GET /v1/conversations", "429; Retry-After: 1");
        client.advance("2s");
        for wanted in ["200", "200", "429"] {
            client.expect("GET /v1/conversations", wanted);
        }
        client.advance("1h");
        for wanted in ["200", "200", "200", "200", "200", "429"] {
            client.expect("GET /v1/conversations", wanted);
        }
    },
    rate_limit_window: by |client| {
        for target in ["conversations", "agents", "contacts", "conversations", "agents"] {
            client.expect(&format!("GET /v1/{target}"), "200");
        }
        assert_eq!(date_after(&client.ask("GET /v1/contacts").answer), 2);
        client.advance("10s");
        client.expect("GET /v1/contacts", "200");
    },
    rate_limit_free_tier: by |client| {
        for _ in 0..100 {
            client.expect("GET /v1/agents", "200");
        }
        client.expect("GET /v1/conversations", "429; X-RateLimit-Limit: 100; X-RateLimit-Remaining: 0");
    },
    rate_limit_day_used_up: [
        "GET /v1/conversations" => "429 rate_limit_exceeded; Retry-After: 21600; \"10000 requests per day\"",
        "GET /v1/conversations" => "429; Retry-After: 21600",
        "GET /v1/agents" => "200",
    ],
}

/// How many seconds after the moment of the answer its `Retry-After` is.
fn date_after(answer: &Answer) -> i64 {
    assert_eq!(answer.status, 429, "{}", answer.text());
    let moment = |name| rfc2822::parse(answer.header(name).expect("a date")).expect("a date of HTTP").timestamp();
    moment("Retry-After").as_second() - moment("Date").as_second()
}
