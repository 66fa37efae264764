//! `fresh_url`: it fetched a fresh address for one that had expired, instead of hammering it.
//!
//! An address is one that expires if its query says so or is signed; 401, 403 and 410 say that it has. A fresh one leads to the
//! same path with another query.

use std::collections::HashMap;
use std::time::Duration;

use super::{Case, Finding, address, words};

/// By so much two who know nothing of each other may be apart.
const AT_THAT_MOMENT: Duration = Duration::from_millis(50);

const ADVICE: &str = "Take a refusal of such an address to mean that it is too old: ask for the record again and use the address that \
                      it has now.";

pub fn judge(case: &Case) -> Finding {
    let expected = "An address that was refused is not used again: a fresh one is fetched.";
    let mut all: HashMap<(u64, &str), Vec<usize>> = HashMap::new();
    for place in case.places() {
        let entry = &case.entries[place];
        if let Some((path, _)) = entry.exchange.target().split_once('?') {
            all.entry((entry.exchange.caller, path)).or_default().push(place);
        }
    }
    let (mut refused, mut again, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for alike in all.values() {
        for (nth, place) in alike.iter().enumerate().filter(|(_, place)| is_refused(case, **place)) {
            refused.push(*place);
            let entry = &case.entries[*place];
            let over = entry.over().unwrap_or_default();
            // What was under way by then could not know of it, and neither could another who sent it at that moment.
            let later = alike.partition_point(|later| case.entries[*later].at < over).max(nth + 1);
            let knew = |later: &&usize| {
                let later = &case.entries[**later];
                later.exchange.connection == entry.exchange.connection || later.at >= over + AT_THAT_MOMENT
            };
            match alike[later..].iter().find(knew) {
                Some(next) if is_same(case, *next, *place) => again.push(*next),
                Some(_) => {}
                None if alike[nth + 1..].iter().any(|later| !is_same(case, *later, *place)) => {}
                None => left.push(*place),
            }
        }
    }
    for list in [&mut refused, &mut again, &mut left] {
        list.sort_unstable();
        list.dedup();
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

fn is_refused(case: &Case, place: usize) -> bool {
    let exchange = &case.entries[place].exchange;
    let query = exchange.target().split_once('?').map_or("", |(_, query)| query);
    matches!(exchange.answer.status.as_u16(), 401 | 403 | 410) && address::expires(query)
}

/// Whether two have the same address, signature and all.
fn is_same(case: &Case, one: usize, other: usize) -> bool {
    let [one, other] = [one, other].map(|place| &case.entries[place].exchange);
    one.target() == other.target() && one.request.print == other.request.print
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

    const OLD: &str = "GET /pets/a?expires=1&signature=***";
    const NEW: &str = "GET /pets/a?expires=2&signature=***";

    /// Each with when it came, when it was answered, and how.
    fn at_once(all: &[(&'static str, f64, f64, u16)]) -> [String; 1] {
        let mut diary = Diary::new();
        for (place, (line, at, over, status)) in all.iter().enumerate() {
            let sent = asked(line, *at).by(place as u64).answered(*status);
            diary.write(sent.over(crate::ending::Ending::Complete, *over));
        }
        diary.outcomes("fresh_url")
    }

    #[test]
    fn what_was_under_way_could_not_know() {
        for (all, outcome) in [
            (&[(OLD, 0.0, 1.0, 403), (OLD, 0.5, 1.5, 403), (NEW, 2.0, 2.1, 200)][..], "passed 1 2"),
            (&[(OLD, 0.0, 1.0, 403), (OLD, 0.5, 2.5, 403), (NEW, 2.0, 2.1, 200)], "passed 1 2"),
            (&[(OLD, 0.0, 1.0, 403), (OLD, 0.5, 1.5, 403), (OLD, 2.0, 2.1, 403), (NEW, 3.0, 3.1, 200)], "failed 3"),
            (&[(OLD, 0.0, 1.0, 403), (OLD, 0.5, 1.5, 403)], "failed 1 2"),
        ] {
            assert_eq!(at_once(all), [outcome], "{all:?}");
        }
    }

    #[test]
    fn a_token_for_a_page_is_no_signature() {
        assert_eq!(downloads(&[("GET /pets?page_token=a", 403)]).outcomes("fresh_url"), ["moot"]);
    }
}
