//! Of all verdicts together: their names, which requests are tries of one, and how long it takes.

use std::time::Duration;

use proptest::prelude::*;

use super::sample::{Diary, Sent, asked};
use super::*;
use crate::clock::Stopwatch;
use crate::ending::Ending;

#[test]
fn every_expectation_that_can_be_written_is_judged() {
    let names: Vec<&str> = VERDICTS.iter().map(|verdict| verdict.name).collect();
    assert_eq!(names, crate::scenario::verdicts());
    let mut diary = Diary::new();
    diary.write(asked("GET /pets", 0.0));
    assert_eq!(
        diary.hearing().on_every_run(&["waited"]).len() + 1,
        VERDICTS.iter().filter(|verdict| verdict.always).count()
    );
}

#[test]
fn tries_of_many_at_once_are_told_apart_by_their_connections() {
    let mut diary = Diary::new();
    for connection in 0..3 {
        diary.write(
            asked("GET /pets", connection as f64 / 100.0).by(connection).answered(429).over(Ending::Complete, 1.0),
        );
    }
    for connection in [2, 0, 1] {
        diary.write(asked("GET /pets", 2.0).by(connection));
    }
    let hearing = diary.hearing();
    assert_eq!((3..6).map(|place| hearing.tries.before(place)).collect::<Vec<_>>(), [Some(2), Some(0), Some(1)]);
    assert_eq!(hearing.tries.series().count(), 3);
}

#[test]
fn a_try_may_be_there_before_the_server_knows_that_the_client_left() {
    let mut diary = Diary::new();
    diary.write(asked("GET /pets", 0.0).over(Ending::HungUp, 2.05));
    diary.write(asked("GET /pets/a", 0.0).over(Ending::HungUp, 2.0));
    diary.write(asked("GET /pets/a", 1.0).by(1));
    diary.write(asked("GET /pets", 2.0).by(1));
    let hearing = diary.hearing();
    assert_eq!([3, 2].map(|place| hearing.tries.before(place)), [Some(0), None], "the other two went on together");
}

#[test]
fn what_a_library_adds_to_a_try_makes_no_other_request_of_it() {
    let mut diary = Diary::new();
    diary.write(asked("GET /toys", 0.0).answered(503).with("accept", "*/*").with("x-shop", "a"));
    diary.write(asked("GET /toys", 1.0).with("accept", "*/*").with("x-shop", "b").with("x-retry-count", "1"));
    diary.write(asked("GET /pets", 2.0).answered(503).with("if-none-match", "\"a\""));
    diary.write(asked("GET /pets", 3.0));
    diary.write(asked("GET /pets", 4.0).answered(503).with("accept", "application/xml"));
    diary.write(asked("GET /pets", 5.0).with("accept", "application/json"));
    let hearing = diary.hearing();
    assert_eq!([1, 3, 5].map(|place| hearing.tries.before(place)), [Some(0), Some(2), None]);
}

#[test]
fn the_rest_of_what_broke_off_is_a_try_and_another_part_is_none() {
    let part = |at: f64, range| asked("GET /pets/a", at).with("range", range);
    let mut diary = Diary::new();
    diary.write(asked("GET /pets/a", 0.0).came_to(700).over(Ending::Broken, 0.5));
    diary.write(part(1.0, "bytes=900-"));
    diary.write(part(2.0, "bytes=512-").came_to(100).over(Ending::Broken, 2.5));
    diary.write(part(3.0, "bytes=600-"));
    diary.write(part(4.0, "bytes=0-99").answered(503));
    diary.write(part(5.0, "bytes=100-199"));
    diary.write(part(6.0, "bytes=0-99"));
    let hearing = diary.hearing();
    let before = (1..7).map(|place| hearing.tries.before(place)).collect::<Vec<_>>();
    assert_eq!(before, [None, Some(0), Some(2), None, None, Some(4)]);
    assert_eq!(diary.outcome("retried"), "passed");
}

/// Four workers send the same, one after the other is told to wait, and all of them do.
#[test]
fn whoever_begins_when_another_was_told_to_wait_has_not_been_told() {
    let told = |statuses: &[u16], waits: &[f64]| {
        let mut diary = Diary::new();
        let beginnings = (0..4).map(|place| place as f64 / 250.0);
        for (place, at) in beginnings.chain(waits.iter().copied()).enumerate() {
            let status = *statuses.get(place).unwrap_or(&200);
            diary.write(asked("GET /pets", at).answered(status).told("retry-after", "2").by(place as u64));
        }
        diary.outcomes("waited")
    };
    assert_eq!(told(&[429; 4], &[2.01, 2.02, 2.03, 2.04]), ["passed 5 6 7 8"]);
    assert_eq!(told(&[429; 4], &[2.01, 2.02, 2.03]), ["passed 5 6 7"], "the last one gave up");
    assert_eq!(told(&[429; 4], &[2.01, 2.02]), ["failed 4"], "nobody waited in place of the third");
    assert_eq!(told(&[429, 429, 429, 200], &[]), ["failed 2 3 4"], "one who does not wait");
    assert_eq!(told(&[429, 429, 429, 200], &[60.0]), ["failed 2 3 4"], "and comes back much later");
}

/// Creations alike, each with a key of its own; the first has failed when the others come.
#[test]
fn a_fresh_key_is_a_request_of_its_own_where_the_old_one_comes_again() {
    let created = |diary: &mut Diary, at: f64, key: &'static str, status: u16| {
        diary.write(asked("POST /pets", at).answered(status).body("Bo").with("idempotency-key", key).by(at as u64));
    };
    let mut diary = Diary::new();
    created(&mut diary, 0.0, "a", 500);
    created(&mut diary, 0.1, "b", 500);
    created(&mut diary, 1.0, "b", 201);
    assert_eq!(diary.outcome("same_key"), "failed");
    created(&mut diary, 1.1, "a", 201);
    assert_eq!(diary.outcome("same_key"), "passed");
}

/// Two workers send the same, both are told to wait, and both do.
#[test]
fn two_retries_under_way_at_once_are_tries_of_two() {
    let mut diary = Diary::new();
    for (at, connection) in [(0.0, 1), (0.0005, 2)] {
        diary.write(asked("POST /pets", at).answered(429).told("retry-after", "2").by(connection));
    }
    for (at, connection) in [(2.01, 3), (2.0105, 4)] {
        diary.write(asked("POST /pets", at).answered(500).by(connection).over(Ending::Complete, at + 0.5));
    }
    for (at, connection) in [(3.0, 4), (3.2, 3)] {
        diary.write(asked("POST /pets", at).by(connection));
    }
    let hearing = diary.hearing();
    let before = (0..6).map(|place| hearing.tries.before(place)).collect::<Vec<_>>();
    assert_eq!(before, [None, None, Some(0), Some(1), Some(3), Some(2)]);
    assert_eq!((diary.outcome("waited"), diary.outcome("retried")), ("passed", "passed"));
}

#[test]
fn what_is_only_likely_is_a_warning_unless_it_was_asked_for() {
    let mut diary = Diary::new();
    for at in [0.0, 1.0] {
        diary.write(asked("POST /pets", at).answered(500).body("{}"));
    }
    for (name, level) in [("safe_retries", Severity::Warning), ("retried", Severity::Error)] {
        assert_eq!(diary.judged(name).level, level, "{name}");
    }
    let asked = diary.hearing().expected_by(&super::sample::scenario("expect:\n  - safe_retries\n"));
    assert_eq!((asked[0].level, asked[0].outcome), (Severity::Error, Outcome::Failed));
}

/// Requests of every kind, in the order in which they came.
fn some(count: usize, kinds: usize) -> Diary {
    const LINES: [&str; 6] = [
        "GET /pets",
        "GET /pets?page=2",
        "GET /pets?page=2&kind=cat",
        "GET /pets/a?expires=1",
        "POST /pets",
        "GET /dogs",
    ];
    const STATUSES: [u16; 7] = [200, 429, 500, 404, 403, 201, 503];
    const ENDINGS: [Ending; 4] = [Ending::Complete, Ending::Broken, Ending::HungUp, Ending::Open];
    let mut diary = Diary::new();
    let mut chance: usize = 7;
    for place in 0..count {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = |bound: usize, shift: usize| (chance >> (20 + shift)) % bound;
        let at = place as f64 / 100.0;
        let sent: Sent = asked(LINES[draw(LINES.len(), 0)], at)
            .answered(STATUSES[draw(STATUSES.len(), 7)])
            .of(draw(kinds, 11) as u64)
            .by(draw(kinds, 13) as u64)
            .told("retry-after", "1")
            .saying(r#"{"data":[1],"meta":{"total_pages":9}}"#)
            .over(ENDINGS[draw(4, 17)], at + draw(300, 23) as f64 / 100.0);
        diary.write(if draw(3, 5) == 0 { sent.with("idempotency-key", "a") } else { sent });
    }
    diary
}

/// Every verdict on a diary.
fn all(diary: &Diary) -> Vec<Judgement> {
    let hearing = diary.hearing();
    let (of, bounds) = (Requests::default(), Bounds::default());
    VERDICTS.iter().map(|verdict| hearing.pass(verdict, &of, &bounds, None)).collect()
}

/// Twice as many requests take about twice as long, whether all are alike or all differ: nothing is compared with everything.
#[test]
fn the_time_for_all_verdicts_grows_no_faster_than_the_requests() {
    for kinds in [1, 1_000_000] {
        let time = |count: usize| {
            let diary = some(count, kinds);
            let watch = Stopwatch::start();
            assert_eq!(all(&diary).len(), VERDICTS.len());
            watch.elapsed()
        };
        let (few, many) = (time(2_000), time(16_000));
        let most = few.max(Duration::from_millis(5)) * 32;
        assert!(many < most, "{kinds} kinds: {few:?} for 2000, {many:?} for 16000");
    }
}

/// 100,000 requests, in a release build: `cargo test --release --lib verdict::tests::a_full_book -- --ignored --nocapture`
#[test]
#[ignore = "a measurement, and of a release build"]
fn a_full_book_is_judged_at_once() {
    for kinds in [1, 50, 1_000_000] {
        let diary = some(100_000, kinds);
        let watch = Stopwatch::start();
        let judged = all(&diary);
        println!("{kinds} kinds: {} verdicts in {:?}", judged.len(), watch.elapsed());
        assert!(watch.elapsed() < Duration::from_secs(1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever came: each request is in one series, a try comes after the one before was over, and nothing panics.
    #[test]
    fn each_request_is_a_try_of_one(count in 0_usize..80, kinds in 1_usize..5) {
        let diary = some(count, kinds);
        let hearing = diary.hearing();
        let mut places: Vec<usize> = hearing.tries.series().flatten().copied().collect();
        places.sort_unstable();
        prop_assert_eq!(places, (0..count).collect::<Vec<_>>());
        for pair in hearing.tries.series().flat_map(|series| series.windows(2)) {
            let [earlier, later] = [pair[0], pair[1]].map(|place| &diary.entries[place]);
            let over = earlier.over().expect("it was over");
            prop_assert!(over <= later.at + Duration::from_millis(100));
            prop_assert_eq!(hearing.tries.kind(pair[0]), hearing.tries.kind(pair[1]));
        }
        for judgement in all(&diary) {
            prop_assert!(judgement.exchanges.len() <= MOST_NAMED);
            prop_assert!(judgement.expected.ends_with('.') && judgement.seen.ends_with('.'), "{judgement:?}");
            prop_assert_eq!(judgement.outcome == Outcome::Failed, !judgement.advice.is_empty());
        }
    }
}
