//! `ayra-mock scenario`: what there is, what is in it, how one begins, and what its rules make of a request. `self-test`: what
//! each fault looks like on the wire.

use std::fs;

use serde_json::Value;

use crate::support::command::run;
use crate::support::rust::project;
use crate::support::server::{Folder, Server};

fn list() -> Vec<Value> {
    serde_json::from_str(&run(&["scenario", "list", "--json"]).fine()).expect("JSON")
}

#[test]
fn every_file_of_the_folder_is_listed_with_its_first_sentence() {
    let files = fs::read_dir(project().join("scenarios")).unwrap();
    let files = files.filter(|file| file.as_ref().unwrap().file_name().to_str().unwrap().ends_with(".yaml")).count();
    assert_eq!(list().len(), files);
    let text = run(&["scenario", "list"]).fine();
    assert_eq!(text.lines().count(), files);
    let line = text.lines().find(|line| line.starts_with("rate-limited-twice ")).expect("a line");
    assert!(line.ends_with("  The list answers 429 twice, then as ever"), "{line}");
    let one = list().into_iter().find(|one| one["name"] == "rate-limited-export").expect("an object");
    assert_eq!((&one["rules"], &one["file"]), (&2.into(), &"scenarios/rate-limited-export.yaml (embedded)".into()));
}

#[test]
fn files_of_ones_own_are_listed_too_and_shown() {
    let folder = Folder::new();
    let dir = folder.path().to_str().unwrap();
    fs::create_dir(folder.path().join("scenarios")).unwrap();
    let own = "about: Mine.\nrules: [{ delay: 1s }]\n";
    fs::write(folder.path().join("scenarios/own-story.yaml"), own).unwrap();
    // On top of one that is built in.
    fs::write(folder.path().join("scenarios/slow-fixed.yaml"), "about: Other.\nrules: [{ delay: 2s }]\n").unwrap();
    let text = run(&["scenario", "list", "--dir", dir]).fine();
    assert_eq!(text.lines().count(), list().len() + 1);
    let about = |name: &str| text.lines().find(|line| line.starts_with(name)).expect("a line").rsplit("  ").next();
    assert_eq!((about("own-story "), about("slow-fixed ")), (Some("Mine"), Some("Other")));
    assert_eq!(run(&["scenario", "show", "own-story", "--dir", dir]).fine(), own);
    let path = project().join("scenarios/slow-fixed.yaml");
    let embedded = fs::read_to_string(&path).unwrap();
    assert_eq!(run(&["scenario", "show", "slow-fixed"]).fine(), embedded);
    assert_eq!(run(&["scenario", "show", path.to_str().unwrap()]).fine(), embedded);
    run(&["scenario", "show", "slow-fixd"]).refused(&["slow-fixd", "did you mean", "slow-fixed"]);
}

#[test]
fn a_new_scenario_is_good_and_nothing_is_overwritten() {
    let folder = Folder::new();
    let path = folder.path().join("own-story.yaml");
    let file = path.to_str().unwrap();
    let said = run(&["scenario", "new", "own-story", "--to", file]).fine();
    assert!(said.contains(&format!("ayra-mock lint {file}")), "{said}");
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.starts_with("# yaml-language-server: $schema="), "{written}");
    assert!(written.contains("\nname: own-story\n"), "{written}");
    let linted = run(&["lint", file]).fine();
    assert!(linted.starts_with("no findings"), "{linted}");

    run(&["scenario", "new", "own-story", "--to", file]).refused(&["is there already", "--to"]);
    run(&["scenario", "new", file]).refused(&["is there already"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), written);
    run(&["scenario", "new", "slow-fixed"]).refused(&["slow-fixed", "already"]);
    run(&["scenario", "new", "Own Story"]).refused(&["Own Story", "small letters"]);
    let deep = folder.path().join("my/own/other-story.yaml");
    run(&["scenario", "new", deep.to_str().unwrap()]).fine();
    assert!(fs::read_to_string(&deep).unwrap().contains("\nname: other-story\n"));
    let below_a_file = path.join("story.yaml");
    run(&["scenario", "new", below_a_file.to_str().unwrap()]).refused(&["can't be written"]);
}

/// Ends at once if it can't be: nothing listens at this address.
fn armed_by(more: &[&str]) -> String {
    let server = Server::start(more);
    server.output_with("my-story")
}

#[test]
fn a_file_is_one_scenario_however_it_is_named() {
    let folder = Folder::new();
    let dir = folder.path().to_str().unwrap();
    fs::create_dir(folder.path().join("scenarios")).unwrap();
    let said = run(&["scenario", "new", "my-story", "--dir", dir]).fine();
    let path = folder.path().join("scenarios/my-story.yaml");
    let file = path.to_str().unwrap();
    assert!(said.contains(&format!("--scenario {file}")), "{said}");
    armed_by(&["--dir", dir, "--scenario", file]);
    armed_by(&["--dir", dir, "--scenario", file, "--scenario", "my-story", "--scenario", file]);
    let settings = folder.path().join("ayra-mock.yaml");
    fs::write(&path, "rules: [{ dealy: 1s }]\n").unwrap();
    fs::write(&settings, format!("dir: {dir}\nscenario: {file}\n")).unwrap();
    let said = run(&["lint", "--config", settings.to_str().unwrap()]).findings();
    assert_eq!(said.matches("error[").count(), 1, "{said}");
}

#[test]
fn a_lint_looks_at_what_lanes_are_to_begin_with() {
    let folder = Folder::new();
    let settings = folder.path().join("ayra-mock.yaml");
    let lint = |text: &str| {
        fs::write(&settings, text).unwrap();
        run(&["lint", "--config", settings.to_str().unwrap()])
    };
    lint("scenario: fault-close\n").fine();
    let said = lint("scenario: fault-clsoe\n").findings();
    assert!(said.contains("E0350") && said.contains("fault-close"), "{said}");
    lint("scenario: ./nowhere.yaml\n").findings();
}

#[test]
fn a_new_scenario_fits_ones_own_contract() {
    let folder = Folder::new();
    let contract = folder.path().join("pets.yaml");
    let text = "openapi: 3.1.0\ninfo: { title: Pets, version: '1' }\npaths:\n  /pets:\n    get:\n      responses: { '200': { description: Pets } }\n";
    fs::write(&contract, text).unwrap();
    let (contract, file) = (contract.to_str().unwrap(), folder.path().join("story.yaml"));
    let file = file.to_str().unwrap();
    run(&["scenario", "new", file, "--contract", contract]).fine();
    assert!(run(&["lint", file, "--contract", contract]).fine().starts_with("no findings"));
}

#[test]
fn a_broken_scenario_has_findings() {
    let folder = Folder::new();
    let path = folder.path().join("story.yaml");
    fs::write(&path, "rules:\n  - when: { operation: listConversation }\n    delay: 1s\n").unwrap();
    let file = path.to_str().unwrap();
    let said = run(&["lint", file]);
    assert_eq!(said.code, Some(1));
    for word in [&format!("{file}:2:"), "E0319", "did you mean", "listConversations"] {
        assert!(said.out.contains(word), "no {word:?} in:\n{}", said.out);
    }
    let request = ["--request", "GET /v1/agents"];
    run(&[&["scenario", "explain", file], &request[..]].concat()).refused(&["E0319", "listConversations"]);
}

const STORY: &str = "\
rules:
  - name: third page
    when: { operation: listConversations, query: { page: 3 }, call: first 2 }
    reply: rate_limited
  - name: down
    when: { operation: listConversations, state: down }
    reply: { status: 500 }
  - name: goes down
    when: { operation: updateAgent }
    state: down
  - name: late
    when: { operation: listConversations, time: { from: 10s } }
    delay: 1s
  - name: later
    delay: 2s
  - name: refused
    when: { operation: createContact, refused: true }
    delay: 3s
  - name: by key
    when: { operation: listConversations, key: sk_other }
    headers: { X-Key: other }
";

/// What each rule says of a request, by its name: what it does, or why it does nothing.
fn explained(more: &[&str]) -> Vec<(String, String)> {
    let folder = Folder::new();
    let path = folder.path().join("story.yaml");
    fs::write(&path, STORY).unwrap();
    let arguments = [&["scenario", "explain", path.to_str().unwrap(), "--json"], more].concat();
    let told: Value = serde_json::from_str(&run(&arguments).fine()).expect("JSON");
    let text = |list: &Value| list.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    let rule = |rule: &Value| {
        let told: [Vec<String>; 2] = [text(&rule["does"]), text(&rule["differences"])];
        assert_eq!(rule["takes"], told[1].is_empty(), "{rule}");
        (rule["rule"].as_str().unwrap().to_owned(), told.concat().join("; "))
    };
    told["rules"].as_array().unwrap().iter().map(rule).collect()
}

#[test]
fn every_rule_says_what_it_would_do_or_why_not() {
    let said = |more: &[&str], name: &str| {
        let rules = explained(more);
        rules.into_iter().find(|(known, _)| known == name).expect("the rule").1
    };
    let page = |more: &[&'static str]| [&["--request", "GET /v1/conversations?page=3"], more].concat();
    assert_eq!(said(&page(&[]), "third page"), "reply");
    assert_eq!(said(&page(&["--call", "2"]), "third page"), "reply");
    assert!(said(&page(&["--call", "3"]), "third page").contains("number 3"), "it takes two");
    assert!(said(&["--request", "/v1/conversations"], "third page").contains("query page"), "a path alone is read");
    assert!(said(&page(&[]), "down").contains("state is 'start', not 'down'"));
    assert_eq!(said(&page(&["--state", "down"]), "down"), "reply (but \"third page\" has the word)");
    assert!(said(&page(&[]), "late").contains("time is"));
    assert_eq!(said(&page(&["--now", "10s"]), "late"), "delay");
    assert_eq!(said(&page(&["--now", "10s"]), "later"), "delay (but \"late\" has the word)");
    assert_eq!(said(&page(&[]), "later"), "delay");
    assert!(said(&page(&[]), "by key").starts_with("key "));
    assert_eq!(said(&page(&["-H", "Authorization: Bearer sk_other"]), "by key"), "header x-key");
    let create = |body: &'static str| said(&["--request", "POST /v1/contacts", "--body", body], "refused");
    assert_eq!(create("{}"), "delay");
    assert_eq!(create("[]"), "delay");
    assert!(create(r#"{"name":"Ann","phone":"+15551234567"}"#).contains("request is good"));
}

#[test]
fn places_are_told_as_an_editor_opens_them() {
    let text = run(&["scenario", "explain", "rate-limited-export", "--request", "GET /v1/conversations?page=3"]).fine();
    for words in [
        "listConversations, good by the contract; number 1, at 2025-01-15T15:00:00Z",
        "✓ scenarios/rate-limited-export.yaml:8 (embedded)   page 3 is too much\n",
        "✗ scenarios/rate-limited-export.yaml:11 (embedded)  the recording is too old\n",
        "operation is listConversations, not getConversation\n",
        "\nOne rule takes it.\n",
    ] {
        assert!(text.contains(words), "no {words:?} in:\n{text}");
    }
}

#[test]
fn what_can_not_be_explained_is_refused_with_a_way_out() {
    let refused = |more: &[&str], words: &[&str]| {
        run(&[&["scenario", "explain", "rate-limited-export"], more].concat()).refused(words);
    };
    refused(&["--request", "GET /v1/conversation"], &["did you mean GET /v1/conversations?"]);
    refused(&["--request", "GET v1 conversations"], &["no path"]);
    refused(&["--request", "GET /v1/agents", "-H", "Accept"], &["no header"]);
    refused(&["--request", "GET /v1/agents", "--call", "0"], &["--call"]);
    refused(&["--request", "GET /v1/agents", "--state", "stat"], &["no rule leads", "start"]);
    refused(&["--request", "GET /v1/agents", "--now", "soon"], &["soon"]);
    refused(&[], &["--request"]);
    refused(&["--request", "GET"], &["--request has no path", "GET /pets"]);
    refused(&["--request", "GET /nowhere"], &["/nowhere"]);
    run(&["scenario", "explain", "rate-limited-exprt", "--request", "GET /"]).refused(&["rate-limited-export"]);
}

#[test]
fn the_start_tells_which_scenarios_are_armed() {
    let known = list().len();
    let server = Server::start([] as [&str; 0]);
    assert!(server.output_with("Replay").contains(&format!("Scenarios {known} known · none armed\n")));
    let server = Server::start(["--scenario", "slow-fixed", "--scenario", "fault-close", "--log-format", "json"]);
    let ready: Value = serde_json::from_str(server.output_with("\n").lines().next().unwrap()).expect("JSON");
    assert_eq!(ready["scenarios"], serde_json::json!({ "known": known, "armed": ["slow-fixed", "fault-close"] }));
}

/// Every name of a fault that the guide has, over each version of HTTP that has it.
#[test]
fn every_fault_is_seen_as_it_is_promised() {
    let told: Vec<Value> = serde_json::from_str(&run(&["self-test", "--json"]).fine()).expect("JSON");
    let guide = fs::read_to_string(project().join("docs/SCENARIOS.md")).unwrap();
    let (_, table) = guide.split_once("| In `fault` |").expect("the table of faults");
    let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let names: Vec<&str> = lines.filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(names.len() >= 15, "{names:?}");
    let is_of = |fault: &Value, name: &str| {
        let written = fault["written"].as_str().unwrap();
        written
            .strip_prefix("fault: ")
            .is_some_and(|fault| fault.trim_start_matches("{ ").split([':', ' ']).next() == Some(name))
    };
    for name in names {
        let met: Vec<&str> =
            told.iter().filter(|fault| is_of(fault, name)).map(|fault| fault["http"].as_str().unwrap()).collect();
        let expected: &[&str] = match name {
            "chunks" => &["1.1"],
            "go_away" | "reset_stream" => &["2"],
            _ => &["1.1", "2"],
        };
        assert!(expected.iter().all(|version| met.contains(version)), "{name}: {met:?}");
    }
    assert!(told.iter().all(|fault| fault["kept"] == true && fault["error"].is_null()), "{told:#?}");
    let end = |name: &str, http: &str| {
        let fault = told.iter().find(|fault| fault["name"] == name && fault["http"] == http).expect("was met");
        fault["end"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        [end("close", "1.1"), end("reset", "1.1"), end("length, too long", "1.1")],
        ["closed", "reset", "closed"]
    );
    assert_eq!([end("go away", "2"), end("reset stream", "2")], ["go away 11", "stream reset 7"]);
}

#[test]
fn what_was_seen_of_faults_is_a_table_that_fits_a_terminal() {
    let text = run(&["self-test"]).fine();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "longer than 80 columns: {line}");
    }
    let seen = text.lines().filter(|line| line.starts_with('✓')).count();
    assert!(seen >= 47 && text.contains(&format!("All {seen} are as promised.")), "{text}");
    run(&["self-test", "--color", "pink"]).refused(&["--color", "pink", "always"]);
}
