//! The program as a process: how it starts, what it says, how it leaves, and what a full disk or a silent reader does.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

/// Nothing here takes long; whatever does is stuck.
const LIMIT: Duration = Duration::from_secs(20);

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ayra-mock"));
    // Nothing of the machine that the tests run on decides, and a backtrace would be seen.
    command.env_clear().env("RUST_BACKTRACE", "1").current_dir(folder("empty")).stdin(Stdio::null());
    command
}

/// A folder of this test run, in a repository of its own, so that no settings file above it counts.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("ayra-mock-it-{}-{name}", std::process::id()));
    std::fs::create_dir_all(path.join(".git")).unwrap();
    path
}

fn run(args: &[&str]) -> Output {
    program().args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Asserts a refusal: exit code 2, nothing on the standard output, no panic, and each of `parts` in what was said.
fn refused(output: &Output, parts: &[&str]) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    assert!(said.starts_with("error"), "{said}");
    assert!(!said.contains("panicked") && !said.contains("stack backtrace"), "{said}");
    for part in parts {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
}

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
fn a_busy_port_is_named_and_nobody_panics() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refused(&run(&["--port", &port]), &[&port, "already in use", "--port 0"]);
    let by_variable = program().env("AYRA_MOCK_PORT", &port).output().unwrap();
    refused(&by_variable, &["port is set by AYRA_MOCK_PORT"]);
}

#[test]
fn what_is_wrong_is_said_in_one_line_with_what_to_do() {
    refused(&run(&["--prot", "1"]), &["--prot", "--port"]);
    refused(&run(&["serve", "--port", "http"]), &["--port: expected a number from 0 to 65535"]);
    refused(&run(&["--contract", "none.yaml"]), &["none.yaml", "OpenAPI"]);
    refused(&run(&["--dir", "none"]), &["none", "ayra-mock init"]);
    refused(&run(&["--config", "none.yaml"]), &["there is no file none.yaml", "--no-config"]);
    refused(&run(&["--port", "0", "--port-file", "none/port"]), &["none/port can't be written"]);
    refused(&run(&["--port", "0", "--host", "203.0.113.1"]), &["no interface", "--host 127.0.0.1"]);
    refused(&run(&["lint", "none.yaml"]), &["none.yaml"]);
    refused(&run(&["explain", "E00x2"]), &["did you mean E0002?"]);
}

/// `--contract "$NAME"` of a script in which the name is not set.
#[test]
fn an_empty_path_is_not_taken_for_none() {
    for flag in ["--contract", "--dir", "--config", "--port-file"] {
        refused(&run(&["serve", flag, ""]), &["a value is required", flag]);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let pipe = folder("pipe").join("api.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    refused(&run(&["serve", "--contract", pipe]), &["no regular file"]);
    let output = run(&["lint", pipe]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("no regular file"), "{output:?}");
}

#[test]
fn the_port_file_appears_when_requests_are_answered_and_goes_again() {
    let folder = folder("port");
    let path = folder.join("port");
    std::fs::write(&path, "1\n").unwrap();
    let server = Served::start(serve().arg("--port-file").arg(&path));
    let port: u16 = std::fs::read_to_string(&path).unwrap().trim().parse().unwrap();
    assert_eq!(port, server.address.port());
    assert!(server.get("/_mock/ready").starts_with("HTTP/1.1 200 "));
    assert!(server.get("/v1/conversations").starts_with("HTTP/1.1 401 "));
    assert_eq!(server.leave().code(), Some(0));
    assert!(!path.exists());
    std::fs::remove_dir_all(folder).unwrap();
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
    let output = program().arg("routes").stdout(full).output().unwrap();
    refused(&output, &["can't write to the standard output"]);
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_can_not_grow_hold_nothing_up() {
    let folder = folder("grow");
    let log = folder.join("log");
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 1; exec \"$0\" --port 0 --log-format json", env!("CARGO_BIN_EXE_ayra-mock")]);
    command.current_dir(&folder).stdout(File::create(&log).unwrap());
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
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn neither_home_nor_temporary_folder_nor_locale_is_needed() {
    let server = Served::start(serve().env("TMPDIR", "/nonexistent").env("LC_ALL", "C"));
    assert!(server.get("/_mock/ready").starts_with("HTTP/1.1 200 "));
    assert_eq!(server.leave().code(), Some(0));
}

#[test]
fn what_is_served_can_be_written_out_changed_and_served_again() {
    let folder = folder("eject");
    let target = folder.join("own");
    let own = target.to_str().unwrap();
    assert_eq!(run(&["init", own]).status.code(), Some(0));
    let before = run(&["routes", "--json"]);
    assert_eq!(run(&["routes", "--json", "--dir", own]).stdout, before.stdout);
    let document = target.join("schemas/openapi.yaml");
    let changed = std::fs::read_to_string(&document).unwrap().replacen("title: ", "title: Changed ", 1);
    std::fs::write(&document, &changed).unwrap();
    refused(&run(&["init", own]), &["openapi.yaml would be overwritten", "--force"]);
    assert_eq!(std::fs::read_to_string(&document).unwrap(), changed, "a refusal writes nothing");
    std::fs::write(&document, format!("{changed}\nopenapi: 3.0.0\n")).unwrap();
    let linted = run(&["lint", "--dir", own]);
    assert_eq!(linted.status.code(), Some(1));
    assert!(text(&linted.stdout).contains("openapi.yaml:"), "{}", text(&linted.stdout));
    refused(&run(&["routes", "--dir", own]), &["openapi.yaml:"]);
    assert_eq!(run(&["init", own, "--force"]).status.code(), Some(0));
    assert_eq!(run(&["lint", "--dir", own]).status.code(), Some(0));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_fixture_that_breaks_its_schema_is_found_before_anything_is_served() {
    let folder = folder("fixtures");
    let own = folder.to_str().unwrap();
    assert_eq!(run(&["init", own]).status.code(), Some(0));
    let agents = folder.join("fixtures/agents.yaml");
    let changed = std::fs::read_to_string(&agents).unwrap().replacen("language: en", "language: 7", 1);
    std::fs::write(&agents, changed).unwrap();
    let linted = run(&["lint", "--dir", own]);
    assert_eq!(linted.status.code(), Some(1));
    assert!(text(&linted.stdout).contains("agents.yaml:"), "{}", text(&linted.stdout));
    refused(&run(&["--dir", own, "--port", "0"]), &["agents.yaml:", "language"]);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn settings_of_clock_and_world_are_told_and_slips_refused() {
    let (server, ready, _) = Served::start_json(serve().args(["--now", "2025-01-15T15:00:00Z", "--speed", "60"]));
    assert_eq!((&ready["now"], &ready["speed"]), (&"2025-01-15T15:00:00Z".into(), &60.0.into()));
    assert!(ready["replay"].as_str().unwrap().ends_with("--now 2025-01-15T15:00:00Z --speed 60"), "{ready}");
    drop(server);
    refused(&run(&["--now", "yesterday"]), &["--now: expected a time such as 2025-01-15T15:00:00Z"]);
    refused(
        &run(&["--now", "9999-12-31T00:00:00Z"]),
        &["--now: out of range, expected a time from 1971-01-01T00:00:00Z"],
    );
    refused(&run(&["--speed", "0"]), &["--speed: expected a number above 0"]);
    refused(&run(&["--arrivals", "12"]), &["--arrivals: expected a rate such as 12/h"]);
    refused(&run(&["--conversations", "1e9"]), &["--conversations: expected a whole number from 0"]);
    refused(&run(&["--max-lanes", "0"]), &["--max-lanes: expected a whole number of at least 1"]);
    refused(&run(&["--lane-idle", "soon"]), &["--lane-idle: expected a duration"]);
    refused(&run(&["--admin-host", "a/b"]), &["--admin-host: expected host names"]);
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
