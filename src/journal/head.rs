//! The headers of a message as they are remembered: one piece of text, so that an entry is small and holds on to no buffer
//! of the connection that it came by.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

use super::sheet::Sheet;

/// A line for each header, in their order.
#[derive(Clone, PartialEq, Eq)]
pub struct Head(Bytes);

impl Head {
    /// `hidden` says what is put in place of a value that nobody may see.
    pub fn on<'h>(
        sheet: &mut Sheet,
        headers: &'h HeaderMap,
        hidden: impl Fn(&HeaderName, &'h HeaderValue) -> Option<Cow<'h, str>>,
    ) -> Head {
        for (name, value) in headers {
            sheet.add(name.as_str().as_bytes());
            sheet.add(b":");
            match hidden(name, value) {
                Some(hidden) => sheet.add(hidden.as_bytes()),
                None => sheet.add(value.as_bytes()),
            }
            // No name and no value has one in it.
            sheet.add(b"\n");
        }
        Head(sheet.cut())
    }

    /// As much room as headers take at most, if nothing is put in place of a shorter value.
    pub fn room(headers: &HeaderMap) -> usize {
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2).sum()
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
        Head::on(&mut Sheet::with_room(Head::room(&map)), &map, |_, _| None)
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
        let head =
            Head::on(&mut Sheet::with_room(0), &headers, |name, _| (name == "authorization").then_some("***".into()));
        assert_eq!(head.get("authorization"), Some("***"));
        assert!(!format!("{head:?}").contains("sk_mine"));
        assert_eq!((head.get("x-odd"), head.iter().last()), (None, Some(("x-odd", "\u{fffd}".to_owned()))));
    }
}
