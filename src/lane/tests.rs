use http::{HeaderValue, Method};
use jiff::Timestamp;

use std::time::Duration;

use super::*;
use crate::clock::Reading;
use crate::contract::Contract;
use crate::problem::Kind;
use crate::request::Request;
use crate::source::{Diagnostic, SourceFile};

struct Empty;

impl crate::contract::Library for Empty {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        SourceFile::parse(path, "openapi: 3.1.0\ninfo: { title: Nothing, version: '1' }\npaths: {}\n")
    }
}

fn ground() -> Ground {
    let contract = Arc::new(Contract::load(&Empty, "nothing.yaml").unwrap().contract);
    let now = "2025-01-15T15:00:00Z".parse().unwrap();
    Ground::new(contract, Seed(42), Start::Each(Reading { now, frozen: true, speed: 1.0 }))
}

/// Lanes whose steady clock stands still until it is moved.
fn lanes(most: usize) -> Lanes {
    let idle = Duration::from_secs(30 * 60);
    Lanes::by(Clock::frozen(Timestamp::UNIX_EPOCH), ground(), Bounds { most, idle })
}

fn pass(lanes: &Lanes, seconds: u64) {
    lanes.steady.advance_to(lanes.steady.now() + Duration::from_secs(seconds));
}

fn request(lane: Option<&str>) -> Request {
    let mut request = Request::new(Method::GET, "/".parse().unwrap());
    request.headers.extend(lane.map(|lane| (HEADER, HeaderValue::from_str(lane).unwrap())));
    request
}

fn open(lanes: &Lanes, name: &str) -> Result<Arc<Lane>, Kind> {
    lanes.of(&request(Some(name)), None).map_err(|problem| problem.kind)
}

#[test]
fn a_lane_is_the_same_by_header_and_by_key() {
    let lanes = lanes(10);
    let by_header = open(&lanes, "a").unwrap();
    assert!(Arc::ptr_eq(&by_header, &lanes.of(&request(None), Some("a")).unwrap()));
    assert!(!Arc::ptr_eq(&by_header, &lanes.of(&request(Some("b")), Some("a")).unwrap()));
    assert!(Arc::ptr_eq(&lanes.of(&request(None), None).unwrap(), &lanes.by_default()));
    assert!(Arc::ptr_eq(&open(&lanes, DEFAULT).unwrap(), &lanes.by_default()));
}

#[test]
fn nothing_is_opened_for_who_is_turned_away() {
    let lanes = lanes(10);
    assert_eq!(lanes.at_hand(&request(Some("a")), None).name, DEFAULT);
    assert!(lanes.find("a").is_none());
    open(&lanes, "a").unwrap();
    assert_eq!(lanes.at_hand(&request(Some("a")), None).name, "a");
    assert_eq!(lanes.at_hand(&request(Some("no name")), Some("a")).name, DEFAULT);
}

#[test]
fn an_idle_lane_is_dropped_and_one_in_use_stays() {
    let lanes = lanes(10);
    let (left, kept) = (open(&lanes, "left").unwrap(), open(&lanes, "kept").unwrap());
    left.write().made = 7;
    kept.write().made = 7;
    for _ in 0..3 {
        pass(&lanes, 20 * 60);
        open(&lanes, "kept").unwrap();
    }
    assert!(lanes.find("left").is_none());
    assert_eq!(open(&lanes, "left").unwrap().read().made, 0, "whoever comes back finds a fresh one");
    assert_eq!(open(&lanes, "kept").unwrap().read().made, 7);
    pass(&lanes, 1_000_000);
    assert_eq!(lanes.by_default().name, DEFAULT, "the default lane never goes");
}

#[test]
fn there_are_never_more_lanes_than_allowed() {
    let lanes = lanes(3);
    for name in ["a", "b", "c"] {
        open(&lanes, name).unwrap();
        pass(&lanes, 20);
    }
    assert_eq!(open(&lanes, "d").unwrap_err(), Kind::TooManyLanes, "the first rests for 60 seconds and no longer");
    open(&lanes, "a").unwrap();
    pass(&lanes, 21);
    open(&lanes, "d").unwrap();
    let there: Vec<bool> = ["a", "b", "c", "d"].iter().map(|name| lanes.find(name).is_some()).collect();
    assert_eq!(there, [true, false, true, true], "the one that rested for longest went");
}

#[test]
fn two_hundred_lanes_never_see_one_another() {
    let lanes = lanes(200);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let lanes = &lanes;
            scope.spawn(move || {
                for round in 0..50 {
                    for n in 0..200 {
                        let lane = open(lanes, &format!("lane-{n}")).unwrap();
                        lane.write().made += n;
                        if (thread, round) == (0, n % 50) {
                            lane.clock.advance_to(lane.clock.now() + Duration::from_secs(n));
                        }
                        lane.ask();
                    }
                }
            });
        }
    });
    for n in 0..200 {
        let lane = lanes.find(&format!("lane-{n}")).unwrap();
        assert_eq!((lane.read().made, lane.read().version, lane.asked()), (400 * n, 400, 400));
        assert_eq!(lane.now(), lanes.ground().anchor + Duration::from_secs(n));
    }
    assert_eq!((lanes.by_default().read().version, lanes.by_default().now()), (0, lanes.ground().anchor));
}

#[test]
fn ids_follow_the_seed_and_the_lane() {
    let ids = |name: &str| {
        let lane = Lane::fresh(name, Arc::new(ground()));
        [lane.request_id(), lane.request_id()]
    };
    assert_eq!(ids("a"), ids("a"));
    assert_eq!(ids(DEFAULT)[0], Seed(42).request_id(0));
    let all: std::collections::BTreeSet<String> = [ids("a"), ids("b"), ids(DEFAULT)].into_iter().flatten().collect();
    assert_eq!(all.len(), 6);
}

#[test]
fn clocks_begin_together_or_each_for_itself() {
    let moment: Timestamp = "2025-01-15T15:00:00Z".parse().unwrap();
    let frozen = Start::new(Some(moment), None).clock().read();
    assert_eq!(frozen, Reading { now: moment, frozen: true, speed: 1.0 });
    let running = Start::new(Some(moment), Some(60.0)).clock().read();
    assert!(!running.frozen && running.speed == 60.0 && running.now >= moment);
    let together = Start::new(None, Some(1e6));
    let first = together.clock();
    while first.now() < together.clock().now() - Duration::from_secs(1) || first.now() < moment {}
    assert!(together.clock().now() >= first.now() - Duration::from_secs(60), "all show one time");
}
