use serde_json::json;

use super::*;
use crate::miss::MOST;
use crate::scenario::sample::*;
use crate::scenario::{After, Calls, Condition, Matcher, Subject, When};

fn query(name: &str) -> Subject {
    Subject::Query(name.to_owned())
}

fn header(name: &'static str) -> Subject {
    Subject::Header(http::HeaderName::from_static(name))
}

fn with(when: When, conditions: Vec<(Subject, Matcher)>) -> When {
    let conditions = conditions.into_iter().map(|(of, test)| Condition { of, test }).collect();
    When { conditions, ..when }
}

fn equal(value: serde_json::Value) -> Matcher {
    Matcher::Equals(value)
}

/// What is told of a request, each in a line.
fn lines<'c>(clinic: &Clinic, call: impl Into<Call<'c>>) -> Vec<String> {
    let place = |line: String| line.replace("(scenarios/s.yaml:0)", "-").replace(", distance", "");
    clinic.ask(call).misses.nearest.iter().map(|miss| place(miss.to_string())).collect()
}

#[test]
fn rules_that_lack_little_are_told_the_nearest_first() {
    let sent = || (header("content-type"), equal(json!("application/json")));
    let clinic = Clinic::with([scenario(
        "s",
        vec![
            rule("third page", with(of(LIST), vec![(query("page"), equal(json!(3)))])),
            rule("two", with(of(LIST), vec![(query("page"), equal(json!(3))), (query("name"), equal(json!("Bo")))])),
            rule(
                "three",
                with(of(LIST), vec![sent(), (header("x-a"), equal(json!("a"))), (query("name"), equal(json!("Bo")))]),
            ),
            rule("elsewhere", of(GET)),
            rule("refused", When { refused: true, ..of(LIST) }),
            rule("anywhere", given(header("x-odd"), Matcher::Present(true))),
            rule("named", with(of(LIST), vec![(query("name"), equal(json!("Ann")))])),
            rule("json", with(of(CREATE), vec![sent()])),
            rule("age", with(of(CREATE), vec![(Subject::Body("/age".to_owned()), equal(json!(3)))])),
        ],
    )]);
    let lines = |call: Call| lines(&clinic, call);
    let call = |line: &'static str| Call { line, ..Call::default() };
    assert_eq!(
        lines(call("GET /pets?page=2&name=ann")),
        [
            r#"rule named of s - 1; /query/name: expected "Ann", got "ann"; hint: /query/name: only upper and lower case differ"#,
            "rule third page of s - 2; /query/page: expected 3, got 2",
        ]
    );
    assert_eq!(
        lines(call("GET /pets?page=3")),
        [
            r#"rule two of s - 2; /query/name: expected "Bo", got nothing"#,
            r#"rule named of s - 2; /query/name: expected "Ann", got nothing"#
        ]
    );
    let typed = [("content-type", "application/json; charset=utf-8")];
    assert_eq!(
        lines(Call { headers: &typed, body: Some(json!({ "age": "3" })), ..call("POST /pets") }),
        [
            r#"rule json of s - 1; /headers/content-type: expected "application/json", got "application/json; charset=utf-8"; hint: /headers/content-type: only the parameters of the media type differ, such as its charset"#,
            r#"rule age of s - 1; /body/age: expected 3, got "3"; hint: /body/age: it came as text, and is expected as a value"#,
        ]
    );
    assert_eq!(
        lines(call("POST /pets"))[0],
        r#"rule json of s - 2; /headers/content-type: expected "application/json", got nothing"#
    );
}

#[test]
fn what_was_not_its_turn_is_told_unless_another_rule_had_it() {
    let calls = |range: std::ops::RangeInclusive<u64>| When { calls: Calls::Within(vec![range]), ..of(LIST) };
    let clinic = Clinic::with([scenario("s", vec![rule("first", calls(1..=1)), rule("second", calls(2..=2))])]);
    let mut told = [(); 3].map(|()| lines(&clinic, "GET /pets"));
    assert_eq!(told[..2], [Vec::<String>::new(), Vec::new()]);
    told[2].sort();
    assert_eq!(
        told[2],
        [
            "rule first of s - 2; /call: expected number 1, got number 3",
            "rule second of s - 2; /call: expected number 2, got number 3"
        ]
    );
    let state = When { states: vec!["paid".to_owned()], ..of(GET) };
    let clinic = Clinic::with([scenario("s", vec![rule("paid", state)])]);
    let misses = clinic.ask("GET /pets/1").misses;
    assert_eq!(
        misses.nearest[0].to_string(),
        "rule paid of s (scenarios/s.yaml:0), distance 2; /state: expected \"paid\", got \"start\""
    );
    assert!(misses.nearest[0].is_of_turn());
}

#[test]
fn a_step_that_might_have_come_is_told() {
    let pay = || with(of(GET), vec![(Subject::Path("pet_id".to_owned()), equal(json!("7")))]);
    let steps = || vec![step("seven", pay()), step("list", of(LIST))];
    let lenient = Clinic::with([scripted(false, After::Stop, steps())]);
    let near = "step seven of script (scenarios/script.yaml:0) 2; /path/1: expected \"7\", got \"8\"";
    assert_eq!(lines(&lenient, "GET /pets/8"), [near]);
    assert!(lines(&lenient, "POST /pets").is_empty());
    let strict = Clinic::with([scripted(true, After::Stop, steps())]);
    let wanted = strict.ask("POST /pets");
    let problem = wanted.refusal().unwrap().problem();
    assert_eq!(problem.misses, wanted.misses);
    assert_eq!(
        wanted.misses.nearest[0].to_string(),
        "step seven of script (scenarios/script.yaml:0), distance 7; /operation: expected getPet, got createPet; /path/pet_id: expected \"7\", got nothing"
    );
    assert_eq!(problem.facts["near_misses"][0]["step"], "seven");
}

#[test]
fn no_key_is_told() {
    let clinic = Clinic::with([scenario(
        "s",
        vec![
            rule("key", with(of(LIST), vec![(Subject::Key, equal(json!("sk_other")))])),
            rule("badge", with(of(LIST), vec![(header("x-badge"), equal(json!("b_other")))])),
            rule("echo", with(of(LIST), vec![(query("name"), equal(json!("x")))])),
        ],
    )]);
    let call = Call {
        line: "GET /pets?name=sk_mine",
        headers: &[("x-badge", "b_mine")],
        key: Some("sk_mine"),
        ..Call::default()
    };
    let told = lines(&clinic, call).join("\n");
    assert_eq!(told.lines().count(), 3, "{told}");
    for secret in ["sk_", "b_"] {
        assert!(!told.contains(secret), "{told}");
    }
    assert!(told.contains("/headers/x-badge: expected ***, got ***"), "{told}");
}

#[test]
fn a_slip_is_told_beside_many_others() {
    let page = |n: i64| rule(&n.to_string(), with(of(LIST), vec![(query("page"), equal(json!(n)))]));
    let named = |name: &str| rule(name, with(of(LIST), vec![(query("name"), equal(json!(name)))]));
    let told = |last: &str, line: &'static str| {
        let rules = (10..49).map(page).chain([named(last)]).collect();
        let misses = Clinic::with([scenario("s", rules)]).ask(line).misses;
        let names: Vec<String> = misses.nearest.iter().map(|miss| miss.to_string()).collect();
        (names, misses.more)
    };
    for (last, line) in
        [("Ann", "GET /pets?page=2&name=ann"), ("Annabell", "GET /pets?name=Anabell"), ("ab", "GET /pets?name=ab/")]
    {
        let (names, more) = told(last, line);
        assert_eq!((names.len(), more), (1, 39), "{names:#?}");
        assert!(names[0].starts_with(&format!("rule {last} of s (scenarios/s.yaml:0), distance 1;")), "{names:#?}");
    }
    assert_eq!(told("Ann", "GET /pets?page=2&name=Bo"), (Vec::new(), 0));
}

#[test]
fn where_many_rules_lack_as_little_none_is_told() {
    let page = |n: i64| rule(&n.to_string(), with(of(LIST), vec![(query("page"), equal(json!(n)))]));
    let told = |rules: std::ops::Range<i64>| {
        let misses = Clinic::with([scenario("s", rules.map(page).collect())]).ask("GET /pets?page=2").misses;
        (misses.nearest.len(), misses.more)
    };
    let most = MOST_ALIKE as i64;
    assert_eq!(told(10..10 + most), (MOST, MOST_ALIKE - MOST));
    assert_eq!((told(10..11 + most), told(10..10_000)), ((0, 0), (0, 0)));
    let clinic = Clinic::with([scenario("s", (10..10_000).map(page).collect())]);
    assert_eq!(clinic.ask("GET /pets?page=77").fired.len(), 1);
}
