//! `known_only`: it sent nothing that the contract does not know: no path, no method, no parameter, no member of a body.

use super::{Case, Finding, words};
use crate::journal::Entry;

const ADVICE: &str = "Look the name up in the contract. Servers let pass what they do not know, and so a filter that is misspelt \
                      filters nothing.";

pub fn judge(case: &Case) -> Finding {
    let expected = "Every path, method, parameter and member that is sent is one of the contract's.";
    let all: Vec<usize> = case.places().collect();
    let strange: Vec<usize> = all.iter().copied().filter(|place| stranger(&case.entries[*place]).is_some()).collect();
    if all.is_empty() {
        return Finding::moot(expected, "Nothing was sent.");
    }
    let Some(first) = strange.first().map(|place| &case.entries[*place]) else {
        return Finding::passed(expected, format!("{}, all known.", words::count(all.len(), "request")), Vec::new());
    };
    let seen = format!(
        "{} with something unknown: {} in #{} ({}).",
        words::count(strange.len(), "request"),
        stranger(first).unwrap_or_default(),
        first.number,
        words::request(first),
    );
    Finding::failed(expected, seen, ADVICE, strange)
}

/// What of a request the contract does not know.
fn stranger(entry: &Entry) -> Option<String> {
    let exchange = &entry.exchange;
    let refused = exchange.answer.status.as_u16();
    if exchange.operation().is_none() && matches!(refused, 404 | 405) {
        return Some(if refused == 404 { "the path" } else { "the method" }.to_owned());
    }
    let breach = exchange.breaches.iter().find(|breach| breach.code == "unknown")?;
    Some(format!("{} {}", breach.place.kind(), breach.place.name()))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};

    #[test]
    fn what_the_contract_does_not_know_is_told() {
        let mut diary = Diary::new();
        assert_eq!(diary.outcome("known_only"), "moot");
        diary.write(asked("GET /pets?kind=cat", 0.0));
        diary.write(asked("GET /pets/none", 1.0).answered(404));
        diary.write(asked("OPTIONS /pets", 2.0).answered(204));
        assert_eq!(diary.outcome("known_only"), "passed");
        diary.write(asked("GET /pets?knid=cat", 3.0));
        let judged = diary.judged("known_only");
        assert!(judged.seen.contains("query knid in #4"), "{}", judged.seen);
        diary.write(asked("GET /cats", 4.0).answered(404));
        diary.write(asked("PUT /pets", 5.0).answered(405));
        assert_eq!(diary.outcomes("known_only"), ["failed 4 5 6"]);
        assert_eq!(diary.expected("known_only: { operation: getPet }").0, "passed");
    }
}
