//! Lanes over another ground. The contract or the fixtures were written anew: the world is told again, from the same seed and
//! for the same moment, and each lane goes on in it with its clock, its counts and what it changed.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Fixtures, Ground, Lane, Lanes, State};
use crate::breach::Severity;
use crate::contract::{Collection, Contract, Direction};
use crate::source::Diagnostic;
use crate::voice::calls::Growth;
use crate::world::due::{Due, Queue};
use crate::world::snapshot::Bad;
use crate::world::{Base, Record, Room, Store, Why};

/// As much of what was left behind is told.
const MOST_TOLD: usize = 100;

/// The grounds of lanes that are about to move.
pub struct Renewal {
    contract: Arc<Contract>,
    fixtures: Fixtures,
    room: Arc<Room>,
    /// From each ground that is stood on to the one in its place; the first is that of most lanes.
    grounds: Vec<(Arc<Ground>, Arc<Ground>)>,
}

/// Lanes that have moved, and what could not be taken along.
pub struct Renewed {
    pub lanes: Lanes,
    pub left: Left,
}

/// What lanes had made and have no more, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    pub told: Vec<String>,
    /// How much was left behind beyond that.
    pub more: usize,
}

impl Lanes {
    /// Tells the worlds again. It takes its time, in which all lanes go on as they are.
    pub fn prepare(&self, contract: &Arc<Contract>, fixtures: Fixtures) -> Result<Renewal, Vec<Diagnostic>> {
        let mut renewal = Renewal {
            contract: contract.clone(),
            fixtures,
            room: Arc::new(Room::new(self.bounds.memory)),
            grounds: Vec::new(),
        };
        for ground in std::iter::once(self.ground().clone()).chain(self.other_grounds()) {
            renewal.ground(&ground)?;
        }
        Ok(renewal)
    }

    /// Moves all lanes. Whoever calls this sees to it that nobody writes to them in the meantime.
    pub fn renewed(&self, mut renewal: Renewal) -> Result<Renewed, Vec<Diagnostic>> {
        let (mut left, mut moved) = (Left::default(), Vec::new());
        for lane in self.list() {
            // A lane on a ground of its own may have come since.
            let ground = renewal.ground(&lane.ground)?;
            moved.push(lane.renewed(ground, &mut left));
        }
        let grounds = renewal.grounds.iter().skip(1).map(|(_, ground)| Arc::downgrade(ground)).collect();
        let ground = renewal.ground(self.ground())?;
        // Nothing can go wrong any more: what requests in hand count from here on is held in the new room too.
        moved.iter().for_each(|lane| lane.stage.move_to(&renewal.room));
        Ok(Renewed { lanes: self.with(ground, grounds, moved), left })
    }

    /// The lane that goes on as this one, after the lanes have moved. There is none if it was reset or dropped since, or if
    /// the contract has other collections now: who began with the one could not go on with the other.
    pub fn successor(&self, lane: &Lane) -> Option<Arc<Lane>> {
        let named = self.find(&lane.name).filter(|found| Arc::ptr_eq(&found.counts, &lane.counts))?;
        alike(&named.ground.contract.collections, &lane.ground.contract.collections).then_some(named)
    }
}

impl Renewal {
    fn ground(&mut self, before: &Arc<Ground>) -> Result<Arc<Ground>, Vec<Diagnostic>> {
        if let Some((_, ground)) = self.grounds.iter().find(|(known, _)| Arc::ptr_eq(known, before)) {
            return Ok(ground.clone());
        }
        let near = self.grounds.iter().map(|(_, ground)| &**ground);
        let ground = before.renewed(self.contract.clone(), &self.fixtures, self.room.clone(), near)?;
        let ground = Arc::new(ground);
        self.grounds.push((before.clone(), ground.clone()));
        Ok(ground)
    }

    /// What most lanes will stand on.
    pub fn shared(&self) -> Option<&Ground> {
        self.grounds.first().map(|(_, ground)| &**ground)
    }
}

impl Left {
    fn note(&mut self, lane: &str, what: &str) {
        match self.told.len() < MOST_TOLD {
            true => self.told.push(format!("lane {lane}: {what}")),
            false => self.more += 1,
        }
    }
}

impl Lane {
    fn renewed(&self, ground: Arc<Ground>, left: &mut Left) -> Lane {
        let _moving = self.still();
        let now = self.clock.now();
        let state = self.read().over(&self.ground, &ground, now, &mut |what| left.note(&self.name, &what));
        Lane {
            clock: self.clock.clone(),
            windows: self.windows.clone(),
            counts: self.counts.clone(),
            stage: self.stage.clone(),
            ..Lane::with(&self.name, ground, state)
        }
    }
}

impl State {
    /// What was made of one ground, made of another.
    fn over(&self, from: &Ground, to: &Ground, now: Timestamp, leave: &mut impl FnMut(String)) -> State {
        let stores = to.contract.collections.iter().enumerate().map(|(place, collection)| {
            let base = to.bases.get(place).cloned().unwrap_or_default();
            match counterpart(collection, from).and_then(|before| self.stores.get(before)) {
                Some(store) => carried(store, collection, base, to, leave),
                None => Store::within(base, &to.room),
            }
        });
        let stores: Vec<Store> = stores.take(to.bases.len()).collect();
        for (collection, store) in from.contract.collections.iter().zip(&self.stores) {
            let stays = to.contract.collections.iter().any(|other| is_same(collection, other));
            if !stays && store.is_changed() {
                leave(format!("what was changed in {}, which is no collection any more", collection.name));
            }
        }
        let kept = self.kept.copied_to(&to.room).unwrap_or_default();
        let (due, growth) = (self.plans(from, to, leave), self.calls_over(from, to, now, leave));
        State { stores, growth, due, kept, version: self.version + 1, made: self.made }
    }

    fn plans(&self, from: &Ground, to: &Ground, leave: &mut impl FnMut(String)) -> Queue {
        let mut queue = Queue::within(&to.room);
        for (at, due) in self.due.iter() {
            let Due::Change { collection, id, .. } = due;
            let known = from.contract.collections.get(*collection);
            let place = known.and_then(|known| to.contract.collections.iter().position(|other| is_same(known, other)));
            // What is planned for a record that is gone does nothing, now as before.
            let Some(place) = place else { continue };
            let Due::Change { set, hidden, .. } = due.clone();
            let due = Due::Change { collection: place, id: id.clone(), set, hidden };
            if let Err(full) = queue.push(at, due) {
                leave(format!("what was planned for {id}: {full}"));
            }
        }
        queue
    }

    fn calls_over(&self, from: &Ground, to: &Ground, now: Timestamp, leave: &mut impl FnMut(String)) -> Growth {
        let Some(after) = &to.calls else { return Growth::default() };
        let carried = match &from.calls {
            None => return State::fresh(to).growth,
            Some(before) if Arc::ptr_eq(before, after) => self.growth.copied_to(&to.room).map_err(Bad::Full),
            Some(before) => after.restore(&before.save(&self.growth), now, &to.room),
        };
        carried.unwrap_or_else(|reason| {
            let called = to.counted().unwrap_or_default();
            leave(format!("the {called} that began since the start, which begin anew: {reason}"));
            State::fresh(to).growth
        })
    }
}

fn carried(
    store: &Store,
    collection: &Collection,
    base: Arc<Base>,
    to: &Ground,
    leave: &mut impl FnMut(String),
) -> Store {
    let schemas = &to.contract.schemas;
    let suits = |record: &Record| {
        collection.schema.as_ref().is_none_or(|schema| {
            let breaches = schemas.check(schema, &record.shown, Direction::Response);
            !breaches.iter().any(|breach| breach.severity == Severity::Error)
        })
    };
    let (store, left) = store.over(base, &to.room, suits);
    for left in left {
        let why = match left.why {
            Why::Gone => "was changed here, and the fixtures have it no more",
            Why::Unfit => "does not fit the schema any more",
            Why::Full => "found no room",
        };
        leave(format!("{} {}: it {why}", collection.name, left.id));
    }
    store
}

/// The place of the same collection on another ground.
fn counterpart(collection: &Collection, ground: &Ground) -> Option<usize> {
    ground.contract.collections.iter().position(|other| is_same(collection, other))
}

fn is_same(a: &Collection, b: &Collection) -> bool {
    a.name == b.name && a.id_field == b.id_field && a.computed == b.computed
}

fn alike(a: &[Collection], b: &[Collection]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
}

#[cfg(test)]
mod tests;
