use http::{HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use std::time::Duration;

use super::*;
use crate::clock::Reading;
use crate::contract::Contract;
use crate::embedded::{ENTRY, FIXTURES, Library, SCHEMAS};
use crate::problem::Kind;
use crate::request::Request;
use crate::source::{Diagnostic, SourceFile};
use crate::world::due::Due;

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
    Lanes::by(Clock::frozen(Timestamp::UNIX_EPOCH), ground(), Bounds { most, idle, ..Bounds::default() })
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
    let problem = lanes.of(&request(Some("d")), None).unwrap_err();
    assert_eq!(problem.kind, Kind::TooManyLanes, "the first rests for 60 seconds and no longer");
    assert_eq!((&problem.facts["limit"], &problem.facts["retry_after"]), (&json!(3), &json!(1)));
    open(&lanes, "a").unwrap();
    let problem = lanes.of(&request(Some("d")), None).unwrap_err();
    assert_eq!(problem.facts["retry_after"], 21, "the second has rested for 40 seconds");
    pass(&lanes, 20);
    assert_eq!(open(&lanes, "d").unwrap_err(), Kind::TooManyLanes);
    pass(&lanes, 1);
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
                        let mut state = lane.write();
                        (state.made, state.version) = (state.made + n, state.version + 1);
                        drop(state);
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
    let together = Start::new(None, None);
    let (before, first, after) = (together.clock().now(), together.clock().now(), together.clock().now());
    assert!(moment < before && before <= first && first <= after, "all show one time");
    let Start::Together(clock) = &together else { panic!("{together:?}") };
    clock.freeze();
    assert_eq!(together.clock().read(), together.clock().read());

    let Start::Each(faster) = running_at(moment).at_speed(60.0) else { panic!("it begins with the others") };
    assert_eq!(faster, Reading { now: moment, frozen: false, speed: 60.0 });
    let faster = together.at_speed(60.0).clock().read();
    assert!(!faster.frozen && faster.speed == 60.0 && faster.now >= clock.now());
}

fn running_at(now: Timestamp) -> Start {
    Start::Each(Reading { now, frozen: false, speed: 1e6 })
}

/// However fast the clock runs, a world is told from one moment.
#[test]
fn a_world_is_told_from_one_moment() {
    let shown = |ground: &Ground| -> Vec<_> {
        ground.bases.iter().flat_map(|base| base.iter().map(|record| record.shown.clone())).collect()
    };
    let running = beginning(Start::new(None, Some(1e6)), 0.0);
    assert_eq!(running.calls.as_ref().unwrap().anchor(), running.anchor);
    let still = Start::Each(Reading { now: running.anchor, frozen: true, speed: 1.0 });
    assert_eq!(shown(&running), shown(&beginning(still, 0.0)));
    let moment = ground().anchor;
    assert_eq!(beginning(running_at(moment), 0.0).anchor, moment);
}

#[test]
fn a_lane_that_runs_comes_back_in_its_own_world() {
    let moment = ground().anchor;
    let lanes = Lanes::new(beginning(running_at(moment), 0.0), Bounds::default());
    let document = lanes.by_default().snapshot();
    let elsewhere = Lanes::new(beginning(running_at(moment + Duration::from_secs(86_400)), 0.0), Bounds::default());
    let restored = elsewhere.restored("a", document.clone()).unwrap();
    assert_eq!(restored.ground.anchor, moment);
    assert_eq!(restored.snapshot()["world"], document["world"]);
}

#[test]
fn whoever_moves_a_clock_moves_it() {
    const MANY: u64 = 100;
    let lane = Lane::fresh("a", Arc::new(ground()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..MANY).for_each(|_| drop(lane.advance_by(SignedDuration::from_secs(60)).unwrap())));
        }
    });
    assert_eq!(lane.now(), lane.ground.anchor + Duration::from_secs(8 * MANY * 60));
    let far = SignedDuration::from_hours(24 * 365 * 9_000);
    assert_eq!(lane.advance_by(far), Err(crate::clock::Unfit::OutOfRange));

    let running = Lane::fresh("b", Arc::new(embedded(60.0)));
    running.clock.resume(Some(1e4));
    for _ in 0..200 {
        running.advance_by(SignedDuration::ZERO).unwrap();
        running.advance_to_next().unwrap();
    }
}

/// As it happened: a call that begins knows the agent as it was before the change of the same moment.
#[test]
fn of_equal_moments_a_call_is_told_first() {
    let ground = Arc::new(embedded(12.0));
    let lane = Lane::fresh("a", ground.clone());
    let began = |moved: &Moved| moved.fired.iter().any(|event| event.what == "conversations.started");
    let foreseen = lane.fork("foreseen").unwrap();
    let next = std::iter::from_fn(|| foreseen.advance_to_next().ok()).find(began).unwrap().clock.now;
    let agents = ground.agents.unwrap();
    let id = lane.read().stores[agents].iter().next().unwrap().shown["id"].as_str().unwrap().to_owned();
    let (set, hidden) = (json!({ "name": "Changed" }).as_object().cloned().unwrap(), Default::default());
    lane.write().due.push(next, Due::Change { collection: agents, id, set, hidden }).unwrap();
    let moved = lane.advance_to(next).unwrap();
    let last: Vec<&str> = moved.fired.iter().rev().take(2).rev().map(|event| event.what.as_str()).collect();
    assert_eq!(last, ["conversations.started", "agents.changed"]);
}

#[test]
fn a_lane_whose_time_is_over_gives_back_what_it_held() {
    let mut lanes = lanes(10);
    lanes.bounds.memory = 10_000;
    let mut lanes = Lanes::by(Clock::frozen(Timestamp::UNIX_EPOCH), embedded(0.0), lanes.bounds);
    lanes.most_calls = 900;
    let room = lanes.ground().room.clone();
    let contacts = lanes.ground().contacts.unwrap();
    let large = || crate::world::Record::new(json!({ "id": "large", "notes": "x".repeat(9_000) }));
    let put = |name: &str| open(&lanes, name).unwrap().write().add(contacts, "large", large(), Vec::new());
    put("a").unwrap();
    assert_eq!(put("b"), Err(Full::All(10_000)));
    pass(&lanes, 20 * 60);
    open(&lanes, "b").unwrap();
    pass(&lanes, 10 * 60);
    put("b").unwrap();
    assert!(room.taken() > 9_000);
    pass(&lanes, 30 * 60);
    assert_eq!(lanes.list().len(), 1);
    assert_eq!(room.taken(), 0);
    open(&lanes, "c").unwrap();
    pass(&lanes, 30 * 60);
    assert!(!lanes.remove("c"), "it is not there any more");

    for n in 0..3 {
        lanes.add(Lane::fresh(&n.to_string(), lanes.another(Some(Seed(n)), None, None).unwrap())).unwrap();
    }
    assert_eq!(lanes.another(Some(Seed(9_999)), None, None).unwrap_err(), Refused::TooLarge(900));
    pass(&lanes, 30 * 60);
    lanes.another(Some(Seed(9_999)), None, None).unwrap();
}

#[test]
fn who_uses_a_lane_by_whatever_way_keeps_it() {
    let lanes = lanes(10);
    let lane = open(&lanes, "a").unwrap();
    let by_address = Request::new(Method::GET, "/sound?lane=a".parse().unwrap());
    for _ in 0..3 {
        pass(&lanes, 20 * 60);
        assert!(lanes.in_query(&by_address).is_some());
        assert_eq!(lanes.idle(&lane), Duration::ZERO);
    }
    assert_eq!(lanes.idle(&lanes.by_default()), Duration::from_secs(60 * 60));
    lanes.of(&request(None), None).unwrap();
    assert_eq!(lanes.idle(&lanes.by_default()), Duration::ZERO);
}

/// What is kept for a version stays good as long as nothing that it tells of has changed.
#[test]
fn calls_that_arrive_and_writes_that_are_refused_change_no_record() {
    let lane = Lane::fresh("a", Arc::new(embedded(60.0)));
    lane.advance_by(SignedDuration::from_hours(2)).unwrap();
    assert!(lane.read().growth.len() > 20);
    drop(lane.write());
    assert_eq!(lane.read().version, 0);
}

/// The embedded fixtures, with one file in which a record breaks its schema.
struct Spoilt(Library, &'static str);

impl crate::contract::Library for Spoilt {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        let file = self.0.read(path)?;
        let mut value = (*file.value).clone();
        match path {
            path if path != self.1 => return Ok(file),
            "agents.yaml" => value["agents"][0]["language"] = json!(5),
            _ => value["conversations"][0]["record"]["summary"] = json!(5),
        }
        Ok(SourceFile::ready(path, file.text.clone(), value))
    }

    fn paths(&self) -> Vec<String> {
        self.0.paths()
    }
}

#[test]
fn only_the_embedded_fixtures_are_taken_without_a_look_at_their_schemas() {
    let contract = Contract::load_vetted(&Library::new(SCHEMAS, None).unwrap(), ENTRY).unwrap().contract;
    let contract = Arc::new(contract);
    let findings = |spoilt: &'static str, vetted: bool| {
        let fixtures = Arc::new(Spoilt(Library::new(FIXTURES, None).unwrap(), spoilt));
        let fixtures = Fixtures { folder: Some(fixtures), vetted, ..Fixtures::default() };
        let plan = Plan { fixtures, ..Plan::default() };
        let planned = Ground::planned(contract.clone(), Arc::new(plan), Seed(42), ground().start);
        planned.map(drop).map_err(|findings| findings.iter().map(|finding| finding.code).collect::<Vec<_>>())
    };
    assert_eq!(findings("agents.yaml", false), Err(vec!["E0703"]));
    assert_eq!(findings("conversations.yaml", false), Err(vec!["E0806"]));
    assert_eq!([findings("agents.yaml", true), findings("conversations.yaml", true)], [Ok(()), Ok(())]);
}

/// The world that is built in, standing at the moment of the docs.
fn embedded(arrivals: f64) -> Ground {
    beginning(Start::Each(Reading { now: ground().anchor, frozen: true, speed: 1.0 }), arrivals)
}

fn beginning(start: Start, arrivals: f64) -> Ground {
    let library = Library::new(SCHEMAS, None).unwrap();
    let contract = Arc::new(Contract::load_vetted(&library, ENTRY).unwrap().contract);
    let fixtures = Library::new(FIXTURES, None).unwrap();
    let fixtures = Fixtures { folder: Some(Arc::new(fixtures)), vetted: true, ..Fixtures::default() };
    let plan = Plan { fixtures, calls: Some(300), arrivals };
    Ground::planned(contract, Arc::new(plan), Seed(42), start).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

#[test]
fn what_falls_due_has_happened_before_anybody_sees_that_time() {
    let ground = Arc::new(embedded(12.0));
    let agents = ground.agents.unwrap();
    let lane = Lane::fresh("a", ground.clone());
    let id = lane.read().stores[agents].iter().next().unwrap().shown["id"].as_str().unwrap().to_owned();
    let rename = |name: &str| Due::Change {
        collection: agents,
        id: id.clone(),
        set: json!({ "name": name }).as_object().cloned().unwrap(),
        hidden: Default::default(),
    };
    let after = |minutes: u64| ground.anchor + Duration::from_secs(60 * minutes);
    for (at, name) in [(after(20), "second"), (after(10), "first"), (after(90), "third")] {
        lane.write().due.push(at, rename(name)).unwrap();
    }
    let name = |lane: &Lane| lane.read().stores[agents].get(&id).unwrap().shown["name"].clone();
    let version = lane.read().version;
    assert_eq!((lane.now(), lane.read().version), (ground.anchor, version), "nothing is due, and nothing changes");
    lane.clock.advance_to(after(15));
    assert_ne!(name(&lane), "first", "nobody asked for the time yet");
    assert_eq!((lane.now(), name(&lane)), (after(15), json!("first")));
    assert!(lane.read().version > version);

    let forked = lane.fork("b").unwrap();
    let moved = lane.advance_to(after(100)).unwrap();
    assert_eq!((name(&lane), name(&forked)), (json!("third"), json!("first")));
    let changed: Vec<Timestamp> =
        moved.fired.iter().filter(|event| event.what == "agents.changed").map(|event| event.at).collect();
    assert_eq!(changed, [after(20), after(90)]);
    let began = moved.fired.iter().filter(|event| event.what == "conversations.started");
    assert!(began.clone().count() > 10, "{moved:?}");
    assert!(moved.fired.is_sorted_by_key(|event| event.at));
    assert_eq!(lane.advance_to(after(50)), Err(Past { now: after(100) }));
    assert_eq!(
        lane.fork("c").unwrap().advance_to(after(100)).unwrap().fired,
        [],
        "what happened does not happen again"
    );
    // In one step or in many, the same happens.
    let mut told = Vec::new();
    while let Some(moved) = forked.advance_to_next().ok().filter(|moved| moved.clock.now <= after(100)) {
        told.extend(moved.fired);
    }
    let later = |event: &&Event| event.at > after(15);
    assert_eq!(told, moved.fired.iter().filter(later).cloned().collect::<Vec<_>>());
}

#[test]
fn time_is_moved_and_asked_for_by_many_at_once() {
    let lane = Lane::fresh("a", Arc::new(embedded(20.0)));
    let anchor = lane.ground.anchor;
    let fired = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (lane, fired) = (&lane, &fired);
            scope.spawn(move || {
                for minute in 1..60 {
                    if let Ok(moved) = lane.advance_to(anchor + Duration::from_secs(60 * minute + thread)) {
                        fired.lock().unwrap().extend(moved.fired);
                    }
                    let (now, state) = (lane.now(), lane.read());
                    let (calls, view) = state.calls(&lane.ground, now).unwrap();
                    assert!(calls.next_arrival(&state.growth).is_none_or(|next| next > now));
                    assert!(calls.count(&view) >= 300);
                }
            });
        }
    });
    let mut fired = fired.into_inner().unwrap();
    fired.sort_by_key(|event| event.at);
    let alone = Lane::fresh("b", lane.ground.clone());
    let mut told = alone.advance_to(lane.now()).unwrap();
    assert_eq!(told.more, 0);
    let key = |event: &Event| (event.at, event.id.clone(), event.what.clone());
    fired.sort_by_key(key);
    told.fired.sort_by_key(key);
    assert_eq!(fired, told.fired, "each event is told to one of them, and once");
}

#[test]
fn worlds_are_shared_by_those_who_want_the_same() {
    let mut lanes = Lanes::new(embedded(0.0), Bounds::default());
    lanes.most_calls = 2_000;
    let (shared, seed) = (lanes.ground().clone(), Some(Seed(7)));
    assert!(Arc::ptr_eq(&lanes.another(None, None, None).unwrap(), &shared));
    let own = lanes.another(seed, None, None).unwrap();
    assert!(Arc::ptr_eq(&lanes.another(seed, Some(300), Some(shared.start.clone())).unwrap(), &own));
    assert_eq!((own.seed, own.anchor, own.size()), (Seed(7), shared.anchor, 300));
    assert_eq!(lanes.another(None, Some(20), None).unwrap().size(), 20);
    let [none, few] = [0, 3].map(|size| lanes.another(None, Some(size), None).unwrap());
    assert_eq!(none.size(), shared.calls.as_ref().unwrap().stock().pinned.len(), "some calls are always there");
    assert_eq!(none.calls.as_ref().unwrap().contacts().len(), few.calls.as_ref().unwrap().contacts().len());
    assert_eq!(none.size(), few.size());
    let held: Vec<Arc<Ground>> = (8..13).map(|n| lanes.another(Some(Seed(n)), None, None).unwrap()).collect();
    assert_eq!(lanes.another(Some(Seed(14)), None, None).unwrap_err(), Refused::TooLarge(2_000));
    assert!(lanes.another(Some(Seed(9)), None, None).is_ok(), "what is there can be shared");
    drop(held);
    assert!(lanes.another(Some(Seed(14)), None, None).is_ok());
}

/// A lane is a handful of words and one pointer for each collection; the rest comes with what is done in it.
#[test]
fn a_fresh_lane_is_small() {
    let ground = Arc::new(embedded(12.0));
    assert!(size_of::<Lane>() < 1_000, "{}", size_of::<Lane>());
    let (before, lane) = (Arc::strong_count(&ground), Lane::fresh("a", ground.clone()));
    assert_eq!(Arc::strong_count(&ground), before + 1);
    assert!(lane.read().growth.is_empty() && lane.read().due.is_empty() && lane.read().kept.is_empty());
}
