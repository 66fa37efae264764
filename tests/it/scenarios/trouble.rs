//! Trouble of the server, and of what stands before it.

use super::table::library;
use super::wire::{End, look};

library! {
    server_error_500: [
        "GET /v1/conversations/conv_abc123xyz789" => "500 internal_error",
        "GET /v1/conversations/conv_q4n8vz15tke7" => "500 internal_error",
        "GET /v1/conversations/conv_abc123xyz789" => "500 internal_error",
        "GET /v1/conversations/conv_abc123xyz789" => "200; /data/duration: 323",
    ],
    server_error_forever_500: by |client| {
        for target in ["conversations", "agents", "contacts", "workflows"].iter().cycle().take(20) {
            client.expect(&format!("GET /v1/{target}"), "500 internal_error");
        }
    },
    bad_gateway_502: [
        "GET /v1/conversations" => "502; Content-Type: text/html; \"502 Bad Gateway\"",
        "GET /v1/agents" => "502; \"502 Bad Gateway\"",
        "GET /v1/agents" => "502",
        "GET /v1/agents" => "200; Content-Type: application/json",
    ],
    unavailable_503: [
        "GET /v1/conversations" => "503 service_unavailable; Retry-After: 1",
        "GET /v1/conversations" => "503 service_unavailable; Retry-After: 1",
        "GET /v1/conversations" => "200",
    ],
    gateway_timeout_504: by |client| {
        let create = "POST /v1/contacts | Idempotency-Key: one | {\"name\":\"Greta Late\"}";
        client.expect(create, "504; \"504 Gateway Time-out\"; after 1000ms");
        client.expect(create, "201; Idempotent-Replayed: true");
        client.expect("GET /v1/contacts?search=Greta%20Late", "200; 1 rows");
    },
    created_but_500: by |client| {
        let create = "POST /v1/contacts | Idempotency-Key: one | {\"name\":\"Greta Lost\"}";
        client.expect(create, "500 internal_error");
        client.expect(create, "201; Idempotent-Replayed: true");
        client.expect("GET /v1/contacts?search=Greta%20Lost", "200; 1 rows");
        // Without a key there are two.
        client.expect("POST /v1/contacts | {\"name\":\"Greta Lost\"}", "201");
        client.expect("GET /v1/contacts?search=Greta%20Lost", "200; 2 rows");
    },
    created_but_lost: by |client| {
        let body = r#"{"name":"Greta Gone"}"#;
        let wire = look(client.server, &client.raw("POST /v1/contacts", &["Idempotency-Key: one"], body));
        assert_eq!((wire.end, wire.bytes.len()), (End::Closed, 0), "{wire:?}");
        let create = "POST /v1/contacts | Idempotency-Key: one | {\"name\":\"Greta Gone\"}";
        client.expect(create, "201; Idempotent-Replayed: true");
        client.expect("GET /v1/contacts?search=Greta%20Gone", "200; 1 rows");
    },
}
