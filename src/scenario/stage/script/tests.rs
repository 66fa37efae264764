//! Scripts, request by request.

use http::StatusCode;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::scenario::sample::*;
use crate::scenario::{Matcher, Step, Subject, Wanted, When};

fn page(page: u64) -> When {
    let mut when = given(Subject::Query("page".to_owned()), Matcher::Equals(json!(page)));
    when.operations = of(LIST).operations;
    when
}

/// What a script makes of requests one after another: the step's name, `409`, or nothing.
fn played(clinic: &Clinic, lines: &[&str]) -> Vec<String> {
    let told = |wanted: Wanted| match (wanted.fired.first(), wanted.refusal()) {
        (Some(fired), None) => fired.rule().name.clone(),
        (None, Some(_)) => "409".to_owned(),
        (None, None) => "-".to_owned(),
        both => panic!("{both:?}"),
    };
    lines.iter().map(|line| told(clinic.ask(*line))).collect()
}

const LINES: [&str; 4] = ["GET /pets", "POST /pets", "GET /pets/1", "GET /pets?page=2"];

#[test]
fn steps_come_in_their_order() {
    let steps = || vec![step("list", of(LIST)), step("make", of(CREATE)), step("get", of(GET))];
    let lines = ["GET /pets/1", "GET /pets", "GET /pets", "POST /pets", "GET /pets/1", "GET /pets"];
    let table = [
        (true, After::Stop, ["409", "list", "409", "make", "get", "409"]),
        (true, After::Lenient, ["409", "list", "409", "make", "get", "-"]),
        (true, After::Loop, ["409", "list", "409", "make", "get", "list"]),
        (false, After::Stop, ["-", "list", "-", "make", "get", "-"]),
        (false, After::Loop, ["-", "list", "-", "make", "get", "list"]),
    ];
    for (strict, then, expected) in table {
        let clinic = Clinic::with([scripted(strict, then, steps())]);
        assert_eq!(played(&clinic, &lines), expected, "{strict} {then:?}");
    }
}

#[test]
fn a_refused_request_is_no_step_and_no_breach() {
    let refused = When { refused: true, ..of(LIST) };
    let mut clinic =
        Clinic::with([scripted(true, After::Stop, vec![step("refused", refused), step("list", of(LIST))])]);
    assert_eq!(played(&clinic, &["GET /pets"]), ["409"]);
    clinic.refused = true;
    assert_eq!(played(&clinic, &["POST /pets", "GET /pets?page=x", "GET /pets?page=x"]), ["-", "refused", "-"]);
    clinic.refused = false;
    assert_eq!(played(&clinic, &["GET /pets"]), ["list"]);
}

#[test]
fn a_state_chooses_the_branch() {
    let branch = |name: &str, state: &str, when: When| step(name, When { states: vec![state.to_owned()], ..when });
    let script = |paid: bool| {
        let mut first = step("first", of(CREATE));
        first.rule.then.state = paid.then(|| "paid".to_owned());
        let mut unpaid = branch("unpaid", "start", of(LIST));
        unpaid.next = Some(0);
        scripted(true, After::Stop, vec![first, unpaid, branch("paid", "paid", of(GET)), step("last", of(LIST))])
    };
    let lines = ["POST /pets", "GET /pets/1", "GET /pets", "POST /pets", "GET /pets"];
    assert_eq!(played(&Clinic::with([script(true)]), &lines), ["first", "paid", "last", "409", "409"]);
    assert_eq!(played(&Clinic::with([script(false)]), &lines), ["first", "409", "unpaid", "first", "unpaid"]);
}

#[test]
fn what_was_captured_chooses_too() {
    let mut first = step("first", of(GET));
    first.rule.then.capture = vec![("pet".to_owned(), Subject::Path("pet_id".to_owned()))];
    let mut same = step("rex", given(Subject::Captured("pet".to_owned()), Matcher::Equals(json!("rex"))));
    same.rule.when.operations = of(GET).operations;
    let script = || scripted(true, After::Loop, vec![first, same, step("list", of(LIST))]);
    let clinic = Clinic::with([script()]);
    let lines = ["GET /pets/tom", "GET /pets", "GET /pets/rex", "GET /pets", "GET /pets/1", "GET /pets"];
    assert_eq!(played(&clinic, &lines), ["first", "list", "first", "409", "rex", "list"]);
}

#[test]
fn steps_that_may_all_be_left_out_have_an_end() {
    for then in [After::Stop, After::Loop, After::Lenient] {
        let any = || Step { repeat: 0..=u64::MAX, ..step("any", of(GET)) };
        let jump = Step { optional: true, next: Some(0), ..step("jump", of(CREATE)) };
        let closed = step("closed", When { states: vec!["never".to_owned()], ..of(LIST) });
        let clinic = Clinic::with([scripted(true, then, vec![any(), jump, closed, any()])]);
        let last = if then == After::Lenient { "-" } else { "409" };
        assert_eq!(
            played(&clinic, &["GET /pets/1", "POST /pets", "GET /pets/1", "GET /pets"]),
            ["any", "jump", "any", last]
        );
    }
    let nothing = Clinic::with([scripted(true, After::Loop, Vec::new())]);
    assert_eq!(played(&nothing, &["GET /pets"]), ["409"]);
}

#[test]
fn whoever_is_out_of_step_hears_what_was_expected_and_what_differs() {
    let optional = Step { optional: true, ..step("look around", of(GET)) };
    let clinic = Clinic::with([scripted(true, After::Stop, vec![optional, step("second page", page(2))])]);
    let wanted = clinic.ask("GET /pets?page=3");
    let out = wanted.refusal().unwrap();
    assert_eq!(out.expected.iter().map(|expected| expected.step).collect::<Vec<_>>(), [1, 0], "the nearest one first");
    let problem = out.problem();
    assert_eq!(problem.kind.status(), StatusCode::CONFLICT);
    assert_eq!(
        problem.sentence(),
        "The scenario 'script' expects one of the steps 'second page', 'look around' now: query page is 3, not 2."
    );
    assert_eq!(problem.breaches[0].to_string(), "query page: expected it to be 2, got 3");
    assert_eq!(problem.breaches[0].code, "out_of_step");
    let elsewhere = clinic.ask("POST /pets");
    let problem = elsewhere.refusal().unwrap().problem();
    assert_eq!(problem.facts["differs"], "operation is createPet, not getPet");
    assert_eq!(problem.breaches[0].to_string(), "path: expected getPet, got createPet");
    clinic.ask("GET /pets?page=2");
    let over = clinic.ask("GET /pets");
    let sentence = over.refusal().unwrap().problem().sentence();
    assert_eq!(sentence, "The scenario 'script' expects nothing more now: all of its steps have come.");
    let course = clinic.stage.list()[0].course.unwrap();
    assert_eq!(course, Course { at: None, came: 0, taken: 1, strayed: 3 });
}

#[test]
fn a_rule_before_the_script_answers_first() {
    let reply = |name: &str| {
        let mut rule = rule(name, of(LIST));
        rule.then.reply = Some(crate::scenario::Answer {
            what: crate::scenario::Content::Status(StatusCode::OK),
            status: None,
            media_type: None,
            headers: Vec::new(),
            retry_after: None,
            done: false,
        });
        rule
    };
    let script = || scripted(true, After::Stop, vec![step("make", of(CREATE))]);
    let before = Clinic::with([scenario("a", vec![reply("before")]), script()]);
    assert!(before.ask("GET /pets").refusal().is_none());
    let after = Clinic::with([script(), scenario("b", vec![reply("after")])]);
    assert!(after.ask("GET /pets").refusal().is_some());
}

proptest! {
    /// Steps of different operations, so that no request could be two of them: what comes is taken as long as it is how one
    /// of the words begins that the script spells.
    #[test]
    fn a_script_takes_what_it_spells(
        steps in proptest::collection::vec((0..3_u64, 0..3_u64, any::<bool>()), 1..=4),
        requests in proptest::collection::vec(0..4_usize, 1..14),
    ) {
        let whens = [page(1), of(CREATE), of(GET), page(2)];
        let built = steps.iter().zip(whens).enumerate().map(|(n, (&(least, more, optional), when))| {
            Step { repeat: least..=(least + more).max(1), optional, ..step(&n.to_string(), when) }
        }).collect();
        let clinic = Clinic::with([scripted(true, After::Stop, built)]);
        let mut words: Vec<Vec<usize>> = vec![Vec::new()];
        for (n, &(least, more, optional)) in steps.iter().enumerate() {
            let counts: Vec<u64> = (least..=(least + more).max(1)).chain(optional.then_some(0)).collect();
            words = words.iter().flat_map(|word| counts.iter().map(move |&count| {
                word.iter().copied().chain(std::iter::repeat_n(n, count as usize)).collect()
            })).collect();
        }
        let mut taken: Vec<usize> = Vec::new();
        for request in requests {
            taken.push(request);
            let spelt = words.iter().any(|word| word.starts_with(&taken));
            let expected = if spelt { request.to_string() } else { taken.pop(); "409".to_owned() };
            prop_assert_eq!(&played(&clinic, &[LINES[request]])[0], &expected, "after {:?}", taken);
        }
        let course = clinic.stage.list()[0].course.unwrap();
        prop_assert_eq!(course.taken as usize, taken.len());
    }
}
