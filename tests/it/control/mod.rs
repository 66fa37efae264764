//! The paths under `/_mock/` as a client meets them: who gets in, lanes, and their clocks.

mod clock;
mod events;
mod guard;
mod journal;
mod journal_guard;
mod lanes;
mod scenarios;
mod secrets;
mod snapshot;

use serde_json::Value;

use crate::support::http::{Answer, exchange};
use crate::support::server::Server;

/// The key of the default lane.
const KEY: &str = "sk_live_abc123xyz789";

/// Sends `METHOD /target`, lines of headers and a body. A host is added where there is none.
fn ask(server: &Server, line: &str, headers: &[&str], body: &str) -> Answer {
    let mut request = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|header| header.to_ascii_lowercase().starts_with("host:")) {
        request.push_str(&format!("Host: 127.0.0.1:{}\r\n", server.port));
    }
    headers.iter().for_each(|header| request.push_str(&format!("{header}\r\n")));
    if !body.is_empty() {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    request.push_str(&format!("\r\n{body}"));
    exchange(server, request.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// A wish in JSON.
fn tell(server: &Server, line: &str, headers: &[&str], body: &str) -> Answer {
    ask(server, line, &[headers, &["Content-Type: application/json"]].concat(), body)
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error} in {:?}", answer.text()))
}

/// A request to the API, and what is left of the minute's requests.
fn remaining(server: &Server, headers: &[&str]) -> u64 {
    let answer = ask(server, "GET /v1/conversations", headers, "");
    assert_eq!(answer.status, 200, "{headers:?}: {}", answer.text());
    answer.header("X-RateLimit-Remaining").unwrap().parse().unwrap()
}
