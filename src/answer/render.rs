//! From a value to the bytes of a body, as the media type has it.

use bytes::Bytes;
use http::HeaderMap;
use http::header::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::body::Body;
use super::negotiate::{self, MediaType};
use super::{binary, xml};
use crate::contract::{Bundle, Media};

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
    let content_type = HeaderValue::from_str(&chosen).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    match MediaType::parse(&chosen) {
        Some(kind) if kind.is_text() => in_utf8(content_type),
        _ => content_type,
    }
}

/// The same, with what the text is encoded in: without it many a client takes one for Latin-1.
pub fn in_utf8(content_type: HeaderValue) -> HeaderValue {
    let written = content_type.to_str().unwrap_or_default();
    let mut parts = written.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let others = parts.filter(|part| !part.is_empty() && !part.to_ascii_lowercase().starts_with("charset"));
    let told = [essence].into_iter().chain(others).chain(["charset=utf-8"]).collect::<Vec<_>>().join("; ");
    HeaderValue::try_from(told).unwrap_or(content_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_text_is_encoded_in_is_told() {
        let told = |written: &str| {
            let kind = MediaType::parse(written).unwrap();
            content_type(written, &kind, &HeaderMap::new(), false).to_str().unwrap().to_owned()
        };
        assert_eq!(told("text/vtt"), "text/vtt; charset=utf-8");
        assert_eq!(told("text/*"), "text/plain; charset=utf-8");
        assert_eq!(told("text/csv; header=present; charset=latin1"), "text/csv; header=present; charset=utf-8");
        assert_eq!(told("Text/Plain;Charset=UTF-8"), "Text/Plain; charset=utf-8");
        for plain in ["application/json", "audio/mpeg", "application/xml"] {
            assert_eq!(told(plain), plain);
        }
        assert_eq!(in_utf8(HeaderValue::from_static("application/x-subrip")), "application/x-subrip; charset=utf-8");
    }

    #[test]
    fn a_header_has_no_brackets() {
        assert_eq!(text(&json!(["a", 1, true])), "a,1,true");
        assert_eq!(text(&json!({ "a": 1, "b": "c" })), "a,1,b,c");
    }
}
