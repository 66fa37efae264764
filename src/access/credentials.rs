//! What a request shows of its caller, by scheme.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::AUTHORIZATION;
use percent_encoding::percent_decode_str;

use crate::contract::{Location, Scheme};
use crate::request::Request;

pub enum Presented {
    Missing,
    Malformed,
    /// The key as it is compared: a token, or `user:password`.
    Given(String),
}

pub fn presented(scheme: &Scheme, request: &Request) -> Presented {
    match scheme {
        Scheme::Bearer => authorization(request, "bearer", |token| Some(token.to_owned())),
        Scheme::Basic => authorization(request, "basic", |token| {
            let pair = String::from_utf8(BASE64_STANDARD.decode(token).ok()?).ok()?;
            pair.contains(':').then_some(pair)
        }),
        Scheme::Key { location, name } => key(*location, name, request),
        Scheme::Outside => Presented::Missing,
    }
}

/// What is wanted, as a person would call it.
pub fn wanted(scheme: &Scheme) -> String {
    match scheme {
        Scheme::Bearer => "a bearer token".to_owned(),
        Scheme::Basic => "a user and a password".to_owned(),
        Scheme::Key { location, name } => format!("the {} {name}", location.name()),
        Scheme::Outside => "nothing".to_owned(),
    }
}

/// The form in which it is wanted.
pub fn form(scheme: &Scheme) -> String {
    match scheme {
        Scheme::Bearer => "Authorization: Bearer <key>".to_owned(),
        Scheme::Basic => "Authorization: Basic <base64 of user:password>".to_owned(),
        Scheme::Key { location: Location::Header, name } => format!("{name}: <key>"),
        Scheme::Key { location: Location::Cookie, name } => format!("Cookie: {name}=<key>"),
        Scheme::Key { name, .. } => format!("?{name}=<key>"),
        Scheme::Outside => String::new(),
    }
}

/// What a 401 says in `WWW-Authenticate`. There is no such word for API keys.
pub fn challenge(scheme: &Scheme) -> Option<&'static str> {
    match scheme {
        Scheme::Bearer => Some("Bearer"),
        Scheme::Basic => Some("Basic realm=\"api\", charset=\"UTF-8\""),
        Scheme::Key { .. } | Scheme::Outside => None,
    }
}

/// Two `Authorization` headers are malformed: which of them counts would be anybody's guess.
fn authorization(request: &Request, wanted: &str, read: impl Fn(&str) -> Option<String>) -> Presented {
    let mut values = request.headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Presented::Missing };
    let parts = value.to_str().ok().and_then(|text| in_two(text.trim_ascii()));
    let token = parts.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(wanted)).map(|(_, token)| token.trim_ascii());
    let good = token.filter(|token| !token.is_empty() && !token.contains(' ')).and_then(read);
    match good.filter(|_| values.next().is_none()) {
        Some(key) => Presented::Given(key),
        None => Presented::Malformed,
    }
}

/// At the first blank. That is near enough that looking for it byte by byte is the fastest way.
fn in_two(text: &str) -> Option<(&str, &str)> {
    let blank = text.bytes().position(|byte| byte == b' ')?;
    Some((&text[..blank], &text[blank + 1..]))
}

fn key(location: Location, name: &str, request: &Request) -> Presented {
    let mut found = match location {
        Location::Query => pairs(request.query().unwrap_or_default(), '&', name),
        Location::Cookie => {
            let cookies = request.headers.get_all(http::header::COOKIE).iter();
            cookies.filter_map(|value| value.to_str().ok()).flat_map(|value| pairs(value, ';', name)).collect()
        }
        _ => request.headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default().to_owned()).collect(),
    };
    match (found.len(), found.pop()) {
        (0, _) => Presented::Missing,
        (1, Some(key)) if !key.is_empty() => Presented::Given(key),
        _ => Presented::Malformed,
    }
}

fn pairs(text: &str, separator: char, name: &str) -> Vec<String> {
    let pairs = text.split(separator).filter_map(|pair| pair.trim().split_once('='));
    let named = pairs.filter(|(known, _)| percent_decode_str(known).decode_utf8().is_ok_and(|known| known == name));
    named.map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned()).collect()
}
