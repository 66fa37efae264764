//! A reply as it goes out: the only place where answers take their form on the wire.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderValue, TRANSFER_ENCODING};
use http::{Response, StatusCode};
use hyper::body::{Frame, SizeHint};

use crate::reply::{Body, Made, Reply};

/// What becomes of the connection after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    Open,
    Close,
}

/// hyper adds the date and the length; what a reply says of its own length can only be wrong.
pub(super) fn deliver(reply: Reply, head_only: bool, leave: Leave) -> Response<Outgoing> {
    let Reply { status, mut headers, mut body, delay: _, fault: _ } = reply;
    headers.remove(TRANSFER_ENCODING);
    if has_no_body(status) {
        headers.remove(CONTENT_LENGTH);
        body = Body::default();
    } else if head_only {
        // The length is that of the answer to GET. A site that left the body out may have said it itself.
        if !body.is_empty() || !headers.contains_key(CONTENT_LENGTH) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            body = Body::default();
        }
    } else {
        headers.remove(CONTENT_LENGTH);
    }
    if leave == Leave::Close {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let mut response = Response::new(Outgoing::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// A body as hyper asks for it: what is ready in one piece, everything else as the client takes it.
pub(super) struct Outgoing {
    next: Bytes,
    /// What is still to be made: from where on, and where it ends.
    made: Option<(Arc<dyn Made>, u64, u64)>,
}

impl Outgoing {
    fn new(body: Body) -> Outgoing {
        match body {
            Body::Ready(bytes) => Outgoing { next: bytes, made: None },
            Body::Made(made) => {
                let len = made.len();
                Outgoing { next: Bytes::new(), made: Some((made, 0, len)) }
            }
        }
    }

    fn left(&self) -> u64 {
        self.next.len() as u64 + self.made.as_ref().map_or(0, |(_, at, len)| len - at)
    }
}

impl hyper::body::Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let mut piece = std::mem::take(&mut this.next);
        if let Some((made, at, len)) = &mut this.made {
            piece = made.read(*at);
            piece.truncate(usize::try_from(*len - *at).unwrap_or(usize::MAX));
            *at += piece.len() as u64;
        }
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left())
    }
}

fn has_no_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// A whole answer as bytes, for what hyper refuses before it is a request. `date` is the line that hyper wrote.
pub(super) fn written_out(mut reply: Reply, date: Option<&[u8]>) -> Bytes {
    reply.headers.remove(TRANSFER_ENCODING);
    reply.headers.insert(CONTENT_LENGTH, HeaderValue::from(reply.body.ready().len()));
    reply.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if let Some(date) = date.and_then(|date| HeaderValue::from_bytes(date).ok()) {
        reply.headers.insert(DATE, date);
    }
    let body = reply.body.ready();
    let mut bytes = BytesMut::with_capacity(512 + body.len());
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
    bytes.put_slice(body);
    bytes.freeze()
}
