//! A reply as it goes out: the only place where answers take their form on the wire.

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderValue, TRANSFER_ENCODING};
use http::{Response, StatusCode};
use http_body_util::Full;

use crate::reply::Reply;

/// What becomes of the connection after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    Open,
    Close,
}

/// hyper adds the date and the length; what a reply says of its own length can only be wrong.
pub(super) fn deliver(reply: Reply, head_only: bool, leave: Leave) -> Response<Full<Bytes>> {
    let Reply { status, mut headers, mut body } = reply;
    headers.remove(TRANSFER_ENCODING);
    if has_no_body(status) {
        headers.remove(CONTENT_LENGTH);
        body = Bytes::new();
    } else if head_only {
        // The length is that of the answer to GET. A site that left the body out may have said it itself.
        if !body.is_empty() || !headers.contains_key(CONTENT_LENGTH) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            body = Bytes::new();
        }
    } else {
        headers.remove(CONTENT_LENGTH);
    }
    if leave == Leave::Close {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn has_no_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// A whole answer as bytes, for what hyper refuses before it is a request. `date` is the line that hyper wrote.
pub(super) fn written_out(mut reply: Reply, date: Option<&[u8]>) -> Bytes {
    reply.headers.remove(TRANSFER_ENCODING);
    reply.headers.insert(CONTENT_LENGTH, HeaderValue::from(reply.body.len()));
    reply.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if let Some(date) = date.and_then(|date| HeaderValue::from_bytes(date).ok()) {
        reply.headers.insert(DATE, date);
    }
    let mut bytes = BytesMut::with_capacity(512 + reply.body.len());
    bytes.put_slice(b"HTTP/1.1 ");
    bytes.put_slice(reply.status.as_str().as_bytes());
    bytes.put_slice(b" ");
    bytes.put_slice(reply.status.canonical_reason().unwrap_or_default().as_bytes());
    bytes.put_slice(b"\r\n");
    for (name, value) in &reply.headers {
        bytes.put_slice(name.as_str().as_bytes());
        bytes.put_slice(b": ");
        bytes.put_slice(value.as_bytes());
        bytes.put_slice(b"\r\n");
    }
    bytes.put_slice(b"\r\n");
    bytes.put_slice(&reply.body);
    bytes.freeze()
}
