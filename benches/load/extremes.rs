//! What has to stay cheap whatever comes: a huge contract, bodies made to hurt, patterns made to blow up.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::client;
use crate::process::{Served, scratch};

/// Patterns on which a backtracking engine takes exponential time, or that only such an engine can run.
const PATTERNS: [&str; 4] = ["^(a+)+$", "^(a|a)*$", "^([a-z]+)*[0-9]$", "^(?=a)(a+)+$"];

#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub fn large_contract() -> (usize, Duration) {
    let file = scratch("large.yaml");
    let text = large();
    fs::write(&file, &text).expect("a file");
    let start = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ayra-mock"));
    let run = command.args(["routes", "--no-config", "--contract"]).arg(&file).stdout(Stdio::null()).status();
    let took = start.elapsed();
    let _ = fs::remove_file(&file);
    assert!(run.expect("the program").success(), "the large contract was refused");
    (text.len(), took)
}

/// Name, status and time of the worst of each kind.
pub fn hostile() -> Vec<(String, String, Duration)> {
    let mock = Served::mock();
    let mut figures = vec![
        ask(&mock, "10,000 nested arrays", "PUT /v1/agents/agent_1", &"[".repeat(10_000)),
        ask(&mock, "1 MB of garbage", "PUT /v1/agents/agent_1", &"\u{7f}}{:,x".repeat(1_000_000 / 6)),
    ];
    drop(mock);
    let file = scratch("patterns.yaml");
    fs::write(&file, patterns()).expect("a file");
    let mock = Served::with(&["--contract", file.to_str().expect("a path")]);
    for (n, pattern) in PATTERNS.iter().enumerate() {
        let bait = format!("\"{}!\"", "a".repeat(100_000));
        figures.push(ask(&mock, &format!("pattern `{pattern}` on 100 KB"), &format!("POST /pattern{n}"), &bait));
    }
    let _ = fs::remove_file(&file);
    figures
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn ask(served: &Served, name: &str, line: &str, body: &str) -> (String, String, Duration) {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk_live_abc123xyz789\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // The first request of a kind builds its validator.
    client::once(served.address, &request);
    let mut worst = Duration::ZERO;
    let mut status = String::new();
    for _ in 0..5 {
        let start = Instant::now();
        let answer = client::once(served.address, &request);
        worst = worst.max(start.elapsed());
        status = String::from_utf8_lossy(&answer[9..12]).into_owned();
    }
    (name.to_owned(), status, worst)
}

/// 500 operations, each with a body and an answer of a hundred members.
fn large() -> String {
    let mut text = String::from("openapi: 3.1.0\ninfo: { title: Large, version: '1' }\npaths:\n");
    for n in 0..250 {
        let _ = write!(
            text,
            "  /things{n}/{{id}}:\n    parameters:\n      - {{ name: id, in: path, required: true, schema: {{ type: string }} }}\n"
        );
        for method in ["get", "put"] {
            let _ = write!(text, "    {method}:\n      operationId: {method}Thing{n}\n");
            if method == "put" {
                text.push_str(
                    "      requestBody:\n        content:\n          application/json:\n            schema:\n",
                );
                members(&mut text, "              ");
            }
            text.push_str("      responses:\n        '200':\n          description: The thing\n          content:\n            application/json:\n              schema:\n");
            members(&mut text, "                ");
        }
    }
    text
}

fn members(text: &mut String, indent: &str) {
    let _ = write!(text, "{indent}type: object\n{indent}properties:\n");
    for n in 0..100 {
        let _ = writeln!(text, "{indent}  member_{n}: {{ type: string, maxLength: {} }}", n + 1);
    }
}

fn patterns() -> String {
    let mut text = String::from("openapi: 3.1.0\ninfo: { title: Patterns, version: '1' }\npaths:\n");
    for (n, pattern) in PATTERNS.iter().enumerate() {
        let _ = write!(
            text,
            "  /pattern{n}:\n    post:\n      requestBody:\n        content:\n          application/json:\n            \
             schema: {{ type: string, pattern: '{pattern}' }}\n      responses:\n        '204': {{ description: Done }}\n"
        );
    }
    text
}
