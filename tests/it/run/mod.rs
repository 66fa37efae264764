//! `ayra-mock run`: what a command is told, how it is ended, what is said of its requests, and the code that it all leaves with.

mod ci;
mod coverage;
mod ending;
mod reports;
mod verdicts;

use std::fs;
use std::process::Command;

use crate::support::command::{Said, said};
use crate::support::server::{Folder, program};

/// What a client of these tests asks for: the path, with its key.
const ASK: &str = r#"ask() { curl -s -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $AYRA_API_KEY" "$AYRA_BASE_URL$1"; }; "#;

/// What it sends: a body, if it is not empty, a header, and where to.
const SEND: &str = r#"send() { curl -s -o /dev/null -H "Authorization: Bearer $AYRA_API_KEY" ${1:+-d "$1"} -H "$2" "$AYRA_BASE_URL$3"; }; "#;

/// `run` with these arguments, and a script as the command.
fn command(arguments: &[&str], script: &str) -> Command {
    let mut command = program();
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env("PATH", path).arg("run").args(arguments).args(["--", "sh", "-c", &format!("{ASK}{SEND}{script}")]);
    command
}

fn run(arguments: &[&str], script: &str) -> Said {
    said(&mut command(arguments, script))
}

#[test]
fn the_code_is_the_commands_own_or_says_what_was_found() {
    let good = "ask /v1/agents";
    let bad = "ask /v1/agents?page=x";
    let odd = "ask /v1/agents?pag=1";
    for (arguments, script, code) in [
        (&[][..], good, 0),
        (&[], bad, 1),
        (&[], odd, 0),
        (&["--fail-on", "warning"], odd, 1),
        (&[], "ask /nowhere", 1),
        (&[], "ask /v1/agents?page=x; exit 7", 7),
        (&[], "kill -9 $$", 137),
        (&["--exit-zero"], bad, 0),
        (&["--exit-zero"], "exit 7", 0),
        (&["--scenario", "no-such"], good, 2),
        (&["--now", "soon"], good, 2),
        (&["--env", "A={ur}"], good, 2),
        (&["--contract", "nowhere.yaml"], good, 2),
        (&["--journal-entries", "0"], good, 2),
        (&[], "true", 0),
        (&["--fail-on", "warning"], "true", 1),
        (&[], "send '{bad' 'Content-Type: application/json' /v1/contacts", 1),
        (&[], "send a=1 'Content-Type: application/x-www-form-urlencoded' /v1/contacts", 1),
        (&[], "send '' 'Accept: image/png' /v1/agents", 1),
    ] {
        let said = run(arguments, script);
        assert_eq!(said.code, Some(code), "{arguments:?} {script}\n{}", said.err);
    }
    let nobody = said(program().args(["run", "--", "no-such-command"]));
    assert_eq!(nobody.code, Some(3), "{}", nobody.err);
    assert!(nobody.err.contains("no-such-command"), "{}", nobody.err);
    let nothing = said(program().arg("run"));
    assert_eq!(nothing.code, Some(2), "{}", nothing.err);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    assert_eq!(run(&["--port", &port], good).code, Some(3));
}

#[test]
fn a_run_that_judged_nothing_or_not_all_says_so() {
    let none = run(&[], "true").err;
    assert!(none.contains("! no-requests: no request came\n") && none.contains("AYRA_BASE_URL"), "{none}");
    let ask = "ask /v1/agents; ask /v1/agents?page=x; ask /v1/agents";
    let forgotten = run(&["--journal-entries", "1"], ask).err;
    assert!(
        forgotten.contains("! forgotten: 2 of 3 requests made room for others and were not judged\n"),
        "{forgotten}"
    );
    let cleared = run(&[], &format!("{ask}; curl -s -X DELETE $AYRA_MOCK_URL/journal; ask /v1/agents")).err;
    assert!(cleared.contains("! cleared: 3 of 4 requests were taken out of the journal and not judged\n"), "{cleared}");
}

#[test]
fn the_output_is_the_commands_and_the_verdict_stands_beside_it() {
    let said = run(
        &[],
        "echo one; echo two >&2; ask /v1/agents; ask '/v1/conversations?page=x'; ask '/v1/conversations?page=y'",
    );
    assert_eq!(said.out, "one\n200\n400\n400\n");
    for words in [
        "two\n",
        "✗ no scenario: exit code 0, 3 requests",
        "✗ listConversations: query page: expected an integer of at least 1, got \"x\" (×2)  schemas/paths/conversations.yaml:4\n",
        "GET /v1/conversations?page=x  400\n",
        "replay ayra-mock run --seed 42 --now 20",
    ] {
        assert!(said.err.contains(words), "no {words:?} in:\n{}", said.err);
    }
    assert!(!said.err.contains("sk_live"), "a key is shown:\n{}", said.err);
    let quiet = run(&["--quiet"], "ask /v1/agents");
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("200\n", ""));
}

#[test]
fn the_replay_does_the_same_once_more() {
    let said = run(&["--env", "MY_URL={url}", "--conversations", "20"], "ask '/v1/conversations?page=x'");
    let line = said.err.lines().find_map(|line| line.trim().strip_prefix("replay ayra-mock ")).expect("a replay");
    let program = env!("CARGO_BIN_EXE_ayra-mock");
    let again = Command::new("sh").args(["-c", &format!("'{program}' {line}")]).output().expect("sh");
    let error = String::from_utf8(again.stderr).expect("text");
    assert_eq!(again.status.code(), said.code, "{error}");
    let replayed = error.lines().find_map(|line| line.trim().strip_prefix("replay ayra-mock "));
    assert_eq!(replayed, Some(line), "a replay replays as itself");
}

#[test]
fn a_command_of_several_lines_is_replayed_as_it_is() {
    let script = "ask /v1/agents?page=x\nif true; then\n\techo \"it's two\\nlines\" # said\nfi\nexit 5";
    let said = run(&[], script);
    assert_eq!(said.code, Some(5), "{}", said.err);
    let line = said.err.lines().find_map(|line| line.trim().strip_prefix("replay ayra-mock ")).expect("a replay");
    let program = env!("CARGO_BIN_EXE_ayra-mock");
    let again = Command::new("bash").args(["-c", &format!("'{program}' {line}")]).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&again.stdout), said.out);
    assert_eq!(again.status.code(), Some(5), "{line}");
}

#[test]
fn a_command_is_told_where_the_server_is_by_the_names_that_it_knows() {
    let wanted = [
        "--env",
        "API_URL={url}/v1",
        "--env",
        "WHERE={host} {port} {mock} {scenario} {seed}",
        "--scenario",
        "slow-fixed",
    ];
    let said = run(
        &wanted,
        "echo $AYRA_BASE_URL $AYRA_API_KEY $AYRA_MOCK_URL; echo $API_URL; echo $WHERE; env | grep -c HOME",
    );
    let lines: Vec<&str> = said.out.lines().collect();
    let url = lines[0].split(' ').next().unwrap();
    let host = url.strip_prefix("http://").unwrap();
    let port = host.strip_prefix("127.0.0.1:").unwrap();
    assert_eq!(lines[0], format!("{url} sk_live_abc123xyz789 {url}/_mock"));
    assert_eq!(lines[1], format!("{url}/v1"));
    assert_eq!(lines[2], format!("{host} {port} {url}/_mock slow-fixed 42"));
}

/// Three scenarios, as files: too much at once, a gateway that is down, and nothing but a little time.
fn stories(folder: &Folder) -> [String; 3] {
    const GATEWAY: &str = "{ status: 502, media_type: text/plain, text: down }";
    let stories = [
        ("limited", "{ when: { operation: listConversations, call: first 2 }, reply: rate_limited }".to_owned()),
        ("gateway", format!("{{ reply: {GATEWAY}, breaks_contract: true }}")),
        ("slow", "{ delay: 5ms }".to_owned()),
    ];
    stories.map(|(name, rule)| {
        let file = folder.path().join(format!("{name}.yaml"));
        fs::write(&file, format!("rules:\n  - {rule}\n")).unwrap();
        file.display().to_string()
    })
}

#[test]
fn it_runs_once_for_each_scenario_and_each_begins_anew() {
    let folder = Folder::new();
    let [limited, gateway, slow] = stories(&folder);
    let script = "echo $WHICH; ask /v1/conversations";
    let each = ["--env", "WHICH={scenario}", "--scenario", &limited, &slow, &gateway, "--now", "2025-01-15T15:00:00Z"];
    let alone = run(&each, script);
    assert_eq!(alone.out, "limited\n429\nslow\n200\ngateway\n502\n", "{}", alone.err);
    assert!(alone.err.contains("── 3/3 gateway\n"), "{}", alone.err);
    assert!(alone.err.contains("All 3 runs are good."), "{}", alone.err);
    let together = run(&["--together", "--scenario", &limited, &gateway], script);
    assert_eq!(together.out.lines().count(), 2, "{}", together.err);
    assert!(together.err.contains("✓ limited, gateway: exit code 0, 1 request"), "{}", together.err);
}

#[test]
fn a_file_goes_before_what_is_built_in_under_its_name() {
    let here = run(&["--scenario", "scenarios/slow-fixed.yaml"], "ask /v1/agents");
    assert_eq!((here.code, here.out.as_str()), (Some(0), "200\n"), "{}", here.err);
}

#[test]
fn several_runs_at_a_time_mark_their_lines_and_share_nothing() {
    let folder = Folder::new();
    let [limited, gateway, slow] = stories(&folder);
    let script = "ask /v1/conversations; printf 'no end'; echo aside >&2; [ \"$WHICH\" != slow ] || exit 4";
    let said = run(&["--jobs", "3", "--env", "WHICH={scenario}", "--scenario", &limited, &gateway, &slow], script);
    assert_eq!(said.code, Some(4), "{}", said.err);
    for line in ["limited | 429", "slow | 200", "gateway | 502", "slow | no end"] {
        assert!(said.out.lines().any(|printed| printed == line), "no {line:?} in:\n{}", said.out);
    }
    assert!(said.err.contains("slow | aside\n"), "{}", said.err);
    assert!(said.err.contains("1 of 3 runs fell short."), "{}", said.err);
    assert!(said.err.contains(&format!("--scenario {slow} -- sh -c")), "{}", said.err);
    run(&["--port", "4999", "--jobs", "2", "--scenario", &slow, &limited], script).refused(&["share the port"]);
}
