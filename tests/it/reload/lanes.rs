//! What clients have done goes on over a reload: records, clocks, windows of rate, what rules have counted. What does not fit
//! any more is told.

use serde_json::json;

use super::*;
use crate::support::rust::project;

const NOTES: &str = "
openapi: 3.1.0
info: { title: Notes, version: '1' }
paths:
  /notes:
    get:
      operationId: listNotes
      responses: { '200': { description: All, content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Note' } } } } } }
    post:
      operationId: addNote
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } }
      responses: { '201': { description: Added, content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } } }
  /notes/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get:
      operationId: showNote
      responses: { '200': { description: One, content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } }, '404': { description: None } }
    patch:
      operationId: changeNote
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '200': { description: Changed, content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } } }
components:
  schemas:
    Note:
      type: object
      properties: { id: { type: string, readOnly: true }, text: { type: string, maxLength: 20 } }
";

const STORY: &str = "
rules:
  - { name: third, when: { operation: listNotes, call: 3 }, headers: { X-Count: three } }
  - { name: other, when: { operation: listNotes, call: 2 }, headers: { X-Count: two } }
";

pub fn notes(texts: &[&str]) -> String {
    let rows = texts.iter().enumerate().map(|(n, text)| format!("  - {{ id: n{n}, text: {text} }}\n"));
    format!("notes:\n{}", rows.collect::<String>())
}

/// Notes of a folder's fixtures, and one scenario.
pub fn start() -> Desk {
    let prepare = |folder: &Path| {
        write(&folder.join("pets.yaml"), NOTES);
        write(&folder.join("d/fixtures/notes.yaml"), &notes(&["a", "b", "c"]));
        write(&folder.join("d/scenarios/story.yaml"), STORY);
    };
    Desk::with(prepare, &["--dir", "d", "--stateful", "--scenario", "story", "--now", "2025-01-15T15:00:00Z"])
}

pub fn lane<'d>(desk: &'d Desk, name: &str) -> Caller<'d> {
    Caller::stranger(&desk.server).with("X-Mock-Lane", name)
}

pub fn texts(caller: &Caller) -> Vec<String> {
    let mut texts: Vec<String> = caller
        .read("/notes")
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["text"].as_str().unwrap().to_owned())
        .collect();
    texts.sort();
    texts
}

#[test]
fn what_a_lane_wrote_is_there_in_the_new_world() {
    let desk = start();
    let (a, b) = (lane(&desk, "a"), lane(&desk, "b"));
    assert_eq!(a.send("PATCH", "/notes/n0", &[], Some(&json!({ "text": "mine" }))).status, 200);
    let made = a.post("/notes", &json!({ "text": "new" }));
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(a.post("/_mock/clock", &json!({ "advance": "1h" })).status, 200);
    assert_eq!(
        (texts(&a), texts(&b)),
        (vec!["b".into(), "c".into(), "mine".into(), "new".to_owned()], vec!["a".into(), "b".into(), "c".to_owned()])
    );

    desk.write("d/fixtures/notes.yaml", &notes(&["a2", "b2", "c", "d"]));
    let status = desk.until_generation(2);
    assert_eq!(status["changed"][0], "fixtures: notes 1 added and 2 changed");
    assert_eq!(status["left_behind"], json!([]));
    let all = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!((texts(&a), texts(&b)), (all(&["b2", "c", "d", "mine", "new"]), all(&["a2", "b2", "c", "d"])));
    assert_eq!(a.read("/_mock/clock")["now"], "2025-01-15T16:00:00Z");
    assert_eq!(b.read("/_mock/clock")["now"], "2025-01-15T15:00:00Z");
}

#[test]
fn what_does_not_fit_any_more_is_told() {
    let desk = start();
    let a = lane(&desk, "a");
    assert_eq!(a.send("PATCH", "/notes/n2", &[], Some(&json!({ "text": "mine" }))).status, 200);
    assert_eq!(a.post("/notes", &json!({ "text": "much too long" })).status, 201);
    desk.write("d/fixtures/notes.yaml", &notes(&["a", "b"]));
    let told = desk.until_generation(2)["left_behind"][0].as_str().unwrap().to_owned();
    assert_eq!(told, "lane a: notes n2: it was changed here, and the fixtures have it no more");
    desk.server.output_with(&told);
    desk.write("pets.yaml", &NOTES.replace("maxLength: 20", "maxLength: 8"));
    let told = desk.until_generation(3)["left_behind"][0].as_str().unwrap().to_owned();
    assert!(told.starts_with("lane a: notes ") && told.ends_with("it does not fit the schema any more"), "{told}");
    assert_eq!(texts(&a), ["a", "b"]);
}

#[test]
fn rules_that_stay_as_they_are_go_on_counting() {
    let desk = start();
    let a = lane(&desk, "a");
    let count = || a.get("/notes").header("X-Count").map(str::to_owned);
    assert_eq!([count(), count()], [None, Some("two".to_owned())]);
    // The third is counted by the one rule from the beginning, by the other from now on.
    desk.write("d/scenarios/story.yaml", &STORY.replace("X-Count: two", "X-Count: second"));
    let status = desk.until_generation(2);
    assert_eq!(status["changed"][0], "scenarios: 1 rule changed in story");
    assert_eq!([count(), count()], [Some("three".to_owned()), Some("second".to_owned())]);
    // A change elsewhere moves nothing.
    desk.write("d/fixtures/notes.yaml", &notes(&["z"]));
    desk.until_generation(3);
    let shown = a.read("/_mock/scenarios/story");
    assert_eq!([&shown["rules"][0]["counted"], &shown["rules"][1]["counted"]], [&json!(4), &json!(2)], "{shown}");
}

#[test]
fn what_changes_beside_the_rules_is_told() {
    let desk = start();
    let more = |vars: &str, clock: &str| format!("vars: {{ who: {vars} }}\nclock: {{ at: {clock} }}\n{STORY}");
    desk.write("d/scenarios/story.yaml", &more("Ann", "2025-03-01T00:00:00Z"));
    desk.until_generation(2);
    desk.write("d/scenarios/story.yaml", &more("Bo", "2025-03-01T00:00:00Z"));
    assert_eq!(desk.until_generation(3)["changed"][0], "scenarios: vars changed in story");
    desk.write("d/scenarios/story.yaml", &more("Bo", "2025-03-02T00:00:00Z"));
    let told = "scenarios: clock changed in story (its clock is taken when it is armed again, or with a restart)";
    assert_eq!(desk.until_generation(4)["changed"][0], told);
}

/// The lane begins with a request of before, whose rest comes after.
#[test]
fn a_lane_that_begins_in_the_midst_of_a_save_plays_what_was_saved() {
    let desk = start();
    let begun = Begun::post(&desk, "/notes", "x");
    desk.write("d/scenarios/story.yaml", "rules: [{ headers: { X-Count: saved } }]\n");
    desk.until_generation(2);
    let answer = begun.end("{}").to_lowercase();
    assert!(answer.contains("x-count: saved"), "{answer}");
    assert_eq!(lane(&desk, "x").get("/notes").header("X-Count"), Some("saved"));
}

/// It reads, and a rule writes for it.
#[test]
fn what_a_rule_does_is_done_to_the_lane_that_goes_on() {
    let desk = start();
    let search = "  /found:
    get:
      operationId: findNotes
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '200': { description: Found, content: { application/json: { example: [] } } } }
components:";
    desk.write("pets.yaml", &NOTES.replace("components:", search));
    desk.until_generation(2);
    let rule =
        "{ when: { operation: findNotes }, world: [{ set: { collection: notes, id: n0, fields: { text: set } } }] }";
    desk.write("d/scenarios/story.yaml", &format!("rules: [{rule}]\n"));
    desk.until_generation(3);
    let begun = Begun::with("GET", &desk, "/found", "x");
    desk.write("d/fixtures/notes.yaml", &notes(&["a", "b"]));
    desk.until_generation(4);
    let answer = begun.end("{}");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(texts(&lane(&desk, "x")), ["b", "set"]);
}

/// In the new contract another operation stands where that of the request stood.
#[test]
fn a_request_of_before_meets_no_rules_about_other_operations() {
    let desk = start();
    let armed = "rules: [{ when: { operation: addNote }, headers: { X-Count: add } }, { when: { operation: listNotes }, headers: { X-Count: list } }]\n";
    desk.write("d/scenarios/story.yaml", armed);
    desk.until_generation(2);
    assert_eq!(lane(&desk, "x").post("/notes", &json!({})).header("X-Count"), Some("add"));
    let begun = Begun::post(&desk, "/notes", "x");
    let before = "paths:\n  /about: { get: { operationId: about, responses: { '200': { description: A } } } }";
    desk.write("pets.yaml", &NOTES.replace("paths:", before));
    desk.until_generation(3);
    let answer = begun.end("{}");
    assert!(answer.starts_with("HTTP/1.1 201") && !answer.to_lowercase().contains("x-count"), "{answer}");
    assert_eq!(lane(&desk, "x").get("/notes").header("X-Count"), Some("list"));
    assert_eq!(lane(&desk, "x").post("/notes", &json!({})).header("X-Count"), Some("add"));
}

fn story(desk: &Desk, text: &str) {
    desk.write("d/scenarios/story.yaml", text);
}

fn armed(lane: &Caller) -> Vec<String> {
    let armed = lane.read("/_mock/scenarios")["armed"].as_array().unwrap().clone();
    armed.iter().map(|scenario| scenario["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_scenario_that_is_renamed_goes_on_under_its_new_name() {
    let desk = start();
    let a = lane(&desk, "a");
    a.get("/notes");
    story(&desk, &format!("name: tale\n{STORY}"));
    let status = desk.until_generation(2);
    assert_eq!(status["left_behind"], json!([]), "{status}");
    assert_eq!((armed(&a), armed(&lane(&desk, "b"))), (vec!["tale".to_owned()], vec!["tale".to_owned()]));
    assert_eq!(a.get("/notes").header("X-Count"), Some("two"));
    story(&desk, STORY);
    desk.until_generation(3);
    assert_eq!(a.get("/notes").header("X-Count"), Some("three"));
}

#[test]
fn a_scenario_whose_file_is_gone_is_disarmed_and_nothing_else_waits_for_it() {
    let desk = start();
    let a = lane(&desk, "a");
    a.get("/notes");
    fs::remove_file(desk.path("d/scenarios/story.yaml")).unwrap();
    let status = desk.until_generation(2);
    assert_eq!(
        status["left_behind"],
        json!([
            "lanes begin without the scenario story, since its file is gone",
            "lane default: the scenario story is disarmed, since its file is gone",
            "lane a: the scenario story is disarmed, since its file is gone"
        ])
    );
    desk.write("d/fixtures/notes.yaml", &notes(&["z"]));
    assert_eq!(desk.until_generation(3)["left_behind"], json!([]));
    assert_eq!((armed(&a), texts(&a)), (vec![], vec!["z".to_owned()]));
    story(&desk, STORY);
    desk.until_generation(4);
    assert_eq!(armed(&lane(&desk, "b")), ["story"], "lanes begin with it again");
}

#[test]
fn a_file_that_was_named_may_go_and_come_back() {
    let prepare = |folder: &Path| {
        write(&folder.join("pets.yaml"), NOTES);
        write(&folder.join("own/tale.yaml"), STORY);
    };
    let desk = Desk::with(prepare, &["--stateful", "--scenario", "own/tale.yaml"]);
    fs::remove_file(desk.path("own/tale.yaml")).unwrap();
    let status = desk.until_generation(2);
    assert!(status["left_behind"][0].as_str().unwrap().contains("own/tale.yaml"), "{status}");
    assert_eq!(armed(&lane(&desk, "a")), Vec::<String>::new());
    desk.write("own/tale.yaml", STORY);
    desk.until_generation(3);
    assert_eq!(armed(&lane(&desk, "b")), ["tale"]);
}

#[test]
fn a_scenario_that_was_sent_stays_whatever_file_has_its_name() {
    let desk = start();
    let a = lane(&desk, "a");
    let sent = json!({ "name": "story", "rules": [{ "headers": { "X-Count": "sent" } }] });
    assert_eq!(a.post("/_mock/scenarios", &sent).status, 201);
    story(&desk, &STORY.replace("two", "zwei"));
    let told = desk.until_generation(2)["changed"].to_string();
    assert!(told.contains("lane a goes on with the story that was sent to it"), "{told}");
    assert_eq!(a.get("/notes").header("X-Count"), Some("sent"));
    fs::remove_file(desk.path("d/scenarios/story.yaml")).unwrap();
    desk.until_generation(3);
    assert_eq!(a.get("/notes").header("X-Count"), Some("sent"));
}

#[test]
fn a_scenario_that_was_sent_is_read_again_when_the_operations_are_others() {
    let desk = start();
    let a = lane(&desk, "a");
    let third = json!({ "when": { "operation": "listNotes", "call": 3 }, "headers": { "X-Sent": "third" } });
    let of_change = json!({ "when": { "operation": "changeNote" }, "reply": "internal" });
    for (name, rule) in [("stays", &third), ("goes", &of_change)] {
        assert_eq!(a.post("/_mock/scenarios", &json!({ "name": name, "rules": [rule] })).status, 201);
    }
    a.get("/notes");
    let other = NOTES.replace("paths:", "paths:\n  /about: { get: { responses: { '200': { description: A } } } }");
    desk.write("pets.yaml", &other.replace("changeNote", "alterNote"));
    let left = desk.until_generation(2)["left_behind"].clone();
    let [only] = &*left.as_array().unwrap().clone() else { panic!("{left}") };
    let why = "lane a: the scenario goes is disarmed, since it does not fit the contract any more: ";
    assert!(only.as_str().is_some_and(|told| told.starts_with(why) && told.contains("changeNote")), "{left}");
    assert_eq!(armed(&a), ["story", "stays"]);
    assert_eq!([0; 2].map(|_| a.get("/notes").header("X-Sent").map(str::to_owned)), [None, Some("third".to_owned())]);
}

#[test]
fn a_key_is_good_from_the_save_on_and_bad_from_the_save_on() {
    let keys = |names: &[&str]| {
        names.iter().fold("keys:\n".to_owned(), |text, name| {
            format!("{text}  - {{ key: {name}, tier: professional, scopes: [\"*\"] }}\n")
        })
    };
    let folder = Folder::new();
    write(&folder.path().join("d/fixtures/keys.yaml"), &keys(&["one", "two"]));
    let mut command = program();
    command.args(["serve", "--no-config", "--dir", "d", "--now", "2025-01-15T15:00:00Z"]).current_dir(folder.path());
    let desk = Desk { folder, server: Server::from(command) };
    desk.until("somebody watches", |status| status["watching"]["how"] == "events");
    let ask = |key: &str| Caller::new(&desk.server, key).get("/v1/agents");
    let left = |answer: &Answer| answer.header("X-RateLimit-Remaining").unwrap().parse::<u32>().unwrap();
    assert_eq!([ask("one"), ask("two"), ask("three")].map(|answer| answer.status), [200, 200, 401]);
    let before = left(&ask("one"));
    desk.write("d/fixtures/keys.yaml", &keys(&["three", "one"]));
    assert_eq!(desk.until_generation(2)["changed"][0], "keys: 1 added, 1 removed");
    assert_eq!([ask("two"), ask("three")].map(|answer| answer.status), [401, 200]);
    assert_eq!(left(&ask("one")), before - 1, "its window goes on");
}

/// The calls are not told anew for a schema, and those that are written out have to keep it all the same.
#[test]
fn calls_stay_as_they_are_and_are_held_against_another_schema() {
    let schema = std::fs::read_to_string(project().join("schemas/conversation-details.yaml")).unwrap();
    let folder = Folder::new();
    write(&folder.path().join("d/schemas/conversation-details.yaml"), &schema);
    let mut command = program();
    command.args(["serve", "--no-config", "--dir", "d", "--now", "2025-01-15T15:00:00Z"]).current_dir(folder.path());
    let desk = Desk { folder, server: Server::from(command) };
    desk.until("somebody watches", |status| status["watching"]["how"] == "events");
    let caller = Caller::by_default(&desk.server);
    let all =
        || ["/v1/conversations", "/v1/conversations/conv_abc123xyz789"].map(|path| caller.read(path)["data"].clone());
    let before = all();
    desk.write("d/schemas/conversation-details.yaml", &schema.replace("maximum: 86400", "maximum: 10"));
    let status = desk.until("it is wrong", |status| status["status"] == "stale");
    assert!(status["error"].to_string().contains("conversations.yaml"), "{status}");
    desk.write("d/schemas/conversation-details.yaml", &schema.replace("maximum: 86400", "maximum: 86401"));
    let status = desk.until_generation(2);
    assert_eq!(status["changed"][1], "fixtures, keys and scenarios unchanged", "{status}");
    assert_eq!(all(), before);
}
