//! `read_whole`: it read answers to their end, and asked again for what broke off.
//!
//! An answer that ended too early is not had by the client, whatever it made of it. It is whole once the same was asked for again,
//! by the same address or a fresh one, or in parts. A change that can't be repeated safely is rightly not.

use std::collections::HashMap;
use std::time::Duration;

use super::tries::Came;
use super::{Case, Finding, address, words};
use crate::ending::Ending;

const ADVICE: &str = "Hold what came against `Content-Length`, or the end of the chunks, and ask again for what is missing. Give \
                      answers more time than they take.";

pub fn judge(case: &Case) -> Finding {
    let expected = "Answers are read to their end, and what broke off is asked for again.";
    let over: Vec<usize> = case.places().filter(|place| Came::of(&case.entries[*place]) != Came::Open).collect();
    let mut last: HashMap<(u64, &str, String), Duration> = HashMap::new();
    for place in &over {
        last.insert(subject(case, *place), case.entries[*place].at);
    }
    let is_left = |place: &usize| {
        let entry = &case.entries[*place];
        let again = || last.get(&subject(case, *place)).is_some_and(|at| *at > entry.at);
        let may_be = entry.exchange.request.method.is_idempotent() || super::safe_retries::has_key(case, *place);
        Came::of(entry) == Came::Broken && may_be && !again()
    };
    let left: Vec<usize> = over.iter().copied().filter(is_left).collect();
    if over.is_empty() {
        return Finding::moot(expected, "Nothing was answered.");
    }
    let Some(first) = left.first().map(|place| &case.entries[*place]) else {
        return Finding::passed(expected, format!("{}, and none was left.", words::count(over.len(), "answer")), over);
    };
    let how = match first.ending() {
        Ending::HungUp => "the client left",
        _ => "it broke off",
    };
    let seen = format!(
        "{} of {} ended too early and {} not asked for again: {how} after {} of #{} ({}).",
        left.len(),
        words::count(over.len(), "answer"),
        words::was(left.len()),
        words::count(first.sent() as usize, "byte"),
        first.number,
        words::request(first),
    );
    Finding::failed(expected, seen, ADVICE, left)
}

/// Who asked for what.
fn subject<'c>(case: &Case<'c>, place: usize) -> (u64, &'c str, String) {
    let exchange = &case.entries[place].exchange;
    (exchange.caller, exchange.request.method.as_str(), address::lasting(exchange.target()))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};
    use crate::ending::Ending;

    #[test]
    fn what_broke_off_is_asked_for_again() {
        for ending in [Ending::Broken, Ending::HungUp] {
            let mut diary = Diary::new();
            diary.write(asked("GET /pets/a?sign=1", 0.0).over(ending, 1.0));
            assert_eq!(diary.outcomes("read_whole"), ["failed 1"], "{ending:?}");
            diary.write(asked("GET /pets/b", 2.0));
            assert_eq!(diary.outcomes("read_whole"), ["failed 1"], "{ending:?}");
            diary.write(asked("GET /pets/a?sign=2", 3.0));
            assert_eq!(diary.outcome("read_whole"), "passed", "{ending:?}");
        }
    }

    #[test]
    fn another_request_to_the_path_brings_nothing_back() {
        for other in ["GET /pets?page=2", "POST /pets?page=1", "HEAD /pets?page=1"] {
            let mut diary = Diary::new();
            diary.write(asked("GET /pets?page=1", 0.0).over(Ending::Broken, 1.0));
            diary.write(asked(other, 2.0));
            assert_eq!(diary.outcomes("read_whole"), ["failed 1"], "{other}");
            diary.write(asked("GET /pets?page=1", 3.0).with("range", "bytes=7-"));
            assert_eq!(diary.outcome("read_whole"), "passed", "{other}");
        }
    }

    #[test]
    fn a_creation_without_a_key_is_left() {
        let mut diary = Diary::new();
        diary.write(asked("POST /pets", 0.0).over(Ending::Broken, 1.0));
        assert_eq!(diary.outcome("read_whole"), "passed");
        diary.write(asked("POST /pets", 2.0).with("idempotency-key", "a").over(Ending::Broken, 3.0));
        assert_eq!(diary.outcomes("read_whole"), ["failed 2"]);
    }

    #[test]
    fn what_is_held_is_not_over() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets/a", 0.0).over(Ending::Open, 0.0));
        assert_eq!(diary.outcome("read_whole"), "moot");
    }
}
