//! Texts with `{{ … }}` in them, and values that hold such texts.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// One text.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf(String);

/// A JSON value whose texts may be templates.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree(Value);

/// What a template may speak of.
#[derive(Debug, Clone)]
pub struct Scope<'s> {
    pub now: Timestamp,
    /// Method, path, query, headers, body, id.
    pub request: Value,
    pub captured: &'s Map<String, Value>,
    pub vars: &'s Value,
    pub state: &'s str,
    pub call: u64,
    pub lane: &'s str,
    pub seed: u64,
}

/// Why a template gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfilled(pub String);

impl Leaf {
    /// `Err` tells what is wrong with a template.
    pub fn new(text: &str) -> Result<Leaf, String> {
        Ok(Leaf(text.to_owned()))
    }

    pub fn text(&self, _scope: &Scope) -> Result<String, Unfilled> {
        Ok(self.0.clone())
    }
}

impl Tree {
    /// `Err` is the JSON Pointer of a text and what is wrong with it.
    pub fn new(value: &Value) -> Result<Tree, (String, String)> {
        Ok(Tree(value.clone()))
    }

    pub fn fill(&self, _scope: &Scope) -> Result<Value, Unfilled> {
        Ok(self.0.clone())
    }
}
