//! Many entries as one document. It is worked out entry by entry while it is sent, so that a slow reader costs no more than
//! the entries themselves, which are mostly in the book anyway.

use std::sync::Arc;

use bytes::Bytes;

use super::entry::Entry;
use crate::ending::Ending;
use crate::reply::Made;

/// Of an entry alone, or of its place among the others too.
type Tell = dyn Fn(&Entry) -> String + Send + Sync;

pub struct Export {
    parts: Vec<Part>,
    /// Where each of them ends.
    ends: Vec<u64>,
    tell: Box<Tell>,
}

enum Part {
    Ready(Bytes),
    Entry(Arc<Entry>),
}

impl Export {
    pub fn new(
        [head, between, tail]: [&'static str; 3],
        entries: Vec<Arc<Entry>>,
        tell: impl Fn(&Entry) -> String + Send + Sync + 'static,
    ) -> Export {
        let mut export = Export { parts: Vec::new(), ends: Vec::new(), tell: Box::new(tell) };
        export.text(head);
        for (place, entry) in entries.into_iter().enumerate() {
            export.text(if place > 0 { between } else { "" });
            export.entry(entry);
        }
        export.text(tail);
        export
    }

    fn text(&mut self, text: &'static str) {
        if !text.is_empty() {
            self.part(Part::Ready(Bytes::from_static(text.as_bytes())), text.len());
        }
    }

    fn entry(&mut self, entry: Arc<Entry>) {
        let is_over = entry.ending() != Ending::Open;
        let told = (self.tell)(&entry);
        let length = told.len();
        // What is still going on will be told in another way later, and the length is said beforehand.
        self.part(if is_over { Part::Entry(entry) } else { Part::Ready(told.into()) }, length);
    }

    fn part(&mut self, part: Part, length: usize) {
        self.ends.push(self.len() + length as u64);
        self.parts.push(part);
    }
}

impl Made for Export {
    fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    fn read(&self, at: u64) -> Bytes {
        let place = self.ends.partition_point(|end| *end <= at);
        let mut bytes = match self.parts.get(place) {
            Some(Part::Ready(bytes)) => bytes.clone(),
            Some(Part::Entry(entry)) => (self.tell)(entry).into(),
            None => return Bytes::new(),
        };
        let left = usize::try_from(self.ends[place] - at).unwrap_or(usize::MAX);
        bytes.split_off(bytes.len().saturating_sub(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ending::Witness;
    use crate::journal::sample;

    fn whole(export: &Export, from: u64) -> String {
        let (mut text, mut at) = (Vec::new(), from);
        while at < export.len() {
            let piece = export.read(at);
            assert!(!piece.is_empty());
            at += piece.len() as u64;
            text.extend_from_slice(&piece);
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn it_can_be_read_from_anywhere() {
        let entries: Vec<Arc<Entry>> = (1..4).map(sample::entry).collect();
        let tell = |entry: &Entry| format!("{} {}", entry.number, entry.ending().name());
        entries[0].ended(Ending::Complete, 2);
        let export = Export::new(["[", ", ", "]"], entries.clone(), tell);
        let (over, open) = (Ending::Complete.name(), Ending::Open.name());
        let expected = format!("[1 {over}, 2 {open}, 3 {open}]");
        assert_eq!(export.len(), expected.len() as u64);
        for from in 0..=expected.len() {
            assert_eq!(whole(&export, from as u64), expected[from..]);
        }
        entries[1].ended(Ending::HungUp, 0);
        assert_eq!(whole(&export, 0), expected, "it is as long as was said, whatever ends meanwhile");
        assert_eq!(whole(&Export::new(["[", ", ", "]"], Vec::new(), tell), 0), "[]");
    }
}
