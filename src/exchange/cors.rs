//! What a browser asks before a page's script may call the API. Any page may, and never with credentials of its own:
//! a key is sent as a header, so that no cookie is needed.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ALLOW, HeaderValue, ORIGIN, VARY,
};
use http::{Method, StatusCode};

use crate::contract::Found;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::Request;

/// The answer to a preflight, or `None` if the request is none or its path leads nowhere.
pub fn preflight(enabled: bool, request: &Request, find: impl FnOnce() -> Result<Found, Problem>) -> Option<Reply> {
    let asks = |name: http::HeaderName| request.headers.contains_key(name);
    if !enabled || request.method != Method::OPTIONS || !asks(ORIGIN) || !asks(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut reply = match find().ok()? {
        Found::Options(allowed) => options(&allowed),
        // The contract has an OPTIONS operation of its own: a preflight carries no key and must still be let in.
        Found::Operation(..) => Reply::empty(StatusCode::NO_CONTENT),
    };
    let methods = reply.headers.get(ALLOW).cloned();
    let wanted = request.headers.get(ACCESS_CONTROL_REQUEST_METHOD).cloned();
    if let Some(methods) = methods.or(wanted) {
        reply.headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    if let Some(headers) = request.headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        reply.headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, headers.clone());
    }
    reply.headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    reply
        .headers
        .insert(VARY, HeaderValue::from_static("access-control-request-method, access-control-request-headers"));
    Some(reply)
}

/// The answer to `OPTIONS` where the contract has no such operation.
pub fn options(allowed: &[Method]) -> Reply {
    let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
    let mut reply = Reply::empty(StatusCode::NO_CONTENT);
    reply.set(ALLOW, &names.join(", "));
    reply
}
