//! Figures over computed records: worked out for whoever asks, or kept as a record of their own.

use serde_json::Value;

use super::change::Made;
use super::deeds::{Doing, Ready};
use super::{Answers, change, list};
use crate::contract::Location;
use crate::lane::State;
use crate::problem::{Kind, Problem};
use crate::reply::Reply;
use crate::voice::figures::report;
use crate::world::change::{Change, Members};
use crate::world::id_text;

impl Answers {
    pub(super) fn report(&self, doing: &Doing, name: &str) -> Result<Reply, Problem> {
        if let Some(keep) = doing.deed.keep {
            let mut state = doing.asked.lane.write();
            return self.once(doing, &mut state, |state| self.keep_report(doing, name, keep, state));
        }
        let (asked, state) = (doing.asked, doing.asked.lane.read());
        let as_of = list::as_of(doing);
        let key = doing.key(state.version, as_of.map_or(0, |as_of| as_of.as_second()));
        if let Some(ready) = self.kept(asked, &key) {
            drop(state);
            return Ok(self.read(doing, &ready));
        }
        let values = asked.values.iter().filter(|(location, ..)| *location == Location::Query);
        let parameters = values.map(|(_, name, value)| (name.to_owned(), value.clone())).collect();
        let figures = figures(doing, name, &state, &parameters)?;
        drop(state);
        let ready = Ready::lasting(self.told(doing, &figures));
        let until = if as_of.is_some() { ready.until } else { asked.now };
        Ok(self.keep(doing, key, Ready { until, ..ready }))
    }

    /// The report becomes a record, with an id and whatever else its collection gives to a new one.
    fn keep_report(&self, doing: &Doing, name: &str, keep: usize, state: &State) -> Result<Made, Problem> {
        let internal = || Problem::new(Kind::Internal);
        let collection = self.contract.collections.get(keep).ok_or_else(internal)?;
        let figures = figures(doing, name, state, &change::sent(doing))?;
        let names = self.names(doing, state);
        let store = state.stores().get(keep).ok_or_else(internal)?;
        let id = names.id(&self.contract.schemas, collection, store, None);
        let (schemas, now) = (&self.contract.schemas, doing.asked.now);
        let stores = state.stores();
        let light = Change { schemas, collection, store, stores, names, now, unseen: &[], sample: &|| Value::Null };
        let figures = figures.as_object().cloned().unwrap_or_default();
        let empty = Members::new();
        let record = light.create(id.clone(), &figures, &empty, &empty).map_err(change::refused)?;
        let id = id_text(&id).unwrap_or_default().into_owned();
        Ok(self.fresh(doing, keep, id, record, Vec::new()))
    }
}

fn figures(doing: &Doing, name: &str, state: &State, parameters: &Members) -> Result<Value, Problem> {
    let now = list::as_of(doing).unwrap_or(doing.asked.now);
    let (calls, view) = state.calls(&doing.asked.lane.ground, now).ok_or_else(|| Problem::new(Kind::Internal))?;
    report(name, calls, &view, parameters, list::query(doing).conditions)
}
