//! A body that is ready but for what differs from one request to the next: the request's id, and the moment. Whatever is
//! kept for the next request is kept like this, and answered by a copy.

use std::io::Write as _;

use bytes::{BufMut, Bytes, BytesMut};
use jiff::Timestamp;
use serde_json::Value;

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

    /// The bytes for the request of this id, answered at this moment.
    pub fn bytes(&self, id: &str, now: Timestamp) -> Bytes {
        /// As long as an id of ours and a moment in quotes.
        const USUAL: usize = 24;
        if self.holes.is_empty() {
            return self.bytes.clone();
        }
        let mut whole = BytesMut::with_capacity(self.bytes.len() + self.holes.len() * USUAL.max(id.len() + 2));
        let mut from = 0;
        for (at, late) in &self.holes {
            whole.put_slice(&self.bytes[from..*at]);
            late.write(id, now, &mut whole);
            from = *at;
        }
        whole.put_slice(&self.bytes[from..]);
        whole.freeze()
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
                let _ = write!(whole.writer(), "\"{second}\"");
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
        assert_eq!(body.bytes("req_7", noon()), r#"{"a":[1],"meta":{"request_id":"req_7","more":true}}"#);
        assert_eq!(body.bytes("a\"b\n", noon()), r#"{"a":[1],"meta":{"request_id":"a\"b\n","more":true}}"#);
        assert_eq!(Body::json(&value, Some("/id")).bytes("x", noon()), value.to_string());
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
        let bytes = body.bytes("req_1", noon());
        assert_eq!(bytes, r#"{"at":"2025-01-15T12:00:00Z","id":"req_1","n":7,"s":1736942400}"#);
        assert_eq!(body.lasting(), br#"{"at":,"id":,"n":7,"s":}"#);
    }
}
