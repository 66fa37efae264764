//! Links to the neighbours of a page. They lead to the address that the client called, and repeat what it asked for in its
//! own spelling and order; only where the page lies is another.

use std::borrow::Cow;

use http::header::HOST;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::request::Request;

/// What a server may let pass in a target and is no part of a URI all the same.
const NO_URI: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');
pub const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A target as the client called it.
pub struct Target<'r> {
    /// Scheme, host and path.
    address: String,
    query: Option<&'r str>,
}

/// One parameter that a link has instead of those of the request.
#[derive(Debug, Clone, Copy)]
pub struct Turned<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

impl<'r> Target<'r> {
    pub fn of(request: &'r Request) -> Target<'r> {
        let address = format!("{}{}", origin(request), utf8_percent_encode(request.path(), NO_URI));
        Target { address, query: request.query().filter(|query| !query.is_empty()) }
    }

    /// The target as it is.
    pub fn own(&self) -> String {
        match self.query {
            Some(query) => format!("{}?{}", self.address, utf8_percent_encode(query, NO_URI)),
            None => self.address.clone(),
        }
    }

    /// The target with another value for a parameter: in its place if the client sent it, else in the place of the first
    /// of those that it stands for, else at the end. `instead_of` are the parameters that go.
    pub fn turned(&self, turned: Turned, instead_of: &[&str]) -> String {
        let pair = format!("{}={}", utf8_percent_encode(turned.name, VALUE), utf8_percent_encode(turned.value, VALUE));
        let mut link = self.address.clone();
        let mut add = |pair: &str| {
            link.push(if link.len() == self.address.len() { '?' } else { '&' });
            link.push_str(pair);
        };
        let is_one = |pair: &str| {
            let name = name(pair);
            name == turned.name || instead_of.contains(&name.as_ref())
        };
        let mut waiting = Some(pair.as_str());
        for pair in self.query.iter().flat_map(|query| query.split('&')) {
            match is_one(pair) {
                true => waiting.take().into_iter().for_each(&mut add),
                false => add(&utf8_percent_encode(pair, NO_URI).to_string()),
            }
        }
        waiting.into_iter().for_each(add);
        link
    }
}

/// Scheme and host by which the client reached us. What a proxy says of itself is not believed.
pub fn origin(request: &Request) -> String {
    address(request).concat()
}

/// The same in its parts.
pub fn address(request: &Request) -> [&str; 3] {
    let scheme = request.uri.scheme_str().unwrap_or("http");
    let named = request.uri.authority().map(|authority| authority.as_str()).or_else(|| request.header(HOST));
    [scheme, "://", named.filter(|host| !host.is_empty()).unwrap_or("localhost")]
}

/// Whether the query has a parameter of this name.
pub fn names(request: &Request, wanted: &str) -> bool {
    let mut pairs = request.query().into_iter().flat_map(|query| query.split('&'));
    pairs.any(|pair| name(pair) == wanted)
}

fn name(pair: &str) -> Cow<'_, str> {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    if name.contains('+') {
        return percent_decode_str(&name.replace('+', " ")).decode_utf8_lossy().into_owned().into();
    }
    percent_decode_str(name).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, Method};

    fn request(target: &str, host: Option<&'static str>) -> Request {
        let mut request = Request::new(Method::GET, target.parse().unwrap());
        request.headers.extend(host.map(|host| (HOST, HeaderValue::from_static(host))));
        request.headers.insert("x-forwarded-host", HeaderValue::from_static("evil.example"));
        request
    }

    fn page(target: &str, value: &str) -> String {
        let request = request(target, Some("api.example:4010"));
        let link = Target::of(&request).turned(Turned { name: "page", value }, &["p[]"]);
        link.strip_prefix("http://api.example:4010").unwrap().to_owned()
    }

    #[test]
    fn what_the_client_asked_for_stays_as_it_wrote_it() {
        assert_eq!(page("/orders", "2"), "/orders?page=2");
        assert_eq!(page("/orders?", "2"), "/orders?page=2");
        assert_eq!(page("/orders?a=1&page=7&b=%2B1+x", "2"), "/orders?a=1&page=2&b=%2B1+x");
        assert_eq!(page("/orders?b=2&a=1", "3"), "/orders?b=2&a=1&page=3");
        assert_eq!(page("/orders?p%61ge=7&a", "2"), "/orders?page=2&a");
        assert_eq!(page("/orders?a=1&p%5B%5D=9&z=&page=1&page=2", "a b/c"), "/orders?a=1&page=a%20b%2Fc&z=");
        assert_eq!(page("/a%2Fb/orders", "2"), "/a%2Fb/orders?page=2");
        assert_eq!(page("/orders?a={b}|", "2"), "/orders?a=%7Bb%7D%7C&page=2");
    }

    #[test]
    fn the_address_is_the_one_that_was_called() {
        let own = |target: &str, host| Target::of(&request(target, host)).own();
        assert_eq!(own("/orders?a=1", Some("127.0.0.1:80")), "http://127.0.0.1:80/orders?a=1");
        assert_eq!(own("https://shop.example/orders", Some("other")), "https://shop.example/orders");
        assert_eq!(own("/orders", None), "http://localhost/orders");
        assert!(names(&request("/?a=1&b%5B%5D=2&c+d", None), "b[]"));
        assert!(names(&request("/?a=1&b&c+d", None), "c d"));
        assert!(!names(&request("/?a=page", None), "page"));
    }
}
