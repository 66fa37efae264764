//! Whoever remembers an answer is told how it ended, whichever way it leaves by.

use http::Version;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::super::frames::*;
use super::*;
use crate::ending::Ending::{Broken, Complete, HungUp};
use crate::ending::{self, Witness};
use crate::fault::{Chunks, Json, Length};
use crate::gate;
use crate::server::probe::{Ask, look};

#[derive(Debug)]
struct Ear {
    told: UnboundedSender<(ending::Ending, u64)>,
    closes: Arc<AtomicBool>,
}

impl Witness for Ear {
    fn ended(&self, ending: ending::Ending, bytes: u64) {
        self.told.send((ending, bytes)).unwrap();
    }

    fn closes(&self) {
        self.closes.store(true, Ordering::Release);
    }
}

struct Heard {
    told: UnboundedReceiver<(ending::Ending, u64)>,
    closes: Arc<AtomicBool>,
}

fn ear() -> (Arc<Ear>, Heard) {
    let ((told, heard), closes) = (unbounded_channel(), Arc::default());
    (Arc::new(Ear { told, closes: Arc::clone(&closes) }), Heard { told: heard, closes })
}

impl Heard {
    async fn next(&mut self) -> (ending::Ending, u64) {
        soon(self.told.recv()).await.unwrap()
    }
}

/// The same reply to every request.
fn told(reply: Reply) -> (House, Heard) {
    let (ear, heard) = ear();
    (House::of(Told(Reply { witness: Some(ear), ..reply }), Limits::default()), heard)
}

fn faulty(fault: Fault) -> Reply {
    Reply { fault: Some(fault), ..reply() }
}

async fn asked(house: &House, version: Version) {
    asked_by(house, version, &Method::GET).await;
}

async fn asked_by(house: &House, version: Version, method: &Method) {
    let patience = Duration::from_millis(200);
    let (address, target) = (house.address, "/ill");
    let _ = look(&Ask { version, address, method, target, headers: &[], stays: false, patience }).await;
}

#[tokio::test]
async fn every_fault_tells_its_end_once() {
    let whole = BODY.len() as u64;
    let moment = Duration::from_millis(1);
    let both = [Version::HTTP_11, Version::HTTP_2];
    let table = [
        (reply(), &both[..], (Complete, whole)),
        (Reply { delay: moment, ..reply() }, &both[..], (Complete, whole)),
        (Reply { held: Some(gate::shut(moment).0), ..reply() }, &both[..], (Complete, whole)),
        (faulty(Fault::ConnectionClose), &both[..], (Complete, whole)),
        (faulty(drip(Point::HEAD, 7, moment)), &both[..], (Complete, whole)),
        (faulty(Fault::Stall { at: Point::Body(3), time: Some(moment) }), &both[..], (Complete, whole)),
        (faulty(Fault::Stall { at: Point::Body(3), time: None }), &both[..1], (Broken, 3)),
        (faulty(Fault::Stall { at: Point::Body(3), time: None }), &both[1..], (HungUp, 3)),
        (faulty(Fault::Close), &both[..], (Broken, 0)),
        (faulty(Fault::Reset(Point::START)), &both[..], (Broken, 0)),
        (faulty(Fault::Reset(Point::Body(5))), &both[..1], (Broken, 5)),
        (faulty(Fault::Cut(Point::Body(5))), &both[..], (Broken, 5)),
        (faulty(Fault::Garbage("??".into())), &both[..], (Broken, 0)),
        (faulty(Fault::Length(Length::TooLong(3))), &both[..], (Broken, whole)),
        (faulty(Fault::Chunks(Chunks::NoEnd)), &both[..1], (Broken, whole)),
        (faulty(Fault::Json(Json::Cut)), &both[..], (Broken, 11)),
        (faulty(Fault::Gzip), &both[..], (Broken, whole)),
        (Reply { delay: moment, ..faulty(Fault::Utf8) }, &both[..], (Broken, whole + 1)),
        (faulty(Fault::GoAway(2)), &both[1..], (Broken, 0)),
        (faulty(Fault::ResetStream { at: Point::START, code: 8 }), &both[1..], (Broken, 0)),
        (faulty(Fault::ResetStream { at: Point::Body(4), code: 8 }), &both[1..], (Broken, 4)),
        // There is no such fault in this version.
        (faulty(Fault::ResetStream { at: Point::START, code: 8 }), &both[..1], (Complete, whole)),
        (faulty(Fault::Chunks(Chunks::BadSize)), &both[1..], (Complete, whole)),
    ];
    for (reply, versions, expected) in table {
        for version in versions {
            let (fault, (mut house, mut heard)) = (reply.fault.clone(), told(reply.clone()));
            asked(&house, *version).await;
            assert_eq!(heard.next().await, expected, "{fault:?} over {version:?}");
            house.stop.now();
            house.ended().await;
            assert!(heard.told.try_recv().is_err(), "{fault:?} over {version:?}: once is enough");
        }
    }
}

#[tokio::test]
async fn an_answer_without_a_body_is_complete() {
    for reply in [reply(), Reply { delay: Duration::from_millis(1), ..reply() }] {
        let (house, mut heard) = told(reply);
        for version in [Version::HTTP_11, Version::HTTP_2] {
            asked_by(&house, version, &Method::HEAD).await;
            assert_eq!(heard.next().await, (Complete, 0), "{version:?}");
        }
    }
}

/// A client that sees the end may ask again at once, while its old connection is still open on its side.
#[tokio::test]
async fn an_answer_is_over_before_the_client_can_know_it() {
    for reply in [faulty(Fault::Cut(Point::Body(5))), faulty(Fault::Close), faulty(Fault::Reset(Point::Body(5)))] {
        let (fault, (house, mut heard)) = (reply.fault.clone(), told(reply));
        let mut visitor = house.visit().await;
        visitor.get("/ill").await;
        while visitor.read().await {}
        assert!(heard.told.try_recv().is_ok(), "{fault:?}");
    }
}

#[tokio::test]
async fn it_is_told_when_we_take_no_further_request() {
    let late = |reply| Reply { delay: Duration::from_millis(1), ..reply };
    for (reply, closes) in [
        (reply(), false),
        (late(reply()), false),
        (faulty(Fault::ConnectionClose), true),
        (late(faulty(Fault::ConnectionClose)), true),
    ] {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let (house, mut heard) = told(reply.clone());
            asked(&house, version).await;
            assert_eq!(heard.next().await.0, Complete);
            assert_eq!(heard.closes.load(Ordering::Acquire), closes, "{reply:?} over {version:?}");
        }
    }
    for (sent, closes) in [
        ("POST /ill HTTP/1.1\r\nHost: pets\r\nContent-Length: 9\r\n\r\n", true),
        // What the client wants is its own doing.
        ("GET /ill HTTP/1.1\r\nHost: pets\r\nConnection: close\r\n\r\n", false),
    ] {
        let (house, mut heard) = told(reply());
        let mut visitor = house.visit().await;
        visitor.send(sent).await;
        visitor.answer().await;
        assert_eq!(heard.next().await.0, Complete);
        assert_eq!(heard.closes.load(Ordering::Acquire), closes, "{sent}");
    }
}

/// Neither stays open when the client goes while nothing is sent yet.
#[tokio::test]
async fn a_client_that_goes_before_the_answer_has_hung_up() {
    let (held, _latch) = gate::shut(MOMENT);
    for reply in [Reply { delay: MOMENT, ..reply() }, Reply { held: Some(held), ..reply() }] {
        let (house, mut heard) = told(reply);
        let mut visitor = house.visit().await;
        visitor.get("/late").await;
        house.is_well().await;
        drop(visitor);
        assert_eq!(heard.next().await.0, HungUp, "HTTP/1.1");
        let mut frames = Frames::begin(&house).await;
        frames.ask(1, GET, "/late", Some("pets")).await;
        frames.ask(3, GET, "/well", Some("pets")).await;
        frames.answer().await;
        frames.put(RESET, 0, 1, &[0, 0, 0, 8]).await;
        assert_eq!(heard.next().await, (HungUp, 0), "HTTP/2");
    }
}

/// More than anybody keeps of what comes meanwhile, so that the end shows only behind all of it.
#[tokio::test]
async fn a_stall_without_end_ends_with_a_client_that_has_sent_a_lot() {
    let (house, mut heard) = told(faulty(Fault::Stall { at: Point::Body(3), time: None }));
    let mut visitor = house.visit().await;
    visitor.get("/ill").await;
    visitor.next_is(&format!("{HEAD}content-length: 22\r\n\r\n{}", &BODY[..3])).await;
    visitor.send(vec![b'x'; 1 << 20]).await;
    visitor.half_close().await;
    assert_eq!(heard.next().await, (Broken, 3));
}

#[tokio::test]
async fn a_client_that_goes_within_a_long_answer_did_not_get_all() {
    let (house, mut heard) = told(Reply { body: vec![b'x'; BIG].into(), ..reply() });
    let mut visitor = house.visit().await;
    visitor.get("/long").await;
    assert!(visitor.read().await);
    drop(visitor);
    let (ending, bytes) = heard.next().await;
    assert!(ending == HungUp && bytes < BIG as u64, "{bytes}");
    let mut frames = Frames::begin(&house).await;
    frames.ask(1, GET, "/long", Some("pets")).await;
    while !matches!(frames.next().await, Some((DATA, ..))) {}
    frames.put(RESET, 0, 1, &[0, 0, 0, 8]).await;
    let (ending, bytes) = heard.next().await;
    assert!(ending == HungUp && bytes < BIG as u64, "{bytes}");
}

#[tokio::test]
async fn what_is_cut_off_with_the_server_is_told_too() {
    let (mut house, mut heard) = told(faulty(Fault::Stall { at: Point::Body(3), time: None }));
    let mut visitor = house.visit().await;
    visitor.get("/ill").await;
    visitor.next_is(&format!("{HEAD}content-length: 22\r\n\r\n{}", &BODY[..3])).await;
    house.stop.now();
    house.ended().await;
    assert_eq!(heard.next().await, (HungUp, 3));
}

/// What hyper refuses gets its answer from the site all the same.
#[tokio::test]
async fn a_refusal_of_no_request_is_told_too() {
    struct Refuses(Arc<Ear>);
    impl Site for Refuses {
        type Opened = ();
        fn open(&self, _: Request) -> Step<()> {
            Step::Reply(reply())
        }
        fn finish(&self, (): (), _: Result<Bytes, Problem>) -> Reply {
            reply()
        }
        fn refuse(&self, _: Request, _: Problem) -> Reply {
            Reply { witness: Some(self.0.clone()), ..reply() }
        }
    }
    let (ear, mut heard) = ear();
    let house = House::of(Refuses(ear), Limits::default());
    let answer = house.all_for("no request\r\n\r\n").await;
    assert!(answer.ends_with(BODY), "{answer}");
    assert_eq!(heard.next().await, (Complete, BODY.len() as u64));
    assert!(heard.closes.load(Ordering::Acquire));
}
