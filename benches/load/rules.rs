//! What armed rules cost a request: without a scenario, with two hundred rules that look at it and leave it alone, and with one
//! among them that takes it. The servers take turns, so that a slow moment of the machine falls on all.

use std::fmt::Write as _;
use std::fs;

use crate::client::Load;
use crate::process::{Served, scratch};
use crate::{measure, median, requests};

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
    println!("| Rules | requests/s | of none | us of processor |");
    println!("|---|---|---|---|");
    let (idle, spread) = (idle(&LIST), idle(&SEVERAL));
    let taken = format!("{idle}  - {{ when: {{ operation: listConversations }}, headers: {{ X-Rule: \"taken\" }} }}\n");
    let scenarios = [
        ("none", None),
        ("200 over ten operations, none takes it", Some(spread)),
        ("200 of this operation, none takes it", Some(idle)),
        ("200 of it, and one that sets a header", Some(taken)),
    ];
    let servers = scenarios.map(|(name, rules)| (name, served(rules.as_deref())));
    let list = [requests::get("/v1/conversations")];
    let mut speeds: Vec<Vec<f64>> = vec![Vec::new(); servers.len()];
    let (mut ratios, mut cpu) = (speeds.clone(), speeds.clone());
    for round in 0..=rounds {
        let run: Vec<_> = servers.iter().map(|(_, served)| measure(served, &list, load)).collect();
        // The first round warms all of them up.
        for (place, measured) in run.iter().enumerate().filter(|_| round > 0) {
            speeds[place].push(measured.per_second);
            ratios[place].push(measured.per_second / run[0].per_second);
            cpu[place].push(measured.cpu_micros);
        }
    }
    for (place, (name, _)) in servers.iter().enumerate() {
        let (speed, ratio, cpu) = (median(&mut speeds[place]), median(&mut ratios[place]), median(&mut cpu[place]));
        println!("| {name} | {speed:.0} | {ratio:.2} | {cpu:.1} |");
    }
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
    let served = Served::with(&["--scenario", file.to_str().expect("a path")]);
    let _ = fs::remove_file(&file);
    served
}
