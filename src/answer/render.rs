//! From a value to the bytes of a body, once; and the place in them where each request's id goes.

use bytes::{BufMut, Bytes, BytesMut};
use http::HeaderMap;
use http::header::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::negotiate::{self, MediaType};
use super::{binary, xml};
use crate::contract::{Bundle, Media};

/// A body that is ready but for the request's id.
#[derive(Debug, Clone)]
pub struct Body {
    head: Bytes,
    /// What follows the id, if the body repeats it.
    tail: Option<Bytes>,
}

/// Stands for the id until the bytes are split there. No text of a contract has it: it begins with a control character.
const HOLE: &str = "\u{1}request-id\u{1}";

impl Body {
    pub fn plain(bytes: impl Into<Bytes>) -> Body {
        Body { head: bytes.into(), tail: None }
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
            Some((head, tail)) => Body { head: Bytes::from(head.to_owned()), tail: Some(Bytes::from(tail.to_owned())) },
            None => Body::plain(text),
        }
    }

    /// The bytes for the request of this id.
    pub fn bytes(&self, id: &str) -> Bytes {
        let Some(tail) = &self.tail else { return self.head.clone() };
        let mut bytes = BytesMut::with_capacity(self.head.len() + id.len() + 2 + tail.len());
        bytes.put_slice(&self.head);
        if id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') {
            bytes.put_u8(b'"');
            bytes.put_slice(id.as_bytes());
            bytes.put_u8(b'"');
        } else {
            bytes.put_slice(Value::from(id).to_string().as_bytes());
        }
        bytes.put_slice(tail);
        bytes.freeze()
    }
}

/// A value as the media type has it. Text and XML that are given as a string stand as they are.
pub fn render(value: &Value, media: &Media, kind: &MediaType, bundle: &Bundle, id_at: Option<&str>) -> Body {
    if kind.is_json() {
        return Body::json(value, id_at);
    }
    match value {
        Value::String(text) => Body::plain(text.clone()),
        Value::Null => Body::plain(Bytes::new()),
        value if kind.is_xml() => {
            let schema = media.schema.as_ref().map(|schema| schema.cursor(bundle));
            Body::plain(xml::document(value, schema))
        }
        Value::Object(members) if kind.is_form() => {
            let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let pairs = members.iter().map(|(name, value)| format!("{}={}", encode(name), encode(&text(value))));
            Body::plain(pairs.collect::<Vec<_>>().join("&"))
        }
        Value::Array(items) if kind.is_lines() => {
            Body::plain(items.iter().map(|item| format!("{item}\n")).collect::<String>())
        }
        value => Body::json(value, id_at),
    }
}

/// A body for media whose schema is no description of JSON: files of all sorts.
pub fn file(kind: &MediaType) -> Option<Body> {
    (!kind.is_json() && !kind.is_text() && !kind.is_xml() && !kind.is_form() && !kind.is_lines())
        .then(|| Body::plain(binary::file(&kind.essence())))
}

/// A value as a header or a form holds it: lists and objects separated by commas (style `simple`).
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Object(members) => {
            members.iter().map(|(name, value)| format!("{name},{}", text(value))).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

/// What `Content-Type` says. Where the contract offers a range, it is the client's choice within it, or what the body is.
pub fn content_type(written: &str, kind: &MediaType, headers: &HeaderMap, is_text: bool) -> HeaderValue {
    let chosen = if kind.is_range() {
        let usual = match (kind.is_text() || is_text, kind.essence().as_str()) {
            (true, _) => "text/plain",
            (_, "image/*") => "image/png",
            (_, "audio/*") => "audio/wav",
            (_, "*/*" | "application/*") => "application/json",
            _ => "application/octet-stream",
        };
        negotiate::wished(headers, kind).unwrap_or_else(|| usual.to_owned())
    } else {
        written.to_owned()
    };
    HeaderValue::from_str(&chosen).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_id_goes_into_its_place() {
        let value = json!({ "a": [1], "meta": { "request_id": "req_0", "more": true } });
        let body = Body::json(&value, Some("/meta/request_id"));
        assert_eq!(body.bytes("req_7"), r#"{"a":[1],"meta":{"request_id":"req_7","more":true}}"#);
        assert_eq!(body.bytes("a\"b\n"), r#"{"a":[1],"meta":{"request_id":"a\"b\n","more":true}}"#);
        assert_eq!(Body::json(&value, Some("/id")).bytes("x"), value.to_string());
    }

    #[test]
    fn a_header_has_no_brackets() {
        assert_eq!(text(&json!(["a", 1, true])), "a,1,true");
        assert_eq!(text(&json!({ "a": 1, "b": "c" })), "a,1,b,c");
    }
}
