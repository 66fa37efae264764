//! The journal's paths against pages of others, odd spellings, odd queries, and readers that are slow.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::thread;

use serde_json::{Value, json as object};

use super::{KEY, ask, json};
use crate::support::http::Connection;
use crate::support::server::{PATIENCE, Server};

const PATHS: [&str; 6] = [
    "GET /_mock/journal",
    "HEAD /_mock/journal",
    "GET /_mock/journal/1",
    "GET /_mock/journal?format=har",
    "GET /_mock/journal/events",
    "DELETE /_mock/journal",
];

/// A server with one entry in its journal.
fn start(more: &[&str]) -> Server {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"].iter().chain(more));
    let key = format!("Authorization: Bearer {KEY}");
    assert_eq!(ask(&server, "GET /v1/agents", &[&key], "").status, 200);
    server
}

fn journal(server: &Server, query: &str) -> Value {
    json(&ask(server, &format!("GET /_mock/journal{query}"), &[], ""))
}

#[test]
fn pages_of_others_see_nothing_and_forget_nothing() {
    let server = start(&[]);
    for line in PATHS {
        for (header, status) in [
            ("Origin: null", 403),
            ("Origin: http://evil.example", 403),
            ("Sec-Fetch-Site: cross-site", 403),
            ("Sec-Fetch-Site: same-site", 403),
            ("Host: evil.example", 421),
            ("Host: localhost.evil.example", 421),
            ("Host: 127.0.0.1.evil.example", 421),
        ] {
            let answer = ask(&server, line, &[header], "");
            assert_eq!(answer.status, status, "{line} {header}");
            assert_eq!(answer.header("Access-Control-Allow-Origin"), None, "{line} {header}");
        }
        let both = ask(&server, line, &["Host: evil.example", "Origin: http://evil.example"], "");
        assert_eq!(both.status, 421, "{line}");
    }
    assert_eq!(journal(&server, "")["count"], 1);
    let told = ask(&server, "GET /_mock/journal", &[], "");
    assert_eq!(told.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(
        (told.header("Cache-Control"), told.header("Content-Type")),
        (Some("no-store"), Some("application/json"))
    );
}

#[test]
fn reading_changes_nothing_and_is_not_written_down() {
    let server = start(&[]);
    let before = journal(&server, "");
    for line in PATHS.iter().filter(|line| !line.starts_with("DELETE") && !line.ends_with("events")) {
        assert_eq!(ask(&server, line, &[], "").status, 200, "{line}");
    }
    assert_eq!(journal(&server, ""), before);
}

#[test]
fn what_is_spelt_otherwise_is_no_such_path() {
    let server = start(&[]);
    for target in ["/%5fmock/journal", "/_MOCK/journal", "//_mock/journal", "/v1/../_mock/journal", "/_mock%2Fjournal"]
    {
        let answer = ask(&server, &format!("DELETE {target}"), &[], "");
        assert!((400..500).contains(&answer.status), "{target}: {}", answer.status);
    }
    for target in [
        "/_mock/journal/",
        "/_mock/journal/1/",
        "/_mock/journal/x",
        "/_mock/journal/-1",
        "/_mock/journal/+1",
        "/_mock/journal/01e",
    ] {
        assert_eq!(ask(&server, &format!("GET {target}"), &[], "").status, 404, "{target}");
    }
    assert!(journal(&server, "")["entries"][0]["number"] == 1, "nothing was forgotten");
}

#[test]
fn other_methods_are_told_which_there_are() {
    let server = start(&[]);
    for (line, allowed) in [
        ("POST /_mock/journal", "GET, HEAD, DELETE"),
        ("PUT /_mock/journal", "GET, HEAD, DELETE"),
        ("PATCH /_mock/journal?lane=a", "GET, HEAD, DELETE"),
        ("DELETE /_mock/journal/1", "GET, HEAD"),
        ("POST /_mock/journal/1", "GET, HEAD"),
        ("DELETE /_mock/journal/events", "GET, HEAD"),
        ("OPTIONS /_mock/journal/events", "GET, HEAD"),
    ] {
        let answer = ask(&server, line, &[], "");
        assert_eq!((answer.status, answer.header("Allow")), (405, Some(allowed)), "{line}");
    }
    assert_eq!(journal(&server, "")["count"], 1);
}

#[test]
fn a_query_that_makes_no_sense_is_refused() {
    let server = start(&[]);
    let many = format!("?{}", vec!["a=1"; 3_000].join("&"));
    for query in [
        "?limit=18446744073709551616",
        "?limit=1e3",
        "?limit=0x10",
        "?limit=1001",
        "?limit=%31%20",
        "?after=1.5",
        "?before=abc",
        "?after=1&after=2",
        "?after=1&before=9",
        "?status=99",
        "?status=4x",
        "?status=200-299",
        "?since=2025-13-01T00:00:00Z",
        "?since=now",
        "?format=HAR",
        "?lane=a&lane=b",
        "?text=a&text=b",
        "?unknown",
        &many,
    ] {
        let answer = ask(&server, &format!("GET /_mock/journal{query}"), &[], "");
        assert_eq!(answer.status, 400, "{:.50}: {}", query, answer.text());
        assert!(json(&answer)["error"].is_string() && answer.body.len() < 1_000, "{}", answer.text());
    }
    for query in [
        "?limit=",
        "?text=%zz",
        "?text=%ff%00",
        "?method=%0d%0a",
        "?lane=../..",
        "?after=18446744073709551615",
        "?before=0",
        "?&&",
    ] {
        let answer = ask(&server, &format!("GET /_mock/journal{query}"), &[], "");
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    }
    for line in [
        "DELETE /_mock/journal?lnae=a",
        "GET /_mock/journal/1?limit=1",
        "GET /_mock/journal/events?limit=1",
        "GET /_mock/journal/events?format=har",
    ] {
        assert_eq!(ask(&server, line, &[], "").status, 400, "{line}");
    }
    assert_eq!(journal(&server, "")["count"], 1);
}

/// What a client sends stays text: no line of its own, no member of its own, no escape sequence.
#[test]
fn hostile_texts_stay_texts() {
    let server = start(&[]);
    let hostile = "</script><script>alert(1)</script>\\\"}],\u{1b}[31m\u{202e}";
    let body = object!({ "name": hostile }).to_string();
    let headers = [&*format!("Authorization: Bearer {KEY}"), "Content-Type: application/json", "X-Odd: <b>\t\"'`$(id)"];
    ask(&server, "PUT /v1/agents/agent_abc123?x=%3Cscript%3E%1b%5B31m", &headers, &body);
    let full = journal(&server, "/2");
    let kept: Value = serde_json::from_str(full["request"]["body"]["text"].as_str().unwrap()).unwrap();
    assert_eq!(kept["name"], hostile);
    for format in ["json", "har", "ndjson", "curl"] {
        let answer = ask(&server, &format!("GET /_mock/journal?format={format}"), &[], "");
        assert!(!answer.body.contains(&0x1b), "{format} has an escape sequence");
        assert!(!answer.header("Content-Type").unwrap().contains("html"), "{format}");
    }
    let lines = ask(&server, "GET /_mock/journal?format=ndjson", &[], "").text();
    assert_eq!(lines.lines().count(), 2, "{lines}");
}

#[test]
fn a_long_body_is_cut_and_its_length_is_known() {
    let server = start(&[]);
    let body = format!(r#"{{"name":"{}"}}"#, "ä".repeat(400_000));
    let headers = [&*format!("Authorization: Bearer {KEY}"), "Content-Type: application/json"];
    assert_eq!(ask(&server, "PUT /v1/agents/agent_abc123", &headers, &body).status, 400);
    let full = journal(&server, "/2");
    let kept = full["request"]["body"]["text"].as_str().unwrap();
    assert_eq!(full["request"]["length"], body.len());
    assert!(kept.len() <= 64 << 10 && kept.len() > 60 << 10 && body.starts_with(kept), "{} bytes", kept.len());
    assert!(journal(&server, "")["bytes"].as_u64().unwrap() < 100 << 10);
}

/// Some ask, one forgets, one takes everything along: each sees a journal that adds up.
#[test]
fn what_is_taken_along_while_others_forget_adds_up() {
    let server = start(&["--journal-entries", "100"]);
    thread::scope(|scope| {
        for lane in ["a", "b"] {
            let server = &server;
            scope.spawn(move || {
                let mut connection = Connection::open(server);
                let request = format!("GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\nX-Mock-Lane: {lane}\r\n\r\n");
                (0..200)
                    .for_each(|_| assert_eq!(connection.exchange(request.as_bytes()).expect("an answer").status, 404));
            });
        }
        scope.spawn(|| {
            for lane in ["", "?lane=a", "?lane=b", "?lane=c"].iter().cycle().take(40) {
                assert_eq!(ask(&server, &format!("DELETE /_mock/journal{lane}"), &[], "").status, 200);
            }
        });
        for format in ["json", "har", "ndjson", "curl"].iter().cycle().take(20) {
            let answer = ask(&server, &format!("GET /_mock/journal?limit=1000&format={format}"), &[], "");
            assert_eq!(answer.status, 200);
            if *format == "json" {
                let told = json(&answer);
                let numbers: Vec<u64> =
                    told["entries"].as_array().unwrap().iter().map(|entry| entry["number"].as_u64().unwrap()).collect();
                assert!(numbers.is_sorted() && numbers.len() <= 100, "{numbers:?}");
            }
        }
    });
    let told = journal(&server, "?limit=1000");
    assert_eq!(told["last"], 401);
    assert_eq!(told["count"], told["entries"].as_array().unwrap().len());
}

struct Listener(BufReader<TcpStream>);

impl Listener {
    fn open(server: &Server, query: &str) -> Listener {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET /_mock/journal/events{query} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut listener = Listener(BufReader::new(stream));
        listener.until("retry: ");
        listener
    }

    fn until(&mut self, beginning: &str) -> String {
        let mut line = String::new();
        while !line.starts_with(beginning) {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "it ended before {beginning}");
        }
        line
    }

    /// The data of the next event of this name.
    fn next(&mut self, name: &str) -> Value {
        self.until(&format!("event: {name}"));
        serde_json::from_str(self.until("data: ").trim_start_matches("data: ")).unwrap()
    }
}

#[test]
fn what_is_forgotten_while_somebody_listens_was_told_or_is_missed() {
    let server = start(&[]);
    let mut listener = Listener::open(&server, "");
    let get = || assert_eq!(ask(&server, "GET /v1/nothing", &[], "").status, 404);
    get();
    assert_eq!(listener.next("entry")["number"], 2);
    assert_eq!(json(&ask(&server, "DELETE /_mock/journal", &[], ""))["cleared"], 2);
    get();
    assert_eq!(listener.next("entry")["number"], 3, "it goes on where it was");
    let mut late = Listener::open(&server, "?after=1");
    assert_eq!(late.next("missed"), object!({ "count": 1 }));
    assert_eq!(late.next("entry")["number"], 3);
}

/// Nothing is put by for a reader that does not read: it costs what its connection holds, and is told how much it missed.
#[test]
fn a_listener_that_does_not_read_holds_nobody_up() {
    let server = start(&["--journal-entries", "20"]);
    let mut listener = Listener::open(&server, "");
    let mut connection = Connection::open(&server);
    let request = format!("GET /v1/nothing?x={} HTTP/1.1\r\nHost: localhost\r\n\r\n", "y".repeat(14_000));
    for _ in 0..1_500 {
        assert_eq!(connection.exchange(request.as_bytes()).expect("an answer").status, 404);
    }
    let told = journal(&server, "?limit=0");
    assert_eq!((&told["count"], &told["last"]), (&object!(20), &object!(1_501)));
    let missed = listener.next("missed")["count"].as_u64().unwrap();
    assert!(missed > 0, "21 MB are in no connection");
    // What comes after that is what the journal still has.
    let next = listener.next("entry")["number"].as_u64().unwrap();
    assert!(next > missed, "{next} after {missed} were missed");
}
