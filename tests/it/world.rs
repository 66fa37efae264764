//! The world at the documented moment: what the public docs show is what is answered, field by field, and what the docs
//! leave open holds together.

use serde_json::{Value, json};

use crate::support::http::{Answer, exchange};
use crate::support::rust::project;
use crate::support::server::Server;

const MOMENT: &str = "--now=2025-01-15T15:00:00Z";

fn start() -> Server {
    Server::start([MOMENT, "--check-answers"])
}

/// Asks in a lane, with these headers and this body.
fn send(server: &Server, lane: &str, request: &str, headers: &str, body: &str) -> Answer {
    let length = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    };
    let host = if request.contains(" /_mock/") { "localhost" } else { "docs.example" };
    let request = format!(
        "{request} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer sk_live_abc123xyz789\r\n\
         X-Mock-Lane: {lane}\r\n{headers}{length}\r\n{body}"
    );
    exchange(server, request.as_bytes()).unwrap()
}

fn get(server: &Server, target: &str) -> Value {
    let answer = send(server, "default", &format!("GET {target}"), "", "");
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    json_of(&answer)
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// An example of the contract by file and pointer.
fn example(file: &str, pointer: &str) -> Value {
    let text = std::fs::read_to_string(project().join("schemas").join(file)).unwrap();
    let value: Value = serde_saphyr::from_str(&text).unwrap();
    value.pointer(pointer).unwrap_or_else(|| panic!("{file}{pointer}")).clone()
}

/// Every member of the documented value is in the answer's, and says the same.
#[track_caller]
fn shows(documented: &Value, answered: &Value, place: &str) {
    match (documented, answered) {
        (Value::Object(members), Value::Object(_)) => {
            for (name, value) in members {
                shows(value, &answered[name], &format!("{place}/{name}"));
            }
        }
        (Value::Array(items), Value::Array(found)) => {
            assert_eq!(items.len(), found.len(), "{place}");
            items.iter().zip(found).enumerate().for_each(|(n, (a, b))| shows(a, b, &format!("{place}/{n}")));
        }
        _ => assert_eq!(documented, answered, "{place}"),
    }
}

#[test]
fn the_documented_list_is_the_first_page() {
    let server = start();
    let mut documented = example(
        "paths/conversations.yaml",
        "/collection/get/responses/200/content/application~1json/examples/documented/value",
    );
    let mut answered = get(&server, "/v1/conversations");
    assert_eq!(answered["data"].as_array().unwrap().len(), 25);
    shows(&documented["data"][0], &answered["data"][0], "/data/0");
    let id = documented["meta"]["request_id"].take();
    assert_ne!(answered["meta"]["request_id"].take(), id);
    assert_eq!(answered["meta"], documented["meta"]);
    let links = documented["links"].to_string().replace("https://api.ayra.ai", "http://docs.example");
    assert_eq!(answered["links"], serde_json::from_str::<Value>(&links).unwrap());
}

#[test]
fn the_documented_conversation_is_told_as_documented() {
    let server = start();
    let mut documented = example("examples/conversation.yaml", "/details/value/data");
    let answered = get(&server, "/v1/conversations/conv_abc123xyz789");
    let url = answered["data"]["recording"]["url"].as_str().unwrap();
    assert!(url.starts_with("http://docs.example/recordings/conv_abc123xyz789.mp3?"), "{url}");
    documented["recording"]["url"] = url.into();
    shows(&documented, &answered["data"], "");
    let transcript = get(&server, "/v1/conversations/conv_abc123xyz789/transcript");
    assert_eq!(transcript["data"], example("examples/conversation.yaml", "/json/value/data"));
    for (part, there) in [("transcript", false), ("recording", true), ("analytics", true)] {
        let target = "/v1/conversations/conv_abc123xyz789?include_transcript=false&include_recording=True";
        assert_eq!(get(&server, target)["data"].get(part).is_some(), there, "{part}");
    }
    for form in ["text", "srt", "vtt"] {
        let target = format!("GET /v1/conversations/conv_abc123xyz789/transcript?format={form}");
        let answer = send(&server, "default", &target, "", "");
        assert_eq!(answer.text(), example("examples/conversation.yaml", &format!("/{form}/value")).as_str().unwrap());
        let ending = if form == "text" { "txt" } else { form };
        let disposition = format!("inline; filename=\"conv_abc123xyz789.{ending}\"");
        assert_eq!(answer.header("content-disposition"), Some(&*disposition));
    }
}

#[test]
fn the_documented_update_turns_the_agent_into_the_documented_one() {
    let server = start();
    let content = "content/application~1json/examples/documented/value";
    let body = example("paths/agents.yaml", &format!("/one/put/requestBody/{content}"));
    let documented = example("paths/agents.yaml", &format!("/one/put/responses/200/{content}/data"));
    let before = get(&server, "/v1/agents/agent_abc123xyz789")["data"].clone();
    assert_eq!(before["metadata"], json!({ "client_id": "client_789", "department": "support", "version": "1.0" }));
    assert_ne!(before["system_prompt"], body["system_prompt"]);
    assert_eq!(before["created_at"], documented["created_at"]);

    let updated = send(&server, "default", "PUT /v1/agents/agent_abc123xyz789", "", &body.to_string());
    let mut updated = json_of(&updated)["data"].clone();
    assert_eq!(get(&server, "/v1/agents/agent_abc123xyz789")["data"], updated);
    assert_eq!(updated["updated_at"], "2025-01-15T15:00:00Z", "the docs update 38 minutes before they list");
    updated["updated_at"] = documented["updated_at"].clone();
    // The docs cut the prompt short in their answer.
    let prompt = documented["system_prompt"].as_str().unwrap().trim_end_matches('.');
    assert!(updated["system_prompt"].as_str().unwrap().starts_with(prompt));
    updated["system_prompt"] = documented["system_prompt"].clone();
    assert_eq!(updated, documented);
    let rows = get(&server, "/v1/agents?search=customer+support")["data"].clone();
    assert!(rows.as_array().unwrap().iter().any(|row| row["metadata"] == documented["metadata"]));
}

#[test]
fn the_documented_refusals_are_those_of_the_world() {
    let server = start();
    for (request, body, place) in [
        ("GET /v1/conversations/conv_nobody000000", "", "openapi.yaml/components/examples/conversation_not_found"),
        ("GET /v1/agents/agent_invalid123", "", "openapi.yaml/components/examples/agent_not_found"),
        ("PUT /v1/agents/agent_invalid123", "{}", "openapi.yaml/components/examples/agent_not_found"),
        (
            "POST /v1/agents",
            r#"{"name":"Customer Support Agent","voice_platform":"vapi"}"#,
            "openapi.yaml/components/examples/agent_name_taken",
        ),
        (
            "DELETE /v1/agents/agent_abc123xyz789",
            "",
            "paths/agents.yaml/one/delete/responses/409/content/application~1json/examples/agent_has_active_calls",
        ),
    ] {
        let (file, pointer) = place.split_once(".yaml").unwrap();
        let answer = send(&server, "default", request, "", body);
        assert_eq!(json_of(&answer), example(&format!("{file}.yaml"), &format!("{pointer}/value")), "{request}");
    }
    let trigger = send(&server, "default", "POST /v1/workflows/workflow_o3w5vd29hrk8/executions", "", "{}");
    assert_eq!((trigger.status, &json_of(&trigger)["error"]["code"]), (409, &json!("workflow_inactive")));
}

#[test]
fn calls_end_as_time_goes_by_and_the_list_follows_within_a_minute() {
    let server = start();
    let running = |cache: &str| {
        let answer = send(&server, "later", "GET /v1/conversations?status=in_progress", cache, "");
        json_of(&answer)["meta"]["total"].as_u64().unwrap()
    };
    let advance = |by: &str| {
        let answer = send(&server, "later", "POST /_mock/clock", "", &format!("{{\"advance\":\"{by}\"}}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    let before = running("");
    assert_eq!(before, 3);
    let agent = "DELETE /v1/agents/agent_abc123xyz789";
    assert_eq!(send(&server, "later", agent, "", "").status, 409);
    // Until all three have ended.
    let mut last = before;
    for _ in 0..120 {
        advance("59s");
        let (now, cached) = (running("X-Mock-Cache: off\r\n"), running(""));
        assert!(now <= cached && cached <= last, "{now} {cached} {last}");
        last = cached;
    }
    advance("60s");
    assert_eq!((running("X-Mock-Cache: off\r\n"), running("")), (0, 0));
    assert_eq!(send(&server, "later", agent, "", "").status, 204);
    let list = json_of(&send(&server, "later", "GET /v1/conversations?agent_id=agent_abc123xyz789", "", ""));
    assert!(list["meta"]["total"].as_u64().unwrap() >= 2, "what it talked about stays");
    assert_eq!(list["data"][0]["agent_name"], "Customer Support Agent");
    assert_eq!(get(&server, "/v1/conversations?status=in_progress")["meta"]["total"], 3, "another lane, another time");
}

#[test]
fn an_execution_goes_on_by_itself() {
    let server = start();
    let path = "/v1/workflows/workflow_abc123/executions";
    let started = send(&server, "run", &format!("POST {path}"), "", r#"{"input":{"order_number":"44719"}}"#);
    assert_eq!((started.status, &json_of(&started)["data"]["status"]), (202, &json!("queued")));
    let place = started.header("location").unwrap().strip_prefix("http://docs.example").unwrap().to_owned();
    let state = || json_of(&send(&server, "run", &format!("GET {place}"), "", ""))["data"].clone();
    let results = || send(&server, "run", &format!("GET {place}/results"), "", "");
    assert_eq!((results().status, &json_of(&results())["error"]["code"]), (409, &json!("execution_not_finished")));
    let advance = |by: &str| send(&server, "run", "POST /_mock/clock", "", &format!("{{\"advance\":\"{by}\"}}"));
    advance("2s");
    assert_eq!(state()["status"], "running");
    advance("30s");
    let ended = state();
    assert!(["completed", "failed"].contains(&ended["status"].as_str().unwrap()), "{ended}");
    assert!(ended["started_at"].as_str() < ended["finished_at"].as_str(), "{ended}");
    let output = json_of(&results())["data"]["output"].clone();
    assert_eq!(output == json!({}), ended["status"] == "failed", "{output}");
    let elsewhere = place.replace("workflow_abc123", "workflow_n7d3ka90vtw2");
    assert_eq!(send(&server, "run", &format!("GET {elsewhere}"), "", "").status, 404);
}

#[test]
fn what_a_client_has_is_not_sent_again_until_it_changes() {
    let server = start();
    for target in [
        "/v1/conversations",
        "/v1/conversations/conv_abc123xyz789",
        "/v1/conversations/conv_abc123xyz789/transcript?format=vtt",
        "/v1/agents",
        "/v1/analytics/volume",
    ] {
        let request = format!("GET {target}");
        let first = send(&server, "tags", &request, "", "");
        let tag = first.header("etag").unwrap().to_owned();
        let known = format!("If-None-Match: \"other\", {tag}\r\n");
        let again = send(&server, "tags", &request, &known, "");
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(&*tag)), "{target}");
        assert_eq!(send(&server, "tags", &request, "If-None-Match: \"other\"\r\n", "").status, 200);
    }
    let list = send(&server, "tags", "GET /v1/agents", "", "");
    let known = format!("If-None-Match: {}\r\n", list.header("etag").unwrap());
    assert_eq!(send(&server, "tags", "POST /v1/agents/agent_w0c5tj31ape7/enable", "", "").status, 200);
    assert_eq!(send(&server, "tags", "GET /v1/agents", &known, "").status, 200);
}

#[test]
fn links_lead_to_where_the_client_asked_and_keep_what_it_asked_for() {
    let server = start();
    let target = "/v1/conversations?status=completed&per_page=100&search=refund&sort_by=duration&sort_order=asc";
    let (mut seen, mut next) = (Vec::new(), Some(target.to_owned()));
    while let Some(target) = next {
        let page = get(&server, &target);
        seen.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        assert!(page["data"].as_array().unwrap().iter().all(|row| row["status"] == "completed"));
        next = page["links"]["next"].as_str().map(|link| link.strip_prefix("http://docs.example").unwrap().to_owned());
        assert_eq!(page["links"]["first"], format!("http://docs.example{}&page=1", target_of(&target)));
    }
    let total = get(&server, target)["meta"]["total"].as_u64().unwrap() as usize;
    assert_eq!(seen.len(), total);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), total, "no call comes twice");
}

/// Without its page.
fn target_of(target: &str) -> String {
    let (target, page) = target.rsplit_once('&').unwrap();
    if page.starts_with("page=") { target.to_owned() } else { format!("{target}&{page}") }
}
