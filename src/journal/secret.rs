//! What is taken out of texts before anybody reads them: keys, wherever they turn up again, and signatures.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::contract::{HIDDEN, unsigned};

/// What is shorter is found in many a word that is no key.
const SHORTEST: usize = 6;
/// A longer one is looked for by its beginning: the standard library finds what fits two registers at many times the speed.
const FAST: usize = 32;

/// In a longer text each key is found sooner by the standard library.
const LONG: usize = 1 << 10;

/// Keys that everybody may show, whose texts are looked for in everything that is told.
pub struct Mask {
    keys: Vec<String>,
    /// Whether one begins with a byte.
    begins: [bool; 256],
}

/// What must not be told of one exchange.
#[derive(Clone, Default)]
pub struct Secret {
    pub known: Arc<Mask>,
    /// What the client showed and nobody knows.
    pub shown: Vec<String>,
}

impl Mask {
    pub fn of(keys: impl IntoIterator<Item = String>) -> Mask {
        let mut keys: Vec<String> = keys.into_iter().filter(|key| key.len() >= SHORTEST).collect();
        // One that another begins with must not leave the rest of that one behind.
        keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
        let mut begins = [false; 256];
        for byte in keys.iter().filter_map(|key| key.bytes().next()) {
            begins[usize::from(byte)] = true;
        }
        Mask { keys, begins }
    }

    /// Those that may stand in a text. A short one, such as every line of the log is made of, is read once for all of them.
    fn within(&self, text: &str) -> &[String] {
        let bytes = text.as_bytes();
        let one_at = |at: usize| self.keys.iter().any(|key| bytes[at..].starts_with(key.as_bytes()));
        let is_there = || (0..bytes.len()).any(|at| self.begins[usize::from(bytes[at])] && one_at(at));
        if bytes.len() > LONG || is_there() { &self.keys } else { &[] }
    }
}

impl Default for Mask {
    fn default() -> Mask {
        Mask::of([])
    }
}

impl Secret {
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        without(unsigned(text), self.shown.iter().chain(self.known.within(text)))
    }

    /// In the texts among bytes that may be none.
    pub fn hide_among(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        piecewise(bytes, |text| self.hide(text))
    }

    /// In every text of a value.
    pub fn hide_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(hidden) = self.hide(text) {
                    *text = hidden;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.hide_in(member)),
            _ => {}
        }
    }
}

/// The same without these keys; none where there is none of them.
pub fn erased(bytes: &[u8], keys: &[String]) -> Option<Vec<u8>> {
    if keys.is_empty() {
        return None;
    }
    piecewise(bytes, |text| without(Cow::Borrowed(text), keys))
}

/// The same with each piece of text in it changed; none where nothing is. No key stands on both sides of what is no text.
fn piecewise<'b>(bytes: &'b [u8], change: impl Fn(&'b str) -> Cow<'b, str>) -> Option<Vec<u8>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return match change(text) {
            Cow::Owned(text) => Some(text.into_bytes()),
            Cow::Borrowed(_) => None,
        };
    }
    let (mut whole, mut is_changed) = (Vec::with_capacity(bytes.len()), false);
    for chunk in bytes.utf8_chunks() {
        let text = change(chunk.valid());
        is_changed |= matches!(text, Cow::Owned(_));
        whole.extend_from_slice(text.as_bytes());
        whole.extend_from_slice(chunk.invalid());
    }
    is_changed.then_some(whole)
}

fn without<'t, 'k>(text: Cow<'t, str>, keys: impl IntoIterator<Item = &'k String>) -> Cow<'t, str> {
    let is_there = |text: &str, key: &str| {
        let beginning = key.char_indices().nth(FAST).map_or(key, |(end, _)| &key[..end]);
        key.len() >= SHORTEST && text.contains(beginning) && text.contains(key)
    };
    keys.into_iter().fold(text, |text, key| match is_there(&text, key) {
        true => Cow::Owned(text.replace(key.as_str(), HIDDEN)),
        false => text,
    })
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.keys.len())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HIDDEN}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_hidden_wherever_they_turn_up() {
        let known = Arc::new(Mask::of(["sk_live".to_owned(), "sk_live_long".to_owned(), "short".to_owned()]));
        let secret = Secret { known, shown: vec!["shown_once".to_owned()] };
        assert_eq!(secret.hide("sk_live_long sk_live short shown_once"), "*** *** short ***");
        let long = "x".repeat(LONG);
        assert_eq!(secret.hide(&format!("{long} sk_live")), format!("{long} ***"));
        let mut value = json!({ "a": ["sk_live", 1, { "b": "shown_once!" }], "c": "signature=ab" });
        secret.hide_in(&mut value);
        assert_eq!(value, json!({ "a": ["***", 1, { "b": "***!" }], "c": "signature=***" }));
        assert!(!format!("{secret:?}").contains("shown_once"));
    }

    #[test]
    fn keys_are_erased_from_what_is_kept() {
        let long = "k".repeat(40);
        let keys = ["sk_shown".to_owned(), "short".to_owned(), format!("{long}1")];
        assert_eq!(erased(br#"{"a":"sk_shown!","b":"short"}"#, &keys).unwrap(), br#"{"a":"***!","b":"short"}"#);
        assert_eq!(erased(format!("{long}1{long}2").as_bytes(), &keys).unwrap(), format!("***{long}2").as_bytes());
        for other in [&b""[..], b"sk_show", b"sk_\xffshown", long.as_bytes()] {
            assert_eq!(erased(other, &keys), None);
        }
        assert_eq!(erased("sk_shown ä".as_bytes().split_last().unwrap().1, &keys).unwrap(), b"*** \xc3");
        assert_eq!(erased(b"\xffsk_shown\xfe sk_shown", &keys).unwrap(), b"\xff***\xfe ***");
        let secret = Secret { known: Arc::new(Mask::of(["sk_live".to_owned()])), shown: vec!["sk_shown".to_owned()] };
        assert_eq!(secret.hide_among(b"sk_live\xffsk_shown").unwrap(), b"***\xff***");
        assert_eq!(secret.hide_among(b"sk\xff"), None);
    }
}
