//! Texts with `{{ … }}` in them, and values that hold such texts. What is wrong with a template and can be known is found
//! when it is read; at run time it is filled in within bounds, or left alone with a reason.
//!
//! There are expressions and no statements, so nothing in a template runs for ever or calls itself. A text without `{{`
//! never comes near the engine.

mod engine;
mod fakes;
mod moments;
mod scan;
mod scope;

use std::fmt;

use serde_json::{Map, Value};

use self::engine::Expression;
use self::scan::Piece;
use crate::pointer::escaped;

pub use engine::size;
pub use scope::Scope;

/// What the filled places of one template may come to, in bytes.
const MOST: usize = 256 << 10;
/// And those of all templates that one request has filled.
pub const MOST_FILLED: usize = 2 << 20;

/// One text.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Place(Expression),
}

/// A JSON value whose texts may be templates.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree(Node);

/// Whatever has no template in it stays one value.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Plain(Value),
    Leaf(Leaf),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// Why a template gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfilled(pub String);

impl Leaf {
    /// `Err` tells all that is wrong with a template.
    pub fn new(text: &str) -> Result<Leaf, String> {
        let (mut parts, mut wrong) = (Vec::new(), Vec::new());
        for piece in scan::pieces(text) {
            match piece.and_then(|piece| match piece {
                Piece::Text(text) => Ok(Part::Text(text)),
                Piece::Place { written, expression } => Expression::new(written, expression).map(Part::Place),
            }) {
                Ok(part) => parts.push(part),
                Err(why) => wrong.push(why),
            }
        }
        if wrong.is_empty() { Ok(Leaf(parts)) } else { Err(wrong.join("; ")) }
    }

    pub fn text(&self, scope: &Scope) -> Result<String, Unfilled> {
        within(scope, |left| self.text_within(scope, left))
    }

    /// A leaf that is one `{{ … }}` keeps its type.
    pub fn value(&self, scope: &Scope) -> Result<Value, Unfilled> {
        within(scope, |left| self.value_within(scope, left))
    }

    /// The text, where there is nothing to fill in.
    pub fn plain(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// What is spoken of, as `captured.page`, `vars`, `request.body`: as far as it is known before.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .flat_map(|part| match part {
                Part::Text(_) => &[],
                Part::Place(place) => place.names(),
            })
            .map(String::as_str)
    }

    fn text_within(&self, scope: &Scope, left: &mut usize) -> Result<String, Unfilled> {
        if let Some(plain) = self.plain() {
            return Ok(plain.to_owned());
        }
        let mut whole = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => whole.push_str(text),
                Part::Place(place) => match place.value(scope, left)? {
                    Value::String(text) => whole.push_str(&text),
                    other => whole.push_str(&other.to_string()),
                },
            }
        }
        Ok(whole)
    }

    fn value_within(&self, scope: &Scope, left: &mut usize) -> Result<Value, Unfilled> {
        match self.0.as_slice() {
            [Part::Place(place)] => place.value(scope, left),
            _ => self.text_within(scope, left).map(Value::String),
        }
    }
}

impl Tree {
    /// `Err` has the JSON Pointers of all texts that are wrong, and what is wrong with each.
    pub fn new(value: &Value) -> Result<Tree, Vec<(String, String)>> {
        let mut wrong = Vec::new();
        let node = Node::new(value, &mut String::new(), &mut wrong);
        if wrong.is_empty() { Ok(Tree(node)) } else { Err(wrong) }
    }

    pub fn fill(&self, scope: &Scope) -> Result<Value, Unfilled> {
        within(scope, |left| self.0.fill(scope, left))
    }

    /// How many places there are to be filled.
    pub fn places(&self) -> usize {
        self.0.places()
    }

    /// How many values a list has.
    pub fn items(&self) -> usize {
        match &self.0 {
            Node::Plain(Value::Array(items)) => items.len(),
            Node::List(nodes) => nodes.len(),
            _ => 1,
        }
    }

    /// The value, where there is nothing to fill in.
    pub fn plain(&self) -> Option<&Value> {
        match &self.0 {
            Node::Plain(value) => Some(value),
            _ => None,
        }
    }

    /// The names of all its leaves, each with the leaf's pointer.
    pub fn names(&self) -> Vec<(String, String)> {
        let mut names = Vec::new();
        self.0.names(&mut String::new(), &mut names);
        names
    }
}

/// Fills something in, which takes its share of what all templates of the request may come to.
fn within<T>(scope: &Scope, fill: impl FnOnce(&mut usize) -> Result<T, Unfilled>) -> Result<T, Unfilled> {
    let (all, mut left) = (scope.left.get(), MOST.min(scope.left.get()));
    let room = left;
    let filled = fill(&mut left);
    scope.left.set(all - room + left);
    match filled {
        Err(_) if left == 0 && room < MOST => {
            Err(Unfilled(format!("all that is filled in for one request comes to more than {} MiB", MOST_FILLED >> 20)))
        }
        filled => filled,
    }
}

impl Node {
    /// A text that is wrong stands as it is, and is told.
    fn new(value: &Value, pointer: &mut String, wrong: &mut Vec<(String, String)>) -> Node {
        let length = pointer.len();
        let mut below = |name: &str, value: &Value| {
            pointer.push('/');
            pointer.push_str(&escaped(name));
            let node = Node::new(value, pointer, wrong);
            pointer.truncate(length);
            node
        };
        match value {
            Value::String(text) => match Leaf::new(text) {
                Ok(leaf) if leaf.plain().is_none() => Node::Leaf(leaf),
                Ok(_) => Node::Plain(value.clone()),
                Err(why) => {
                    wrong.push((pointer.clone(), why));
                    Node::Plain(Value::Null)
                }
            },
            Value::Array(items) => {
                let nodes: Vec<_> = items.iter().enumerate().map(|(at, item)| below(&at.to_string(), item)).collect();
                let plain = nodes.iter().all(Node::is_plain);
                if plain { Node::Plain(value.clone()) } else { Node::List(nodes) }
            }
            Value::Object(members) => {
                let nodes: Vec<_> = members.iter().map(|(name, member)| (name.clone(), below(name, member))).collect();
                let plain = nodes.iter().all(|(_, node)| node.is_plain());
                if plain { Node::Plain(value.clone()) } else { Node::Object(nodes) }
            }
            other => Node::Plain(other.clone()),
        }
    }

    fn is_plain(&self) -> bool {
        matches!(self, Node::Plain(_))
    }

    fn places(&self) -> usize {
        match self {
            Node::Plain(_) => 0,
            Node::Leaf(leaf) => leaf.0.iter().filter(|part| matches!(part, Part::Place(_))).count(),
            Node::List(nodes) => nodes.iter().map(Node::places).sum(),
            Node::Object(nodes) => nodes.iter().map(|(_, node)| node.places()).sum(),
        }
    }

    fn fill(&self, scope: &Scope, left: &mut usize) -> Result<Value, Unfilled> {
        Ok(match self {
            Node::Plain(value) => value.clone(),
            Node::Leaf(leaf) => leaf.value_within(scope, left)?,
            Node::List(nodes) => nodes.iter().map(|node| node.fill(scope, left)).collect::<Result<_, _>>()?,
            Node::Object(nodes) => {
                let members = nodes.iter().map(|(name, node)| Ok((name.clone(), node.fill(scope, left)?)));
                Value::Object(members.collect::<Result<Map<_, _>, _>>()?)
            }
        })
    }

    fn names(&self, pointer: &mut String, names: &mut Vec<(String, String)>) {
        let length = pointer.len();
        let mut below = |name: &str, node: &Node| {
            pointer.push('/');
            pointer.push_str(&escaped(name));
            node.names(pointer, names);
            pointer.truncate(length);
        };
        match self {
            Node::Plain(_) => {}
            Node::Leaf(leaf) => names.extend(leaf.names().map(|name| (pointer.clone(), name.to_owned()))),
            Node::List(nodes) => nodes.iter().enumerate().for_each(|(at, node)| below(&at.to_string(), node)),
            Node::Object(nodes) => nodes.iter().for_each(|(name, node)| below(name, node)),
        }
    }
}

/// As it is written.
impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Place(place) => write!(f, "{place}"),
        })
    }
}

impl fmt::Display for Unfilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
