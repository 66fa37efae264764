//! What an exchange tells of itself on its way (`-v`, `-vv`), and what of it is kept secret in the log.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LOCATION, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, REFERER};
use percent_encoding::percent_decode_str;

use super::remember::Covers;
use crate::access::Keys;
use crate::contract::{Contract, Covered, HIDDEN, HeaderNames, KeyPlaces, Location, Veils};
use crate::journal::{Mask, Secret};
use crate::plural;
use crate::reply::Reply;
use crate::request::Request;

/// So much of a body is shown.
const SHOWN: usize = 2_000;

/// Where the callers' keys are, so that they stay out of the log.
#[derive(Debug)]
pub struct Secrets {
    pub places: KeyPlaces,
    /// Headers whose values are addresses, with queries of their own.
    addresses: HeaderNames,
    /// Those and the ones in which keys travel: no other header has anything to hide, unless the contract marks it.
    telling: HeaderNames,
    /// The keys themselves.
    pub known: Arc<Mask>,
}

/// Whose headers they are.
#[derive(Debug, Clone, Copy)]
pub enum Side {
    Asked,
    Answered,
}

impl Secrets {
    pub fn of(contract: &Contract, keys: &Keys) -> Secrets {
        let known = Mask::of(keys.iter().filter(|key| !key.prefix).map(|key| key.text.clone()));
        Secrets::at(KeyPlaces::of(contract), Arc::new(known))
    }

    fn at(places: KeyPlaces, known: Arc<Mask>) -> Secrets {
        let addresses = HeaderNames::from_iter([REFERER, LOCATION, CONTENT_LOCATION]);
        let telling = places.headers.iter().chain(addresses.iter()).cloned().collect();
        Secrets { places, addresses, telling, known }
    }

    /// Whether the contract expects a key under this name in the query.
    pub fn expects(&self, name: &str) -> bool {
        self.places.expects(name)
    }

    /// Path and query without the keys in them.
    pub fn masked<'t>(&self, target: &'t str, veils: Option<&Veils>) -> Cow<'t, str> {
        let Some((path, query)) = target.split_once('?') else { return Cow::Borrowed(target) };
        if !query.split('&').any(|pair| self.hidden(pair, veils).is_some()) {
            return Cow::Borrowed(target);
        }
        let pairs = query.split('&').map(|pair| match self.hidden(pair, veils) {
            Some(name) => format!("{name}={HIDDEN}"),
            None => pair.to_owned(),
        });
        Cow::Owned(format!("{path}?{}", pairs.collect::<Vec<_>>().join("&")))
    }

    /// The target of a request: of its path too what is secret is left out.
    pub fn target<'t>(&self, target: &'t str, veils: Option<&Veils>) -> Cow<'t, str> {
        let masked = self.masked(target, veils);
        let Some(veils) = veils.filter(|veils| !veils.segments.is_empty()) else { return masked };
        let mut masked = masked.into_owned();
        let path = masked.split('?').next().unwrap_or_default();
        // The last first: what stands before it stays where it is.
        let segments: Vec<Range<usize>> = veils.in_path(path).collect();
        segments.into_iter().for_each(|segment| masked.replace_range(segment, HIDDEN));
        Cow::Owned(masked)
    }

    /// The name as it is written, if what stands behind it is a key or secret.
    fn hidden<'t>(&self, pair: &'t str, veils: Option<&Veils>) -> Option<&'t str> {
        let (written, value) = pair.split_once('=')?;
        let name = percent_decode_str(written).decode_utf8_lossy();
        // `pin[a]=1` belongs to the parameter `pin`.
        let is_secret = |veils: &Veils| {
            let owner = name.split('[').next().unwrap_or_default();
            [owner, &*name].iter().any(|name| veils.hides(Location::Query, name))
        };
        (!value.is_empty() && (self.places.in_query(&name) || veils.is_some_and(is_secret))).then_some(written)
    }

    /// What is shown in place of a header's value, if nobody may see that.
    pub fn in_place_of<'v>(
        &self,
        name: &HeaderName,
        value: &'v HeaderValue,
        veils: Option<&Veils>,
        side: Side,
    ) -> Option<Cow<'v, str>> {
        if veils.is_none() && !self.telling.contains(name) {
            return None;
        }
        if self.places.in_header(name) || veils.is_some_and(|veils| side.hides(veils, name)) {
            return Some(Cow::Borrowed(HIDDEN));
        }
        match self.addresses.contains(name) {
            true => Some(self.masked(value.to_str().unwrap_or(HIDDEN), veils)),
            false => None,
        }
    }

    /// Whether a request shows something at more than one place where keys are expected.
    pub fn several(&self, request: &Request) -> bool {
        let pairs = request.query().unwrap_or_default().split('&').filter(|pair| self.hidden(pair, None).is_some());
        request.headers.keys().filter(|name| self.places.in_header(name)).count() + pairs.count() > 1
    }

    /// Everything that a request shows where keys are expected.
    pub fn shown(&self, request: &Request) -> Vec<String> {
        let values = request.headers.iter().filter(|(name, _)| self.places.in_header(name));
        let values = values.filter_map(|(name, value)| Some((name, value.to_str().ok()?))).flat_map(|(name, value)| {
            // What a cookie or a scheme is called is no secret.
            let is_cookie = *name == COOKIE;
            let (separators, scheme) = match is_cookie {
                true => (&[';'][..], None),
                false => (&[' ', '=', ';'][..], value.split_once(' ').filter(|(scheme, _)| is_scheme(scheme))),
            };
            let value = scheme.map_or(value, |(_, rest)| rest);
            let parts = value.split(separators).map(move |part| if is_cookie { of_cookie(part) } else { part });
            parts.filter(move |part| !is_cookie || is_no_word(part))
        });
        let pairs = request.query().unwrap_or_default().split('&').filter(|pair| self.hidden(pair, None).is_some());
        let pairs = pairs
            .filter_map(|pair| pair.split_once('='))
            .flat_map(|(_, value)| [Cow::Borrowed(value), percent_decode_str(value).decode_utf8_lossy()]);
        let mut shown: Vec<String> = values.map(str::to_owned).chain(pairs.map(Cow::into_owned)).collect();
        shown.retain(|text| !text.is_empty());
        let escaped: Vec<String> = shown.iter().filter_map(|text| in_json(text)).collect();
        shown.extend(escaped);
        shown.sort();
        shown.dedup();
        shown
    }

    /// The texts of what the contract marks outside of bodies, as they are written and as they are meant.
    pub fn marked(&self, request: &Request, reply: &Reply, veils: &Veils) -> Vec<String> {
        let of_side = |headers: &HeaderMap, side: Side| -> Vec<String> {
            let marked = headers.iter().filter(|(name, _)| side.hides(veils, name));
            marked.filter_map(|(_, value)| value.to_str().ok()).map(str::to_owned).collect()
        };
        let mut texts = of_side(&request.headers, Side::Asked);
        texts.extend(of_side(&reply.headers, Side::Answered));
        let path = request.uri.path();
        let segments = veils.in_path(path).map(|segment| &path[segment]);
        let pairs = request.query().unwrap_or_default().split('&');
        let pairs =
            pairs.filter(|pair| self.hidden(pair, Some(veils)).is_some()).filter_map(|pair| pair.split_once('='));
        for written in segments.chain(pairs.map(|(_, value)| value)) {
            texts.push(written.to_owned());
            texts.extend(percent_decode_str(written).decode_utf8().ok().map(Cow::into_owned));
        }
        texts.sort();
        texts.dedup();
        texts
    }

    fn headers(&self, headers: &HeaderMap, veils: Option<&Veils>, side: Side) -> String {
        let mut text = String::new();
        for (name, value) in headers {
            let value =
                self.in_place_of(name, value, veils, side).unwrap_or_else(|| String::from_utf8_lossy(value.as_bytes()));
            let separator = if text.is_empty() { "" } else { " | " };
            let _ = write!(text, "{separator}{name}: {value}");
        }
        text
    }
}

impl Side {
    fn hides(self, veils: &Veils, name: &HeaderName) -> bool {
        match self {
            Side::Asked => veils.hides(Location::Header, name.as_str()),
            Side::Answered => veils.headers.contains(name),
        }
    }
}

/// The value of a cookie, without what a value may be wrapped in.
fn of_cookie(pair: &str) -> &str {
    let value = pair.split_once('=').map_or(pair, |(_, value)| value);
    value.trim().trim_matches('"').trim_end_matches('=')
}

/// What stands before credentials.
fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "digest", "token"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// What many a cookie holds is a word, such as the name of a theme, and hides nothing where it stands elsewhere.
fn is_no_word(text: &str) -> bool {
    /// No word is as long.
    const LONG: usize = 20;
    text.len() >= LONG || text.bytes().any(|byte| byte.is_ascii_digit())
}

/// How a text is written in JSON, where that is another way.
fn in_json(text: &str) -> Option<String> {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    let quoted = (!text.bytes().all(is_plain)).then(|| serde_json::Value::from(text).to_string())?;
    Some(quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

/// One stage of an exchange. What is told is put together only when somebody listens.
pub fn stage<T: AsRef<str>>(request: &Request, stage: &str, message: impl FnOnce() -> T) {
    if tracing::enabled!(target: "ayra_mock::stage", tracing::Level::DEBUG) {
        tracing::debug!(target: "ayra_mock::stage", id = request.id, stage, message = message().as_ref());
    }
}

/// Headers and bodies of both sides (`-vv`).
pub fn in_full(secrets: &Secrets, request: &Request, reply: &Reply, veils: Option<&Veils>) {
    if !tracing::enabled!(target: "ayra_mock::stage", tracing::Level::TRACE) {
        return;
    }
    let tell = |stage: &str, message: &str| {
        if !message.is_empty() {
            tracing::trace!(target: "ayra_mock::stage", id = request.id, stage, message);
        }
    };
    let covers = Covers::of(veils, request, reply);
    let mut shown = secrets.shown(request);
    shown.extend(covers.texts());
    shown.extend(veils.into_iter().flat_map(|veils| secrets.marked(request, reply, veils)));
    let secret = Secret { known: secrets.known.clone(), shown };
    let bytes = |covered: Option<Covered>, body: Bytes| covered.map_or(body, |covered| covered.bytes.into());
    tell("> headers", &secrets.headers(&request.headers, veils, Side::Asked));
    tell("> body", &secret.hide(&body(&bytes(covers.asked, request.body.clone()))));
    tell("< headers", &secrets.headers(&reply.headers, veils, Side::Answered));
    tell("< body", &secret.hide(&body(&bytes(covers.answered, reply.body.ready()))));
}

/// `no breach`, `1 breach`, `2 breaches`
pub fn breaches(count: usize) -> String {
    if count == 0 { "no breach".to_owned() } else { plural::count(count, "breach") }
}

fn body(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(SHOWN)];
    match std::str::from_utf8(start) {
        Err(error) if error.error_len().is_some() => format!("{} bytes that are no text", bytes.len()),
        _ if start.len() < bytes.len() => format!("{}… ({} bytes)", String::from_utf8_lossy(start), bytes.len()),
        _ => String::from_utf8_lossy(start).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;

    use super::*;

    #[test]
    fn keys_are_hidden_and_nothing_else() {
        let places = KeyPlaces { query: vec!["sesame".to_owned()], headers: HeaderNames::from_iter([AUTHORIZATION]) };
        let secrets = Secrets::at(places, Arc::default());
        for (target, shown) in [
            ("/pets", "/pets"),
            ("/pets?page=2&token=3", "/pets?page=2&token=3"),
            ("/pets?page=2&sesame=open&x=1", "/pets?page=2&sesame=***&x=1"),
            ("/pets?API_KEY=abc", "/pets?API_KEY=***"),
            ("/pets?%73esame=open&sesame=again&sesame", "/pets?%73esame=***&sesame=***&sesame"),
            ("/pets?sesame=", "/pets?sesame="),
            ("/sounds/a.mp3?expires=1&lane=a&signature=0f1e", "/sounds/a.mp3?expires=1&lane=a&signature=***"),
        ] {
            assert_eq!(secrets.masked(target, None), shown);
        }
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, http::HeaderValue::from_static("Bearer abc")),
            (http::header::ACCEPT, http::HeaderValue::from_static("*/*")),
        ]);
        assert_eq!(secrets.headers(&headers, None, Side::Asked), "authorization: *** | accept: */*");
    }

    #[test]
    fn a_body_is_shown_in_part() {
        assert_eq!(body(b"{}"), "{}");
        assert_eq!(body(b"\x89PNG\xff"), "5 bytes that are no text");
        let long = "ä".repeat(SHOWN);
        assert!(body(long.as_bytes()).ends_with("… (4000 bytes)"));
    }
}
