//! What the README and the guides show is what happens: their commands are run, in their order, by somebody with an empty
//! folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::rust::project;
use crate::support::server::{Folder, Server, program};

/// Where a scenario of the README is saved, as it says.
const SAVED: &str = "trouble.yaml";

/// A fenced block: its language and its text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let fenced = page.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n')).collect()
}

/// Saves the scenario that stands among the blocks.
fn save(blocks: &[(&str, &str)], folder: &Path) -> bool {
    let scenario = blocks.iter().find(|(language, _)| *language == "yaml");
    scenario.is_some_and(|(_, text)| fs::write(folder.join(SAVED), text).is_ok())
}

fn bash(text: &str, folder: &Path) -> String {
    let run = Command::new("bash").args(["-ec", text]).current_dir(folder).output().expect("bash");
    assert!(run.status.success(), "README.md: {text}\n{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("text")
}

/// Each section has a server of its own. What curl prints stands below it.
#[test]
fn every_answer_in_the_readme_is_the_real_one() {
    let page = fs::read_to_string(project().join("README.md")).expect("the README");
    let folder = Folder::new();
    let mut shown = 0;
    for section in page.split("\n## ") {
        let mut blocks = blocks(section);
        blocks.push(("", ""));
        if !blocks.iter().any(|(_, text)| text.contains("curl ")) {
            continue;
        }
        let mut command = program();
        command.args(["serve", "--check-answers", "--now=2025-01-15T15:00:00Z"]).current_dir(folder.path());
        if save(&blocks, folder.path()) {
            command.args(["--scenario", &format!("./{SAVED}")]);
        }
        let server = Server::from(command);
        for pair in blocks.windows(2).filter(|pair| pair[0].0 == "sh" && pair[0].1.contains("curl ")) {
            let [command, answer] =
                [pair[0].1, pair[1].1].map(|text| text.replace("http://127.0.0.1:4010", &server.url("")));
            let said = bash(&command.replace("curl ", "curl -s "), folder.path());
            if ["json", "text"].contains(&pair[1].0) {
                let lines = |text: &str| text.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
                assert_eq!(lines(&said), lines(&answer), "README.md: {command}");
                shown += 1;
            }
        }
    }
    assert!(shown >= 6, "the README shows {shown} commands with their answers");
}

#[test]
fn every_command_in_the_docs_does_its_work() {
    for (name, least) in [("README.md", 12), ("docs/SCENARIOS.md", 7), ("scenarios/README.md", 4)] {
        let page = fs::read_to_string(project().join(name)).expect("a page");
        let (blocks, folder) = (blocks(&page), Folder::new());
        save(&blocks, folder.path());
        fs::copy(project().join("tests/contracts/orders.yaml"), folder.path().join("openapi.yaml")).unwrap();
        let scripts = blocks.iter().filter(|(language, _)| *language == "sh");
        let lines: Vec<&str> =
            scripts.flat_map(|(_, text)| text.lines()).filter_map(|line| line.strip_prefix("ayra-mock ")).collect();
        assert!(lines.len() >= least, "{name}: {lines:?}");
        for line in lines {
            works(name, line, folder.path());
        }
    }
}

fn works(page: &str, line: &str, folder: &Path) {
    // As a shell understands it. Where to listen is the test's own business.
    let words = line.replace("--port 0 --port-file port.txt &", "");
    let words = bash(&format!("printf '%s\\n' {words}"), folder);
    // Which suite there is, too.
    let words = words.replace("pytest\n-q\n", "true\n").replace("npm\ntest\n", "true\n");
    let words: Vec<&str> = words.lines().filter(|word| !word.is_empty()).collect();
    let mut command = program();
    command.args(&words).current_dir(folder);
    if words.first().is_none_or(|word| word.starts_with("--")) {
        Server::from(command).output_with("Replay");
        return;
    }
    let run = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&run.stderr);
    // A suite that asks for nothing may be told that it falls short.
    let is_good = match words.first() {
        Some(&"run") => matches!(run.status.code(), Some(0 | 1)),
        _ => run.status.success() && said.is_empty(),
    };
    assert!(is_good, "{page}: ayra-mock {line}\n{said}");
}
