//! `/_mock/journal/events`: what comes over the wire, and when it ends.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json as object};

use super::{KEY, ask, tell};
use crate::support::server::{PATIENCE, Server};

/// A listener over HTTP/1.1, whose body comes in chunks.
struct Listener(BufReader<TcpStream>);

impl Listener {
    fn open(server: &Server, query: &str, more: &str) -> Listener {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let line = format!("GET /_mock/journal/events{query} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n");
        stream.write_all(line.as_bytes()).unwrap();
        let mut listener = Listener(BufReader::new(stream));
        assert!(listener.until("retry: 1000").contains("content-type: text/event-stream"));
        listener
    }

    /// All lines up to one that begins so.
    fn until(&mut self, beginning: &str) -> String {
        let mut seen = String::new();
        loop {
            let from = seen.len();
            assert!(self.0.read_line(&mut seen).unwrap() > 0, "it ended after {seen}");
            if seen[from..].starts_with(beginning) {
                return seen;
            }
        }
    }

    /// The next event of this name.
    fn next(&mut self, name: &str) -> Value {
        self.until(&format!("event: {name}"));
        let lines = self.until("data: ");
        let (_, data) = lines.rsplit_once("data: ").unwrap();
        serde_json::from_str(data).unwrap()
    }
}

fn start(more: &[&str]) -> Server {
    Server::start(["--now", "2025-01-15T15:00:00Z"].iter().chain(more))
}

fn get(server: &Server, lane: &str) {
    let headers = [format!("Authorization: Bearer {KEY}"), format!("X-Mock-Lane: {lane}")];
    assert_eq!(ask(server, "GET /v1/agents", &headers.each_ref().map(String::as_str), "").status, 200);
}

#[test]
fn entries_are_told_as_they_are_written() {
    let server = start(&[]);
    get(&server, "a");
    let (mut all, mut of_b) = (Listener::open(&server, "", ""), Listener::open(&server, "?lane=b", ""));
    for lane in ["a", "b", "a"] {
        get(&server, lane);
    }
    assert_eq!([2, 3, 4].map(|_| all.next("entry")["number"].clone()), [2, 3, 4].map(|n| object!(n)));
    let entry = of_b.next("entry");
    assert_eq!((&entry["number"], &entry["lane"], &entry["status"]), (&object!(3), &object!("b"), &object!(200)));
    let mut comes_back = Listener::open(&server, "", "Last-Event-ID: 2\r\n");
    assert_eq!(comes_back.next("entry")["number"], 3);
}

#[test]
fn an_answer_that_takes_its_time_is_told_of_twice() {
    let server = start(&[]);
    let mut listener = Listener::open(&server, "", "");
    let late = r#"{ "name": "late", "rules": [{ "when": { "operation": "listAgents" }, "delay": "700ms" }] }"#;
    assert_eq!(tell(&server, "POST /_mock/scenarios", &["X-Mock-Lane: a"], late).status, 201);
    get(&server, "a");
    let entry = listener.next("entry");
    assert_eq!((&entry["number"], &entry["ending"]), (&object!(1), &object!("open")));
    let ended = listener.next("ended");
    assert_eq!((&ended["number"], &ended["ending"]), (&object!(1), &object!("complete")));
}

#[test]
fn whoever_is_slow_is_told_how_many_were_missed() {
    let server = start(&["--journal-entries", "5"]);
    (0..12).for_each(|_| get(&server, "a"));
    let mut listener = Listener::open(&server, "?after=2", "");
    assert_eq!(listener.next("missed"), object!({ "count": 5 }));
    assert_eq!(listener.next("entry")["number"], 8);
}

#[test]
fn listeners_are_few_and_end_with_the_server() {
    let server = start(&[]);
    let mut listeners: Vec<Listener> = (0..64).map(|_| Listener::open(&server, "", "")).collect();
    assert_eq!(ask(&server, "GET /_mock/journal/events", &[], "").status, 503);
    let gone = listeners.pop();
    drop(gone);
    // A place is free once the server has seen that the client is gone.
    while ask(&server, "HEAD /_mock/journal/events", &[], "").status == 503 {}
    server.signal("TERM");
    for listener in &mut listeners {
        let mut rest = String::new();
        while listener.0.read_line(&mut rest).unwrap() > 0 {}
        assert!(rest.ends_with("0\r\n\r\n"), "the body has an end: {rest}");
    }
    assert!(server.ended().0.success());
}
