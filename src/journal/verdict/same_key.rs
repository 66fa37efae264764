//! `same_key`: a retry had the idempotency key of its first try, and a new request a fresh one.
//!
//! A key that two requests have is wrong for sure. What looks like a try with another key may be a request of its own.

use std::collections::HashMap;

use super::tries::{Came, key_header};
use super::{Case, Finding, words};
use crate::contract::HIDDEN;

const ADVICE: &str = "Make the key where the request is made, outside of the loop that tries it again, and make another one for \
                      the next request.";

pub fn judge(case: &Case) -> Finding {
    let expected = "Each try of a request has the idempotency key of the first, and no other request has it.";
    let changed = changed(case);
    let shared = shared(case);
    let keyed: Vec<usize> = case.places().filter(|place| key(case, *place).is_some()).collect();
    let seen = match (changed.first(), shared.first()) {
        (Some((earlier, later)), _) => format!(
            "{} with another key than the first: #{} and #{} ({}).",
            words::count(changed.len(), "try"),
            case.entries[*earlier].number,
            case.entries[*later].number,
            words::request(&case.entries[*later]),
        ),
        (None, Some((earlier, later))) => format!(
            "{} with the key of another: #{} ({}) has that of #{} ({}).",
            words::count(shared.len(), "request"),
            case.entries[*later].number,
            words::request(&case.entries[*later]),
            case.entries[*earlier].number,
            words::request(&case.entries[*earlier]),
        ),
        (None, None) if keyed.is_empty() => return Finding::moot(expected, "No request had an idempotency key."),
        (None, None) => {
            let seen = format!("{} with a key, each with its own.", words::count(keyed.len(), "request"));
            return Finding::passed(expected, seen, keyed);
        }
    };
    let is_sure = !shared.is_empty();
    let shown_by = changed.into_iter().chain(shared).flat_map(|(earlier, later)| [earlier, later]).collect();
    let found = Finding::failed(expected, seen, ADVICE, shown_by);
    if is_sure { found } else { found.likely() }
}

fn key<'c>(case: &Case<'c>, place: usize) -> Option<&'c str> {
    case.entries[place].exchange.request_head().get(key_header(case.contract))
}

/// First tries, and later ones with another key or none.
fn changed(case: &Case) -> Vec<(usize, usize)> {
    let of_one = |series: &&[usize]| -> Vec<(usize, usize)> {
        let first = series[0];
        let had = key(case, first);
        let others = series[1..].iter().filter(|later| key(case, **later) != had);
        others.map(|later| (first, *later)).collect()
    };
    case.series().filter(|series| series.len() > 1).flat_map(|series| of_one(&series)).collect()
}

/// Requests that have the key of an earlier one and are not that one.
fn shared(case: &Case) -> Vec<(usize, usize)> {
    let mut owners: HashMap<(u64, &str), usize> = HashMap::new();
    let mut shared = Vec::new();
    for place in case.places() {
        let Some(key) = key(case, place).filter(|key| *key != HIDDEN) else { continue };
        let owner = owners.entry((case.entries[place].exchange.caller, key)).or_insert(place);
        // What was refused has used no key.
        if Came::of(&case.entries[*owner]) == Came::Final {
            *owner = place;
        }
        let owner = *owner;
        let [asked, first] = [place, owner].map(|place| {
            let exchange = &case.entries[place].exchange;
            let request = &exchange.request;
            (&request.method, exchange.target(), exchange.request_body(), request.length, request.print)
        });
        if asked != first {
            shared.push((owner, place));
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};

    /// Creations of a name with a key, and their answers.
    fn creations(all: &[(&str, &str, u16)]) -> Diary {
        let mut diary = Diary::new();
        for (place, (name, key, status)) in all.iter().enumerate() {
            let sent = asked("POST /pets", place as f64).answered(*status).body(name);
            diary.write(if key.is_empty() { sent } else { sent.with("idempotency-key", key) });
        }
        diary
    }

    #[test]
    fn a_key_belongs_to_one_request() {
        for (all, outcome) in [
            (&[("Bo", "a", 500), ("Bo", "a", 201), ("Ann", "b", 201)][..], "passed 1 2 3"),
            (&[("Bo", "a", 500), ("Bo", "b", 201)], "failed 1 2"),
            (&[("Bo", "a", 500), ("Bo", "", 201)], "failed 1 2"),
            (&[("Bo", "a", 201), ("Ann", "a", 422)], "failed 1 2"),
            (&[("Bo", "a", 201), ("Bo", "b", 201)], "passed 1 2"),
            (&[("Bo", "", 500), ("Bo", "", 201)], "moot"),
            (&[("", "a", 422), ("Bo", "a", 201)], "passed 1 2"),
        ] {
            assert_eq!(creations(all).outcomes("same_key"), [outcome], "{all:?}");
        }
    }

    #[test]
    fn two_callers_may_have_one_key() {
        let mut diary = Diary::new();
        diary.write(asked("POST /pets", 0.0).answered(201).body("Bo").with("idempotency-key", "a"));
        diary.write(asked("POST /pets", 1.0).answered(201).body("Ann").with("idempotency-key", "a").of(2));
        assert_eq!(diary.outcome("same_key"), "passed");
    }

    #[test]
    fn alike_requests_at_once_keep_their_keys_apart() {
        let mut diary = Diary::new();
        for (at, key, status) in [(0.0, "a", 500), (0.0005, "b", 500), (1.0, "b", 201), (1.1, "a", 201)] {
            diary.write(asked("POST /pets", at).answered(status).body("Bo").with("idempotency-key", key));
        }
        assert_eq!(diary.outcome("same_key"), "passed");
    }
}
