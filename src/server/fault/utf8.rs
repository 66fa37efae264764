//! Text with a byte in it that no UTF-8 has.

use crate::reply::{Body, Reply};

const NEVER_IN_UTF_8: u8 = 0xff;

/// In JSON the byte is the last of a text, so that nothing else is wrong with it. A body that is made while it is sent is
/// no text, and stays as it is.
pub(super) fn spoil(reply: &mut Reply) {
    if matches!(reply.body, Body::Made(_) | Body::Live(_)) {
        return;
    }
    let body = reply.body.ready();
    // The last quotation mark of JSON can only end a text.
    let at = body.iter().rposition(|byte| *byte == b'"').unwrap_or(body.len());
    let (before, behind) = body.split_at(at);
    reply.body = [before, &[NEVER_IN_UTF_8], behind].concat().into();
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn only_the_text_is_wrong() {
        let table: [(&str, &[u8]); 4] = [
            (r#"{"a":"b","c":1}"#, b"{\"a\":\"b\",\"c\xff\":1}"),
            (r#"["\""]"#, b"[\"\\\"\xff\"]"),
            ("plain", b"plain\xff"),
            ("", b"\xff"),
        ];
        for (body, spoilt) in table {
            let mut reply = Reply { body: body.to_owned().into(), ..Reply::empty(StatusCode::OK) };
            spoil(&mut reply);
            assert_eq!(reply.body.ready(), spoilt);
            assert!(std::str::from_utf8(&reply.body.ready()).is_err());
            let lossy = String::from_utf8_lossy(&reply.body.ready()).replace('\u{fffd}', "");
            assert_eq!(lossy, body);
        }
    }
}
