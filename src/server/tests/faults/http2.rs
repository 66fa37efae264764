//! Over HTTP/2: which frames come, and what becomes of the streams beside them.

use std::io::ErrorKind;

use super::super::frames::*;
use super::*;
use crate::fault::{Chunks, Length};
use crate::gate;
use crate::server::deliver::MOST_AT_ONCE;

const MILLISECOND: Duration = Duration::from_millis(1);
const END: u8 = 1;

impl Frames {
    /// The next frame of a message, or one that ends something: its kind and its payload, with END_STREAM behind it.
    async fn next_of_stream(&mut self) -> Option<(u8, Vec<u8>, bool)> {
        loop {
            let (kind, flags, payload) = self.next().await?;
            match kind {
                HEADERS => return Some((HEADERS, Vec::new(), flags & END != 0)),
                DATA => return Some((DATA, payload, flags & END != 0)),
                RESET | GOAWAY => return Some((kind, payload, false)),
                _ => {}
            }
        }
    }

    async fn stream_is_well(&mut self, stream: u8) {
        self.ask(stream, GET, "/well", Some("pets")).await;
        assert_eq!(self.answer().await, (OK, br#"{"path":"/well"}"#.to_vec()));
    }

    /// Once the second is answered, the first is in the server's hand.
    async fn ask_both(&mut self) {
        self.ask(1, GET, "/ill", Some("pets")).await;
        self.ask(3, GET, "/well", Some("pets")).await;
        while self.next_of_stream().await.unwrap().1 != br#"{"path":"/well"}"# {}
    }

    /// Nothing has come that was not looked at.
    fn is_silent(&mut self) {
        assert!(self.0.got.is_empty());
        assert_eq!(self.0.tcp.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

#[tokio::test]
async fn one_stream_is_reset() {
    let head = (HEADERS, vec![], false);
    let reset = |code: u8| (RESET, vec![0, 0, 0, code], false);
    let data = |bytes: &str| (DATA, bytes.as_bytes().to_vec(), false);
    let table = [
        (Point::START, 7_u8, vec![reset(7)]),
        (Point::HEAD, 8, vec![head.clone(), data(""), reset(8)]),
        (Point::Body(5), 11, vec![head.clone(), data(&BODY[..5]), data(""), reset(11)]),
        (Point::Body(1000), 0, vec![head.clone(), data(BODY), data(""), reset(0)]),
    ];
    for (at, code, expected) in table {
        let house = with(Fault::ResetStream { at, code: code.into() });
        let mut frames = Frames::begin(&house).await;
        frames.stream_is_well(1).await;
        frames.ask(3, GET, "/ill", Some("pets")).await;
        for frame in expected {
            assert_eq!(frames.next_of_stream().await, Some(frame), "{at:?}");
        }
        frames.stream_is_well(5).await;
    }
}

/// A reset throws away what the library has not sent yet, so it has to wait for a client that takes it slowly.
#[tokio::test]
async fn a_reset_comes_behind_all_that_comes_before_it() {
    let body = "x".repeat(200_000);
    let fault = Some(Fault::ResetStream { at: Point::Body(150_000), code: 8 });
    let house = House::of(Told(Reply { body: body.into(), fault, ..reply() }), Limits::default());
    let mut frames = Frames::begin(&house).await;
    frames.ask(1, GET, "/ill", Some("pets")).await;
    let mut sum = 0;
    loop {
        match frames.next_of_stream().await.unwrap() {
            (RESET, code, _) => {
                assert_eq!(code, [0, 0, 0, 8]);
                break;
            }
            (_, payload, _) => {
                sum += payload.len();
                // The window of the stream, and that of the connection.
                let more = u32::try_from(payload.len()).unwrap().to_be_bytes();
                if !payload.is_empty() {
                    frames.put(WINDOW_UPDATE, 0, 1, &more).await;
                    frames.put(WINDOW_UPDATE, 0, 0, &more).await;
                }
            }
        }
    }
    assert_eq!(sum, 150_000);
}

#[tokio::test]
async fn a_stream_is_cut() {
    for (at, body) in [(Point::HEAD, ""), (Point::Body(5), &BODY[..5]), (Point::Body(1000), BODY)] {
        let house = with(Fault::Cut(at));
        let mut frames = Frames::begin(&house).await;
        frames.ask(1, GET, "/ill", Some("pets")).await;
        assert_eq!(frames.answer().await, (OK, body.as_bytes().to_vec()));
        frames.stream_is_well(3).await;
    }
}

/// What a client that people use makes of it.
#[tokio::test]
async fn lengths_that_are_wrong() {
    let table = [
        (Fault::Length(Length::TooLong(10)), "32", BODY),
        (Fault::Length(Length::TooShort(10)), "12", BODY),
        (Fault::Cut(Point::Body(5)), "22", &BODY[..5]),
    ];
    for (fault, length, sent) in table {
        let house = with(fault);
        let tcp = house.visit().await.tcp;
        let (mut client, connection) = h2::client::handshake(tcp).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = http::Request::get("http://pets/ill").body(()).unwrap();
        let response = soon(client.send_request(request, true).unwrap().0).await.unwrap();
        assert_eq!(response.headers()["content-length"], length);
        let mut body = response.into_body();
        let mut got = Vec::new();
        let error = loop {
            match soon(body.data()).await.expect("an error before the end") {
                Ok(bytes) => got.extend_from_slice(&bytes),
                Err(error) => break error,
            }
        };
        assert_eq!(error.reason(), Some(h2::Reason::PROTOCOL_ERROR));
        assert!(sent.as_bytes().starts_with(&got));
        connection.abort();
    }
}

#[tokio::test]
async fn a_stream_stalls_and_its_neighbours_do_not() {
    let _still = stop_time();
    for at in [Point::START, Point::HEAD, Point::Body(5)] {
        let house = with(Fault::Stall { at, time: Some(MOMENT) });
        let mut frames = Frames::begin(&house).await;
        frames.ask(1, GET, "/ill", Some("pets")).await;
        let mut rest = BODY;
        if at != Point::START {
            assert_eq!(frames.next_of_stream().await, Some((HEADERS, vec![], false)));
        }
        if at == Point::Body(5) {
            assert_eq!(frames.next_of_stream().await, Some((DATA, BODY[..5].into(), false)));
            rest = &BODY[5..];
        }
        frames.stream_is_well(3).await;
        tokio::time::advance(MOMENT - 2 * MILLISECOND).await;
        frames.stream_is_well(5).await;
        frames.is_silent();
        tokio::time::advance(3 * MILLISECOND).await;
        assert_eq!(frames.answer().await.1, rest.as_bytes());
    }
}

/// Longer than a quiet connection is kept.
#[tokio::test]
async fn a_stall_is_not_quiet() {
    let time = Some(3 * short().head_time);
    let fault = Some(Fault::Stall { at: Point::HEAD, time });
    let house = House::of(Told(Reply { fault, ..reply() }), short());
    let mut frames = Frames::begin(&house).await;
    frames.ask(1, GET, "/ill", Some("pets")).await;
    assert_eq!(frames.next_of_stream().await, Some((HEADERS, vec![], false)));
    assert_eq!(frames.next_of_stream().await, Some((DATA, BODY.into(), false)), "not told to go");
}

#[tokio::test]
async fn drops() {
    let _still = stop_time();
    for (from, first) in [(Point::START, 6), (Point::HEAD, 7), (Point::Body(3), 3)] {
        let house = with(drip(from, 7, MOMENT));
        let mut frames = Frames::begin(&house).await;
        frames.ask(1, GET, "/ill", Some("pets")).await;
        assert_eq!(frames.next_of_stream().await, Some((HEADERS, vec![], false)));
        assert_eq!(frames.next_of_stream().await, Some((DATA, BODY[..first].into(), false)), "{from:?}");
        let mut at = first;
        if from == Point::Body(3) {
            assert_eq!(frames.next_of_stream().await, Some((DATA, BODY[3..10].into(), false)));
            at = 10;
        }
        while at < BODY.len() {
            tokio::time::advance(MOMENT - 2 * MILLISECOND).await;
            house.is_well().await;
            frames.is_silent();
            tokio::time::advance(3 * MILLISECOND).await;
            let next = BODY.len().min(at + 7);
            assert_eq!(frames.next_of_stream().await, Some((DATA, BODY[at..next].into(), false)));
            at = next;
        }
        assert_eq!(frames.next_of_stream().await, Some((DATA, vec![], true)));
        frames.stream_is_well(3).await;
    }
}

#[tokio::test]
async fn a_delay_is_waited_out() {
    let _still = stop_time();
    let house = House::of(Told(Reply { delay: MOMENT, ..reply() }), Limits::default());
    let mut frames = Frames::begin(&house).await;
    frames.ask(1, GET, "/late", Some("pets")).await;
    frames.stream_is_well(3).await;
    tokio::time::advance(MOMENT - 2 * MILLISECOND).await;
    frames.stream_is_well(5).await;
    frames.is_silent();
    tokio::time::advance(3 * MILLISECOND).await;
    assert_eq!(frames.answer().await, (OK, BODY.into()));
}

#[tokio::test]
async fn an_answer_that_is_held_comes_when_it_is_let_go() {
    let (held, latch) = gate::shut(MOMENT);
    let house = House::of(Told(Reply { held: Some(held), ..reply() }), Limits::default());
    let mut frames = Frames::begin(&house).await;
    frames.ask(1, GET, "/held", Some("pets")).await;
    frames.stream_is_well(3).await;
    frames.is_silent();
    drop(latch);
    assert_eq!(frames.answer().await, (OK, BODY.into()));
}

/// These concern the connection: it says what it has to, and ends.
#[tokio::test]
async fn faults_that_end_the_connection() {
    let go_away = "\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0b";
    let table = [
        (Fault::Close, "", Ending::Fin),
        (Fault::Reset(Point::START), "", Ending::Rst),
        (Fault::Garbage("no frame".into()), "no frame", Ending::Fin),
        (Fault::GoAway(11), go_away, Ending::Fin),
    ];
    for (fault, expected, ending) in table {
        let house = with(fault);
        let mut frames = Frames::begin(&house).await;
        frames.stream_is_well(1).await;
        frames.is_silent();
        frames.ask(3, GET, "/ill", Some("pets")).await;
        assert_eq!(frames.0.ending().await, (expected.to_owned(), ending));
        house.is_well().await;
    }
}

/// A frame that is on its way is not broken off, however slow the client is.
#[tokio::test]
async fn the_end_comes_between_frames() {
    let house = with(Fault::GoAway(0));
    let mut frames = Frames::begin(&house).await;
    let (initial_window, of_the_connection) = ([0, 4, 0x7f, 0xff, 0xff, 0xff], [0x7f, 0xff, 0, 0]);
    frames.put(SETTINGS_KIND, 0, 0, &initial_window).await;
    frames.put(WINDOW_UPDATE, 0, 0, &of_the_connection).await;
    frames.ask(1, GET, "/big", Some("pets")).await;
    frames.ask(3, GET, "/ill", Some("pets")).await;
    house.is_well().await;
    let mut sum = 0;
    loop {
        match frames.next_of_stream().await.expect("a GOAWAY before the end") {
            (GOAWAY, payload, _) => break assert_eq!(payload, [0; 8]),
            (_, payload, _) => sum += payload.len(),
        }
    }
    assert!(sum > 0 && sum.is_multiple_of(MOST_AT_ONCE as usize), "{sum}");
    assert_eq!(frames.0.ending().await, (String::new(), Ending::Fin));
}

#[tokio::test]
async fn a_connection_that_closes_each_time() {
    let house = with(Fault::ConnectionClose);
    let mut frames = Frames::begin(&house).await;
    frames.stream_is_well(1).await;
    frames.ask(3, GET, "/last", Some("pets")).await;
    let mut seen = Vec::new();
    while let Some((kind, payload, end)) = frames.next_of_stream().await {
        match kind {
            DATA => seen.extend_from_slice(&payload),
            GOAWAY => assert_eq!(payload[4..], [0, 0, 0, 0], "without an error"),
            _ => assert!(kind == HEADERS && !end),
        }
    }
    assert_eq!(seen, BODY.as_bytes());
}

#[tokio::test]
async fn a_fault_that_does_not_fit_is_not_carried_out() {
    let stall = Fault::Stall { at: Point::Answer(9), time: None };
    for fault in [Fault::Chunks(Chunks::NoEnd), Fault::Cut(Point::START), Fault::Reset(Point::HEAD), stall] {
        let house = with(fault);
        let mut frames = Frames::begin(&house).await;
        frames.ask(1, GET, "/ill", Some("pets")).await;
        assert_eq!(frames.answer().await, (OK, BODY.into()));
        frames.stream_is_well(3).await;
    }
}

/// Neither a client that goes nor a server that leaves waits for what a stream waits for.
#[tokio::test]
async fn waits_are_cut_short() {
    let stall = |at, time| Reply { fault: Some(Fault::Stall { at, time }), ..reply() };
    let (held, _latch) = gate::shut(MOMENT);
    let replies = [
        Reply { delay: MOMENT, ..reply() },
        Reply { held: Some(held), ..reply() },
        stall(Point::START, Some(MOMENT)),
        stall(Point::HEAD, None),
        stall(Point::Body(5), Some(MOMENT)),
    ];
    for reply in replies {
        let limits = Limits { connections: 1, drain_time: MOMENT, ..Limits::default() };
        let mut house = House::of(Told(reply.clone()), limits.clone());
        let mut frames = Frames::begin(&house).await;
        frames.ask_both().await;
        drop(frames);
        // There is one place, and it is free again.
        house.is_well().await;

        let mut frames = Frames::begin(&house).await;
        frames.ask_both().await;
        house.stop.graceful();
        while frames.next().await.is_some() {}
        timeout(SOON, &mut house.server).await.expect("prompt").unwrap();
    }
}
