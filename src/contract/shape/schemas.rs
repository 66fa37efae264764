//! What the tables can't say about schemas.

use serde_json::Value;

use super::walk::{Sample, Walk};
use crate::contract::bundle::Cursor;

/// Formats that are checked, that numbers are made by, or that say no more than what a text is for.
const FORMATS: [&str; 45] = [
    "base64url",
    "binary",
    "byte",
    "char",
    "commonmark",
    "currency",
    "date",
    "date-time",
    "decimal",
    "decimal128",
    "double",
    "double-int",
    "duration",
    "email",
    "float",
    "hostname",
    "html",
    "http-date",
    "idn-email",
    "idn-hostname",
    "int16",
    "int32",
    "int64",
    "int8",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "language",
    "markdown",
    "media-range",
    "password",
    "phone",
    "regex",
    "relative-json-pointer",
    "time",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

pub fn schema<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    format(walk, cursor);
    // What `nullable` beside `allOf` and its like is meant to say is plain, and honoured.
    let telling = ["type", "allOf", "anyOf", "oneOf"].iter().any(|name| cursor.value.get(name).is_some());
    if !walk.new && cursor.bool("nullable") == Some(true) && !telling {
        let message = "\"nullable\" says nothing without a \"type\" beside it; null is let through";
        let place = cursor.raw("nullable").unwrap_or_else(|| cursor.clone());
        walk.found(place.key_finding("W0508", message).help("add the type that is meant"));
    }
    // An anchor of a whole file is where the file stands; anywhere else it would move references.
    if let Some(id) = cursor.raw("$id").filter(|_| !cursor.pointer.is_empty()) {
        let message = "\"$id\" inside of a file has no effect: references count from the file that holds them";
        walk.found(id.key_finding("W0509", message).help("refer by file and pointer, or by `$anchor`"));
    }
    let required = cursor.value.get("required").and_then(Value::as_array);
    if let (Some(required), Some(properties)) = (required, cursor.value.get("properties").and_then(Value::as_object)) {
        let closed = cursor.bool("additionalProperties") == Some(false);
        for name in required.iter().filter_map(Value::as_str).filter(|name| closed && !properties.contains_key(*name)) {
            let message = format!("\"{name}\" is required and can't be there: no other properties are allowed");
            let place = cursor.raw("required").unwrap_or_else(|| cursor.clone());
            walk.found(place.finding("W0510", message).meant(name, properties.keys().map(String::as_str)));
        }
    }
    closed_parts(walk, cursor);
    let single = ["default", "example"].into_iter().filter_map(|name| cursor.raw(name));
    let listed = cursor.raw("examples");
    let listed = listed.iter().flat_map(Cursor::raw_items);
    let values: Vec<Cursor> = single.chain(listed).collect();
    walk.samples.extend(values.into_iter().map(|value| Sample { value, schema: cursor.clone(), direction: None }));
}

/// A part of an `allOf` that allows no properties but its own forbids those of the other parts.
fn closed_parts<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    let Some(list) = cursor.raw("allOf") else { return };
    let parts: Vec<Cursor> = list.raw_items().collect();
    let resolved: Vec<Cursor> = parts.iter().map(|part| part.clone().resolved()).chain([cursor.clone()]).collect();
    let names = |part: &Cursor<'b>| {
        let properties = part.value.get("properties").and_then(Value::as_object);
        properties.into_iter().flat_map(|names| names.keys()).map(String::as_str).collect::<Vec<&'b str>>()
    };
    for (n, closed) in resolved.iter().enumerate() {
        if closed.bool("additionalProperties") != Some(false) || closed.value.get("patternProperties").is_some() {
            continue;
        }
        let own = names(closed);
        let others = resolved.iter().enumerate().filter(|(other, _)| *other != n);
        let foreign = others.flat_map(|(_, part)| names(part)).find(|name| !own.contains(name));
        let Some(foreign) = foreign else { continue };
        let message = format!(
            "\"{foreign}\" of another part of this `allOf` can't be there: this one allows no other properties"
        );
        let place = parts.get(n).unwrap_or(cursor);
        let finding = place.raw("additionalProperties").map_or_else(
            || place.finding("W0514", message.as_str()),
            |place| place.key_finding("W0514", message.as_str()),
        );
        walk.found(finding.help("write `unevaluatedProperties: false` beside the `allOf` instead"));
    }
}

fn format<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    let Some(format) = cursor.str("format") else { return };
    if !FORMATS.contains(&format) && walk.formats.insert(format) {
        let place = cursor.raw("format").unwrap_or_else(|| cursor.clone());
        let finding = place.finding("W0504", format!("the format \"{format}\" is not known and checks nothing"));
        walk.found(finding.label("told once for each format").meant(format, FORMATS));
    }
}

/// A mapping leads to schemas by reference or by their name among the components.
pub fn discriminator<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    let Some(mapping) = cursor.raw("mapping") else { return };
    let root = walk.bundle.root();
    let named = root.get("components").and_then(|components| components.raw("schemas"));
    for (_, target) in mapping.raw_members() {
        let Some(text) = target.value.as_str() else { continue };
        let known = named.as_ref().is_some_and(|schemas| schemas.value.get(text).is_some());
        if known || cursor.follow(text).is_some() {
            continue;
        }
        let names = named.as_ref().and_then(|schemas| schemas.value.as_object());
        let names = names.into_iter().flat_map(|names| names.keys());
        let near: Vec<&str> = names.map(String::as_str).collect();
        let word = text.rsplit('/').next().unwrap_or(text);
        let message = format!("the mapping to \"{text}\" leads to no schema of the contract");
        walk.found(target.finding("W0511", message).meant(word, near));
    }
}
