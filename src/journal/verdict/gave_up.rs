//! `gave_up`: it stopped after a sane number of tries, or of looks at what does not change.

use std::time::Duration;

use super::tries::Came;
use super::{Case, Finding, looks, words};
use crate::scenario::Amount;

/// So many tries of one request are sane, where the file does not say how many.
const SANE: u64 = 10;
/// And so many looks in a row at what stays as it is.
const SANE_LOOKS: u64 = 30;

const ADVICE: &str = "Bound the tries by number and by time. Where there are more of them than the code says, a library below \
                      tries again by itself, and the two numbers multiply.";
const ADVICE_LOOKS: &str = "Bound the time for which you wait for something to change, and tell whoever asked for it.";

pub fn judge(case: &Case) -> Finding {
    let bounds = Bound::of(case);
    let expected = bounds.expected();
    let failing: Vec<&[usize]> = case.series().filter(|series| fails(case, series)).collect();
    let looks = looks::in_vain(case);
    let over = failing.iter().copied().filter(|series| bounds.is_passed(case, series, bounds.tries));
    if let Some(first) = over.max_by_key(|series| series.len()) {
        let seen = format!(
            "{} was tried {} in {}, and failed each time but perhaps the last.",
            words::request(&case.entries[first[0]]),
            words::count(first.len(), "time"),
            words::time(lasted(case, first)),
        );
        return Finding::failed(expected, seen, ADVICE, first.to_vec());
    }
    let over = looks.iter().filter(|looks| bounds.is_passed(case, looks, bounds.looks));
    if let Some(first) = over.max_by_key(|looks| looks.len()) {
        let seen = format!(
            "{} was looked at {} in {}, and nothing had changed.",
            words::request(&case.entries[first[0]]),
            words::count(first.len(), "time"),
            words::time(lasted(case, first)),
        );
        return Finding::failed(expected, seen, ADVICE_LOOKS, first.clone());
    }
    let tries = failing.iter().max_by_key(|series| series.len());
    let most_looks = looks.iter().max_by_key(|looks| looks.len());
    match (tries, most_looks) {
        (None, None) => Finding::moot(expected, "Nothing failed, and nothing was looked at again in vain."),
        (Some(worst), _) => {
            let seen = format!("No request was tried more than {}.", words::count(worst.len(), "time"));
            Finding::passed(expected, seen, worst.to_vec())
        }
        (None, Some(most)) => {
            let seen = format!("Nothing was looked at more than {} in vain.", words::count(most.len(), "time"));
            Finding::passed(expected, seen, most.clone())
        }
    }
}

/// When a client should have given up.
struct Bound {
    tries: Option<u64>,
    looks: Option<u64>,
    longest: Option<Duration>,
}

impl Bound {
    fn of(case: &Case) -> Bound {
        let bounds = [case.bounds.at_most, case.bounds.after];
        let most = bounds.into_iter().flatten().find_map(Amount::count);
        let longest = bounds.into_iter().flatten().find_map(Amount::time).or(case.bounds.within);
        let or = |sane: u64| most.or(longest.is_none().then_some(sane));
        // Waiting for something takes more looks than anything takes tries.
        Bound { tries: or(SANE), looks: or(SANE_LOOKS).map(|looks| looks.max(SANE_LOOKS)), longest }
    }

    fn is_passed(&self, case: &Case, places: &[usize], most: Option<u64>) -> bool {
        most.is_some_and(|most| places.len() as u64 > most)
            || self.longest.is_some_and(|longest| lasted(case, places) > longest)
    }

    fn expected(&self) -> String {
        let within = self.longest.map(|longest| format!("within {}", words::time(longest)));
        let after = |most: Option<u64>, one: &str| {
            let most = most.map(|most| format!("after {} at most", words::count(most as usize, one)));
            let bounds: Vec<String> = most.into_iter().chain(within.clone()).collect();
            bounds.join(" and ")
        };
        format!(
            "A request that goes on failing is given up {}, and so is one that goes on finding nothing new, {}.",
            after(self.tries, "try"),
            after(self.looks, "look")
        )
    }
}

/// Whether the first try did not succeed.
fn fails(case: &Case, series: &[usize]) -> bool {
    series.first().is_some_and(|first| !matches!(Came::of(&case.entries[*first]), Came::Good | Came::Open))
}

fn lasted(case: &Case, series: &[usize]) -> Duration {
    match series {
        [first, .., last] => case.entries[*last].at.saturating_sub(case.entries[*first].at),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};

    fn tries(count: usize, apart: f64) -> Diary {
        let mut diary = Diary::new();
        for place in 0..count {
            diary.write(asked("GET /pets", place as f64 * apart).answered(500));
        }
        diary
    }

    #[test]
    fn tries_are_bounded() {
        assert_eq!(tries(10, 1.0).outcome("gave_up"), "passed");
        assert_eq!(tries(11, 1.0).outcome("gave_up"), "failed");
        assert_eq!(tries(4, 1.0).expected("gave_up: { at_most: 3 }").0, "failed");
        assert_eq!(tries(4, 1.0).expected("gave_up: { at_most: 5s }").0, "passed");
        assert_eq!(tries(4, 2.0).expected("gave_up: { within: 5s }").0, "failed");
    }

    #[test]
    fn those_of_others_do_not_count() {
        let mut diary = Diary::new();
        for caller in 0..12 {
            diary.write(asked("GET /pets", caller as f64).answered(500).of(caller));
        }
        assert_eq!(diary.outcome("gave_up"), "passed");
        assert_eq!(tries(12, 1.0).expected("gave_up: { operation: getPet }").0, "moot");
    }

    /// Looks at a pet that stays as it is, each answer with an id and a moment of its own.
    fn looks(count: usize) -> Diary {
        let mut diary = Diary::new();
        for place in 0..count {
            let body = format!(r#"{{"state":"asleep","at":"2025-01-15T12:00:{:02}Z"}}"#, place % 60);
            diary.write(asked("GET /pets/a", place as f64).saying(&body));
        }
        diary
    }

    #[test]
    fn looks_that_find_nothing_new_come_to_an_end() {
        assert_eq!(looks(30).outcome("gave_up"), "passed");
        let judged = looks(31).judged("gave_up");
        assert_eq!(judged.outcome.name(), "failed");
        assert_eq!(judged.seen, "GET /pets/a was looked at 31 times in 30 s, and nothing had changed.");
        assert_eq!(looks(31).expected("gave_up: { at_most: 3 }").0, "failed");
        assert_eq!(looks(31).expected("gave_up: { at_most: 40 }").0, "passed");
        assert_eq!(looks(12).expected("gave_up: { within: 10s }").0, "failed");
        assert_eq!(looks(1).outcome("gave_up"), "moot");
    }
}
