//! What the commands print, for people and for programs, and with which exit code they leave. `process.rs` has the server.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::command::{run, said};
use crate::support::http::exchange;
use crate::support::rust::project;
use crate::support::server::{Folder, Server, program};

const LIST: &[u8] = b"GET /v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_live_abc123xyz789\r\n\r\n";

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
    for arguments in [["serve", "--prot", "1"].as_slice(), &["--prot", "1"]] {
        run(arguments).refused(&["--prot", "--port"]);
    }
    run(&["srve"]).refused(&["srve", "serve"]);
    run(&["--port", "70000"]).refused(&["70000"]);
    run(&["--errors", "problems"]).refused(&["problems", "problem"]);
    run(&["explain", "E9999"]).refused(&["E9999"]);
    // A variable may be meant for another version: it is told of, and nothing is stopped.
    let said = said(program().arg("routes").env("AYRA_MOCK_STRICTT", "true"));
    assert_eq!(said.code, Some(0));
    assert!(said.err.contains("did you mean AYRA_MOCK_STRICT?"), "{}", said.err);
}

#[test]
fn what_is_wrong_is_said_in_one_line_with_what_to_do() {
    run(&["--port", "http"]).refused(&["--port: expected a number from 0 to 65535"]);
    run(&["serve", "--port", "http"]).refused(&["--port: expected a number from 0 to 65535"]);
    run(&["--contract", "none.yaml"]).refused(&["none.yaml", "OpenAPI"]);
    run(&["--dir", "none"]).refused(&["none", "ayra-mock init"]);
    run(&["--config", "none.yaml"]).refused(&["there is no file none.yaml", "--no-config"]);
    run(&["--port", "0", "--port-file", "none/port"]).refused(&["none/port can't be written"]);
    run(&["--port", "0", "--host", "203.0.113.1"]).refused(&["no interface", "--host 127.0.0.1"]);
    run(&["lint", "none.yaml"]).refused(&["none.yaml"]);
    run(&["explain", "E00x2"]).refused(&["did you mean E0002?"]);
}

/// `--contract "$NAME"` of a script in which the name is not set.
#[test]
fn an_empty_path_is_not_taken_for_none() {
    for flag in ["--contract", "--dir", "--config", "--port-file"] {
        run(&["serve", flag, ""]).refused(&["a value is required", flag]);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let folder = Folder::new();
    let pipe = folder.path().join("api.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    run(&["serve", "--contract", pipe]).refused(&["no regular file"]);
    let output = run(&["lint", pipe]);
    assert_eq!(output.code, Some(1));
    assert!(output.out.contains("no regular file"), "{output:?}");
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

#[test]
fn what_is_served_can_be_written_out_changed_and_served_again() {
    let folder = Folder::new();
    let target = folder.path().join("own");
    let own = target.to_str().unwrap();
    assert_eq!(run(&["init", own]).code, Some(0));
    let before = run(&["routes", "--json"]);
    assert_eq!(run(&["routes", "--json", "--dir", own]).out, before.out);
    let document = target.join("schemas/openapi.yaml");
    let changed = std::fs::read_to_string(&document).unwrap().replacen("title: ", "title: Changed ", 1);
    std::fs::write(&document, &changed).unwrap();
    run(&["init", own]).refused(&["openapi.yaml would be overwritten", "--force"]);
    assert_eq!(std::fs::read_to_string(&document).unwrap(), changed, "a refusal writes nothing");
    std::fs::write(&document, format!("{changed}\nopenapi: 3.0.0\n")).unwrap();
    let linted = run(&["lint", "--dir", own]);
    assert_eq!(linted.code, Some(1));
    assert!(linted.out.contains("openapi.yaml:"), "{}", linted.out);
    run(&["routes", "--dir", own]).refused(&["openapi.yaml:"]);
    assert_eq!(run(&["init", own, "--force"]).code, Some(0));
    assert_eq!(run(&["lint", "--dir", own]).code, Some(0));
}

#[test]
fn a_fixture_that_breaks_its_schema_is_found_before_anything_is_served() {
    let folder = Folder::new();
    let own = folder.path().to_str().unwrap();
    assert_eq!(run(&["init", own]).code, Some(0));
    let agents = folder.path().join("fixtures/agents.yaml");
    let changed = std::fs::read_to_string(&agents).unwrap().replacen("language: en", "language: 7", 1);
    std::fs::write(&agents, changed).unwrap();
    let linted = run(&["lint", "--dir", own]);
    assert_eq!(linted.code, Some(1));
    assert!(linted.out.contains("agents.yaml:"), "{}", linted.out);
    run(&["--dir", own, "--port", "0"]).refused(&["agents.yaml:", "language"]);
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
fn a_list_that_nobody_reads_is_no_fault() {
    let gone = said(program().arg("routes").stdout(std::io::pipe().unwrap().1));
    assert_eq!((gone.code, gone.err.as_str()), (Some(0), ""));
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
