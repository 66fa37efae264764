//! The headers of a message as they are remembered: one piece of text, so that an entry is small and holds on to no buffer
//! of the connection that it came by.

use http::HeaderMap;
use http::header::HeaderName;

/// A line for each header, in their order.
#[derive(Debug, Clone, Copy)]
pub struct Head<'s>(&'s [u8]);

impl<'s> Head<'s> {
    /// What was written line by line.
    pub fn of(lines: &'s [u8]) -> Head<'s> {
        Head(lines)
    }

    /// Appends a line.
    pub(super) fn write(lines: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.push(b':');
        lines.extend_from_slice(value);
        // No name and no value has one in it.
        lines.push(b'\n');
    }

    /// As much room as headers take at most, if nothing is put in place of a shorter value.
    pub fn room(headers: &HeaderMap) -> usize {
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2).sum()
    }

    /// The first value of a header. The name is in small letters.
    pub fn get(self, name: &str) -> Option<&'s str> {
        self.all(name).next()
    }

    /// Every value of a header.
    pub fn all<'n>(self, name: &'n str) -> impl Iterator<Item = &'s str> + use<'s, 'n> {
        self.lines().filter(move |(known, _)| *known == name).filter_map(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// Names and values; one that is no UTF-8 is told with signs in place of what is not.
    pub fn iter(self) -> impl Iterator<Item = (&'s str, String)> {
        self.lines().map(|(name, value)| (name, String::from_utf8_lossy(value).into_owned()))
    }

    /// Names and values as they came.
    pub fn lines(self) -> impl Iterator<Item = (&'s str, &'s [u8])> {
        self.0.split(|byte| *byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((std::str::from_utf8(&line[..colon]).ok()?, &line[colon + 1..]))
        })
    }
}

#[cfg(test)]
mod tests {
    use http::header::HeaderName;

    use super::*;

    #[test]
    fn headers_are_found_by_their_names() {
        let mut lines = Vec::new();
        for (name, value) in [("accept", "a"), ("x-one", "1:2"), ("x-one", "")] {
            Head::write(&mut lines, &HeaderName::from_static(name), value.as_bytes());
        }
        let head = Head::of(&lines);
        assert_eq!((head.get("accept"), head.get("x-one"), head.get("x-two")), (Some("a"), Some("1:2"), None));
        assert_eq!(head.all("x-one").collect::<Vec<_>>(), ["1:2", ""]);
        assert_eq!(head.iter().count(), 3);
    }
}
