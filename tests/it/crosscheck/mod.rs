//! The proof of the whole: whatever the API says of a call, an agent or a contact in one place, it says in all others, for
//! each seed, at each moment of the clock, before and after writes. Everything is asked over HTTP and computed once more
//! from what the lists show, in the plainest way there is.

mod calls;
mod figures;
mod forms;
mod lists;
mod naive;
mod past;
mod rows;
mod scene;
mod writes;

use std::collections::HashMap;
use std::thread;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::caller::{Caller, target};
use crate::support::server::Server;
use past::Past;
use rows::{Agent, Call, Contact, Execution, Workflow};
use scene::{Scene, id};

/// Seeds, and when their stories begin: the moment of the docs, the turn of a year, the night in which clocks change.
const STORIES: [(u64, &str); 3] =
    [(42, "2025-01-15T15:00:00Z"), (7, "2024-12-31T23:40:00Z"), (20_250_330, "2025-03-30T00:55:00Z")];

/// Seconds after the beginning.
const MOMENTS: [i64; 5] = [0, 20, 5 * 60, 3 * 3600, 2 * 24 * 3600];

/// Calls that all forms are asked of, each time.
const FORMS: usize = 8;
/// Words that are searched for, each time.
const WORDS: usize = 8;
/// The workflow that is started.
const EXECUTIONS: &str = "/v1/workflows/workflow_abc123/executions";

/// Everything that is listed at one moment.
struct Seen {
    calls: Vec<Call>,
    agents: Vec<Agent>,
    contacts: Vec<Contact>,
    workflows: Vec<Workflow>,
    executions: Vec<Execution>,
}

#[test]
fn whatever_is_asked_and_whenever_the_answers_agree() {
    let faults: Vec<String> = thread::scope(|scope| {
        let stories = STORIES.map(|(seed, start)| scope.spawn(move || story(seed, start)));
        stories.into_iter().flat_map(|story| story.join().expect("a story is told to its end")).collect()
    });
    assert!(faults.is_empty(), "{} answers do not agree:\n\n{}", faults.len(), faults.join("\n\n"));
}

fn story(seed: u64, start: &str) -> Vec<String> {
    let seed_text = seed.to_string();
    let world = ["--seed", &seed_text, "--now", start, "--conversations", "150", "--arrivals", "3/h"];
    let server = Server::start(["--no-config", "--check-answers"].into_iter().chain(world));
    let start: Timestamp = start.parse().unwrap();
    let mut scene = Scene::new(&server, seed, start);
    let mut past = Past::default();
    let mut known = HashMap::new();
    for (round, seconds) in MOMENTS.into_iter().enumerate() {
        scene.advance_to(start + SignedDuration::from_secs(seconds));
        let seen = look(&scene, &mut past);
        cached(&scene, &seen, &mut known);
        check(&scene, &past, &seen);
        past.kept.push(report(&scene, &seen));
        writes::some(&scene, &mut past, &seen, round);
        let seen = look(&scene, &mut past);
        check(&scene, &past, &seen);
    }
    let output = server.output();
    let complaints: Vec<&str> =
        output.lines().filter(|line| line.contains("panicked") || line.contains("our own answer")).take(5).collect();
    scene.holds("all requests", "the server has nothing to complain of itself", complaints.is_empty(), complaints);
    scene.faults()
}

fn look(scene: &Scene, past: &mut Past) -> Seen {
    let all = |path: &str| scene.list(path, &[], 100);
    let agents: Vec<Agent> = all("/v1/agents").into_iter().map(Agent).collect();
    past.see(agents.iter().map(|Agent(agent)| agent), scene.now);
    Seen {
        calls: past.calls(scene, all("/v1/conversations")),
        agents,
        contacts: all("/v1/contacts").into_iter().map(Contact).collect(),
        workflows: all("/v1/workflows").into_iter().map(Workflow).collect(),
        executions: all(EXECUTIONS).into_iter().map(Execution).collect(),
    }
}

fn check(scene: &Scene, past: &Past, seen: &Seen) {
    calls::each(scene, &seen.calls, past);
    calls::known_people(scene, &seen.calls, &seen.contacts);
    let running = seen.calls.iter().filter(|call| call.end().is_none_or(|end| end > scene.ago(60)));
    let chosen = scene.dice.borrow_mut().sample(&seen.calls, FORMS);
    forms::check(scene, &running.chain(chosen).collect::<Vec<_>>());
    lists::check(scene, "/v1/conversations", &seen.calls);
    lists::search(scene, "/v1/conversations", &seen.calls, WORDS);
    lists::check(scene, "/v1/agents", &seen.agents);
    lists::check(scene, "/v1/contacts", &seen.contacts);
    lists::check(scene, "/v1/workflows", &seen.workflows);
    lists::check(scene, EXECUTIONS, &seen.executions);
    figures::check(scene, &seen.calls, &past.names());
    past.check(scene, &seen.calls);
    for Agent(agent) in &seen.agents {
        let path = format!("/v1/agents/{}", id(agent));
        scene.agree(&path, "an agent and its row", agent, &scene.caller.read(&path)["data"]);
    }
}

/// A report that is kept: its path, and what it says.
fn report(scene: &Scene, seen: &Seen) -> (String, Value) {
    let report = figures::custom(scene, &seen.calls);
    (format!("/v1/analytics/reports/{}", id(&report)), report)
}

/// The list shows the calls as they were at the last full minute, and not as they were before.
fn cached(scene: &Scene, seen: &Seen, known: &mut HashMap<String, (i64, String)>) {
    let now = |call: &Call| (call.id().to_owned(), (call.duration(), call.text("status").unwrap().to_owned()));
    if scene.now.as_second() % 60 == 0 {
        *known = seen.calls.iter().map(now).collect();
    }
    let caller = Caller::by_default(scene.server);
    let mut found = HashMap::new();
    for page in 1..=seen.calls.len().div_ceil(100) {
        let path = target("/v1/conversations", &[("per_page", "100"), ("page", &page.to_string())]);
        let rows = caller.read(&path)["data"].take();
        found.extend(rows.as_array().unwrap().iter().map(|row| now(&Call::new(row.clone(), Value::Null))));
    }
    let differs: Vec<_> = found.iter().filter(|(id, state)| known.get(*id) != Some(*state)).collect();
    scene.holds("GET /v1/conversations, cached", "calls as of the last full minute", differs.is_empty(), &differs);
    scene.agree("GET /v1/conversations, cached", "calls as of the last full minute", known.len(), found.len());
}
