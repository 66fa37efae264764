use std::cell::Cell;
use std::sync::LazyLock;
use std::time::Duration;

use http::{HeaderValue, Method};
use serde_json::json;

use super::*;
use crate::clock::Stopwatch;
use crate::contract::{Location, PathValues, Values};
use crate::request::Request;
use crate::seed::Seed;

/// A request with something in each of its parts.
struct Told {
    request: Request,
    path: PathValues,
    values: Values,
    body: Value,
    captured: Map<String, Value>,
    vars: Value,
}

static TOLD: LazyLock<Told> = LazyLock::new(|| {
    let mut request = Request::new(Method::PUT, "/pets/pet_7?page=3&sort=name".parse().unwrap());
    request.headers.insert("x-trace-id", HeaderValue::from_static("abc"));
    request.id = "req_1".to_owned();
    Told {
        request,
        path: [("pet", "pet_7")].into_iter().collect(),
        values: [
            (Location::Path, "pet".to_owned(), json!("pet_7")),
            (Location::Query, "page".to_owned(), json!(3)),
            (Location::Query, "sort".to_owned(), json!("name")),
        ]
        .into_iter()
        .collect(),
        body: json!({ "name": "Rex", "tags": ["a", "b"], "owner": { "age": 4, "weight": 2.5, "chip": null } }),
        captured: json!({ "seen": "2025-01-01T00:00:00Z", "pages": 12 }).as_object().cloned().unwrap(),
        vars: json!({ "who": "Ann", "limit": 3, "long": "x".repeat(100_000), "wide": ["y".repeat(30_000), "z".repeat(30_000)] }),
    }
});

fn scope() -> Scope<'static> {
    let Told { request, path, values, body, captured, vars } = &*TOLD;
    Scope {
        now: "2025-01-15T15:00:00.25Z".parse().unwrap(),
        request,
        path,
        values,
        body: Some(body),
        captured,
        vars,
        state: "start",
        call: 2,
        lane: "default",
        seed: Seed(42),
        rule: "story/rule 1",
        left: Box::leak(Box::new(Cell::new(usize::MAX))),
    }
}

#[track_caller]
fn value(text: &str) -> Value {
    Leaf::new(text).unwrap().value(&scope()).unwrap()
}

#[track_caller]
fn refused(text: &str) -> String {
    Leaf::new(text).unwrap_err()
}

#[track_caller]
fn unfilled(text: &str) -> String {
    Leaf::new(text).map_or_else(|wrong| wrong, |leaf| leaf.value(&scope()).unwrap_err().0)
}

#[test]
fn everything_that_there_is_can_be_spoken_of() {
    for (text, expected) in [
        ("{{ now }}", json!("2025-01-15T15:00:00Z")),
        ("{{ request.method }} {{ request.path }}", json!("PUT /pets/pet_7")),
        ("{{ request.path }}", json!("/pets/pet_7")),
        ("{{ request.path.pet }}", json!("pet_7")),
        ("{{ request.query.page }}", json!(3)),
        ("page {{ request.query.page }} of {{ captured.pages }}", json!("page 3 of 12")),
        ("{{ request.headers['X-Trace-Id'] }} {{ request.headers.x_trace_id }}", json!("abc abc")),
        ("{{ request.body.name }}", json!("Rex")),
        ("{{ request.body.tags }}", json!(["a", "b"])),
        ("{{ request.body.tags[1] }}", json!("b")),
        ("{{ request.body.owner }}", json!({ "age": 4, "weight": 2.5, "chip": null })),
        ("{{ request.body.owner.chip }}", json!(null)),
        ("{{ request.id }}", json!("req_1")),
        ("{{ vars.who }} {{ vars['limit'] }}", json!("Ann 3")),
        ("{{ state }} {{ call }} {{ lane }} {{ seed }}", json!("start 2 default 42")),
        ("{{ call + 1 }}", json!(3)),
        ("{{ call > 1 }}", json!(true)),
        ("is {{ call > 1 }}, {{ request.body.owner.chip }}", json!("is true, null")),
        ("{{ 'many' if call > 1 else 'one' }}", json!("many")),
        ("{{ [call, request.method, {'a': {'b': 1}}] }}", json!([2, "PUT", { "a": { "b": 1 } }])),
        ("{{ '}}' }} and {{ \"{{ it's \\\" }}\" }}", json!("}} and {{ it's \" }}")),
        ("{{ 'a' in request.body.tags and not (call is odd) }}", json!(true)),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn durations_are_added_and_taken_away() {
    for (text, expected) in [
        ("{{ now - 1h }}", json!("2025-01-15T14:00:00Z")),
        ("{{ now + 1h30m-90s }}", json!("2025-01-15T16:28:30Z")),
        ("{{ now+2d }}", json!("2025-01-17T15:00:00Z")),
        ("{{ now|plus('-1h') }}", json!("2025-01-15T14:00:00Z")),
        ("{{ captured.seen + 1w }}", json!("2025-01-08T00:00:00Z")),
        ("{{ now + 5m|date('%H:%M') }}", json!("15:05")),
        ("{{ now|epoch }}", json!(1_736_953_200)),
        ("{{ now|epoch - 1m }}", json!(1_736_953_140)),
        ("{{ (now + 1m)|http_date }}", json!("Wed, 15 Jan 2025 15:01:00 GMT")),
        ("{{ 'now - 1h' }}", json!("now - 1h")),
        ("{{ vars.limit - 1 }}{{ 1e3 - 0.5 }}", json!("2999.5")),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
    for (text, why) in [
        ("{{ 1h }}", "stands behind + or -, as in now + 1h"),
        ("{{ -1h }}", "stands behind + or -"),
        ("{{ now - 1x }}", "\"1x\" is neither a number nor a duration"),
        ("{{ now - 2mo }}", "\"2mo\" is neither a number nor a duration"),
    ] {
        assert!(refused(text).contains(why), "{text}: {}", refused(text));
    }
    for (text, why) in [
        ("{{ vars.who + 1h }}", "what should be a moment is none"),
        ("{{ now + 99999999h }}", "no such moment"),
        ("{{ now|date('%J') }}", "the format \"%J\""),
    ] {
        assert!(unfilled(text).contains(why), "{text}: {}", unfilled(text));
    }
}

#[test]
fn filters_do_what_they_say() {
    for (text, expected) in [
        ("{{ request.body.name|upper }}{{ 'ABC'|lower }}", json!("REXabc")),
        ("{{ captured.none|default('x') }}", json!("x")),
        ("{{ call|times(3) }}", json!(6)),
        ("{{ request.body.owner.weight|times(2) }}", json!(5.0)),
        ("{{ request.body.tags|length }}", json!(2)),
        ("{{ request.body.tags|first }}", json!("a")),
        ("{{ request.body.owner|json }}", json!(r#"{"age":4,"weight":2.5,"chip":null}"#)),
        ("{{ captured.none is defined }}", json!(false)),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn what_can_be_known_is_refused_when_it_is_read() {
    for (text, why) in [
        ("{{ noww }}", "there is no name \"noww\", did you mean \"now\"?"),
        ("{{ request.bdy.x }}", "there is no part of the request \"bdy\", did you mean \"body\"?"),
        ("{{ fake.nmae() }}", "there is no fake \"nmae\", did you mean \"name\"?"),
        ("{{ fake }}", "made-up values have a kind: fake.name()"),
        ("{{ now|upcase }}", "there is no filter \"upcase\""),
        ("{{ now|uper }}", "did you mean \"upper\"?"),
        ("{{ now is defned }}", "there is no test \"defned\", did you mean \"defined\"?"),
        ("{{ now is not odder }}", "there is no test \"odder\""),
        ("{{ now", "{{ is not closed by }}"),
        ("{{ 'now }}", "{{ is not closed by }}"),
        ("{{ }}", "nothing stands between"),
        ("{{ now - }}", "{{ now - }}: "),
        ("{{ range(9) }}", "there is no name \"range\""),
        ("{{ 'a' * 100000000 }}", "* is not possible here"),
        ("{% for x in y %}{% endfor %}", "there are no statements"),
        ("{% include 'x' %}", "there are no statements"),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "there are no statements"),
        ("{{ self() }}", "there is no name \"self\""),
    ] {
        assert!(refused(text).contains(why), "{text}: {}", refused(text));
    }
    assert!(refused(&format!("{{{{ {} }}}}", "1~".repeat(17))).contains("more than 16"));
    assert!(refused(&format!("{{{{ {} }}}}", "1-".repeat(600))).contains("more than 1000 bytes"));
    assert!(refused(&format!("{{{{ {}1{} }}}}", "(".repeat(400), ")".repeat(400))).contains("recursion"));
}

#[test]
fn what_is_not_there_fills_nothing() {
    for text in [
        "{{ captured.page }}",
        "{{ request.body.owner.name.first }}",
        "a {{ vars.nobody }}",
        "{{ request.query.q|upper }}",
    ] {
        assert!(unfilled(text).contains("not there"), "{text}: {}", unfilled(text));
    }
    let scope = Scope { body: None, ..scope() };
    assert!(Leaf::new("{{ request.body }}").unwrap().value(&scope).is_err());
}

/// The processor's time that this thread has had, whatever else the machine does; where that is not told, any time.
fn spent() -> Duration {
    static SINCE: LazyLock<Stopwatch> = LazyLock::new(Stopwatch::start);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split_whitespace().next().and_then(|text| text.parse().ok());
    nanoseconds.map_or_else(|| SINCE.elapsed(), Duration::from_nanos)
}

#[test]
fn whatever_is_written_ends_in_milliseconds_and_within_bounds() {
    let baits = [
        format!("{{{{ {} }}}}", vec!["vars.wide"; 17].join("~")),
        "{{ vars.wide }}".repeat(100),
        format!("{{{{ [{}] }}}}", vec!["vars.wide"; 90].join(",")),
        "{{ vars.long }}".to_owned(),
        format!("{{{{ now|date('{}') }}}}", "%1000000d"),
        format!("{{{{ {} }}}}", vec!["1"; 17].join("+")),
        format!("{{{{ {}1 }}}}", "not ".repeat(100)),
    ];
    for bait in baits {
        let before = spent();
        let length = Leaf::new(&bait).map(|leaf| leaf.value(&scope()).map(|value| value.to_string().len()));
        let took = spent() - before;
        assert!(took < Duration::from_millis(200), "{took:?}: {bait:.60}");
        assert!(!matches!(length, Ok(Ok(length)) if length > MOST + 100), "{bait:.60}");
    }
    let tree = Tree::new(&json!(vec!["{{ vars.wide[0] }}"; 10])).unwrap();
    assert!(tree.fill(&scope()).unwrap_err().0.contains("256 KiB"), "all leaves together have one bound");
}

/// Each of these ends soon, and so does a value that has as many as a file can hold.
#[test]
fn many_that_take_long_are_not_all_filled_in() {
    let numbers: Vec<u32> = (0..7_000).map(|n| n * 7_919 % 7_000).collect();
    let vars = json!({ "numbers": numbers });
    let scope = Scope { vars: &vars, ..scope() };
    let sorted = format!("{{{{ vars.numbers{}|length }}}}", "|sort|reverse".repeat(7));
    for (leaf, times) in [(sorted.as_str(), 5_000), ("{{ call }}", 100_000)] {
        let tree = Tree::new(&json!(vec![leaf; times])).unwrap();
        let watch = Stopwatch::start();
        let said = tree.fill(&scope).unwrap_err().0;
        assert!(said.contains("too much is looked at"), "{said}");
        assert!(watch.elapsed() < Duration::from_secs(20), "{:?}: {leaf}", watch.elapsed());
    }
    assert!(Leaf::new(&sorted).unwrap().value(&scope).is_ok());
    assert!(refused(&format!("{{{{ call{} }}}}", "|abs".repeat(17))).contains("more than 16 filters"));
}

/// What a template is filled in with is not looked at again.
#[test]
fn a_template_that_leads_to_itself_ends() {
    let vars = json!({ "self": "{{ vars.self }}{{ vars.self }}" });
    let scope = Scope { vars: &vars, ..scope() };
    let filled = Leaf::new("{{ vars.self }}").unwrap().value(&scope).unwrap();
    assert_eq!(filled, vars["self"]);
}

#[test]
fn made_up_values_are_the_same_for_the_same_question() {
    let person = "{{ fake.name() }} <{{ fake.email() }}>";
    let first = value(person);
    assert_eq!(value(person), first);
    let name = value("{{ fake.first_name() }}").as_str().unwrap().to_lowercase();
    assert!(first.as_str().unwrap().contains(&format!("<{name}.")), "{first}: they fit together");
    assert_ne!(value("{{ fake.name('other') }}"), value("{{ fake.name() }}"));
    for (text, prefix) in [("{{ fake.id('class') }}", "class_"), ("{{ fake.id('class_', 'b') }}", "class_")] {
        let id = value(text);
        assert!(id.as_str().unwrap().starts_with(prefix) && id.as_str().unwrap().len() == prefix.len() + 12, "{id}");
    }
    assert!(unfilled("{{ fake.id() }}").contains("an id has a prefix"));
    for other in [
        Scope { seed: Seed(43), ..scope() },
        Scope { lane: "b", ..scope() },
        Scope { call: 3, ..scope() },
        Scope { rule: "story/rule 2", ..scope() },
    ] {
        assert_ne!(Leaf::new(person).unwrap().value(&other).unwrap(), first);
    }
    for (kind, _) in fakes::KINDS.iter().filter(|(kind, _)| *kind != "id") {
        assert_ne!(value(&format!("{{{{ fake.{kind}() }}}}")), "", "{kind}");
    }
}

#[test]
fn a_value_is_filled_leaf_by_leaf() {
    let value =
        json!({ "a": [1, "x", "{{ call }}"], "b": { "c": "{{ request.query.page }} times" }, "d": { "e": "plain" } });
    let tree = Tree::new(&value).unwrap();
    let filled = json!({ "a": [1, "x", 2], "b": { "c": "3 times" }, "d": { "e": "plain" } });
    assert_eq!(tree.fill(&scope()), Ok(filled.clone()));
    assert_eq!((tree.plain(), Tree::new(&filled).unwrap().plain()), (None, Some(&filled)));
    let names = [("/a/2".to_owned(), "call".to_owned()), ("/b/c".to_owned(), "request.query.page".to_owned())];
    assert_eq!(tree.names(), names);
    let (pointer, wrong) = Tree::new(&json!({ "a/b": [0, "{{ x }}"] })).unwrap_err().remove(0);
    assert_eq!(pointer, "/a~1b/1");
    assert!(wrong.contains("there is no name \"x\""), "{wrong}");
}

#[test]
fn a_plain_text_is_itself() {
    for text in ["", "plain", "a { b } c }} %}", "{ {x} }"] {
        let leaf = Leaf::new(text).unwrap();
        assert_eq!((leaf.plain(), leaf.text(&scope()).as_deref()), (Some(text), Ok(text)));
    }
}

#[test]
fn all_templates_of_a_request_have_one_bound() {
    let (left, vars) = (Cell::new(MOST_FILLED), json!({ "long": "x".repeat(60_000) }));
    let scope = Scope { left: &left, vars: &vars, ..scope() };
    let leaf = Leaf::new("{{ vars.long }}").unwrap();
    let filled = (0..1_000).take_while(|_| leaf.value(&scope).is_ok()).count();
    assert!((10..100).contains(&filled), "{filled}");
    assert!(leaf.value(&scope).unwrap_err().0.contains("for one request"));
    assert_eq!(Leaf::new("no template").unwrap().text(&scope).as_deref(), Ok("no template"));
}

#[test]
fn what_can_never_be_filled_in_is_told_before() {
    for text in ["{{ 'soon'|plus('1h') }}", "{{ 'a'|int }}", "{{ now|date('%!') }}", "{{ fake.id() }}", "{{ [1][3] }}"]
    {
        assert!(Leaf::new(text).is_err(), "{text}");
    }
    for text in
        ["{{ '3'|int }}", "{{ now|plus('1h') }}", "{{ fake.name() }}", "{{ 10 / call }}", "{{ request.path|int }}"]
    {
        assert!(Leaf::new(text).is_ok(), "{text}: {:?}", Leaf::new(text));
    }
}

#[test]
fn all_that_is_wrong_is_told() {
    let told = Leaf::new("{{ nwo }} and {{ capturd.x }} and {{ lane").unwrap_err();
    assert_eq!(told.matches("; ").count(), 2, "{told}");
    let wrong = Tree::new(&json!({ "a": "{{ nwo }}", "b": ["{{ lane }}", "{{ }}"] })).unwrap_err();
    assert_eq!(wrong.iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(), ["/a", "/b/1"]);
}
