//! What a request asks for in its query, taken one by one. What is left over nobody knows, and is refused.

use std::borrow::Cow;
use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use super::refusal::Refusal;
use crate::breach::cut;
use crate::nearest::nearest;

pub struct Query<'q> {
    pairs: Vec<(Cow<'q, str>, Cow<'q, str>)>,
    /// The names that were asked for.
    known: BTreeSet<&'static str>,
}

impl<'q> Query<'q> {
    pub fn read(query: Option<&'q str>) -> Query<'q> {
        let parts = query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
        let pair = |part: &'q str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        };
        Query { pairs: parts.map(pair).collect(), known: BTreeSet::new() }
    }

    /// A text that is there once at most. What is empty was left out in a form.
    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        self.known.insert(name);
        let mut found = self.pairs.extract_if(.., |(known, _)| known == name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Refusal::bad(format!("{name}: expected once"))),
            (found, None) => Ok(found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())),
        }
    }

    pub fn whole(&mut self, name: &'static str) -> Result<Option<u64>, Refusal> {
        self.parsed(name, "a whole number of at least 0", whole)
    }

    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        read(&text).map(Some).ok_or_else(|| Refusal::bad(format!("{name}: expected {expected}")))
    }

    /// Refuses what nobody asked for.
    pub fn end(self) -> Result<(), Refusal> {
        let Some((name, _)) = self.pairs.first() else { return Ok(()) };
        let hint = nearest(name, self.known.iter().copied()).map(|near| format!(" (did you mean {near:?}?)"));
        let error = format!("unknown parameter {:?}{}", cut(name), hint.unwrap_or_default());
        Err(Refusal::bad(error).fact("known", self.known.into_iter().collect::<Vec<_>>()))
    }
}

/// Digits and nothing else: Rust takes a plus sign too.
pub fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn decoded(text: &str) -> Cow<'_, str> {
    match text.contains(['%', '+']) {
        false => Cow::Borrowed(text),
        true => Cow::Owned(percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_taken_once_and_nothing_else() {
        let mut query = Query::read(Some("text=a%20b+c&limit=5&method=&lane=a&lane=b"));
        assert_eq!(query.text("text").unwrap().as_deref(), Some("a b c"));
        assert_eq!(query.whole("limit").unwrap(), Some(5));
        assert_eq!(query.text("method").unwrap(), None);
        assert!(query.text("lane").is_err());
        assert!(query.end().is_ok());
        assert_eq!(["7", "+7", "", "7 ", "18446744073709551616"].map(whole), [Some(7), None, None, None, None]);
        let mut query = Query::read(Some("limt=5&limit=-1"));
        assert!(query.whole("limit").is_err());
        let refusal = query.end().unwrap_err().reply();
        assert!(String::from_utf8_lossy(&refusal.body.ready()).contains("did you mean"));
        assert!(Query::read(None).end().is_ok());
    }
}
