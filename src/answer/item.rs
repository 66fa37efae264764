//! One record: found under those that it belongs to, and told whole or in the shape that the operation has for it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::body::Draft;
use super::deeds::Doing;
use super::kept::Key;
use super::layout::Hole;
use super::{Answers, list};
use crate::contract::{Collection, Deed};
use crate::lane::State;
use crate::problem::{Kind, Problem};
use crate::reply::Reply;
use crate::world::{Record, matching};

impl Answers {
    pub(super) fn item(&self, doing: &Doing) -> Result<Reply, Problem> {
        let (asked, state) = (doing.asked, doing.asked.lane.read());
        let key = Key { lane: asked.lane.serial, version: state.version, as_of: 0, question: list::question(doing) };
        if let Some(ready) = self.pages.get(&key) {
            drop(state);
            return Ok(self.read(doing, &ready));
        }
        parents(self, doing, &state)?;
        let record = find(doing, &state)?;
        state_suits(doing.deed, record)?;
        let ready = Arc::new(self.written(doing, None, |hole, draft| {
            if hole == Hole::Record {
                write(doing, record, draft);
            }
            hole == Hole::Record
        }));
        drop(state);
        self.pages.put(key, ready.clone(), ready.body.weight());
        Ok(self.read(doing, &ready))
    }
}

/// The records that the path names further up have to be there, and in the state that the deed requires.
pub fn parents(answers: &Answers, doing: &Doing, state: &State) -> Result<(), Problem> {
    let mut nearest = None;
    for (parameter, _, collection) in &doing.deed.under {
        // Of what is kept in no collection nobody knows whether it is there.
        let Some(collection) = *collection else { continue };
        let id = doing.asked.path.get(parameter).unwrap_or_default();
        nearest = state.stores.get(collection).and_then(|store| store.get(id));
        if nearest.is_none() {
            return Err(missing(answers.contract.collections.get(collection)));
        }
    }
    if let (Some((field, value, problem)), Some(parent)) = (&doing.deed.requires, nearest)
        && !parent.field(field).is_some_and(|found| matching::is_equal(found, value))
    {
        return Err(conflict(problem));
    }
    Ok(())
}

/// The record that the path names.
pub fn find<'s>(doing: &Doing, state: &'s State) -> Result<&'s Record, Problem> {
    let id = doing.deed.id.as_ref().and_then(|name| doing.asked.path.get(name)).unwrap_or_default();
    let record = state.stores.get(doing.deed.collection).and_then(|store| store.get(id));
    let belongs = |record: &&Record| {
        doing.deed.under.iter().all(|(parameter, field, _)| {
            let parent = doing.asked.path.get(parameter).unwrap_or_default();
            record.field(field).and_then(crate::world::id_text).is_some_and(|id| id == parent)
        })
    };
    record.filter(belongs).ok_or_else(|| missing(Some(doing.collection)))
}

/// Whether the record is in a state in which it can be answered.
fn state_suits(deed: &Deed, record: &Record) -> Result<(), Problem> {
    let Some((field, values, problem)) = &deed.only else { return Ok(()) };
    let found = record.field(field).unwrap_or(&Value::Null);
    match values.iter().any(|value| matching::is_equal(found, value)) {
        true => Ok(()),
        false => Err(conflict(problem)),
    }
}

/// Writes a record as the operation shows it.
pub fn write(doing: &Doing, record: &Record, draft: &mut Draft) {
    match &doing.deed.shape {
        None => draft.value(&record.shown),
        Some(shape) => {
            let member =
                |(field, from): &(String, String)| (field.clone(), record.field(from).cloned().unwrap_or_default());
            draft.value(&Value::Object(shape.iter().map(member).collect::<Map<_, _>>()));
        }
    }
}

/// No record of the collection has this id. The path's parameters become facts of it later.
pub fn missing(collection: Option<&Collection>) -> Problem {
    Problem { named: collection.and_then(|collection| collection.missing.clone()), ..Problem::new(Kind::NotFound) }
}

/// The records as they are forbid it.
pub fn conflict(problem: &str) -> Problem {
    Problem { named: Some(problem.to_owned()), ..Problem::new(Kind::Conflict) }
}
