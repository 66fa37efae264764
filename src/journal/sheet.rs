//! The texts of an entry, one behind the other in one piece of memory. An entry is forgotten ten thousand requests after it
//! was written, when nothing of it is near the processor any more: each piece of memory that has to be freed then costs
//! more than writing it did.

use std::borrow::Cow;
use std::fmt;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

use super::head::Head;

#[derive(Default)]
pub struct Sheet(Vec<u8>);

/// Where one of the texts stands. It says nothing without its sheet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    from: u32,
    to: u32,
}

impl Sheet {
    /// One that so many bytes fit on. More can be written, for which it is copied.
    pub fn with_room(bytes: usize) -> Sheet {
        Sheet(Vec::with_capacity(bytes))
    }

    pub fn add(&mut self, bytes: impl AsRef<[u8]>) -> Span {
        let from = self.0.len();
        self.0.extend_from_slice(bytes.as_ref());
        self.since(from)
    }

    /// Headers. `hidden` says what is put in place of a value that nobody may see.
    pub fn head<'h>(
        &mut self,
        headers: &'h HeaderMap,
        hidden: impl Fn(&HeaderName, &'h HeaderValue) -> Option<Cow<'h, str>>,
    ) -> Span {
        let from = self.0.len();
        for (name, value) in headers {
            match hidden(name, value) {
                Some(hidden) => Head::write(&mut self.0, name, hidden.as_bytes()),
                None => Head::write(&mut self.0, name, value.as_bytes()),
            }
        }
        self.since(from)
    }

    pub fn bytes(&self, span: Span) -> &[u8] {
        self.0.get(span.from as usize..span.to as usize).unwrap_or_default()
    }

    pub fn text(&self, span: Span) -> &str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    /// How much memory it takes.
    pub fn weight(&self) -> usize {
        self.0.capacity()
    }

    /// A sheet of four gigabytes there is none: whatever stood beyond would not be found.
    fn since(&self, from: usize) -> Span {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { from: place(from), to: place(self.0.len()) }
    }
}

impl Span {
    pub fn len(self) -> usize {
        (self.to - self.from) as usize
    }
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_on_one_sheet() {
        let mut sheet = Sheet::with_room(8);
        let (one, none, two) = (sheet.add("größe"), sheet.add(""), sheet.add("more than fits on the sheet"));
        assert_eq!((sheet.text(one), sheet.text(none), sheet.text(two)), ("größe", "", "more than fits on the sheet"));
        assert_eq!(sheet.text(Span::default()), "");
    }

    #[test]
    fn what_is_hidden_is_not_kept() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer sk_mine"));
        headers.insert("x-odd", HeaderValue::from_bytes(b"\xff").unwrap());
        let mut sheet = Sheet::default();
        let span = sheet.head(&headers, |name, _| (name == "authorization").then_some("***".into()));
        let head = Head::of(sheet.bytes(span));
        assert_eq!(head.get("authorization"), Some("***"));
        assert!(!format!("{sheet:?}").contains("sk_mine"));
        assert_eq!((head.get("x-odd"), head.iter().last()), (None, Some(("x-odd", "\u{fffd}".to_owned()))));
    }
}
