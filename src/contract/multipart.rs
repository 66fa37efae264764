//! Multipart forms: the parts by name, their kinds, and which are missing. What a file holds is not looked at.

use std::borrow::Cow;
use std::ops::Range;

use super::body::{self, Understood, breach};
use super::form::{self, Field};
use super::json::{Malformed, position};
use super::operation::Media;
use super::schema::Wire;

/// More parts than any form has.
const MOST: usize = 1_000;

struct Part<'b> {
    name: String,
    file: Option<String>,
    media_type: Option<String>,
    content: &'b [u8],
    /// Where in the body that begins.
    start: usize,
}

pub fn read(content_type: &str, bytes: &[u8], media: &Media, wire: &Wire) -> Result<Understood, Malformed> {
    let parts = parts(bytes, content_type)?;
    let mut breaches = Vec::new();
    let mut fields = Vec::new();
    for part in parts {
        let encoding = media.encoding.get(&part.name);
        let kind = part.media_type.as_deref().unwrap_or("text/plain");
        if let Some(allowed) = encoding.and_then(|encoding| encoding.content_type.as_deref())
            && !allowed.split(',').any(|range| body::suits(body::essence(range), body::essence(kind)).is_some())
        {
            let found: String = kind.chars().take(100).collect();
            breaches.push(breach(&format!("/{}", part.name), "encoding", format!("a part of type {allowed}"), found));
        }
        // A file counts as its name: that it is there is all that is asked of it.
        let is_file = part.file.is_some() || !(kind.starts_with("text/") || body::is_json(kind));
        let text = if is_file {
            Cow::Owned(part.file.unwrap_or_default())
        } else {
            match std::str::from_utf8(part.content) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => {
                    breaches.push(form::undecodable(&part.name));
                    continue;
                }
            }
        };
        fields.push(Field { name: Cow::Owned(part.name), text });
    }
    let value = form::assemble(&fields, media, wire, &mut breaches);
    Ok(Understood { value: Some(value), breaches })
}

/// The names of the parts, and where in the body their contents are.
pub fn contents(content_type: &str, bytes: &[u8]) -> Result<Vec<(String, Range<usize>)>, Malformed> {
    Ok(parts(bytes, content_type)?
        .into_iter()
        .map(|part| (part.name, part.start..part.start + part.content.len()))
        .collect())
}

fn parts<'b>(bytes: &'b [u8], content_type: &str) -> Result<Vec<Part<'b>>, Malformed> {
    let boundary = body::parameter(content_type, "boundary").filter(|boundary| (1..=70).contains(&boundary.len()));
    let Some(boundary) = boundary else {
        return Err(malformed(bytes, 0, "the Content-Type names no boundary of 1 to 70 characters"));
    };
    let opening = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    // What stands before the first boundary is no part.
    let mut at = match bytes.starts_with(opening.as_bytes()) {
        true => opening.len(),
        false => match find(bytes, between.as_bytes()) {
            Some(start) => start + between.len(),
            None => return Err(malformed(bytes, 0, "the boundary is nowhere in the body")),
        },
    };
    loop {
        let rest = &bytes[at..];
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let Some(rest) = rest[blank..].strip_prefix(b"\r\n") else {
            return Err(malformed(bytes, at, "a line ends after the boundary"));
        };
        let start = at + blank + 2;
        let Some(length) = find(rest, between.as_bytes()).or_else(|| rest.starts_with(opening.as_bytes()).then_some(0))
        else {
            return Err(malformed(bytes, bytes.len(), "the text ends within a part"));
        };
        if parts.len() >= MOST {
            return Err(malformed(bytes, start, "there are more than 1000 parts"));
        }
        parts.push(part(&rest[..length], start).map_err(|reason| malformed(bytes, start, reason))?);
        at = start + length + between.len();
    }
}

fn part(bytes: &[u8], at: usize) -> Result<Part<'_>, &'static str> {
    let (head, content) = match find(bytes, b"\r\n\r\n") {
        Some(end) => (&bytes[..end], &bytes[end + 4..]),
        None => return Err("a part has no empty line after its head"),
    };
    let head = std::str::from_utf8(head).map_err(|_| "the head of a part is not valid UTF-8")?;
    let header = |name: &str| {
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        lines.find(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let disposition = header("content-disposition").ok_or("a part has no Content-Disposition")?;
    let name = quoted(disposition, "name").ok_or("a part has no name")?;
    Ok(Part {
        name,
        file: quoted(disposition, "filename").or_else(|| quoted(disposition, "filename*")),
        media_type: header("content-type").map(str::to_owned),
        content,
        start: at + bytes.len() - content.len(),
    })
}

/// A parameter of a header whose quotes may hold semicolons and escaped quotes.
fn quoted(header: &str, name: &str) -> Option<String> {
    let mut rest = header;
    loop {
        let start = rest.find(';')?;
        rest = rest[start + 1..].trim_start();
        let (key, after) = rest.split_once('=')?;
        let mut value = String::new();
        if let Some(inside) = after.strip_prefix('"') {
            let mut characters = inside.char_indices();
            let mut end = None;
            while let Some((at, character)) = characters.next() {
                match character {
                    '"' => {
                        end = Some(at);
                        break;
                    }
                    '\\' if inside[at + 1..].starts_with(['"', '\\']) => {
                        value.extend(characters.next().map(|(_, c)| c))
                    }
                    other => value.push(other),
                }
            }
            rest = &inside[end? + 1..];
        } else {
            let end = after.find(';').unwrap_or(after.len());
            value.push_str(after[..end].trim());
            rest = &after[end..];
        }
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut at = 0;
    while let Some(next) = bytes.get(at..)?.iter().position(|byte| *byte == first) {
        at += next;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn malformed(bytes: &[u8], offset: usize, reason: &str) -> Malformed {
    let (line, column) = position(bytes, offset);
    Malformed { line, column, reason: reason.to_owned(), bad_encoding: false }
}
