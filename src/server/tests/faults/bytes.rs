//! Over HTTP/1.1: what comes, and how it ends.

use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Version};

use super::*;
use crate::fault::{Chunks, Json, Length};

/// What ends the connection, byte by byte. A neighbour before it in the pipeline is answered, one behind it is not.
#[tokio::test]
async fn faults_that_end_the_connection() {
    let (whole, long) = (whole(), format!("{HEAD}content-length: 32\r\n\r\n{BODY}"));
    let (short, none) =
        (format!("{HEAD}content-length: 12\r\n\r\n{BODY}"), format!("{HEAD}content-length: 0\r\n\r\n{BODY}"));
    let bad_size = format!("{HEAD}transfer-encoding: chunked\r\n\r\nsize?\r\n{BODY}\r\n0\r\n\r\n");
    let no_end = format!("{HEAD}transfer-encoding: chunked\r\n\r\n16\r\n{BODY}\r\n");
    let last = format!("{HEAD}connection: close\r\ncontent-length: 22\r\n\r\n{BODY}");
    let body = whole.len() - BODY.len();
    let garbage = "\u{16}\u{3}\u{1}no HTTP\r\n";
    let table = [
        (Fault::Close, "", Ending::Fin),
        (Fault::Cut(Point::START), "", Ending::Fin),
        (Fault::Cut(Point::Answer(1)), "H", Ending::Fin),
        (Fault::Cut(Point::Answer(40)), &whole[..40], Ending::Fin),
        (Fault::Cut(Point::HEAD), &whole[..body], Ending::Fin),
        (Fault::Cut(Point::Body(7)), &whole[..body + 7], Ending::Fin),
        (Fault::Cut(Point::Answer(body as u64 + 7)), &whole[..body + 7], Ending::Fin),
        (Fault::Cut(Point::Body(u64::MAX)), &whole, Ending::Fin),
        (Fault::Cut(Point::Answer(u64::MAX)), &whole, Ending::Fin),
        (Fault::Reset(Point::START), "", Ending::Rst),
        (Fault::Reset(Point::Answer(40)), &whole[..40], Ending::Rst),
        (Fault::Reset(Point::HEAD), &whole[..body], Ending::Rst),
        (Fault::Reset(Point::Body(7)), &whole[..body + 7], Ending::Rst),
        (Fault::Reset(Point::Body(1000)), &whole, Ending::Rst),
        (Fault::Chunks(Chunks::BadSize), &bad_size, Ending::Fin),
        (Fault::Chunks(Chunks::NoEnd), &no_end, Ending::Fin),
        (Fault::Garbage(Bytes::from_static(garbage.as_bytes())), garbage, Ending::Fin),
        (Fault::Length(Length::TooLong(10)), &long, Ending::Fin),
        (Fault::Length(Length::TooShort(10)), &short, Ending::Fin),
        (Fault::Length(Length::TooShort(1000)), &none, Ending::Fin),
        (Fault::ConnectionClose, &last, Ending::Fin),
    ];
    for (fault, expected, ending) in table {
        let what = format!("{fault:?}");
        let house = with(fault);
        let mut visitor = house.visit().await;
        visitor.get("/well").await;
        visitor.next_is_well().await;
        visitor.get("/ill").await;
        assert_eq!(visitor.ending().await, (expected.to_owned(), ending), "{what}");
        house.is_well().await;
    }
}

/// A FIN arrives as one even when there are bytes that the server has not read, and the neighbours are well.
#[tokio::test]
async fn pipelined_neighbours() {
    let house = with(Fault::Cut(Point::Body(3)));
    let mut visitor = house.visit().await;
    let (well, ill) = ("GET /well HTTP/1.1\r\nHost: pets\r\n\r\n", "GET /ill HTTP/1.1\r\nHost: pets\r\n\r\n");
    visitor.send([well, well, ill, well, well].concat()).await;
    visitor.next_is_well().await;
    visitor.next_is_well().await;
    let whole = whole();
    let cut = &whole[..whole.len() - BODY.len() + 3];
    assert_eq!(visitor.ending().await, (cut.to_owned(), Ending::Fin));

    let house = with(Fault::Stall { at: Point::Body(3), time: Some(Duration::from_millis(1)) });
    let mut visitor = house.visit().await;
    visitor.send([well, ill, well, ill, ill, well].concat()).await;
    visitor.next_is_well().await;
    visitor.next_is(&whole).await;
    visitor.next_is_well().await;
    visitor.next_is(&[&*whole, &whole].concat()).await;
    visitor.next_is_well().await;
    visitor.get("/well").await;
    visitor.next_is_well().await;
    visitor.half_close().await;
    assert_eq!(visitor.ending().await, (String::new(), Ending::Fin));
}

/// What hyper still has to say comes first, however slow the client is.
#[tokio::test]
async fn behind_an_answer_that_is_slowly_taken() {
    let house = with(Fault::Cut(Point::Answer(9)));
    let mut visitor = house.visit().await;
    visitor.send("GET /big HTTP/1.1\r\nHost: pets\r\n\r\nGET /ill HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    house.is_well().await;
    let big = visitor.answer().await;
    assert!(big.body.len() == BIG && big.body.iter().all(|byte| *byte == b'x'));
    assert_eq!(visitor.ending().await, ("HTTP/1.1 ".to_owned(), Ending::Fin));
}

/// A client that is still sending gets a FIN, and is not reset for what nobody reads.
#[tokio::test]
async fn before_a_body_that_is_not_read() {
    let _still = stop_time();
    let house = with(Fault::Cut(Point::Answer(9)));
    let mut visitor = house.visit().await;
    visitor.send("PUT /ill HTTP/1.1\r\nHost: pets\r\nContent-Length: 3000000\r\n\r\n").await;
    assert_eq!(visitor.ending().await, ("HTTP/1.1 ".to_owned(), Ending::Fin));
    for _ in 0..3 {
        visitor.send(vec![b'x'; 1_000_000]).await;
        house.is_well().await;
    }
}

/// Faults of the message alone: the connection knows nothing of them.
#[tokio::test]
async fn faults_of_the_message() {
    let html = Fault::ContentType(HeaderValue::from_static("text/html"));
    let table: [(Fault, &str, &[u8]); 6] = [
        (html, "text/html", BODY.as_bytes()),
        (Fault::Json(Json::Cut), "application/json", br#"{"name":"Re"#),
        (Fault::Json(Json::TrailingComma), "application/json", br#"{"name":"Rex","age":3,}"#),
        (Fault::Json(Json::NotANumber), "application/json", br#"{"name":"Rex","age":NaN}"#),
        (Fault::Utf8, "application/json", b"{\"name\":\"Rex\",\"age\xff\":3}"),
        (Fault::Gzip, "application/json", BODY.as_bytes()),
    ];
    for (fault, media_type, body) in table {
        let encoding = (fault == Fault::Gzip).then_some("gzip");
        // Late or not, by hyper or by hand, the answer is the same.
        for delay in [Duration::ZERO, Duration::from_millis(1)] {
            let house = House::of(Told(Reply { fault: Some(fault.clone()), delay, ..reply() }), Limits::default());
            let mut visitor = house.visit().await;
            visitor.get("/ill").await;
            visitor.get("/well").await;
            let answer = visitor.answer().await;
            assert_eq!((answer.header("content-type"), &answer.body[..]), (Some(media_type), body), "{fault:?}");
            assert_eq!(answer.header("content-encoding"), encoding);
            visitor.next_is_well().await;
        }
    }
}

/// What is written by hand can't be told from what hyper writes.
#[tokio::test]
async fn by_hand_and_by_hyper() {
    let mut no_content = Reply { body: BODY.into(), ..Reply::empty(StatusCode::NO_CONTENT) };
    no_content.headers.insert("x-a", HeaderValue::from_static("b"));
    let mut lying = reply();
    lying.headers.insert(CONTENT_LENGTH, HeaderValue::from_static("999"));
    lying.headers.insert("transfer-encoding", HeaderValue::from_static("chunked"));
    lying.headers.append("x-a", HeaderValue::from_static("1"));
    lying.headers.append("x-a", HeaderValue::from_static("2"));
    let made = Reply { body: Body::Made(Arc::new(Alphabet(123_456))), ..Reply::empty(StatusCode::PARTIAL_CONTENT) };
    let replies = [reply(), no_content, lying, made, Reply::empty(StatusCode::NOT_FOUND)];
    let requests = [
        "GET /a HTTP/1.1\r\nHost: pets\r\n\r\n",
        "HEAD /a HTTP/1.1\r\nHost: pets\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: pets\r\nConnection: x, Close\r\n\r\n",
        "GET /a HTTP/1.0\r\nHost: pets\r\n\r\n",
        "DELETE /a HTTP/1.1\r\nHost: pets\r\nContent-Length: 3\r\n\r\nabc",
        "POST /told HTTP/1.1\r\nHost: pets\r\nContent-Length: 3\r\n\r\nabc",
        "POST /told HTTP/1.1\r\nHost: pets\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n",
        "POST /told HTTP/1.1\r\nHost: pets\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
    ];
    let undated = |text: &str| {
        let lines = text.split_inclusive("\r\n");
        lines.map(|line| if line.starts_with("date: ") { "date: then\r\n" } else { line }).collect::<String>()
    };
    for plain in replies {
        let late = Reply { delay: Duration::from_nanos(1), ..plain.clone() };
        let (plain, late) = (House::of(Told(plain), Limits::default()), House::of(Told(late), Limits::default()));
        for request in requests {
            // The neighbour shows whether the connection goes on.
            let sent = [request, "GET /well HTTP/1.1\r\nHost: pets\r\nConnection: close\r\n\r\n"].concat();
            let (hyper, hand) = (plain.all_for(&sent).await, late.all_for(&sent).await);
            assert_eq!(undated(&hand), undated(&hyper), "{request}");
        }
    }
}

#[tokio::test]
async fn a_date_is_added_by_hand_too() {
    let house =
        House::of(Told(Reply { delay: Duration::from_nanos(1), ..Reply::empty(StatusCode::OK) }), Limits::default());
    let mut visitor = house.visit().await;
    visitor.get("/late").await;
    let answer = visitor.answer().await;
    let date = answer.header("date").unwrap();
    let read = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
    assert!(crate::clock::Clock::system().duration_since(read).as_secs() < 60, "{date}");
    assert!(date.len() == 29 && date.ends_with(" GMT"), "{date}");
}

/// To HEAD, and where there is no body, nothing is sent in place of one.
#[tokio::test]
async fn faults_of_a_body_that_is_not_there() {
    let head = |house: House| async move {
        let mut visitor = house.visit().await;
        visitor.send("HEAD /ill HTTP/1.1\r\nHost: pets\r\nConnection: close\r\n\r\n").await;
        visitor.ending().await.0.replace(HEAD, "")
    };
    let chunked = "connection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let length = |length| format!("connection: close\r\ncontent-length: {length}\r\n\r\n");
    let lines = |text: String| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let table = [
        (Fault::Chunks(Chunks::BadSize), chunked.to_owned()),
        (Fault::Chunks(Chunks::NoEnd), chunked.to_owned()),
        (Fault::Length(Length::TooLong(10)), length(32)),
        (Fault::Cut(Point::Body(5)), length(22)),
        (drip(Point::START, 10, Duration::from_nanos(1)), length(22)),
    ];
    for (fault, expected) in table {
        let what = format!("{fault:?}");
        assert_eq!(lines(head(with(fault)).await), lines(expected), "{what}");
    }
    for how in [Chunks::BadSize, Chunks::NoEnd] {
        let none = Reply { fault: Some(Fault::Chunks(how)), ..Reply::empty(StatusCode::NO_CONTENT) };
        let house = House::of(Told(none), Limits::default());
        let mut visitor = house.visit().await;
        visitor.get("/ill").await;
        visitor.get("/well").await;
        assert_eq!(visitor.answer().await.header("transfer-encoding"), None);
        visitor.next_is_well().await;
    }
    let empty = Reply { fault: Some(Fault::Chunks(Chunks::NoEnd)), ..Reply::empty(StatusCode::OK) };
    let text = House::of(Told(empty), Limits::default()).all_for("GET / HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    assert!(text.contains("transfer-encoding: chunked\r\n") && text.ends_with("\r\n\r\n"), "{text}");
}

#[tokio::test]
async fn a_fault_that_does_not_fit_is_not_carried_out() {
    for fault in [Fault::GoAway(0), Fault::ResetStream { at: Point::START, code: 8 }] {
        assert!(!fault.fits(Version::HTTP_11));
        let house = with(fault);
        let mut visitor = house.visit().await;
        visitor.get("/ill").await;
        visitor.next_is(&whole()).await;
        visitor.get("/well").await;
        visitor.next_is_well().await;
    }
    let text = with(Fault::Chunks(Chunks::BadSize)).all_for("GET / HTTP/1.0\r\nHost: pets\r\n\r\n").await;
    assert!(text.starts_with("HTTP/1.0 200 OK\r\n") && text.ends_with(BODY), "{text}");
}
