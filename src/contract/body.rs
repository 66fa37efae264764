//! Request bodies: which kinds are accepted, and how one is read and held against its schema.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use serde_json::Value;

use super::coerce;
use super::form;
use super::json::{self, Malformed};
use super::multipart;
use super::operation::{Media, Operation};
use super::schema::{Direction, MOST, Schemas, Wire};
use super::sentence;
use crate::breach::{Breach, Place, Severity, cut};
use crate::pointer;
use crate::problem::{Kind, Problem};
use crate::request::Request;

/// Characters of a place in a body that are told.
const LONGEST_POINTER: usize = 200;

/// What an operation accepts as a body.
#[derive(Debug)]
pub struct Body {
    pub required: bool,
    pub content: Vec<Media>,
}

/// A body that could be read: its value (if there was one), and how it breaks the contract.
#[derive(Debug, Default)]
pub struct CheckedBody {
    pub value: Option<Value>,
    pub breaches: Vec<Breach>,
    /// How many breaches there are beyond those that are told.
    pub more: usize,
}

/// A body as it was understood, before its schema is asked.
#[derive(Debug, Default)]
pub struct Understood {
    pub value: Option<Value>,
    pub breaches: Vec<Breach>,
}

impl Operation {
    /// Judges by the head alone: is a body of this kind accepted here? Runs before the body is read.
    pub fn check_body_head(&self, request: &Request) -> Result<(), Problem> {
        match &self.body {
            Some(body) if is_announced(request) => body.media_for(request).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Reads the body and holds it against its schema. A body that can't be read at all is a problem of its own.
    pub fn check_body(&self, schemas: &Schemas, request: &Request) -> Result<CheckedBody, Problem> {
        let bytes = &request.body;
        let Some(body) = &self.body else {
            let breaches = if bytes.is_empty() { Vec::new() } else { vec![ignored(bytes.len())] };
            return Ok(CheckedBody { breaches, ..CheckedBody::default() });
        };
        if bytes.is_empty() {
            return if body.required { Err(body.missing()) } else { Ok(CheckedBody::default()) };
        }
        let media = body.media_for(request)?;
        let content_type = header(request, CONTENT_TYPE).unwrap_or_default();
        let text = Wire { string: true, ..Wire::default() };
        let wire = media.schema.as_ref().map_or(&text, |schema| schemas.wire(schema));
        let understood = understand(&content_type, bytes, media, wire).map_err(malformed)?;
        let Understood { value, mut breaches } = understood;
        let mut more = 0;
        if let (Some(schema), Some(value)) = (&media.schema, &value) {
            let found = schemas.findings(schema, value, Direction::Request);
            more = found.more;
            breaches.extend(found.breaches);
        }
        more += breaches.len().saturating_sub(MOST);
        breaches.truncate(MOST);
        for breach in &mut breaches {
            shorten(&mut breach.place);
        }
        Ok(CheckedBody { value, breaches, more })
    }
}

/// Reads by what the request calls itself: the contract may accept ranges.
fn understand(content_type: &str, bytes: &[u8], media: &Media, wire: &Wire) -> Result<Understood, Malformed> {
    let essence = essence(content_type);
    if is_json(essence) {
        let read = json::read(bytes)?;
        let breaches = read.duplicates.into_iter().map(duplicate).collect();
        return Ok(Understood { value: Some(read.value), breaches });
    }
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(form::read(bytes, media, wire));
    }
    if essence.eq_ignore_ascii_case("multipart/form-data") {
        return multipart::read(content_type, bytes, media, wire);
    }
    if essence.get(..5).is_some_and(|kind| kind.eq_ignore_ascii_case("text/")) && !is_xml(essence) {
        let value = coerce::scalar(json::utf8(bytes)?, wire);
        return Ok(Understood { value: Some(value), breaches: Vec::new() });
    }
    // Bytes of a kind that no schema speaks about, or XML, which is not read.
    Ok(Understood::default())
}

impl Body {
    /// What the contract says about a body of the kind that the request announces.
    fn media_for(&self, request: &Request) -> Result<&Media, Problem> {
        if let Some(encoding) = header(request, CONTENT_ENCODING)
            && !encoding.trim().is_empty()
            && !encoding.trim().eq_ignore_ascii_case("identity")
        {
            return Err(Problem::new(Kind::UnsupportedEncoding).with("found", cut(&encoding)));
        }
        // Most bodies are announced word for word as the contract writes it.
        if let Some(announced) = request.headers.get(CONTENT_TYPE)
            && let Some(media) = self.content.iter().find(|media| media.media_type.as_bytes() == announced.as_bytes())
            && charset_is_utf8(&media.media_type)
        {
            return Ok(media);
        }
        let Some(found) = header(request, CONTENT_TYPE) else { return Err(self.unsupported("none")) };
        let rank = |media: &Media| suits(essence(&media.media_type), essence(&found));
        let best = self.content.iter().filter_map(|media| Some((rank(media)?, media))).max_by_key(|(rank, _)| *rank);
        match best {
            Some((_, media)) if charset_is_utf8(&found) => Ok(media),
            _ => Err(self.unsupported(&found)),
        }
    }

    fn unsupported(&self, found: &str) -> Problem {
        Problem::new(Kind::UnsupportedMediaType).with("found", cut(found)).with("offered", self.offered())
    }

    fn missing(&self) -> Problem {
        Problem::new(Kind::MissingBody).with("offered", self.offered())
    }

    fn offered(&self) -> Vec<String> {
        self.content.iter().map(|media| media.media_type.clone()).collect()
    }
}

/// `application/json`, and whatever ends in `+json`.
pub fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    let suffix = essence.len().checked_sub(5).and_then(|start| essence.get(start..));
    essence.eq_ignore_ascii_case("application/json")
        || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}

fn is_xml(essence: &str) -> bool {
    let essence = essence.to_ascii_lowercase();
    essence.ends_with("/xml") || essence.ends_with("+xml")
}

/// A media type without its parameters.
pub fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// A parameter of a media type, without its quotes.
pub fn parameter<'m>(media_type: &'m str, name: &str) -> Option<&'m str> {
    let parameters = media_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut named = parameters.filter(|(known, _)| known.trim().eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value.trim().trim_matches('"'))
}

/// How closely a media type fits a range, if it does: the exact type best, then any JSON for JSON, then a range.
pub fn suits(range: &str, media_type: &str) -> Option<u8> {
    if range.eq_ignore_ascii_case(media_type) {
        return Some(3);
    }
    if range.eq_ignore_ascii_case("application/json") && is_json(media_type) {
        return Some(2);
    }
    if range == "*/*" || range == "*" {
        return Some(0);
    }
    let (kind, any) = range.split_once('/')?;
    (any == "*" && media_type.split_once('/')?.0.eq_ignore_ascii_case(kind)).then_some(1)
}

/// Text is UTF-8 or ASCII, which is a part of it.
fn charset_is_utf8(media_type: &str) -> bool {
    let plain = |charset: &str| charset.replace(['-', '_'], "").to_ascii_lowercase();
    parameter(media_type, "charset")
        .is_none_or(|charset| matches!(plain(charset).as_str(), "utf8" | "usascii" | "ascii"))
}

/// Whether a body will come, as far as the head tells.
fn is_announced(request: &Request) -> bool {
    match request.headers.get(CONTENT_LENGTH) {
        Some(length) => length.as_bytes() != b"0",
        None => request.headers.contains_key(TRANSFER_ENCODING),
    }
}

fn header(request: &Request, name: http::HeaderName) -> Option<std::borrow::Cow<'_, str>> {
    Some(String::from_utf8_lossy(request.headers.get(name)?.as_bytes()))
}

/// The names in a body are the client's: neither an answer nor a line of the log repeats a megabyte of them.
fn shorten(place: &mut Place) {
    if let Place::Body(pointer) = place
        && let Some((end, _)) = pointer.char_indices().nth(LONGEST_POINTER)
    {
        pointer.truncate(end);
        pointer.push('…');
    }
}

fn malformed(malformed: Malformed) -> Problem {
    let mut problem = Problem::new(Kind::MalformedBody)
        .with("line", malformed.line)
        .with("column", malformed.column)
        .with("reason", malformed.reason);
    if malformed.bad_encoding {
        problem.detail = "invalid_encoding".to_owned();
    }
    problem
}

fn ignored(length: usize) -> Breach {
    Breach {
        severity: Severity::Warning,
        ..breach("", "unknown", "no body, because the operation takes none", format!("a body of {length} bytes"))
    }
}

fn duplicate(pointer: String) -> Breach {
    let name = pointer::unescaped(pointer.rsplit('/').next().unwrap_or_default());
    breach(&pointer, "duplicate", "a member given only once", format!("{} again", sentence::found(&Value::from(name))))
}

/// A breach of the body's form, at a pointer.
pub fn breach(pointer: &str, code: &'static str, expected: impl Into<String>, found: impl Into<String>) -> Breach {
    Breach::new(Place::Body(pointer.to_owned()), code, expected, found)
}

#[cfg(test)]
mod tests;
