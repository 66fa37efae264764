//! `waited`: it waited as long as `Retry-After` said.
//!
//! A client waits in real time, so that counts; or in the lane's, for tests that move its clock instead of waiting.

use super::tries::{has_waited, retry_after, told_wait};
use super::{Case, Finding, words};

const ADVICE: &str = "Sleep for the seconds of `Retry-After`, or until its date, before the request is sent again; and see \
                      that no library below tries again by itself.";

pub fn judge(case: &Case) -> Finding {
    let expected = "Each new try comes no sooner than the answer before it said in `Retry-After`.";
    let told: Vec<(usize, usize)> =
        case.retries().filter(|(earlier, _)| retry_after(&case.entries[*earlier]).is_some()).collect();
    let early: Vec<usize> = told
        .iter()
        .filter(|(earlier, later)| !has_waited(&case.entries[*earlier], &case.entries[*later]))
        .map(|(_, later)| *later)
        .collect();
    if told.is_empty() {
        return Finding::moot(expected, "Nothing was tried again after an answer with `Retry-After`.");
    }
    let Some(first) = early.first() else {
        let seen = format!("It waited each time: {}.", words::count(told.len(), "try"));
        return Finding::passed(expected, seen, told.into_iter().map(|(_, later)| later).collect());
    };
    let earlier = case.tries.before(*first).unwrap_or(*first);
    let seen = format!(
        "{} of {} came too soon: #{} ({}) after {} instead of {}.",
        early.len(),
        words::count(told.len(), "try"),
        case.entries[*first].number,
        words::request(&case.entries[*first]),
        words::time(case.pause(earlier, *first)),
        words::time(told_wait(&case.entries[earlier]).unwrap_or_default()),
    );
    Finding::failed(expected, seen, ADVICE, early)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};
    use crate::ending::Ending;

    fn twice(wait: &str, again: f64) -> Diary {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets", 0.0).answered(429).told("retry-after", wait));
        diary.write(asked("GET /pets", again));
        diary
    }

    #[test]
    fn a_wait_is_as_long_as_it_was_told() {
        assert_eq!(twice("2", 2.01).outcomes("waited"), ["passed 2"]);
        assert_eq!(twice("2", 1.5).outcomes("waited"), ["failed 2"]);
        assert_eq!(twice("soon", 0.1).outcomes("waited"), ["moot"]);
        let judged = twice("2", 0.5).judged("waited");
        assert!(judged.seen.contains("after 499 ms instead of 2 s"), "{}", judged.seen);
        assert!(!judged.advice.is_empty());
    }

    #[test]
    fn a_date_is_in_real_time_and_may_be_read_off_either_clock() {
        // The book was opened at 12:00:00.7 by the real time, while the lane has another year.
        assert_eq!(twice("Wed, 15 Jan 2025 12:00:03 GMT", 2.31).outcomes("waited"), ["passed 2"], "by its own clock");
        assert_eq!(twice("Wed, 15 Jan 2025 12:00:03 GMT", 3.01).outcomes("waited"), ["passed 2"], "by the other's");
        assert_eq!(twice("Wed, 15 Jan 2025 12:00:03 GMT", 1.0).outcomes("waited"), ["failed 2"]);
        assert_eq!(twice("Wed, 15 Jan 2020 12:00:03 GMT", 0.1).outcomes("waited"), ["passed 2"], "that is past");
    }

    #[test]
    fn the_wait_begins_when_the_answer_is_over() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets", 0.0).answered(429).told("retry-after", "2").over(Ending::Complete, 5.0));
        diary.write(asked("GET /pets", 5.1));
        assert_eq!(diary.outcomes("waited"), ["failed 2"], "the answer was held for five seconds");
        let mut diary = Diary::new();
        diary.write(asked("GET /pets", 0.0).answered(429).told("retry-after", "2").over(Ending::Open, 0.0));
        diary.write(asked("GET /pets", 3.0));
        assert_eq!(diary.outcomes("waited"), ["moot"], "the client does not have it yet");
        let mut diary = Diary::new();
        diary.write(asked("GET /pets", 0.0).answered(429).told("retry-after", "2").over(Ending::Broken, 0.1));
        diary.write(asked("GET /pets", 0.2));
        assert_eq!(diary.outcomes("waited"), ["moot"], "the client never saw it");
    }

    #[test]
    fn a_clock_that_is_moved_counts_and_one_that_stands_still_does_not() {
        let pair = |moved: i64, again: f64| {
            let mut diary = Diary::new();
            diary.write(asked("GET /pets", 0.0).answered(429).told("retry-after", "30").lane_time(0));
            diary.write(asked("GET /pets", again).lane_time(moved));
            diary.outcomes("waited")
        };
        assert_eq!(pair(30, 0.1), ["passed 2"]);
        assert_eq!(pair(0, 30.1), ["passed 2"]);
        assert_eq!(pair(0, 0.1), ["failed 2"]);
        assert_eq!(pair(-3_600, 0.1), ["failed 2"], "a lane that was made anew");
    }
}
