//! What the README shows is what happens: its curl commands are run, in their order, on a fresh server.

use std::fs;
use std::process::Command;

use crate::support::rust::project;
use crate::support::server::Server;

/// A fenced block: its language and its text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let fenced = page.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n')).collect()
}

#[test]
fn every_answer_in_the_readme_is_the_real_one() {
    let page = fs::read_to_string(project().join("README.md")).expect("the README");
    let server = Server::start(["--check-answers", "--now=2025-01-15T15:00:00Z"]);
    let mut shown = 0;
    for pair in blocks(&page).windows(2) {
        let [("sh", command), ("json", answer)] = pair else { continue };
        let [command, answer] = [command, answer].map(|text| text.replace("http://127.0.0.1:4010", &server.url("")));
        let run = Command::new("bash").args(["-c", &format!("{} -s", command.trim())]).output();
        let said = String::from_utf8(run.expect("bash").stdout).expect("text");
        assert_eq!(said.trim(), answer.trim(), "README.md: {command}");
        shown += 1;
    }
    assert!(shown >= 3, "the README shows {shown} commands with their answers");
}
