//! Heads: what is no request, what pretends to be one, and what is one in an odd form.

use super::*;

/// Each of these is answered once with 400 and the site's own words, and the connection closes.
#[tokio::test]
async fn what_is_no_request() {
    let house = House::open(Limits::default());
    let cases: &[(&str, &[u8])] = &[
        ("HTTP/0.9", b"GET /\r\n\r\n"),
        ("HTTP/9.9", b"GET / HTTP/9.9\r\nHost: pets\r\n\r\n"),
        ("garbage version", b"GET / JUNK/1.1\r\nHost: pets\r\n\r\n"),
        ("space in the target", b"GET /a b HTTP/1.1\r\nHost: pets\r\n\r\n"),
        ("control in the target", b"GET /a\x01b HTTP/1.1\r\nHost: pets\r\n\r\n"),
        ("NUL in the target", b"GET /a\x00b HTTP/1.1\r\nHost: pets\r\n\r\n"),
        ("DEL in the target", b"GET /a\x7fb HTTP/1.1\r\nHost: pets\r\n\r\n"),
        ("bare CR", b"GET / HTTP/1.1\r\nHost: pets\r\nA: b\rc\r\n\r\n"),
        ("NUL in a value", b"GET / HTTP/1.1\r\nHost: pets\r\nA: b\x00c\r\n\r\n"),
        ("space before the colon", b"GET / HTTP/1.1\r\nHost : pets\r\n\r\n"),
        ("bad header name", b"GET / HTTP/1.1\r\nHost: pets\r\nA(b): c\r\n\r\n"),
        ("no colon", b"GET / HTTP/1.1\r\nHost: pets\r\nnonsense\r\n\r\n"),
        ("folded line", b"GET / HTTP/1.1\r\nHost: pets\r\nA: b\r\n c\r\n\r\n"),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        ("SSH", b"SSH-2.0-OpenSSH_9.6\r\n"),
        ("Redis", b"*1\r\n$4\r\nPING\r\n"),
        ("SMTP", b"EHLO pets.example\r\n"),
        ("random", b"\x92\x00\xf3\x17\xaa\xff\x01\x02"),
        ("HTTP/2 begun and given up", b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"),
        // Disguises that hyper sees through.
        ("TE of HTTP/1.0", b"POST / HTTP/1.0\r\nHost: pets\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("TE with a space", b"POST / HTTP/1.1\r\nHost: pets\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        ("TE of another kind", b"POST / HTTP/1.1\r\nHost: pets\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("TE identity", b"POST / HTTP/1.1\r\nHost: pets\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        ("TE folded", b"POST / HTTP/1.1\r\nHost: pets\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        ("TE with a tab inside", b"POST / HTTP/1.1\r\nHost: pets\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
        // Disguises that it takes for chunked.
        (
            "TE twice",
            b"POST / HTTP/1.1\r\nHost: pets\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        ("TE gzip", b"POST / HTTP/1.1\r\nHost: pets\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("TE chunked twice", b"POST / HTTP/1.1\r\nHost: pets\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        ("two lengths", b"POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        ("length with a plus", b"POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: +2\r\n\r\nab"),
        ("negative length", b"POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: -2\r\n\r\nab"),
        ("hex length", b"POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: 0x2\r\n\r\nab"),
        ("empty length", b"POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: \r\n\r\nab"),
        ("length over 2^64", b"POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: 18446744073709551617\r\n\r\nab"),
    ];
    for (name, bytes) in cases {
        let mut visitor = house.visit().await;
        visitor.send(bytes).await;
        assert!(visitor.is_closed_within(SOON).await, "{name}: open");
        let text = visitor.rest().await;
        let status = statuses(&text);
        assert!(matches!(status[..], [400 | 431]), "{name}: {text}");
        assert_eq!(problem(&text), if status == [431] { "head_too_large" } else { "malformed_request" }, "{name}");
        assert!(text.contains("connection: close") && text.contains("\r\ndate: "), "{name}: {text}");
    }
    house.is_well().await;
}

#[tokio::test]
async fn a_tls_client_is_told_so() {
    let house = House::open(Limits::default());
    assert!(house.all_for(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").await.contains("TLS"));
}

/// hyper ends lines at a bare LF too, as RFC 9112 allows. What follows is then an ordinary header, with its ordinary
/// meaning, and no other server has to agree with us.
#[tokio::test]
async fn bare_line_feeds_end_lines() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send("POST / HTTP/1.1\nHost: pets\nX: y\nTransfer-Encoding: chunked\n\n2\r\nxy\r\n0\r\n\r\n").await;
    let answer = visitor.answer().await;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"xy"[..]));
}

#[tokio::test]
async fn methods_nobody_knows_reach_the_site() {
    let house = House::open(Limits::default());
    for method in ["BREW", "get", "TRACE", "OPTIONS"] {
        let mut visitor = house.visit().await;
        visitor.send(format!("{method} /pets HTTP/1.1\r\nHost: pets\r\nX-Secret: abc\r\n\r\n")).await;
        let answer = visitor.answer().await;
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.body.is_empty(), "{method} echoes nothing");
    }
}

#[tokio::test]
async fn targets_that_are_no_paths() {
    let house = House::open(Limits::default());
    for request in ["CONNECT pets.example:443", "OPTIONS *"] {
        let mut visitor = house.visit().await;
        visitor.send(format!("{request} HTTP/1.1\r\nHost: pets\r\n\r\n")).await;
        let answer = visitor.answer().await;
        assert_eq!(answer.status, 400, "{request}");
        assert_eq!(answer.json()["problem"], "malformed_target", "{request}");
    }
    house.is_well().await;
}

#[tokio::test]
async fn an_absolute_target_is_served_as_ours() {
    let elsewhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = elsewhere.local_addr().unwrap();
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send(format!("GET http://{other}/pets?a=1 HTTP/1.1\r\nHost: pets\r\n\r\n")).await;
    let answer = visitor.answer().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["uri"], "/pets?a=1");
    assert_eq!(answer.json()["host"], other.to_string());
    assert!(timeout(Duration::from_millis(50), elsewhere.accept()).await.is_err(), "somebody called elsewhere");
}

#[tokio::test]
async fn hosts() {
    let house = House::open(Limits::default());
    for head in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: \r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x:notaport\r\n\r\n",
        "GET http://pets/ HTTP/1.1\r\n\r\n",
        "GET http://me@pets/ HTTP/1.1\r\nHost: pets\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
    ] {
        let mut visitor = house.visit().await;
        visitor.send(head).await;
        let answer = visitor.answer().await;
        assert_eq!(answer.status, 400, "{head}");
        assert_eq!(answer.json()["problem"], "malformed_host", "{head}");
    }
    assert_eq!(statuses(&house.all_for("GET / HTTP/1.0\r\n\r\n").await), [200], "HTTP/1.0 needs none");
}

#[tokio::test]
async fn heads_that_are_too_large() {
    let house = House::open(Limits::default());
    let many = "A: b\r\n".repeat(2000);
    let long = "b".repeat(1 << 20);
    for (name, head, status) in [
        ("a method of 64 KiB", format!("{} / HTTP/1.1\r\nHost: pets\r\n\r\n", "M".repeat(1 << 16)), 431),
        ("a target of 17 KiB", format!("GET /{} HTTP/1.1\r\nHost: pets\r\n\r\n", "t".repeat(17 << 10)), 414),
        ("a target of 2 MiB", format!("GET /{} HTTP/1.1\r\nHost: pets\r\n\r\n", "t".repeat(2 << 20)), 431),
        ("2,000 headers", format!("GET / HTTP/1.1\r\nHost: pets\r\n{many}\r\n"), 431),
        ("a header of 1 MiB", format!("GET / HTTP/1.1\r\nHost: pets\r\nA: {long}\r\n\r\n"), 431),
        ("101 headers", format!("GET / HTTP/1.1\r\nHost: pets\r\n{}\r\n", "A: b\r\n".repeat(100)), 431),
        ("1 MiB without an end of line", long.clone(), 431),
    ] {
        let mut visitor = house.visit().await;
        visitor.try_send(head).await;
        let answer = visitor.answer().await;
        assert_eq!(answer.status, status, "{name}");
        let kind = if status == 431 { "head_too_large" } else { "target_too_long" };
        assert_eq!(answer.json()["problem"], kind, "{name}");
        if status == 431 {
            assert!(visitor.is_closed_within(SOON).await, "{name}: open");
        } else {
            visitor.send("GET /next HTTP/1.1\r\nHost: pets\r\n\r\n").await;
            assert_eq!(visitor.answer().await.status, 200, "{name}: closed");
        }
    }
    house.is_well().await;
}

#[tokio::test]
async fn exactly_as_large_as_allowed() {
    let house = House::open(Limits { target_bytes: 1000, head_bytes: 9000, ..Limits::default() });
    let mut visitor = house.visit().await;
    visitor.send(format!("GET /{} HTTP/1.1\r\nHost: pets\r\n\r\n", "t".repeat(999))).await;
    assert_eq!(visitor.answer().await.status, 200);
    let frame = "GET / HTTP/1.1\r\nHost: pets\r\nA: \r\n\r\n".len();
    for (length, status) in [(9000, 200), (9001, 431)] {
        let mut visitor = house.visit().await;
        visitor.send(format!("GET / HTTP/1.1\r\nHost: pets\r\nA: {}\r\n\r\n", "b".repeat(length - frame))).await;
        assert_eq!(visitor.answer().await.status, status, "{length} bytes");
    }
    let mut visitor = house.visit().await;
    visitor.send(format!("GET / HTTP/1.1\r\nHost: pets\r\n{}\r\n", "A: b\r\n".repeat(99))).await;
    assert_eq!(visitor.answer().await.status, 200, "100 headers");
}

#[tokio::test]
async fn endless_headers_are_cut_off() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send("GET / HTTP/1.1\r\nHost: pets\r\n").await;
    let line = format!("A: {}\r\n", "b".repeat(1000));
    let mut taken = 0;
    // The system's own buffers take some as well, so what is counted is more than what the server took.
    while taken < 16 << 20 && visitor.try_send(&line).await {
        taken += line.len();
    }
    assert!(taken < 12 << 20, "{taken} bytes were taken");
    house.is_well().await;
}

/// hyper lets the transfer coding win, removes the length and closes, as RFC 9112 section 6.3 asks.
#[tokio::test]
async fn a_smuggled_request_is_never_answered() {
    let house = House::open(Limits::default());
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: pets\r\n\r\n";
    for framing in
        ["Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5"]
    {
        let text =
            house.all_for(format!("POST / HTTP/1.1\r\nHost: pets\r\n{framing}\r\n\r\n0\r\n\r\n{smuggled}")).await;
        assert_eq!(statuses(&text).len(), 1, "{framing}: {text}");
        assert!(!text.contains("smuggled"), "{framing}: {text}");
    }
    house.is_well().await;
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    let requests: String = (0..50).map(|n| format!("GET /{n} HTTP/1.1\r\nHost: pets\r\n\r\n")).collect();
    visitor.send(requests).await;
    for n in 0..50 {
        let answer = visitor.answer().await;
        assert_eq!(answer.json()["path"], format!("/{n}"));
    }
}

/// A bad request behind a good one: the good one is answered, and then the connection ends.
#[tokio::test]
async fn garbage_behind_a_request() {
    let house = House::open(Limits::default());
    let text = house.all_for("GET /good HTTP/1.1\r\nHost: pets\r\n\r\n\x01\x02\x03\r\n\r\n").await;
    assert_eq!(statuses(&text), [200, 400], "{text}");
}

#[tokio::test]
async fn a_client_that_closes_its_half_is_answered() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send("GET /pets HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    visitor.half_close().await;
    assert_eq!(statuses(&visitor.rest().await), [200]);
}

#[tokio::test]
async fn a_header_named_by_connection_still_counts() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor
        .send("GET /keyed HTTP/1.1\r\nHost: pets\r\nConnection: Authorization\r\nAuthorization: Bearer x\r\n\r\n")
        .await;
    assert_eq!(visitor.answer().await.status, 200);
}

/// As clients ask that would like HTTP/2 and do not know whether we have it.
#[tokio::test]
async fn an_upgrade_is_not_taken() {
    let house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    for _ in 0..2 {
        let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA";
        visitor.send(format!("GET /pets HTTP/1.1\r\nHost: pets\r\n{upgrade}\r\n\r\n")).await;
        assert_eq!(visitor.answer().await.status, 200);
    }
}

#[tokio::test]
async fn http_1_0_and_keep_alive() {
    let house = House::open(Limits::default());
    let text = house.all_for("GET /pets HTTP/1.0\r\nHost: pets\r\n\r\n").await;
    assert_eq!(statuses(&text), [200]);
    let mut visitor = house.visit().await;
    for _ in 0..2 {
        visitor.send("GET /pets HTTP/1.0\r\nHost: pets\r\nConnection: keep-alive\r\n\r\n").await;
        assert_eq!(visitor.answer().await.status, 200);
    }
    for _ in 0..3 {
        let mut visitor = house.visit().await;
        visitor.send("GET /pets HTTP/1.1\r\nHost: pets\r\nConnection: close\r\n\r\n").await;
        assert_eq!(visitor.answer().await.status, 200);
        assert!(visitor.is_closed_within(SOON).await);
    }
}
