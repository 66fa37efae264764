//! `gave_up`: it stopped after a sane number of tries.

use std::time::Duration;

use super::tries::Came;
use super::{Case, Finding, words};
use crate::scenario::Amount;

/// So many tries of one request are sane, where the file does not say how many.
const SANE: u64 = 10;

const ADVICE: &str = "Bound the tries by number and by time. Where there are more of them than the code says, a library below \
                      tries again by itself, and the two numbers multiply.";

pub fn judge(case: &Case) -> Finding {
    let bounds = case.bounds;
    let most = [bounds.exactly, bounds.at_most, bounds.after].into_iter().flatten().find_map(Amount::count);
    let longest = [bounds.at_most, bounds.after].into_iter().flatten().find_map(Amount::time).or(bounds.within);
    let most = most.or(longest.is_none().then_some(SANE));
    let expected = expected(most, longest);
    let failing: Vec<&[usize]> = case.series().filter(|series| fails(case, series)).collect();
    let Some(worst) = failing.iter().max_by_key(|series| series.len()) else {
        return Finding::moot(expected, "Nothing failed.");
    };
    let over: Vec<&[usize]> = failing
        .iter()
        .copied()
        .filter(|series| {
            most.is_some_and(|most| series.len() as u64 > most)
                || longest.is_some_and(|longest| lasted(case, series) > longest)
        })
        .collect();
    let Some(first) = over.iter().max_by_key(|series| series.len()) else {
        let seen = format!("No request was tried more than {}.", words::count(worst.len(), "time"));
        return Finding::passed(expected, seen, worst.to_vec());
    };
    let seen = format!(
        "{} was tried {} in {}, and failed each time but perhaps the last.",
        words::request(&case.entries[first[0]]),
        words::count(first.len(), "time"),
        words::time(lasted(case, first)),
    );
    Finding::failed(expected, seen, ADVICE, first.to_vec())
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

fn expected(most: Option<u64>, longest: Option<Duration>) -> String {
    let most = most.map(|most| format!("after {} at most", words::count(most as usize, "try")));
    let longest = longest.map(|longest| format!("within {}", words::time(longest)));
    let bounds: Vec<String> = [most, longest].into_iter().flatten().collect();
    format!("A request that goes on failing is given up {}.", bounds.join(" and "))
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
}
