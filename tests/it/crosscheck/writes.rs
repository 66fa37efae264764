//! Changes, each of them held against what is read right after it.

use serde_json::{Value, json};

use super::Seen;
use super::past::Past;
use super::rows::Agent;
use super::scene::{Scene, id};
use crate::support::http::Answer;

/// Changes something everywhere. Rounds have names of their own.
pub fn some(scene: &Scene, past: &mut Past, seen: &Seen, round: usize) {
    let made = create_agent(scene, round);
    let busy = scene.dice.borrow_mut().pick(&seen.calls).text("agent_id").unwrap().to_owned();
    if let Some(Agent(agent)) = seen.agents.iter().find(|Agent(agent)| id(agent) == busy) {
        rename_agent(scene, past, agent, round);
    }
    let Agent(rests) = scene.dice.borrow_mut().pick(&seen.agents);
    pause_agent(scene, past, id(rests));
    let Agent(leaves) = scene.dice.borrow_mut().pick(&seen.agents);
    delete_agent(scene, past, seen, id(leaves));
    if round % 2 == 1 {
        delete_agent(scene, past, seen, &made);
    }
    contacts(scene, past, round);
    workflows(scene, past, round);
}

fn create_agent(scene: &Scene, round: usize) -> String {
    let body =
        json!({ "name": format!("Night shift {round}"), "voice_platform": "vapi", "metadata": { "shift": "night" } });
    let key = [("Idempotency-Key", format!("agent-{round}"))];
    let key = key.each_ref().map(|(name, value)| (*name, value.as_str()));
    let request = format!("POST /v1/agents {body}");
    let made = scene.caller.send("POST", "/v1/agents", &key, Some(&body));
    assert_eq!(made.status, 201, "{request}: {}", made.text());
    let agent = &made.json()["data"];
    for field in ["name", "voice_platform", "metadata"] {
        scene.agree(&request, field, &body[field], &agent[field]);
    }
    scene.agree(&request, "a new agent takes calls", "active", agent["status"].as_str().unwrap());
    let path = format!("/v1/agents/{}", id(agent));
    read_back(scene, &path, agent);
    let again = scene.caller.send("POST", "/v1/agents", &key, Some(&body));
    scene.agree(
        &request,
        "the same key makes the same agent",
        (201, agent.clone()),
        (again.status, again.json()["data"].take()),
    );
    let other = json!({ "name": format!("Day shift {round}"), "voice_platform": "vapi" });
    let other = scene.caller.send("POST", "/v1/agents", &key, Some(&other));
    scene.agree(&request, "the same key with another body", 422, other.status);
    refused(scene, &request, "a name that is taken", 409, "agent_name_taken", &scene.caller.post("/v1/agents", &body));
    id(agent).to_owned()
}

fn rename_agent(scene: &Scene, past: &mut Past, agent: &Value, round: usize) {
    let path = format!("/v1/agents/{}", id(agent));
    let record = agent["recording_enabled"] == true;
    let body = json!({
        "name": format!("{} {round}", agent["name"].as_str().unwrap()),
        "welcome_message": format!("Hello, this is round {round}. How can I help?"),
        "recording_enabled": !record,
        "metadata": { "round": round.to_string() },
    });
    let request = format!("PUT {path} {body}");
    let answer = scene.caller.put(&path, &body);
    assert_eq!(answer.status, 200, "{request}: {}", answer.text());
    let mut expected = agent.clone();
    for (field, value) in body.as_object().unwrap() {
        match field.as_str() {
            "metadata" => expected["metadata"]["round"] = value["round"].clone(),
            _ => expected[field] = value.clone(),
        }
    }
    expected["updated_at"] = scene.now.to_string().into();
    scene.agree(&request, "what was sent, and nothing else", &expected, &answer.json()["data"]);
    past.see([&expected], scene.now);
    read_back(scene, &path, &expected);
    let bad = json!({ "name": "Good", "language": "klingon" });
    refused(scene, &path, "a made-up language", 400, "invalid_parameter", &scene.caller.put(&path, &bad));
    read_back(scene, &path, &expected);
}

fn pause_agent(scene: &Scene, past: &mut Past, agent: &str) {
    let path = format!("/v1/agents/{agent}");
    let answer = scene.caller.send("POST", &format!("{path}/disable"), &[], None);
    assert_eq!(answer.status, 200, "POST {path}/disable: {}", answer.text());
    scene.agree(&path, "it rests", "paused", scene.caller.read(&path)["data"]["status"].as_str().unwrap());
    past.resting.entry(agent.to_owned()).or_insert(scene.now);
}

fn delete_agent(scene: &Scene, past: &mut Past, seen: &Seen, agent: &str) {
    let path = format!("/v1/agents/{agent}");
    let request = format!("DELETE {path}");
    let active =
        seen.calls.iter().filter(|call| call.is("in_progress") && call.text("agent_id") == Some(agent)).count();
    let answer = scene.caller.delete(&path);
    if active > 0 {
        refused(scene, &request, "an agent in a call", 409, "agent_has_active_calls", &answer);
        return scene.agree(
            &request,
            "its calls",
            active as u64,
            answer.json()["error"]["active_calls"].as_u64().unwrap_or(0),
        );
    }
    scene.agree(&request, "an agent without calls can go", (204, 0), (answer.status, answer.body.len()));
    refused(scene, &request, "again", 404, "agent_not_found", &scene.caller.delete(&path));
    past.resting.entry(agent.to_owned()).or_insert(scene.now);
    past.gone.push(path);
}

fn contacts(scene: &Scene, past: &mut Past, round: usize) {
    let body =
        json!({ "name": format!("Zoë Åkesson {round}"), "phone": format!("+1555010{round:04}"), "tags": ["new"] });
    let request = format!("POST /v1/contacts {body}");
    let answer = scene.caller.post("/v1/contacts", &body);
    assert_eq!(answer.status, 201, "{request}: {}", answer.text());
    let short = answer.json();
    let path = format!("/v1/contacts/{}", id(&short));
    let mut expected = scene.caller.read(&path);
    for field in ["name", "phone", "tags"] {
        scene.agree(&request, field, &body[field], &expected[field]);
    }
    for (field, value) in short.as_object().unwrap() {
        scene.agree(&request, field, value, &expected[field]);
    }
    expected["company"] = "Åkesson & Co".into();
    let changed = scene.caller.put(&path, &json!({ "company": "Åkesson & Co" }));
    let tagged = scene.caller.post(&format!("{path}/tags"), &json!({ "tags": ["vip", "new", "a/b ü"] }));
    let less = scene.caller.delete(&format!("{path}/tags/new"));
    scene.agree(&path, "changed, tagged, a tag taken", [200, 200, 204], [changed.status, tagged.status, less.status]);
    expected["tags"] = json!(["vip", "a/b ü"]);
    if expected.get("updated_at").is_some() {
        expected["updated_at"] = scene.now.to_string().into();
    }
    scene.agree(&path, "all three changes", &expected, &scene.caller.read(&path));
    let bad = scene.caller.put(&path, &json!({ "company": "Good", "phone": "555" }));
    scene.agree(&path, "a bad number", 400, bad.status);
    scene.agree(&path, "a refused change changes nothing", &expected, &scene.caller.read(&path));
    if round.is_multiple_of(2) {
        let answers = [scene.caller.delete(&path).status, scene.caller.delete(&path).status];
        scene.agree(&path, "deleted once", [204, 404], answers);
        past.gone.push(path);
    }
}

fn workflows(scene: &Scene, past: &mut Past, round: usize) {
    let path = "/v1/workflows/workflow_abc123/executions";
    let body = json!({ "input": { "order_number": format!("4471{round}") } });
    let answer = scene.caller.post(path, &body);
    assert_eq!(answer.status, 202, "POST {path} {body}: {}", answer.text());
    let run = &answer.json()["data"];
    scene.agree(path, "the input", &body["input"], &run["input"]);
    scene.agree(path, "it waits", "queued", run["status"].as_str().unwrap());
    past.runs.push(format!("{path}/{}", id(run)));
    let inactive = "/v1/workflows/workflow_o3w5vd29hrk8/executions";
    refused(scene, inactive, "it rests", 409, "workflow_inactive", &scene.caller.post(inactive, &json!({})));
    let strict = "/v1/workflows/workflow_y2h8sr54bmf6/executions";
    let before = scene.list(strict, &[], 100).len();
    let lacking = scene.caller.post(strict, &json!({ "input": { "name": "Ann" } }));
    refused(scene, strict, "an input that the workflow does not take", 400, "missing_field", &lacking);
    scene.agree(strict, "a refused start starts nothing", before, scene.list(strict, &[], 100).len());
}

fn read_back(scene: &Scene, path: &str, expected: &Value) {
    scene.agree(path, "what was written is read", expected, &scene.caller.read(path)["data"]);
}

fn refused(scene: &Scene, request: &str, what: &str, status: u16, code: &str, answer: &Answer) {
    let found = if answer.body.is_empty() { String::new() } else { answer.code() };
    scene.agree(request, what, (status, code.to_owned()), (answer.status, found));
}
