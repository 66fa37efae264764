//! `--journal FILE`: what is in it whatever becomes of the process, and what `--journal-entries` and `--journal-bytes` keep.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use ayra_mock::clock::Stopwatch;
use serde_json::Value;

use crate::support::http::{Connection, exchange};
use crate::support::server::{Folder, Server, program};

const GET: &str =
    "GET /v1/agents/agent_abc123 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk_live_abc123xyz789\r\n\r\n";
const JOURNAL: &str = "GET /_mock/journal?limit=0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn start(file: &Path, more: &[&str]) -> Server {
    let mut command = program();
    command.args(["serve", "--journal"]).arg(file).args(more);
    Server::from(command)
}

fn ask(server: &Server, count: usize) {
    let mut connection = Connection::open(server);
    for _ in 0..count {
        assert_eq!(connection.exchange(GET.as_bytes()).expect("an answer").status, 200);
    }
}

/// The numbers in a file; its last line may be half a one.
fn numbers(file: &Path) -> BTreeSet<u64> {
    let text = fs::read_to_string(file).expect("the journal");
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole
        .lines()
        .map(|line| {
            let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            entry["number"].as_u64().expect("a number")
        })
        .collect()
}

#[cfg(unix)]
#[test]
fn a_process_that_is_killed_has_written_what_came_a_second_before() {
    let folder = Folder::new();
    let file = folder.path().join("journal.ndjson");
    let server = start(&file, &[]);
    ask(&server, 200);
    let asked = Stopwatch::start();
    while asked.elapsed() < Duration::from_secs(1) {
        ask(&server, 2);
    }
    server.signal("KILL");
    assert!(!server.ended().0.success());
    let written = numbers(&file);
    let missing: Vec<u64> = (1..=200).filter(|number| !written.contains(number)).collect();
    assert!(missing.is_empty(), "{missing:?} of {}", written.len());
    // The next one goes on behind it.
    let server = start(&file, &[]);
    ask(&server, 3);
    server.signal("TERM");
    assert!(server.ended().0.success());
    let text = fs::read_to_string(&file).expect("the journal");
    let last: Vec<&str> = text.lines().rev().take(3).collect();
    let number = |line: &&str| serde_json::from_str::<Value>(line).expect("a line")["number"].as_u64();
    assert_eq!(last.iter().map(number).collect::<Vec<_>>(), [Some(3), Some(2), Some(1)]);
    assert!(!text.contains("sk_live_abc123xyz789"), "the key is in the file");
}

/// The last line of each number that is whole.
fn whole(file: &Path) -> BTreeMap<u64, Value> {
    let text = fs::read_to_string(file).expect("the journal");
    let lines = text.rsplit_once('\n').map_or("", |(whole, _)| whole).lines();
    let read = |line| -> Value { serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")) };
    lines.map(read).map(|entry| (entry["number"].as_u64().expect("a number"), entry)).collect()
}

/// Answers of some tens of kilobytes, as fast as they come: what was there a second before the end is there, to the last byte.
#[cfg(unix)]
#[test]
fn large_answers_are_in_the_file_in_time_too() {
    const LARGE: &str = "GET /v1/conversations?per_page=100 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \
                         sk_live_abc123xyz789\r\n\r\n";
    let folder = Folder::new();
    let file = folder.path().join("journal.ndjson");
    let server = start(&file, &["--journal-entries", "10"]);
    let mut connection = Connection::open(&server);
    let large = (0..8).map(|_| {
        let answer = connection.exchange(LARGE.as_bytes()).expect("an answer");
        assert!(answer.status == 200 && answer.body.len() > 20 << 10, "{} bytes", answer.body.len());
        answer.body.len()
    });
    let large: Vec<usize> = large.collect();
    let asked = Stopwatch::start();
    while asked.elapsed() < Duration::from_secs(1) {
        ask(&server, 2);
    }
    server.signal("KILL");
    assert!(!server.ended().0.success());
    let written = whole(&file);
    for (place, length) in large.iter().enumerate() {
        let number = place as u64 + 1;
        let entry = written.get(&number).unwrap_or_else(|| panic!("{number} is not among {}", written.len()));
        let kept = entry["answer"]["body"]["text"].as_str().expect("a text").len();
        assert_eq!(
            (entry["answer"]["length"].as_u64(), kept),
            (Some(*length as u64), (*length).min(64 << 10)),
            "{number}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_written_is_refused_at_the_start() {
    let folder = Folder::new();
    for file in [folder.path().to_owned(), folder.path().join("nowhere/journal.ndjson")] {
        let mut command = program();
        command.args(["serve", "--port", "0", "--journal"]).arg(&file);
        let said = command.output().expect("the program");
        let error = String::from_utf8_lossy(&said.stderr);
        assert_eq!(said.status.code(), Some(2), "{error}");
        assert!(error.contains("the journal") && error.contains("can't be written"), "{error}");
    }
}

#[test]
fn no_more_is_kept_than_was_said() {
    let told = |server: &Server| -> Value {
        let answer = exchange(server, JOURNAL.as_bytes()).expect("an answer");
        serde_json::from_slice(&answer.body).expect("JSON")
    };
    let few = Server::start(["--journal-entries", "10"]);
    ask(&few, 25);
    let journal = told(&few);
    assert_eq!((journal["count"].as_u64(), journal["dropped"].as_u64()), (Some(10), Some(15)));
    let small = Server::start(["--journal-bytes", "128KiB"]);
    ask(&small, 200);
    let journal = told(&small);
    let (count, bytes) = (journal["count"].as_u64().unwrap(), journal["bytes"].as_u64().unwrap());
    assert!(count > 5 && bytes <= 128 << 10 && count + journal["dropped"].as_u64().unwrap() == 200, "{journal}");
    let off = Server::start(["--journal-entries", "0"]);
    ask(&off, 5);
    let journal = told(&off);
    assert_eq!((&journal["open"], journal["count"].as_u64()), (&Value::Bool(false), Some(0)));
    let folder = Folder::new();
    let file = folder.path().join("journal.ndjson");
    let filed = start(&file, &["--journal-entries", "0"]);
    ask(&filed, 5);
    assert_eq!(told(&filed)["count"], 0);
    filed.signal("TERM");
    assert!(filed.ended().0.success());
    assert_eq!(numbers(&file), BTreeSet::from([1, 2, 3, 4, 5]), "a file alone is a journal too");
}
