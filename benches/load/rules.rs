//! What armed rules cost a request: without a scenario, with two hundred rules that look at it and leave it alone, and with one
//! among them that takes it. The servers take turns, so that a slow moment of the machine falls on all.

use std::fmt::Write as _;
use std::fs;

use crate::client::Load;
use crate::process::{Served, scratch};
use crate::{requests, turns};

const RULES: usize = 200;

const LIST: [&str; 1] = ["listConversations"];
const SEVERAL: [&str; 10] = [
    "listConversations",
    "getConversation",
    "getTranscript",
    "getRecording",
    "listAgents",
    "getAgent",
    "updateAgent",
    "listContacts",
    "getContact",
    "listExecutions",
];

pub fn print(rounds: u64, load: &Load) {
    let (idle, spread) = (idle(&LIST), idle(&SEVERAL));
    let taken = format!("{idle}  - {{ when: {{ operation: listConversations }}, headers: {{ X-Rule: \"taken\" }} }}\n");
    let scenarios = [
        ("none", None),
        ("200 over ten operations, none takes it", Some(spread)),
        ("200 of this operation, none takes it", Some(idle)),
        ("200 of it, and one that sets a header", Some(taken)),
    ];
    let servers = scenarios.map(|(name, rules)| (name, served(rules.as_deref())));
    turns::print("Rules", &servers, &[requests::get("/v1/conversations")], rounds, load);
}

/// Conditions of each kind, none of which is met. A call has to be counted to be known not to be the one.
fn idle(operations: &[&str]) -> String {
    let mut rules = String::from("rules:\n");
    for n in 1..=RULES {
        let when = match n % 4 {
            0 if operations.len() == 1 => format!("query: {{ page: {} }}", 1_000 + n),
            0 => format!("headers: {{ X-Page: {} }}", 1_000 + n),
            1 => format!("headers: {{ User-Agent: {{ contains: \"client {n}\" }} }}"),
            2 => format!("key: sk_live_{n}, lane: default"),
            _ => format!("call: {}", 900_000_000 + n),
        };
        // Each operation has rules of each kind.
        let operation = operations[n / 4 % operations.len()];
        let _ = writeln!(rules, "  - {{ when: {{ operation: {operation}, {when} }}, reply: internal }}");
    }
    rules
}

fn served(rules: Option<&str>) -> Served {
    let Some(rules) = rules else { return Served::mock() };
    let file = scratch("rules.yaml");
    fs::write(&file, rules).expect("a file");
    let served = Served::with(&["--no-watch", "--scenario", file.to_str().expect("a path")]);
    let _ = fs::remove_file(&file);
    served
}
