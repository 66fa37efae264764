//! `retried`: it tried again what can succeed.
//!
//! A creation without an idempotency key is rightly not repeated, and neither is what would have to wait for very long.

use std::time::Duration;

use super::tries::{Came, told_wait};
use super::{Case, Finding, words};
use crate::scenario::Amount;

/// Nobody has to wait for longer than that before another try.
const PATIENCE: Duration = Duration::from_secs(60);

const ADVICE: &str = "Try again after 429, 500, 502, 503 and 504, after a connection that broke, and after an answer that ended \
                      too early: after a wait, and no more than a few times.";

pub fn judge(case: &Case) -> Finding {
    let least = case.bounds.at_least.and_then(Amount::count).unwrap_or(2);
    let soon = case.bounds.within;
    let mut expected = "What failed for now, or broke off, is tried again".to_owned();
    if least > 2 {
        expected.push_str(&format!(", {} in all", words::count(least as usize, "time")));
    }
    if let Some(soon) = soon {
        expected.push_str(&format!(", within {}", words::time(soon)));
    }
    expected.push('.');
    let failing: Vec<&[usize]> = case.series().filter(|series| may_pass(case, series)).collect();
    let is_left = |series: &&[usize]| {
        let last = series.last().is_none_or(|last| Came::of(&case.entries[*last]).may_pass());
        let late = |soon: Duration| series.windows(2).any(|pair| case.pause(pair[0], pair[1]) > soon);
        last && (series.len() as u64) < least || soon.is_some_and(late)
    };
    let left: Vec<usize> =
        failing.iter().filter(|series| is_left(series)).filter_map(|series| series.last()).copied().collect();
    if failing.is_empty() {
        return Finding::moot(expected, "Nothing failed that could be tried again.");
    }
    let Some(first) = left.first() else {
        let tried = failing.into_iter().flatten().copied().collect::<Vec<_>>();
        let seen = format!("What failed was tried again: {} in all.", words::count(tried.len(), "try"));
        return Finding::passed(expected, seen, tried);
    };
    let entry = &case.entries[*first];
    let how = match Came::of(entry) {
        Came::Broken => "it broke off".to_owned(),
        _ => format!("it was answered with {}", entry.exchange.answer.status.as_u16()),
    };
    let seen = format!(
        "{} of {} {} left: {how}, and #{} ({}) was the last try of it.",
        left.len(),
        words::count(failing.len(), "failed request"),
        words::was(left.len()),
        entry.number,
        words::request(entry),
    );
    Finding::failed(expected, seen, ADVICE, left)
}

/// Whether the first try failed in a way that another one is right.
fn may_pass(case: &Case, series: &[usize]) -> bool {
    series.first().is_some_and(|first| {
        let entry = &case.entries[*first];
        Came::of(entry).may_pass()
            && told_wait(entry).is_none_or(|wait| wait <= PATIENCE)
            && (entry.exchange.request.method.is_idempotent()
                || super::safe_retries::has_key(case, *first)
                || series.len() > 1)
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};
    use crate::ending::Ending;

    #[test]
    fn what_failed_is_tried_again() {
        for status in [429, 500, 502, 503, 504] {
            let mut diary = Diary::new();
            diary.write(asked("GET /pets", 0.0).answered(status));
            let judged = diary.judged("retried");
            assert_eq!(judged.outcome.name(), "failed", "{status}");
            assert!(judged.seen.starts_with("1 of 1 failed request was left: "), "{}", judged.seen);
            diary.write(asked("GET /pets", 1.0));
            assert_eq!(diary.outcome("retried"), "passed", "{status}");
        }
        for (ending, alone) in [(Ending::Broken, "failed"), (Ending::HungUp, "failed"), (Ending::Open, "moot")] {
            let mut diary = Diary::new();
            diary.write(asked("GET /pets", 0.0).over(ending, 1.0));
            assert_eq!(diary.outcome("retried"), alone, "{ending:?}");
        }
    }

    #[test]
    fn what_is_better_left_is_not_asked_for() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets/a", 0.0).answered(404));
        diary.write(asked("POST /pets", 1.0).answered(500).body("{}"));
        diary.write(asked("GET /pets", 2.0).answered(429).told("retry-after", "3600"));
        assert_eq!(diary.outcome("retried"), "moot");
        diary.write(asked("POST /pets", 3.0).answered(500).body("[]").with("idempotency-key", "a"));
        assert_eq!(diary.outcome("retried"), "failed", "with a key it could be");
    }

    #[test]
    fn as_often_and_as_soon_as_the_file_says() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets", 0.0).answered(500));
        diary.write(asked("GET /pets", 4.0).answered(500));
        assert_eq!(diary.expected("retried: { at_least: 2 }").0, "passed");
        assert_eq!(diary.expected("retried: { at_least: 3 }").0, "failed");
        assert_eq!(diary.expected("retried: { within: 3s }").0, "failed");
    }
}
