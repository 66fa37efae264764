//! JSON that is none any more.

use std::ops::Range;

use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::fault::Json;
use crate::reply::{Body, Reply};

/// A body that is made while it is sent is no JSON, and stays as it is.
pub(super) fn spoil(reply: &mut Reply, how: Json) {
    if matches!(reply.body, Body::Made(_) | Body::Live(_)) {
        return;
    }
    let body = reply.body.ready();
    reply.body = match how {
        Json::Cut => half(&body).into(),
        Json::TrailingComma => with_comma(&body).into(),
        Json::NotANumber => with_nan(&body).into(),
    };
}

fn half(body: &Bytes) -> Bytes {
    let mut end = body.len() / 2;
    // Never within a character: that would be another fault.
    while end > 0 && body[end] & 0b1100_0000 == 0b1000_0000 {
        end -= 1;
    }
    let half = body.slice(..end);
    // Half of a number is a number.
    if serde_json::from_slice::<IgnoredAny>(&half).is_ok() { Bytes::new() } else { half }
}

fn with_comma(body: &[u8]) -> Vec<u8> {
    let end = body.trim_ascii_end().len();
    let at = if body[..end].ends_with(b"}") || body[..end].ends_with(b"]") { end - 1 } else { end };
    [&body[..at], b",", &body[at..]].concat()
}

fn with_nan(body: &[u8]) -> Vec<u8> {
    let number = first_number(body).unwrap_or(0..body.len());
    [&body[..number.start], b"NaN", &body[number.end..]].concat()
}

fn first_number(body: &[u8]) -> Option<Range<usize>> {
    let (mut in_text, mut escaped) = (false, false);
    let start = body.iter().position(|byte| {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'-' | b'0'..=b'9') => return true,
            _ => {}
        }
        false
    })?;
    let is_part = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
    let length = body[start..].iter().take_while(|byte| is_part(byte)).count();
    Some(start..start + length)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use proptest::prelude::*;

    use super::*;

    const ALL: [Json; 3] = [Json::Cut, Json::TrailingComma, Json::NotANumber];

    fn spoilt(body: &str, how: Json) -> String {
        let mut reply = Reply { body: body.to_owned().into(), ..Reply::empty(StatusCode::OK) };
        spoil(&mut reply, how);
        String::from_utf8(reply.body.ready().to_vec()).unwrap()
    }

    #[test]
    fn each_kind_of_damage() {
        // As it was; cut; with a comma; not a number.
        let table = [
            (r#"{"a":[1,2]}"#, r#"{"a":"#, r#"{"a":[1,2],}"#, r#"{"a":[NaN,2]}"#),
            (r#"{"1\"2":-1.5e+3}"#, r#"{"1\"2":"#, r#"{"1\"2":-1.5e+3,}"#, r#"{"1\"2":NaN}"#),
            (r#"{"a":"b"}"#, r#"{"a""#, r#"{"a":"b",}"#, "NaN"),
            ("{}", "{", "{,}", "NaN"),
            ("[1] \n", "[1", "[1,] \n", "[NaN] \n"),
            (r#""a]""#, r#""a"#, r#""a]","#, "NaN"),
            ("1234", "", "1234,", "NaN"),
            ("\"éé\"", "\"é", "\"éé\",", "NaN"),
            ("", "", ",", "NaN"),
        ];
        for (body, cut, comma, nan) in table {
            assert_eq!(ALL.map(|how| spoilt(body, how)), [cut, comma, nan], "{body}");
        }
    }

    fn values() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 20, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec((any::<String>(), inner), 0..5)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_it_was_it_is_json_no_more(value in values()) {
            for how in ALL {
                let body = spoilt(&value.to_string(), how);
                prop_assert!(serde_json::from_str::<serde_json::Value>(&body).is_err(), "{how:?}: {body}");
            }
        }
    }
}
