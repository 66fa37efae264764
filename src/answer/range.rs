//! A stretch of a body instead of the whole (RFC 9110, section 14): one range of bytes. Several ranges in one request, other
//! units and what can't be read are answered with the whole, as the RFC allows.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue, IF_RANGE, RANGE};
use http::{Method, StatusCode};

use crate::reply::{Body, Made, Reply};
use crate::request::Request;

/// What is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    /// Both ends belong to it.
    Part {
        first: u64,
        last: u64,
    },
    /// Nothing of the body lies in the range.
    Beyond,
}

/// Reads the request's range of a body of `length` bytes. `etag` is the body's strong tag.
pub fn wanted(request: &Request, length: u64, etag: &str) -> Wanted {
    let mut ranges = request.headers.get_all(RANGE).iter();
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return Wanted::Whole };
    // A client that has an older version of the body gets the whole of this one. Weak tags and dates never fit.
    let outdated = request.headers.get(IF_RANGE).is_some_and(|known| known.as_bytes() != etag.as_bytes());
    let text = range.to_str().ok().filter(|_| request.method == Method::GET && !outdated);
    text.and_then(|text| read(text, length)).unwrap_or(Wanted::Whole)
}

/// `None` where the text is no single range of bytes.
fn read(text: &str, length: u64) -> Option<Wanted> {
    let (unit, range) = text.split_once('=')?;
    let (first, last) = range.trim().split_once('-').filter(|_| unit.trim().eq_ignore_ascii_case("bytes"))?;
    let wanted = match (first, last) {
        ("", suffix) => match number(suffix)? {
            0 => Wanted::Beyond,
            suffix => Wanted::Part { first: length.saturating_sub(suffix), last: length.saturating_sub(1) },
        },
        (first, "") => Wanted::Part { first: number(first)?, last: u64::MAX },
        (first, last) => Wanted::Part { first: number(first)?, last: number(last)? },
    };
    match wanted {
        Wanted::Part { first, last } if first > last => None,
        Wanted::Part { first, .. } if first >= length => Some(Wanted::Beyond),
        Wanted::Part { first, last } => Some(Wanted::Part { first, last: last.min(length - 1) }),
        other => Some(other),
    }
}

/// A number of any length: what is too long to count is beyond every body.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// A range that begins beyond the end of a body of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beyond(pub u64);

/// The reply with as much of a body as the request wants: 200 or 206.
pub fn reply(request: &Request, media_type: HeaderValue, etag: &str, body: Arc<dyn Made>) -> Result<Reply, Beyond> {
    let length = body.len();
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_TYPE, media_type);
    match wanted(request, length, etag) {
        Wanted::Whole => Ok(Reply { headers, body: Body::Made(body), ..Reply::empty(StatusCode::OK) }),
        Wanted::Part { first, last } => {
            headers
                .extend(HeaderValue::from_str(&format!("bytes {first}-{last}/{length}")).map(|v| (CONTENT_RANGE, v)));
            let body = Body::Made(Arc::new(Part { whole: body, first, last }));
            Ok(Reply { headers, body, ..Reply::empty(StatusCode::PARTIAL_CONTENT) })
        }
        Wanted::Beyond => Err(Beyond(length)),
    }
}

/// A stretch of a body that is made while it is sent.
struct Part {
    whole: Arc<dyn Made>,
    first: u64,
    last: u64,
}

impl Made for Part {
    fn len(&self) -> u64 {
        self.last - self.first + 1
    }

    fn read(&self, at: u64) -> Bytes {
        let mut bytes = self.whole.read(self.first.saturating_add(at));
        let left = self.len().saturating_sub(at);
        bytes.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Uri;

    fn request(headers: &[(&'static str, &str)]) -> Request {
        let mut request = Request::new(Method::GET, Uri::from_static("/"));
        for (name, value) in headers {
            request.headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        request
    }

    fn of_ten(range: &str) -> Wanted {
        wanted(&request(&[("range", range)]), 10, "\"a\"")
    }

    #[test]
    fn one_range_is_a_part() {
        let part = |first, last| Wanted::Part { first, last };
        for (range, expected) in [
            ("bytes=0-0", part(0, 0)),
            ("bytes=0-", part(0, 9)),
            ("bytes=3-5", part(3, 5)),
            ("Bytes = 3-500", part(3, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-500", part(0, 9)),
            ("bytes=9-99999999999999999999999", part(9, 9)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=99999999999999999999999-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
        ] {
            assert_eq!(of_ten(range), expected, "{range}");
        }
    }

    #[test]
    fn everything_else_is_the_whole() {
        for range in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-3", "bytes=+1-2", "bytes=a-b", "lines=0-1", "bytes=0-1,3-4"]
        {
            assert_eq!(of_ten(range), Wanted::Whole, "{range}");
        }
        let many = format!("bytes={}", vec!["0-0"; 1000].join(","));
        assert_eq!(of_ten(&many), Wanted::Whole);
        assert_eq!(wanted(&request(&[]), 10, "\"a\""), Wanted::Whole);
        assert_eq!(wanted(&request(&[("range", "bytes=0-1"), ("range", "bytes=0-1")]), 10, "\"a\""), Wanted::Whole);
        assert_eq!(wanted(&request(&[("range", "bytes=-1")]), 0, "\"a\""), Wanted::Beyond);
    }

    #[test]
    fn a_range_of_another_version_is_not_answered() {
        let with = |tag| wanted(&request(&[("range", "bytes=1-2"), ("if-range", tag)]), 10, "\"a\"");
        assert_eq!(with("\"a\""), Wanted::Part { first: 1, last: 2 });
        assert_eq!(with("\"b\""), Wanted::Whole);
        assert_eq!(with("W/\"a\""), Wanted::Whole);
        assert_eq!(with("Wed, 15 Jan 2025 15:00:00 GMT"), Wanted::Whole);
    }

    struct Letters;

    impl Made for Letters {
        fn len(&self) -> u64 {
            10
        }

        fn read(&self, at: u64) -> Bytes {
            Bytes::from_static(b"abcdefghij").slice(at as usize..(at as usize + 4).min(10))
        }
    }

    #[test]
    fn a_part_ends_where_it_ends() {
        let ask = |range| {
            reply(&request(&[("range", range)]), HeaderValue::from_static("text/plain"), "\"a\"", Arc::new(Letters))
        };
        let reply = ask("bytes=2-7").unwrap();
        assert_eq!((reply.status, reply.body.len()), (StatusCode::PARTIAL_CONTENT, 6));
        assert_eq!(reply.headers[CONTENT_RANGE], "bytes 2-7/10");
        let Body::Made(made) = reply.body else { panic!("made while it is sent") };
        assert_eq!((made.read(0), made.read(4)), (Bytes::from("cdef"), Bytes::from("gh")));
        assert_eq!(ask("bytes=20-").unwrap_err(), Beyond(10));
    }
}
