//! What docs/CI.md shows is what works: its workflows are read as YAML, and every command in them is run by a shell, with suites that
//! ask for something.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use ayra_mock::source::SourceFile;
use serde_json::Value;

use crate::support::rust::project;
use crate::support::server::Folder;

/// A suite that is good with the API, and waits where it is told to.
const SUITE: &str = "#!/bin/sh\n\
    url=${AYRA_BASE_URL:?} key=${AYRA_API_KEY:?}\n\
    [ -z \"$API_URL\" ] || [ \"$API_URL\" = \"$url/v1\" ] || exit 9\n\
    curl -sf -o /dev/null -H \"Authorization: Bearer $key\" \"$url/v1/agents?page=1\"\n";

const SCENARIO: &str =
    "about: The list of agents is slow.\nrules:\n  - when: { operation: listAgents }\n    delay: 1ms\n";

/// The texts in a value that are commands of ours.
fn commands(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("ayra-mock ") => found.push(text.trim().to_owned()),
        Value::Array(items) => items.iter().for_each(|item| commands(item, found)),
        Value::Object(members) => members.values().for_each(|member| commands(member, found)),
        _ => {}
    }
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn every_command_of_the_workflows_does_its_work() {
    let page = fs::read_to_string(project().join("docs/CI.md")).unwrap();
    let mut found = Vec::new();
    for block in page.split("```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').unwrap();
        match language {
            "yaml" => commands(&SourceFile::parse("workflow.yaml", text).expect("YAML").value, &mut found),
            _ => found.extend(text.lines().map(str::to_owned)),
        }
    }
    assert_eq!(found.len(), 5, "{found:#?}");
    let folder = Folder::new();
    let tools = folder.path().join("bin");
    fs::create_dir_all(&tools).unwrap();
    fs::create_dir_all(folder.path().join("scenarios")).unwrap();
    for name in ["one", "two"] {
        fs::write(folder.path().join(format!("scenarios/{name}.yaml")), SCENARIO).unwrap();
    }
    symlink(env!("CARGO_BIN_EXE_ayra-mock"), tools.join("ayra-mock")).unwrap();
    executable(&tools.join("pytest"), SUITE);
    executable(&tools.join("npm"), SUITE);
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    for command in &found {
        let mut shell = Command::new("bash");
        let shell = shell.args(["-ec", command]).current_dir(folder.path()).env_clear().env("PATH", &path);
        let ended = shell.output().unwrap();
        assert!(ended.status.success(), "{command}\n{}", String::from_utf8_lossy(&ended.stderr));
        for (_, name) in command.split_whitespace().filter_map(|word| word.split_once("=out/")) {
            let report = folder.path().join("out").join(name);
            assert!(report.metadata().is_ok_and(|about| about.len() > 0), "{command}: no {name}");
        }
    }
}
