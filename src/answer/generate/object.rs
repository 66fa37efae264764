//! Objects: which members there are, and what they are called where the schema leaves it open.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::draw::{Draw, Hint, owner};
use super::shape::{Key, Kind, Lazy, Member, Shape};
use super::text;
use crate::fakes::{self, Maker, Naming, Usual};

/// How many members are added to an object whose members have no names of their own.
const USUAL_ENTRIES: usize = 2;

impl Draw<'_> {
    pub fn object(&mut self, shape: &Arc<Shape>, hint: Hint) -> Map<String, Value> {
        let limits = &shape.object;
        let owner = owner(shape, hint.naming.name, hint.naming.owner);
        let mut object = Map::with_capacity(limits.members.len());
        for member in &limits.members {
            let member_shape = self.resolve(&member.shape);
            if self.wanted(member, &member_shape, hint.turn) {
                object.insert(member.name.to_string(), self.member(member, &member_shape, owner, hint.turn));
            }
        }
        self.keep_dependent(shape, &mut object, owner, hint.turn);
        for names in &limits.never_together {
            if names.iter().all(|name| object.contains_key(name)) {
                remove_last(&mut object, &limits.members, |name| names.iter().any(|known| known == name));
            }
        }
        while limits.most.is_some_and(|most| object.len() > most) {
            if !remove_last(&mut object, &limits.members, |_| true) {
                break;
            }
        }
        self.fill_up(shape, &mut object, owner, hint.turn);
        object
    }

    fn member(&mut self, member: &Member, shape: &Arc<Shape>, owner: &str, turn: u32) -> Value {
        let naming = Naming { name: &member.name, owner, whole: self.whole("", turn) };
        self.part(&member.name, shape, Hint { naming, maker: member.maker, usual: member.usual, turn })
    }

    /// Members are there unless a schema contains itself; drawn anew, an object has only what it must have, then some.
    fn wanted(&self, member: &Member, shape: &Arc<Shape>, turn: u32) -> bool {
        if shape.write_only {
            return false;
        }
        if member.required {
            return true;
        }
        let holds_others = shape.kinds.contains(&Kind::Array) || shape.kinds.contains(&Kind::Object);
        if shape.never || (self.again(shape) && holds_others && !shape.kinds.contains(&Kind::Null)) || self.is_late() {
            return false;
        }
        match turn % 3 {
            0 => true,
            1 => false,
            _ => self.stream(&member.name, turn).chance(0.5),
        }
    }

    /// Adds what the members that are there depend on.
    fn keep_dependent(&mut self, shape: &Arc<Shape>, object: &mut Map<String, Value>, owner: &str, turn: u32) {
        for _ in 0..=shape.object.dependent.len() {
            let lacking = shape.object.dependent.iter().filter(|(name, _)| object.contains_key(name));
            let lacking: Vec<&String> =
                lacking.flat_map(|(_, others)| others).filter(|other| !object.contains_key(*other)).collect();
            if lacking.is_empty() {
                return;
            }
            for name in lacking {
                let value = match shape.object.members.iter().find(|member| *member.name == **name) {
                    Some(member) => self.member(member, &self.resolve(&member.shape), owner, turn),
                    None => self.entry(name, shape.object.others.as_ref(), owner, turn),
                };
                object.insert(name.clone(), value);
            }
        }
    }

    /// Adds members under names of our own where there must be more, or where the schema names none.
    fn fill_up(&mut self, shape: &Arc<Shape>, object: &mut Map<String, Value>, owner: &str, turn: u32) {
        let limits = &shape.object;
        let open = !limits.by_pattern.is_empty() || limits.others.is_some();
        let wanted = if limits.members.is_empty() && open && !self.is_late() && !self.within_itself(shape) {
            USUAL_ENTRIES
        } else {
            0
        };
        let wanted = wanted.max(limits.fewest).min(limits.most.unwrap_or(usize::MAX)).min(1_000);
        for member in limits.members.iter().filter(|member| !member.required) {
            let member_shape = self.resolve(&member.shape);
            if object.len() < limits.fewest && !object.contains_key(&*member.name) && !member_shape.never {
                object.insert(member.name.to_string(), self.member(member, &member_shape, owner, turn));
            }
        }
        if limits.closed && limits.by_pattern.is_empty() {
            return;
        }
        for n in 0..wanted * 4 {
            if object.len() >= wanted {
                return;
            }
            let by_pattern = &limits.by_pattern;
            let pattern = (!by_pattern.is_empty()).then(|| &by_pattern[n % by_pattern.len()]);
            let (name, lazy) = match pattern {
                Some((pattern, lazy)) => {
                    let mut stream = self.stream("name", turn.wrapping_add(n as u32));
                    (text::key(pattern, turn.wrapping_add(n as u32), &mut stream), Some(lazy))
                }
                None => (self.free_name(shape, n, turn), limits.others.as_ref()),
            };
            if !object.contains_key(&name) {
                let value = self.entry(&name, lazy, owner, turn);
                object.insert(name, value);
            }
        }
    }

    fn entry(&mut self, name: &str, lazy: Option<&Lazy>, owner: &str, turn: u32) -> Value {
        let anything = Lazy::new(Key::default());
        let shape = self.resolve(lazy.unwrap_or(&anything));
        let naming = Naming { name, owner, whole: self.whole("", turn) };
        self.part(name, &shape, Hint { naming, maker: Maker::by_name(name, ""), usual: Usual::by_name(name), turn })
    }

    /// A name for a member that the schema does not name.
    fn free_name(&mut self, shape: &Arc<Shape>, n: usize, turn: u32) -> String {
        let turn = turn.wrapping_add(n as u32);
        let mut stream = self.stream("name", turn);
        let naming = Naming { name: "", owner: "", whole: self.whole("name", turn) };
        let hint = Hint { naming, maker: None, usual: None, turn };
        let Some(names) = shape.object.names.as_ref().map(|names| self.resolve(names)) else {
            return fakes::word(&mut stream);
        };
        if names.options.is_none() && names.choices.is_empty() {
            return text::draw(&names.text, hint, &mut stream);
        }
        match self.part("", &names, hint) {
            Value::String(name) => name,
            _ => fakes::word(&mut stream),
        }
    }

    /// Is the object whose members are drawn one within another of its shape?
    fn within_itself(&self, shape: &Arc<Shape>) -> bool {
        shape.object.others.as_ref().is_some_and(|others| self.again(&self.resolve(others)))
    }
}

/// Removes the last member that need not be there.
fn remove_last(object: &mut Map<String, Value>, members: &[Member], may: impl Fn(&str) -> bool) -> bool {
    let needed = |name: &str| members.iter().any(|member| member.required && *member.name == *name);
    let last = object.keys().rev().find(|name| may(name) && !needed(name)).cloned();
    last.and_then(|name| object.shift_remove(&name)).is_some()
}
