//! The answer as a plain value. The server alone turns it into bytes on a socket.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    /// An answer with neither headers nor body.
    pub fn empty(status: StatusCode) -> Self {
        Reply { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    pub fn new(status: StatusCode, media_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let mut reply = Reply { status, headers: HeaderMap::new(), body: body.into() };
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
