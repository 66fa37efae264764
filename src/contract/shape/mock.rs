//! What a contract says beyond OpenAPI (docs/CONTRACTS.md): as tables, and what the tables can't say.

use std::collections::BTreeSet;

use http::HeaderName;
use serde_json::Value;

use super::operations::{is_media_range, names};
use super::records;
use super::tables::{Field, Is, Others, PARAMETER, Required, Shape, Since};
use super::walk::Walk;
use crate::contract::bundle::Cursor;
use crate::problem::Kind;

pub const fn may(name: &'static str, is: Is) -> Field {
    Field { name, is, required: Required::No, since: Since::Always }
}

pub const fn must(name: &'static str, is: Is) -> Field {
    Field { name, is, required: Required::Yes, since: Since::Always }
}

pub const fn shape(name: &'static str, fields: &'static [Field]) -> Shape {
    Shape { name, fields, others: Others::Refused, referable: true, rule: None }
}

static ON_DOCUMENT: Shape = Shape {
    rule: Some(on_document),
    ..shape(
        "x-mock of the document",
        &[
            may("request_id", Is::Text),
            may("rate_limit", Is::Object(&RATE_LIMIT)),
            may("envelopes", Is::Map(&Is::Map(&Is::Any))),
            may("problems", Is::Object(&PROBLEMS)),
            may("collections", Is::Map(&Is::Object(&records::COLLECTION))),
            may("idempotency", Is::Object(&records::IDEMPOTENCY)),
        ],
    )
};

static RATE_LIMIT: Shape =
    shape("a rate limit", &[may("headers", Is::Object(&RATE_HEADERS)), must("tiers", Is::Map(&Is::Object(&TIER)))]);

static RATE_HEADERS: Shape = Shape {
    rule: Some(header_names),
    ..shape(
        "the headers of a rate limit",
        &[may("limit", Is::Text), may("remaining", Is::Text), may("reset", Is::Text)],
    )
};

static TIER: Shape = shape("a tier", &[must("minute", Is::Count), may("day", Is::Count)]);

static PROBLEMS: Shape =
    Shape { others: Others::Named(&Is::Object(&ENTRY)), rule: Some(problems), ..shape("the table of problems", &[]) };

static ENTRY: Shape = Shape {
    others: Others::Named(&Is::Any),
    rule: Some(entry),
    ..shape(
        "a problem",
        &[
            must("status", Is::Count),
            may("headers", Is::Map(&Is::Text)),
            may("envelope", Is::Text),
            may("extra", Is::Map(&Is::Any)),
        ],
    )
};

/// One of our own keys on some object.
pub fn key<'b>(walk: &mut Walk<'b>, key: &str, value: &Cursor<'b>, on: &'static Shape) {
    match (key, on.name) {
        ("x-mock", "the document") => walk.object(value, &ON_DOCUMENT),
        ("x-mock", "an operation") => walk.object(value, &records::ON_OPERATION),
        ("x-mock", _) if std::ptr::eq(on, &raw const PARAMETER) => walk.object(value, &records::ON_PARAMETER),
        ("x-source", "an operation") => walk.is(value, &Is::One(&["documented", "named", "assumed"]), key),
        ("x-assumptions", "the document" | "an operation") => {
            walk.is(value, &Is::Map(&Is::Text), key);
            assumptions(walk, value);
        }
        ("x-secret", "a schema") => walk.is(value, &Is::Flag, key),
        ("x-problem", "a schema" | "a parameter" | "a response") => {
            walk.is(value, &Is::Text, key);
            named(walk, value);
        }
        _ => walk.found(value.key_finding("W0601", format!("\"{key}\" has no effect on {}", on.name))),
    }
}

/// A number stands for one assumption in the whole document.
fn assumptions<'b>(walk: &mut Walk<'b>, value: &Cursor<'b>) {
    for (number, place) in value.raw_members() {
        if !walk.assumptions.insert(number) {
            let message = format!("the assumption {number} is made twice");
            walk.found(place.key_finding("E0607", message).help("give it a number of its own"));
        }
    }
}

fn table<'b>(walk: &Walk<'b>) -> Option<Cursor<'b>> {
    walk.bundle.root().get("x-mock")?.get("problems")
}

/// A value that names an entry of the table.
fn named<'b>(walk: &mut Walk<'b>, value: &Cursor<'b>) {
    let Some(name) = value.value.as_str() else { return };
    let table = table(walk);
    let entries: Vec<&str> = table.iter().flat_map(Cursor::raw_members).map(|(name, _)| name).collect();
    if !entries.contains(&name) {
        let finding = value.finding("E0603", format!("there is no problem \"{name}\""));
        walk.found(finding.label("not in x-mock.problems").meant(name, entries));
    }
}

pub fn on_operation<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    for (name, value) in cursor.get("problems").iter().flat_map(Cursor::raw_members) {
        let general = name.split('.').next().unwrap_or(name);
        if !Kind::ALL.iter().any(|kind| kind.name() == general) {
            let message = format!("\"{name}\" is no name by which a refusal is looked up");
            let finding = value.key_finding("E0602", message);
            walk.found(finding.meant(general, Kind::ALL.iter().map(|kind| kind.name())));
        }
        named(walk, &value);
    }
}

pub fn on_parameter<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    for (_, value) in cursor.get("media").iter().flat_map(Cursor::raw_members) {
        if let Some(text) = value.value.as_str().filter(|text| !is_media_range(text)) {
            walk.found(value.finding("E0410", format!("\"{text}\" is no media type")));
        }
    }
}

fn on_document<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    if let (Some(pointer), Some(place)) = (cursor.str("request_id"), cursor.raw("request_id"))
        && !pointer.starts_with('/')
    {
        let message = format!("\"{pointer}\" is no JSON Pointer");
        walk.found(place.finding("E0609", message).help(format!("write \"/{}\"", pointer.replace('.', "/"))));
    }
}

pub fn header_names<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    for (_, value) in cursor.raw_members() {
        if let Some(name) = value.value.as_str().filter(|name| HeaderName::try_from(*name).is_err()) {
            walk.found(value.finding("E0608", format!("\"{name}\" can't be the name of a header")));
        }
    }
}

/// The table as a whole: names that look like one of the engine's.
fn problems<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    let counts = counts(&walk.bundle.root());
    let of_paths = path_names(&walk.bundle.root());
    for (name, entry) in cursor.raw_members() {
        let general = name.split('.').next().unwrap_or(name);
        if Kind::ALL.iter().any(|kind| kind.name() == general) {
            placeholders(walk, &entry.resolved(), &of_paths, facts(general).iter().copied());
            continue;
        }
        // What is longer by more was not meant, and need not be compared.
        let alike = Kind::ALL.iter().map(|kind| kind.name()).filter(|name| general.len().abs_diff(name.len()) < 2);
        if let Some(near) = crate::nearest::nearest(general, alike) {
            let message = format!("\"{name}\" is looked up by no refusal, and looks like \"{near}\"");
            walk.found(entry.key_finding("W0605", message).help(format!("did you mean \"{near}\"?")));
        }
        let any = Kind::ALL.iter().flat_map(|kind| facts(kind.name())).chain(&OF_NAMED).copied();
        placeholders(walk, &entry.resolved(), &of_paths, any.chain(counts.iter().copied()));
    }
}

fn entry<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    let status = cursor.value.get("status").and_then(Value::as_u64);
    if let (Some(status), Some(place)) = (status.filter(|status| !(100..600).contains(status)), cursor.raw("status")) {
        walk.found(place.finding("E0406", format!("{status} is no status")).label("expected 100 to 599"));
    }
    let root = walk.bundle.root();
    let envelopes = root.get("x-mock").and_then(|mock| mock.get("envelopes"));
    let known: Vec<&str> = envelopes.iter().flat_map(Cursor::raw_members).map(|(name, _)| name).collect();
    let wanted = cursor.str("envelope").unwrap_or("default");
    if !known.contains(&wanted) {
        let place = cursor.raw("envelope").unwrap_or_else(|| cursor.clone());
        let finding = place.finding("E0606", format!("there is no envelope \"{wanted}\""));
        walk.found(finding.label("not in x-mock.envelopes").meant(wanted, known));
    }
    for (name, value) in cursor.get("headers").iter().flat_map(Cursor::raw_members) {
        if HeaderName::try_from(name).is_err() {
            walk.found(value.key_finding("E0608", format!("\"{name}\" can't be the name of a header")));
        }
    }
}

/// Every `{name}` of an entry must be a fact that its refusals have.
fn placeholders<'b>(
    walk: &mut Walk<'b>,
    entry: &Cursor<'b>,
    of_paths: &BTreeSet<&'b str>,
    facts: impl Iterator<Item = &'b str>,
) {
    let known: BTreeSet<&str> = facts.chain(["method", "path"]).chain(of_paths.iter().copied()).collect();
    each_placeholder(entry, &mut |name, place| {
        if !known.contains(name) {
            let finding = place.finding("W0604", format!("no refusal of this name has a fact \"{name}\""));
            walk.found(finding.label("left out of the answer").meant(name, known.iter().copied()));
        }
    });
}

fn each_placeholder<'b>(cursor: &Cursor<'b>, found: &mut dyn FnMut(&'b str, &Cursor<'b>)) {
    match cursor.value {
        Value::String(text) => {
            let mut rest = text.as_str();
            while let Some((_, after)) = rest.split_once('{') {
                let Some((name, after)) = after.split_once('}') else { return };
                found(name, cursor);
                rest = after;
            }
        }
        Value::Array(_) => cursor.raw_items().for_each(|item| each_placeholder(&item, found)),
        Value::Object(_) => cursor.raw_members().for_each(|(_, member)| each_placeholder(&member, found)),
        _ => {}
    }
}

/// The facts of a refusal besides method, path and the path's parameters.
fn facts(kind: &str) -> &'static [&'static str] {
    match kind {
        "unknown_path" => &["nearest", "hint", "near_misses", "more_near_misses"],
        "method_not_allowed" => &["allowed", "near_misses", "more_near_misses"],
        "not_acceptable" | "unsupported_media_type" => &["found", "offered"],
        "missing_credentials" | "malformed_credentials" => &["scheme", "expected", "challenge"],
        "unknown_key" | "revoked_key" | "expired_key" => &["challenge"],
        "missing_scope" => &["scopes"],
        "rate_limited" => &["limit", "window", "retry_after"],
        "invalid_parameter" | "missing_parameter" | "unknown_parameter" => {
            &["field", "in", "expected", "found", "valid_values", "must", "sentence", "hint", "more"]
        }
        "invalid_body" => {
            &["field", "in", "pointer", "expected", "found", "valid_values", "must", "sentence", "hint", "more"]
        }
        "missing_body" => &["offered"],
        "malformed_body" => &["line", "column", "reason"],
        "unsupported_encoding" => &["found"],
        "body_too_large" | "body_timeout" | "target_too_long" | "head_too_large" => &["limit"],
        "malformed_target" | "malformed_host" | "malformed_request" => &["reason"],
        "unavailable" => &["retry_after"],
        "too_many_lanes" => &["limit", "retry_after"],
        "lane_full" => &["reason"],
        "out_of_step" => &["scenario", "expected", "differs", "differences", "near_misses", "more_near_misses"],
        "range_not_satisfiable" => &["size"],
        _ => &[],
    }
}

/// Facts of problems that a contract names and no refusal has: how much there is of what was asked for in part.
const OF_NAMED: [&str; 1] = ["size"];

/// The facts in which is told how many records hold on to one.
fn counts<'b>(root: &Cursor<'b>) -> Vec<&'b str> {
    let collections = root.get("x-mock").and_then(|mock| mock.get("collections"));
    let collections = collections.iter().flat_map(Cursor::members).filter_map(|(_, one)| one.get("in_use"));
    collections.map(|in_use| in_use.str("count").unwrap_or("count")).collect()
}

/// The parameters of all path templates of a document.
fn path_names<'b>(root: &Cursor<'b>) -> BTreeSet<&'b str> {
    let paths = root.get("paths");
    let templates = paths.iter().flat_map(Cursor::raw_members);
    templates.flat_map(|(template, _)| names(template).unwrap_or_default()).collect()
}
