//! The JSON reader: one pass from bytes to a value, which sees what the usual reader lets pass in silence, a key that
//! stands twice in one object and an integer that no number can hold.

use std::cell::{Cell, RefCell};
use std::fmt;

use crate::pointer;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// The most doubled keys that are told.
const MOST: usize = 20;

#[derive(Debug)]
pub struct Read {
    pub value: Value,
    /// JSON Pointers of the keys that stand twice; the last one counts.
    pub duplicates: Vec<String>,
}

/// Why bytes are no JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    pub line: usize,
    pub column: usize,
    pub reason: String,
    /// The bytes are no text at all.
    pub bad_encoding: bool,
}

pub fn read(bytes: &[u8]) -> Result<Read, Malformed> {
    // A mark at the start that says what is so anyway.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = utf8(bytes)?;
    let notes = Notes::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Part { notes: &notes, way: None }.deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value)).map_err(|error| malformed(&error))?;
    if notes.rounded.get()
        && let Some((at, digits)) = inexact(text)
    {
        let (line, column) = position(bytes, at);
        let reason = format!("an integer of {digits} digits can't be kept exactly");
        return Err(Malformed { line, column, reason, bad_encoding: false });
    }
    Ok(Read { value, duplicates: notes.duplicates.into_inner() })
}

/// The bytes as text, or where they stop to be any.
pub fn utf8(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))
}

/// Line and column of an offset, both from 1.
pub fn position(bytes: &[u8], offset: usize) -> (usize, usize) {
    let before = &bytes[..offset.min(bytes.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    (line, column)
}

fn not_utf8(bytes: &[u8], offset: usize) -> Malformed {
    let (line, column) = position(bytes, offset);
    let reason = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "the text is UTF-16 and has to be UTF-8",
        _ => "the text is not valid UTF-8",
    };
    Malformed { line, column, reason: reason.to_owned(), bad_encoding: true }
}

fn malformed(error: &serde_json::Error) -> Malformed {
    Malformed {
        line: error.line().max(1),
        column: error.column().max(1),
        reason: crate::source::json_reason(error),
        bad_encoding: false,
    }
}

/// The first integer that neither 64-bit kind holds: its offset and its number of digits.
fn inexact(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let rest = &text[at..];
                let end =
                    rest.find(|c: char| !matches!(c, '-' | '+' | '.' | 'e' | 'E' | '0'..='9')).unwrap_or(rest.len());
                let number = &rest[..end];
                if !number.contains(['.', 'e', 'E']) && number.parse::<i64>().is_err() && number.parse::<u64>().is_err()
                {
                    return Some((at, number.trim_start_matches('-').len()));
                }
                at += end;
            }
            _ => at += 1,
        }
    }
    None
}

#[derive(Default)]
struct Notes {
    duplicates: RefCell<Vec<String>>,
    /// A number became one that may not be what was written.
    rounded: Cell<bool>,
}

/// The value that comes next, and the way to it.
struct Part<'a> {
    notes: &'a Notes,
    way: Option<&'a Way<'a>>,
}

struct Way<'a> {
    before: Option<&'a Way<'a>>,
    step: Step<'a>,
}

enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

impl Part<'_> {
    fn note_duplicate(&self, key: &str) {
        let mut duplicates = self.notes.duplicates.borrow_mut();
        if duplicates.len() >= MOST {
            return;
        }
        let mut parts = vec![pointer::escaped(key).into_owned()];
        let mut way = self.way;
        while let Some(here) = way {
            parts.push(match here.step {
                Step::Member(key) => pointer::escaped(key).into_owned(),
                Step::Item(index) => index.to_string(),
            });
            way = here.before;
        }
        parts.push(String::new());
        parts.reverse();
        duplicates.push(parts.join("/"));
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if value.abs() > 9.2e18 {
            self.notes.rounded.set(true);
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        loop {
            let way = Way { before: self.way, step: Step::Item(read.len()) };
            match items.next_element_seed(Part { notes: self.notes, way: Some(&way) })? {
                Some(item) => read.push(item),
                None => return Ok(Value::Array(read)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let way = Way { before: self.way, step: Step::Member(&key) };
            let value = members.next_value_seed(Part { notes: self.notes, way: Some(&way) })?;
            match read.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                Entry::Occupied(mut entry) => {
                    self.note_duplicate(entry.key());
                    entry.insert(value);
                }
            }
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests;
