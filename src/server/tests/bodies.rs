//! Bodies: too large, too slow, too short, broken, in crumbs, and those that nobody wants.

use super::*;

fn post(headers: &str) -> String {
    format!("POST /pets HTTP/1.1\r\nHost: pets\r\n{headers}\r\n\r\n")
}

#[tokio::test]
async fn a_body_comes_whole() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    let large = "x".repeat(1 << 20);
    for body in ["", "a", large.as_str()] {
        visitor.send(post(&format!("Content-Length: {}", body.len()))).await;
        visitor.send(body).await;
        let answer = visitor.answer().await;
        assert_eq!(answer.status, 200);
        assert!(answer.body == body.as_bytes(), "{} bytes", body.len());
    }
    visitor.send(post("Transfer-Encoding: chunked")).await;
    visitor.send("1\r\na\r\n2;ext=1\r\nbc\r\n0\r\nTrailer: dropped\r\n\r\n").await;
    assert_eq!(visitor.answer().await.body, b"abc");
}

#[tokio::test]
async fn a_body_too_large_by_its_own_account() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send(post("Content-Length: 10737418240")).await;
    let answer = visitor.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")));
    assert_eq!(answer.json()["facts"]["limit"], 1 << 20);
    visitor.half_close().await;
    assert!(visitor.is_closed_within(SOON).await);
}

/// The answer reaches a client that sends everything before it reads anything.
#[tokio::test]
async fn a_body_too_large_is_answered_to_a_client_that_only_writes() {
    let house = House::open(Limits::default());
    let piece = vec![b'x'; 1 << 16];
    for chunked in [false, true] {
        let mut visitor = house.visit().await;
        let framing =
            if chunked { "Transfer-Encoding: chunked".into() } else { format!("Content-Length: {}", 8 << 20) };
        visitor.send(post(&framing)).await;
        for _ in 0..128 {
            if chunked {
                visitor.send("10000\r\n").await;
            }
            visitor.send(&piece).await;
            if chunked {
                visitor.send("\r\n").await;
            }
        }
        let answer = visitor.answer().await;
        assert_eq!(answer.status, 413, "chunked: {chunked}");
        assert_eq!(answer.json()["problem"], "body_too_large");
    }
    house.is_well().await;
}

#[tokio::test]
async fn one_byte_more_than_allowed() {
    let house = House::open(Limits { body_bytes: 10, ..Limits::default() });
    for (body, status) in [("1234567890", 200), ("12345678901", 413)] {
        let mut visitor = house.visit().await;
        visitor.send(post("Transfer-Encoding: chunked")).await;
        for byte in body.split("").filter(|byte| !byte.is_empty()) {
            visitor.try_send(format!("1\r\n{byte}\r\n")).await;
        }
        visitor.try_send("0\r\n\r\n").await;
        assert_eq!(visitor.answer().await.status, status, "{body}");
    }
}

#[tokio::test]
async fn fifty_thousand_crumbs() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    let body = format!("{}0\r\n\r\n", "1\r\nx\r\n".repeat(50_000));
    let started = crate::clock::Stopwatch::start();
    visitor.send(post("Transfer-Encoding: chunked")).await;
    visitor.send(body).await;
    let answer = visitor.answer().await;
    assert_eq!((answer.status, answer.body.len()), (200, 50_000));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test]
async fn broken_chunks() {
    let house = House::open(Limits::default());
    let extension = format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(1 << 20));
    let trailer = format!("0\r\nT: {}\r\n\r\n", "t".repeat(1 << 20));
    for (name, body) in [
        ("not hex", "xyz\r\nabc\r\n0\r\n\r\n"),
        ("overflowing", "fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
        ("below zero", "-1\r\nabc\r\n0\r\n\r\n"),
        ("without CRLF", "3\r\nabcdef0\r\n\r\n"),
        ("empty size", "\r\nabc\r\n0\r\n\r\n"),
        ("an extension of 1 MiB", &extension),
        ("a trailer of 1 MiB", &trailer),
    ] {
        let mut visitor = house.visit().await;
        visitor.send(post("Transfer-Encoding: chunked")).await;
        visitor.try_send(body).await;
        let text = visitor.rest().await;
        assert_eq!(statuses(&text), [400], "{name}: {text}");
        assert_eq!(problem(&text), "malformed_request", "{name}");
    }
    house.is_well().await;
}

#[tokio::test]
async fn a_body_shorter_than_announced() {
    let house = House::open(Limits::default());
    for (framing, body) in [("Content-Length: 10", "abc"), ("Transfer-Encoding: chunked", "5\r\nab")] {
        let mut visitor = house.visit().await;
        visitor.send(post(framing)).await;
        visitor.send(body).await;
        visitor.half_close().await;
        let text = visitor.rest().await;
        assert_eq!(statuses(&text), [400], "{framing}: {text}");
    }
}

#[tokio::test]
async fn a_body_that_takes_too_long() {
    let house = House::open(Limits { body_time: Duration::from_millis(200), ..Limits::default() });
    let mut visitor = house.visit().await;
    visitor.send(post("Content-Length: 10")).await;
    visitor.send("abc").await;
    let answer = visitor.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
    assert_eq!(answer.json()["facts"]["limit"], 0.2);
    assert!(visitor.is_closed_within(SOON).await);
}

#[tokio::test]
async fn continue_is_said_when_the_body_is_wanted() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send(post("Content-Length: 3\r\nExpect: 100-continue")).await;
    assert_eq!(visitor.answer().await.status, 100);
    visitor.send("abc").await;
    assert_eq!(visitor.answer().await.body, b"abc");
}

#[tokio::test]
async fn continue_is_not_said_when_the_body_is_not_wanted() {
    let house = House::open(Limits::default());
    for (path, length, status) in [("/pets", 1 << 30, 413), ("/keyed", 1 << 30, 401), ("/keyed", 3, 401)] {
        let mut visitor = house.visit().await;
        let expect = "Expect: 100-continue";
        visitor
            .send(format!("POST {path} HTTP/1.1\r\nHost: pets\r\nContent-Length: {length}\r\n{expect}\r\n\r\n"))
            .await;
        let answer = visitor.answer().await;
        assert_eq!((answer.status, answer.header("connection")), (status, Some("close")), "{path} {length}");
    }
}

/// What follows an unread body is not taken for a request.
#[tokio::test]
async fn an_unread_body_ends_the_connection() {
    let house = House::open(Limits::default());
    let body = "GET /smuggled HTTP/1.1\r\nHost: pets\r\n\r\n";
    let length = body.len();
    let text =
        house.all_for(format!("POST /keyed HTTP/1.1\r\nHost: pets\r\nContent-Length: {length}\r\n\r\n{body}")).await;
    assert_eq!(statuses(&text), [401], "{text}");
}
