//! What the commands and the start print, for people and for programs, and with which exit code they leave.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::http::exchange;
use crate::support::rust::project;
use crate::support::server::{Folder, Server, program};

const LIST: &[u8] = b"GET /v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_live_abc123xyz789\r\n\r\n";

/// What a command printed, and how it ended.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn run(arguments: &[&str]) -> Said {
    said(program().args(arguments))
}

fn said(command: &mut Command) -> Said {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let said = Said {
        code: status.code(),
        out: String::from_utf8(stdout).expect("output is UTF-8"),
        err: String::from_utf8(stderr).expect("messages are UTF-8"),
    };
    for text in [&said.out, &said.err] {
        assert!(!text.contains("panicked") && !text.contains("RUST_BACKTRACE"), "{text}");
        assert!(!text.contains('\x1b'), "colours without a terminal: {text:?}");
    }
    said
}

impl Said {
    #[track_caller]
    pub fn fine(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }

    /// Exit code 2, nothing on stdout, and a message with these words.
    #[track_caller]
    pub fn refused(self, words: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (Some(2), ""), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "no {word:?} in:\n{}", self.err);
        }
    }
}

#[test]
fn help_fits_80_columns_and_shows_examples() {
    let commands = ["", "serve", "lint", "explain", "routes", "schema", "assumptions", "init", "config", "completions"];
    let scenario = ["scenario", "scenario list", "scenario show", "scenario new", "scenario explain", "self-test"];
    for command in commands.into_iter().chain(scenario) {
        for flag in ["--help", "-h"] {
            let arguments: Vec<&str> = command.split_whitespace().chain([flag]).collect();
            let help = run(&arguments).fine();
            assert!(help.contains("Usage: ayra-mock"), "{command} {flag}:\n{help}");
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{command} {flag}: longer than 80 columns: {line}");
            }
        }
    }
    let help = run(&["--help"]).fine();
    for word in ["Examples:", "Exit codes", "AYRA_MOCK_PORT", "4010"] {
        assert!(help.contains(word), "no {word:?} in:\n{help}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(run(&["--version"]).fine(), concat!("ayra-mock ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_misspelt_flag_command_or_code_is_answered_with_the_right_one() {
    run(&["serve", "--prot", "1"]).refused(&["--prot", "--port"]);
    run(&["srve"]).refused(&["srve", "serve"]);
    run(&["--port", "70000"]).refused(&["70000"]);
    run(&["--port", "http"]).refused(&["http"]);
    run(&["--errors", "problems"]).refused(&["problems", "problem"]);
    run(&["explain", "E9999"]).refused(&["E9999"]);
    // A variable may be meant for another version: it is told of, and nothing is stopped.
    let said = said(program().arg("routes").env("AYRA_MOCK_STRICTT", "true"));
    assert_eq!(said.code, Some(0));
    assert!(said.err.contains("did you mean AYRA_MOCK_STRICT?"), "{}", said.err);
}

#[test]
fn a_broken_contract_does_not_start_and_all_its_errors_are_listed() {
    let folder = Folder::new();
    let path = folder.path().join("broken.yaml");
    let text = "openapi: 3.1.0\ninfo: { title: Pets, version: '1' }\npaths:\n  /pets:\n    get:\n      \
                parameters:\n        - name: size\n          in: qurey\n          schema: { type: string }\n      \
                responses:\n        '200':\n          description: Pets\n          content:\n            \
                application/json:\n              schema: { $ref: '#/components/schemas/Pet' }\n        '2xy':\n          \
                description: What is this\n";
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    for arguments in [vec!["--contract", path], vec!["lint", path]] {
        let said = run(&arguments);
        let (code, text) = match arguments[0] {
            "lint" => (1, &said.out),
            _ => (2, &said.err),
        };
        assert_eq!(said.code, Some(code), "{text}");
        for word in [
            &format!("{path}:8:"),
            "qurey",
            &format!("{path}:15:"),
            "#/components/schemas/Pet",
            &format!("{path}:16:"),
            "2xy",
        ] {
            assert!(text.contains(word), "{arguments:?}: no {word:?} in:\n{text}");
        }
    }
    let lines = run(&["lint", path, "--format", "json"]).out;
    let findings: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(findings.len() >= 3, "{lines}");
    for finding in findings {
        let code = finding["code"].as_str().unwrap();
        assert!(run(&["explain", code]).fine().starts_with(&format!("{code}: ")));
    }
}

#[test]
fn what_is_built_in_is_without_findings() {
    let text = run(&["lint", "--fail-on", "warning"]).fine();
    assert!(text.contains("no findings"), "{text}");
    let files = ["schemas/openapi.yaml", "fixtures/keys.yaml"];
    let text = run(&["lint", "--fail-on", "warning", files[0], files[1]]).fine();
    assert!(text.contains("no findings"), "{text}");
}

#[test]
fn routes_and_assumptions_list_what_the_contract_says() {
    let routes = run(&["routes"]).fine();
    assert!(routes.lines().filter(|line| line.contains("/v1/")).count() >= 27, "{routes}");
    assert!(routes.contains("/v1/conversations/{conversation_id}/transcript"), "{routes}");
    let assumptions = run(&["assumptions"]).fine();
    for word in ["A001", "A101", "A311"] {
        assert!(assumptions.contains(word), "no {word} in:\n{assumptions}");
    }
}

#[test]
fn routes_show_what_was_recognised() {
    let orders = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contracts/orders.yaml");
    let plain = run(&["routes", "--contract", orders]).fine();
    assert!(!plain.contains("list orders"), "{plain}");
    let stateful = run(&["routes", "--stateful", "--contract", orders]).fine();
    for words in ["list orders", "delete orders", "order_{12}", "status equals"] {
        assert!(stateful.contains(words), "no {words:?} in:\n{stateful}");
    }
    let json = run(&["routes", "--stateful", "--json", "--contract", orders]).fine();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["records"]["parameters"]["page"], "page");
    assert_eq!(json[4]["records"], serde_json::Value::Null);
    let embedded = run(&["routes"]).fine();
    assert!(embedded.contains("view transcript of conversations"), "{embedded}");
}

#[test]
fn init_writes_files_that_can_be_served_and_edited() {
    let folder = Folder::new();
    let dir = folder.path().join("mine");
    let dir = dir.to_str().unwrap();
    assert!(run(&["init", dir]).fine().contains("--dir"));
    run(&["init", dir]).fine();
    let keys = format!("{dir}/fixtures/keys.yaml");
    let edited = fs::read_to_string(&keys).unwrap().replace("sk_live_abc123xyz789", "sk_live_mine00000000");
    fs::write(&keys, edited).unwrap();
    run(&["init", dir]).refused(&["keys.yaml", "--force"]);

    let server = Server::start(["--dir", dir]);
    assert_eq!(exchange(&server, LIST).unwrap().status, 401);
    let with_mine = String::from_utf8_lossy(LIST).replace("sk_live_abc123xyz789", "sk_live_mine00000000");
    assert_eq!(exchange(&server, with_mine.as_bytes()).unwrap().status, 200);
    server.output_with("sk_live_mine00000000");
}

#[cfg(unix)]
#[test]
fn a_dialogue_that_can_not_be_read_is_refused_with_its_path() {
    let folder = Folder::new();
    let dialogues = folder.path().join("fixtures/dialogues");
    fs::create_dir_all(&dialogues).unwrap();
    let (dir, pipe) = (folder.path().to_str().unwrap(), dialogues.join("pipe.yaml"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let path = pipe.to_str().unwrap();
    run(&["serve", "--port", "0", "--dir", dir]).refused(&["E0019", path, "a pipe, socket or device"]);
    let lint = run(&["lint", "--dir", dir]);
    assert!(lint.code == Some(1) && lint.out.contains(path), "{}{}", lint.out, lint.err);
    fs::remove_file(&pipe).unwrap();
    std::os::unix::fs::symlink("/tmp", dialogues.join("more")).unwrap();
    run(&["serve", "--port", "0", "--dir", dir]).refused(&["E0020", "dialogues/more", "a link to one is not followed"]);
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]).fine();
        assert!(script.contains("ayra-mock") && script.contains("port-file"), "{shell}:\n{script}");
    }
    run(&["completions", "tcl"]).refused(&["tcl", "bash"]);
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
fn a_list_that_nobody_reads_is_no_fault() {
    let gone = said(program().arg("routes").stdout(std::io::pipe().unwrap().1));
    assert_eq!((gone.code, gone.err.as_str()), (Some(0), ""));
}

#[test]
fn colours_are_for_terminals_and_can_be_forced() {
    let mut command = program();
    command.args(["serve", "--color", "always"]).env_remove("NO_COLOR");
    let server = Server::from(command);
    server.output_with("\x1b[");
    let mut command = program();
    command.arg("serve").env_remove("NO_COLOR");
    let server = Server::from(command);
    let output = server.output_with("getReport");
    assert!(!output.contains('\x1b'), "{output:?}");
}

#[test]
fn settings_come_from_flag_variable_and_file_in_that_order() {
    let folder = Folder::new();
    fs::write(folder.path().join("ayra-mock.yaml"), "seed: 3\n").unwrap();
    let seed = |arguments: &[&str], variable: Option<&str>| {
        let mut command = program();
        command
            .args(["serve"])
            .args(arguments)
            .current_dir(folder.path())
            .envs(variable.map(|seed| ("AYRA_MOCK_SEED", seed)));
        let server = Server::from(command);
        let health = exchange(&server, b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        serde_json::from_slice::<Value>(&health.body).unwrap()["seed"].clone()
    };
    assert_eq!(seed(&["--seed", "1"], Some("2")), 1);
    assert_eq!(seed(&[], Some("2")), 2);
    assert_eq!(seed(&[], None), 3);
    fs::write(folder.path().join("ayra-mock.yaml"), "seeed: 3\n").unwrap();
    said(program().arg("serve").current_dir(folder.path())).refused(&["ayra-mock.yaml:1:1", "seeed", "seed"]);
}

#[test]
fn the_schema_for_editors_is_the_one_that_is_checked_in() {
    let printed = run(&["schema", "scenario"]).fine();
    assert_eq!(printed, fs::read_to_string(project().join("schemas/scenario.schema.json")).unwrap());
    let other = run(&["schema", "weather"]);
    assert!(other.code == Some(2) && other.err.contains("scenario"), "{}", other.err);
}
