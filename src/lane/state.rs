//! What one lane made of the world.

use std::ops::{Deref, DerefMut};
use std::sync::RwLockWriteGuard;
use std::sync::atomic::Ordering;

use jiff::Timestamp;

use super::{Ground, Lane, time};
use crate::voice::calls::{Calls, Ended, Growth, View};
use crate::world::due::{Due, Queue};
use crate::world::kept::Kept;
use crate::world::{Full, Record, Store};

#[derive(Debug)]
pub struct State {
    /// The records of each of the contract's collections.
    pub(super) stores: Vec<Store>,
    /// The calls that began since the beginning.
    pub growth: Growth,
    /// What falls due.
    pub due: Queue,
    /// Answers that are given again.
    pub kept: Kept,
    /// Counts the changes of records: what was made for one version is good as long as that is the one at hand.
    pub version: u64,
    /// How many records were made: the ids of new ones are drawn from it.
    pub made: u64,
}

/// A state that is being changed.
pub struct Writing<'l> {
    pub(super) lane: &'l Lane,
    pub(super) state: RwLockWriteGuard<'l, State>,
}

impl State {
    /// What nobody has changed yet.
    pub(super) fn fresh(ground: &Ground) -> State {
        let growth = ground.calls.as_ref().map(|calls| calls.growth(ground.arrivals()));
        State {
            stores: ground.bases.iter().map(|base| Store::within(base.clone(), &ground.room)).collect(),
            growth: growth.unwrap_or_default().within(&ground.room),
            due: Queue::within(&ground.room),
            kept: Kept::within(&ground.room),
            version: 0,
            made: 0,
        }
    }

    /// The same once more. Records are shared until one of the two changes some.
    pub(super) fn copied(&self) -> Result<State, Full> {
        let State { stores, growth, due, kept, version, made } = self;
        let (due, kept, growth) = (due.copied()?, kept.copied()?, growth.copied()?);
        Ok(State { stores: stores.clone(), growth, due, kept, version: *version, made: *made })
    }

    /// The records of each of the contract's collections.
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// The calls as they are at a moment.
    pub fn calls<'s>(&'s self, ground: &'s Ground, now: Timestamp) -> Option<(&'s Calls, View<'s>)> {
        let calls = ground.calls.as_ref()?;
        let agents = self.stores.get(ground.agents?)?;
        Some((calls, calls.view(now, &self.growth, agents)))
    }

    /// Puts in a new record, and plans what becomes of it. Where there is no room for all of that, nothing is done.
    pub fn add(
        &mut self,
        collection: usize,
        id: &str,
        record: Record,
        course: Vec<(Timestamp, Due)>,
    ) -> Result<(), Full> {
        let Some(store) = self.stores.get_mut(collection) else { return Ok(()) };
        store.put(id, record)?;
        if let Err(full) = self.due.push_all(course) {
            // It was put in right now, so nothing has to be copied for that.
            let _ = store.remove(id);
            return Err(full);
        }
        self.made += 1;
        self.version += 1;
        Ok(())
    }

    /// Puts a record in the place of the one of its id.
    pub fn put(&mut self, collection: usize, id: &str, record: Record) -> Result<(), Full> {
        let Some(store) = self.stores.get_mut(collection) else { return Ok(()) };
        store.put(id, record)?;
        self.version += 1;
        Ok(())
    }

    /// What fell due happens.
    pub(super) fn happen(&mut self, due: Due) {
        due.happen(&mut self.stores);
        self.version += 1;
    }

    /// Takes a record out. Calls go on naming the agent that took them.
    pub fn remove(&mut self, ground: &Ground, collection: usize, id: &str) -> Result<(), Full> {
        let Some(store) = self.stores.get_mut(collection) else { return Ok(()) };
        let agent = store.get(id).filter(|_| ground.agents == Some(collection)).cloned();
        store.remove(id)?;
        self.version += 1;
        if let Some(agent) = agent {
            self.growth.part_with(&agent.shown);
        }
        Ok(())
    }

    /// Lets so many calls begin at a moment. How many of them somebody takes.
    pub fn begin_calls(&mut self, ground: &Ground, now: Timestamp, count: usize) -> Result<usize, Full> {
        let State { stores, growth, .. } = self;
        let Some((calls, agents)) = ground.calls.as_ref().zip(ground.agents.and_then(|place| stores.get(place))) else {
            return Ok(0);
        };
        self.version += 1;
        calls.begin(growth, now, agents, count)
    }

    /// Ends a call that runs at a moment.
    pub fn end_call(&mut self, ground: &Ground, now: Timestamp, id: &str) -> Result<Ended, Full> {
        let State { stores, growth, .. } = self;
        let Some((calls, agents)) = ground.calls.as_ref().zip(ground.agents.and_then(|place| stores.get(place))) else {
            return Ok(Ended::Unknown);
        };
        self.version += 1;
        calls.end(growth, now, agents, id)
    }

    /// When the next thing falls due.
    pub(super) fn next(&self, ground: &Ground) -> Option<Timestamp> {
        let arrival = ground.calls.as_ref().and_then(|calls| calls.next_arrival(&self.growth));
        self.due.next().into_iter().chain(arrival).min()
    }
}

impl Deref for Writing<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

/// Something may fall due sooner than before.
impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.lane.next.store(time::stamp(self.state.next(&self.lane.ground)), Ordering::Release);
    }
}
