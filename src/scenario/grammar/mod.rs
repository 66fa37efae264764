//! What a scenario file may hold: one table for each object of the language. A walk holds a file against the tables, and
//! from the same tables comes the JSON Schema that editors complete by (`schemas/scenario.schema.json`).
//!
//! The tables tell form alone. What can only be known from the contract, or from another place of the file, is found when the
//! file is compiled.

mod effects;
mod expect;
mod faults;
mod matching;
mod schema;
mod story;
mod walk;
mod words;

#[cfg(test)]
pub use expect::verdicts;
pub use schema::schema;
pub use walk::check;

use serde_json::Value;

use super::notation::Notation;
use crate::nearest::nearest;

/// As many names an author chooses in one place.
const MOST_KEYS: usize = 1000;

/// Whether a file is meant as a scenario, be it a good one or not: one of the keys that only a scenario has stands in it, or
/// one much like it; or it is a list of rules.
pub fn is_meant(value: &Value) -> bool {
    const OWN: [&str; 4] = ["rules", "steps", "expect", "accept"];
    match value {
        Value::Array(items) => items.iter().any(|item| item.get("when").is_some()),
        Value::Object(members) => {
            !members.contains_key("openapi") && members.keys().any(|key| nearest(key, OWN).is_some())
        }
        _ => false,
    }
}

/// One kind of object.
pub struct Shape {
    /// Among the definitions of the schema.
    pub key: &'static str,
    /// As it stands in a sentence: "a rule".
    pub name: &'static str,
    pub about: &'static str,
    pub fields: &'static [&'static [Field]],
    pub needs: &'static [Need],
    /// Keys that begin with `x-` are anybody's own: a place for anchors.
    pub open: bool,
}

#[derive(Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub is: Is,
    pub required: bool,
    /// One line for whoever writes the file.
    pub about: &'static str,
    /// What holds without it, as JSON.
    pub default: Option<&'static str>,
}

/// What the members of an object have to do with each other.
pub enum Need {
    /// Something must be there.
    Any,
    /// One of these at least.
    OneOrMore(&'static [&'static str]),
    /// One of these, and no two.
    One(&'static [&'static str]),
    AtMostOne(&'static [&'static str]),
    /// The first stands only beside one of the others.
    With(&'static str, &'static [&'static str]),
    /// A rule that has none of these does nothing.
    Effect(&'static [&'static str]),
}

/// What a value has to be.
#[derive(Clone, Copy)]
pub enum Is {
    Any,
    /// Any text, an empty one too.
    Text,
    /// A text with something in it.
    Line,
    Flag,
    /// `true`, where nothing else makes sense.
    Yes,
    Nothing,
    /// A text, a number or a flag; null too where that says something.
    Scalar {
        null: bool,
    },
    Number {
        least: f64,
        most: f64,
    },
    /// A number above the one and up to the other.
    Above {
        bound: f64,
        most: f64,
    },
    Whole {
        least: i64,
        most: i64,
    },
    Written(&'static Notation),
    Words(&'static [&'static str]),
    Object(&'static Shape),
    List {
        of: &'static Is,
        most: usize,
    },
    /// A list that may be empty.
    All {
        of: &'static Is,
        most: usize,
    },
    /// Names that the author chooses, at least one.
    Map {
        keys: Option<&'static Notation>,
        of: &'static Is,
    },
    Either(&'static [Is]),
    /// What several places share.
    Known(&'static Known),
}

pub struct Known {
    pub key: &'static str,
    pub about: &'static str,
    pub is: Is,
}

const fn field(name: &'static str, is: Is, about: &'static str) -> Field {
    Field { name, is, required: false, about, default: None }
}

impl Field {
    const fn required(self) -> Field {
        Field { required: true, ..self }
    }

    const fn or(self, default: &'static str) -> Field {
        Field { default: Some(default), ..self }
    }
}

impl Shape {
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().copied().flatten()
    }

    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.name == name)
    }
}

impl Is {
    /// The objects that a value may be.
    pub fn shapes(&self) -> Vec<&'static Shape> {
        match self {
            Is::Object(shape) => vec![shape],
            Is::Either(all) => all.iter().flat_map(Is::shapes).collect(),
            Is::Known(known) => known.is.shapes(),
            Is::List { of, .. } | Is::All { of, .. } => of.shapes(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
pub mod tests;
