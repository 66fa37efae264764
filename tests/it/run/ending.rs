//! How a command is ended: by itself, by signals that are handed on, and by the time.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ayra_mock::clock::Stopwatch;

use super::{command, run};
use crate::support::server::PATIENCE;

/// Starts a run, and waits for the first line that its command prints.
fn started(arguments: &[&str], script: &str) -> (Child, String, BufReader<std::process::ChildStdout>) {
    let mut child =
        command(arguments, script).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).expect("the command prints");
    (child, line.trim().to_owned(), lines)
}

fn signal(name: &str, id: u32) {
    assert!(Command::new("kill").args(["-s", name, &id.to_string()]).status().expect("kill is there").success());
}

/// Whether a process is there, and does not merely wait for somebody to ask how it ended.
fn lives(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with(['Z', 'X']))
}

/// What is killed is gone soon, not at once.
fn gone(id: &str) -> bool {
    let begin = Stopwatch::start();
    while lives(id) && begin.elapsed() < PATIENCE {
        std::thread::yield_now();
    }
    !lives(id)
}

/// A child of the command that is deaf to all but SIGKILL.
const DEAF: &str = "sh -c 'trap \"\" TERM INT; echo $$; exec sleep 1000' & wait";

#[test]
#[cfg(target_os = "linux")]
fn when_the_time_is_over_all_that_the_command_has_started_ends() {
    let begin = Stopwatch::start();
    let said = run(&["--timeout", "300ms"], DEAF);
    assert_eq!(said.code, Some(124), "{}", said.err);
    assert!(begin.elapsed() < Duration::from_secs(60), "nobody waited for the sleeper");
    assert!(said.err.contains("still running after 0.3s, and ended"), "{}", said.err);
    assert!(gone(said.out.trim()), "{} still lives", said.out);
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_that_a_command_has_started_outlives_it() {
    // One that can be asked to leave, and says so; one that is deaf to it.
    let polite = "trap \"echo asked; exit\" TERM; echo > $there; while :; do sleep 0.05; done";
    let deaf = "trap \"\" TERM; echo > $there; exec sleep 1000";
    for (left, last) in [(polite, "asked\n"), (deaf, "")] {
        let begin = Stopwatch::start();
        // The command ends when the other one is there.
        let there = "export there=$(mktemp -u); mkfifo $there";
        let said = run(&[], &format!("{there}; sh -c '{left}' & echo $!; read line < $there; rm $there; exit 3"));
        assert_eq!(said.code, Some(3), "{}", said.err);
        let id = said.out.lines().find(|line| line.parse::<u32>().is_ok()).expect("its number");
        assert!(gone(id), "{id} still lives");
        assert!(said.out.ends_with(last), "{}", said.out);
        assert!(begin.elapsed() < Duration::from_secs(60), "nobody waited for the sleeper");
    }
}

#[test]
fn a_command_that_is_in_time_is_left_alone() {
    let said = run(&["--timeout", "1h"], "trap 'echo told' TERM; exit 6");
    assert_eq!((said.code, said.out.as_str()), (Some(6), ""));
}

#[test]
fn signals_are_handed_on_and_the_command_answers_for_itself() {
    let script = "trap 'echo told; exit 9' TERM; trap 'echo use' USR1; echo ready; while :; do sleep 0.05; done";
    let (mut child, first, mut rest) = started(&["--scenario", "slow-fixed", "server-error-500"], script);
    assert_eq!(first, "ready");
    signal("USR1", child.id());
    let mut line = String::new();
    rest.read_line(&mut line).unwrap();
    assert_eq!(line, "use\n");
    signal("TERM", child.id());
    let (mut out, mut err) = (String::new(), String::new());
    rest.read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(9), "{err}");
    assert_eq!(out, "told\n", "the second scenario was not begun");
    assert!(err.contains("slow-fixed: exit code 9"), "what ran is judged:\n{err}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_that_ends_the_command_ends_all_of_it() {
    let (mut child, deaf, _rest) = started(&[], DEAF);
    signal("INT", child.id());
    signal("TERM", child.id());
    let code = child.wait().unwrap().code().expect("we leave by ourselves");
    assert!([130, 143, 137].contains(&code), "{code}");
    assert!(gone(&deaf), "{deaf} still lives");
}

#[test]
fn what_a_command_prints_is_there_at_once() {
    // The command waits for a line that only whoever has read the first one writes.
    let mut command = command(&[], "echo first; read answer; echo $answer");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "first\n");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"second\n").unwrap();
    line.clear();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "second\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
