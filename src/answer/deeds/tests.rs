//! Deeds over a small shop of orders, as a client meets them: path, method and body in, status and body out.

use std::sync::{Arc, OnceLock};

use http::Method;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::contract::sample::One;
use crate::contract::{Contract, Found};
use crate::lane::{Ground, Lane, Start};
use crate::request::Request;
use crate::seed::Seed;
use crate::world::kept::fingerprint;
use crate::world::{Base, Record, room};

const DOCUMENT: &str = include_str!("shop.yaml");

pub struct Shop {
    answers: Answers,
    lane: Lane,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

fn noon() -> Timestamp {
    "2025-01-15T12:00:00Z".parse().unwrap()
}

/// Forty orders of four customers, an hour apart.
fn orders() -> Vec<Value> {
    let order = |n: i64| {
        json!({
            "id": format!("order_{n}"),
            "customer_id": format!("customer_{}", n % 4),
            "status": (["open", "paid", "sent"][n as usize % 3]),
            "price": (n * 37 % 50) as f64 / 2.0,
            "note": if n % 5 == 0 { Value::Null } else { json!(format!("Für Zoë Nº {n}")) },
            "tags": [(["Red", "blue"][n as usize % 2])],
            "created_at": (noon() - jiff::SignedDuration::from_hours(40 - n)).to_string(),
        })
    };
    (0..40).map(order).collect()
}

fn customers() -> Vec<Value> {
    (0..5).map(|n| json!({ "id": format!("customer_{n}"), "name": format!("Customer {n}"), "level": n })).collect()
}

impl Shop {
    pub fn open() -> Shop {
        let loaded = Contract::load(&One(DOCUMENT), "shop.yaml").unwrap_or_else(|findings| panic!("{findings:#?}"));
        let contract = Arc::new(loaded.contract);
        let start = Start::new(Some(noon()), None);
        let base = |records: Vec<Value>| Base::new("id", records.into_iter().map(Record::new).collect());
        let ground = Ground::new(contract.clone(), Seed(1), start).with(vec![base(customers()), base(orders())]);
        Shop { answers: Answers::new(contract, Seed(1)), lane: Lane::fresh("test", Arc::new(ground)) }
    }

    pub fn ask(&self, request: &str) -> Answer {
        self.send(request, &[], "")
    }

    /// `GET /orders`, headers, body. The answer is held against the contract.
    pub fn send(&self, request: &str, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let contract = &self.answers.contract;
        let (method, target) = request.split_once(' ').unwrap();
        let mut request = Request::new(method.parse::<Method>().unwrap(), target.parse().unwrap());
        request.headers.insert("host", "shop.example".parse().unwrap());
        for (name, value) in headers {
            request.headers.append(*name, value.parse().unwrap());
        }
        request.id = request.own_id().unwrap_or("req_1").to_owned();
        request.body = body.to_owned().into();
        let Ok(Found::Operation(index, path)) = contract.router.find(&request.method, request.path()) else {
            panic!("no such operation: {target}");
        };
        let operation = &contract.operations[index];
        let (values, breaches) = operation.check_parameters(&contract.schemas, &request, &path);
        assert_eq!(breaches, [], "{target}");
        if !body.is_empty() {
            request.headers.insert("content-type", "application/json".parse().unwrap());
        }
        let checked = operation.check_body(&contract.schemas, &request).unwrap();
        assert_eq!(checked.breaches, [], "{target}");
        let caller = fingerprint(&[request.header("authorization").unwrap_or_default().as_bytes()]);
        let asked = Asked {
            body: checked.value.as_ref(),
            caller,
            operation,
            request: &request,
            values: &values,
            path: &path,
            lane: &self.lane,
            now: self.lane.now(),
            twist: None,
        };
        let reply = match self.answers.reply(&asked) {
            Ok(reply) => reply,
            Err(mut problem) => {
                problem.facts.extend(crate::contract::facts(&request, &path));
                contract.problems.reply(&problem, Some(operation))
            }
        };
        assert_eq!(self.answers.check(operation, &reply), [], "{target}");
        let body = serde_json::from_slice(&reply.body.ready()).unwrap_or_default();
        Answer { status: reply.status.as_u16(), headers: reply.headers, body }
    }

    /// Puts an order in that leaves room for so many bytes of orders. What is large about it is never shown.
    pub fn fill(&self, left: usize) {
        let order = |bytes: usize| Record {
            shown: Arc::new(json!({
                "id": "large", "customer_id": "customer_1", "status": "open", "price": 1, "note": null, "tags": [],
                "number": null, "notes": {}, "created_at": "2025-01-01T12:00:00Z", "updated_at": "2025-01-01T12:00:00Z",
            })),
            hidden: Arc::new(Value::from("x".repeat(bytes))),
        };
        let bytes = room::MOST_BYTES - left - room::weight(&order(0));
        self.lane.write().put(1, "large", order(bytes)).unwrap();
    }

    /// How often the records were changed.
    pub fn version(&self) -> u64 {
        self.lane.read().version
    }

    pub fn advance(&self, seconds: u64) {
        self.lane.clock.advance_to(self.lane.clock.now() + std::time::Duration::from_secs(seconds));
    }

    fn ids(&self, target: &str) -> Vec<String> {
        let answer = self.ask(&format!("GET {target}"));
        assert_eq!(answer.status, 200, "{target}: {}", answer.body);
        ids(&answer.body["data"])
    }
}

fn ids(rows: &Value) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_list_comes_in_pages() {
    let shop = Shop::open();
    let first = shop.ask("GET /orders?per_page=15");
    assert_eq!(ids(&first.body["data"])[..2], ["order_39", "order_38"]);
    assert_eq!(
        first.body["meta"],
        json!({ "total": 40, "page": 1, "per_page": 15, "total_pages": 3, "request_id": "req_1", "timestamp": "2025-01-15T12:00:00Z" })
    );
    assert_eq!(
        first.body["links"],
        json!({
            "first": "http://shop.example/orders?per_page=15&page=1",
            "prev": null,
            "next": "http://shop.example/orders?per_page=15&page=2",
            "last": "http://shop.example/orders?per_page=15&page=3",
        })
    );
    let past = shop.ask("GET /orders?page=9000000000000000000&status=paid");
    assert_eq!(past.body["data"], json!([]));
    assert_eq!(
        (&past.body["meta"]["total"], &past.body["meta"]["page"]),
        (&json!(13), &json!(9000000000000000000_u64))
    );
    assert_eq!(past.body["links"]["prev"], "http://shop.example/orders?page=1&status=paid");
    assert_eq!(past.body["links"]["next"], Value::Null);
    let none = shop.ask("GET /orders?status=lost");
    assert_eq!((&none.body["meta"]["total"], &none.body["meta"]["total_pages"]), (&json!(0), &json!(0)));
    assert_eq!(none.body["links"]["last"], "http://shop.example/orders?status=lost&page=1");
}

#[test]
fn pages_may_count_from_zero() {
    let shop = Shop::open();
    let page = |number: u64| shop.ask(&format!("GET /orders/from-zero?page={number}")).body;
    assert_eq!((ids(&page(0)["data"]).len(), ids(&page(1)["data"]).len()), (25, 15));
    assert_eq!(page(1)["meta"]["page"], 1);
    for far in [2, u64::MAX - 1, u64::MAX] {
        let past = page(far);
        assert_eq!(
            (&past["data"], &past["meta"]["total"], &past["links"]["next"]),
            (&json!([]), &json!(40), &json!(null))
        );
    }
}

#[test]
fn a_list_comes_by_limit_and_offset() {
    let shop = Shop::open();
    let answer = shop.ask("GET /orders?limit=15&offset=10&page=2&per_page=7");
    let meta = &answer.body["meta"];
    assert_eq!((&meta["limit"], &meta["offset"], meta.get("page")), (&json!(15), &json!(10), None));
    assert_eq!(ids(&answer.body["data"])[0], "order_29");
    let link = |name: &str| answer.body["links"][name].as_str().unwrap_or("none").to_owned();
    assert_eq!(link("first"), "http://shop.example/orders?limit=15&offset=0&page=2&per_page=7");
    assert_eq!(link("prev"), link("first"));
    assert_eq!(link("next"), "http://shop.example/orders?limit=15&offset=25&page=2&per_page=7");
    assert_eq!(link("last"), "http://shop.example/orders?limit=15&offset=30&page=2&per_page=7");
    let past = shop.ask("GET /orders?offset=9223372036854775807");
    assert_eq!((&past.body["data"], &past.body["meta"]["offset"]), (&json!([]), &json!(i64::MAX)));
    assert_eq!(past.body["links"]["prev"], "http://shop.example/orders?offset=25");
    assert_eq!(past.body["meta"]["next_cursor"], Value::Null);
}

#[test]
fn a_cursor_goes_on_where_the_last_answer_ended() {
    let shop = Shop::open();
    let mut seen = Vec::new();
    let mut target = "/orders?limit=7&sort_by=price&status=paid".to_owned();
    loop {
        let answer = shop.ask(&format!("GET {target}"));
        seen.extend(ids(&answer.body["data"]));
        let Some(cursor) = answer.body["meta"]["next_cursor"].as_str() else { break };
        target = format!("/orders?limit=7&sort_by=price&status=paid&cursor={cursor}&offset=3");
    }
    assert_eq!(seen, shop.ids("/orders?per_page=100&sort_by=price&status=paid"));

    let cursor = shop.ask("GET /orders?limit=7").body["meta"]["next_cursor"].as_str().unwrap().to_owned();
    let answer = shop.ask(&format!("GET /orders?cursor={cursor}&limit=7"));
    let next = answer.body["meta"]["next_cursor"].as_str().unwrap();
    assert_eq!(answer.body["links"]["next"], format!("http://shop.example/orders?cursor={next}&limit=7"));
    assert_eq!(answer.body["links"]["prev"], "http://shop.example/orders?offset=0&limit=7");
    for target in [format!("/orders?limit=7&status=paid&cursor={cursor}"), "/orders?cursor=abc".to_owned()] {
        let answer = shop.ask(&format!("GET {target}"));
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!("cursor")), "{target}");
    }
}

type Filter = (&'static str, fn(&Value) -> bool);

/// A condition on orders as a request has it, and as anybody would check it.
const FILTERS: [Filter; 9] = [
    ("customer=customer_2", |order| order["customer_id"] == "customer_2"),
    ("status=paid", |order| order["status"] == "paid"),
    ("min_price=10", |order| order["price"].as_f64() >= Some(10.0)),
    ("max_price=10.5", |order| order["price"].as_f64() <= Some(10.5)),
    ("search=fur+zoe+n%C2%BA+1", |order| order["note"].as_str().is_some_and(|note| note.contains("Nº 1"))),
    ("tag=RED", |order| order["tags"][0] == "Red"),
    ("from=2025-01-14T12:00:00Z", |order| order["created_at"].as_str() >= Some("2025-01-14T12:00:00Z")),
    ("to=2025-01-15T03:00:00%2B01:00", |order| order["created_at"].as_str() <= Some("2025-01-15T02:00:00Z")),
    ("from=2025-01-16T00:00:00Z&to=2025-01-15T00:00:00Z", |_| false),
];

#[test]
fn each_filter_works_alone() {
    let shop = Shop::open();
    for (number, (query, good)) in FILTERS.iter().enumerate() {
        let found = shop.ids(&format!("/orders?per_page=100&{query}"));
        let expected = orders().into_iter().rev().filter(good).map(|order| order["id"].clone()).collect::<Value>();
        assert_eq!(json!(found), expected, "{query}");
        assert!(found.len() < 40 && (number == 8 || !found.is_empty()), "{query} tells nothing");
    }
}

#[test]
fn rows_come_in_the_order_that_is_asked_for() {
    let shop = Shop::open();
    let prices = |target: &str| -> Vec<f64> {
        let answer = shop.ask(&format!("GET {target}"));
        answer.body["data"].as_array().unwrap().iter().map(|row| row["price"].as_f64().unwrap()).collect()
    };
    let rising = prices("/orders?sort_by=price&sort_order=asc&per_page=100");
    assert!(rising.is_sorted() && rising.len() == 40, "{rising:?}");
    let falling = prices("/orders?sort_by=price&per_page=100");
    assert!(falling.iter().rev().is_sorted(), "{falling:?}");
    assert_eq!(prices("/orders?sort_by=cost&per_page=100"), falling, "a name that stands for a field");
}

#[test]
fn a_record_is_found_under_those_it_belongs_to() {
    let shop = Shop::open();
    assert_eq!(shop.ask("GET /orders/order_7").body["data"]["id"], "order_7");
    let missing = shop.ask("GET /orders/order_99");
    assert_eq!((missing.status, missing.body), (404, json!({ "code": "no_order", "order_id": "order_99" })));
    let own = shop.ask("GET /customers/customer_3/orders?per_page=100");
    let expected: Vec<String> = (0..10).rev().map(|n| format!("order_{}", n * 4 + 3)).collect();
    assert_eq!(ids(&own.body["data"]), expected);
    assert_eq!(shop.ask("GET /customers/customer_9/orders").body["code"], "no_customer");
    assert_eq!(shop.ask("GET /customers/customer_3/orders/order_7").status, 200);
    assert_eq!(shop.ask("GET /customers/customer_2/orders/order_7").body["code"], "no_order");
    assert_eq!(shop.ask("GET /customers/customer_9/orders/order_7").body["code"], "no_customer");
}

#[test]
fn a_record_is_told_in_the_shape_and_state_that_the_operation_wants() {
    let shop = Shop::open();
    let receipt = shop.ask("GET /orders/order_7/receipt");
    assert_eq!(
        receipt.body,
        json!({ "receipt": { "order": "order_7", "sum": 4.5 }, "meta": { "request_id": "req_1", "timestamp": "2025-01-15T12:00:00Z" } })
    );
    let unpaid = shop.ask("GET /orders/order_6/receipt");
    assert_eq!((unpaid.status, &unpaid.body["code"]), (409, &json!("not_paid")));
    assert_eq!(shop.ask("GET /customers/customer_1/gifts").body["code"], "not_good_enough");
    assert_eq!(shop.ask("GET /customers/customer_3/gifts").status, 200);
    for (target, there) in [("/orders/order_7", true), ("/orders/order_7?with_tags=false", false)] {
        assert_eq!(shop.ask(&format!("GET {target}")).body["data"].get("tags").is_some(), there, "{target}");
    }
}

#[test]
fn an_answer_that_the_client_has_is_not_sent_again() {
    let shop = Shop::open();
    for target in ["GET /orders", "HEAD /orders", "GET /orders/order_7"] {
        let first = shop.ask(target);
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        assert_eq!(shop.ask(target).headers["etag"], tag.as_str());
        let again = shop.send(target, &[("if-none-match", &tag)], "");
        assert_eq!((again.status, &again.headers["etag"]), (304, &first.headers["etag"]), "{target}");
    }
}

#[test]
fn who_wants_an_example_gets_it() {
    let shop = Shop::open();
    let answer = shop.send("GET /orders/order_99", &[("prefer", "example=typical")], "");
    assert_eq!((answer.status, &answer.body["data"]["id"]), (200, &json!("order_example")));
    assert_eq!(shop.send("GET /orders/order_7", &[("prefer", "code=404")], "").status, 404);
    let made = shop.send("GET /orders/order_99", &[("prefer", "dynamic=true")], "");
    assert_eq!((made.status, made.body["data"]["id"] == "order_99"), (200, false));
    let kept = shop.send("GET /orders/order_7", &[("prefer", "dynamic=false")], "");
    assert_eq!(
        (&kept.body["data"]["id"], kept.headers["preference-applied"].to_str().unwrap()),
        (&json!("order_7"), "dynamic=false")
    );
}

proptest! {
    #[test]
    fn filters_and_orders_work_together(chosen in 0..1_usize << 8, by in 0..3_usize, rising: bool) {
        static SHOP: OnceLock<Shop> = OnceLock::new();
        let shop = SHOP.get_or_init(Shop::open);
        let chosen: Vec<&Filter> = FILTERS.iter().enumerate().filter(|(n, _)| chosen >> n & 1 == 1).map(|(_, f)| f).collect();
        let mut target = chosen.iter().fold("/orders?per_page=100".to_owned(), |target, (query, _)| format!("{target}&{query}"));
        // Newest first, which decides between equals too.
        let mut expected: Vec<Value> = orders().into_iter().rev().filter(|order| chosen.iter().all(|(_, good)| good(order))).collect();
        if by > 0 {
            let field = ["price", "created_at"][by - 1];
            target += &format!("&sort_by={field}&sort_order={}", if rising { "asc" } else { "desc" });
            expected.sort_by(|a, b| {
                let order = match a[field].as_f64() {
                    Some(price) => price.total_cmp(&b[field].as_f64().unwrap()),
                    None => a[field].as_str().cmp(&b[field].as_str()),
                };
                if rising { order } else { order.reverse() }
            });
        }
        let expected: Vec<&str> = expected.iter().map(|order| order["id"].as_str().unwrap()).collect();
        prop_assert_eq!(shop.ids(&target), expected, "{}", target);
    }

    #[test]
    fn pages_of_any_size_cover_each_row_once(size in 1_u64..50, style in 0..2) {
        static SHOP: OnceLock<Shop> = OnceLock::new();
        let shop = SHOP.get_or_init(Shop::open);
        let mut target = match style {
            0 => format!("/orders?per_page={size}"),
            _ => format!("/orders?limit={size}"),
        };
        let mut seen = Vec::new();
        for _ in 0..=40 {
            let answer = shop.ask(&format!("GET {target}"));
            seen.extend(ids(&answer.body["data"]));
            match answer.body["links"]["next"].as_str() {
                Some(next) => target = next.strip_prefix("http://shop.example").unwrap().to_owned(),
                None => break,
            }
        }
        prop_assert_eq!(seen, shop.ids("/orders?per_page=100"));
    }
}
