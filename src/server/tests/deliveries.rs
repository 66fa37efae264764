//! Answers as they go out, over HTTP/1.1 and HTTP/2, and what becomes of a site that panics.

use super::frames::*;
use super::*;

#[tokio::test]
async fn head_says_what_get_would() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send("GET /big/1000 HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    let get = visitor.answer().await;
    visitor.send("HEAD /big/1000 HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    let head = visitor.answer_to(&Method::HEAD).await;
    for name in ["content-length", "content-type"] {
        assert!(get.header(name).is_some() && get.header(name) == head.header(name), "{name}");
    }
    assert!(get.header("date").is_some());
    visitor.send("HEAD /big/0 HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    assert_eq!(visitor.answer_to(&Method::HEAD).await.header("content-length"), Some("0"));
    // Had a body come, this would not be the next answer.
    visitor.send("GET /next HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    assert_eq!(visitor.answer().await.json()["path"], "/next");
}

#[tokio::test]
async fn no_content_has_none() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send("GET /none HTTP/1.1\r\nHost: pets\r\n\r\nGET /next HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    let none = visitor.answer().await;
    assert_eq!((none.status, none.header("content-length")), (204, None));
    assert_eq!(visitor.answer().await.json()["path"], "/next");
}

#[tokio::test]
async fn a_body_is_made_while_it_is_sent() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    for size in [0_u64, 1, 1000, 1_234_567] {
        visitor.send(format!("HEAD /made/{size} HTTP/1.1\r\nHost: pets\r\n\r\n")).await;
        let head = visitor.answer_to(&Method::HEAD).await;
        assert_eq!(head.header("content-length"), Some(&*size.to_string()));
        visitor.send(format!("GET /made/{size} HTTP/1.1\r\nHost: pets\r\n\r\n")).await;
        let answer = visitor.answer().await;
        assert_eq!(answer.header("content-length"), head.header("content-length"));
        assert!(answer.body.iter().copied().eq((0..size).map(|place| b'a' + (place % 26) as u8)), "{size}");
    }
}

#[tokio::test]
async fn a_reply_that_lies_about_its_length() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send("GET /liar HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    let answer = visitor.answer().await;
    assert_eq!((answer.header("content-length"), answer.header("transfer-encoding")), (Some("2"), None));
    let lengths = answer.head.lines().filter(|line| line.starts_with("content-length")).count();
    assert_eq!((lengths, &answer.body[..]), (1, &b"{}"[..]));
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send("GET /panic HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    let answer = visitor.answer().await;
    assert_eq!((answer.status, answer.json()["problem"].as_str()), (500, Some("internal")));
    assert!(!String::from_utf8_lossy(&answer.body).contains("broken"));
    visitor.send("POST /panic-late HTTP/1.1\r\nHost: pets\r\nContent-Length: 1\r\n\r\nx").await;
    assert_eq!(visitor.answer().await.status, 500, "on the same connection");
    visitor.send("GET http://me@pets/panic-twice HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    assert_eq!(visitor.answer().await.status, 500, "even when the refusal panics");
    house.is_well().await;
}

#[tokio::test]
async fn http_2_on_the_same_port() {
    let house = House::open(Limits::default());
    let mut frames = Frames::begin(&house).await;
    frames.ask(1, GET, "/pets?a=1", Some("pets.example")).await;
    let (status, body) = frames.answer().await;
    assert_eq!(status, OK);
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["uri"], "/pets?a=1");
    assert_eq!(body["host"], "pets.example");
    frames.ask(3, GET, "/pets", None).await;
    let (status, body) = frames.answer().await;
    assert_eq!(status, BAD_REQUEST);
    assert!(String::from_utf8_lossy(&body).contains("malformed_host"));
    // A control character in the path: the library ends the stream itself.
    frames.ask(7, GET, "/a\x7fb", Some("pets")).await;
    while !matches!(frames.next().await, Some((RESET, ..))) {}
    frames.ask(9, POST, "/pets", Some("pets")).await;
    assert_eq!(frames.answer().await, (OK, vec![]));
    house.is_well().await;
}

#[tokio::test]
async fn http_2_that_is_quiet_is_told_to_go() {
    let house = House::open(short());
    let mut frames = Frames::begin(&house).await;
    frames.ask(1, GET, "/pets", Some("pets")).await;
    frames.answer().await;
    let mut told = false;
    while let Some((kind, ..)) = frames.next().await {
        told |= kind == GOAWAY;
    }
    assert!(told, "closed without a word");
}

#[tokio::test]
async fn http_2_keeps_the_limits_too() {
    let house = House::open(Limits { body_bytes: 10, ..short() });
    let mut frames = Frames::begin(&house).await;
    frames.begin_to_ask(1, POST, "/pets", Some("pets"), &[], false).await;
    frames.put(DATA, 0, 1, b"12345").await;
    assert!(String::from_utf8(frames.answer().await.1).unwrap().contains("body_timeout"));
    frames.begin_to_ask(3, POST, "/pets", Some("pets"), &[], false).await;
    frames.put(DATA, 1, 3, b"12345678901").await;
    assert!(String::from_utf8(frames.answer().await.1).unwrap().contains("body_too_large"));
    let headers = [0, 1, b'a', 1, b'b'].repeat(101);
    frames.begin_to_ask(5, GET, "/pets", Some("pets"), &headers, true).await;
    assert!(String::from_utf8(frames.answer().await.1).unwrap().contains("head_too_large"));
    frames.begin_to_ask(7, POST, "/pets", Some("pets"), &[], false).await;
    frames.put(DATA, 1, 7, b"1234567890").await;
    assert_eq!(frames.answer().await, (OK, b"1234567890".to_vec()));
}

/// A client that lets no answer through: its window stays shut, while the socket itself never fills up.
#[tokio::test]
async fn http_2_with_a_shut_window_is_closed() {
    let house = House::open(Limits { connections: 1, ..short() });
    let mut frames = Frames::begin(&house).await;
    let initial_window_of_zero = [0, 4, 0, 0, 0, 0];
    frames.put(SETTINGS_KIND, 0, 0, &initial_window_of_zero).await;
    frames.ask(1, GET, "/big/1000", Some("pets")).await;
    while let Some((kind, ..)) = frames.next().await {
        assert_ne!(kind, DATA);
    }
    house.is_well().await;
}

#[tokio::test]
async fn http_2_drains() {
    let mut house = House::open(Limits::default());
    let mut frames = Frames::begin(&house).await;
    frames.ask(1, GET, "/pets", Some("pets")).await;
    frames.answer().await;
    house.stop.graceful();
    while frames.next().await.is_some() {}
    house.ended().await;
}
