//! What changes while a client works: agents, calls, runs.

use super::table::library;

library! {
    agent_busy_409: [
        "DELETE /v1/agents/agent_k4v8mq27tzp1" => "409 agent_has_active_calls; /error/active_calls: 2",
        "DELETE /v1/agents/agent_k4v8mq27tzp1" => "409 agent_has_active_calls; /error/active_calls: 1",
        "DELETE /v1/agents/agent_k4v8mq27tzp1" => "204",
        "GET /v1/agents/agent_k4v8mq27tzp1" => "404 agent_not_found",
    ],
    agent_name_taken_409: [
        "POST /v1/agents | {\"name\":\"Night shift\",\"voice_platform\":\"vapi\"}" =>
            "409 agent_name_taken; /error/field: \"name\"",
        "GET /v1/agents?search=Night%20shift" => "200; 0 rows",
        "PUT /v1/agents/agent_abc123 | {\"status\":\"paused\"}" => "200",
    ],
    run_never_ends: by |client| {
        let run = client.ask("POST /v1/workflows/workflow_abc123/executions | {}").answer;
        assert_eq!(run.status, 202, "{}", run.text());
        let run = run.json()["data"]["id"].as_str().expect("an id").to_owned();
        let path = format!("/v1/workflows/workflow_abc123/executions/{run}");
        for _ in 0..3 {
            client.advance("1h");
            client.expect(&format!("GET {path}"), "200; /data/status: \"running\"; /data/finished_at: null");
            client.expect(&format!("GET {path}/results"), "409 execution_not_finished");
        }
    },
    agent_deleted_meanwhile: by |client| {
        let agent = client.ids("/v1/agents").remove(0);
        client.expect(&format!("GET /v1/agents/{agent}"), &format!("404 agent_not_found; /error/agent_id: \"{agent}\""));
        assert!(!client.ids("/v1/agents").contains(&agent), "it is gone from the list too");
    },
    call_ends_midway: [
        "GET /v1/conversations/conv_q4n8vz15tke7" => "200; /data/status: \"in_progress\"",
        "GET /v1/conversations/conv_q4n8vz15tke7" => "200; /data/status: \"in_progress\"",
        "GET /v1/conversations/conv_q4n8vz15tke7" => "200; /data/status: \"completed\"; /data/end_time: \"2025-01-15T15:00:00Z\"",
        "GET /v1/conversations/conv_q4n8vz15tke7" => "200; /data/status: \"completed\"",
    ],
}
