//! `poll_rate`: it did not ask again faster than the answer can change.
//!
//! How fast that is, is what the contract says of the operation's cache, or a second, or what the file says. Tries of what failed
//! for now are not polled: `waited` and `backed_off` speak of them. The lane's time counts too, for tests that move its clock.

use std::collections::HashMap;
use std::time::Duration;

use super::tries::Came;
use super::{Case, Finding, words};
use crate::scenario::Amount;

/// Where nothing is said.
const USUAL: Duration = Duration::from_secs(1);

/// A timer may go off a little early.
const EARLY: Duration = Duration::from_millis(50);

const ADVICE: &str = "Wait between two looks at the same thing for as long as the documentation says that answers are kept, and \
                      longer where nothing has changed.";

pub fn judge(case: &Case) -> Finding {
    let bound = case.bounds.at_least.and_then(Amount::time);
    let most = case.bounds.at_most.and_then(Amount::count);
    let mut expected = "The same thing is not asked for again before its answer can be another one".to_owned();
    if let Some(most) = most {
        expected.push_str(&format!(", and {} at most", words::count(most as usize, "time")));
    }
    expected.push('.');
    let mut last: HashMap<usize, (usize, u64)> = HashMap::new();
    let (mut polls, mut hasty, mut many) = (Vec::new(), Vec::new(), Vec::new());
    for place in case.places() {
        let (before, count) = last.get(&case.tries.kind(place)).copied().unzip();
        let earlier = before.filter(|earlier| is_poll(case, *earlier, place));
        // The first look, and each that came after an answer.
        let count = count.map_or(1, |count| count + u64::from(earlier.is_some()));
        last.insert(case.tries.kind(place), (place, count));
        let Some(earlier) = earlier else { continue };
        polls.push(place);
        if interval(case, earlier, place) + EARLY < bound.unwrap_or_else(|| cache(case, place)) {
            hasty.push((earlier, place));
        }
        if most.is_some_and(|most| count > most) {
            many.push(place);
        }
    }
    if polls.is_empty() {
        return Finding::moot(expected, "Nothing was asked for twice.");
    }
    let Some((earlier, later)) = hasty.first().copied() else {
        let seen = format!("{} came again, none too soon", words::count(polls.len(), "request"));
        return match many.is_empty() {
            true => Finding::passed(expected, format!("{seen}."), polls),
            false => Finding::failed(expected, format!("{seen}, but too often."), ADVICE, many),
        };
    };
    let entry = &case.entries[later];
    let seen = format!(
        "{} of {} came too soon: #{} ({}) {} after the one before, and not {}.",
        hasty.len(),
        words::count(polls.len(), "repeated request"),
        entry.number,
        words::request(entry),
        words::time(entry.at.saturating_sub(case.entries[earlier].at)),
        words::time(bound.unwrap_or_else(|| cache(case, later))),
    );
    Finding::failed(expected, seen, ADVICE, hasty.into_iter().map(|(_, later)| later).collect())
}

/// One after the other, and the first was answered.
fn is_poll(case: &Case, earlier: usize, later: usize) -> bool {
    let earlier = &case.entries[earlier];
    matches!(Came::of(earlier), Came::Good | Came::Final)
        && earlier.over().is_some_and(|over| over <= case.entries[later].at)
}

fn interval(case: &Case, earlier: usize, later: usize) -> Duration {
    let [earlier, later] = [earlier, later].map(|place| &case.entries[place]);
    let in_lane = later.exchange.now.duration_since(earlier.exchange.now);
    later.at.saturating_sub(earlier.at).max(Duration::try_from(in_lane).unwrap_or_default())
}

/// How long an answer may lie behind.
fn cache(case: &Case, place: usize) -> Duration {
    let deed = case.operations[place].and_then(|operation| operation.deed.as_ref());
    let cache = deed.map_or(0, |deed| deed.cache);
    if cache == 0 { USUAL } else { Duration::from_secs(u64::from(cache)) }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};
    use crate::ending::Ending;

    fn looks(status: u16, apart: f64) -> Diary {
        let mut diary = Diary::new();
        for place in 0..4 {
            diary.write(asked("GET /pets/a", f64::from(place) * apart).answered(status));
        }
        diary
    }

    #[test]
    fn looks_are_apart() {
        assert_eq!(looks(200, 1.0).outcomes("poll_rate"), ["passed 2 3 4"]);
        assert_eq!(looks(404, 0.2).outcomes("poll_rate"), ["failed 2 3 4"]);
        assert_eq!(looks(503, 0.2).outcomes("poll_rate"), ["moot"], "those are retries");
        assert_eq!(looks(200, 2.0).expected("poll_rate: { at_least: 3s }").0, "failed");
        assert_eq!(looks(200, 0.5).expected("poll_rate: { at_least: 400ms }").0, "passed");
        assert_eq!(looks(200, 2.0).expected("poll_rate: { at_most: 3 }").0, "failed");
    }

    #[test]
    fn a_clock_that_is_moved_counts() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets/a", 0.0));
        diary.write(asked("GET /pets/a", 0.1).lane_time(60));
        assert_eq!(diary.outcome("poll_rate"), "passed");
        diary.write(asked("GET /pets/a", 0.2).lane_time(60));
        assert_eq!(diary.outcomes("poll_rate"), ["failed 3"], "it stands still");
    }

    #[test]
    fn retries_and_those_at_once_are_no_looks() {
        let line = "poll_rate: { at_most: 3 }";
        let mut diary = Diary::new();
        for (place, status) in [503, 503, 503, 200, 200].into_iter().enumerate() {
            diary.write(asked("GET /pets/a", place as f64 * 2.0).answered(status));
        }
        assert_eq!(diary.expected(line).0, "passed");
        for connection in 0..4 {
            diary.write(asked("GET /pets/a", 12.0).by(connection).over(Ending::Complete, 13.0));
        }
        assert_eq!(diary.expected(line).0, "passed");
        diary.write(asked("GET /pets/a", 20.0));
        assert_eq!(diary.expected(line).0, "failed");
    }

    #[test]
    fn two_at_once_are_no_polling() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets/a", 0.0).over(Ending::Complete, 1.0));
        diary.write(asked("GET /pets/a", 0.5).by(2));
        assert_eq!(diary.outcome("poll_rate"), "moot");
    }
}
