//! How near the server comes to bare hyper: both return the same bytes, both are driven by the same clients in the same
//! run, in turns. The ratio counts; the absolute figures belong to the machine.
//!
//! `cargo bench --bench load` prints a table, then worlds of four sizes, saves under load, start, memory, a huge contract and
//! hostile bodies. Each server runs on one core and the clients on another where `taskset` is there and the machine has two.
//! `ROUNDS`, `SECONDS` and `CONNECTIONS` change the run; `ONLY=ratio`, `rules`, `journal`, `delays`, `worlds`, `reload` or
//! `extremes` does one part of it.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark that can't go on says so and ends")]

mod bare;
mod client;
mod delays;
mod extremes;
mod journal;
mod process;
mod reload;
mod requests;
mod rules;
mod turns;
mod worlds;

use std::time::Duration;

use client::{Load, Measured};
use process::Served;

/// What is asked, in rotation.
struct Case {
    name: &'static str,
    requests: Vec<String>,
}

/// Requests in a rotation.
const ROTATION: usize = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(place) = arguments.iter().position(|argument| argument == "--bare") {
        return bare::serve(&arguments[place + 1]);
    }
    let rounds = setting("ROUNDS", 7);
    let load =
        Load { connections: setting("CONNECTIONS", 16) as usize, time: Duration::from_secs(setting("SECONDS", 2)) };
    println!("{} rounds of {:?}, {} connections, keep-alive\n", rounds, load.time, load.connections);
    let only = std::env::var("ONLY").ok();
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("ratio") {
        println!("| Request | bytes | ratio to bare hyper | CPU us/request | bare | CPU ratio | requests/s | bare |");
        println!("|---|---|---|---|---|---|---|---|");
        for case in cases() {
            compare(&case, rounds, &load);
        }
        println!();
    }
    if wanted("rules") {
        rules::print(rounds, &load);
        println!();
    }
    if wanted("journal") {
        journal::print(rounds, &load);
    }
    if wanted("delays") {
        delays::print();
        println!();
    }
    if wanted("worlds") {
        worlds::print(rounds, &load);
        println!();
    }
    if wanted("reload") {
        reload::print();
        println!();
    }
    if wanted("extremes") {
        extremes();
    }
}

fn extremes() {
    let (start, served) = process::start_to_answer(9, &[]);
    println!("start to first answer: {start:.1?} (median of 9)");
    println!("memory after start: {:.1} MB resident", served.memory());
    drop(served);
    let (bytes, took) = extremes::large_contract();
    println!("500 operations in {:.1} MB of YAML: {took:.2?} from start to end of `routes`", bytes as f64 / 1e6);
    for (name, status, took) in extremes::hostile() {
        println!("{name}: {status} in {took:.1?} (worst of 5)");
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn cases() -> Vec<Case> {
    let update = r#"{"system_prompt":"You are a helpful and friendly support agent. Be professional and brief.","welcome_message":"Thank you for calling Acme Corporation. How may I help you today?","metadata":{"version":"2.0","last_updated_by":"john@company.com"}}"#;
    let one = |name, request| Case { name, requests: vec![request] };
    let get = |name, target: &str| one(name, requests::get(target));
    vec![
        get("GET /v1/conversations", "/v1/conversations"),
        get("the same with four parameters", "/v1/conversations?page=1&per_page=25&status=completed&min_duration=60"),
        Case { name: "200 of them, filtered and sorted", requests: requests::filtered(ROTATION) },
        get("GET /v1/conversations/{id}", "/v1/conversations/conv_abc123xyz789"),
        Case { name: "200 of them", requests: details() },
        one("PUT /v1/agents/{id}", requests::put("/v1/agents/agent_abc123xyz789", update)),
    ]
}

/// Calls with a transcript, as many as a rotation has.
fn details() -> Vec<String> {
    let mock = Served::mock();
    let pages = (1..=ROTATION / 100)
        .map(|page| requests::get(&format!("/v1/conversations?has_transcript=true&per_page=100&page={page}")));
    let ids = pages.flat_map(|page| worlds::ids(&client::once(mock.address, &page)));
    ids.map(|id| requests::get(&format!("/v1/conversations/{id}"))).collect()
}

/// Drives both servers in turns, so that a slow moment of the machine falls on both.
fn compare(case: &Case, rounds: u64, load: &Load) {
    let mock = Served::mock();
    let mut answers: Vec<Vec<u8>> = case.requests.iter().map(|request| client::once(mock.address, request)).collect();
    for answer in &answers {
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}: {}", case.name, String::from_utf8_lossy(answer));
    }
    // The one of middle length stands for all.
    answers.sort_by_key(Vec::len);
    let answer = &answers[answers.len() / 2];
    let bare = Served::bare(answer);
    let (mut ratios, mut cpu, mut bare_cpu, mut speed, mut bare_speed) = (vec![], vec![], vec![], vec![], vec![]);
    for round in 0..=rounds {
        let ours = measure(&mock, &case.requests, load);
        let theirs = measure(&bare, &case.requests, load);
        // The first round warms both up.
        if round > 0 {
            ratios.push(ours.per_second / theirs.per_second);
            cpu.push(ours.cpu_micros);
            bare_cpu.push(theirs.cpu_micros);
            speed.push(ours.per_second);
            bare_speed.push(theirs.per_second);
        }
    }
    let (cpu, bare_cpu) = (median(&mut cpu), median(&mut bare_cpu));
    println!(
        "| {} | {} | {:.2} | {:.1} | {:.1} | {:.2} | {:.0} | {:.0} |",
        case.name,
        answer.len(),
        median(&mut ratios),
        cpu,
        bare_cpu,
        bare_cpu / cpu,
        median(&mut speed),
        median(&mut bare_speed),
    );
}

fn measure(served: &Served, requests: &[String], load: &Load) -> Measured {
    let before = served.cpu();
    let run = load.run(served.address, requests);
    let spent = served.cpu() - before;
    let count = run.waits.len() as f64;
    Measured { per_second: count / run.time.as_secs_f64(), cpu_micros: spent.as_secs_f64() * 1e6 / count }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
