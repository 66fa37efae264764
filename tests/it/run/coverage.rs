//! What of the contract a client has met, and what it has not, as sentences.

use serde_json::Value;

use super::{run, stories};
use crate::support::server::Folder;

fn coverage(arguments: &[&str], script: &str) -> Value {
    let said = run(&[arguments, &["--report", "json"]].concat(), script);
    let report: Value = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.err));
    report["coverage"].clone()
}

fn met(coverage: &Value, kind: &str) -> u64 {
    let shares = coverage["shares"].as_array().unwrap();
    shares.iter().find(|share| share["kind"] == kind).map_or(0, |share| share["met"].as_u64().unwrap())
}

fn misses(coverage: &Value, sentence: &str) -> bool {
    coverage["missing"].as_array().unwrap().iter().any(|missing| missing == sentence)
}

#[test]
fn what_was_never_met_is_told_in_sentences() {
    let little = coverage(&[], "ask /v1/conversations; ask /v1/conversations/conv_abc123xyz789");
    assert_eq!((met(&little, "operations"), met(&little, "errors"), met(&little, "pages")), (2, 0, 0));
    // What is left out has a default, which is not what a client has met.
    assert_eq!((met(&little, "parameters"), met(&little, "values")), (1, 0));
    for sentence in [
        "your client never called listAgents",
        "your client never sent the query parameter 'page' to listConversations",
        "your client never sent sentiment=negative to listConversations",
        "your client never saw a 403 from getConversation",
        "your client never asked listConversations for a further page by 'page'",
    ] {
        assert!(misses(&little, sentence), "{sentence:?} is missing in {little:#}");
    }
    assert!(!misses(&little, "your client never saw a 403 from listAgents"), "it was never called at all");

    let more = coverage(
        &[],
        "ask '/v1/conversations?page=2&sentiment=negative'; ask /v1/conversations/conv_none; ask '/v1/conversations?page=x'",
    );
    assert_eq!((met(&more, "operations"), met(&more, "errors"), met(&more, "pages")), (2, 2, 1));
    assert_eq!((met(&more, "parameters"), met(&more, "values")), (3, 1));
    assert!(!misses(&more, "your client never sent sentiment=negative to listConversations"));
}

#[test]
fn all_runs_count_together_and_rules_with_them() {
    let folder = Folder::new();
    let [limited, _, slow] = stories(&folder);
    let armed = ["--scenario", &limited, &slow];
    let both = coverage(&armed, "ask /v1/conversations; ask /v1/agents");
    assert_eq!((met(&both, "operations"), met(&both, "rules")), (2, 2), "{both:#}");
    let none = coverage(&armed, "true");
    assert_eq!((met(&none, "operations"), met(&none, "rules")), (0, 0));
    assert!(misses(&none, "your client never met the rule 'rule 1' of slow"), "{none:#}");
}

#[test]
fn too_little_fails_and_says_what_is_missing() {
    let script = "ask /v1/conversations";
    let said = run(&["--min-coverage", "operations=3%", "--min-coverage", "errors=0"], script);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.err.contains("coverage 1 of 30 operations, "), "{}", said.err);
    let said = run(&["--min-coverage", "80%", "--min-coverage", "operations=3%", "--quiet"], script);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("% of everything was met, and 80% was asked for\n"), "{}", said.err);
    assert!(
        said.err.contains("  and ") && said.err.contains("  your client never called listAgents\n"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("3%"), "{}", said.err);
    let said = run(&["--min-coverage", "100%", "--report", "junit"], script);
    assert!(
        said.out.contains("<testsuite id=\"1\"") && said.out.contains("<failure type=\"coverage\""),
        "{}",
        said.out
    );
    for wrong in ["operation=3%", "101%", "much"] {
        run(&["--min-coverage", wrong], script).refused(&["--min-coverage"]);
    }
}

#[test]
fn a_running_server_tells_it_too() {
    let script = "ask '/v1/agents?page=2'; curl -s $AYRA_MOCK_URL/coverage; curl -s $AYRA_MOCK_URL/coverage?after=1";
    let said = run(&[], script);
    let told = said.out.strip_prefix("200\n").expect("an answer");
    let told: Vec<Value> = serde_json::Deserializer::from_str(told).into_iter().map(Result::unwrap).collect();
    assert_eq!((met(&told[0], "operations"), met(&told[0], "pages")), (1, 1), "{told:#?}");
    assert_eq!((&told[0]["lane"], &told[0]["requests"]), (&"default".into(), &1.into()));
    assert_eq!(met(&told[1], "operations"), 0);
}

const PETS: &str = r#"
openapi: 3.1.0
info: { title: Pets, version: "1" }
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - { name: theme, in: cookie, schema: { type: string, default: light } }
        - { name: "page[size]", in: query, schema: { type: integer, default: 10 } }
        - { name: kind, in: query, schema: { type: [string, "null"], enum: [cat, null] } }
        - { name: page, in: query, schema: { type: integer, minimum: 0 }, x-mock: { role: page } }
      responses: { "200": { description: all }, "403": { description: no } }
"#;

#[test]
fn only_what_was_sent_and_seen_counts() {
    let folder = Folder::new();
    let (contract, closed) = (folder.path().join("pets.yaml"), folder.path().join("closed.yaml"));
    std::fs::write(&contract, PETS).unwrap();
    let rule = "{ when: { operation: listPets, headers: { x-close: { present: true } } }, reply: { status: 403 }, fault: close }";
    std::fs::write(&closed, format!("rules: [{rule}]\n")).unwrap();
    let arguments = ["--contract", contract.to_str().unwrap(), "--scenario", closed.to_str().unwrap()];
    let get = |rest: &str| format!("curl -s -o /dev/null {rest}");
    let counted = |script: &str| {
        let told = coverage(&arguments, script);
        ["parameters", "values", "errors", "pages"].map(|kind| met(&told, kind))
    };
    assert_eq!(counted(&get("\"$AYRA_BASE_URL/pets?page=0\"")), [1, 0, 0, 0]);
    assert_eq!(counted(&get("-b other=1 -H 'X-Close: 1' \"$AYRA_BASE_URL/pets\"")), [0, 0, 0, 0]);
    let all = coverage(&arguments, &get("-g -b theme=dark \"$AYRA_BASE_URL/pets?page[size]=3&kind=cat&page=1\""));
    assert_eq!((met(&all, "parameters"), met(&all, "values"), met(&all, "pages")), (4, 1, 1), "{all:#}");
    assert!(!all["missing"].to_string().contains("null"), "{all:#}");
}
