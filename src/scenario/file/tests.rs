//! Scenarios over a small contract of pets.

use std::time::Duration;

use http::Version;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::contract::Contract;
use crate::fault::Chunks;
use crate::scenario::compile::NOT_READ;
use crate::scenario::effect::{
    Break, Change, ClockMove, Content, Damage, Deed, Delay, Next, Page, PageOrder, Retry, RetryForm, Total,
};
use crate::scenario::grammar::tests::{mutate, mutations, small_files};
use crate::scenario::plan::{After, Calls, CountBy, Operations, Subject};
use crate::scenario::{Amount, Matcher, Rule};
use crate::source::render;
use crate::world::sample::Shelf;

const PETS: &str = r##"
openapi: 3.1.0
info: { title: Pets, version: "1" }
paths:
  /pets:
    get:
      operationId: listPets
      tags: [Pets]
      parameters:
        - { name: page, in: query, schema: { type: integer, minimum: 1 } }
        - { name: kind, in: query, schema: { enum: [cat, dog] } }
        - { name: born, in: query, schema: { type: string, format: date-time } }
      responses:
        "200":
          description: All.
          content:
            application/json:
              schema:
                type: object
                additionalProperties: false
                required: [data]
                properties: { data: { type: array, items: { $ref: "#/components/schemas/Pet" } } }
              examples: { two: { value: { data: [] } } }
        "429": { description: Too many. }
    post:
      operationId: createPet
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
      responses: { "201": { description: Made. } }
  /pets/{pet}:
    get:
      operationId: getPet
      tags: [Pets]
      parameters: [{ name: pet, in: path, required: true, schema: { type: string } }]
      responses:
        "200":
          description: One.
          content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } }
        "404": { description: None. }
components:
  schemas:
    Pet:
      type: object
      additionalProperties: false
      required: [name]
      properties: { name: { type: string }, age: { type: [integer, "null"] }, home: { properties: { street: {} } } }
x-mock:
  collections: { pets: { schema: { $ref: "#/components/schemas/Pet" }, id_field: name } }
  envelopes: { default: { message: "{message}" } }
  problems:
    rate_limited: { status: 429, message: "Wait {retry_after} s." }
    unknown_pet: { status: 404, message: "No {pet}." }
"##;

fn contract() -> Contract {
    match Contract::load(&Shelf(vec![("openapi.yaml", PETS.to_owned())]), "openapi.yaml") {
        Ok(loaded) => loaded.contract,
        Err(findings) => panic!("{}", render(&findings, false)),
    }
}

fn compiled(text: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let files = Shelf(vec![("pet.json", r#"{ "name": "{{ fake.name() }}" }"#.to_owned())]);
    compile(&SourceFile::parse("scenarios/story.yaml", text).unwrap(), &contract(), &files)
}

/// The rules of a list of rules.
fn rules(text: &str) -> Vec<Rule> {
    match compiled(&format!("rules:\n{text}")) {
        Ok(compiled) => compiled.scenario.rules,
        Err(findings) => panic!("{}", render(&findings, false)),
    }
}

fn codes(text: &str) -> Vec<(&'static str, usize)> {
    let findings = match compiled(text) {
        Ok(compiled) => compiled.warnings,
        Err(findings) => findings,
    };
    findings.iter().map(|finding| (finding.code, finding.spot.as_ref().map_or(0, |spot| spot.line))).collect()
}

#[test]
fn one_rule_tells_all_its_faults() {
    let told = codes(
        "rules:
  - when: { operation: listPets }
    breaks_contract: true
    delay:
      p50: 20m
      p99: 30m
    json_patch:
      - { op: move, path: /data/0 }
      - { op: add, path: /data/-, value: '{{ nwo }}' }
    reply:
      body:
        - '{{ capturd.x }}'
        - '{{ 1|date }}'
",
    );
    assert_eq!(told, [("E0317", 5), ("E0317", 6), ("E0340", 8), ("E0334", 9), ("E0334", 12), ("E0334", 13)]);
}

#[test]
fn templates_are_counted_wherever_they_come_from() {
    let vars: Vec<String> = (0..5_001).map(|n| format!("  v{n}: *t")).collect();
    let text = format!("rules:\n  - {{ delay: 1s }}\nvars:\n  t: &t \"{{{{ now }}}}\"\n{}\n", vars.join("\n"));
    let refused = compiled(&text).unwrap_err();
    assert_eq!((refused.len(), refused[0].code), (1, "E0310"), "{refused:?}");
    assert!(refused[0].message.contains("5002 templates"), "{refused:?}");
}

#[test]
fn the_same_scenario_can_be_written_in_many_ways() {
    let rule = |text: &str| {
        let compiled = compiled(text).unwrap();
        let codes: Vec<&str> = compiled.warnings.iter().map(|finding| finding.code).collect();
        (compiled.scenario.rules[1].fingerprint, codes)
    };
    let plain =
        rule("rules:\n  - stop: true\n    when: { call: 1 }\n  - when: { operation: listPets }\n    delay: 1s\n");
    let ways = [
        (
            "\u{feff}rules:\n  - { stop: true, when: { call: 1 } }\n  - { when: { operation: listPets }, delay: 1s }\n",
            &[][..],
        ),
        (
            "rules:\r\n  - { stop: true, when: { call: 1 } }\r\n  - { delay: \"1s\",\r\n  when: { operation: listPets } }\r\n",
            &[],
        ),
        (
            r#"{"rules": [{"stop": true, "when": {"call": 1}}, {"when": {"operation": "listPets"}, "delay": "1s"}]}"#,
            &[],
        ),
        (
            "---\nx-lists: &lists { operation: listPets }\nrules: [{ stop: true, when: { call: 1 } }, { when: *lists, delay: !!str 1s }]\n...\n",
            &[],
        ),
        (
            "x-a: &a { delay: 1s }\nrules: [{ stop: true, when: { call: 1 } }, { <<: *a, when: { operation: listPets } }]\n",
            &["W0017"],
        ),
    ];
    for (text, warnings) in ways {
        assert_eq!(rule(text), (plain.0, warnings.to_vec()), "{text}");
    }
}

#[test]
fn a_place_that_may_be_there_and_looks_misspelt_is_odd() {
    let patch =
        |pointer: &str| codes(&format!("rules: [{{ when: {{ operation: getPet }}, patch: {{ {pointer}: 1 }} }}]"));
    assert_eq!(patch("/home/street"), []);
    assert_eq!(patch("/home/steret"), [("W0343", 1)]);
    assert_eq!(patch("/home/garden"), []);
}

/// Whatever number of oddities stands above it, an error is told.
#[test]
fn warnings_hide_no_error() {
    let odd = "  - { when: { operation: getPet, call: 1 }, reply: rate_limited }\n".repeat(300);
    assert!(codes(&format!("rules:\n{odd}  - {{ delay: 1h }}\n")).contains(&("E0317", 302)));
    let yes = "yes, ".repeat(300);
    let twice = SourceFile::parse("story.yaml", format!("vars: {{ a: [{yes}] }}\nrules: []\nrules: []\n")).unwrap_err();
    assert!(twice.iter().any(|finding| finding.code == "E0007"));
}

#[test]
fn a_scenario_is_called_like_its_file() {
    let scenario = compiled("about: One. Two.\nrules: []\n").unwrap().scenario;
    assert_eq!((scenario.name.as_str(), scenario.about.as_str()), ("story", "One. Two."));
    assert_eq!(scenario.origin, "scenarios/story.yaml");
    for (shown, name) in [("a/b.yaml", "b"), ("b.yaml (embedded)", "b"), ("a\\b.c.yml", "b.c"), ("b", "b")] {
        assert_eq!(stem(shown), name);
    }
}

#[test]
fn what_a_request_has_to_be_is_read_as_the_contract_reads_it() {
    let rules = rules(
        "  - name: third page
    when:
      operation: listPets
      query: { page: 3, kind: [cat, dog], born: \"2025-01-15T16:00:00+01:00\" }
      headers: { X-Try: 2, User-Agent: { matches: ^py, not: { contains: curl } } }
      key: { starts_with: sk_ }
      call: 1..2
      count_by: query.page
      chance: 5%
    delay: 1s
  - when: { tag: Pets, path: { pet: { at_least: 7 } } }
    stop: true
",
    );
    let first = &rules[0];
    assert_eq!((first.name.as_str(), first.pointer.as_str(), first.line), ("third page", "/rules/0", 2));
    assert_eq!(first.when.operations, Operations::Some(vec![0]));
    let tests: Vec<&Matcher> = first.when.conditions.iter().map(|condition| &condition.test).collect();
    assert_eq!(tests[0], &Matcher::Equals(json!(3)));
    assert_eq!(tests[1], &Matcher::OneOf(vec![json!("cat"), json!("dog")]));
    assert_eq!(tests[2], &Matcher::Equals(json!("2025-01-15T15:00:00Z")));
    assert_eq!(tests[3], &Matcher::Equals(json!("2")));
    assert!(matches!(tests[4], Matcher::All(both) if both.len() == 2));
    assert_eq!(first.when.conditions[5].of, Subject::Key);
    assert_eq!(first.when.calls, Calls::Within(vec![1..=2]));
    assert_eq!(first.when.count_by, CountBy::Each(Subject::Query("page".to_owned())));
    assert_eq!(first.when.chance, Some(50_000));
    let second = &rules[1];
    assert_eq!((second.name.as_str(), second.stop), ("rule 2", true));
    assert_eq!(second.when.operations, Operations::Some(vec![0, 2]));
    assert_eq!(second.when.conditions[0].test, Matcher::AtLeast(json!("7")), "ids are texts");
}

#[test]
fn what_is_done_to_it_is_settled() {
    let rules = rules(
        "  - { when: { call: 1 }, reply: rate_limited }
  - { when: { operation: listPets, call: 2 }, reply: { problem: rate_limited, facts: { retry_after: 2 }, retry_after: { date: 2s } } }
  - { when: { operation: listPets, call: 3 }, reply: { status: 429, headers: { X-A: \"{{ now }}\" }, retry_after: 2s } }
  - { when: { operation: getPet, call: 4 }, reply: { body: { name: \"{{ fake.name() }}\", age: \"{{ 3 }}\" } } }
  - { when: { operation: getPet, call: 5 }, reply: { file: pet.json } }
  - { when: { operation: getPet }, reply: { text: gone }, breaks_contract: true }
  - { when: { once: true }, delay: { p50: 80ms, p99: 2s }, headers: { X-A: 1, X-B: null } }
  - { delay: { first: 100ms, times: 2 } }
  - { when: { operation: listPets, chance: 5% }, fault: close }
  - fault: { chunks: no_end, http: 1 }
  - fault: { reset_stream: { at: head, code: 8 }, http: 2 }
",
    );
    let reply = |place: usize| rules[place].then.reply.as_ref().unwrap();
    assert!(matches!(&reply(0).what, Content::Problem { name, .. } if name == "rate_limited"));
    assert!(matches!(&reply(1).retry_after, Some(Retry::Date(date)) if date.as_secs() == 2));
    assert!(matches!(&reply(2).what, Content::Status(status) if *status == 429));
    assert_eq!(reply(2).retry_after, Some(Retry::Seconds(2)));
    assert_eq!(reply(2).headers.len(), 1);
    assert!(matches!(&reply(3).what, Content::Body(_)));
    assert!(matches!(&reply(4).what, Content::Body(_)), "a file of JSON is a body");
    assert_eq!(reply(5).media_type.as_deref(), Some("text/plain; charset=utf-8"));
    assert!(rules[5].breaks_contract);
    let millis = Duration::from_millis;
    assert_eq!(rules[6].then.delay, Some(Delay::Spread { p50: millis(80), p99: millis(2000) }));
    assert_eq!(rules[6].then.headers.iter().map(|(_, value)| value.is_some()).collect::<Vec<_>>(), [true, false]);
    let growing = Delay::Times { first: millis(100), times: 2.0, most: Duration::from_secs(600) };
    assert_eq!(rules[7].then.delay, Some(growing));
    assert_eq!(rules[8].then.fault, Some(Break { what: Damage::Close, only: None }));
    let chunks = Damage::Chunks(Chunks::NoEnd);
    assert_eq!(rules[9].then.fault, Some(Break { what: chunks, only: Some(Version::HTTP_11) }));
}

#[test]
fn a_rule_written_alike_has_the_same_fingerprint() {
    let rules =
        rules("  - { delay: 1s, when: { call: 1 } }\n  - { when: { call: 1 }, delay: 1s }\n  - { delay: 2s }\n");
    assert_eq!(rules[0].fingerprint, rules[1].fingerprint);
    assert_ne!(rules[0].fingerprint, rules[2].fingerprint);
}

#[test]
fn what_the_contract_does_not_know_is_refused_with_its_line() {
    let text = "rules:
  - { when: { operation: listPet }, delay: 1s }
  - { when: { tag: Pet }, delay: 1s }
  - { when: { operation: listPets, query: { pgae: 1 } }, delay: 1s }
  - { when: { query: { page: zero } }, delay: 1s }
  - { when: { query: { page: zero }, refused: true }, delay: 1s }
  - { when: { headers: { A: { matches: ( } } }, delay: 1s }
  - { reply: rate_limit }
  - { when: { operation: listPets }, reply: { example: tow } }
  - { when: { operation: getPet }, reply: { status: 503 } }
  - { when: { operation: getPet }, reply: { body: { name: 3 } } }
  - { when: { operation: createPet }, reply: { text: made } }
  - { when: { operation: createPet, body: { /nmae: Rex } }, delay: 1s }
  - { when: { call: 3..1 }, delay: 1s }
  - { when: { once: true, call: 2.. }, delay: 1s }
  - when: {}
  - fault: { chunks: no_end }
  - { when: { operation: getPet }, reply: { file: pte.json } }
  - { headers: { Content-Length: 3 } }
  - delay: 11m
  - { when: { operation: getPet }, reply: rate_limited }
  - { when: { operation: listPets }, reply: { problem: rate_limited, facts: { retry: 1 } } }
";
    let wanted = [
        ("E0319", 2),
        ("E0320", 3),
        ("E0321", 4),
        ("E0322", 5),
        ("E0323", 7),
        ("E0324", 8),
        ("E0325", 9),
        ("E0326", 10),
        ("E0327", 11),
        ("E0327", 12),
        ("E0328", 13),
        ("E0329", 14),
        ("E0329", 15),
        ("E0333", 16),
        ("E0335", 17),
        ("E0336", 18),
        ("E0337", 19),
        ("E0317", 20),
        ("W0341", 21),
        ("W0342", 22),
    ];
    assert_eq!(codes(text), wanted);
}

#[test]
fn patterns_that_come_to_too_much_are_refused_once() {
    let text = |count: usize| {
        let rule =
            |n| format!("  - {{ when: {{ headers: {{ A{n}: {{ matches: '(a{{99}}){{200}}' }} }} }}, delay: 1s }}\n");
        format!("rules:\n{}", (0..count).map(rule).collect::<String>())
    };
    assert_eq!(codes(&text(16)), []);
    assert_eq!(codes(&text(19)), [("E0310", 18)], "the seventeenth");
}

#[test]
fn templates_are_left_aside_and_nothing_else() {
    let body = |body: &str| {
        let rule = format!("rules:\n  - when: {{ operation: listPets }}\n    reply:\n      body: {body}\n");
        codes(&rule).iter().map(|(code, _)| *code).collect::<Vec<_>>()
    };
    assert_eq!(body("{ data: [{ name: Rex, age: \"{{ call }}\" }] }"), [""; 0]);
    assert_eq!(body("{ data: \"{{ fake.name() }}\" }"), [""; 0]);
    assert_eq!(body("{ dta: \"{{ fake.name() }}\" }"), ["E0327", "E0327"], "one is missing, and one is not known");
    assert_eq!(body("{ data: [{ name: \"{{ call }}\", age: old }] }"), ["E0327"]);
}

#[test]
fn every_effect_is_read() {
    let text = "
rules:
  - name: changes
    when: { operation: getPet }
    merge: { age: null }
    json_patch: [{ op: replace, path: /name, value: Rex }, { op: move, from: /name, path: /age }]
    patch: { /name: \"{{ vars.who }} {{ captured.page }}\", /age: { $remove: true } }
    stop: true
  - name: pages
    when: { operation: listPets, state: [start, late] }
    page: { total: +3, repeat_last: 1, next: self, order: shuffled, cursor: expired, cap: 10 }
    capture: { page: query.page, first: answer./data/0/name }
    state: late
  - { name: total, when: { state: late, call: 1 }, page: { total: 3, empty: true, next: null } }
  - { name: fewer, when: { call: 2 }, page: { total: -3, next: abc } }
  - { name: quoted, when: { call: 3 }, page: { total: \"+3\" } }
  - name: limit
    limit: { requests: 10, per: 1m, burst: 5, by: key, retry_after: date, headers: false, problem: rate_limited }
  - { name: hold, when: { call: 2 }, hold: true }
  - { name: held, when: { once: true }, hold: { name: gate, most: 1m } }
  - { name: recording, recording: { expires: -1h, signature: wrong, lane: other, host: \"http://example.com\" } }
  - name: world
    world: [{ add: { pets: 3 } }, { delete: { collection: pets, id: \"{{ captured.page }}\" }, after: true }, { revoke: k }]
    clock: { advance: 1h }
  - { name: clock, when: { call: 9 }, clock: { freeze: true } }
vars: { who: Ann }
clock: { at: 2025-01-15T15:00:00Z, speed: 60, frozen: true }
accept: { delay: 2s }
";
    let scenario = match compiled(text) {
        Ok(compiled) => compiled.scenario,
        Err(findings) => panic!("{}", render(&findings, false)),
    };
    let then = |name: &str| &scenario.rules.iter().find(|rule| rule.name == name).unwrap().then;
    assert!(matches!(
        then("changes").changes.as_slice(),
        [Change::Merge(_), Change::Patch(_), Change::Set { pointer, .. }, Change::Remove { .. }] if pointer == "/name"
    ));
    let page = Page {
        total: Some(Total::Off(3)),
        repeat_last: 1,
        next: Some(Next::Own),
        order: Some(PageOrder::Shuffled),
        cursor_expired: true,
        cap: Some(10),
        ..Page::default()
    };
    assert_eq!(then("pages").page, Some(page));
    assert_eq!(then("pages").capture.len(), 2);
    assert_eq!(then("pages").state.as_deref(), Some("late"));
    let total = |name: &str| then(name).page.as_ref().unwrap().total;
    assert_eq!(total("total"), Some(Total::Is(3)));
    assert_eq!((total("fewer"), total("quoted")), (Some(Total::Off(-3)), Some(Total::Off(3))));
    assert_eq!(then("total").page.as_ref().unwrap().rows, Some(0));
    let limit = then("limit").limit.as_ref().unwrap();
    assert_eq!((limit.requests, limit.burst, limit.per.as_secs()), (10, 5, 60));
    assert_eq!((&limit.by, limit.retry_after), (&CountBy::Each(Subject::Key), Some(RetryForm::Date)));
    let hold = |name: &str| then(name).hold.clone().unwrap();
    assert_eq!((hold("hold").name.as_str(), hold("hold").most), ("hold", Duration::from_secs(600)));
    assert_eq!((hold("held").name.as_str(), hold("held").most), ("gate", Duration::from_secs(60)));
    let recording = then("recording").recording.as_ref().unwrap();
    assert_eq!((recording.expires.unwrap().as_secs(), recording.wrong_signature), (-3600, true));
    assert!(matches!(then("world").before.as_slice(), [Deed::Add { count: 3, .. }, Deed::Revoke { .. }]));
    assert!(matches!(then("world").after.as_slice(), [Deed::Delete { .. }]));
    assert_eq!(then("clock").clock, Some(ClockMove::Freeze));
    assert!(scenario.clock.is_some_and(|clock| clock.frozen && clock.speed == Some(60.0)));
    assert_eq!(scenario.accept, Some(Delay::Fixed(Duration::from_secs(2))));
}

#[test]
fn steps_and_expectations_are_read() {
    let text = "
steps:
  mode: strict
  then: loop
  list:
    - { name: first, when: { operation: listPets }, repeat: 1..3 }
    - { name: second, expect: { operation: getPet }, reply: unknown_pet, optional: true, next: first }
    - { repeat: any }
expect:
  - waited
  - calls: { operation: listPets, page: 3, exactly: 3 }
  - before: { first: listPets, then: getPet }
";
    let scenario = compiled(text).unwrap().scenario;
    let script = scenario.script.unwrap();
    assert_eq!((script.strict, script.then), (true, After::Loop));
    let names: Vec<&str> = script.steps.iter().map(|step| step.rule.name.as_str()).collect();
    assert_eq!(names, ["first", "second", "step 3"]);
    assert_eq!((script.steps[0].repeat.clone(), script.steps[2].repeat.clone()), (1..=3, 0..=u64::MAX));
    assert_eq!((script.steps[1].next, script.steps[1].optional), (Some(0), true));
    assert_eq!(script.steps[1].rule.when.operations, Operations::Some(vec![2]));
    let verdicts: Vec<(&str, usize)> = scenario.expect.iter().map(|one| (one.verdict.as_str(), one.line)).collect();
    assert_eq!(verdicts, [("waited", 10), ("calls", 11), ("before", 12)]);
    let [_, calls, before] = &*scenario.expect else { panic!("three are written") };
    assert_eq!((calls.bounds.exactly, &calls.of.operations), (Some(Amount::Count(3)), &Operations::Some(vec![0])));
    assert_eq!(calls.of.page, Some(Matcher::Equals(json!(3))));
    assert_eq!(before.order, Some([0, 2]));
}

#[test]
fn bounds_that_say_nothing_to_a_verdict_are_refused() {
    for (line, code) in [
        ("waited: { at_least: 3 }", "E0311"),
        ("same_key: { exactly: 1 }", "E0311"),
        ("never: { operation: getPet, at_most: 0 }", "E0311"),
        ("backed_off: { exactly: 3 }", "E0311"),
        ("backed_off: { at_least: 3 }", "E0312"),
        ("backed_off: { at_least: 2s, at_most: 1s }", "E0315"),
        ("gave_up: { at_least: 3 }", "E0311"),
        ("gave_up: { at_most: 3, after: 4 }", "E0315"),
        ("gave_up: { within: 0s }", "E0317"),
        ("gave_up: { at_most: 0 }", "E0317"),
        ("retried: { at_least: 1 }", "E0317"),
        ("retried: { at_least: 2s }", "E0312"),
        ("poll_rate: { within: 3s }", "E0311"),
        ("poll_rate: { at_least: 3 }", "E0312"),
        ("under_limit: { exactly: 3 }", "E0311"),
        ("connections: { at_most: 2s }", "E0312"),
        ("calls: { at_least: 3, at_most: 2 }", "E0315"),
        ("calls: { exactly: 3, at_most: 3 }", "E0315"),
        ("calls: { at_least: 0 }", "E0317"),
    ] {
        let found = codes(&format!("expect:\n  - {line}\n"));
        assert_eq!(found, [(code, 2)], "{line}");
    }
    for line in [
        "backed_off: { at_least: 100ms, at_most: 100ms }",
        "gave_up: { at_most: 30s }",
        "gave_up: { after: 3, within: 1m }",
        "retried: { at_least: 2, within: 5s }",
        "poll_rate: { at_least: 3s, at_most: 4 }",
        "under_limit: { at_most: 0 }",
        "calls: { at_least: 0, at_most: 2 }",
        "calls: { exactly: 0 }",
    ] {
        assert_eq!(codes(&format!("expect:\n  - {line}\n")), [], "{line}");
    }
}

#[test]
fn what_does_not_fit_together_is_refused_with_its_line() {
    let text = "rules:
  - { name: a, when: { state: late }, delay: 1s }
  - { name: a, when: { operation: listPets, captured: { page: 3 } }, page: { rows: 1 } }
  - { when: { operation: getPet }, patch: { /nmae: \"{{ vars.who }}\" } }
  - { when: { operation: getPet }, page: { rows: 1 }, headers: { A: \"{{ captured.id }} {{ now\" } }
  - { world: [{ add: { dogs: 1 } }, { set: { collection: pets, id: a, fields: { nmae: x } } }, { calls: 1 }] }
  - { when: { operation: createPet }, merge: { name: x } }
  - { patch: { /data: { $remove: false } }, json_patch: [{ op: add, path: /data }] }
  - { capture: { a: query.pgae }, limit: { requests: 1, per: 0s } }
steps: [{ next: nobody, repeat: 3..1 }]
expect: [{ calls: { operation: listPet, exactly: 1 } }]
";
    let wanted = [
        ("E0331", 2),
        ("E0318", 3),
        ("E0332", 3),
        ("E0328", 4),
        ("E0334", 4),
        ("E0334", 5),
        ("E0338", 6),
        ("E0328", 6),
        ("E0338", 6),
        ("E0328", 7),
        ("E0340", 8),
        ("E0340", 8),
        ("E0321", 9),
        ("E0317", 9),
        ("E0339", 10),
        ("E0329", 10),
        ("E0319", 11),
    ];
    let mut found = codes(text);
    found.sort_by_key(|(_, line)| *line);
    assert_eq!(found, wanted);
}

#[test]
fn a_rule_that_never_has_a_say_is_refused() {
    let shadowed = |rules: &str| codes(&format!("rules:\n{rules}")).iter().any(|(code, _)| *code == "E0330");
    let table = [
        ("  - { delay: 1s }\n  - { delay: 2s }\n", true),
        ("  - { delay: 1s }\n  - { reply: rate_limited }\n", false),
        ("  - { delay: 1s }\n  - { delay: 2s, reply: rate_limited }\n", false),
        ("  - { delay: 1s }\n  - { reply: rate_limited }\n  - { delay: 2s, reply: rate_limited }\n", true),
        ("  - { when: { operation: listPets }, delay: 1s }\n  - { delay: 2s }\n", false),
        ("  - { delay: 1s }\n  - { when: { operation: listPets }, delay: 2s }\n", true),
        ("  - { when: { call: 1 }, delay: 1s }\n  - { delay: 2s }\n", false),
        ("  - { when: { chance: 5% }, delay: 1s }\n  - { delay: 2s }\n", false),
        ("  - { when: { refused: true }, delay: 1s }\n  - { delay: 2s }\n", false),
        (
            "  - { when: { query: { page: { above: 2 } } }, delay: 1s }\n  - { when: { query: { page: 3 } }, delay: 2s }\n",
            true,
        ),
        (
            "  - { when: { query: { page: { above: 2 } } }, delay: 1s }\n  - { when: { query: { page: 2 } }, delay: 2s }\n",
            false,
        ),
        (
            "  - { when: { query: { page: [1, 2] } }, delay: 1s }\n  - { when: { query: { page: 2 } }, delay: 2s }\n",
            true,
        ),
        ("  - { when: { operation: listPets }, stop: true }\n  - { when: { tag: Pets }, delay: 2s }\n", false),
        (
            "  - { when: { tag: Pets }, stop: true }\n  - { when: { operation: listPets }, capture: { a: query.page } }\n",
            true,
        ),
        ("  - { fault: { chunks: no_end, http: 1 } }\n  - { fault: close }\n", false),
        ("  - { fault: close }\n  - { fault: { chunks: no_end, http: 1 } }\n", true),
        ("  - { headers: { A: 1 } }\n  - { headers: { a: 2 } }\n", true),
        ("  - { headers: { A: 1 } }\n  - { headers: { A: 2, B: 2 } }\n", false),
        ("  - { delay: 1s, state: b }\n  - { when: { state: b }, delay: 2s }\n", true),
        ("  - { when: { state: start }, delay: 1s, state: b }\n  - { when: { state: start }, delay: 2s }\n", true),
        ("  - { when: { state: start }, state: b }\n  - { when: { state: start }, state: c, delay: 2s }\n", false),
        ("  - { when: { state: start }, delay: 1s }\n  - { when: { state: start }, delay: 2s }\n", true),
    ];
    for (rules, wanted) in table {
        assert_eq!(shadowed(rules), wanted, "{rules}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever has the right form is read to the last value, or it is said what is wrong with it: nothing is lost.
    #[test]
    fn what_the_grammar_takes_is_read(changes in prop::collection::vec((0..usize::MAX, mutations()), 0..3)) {
        thread_local! {
            static CONTRACT: Contract = contract();
        }
        let files = small_files();
        let mut value = files[changes.first().map_or(0, |(place, _)| *place) % files.len()].clone();
        for (place, mutation) in &changes {
            mutate(&mut value, *place, mutation);
        }
        let file = SourceFile::ready("story.yaml", value.to_string(), value);
        let outcome = CONTRACT.with(|contract| compile(&file, contract, &Shelf(Vec::new())));
        for finding in outcome.err().unwrap_or_default() {
            prop_assert!(finding.message != NOT_READ, "{finding:#?} in {}", file.text);
        }
    }
}
