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
use super::store::{Base, Store};
use crate::contract::Collection;

/// Of the form below. Another form is another version.
const VERSION: u64 = 1;

/// Why a document is none of a lane's: one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad(String);

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
pub fn read(collections: &[Collection], bases: &[Arc<Base>], document: &Value) -> Result<(Vec<Store>, Queue), Bad> {
    match document.get("version").map(|version| version.as_u64()) {
        Some(Some(VERSION)) => {}
        Some(Some(other)) => return Err(Bad(format!("it is of version {other}, and only {VERSION} is read"))),
        _ => return Err(Bad("it has no version".to_owned())),
    }
    let mut document = Document::deserialize(document).map_err(|error| Bad(error.to_string()))?;
    let mut stores: Vec<Store> = bases.iter().cloned().map(Store::new).collect();
    for (collection, store) in collections.iter().zip(&mut stores) {
        if let Some(changes) = document.collections.remove(&collection.name) {
            changes
                .make(collection, store)
                .map_err(|reason| Bad(format!("collections.{}: {reason}", collection.name)))?;
        }
    }
    if let Some(name) = document.collections.keys().next() {
        return Err(Bad(format!("the contract has no collection \"{name}\"")));
    }
    let mut due = Queue::default();
    for (n, planned) in document.due.into_iter().enumerate() {
        planned.plan(collections, &mut due).map_err(|reason| Bad(format!("due[{n}]: {reason}")))?;
    }
    Ok((stores, due))
}

impl Changes {
    fn make(self, collection: &Collection, store: &mut Store) -> Result<(), String> {
        let full = |_| "it holds more than a lane may".to_owned();
        for (id, record) in self.changed {
            if store.get(&id).is_none() {
                return Err(format!("the fixtures have no record \"{id}\""));
            }
            if record.is_null() {
                store.remove(&id);
                continue;
            }
            let saved = Saved::deserialize(record).map_err(|error| format!("changed[\"{id}\"]: {error}"))?;
            let record = Record::from(saved);
            if id_of(collection, &record).as_ref() != Some(&id) {
                return Err(format!("changed[\"{id}\"] has another id"));
            }
            store.put(&id, record).map_err(full)?;
        }
        for (n, added) in self.added.into_iter().enumerate() {
            let record = Record::from(added.record);
            let id = id_of(collection, &record).filter(|id| store.get(id).is_none());
            let Some(id) = id else { return Err(format!("added[{n}] has no id of its own")) };
            if added.place >= self.next || !store.skip_to(added.place) {
                return Err(format!("added[{n}] is out of place"));
            }
            store.put(&id, record).map_err(full)?;
        }
        match store.skip_to(self.next) {
            true => Ok(()),
            false => Err(format!("{} is no place for the next record", self.next)),
        }
    }
}

impl Planned {
    fn plan(self, collections: &[Collection], due: &mut Queue) -> Result<(), String> {
        let Planned { at, collection, id, set, hidden } = self;
        let at: Timestamp = at.parse().map_err(|_| format!("\"{at}\" is no moment"))?;
        let place = collections.iter().position(|known| known.name == collection);
        let collection = place.ok_or_else(|| format!("the contract has no collection \"{collection}\""))?;
        due.push(at, Due::Change { collection, id, set, hidden }).map_err(|_| "too much lies ahead".to_owned())
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

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the document does not fit: {}", self.0)
    }
}

impl std::error::Error for Bad {}

#[cfg(test)]
mod tests;
