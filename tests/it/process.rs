//! The program as a process that serves: how it starts, what it says, how it leaves, and what a full disk or a silent reader
//! does. `commands.rs` has the commands that end by themselves.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use crate::support::command::{run, said};
use crate::support::http::exchange;
use crate::support::server::{Folder, Server, program};

/// Nothing here takes long; whatever does is stuck.
const LIMIT: Duration = Duration::from_secs(20);

const LIST: &[u8] = b"GET /v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_live_abc123xyz789\r\n\r\n";

/// A running server that is ended with the test, however the test ends.
struct Served {
    child: Child,
    address: SocketAddr,
}

impl Served {
    /// Starts it and waits for its banner, which comes when it answers.
    fn start(command: &mut Command) -> Served {
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut server = Served { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let lines = BufReader::new(server.child.stderr.take().unwrap());
        let (tell, told) = channel();
        // Reads to the end, so that what is said later does not fill the pipe.
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let mut seen = String::new();
        loop {
            let line = told.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("it does not serve:\n{seen}"));
            if let Some((_, address)) = line.split_once("http://") {
                server.address = address.trim().parse().unwrap();
                return server;
            }
            seen.push_str(&line);
        }
    }

    /// Starts it with lines for programs, the first of which says where it listens.
    fn start_json(command: &mut Command) -> (Served, Value, BufReader<ChildStdout>) {
        let mut child = command.arg("--log-format=json").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut server = Served { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let ready = object(&mut lines);
        server.address = ready["url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
        (server, ready, lines)
    }

    fn get(&self, target: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Tells it to leave and waits until it did.
    fn leave(mut self) -> ExitStatus {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        let (tell, told) = channel();
        std::thread::spawn(move || {
            let status = self.child.wait();
            let _ = tell.send(status);
        });
        told.recv_timeout(LIMIT).expect("it leaves in time").unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve() -> Command {
    let mut command = program();
    command.args(["--port", "0"]).stdout(Stdio::null());
    command
}

#[test]
fn the_start_says_what_there_is_and_how_to_try_it() {
    let server = Server::start([] as [&str; 0]);
    let health = exchange(&server, b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(health.status, 200, "the port file was there before the socket listened");
    // The last operation of the list.
    let output = server.output_with("  getReport\n");
    for word in [&server.url(""), "sk_live_abc123xyz789", "--seed", "curl"] {
        assert!(output.contains(word), "no {word:?} in:\n{output}");
    }
    // Every address that is shown can be clicked, and works.
    let links: Vec<&str> = output.split_whitespace().filter(|word| word.starts_with(&server.url("/"))).collect();
    assert!(links.len() >= 23, "{output}");
    for link in &links {
        let path = link.strip_prefix(&server.url("")).unwrap().trim_end_matches(['"', '\'']);
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_links\r\n\r\n");
        let answer = exchange(&server, request.as_bytes()).unwrap();
        assert!(matches!(answer.status, 200 | 405), "{path}: {}", answer.text());
    }
}

#[test]
fn the_log_is_json_if_one_wants_it() {
    let server = Server::start(["--log-format", "json"]);
    assert_eq!(exchange(&server, LIST).unwrap().status, 200);
    let refused = b"GET /v1/conversations?page=0\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_ne!(exchange(&server, refused).ok().map(|answer| answer.status), Some(200));
    server.signal("TERM");
    let (status, output) = server.ended();
    assert_eq!(status.code(), Some(0), "{output}");
    let lines: Vec<Value> = output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let request = lines.iter().find(|line| line["path"] == "/v1/agents").expect("the request has its line");
    assert_eq!(request["status"], 200, "{request}");
    assert_eq!(request["method"], "GET", "{request}");
    assert!(!output.contains('\x1b'), "an escape sequence reached the log: {output:?}");
}

#[test]
fn each_request_has_its_line_and_verbose_tells_the_story() {
    let server = Server::start(["-v"]);
    let request =
        b"GET /v1/conversations?sentiment=angry HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_a\r\n\r\n";
    assert_eq!(exchange(&server, request).unwrap().status, 400);
    server.signal("TERM");
    let (_, output) = server.ended();
    for word in ["GET", "/v1/conversations", "400", "listConversations", "sentiment", "angry", "admitted"] {
        assert!(output.contains(word), "no {word:?} in:\n{output}");
    }
}

#[test]
fn very_verbose_shows_both_sides_and_no_key() {
    let server = Server::start(["-vv"]);
    let request = b"GET /v1/conversations?api_key=in-the-query HTTP/1.1\r\nHost: x\r\nX-Tell: me\r\n\
                    Authorization: Bearer sk_test_in_the_header\r\n\r\n";
    assert_eq!(exchange(&server, request).unwrap().status, 200);
    server.signal("TERM");
    let (_, output) = server.ended();
    for part in ["?api_key=***", "authorization: ***", "x-tell: me", "< body", "\"data\"", "200: from the lane"] {
        assert!(output.contains(part), "no {part:?} in:\n{output}");
    }
    for secret in ["in-the-query", "in_the_header"] {
        assert!(!output.contains(secret), "{secret} stands in the log:\n{output}");
    }
}

#[test]
fn bodies_are_made_by_default_if_one_wants_it_so() {
    let now = "--now=2025-01-15T15:00:00Z";
    let usual = exchange(&Server::start(["--seed=3", now]), LIST).unwrap();
    let server = Server::start(["--dynamic", "--seed=3", now, "--check-answers"]);
    let asked = |prefer: &str| {
        let request = String::from_utf8_lossy(LIST).replace("\r\n\r\n", &format!("\r\nPrefer: {prefer}\r\n\r\n"));
        exchange(&server, request.as_bytes()).unwrap()
    };
    let made = exchange(&server, LIST).unwrap();
    assert_eq!(made.status, 200);
    let rows = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["data"].clone();
    assert_ne!(rows(&made.body), rows(&usual.body));
    assert_eq!(rows(&asked("dynamic=false").body), rows(&usual.body));
    assert_eq!(rows(&asked("dynamic=true").body), rows(&made.body));
    let named = b"GET /v1/conversations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_a\r\n\
                  Prefer: example=documented\r\n\r\n";
    let named = rows(&exchange(&server, named).unwrap().body);
    assert_eq!(named[0]["id"], "conv_abc123xyz789", "an example by name goes before");
    assert_eq!(asked("code=404, dynamic=false").status, 406);
}

#[cfg(unix)]
#[test]
fn a_killed_server_leaves_its_port_and_a_stopped_one_goes_on() {
    let flags = ["--seed", "5", "--now", "2025-01-15T15:00:00Z"];
    let server = Server::start(flags);
    let port = server.port;
    let first = exchange(&server, LIST).unwrap();
    server.signal("KILL");
    server.ended();
    let mut command = program();
    command.args(["serve", "--port", &port.to_string()]).args(flags);
    let server = Server::on_its_port(command);
    assert_eq!(server.port, port, "the port is free at once");
    assert_eq!(exchange(&server, LIST).unwrap().body, first.body, "the same seed, the same bytes");
    server.signal("STOP");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| exchange(&server, LIST).unwrap().status);
        server.signal("CONT");
        assert_eq!(waiting.join().unwrap(), 200);
    });
}

#[test]
fn a_signal_ends_the_server_in_order() {
    for signal in ["TERM", "INT"] {
        let server = Server::start([] as [&str; 0]);
        assert_eq!(exchange(&server, LIST).unwrap().status, 200);
        server.signal(signal);
        let (status, output) = server.ended();
        assert_eq!(status.code(), Some(0), "SIG{signal}: {output}");
    }
}

#[test]
fn two_servers_do_not_meet() {
    let (one, other) = (Server::start(["--seed", "1"]), Server::start(["--seed", "2"]));
    assert_ne!(one.port, other.port);
    let seed = |server: &Server| {
        let health = exchange(server, b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        serde_json::from_slice::<Value>(&health.body).unwrap()["seed"].clone()
    };
    assert_eq!((seed(&one), seed(&other)), (1.into(), 2.into()));
}

#[test]
fn colours_are_for_terminals_and_can_be_forced() {
    let mut command = program();
    command.args(["serve", "--color", "always"]);
    let server = Server::from(command);
    server.output_with("\x1b[");
    let mut command = program();
    command.arg("serve");
    let server = Server::from(command);
    let output = server.output_with("getReport");
    assert!(!output.contains('\x1b'), "{output:?}");
}

#[test]
fn a_busy_port_is_named_and_nobody_panics() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    run(&["--port", &port]).refused(&[&port, "already in use", "--port 0"]);
    said(program().env("AYRA_MOCK_PORT", &port)).refused(&["port is set by AYRA_MOCK_PORT"]);
}

#[test]
fn the_port_file_appears_when_requests_are_answered_and_goes_again() {
    let folder = Folder::new();
    let path = folder.path().join("port");
    std::fs::write(&path, "1\n").unwrap();
    let server = Served::start(serve().arg("--port-file").arg(&path));
    let port: u16 = std::fs::read_to_string(&path).unwrap().trim().parse().unwrap();
    assert_eq!(port, server.address.port());
    assert!(server.get("/_mock/ready").starts_with("HTTP/1.1 200 "));
    assert!(server.get("/v1/conversations").starts_with("HTTP/1.1 401 "));
    assert_eq!(server.leave().code(), Some(0));
    assert!(!path.exists());
}

#[test]
fn every_link_leads_to_its_operation_and_every_request_to_a_line() {
    let (server, ready, mut lines) = Served::start_json(&mut serve());
    let url = ready["url"].as_str().unwrap();
    let operations = ready["operations"].as_array().unwrap();
    assert!(operations.len() > 20, "{ready}");
    for operation in operations.iter().filter(|operation| operation["method"] == "GET") {
        let target = operation["url"].as_str().unwrap().strip_prefix(url).unwrap();
        // Without a key: the operation was found, and asks for one, but for the one that is signed.
        let answer = server.get(target);
        let is_open = operation["operation"] == "downloadRecording";
        let status = if is_open { "HTTP/1.1 200 " } else { "HTTP/1.1 401 " };
        assert!(answer.starts_with(status), "{target}: {answer}");
        let logged = object(&mut lines);
        // Whoever has a signature can fetch what it signs, so no log tells it.
        let told =
            target.split_once("signature=").map_or(target.to_owned(), |(told, _)| format!("{told}signature=***"));
        assert_eq!((&logged["event"], &logged["path"]), (&"request".into(), &told.into()));
        assert_eq!((&logged["operation"], logged["status"] == 401), (&operation["operation"], !is_open));
    }
    assert_eq!(server.leave().code(), Some(0));
}

/// So many long lines that neither a pipe nor the buffer before it holds them all.
fn many_lines(server: &Served) {
    let target = format!("/{}", "x".repeat(8_000));
    for _ in 0..200 {
        assert!(server.get(&target).starts_with("HTTP/1.1 404 "));
    }
}

#[test]
fn a_reader_that_never_reads_holds_nothing_up() {
    let (server, _, mut unread) = Served::start_json(&mut serve());
    many_lines(&server);
    assert!(server.get("/_mock/health").starts_with("HTTP/1.1 200 "));
    // Whoever reads after all finds whole lines, and how many there are not.
    let first = object(&mut unread);
    assert_eq!(first["event"], "request");
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let mut seen = Vec::new();
        for line in unread.lines().map_while(Result::ok) {
            seen.push(serde_json::from_str::<Value>(&line).unwrap());
        }
        let _ = tell.send(seen);
    });
    assert_eq!(server.leave().code(), Some(0));
    let seen = told.recv_timeout(LIMIT).expect("the lines end with the server");
    let lost: u64 =
        seen.iter().filter(|line| line["event"] == "lost").map(|line| line["lines"].as_u64().unwrap()).sum();
    let kept = seen.iter().filter(|line| line["event"] == "request").count() as u64;
    assert!(lost > 0, "all lines were kept: the test asks too little");
    assert_eq!(1 + kept + lost, 200);
}

#[test]
fn a_reader_that_never_comes_back_does_not_keep_the_server_from_leaving() {
    let (server, _, unread) = Served::start_json(&mut serve());
    many_lines(&server);
    assert_eq!(server.leave().code(), Some(0));
    drop(unread);
}

#[test]
fn a_reader_that_left_holds_nothing_up() {
    let mut server = Served::start(serve().stdout(Stdio::piped()));
    drop(server.child.stdout.take());
    assert!(server.get("/v1/nowhere").starts_with("HTTP/1.1 404 "));
    assert!(server.get("/v1/nowhere").starts_with("HTTP/1.1 404 "));
    assert_eq!(server.leave().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_holds_nothing_up() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let server = Served::start(serve().stdout(full));
    many_lines(&server);
    assert_eq!(server.leave().code(), Some(0));
    let full = File::options().write(true).open("/dev/full").unwrap();
    said(program().arg("routes").stdout(full)).refused(&["can't write to the standard output"]);
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_can_not_grow_hold_nothing_up() {
    let folder = Folder::new();
    let log = folder.path().join("log");
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 1; exec \"$0\" --port 0 --log-format json", env!("CARGO_BIN_EXE_ayra-mock")]);
    command.current_dir(folder.path()).stdout(File::create(&log).unwrap());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    // The object that says where it listens is longer than the file may be: its beginning is there.
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let address = loop {
        let written = std::fs::read_to_string(&log).unwrap();
        let url = written.split_once("http://").and_then(|(_, rest)| rest.split_once('"'));
        if let Some((address, _)) = url {
            break address.parse().unwrap();
        }
        assert!(child.try_wait().unwrap().is_none(), "it left: {}", rest_of(&mut lines));
        std::thread::yield_now();
    };
    let server = Served { child, address };
    many_lines(&server);
    assert!(std::fs::metadata(&log).unwrap().len() <= 1024);
    assert_eq!(server.leave().code(), Some(0));
}

#[test]
fn neither_home_nor_temporary_folder_nor_locale_is_needed() {
    let server = Served::start(serve().env("TMPDIR", "/nonexistent").env("LC_ALL", "C"));
    assert!(server.get("/_mock/ready").starts_with("HTTP/1.1 200 "));
    assert_eq!(server.leave().code(), Some(0));
}

#[test]
fn settings_of_clock_and_world_are_told_and_slips_refused() {
    let (server, ready, _) = Served::start_json(serve().args(["--now", "2025-01-15T15:00:00Z", "--speed", "60"]));
    assert_eq!((&ready["now"], &ready["speed"]), (&"2025-01-15T15:00:00Z".into(), &60.0.into()));
    assert!(ready["replay"].as_str().unwrap().ends_with("--now 2025-01-15T15:00:00Z --speed 60"), "{ready}");
    drop(server);
    run(&["--now", "yesterday"]).refused(&["--now: expected a time such as 2025-01-15T15:00:00Z"]);
    run(&["--now", "9999-12-31T00:00:00Z"])
        .refused(&["--now: out of range, expected a time from 1971-01-01T00:00:00Z"]);
    run(&["--speed", "0"]).refused(&["--speed: expected a number above 0"]);
    run(&["--arrivals", "12"]).refused(&["--arrivals: expected a rate such as 12/h"]);
    run(&["--conversations", "1e9"]).refused(&["--conversations: expected a whole number from 0"]);
    run(&["--max-lanes", "0"]).refused(&["--max-lanes: expected a whole number of at least 1"]);
    run(&["--lane-idle", "soon"]).refused(&["--lane-idle: expected a duration"]);
    run(&["--admin-host", "a/b"]).refused(&["--admin-host: expected host names"]);
}

/// The next line, which is an object.
fn object(lines: &mut impl BufRead) -> Value {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"))
}

fn rest_of(lines: &mut impl Read) -> String {
    let mut rest = String::new();
    let _ = lines.read_to_string(&mut rest);
    rest
}
