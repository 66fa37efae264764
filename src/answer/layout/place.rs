//! Where in an answer's schema the rows or the record stand.

use std::collections::VecDeque;

use serde_json::Value;

use super::spelling::{self, folded};
use super::{Purpose, Style};
use crate::contract::{Contract, Cursor};
use crate::pointer::escaped;

/// More parts than this has no schema that a person wrote.
const MOST_PARTS: usize = 200;
/// And no answer has more members around its rows.
const MOST_PLACES: usize = 500;
/// Rows and records stand no deeper.
const DEEPEST: usize = 3;

/// One of the schemas that a value is held against at once.
pub type Part<'b> = Cursor<'b>;

/// The pointer of what is looked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Target(String);

impl Target {
    pub fn is(&self, pointer: &str) -> bool {
        self.0 == pointer
    }

    pub fn is_below(&self, pointer: &str) -> bool {
        self.0.strip_prefix(pointer).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// The best place for what the purpose looks for: nearest to the root of those that suit equally.
pub fn find<'b>(contract: &'b Contract, root: &Cursor<'b>, purpose: &Purpose) -> Target {
    let wanted = purpose.collection.schema.as_ref().map(|schema| schema.cursor(&contract.bundle).value);
    let mut best = (0, String::new());
    let mut waiting = VecDeque::from([(String::new(), String::new(), root.clone(), 0)]);
    let mut seen = 0;
    while let Some((pointer, name, cursor, depth)) = waiting.pop_front() {
        seen += 1;
        let parts = parts(&cursor, purpose.list);
        let suits = match purpose.list {
            Some(_) => as_rows(&parts, &name, purpose, wanted),
            None => as_record(&parts, &name, purpose, wanted),
        };
        if suits > best.0 {
            best = (suits, pointer.clone());
        }
        if depth < DEEPEST && seen < MOST_PLACES {
            for (name, member) in properties(&parts) {
                waiting.push_back((format!("{pointer}/{}", escaped(name)), name.to_owned(), member, depth + 1));
            }
        }
    }
    Target(best.1)
}

/// How well a value of these parts suits for the rows.
fn as_rows<'b>(parts: &[Part<'b>], name: &str, purpose: &Purpose, wanted: Option<&'b Value>) -> u32 {
    if !allows(parts, &["array"]) {
        return 0;
    }
    let Some(items) = parts.iter().find_map(|part| part.raw("items")) else {
        // Nothing is said of what is in it.
        return u32::from(parts.iter().any(|part| part.value.get("type").is_some()));
    };
    let items = self::parts(&items, purpose.list);
    if items.iter().any(|part| wanted.is_some_and(|wanted| std::ptr::eq(part.value, wanted))) {
        return 100;
    }
    if !allows(&items, &["object"]) {
        return 0;
    }
    let name = folded(name);
    let named = match name == folded(&purpose.collection.name) {
        true => 8,
        false => spelling::ROWS.iter().position(|usual| *usual == name).map_or(0, |_| 6),
    };
    let has_id = properties(&items).iter().any(|(name, _)| *name == purpose.collection.id_field);
    2 + named + if has_id { 10 } else { 0 }
}

/// How well a value of these parts suits for the record.
fn as_record<'b>(parts: &[Part<'b>], name: &str, purpose: &Purpose, wanted: Option<&'b Value>) -> u32 {
    if parts.iter().any(|part| wanted.is_some_and(|wanted| std::ptr::eq(part.value, wanted))) {
        return 100;
    }
    let members = properties(parts);
    let declares = |field: &str| members.iter().any(|(name, _)| *name == field);
    if name.is_empty() {
        // What has an id of its own is no envelope.
        return if declares(&purpose.collection.id_field) { 30 } else { 1 };
    }
    if !allows(parts, &["object"]) {
        return 0;
    }
    if !purpose.fields.is_empty() && purpose.fields.iter().all(|(field, _)| declares(field)) {
        return 50;
    }
    let name = folded(name);
    if spelling::RECORD.contains(&name.as_str()) {
        return 20;
    }
    let collection = folded(&purpose.collection.name);
    let singular = name == collection || collection.strip_suffix('s') == Some(&name);
    if singular && declares(&purpose.collection.id_field) { 10 } else { 0 }
}

/// A schema with everything that it refers to and is put together from. Of several branches one is taken: the one that
/// speaks of pages as the request does, else the first that is not null.
pub fn parts<'b>(schema: &Cursor<'b>, style: Option<Style>) -> Vec<Part<'b>> {
    let mut parts = vec![schema.clone()];
    let mut next = 0;
    while next < parts.len() && parts.len() < MOST_PARTS {
        let part = parts[next].clone();
        let target = part.value.get("$ref").and_then(Value::as_str).and_then(|reference| part.follow(reference));
        let all = part.raw("allOf");
        let all = all.iter().flat_map(|list| list.raw_items().collect::<Vec<_>>());
        let chosen = ["oneOf", "anyOf"].into_iter().filter_map(|key| branch(&part.raw(key)?, style));
        let below: Vec<Cursor> = target.into_iter().chain(all).chain(chosen).collect();
        for part in below {
            if !parts.iter().any(|known| std::ptr::eq(known.value, part.value)) {
                parts.push(part);
            }
        }
        next += 1;
    }
    parts
}

fn branch<'b>(list: &Cursor<'b>, style: Option<Style>) -> Option<Cursor<'b>> {
    let solid = |branch: &Cursor| branch.value.get("type").and_then(Value::as_str) != Some("null");
    let mut best: Option<(usize, Cursor)> = None;
    for branch in list.raw_items().filter(solid) {
        let suits = style.map_or(0, |style| speaks(&branch, style));
        if best.as_ref().is_none_or(|(known, _)| suits > *known) {
            best = Some((suits, branch));
        }
    }
    best.map(|(_, branch)| branch)
}

/// How many members of a branch belong to a style of paging.
fn speaks(branch: &Cursor, style: Style) -> usize {
    let own: &[&str] = match style {
        Style::Pages => &["page", "perpage", "totalpages", "pagesize", "currentpage", "pagecount", "pagenumber"],
        Style::Stretches => &["limit", "offset", "nextcursor", "cursor", "hasmore", "skip", "nextpagetoken"],
    };
    let target = branch.clone().resolved();
    let names = target.raw("properties");
    names.iter().flat_map(Cursor::raw_members).filter(|(name, _)| own.contains(&folded(name).as_str())).count()
}

/// The members that are declared, in order, each once.
pub fn properties<'b>(parts: &[Part<'b>]) -> Vec<(&'b str, Cursor<'b>)> {
    let mut found: Vec<(&str, Cursor)> = Vec::new();
    for part in parts {
        for (name, member) in
            part.raw("properties").iter().flat_map(|properties| properties.raw_members().collect::<Vec<_>>())
        {
            if !found.iter().any(|(known, _)| *known == name) {
                found.push((name, member));
            }
        }
    }
    found
}

pub fn required<'b>(parts: &[Part<'b>]) -> Vec<&'b str> {
    let lists = parts.iter().filter_map(|part| part.value.get("required")?.as_array());
    lists.flatten().filter_map(Value::as_str).collect()
}

/// Whether a value may be of one of these types; where nothing is said, it may be anything but null.
pub fn allows(parts: &[Part], types: &[&str]) -> bool {
    let mut said = parts.iter().filter_map(|part| part.value.get("type")).peekable();
    if said.peek().is_none() {
        return types != ["null"];
    }
    let wanted = |name: &Value| name.as_str().is_some_and(|name| types.contains(&name));
    said.any(|said| said.as_array().map_or_else(|| wanted(said), |names| names.iter().any(wanted)))
}
