//! One record: found under those that it belongs to, and told whole or in the shape that the operation has for it.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::deeds::{Doing, Ready};
use super::view::Addresses;
use super::{Answers, paging};
use crate::contract::{Collection, Deed};
use crate::lane::State;
use crate::problem::{Kind, Problem};
use crate::reply::Reply;
use crate::voice::calls::parts::Teller;
use crate::world::{Record, id_text, matching};

impl Answers {
    pub(super) fn item(&self, doing: &Doing) -> Result<Reply, Problem> {
        let (asked, state) = (doing.asked, doing.asked.lane.read());
        let key = doing.key(state.version, 0);
        if let Some(ready) = self.kept(asked, &key) {
            drop(state);
            return Ok(self.read(doing, &ready));
        }
        parents(self, doing, &state)?;
        let ready = match doing.collection.computed {
            true => self.call(doing, &state)?,
            false => {
                let record = find(doing, &state)?;
                state_suits(doing.deed, record)?;
                Ready::lasting(self.told(doing, &shown(doing, record)))
            }
        };
        drop(state);
        Ok(self.keep(doing, key, ready))
    }

    fn call(&self, doing: &Doing, state: &State) -> Result<Ready, Problem> {
        let none = || missing(Some(doing.collection));
        let addresses = self.addresses(doing);
        let teller = teller(doing, state, &addresses).ok_or_else(none)?;
        let handle = teller.calls.find(&teller.view, id(doing)).ok_or_else(none)?;
        let (details, until) = teller.details(handle);
        Ok(Ready { until, ..Ready::lasting(self.told(doing, &wanted(doing, &details))) })
    }
}

/// Who tells of calls in this lane, at this moment.
pub fn teller<'t>(doing: &Doing<'t>, state: &'t State, addresses: &'t Addresses) -> Option<Teller<'t>> {
    let lane = doing.asked.lane;
    let (calls, view) = state.calls(&lane.ground, doing.asked.now)?;
    let Addresses { folder, amiss } = addresses;
    Some(Teller { calls, view, signer: &lane.ground.signer, lane: &lane.name, folder, amiss: amiss.as_ref() })
}

/// The id that the path names.
pub fn id<'d>(doing: &Doing<'d>) -> &'d str {
    doing.deed.id.as_ref().and_then(|name| doing.asked.path.get(name)).unwrap_or_default()
}

/// The records that the path names further up have to be there, and in the state that the deed requires.
pub fn parents(answers: &Answers, doing: &Doing, state: &State) -> Result<(), Problem> {
    let mut nearest = None;
    for (parameter, _, collection) in &doing.deed.under {
        // Of what is kept in no collection nobody knows whether it is there.
        let Some(collection) = *collection else { continue };
        let id = doing.asked.path.get(parameter).unwrap_or_default();
        nearest = state.stores().get(collection).and_then(|store| store.get(id));
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
    let record = state.stores().get(doing.deed.collection).and_then(|store| store.get(id(doing)));
    let belongs = |record: &&Record| {
        doing.deed.under.iter().all(|(parameter, field, _)| {
            let parent = doing.asked.path.get(parameter).unwrap_or_default();
            record.field(field).and_then(id_text).is_some_and(|id| id == parent)
        })
    };
    record.filter(belongs).ok_or_else(|| missing(Some(doing.collection)))
}

/// Whether the record is in a state in which it can be answered.
pub fn state_suits(deed: &Deed, record: &Record) -> Result<(), Problem> {
    let Some((field, values, problem)) = &deed.only else { return Ok(()) };
    let found = record.field(field).unwrap_or(&Value::Null);
    match values.iter().any(|value| matching::is_equal(found, value)) {
        true => Ok(()),
        false => Err(conflict(problem)),
    }
}

/// A record as the operation shows it.
pub fn shown<'r>(doing: &Doing, record: &'r Record) -> Cow<'r, Value> {
    let Some(shape) = &doing.deed.shape else { return wanted(doing, &record.shown) };
    let member = |(field, from): &(String, String)| (field.clone(), record.field(from).cloned().unwrap_or_default());
    Cow::Owned(Value::Object(shape.iter().map(member).collect::<Map<_, _>>()))
}

/// A record without the parts that the request leaves out.
pub fn wanted<'v>(doing: &Doing, record: &'v Value) -> Cow<'v, Value> {
    let parameters = doing.asked.operation.parameters.iter();
    let unwanted = parameters.filter_map(|parameter| {
        let part = parameter.part.as_ref()?;
        paging::value(doing.asked, parameter).filter(|value| **value == false).map(|_| part)
    });
    let mut record = Cow::Borrowed(record);
    for part in unwanted {
        if let Value::Object(members) = record.to_mut() {
            members.shift_remove(part);
        }
    }
    record
}

/// No record of the collection has this id. The path's parameters become facts of it later.
pub fn missing(collection: Option<&Collection>) -> Problem {
    Problem { named: collection.and_then(|collection| collection.missing.clone()), ..Problem::new(Kind::NotFound) }
}

/// The records as they are forbid it.
pub fn conflict(problem: &str) -> Problem {
    named(Kind::Conflict, problem)
}

/// A problem that the contract has an entry for.
pub fn named(kind: Kind, problem: &str) -> Problem {
    Problem { named: Some(problem.to_owned()), ..Problem::new(kind) }
}
