//! `connections`: it used its connections again.
//!
//! Where the file says no number, there may be one for each request that was under way at the same time, and another for each
//! that broke, was closed by us, or rested for long.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::tries::Came;
use super::{Case, Finding, words};
use crate::scenario::Amount;

/// A connection that rested for longer may have been closed: some libraries do so after four seconds.
const RESTS: Duration = Duration::from_secs(3);

/// Requests that are sent together do not come together.
const TOGETHER: Duration = Duration::from_millis(200);

const ADVICE: &str = "Keep one client, or session, for all requests, and read each answer to its end, so that its connection can be \
                      used for the next.";

pub fn judge(case: &Case) -> Finding {
    let most = case.bounds.at_most.and_then(Amount::count);
    let expected = match most {
        Some(most) => format!("No more than {}.", words::count(most as usize, "connection")),
        None => "A connection is used again once its answer is read.".to_owned(),
    };
    let sent: Vec<usize> = case.places().collect();
    let mut first: HashMap<u64, usize> = HashMap::new();
    for place in &sent {
        first.entry(case.entries[*place].exchange.connection).or_insert(*place);
    }
    let seen = format!("{} for {}", words::count(first.len(), "connection"), words::count(sent.len(), "request"));
    let fits = match most {
        _ if sent.is_empty() => return Finding::moot(expected, "Nothing was sent."),
        Some(most) => first.len() as u64 <= most,
        None if sent.len() < 3 => return Finding::moot(expected, format!("{seen}, which is too little to tell.")),
        // Half of them used again is sane, whatever it was that the others were needed for.
        None => first.len() <= needed(case, &sent) || first.len() * 2 <= sent.len(),
    };
    let mut opened: Vec<usize> = first.into_values().collect();
    opened.sort_unstable();
    match fits {
        true => Finding::passed(expected, format!("{seen}."), opened),
        false => Finding::failed(expected, format!("{seen}."), ADVICE, opened),
    }
}

/// How many connections there was a reason for.
fn needed(case: &Case, sent: &[usize]) -> usize {
    let ended: HashSet<u64> =
        sent.iter().filter(|place| ends(case, **place)).map(|place| case.entries[*place].exchange.connection).collect();
    let rests = sent.windows(2).filter(|pair| case.pause(pair[0], pair[1]) > RESTS).count();
    at_once(case, sent) + ended.len() + rests
}

/// Whether a connection could not be used again after this.
fn ends(case: &Case, place: usize) -> bool {
    let entry = &case.entries[place];
    let closes = |value: &str| value.eq_ignore_ascii_case("close");
    Came::of(entry) == Came::Broken
        || entry.closed()
        || entry.exchange.answer_head().get("connection").is_some_and(closes)
}

/// The most requests that were under way at the same time. Of those that were sent together the first may be answered before
/// the last is there.
fn at_once(case: &Case, sent: &[usize]) -> usize {
    let mut ends: Vec<Duration> = sent.iter().filter_map(|place| case.entries[*place].over()).collect();
    ends.sort_unstable();
    let (mut gone, mut most, mut began) = (0, 0, 0);
    for (count, place) in sent.iter().enumerate() {
        let at = case.entries[*place].at;
        gone += ends[gone..].iter().take_while(|over| **over <= at).count();
        let under_way = count + 1 - gone.min(count);
        while case.entries[sent[began]].at + TOGETHER < at {
            began += 1;
        }
        let together = if under_way > 1 { count + 1 - began } else { 1 };
        most = most.max(under_way).max(together);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};
    use crate::ending::Ending;

    fn one_after_the_other(connections: impl IntoIterator<Item = u64>) -> Diary {
        let mut diary = Diary::new();
        for (place, connection) in connections.into_iter().enumerate() {
            diary.write(asked("GET /pets", place as f64).by(connection));
        }
        diary
    }

    #[test]
    fn connections_are_used_again() {
        assert_eq!(one_after_the_other([1, 1, 1, 1]).outcomes("connections"), ["passed 1"]);
        assert_eq!(one_after_the_other([1, 2, 3, 4]).outcomes("connections"), ["failed 1 2 3 4"]);
        assert_eq!(one_after_the_other([1, 2]).outcome("connections"), "moot");
        assert_eq!(one_after_the_other([1, 2, 3]).expected("connections: { at_most: 2 }").0, "failed");
        assert_eq!(one_after_the_other([1, 2, 2]).expected("connections: { at_most: 2 }").0, "passed");
    }

    #[test]
    fn those_that_were_needed_do_not_count() {
        let mut diary = Diary::new();
        for connection in 0..5 {
            diary.write(asked("GET /pets", connection as f64 / 10.0).by(connection).over(Ending::Complete, 2.0));
        }
        assert_eq!(diary.outcome("connections"), "passed", "all at once");
        let mut diary = Diary::new();
        for connection in 0..5 {
            diary.write(
                asked("GET /pets", connection as f64).by(connection).over(Ending::Broken, connection as f64 + 0.1),
            );
        }
        assert_eq!(diary.outcome("connections"), "passed", "each broke");
    }

    #[test]
    fn those_that_we_closed_do_not_count() {
        let mut diary = Diary::new();
        for connection in 0..6 {
            diary.write(asked("GET /pets", connection as f64).by(connection).closing());
        }
        assert_eq!(diary.outcome("connections"), "passed");
    }

    #[test]
    fn those_that_rested_or_were_opened_together_do_not_count() {
        let mut diary = Diary::new();
        for connection in 0..5 {
            diary.write(asked("GET /pets", connection as f64 * 5.0).by(connection));
        }
        assert_eq!(diary.outcome("connections"), "passed", "rested");
        let mut diary = Diary::new();
        for connection in 0..8 {
            let at = connection as f64 / 1_000.0;
            diary.write(asked("GET /pets", at).by(connection).over(Ending::Complete, at + 0.0015));
        }
        assert_eq!(diary.outcome("connections"), "passed", "together");
        let mut diary = Diary::new();
        for connection in 0..8 {
            diary.write(asked("GET /pets", connection as f64 / 500.0).by(connection));
        }
        assert_eq!(diary.outcome("connections"), "failed", "one after the other");
    }
}
