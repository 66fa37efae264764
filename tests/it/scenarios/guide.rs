//! Every scenario that docs/SCENARIOS.md shows is one.
//!
//! A block of YAML is a whole file. In a table the last cell is an example, and the first cell of the table's title says of
//! what: it is completed to a file by `completed`. A new table needs a line there.

use std::fs;

use super::all_are_good;
use crate::support::rust::project;
use crate::support::server::Folder;

struct Snippet {
    line: usize,
    scenario: String,
}

#[test]
fn every_snippet_of_the_guide_is_a_scenario() {
    let page = fs::read_to_string(project().join("docs/SCENARIOS.md")).expect("the guide");
    let found = [blocks(&page), examples(&page)];
    assert!(found[0].len() > 25 && found[1].len() > 80, "{} blocks, {} examples", found[0].len(), found[1].len());
    let folder = Folder::new();
    fs::write(folder.path().join("rows.json"), r#"{"data":[]}"#).unwrap();
    for snippet in found.iter().flatten() {
        fs::write(folder.path().join(format!("line-{}.yaml", snippet.line)), &snippet.scenario).unwrap();
    }
    all_are_good(folder.path());
}

fn blocks(page: &str) -> Vec<Snippet> {
    let mut found = Vec::new();
    let mut open: Option<Snippet> = None;
    for (number, line) in page.lines().enumerate() {
        match &mut open {
            None if line.trim() == "```yaml" => open = Some(Snippet { line: number + 2, scenario: String::new() }),
            Some(_) if line.trim() == "```" => found.extend(open.take()),
            Some(snippet) => snippet.scenario.push_str(&format!("{line}\n")),
            None => {}
        }
    }
    found
}

fn examples(page: &str) -> Vec<Snippet> {
    let mut found = Vec::new();
    let mut title: Option<&str> = None;
    for (number, line) in page.lines().enumerate() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match cells.as_slice() {
            [first, _, "Example"] => title = Some(first),
            _ if !line.starts_with('|') => title = None,
            [_, _, example] if example.starts_with('`') => {
                let Some(title) = title else { continue };
                let scenario = completed(title, example.trim_matches('`'));
                found.push(Snippet { line: number + 1, scenario });
            }
            _ => {}
        }
    }
    found
}

/// The example of a table as a whole file.
fn completed(title: &str, example: &str) -> String {
    let when = |conditions: &str| format!("rules:\n  - when: {{ {conditions} }}\n    delay: 1ms\n");
    let rule =
        |operation: &str, member: &str| format!("rules:\n  - when: {{ operation: {operation} }}\n    {member}\n");
    match title {
        "In `when`" | "As a value" | "As `call`" if example.contains("operation:") || example.contains("tag:") => {
            when(example)
        }
        "In `when`" | "As a value" | "As `call`" => when(&format!("operation: listConversations, {example}")),
        "In a rule" if example.starts_with("recording:") => rule("getConversation", example),
        "In `recording`" => rule("getConversation", example),
        "In a rule" | "As `delay`" | "In `fault`" | "In `page`" | "In `world`" => rule("listConversations", example),
        "In `reply`" => rule("listConversations", &format!("reply: {{ {example} }}\n    breaks_contract: true")),
        "In `limit`" => rule("listConversations", &format!("limit: {{ {example} }}")),
        title => panic!("what is an example of \"{title}\"?"),
    }
}
