//! The texts of an entry, one behind the other in one piece of memory. An entry is forgotten ten thousand requests after it
//! was written, when nothing of it is near the processor any more: each piece of memory that has to be freed then costs
//! more than writing it did.

use std::fmt;
use std::ops::Deref;

use bytes::{Bytes, BytesMut};
/// Where the texts of one entry are written.
pub struct Sheet(BytesMut);

/// One of them. It holds on to the whole sheet.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(Bytes);

impl Sheet {
    /// One that so many bytes fit on. More can be written, which takes a second piece of memory.
    pub fn with_room(bytes: usize) -> Sheet {
        Sheet(BytesMut::with_capacity(bytes))
    }

    pub fn text(&mut self, text: &str) -> Text {
        Text(self.bytes(text.as_bytes()))
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Bytes {
        self.add(bytes);
        self.cut()
    }

    /// Writes what is cut off later.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Everything that was written since the last cut.
    pub(super) fn cut(&mut self) -> Bytes {
        match self.0.is_empty() {
            true => Bytes::new(),
            false => self.0.split().freeze(),
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        // It came from a text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_on_one_sheet() {
        let mut sheet = Sheet::with_room(8);
        let (one, none, two) = (sheet.text("größe"), sheet.text(""), sheet.text("more than fits on the sheet"));
        assert_eq!((&*one, &*none, &*two), ("größe", "", "more than fits on the sheet"));
    }
}
