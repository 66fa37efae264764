//! Whether the client has the answer already (RFC 9110, sections 8.8 and 13.1.2). The tags are weak: two answers with the
//! same tag say the same, though each has its own request id.

use http::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use http::{HeaderMap, Method, StatusCode};

use super::body::Body;
use crate::reply::Reply;
use crate::request::Request;
use crate::seed::Seed;

/// The tag of a body, over what is the same in every answer of it.
pub fn tag(body: &Body) -> HeaderValue {
    let lasting = body.lasting();
    let text = format!("W/\"{:x}-{:016x}\"", lasting.len(), Seed(0).digest(lasting));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("W/\"0\""))
}

/// The reply with its tag; without a body if the client has it already.
pub fn tagged(request: &Request, tag: &HeaderValue, make: impl FnOnce() -> Reply) -> Reply {
    let reads = request.method == Method::GET || request.method == Method::HEAD;
    let mut reply = match reads && is_known(&request.headers, tag) {
        true => Reply::empty(StatusCode::NOT_MODIFIED),
        false => make(),
    };
    reply.headers.insert(ETAG, tag.clone());
    reply
}

/// A reply to which something was done after it was tagged. `done` stands for what: the same done to the same has one tag.
pub fn retagged(request: &Request, reply: Reply, done: u64) -> Reply {
    let Some(before) = reply.headers.get(ETAG).and_then(|tag| opaque(tag.as_bytes())) else { return reply };
    let text = format!("W/\"{}-{done:016x}\"", String::from_utf8_lossy(before));
    match HeaderValue::try_from(text) {
        Ok(tag) => tagged(request, &tag, || reply),
        Err(_) => reply,
    }
}

/// Whether `If-None-Match` names the tag, by the weak comparison.
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let mut values = headers.get_all(IF_NONE_MATCH).iter().map(|value| value.as_bytes());
    values.any(|value| value.trim_ascii() == b"*" || tags(value).any(|known| Some(known) == opaque(tag.as_bytes())))
}

/// What stands between the quotes.
fn opaque(tag: &[u8]) -> Option<&[u8]> {
    tags(tag).next()
}

/// The opaque parts of all tags in a list. Commas may stand within the quotes, and whatever is not quoted is no tag.
fn tags(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let begin = rest.iter().position(|byte| *byte == b'"')? + 1;
        let length = rest[begin..].iter().position(|byte| *byte == b'"')?;
        let tag = &rest[begin..begin + length];
        rest = &rest[begin + length + 1..];
        Some(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::body::{Draft, Late};

    fn knows(header: &str, tag: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::try_from(header).unwrap());
        is_known(&headers, &HeaderValue::from_static(tag))
    }

    #[test]
    fn tags_are_compared_weakly() {
        for header in ["W/\"a,b\"", "\"a,b\"", "\"x\", W/\"a,b\"", "*", " * ", "\"\",W/\"a,b\""] {
            assert!(knows(header, "W/\"a,b\""), "{header}");
        }
        for header in ["", "a,b", "W/\"a\"", "\"a\", \"b\"", "\"a,b", "\"*\"", "W/*"] {
            assert!(!knows(header, "W/\"a,b\""), "{header}");
        }
    }

    #[test]
    fn the_id_of_a_request_makes_no_other_tag() {
        let body = |text: &str| {
            let mut draft = Draft::default();
            draft.text(text);
            draft.late(Late::RequestId);
            draft.done()
        };
        assert_eq!(tag(&body("a")), tag(&body("a")));
        assert_ne!(tag(&body("a")), tag(&body("b")));
        assert_ne!(tag(&body("")), tag(&body("\0")));
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let tag = HeaderValue::from_static("W/\"1\"");
        let mut request = Request::new(Method::GET, "/".parse().unwrap());
        let made = || Reply::json(StatusCode::OK, &serde_json::json!({}));
        assert_eq!(tagged(&request, &tag, made).status, StatusCode::OK);
        request.headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"1\""));
        let reply = tagged(&request, &tag, || unreachable!());
        assert_eq!((reply.status, &reply.headers[ETAG], reply.body.len()), (StatusCode::NOT_MODIFIED, &tag, 0));
        request.method = Method::POST;
        assert_eq!(tagged(&request, &tag, made).status, StatusCode::OK);
    }
}
