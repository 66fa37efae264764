//! How near the server comes to bare hyper: both return the same bytes, both are driven by the same clients in the same
//! run, in turns. The ratio counts; the absolute figures belong to the machine.
//!
//! `cargo bench --bench load` prints a table, then start, memory, a huge contract and hostile bodies. Each server runs on one core and the clients on another where `taskset`
//! is there and the machine has two. `ROUNDS`, `SECONDS` and `CONNECTIONS` change the run.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark that can't go on says so and ends")]

mod bare;
mod client;
mod extremes;
mod process;

use std::time::Duration;

use client::{Load, Measured};
use process::Served;

/// What is asked, and with what.
struct Case {
    name: &'static str,
    request: String,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(place) = arguments.iter().position(|argument| argument == "--bare") {
        return bare::serve(&arguments[place + 1]);
    }
    let rounds = setting("ROUNDS", 7);
    let load =
        Load { connections: setting("CONNECTIONS", 16) as usize, time: Duration::from_secs(setting("SECONDS", 2)) };
    println!("{} rounds of {:?}, {} connections, keep-alive\n", rounds, load.time, load.connections);
    println!("| Request | bytes | ratio to bare hyper | CPU us/request | bare | CPU ratio | requests/s | bare |");
    println!("|---|---|---|---|---|---|---|---|");
    for case in cases() {
        compare(&case, rounds, &load);
    }
    println!("\nstart to first answer: {:.1?} (median of 9)", process::start_to_answer(9));
    println!("memory after start: {:.1} MB resident", process::memory_after_start());
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
    let head = "Host: localhost\r\nAuthorization: Bearer sk_live_abc123xyz789\r\nAccept: */*\r\n";
    let update = r#"{"system_prompt":"You are a helpful and friendly support agent. Be professional and brief.","welcome_message":"Thank you for calling Acme Corporation. How may I help you today?","metadata":{"version":"2.0","last_updated_by":"john@company.com"}}"#;
    let get = |name, target: &str| Case { name, request: format!("GET {target} HTTP/1.1\r\n{head}\r\n") };
    vec![
        get("GET /v1/conversations", "/v1/conversations"),
        get(
            "the same with four parameters",
            "/v1/conversations?page=1&per_page=25&status=completed&start_date=2025-01-08T15:00:00.000Z",
        ),
        get("GET /v1/conversations/{id}", "/v1/conversations/conv_abc123xyz789"),
        Case {
            name: "PUT /v1/agents/{id}",
            request: format!(
                "PUT /v1/agents/agent_abc123xyz789 HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{update}",
                update.len()
            ),
        },
    ]
}

/// Drives both servers in turns, so that a slow moment of the machine falls on both.
fn compare(case: &Case, rounds: u64, load: &Load) {
    let mock = Served::mock();
    let answer = client::once(mock.address, &case.request);
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}: {}", case.name, String::from_utf8_lossy(&answer));
    let bare = Served::bare(&answer);
    let (mut ratios, mut cpu, mut bare_cpu, mut speed, mut bare_speed) = (vec![], vec![], vec![], vec![], vec![]);
    for round in 0..=rounds {
        let ours = measure(&mock, case, load);
        let theirs = measure(&bare, case, load);
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

fn measure(served: &Served, case: &Case, load: &Load) -> Measured {
    let before = served.cpu();
    let (requests, time) = load.run(served.address, &case.request);
    let spent = served.cpu() - before;
    Measured {
        per_second: requests as f64 / time.as_secs_f64(),
        cpu_micros: spent.as_secs_f64() * 1e6 / requests as f64,
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
