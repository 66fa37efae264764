//! Over HTTP/1.1: when it comes, and what cuts a wait short.

use std::io::ErrorKind;

use super::*;
use crate::gate;

/// Drops of seven bytes, one each minute: never sooner, never later, head and body alike.
#[tokio::test]
async fn drops() {
    let _still = stop_time();
    for (from, before) in [(Point::START, 0), (Point::Answer(30), 30), (Point::HEAD, whole().len() - BODY.len())] {
        let (house, whole) = (with(drip(from, 7, MOMENT)), whole());
        let mut visitor = house.visit().await;
        visitor.get("/ill").await;
        let mut due = before;
        while due < whole.len() {
            due = whole.len().min(due + 7);
            while visitor.got.len() < due {
                assert!(visitor.read().await);
            }
            assert_eq!(String::from_utf8_lossy(&visitor.got), whole[..due]);
            if due < whole.len() {
                tokio::time::advance(MOMENT - Duration::from_millis(2)).await;
                house.is_well().await;
                assert_eq!(visitor.tcp.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
                tokio::time::advance(Duration::from_millis(3)).await;
            }
        }
        visitor.got.clear();
        visitor.get("/well").await;
        visitor.next_is_well().await;
    }
}

/// Pieces of a body that is made while it is sent are no drops.
#[tokio::test]
async fn drops_of_a_made_body() {
    let _still = stop_time();
    let body = Body::Made(Arc::new(Alphabet(6000)));
    let fault = Some(drip(Point::HEAD, 2500, MOMENT));
    let house = House::of(Told(Reply { body, fault, ..Reply::empty(StatusCode::OK) }), Limits::default());
    let mut visitor = house.visit().await;
    visitor.get("/ill").await;
    let mut head = 0;
    for due in [2500, 5000, 6000] {
        while head == 0 || visitor.got.len() < head + due {
            assert!(visitor.read().await);
            head = visitor.got.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |end| end + 4);
        }
        assert_eq!(visitor.got.len(), head + due);
        tokio::time::advance(MOMENT + Duration::from_millis(1)).await;
    }
    assert!(visitor.got[head..].iter().enumerate().all(|(place, byte)| *byte == b'a' + (place % 26) as u8));
}

#[tokio::test]
async fn a_stall_is_over_when_its_time_is() {
    let _still = stop_time();
    let whole = whole();
    let body = whole.len() - BODY.len();
    for (at, before) in [(Point::START, 0), (Point::Answer(20), 20), (Point::HEAD, body), (Point::Body(9), body + 9)] {
        let house = with(Fault::Stall { at, time: Some(MOMENT) });
        let mut visitor = house.visit().await;
        visitor.get("/ill").await;
        visitor.next_is(&whole[..before]).await;
        // What was sent before is in the server's hand once this is answered.
        house.is_well().await;
        tokio::time::advance(MOMENT - Duration::from_millis(2)).await;
        house.is_well().await;
        assert_eq!(visitor.tcp.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        tokio::time::advance(Duration::from_millis(3)).await;
        visitor.next_is(&whole[before..]).await;
        visitor.get("/well").await;
        visitor.next_is_well().await;
    }
}

/// Whoever waits in vain may close: nothing is kept for one who is gone.
#[tokio::test]
async fn a_stall_is_over_when_the_client_closes() {
    let fault = Some(Fault::Stall { at: Point::HEAD, time: None });
    let limits = Limits { connections: 1, ..Limits::default() };
    let house = House::of(Told(Reply { fault, ..reply() }), limits);
    for pipelined in ["", "GET /well HTTP/1.1\r\nHost: pets\r\n\r\n"] {
        let mut visitor = house.visit().await;
        visitor.get("/ill").await;
        visitor.send(pipelined).await;
        visitor.next_is(&format!("{HEAD}content-length: 22\r\n\r\n")).await;
        visitor.half_close().await;
        assert_eq!(visitor.ending().await, (String::new(), Ending::Fin));
        drop(visitor);
        // There is one place, and it is free again.
        house.is_well().await;
    }
}

#[tokio::test]
async fn a_delay_is_waited_out() {
    let _still = stop_time();
    let house = House::of(Told(Reply { delay: MOMENT, ..reply() }), Limits::default());
    let mut visitor = house.visit().await;
    visitor.get("/late").await;
    for _ in 0..2 {
        // The neighbours are not late.
        house.is_well().await;
        assert_eq!(visitor.tcp.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        tokio::time::advance(MOMENT / 2).await;
    }
    tokio::time::advance(Duration::from_millis(1)).await;
    visitor.next_is(&whole()).await;
    visitor.get("/well").await;
    visitor.next_is_well().await;
}

/// A client that has closed its side may still read: it has its answer, at once.
#[tokio::test]
async fn a_delay_is_cut_short_when_the_client_closes() {
    let _still = stop_time();
    let house = House::of(Told(Reply { delay: MOMENT, ..reply() }), Limits::default());
    let mut visitor = house.visit().await;
    visitor.get("/late").await;
    visitor.half_close().await;
    visitor.next_is(&whole()).await;
    assert_eq!(visitor.ending().await, (String::new(), Ending::Fin));
}

#[tokio::test]
async fn an_answer_that_is_held_comes_when_it_is_let_go() {
    let (held, latch) = gate::shut(MOMENT);
    let house = House::of(Told(Reply { held: Some(held), ..reply() }), Limits::default());
    let (mut visitor, mut leaves) = (house.visit().await, house.visit().await);
    visitor.get("/held").await;
    leaves.get("/held").await;
    leaves.half_close().await;
    leaves.next_is(&whole()).await;
    house.is_well().await;
    assert_eq!(visitor.tcp.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(latch);
    visitor.next_is(&whole()).await;
    visitor.get("/held").await;
    visitor.next_is(&whole()).await;
}

#[tokio::test]
async fn nothing_is_held_for_longer_than_it_may_be() {
    let _still = stop_time();
    let (held, _latch) = gate::shut(MOMENT);
    let house = House::of(Told(Reply { held: Some(held), ..reply() }), Limits::default());
    let mut visitor = house.visit().await;
    visitor.get("/held").await;
    house.is_well().await;
    tokio::time::advance(MOMENT - Duration::from_millis(2)).await;
    house.is_well().await;
    assert_eq!(visitor.tcp.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    tokio::time::advance(Duration::from_millis(3)).await;
    visitor.next_is(&whole()).await;
}

#[tokio::test]
async fn waits_are_cut_short_when_the_server_leaves() {
    let whole = whole();
    let last = whole.replace("content-length", "connection: close\r\ncontent-length");
    let head = whole.len() - BODY.len();
    let stall = |time| Some(Fault::Stall { at: Point::HEAD, time });
    let (held, _latch) = gate::shut(MOMENT);
    let table = [
        (Reply { delay: MOMENT, ..reply() }, 0, &*last),
        (Reply { held: Some(held), ..reply() }, 0, &*last),
        (Reply { fault: stall(Some(MOMENT)), ..reply() }, head, &*whole),
        (Reply { fault: stall(None), ..reply() }, head, &whole[..head]),
        (Reply { fault: Some(drip(Point::START, 1, MOMENT)), ..reply() }, 1, &*whole),
    ];
    for (reply, before, expected) in table {
        let mut house = House::of(Told(reply), Limits { drain_time: MOMENT, ..Limits::default() });
        let mut visitor = house.visit().await;
        // The continuation shows that the request is in hand.
        visitor.send("POST /told HTTP/1.1\r\nHost: pets\r\nContent-Length: 22\r\nExpect: 100-continue\r\n\r\n").await;
        assert_eq!(visitor.answer().await.status, 100);
        visitor.send(BODY).await;
        visitor.next_is(&expected[..before]).await;
        house.stop.graceful();
        assert_eq!(visitor.ending().await, (expected[before..].to_owned(), Ending::Fin));
        drop(visitor);
        timeout(SOON, &mut house.server).await.expect("prompt").unwrap();
    }
}

#[tokio::test]
async fn a_stall_ends_at_once_with_the_server() {
    let mut house = with(Fault::Stall { at: Point::HEAD, time: None });
    let mut visitor = house.visit().await;
    visitor.get("/ill").await;
    visitor.next_is(&format!("{HEAD}content-length: 22\r\n\r\n")).await;
    house.stop.now();
    timeout(SOON, &mut house.server).await.expect("at once").unwrap();
    assert!(visitor.is_closed_within(SOON).await);
}

/// Whoever sends on meanwhile is answered after that, in order: more than hyper takes in at once.
#[tokio::test]
async fn what_is_sent_during_a_stall_is_kept() {
    let _still = stop_time();
    let house = with(Fault::Stall { at: Point::START, time: Some(MOMENT) });
    let mut visitor = house.visit().await;
    visitor.get("/ill").await;
    for n in 0..200 {
        visitor.get(&format!("/well?{n:0100}")).await;
        if n == 10 {
            visitor.get("/ill").await;
        }
    }
    house.is_well().await;
    tokio::time::advance(MOMENT + Duration::from_millis(1)).await;
    visitor.next_is(&whole()).await;
    for n in 0..200 {
        visitor.next_is_well().await;
        if n == 10 {
            house.is_well().await;
            tokio::time::advance(MOMENT + Duration::from_millis(1)).await;
            visitor.next_is(&whole()).await;
        }
    }
}

#[tokio::test]
async fn a_write_ends_at_once_with_the_server() {
    let fault = Some(drip(Point::START, u64::MAX, MOMENT));
    let big = Reply { body: vec![b'x'; BIG].into(), fault, ..Reply::empty(StatusCode::OK) };
    let mut house = House::of(Told(big), Limits::default());
    let mut visitor = house.visit().await;
    visitor.get("/ill").await;
    visitor.next_is("HTTP/1.1 200 OK\r\n").await;
    house.stop.now();
    timeout(SOON, &mut house.server).await.expect("at once").unwrap();
}

/// The deadline for writes holds for what is written by hand.
#[tokio::test]
async fn a_client_that_takes_no_drops_is_closed() {
    let fault = Some(drip(Point::START, u64::MAX, MOMENT));
    let house = House::of(
        Told(Reply { body: vec![b'x'; BIG].into(), fault, ..Reply::empty(StatusCode::OK) }),
        Limits { connections: 1, ..short() },
    );
    let mut visitor = house.visit().await;
    visitor.get("/ill").await;
    house.is_well().await;
    visitor.rest().await;
}
