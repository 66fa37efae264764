//! Changes of records that no request asks for: what happens behind an API. What comes out is held against the schema of
//! its collection all the same.

use jiff::Timestamp;
use serde_json::Value;

use super::generate::{Generator, Wish};
use super::{Answers, change};
use crate::contract::Collection;
use crate::lane::{Lane, State};
use crate::problem::{Kind, Problem};
use crate::seed::Seed;
use crate::world::change::{Change, Members, Refusal};
use crate::world::ids::Names;
use crate::world::{Record, id_text};

/// So often another record is tried where one has what only one may have.
const ATTEMPTS: usize = 8;

impl Answers {
    /// Makes so many records of a collection, as its schema has them.
    pub fn add(&self, lane: &Lane, collection: usize, count: usize, seed: Seed, now: Timestamp) -> Result<(), Problem> {
        let about = self.stored(collection)?;
        let mut state = lane.write();
        for _ in 0..count {
            let names = Names { seed: lane.ground.seed, made: state.made };
            let id = names.id(&self.contract.schemas, about, &state.stores()[collection], None);
            let record = self.invented(about, &state, names, &id, seed, now)?;
            let text = id_text(&id).unwrap_or_default();
            state.add(collection, &text, record, Vec::new()).map_err(change::no_room)?;
        }
        Ok(())
    }

    /// Sets fields of a record.
    pub fn alter(
        &self,
        lane: &Lane,
        collection: usize,
        id: &str,
        fields: &Members,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let about = self.stored(collection)?;
        let mut state = lane.write();
        let store = &state.stores()[collection];
        let Some(before) = store.get(id) else { return Err(Problem::new(Kind::NotFound).with("path", id)) };
        let unseen: Vec<&str> = fields.keys().map(String::as_str).collect();
        let light = Change {
            schemas: &self.contract.schemas,
            collection: about,
            store,
            stores: state.stores(),
            names: Names { seed: lane.ground.seed, made: state.made },
            now,
            unseen: &unseen,
            sample: &|| Value::Null,
        };
        let record = light.update(before, fields).map_err(change::refused)?;
        state.put(collection, id, record).map_err(change::no_room)
    }

    fn stored(&self, collection: usize) -> Result<&Collection, Problem> {
        let about = self.contract.collections.get(collection).filter(|collection| !collection.computed);
        about.ok_or_else(|| Problem::new(Kind::Internal))
    }

    fn invented(
        &self,
        about: &Collection,
        state: &State,
        names: Names,
        id: &Value,
        seed: Seed,
        now: Timestamp,
    ) -> Result<Record, Problem> {
        let text = id_text(id).unwrap_or_default();
        let place = self.contract.collections.iter().position(|known| std::ptr::eq(known, about)).unwrap_or_default();
        let mut taken = None;
        for attempt in 0..ATTEMPTS {
            let sample = self.made_up(about, state, seed, &text, attempt);
            let light = Change {
                schemas: &self.contract.schemas,
                collection: about,
                store: &state.stores()[place],
                stores: state.stores(),
                names,
                now,
                unseen: &[],
                sample: &|| sample.clone(),
            };
            let sent = sample.as_object().cloned().unwrap_or_default();
            match light.create(id.clone(), &sent, &Members::new(), &Members::new()) {
                Ok(record) => return Ok(record),
                Err(refusal @ Refusal::Taken { .. }) => taken = Some(change::refused(refusal)),
                Err(refusal) => return Err(change::refused(refusal)),
            }
        }
        Err(taken.unwrap_or_else(|| Problem::new(Kind::Conflict)))
    }

    /// What somebody might have sent to make such a record; those that it names are there.
    fn made_up(&self, about: &Collection, state: &State, seed: Seed, id: &str, attempt: usize) -> Value {
        let Collection { name, schema: Some(schema), .. } = about else { return Value::Null };
        let seed = Generator::seed_for(seed, ["record", name, id, &attempt.to_string()]);
        let mut value = self.generator.generate(schema, Wish { seed, owner: name, name: "", examples: false });
        let Value::Object(members) = &mut value else { return value };
        members.retain(|field, _| *field != about.id_field && about.made.iter().all(|(made, _)| made != field));
        for (field, of) in &about.references {
            let Some(there) = state.stores().get(*of).filter(|store| !store.is_empty()) else { continue };
            let chosen = seed.stream(["reference", field]).below(there.len());
            let of = self.contract.collections.get(*of).map_or("id", |of| &of.id_field);
            let chosen = there.iter().nth(chosen).and_then(|record| record.shown.get(of));
            if let (Some(member), Some(chosen)) = (members.get_mut(field), chosen) {
                *member = chosen.clone();
            }
        }
        value
    }
}
