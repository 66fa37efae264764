# The curl lines of the API's docs, and HTTP/2 on the same port.
set -euo pipefail
key='Authorization: Bearer sk_live_abc123xyz789'

# Asks, and expects a status and a text in the body.
expect() {
    local status=$1 text=$2 answer
    shift 2
    answer=$(curl --silent --show-error --max-time 20 --write-out '\n%{http_code}' "$@")
    if [ "${answer##*$'\n'}" != "$status" ] || ! grep -qF -- "$text" <<<"$answer"; then
        printf 'expected %s and %s from curl %s, got\n%s\n' "$status" "$text" "$*" "$answer" >&2
        exit 1
    fi
}

expect 200 conv_abc123xyz789 "$API_URL/v1/conversations" -H "$key"
expect 200 '"links"' "$API_URL/v1/conversations?agent_id=agent_abc123&start_date=2025-01-01T00:00:00Z&end_date=2025-01-31T23:59:59Z" -H "$key"
expect 200 '"data"' "$API_URL/v1/conversations?search=refund&status=completed" -H "$key"
expect 200 '"data"' "$API_URL/v1/conversations?sentiment=negative&has_transcript=true" -H "$key"
expect 200 '"data"' "$API_URL/v1/conversations?limit=50&offset=100" -H "$key"
expect 200 '"sentiment_score"' "$API_URL/v1/conversations/conv_abc123xyz789" -H "$key"
expect 200 '"id"' "$API_URL/v1/conversations/conv_abc123xyz789?include_transcript=false" -H "$key"
expect 200 'agent_abc123xyz789' -X PUT "$API_URL/v1/agents/agent_abc123xyz789" -H "$key" \
    -H 'Content-Type: application/json' \
    -d '{"system_prompt": "You are a helpful and friendly customer support agent.", "metadata": {"version": "2.0"}}'
expect 200 '"voice_platform"' "$API_URL/v1/agents?status=active&voice_platform=vapi&sort_by=name&sort_order=asc" -H "$key"
expect 409 '"active_calls"' -X DELETE "$API_URL/v1/agents/agent_abc123xyz789" -H "$key"
expect 204 '' -X DELETE "$API_URL/v1/agents/agent_k4v8mq27tzp1" -H "Authorization: Bearer sk_test_curl"
expect 201 '"contact_' -X POST "$API_URL/v1/contacts" -H "$key" -H 'Content-Type: application/json' \
    -d '{"name": "Jane Smith", "email": "jane@example.com", "phone": "+15555551234"}'

# HTTP/2 without a word before, where curl was built with it.
if curl --version | grep -q HTTP2; then
    expect 200 conv_abc123xyz789 --http2-prior-knowledge "$API_URL/v1/conversations" -H "$key"
    expect 401 missing_api_key --http2-prior-knowledge "$API_URL/v1/conversations"
fi
