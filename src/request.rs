//! The request as a plain value: read once from the wire, then looked at by every room.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Uri, Version};

/// Names a request, in the request if the client likes, and in every answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One request. The body is empty until the rooms that judge the head have let it pass.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    pub version: Version,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The connection that it came by, unlike any other of this process.
    pub connection: u64,
    /// What `X-Request-Id` says in the answer: the client's own if it is sane, else one of ours.
    pub id: String,
}

impl Request {
    /// A request over HTTP/1.1 without headers or body, as tests and the in-process callers build it.
    pub fn new(method: Method, uri: Uri) -> Self {
        let (version, headers) = (Version::HTTP_11, HeaderMap::new());
        Request { method, uri, version, headers, body: Bytes::new(), connection: 0, id: String::new() }
    }

    /// The path as it came, still percent-encoded.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The query as it came, without its question mark.
    pub fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    /// A header's value, if it is there and is visible text.
    pub fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The id that the client gave the request, if it is one that a header and a log can hold.
    pub fn own_id(&self) -> Option<&str> {
        self.header(REQUEST_ID).filter(|id| {
            (1..=128).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte))
        })
    }
}
