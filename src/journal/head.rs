//! The headers of a message as they are remembered: one piece of text, so that an entry is small and holds on to no buffer
//! of the connection that it came by.

use std::borrow::Cow;
use std::fmt;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

/// A line for each header, in their order.
#[derive(Clone, PartialEq, Eq)]
pub struct Head(Box<[u8]>);

impl Head {
    /// `hidden` says what is put in place of a value that nobody may see.
    pub fn of<'h>(
        headers: &'h HeaderMap,
        hidden: impl Fn(&HeaderName, &'h HeaderValue) -> Option<Cow<'h, str>>,
    ) -> Head {
        /// As much as most heads take.
        const USUAL: usize = 512;
        let mut text = Vec::with_capacity(USUAL);
        for (name, value) in headers {
            text.extend_from_slice(name.as_str().as_bytes());
            text.push(b':');
            match hidden(name, value) {
                Some(hidden) => text.extend_from_slice(hidden.as_bytes()),
                None => text.extend_from_slice(value.as_bytes()),
            }
            // No name and no value has one in it.
            text.push(b'\n');
        }
        Head(text.into_boxed_slice())
    }

    /// The first value of a header. The name is in small letters.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a header.
    pub fn all<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h str> {
        self.lines().filter(move |(known, _)| *known == name).filter_map(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// Names and values; one that is no UTF-8 is told with signs in place of what is not.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        self.lines().map(|(name, value)| (name, String::from_utf8_lossy(value).into_owned()))
    }

    /// How much memory it takes.
    pub fn weight(&self) -> usize {
        self.0.len()
    }

    fn lines(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.split(|byte| *byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((std::str::from_utf8(&line[..colon]).ok()?, &line[colon + 1..]))
        })
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl From<&[(&str, &str)]> for Head {
    fn from(headers: &[(&str, &str)]) -> Head {
        let pair = |(name, value): &(&str, &str)| Some((name.parse().ok()?, HeaderValue::from_str(value).ok()?));
        let mut map = HeaderMap::new();
        for (name, value) in headers.iter().filter_map(pair) {
            HeaderMap::<HeaderValue>::append::<HeaderName>(&mut map, name, value);
        }
        Head::of(&map, |_, _| None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_by_their_names() {
        let head = Head::from([("Accept", "a"), ("x-one", "1:2"), ("X-One", "")].as_slice());
        assert_eq!((head.get("accept"), head.get("x-one"), head.get("x-two")), (Some("a"), Some("1:2"), None));
        assert_eq!(head.all("x-one").collect::<Vec<_>>(), ["1:2", ""]);
        assert_eq!(head.iter().count(), 3);
    }

    #[test]
    fn what_is_hidden_is_not_kept() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer sk_mine"));
        headers.insert("x-odd", HeaderValue::from_bytes(b"\xff").unwrap());
        let head = Head::of(&headers, |name, _| (name == "authorization").then_some("***".into()));
        assert_eq!(head.get("authorization"), Some("***"));
        assert!(!format!("{head:?}").contains("sk_mine"));
        assert_eq!((head.get("x-odd"), head.iter().last()), (None, Some(("x-odd", "\u{fffd}".to_owned()))));
    }
}
