//! What a request makes of a record: a new one, one with other values, or one that stands in its place. Nothing is written
//! here; whoever asks puts what comes out into the store.

mod settle;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::ids::Names;
use super::matching::is_equal;
use super::record::{Record, id_text, written};
use super::store::Store;
use crate::breach::{Breach, Place};
use crate::contract::{Collection, Made, Schema, Schemas, Wire};
use crate::pointer;

/// Members by their names.
pub type Members = Map<String, Value>;

/// What a change is made in the light of.
#[derive(Clone, Copy)]
pub struct Change<'c> {
    pub schemas: &'c Schemas,
    pub collection: &'c Collection,
    pub store: &'c Store,
    /// Those of all collections.
    pub stores: &'c [Store],
    pub names: Names,
    pub now: Timestamp,
    /// Members of the body that the request's schema says nothing of: nobody has held them against anything yet.
    pub unseen: &'c [&'c str],
    /// Makes a record of the collection from its schema. What has to be there and nobody gave is taken from it.
    pub sample: &'c dyn Fn() -> Value,
}

/// Why there is no such record.
#[derive(Debug, PartialEq)]
pub enum Refusal<'c> {
    /// Another record has this value already.
    Taken {
        field: &'c str,
        value: Value,
        /// An entry of the contract's table of problems.
        problem: &'c str,
    },
    /// What comes out breaks the collection's schema, although what was sent did not.
    Breaches(Vec<Breach>),
}

/// The values that members of a body have when they are left out (`default` of their schemas).
pub fn defaults(schemas: &Schemas, body: &Schema) -> Members {
    let Some(schema) = schemas.lookup_schema(body) else { return Members::new() };
    let default = |name: &str| {
        let mut found = None;
        for declared in schemas.members_named(&[schema], name) {
            schemas.visit(declared, 0, &mut |part| found = found.or_else(|| part.get("default")));
        }
        found.cloned()
    };
    let names = schemas.known_names(&[schema]).into_iter();
    names.filter_map(|name| Some((name.to_owned(), default(name)?))).collect()
}

impl<'c> Change<'c> {
    /// A new record. `fixed` are values that hold whatever was sent: the records it belongs to, and what the operation sets.
    pub fn create(
        &self,
        id: Value,
        sent: &Members,
        defaults: &Members,
        fixed: &Members,
    ) -> Result<Record, Refusal<'c>> {
        let (shown, empty) = self.whole(id, sent, defaults, fixed, None);
        let (shown, hidden) = self.settled(shown, Members::new(), &empty, self.unseen)?;
        let (shown, hidden) = self.filled(shown, hidden, None)?;
        let record = Record { shown: shown.into(), hidden: hidden_value(hidden).into() };
        self.check_unique(None, &record)?;
        Ok(record)
    }

    /// A record in which what was sent is changed. The same one if that changes nothing.
    pub fn update(&self, record: &Record, sent: &Members) -> Result<Record, Refusal<'c>> {
        let mut shown = members(record);
        let mut checked: Vec<&str> = self.unseen.to_vec();
        let mut again = Vec::new();
        for (field, value) in sent {
            let before = record.field(field);
            if *field == self.collection.id_field || self.is_touched(field) || before.unwrap_or(&Value::Null) == value {
                continue;
            }
            if value.is_null() && !self.may_be_null(field) {
                again.push(field.as_str());
            } else if self.collection.merged.contains(field) && value.is_object() {
                shown.insert(field.clone(), merge(before, value));
                checked.push(field.as_str());
            } else {
                shown.insert(field.clone(), value.clone());
            }
        }
        for field in again {
            match self.made(field, &shown, None) {
                Some(value) => shown.insert(field.to_owned(), value),
                None => shown.shift_remove(field),
            };
        }
        self.changed(record, Value::Object(shown), hidden_members(record), &checked)
    }

    /// A record in whose place the body was put. Its id, and when it was made, stay.
    pub fn replace(
        &self,
        record: &Record,
        sent: &Members,
        defaults: &Members,
        fixed: &Members,
    ) -> Result<Record, Refusal<'c>> {
        let id = record.shown.get(&self.collection.id_field).cloned().unwrap_or_default();
        let (shown, empty) = self.whole(id, sent, defaults, fixed, Some(record));
        let (shown, hidden) = self.settled(shown, hidden_members(record), &empty, self.unseen)?;
        let (shown, hidden) = self.filled(shown, hidden, Some(record))?;
        self.changed(record, shown, hidden, &[])
    }

    /// A record with more items in a list, each once. Breaches are told of `member` of the body, which held them.
    pub fn add(&self, record: &Record, field: &str, items: &Value, member: &str) -> Result<Record, Refusal<'c>> {
        let mut list = self.list(record, field);
        let items = items.as_array().map_or(std::slice::from_ref(items), Vec::as_slice);
        for item in items {
            if !list.iter().any(|known| is_equal(known, item)) {
                list.push(item.clone());
            }
        }
        let mut shown = members(record);
        shown.insert(field.to_owned(), Value::Array(list));
        let changed = self.changed(record, Value::Object(shown), hidden_members(record), &[field]);
        changed.map_err(|refusal| refusal.renamed(field, member))
    }

    /// A record without an item of a list. The same one if it has no such item.
    pub fn remove(&self, record: &Record, field: &str, item: &str) -> Result<Record, Refusal<'c>> {
        let mut list = self.list(record, field);
        let before = list.len();
        list.retain(|known| id_text(known).as_deref() != Some(item));
        if list.len() == before {
            return Ok(record.clone());
        }
        let mut shown = members(record);
        shown.insert(field.to_owned(), Value::Array(list));
        self.changed(record, Value::Object(shown), hidden_members(record), &[field])
    }

    fn list(&self, record: &Record, field: &str) -> Vec<Value> {
        record.field(field).and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// The changed record. `checked` are fields whose new value nobody has seen yet: it was put together here.
    fn changed(
        &self,
        before: &Record,
        mut shown: Value,
        hidden: Members,
        checked: &[&str],
    ) -> Result<Record, Refusal<'c>> {
        if *before.shown == shown && hidden_members(before) == hidden {
            return Ok(before.clone());
        }
        if let Some(members) = shown.as_object_mut() {
            let touched = self.collection.made.iter().filter(|(_, made)| *made == Made::Touched);
            members.extend(touched.map(|(field, _)| (field.clone(), Value::from(written(self.now)))));
        }
        let (shown, hidden) = self.settled(shown, hidden, &[], checked)?;
        let record = Record { shown: shown.into(), hidden: hidden_value(hidden).into() };
        self.check_unique(Some(before), &record)?;
        Ok(record)
    }

    /// All members of a record that is new or put in another one's place, in the order of the schema, and the names of those
    /// that are only there so as not to be missing.
    fn whole(
        &self,
        id: Value,
        sent: &Members,
        defaults: &Members,
        fixed: &Members,
        before: Option<&Record>,
    ) -> (Value, Vec<String>) {
        let mut known = defaults.clone();
        if let (Some(run), None) = (&self.collection.run, before) {
            known.insert(run.state.clone(), Value::from(run.states[0].as_str()));
        }
        let usable = |(field, value): &(&String, &Value)| !value.is_null() || self.may_be_null(field);
        let sent = sent.iter().filter(usable);
        known.extend(sent.clone().map(|(field, value)| (field.clone(), value.clone())));
        known.extend(fixed.clone());
        let is_given = |field: &String| sent.clone().any(|(name, _)| name == field) || fixed.contains_key(field);
        // Values that depend on others come last.
        let (by, first): (Vec<_>, Vec<_>) =
            self.collection.made.iter().partition(|(_, made)| matches!(made, Made::By { .. }));
        for (field, _) in first.into_iter().chain(by).filter(|(field, _)| !is_given(field)) {
            if let Some(value) = self.made(field, &known, before) {
                known.insert(field.clone(), value);
            }
        }
        known.insert(self.collection.id_field.clone(), id);
        self.completed(known)
    }

    /// In the order of the schema, and with something for every declared member that can be null or empty.
    fn completed(&self, mut known: Members) -> (Value, Vec<String>) {
        let (mut shown, mut empty) = (Members::new(), Vec::new());
        for name in self.declared() {
            if let Some(value) = known.shift_remove(name) {
                shown.insert(name.to_owned(), value);
            } else if let Some(value) = self.wire(name).and_then(nothing) {
                shown.insert(name.to_owned(), value);
                empty.push(name.to_owned());
            }
        }
        shown.extend(known);
        (Value::Object(shown), empty)
    }

    fn in_order(&self, shown: Value) -> Value {
        let Value::Object(mut members) = shown else { return shown };
        let names = self.declared().into_iter();
        let mut ordered: Members = names.filter_map(|name| members.shift_remove_entry(name)).collect();
        ordered.extend(members);
        Value::Object(ordered)
    }

    /// The names of the members that the collection's schema knows, in its order.
    fn declared(&self) -> Vec<&'c str> {
        let schema = self.collection.schema.as_ref().and_then(|schema| self.schemas.lookup_schema(schema));
        schema.map(|schema| self.schemas.known_names(&[schema])).unwrap_or_default()
    }

    /// What a field gets that nobody gave a value. `members` are the others of the record.
    fn made(&self, field: &str, members: &Members, before: Option<&Record>) -> Option<Value> {
        let (_, made) = self.collection.made.iter().find(|(known, _)| known == field)?;
        let kept = || before.and_then(|before| before.shown.get(field)).cloned();
        match made {
            // What stays as it is was not touched.
            Made::Now | Made::Touched => kept().or_else(|| Some(Value::from(written(self.now)))),
            Made::Phone => kept().or_else(|| self.names.phone(field, self.stores).map(Value::from)),
            Made::Value(value) => Some(value.clone()),
            Made::By { field, values } => values.get(id_text(members.get(field)?)?.as_ref()).cloned(),
        }
    }

    fn check_unique(&self, before: Option<&Record>, record: &Record) -> Result<(), Refusal<'c>> {
        let id = record.shown.get(&self.collection.id_field).and_then(id_text);
        for (field, problem) in &self.collection.unique {
            let Some(value) = record.field(field).filter(|value| !value.is_null()) else { continue };
            let is_old = before.is_some_and(|before| before.field(field) == Some(value));
            if !is_old && self.store.holds(field, value, id.as_deref()) {
                return Err(Refusal::Taken { field, value: value.clone(), problem });
            }
        }
        Ok(())
    }

    fn is_touched(&self, field: &str) -> bool {
        self.collection.made.iter().any(|(known, made)| known == field && *made == Made::Touched)
    }

    /// What is not declared may be anything.
    fn may_be_null(&self, field: &str) -> bool {
        self.wire(field).is_none_or(|wire| wire.null)
    }

    fn wire(&self, field: &str) -> Option<&'c Wire> {
        let wire = self.schemas.wire(self.collection.schema.as_ref()?);
        wire.properties.iter().find(|(name, _)| name == field).map(|(_, wire)| wire)
    }
}

impl Refusal<'_> {
    /// The same, told of another member.
    fn renamed(self, field: &str, member: &str) -> Self {
        let Refusal::Breaches(mut breaches) = self else { return self };
        let (old, new) = (format!("/{}", pointer::escaped(field)), format!("/{}", pointer::escaped(member)));
        for breach in &mut breaches {
            if let Place::Body(place) = &mut breach.place
                && let Some(rest) = place.strip_prefix(&old)
            {
                *place = format!("{new}{rest}");
            }
        }
        Refusal::Breaches(breaches)
    }
}

/// The emptiest value that a schema admits, as far as one can tell from its type.
fn nothing(wire: &Wire) -> Option<Value> {
    match wire {
        Wire { null: true, .. } => Some(Value::Null),
        Wire { array: true, .. } => Some(Value::Array(Vec::new())),
        Wire { object: true, .. } => Some(Value::Object(Map::new())),
        _ => None,
    }
}

/// An object with the members of another over its own. Those that are null are taken out.
fn merge(before: Option<&Value>, sent: &Value) -> Value {
    let mut members = before.and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, value) in sent.as_object().into_iter().flatten() {
        match value {
            Value::Null => members.shift_remove(name),
            value => members.insert(name.clone(), value.clone()),
        };
    }
    Value::Object(members)
}

fn members(record: &Record) -> Members {
    record.shown.as_object().cloned().unwrap_or_default()
}

fn hidden_members(record: &Record) -> Members {
    record.hidden.as_object().cloned().unwrap_or_default()
}

fn hidden_value(hidden: Members) -> Value {
    if hidden.is_empty() { Value::Null } else { Value::Object(hidden) }
}

#[cfg(test)]
mod tests;
