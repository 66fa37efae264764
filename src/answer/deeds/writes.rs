//! Writes to the shop: what they do, what they refuse, and that nothing is lost or done twice.

use std::thread;

use serde_json::{Value, json};

use super::tests::{Answer, Shop};

fn post(shop: &Shop, target: &str, body: &Value) -> Answer {
    shop.send(&format!("POST {target}"), &[], &body.to_string())
}

/// Everything that can be seen of the orders.
fn all(shop: &Shop) -> Value {
    let mut body = shop.ask("GET /orders?per_page=200").body;
    body["meta"]["timestamp"].take();
    body
}

fn order(shop: &Shop, id: &str) -> Value {
    shop.ask(&format!("GET /orders/{id}")).body["data"].clone()
}

#[test]
fn what_is_made_is_read_next() {
    let shop = Shop::open();
    let made = post(&shop, "/orders", &json!({ "customer_id": "customer_1", "number": 7, "note": "new" }));
    assert_eq!(made.status, 201);
    let data = &made.body["data"];
    let expected = json!({
        "id": data["id"], "customer_id": "customer_1", "status": "open", "price": 1, "note": "new", "tags": [],
        "number": 7, "notes": {}, "created_at": "2025-01-15T12:00:00Z", "updated_at": "2025-01-15T12:00:00Z",
    });
    assert_eq!(*data, expected);
    let id = data["id"].as_str().unwrap();
    assert!(id.starts_with("order_") && id.len() == 14, "{id}");
    assert_eq!(made.headers["location"], format!("http://shop.example/orders/{id}").as_str());
    assert_eq!(order(&shop, id), expected);
    assert_eq!(shop.ask("GET /orders").body["data"][0], expected);
    let own = post(&shop, "/customers/customer_3/orders", &json!({ "customer_id": "customer_1" }));
    assert_eq!(own.body["data"]["customer_id"], "customer_3", "the path decides");
    assert_eq!(shop.ask("GET /customers/customer_3/orders").body["data"][0], own.body["data"]);
}

#[test]
fn a_change_is_seen_everywhere_and_touches_the_record() {
    let shop = Shop::open();
    let before = shop.ask("GET /orders/order_7");
    let listed = shop.ask("GET /orders?per_page=40").headers["etag"].clone();
    shop.advance(60);
    let answer = shop.send("PATCH /orders/order_7", &[], r#"{"notes":{"a":"1","b":"2"},"note":null}"#);
    assert_eq!((answer.status, &answer.body["data"]["notes"]), (200, &json!({ "a": "1", "b": "2" })));
    assert_eq!(answer.body["data"]["updated_at"], "2025-01-15T12:01:00Z");
    let after = shop.ask("GET /orders/order_7");
    assert_eq!(after.body["data"], answer.body["data"]);
    assert_ne!(after.headers["etag"], before.headers["etag"]);
    assert_ne!(shop.ask("GET /orders?per_page=40").headers["etag"], listed);
    assert_eq!(shop.ask("GET /orders?search=7").body["meta"]["total"], 3, "17, 27, 37");

    shop.advance(60);
    let merged = shop.send("PATCH /orders/order_7", &[], r#"{"notes":{"a":null,"c":"3"}}"#);
    assert_eq!(merged.body["data"]["notes"], json!({ "b": "2", "c": "3" }));
    shop.advance(60);
    let same = shop.send("PATCH /orders/order_7", &[], r#"{"notes":{"c":"3"}}"#);
    assert_eq!(same.body["data"], merged.body["data"], "nothing changed, and nothing was touched");
    assert_eq!(shop.ask("POST /orders/order_9/pay").body["data"]["status"], "paid");
    let tagged = post(&shop, "/orders/order_7/tags", &json!({ "more": ["blue", "new"] }));
    assert_eq!(tagged.body["data"]["tags"], json!(["blue", "new"]));
    assert_eq!(shop.ask("DELETE /orders/order_7/tags/blue").body["data"]["tags"], json!(["new"]));
}

#[test]
fn the_body_takes_the_records_place() {
    let shop = Shop::open();
    shop.send("PATCH /orders/order_7", &[], r#"{"number":7}"#);
    let created = order(&shop, "order_7")["created_at"].clone();
    shop.advance(60);
    let answer = shop.send("PUT /orders/order_7", &[], r#"{"customer_id":"customer_2","price":9}"#);
    let data = &answer.body["data"];
    assert_eq!((&data["id"], &data["price"], &data["number"]), (&json!("order_7"), &json!(9), &Value::Null));
    assert_eq!((&data["created_at"], &data["updated_at"]), (&created, &json!("2025-01-15T12:01:00Z")));
    assert_eq!(order(&shop, "order_7"), *data);
}

#[test]
fn what_is_deleted_is_gone() {
    let shop = Shop::open();
    let gone = shop.ask("DELETE /orders/order_7");
    assert_eq!((gone.status, gone.body), (204, Value::Null));
    assert_eq!(shop.ask("GET /orders/order_7").status, 404);
    assert_eq!(shop.ask("DELETE /orders/order_7").status, 404);
    assert_eq!(all(&shop)["meta"]["total"], 39);
    let held = shop.ask("DELETE /customers/customer_1");
    assert_eq!((held.status, &held.body["code"]), (409, &json!("has_orders")));
    assert_eq!(held.body["field"], shop.ask("GET /customers/customer_1/orders?status=open").body["meta"]["total"]);
    let free = shop.ask("DELETE /customers/customer_4");
    assert_eq!((free.status, &free.body["name"]), (200, &json!("Customer 4")));
    assert_eq!(shop.ask("GET /customers/customer_4/orders").status, 404);
}

#[test]
fn what_is_refused_changes_nothing() {
    let shop = Shop::open();
    shop.send("PATCH /orders/order_1", &[], r#"{"number":1,"notes":{"a":"1","b":"2"}}"#);
    let before = all(&shop);
    assert_eq!(shop.version(), 1);
    shop.advance(60);
    for (request, body, status) in [
        ("POST /orders", r#"{"customer_id":"customer_1","number":1}"#, 409),
        ("POST /customers/customer_9/orders", r#"{"number":5}"#, 404),
        ("PATCH /orders/order_2", r#"{"note":"changed","number":1}"#, 409),
        ("PATCH /orders/order_1", r#"{"note":"changed","notes":{"c":"3","d":"4"}}"#, 400),
        ("PUT /orders/order_2", r#"{"customer_id":"customer_1","number":1}"#, 409),
        ("PUT /orders/order_99", r#"{"customer_id":"customer_1"}"#, 404),
        ("DELETE /orders/order_99", "", 404),
        ("DELETE /customers/customer_1", "", 409),
    ] {
        let answer = shop.send(request, &[], body);
        assert_eq!(answer.status, status, "{request} {body}: {}", answer.body);
        assert_eq!(all(&shop), before, "{request} {body}");
        assert_eq!(shop.version(), 1, "what is kept for this version is still true");
    }
    let own = shop.send("PATCH /orders/order_1", &[], r#"{"number":1}"#);
    assert_eq!(own.status, 200, "its own number");
}

#[test]
fn a_full_lane_makes_nothing_more_and_goes_on() {
    let (shop, other) = (Shop::open(), Shop::open());
    shop.fill(10_000);
    let body = json!({ "customer_id": "customer_1", "note": "x".repeat(1_000) });
    let before = all(&shop)["meta"]["total"].as_u64().unwrap();
    let mut made = Vec::new();
    let refused = loop {
        let answer = post(&shop, "/orders", &body);
        if answer.status != 201 {
            break answer;
        }
        made.push(answer.body["data"].clone());
        assert!(made.len() < 100, "there is an end to it");
    };
    assert_eq!((refused.status, &refused.body["code"]), (507, &json!("lane_full")));
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("this lane") && detail.contains("64 MiB"), "{detail}");
    assert!(made.len() > 2);

    let full = all(&shop);
    assert_eq!(full["meta"]["total"], before + made.len() as u64);
    let change = json!({ "note": "y".repeat(9_000) }).to_string();
    let keyed = [("idempotency-key", "k")];
    for (request, body) in [("POST /orders", body.to_string()), ("PATCH /orders/order_7", change)] {
        assert_eq!(shop.send(request, &keyed, &body).status, 507, "{request}");
        assert_eq!(all(&shop), full, "{request}");
    }
    assert_eq!(post(&other, "/orders", &body).status, 201, "nobody else is full");
    // What is taken out makes room, and the key of a refusal is free.
    let gone = made.pop().unwrap();
    assert_eq!(shop.ask(&format!("DELETE /orders/{}", gone["id"].as_str().unwrap())).status, 204);
    assert_eq!(shop.send("POST /orders", &keyed, &body.to_string()).status, 201);
    assert_eq!(all(&shop)["meta"]["total"], full["meta"]["total"]);
}

#[test]
fn the_same_key_makes_one_thing() {
    let shop = Shop::open();
    let send = |key: &str, who: &str, body: &str| {
        shop.send("POST /orders", &[("idempotency-key", key), ("authorization", who)], body)
    };
    let (one, other) = (r#"{"customer_id":"customer_1"}"#, r#"{"customer_id":"customer_2"}"#);
    let first = send("k", "ann", one);
    assert!(first.headers.get("idempotent-replayed").is_none());
    shop.advance(3600);
    let again = send("k", "ann", one);
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let named = [("idempotency-key", "k"), ("authorization", "ann"), ("x-request-id", "req_2")];
    let named = shop.send("POST /orders", &named, one);
    assert_eq!(named.body["meta"]["request_id"], "req_2", "each answer has the name of its own request");
    assert_eq!(
        (&named.body["data"], &named.body["meta"]["timestamp"]),
        (&first.body["data"], &first.body["meta"]["timestamp"])
    );
    assert_eq!(again.headers["location"], first.headers["location"]);
    assert_eq!(all(&shop)["meta"]["total"], 41);
    let reused = send("k", "ann", other);
    assert_eq!((reused.status, &reused.body["code"]), (422, &json!("key_used")));
    let elsewhere = [("idempotency-key", "k"), ("authorization", "ann")];
    assert_eq!(shop.send("POST /orders?source=mail", &elsewhere, one).status, 422, "it asks for something else");
    let id = |answer: &Answer| answer.body["data"]["id"].clone();
    assert_ne!(id(&send("k", "bob", one)), id(&first), "the key is Ann's own");
    assert_ne!(id(&send("", "ann", one)), id(&first), "an empty key is none");
    shop.advance(24 * 3600);
    assert_ne!(id(&send("k", "ann", one)), id(&first), "a day is over");
    assert_eq!(all(&shop)["meta"]["total"], 44);
}

#[test]
fn many_writers_lose_nothing_and_do_nothing_twice() {
    const WRITERS: usize = 8;
    let shop = Shop::open();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let shop = &shop;
            scope.spawn(move || {
                for _ in 0..20 {
                    let tag = format!("{{\"more\":[\"tag {writer}\"]}}");
                    assert_eq!(shop.send("POST /orders/order_7/tags", &[], &tag).status, 200);
                    let key = [("idempotency-key", "one")];
                    let made = shop.send("POST /orders", &key, r#"{"customer_id":"customer_1"}"#);
                    assert_eq!(made.status, 201);
                }
            });
        }
    });
    assert_eq!(order(&shop, "order_7")["tags"].as_array().unwrap().len(), 1 + WRITERS);
    assert_eq!(all(&shop)["meta"]["total"], 41);
}
