//! What a lane changed, as a document to be put away and brought back: its records over the base, and what lies ahead of it.
//! A document that does not fit is refused with a reason, however it came to be so.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::due::{Due, Queue};
use super::record::{Record, id_text};
use super::room::{Full, Room};
use super::store::{Base, Store};
use crate::breach::Severity;
use crate::contract::{Collection, Contract, Direction, Schemas};

/// Of the form below. Another form is another version.
const VERSION: u64 = 1;

/// Why a document makes no records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bad {
    /// What does not fit, in one sentence.
    Unfit(String),
    /// There is no room for so many.
    Full(Full),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u64,
    collections: BTreeMap<String, Changes>,
    due: Vec<Planned>,
}

/// What is different from the base.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    /// By the ids; null for what is gone.
    changed: Map<String, Value>,
    added: Vec<Added>,
    /// The place of the next record that is added.
    next: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    shown: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    hidden: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Added {
    place: u64,
    record: Saved,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    at: String,
    collection: String,
    id: String,
    set: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    hidden: Map<String, Value>,
}

/// What a document is read for.
pub struct Reading<'c> {
    pub contract: &'c Contract,
    pub bases: &'c [Arc<Base>],
    pub room: &'c Arc<Room>,
    /// Whether it was written here as it is. The records of any other are held against their schemas.
    pub own: bool,
}

/// The document of these stores, one for each collection, and of what lies ahead.
pub fn write(collections: &[Collection], stores: &[Store], due: &Queue) -> Value {
    let changed = collections.iter().zip(stores).filter_map(|(collection, store)| {
        let changes = Changes {
            changed: store.changed().map(|(id, record)| (id.to_owned(), record.map_or(Value::Null, value))).collect(),
            added: store.added().map(|(place, record)| Added { place, record: Saved::from(record) }).collect(),
            next: store.ever_added(),
        };
        (changes.next > 0 || !changes.changed.is_empty()).then(|| (collection.name.clone(), changes))
    });
    let planned = due.iter().filter_map(|(at, due)| {
        let Due::Change { collection, id, set, hidden } = due;
        let (set, hidden) = (set.clone(), hidden.clone());
        let collection = collections.get(*collection)?.name.clone();
        Some(Planned { at: at.to_string(), collection, id: id.clone(), set, hidden })
    });
    let document = Document { version: VERSION, collections: changed.collect(), due: planned.collect() };
    serde_json::to_value(document).unwrap_or_default()
}

/// The stores over these bases, and what lies ahead, as a document has them.
pub fn read(reading: &Reading, document: &Value) -> Result<(Vec<Store>, Queue), Bad> {
    let Reading { contract, bases, room, own } = *reading;
    let collections = &contract.collections;
    let schemas = (!own).then_some(&contract.schemas);
    of_version(VERSION, document)?;
    let mut document = Document::deserialize(document).map_err(|error| Bad::Unfit(error.to_string()))?;
    let mut stores: Vec<Store> = bases.iter().map(|base| Store::within(base.clone(), room)).collect();
    for (collection, store) in collections.iter().zip(&mut stores) {
        if let Some(changes) = document.collections.remove(&collection.name) {
            changes
                .make(collection, schemas, store)
                .map_err(|bad| bad.within(&format!("collections.{}", collection.name)))?;
        }
    }
    if let Some(name) = document.collections.keys().next() {
        return Err(Bad::Unfit(format!("the contract has no collection \"{name}\"")));
    }
    let mut due = Queue::within(room);
    for (n, planned) in document.due.into_iter().enumerate() {
        planned.plan(collections, &mut due).map_err(|bad| bad.within(&format!("due[{n}]")))?;
    }
    Ok((stores, due))
}

/// Whether a document says that it is of this version.
pub fn of_version(version: u64, document: &Value) -> Result<(), Bad> {
    match document.get("version").map(Value::as_u64) {
        Some(Some(known)) if known == version => Ok(()),
        Some(Some(other)) => Err(unfit(format!("it is of version {other}, and only {version} is read"))),
        _ => Err(unfit("it has no version".to_owned())),
    }
}

impl Changes {
    /// `schemas` are those that the records have to keep.
    fn make(self, collection: &Collection, schemas: Option<&Schemas>, store: &mut Store) -> Result<(), Bad> {
        for (id, record) in self.changed {
            if store.get(&id).is_none() {
                return Err(unfit(format!("the fixtures have no record \"{id}\"")));
            }
            if record.is_null() {
                store.remove(&id)?;
                continue;
            }
            let saved = Saved::deserialize(record).map_err(|error| unfit(format!("changed[\"{id}\"]: {error}")))?;
            let record = Record::from(saved);
            if id_of(collection, &record).as_ref() != Some(&id) {
                return Err(unfit(format!("changed[\"{id}\"] has another id")));
            }
            keeps(collection, schemas, &record).map_err(|bad| bad.within(&format!("changed[\"{id}\"]")))?;
            store.put(&id, record)?;
        }
        for (n, added) in self.added.into_iter().enumerate() {
            let record = Record::from(added.record);
            let id = id_of(collection, &record).filter(|id| store.get(id).is_none());
            let Some(id) = id else { return Err(unfit(format!("added[{n}] has no id of its own"))) };
            if added.place >= self.next || !store.skip_to(added.place)? {
                return Err(unfit(format!("added[{n}] is out of place")));
            }
            keeps(collection, schemas, &record).map_err(|bad| bad.within(&format!("added[{n}]")))?;
            store.put(&id, record)?;
        }
        match store.skip_to(self.next)? {
            true => Ok(()),
            false => Err(unfit(format!("{} is no place for the next record", self.next))),
        }
    }
}

impl Planned {
    fn plan(self, collections: &[Collection], due: &mut Queue) -> Result<(), Bad> {
        let Planned { at, collection, id, set, hidden } = self;
        let at: Timestamp = at.parse().map_err(|_| unfit(format!("\"{at}\" is no moment")))?;
        let place = collections.iter().position(|known| known.name == collection);
        let collection = place.ok_or_else(|| unfit(format!("the contract has no collection \"{collection}\"")))?;
        let id_field = &collections[collection].id_field;
        if [&set, &hidden].iter().any(|members| members.contains_key(id_field)) {
            return Err(unfit("no change gives a record another id".to_owned()));
        }
        Ok(due.push(at, Due::Change { collection, id, set, hidden })?)
    }
}

/// Whether a record is one of its collection.
fn keeps(collection: &Collection, schemas: Option<&Schemas>, record: &Record) -> Result<(), Bad> {
    let (Some(schemas), Some(schema)) = (schemas, &collection.schema) else { return Ok(()) };
    let breaches = schemas.check(schema, &record.shown, Direction::Response);
    match breaches.iter().find(|breach| breach.severity == Severity::Error) {
        Some(breach) => {
            let place = breach.place.name();
            Err(unfit(format!("{place}: expected {}, got {}", breach.expected, breach.found)))
        }
        None => Ok(()),
    }
}

impl From<&Record> for Saved {
    fn from(record: &Record) -> Saved {
        let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
        Saved { shown: members(&record.shown), hidden: members(&record.hidden) }
    }
}

impl From<Saved> for Record {
    fn from(saved: Saved) -> Record {
        let mut record = Record::new(Value::Object(saved.shown));
        record.set(Map::new(), saved.hidden);
        record
    }
}

fn value(record: &Record) -> Value {
    serde_json::to_value(Saved::from(record)).unwrap_or_default()
}

fn id_of(collection: &Collection, record: &Record) -> Option<String> {
    record.shown.get(&collection.id_field).and_then(id_text).map(|id| id.into_owned())
}

impl Bad {
    /// The same, told of a part of the document.
    pub fn within(self, place: &str) -> Bad {
        match self {
            Bad::Unfit(reason) => Bad::Unfit(format!("{place}: {reason}")),
            full => full,
        }
    }
}

fn unfit(reason: String) -> Bad {
    Bad::Unfit(reason)
}

impl From<Full> for Bad {
    fn from(full: Full) -> Bad {
        Bad::Full(full)
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bad::Unfit(reason) => write!(f, "the document does not fit: {reason}"),
            Bad::Full(full) => write!(f, "there is no room for the document: {full}"),
        }
    }
}

impl std::error::Error for Bad {}

#[cfg(test)]
mod tests;
