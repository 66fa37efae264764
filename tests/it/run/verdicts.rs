//! What a scenario expects of a client is judged when its run is over, and told with the line that expects it.

use std::fs;

use serde_json::Value;

use super::run;
use crate::support::server::Folder;

const STORY: &str = "\
about: The list is limited twice.
rules:
  - when: { operation: listAgents, call: first 2 }
    reply: { problem: rate_limited, retry_after: 1 }
expect:
  - retried: { operation: listAgents }
  - calls: { operation: listAgents, at_most: 4 }
";

#[test]
fn what_a_scenario_expects_is_judged() {
    let folder = Folder::new();
    let file = folder.path().join("limited.yaml");
    fs::write(&file, STORY).unwrap();
    let file = file.display().to_string();
    let report = |script: &str| {
        let said = run(&["--report", "json", "--scenario", &file], script);
        let report: Value = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.err));
        (said, report)
    };
    let (said, told) = report("ask /v1/agents");
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("✗ retried: ") && said.err.contains("limited.yaml:6\n"), "{}", said.err);
    let finding = &told["runs"][0]["findings"][0];
    assert_eq!(
        (&finding["kind"], &finding["code"], &finding["line"]),
        (&"verdict".into(), &"retried".into(), &6.into())
    );
    assert!(finding["file"].as_str().unwrap().ends_with("limited.yaml"), "{finding:#}");
    assert!(!finding["advice"].as_str().unwrap().is_empty() && finding["exchanges"][0]["status"] == 429, "{finding:#}");
    let judgements = told["runs"][0]["judgements"].as_array().unwrap();
    let outcome = |name: &str| judgements.iter().find(|one| one["verdict"] == name).map(|one| one["outcome"].clone());
    assert_eq!((outcome("retried"), outcome("calls")), (Some("failed".into()), Some("passed".into())));

    // Who asks again at once does not wait as long as it was told, which holds for every run.
    let at_once = "ask /v1/agents; ask /v1/agents; ask /v1/agents";
    let (said, told) = report(at_once);
    assert!(said.err.contains("✗ waited: "), "{}", said.err);
    assert_eq!((said.code, told["runs"][0]["findings"].as_array().unwrap().len()), (Some(1), 1), "{}", said.err);
    assert_eq!(run(&["--except", "waited", "--scenario", &file], at_once).code, Some(0));
    run(&["--except", "wated"], at_once).refused(&["waited"]);
}

#[test]
fn lanes_are_clients_of_their_own() {
    let folder = Folder::new();
    let file = folder.path().join("once.yaml");
    let rule = "{ when: { operation: listAgents, call: first 1 }, reply: { problem: rate_limited, retry_after: 60 } }";
    let expect = "expect: [{ calls: { operation: listAgents, at_least: 1, at_most: 2 } }]";
    fs::write(&file, format!("rules:\n  - {rule}\n{expect}\n")).unwrap();
    let arguments = ["--report", "json", "--scenario", &file.display().to_string()];
    let script = |rest: &str| {
        format!(
            "via() {{ curl -s -o /dev/null -H \"X-Mock-Lane: $1\" -H \"Authorization: Bearer $AYRA_API_KEY\" $AYRA_BASE_URL$2; }}; {rest}"
        )
    };
    // Each is told to wait in its first request, and a third one asks for something else.
    let said = run(&arguments, &script("via gw0 /v1/agents; via gw1 /v1/agents; via gw2 /v1/conversations"));
    assert_eq!(said.code, Some(0), "{}", said.err);
    let said = run(&arguments, &script("via gw0 /v1/agents; via gw1 /v1/agents; via gw1 /v1/agents"));
    assert_eq!(said.code, Some(1), "{}", said.err);
    let told: Value = serde_json::from_str(&said.out).unwrap();
    let findings = told["runs"][0]["findings"].as_array().unwrap();
    assert_eq!((findings.len(), &findings[0]["code"]), (1, &"waited".into()), "{findings:#?}");
    assert!(findings[0]["message"].as_str().unwrap().starts_with("Lane gw1: 1 of 1 "), "{findings:#?}");
}

#[test]
fn what_the_contract_does_not_know_can_be_let_pass() {
    for script in ["ask /v1/agents?pag=1", "ask /nowhere"] {
        assert_eq!(run(&["--fail-on", "warning"], script).code, Some(1), "{script}");
        let said = run(&["--fail-on", "warning", "--except", "known_only"], script);
        assert_eq!(said.code, Some(0), "{script}: {}", said.err);
    }
    assert_eq!(run(&["--except", "known_only"], "ask /v1/agents?page=x").code, Some(1));
}
