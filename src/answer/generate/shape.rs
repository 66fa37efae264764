//! What a value must look like: everything that the schemas which hold for it say together.
//!
//! `allOf` and references dissolve into one list of statements; choices (`oneOf`, `anyOf`, `if`) stay until a value is
//! made, and choosing gives another shape. A shape is worked out when it is first needed and then kept.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use serde_json::Value;

use super::gather::gather;
use super::pattern::Pattern;
use crate::contract::Bundle;
use crate::fakes::{Maker, Usual};
use crate::pointer;

/// One schema as a statement about a value: what it says, or (`negated`) that it must not be so.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Part {
    pub file: usize,
    pub pointer: Arc<str>,
    pub negated: bool,
}

/// By what a shape is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Key {
    pub parts: Vec<Part>,
    /// Choices that were made: their branches are among the parts.
    pub settled: Vec<Part>,
    /// Members whose value says which branch was chosen (`discriminator`).
    pub pins: Vec<(Arc<str>, Arc<str>)>,
    /// The value itself is such a member.
    pub fixed: Option<Arc<str>>,
}

/// A shape that is looked up when it is needed.
#[derive(Debug)]
pub struct Lazy {
    pub key: Arc<Key>,
    // Weak, because a schema may contain itself.
    known: OnceLock<Weak<Shape>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

#[derive(Debug)]
pub struct Shape {
    pub key: Arc<Key>,
    /// Nothing fits.
    pub never: bool,
    /// The kinds that are allowed, in the order in which they are best tried.
    pub kinds: Vec<Kind>,
    /// `const` or `enum`.
    pub options: Option<Vec<Value>>,
    pub excluded: Vec<Value>,
    pub examples: Vec<Value>,
    pub number: NumberLimits,
    pub text: TextLimits,
    pub list: ListLimits,
    pub object: ObjectLimits,
    pub choices: Vec<Choice>,
    /// What a schema calls itself, for naming what belongs to it.
    pub label: Option<String>,
    pub write_only: bool,
}

#[derive(Debug, Default)]
pub struct NumberLimits {
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub low_excluded: bool,
    pub high_excluded: bool,
    pub multiples: Vec<f64>,
}

#[derive(Debug, Default)]
pub struct TextLimits {
    pub shortest: usize,
    pub longest: Option<usize>,
    pub patterns: Vec<Pattern>,
    pub format: Option<String>,
}

#[derive(Debug, Default)]
pub struct ListLimits {
    pub first: Vec<Lazy>,
    pub rest: Option<Lazy>,
    /// Nothing may follow the `first` ones.
    pub closed: bool,
    pub contains: Vec<(Lazy, usize)>,
    pub fewest: usize,
    pub most: Option<usize>,
    pub unique: bool,
}

#[derive(Debug, Default)]
pub struct ObjectLimits {
    pub members: Vec<Member>,
    /// No other member is allowed.
    pub closed: bool,
    /// What other members look like, if a schema says so.
    pub others: Option<Lazy>,
    /// What members look like whose name fits a pattern.
    pub by_pattern: Vec<(Pattern, Lazy)>,
    pub names: Option<Lazy>,
    pub fewest: usize,
    pub most: Option<usize>,
    /// If the first is there, the others must be.
    pub dependent: Vec<(String, Vec<String>)>,
    /// These must not all be there.
    pub never_together: Vec<Vec<String>>,
}

#[derive(Debug)]
pub struct Member {
    pub name: Arc<str>,
    pub required: bool,
    pub shape: Lazy,
    pub maker: Option<Maker>,
    pub usual: Option<Usual>,
}

#[derive(Debug)]
pub struct Choice {
    pub branches: Vec<Lazy>,
}

/// All shapes of one contract that were needed so far.
#[derive(Debug, Default)]
pub struct Shapes {
    known: RwLock<HashMap<Arc<Key>, Arc<Shape>>>,
}

impl Shapes {
    pub fn get(&self, bundle: &Bundle, key: &Arc<Key>) -> Arc<Shape> {
        if let Some(shape) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return shape.clone();
        }
        let shape = Arc::new(gather(bundle, key));
        self.known.write().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_insert(shape).clone()
    }

    pub fn resolve(&self, bundle: &Bundle, lazy: &Lazy) -> Arc<Shape> {
        if let Some(shape) = lazy.known.get().and_then(Weak::upgrade) {
            return shape;
        }
        let shape = self.get(bundle, &lazy.key);
        let _ = lazy.known.set(Arc::downgrade(&shape));
        shape
    }
}

impl Lazy {
    pub fn new(key: Key) -> Lazy {
        Lazy { key: Arc::new(key), known: OnceLock::new() }
    }
}

impl Key {
    pub fn of(parts: Vec<Part>) -> Key {
        Key { parts, ..Key::default() }
    }
}

impl Part {
    pub fn new(file: usize, pointer: impl Into<Arc<str>>) -> Part {
        Part { file, pointer: pointer.into(), negated: false }
    }

    pub fn not(mut self) -> Part {
        self.negated = !self.negated;
        self
    }

    /// The schema at a member of this one.
    pub fn child(&self, key: &str) -> Part {
        let key = pointer::escaped(key);
        Part { file: self.file, pointer: format!("{}/{key}", self.pointer).into(), negated: false }
    }

    pub fn value<'b>(&self, bundle: &'b Bundle) -> &'b Value {
        bundle.at(self.file, &self.pointer).value
    }
}

impl Kind {
    pub fn parse(name: &str) -> Option<Kind> {
        Some(match name {
            "null" => Kind::Null,
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "string" => Kind::String,
            "array" => Kind::Array,
            "object" => Kind::Object,
            _ => return None,
        })
    }
}
