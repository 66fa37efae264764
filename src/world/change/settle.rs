//! What came out of a change, held against the collection's schema: what that does not show is hidden, and what was only put
//! in for want of a value goes where it may not be.

use std::cell::LazyCell;

use serde_json::Value;

use super::{Change, Members, Refusal};
use crate::breach::{Breach, Place, Severity};
use crate::contract::Direction;
use crate::pointer;
use crate::world::record::Record;

/// Breaches are told twenty at a time.
const ROUNDS: usize = 16;

impl<'c> Change<'c> {
    /// `empty` are members that may go, `checked` those that may be refused.
    pub(super) fn settled(
        &self,
        mut shown: Value,
        mut hidden: Members,
        empty: &[String],
        checked: &[&str],
    ) -> Result<(Value, Members), Refusal<'c>> {
        let Some(schema) = &self.collection.schema else { return Ok((shown, hidden)) };
        for _ in 0..ROUNDS {
            let breaches = self.schemas.check(schema, &shown, Direction::Response);
            let breaches = breaches.into_iter().filter(|breach| breach.severity == Severity::Error);
            let (mut refused, mut settled) = (Vec::new(), true);
            for breach in breaches {
                let Some(name) = member(&breach) else { continue };
                let Some(members) = shown.as_object_mut().filter(|members| members.contains_key(&name)) else {
                    continue;
                };
                if empty.contains(&name) {
                    members.shift_remove(&name);
                    settled = false;
                } else if is_not_shown(&breach) {
                    hidden.extend(members.shift_remove_entry(&name));
                    settled = false;
                } else if checked.contains(&name.as_str()) {
                    refused.push(breach);
                }
            }
            if !refused.is_empty() {
                return Err(Refusal::Breaches(refused));
            }
            if settled {
                break;
            }
        }
        Ok((shown, hidden))
    }
}

impl<'c> Change<'c> {
    /// The record with whatever must be there and is not: as it was before, else as the schema makes one.
    pub(super) fn filled(
        &self,
        mut shown: Value,
        hidden: Members,
        before: Option<&Record>,
    ) -> Result<(Value, Members), Refusal<'c>> {
        let Some(schema) = &self.collection.schema else { return Ok((shown, hidden)) };
        let sample = LazyCell::new(self.sample);
        let mut found = false;
        for _ in 0..ROUNDS {
            let breaches = self.schemas.check(schema, &shown, Direction::Response);
            let lacking = breaches.iter().filter(|breach| breach.code == "required").map(|breach| breach.place.name());
            let mut put = false;
            for place in lacking {
                let kept = before.and_then(|before| before.shown.pointer(place)).cloned();
                let made = || self.first_choice(place).or_else(|| like(&sample, place));
                if let Some(value) = kept.or_else(made) {
                    put |= put_at(&mut shown, place, value);
                }
            }
            if !put {
                break;
            }
            found = true;
        }
        Ok((if found { self.in_order(shown) } else { shown }, hidden))
    }

    /// Of a few words the first is mostly what something begins with: `planned` and not `done`.
    fn first_choice(&self, place: &str) -> Option<Value> {
        let name = place.strip_prefix('/').filter(|name| !name.contains('/')).map(pointer::unescaped)?;
        let schema = self.schemas.lookup_schema(self.collection.schema.as_ref()?)?;
        let mut first = None;
        for declared in self.schemas.members_named(&[schema], &name) {
            self.schemas.visit(declared, 0, &mut |part| {
                let choices = part.get("enum").and_then(Value::as_array);
                first = first.or_else(|| choices?.iter().find(|choice| !choice.is_null()));
            });
        }
        first.cloned()
    }
}

/// The value at a place of a sample; any item of a list is like its first.
fn like(sample: &Value, place: &str) -> Option<Value> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let first: Vec<&str> = place.split('/').map(|part| if is_number(part) { "0" } else { part }).collect();
    sample.pointer(place).or_else(|| sample.pointer(&first.join("/"))).cloned()
}

/// Whether there was an object for it.
fn put_at(shown: &mut Value, place: &str, value: Value) -> bool {
    let Some((around, name)) = place.rsplit_once('/') else { return false };
    let members = shown.pointer_mut(around).and_then(Value::as_object_mut);
    members.map(|members| members.insert(pointer::unescaped(name).into_owned(), value)).is_some()
}

/// The record's member that a breach lies in.
fn member(breach: &Breach) -> Option<String> {
    let Place::Body(place) = &breach.place else { return None };
    place.split('/').nth(1).map(|part| pointer::unescaped(part).into_owned())
}

/// A whole member that the schema does not know, or keeps to itself.
fn is_not_shown(breach: &Breach) -> bool {
    matches!(&*breach.code, "unknown" | "writeonly") && breach.place.name().matches('/').count() == 1
}
