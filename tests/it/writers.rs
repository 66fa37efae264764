//! Many writers at a time: no update is lost, every answer is a state that there was, and no id is given twice.

use std::collections::BTreeSet;
use std::thread;

use serde_json::{Value, json};

use crate::support::caller::Caller;
use crate::support::server::Server;

const WRITERS: usize = 8;
const TURNS: usize = 30;

fn start() -> Server {
    Server::start(["--no-config", "--check-answers", "--now", "2025-01-15T15:00:00Z", "--conversations", "50"])
}

#[test]
fn updates_of_one_agent_are_in_one_order() {
    let server = start();
    let caller = Caller::by_default(&server);
    let made = caller.post("/v1/agents", &json!({ "name": "Contended", "voice_platform": "vapi" }));
    assert_eq!(made.status, 201, "{}", made.text());
    let path = format!("/v1/agents/{}", made.json()["data"]["id"].as_str().unwrap());

    // Each writer counts up a number of its own.
    let states: Vec<[usize; WRITERS]> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (server, path) = (&server, &path);
                scope.spawn(move || {
                    let caller = Caller::by_default(server);
                    let turn = |turn: usize| {
                        let body = json!({ "metadata": { format!("writer_{writer}"): turn.to_string() } });
                        let answer = caller.put(path, &body);
                        assert_eq!(answer.status, 200, "{}", answer.text());
                        let state = counts(&answer.json()["data"]);
                        assert_eq!(state[writer], turn, "an answer has its own value");
                        state
                    };
                    (1..=TURNS).map(turn).collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().expect("a writer comes to its end")).collect()
    });

    // One update made each state out of the one before: nothing was lost, and nobody saw another order.
    let mut states = states;
    states.sort_by_key(|state| state.iter().sum::<usize>());
    for (place, state) in states.iter().enumerate() {
        assert_eq!(state.iter().sum::<usize>(), place + 1, "{state:?} is the {place}th");
        if let Some(before) = place.checked_sub(1).map(|place| &states[place]) {
            assert!(before.iter().zip(state).all(|(before, after)| before <= after), "{before:?}, then {state:?}");
        }
    }
    assert_eq!(counts(&caller.read(&path)["data"]), [TURNS; WRITERS]);
}

fn counts(agent: &Value) -> [usize; WRITERS] {
    std::array::from_fn(|writer| {
        let note = agent["metadata"][format!("writer_{writer}")].as_str();
        note.map_or(0, |count| count.parse().unwrap())
    })
}

#[test]
fn what_is_made_at_the_same_time_has_ids_of_its_own() {
    let server = start();
    let runs = "/v1/workflows/workflow_abc123/executions";
    let ids: Vec<String> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let server = &server;
                scope.spawn(move || {
                    let caller = Caller::by_default(server);
                    let turn = |turn: usize| {
                        let name = format!("Writer {writer}, turn {turn}");
                        let agent = caller.post("/v1/agents", &json!({ "name": name, "voice_platform": "retell" }));
                        let contact = caller.post("/v1/contacts", &json!({ "name": name }));
                        let run = caller.post(runs, &json!({}));
                        assert_eq!([agent.status, contact.status, run.status], [201, 201, 202]);
                        let ids = [&agent.json()["data"]["id"], &contact.json()["id"], &run.json()["data"]["id"]];
                        ids.map(|id| id.as_str().unwrap().to_owned())
                    };
                    (0..TURNS).flat_map(turn).collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().expect("a writer comes to its end")).collect()
    });
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), WRITERS * TURNS * 3);
    let caller = Caller::by_default(&server);
    for path in ["/v1/agents?search=writer", "/v1/contacts?search=WRITER"] {
        assert_eq!(caller.read(path)["meta"]["total"], WRITERS * TURNS, "{path}");
    }
}

#[test]
fn one_name_is_given_once_and_one_key_makes_one_thing() {
    let server = start();
    let at_once = |work: &(dyn Fn(&Caller, usize) -> (u16, Value) + Sync)| -> Vec<(u16, Value)> {
        thread::scope(|scope| {
            let server = &server;
            let writers: Vec<_> =
                (0..WRITERS).map(|writer| scope.spawn(move || work(&Caller::by_default(server), writer))).collect();
            writers.into_iter().map(|writer| writer.join().expect("a writer comes to its end")).collect()
        })
    };
    let body = json!({ "name": "There can only be one", "voice_platform": "vapi" });
    let answers = at_once(&|caller, _| {
        let answer = caller.post("/v1/agents", &body);
        (answer.status, answer.json())
    });
    let mut statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);

    let answers = at_once(&|caller, _| {
        let answer =
            caller.send("POST", "/v1/contacts", &[("Idempotency-Key", "twice")], Some(&json!({ "name": "Twin" })));
        (answer.status, answer.json())
    });
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 201), "{answers:?}");
    assert_eq!(Caller::by_default(&server).read("/v1/contacts?search=Twin")["meta"]["total"], 1);
}
