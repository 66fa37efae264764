//! Where keys travel, so that nobody is shown one: in the log, in what is said of a lane, in a refusal.

use std::borrow::Cow;

use http::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION, SET_COOKIE};

use super::operation::Scheme;
use super::{Contract, Location};
use crate::signature::PARAMETER;

/// Stands in the place of what may not be shown.
pub const HIDDEN: &str = "***";

/// Ours opens `/_mock/`, and may be sent along everywhere.
const ADMIN: HeaderName = HeaderName::from_static("x-mock-token");
/// Names under which keys travel whether a contract says so or not. What is signed is a key to one thing.
const USUAL: [&str; 7] = ["api_key", "apikey", "api-key", "access_token", "client_secret", "password", PARAMETER];

/// Where the callers' keys are.
#[derive(Debug)]
pub struct KeyPlaces {
    pub query: Vec<String>,
    pub headers: HeaderNames,
}

/// Names of headers that each header of every message is looked up among. Nearly none is one of them, and is told apart by
/// its length and its first letter.
#[derive(Debug)]
pub struct HeaderNames {
    names: Vec<HeaderName>,
    /// A bit for each name.
    bits: u64,
}

impl HeaderNames {
    pub fn contains(&self, name: &HeaderName) -> bool {
        self.bits & bit(name) != 0 && self.names.contains(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &HeaderName> {
        self.names.iter()
    }
}

impl FromIterator<HeaderName> for HeaderNames {
    fn from_iter<I: IntoIterator<Item = HeaderName>>(names: I) -> HeaderNames {
        let names: Vec<HeaderName> = names.into_iter().collect();
        let bits = names.iter().map(bit).fold(0, |all, one| all | one);
        HeaderNames { names, bits }
    }
}

fn bit(name: &HeaderName) -> u64 {
    let text = name.as_str().as_bytes();
    let first = text.first().copied().map_or(0, usize::from);
    1 << ((text.len() + 7 * first) % 64)
}

impl KeyPlaces {
    pub fn of(contract: &Contract) -> KeyPlaces {
        let key = |scheme: &Scheme| match scheme {
            Scheme::Key { location, name } => Some((*location, name.clone())),
            _ => None,
        };
        let keys = || contract.schemes.values().filter_map(key);
        let named = |wanted| keys().filter(move |(location, _)| *location == wanted).map(|(_, name)| name);
        let declared = named(Location::Header).filter_map(|name| name.parse().ok());
        let everywhere = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE, ADMIN];
        KeyPlaces { query: named(Location::Query).collect(), headers: everywhere.into_iter().chain(declared).collect() }
    }

    /// Whether the contract expects a key under this name in the query.
    pub fn expects(&self, name: &str) -> bool {
        self.query.iter().any(|known| known == name)
    }

    /// Whether a key travels in this header.
    pub fn in_header(&self, name: &HeaderName) -> bool {
        self.headers.contains(name)
    }

    /// Whether a key travels under this name in the query.
    pub fn in_query(&self, name: &str) -> bool {
        self.expects(name) || is_usual(name)
    }
}

/// Whether this is a name of keys everywhere.
pub fn is_usual(name: &str) -> bool {
    USUAL.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// A text without the signatures of the addresses in it: each is a key to one thing.
pub fn unsigned(text: &str) -> Cow<'_, str> {
    if !text.contains('=') {
        return Cow::Borrowed(text);
    }
    let opening = format!("{PARAMETER}=");
    if !text.contains(&opening) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(&opening);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        // What was hidden before stays so.
        masked.extend([&opening, HIDDEN, rest.strip_prefix(HIDDEN).unwrap_or(rest)]);
    }
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_travel_where_the_contract_says_and_where_they_always_do() {
        let places = KeyPlaces { query: vec!["sesame".to_owned()], headers: HeaderNames::from_iter([AUTHORIZATION]) };
        assert!(places.in_query("sesame") && places.in_query("API_KEY") && !places.in_query("page"));
        assert!(places.expects("sesame") && !places.expects("api_key"));
        assert!(places.in_header(&AUTHORIZATION) && !places.in_header(&http::header::ACCEPT));
    }

    #[test]
    fn a_signed_address_is_shown_without_what_makes_it_good() {
        let text = r#"{"url":"http://a/b.mp3?lane=a&signature=0f1e2d","also":"signature=9a8b&x"} signature="#;
        let shown = r#"{"url":"http://a/b.mp3?lane=a&signature=***","also":"signature=***&x"} signature=***"#;
        assert_eq!(unsigned(text), shown);
        assert_eq!(unsigned(shown), shown);
        assert_eq!(unsigned("nothing to hide"), "nothing to hide");
    }
}
