//! Rules over a small shop, as a client meets them.

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, RETRY_AFTER};
use http::{HeaderName, Method, StatusCode, Version};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::access::Keys;
use crate::contract::sample::One;
use crate::contract::{Found, KeyPlaces, facts};
use crate::fault::{Fault, Point};
use crate::lane::{Ground, Lane, Start};
use crate::request::Request;
use crate::scenario::sample::{rule, scenario};
use crate::scenario::{
    Answer, Break, Content, Damage, Delay, Occasion, Retry, Rule, Scenario, Spot, Subject, Then, When, compile,
};
use crate::source::SourceFile;
use crate::world::{Base, Record};

const DOCUMENT: &str = include_str!("../answer/deeds/shop.yaml");

pub fn noon() -> Timestamp {
    "2025-01-15T12:00:00Z".parse().unwrap()
}

/// Forty orders of one customer, an hour apart.
pub struct Shop {
    contract: Arc<Contract>,
    answers: Answers,
    access: Access,
    pub lane: Lane,
}

/// A request as it is written in tests.
#[derive(Clone, Copy, Default)]
pub struct Call<'c> {
    line: &'c str,
    headers: &'c [(&'static str, &'c str)],
    body: &'c str,
    version: Version,
}

impl Shop {
    pub fn playing(rules: Vec<Rule>) -> Shop {
        let contract = Arc::new(Contract::load(&One(DOCUMENT), "shop.yaml").unwrap().contract);
        let order = |n: i64| {
            let created = (noon() - SignedDuration::from_hours(40 - n)).to_string();
            json!({ "id": format!("order_{n}"), "customer_id": "customer_1", "status": "open", "price": n, "created_at": created })
        };
        let base = |records: Vec<Value>| Base::new("id", records.into_iter().map(Record::new).collect());
        let customers = vec![json!({ "id": "customer_1", "name": "Ann", "level": 1 })];
        let ground = Ground::new(contract.clone(), Seed(42), Start::new(Some(noon()), None))
            .with(vec![base(customers), base((0..40).map(order).collect())]);
        let lane = Lane::fresh("default", Arc::new(ground));
        let story = Scenario { places: contract.places, ..scenario("story", rules) };
        lane.stage.arm(Arc::new(story), lane.now()).unwrap();
        let access = Access::new(contract.clone(), Keys::default());
        Shop { answers: Answers::new(contract.clone(), Seed(42)), access, contract, lane }
    }

    /// Plays rules as they are written, each on a line.
    pub fn story(rules: &str) -> Shop {
        let shop = Shop::playing(Vec::new());
        let file = SourceFile::parse("story.yaml", format!("rules:\n{rules}")).unwrap();
        let compiled = compile(&file, &shop.contract, &One(DOCUMENT)).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
        shop.lane.stage.arm(Arc::new(compiled.scenario), shop.lane.now()).unwrap();
        shop
    }

    pub fn ask(&self, line: &str) -> Reply {
        self.call(Call { line, ..Call::default() })
    }

    pub fn call(&self, call: Call) -> Reply {
        let (method, target) = call.line.split_once(' ').unwrap();
        let mut request = Request::new(method.parse::<Method>().unwrap(), target.parse().unwrap());
        (request.id, request.version) = ("req_1".to_owned(), call.version);
        request.headers.insert("host", HeaderValue::from_static("shop.example"));
        for (name, value) in call.headers {
            request.headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        if !call.body.is_empty() {
            request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request.body = call.body.to_owned().into();
        }
        let Ok(Found::Operation(index, path)) = self.contract.router.find(&request.method, request.path()) else {
            panic!("{target} leads nowhere");
        };
        let operation = &self.contract.operations[index];
        let (values, breaches) = operation.check_parameters(&self.contract.schemas, &request, &path);
        let checked = operation.check_body(&self.contract.schemas, &request).unwrap();
        let refused = (!breaches.is_empty()).then(|| Problem::from_breaches(&breaches, 0, false));
        let (lane, now, body) = (&self.lane, self.lane.now(), checked.value.as_ref());
        let wanted = lane.stage.ask(&Occasion {
            contract: &self.contract,
            operation,
            request: &request,
            values: &values,
            path: &path,
            body,
            key: None,
            secrets: &KeyPlaces::of(&self.contract),
            lane: &lane.name,
            now,
            seed: lane.ground.seed,
            refused: refused.is_some(),
            named: &[],
        });
        let scene = Scene {
            contract: &self.contract,
            answers: &self.answers,
            access: &self.access,
            asked: Asked {
                operation,
                request: &request,
                values: &values,
                path: &path,
                body,
                caller: 0,
                lane,
                now,
                twist: None,
            },
            refused,
            wanted: &wanted,
            allowance: None,
            effort: Effort::default(),
            outcomes: Outcomes::default(),
            word: &|problem| {
                problem.facts.extend(facts(&request, &path));
                self.contract.problems.reply(problem, Some(operation))
            },
        };
        scene.play().reply
    }
}

pub fn then(then: Then) -> Rule {
    Rule { then, ..rule("one", When::default()) }
}

pub fn also(name: &str, then: Then) -> Rule {
    Rule { then, ..rule(name, When::default()) }
}

pub fn body(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body.ready()).unwrap()
}

fn tree(value: Value) -> Tree {
    Tree::new(&value).unwrap()
}

fn leaf(text: &str) -> Leaf {
    Leaf::new(text).unwrap()
}

fn answer(what: Content) -> Answer {
    Answer { what, status: None, media_type: None, headers: Vec::new(), retry_after: None, done: false }
}

fn replies(answer: Answer) -> Shop {
    Shop::playing(vec![then(Then { reply: Some(answer), ..Then::default() })])
}

fn problem(name: &str, facts: Value) -> Content {
    Content::Problem { name: name.to_owned(), facts: tree(facts) }
}

#[test]
fn a_problem_answers_in_the_words_of_the_contract() {
    let reply = replies(answer(problem("no_order", json!({})))).ask("GET /orders/order_7");
    assert_eq!(
        (reply.status, body(&reply)),
        (StatusCode::NOT_FOUND, json!({ "code": "no_order", "order_id": "order_7" }))
    );
    let reply = replies(answer(problem("has_orders", json!({ "orders": "{{ call }}" })))).ask("GET /orders");
    assert_eq!((reply.status.as_u16(), body(&reply)), (409, json!({ "code": "has_orders", "field": 1 })));
    // What the table does not have is told as the engine tells it.
    let limited = Answer { retry_after: Some(Retry::Seconds(7)), ..answer(problem("rate_limited", json!({}))) };
    let reply = replies(limited).ask("GET /orders");
    assert_eq!((reply.status.as_u16(), &reply.headers[RETRY_AFTER]), (429, &HeaderValue::from_static("7")));
    assert_eq!(body(&reply)["code"], "rate_limited");
    let silent = Answer { retry_after: Some(Retry::None), ..answer(problem("rate_limited", json!({}))) };
    assert!(!replies(silent).ask("GET /orders").headers.contains_key(RETRY_AFTER));
    let date = Answer {
        retry_after: Some(Retry::Date(SignedDuration::from_secs(3_600))),
        ..answer(problem("unavailable", json!({})))
    };
    let reply = replies(date).ask("GET /orders");
    let date = reply.headers[RETRY_AFTER].to_str().unwrap().to_owned();
    assert!(date.ends_with(" GMT") && date.len() == 29 && reply.status == StatusCode::SERVICE_UNAVAILABLE, "{date}");
}

#[test]
fn a_status_answers_as_it_is_documented() {
    let reply = replies(answer(Content::Status(StatusCode::NOT_FOUND))).ask("GET /orders/order_7");
    assert_eq!((reply.status.as_u16(), body(&reply)), (404, json!({ "code": "no_order", "order_id": "order_7" })));
    let reply = replies(answer(Content::Example("typical".to_owned()))).ask("GET /orders/order_7");
    assert_eq!((reply.status.as_u16(), &body(&reply)["data"]["id"]), (200, &json!("order_example")));
    assert!(!reply.headers.contains_key("preference-applied"), "the client preferred nothing");
    let reply = replies(answer(Content::Status(StatusCode::BAD_GATEWAY))).ask("GET /orders/order_7");
    assert_eq!((reply.status.as_u16(), reply.body.len()), (502, 0));
}

#[test]
fn a_body_of_its_own_is_filled_in() {
    let own = Answer {
        headers: vec![(HeaderName::from_static("x-trace"), leaf("t-{{ request.id }}"))],
        ..answer(Content::Body(tree(json!({ "id": "{{ request.path.order_id }}", "n": "{{ call }}" }))))
    };
    let reply = replies(own).ask("GET /orders/order_7");
    assert_eq!((reply.status.as_u16(), body(&reply)), (200, json!({ "id": "order_7", "n": 1 })));
    assert_eq!(
        (&reply.headers["x-trace"], &reply.headers[CONTENT_TYPE]),
        (&"t-req_1".parse().unwrap(), &"application/json".parse().unwrap())
    );
    let page = Answer {
        status: Some(StatusCode::BAD_GATEWAY),
        media_type: Some("text/html".to_owned()),
        ..answer(Content::Text(leaf("<h1>{{ request.method }}</h1>")))
    };
    let reply = replies(page).ask("GET /orders");
    assert_eq!((reply.status.as_u16(), reply.body.ready().as_ref()), (502, b"<h1>GET</h1>".as_slice()));
    assert_eq!(reply.headers[CONTENT_TYPE], "text/html");
    let file = Content::File { path: "rows.csv".into(), bytes: Arc::from(*b"a,b\n") };
    let reply = replies(Answer { media_type: Some("text/csv".to_owned()), ..answer(file) }).ask("GET /orders");
    assert_eq!((&reply.headers[CONTENT_TYPE], reply.body.len()), (&"text/csv".parse().unwrap(), 4));
    // A created thing is answered as a created thing is.
    let made = answer(Content::Body(tree(json!({}))));
    let create = Call { line: "POST /orders", body: r#"{"customer_id":"customer_1"}"#, ..Call::default() };
    assert_eq!(replies(made).call(create).status, StatusCode::CREATED);
}

#[test]
fn what_is_asked_for_is_done_only_where_the_reply_says_so() {
    for done in [false, true] {
        let shop = replies(Answer { done, ..answer(problem("internal", json!({}))) });
        let create = Call { line: "POST /orders", body: r#"{"customer_id":"customer_1"}"#, ..Call::default() };
        assert_eq!(shop.call(create).status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(shop.lane.read().stores()[1].len(), 40 + usize::from(done));
    }
}

#[test]
fn a_reply_that_can_not_be_filled_in_is_left_out() {
    let reply = replies(answer(Content::Text(leaf("{{ captured.nothing }}")))).ask("GET /orders/order_7");
    assert_eq!(body(&reply)["data"]["id"], "order_7");
}

#[test]
fn changes_are_made_to_the_true_answer_and_the_first_rule_has_the_word() {
    let set = |pointer: &str, value| Change::Set { pointer: pointer.to_owned(), value: tree(value) };
    let shop = Shop::playing(vec![
        also(
            "first",
            Then {
                changes: vec![
                    Change::Merge(tree(json!({ "meta": { "timestamp": null, "lane": "{{ lane }}" } }))),
                    Change::Patch(tree(json!([{ "op": "replace", "path": "/data/price", "value": 1 }]))),
                    set("/data/status", json!("{{ request.path.order_id | upper }}")),
                    Change::Remove { pointer: "/data/created_at".to_owned() },
                ],
                ..Then::default()
            },
        ),
        also(
            "second",
            Then {
                changes: vec![set("/data/price", json!(2)), set("/data/note", json!("{{ now - 1h }}"))],
                ..Then::default()
            },
        ),
        also(
            "does not fit",
            Then {
                changes: vec![set("/data/id/x", json!(1)), Change::Remove { pointer: "/none".to_owned() }],
                ..Then::default()
            },
        ),
    ]);
    assert_eq!(
        body(&shop.ask("GET /orders/order_7")),
        json!({
            "data": { "id": "order_7", "customer_id": "customer_1", "status": "ORDER_7", "price": 1, "note": "2025-01-15T11:00:00Z" },
            "meta": { "request_id": "req_1", "lane": "default" },
        })
    );
}

#[test]
fn a_changed_answer_has_a_tag_of_its_own() {
    let changed = |price: i64| {
        let value = tree(json!(price));
        let change = Change::Set { pointer: "/data/price".to_owned(), value };
        Shop::playing(vec![then(Then { changes: vec![change], ..Then::default() })])
    };
    let line = "GET /orders/order_7";
    let tag = |shop: &Shop| shop.ask(line).headers[ETAG].to_str().unwrap().to_owned();
    let (plain, one, two) = (tag(&Shop::playing(Vec::new())), tag(&changed(100)), tag(&changed(200)));
    assert!(plain != one && one != two && one == tag(&changed(100)), "{plain} {one} {two}");
    let asked = |known: &str| {
        changed(100).call(Call { line, headers: &[(IF_NONE_MATCH.as_str(), known)], ..Call::default() }).status
    };
    assert_eq!([asked(&plain), asked(&one)], [StatusCode::OK, StatusCode::NOT_MODIFIED]);
}

#[test]
fn headers_are_set_and_taken_out() {
    let name = HeaderName::from_static;
    let shop = Shop::playing(vec![
        also("a", Then { headers: vec![(name("x-a"), Some(leaf("{{ call }}"))), (ETAG, None)], ..Then::default() }),
        also(
            "b",
            Then {
                headers: vec![
                    (name("x-a"), Some(leaf("b"))),
                    (name("x-b"), Some(leaf("b"))),
                    (name("x-c"), Some(leaf("a\nb"))),
                ],
                ..Then::default()
            },
        ),
    ]);
    let reply = shop.ask("GET /orders/order_7");
    assert_eq!((&reply.headers["x-a"], &reply.headers["x-b"]), (&"1".parse().unwrap(), &"b".parse().unwrap()));
    assert!(!reply.headers.contains_key(ETAG) && !reply.headers.contains_key("x-c"));
}

#[test]
fn a_delay_and_a_fault_go_together_and_of_two_the_first_counts() {
    let breaks = |what, only| Some(Break { what, only });
    let shop = Shop::playing(vec![
        also("late", Then { delay: Some(Delay::Fixed(Duration::from_millis(5))), ..Then::default() }),
        also("later", Then { delay: Some(Delay::Fixed(Duration::from_secs(5))), ..Then::default() }),
        also(
            "chunks",
            Then { fault: breaks(Damage::Reset(Spot::Answer(10)), Some(Version::HTTP_11)), ..Then::default() },
        ),
        also("cut", Then { fault: breaks(Damage::Cut(Spot::Percent(50)), None), ..Then::default() }),
        also("close", Then { fault: breaks(Damage::Close, None), ..Then::default() }),
    ]);
    let over = |version| shop.call(Call { line: "GET /orders/order_7", version, ..Call::default() });
    let reply = over(Version::HTTP_11);
    assert_eq!((reply.delay, reply.fault), (Duration::from_millis(5), Some(Fault::Reset(Point::Answer(10)))));
    let reply = over(Version::HTTP_2);
    assert_eq!(reply.fault, Some(Fault::Cut(Point::Body(reply.body.len() / 2))));
}

#[test]
fn what_is_refused_is_played_by_rules_for_that_alone() {
    let refused = When { refused: true, ..When::default() };
    let late = Then { delay: Some(Delay::Fixed(Duration::from_secs(1))), ..Then::default() };
    let shop = Shop::playing(vec![Rule { then: late, ..rule("late", refused) }]);
    let reply = shop.ask("GET /orders?page=0");
    assert_eq!((reply.status.as_u16(), reply.delay), (400, Duration::from_secs(1)));
    assert_eq!(body(&reply), json!({ "code": "invalid", "field": "page" }));
    assert_eq!(shop.ask("GET /orders?page=1").delay, Duration::ZERO);
}

#[test]
fn what_was_answered_can_be_captured() {
    let keep = Then { capture: vec![("id".to_owned(), Subject::Answer("/data/0/id".to_owned()))], ..Then::default() };
    let told =
        Then { headers: vec![(HeaderName::from_static("x-id"), Some(leaf("{{ captured.id }}")))], ..Then::default() };
    let shop = Shop::playing(vec![also("keep", keep), also("tell", told)]);
    assert!(!shop.ask("GET /orders").headers.contains_key("x-id"), "nothing was answered yet");
    assert_eq!(shop.ask("GET /orders").headers["x-id"], "order_39");
}

/// The ids of a page, as numbers.
fn ids(page: &Value) -> Vec<u32> {
    let rows = page["data"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().strip_prefix("order_").unwrap().parse().unwrap()).collect()
}

fn page(rule: &str, target: &str) -> Value {
    let reply = Shop::story(&format!("  - page: {rule}")).ask(&format!("GET /orders?{target}"));
    assert_eq!(reply.status, StatusCode::OK, "{rule}");
    body(&reply)
}

#[test]
fn a_page_has_other_rows_and_what_stands_around_them_stays() {
    let true_page = body(&Shop::playing(Vec::new()).ask("GET /orders?page=2&per_page=5"));
    assert_eq!(ids(&true_page), [34, 33, 32, 31, 30]);
    for (rule, expected) in [
        ("{ rows: 2 }", vec![34, 33]),
        ("{ empty: true }", vec![]),
        ("{ repeat_last: 2 }", vec![36, 35, 34, 33, 32, 31, 30]),
        ("{ skip: 1 }", vec![33, 32, 31, 30]),
        ("{ order: reversed }", vec![30, 31, 32, 33, 34]),
    ] {
        let page = page(rule, "page=2&per_page=5");
        assert_eq!(ids(&page), expected, "{rule}");
        assert_eq!((&page["meta"], &page["links"]), (&true_page["meta"], &true_page["links"]), "{rule}");
    }
    let shuffled = page("{ order: shuffled }", "page=2&per_page=5");
    assert_eq!(shuffled, page("{ order: shuffled }", "page=2&per_page=5"));
    assert_ne!(ids(&shuffled), ids(&true_page));
}

#[test]
fn a_total_drifts_alone() {
    for (rule, total) in [("{ total: 7 }", 7), ("{ total: \"+3\" }", 43), ("{ total: -3 }", 37)] {
        let page = page(rule, "page=2&per_page=5");
        assert_eq!((&page["meta"]["total"], &page["meta"]["total_pages"]), (&json!(total), &json!(8)), "{rule}");
    }
}

#[test]
fn a_shorter_list_agrees_with_itself() {
    let rule = "{ rows_in_all: 10 }";
    let last = page(rule, "page=2&per_page=5");
    assert_eq!((ids(&last).len(), &last["meta"]["total"], &last["meta"]["total_pages"]), (5, &json!(10), &json!(2)));
    assert_eq!(
        (&last["links"]["next"], &last["links"]["last"]),
        (&Value::Null, &json!("http://shop.example/orders?page=2&per_page=5"))
    );
    assert!(ids(&page(rule, "page=3&per_page=5")).is_empty());
    let shop = Shop::story("  - page: { rows_in_all: 10 }");
    let first = body(&shop.ask("GET /orders?limit=6"));
    let cursor = first["meta"]["next_cursor"].as_str().unwrap();
    let second = body(&shop.ask(&format!("GET /orders?limit=6&cursor={cursor}")));
    assert_eq!((ids(&second).len(), &second["meta"]["next_cursor"]), (4, &Value::Null));
}

#[test]
fn the_next_page_is_where_the_rule_says() {
    let next = |rule: &str| page(rule, "per_page=5&page=2")["links"]["next"].clone();
    assert_eq!(next("{ next: null }"), Value::Null);
    assert_eq!(next("{ next: self }"), "http://shop.example/orders?per_page=5&page=2");
    assert_eq!(next("{ next: first }"), "http://shop.example/orders?per_page=5&page=1");
    let walk = |rule: &str| {
        let shop = Shop::story(&format!("  - page: {rule}"));
        let (mut target, mut pages) = ("GET /orders?limit=3".to_owned(), Vec::new());
        for _ in 0..3 {
            let page = body(&shop.ask(&target));
            pages.push(ids(&page));
            let Some(cursor) = page["meta"]["next_cursor"].as_str() else { break };
            target = format!("GET /orders?limit=3&cursor={cursor}");
        }
        pages
    };
    assert_eq!(walk("{ rows: 1 }"), [[39], [36], [33]]);
    assert_eq!(walk("{ next: self }"), [[39, 38, 37]; 3]);
    assert_eq!(walk("{ next: first }"), [[39, 38, 37]; 3]);
    assert_eq!(walk("{ next: null }").len(), 1);
    let own = body(&Shop::story("  - page: { next: wherever }").ask("GET /orders?limit=3"));
    assert_eq!(
        (&own["meta"]["next_cursor"], &own["links"]["next"]),
        (&json!("wherever"), &json!("http://shop.example/orders?limit=3&cursor=wherever"))
    );
}

#[test]
fn cursors_expire_and_pages_are_capped() {
    let cursor =
        body(&Shop::playing(Vec::new()).ask("GET /orders?limit=3"))["meta"]["next_cursor"].as_str().unwrap().to_owned();
    let shop = Shop::story("  - page: { cursor: expired }");
    let refused = shop.ask(&format!("GET /orders?limit=3&cursor={cursor}"));
    assert_eq!((refused.status.as_u16(), body(&refused)), (400, json!({ "code": "invalid", "field": "cursor" })));
    assert_eq!(shop.ask("GET /orders?limit=3").status, StatusCode::OK);
    let capped = page("{ cap: 4 }", "per_page=30&page=2");
    assert_eq!(
        (ids(&capped), &capped["meta"]["per_page"], &capped["meta"]["total_pages"]),
        (vec![35, 34, 33, 32], &json!(4), &json!(10))
    );
    assert_eq!(ids(&page("{ cap: 4 }", "per_page=2")).len(), 2);
}

#[test]
fn several_rules_have_a_page_together() {
    let shop = Shop::story("  - page: { total: 7 }\n  - page: { total: 9, rows: 1 }");
    let page = body(&shop.ask("GET /orders"));
    assert_eq!((&page["meta"]["total"], ids(&page)), (&json!(7), vec![39]));
    assert_eq!(body(&Shop::playing(Vec::new()).ask("GET /orders"))["meta"]["total"], 40, "nothing of it is kept");
}

#[test]
fn over_a_limit_it_is_told_how_long_to_wait() {
    let shop = Shop::story("  - limit: { requests: 2, per: 1m, burst: 2 }");
    let ask = || shop.ask("GET /orders");
    assert_eq!([ask().status.as_u16(), ask().status.as_u16()], [200, 200]);
    let over = ask();
    assert_eq!((over.status.as_u16(), &over.headers[RETRY_AFTER]), (429, &HeaderValue::from_static("30")));
    assert!(body(&over)["detail"].as_str().unwrap().contains("More than 2 requests in a minute. Wait 30 s."));
    let silent = Shop::story("  - limit: { requests: 1, per: 1h, retry_after: none, problem: unavailable }");
    silent.ask("GET /orders");
    let over = silent.ask("GET /orders");
    assert_eq!((over.status.as_u16(), over.headers.get(RETRY_AFTER)), (503, None));
}

#[test]
fn the_world_changes_before_the_answer_or_after_it() {
    let total = |shop: &Shop| body(&shop.ask("GET /orders"))["meta"]["total"].clone();
    let shop = Shop::story("  - { when: { call: 1 }, world: [{ add: { orders: 3 } }] }");
    assert_eq!([total(&shop), total(&shop)], [43, 43]);
    let page = body(&shop.ask("GET /orders?per_page=3"));
    for order in page["data"].as_array().unwrap() {
        assert_eq!((&order["customer_id"], &order["status"]), (&json!("customer_1"), &json!("open")), "{order}");
        assert_eq!(order["created_at"], noon().to_string());
        let id = order["id"].as_str().unwrap();
        assert_eq!(shop.ask(&format!("GET /orders/{id}")).status, StatusCode::OK);
    }
    let again = Shop::story("  - { when: { call: 1 }, world: [{ add: { orders: 3 } }] }");
    again.ask("GET /orders");
    assert_eq!(body(&again.ask("GET /orders?per_page=3"))["data"], page["data"], "the same for the same seed");
    let after = Shop::story("  - { when: { call: 1 }, world: [{ add: { orders: 3 }, after: true }] }");
    assert_eq!([total(&after), total(&after)], [40, 43]);
}

#[test]
fn records_are_deleted_and_changed_by_their_ids() {
    let shop = Shop::story(
        "  - { when: { call: 2 }, world: [{ delete: { collection: orders, id: \"{{ request.path.order_id }}\" } }] }",
    );
    let ask = || shop.ask("GET /orders/order_7").status.as_u16();
    assert_eq!([ask(), ask(), ask()], [200, 404, 404]);
    let fields = "{ status: paid, note: \"by {{ lane }}\" }";
    let shop = Shop::story(&format!("  - world: [{{ set: {{ collection: orders, id: order_7, fields: {fields} }} }}]"));
    let order = body(&shop.ask("GET /orders/order_7"));
    assert_eq!((&order["data"]["status"], &order["data"]["note"]), (&json!("paid"), &json!("by default")));
    let shop =
        Shop::story("  - world: [{ set: { collection: orders, id: order_7, fields: { price: \"{{ lane }}\" } } }]");
    assert_eq!(body(&shop.ask("GET /orders/order_7"))["data"]["price"], 7, "what breaks the schema is left out");
}

#[test]
fn all_rules_together_do_no_more_than_one_might() {
    let most = "  - world: [{ add: { customers: 600 } }]\n";
    let shop = Shop::story(&format!("{most}{most}  - world: [{{ add: {{ customers: 300 }}, after: true }}]\n"));
    shop.ask("GET /orders");
    assert_eq!(shop.lane.read().stores()[0].len(), 901, "the second has no room, and the third has");
    let sets = |from: usize| (from..from + 600).map(|n| format!("/x{n}: {n}")).collect::<Vec<_>>().join(", ");
    let shop = Shop::story(&format!(
        "  - {{ breaks_contract: true, patch: {{ {} }} }}\n  - {{ breaks_contract: true, patch: {{ {} }} }}\n",
        sets(0),
        sets(600)
    ));
    let answer = body(&shop.ask("GET /orders"));
    let set = answer.as_object().unwrap().keys().filter(|name| name.starts_with('x')).count();
    assert_eq!(set, 1_000);
}

#[test]
fn the_clock_moves_after_the_answer() {
    let shop = Shop::story("  - { when: { call: 1 }, clock: { advance: 1h } }");
    let moment =
        |shop: &Shop| body(&shop.ask("GET /orders/order_7"))["meta"]["timestamp"].as_str().unwrap()[..16].to_owned();
    assert_eq!([moment(&shop), moment(&shop)], ["2025-01-15T12:00", "2025-01-15T13:00"]);
    let shop = Shop::story("  - { when: { call: 1 }, clock: { freeze: true } }");
    shop.ask("GET /orders");
    assert!(shop.lane.clock.read().frozen);
    let shop = Shop::story("  - { when: { call: 1 }, clock: { to: 2020-01-01T00:00:00Z } }");
    assert_eq!(shop.ask("GET /orders").status, StatusCode::OK);
    assert!(shop.lane.now() >= noon(), "no clock goes back");
}

#[test]
fn an_answer_is_held_until_it_is_let_go() {
    let shop = Shop::story("  - { when: { call: 1 }, hold: here }");
    let first = shop.ask("GET /orders");
    assert!(first.held.is_some() && shop.ask("GET /orders").held.is_none());
    assert_eq!(shop.lane.stage.release("story", Some("here"), None), 1);
}
