//! Scenarios under `/_mock/scenarios`: each lane has its own, they are brought along, and what they hold is let go there.

use std::{fs, thread};

use serde_json::{Value, json as object};

use super::{KEY, ask, json, tell};
use crate::support::command::run;
use crate::support::http::Answer;
use crate::support::server::{Folder, Server, program};

/// The list is limited once.
const ONCE: &str = r#"{ "name": "once", "rules": [{ "when": { "operation": "listConversations", "call": 1 }, "reply": "rate_limited" }] }"#;

fn start(more: &[&str]) -> Server {
    Server::start(["--now", "2025-01-15T15:00:00Z"].iter().chain(more))
}

fn list(server: &Server, lane: &str, more: &[&str]) -> Answer {
    let key = format!("Authorization: Bearer {KEY}");
    ask(server, "GET /v1/conversations", &[&[&*lane_of(lane), &*key], more].concat(), "")
}

fn statuses(server: &Server, lane: &str, count: usize) -> Vec<u16> {
    (0..count).map(|_| list(server, lane, &[]).status).collect()
}

fn lane_of(name: &str) -> String {
    format!("X-Mock-Lane: {name}")
}

/// Tells a lane's scenarios something, which has to succeed.
fn told(server: &Server, lane: &str, path: &str, body: &str) -> Value {
    let answer = tell(server, &format!("POST /_mock/scenarios{path}"), &[&lane_of(lane)], body);
    assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
    json(&answer)
}

/// The names of those that are armed in a lane, in their order.
fn armed(server: &Server, lane: &str) -> Vec<String> {
    let told = json(&ask(server, "GET /_mock/scenarios", &[&lane_of(lane)], ""));
    told["armed"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_are_listed_and_each_is_shown() {
    let server = start(&[]);
    let told = json(&ask(&server, "GET /_mock/scenarios", &[], ""));
    let known = told["scenarios"].as_array().unwrap();
    assert!(known.len() > 50 && told["armed"] == object!([]), "{} known", known.len());
    let one = known.iter().find(|one| one["name"] == "rate-limited-twice").expect("is there");
    let shown = json(&ask(&server, "GET /_mock/scenarios/rate-limited-twice", &[], ""));
    assert_eq!(&shown, one, "what is not armed has nothing more to tell");
    told_of_progress(&server);
    let unknown = ask(&server, "GET /_mock/scenarios/rate-limited-twce", &[], "");
    assert_eq!((unknown.status, &json(&unknown)["did_you_mean"]), (404, &object!("rate-limited-twice")));
}

fn told_of_progress(server: &Server) {
    told(server, "a", "/rate-limited-twice/activate", "");
    assert_eq!(statuses(server, "a", 3), [429, 429, 200]);
    let shown = json(&ask(server, "GET /_mock/scenarios/rate-limited-twice", &[&lane_of("a")], ""));
    let rule = &shown["rules"][0];
    assert_eq!((&rule["counted"], &rule["taken"]), (&object!(3), &object!(2)), "{shown}");
    assert_eq!((&shown["armed"], &shown["state"]), (&object!(true), &object!("start")));
    assert_eq!(shown["since"], "2025-01-15T15:00:00Z");
}

#[test]
fn two_lanes_have_nothing_in_common() {
    let server = start(&[]);
    told(&server, "a", "/rate-limited-twice/activate", "");
    assert_eq!((statuses(&server, "a", 1), statuses(&server, "b", 1)), (vec![429], vec![200]));
    told(&server, "b", "/rate-limited-twice/activate", "");
    assert_eq!((statuses(&server, "a", 2), statuses(&server, "b", 3)), (vec![429, 200], vec![429, 429, 200]));
    told(&server, "a", "/rate-limited-twice/reset", "");
    assert_eq!((statuses(&server, "a", 3), statuses(&server, "b", 1)), (vec![429, 429, 200], vec![200]));
    told(&server, "a", "/rate-limited-twice/deactivate", "");
    assert_eq!((armed(&server, "a").len(), armed(&server, "b")), (0, vec!["rate-limited-twice".to_owned()]));
    for line in ["deactivate", "reset"] {
        let answer = tell(&server, &format!("POST /_mock/scenarios/rate-limited-twice/{line}"), &[&lane_of("a")], "");
        assert_eq!(answer.status, 404, "{line}: {}", answer.text());
    }
    let unknown = tell(&server, "POST /_mock/scenarios/nothing/activate", &[], "");
    assert_eq!(unknown.status, 404);
    let more = tell(&server, "POST /_mock/scenarios/rate-limited-twice/activate", &[], r#"{"lane":"a"}"#);
    assert_eq!(more.status, 400, "{}", more.text());
}

#[test]
fn what_a_rule_says_of_rates_stands() {
    let server = start(&[]);
    let told_of = |answer: &Answer| {
        ["x-ratelimit-limit", "x-ratelimit-remaining"].map(|name| answer.header(name).map(str::to_owned))
    };
    let rates = |lane, rules: &str| {
        told(&server, lane, "", &format!(r#"{{ "name": "rates", "rules": [{rules}] }}"#));
        told_of(&list(&server, lane, &[]))
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(rates("a", r#"{ "reply": "rate_limited" }"#), [text("100"), text("0")]);
    let own = r#"{ "headers": { "X-RateLimit-Remaining": "3", "X-RateLimit-Limit": null } }"#;
    assert_eq!(rates("b", own), [None, text("3")]);
    let own = r#"{ "when": { "operation": "listConversations" }, "reply": { "status": 429, "headers": { "X-RateLimit-Remaining": "7" } } }"#;
    assert_eq!(rates("c", own), [text("100"), text("7")]);
}

#[test]
fn a_key_that_a_rule_captured_comes_into_no_log() {
    let server = start(&[]);
    let story = r#"{ "name": "keys", "rules": [{
        "when": { "operation": "listConversations" },
        "capture": { "key": "header.authorization" },
        "headers": { "X-Odd": "{{ captured.key }}\n" },
        "json_patch": [{ "op": "test", "path": "/data", "value": "{{ captured.key }}" }],
        "world": [{ "delete": { "collection": "agents", "id": "{{ captured.key }}" } },
                  { "set": { "collection": "agents", "id": "{{ captured.key }}", "fields": { "status": "paused" } } },
                  { "end": "{{ captured.key }}" }]
    }] }"#;
    told(&server, "a", "", story);
    let answer = ask(&server, "GET /v1/conversations", &[&lane_of("a"), "Authorization: Bearer sk_test_hush"], "");
    assert_eq!(answer.status, 200);
    let shown = json(&ask(&server, "GET /_mock/scenarios/keys", &[&lane_of("a")], ""));
    assert_eq!(shown["captured"]["key"], "***", "{shown}");
    let log = server.output_with("x-odd");
    assert!(log.contains("there is no {{ captured.key }}"), "{log}");
    assert_eq!(log.matches("left out").count(), 5, "{log}");
    assert!(!log.contains("sk_test_hush"), "{log}");
}

#[test]
fn a_request_names_scenarios_for_itself() {
    let server = start(&[]);
    let named = |names: &str| list(&server, "a", &[&format!("X-Mock-Scenario: {names}")]);
    let first = named("rate-limited-twice");
    assert_eq!(first.status, 429);
    assert!(first.header("X-Mock-Rule").is_some_and(|rule| rule.starts_with("rate-limited-twice/")));
    assert_eq!(statuses(&server, "a", 1), [200], "this one names none");
    assert_eq!([named("rate-limited-twice").status, named("rate-limited-twice").status], [429, 200]);
    let unknown = named("rate-limited-twce");
    assert_eq!(unknown.status, 400);
    let breach = unknown.header("X-Mock-Breach").unwrap_or_default().to_owned();
    assert!(unknown.text().contains("rate-limited-twice") || breach.contains("rate-limited-twice"), "{breach}");
}

#[test]
fn a_scenario_with_a_clock_makes_the_lane_anew() {
    let server = start(&[]);
    let now = |lane: &str| json(&ask(&server, "GET /_mock/clock", &[&lane_of(lane)], ""))["now"].clone();
    told(&server, "a", "", ONCE);
    assert_eq!(statuses(&server, "a", 2), [429, 200]);
    let story = r#"{ "name": "then", "clock": { "at": "2025-03-01T00:00:00Z", "frozen": true }, "rules": [{ "delay": "1ms" }] }"#;
    told(&server, "a", "", story);
    assert_eq!((now("a"), now("b")), (object!("2025-03-01T00:00:00Z"), object!("2025-01-15T15:00:00Z")));
    assert_eq!(armed(&server, "a"), ["once", "then"]);
    assert_eq!(statuses(&server, "a", 2), [429, 200], "what was armed begins anew");
}

#[test]
fn a_scenario_is_brought_as_json_or_as_yaml() {
    let server = start(&[]);
    let told = tell(&server, "POST /_mock/scenarios", &[&lane_of("a")], ONCE);
    assert_eq!((told.status, armed(&server, "a")), (201, vec!["once".to_owned()]));
    assert_eq!(statuses(&server, "a", 2), [429, 200]);
    let yaml =
        "name: once\nrules:\n  - when: { operation: listConversations, call: first 2 }\n    reply: rate_limited\n";
    let told = tell(&server, "POST /_mock/scenarios", &[&lane_of("a")], &object!({ "yaml": yaml }).to_string());
    assert_eq!((told.status, armed(&server, "a")), (201, vec!["once".to_owned()]), "in the place of the other");
    assert_eq!(statuses(&server, "a", 3), [429, 429, 200]);
    assert_eq!(statuses(&server, "b", 1), [200]);
}

#[test]
fn scenarios_that_are_sent_take_room() {
    let server = start(&["--lane-memory", "1MiB"]);
    let story = |name: usize| {
        let about = "x".repeat(20_000);
        let rules = object!([{ "when": { "operation": "listConversations" }, "delay": "1ms" }]);
        object!({ "name": format!("s{name}"), "about": about, "rules": rules }).to_string()
    };
    let send = |lane: &str, name| tell(&server, "POST /_mock/scenarios", &[&lane_of(lane)], &story(name));
    let refused = (0..100).map(|name| send(&format!("l{}", name % 3), name)).find(|sent| sent.status != 201).unwrap();
    assert_eq!(refused.status, 507, "{}", refused.text());
    assert!(refused.text().contains("--lane-memory"), "{}", refused.text());
    let names = armed(&server, "l0");
    assert!((1..10).contains(&names.len()), "{names:?}");
    told(&server, "l0", &format!("/{}/deactivate", names[0]), "");
    assert_eq!(send("l1", 200).status, 201, "there is room again");
}

#[test]
fn a_wrong_scenario_is_refused_with_every_finding() {
    let server = start(&[]);
    let yaml = "name: wrong\nrules:\n  - when: { operation: listConversation }\n    reply: rate_limted\n";
    let refused = tell(&server, "POST /_mock/scenarios", &[&lane_of("a")], &object!({ "yaml": yaml }).to_string());
    assert_eq!(refused.status, 422, "{}", refused.text());
    let told = json(&refused);
    let found: Vec<(&str, u64)> = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["code"].as_str().unwrap(), finding["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(found, [("E0319", 3), ("E0324", 4)]);
    assert!(refused.text().contains("listConversations") && refused.text().contains("rate_limited"));
    assert_eq!(armed(&server, "a").len(), 0);
    for (body, status, told) in [
        ("{", 400, "no JSON"),
        ("", 400, "no JSON"),
        ("3", 400, r#""examples":[{"name":"late","rules":[{"delay":"200ms"}]},{"yaml":""#),
        (r#"{"text":"name: a"}"#, 400, "examples"),
        (r#"{"yaml":3}"#, 400, "examples"),
        ("{}", 422, "needs a name"),
        (r#"{"yaml":"a: [\n"}"#, 422, "request body"),
    ] {
        let refused = tell(&server, "POST /_mock/scenarios", &[], body);
        assert_eq!(refused.status, status, "{body}: {}", refused.text());
        assert!(refused.text().contains(told), "{body}: {}", refused.text());
    }
    let yaml = ask(&server, "POST /_mock/scenarios", &["Content-Type: application/yaml"], "name: a");
    assert_eq!(yaml.status, 415);
    assert!(
        yaml.text().contains("Content-Type: application/json") && yaml.text().contains("examples"),
        "{}",
        yaml.text()
    );
}

#[test]
fn a_copied_lane_goes_on_and_a_reset_one_begins_anew() {
    let folder = Folder::new();
    let path = folder.path().join("once.yaml");
    fs::write(&path, ONCE).unwrap();
    let server = start(&["--scenario", path.to_str().unwrap()]);
    told(&server, "a", "/rate-limited-twice/activate", "");
    // The one that was armed first has its say first.
    assert_eq!(armed(&server, "a"), ["once", "rate-limited-twice"]);
    let first = list(&server, "a", &[]);
    assert_eq!(first.header("X-Mock-Rule"), Some("once/rule 1, rate-limited-twice/rule 1"));
    assert_eq!(tell(&server, "POST /_mock/lanes/a/fork", &[], r#"{"name":"b"}"#).status, 201);
    assert_eq!(statuses(&server, "b", 2), [429, 200], "one of two was counted");
    assert_eq!(statuses(&server, "a", 2), [429, 200], "and each goes on for itself");
    assert_eq!(tell(&server, "POST /_mock/lanes/a/reset", &[], "").status, 200);
    assert_eq!(armed(&server, "a"), ["once", "rate-limited-twice"], "what was armed stays so");
    assert_eq!(statuses(&server, "a", 3), [429, 429, 200], "and counts from its beginning");
    told(&server, "a", "/once/deactivate", "");
    let document = ask(&server, "GET /_mock/lanes/a/snapshot", &[], "").text();
    assert_eq!(tell(&server, "PUT /_mock/lanes/a/snapshot", &[], &document).status, 200);
    assert_eq!(
        (armed(&server, "a"), statuses(&server, "a", 3)),
        (vec!["rate-limited-twice".to_owned()], vec![429, 429, 200])
    );
    assert_eq!(tell(&server, "PUT /_mock/lanes/new/snapshot", &[], &document).status, 201);
    assert_eq!(armed(&server, "new"), ["once"], "nothing was armed there but what all begin with");
}

#[test]
fn a_lane_that_has_no_room_for_a_scenario_stays_as_it_is() {
    let server = start(&[]);
    for n in 0..100 {
        told(&server, "a", "", &ONCE.replace("once", &format!("once-{n}")));
    }
    assert_eq!(statuses(&server, "a", 2), [429, 200]);
    let story = r#"{ "name": "then", "clock": { "at": "2025-03-01T00:00:00Z" }, "rules": [{ "delay": "1ms" }] }"#;
    let refused = tell(&server, "POST /_mock/scenarios", &[&lane_of("a")], story);
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(statuses(&server, "a", 1), [200], "it goes on counting");
    assert_eq!(json(&ask(&server, "GET /_mock/clock", &[&lane_of("a")], ""))["now"], "2025-01-15T15:00:00Z");
}

/// Some make the lane anew, others arm in it meanwhile: whoever was told that a scenario is armed finds it so.
#[test]
fn nothing_that_was_armed_is_lost_while_the_lane_is_made_anew() {
    let server = start(&["--conversations", "20"]);
    let story = r#"{ "name": "then", "clock": { "at": "2025-03-01T00:00:00Z" }, "rules": [{ "delay": "1ms" }] }"#;
    thread::scope(|scope| {
        for part in 0..4 {
            let server = &server;
            scope.spawn(move || {
                for n in 0..20 {
                    told(server, "a", "", &ONCE.replace("once", &format!("once-{part}-{n}")));
                    told(server, "a", "", story);
                }
            });
        }
    });
    assert_eq!(armed(&server, "a").len(), 81);
}

#[test]
fn of_several_that_are_named_at_the_start_the_first_has_the_word() {
    let folder = Folder::new();
    let story = |name: &str, header: &str, more: &str| {
        let path = folder.path().join(format!("{name}.yaml"));
        let text = format!("rules:\n  - headers: {{ X-First: {name}, {header}: here }}\n    {more}\n");
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (one, two) =
        (story("one", "X-One", "patch: { /meta/total: 1 }"), story("two", "X-Two", "patch: { /meta/total: 2 }"));
    for (order, names, total) in [([&one, &two], ["one", "two"], 1), ([&two, &one], ["two", "one"], 2)] {
        let server = start(&["--scenario", order[0], "--scenario", order[1]]);
        let answer = list(&server, "a", &[]);
        assert_eq!(answer.header("X-First"), Some(names[0]), "the first one has the word");
        assert_eq!(
            (answer.header("X-One"), answer.header("X-Two")),
            (Some("here"), Some("here")),
            "and every one a part"
        );
        assert_eq!(json(&answer)["meta"]["total"], total);
        assert_eq!(armed(&server, "b"), names);
    }
}

#[test]
fn what_can_not_be_armed_does_not_start() {
    let folder = Folder::new();
    let path = folder.path().join("broken.yaml");
    fs::write(&path, "rules:\n  - when: { operation: listConversation }\n    delay: 1s\n").unwrap();
    let file = path.to_str().unwrap();
    run(&["serve", "--port", "0", "--scenario", "rate-limited-twce"]).refused(&["rate-limited-twice", "did you mean"]);
    run(&["serve", "--port", "0", "--scenario", file]).refused(&["E0319", &format!("{file}:2:"), "listConversations"]);
    run(&["serve", "--port", "0", "--scenario", "./nowhere.yaml"]).refused(&["nowhere.yaml"]);
    let said = program().args(["serve", "--port", "0", "--scenario", "."]).output().unwrap();
    assert_eq!(said.status.code(), Some(2));
}

/// Names of others, pages of others, and whoever lacks the token.
#[test]
fn every_path_of_scenarios_has_the_guard() {
    let server = start(&["--admin-token", "opensesame"]);
    let lines = [
        "GET /_mock/scenarios",
        "POST /_mock/scenarios",
        "GET /_mock/scenarios/fault-close",
        "POST /_mock/scenarios/fault-close/activate",
        "POST /_mock/scenarios/fault-close/deactivate",
        "POST /_mock/scenarios/fault-close/reset",
        "POST /_mock/scenarios/fault-close/release",
    ];
    for line in lines {
        for (headers, status) in [
            (&["X-Mock-Token: opensesame", "Host: evil.example"][..], 421),
            (&["X-Mock-Token: opensesame", "Origin: http://evil.example"], 403),
            (&["X-Mock-Token: opensesame", "Origin: null"], 403),
            (&["X-Mock-Token: sesame"], 401),
            (&[], 401),
        ] {
            let body = if line.starts_with("GET") { "" } else { ONCE };
            assert_eq!(tell(&server, line, headers, body).status, status, "{line} {headers:?}");
        }
    }
    let form = ask(&server, lines[1], &["X-Mock-Token: opensesame", "Content-Type: text/plain"], ONCE);
    assert_eq!(form.status, 415);
    let seen = json(&ask(&server, lines[0], &["X-Mock-Token: opensesame"], ""));
    assert_eq!(seen["armed"], object!([]), "nothing was done");
}

#[test]
fn an_answer_that_is_held_comes_when_it_is_let_go() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let show = || json(&ask(&server, "GET /_mock/scenarios/answer-held", &[], ""));
    let release = |wish: &str| json(&tell(&server, "POST /_mock/scenarios/answer-held/release", &[], wish));
    assert_eq!(tell(&server, "POST /_mock/scenarios/answer-held/activate", &[], "").status, 200);
    let get = || {
        let key = format!("Authorization: Bearer {KEY}");
        ask(&server, "GET /v1/conversations/conv_abc123xyz789", &[&key], "")
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..3).map(|_| scope.spawn(get)).collect();
        while show()["waiting"][0]["count"] != 3 {
            thread::yield_now();
        }
        assert_eq!(show()["waiting"][0]["hold"], "details");
        assert!(all.iter().all(|one| !one.is_finished()));
        assert_eq!(release(r#"{"hold":"detials"}"#)["did_you_mean"], "details");
        let one = release(r#"{"hold":"details","count":1}"#);
        assert_eq!((&one["released"], &one["waiting"][0]["count"]), (&1.into(), &2.into()));
        assert_eq!(release("")["released"], 2);
        for one in all {
            assert_eq!(one.join().unwrap().status, 200);
        }
    });
    assert_eq!(show()["waiting"].as_array().unwrap().len(), 0);
    assert_eq!(release(r#"{"hold":"details"}"#)["released"], 0, "nobody waits, and somebody may");
    let unknown = tell(&server, "POST /_mock/scenarios/answer-hled/release", &[], "");
    assert_eq!((unknown.status, &json(&unknown)["did_you_mean"]), (404, &object!("answer-held")));
    let unknown = tell(&server, "POST /_mock/scenarios/answer-held/release", &[], r#"{"hodl":"details"}"#);
    assert!(unknown.status == 400 && unknown.text().contains("did you mean"), "{}", unknown.text());
}

#[test]
fn disarming_lets_go_what_was_held() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    tell(&server, "POST /_mock/scenarios/answer-held/activate", &[], "");
    let waiting = || json(&ask(&server, "GET /_mock/scenarios/answer-held", &[], ""))["waiting"][0]["count"] == 1;
    let key = format!("Authorization: Bearer {KEY}");
    thread::scope(|scope| {
        let held = scope.spawn(|| ask(&server, "GET /v1/conversations/conv_abc123xyz789", &[&key], ""));
        while !waiting() {
            thread::yield_now();
        }
        tell(&server, "POST /_mock/scenarios/answer-held/deactivate", &[], "");
        assert_eq!(held.join().unwrap().status, 200);
    });
}
