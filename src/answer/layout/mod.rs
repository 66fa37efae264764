//! Which member of an answer takes what: the rows, the record, the numbers of a page, the links, the request's id. It
//! is read off the response's schema once; after that an answer is pieces of text with holes in between.
//!
//! Members are known by their place, their schema, or the names that APIs usually give them (`spelling.rs`). What must be
//! there and nobody knows is made from the schema.

mod place;
mod spelling;

use serde_json::Value;

use self::place::{Part, Target, parts};
use super::body::{Draft, Late};
use super::generate::{Generator, Wish};
use crate::contract::{Collection, Contract, Cursor, Schema};
use crate::pointer::escaped;
use crate::seed::Seed;

/// Deeper than this no answer has what we look for.
const DEEPEST: usize = 5;

#[derive(Debug)]
pub struct Layout(Vec<Piece>);

#[derive(Debug, PartialEq)]
pub enum Piece {
    Text(String),
    Hole(Hole),
    /// What to say of something that is not there: null, or nothing between quotes where null is not allowed.
    HoleOr(Hole, &'static str),
    Late(Late),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hole {
    /// All rows, in brackets.
    Rows,
    Record,
    /// How many there are in all, and here.
    Total,
    Count,
    Page,
    TotalPages,
    /// How many there are at most in one answer, however that is called.
    Size,
    Offset,
    NextCursor,
    HasNext,
    HasPrevious,
    Link(Link),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    Own,
    First,
    Previous,
    Next,
    Last,
}

/// How a request turns pages, which decides between the branches of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    Pages,
    /// By limit with offset or cursor.
    Stretches,
}

/// What a layout is for.
#[derive(Debug, Clone, Copy)]
pub struct Purpose<'a> {
    pub seed: Seed,
    /// What made-up members belong to.
    pub owner: &'a str,
    pub collection: &'a Collection,
    /// The fields of the record, where they are not all of the collection's.
    pub fields: &'a [(String, String)],
    /// A list in this style; else one record.
    pub list: Option<Style>,
}

impl Layout {
    /// The layout of an answer with this schema. Without one the answer is the record, or the rows, as they are.
    pub fn new(contract: &Contract, generator: &Generator, schema: Option<&Schema>, purpose: Purpose) -> Layout {
        let Some(schema) = schema else { return Layout(vec![Piece::Hole(purpose.goal())]) };
        let root = schema.cursor(&contract.bundle);
        let target = place::find(contract, &root, &purpose);
        let mut laying = Laying { contract, generator, purpose, target, pieces: Vec::new() };
        laying.value(&root, "", 0);
        let mut layout = Layout(laying.pieces);
        layout.settle();
        layout
    }

    /// Writes the answer; `fill` says what goes into a hole, and false if there is nothing.
    pub fn write(&self, draft: &mut Draft, mut fill: impl FnMut(Hole, &mut Draft) -> bool) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => draft.text(text),
                Piece::Late(late) => draft.late(*late),
                Piece::Hole(hole) => {
                    if !fill(*hole, draft) {
                        draft.text("null");
                    }
                }
                Piece::HoleOr(hole, nothing) => {
                    if !fill(*hole, draft) {
                        draft.text(nothing);
                    }
                }
            }
        }
    }

    /// Whether the answer tells this.
    pub fn has(&self, wanted: Hole) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Hole(hole) | Piece::HoleOr(hole, _) if *hole == wanted))
    }

    /// A lonely `count` is the number of all; texts that follow each other become one.
    fn settle(&mut self) {
        let alone = !self.has(Hole::Total);
        let mut settled: Vec<Piece> = Vec::new();
        for piece in self.0.drain(..) {
            match (settled.last_mut(), piece) {
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                (_, Piece::Hole(Hole::Count)) if alone => settled.push(Piece::Hole(Hole::Total)),
                (_, piece) => settled.push(piece),
            }
        }
        self.0 = settled;
    }
}

impl Purpose<'_> {
    fn goal(&self) -> Hole {
        if self.list.is_some() { Hole::Rows } else { Hole::Record }
    }
}

struct Laying<'a> {
    contract: &'a Contract,
    generator: &'a Generator,
    purpose: Purpose<'a>,
    target: Target,
    pieces: Vec<Piece>,
}

impl<'a> Laying<'a> {
    /// Lays out the value at a pointer. False if nothing in it is known, and then nothing was written.
    fn value(&mut self, cursor: &Cursor<'a>, pointer: &str, depth: usize) -> bool {
        if self.target.is(pointer) {
            self.pieces.push(Piece::Hole(self.purpose.goal()));
            return true;
        }
        if depth > DEEPEST {
            return false;
        }
        let parts = parts(cursor, self.purpose.list);
        if self.contract.request_id.as_deref() == Some(pointer) {
            self.pieces.push(Piece::Late(Late::RequestId));
            return true;
        }
        let mut names = pointer.rsplit('/');
        let (name, around) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        if let Some(piece) = self.known(name, around, &parts) {
            self.pieces.push(piece);
            return true;
        }
        let leads = self.target.is_below(pointer) || self.request_id_is_below(pointer) || spelling::holds_numbers(name);
        leads && self.object(&parts, pointer, depth)
    }

    fn known(&self, name: &str, around: &str, parts: &[Part]) -> Option<Piece> {
        let found = spelling::known(name, around, parts)?;
        let of_a_list = !matches!(found, Piece::Late(_));
        (self.purpose.list.is_some() || !of_a_list).then_some(found)
    }

    fn request_id_is_below(&self, pointer: &str) -> bool {
        let place = self.contract.request_id.as_deref().and_then(|place| place.strip_prefix(pointer));
        place.is_some_and(|rest| rest.starts_with('/'))
    }

    /// An object: what is known of its members, and what must be there.
    fn object(&mut self, parts: &[Part<'a>], pointer: &str, depth: usize) -> bool {
        let begin = self.pieces.len();
        let required = place::required(parts);
        let mut knows = false;
        for (name, member) in place::properties(parts) {
            let here = self.pieces.len();
            let separator = if here == begin { "{" } else { "," };
            self.pieces.push(Piece::Text(format!("{separator}{}:", Value::from(name))));
            if self.value(&member, &format!("{pointer}/{}", escaped(name)), depth + 1) {
                knows = true;
            } else if required.contains(&name) {
                let made = self.made(name, &member);
                self.pieces.push(Piece::Text(made.to_string()));
            } else {
                self.pieces.truncate(here);
            }
        }
        if !knows {
            self.pieces.truncate(begin);
            return false;
        }
        self.pieces.push(Piece::Text("}".to_owned()));
        true
    }

    fn made(&self, name: &str, member: &Cursor) -> Value {
        let Purpose { seed, owner, .. } = self.purpose;
        let seed = Generator::seed_for(seed, [owner, "member", name]);
        self.generator.generate(&Schema::new(member), Wish { seed, owner, name, examples: true })
    }
}

#[cfg(test)]
mod tests;
