use serde_json::{Value, json};

use super::{ask, json, tell};
use crate::support::server::Server;

const FLAGS: [&str; 6] = ["--now", "2025-01-15T15:00:00Z", "--arrivals", "30/h", "--conversations", "100"];

const AGENT_NAME: &str = "/records/collections/agents/added/0/record/shown/name";
const AGENT_ID: &str = "/records/collections/agents/added/0/record/shown/id";

const AGENT: &str = r#"{"name":"Night Desk","voice_platform":"vapi","voice_id":"v1","language":"en",
    "system_prompt":"You answer the telephone at night, politely and briefly."}"#;

fn key(lane: &str) -> String {
    format!("Authorization: Bearer sk_test_{lane}")
}

/// Everything that a lane shows, but for what is the request's own.
fn shown(server: &Server, lane: &str) -> Value {
    let rows = |path: &str| {
        let answer = json(&ask(server, &format!("GET /v1/{path}?per_page=100"), &[&key(lane)], ""));
        assert!(answer["data"].is_array(), "{answer}");
        json!([answer["data"], answer["meta"]["total"]])
    };
    let clock = json(&ask(server, "GET /_mock/clock", &[&key(lane)], ""));
    json!([rows("conversations"), rows("agents"), rows("contacts"), clock["now"], clock["frozen"], clock["speed"]])
}

fn put(server: &Server, lane: &str, document: &str) -> (u16, String) {
    let answer = tell(server, &format!("PUT /_mock/lanes/{lane}/snapshot"), &[], document);
    (answer.status, answer.text())
}

/// A lane in which several things have happened, and its document.
fn lived_in(server: &Server) -> String {
    let own = key("a");
    let set = |line: &str, body: &str| {
        let answer = tell(server, line, &[&own], body);
        assert!(answer.status < 300, "{line}: {}", answer.text());
    };
    set("POST /v1/agents", AGENT);
    set("PUT /v1/agents/agent_abc123", r#"{"name":"Renamed"}"#);
    set("POST /_mock/clock", r#"{"advance":"2h"}"#);
    set("DELETE /v1/contacts/contact_abc123", "");
    set("POST /v1/workflows/workflow_abc123/executions", r#"{"input":{"customer_id":"c1","date":"2025-01-15"}}"#);
    set("POST /_mock/clock", r#"{"advance":"1s"}"#);
    let document = ask(server, "GET /_mock/lanes/a/snapshot", &[], "");
    assert_eq!(document.status, 200);
    document.text()
}

#[test]
fn a_lane_comes_back_as_it_was_and_goes_on_as_it_would_have() {
    let server = Server::start(FLAGS);
    let document = lived_in(&server);
    let before = shown(&server, "a");
    assert_eq!(put(&server, "b", &document).0, 201);
    assert_eq!(shown(&server, "b"), before);
    let elsewhere = Server::start(FLAGS);
    let another_time = Server::start(["--seed", "7"]);
    for other in [&elsewhere, &another_time] {
        assert_eq!(put(other, "c", &document).0, 201);
        assert_eq!(shown(other, "c"), before);
        assert_ne!(shown(other, "d"), before);
    }
    let go_on = |server: &Server, lane: &str| {
        let moved = json(&tell(server, "POST /_mock/clock", &[&key(lane)], r#"{"advance":"1h"}"#));
        let fired: Vec<Value> = moved["fired"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| json!([event["at"], event["what"], event["id"]]))
            .collect();
        json!([fired, shown(server, lane)])
    };
    let after = go_on(&server, "a");
    assert!(after[0].as_array().unwrap().iter().any(|event| event[1] == "executions.changed"), "{}", after[0]);
    assert_eq!(go_on(&server, "b"), after);
    assert_eq!(go_on(&elsewhere, "c"), after);
    assert_eq!(go_on(&another_time, "c"), after);
    // And back to where it was, in its own place.
    assert_eq!(put(&server, "a", &document).0, 200);
    assert_eq!(shown(&server, "a"), before);
}

#[test]
fn a_document_that_does_not_fit_is_refused_and_leaves_the_lane_alone() {
    let server = Server::start(FLAGS);
    let document: Value = serde_json::from_str(&lived_in(&server)).unwrap();
    let before = shown(&server, "a");
    let changed = |place: &str, value: Value| {
        let mut document = document.clone();
        *document.pointer_mut(place).unwrap_or_else(|| panic!("nothing at {place}")) = value;
        document.to_string()
    };
    let refused = [
        ("not JSON".to_owned(), 400, "no JSON"),
        ("[]".to_owned(), 422, "no version"),
        (changed("/version", json!(2)), 422, "version 2"),
        (changed("/contract/title", json!("Pets")), 422, "another contract, Pets"),
        (changed("/world/anchor", json!("once")), 422, "world.anchor: expected a time"),
        (changed("/clock/now", json!("9999-12-31T00:00:00Z")), 422, "clock.now: out of range"),
        (changed("/world/calls", json!(100_000_000)), 422, "world.calls is more"),
        (changed("/world/seed", json!(-1)), 422, "invalid value"),
        (changed("/clock/now", json!("2000-01-01T00:00:00Z")), 422, "before world.anchor"),
        (changed("/clock/speed", json!(0)), 422, "clock.speed"),
        (changed("/records/collections", json!({ "pets": { "changed": {}, "added": [], "next": 0 } })), 422, "records"),
        (changed("/growth", json!(null)), 422, "growth"),
        (changed("/changes", json!(u64::MAX)), 422, "changes and made are whole numbers up to"),
        (changed("/made", json!(u64::MAX)), 422, "changes and made are whole numbers up to"),
        (changed("/growth/arrived", json!(u64::MAX)), 422, "growth"),
        (changed("/growth/rate", json!(1e300)), 422, "growth: rate"),
        (changed("/records/collections/agents/next", json!(u64::MAX)), 422, "agents"),
        (changed(AGENT_NAME, json!(5)), 422, "added[0]: /name: expected a string"),
        (changed(AGENT_ID, json!("agent_\n\u{0}")), 422, "added[0]: /id: expected"),
        (changed(AGENT_ID, json!("../../agent")), 422, "added[0]: /id: expected"),
        (changed("/records/collections/agents/changed/agent_abc123/shown/id", json!("agent_x")), 422, "has another id"),
        (changed("/records/due/0/set", json!({ "id": "exec_other" })), 422, "no change gives a record another id"),
        (document.to_string().split_at(5_000).0.to_owned(), 400, "no JSON"),
        ("[".repeat(100_000), 400, "recursion limit"),
        (format!("[{}0]", "0,".repeat(3_000_000)), 413, "more than 3000000 values"),
        (changed("/growth/calls/0/agent", json!(1_000_000)), 422, "growth"),
    ];
    for (document, status, said) in refused {
        let (found, text) = put(&server, "a", &document);
        assert_eq!(found, status, "{text}");
        assert!(text.contains(said), "{said:?} is missing in {text}");
    }
    assert_eq!(shown(&server, "a"), before);
    // What people write into it is good as long as the records keep their schemas.
    assert_eq!(put(&server, "a", &changed(AGENT_NAME, json!("Edited By Hand"))).0, 200);
    assert!(shown(&server, "a")[1].to_string().contains("Edited By Hand"));
    let large = format!("Content-Length: {}", (64 << 20) + 1);
    assert_eq!(tell(&server, "PUT /_mock/lanes/a/snapshot", &[&large], "").status, 413);
    for name in ["..%2f..%2fetc", "%2e%2e", "a%00b", "a%0ab"] {
        assert_eq!(put(&server, name, &document.to_string()).0, 400, "{name}");
    }
    assert_eq!(put(&server, "no~name", &document.to_string()).0, 400);
    assert_eq!(ask(&server, "GET /_mock/lanes/nobody/snapshot", &[], "").status, 404);
}

#[test]
fn answers_kept_for_idempotency_keys_go_with_a_copy_and_not_with_a_document() {
    let server = Server::start(FLAGS);
    let make = |lane: &str| {
        let own = ["Idempotency-Key: once", "X-Mock-Lane: ", "Authorization: Bearer sk_live_abc123xyz789"];
        let lane = format!("{}{lane}", own[1]);
        let answer = tell(&server, "POST /v1/contacts", &[own[0], &lane, own[2]], r#"{"name":"Twin"}"#);
        assert_eq!(answer.status, 201, "{}", answer.text());
        (json(&answer)["id"].clone(), answer.header("Idempotent-Replayed").is_some())
    };
    let first = make("a").0;
    assert_eq!(make("a"), (first.clone(), true));
    assert_eq!(tell(&server, "POST /_mock/lanes/a/fork", &[], r#"{"name":"copy"}"#).status, 201);
    assert_eq!(make("copy"), (first.clone(), true));
    let document = ask(&server, "GET /_mock/lanes/a/snapshot", &[], "").text();
    assert!(!document.contains("once") && !document.contains("sk_live"), "no key gets into a file");
    assert_eq!(put(&server, "back", &document).0, 201);
    let (again, replayed) = make("back");
    assert!(again != first && !replayed);
}

/// A lane may hold more than a document may: whoever puts it away learns it then, and not when it is to come back.
#[test]
fn a_lane_that_could_not_come_back_is_not_put_away() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z", "--max-body", "32MiB"]);
    let own = key("a");
    // A control character takes one byte in the lane and six in the document.
    let note = "\\u0001".repeat(4 << 20);
    let run = format!(r#"{{"input":{{"customer_id":"c1","date":"2025-01-15","note":"{note}"}}}}"#);
    for _ in 0..3 {
        let put_away = ask(&server, "GET /_mock/lanes/default/snapshot", &[], "");
        assert_eq!(put_away.status, 200);
        let started = tell(&server, "POST /v1/workflows/workflow_abc123/executions", &[&own], &run);
        assert_eq!(started.status, 202);
    }
    let refused = ask(&server, "GET /_mock/lanes/a/snapshot", &[], "");
    assert_eq!(refused.status, 507, "{} bytes", refused.body.len());
    assert!(refused.text().contains("more than 64 MiB or 3000000 values"), "{}", refused.text());
}

/// Every value of a document in turn is something else: it may fit or not, and the server goes on.
#[test]
fn no_document_brings_the_server_down() {
    let server = Server::start(FLAGS);
    let document: Value = serde_json::from_str(&lived_in(&server)).unwrap();
    let mut places = Vec::new();
    each_place(&document, String::new(), &mut places);
    let odd = [
        json!(null),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!(""),
        json!("é\u{0}"),
        json!([[]]),
        json!({ "": 1 }),
    ];
    // Not all of them: some hundred, evenly.
    let step = (places.len() / 80).max(1);
    let counters = ["/changes", "/made", "/growth/rate", "/growth/arrived", "/growth/next"];
    for (n, place) in places.iter().enumerate() {
        let values = match counters.contains(&place.as_str()) {
            true => odd.iter().collect(),
            false if n % step == 0 || n < 20 => vec![&odd[n % odd.len()], &odd[(n + 3) % odd.len()]],
            false => continue,
        };
        for value in values {
            let mut document = document.clone();
            *document.pointer_mut(place).unwrap() = value.clone();
            let (status, text) = put(&server, "hostile", &document.to_string());
            assert!(matches!(status, 200 | 201 | 400 | 422), "{place} {value}: {status} {text}");
            if status < 300 {
                let answer = ask(&server, "GET /v1/conversations?per_page=5", &[&key("hostile")], "");
                assert!(answer.status < 500, "{place} {value}: {}", answer.text());
                let moved = tell(&server, "POST /_mock/clock", &[&key("hostile")], r#"{"advance":"1h"}"#);
                assert!(moved.status < 500, "{place} {value}: {}", moved.text());
            }
        }
    }
    assert!(!server.output().contains("panicked"), "{}", server.output());
}

fn each_place(value: &Value, place: String, places: &mut Vec<String>) {
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| each_place(member, format!("{place}/{}", escaped(name)), places));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| each_place(item, format!("{place}/{n}"), places));
        }
        _ => {}
    }
    places.push(place);
}
