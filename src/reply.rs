//! The answer as a plain value. The server alone turns it into bytes on a socket.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};

use crate::ending::Witness;
use crate::fault::Fault;
use crate::gate::Held;

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
    /// Waited before the first byte is sent. It is cut short when the client closes or the server leaves.
    pub delay: Duration,
    /// After that it waits until somebody lets it go, which is cut short likewise.
    pub held: Option<Held>,
    /// What is done to the answer on its way out.
    pub fault: Option<Fault>,
    /// Who is told what became of it.
    pub witness: Option<Arc<dyn Witness>>,
}

#[derive(Clone)]
pub enum Body {
    Ready(Bytes),
    /// Ready as well, in pieces that follow one another: long ones that many answers share, and what is an answer's own.
    Joined(Vec<Bytes>),
    /// Made while it is sent, so that an hour of sound takes no memory.
    Made(Arc<dyn Made>),
    /// Goes on for as long as the client listens.
    Live(Arc<dyn Live>),
}

/// Bytes that are worked out piece by piece, as the client takes them.
pub trait Made: Send + Sync {
    fn len(&self) -> u64;

    /// Some of the bytes from `at` on, at least one unless that is the end. It must not take long: others wait.
    fn read(&self, at: u64) -> Bytes;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Bytes that come when there is something to tell. It ends when the client goes or the server leaves.
pub trait Live: Send + Sync {
    /// The next bytes, at least one.
    fn poll_next(&self, context: &mut Context<'_>) -> Poll<Bytes>;

    /// Sent when nothing else was for a while, so that both sides see that the other is still there.
    fn sign_of_life(&self) -> Bytes;
}

impl Reply {
    /// An answer with neither headers nor body.
    pub fn empty(status: StatusCode) -> Self {
        let (headers, body) = (HeaderMap::new(), Body::default());
        Reply { status, headers, body, delay: Duration::ZERO, held: None, fault: None, witness: None }
    }

    /// Something is waited for before the first byte is sent.
    pub fn is_late(&self) -> bool {
        !self.delay.is_zero() || self.held.is_some()
    }

    pub fn new(status: StatusCode, media_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let mut reply = Reply { body: Body::Ready(body.into()), ..Reply::empty(status) };
        reply.headers.insert(CONTENT_TYPE, media_type);
        reply
    }

    pub fn json(status: StatusCode, body: &serde_json::Value) -> Self {
        Reply::new(status, HeaderValue::from_static("application/json"), body.to_string())
    }

    /// Sets a header from text; text that no header can hold leaves the reply as it was.
    pub fn set(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
    }
}

impl Body {
    pub fn len(&self) -> u64 {
        match self {
            Body::Ready(bytes) => bytes.len() as u64,
            Body::Joined(pieces) => pieces.iter().map(|piece| piece.len() as u64).sum(),
            Body::Made(made) => made.len(),
            Body::Live(_) => 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that are there; none of a body that is made while it is sent.
    pub fn ready(&self) -> Bytes {
        match self {
            Body::Ready(bytes) => bytes.clone(),
            Body::Joined(pieces) => pieces.concat().into(),
            Body::Made(_) | Body::Live(_) => Bytes::new(),
        }
    }
}

impl Default for Body {
    fn default() -> Body {
        Body::Ready(Bytes::new())
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Body {
        Body::Ready(bytes.into())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Ready(_) | Body::Joined(_) => self.ready().fmt(f),
            Body::Live(_) => f.write_str("what is still to come"),
            Body::Made(made) => write!(f, "{} bytes, made while they are sent", made.len()),
        }
    }
}
