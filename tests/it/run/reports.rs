//! Each form of the report: that it is what its readers take it for, and that nothing a client sends gets out of its place in it.

use std::fs;
use std::process::Stdio;

use jsonschema::Validator;
use serde_json::Value;

use super::{command, run};
use crate::support::command::said;
use crate::support::rust::project;
use crate::support::server::Folder;

/// Requests that break the contract with whatever could break a report.
const HOSTILE: &str = "ask '/v1/conversations?page=%3C/script%3E%26%22%27%7C%60::error::%0A%1b'; ask '/v1/agents?x=1'; \
                       ask '/no%3Cwhere%3E'; ask '/v1/agents?page=x'; ask '/v1/agents?page=y'";

const ALL: [&str; 8] = ["human", "junit", "sarif", "github", "gitlab", "markdown", "json", "html"];

/// Every form of one run, each in its file, in the order of `ALL`.
fn told(folder: &Folder, arguments: &[&str], script: &str) -> Vec<String> {
    let file = |name: &str| folder.path().join("out").join(name);
    let wanted: Vec<String> = ALL.iter().map(|name| format!("--report={name}={}", file(name).display())).collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).chain(arguments.iter().copied()).collect();
    run(&wanted, script);
    ALL.iter().map(|name| fs::read_to_string(file(name)).unwrap_or_else(|_| panic!("no {name}"))).collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn every_form_tells_the_same_findings() {
    let folder = Folder::new();
    let told = told(&folder, &[], HOSTILE);
    for (name, text) in ALL.iter().zip(&told) {
        assert!(!text.contains('\x1b'), "{name}: {text}");
        assert!(!text.contains("</script>") || !["junit", "markdown", "html"].contains(name), "{name}: {text}");
        for word in ["listConversations", "listAgents"] {
            assert!(text.contains(word), "{name} has no {word}:\n{text}");
        }
    }
    assert!(told[1].contains("\"the contract is kept: listAgents, query page type\""), "{}", told[1]);
    let [_, junit, sarif, github, gitlab, markdown, report, html] = told.as_slice() else { panic!("{told:?}") };
    assert!(junit.contains(" failures=\"3\" ") && junit.matches("<failure ").count() == 3, "{junit}");
    let results = json(sarif)["runs"][0]["results"].as_array().unwrap().len();
    assert_eq!((results, json(gitlab).as_array().unwrap().len()), (4, 4));
    assert_eq!(json(report)["runs"][0]["findings"].as_array().unwrap().len(), 4);
    let findings = json(report)["runs"][0]["findings"].clone();
    assert_eq!((&findings[2]["times"], &findings[3]["level"]), (&2.into(), &"warning".into()), "the gravest first");
    assert_eq!(github.lines().filter(|line| line.starts_with("::error ")).count(), 3, "{github}");
    assert_eq!(github.lines().filter(|line| line.starts_with("::warning ")).count(), 1, "{github}");
    assert!(github.lines().all(|line| line.starts_with("::")), "{github}");
    assert!(markdown.starts_with("## ❌") && html.starts_with("<!doctype html>"));
}

/// Opened and closed in order, and nothing in between that is neither: enough for what we write, without a parser of XML here.
#[test]
fn the_xml_is_well_formed() {
    let folder = Folder::new();
    let told = told(&folder, &["--scenario", "slow-fixed", "rate-limited-twice"], HOSTILE);
    let xml = told[1].split_once("?>").expect("a declaration").1;
    let mut open = Vec::new();
    for tag in xml.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').expect("a tag is closed");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        assert!(!text.contains(['"', '\'']), "{text}");
        match (tag.strip_prefix('/'), tag.ends_with('/')) {
            (Some(name), _) => assert_eq!(open.pop(), Some(name), "{xml}"),
            (None, false) => open.push(tag.split(' ').next().unwrap()),
            (None, true) => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(xml.matches("<testsuite ").count(), 2);
}

#[test]
fn the_json_is_as_its_schema_says() {
    let schema = json(&fs::read_to_string(project().join("schemas/report.schema.json")).unwrap());
    let judge: Validator = jsonschema::validator_for(&schema).expect("a schema");
    let folder = Folder::new();
    for (arguments, script) in [
        (&[][..], HOSTILE),
        (&[], "true"),
        (&["--scenario", "rate-limited-twice", "slow-fixed"], "ask /v1/conversations; kill -9 $$"),
        (&["--timeout", "50ms"], "sleep 100"),
    ] {
        let report = json(&told(&folder, arguments, script)[6]);
        let wrong: Vec<String> =
            judge.iter_errors(&report).map(|error| format!("{} {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{script}: {wrong:#?}\n{report:#}");
    }
    assert!(!judge.is_valid(&serde_json::json!({ "version": "0.1.0" })), "the schema asks for something");
}

#[test]
fn a_report_on_the_standard_output_stands_there_alone() {
    let said = run(&["--report", "json"], "echo mine; ask /v1/agents");
    assert_eq!(json(&said.out)["good"], true);
    assert!(said.err.contains("mine\n200\n"), "{}", said.err);
}

#[test]
fn in_github_actions_nobody_has_to_ask() {
    let folder = Folder::new();
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "before\n").unwrap();
    let mut command = command(&[], "ask '/v1/agents?page=x'");
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
    let told = said(&mut command);
    assert!(
        told.out.contains("\n::error file=schemas/paths/agents.yaml,line=4,title=type (no scenario)::"),
        "{}",
        told.out
    );
    let written = fs::read_to_string(&summary).unwrap();
    assert!(written.starts_with("before\n## ❌ The client falls short"), "{written}");
    assert!(!run(&[], "ask '/v1/agents?page=x'").out.contains("::error"));
}

#[test]
fn a_report_that_nobody_can_write_is_told_before_the_command_is_run() {
    let folder = Folder::new();
    let here = format!("junit={}", folder.path().display());
    let told = run(&["--report", &here], "echo ran");
    assert_eq!((told.code, told.out.as_str()), (Some(3), ""), "{}", told.err);
    run(&["--report", "junti=x"], "echo ran").refused(&["did you mean \"junit\"?"]);
}

#[test]
fn what_cannot_be_written_hides_neither_the_code_nor_the_other_reports() {
    let folder = Folder::new();
    let file = folder.path().join("junit.xml");
    let junit = format!("junit={}", file.display());
    // Nobody reads the standard output.
    for (script, code) in [("exit 7", 7), ("ask /v1/agents?page=x", 1), ("true", 0)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = command(&["--report", "markdown", "--report", &junit], script);
        let ended = command.stdout(writer).stderr(Stdio::null()).status().unwrap();
        assert_eq!(ended.code(), Some(code), "{script}");
        assert!(fs::read_to_string(&file).unwrap().ends_with("</testsuites>\n"), "{script}");
    }
    // The command itself puts a folder where the first report was to be.
    let gone = folder.path().join("gone");
    let html = format!("html={}", gone.display());
    let spoil = |rest: &str| format!("rm {0}; mkdir {0}; {rest}", gone.display());
    for (arguments, rest, code) in [(&[][..], "exit 7", 7), (&["--exit-zero"], "exit 7", 3), (&[], "true", 3)] {
        let said = run(&[&["--report", &html, "--report", &junit], arguments].concat(), &spoil(rest));
        assert_eq!(said.code, Some(code), "{rest}: {}", said.err);
        assert!(said.err.contains("it is a folder"), "{}", said.err);
        assert!(fs::read_to_string(&file).unwrap().ends_with("</testsuites>\n"), "{rest}");
        fs::remove_dir(&gone).unwrap();
    }
}

#[test]
fn no_number_of_warnings_hides_an_error() {
    let many = "seq 1 1100 | while read n; do echo \"url = $AYRA_BASE_URL/v1/agents?x$n=1\"; echo 'output = /dev/null'; done \
                | curl -s -H \"Authorization: Bearer $AYRA_API_KEY\" --config -; ask /v1/agents?page=x";
    let said = run(&["--report", "json"], many);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let told = json(&said.out)["runs"][0].clone();
    assert_eq!((&told["findings"][0]["level"], &told["untold"]), (&"error".into(), &100.into()));
    assert_eq!(told["findings"].as_array().unwrap().len(), 1_001);
    assert!(said.err.contains("and the contract was broken in other ways 100 times"), "{}", said.err);
}

/// The fingerprints in GitLab's report and those of SARIF, sorted.
fn fingerprints(script: &str, arguments: &[&str]) -> Vec<String> {
    let folder = Folder::new();
    let told = told(&folder, arguments, script);
    let sarif = json(&told[2])["runs"][0]["results"].as_array().unwrap().clone();
    let sarif = sarif.iter().map(|result| result["partialFingerprints"]["finding/v1"].as_str().unwrap().to_owned());
    let gitlab = json(&told[4]);
    let issues = gitlab.as_array().unwrap().iter().map(|issue| issue["fingerprint"].as_str().unwrap().to_owned());
    let (mut sarif, mut gitlab): (Vec<String>, Vec<String>) = (sarif.collect(), issues.collect());
    sarif.sort();
    gitlab.sort();
    assert_eq!(sarif, gitlab);
    gitlab
}

#[test]
fn a_finding_has_the_same_name_in_each_run_and_no_other_has_it() {
    let folder = Folder::new();
    let file = folder.path().join("never.yaml");
    let never = |operation: &str| format!("{{ never: {{ operation: {operation} }} }}");
    let rule = "{ when: { operation: listAgents }, delay: 1ms }";
    let expect = format!("[{}, {}]", never("listAgents"), never("listConversations"));
    fs::write(&file, format!("rules: [{rule}]\nexpect: {expect}\n")).unwrap();
    let arguments = ["--scenario", &file.display().to_string()];
    let one = fingerprints("ask /v1/agents?page=x; ask /v1/conversations; ask /v1/conversations?page=y", &arguments);
    let other = "ask /v1/conversations; ask /v1/conversations?page=0; ask /v1/agents; ask /v1/agents?page=z";
    assert_eq!(one.iter().collect::<std::collections::BTreeSet<_>>().len(), 4, "{one:?}");
    let again = fingerprints(other, &arguments);
    assert_eq!(again.iter().filter(|name| one.contains(name)).count(), 3, "what was wrong is wrong again: {again:?}");
    let third = fingerprints("ask /v1/conversations?page=z; ask /v1/agents?page=a", &arguments);
    assert_eq!(third, one);
}

#[test]
fn no_form_tells_a_key_wherever_it_was_sent() {
    let folder = Folder::new();
    let file = folder.path().join("never.yaml");
    let rule = "{ when: { operation: getAgent }, reply: { problem: rate_limited, retry_after: 60 } }";
    fs::write(&file, format!("rules: [{rule}]\nexpect: [{{ never: {{ operation: listAgents }} }}]\n")).unwrap();
    let key = "$AYRA_API_KEY";
    let script = format!(
        "ask /v1/agents?page={key}; ask /v1/agents?{key}=1; ask /v1/agents/{key}; ask /v1/agents/{key}; ask /no/{key}; \
         curl -s $AYRA_MOCK_URL/verdicts > {0}; mine=sk_live_mine; mine=${{mine}}_alone; \
         curl -s -H \"Authorization: Bearer $mine\" $AYRA_BASE_URL/v1/agents?page=$mine",
        folder.path().join("verdicts.json").display()
    );
    let told = told(&folder, &["--scenario", &file.display().to_string()], &script);
    let verdicts = fs::read_to_string(folder.path().join("verdicts.json")).unwrap();
    assert!(verdicts.contains("tries came too soon") || verdicts.contains("came too soon: #"), "{verdicts}");
    for (name, text) in ALL.iter().chain(&["verdicts"]).zip(told.iter().chain([&verdicts])) {
        for key in ["sk_live_abc123xyz789", "sk_live_mine_alone"] {
            assert!(!text.contains(key), "{name} tells {key}: {text}");
        }
        assert!(text.contains("***") || text.contains("\\*\\*\\*"), "{name}: {text}");
    }
}

#[test]
fn what_failed_stands_before_what_was_found() {
    let folder = Folder::new();
    let many = "for n in 1 2 3 4 5 6 7 8 9 10 11 12; do ask /no/$n; done; exit 4";
    let arguments = ["--min-coverage", "errors=99%", "--min-coverage", "operations=0", "--min-coverage", "90%"];
    let told = told(&folder, &arguments, many);
    let errors: Vec<&str> = told[3].lines().collect();
    assert_eq!(errors.len(), 10, "{}", told[3]);
    assert_eq!(errors[0], "::error title=no scenario::exit code 4");
    assert!(errors[1].starts_with("::error title=coverage::") && errors[2].starts_with("::error title=coverage::"));
    assert!(errors[3].starts_with("::error file=") && errors[9] == "::error::6 more were found", "{}", told[3]);
    let cases: Vec<&str> = told[1].lines().filter(|line| line.contains("classname=\"coverage\"")).collect();
    let [errors, operations, everything] = cases.as_slice() else { panic!("{cases:#?}") };
    assert!(errors.contains("\"enough of errors is met\"") && !errors.ends_with("/>"), "{errors}");
    assert!(operations.contains("\"enough of operations is met\"") && operations.ends_with("/>"), "{operations}");
    assert!(everything.contains("\"enough of everything is met\""), "{everything}");
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = Folder::new();
    let story = folder.path().join("story.yaml");
    let text = "rules:\n  - { when: { operation: listAgents }, delay: 1ms }\n";
    fs::write(&story, text).unwrap();
    let (named, link) = (story.display().to_string(), folder.path().join("link.json").display().to_string());
    std::os::unix::fs::symlink(&story, &link).unwrap();
    for other in [
        &["--report", &format!("json={named}")][..],
        &["--report", &format!("json={link}")],
        &["--journal", &named],
        &["--report", "json=twice", "--report", "junit=twice"],
    ] {
        let arguments = [&["--scenario", named.as_str()], other].concat();
        run(&arguments, "ask /v1/agents").refused(&[]);
        assert_eq!(fs::read_to_string(&story).unwrap(), text, "{other:?}");
    }
}

#[test]
fn what_was_not_played_is_told() {
    let folder = Folder::new();
    let file = folder.path().join("report.json");
    let wanted = format!("json={}", file.display());
    let said = run(&["--report", &wanted, "--scenario", "slow-fixed", "slow-spread"], "kill -TERM $PPID; sleep 5");
    let report = json(&fs::read_to_string(&file).unwrap());
    assert_eq!((&report["good"], &report["unplayed"]), (&false.into(), &1.into()), "{}", said.err);
    assert!(said.err.contains("1 run was not played."), "{}", said.err);
}

#[test]
fn a_replay_repeats_how_it_was_judged_and_publishes_no_variable() {
    let flags = ["--fail-on", "warning", "--timeout", "90s", "--except", "waited", "--min-coverage", "errors=1%"];
    let env = ["--env", "PASSWORD=hunter2", "--env", "API={url}/v1"];
    let said = run(&[&flags[..], &env].concat(), "ask /v1/agents?x=1");
    let replay = said.err.lines().find(|line| line.contains("replay ")).unwrap_or_else(|| panic!("{}", said.err));
    for words in [
        " --fail-on warning --timeout 90s --except waited --min-coverage 'errors=1%' ",
        " --env PASSWORD=\"${PASSWORD}\" --env 'API={url}/v1' ",
    ] {
        assert!(replay.contains(words), "no {words} in {replay}");
    }
    assert!(!said.err.contains("hunter2"), "{}", said.err);
}
