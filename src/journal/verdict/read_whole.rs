//! `read_whole`: it read answers to their end, and asked again for what broke off.
//!
//! An answer that ended too early is not had by the client, whatever it made of it. It is whole once the same path was
//! answered to the end, by whatever address, or in parts.

use std::collections::HashMap;
use std::time::Duration;

use super::tries::Came;
use super::{Case, Finding, words};
use crate::ending::Ending;

const ADVICE: &str = "Hold what came against `Content-Length`, or the end of the chunks, and ask again for what is missing. Give \
                      answers more time than they take.";

pub fn judge(case: &Case) -> Finding {
    let expected = "Answers are read to their end, and what broke off is asked for again.";
    let over: Vec<usize> = case.places().filter(|place| Came::of(&case.entries[*place]) != Came::Open).collect();
    let mut last: HashMap<(u64, &str), Duration> = HashMap::new();
    for place in &over {
        let entry = &case.entries[*place];
        last.insert((entry.exchange.caller, path(case, *place)), entry.at);
    }
    let is_left = |place: &usize| {
        let entry = &case.entries[*place];
        let again = last.get(&(entry.exchange.caller, path(case, *place))).is_some_and(|at| *at > entry.at);
        Came::of(entry) == Came::Broken && !again
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

fn path<'c>(case: &Case<'c>, place: usize) -> &'c str {
    let target = case.entries[place].exchange.target();
    target.split('?').next().unwrap_or_default()
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
    fn what_is_held_is_not_over() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets/a", 0.0).over(Ending::Open, 0.0));
        assert_eq!(diary.outcome("read_whole"), "moot");
    }
}
