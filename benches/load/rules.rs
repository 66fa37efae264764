//! What armed rules cost a request: without a scenario, with two hundred rules that look at it and leave it alone, and with one
//! among them that takes it. The servers take turns, so that a slow moment of the machine falls on all.

use std::fmt::Write as _;
use std::fs;

use crate::client::Load;
use crate::process::{Served, scratch};
use crate::{measure, median, requests};

const RULES: usize = 200;

pub fn print(rounds: u64, load: &Load) {
    println!("| Rules | requests/s | of none | us of processor |");
    println!("|---|---|---|---|");
    // Conditions of each kind, none of which is met.
    let mut idle = String::from("rules:\n");
    for n in 1..=RULES {
        let when = match n % 4 {
            0 => format!("query: {{ page: {} }}", 1_000 + n),
            1 => format!("headers: {{ User-Agent: {{ contains: \"client {n}\" }} }}"),
            2 => format!("key: sk_live_{n}, query: {{ status: completed }}"),
            _ => format!("call: {}", 900_000_000 + n),
        };
        let _ = writeln!(idle, "  - {{ when: {{ operation: listConversations, {when} }}, reply: internal }}");
    }
    let taken = format!("{idle}  - {{ when: {{ operation: listConversations }}, headers: {{ X-Rule: \"taken\" }} }}\n");
    let scenarios =
        [("none", None), ("200, none takes it", Some(idle)), ("200, and one that sets a header", Some(taken))];
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

fn served(rules: Option<&str>) -> Served {
    let Some(rules) = rules else { return Served::mock() };
    let file = scratch("rules.yaml");
    fs::write(&file, rules).expect("a file");
    let served = Served::with(&["--scenario", file.to_str().expect("a path")]);
    let _ = fs::remove_file(&file);
    served
}
