//! A reply as it goes out: the only place where answers take their form on the wire.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, Response, StatusCode, Version};
use hyper::body::{Frame, SizeHint};

use super::live::Live;
use super::scripted::Scripted;
use super::telling::Telling;
use crate::reply::{Body, Made, Reply};

/// What becomes of the connection after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    Open,
    Close,
}

/// hyper adds the date and the length; what a reply says of its own length can only be wrong.
pub(super) fn deliver(reply: Reply, telling: Telling, head_only: bool, leave: Leave) -> Response<Pieces> {
    let Reply { status, mut headers, mut body, .. } = reply;
    headers.remove(TRANSFER_ENCODING);
    if has_no_body(status) {
        headers.remove(CONTENT_LENGTH);
        body = Body::default();
    } else if matches!(body, Body::Live(_)) {
        headers.remove(CONTENT_LENGTH);
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
    let mut response = Response::new(Pieces::new(body, telling));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

pub(super) fn has_no_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// Of a long body no more than this is handed over at once, so that it is known how much of it the client took.
pub(super) const MOST_AT_ONCE: u64 = 256 << 10;

/// A body as hyper asks for it.
pub(super) enum Outgoing {
    Pieces(Pieces),
    Live(Live),
    /// By the words of a fault.
    Scripted(Box<Scripted>),
}

/// The only error is a stream's reset, and only a script has one.
impl hyper::body::Body for Outgoing {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        match self.get_mut() {
            Outgoing::Pieces(pieces) => Poll::Ready(pieces.next(MOST_AT_ONCE).map(|piece| Ok(Frame::data(piece)))),
            Outgoing::Live(live) => live.poll_next(cx).map(|next| next.map(|bytes| Ok(Frame::data(bytes)))),
            Outgoing::Scripted(scripted) => scripted.poll_next(cx).map(|next| next.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Outgoing::Pieces(pieces) if pieces.left() == 0)
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Outgoing::Pieces(pieces) => SizeHint::with_exact(pieces.left()),
            Outgoing::Live(_) | Outgoing::Scripted(_) => SizeHint::default(),
        }
    }
}

/// A body's bytes from first to last: what is ready in the pieces that it has, everything else as the client takes it.
pub(super) struct Pieces {
    next: Bytes,
    ready: vec::IntoIter<Bytes>,
    /// What is still to be made: from where on, and where it ends.
    made: Option<(Arc<dyn Made>, u64, u64)>,
    telling: Telling,
}

impl Pieces {
    fn new(body: Body, telling: Telling) -> Pieces {
        let none = || Vec::new().into_iter();
        let (next, ready, made) = match body {
            Body::Ready(bytes) => (bytes, none(), None),
            Body::Joined(pieces) => (Bytes::new(), pieces.into_iter(), None),
            // One that is sent as a whole is over before it begins.
            Body::Live(_) => (Bytes::new(), none(), None),
            Body::Made(made) => {
                let len = made.len();
                (Bytes::new(), none(), Some((made, 0, len)))
            }
        };
        Pieces { next, ready, made, telling }
    }

    pub(super) fn left(&self) -> u64 {
        let ready = self.next.len() + self.ready.as_slice().iter().map(Bytes::len).sum::<usize>();
        ready as u64 + self.made.as_ref().map_or(0, |(_, at, len)| len - at)
    }

    /// Some of the next bytes, but no more than these; none at the end.
    pub(super) fn next(&mut self, most: u64) -> Option<Bytes> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        while self.next.is_empty()
            && let Some(piece) = self.ready.next()
        {
            self.next = piece;
        }
        if self.next.is_empty()
            && let Some((made, at, len)) = &mut self.made
        {
            self.next = made.read(*at);
            self.next.truncate(usize::try_from(*len - *at).unwrap_or(usize::MAX));
            *at += self.next.len() as u64;
        }
        let piece = self.next.split_to(most.min(self.next.len()));
        self.telling.sent(piece.len());
        (!piece.is_empty()).then_some(piece)
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        if self.left() == 0 {
            self.telling.complete();
        }
    }
}

/// A status line and a head with everything that hyper would add to it.
pub(super) fn head(version: Version, status: StatusCode, headers: &HeaderMap) -> BytesMut {
    let mut bytes = BytesMut::with_capacity(512);
    bytes.put_slice(if version == Version::HTTP_10 { b"HTTP/1.0 " } else { b"HTTP/1.1 " });
    bytes.put_slice(status.as_str().as_bytes());
    bytes.put_slice(b" ");
    bytes.put_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    bytes.put_slice(b"\r\n");
    for (name, value) in headers {
        bytes.put_slice(name.as_str().as_bytes());
        bytes.put_slice(b": ");
        bytes.put_slice(value.as_bytes());
        bytes.put_slice(b"\r\n");
    }
    bytes.put_slice(b"\r\n");
    bytes
}

/// A whole answer as bytes, for what hyper refuses before it is a request. `date` is the line that hyper wrote.
pub(super) fn written_out(mut reply: Reply, date: Option<&[u8]>) -> Bytes {
    reply.headers.remove(TRANSFER_ENCODING);
    reply.headers.insert(CONTENT_LENGTH, HeaderValue::from(reply.body.ready().len()));
    reply.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if let Some(date) = date.and_then(|date| HeaderValue::from_bytes(date).ok()) {
        reply.headers.insert(DATE, date);
    }
    let mut bytes = head(Version::HTTP_11, reply.status, &reply.headers);
    bytes.put_slice(&reply.body.ready());
    bytes.freeze()
}
