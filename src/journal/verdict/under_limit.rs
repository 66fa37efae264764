//! `under_limit`: it stayed under the rate limit that it was told.
//!
//! A limit that nobody told can't be kept: the first 429 tells it, unless headers of an earlier answer did.

use std::collections::HashMap;
use std::time::Duration;

use http::header::RETRY_AFTER;

use super::{Case, Finding, words};
use crate::scenario::Amount;

const ADVICE: &str = "Read what is left from the headers of each answer, and slow down before it is nothing.";

pub fn judge(case: &Case) -> Finding {
    let most = case.bounds.at_most.and_then(Amount::count).unwrap_or(0);
    let expected = match most {
        0 => "No request is refused for a limit that was told before.".to_owned(),
        most => format!("No more than {} for a limit that was told before.", words::count(most as usize, "refusal")),
    };
    let told = told(case);
    let sent: Vec<usize> = case.places().collect();
    let limited: Vec<usize> = sent.iter().copied().filter(|place| status(case, *place) == 429).collect();
    let knew = |place: &usize| {
        let entry = &case.entries[*place];
        told.get(&entry.exchange.caller).is_some_and(|since| *since <= entry.at)
    };
    let over: Vec<usize> = limited.iter().copied().filter(knew).collect();
    if sent.is_empty() || told.is_empty() {
        return Finding::moot(expected, "No answer told of a limit.");
    }
    if over.len() as u64 <= most {
        let seen = format!("{}, {} refused for it.", words::count(sent.len(), "request"), limited.len());
        return Finding::passed(expected, seen, limited);
    }
    let first = &case.entries[over[0]];
    let seen = format!(
        "{} of {} met the limit, the first with #{} ({}).",
        over.len(),
        words::count(sent.len(), "request"),
        first.number,
        words::request(first),
    );
    Finding::failed(expected, seen, ADVICE, over)
}

/// Since when each caller has known that there is a limit.
fn told(case: &Case) -> HashMap<u64, Duration> {
    let remaining = case.contract.rate.as_ref().and_then(|rate| rate.remaining_header.as_ref());
    let remaining = remaining.map_or("ratelimit-remaining", |header| header.as_str());
    let mut told: HashMap<u64, Duration> = HashMap::new();
    for (place, entry) in case.entries.iter().enumerate() {
        let Some(over) = entry.over() else { continue };
        let head = &entry.exchange.answer_head();
        if head.get(remaining).is_some() || status(case, place) == 429 && head.get(RETRY_AFTER.as_str()).is_some() {
            let since = told.entry(entry.exchange.caller).or_insert(over);
            *since = over.min(*since);
        }
    }
    told
}

fn status(case: &Case, place: usize) -> u16 {
    case.entries[place].exchange.answer.status.as_u16()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};

    #[test]
    fn a_limit_that_was_told_is_kept() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets", 0.0));
        assert_eq!(diary.outcome("under_limit"), "moot");
        diary.write(asked("GET /pets", 1.0).told("ratelimit-remaining", "1"));
        diary.write(asked("GET /pets", 2.0).told("ratelimit-remaining", "0"));
        assert_eq!(diary.outcome("under_limit"), "passed");
        diary.write(asked("GET /pets", 3.0).answered(429));
        assert_eq!(diary.outcomes("under_limit"), ["failed 4"]);
        assert_eq!(diary.expected("under_limit: { at_most: 1 }").0, "passed");
    }

    #[test]
    fn a_limit_that_nobody_told_is_told_by_the_first_refusal() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets", 0.0).answered(429).told("retry-after", "1"));
        diary.write(asked("GET /pets", 0.0005).by(2).answered(429).told("retry-after", "1"));
        assert_eq!(diary.outcome("under_limit"), "passed", "both were under way");
        diary.write(asked("GET /pets", 1.0).answered(429).told("retry-after", "1"));
        assert_eq!(diary.outcomes("under_limit"), ["failed 3"]);
    }
}
