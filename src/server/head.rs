//! From a head as hyper read it to our request, or to the reason why it is none.
//!
//! hyper refuses what can't be parsed. Here is the rest of RFC 9112: the host, the forms of a target, and what a body's
//! framing may be.

use http::header::{HOST, HeaderValue, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, Method, Uri, Version};

use super::Limits;
use crate::problem::{Kind, Problem};
use crate::request::Request;

/// A request, or what is left of one and why it is refused.
pub(super) fn read(parts: Parts, connection: u64, limits: &Limits) -> Result<Request, (Request, Problem)> {
    let mut request = Request::new(parts.method, parts.uri);
    (request.version, request.headers, request.connection) = (parts.version, parts.headers, connection);
    match judge(&mut request, limits) {
        Ok(()) => Ok(request),
        Err(problem) => Err((request, problem)),
    }
}

fn judge(request: &mut Request, limits: &Limits) -> Result<(), Problem> {
    let headers = request.headers.len();
    if headers > limits.headers {
        // Only over HTTP/2, whose library counts no headers.
        return Err(head_too_large(limits));
    }
    let target = length(&request.uri);
    if target > limits.target_bytes {
        return Err(target_too_long(limits));
    }
    framing(&request.headers)?;
    host(request)?;
    form(request)
}

pub(super) fn head_too_large(limits: &Limits) -> Problem {
    Problem::new(Kind::HeadTooLarge).with("limit", limits.head_bytes).with("headers", limits.headers)
}

pub(super) fn target_too_long(limits: &Limits) -> Problem {
    Problem::new(Kind::TargetTooLong).with("limit", limits.target_bytes)
}

fn length(uri: &Uri) -> usize {
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    let path = uri.path_and_query().map_or(0, |path| path.as_str().len());
    authority + path
}

/// hyper looks at the last coding alone, so that `gzip, chunked` and a header given twice come this far. No two servers
/// agree on what they mean; that is how requests are smuggled.
fn framing(headers: &HeaderMap) -> Result<(), Problem> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(only), None) if only.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(malformed("the only transfer coding understood is chunked, given once")),
    }
}

pub(super) fn malformed(reason: &str) -> Problem {
    Problem::new(Kind::MalformedRequest).with("reason", reason)
}

/// Exactly one valid host, wherever it is said: a target's authority overrides the header (RFC 9112, section 3.2.2).
/// After this it is in the header, where the other rooms look.
fn host(request: &mut Request) -> Result<(), Problem> {
    let version = request.version;
    let wrong = |reason: &str| Err(Problem::new(Kind::MalformedHost).with("reason", reason));
    let mut hosts = request.headers.get_all(HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return wrong("there is more than one");
    }
    if first.is_some_and(|host| !is_host(host.as_bytes())) {
        return wrong("it is not a name or an address with an optional port");
    }
    match (first, request.uri.authority()) {
        (None, None) if version >= Version::HTTP_11 => wrong("there is none"),
        (None, _) if version == Version::HTTP_11 => wrong("there is none"),
        (_, Some(authority)) if request.method != Method::CONNECT => {
            let value = HeaderValue::from_str(authority.as_str());
            match value {
                Ok(value) if is_host(value.as_bytes()) => {
                    request.headers.insert(HOST, value);
                    Ok(())
                }
                _ => wrong("it is not a name or an address with an optional port"),
            }
        }
        _ => Ok(()),
    }
}

/// What a host's name may consist of, by the byte.
const IN_NAMES: [bool; 256] = {
    let (mut allowed, mut byte) = ([false; 256], 0);
    while byte < 256 {
        allowed[byte] = matches!(byte as u8, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~')
            || matches!(byte as u8, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=');
        byte += 1;
    }
    allowed
};

/// `uri-host [":" port]` of RFC 9110, without an empty host.
fn is_host(host: &[u8]) -> bool {
    let (name, port) = match host {
        [b'[', rest @ ..] => {
            let Some(end) = rest.iter().position(|byte| *byte == b']') else { return false };
            let address = std::str::from_utf8(&rest[..end]).ok().and_then(|text| text.parse().ok());
            let Some::<std::net::Ipv6Addr>(_) = address else { return false };
            match &rest[end + 1..] {
                [] => return true,
                [b':', port @ ..] => return is_port(port),
                _ => return false,
            }
        }
        _ => match host.iter().position(|byte| *byte == b':') {
            Some(colon) => (&host[..colon], Some(&host[colon + 1..])),
            None => (host, None),
        },
    };
    // A percent-encoded name is allowed by the grammar, and no client has one.
    !name.is_empty() && name.iter().all(|byte| IN_NAMES[usize::from(*byte)]) && port.is_none_or(is_port)
}

fn is_port(port: &[u8]) -> bool {
    // The grammar allows a colon without a port behind it.
    port.is_empty()
        || (port.iter().all(u8::is_ascii_digit)
            && std::str::from_utf8(port).is_ok_and(|port| port.parse::<u16>().is_ok()))
}

/// A path it must be; that it holds no control characters, the libraries see to. With an authority it is served as ours, and nobody is asked elsewhere.
fn form(request: &mut Request) -> Result<(), Problem> {
    let wrong = |reason: &str| Err(Problem::new(Kind::MalformedTarget).with("reason", reason));
    if request.method == Method::CONNECT {
        return wrong("this is no proxy: CONNECT leads nowhere");
    }
    if request.uri.path() == "*" {
        return wrong("an asterisk names no operation");
    }
    if !request.uri.path().starts_with('/') {
        return wrong("it does not begin with a slash");
    }
    if request.uri.authority().is_some() {
        let path = std::mem::take(&mut request.uri).into_parts().path_and_query;
        request.uri = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for good in ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]", "[::1]:80", "a-b.example", "x:"] {
            assert!(is_host(good.as_bytes()), "{good}");
        }
        for bad in ["", ":80", "a b", "x:notaport", "x:65536", "x:1:2", "[::1", "[x]", "[::1]x", "u@h", "h/p", "é"] {
            assert!(!is_host(bad.as_bytes()), "{bad}");
        }
    }
}
