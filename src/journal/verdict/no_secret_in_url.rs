//! `no_secret_in_url`: it sent no secret in an address, where logs, histories and proxies keep it.
//!
//! Keys in a query are masked before an entry is written, and so found by the mask. A parameter that the contract itself
//! declares is not the client's doing.

use percent_encoding::percent_decode_str;

use super::{Case, Finding, words};
use crate::contract::{Contract, HIDDEN, Location, Operation, Scheme};
use crate::journal::Entry;

const ADVICE: &str = "Send keys in a header, and take those back that were in an address already.";

pub fn judge(case: &Case) -> Finding {
    let expected = "No key is part of an address.";
    let all: Vec<usize> = case.places().collect();
    let secret = |place: usize| secret(&case.entries[place], case.operations[place], case.contract);
    let leaks: Vec<usize> = all.iter().copied().filter(|place| secret(*place).is_some()).collect();
    if all.is_empty() {
        return Finding::moot(expected, "Nothing was sent.");
    }
    let Some(first) = leaks.first() else {
        return Finding::passed(
            expected,
            format!("{}, none with a key.", words::count(all.len(), "address")),
            Vec::new(),
        );
    };
    let seen = format!(
        "{} with a key in it: \"{}\" in #{} ({}).",
        words::count(leaks.len(), "address"),
        secret(*first).unwrap_or_default(),
        case.entries[*first].number,
        words::request(&case.entries[*first]),
    );
    Finding::failed(expected, seen, ADVICE, leaks)
}

/// The name of the parameter that holds one.
fn secret(entry: &Entry, operation: Option<&Operation>, contract: &Contract) -> Option<String> {
    let (_, query) = entry.exchange.target().split_once('?')?;
    let declares = |name: &str| {
        let parameters = operation.map(|operation| &*operation.parameters).unwrap_or_default();
        let is_scheme =
            |scheme: &Scheme| matches!(scheme, Scheme::Key { location: Location::Query, name: key } if key == name);
        parameters.iter().any(|parameter| parameter.location == Location::Query && parameter.name == name)
            || contract.schemes.values().any(is_scheme)
    };
    // A key that everybody may show is written down as it came, and hidden when it is told.
    let is_key = |value: &str| {
        let text = percent_decode_str(value).decode_utf8_lossy();
        value == HIDDEN || !text.contains(HIDDEN) && entry.exchange.secret.hide(&text).contains(HIDDEN)
    };
    let hidden = query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(_, value)| is_key(value));
    let mut names = hidden.map(|(name, _)| percent_decode_str(name).decode_utf8_lossy().into_owned());
    names.find(|name| !declares(name))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};

    #[test]
    fn a_key_in_an_address_is_told_and_a_declared_one_is_not() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets?kind=cat", 0.0));
        diary.write(asked("GET /pets?kind=***", 1.0));
        assert_eq!(diary.outcome("no_secret_in_url"), "passed");
        diary.write(asked("GET /pets?api%5Fkey=***", 2.0));
        assert_eq!(diary.outcomes("no_secret_in_url"), ["failed 3"]);
        assert!(diary.judged("no_secret_in_url").seen.contains("\"api_key\""));
    }
    #[test]
    fn a_key_that_everybody_may_show_is_found_however_it_is_spelt() {
        for (target, outcome) in [
            ("GET /pets?token=sk%5Flive_abc", "failed 1"),
            ("GET /pets?token=Bearer%20sk_live_abc", "failed 1"),
            ("GET /pets?kind=sk_live_abc", "passed"),
            ("GET /pets?token=sk_other", "passed"),
        ] {
            let mut diary = Diary::new();
            diary.write(asked(target, 0.0).knowing("sk_live_abc"));
            assert_eq!(diary.outcomes("no_secret_in_url").concat(), outcome, "{target}");
        }
    }
}
