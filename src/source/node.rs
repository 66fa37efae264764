//! A document as a tree in which every value and every key knows where it stands.

use std::sync::Arc;

use crate::pointer;

use serde_json::{Map, Value};

use super::Spot;

/// The stretch of one line at which something starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: u32,
    pub column: u32,
    pub length: u32,
}

#[derive(Debug, Clone)]
pub struct Node {
    pub place: Place,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Scalar(Value),
    Sequence(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
    /// An anchored value, here or by alias. Kept once, however often it is used.
    Shared(Arc<Node>),
}

#[derive(Debug, Clone)]
pub struct Key {
    pub text: String,
    pub place: Place,
}

impl Place {
    pub fn spot(self, name: &str, text: &str) -> Spot {
        Spot::within(name, text, self.line as usize, self.column as usize, self.length as usize)
    }
}

impl Node {
    /// The plain value. Aliases are written out; the reader has bounded beforehand what that can come to.
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::Sequence(items) => Value::Array(items.iter().map(Node::value).collect()),
            Kind::Mapping(members) => {
                let mut object = Map::with_capacity(members.len());
                for (key, node) in members {
                    object.insert(key.text.clone(), node.value());
                }
                Value::Object(object)
            }
            Kind::Shared(node) => node.value(),
        }
    }

    /// The node behind an alias.
    pub fn behind(&self) -> &Node {
        match &self.kind {
            Kind::Shared(node) => node.behind(),
            _ => self,
        }
    }

    /// Where the value at a pointer stands, or its key.
    pub fn place(&self, pointer: &str, key: bool) -> Place {
        let mut node = self;
        let mut named: Option<Place> = None;
        let mut missed = false;
        for part in pointer.split('/').skip(1) {
            let part = pointer::unescaped(part);
            let step = match &node.behind().kind {
                Kind::Mapping(members) => {
                    // The last of doubled keys is the one that counts.
                    let member = members.iter().rev().find(|(key, _)| key.text == part);
                    member.map(|(key, value)| (Some(key.place), value))
                }
                Kind::Sequence(items) => part.parse::<usize>().ok().and_then(|n| items.get(n)).map(|item| (None, item)),
                _ => None,
            };
            let Some((place, next)) = step else {
                missed = true;
                break;
            };
            (named, node) = (place, next);
        }
        let collection = matches!(node.behind().kind, Kind::Mapping(_) | Kind::Sequence(_));
        match named {
            Some(place) if key || missed || collection => place,
            _ if collection => Place { length: 1, ..node.place },
            _ => node.place,
        }
    }
}
