//! Values of the small notations, where they stand in a file.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{At, NOT_READ, Reading};
use crate::scenario::effect::LONGEST;
use crate::scenario::notation::{self, Notation};
use crate::scenario::template::{Leaf, Tree};

/// No clock is moved further, and no address is good for longer: sums of moments stay within what can be told.
const FURTHEST: SignedDuration = SignedDuration::from_hours(100 * 366 * 24);

/// Headers that frame the message: the server alone can set them, and to have them wrong is a fault of its own.
const FRAMING: [(&str, &str); 3] = [
    ("content-length", "`fault: { length: { too_long: 10 } }`"),
    ("transfer-encoding", "`fault: { chunks: bad_size }`"),
    ("connection", "`fault: connection_close`"),
];

impl<'a> Reading<'a> {
    /// What was read, or a note that it was not.
    pub fn read<T>(&mut self, at: &At, notation: &Notation, read: Option<T>) -> Option<T> {
        if read.is_none() {
            self.not_read(at, &notation.accepted());
        }
        read
    }

    pub fn not_read(&mut self, at: &At, wanted: &str) {
        let finding = self.error(at, "E0316", NOT_READ).label(format!("expected {wanted}"));
        self.unread.push(finding);
    }

    pub fn span(&mut self, at: &At) -> Option<SignedDuration> {
        let read = at.text().and_then(notation::duration);
        let span = self.read(at, &notation::DURATION, read)?;
        if span.abs() > FURTHEST {
            let finding = self.error(at, "E0317", "this is longer than anything lasts here");
            self.found(finding.label("at most 100 years"));
            return None;
        }
        Some(span)
    }

    /// A time that somebody waits for in real time.
    pub fn wait(&mut self, at: &At) -> Option<Duration> {
        let wait = self.span(at)?.unsigned_abs();
        if wait > LONGEST {
            let finding = self.error(at, "E0317", "nobody waits longer than 10 minutes here");
            self.found(finding.label("at most 10m").help("a client's own time-out is shorter than that by far"));
            return None;
        }
        Some(wait)
    }

    pub fn moment(&mut self, at: &At) -> Option<Timestamp> {
        let text = at.text()?;
        let moment = notation::moment(text);
        if moment.is_none() && notation::MOMENT.fits(text) {
            let finding = self.error(at, "E0316", format!("there is no such moment as {text}"));
            let is_day = text.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok());
            self.found(finding.label(if is_day { "later than clocks go" } else { "the month has no such day" }));
            return None;
        }
        self.read(at, &notation::MOMENT, moment)
    }

    pub fn count(&mut self, at: &At) -> Option<u64> {
        let read = notation::whole(at.value);
        if read.is_none() {
            self.not_read(at, "a whole number");
        }
        read
    }

    /// A text that may be a template. Numbers and flags are taken as they are written.
    pub fn leaf(&mut self, at: &At<'a>) -> Option<Leaf> {
        let text = match at.value {
            Value::String(text) => text.clone(),
            value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
            _ => {
                self.not_read(at, "a text");
                return None;
            }
        };
        match Leaf::new(&text) {
            Ok(leaf) => {
                self.spoken.extend(leaf.names().map(|name| (at.pointer.clone(), name.to_owned())));
                Some(leaf)
            }
            Err(wrong) => {
                self.bad_template(&at.pointer, &wrong);
                None
            }
        }
    }

    pub fn tree(&mut self, at: &At<'a>) -> Option<Tree> {
        match Tree::new(at.value) {
            Ok(tree) => {
                let names = tree.names().into_iter();
                self.spoken.extend(names.map(|(below, name)| (format!("{}{below}", at.pointer), name)));
                Some(tree)
            }
            Err(all) => {
                for (below, wrong) in all {
                    self.bad_template(&format!("{}{below}", at.pointer), &wrong);
                }
                None
            }
        }
    }

    fn bad_template(&mut self, pointer: &str, wrong: &str) {
        let at = At { pointer: pointer.to_owned(), value: &Value::Null };
        let finding = self.error(&at, "E0334", format!("the template can't be filled in: {wrong}"));
        self.found(finding);
    }

    /// The name of a header that may be set.
    pub fn header_name(&mut self, at: &At, name: &str) -> Option<HeaderName> {
        let framing = FRAMING.iter().find(|(framing, _)| name.eq_ignore_ascii_case(framing));
        if let Some((_, instead)) = framing {
            let finding = self.key_error(at, "E0337", format!("{name} frames the message and can't be set by hand"));
            self.found(finding.label("set by the server").help(format!("to have it wrong is a fault: {instead}")));
            return None;
        }
        let read = HeaderName::from_bytes(name.as_bytes()).ok();
        self.read(at, &notation::HEADER, read)
    }

    /// A header's value: a template, or what a header can hold.
    pub fn header_value(&mut self, at: &At<'a>) -> Option<Leaf> {
        let leaf = self.leaf(at)?;
        let bad = at.text().is_some_and(|text| !text.contains("{{") && HeaderValue::from_str(text).is_err());
        if bad {
            let finding = self.error(at, "E0337", "this can't be the value of a header");
            self.found(finding.label("control characters and line ends have no place in it"));
            return None;
        }
        Some(leaf)
    }
}
