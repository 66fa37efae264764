//! Carries a case out: sends each request and holds each answer against the expectation.

use std::process::{Command, Stdio};

use super::expect::{as_expected, difference, settled};
use super::file::{Case, Expected, Request, Step};
use crate::support::http::{self, Answer, NoAnswer};
use crate::support::server::{PATIENCE, Server, program};

pub struct Outcome {
    /// What came back, step by step, in the words of the case.
    pub answers: Vec<Vec<Expected>>,
    pub differences: Vec<String>,
}

/// Starts what a case's line says: variables, `serve`, flags. Every answer is held against the contract, too.
pub fn start(line: &str) -> Server {
    let mut command = program();
    let mut words = line.split_whitespace();
    for word in words.by_ref().take_while(|word| *word != "serve") {
        let (name, value) = word.split_once('=').unwrap_or_else(|| panic!("{line}: \"{word}\" is no NAME=value"));
        command.env(name, value);
    }
    command.args(["serve", "--check-answers"]).args(words);
    Server::from(command)
}

pub fn run(case: &Case, server: &Server) -> Outcome {
    let mut outcome = Outcome { answers: Vec::new(), differences: Vec::new() };
    for step in &case.steps {
        let answers = ask(step, server);
        let mut came = Vec::new();
        for (n, expected) in step.answers.iter().enumerate() {
            let nothing = Err(NoAnswer::Closed);
            let answer = as_expected(expected, answers.get(n).unwrap_or(&nothing));
            let expected = settled(expected);
            if answer != expected {
                outcome.differences.push(difference(&expected, &answer));
            }
            came.push(answer);
        }
        outcome.answers.push(came);
    }
    outcome
}

fn ask(step: &Step, server: &Server) -> Vec<Result<Answer, NoAnswer>> {
    let mut answers = Vec::new();
    for _ in 0..step.times {
        answers = match &step.request {
            Request::Plain(text) => http::all(server, &plain(text, server), step.answers.len()),
            Request::Raw(text) => http::all(server, &unfolded(&text.replace('\n', "\r\n"), server), step.answers.len()),
            Request::Curl(command) => vec![curl(command, server)],
        };
    }
    answers
}

/// A request with what HTTP needs: version, host, length, and an end.
fn plain(text: &str, server: &Server) -> Vec<u8> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let body = unfolded(body, server);
    let mut lines: Vec<String> = head.trim_end().lines().map(str::to_owned).collect();
    if !lines[0].contains(" HTTP/") {
        lines[0].push_str(" HTTP/1.1");
    }
    let mut needed = vec![("Host", format!("127.0.0.1:{}", server.port)), ("Connection", "close".to_owned())];
    if !body.is_empty() && !has(&lines, "Transfer-Encoding") {
        needed.push(("Content-Length", body.len().to_string()));
    }
    for (name, value) in needed {
        if !has(&lines, name) {
            lines.push(format!("{name}: {value}"));
        }
    }
    let mut bytes = unfolded(&lines.join("\r\n"), server);
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes.extend_from_slice(&body);
    bytes
}

fn has(lines: &[String], name: &str) -> bool {
    lines.iter().any(|line| line.split(':').next().is_some_and(|known| known.eq_ignore_ascii_case(name)))
}

/// Puts bytes in the place of `<repeat 1000 x>`, `<bytes ff fe>` and `<port>`.
fn unfolded(text: &str, server: &Server) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = ["<repeat ", "<bytes ", "<port>"].iter().filter_map(|name| rest.find(name)).min() {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let end = at + rest[at..].find('>').unwrap_or_else(|| panic!("a placeholder does not end: {rest}"));
        let inside = &rest[at + 1..end];
        match inside.split_once(' ') {
            Some(("repeat", what)) => {
                let (count, what) = what.split_once(' ').expect("<repeat COUNT TEXT>");
                bytes.extend(what.repeat(count.parse().expect("<repeat COUNT TEXT>")).as_bytes());
            }
            Some((_, hex)) => {
                let byte = |pair: &str| u8::from_str_radix(pair, 16).expect("<bytes HEX HEX>");
                bytes.extend(hex.split_whitespace().map(byte));
            }
            None => bytes.extend(server.port.to_string().as_bytes()),
        }
        rest = &rest[end + 1..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Runs a line as a user would, with curl's own head printed before the body.
fn curl(line: &str, server: &Server) -> Result<Answer, NoAnswer> {
    let arguments = line.strip_prefix("curl ").unwrap_or_else(|| panic!("a curl line begins with curl: {line}"));
    let script = format!("curl --silent --show-error --include --max-time {} {arguments}", PATIENCE.as_secs());
    let output = Command::new("sh")
        .args(["-c", &script])
        .env("URL", server.url(""))
        .env("no_proxy", "*")
        .stdin(Stdio::null())
        .output()
        .expect("a shell is there");
    match output.stdout.is_empty() {
        true => Err(NoAnswer::Garbage(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        false => http::parse(&output.stdout, false),
    }
}
