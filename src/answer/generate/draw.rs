//! Draws a value of a shape. Each place has random numbers of its own, so that a new member shuffles nothing else.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::shape::{Choice, Kind, Lazy, Shape};
use super::{Generator, Wish, number, text};
use crate::fakes::{Maker, Naming, Usual};
use crate::pointer;
use crate::seed::{Seed, Stream};

/// Below so many containers, members that need not be there are left out.
const DEEP: usize = 12;
/// Nothing is drawn below so many containers: only a schema without end gets there.
const BOTTOMLESS: usize = 80;
/// After so many values, what need not be there is left out.
const MANY: usize = 2_000;
/// After so many, even what must be there: only a schema that doubles without end gets there.
const TOO_MANY: usize = 50_000;
/// So many shapes are looked at to find the way that ends soonest.
const LOOKS: usize = 20_000;

pub struct Draw<'g> {
    pub generator: &'g Generator,
    seed: Seed,
    wish: Wish<'g>,
    /// Places to be drawn anew, and how often already.
    mending: &'g HashMap<String, u32>,
    pointer: String,
    /// The shapes within which we are, by their addresses.
    within: Vec<usize>,
    drawn: usize,
    looked: Cell<usize>,
    examples: bool,
}

/// What is known of a value besides its shape.
#[derive(Debug, Clone, Copy)]
pub struct Hint<'a> {
    pub naming: Naming<'a>,
    pub maker: Option<Maker>,
    pub usual: Option<Usual>,
    /// How often this place and those around it were drawn anew: chooses another way each time.
    pub turn: u32,
}

impl<'g> Draw<'g> {
    pub fn new(generator: &'g Generator, wish: Wish<'g>, mending: &'g HashMap<String, u32>) -> Self {
        Draw {
            generator,
            seed: wish.seed,
            wish,
            mending,
            pointer: String::new(),
            within: Vec::new(),
            drawn: 0,
            looked: Cell::new(0),
            examples: wish.examples,
        }
    }

    /// The whole value, and of how many parts it was made.
    pub fn root(mut self, shape: &Arc<Shape>) -> (Value, usize) {
        let Wish { name, owner, .. } = self.wish;
        let (maker, usual) = (Maker::by_name(name, ""), Usual::by_name(name));
        let value = self.value(shape, Hint { naming: Naming { name, owner, whole: self.seed }, maker, usual, turn: 0 });
        (value, self.drawn)
    }

    /// The value of a part, named by a key or an index.
    pub fn part(&mut self, key: &str, shape: &Arc<Shape>, hint: Hint) -> Value {
        let length = self.pointer.len();
        self.pointer.push('/');
        match key.contains(['~', '/']) {
            true => self.pointer.push_str(&pointer::escaped(key)),
            false => self.pointer.push_str(key),
        }
        let value = self.value(shape, hint);
        self.pointer.truncate(length);
        value
    }

    fn value(&mut self, shape: &Arc<Shape>, mut hint: Hint) -> Value {
        if !self.mending.is_empty() {
            hint.turn += self.mending.get(&self.pointer).copied().unwrap_or(0);
        }
        self.settled(shape, hint)
    }

    /// The value, choices made one after the other.
    fn settled(&mut self, shape: &Arc<Shape>, mut hint: Hint) -> Value {
        self.drawn += 1;
        if let Some(options) = shape.options.as_ref().filter(|options| !options.is_empty()) {
            let first = self.stream("", 0).below(options.len());
            return options[(first + hint.turn as usize) % options.len()].clone();
        }
        if self.examples && hint.turn == 0 {
            let plain = |value: &&Value| !matches!(value, Value::Null) && !shape.excluded.contains(value);
            if let Some(example) = shape.examples.iter().find(plain) {
                return example.clone();
            }
        }
        if let Some(choice) = shape.choices.first() {
            let again = self.again(shape);
            let branch = self.choose(choice, &mut hint.turn, again);
            self.within.push(address(shape));
            let value = self.settled(&branch, hint);
            self.within.pop();
            return value;
        }
        let mut value = self.of_kind(shape, hint);
        for _ in 0..8 {
            if !shape.excluded.contains(&value) {
                break;
            }
            hint.turn += 1;
            value = self.of_kind(shape, hint);
        }
        value
    }

    fn choose(&self, choice: &Choice, turn: &mut u32, again: bool) -> Arc<Shape> {
        let branches: Vec<Arc<Shape>> = choice.branches.iter().map(|branch| self.resolve(branch)).collect();
        let mut fitting: Vec<Arc<Shape>> = branches.iter().filter(|branch| !branch.never).cloned().collect();
        if fitting.is_empty() {
            fitting = branches;
        }
        if again || self.is_late() {
            // The branch that soonest comes to an end.
            let ending = (0..6).find_map(|depth| fitting.iter().position(|branch| self.ends(branch, depth)));
            fitting.rotate_left(ending.unwrap_or(0));
            return take_turn(&fitting, 0, turn);
        }
        fitting.sort_by_key(|branch| branch.kinds == [Kind::Null]);
        let telling = fitting.iter().filter(|branch| branch.kinds != [Kind::Null]).count();
        // Choices at one place are told apart by how many were made before.
        let made = fitting.first().map_or(0, |branch| branch.key.settled.len());
        let first = self.stream("choice", made as u32).below(telling);
        take_turn(&fitting, first, turn)
    }

    /// Whether a value of this shape can end within so many containers.
    fn ends(&self, shape: &Arc<Shape>, depth: usize) -> bool {
        self.looked.set(self.looked.get() + 1);
        if shape.options.is_some() || self.looked.get() > LOOKS {
            return true;
        }
        if let Some(choice) = shape.choices.first() {
            return depth > 0 && choice.branches.iter().any(|branch| self.ends(&self.resolve(branch), depth - 1));
        }
        let ends = |lazy: &Lazy| depth > 0 && self.ends(&self.resolve(lazy), depth - 1);
        match shape.kinds.first() {
            _ if shape.never => false,
            _ if shape.kinds.contains(&Kind::Null) => true,
            Some(Kind::Array) => {
                shape.list.fewest == 0 && shape.list.first.is_empty()
                    || shape.list.first.iter().all(ends) && shape.list.rest.iter().all(ends)
            }
            Some(Kind::Object) => {
                shape.object.members.iter().filter(|member| member.required).all(|member| ends(&member.shape))
            }
            _ => true,
        }
    }

    fn of_kind(&mut self, shape: &Arc<Shape>, mut hint: Hint) -> Value {
        let mut stream = self.stream("value", hint.turn);
        let kind = if shape.kinds.contains(&Kind::Null) && self.again(shape) {
            Kind::Null
        } else {
            match &shape.kinds[..] {
                [] => return Value::Null,
                kinds => take_turn(kinds, 0, &mut hint.turn),
            }
        };
        match kind {
            Kind::Null => Value::Null,
            Kind::Boolean => Value::Bool(stream.chance(0.5)),
            Kind::Integer => number::draw(&shape.number, true, hint, &mut stream),
            Kind::Number => number::draw(&shape.number, false, hint, &mut stream),
            Kind::String => Value::String(text::draw(&shape.text, hint, &mut stream)),
            Kind::Array | Kind::Object if self.within.len() > BOTTOMLESS || self.drawn > TOO_MANY => Value::Null,
            Kind::Array => self.inside(shape, |draw| draw.list(shape, hint)),
            Kind::Object => self.inside(shape, |draw| Value::Object(draw.object(shape, hint))),
        }
    }

    fn inside(&mut self, shape: &Arc<Shape>, draw: impl FnOnce(&mut Self) -> Value) -> Value {
        self.within.push(address(shape));
        let value = draw(self);
        self.within.pop();
        value
    }

    fn list(&mut self, shape: &Arc<Shape>, hint: Hint) -> Value {
        let limits = &shape.list;
        let most = limits.most.unwrap_or(usize::MAX);
        let mut length = match (limits.first.len(), &limits.rest) {
            (0, _) => self.stream("length", hint.turn).between(1, 3) as usize,
            (first, _) => first,
        };
        if limits.closed {
            length = length.min(limits.first.len());
        } else if limits.first.is_empty() && (self.within_again(shape) || self.is_late()) {
            length = 0;
        }
        let needed: usize = limits.contains.iter().map(|(_, least)| least).sum();
        length = length.max(limits.fewest).max(needed).min(most);
        let mut items: Vec<Value> = Vec::new();
        let with_examples = self.examples;
        let mut special = limits.contains.iter().flat_map(|(lazy, least)| std::iter::repeat_n(lazy, *least));
        for n in 0..length.min(TOO_MANY) {
            let usual = limits.first.get(n).or(limits.rest.as_ref());
            let special = if n >= limits.first.len() { special.next() } else { None };
            let Some(lazy) = special.or(usual) else { break };
            let item = self.resolve(lazy);
            if item.never {
                break;
            }
            let known = if limits.unique { &items[..] } else { &[] };
            match self.item(n, &item, hint, known) {
                Some(value) => items.push(value),
                None if items.len() >= limits.fewest => {}
                None => break,
            }
            // Examples of an item are told once; the items after it are to differ.
            self.examples = false;
        }
        self.examples = with_examples;
        Value::Array(items)
    }

    /// One item, unlike those that are known; `None` if there seems to be no other.
    fn item(&mut self, n: usize, shape: &Arc<Shape>, hint: Hint, known: &[Value]) -> Option<Value> {
        let owner = owner(shape, hint.naming.name, hint.naming.owner);
        let whole = self.whole(&n.to_string(), hint.turn);
        let naming = Naming { name: hint.naming.name, owner, whole };
        (0..24)
            .map(|again| self.part(&n.to_string(), shape, Hint { naming, turn: hint.turn + again, ..hint }))
            .find(|value| !known.contains(value))
    }

    pub fn resolve(&self, lazy: &Lazy) -> Arc<Shape> {
        self.generator.shapes.resolve(self.generator.bundle(), lazy)
    }

    /// What the members of the object at this place have in common, or what the item of that number has for itself.
    pub fn whole(&self, item: &str, turn: u32) -> Seed {
        match turn {
            0 => Generator::seed_for(self.seed, [self.pointer.as_str(), "whole", item]),
            turn => Generator::seed_for(self.seed, [self.pointer.as_str(), "whole", item, &turn.to_string()]),
        }
    }

    /// The random numbers of this place.
    pub fn stream(&self, what: &str, turn: u32) -> Stream {
        match turn {
            0 => self.seed.stream([self.pointer.as_str(), what]),
            turn => self.seed.stream([self.pointer.as_str(), what, &turn.to_string()]),
        }
    }

    /// Are we within a value of this shape already?
    pub fn again(&self, shape: &Arc<Shape>) -> bool {
        self.within.contains(&address(shape))
    }

    /// The same for a shape within which we count already.
    fn within_again(&self, shape: &Arc<Shape>) -> bool {
        self.within.iter().filter(|known| **known == address(shape)).count() > 1
    }

    /// Time to come to an end.
    pub fn is_late(&self) -> bool {
        self.drawn > MANY || self.within.len() > DEEP
    }
}

/// Members that hold what the answer is about and say nothing of it.
const WRAPPERS: &[&str] = &["data", "items", "results", "result", "records", "entries", "values", "content", "list"];

/// To whom the members of this shape belong: by the shape's own name, else by that of its place.
pub fn owner<'a>(shape: &'a Shape, name: &'a str, owner: &'a str) -> &'a str {
    match &shape.label {
        Some(label) => label,
        None if name.is_empty() || WRAPPERS.contains(&name) => owner,
        None => name,
    }
}

/// One of `items`, the next one at each turn; what remains of the turn is for choices further down.
fn take_turn<T: Clone>(items: &[T], first: usize, turn: &mut u32) -> T {
    let chosen = (first + *turn as usize) % items.len();
    *turn /= items.len() as u32;
    items[chosen].clone()
}

fn address(shape: &Arc<Shape>) -> usize {
    Arc::as_ptr(shape) as usize
}
