//! A body that is ready but for what differs from one request to the next: the request's id, and the moment. Whatever is
//! kept for the next request is kept like this.

use std::io::Write as _;
use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use jiff::Timestamp;
use jiff::fmt::StdIoWrite;
use jiff::fmt::temporal::DateTimePrinter;
use serde_json::Value;

use crate::reply::Body as Whole;

#[derive(Debug, Clone, Default)]
pub struct Body {
    bytes: Bytes,
    /// What is missing in the bytes and where, in order.
    holes: Vec<(usize, Late)>,
}

/// What is known when the answer goes out, and no earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    RequestId,
    /// The moment of the answer, to the second.
    Moment,
    /// The same as a number: seconds since 1970.
    Seconds,
}

/// A body that is being written.
#[derive(Debug, Default)]
pub struct Draft {
    pub bytes: Vec<u8>,
    holes: Vec<(usize, Late)>,
}

/// A copy of less costs less than a piece does.
const LONG: usize = 2 << 10;

/// As long as an id of ours and a moment in quotes.
const USUAL: usize = 24;

/// Stands for the id until the bytes are split there. No text of a contract has it: it begins with a control character.
const HOLE: &str = "\u{1}request-id\u{1}";

impl Body {
    pub fn plain(bytes: impl Into<Bytes>) -> Body {
        Body { bytes: bytes.into(), holes: Vec::new() }
    }

    /// JSON, in which the member at `id_at` is the request's id.
    pub fn json(value: &Value, id_at: Option<&str>) -> Body {
        let Some(pointer) = id_at.filter(|pointer| value.pointer(pointer).is_some()) else {
            return Body::plain(value.to_string());
        };
        let mut value = value.clone();
        if let Some(member) = value.pointer_mut(pointer) {
            *member = Value::String(HOLE.to_owned());
        }
        let text = value.to_string();
        match text.split_once(&Value::from(HOLE).to_string()) {
            Some((head, tail)) => {
                Body { bytes: Bytes::from([head, tail].concat()), holes: vec![(head.len(), Late::RequestId)] }
            }
            None => Body::plain(text),
        }
    }

    /// The body for the request of this id, answered at this moment. What all answers share stays where it is, and what is
    /// this one's own goes out between. A stretch of less than is worth a piece of its own is copied.
    pub fn filled(&self, id: &str, now: Timestamp) -> Whole {
        if self.holes.is_empty() {
            return Whole::Ready(self.bytes.clone());
        }
        let copied = self.stretches().map(|(stretch, _)| stretch.len()).filter(|length| *length < LONG);
        let room = copied.sum::<usize>() + self.holes.len() * USUAL.max(id.len() + 2);
        let (mut pieces, mut own) = (Vec::with_capacity(2), BytesMut::with_capacity(room));
        for (stretch, late) in self.stretches() {
            match stretch.len() < LONG {
                true => own.put_slice(&self.bytes[stretch]),
                false => {
                    pieces.extend((!own.is_empty()).then(|| own.split().freeze()));
                    pieces.push(self.bytes.slice(stretch));
                }
            }
            if let Some(late) = late {
                late.write(id, now, &mut own);
            }
        }
        match pieces.is_empty() {
            true => Whole::Ready(own.freeze()),
            false => {
                pieces.extend((!own.is_empty()).then(|| own.freeze()));
                Whole::Joined(pieces)
            }
        }
    }

    /// What stands between the holes, each with what comes behind it.
    fn stretches(&self) -> impl Iterator<Item = (Range<usize>, Option<Late>)> {
        let holes = self.holes.iter().map(|(at, late)| (*at, Some(*late)));
        holes.chain([(self.bytes.len(), None)]).scan(0, |from, (to, late)| {
            let stretch = *from..to;
            *from = to;
            Some((stretch, late))
        })
    }

    /// What is the same in every answer of this body.
    pub fn lasting(&self) -> &[u8] {
        &self.bytes
    }

    /// How much memory it takes.
    pub fn weight(&self) -> usize {
        self.bytes.len() + self.holes.len() * size_of::<(usize, Late)>()
    }
}

impl Draft {
    pub fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub fn value(&mut self, value: &Value) {
        // A vector takes whatever is written to it.
        let _ = serde_json::to_writer(&mut self.bytes, value);
    }

    pub fn number(&mut self, number: u64) {
        let _ = write!(self.bytes, "{number}");
    }

    /// Something is said, so true.
    pub fn flag(&mut self, is: bool) -> bool {
        self.text(if is { "true" } else { "false" });
        true
    }

    pub fn late(&mut self, late: Late) {
        self.holes.push((self.bytes.len(), late));
    }

    pub fn done(self) -> Body {
        Body { bytes: self.bytes.into(), holes: self.holes }
    }
}

impl Late {
    fn write(self, id: &str, now: Timestamp, whole: &mut BytesMut) {
        match self {
            Late::RequestId if id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') => {
                whole.put_u8(b'"');
                whole.put_slice(id.as_bytes());
                whole.put_u8(b'"');
            }
            Late::RequestId => whole.put_slice(Value::from(id).to_string().as_bytes()),
            Late::Moment => {
                let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
                whole.put_u8(b'"');
                let _ = DateTimePrinter::new().print_timestamp(&second, StdIoWrite(whole.writer()));
                whole.put_u8(b'"');
            }
            Late::Seconds => {
                let _ = write!(whole.writer(), "{}", now.as_second());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn noon() -> Timestamp {
        "2025-01-15T12:00:00.75Z".parse().unwrap()
    }

    #[test]
    fn the_id_goes_into_its_place() {
        let value = json!({ "a": [1], "meta": { "request_id": "req_0", "more": true } });
        let body = Body::json(&value, Some("/meta/request_id"));
        assert_eq!(body.filled("req_7", noon()).ready(), r#"{"a":[1],"meta":{"request_id":"req_7","more":true}}"#);
        assert_eq!(body.filled("a\"b\n", noon()).ready(), r#"{"a":[1],"meta":{"request_id":"a\"b\n","more":true}}"#);
        assert_eq!(Body::json(&value, Some("/id")).filled("x", noon()).ready(), value.to_string());
    }

    #[test]
    fn a_long_body_is_the_same_in_pieces() {
        let long = "x".repeat(5_000);
        let body = Body::json(&json!({ "long": long, "id": "", "more": [long] }), Some("/id"));
        let whole = body.filled("req_9", noon());
        assert!(matches!(&whole, Whole::Joined(pieces) if pieces.len() == 3), "{whole:?}");
        let expected = json!({ "long": long, "id": "req_9", "more": [long] }).to_string();
        assert_eq!((whole.len(), whole.ready()), (expected.len() as u64, expected.into()));
    }

    #[test]
    fn what_comes_late_leaves_the_rest_as_it_is() {
        let mut draft = Draft::default();
        draft.text("{\"at\":");
        draft.late(Late::Moment);
        draft.text(",\"id\":");
        draft.late(Late::RequestId);
        draft.text(",\"n\":");
        draft.number(7);
        draft.text(",\"s\":");
        draft.late(Late::Seconds);
        draft.text("}");
        let body = draft.done();
        let bytes = body.filled("req_1", noon()).ready();
        assert_eq!(bytes, r#"{"at":"2025-01-15T12:00:00Z","id":"req_1","n":7,"s":1736942400}"#);
        assert_eq!(body.lasting(), br#"{"at":,"id":,"n":7,"s":}"#);
    }
}
