//! Forms: `application/x-www-form-urlencoded`, whose fields are the members of an object.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::body::{Understood, breach};
use super::json;
use super::operation::{Media, Style};
use super::schema::Wire;
use super::style::{self, Fault};
use crate::breach::Breach;

/// One field that could be decoded.
pub struct Field<'f> {
    pub name: Cow<'f, str>,
    pub text: Cow<'f, str>,
}

pub fn read(bytes: &[u8], media: &Media, wire: &Wire) -> Understood {
    // Bytes that are no text are told field by field.
    let text = String::from_utf8_lossy(bytes);
    let mut breaches = Vec::new();
    let mut members = Map::new();
    let mut fields: Vec<Field> = Vec::new();
    let mut spread: Vec<(Cow<str>, Vec<&str>)> = Vec::new();
    for part in text.split('&').filter(|part| !part.trim().is_empty()) {
        let (name, raw) = part.split_once('=').unwrap_or((part, ""));
        let Ok(name) = style::decode(name, true) else {
            breaches.push(undecodable(name));
            continue;
        };
        // Only a field whose style is told apart needs its text as it came.
        if media.encoding.get(&*name).is_some_and(|encoding| !encoding.explode && encoding.style != Style::DeepObject) {
            match spread.iter_mut().find(|(known, _)| *known == name) {
                Some((_, texts)) => texts.push(raw),
                None => spread.push((name, vec![raw])),
            }
            continue;
        }
        match style::decode(raw, true) {
            Ok(text) if !text.contains('\u{FFFD}') || raw.contains("%EF%BF%BD") => fields.push(Field { name, text }),
            _ => breaches.push(undecodable(&name)),
        }
    }
    for (name, texts) in spread {
        let style = media.encoding.get(&*name).map_or(Style::Form, |encoding| encoding.style);
        match style::from_texts(&texts, style, false, style::member(wire, &name), true) {
            Ok(value) => {
                members.insert(name.into_owned(), value);
            }
            Err(fault) => breaches.push(faulty(&name, &fault)),
        }
    }
    let mut value = assemble(&fields, media, wire, &mut breaches);
    if let Value::Object(all) = &mut value {
        all.extend(members);
    }
    Understood { value: Some(value), breaches }
}

/// The object that the fields make up. A field whose encoding is JSON is a document of its own.
pub fn assemble(fields: &[Field], media: &Media, wire: &Wire, breaches: &mut Vec<Breach>) -> Value {
    let is_document = |name: &str| {
        let said = media.encoding.get(name).and_then(|encoding| encoding.content_type.as_deref());
        said.is_some_and(super::body::is_json)
    };
    let plain = fields.iter().filter(|field| !is_document(&field.name));
    let plain = plain.map(|field| (style::bracketed(&field.name), Cow::Borrowed(&*field.text)));
    let (mut value, repeated) = style::from_fields(plain, wire);
    for (name, times) in repeated {
        breaches.push(faulty(&name.replace('.', "/"), &Fault::Repeated(times)));
    }
    for field in fields.iter().filter(|field| is_document(&field.name)) {
        match (json::read(field.text.as_bytes()), &mut value) {
            (Ok(read), Value::Object(members)) => {
                members.insert(field.name.clone().into_owned(), read.value);
            }
            _ => breaches.push(breach(&pointer(&field.name), "style", "well-formed JSON", "something else")),
        }
    }
    value
}

pub fn undecodable(name: &str) -> Breach {
    faulty(name, &Fault::Encoding)
}

fn faulty(name: &str, fault: &Fault) -> Breach {
    let pointer = pointer(name);
    match fault {
        Fault::Encoding => breach(&pointer, "encoding", "text in UTF-8, percent-encoded", "bytes that are not"),
        Fault::Form(expected) => breach(&pointer, "style", expected.as_str(), "another form"),
        Fault::Repeated(times) => breach(&pointer, "repeated", "a single value", format!("{times} values")),
    }
}

fn pointer(name: &str) -> String {
    let name: String = name.chars().take(100).collect();
    format!("/{name}")
}
