//! `fresh_url`: it fetched a fresh address for one that had expired, instead of hammering it.
//!
//! An address is one that expires if its query says so or is signed; 401, 403 and 410 say that it has. A fresh one leads to the
//! same path with another query.

use std::collections::HashMap;

use super::tries::MASK;
use super::{Case, Finding, words};
use crate::journal::Entry;

/// Names of what makes an address expire begin or end with one of these.
const SIGNS: [&str; 4] = ["expires", "signature", "sig", "token"];

const ADVICE: &str = "Take a refusal of such an address to mean that it is too old: ask for the record again and use the address that \
                      it has now.";

pub fn judge(case: &Case) -> Finding {
    let expected = "An address that was refused is not used again: a fresh one is fetched.";
    let mut later: HashMap<(u64, &str), usize> = HashMap::new();
    let (mut refused, mut again, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let places: Vec<usize> = case.places().collect();
    for place in places.into_iter().rev() {
        let entry = &case.entries[place];
        let Some((path, query)) = entry.exchange.target().split_once('?') else { continue };
        let next = later.insert((entry.exchange.caller, path), place);
        if !is_refused(entry) || !expires(query) {
            continue;
        }
        refused.push(place);
        match next {
            None => left.push(place),
            Some(next) if case.tries.kind(next) == case.tries.kind(place) => again.push(next),
            Some(_) => {}
        }
    }
    for list in [&mut refused, &mut again, &mut left] {
        list.reverse();
    }
    let told = |place: &usize| {
        let entry = &case.entries[*place];
        format!("#{} ({})", entry.number, words::request(entry))
    };
    match (again.first(), left.first()) {
        _ if refused.is_empty() => Finding::moot(expected, "No address was refused for its age."),
        (Some(first), _) => {
            let seen = format!(
                "{} with an address that had been refused: {}.",
                words::count(again.len(), "request"),
                told(first)
            );
            Finding::failed(expected, seen, ADVICE, again)
        }
        (None, Some(first)) => {
            let seen = format!("After {} was refused, no fresh address was used.", told(first));
            Finding::failed(expected, seen, ADVICE, left)
        }
        (None, None) => {
            let seen =
                format!("{}, and a fresh one was used each time.", words::count(refused.len(), "refused address"));
            Finding::passed(expected, seen, refused)
        }
    }
}

fn is_refused(entry: &Entry) -> bool {
    matches!(entry.exchange.answer.status.as_u16(), 401 | 403 | 410)
}

fn expires(query: &str) -> bool {
    query.split('&').filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        value == MASK || SIGNS.iter().any(|sign| name.starts_with(sign) || name.ends_with(sign))
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};

    fn downloads(all: &[(&'static str, u16)]) -> Diary {
        let mut diary = Diary::new();
        for (place, (line, status)) in all.iter().enumerate() {
            diary.write(asked(line, place as f64).answered(*status));
        }
        diary
    }

    #[test]
    fn an_address_that_expired_is_fetched_anew() {
        const OLD: &str = "GET /pets/a?expires=1&signature=***";
        const NEW: &str = "GET /pets/a?expires=2&signature=***";
        for (all, outcome) in [
            (&[(OLD, 403), ("GET /pets/a", 200), (NEW, 200)][..], "passed 1"),
            (&[(OLD, 403), (NEW, 403), ("GET /pets/a?expires=3&signature=***", 200)], "passed 1 2"),
            (&[(OLD, 403), (OLD, 403), (NEW, 200)], "failed 2"),
            (&[(OLD, 403), ("GET /pets/a", 200)], "failed 1"),
            (&[(OLD, 200), ("GET /pets/a?kind=cat", 403)], "moot"),
        ] {
            assert_eq!(downloads(all).outcomes("fresh_url"), [outcome], "{all:?}");
        }
    }
}
