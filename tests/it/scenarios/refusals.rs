//! Refusals, as the docs show them.

use super::table::library;

library! {
    date_refused_400: [
        "GET /v1/conversations?start_date=2025-01-01T00:00:00Z" =>
            "400 invalid_date_format; /error/field: \"start_date\"; \"Invalid date format for 'start_date'. Use ISO 8601 format.\"",
        "GET /v1/conversations" => "200",
    ],
    language_refused_400: [
        "PUT /v1/agents/agent_abc123 | {\"language\":\"en\"}" =>
            "400 invalid_parameter; /error/field: \"language\"; \"Invalid language code\"",
        "PUT /v1/agents/agent_abc123 | {\"name\":\"Anna\"}" => "200",
    ],
    phone_refused_400: [
        "POST /v1/contacts | {\"name\":\"Jane\",\"phone\":\"+15555551234\"}" =>
            "400 invalid_request; /error/details: \"Include country code\"; /error/type: <absent>",
        "POST /v1/contacts | {\"name\":\"Jane\",\"email\":\"jane@example.com\"}" => "201",
    ],
    key_rejected_401: [
        "GET /v1/agents" => "401 invalid_api_key; WWW-Authenticate: <any>",
        "GET /v1/conversations/conv_abc123xyz789" => "401 invalid_api_key",
    ],
    key_missing_401: [
        "GET /v1/conversations" => "401 missing_api_key; \"No API key provided\"; WWW-Authenticate: Bearer",
    ],
    forbidden_403: [
        "GET /v1/conversations/conv_abc123xyz789" =>
            "403 insufficient_permissions; \"You don't have permission to access this conversation\"",
        "GET /v1/conversations/conv_abc123xyz789/transcript" => "403 insufficient_permissions",
        "GET /v1/conversations/conv_q4n8vz15tke7" => "200",
    ],
    conversation_gone_404: [
        "GET /v1/conversations" => "200; /data/0/id: \"conv_abc123xyz789\"",
        "GET /v1/conversations/conv_abc123xyz789" => "404 conversation_not_found; \"Conversation not found\"",
    ],
    transcript_not_ready_404: [
        "GET /v1/conversations/conv_abc123xyz789/transcript" => "404 transcript_not_ready",
        "GET /v1/conversations/conv_abc123xyz789/transcript" => "404 transcript_not_ready",
        "GET /v1/conversations/conv_q4n8vz15tke7/transcript" => "404 transcript_not_ready",
        "GET /v1/conversations/conv_abc123xyz789/transcript" => "200; /data/word_count: 156",
    ],
    key_reused_422: [
        "POST /v1/contacts | Idempotency-Key: a | {\"name\":\"Jane\"}" => "422 idempotency_key_reused",
        "POST /v1/contacts | Idempotency-Key: b | {\"name\":\"Jane\"}" => "201",
    ],
    key_revoked_midway: by |client| {
        for _ in 0..6 {
            client.expect("GET /v1/conversations", "200");
        }
        client.expect("GET /v1/conversations", "401 revoked_api_key");
        client.expect("GET /v1/agents", "401 revoked_api_key");
        client.other("sk_test_other").expect("GET /v1/conversations", "200");
    },
}
