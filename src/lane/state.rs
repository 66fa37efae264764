//! What has become of the world in one lane: its records, what is still to happen, and answers that are given again.

use jiff::Timestamp;

use super::Ground;
use crate::voice::calls::{Calls, Growth, View};
use crate::world::Store;
use crate::world::due::Queue;
use crate::world::kept::Kept;

#[derive(Debug, Clone)]
pub struct State {
    /// The records of each of the contract's collections.
    pub stores: Vec<Store>,
    /// The calls that began since the lane was opened.
    pub growth: Growth,
    /// What falls due.
    pub due: Queue,
    /// Answers to requests that may be sent again.
    pub kept: Kept,
    /// Counts the changes: what was made for one version is good as long as that is the one at hand.
    pub version: u64,
    /// How many records were made: the ids of new ones are drawn from it.
    pub made: u64,
}

impl State {
    /// Nothing has happened yet.
    pub fn fresh(ground: &Ground) -> State {
        State {
            stores: ground.bases.iter().cloned().map(Store::new).collect(),
            growth: ground.calls.as_ref().map(|calls| calls.growth(ground.arrivals)).unwrap_or_default(),
            due: Queue::default(),
            kept: Kept::default(),
            version: 0,
            made: 0,
        }
    }

    /// The calls as they are at a moment.
    pub fn calls<'s>(&'s self, ground: &'s Ground, now: Timestamp) -> Option<(&'s Calls, View<'s>)> {
        let calls = ground.calls.as_ref()?;
        let agents = self.stores.get(ground.agents?)?;
        let contacts = ground.contacts.and_then(|place| self.stores.get(place));
        Some((calls, View { now, growth: &self.growth, agents, contacts, version: self.version }))
    }

    /// Whether something is to happen by now.
    pub(super) fn is_late(&self, ground: &Ground, now: Timestamp) -> bool {
        let arrival = ground.calls.as_ref().and_then(|calls| calls.next_arrival(&self.growth));
        [self.due.next(), arrival].into_iter().flatten().any(|next| next <= now)
    }

    /// Lets everything happen that is due by now.
    pub(super) fn catch_up(&mut self, ground: &Ground, now: Timestamp) {
        while let Some((at, due)) = self.due.take(now) {
            // What begins before it finds the records as they are then.
            self.grow(ground, at);
            due.happen(&mut self.stores);
        }
        self.grow(ground, now);
    }

    fn grow(&mut self, ground: &Ground, now: Timestamp) {
        if let (Some(calls), Some(agents)) = (&ground.calls, ground.agents.and_then(|place| self.stores.get(place))) {
            calls.grow(&mut self.growth, now, agents);
        }
    }
}
