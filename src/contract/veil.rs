//! What of a body nobody may see: where its schema says `format: password`, `writeOnly: true` or `x-secret: true`. Settled once when
//! a contract is read; a body whose schema says nothing of the kind has no veil.

mod gather;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::body::{essence, is_json, suits};
use super::multipart;
use super::operation::Location;
use super::secrets::{HIDDEN, HeaderNames};
use super::style::bracketed;
use crate::pointer::unescaped;

pub use gather::gather;

/// So many of the texts that were hidden are told, to be hidden elsewhere too.
const MOST_TEXTS: usize = 16;
const LONGEST_TEXT: usize = 4 << 10;

/// What is hidden of the bodies of one operation.
#[derive(Debug)]
pub struct Veils {
    pub request: Veil,
    /// Of all its answers.
    pub answer: Veil,
    /// Parameters that are secret.
    pub parameters: Vec<(Location, String)>,
    /// The segments of the path with such a parameter in them, counted from the last: what stands before a path may vary.
    pub segments: Vec<usize>,
    /// Headers of its answers that are secret.
    pub headers: HeaderNames,
}

/// A part of the graph of schemas of a contract: what does not lead to anything secret is left out.
#[derive(Debug, Clone)]
pub struct Veil {
    nodes: Arc<[Node]>,
    /// For each media type; none where nothing of it is secret.
    roots: Box<[(String, Option<usize>)]>,
}

/// One schema, by what it says of the parts of a value.
#[derive(Debug, Default)]
struct Node {
    /// The value itself is secret.
    whole: bool,
    members: HashMap<String, usize>,
    /// The members that it names, secret or not: what is said of others is not said of them.
    named: Vec<String>,
    others: Vec<usize>,
    /// Members whose names fit a pattern, which counts as fitting every name.
    patterns: Vec<usize>,
    items: Vec<usize>,
    /// Schemas that speak of the same value.
    same: Vec<usize>,
}

/// A body without what nobody may see.
#[derive(Debug, PartialEq)]
pub struct Covered {
    pub bytes: Vec<u8>,
    /// What was hidden.
    pub texts: Vec<String>,
}

impl Veils {
    /// Whether a parameter is secret.
    pub fn hides(&self, location: Location, name: &str) -> bool {
        self.parameters.iter().any(|(known, called)| *known == location && called.eq_ignore_ascii_case(name))
    }

    /// The secret segments of a path, each as its place in the text.
    pub fn in_path<'p>(&self, path: &'p str) -> impl Iterator<Item = Range<usize>> + use<'_, 'p> {
        let end = path.strip_suffix('/').unwrap_or(path).len();
        self.segments.iter().filter_map(move |from_last| {
            let mut slashes = path[..end].rmatch_indices('/').map(|(at, _)| at);
            let behind = from_last.checked_sub(1).map_or(Some(end), |skipped| slashes.nth(skipped))?;
            Some(slashes.next()? + 1..behind)
        })
    }
}

impl Veil {
    pub fn is_empty(&self) -> bool {
        self.roots.iter().all(|(_, root)| root.is_none())
    }

    /// None if nothing of it is to be hidden. What can't be read is hidden as a whole.
    pub fn cover(&self, content_type: &str, bytes: &[u8]) -> Option<Covered> {
        if self.is_empty() || bytes.is_empty() {
            return None;
        }
        let kind = essence(content_type);
        let (root, mut texts) = (self.root(kind), Vec::new());
        if root.is_empty() {
            return None;
        }
        let bytes = if is_json(kind) {
            match serde_json::from_slice(bytes) {
                Ok(mut value) => self.hide(&root, &mut value, &mut texts).then(|| value.to_string().into_bytes()),
                Err(_) => Some(HIDDEN.into()),
            }
        } else if self.is_whole(&root) {
            Some(HIDDEN.into())
        } else if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            self.cover_form(&root, &String::from_utf8_lossy(bytes), &mut texts)
        } else if kind.eq_ignore_ascii_case("multipart/form-data") {
            self.cover_parts(&root, content_type, bytes, &mut texts)
        } else {
            Some(HIDDEN.into())
        }?;
        Some(Covered { bytes, texts })
    }

    /// Whether something at this JSON Pointer, or in it, is secret.
    pub fn hides(&self, content_type: &str, pointer: &str) -> bool {
        let mut here = self.root(essence(content_type));
        for part in pointer.split('/').skip(1) {
            if self.is_whole(&here) {
                return true;
            }
            let items = here.iter().flat_map(|node| &self.nodes[*node].items);
            let items = if part.bytes().all(|byte| byte.is_ascii_digit()) { self.all_of(items) } else { Vec::new() };
            let member = self.member(&here, &unescaped(part));
            here = self.all_of(items.iter().chain(&member));
        }
        !here.is_empty()
    }

    /// What is said of a body of this kind; of one that the contract does not know, all that is said of any.
    fn root(&self, kind: &str) -> Vec<usize> {
        let of_kind = |(media_type, _): &&(String, _)| suits(essence(media_type), kind).is_some();
        let known = self.roots.iter().any(|root| of_kind(&root));
        let roots = self.roots.iter().filter(|root| !known || of_kind(root));
        self.all_of(roots.filter_map(|(_, root)| root.as_ref()))
    }

    /// Whether anything was hidden.
    fn hide(&self, here: &[usize], value: &mut Value, texts: &mut Vec<String>) -> bool {
        if here.is_empty() {
            return false;
        }
        if self.is_whole(here) {
            let old = std::mem::replace(value, Value::from(HIDDEN));
            gather_texts(&old, texts);
            return true;
        }
        match value {
            Value::Object(members) => self.hide_members(here, members, texts),
            Value::Array(items) => {
                let below = self.all_of(here.iter().flat_map(|node| &self.nodes[*node].items));
                // Each of them, and not only up to the first.
                items.iter_mut().map(|item| self.hide(&below, item, texts)).filter(|hidden| *hidden).count() > 0
            }
            _ => false,
        }
    }

    fn hide_members(&self, here: &[usize], members: &mut Map<String, Value>, texts: &mut Vec<String>) -> bool {
        let hidden = members.iter_mut().map(|(name, value)| self.hide(&self.member(here, name), value, texts));
        hidden.filter(|hidden| *hidden).count() > 0
    }

    fn cover_form(&self, root: &[usize], text: &str, texts: &mut Vec<String>) -> Option<Vec<u8>> {
        let mut hidden = false;
        let pairs = text.split('&').map(|pair| {
            let (written, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
            if value.is_empty() || !self.hides_field(root, &decoded(written)) {
                return Cow::Borrowed(pair);
            }
            hidden = true;
            note(value, texts);
            note(&decoded(value), texts);
            Cow::Owned(format!("{written}={HIDDEN}"))
        });
        let covered = pairs.collect::<Vec<_>>().join("&").into_bytes();
        hidden.then_some(covered)
    }

    fn cover_parts(&self, root: &[usize], kind: &str, bytes: &[u8], texts: &mut Vec<String>) -> Option<Vec<u8>> {
        let Ok(contents) = multipart::contents(kind, bytes) else { return Some(HIDDEN.into()) };
        let mut covered = Vec::new();
        let mut from = 0;
        for (name, range) in contents {
            if !range.is_empty() && self.hides_field(root, &name) {
                note(&String::from_utf8_lossy(&bytes[range.clone()]), texts);
                covered.extend_from_slice(&bytes[from..range.start]);
                covered.extend_from_slice(HIDDEN.as_bytes());
                from = range.end;
            }
        }
        covered.extend_from_slice(&bytes[from..]);
        (from > 0).then_some(covered)
    }

    /// A field may hold a document with something secret in it.
    fn hides_field(&self, root: &[usize], name: &str) -> bool {
        let mut here = root.to_vec();
        for part in bracketed(name) {
            let items = self.all_of(here.iter().flat_map(|node| &self.nodes[*node].items));
            let is_place = part.is_empty() || part.bytes().all(|byte| byte.is_ascii_digit());
            here = if is_place && !items.is_empty() { items } else { self.member(&here, part) };
        }
        !here.is_empty()
    }

    /// What is said of a member of values of which this is said.
    fn member(&self, here: &[usize], name: &str) -> Vec<usize> {
        let said = here.iter().flat_map(|node| {
            let node = &self.nodes[*node];
            let others = if node.named.iter().any(|known| known == name) { &[][..] } else { &node.others };
            node.members.get(name).into_iter().chain(others).chain(&node.patterns)
        });
        self.all_of(said)
    }

    /// These and all that speak of the same value. There may be as many as a contract has variants of one thing.
    fn all_of<'n>(&self, nodes: impl IntoIterator<Item = &'n usize>) -> Vec<usize> {
        let mut all: Vec<usize> = Vec::new();
        let mut seen: HashSet<usize> = HashSet::new();
        let mut waiting: Vec<usize> = nodes.into_iter().copied().collect();
        while let Some(node) = waiting.pop() {
            if seen.insert(node) {
                all.push(node);
                waiting.extend(&self.nodes[node].same);
            }
        }
        all
    }

    fn is_whole(&self, nodes: &[usize]) -> bool {
        nodes.iter().any(|node| self.nodes[*node].whole)
    }
}

/// The texts and numbers in a value.
fn gather_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => note(text, texts),
        Value::Number(number) => note(&number.to_string(), texts),
        Value::Array(items) => items.iter().for_each(|item| gather_texts(item, texts)),
        Value::Object(members) => members.values().for_each(|member| gather_texts(member, texts)),
        _ => {}
    }
}

fn note(text: &str, texts: &mut Vec<String>) {
    if texts.len() < MOST_TEXTS && text.len() <= LONGEST_TEXT && !texts.iter().any(|known| known == text) {
        texts.push(text.to_owned());
    }
}

#[cfg(test)]
mod tests;
