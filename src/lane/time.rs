//! A lane's time, and what happens as it goes by.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{DEFAULT, Lane, State};
use crate::clock::Reading;
use crate::voice::calls::MOST_ARRIVALS;
use crate::world::due::Due;

/// As much of what happened is told.
const MOST: usize = 1_000;

/// Something that happened at its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub at: Timestamp,
    /// The collection, and what happened to a record of it: `visits.changed`.
    pub what: String,
    pub id: String,
}

/// What came of moving a clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    pub clock: Reading,
    /// In the order in which it happened.
    pub fired: Vec<Event>,
    /// How much happened beyond that.
    pub more: usize,
}

/// The moment is past, and no clock goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    pub now: Timestamp,
}

/// Why nothing is to happen in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    /// Everything has happened, and nothing more is planned.
    Done,
    /// More would, but so many calls have arrived as a lane may have.
    Full(usize),
}

/// A moment as it is compared on every request's way; never, if there is none.
pub(super) fn stamp(moment: Option<Timestamp>) -> i64 {
    moment.map_or(i64::MAX, |moment| moment.as_microsecond())
}

impl Lane {
    /// What time it is, after everything that fell due has happened. Nobody who asks may hold the state.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        if self.next.load(Ordering::Acquire) <= now.as_microsecond() {
            let _moving = self.still();
            self.happen(now);
        }
        now
    }

    /// Moves the clock forward. What falls due on the way has happened when this returns.
    pub fn advance_to(&self, moment: Timestamp) -> Result<Moved, Past> {
        let _moving = self.still();
        let now = self.clock.now();
        if moment < now {
            return Err(Past { now });
        }
        // Whoever asks for the time from here on waits until everything has happened.
        self.clock.advance_to(moment);
        let mut fired = self.happen(moment);
        fired.extend(self.told(now, moment));
        fired.sort_by_key(|event| event.at);
        let more = fired.len().saturating_sub(MOST);
        fired.truncate(MOST);
        Ok(Moved { clock: self.clock.read(), fired, more })
    }

    /// When the next thing happens.
    pub fn next_event(&self) -> Result<Timestamp, Quiet> {
        let now = self.now();
        let state = self.read();
        let call = state.calls(&self.ground, now).and_then(|(calls, view)| calls.next_event(&view));
        let next = state.next(&self.ground).into_iter().chain(call).min();
        next.ok_or(if state.growth.is_full() { Quiet::Full(MOST_ARRIVALS) } else { Quiet::Done })
    }

    /// Nothing falls due as long as somebody holds this.
    pub(super) fn still(&self) -> MutexGuard<'_, ()> {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets everything happen that is due, in order. Of equal moments a call comes first.
    fn happen(&self, now: Timestamp) -> Vec<Event> {
        let mut happened = Vec::new();
        if self.next.load(Ordering::Acquire) > now.as_microsecond() {
            return happened;
        }
        let mut state = self.write();
        loop {
            let until = state.due.next().map_or(now, |next| next.min(now));
            self.grow(&mut state, until);
            let Some((at, due)) = state.due.take(now) else { break };
            let Due::Change { collection, id, .. } = &due;
            let name = self.ground.contract.collections.get(*collection).map_or("", |collection| &collection.name);
            happened.push(Event { at, what: format!("{name}.changed"), id: id.clone() });
            due.happen(&mut state.stores);
        }
        happened
    }

    fn grow(&self, state: &mut State, until: Timestamp) {
        let Some(calls) = &self.ground.calls else { return };
        let State { stores, growth, .. } = state;
        if let Some(agents) = self.ground.agents.and_then(|place| stores.get(place)) {
            let had_room = !growth.is_full();
            calls.grow(growth, until, agents);
            if had_room && growth.is_full() {
                // Its name may be a part of somebody's key.
                let lane = if self.name == DEFAULT { "the default lane" } else { "a lane" };
                tracing::warn!(
                    "{lane} is full: {MOST_ARRIVALS} calls have arrived in it, and no more will until it is reset"
                );
            }
        }
    }

    /// What happened to calls after `from` and up to `to`.
    fn told(&self, from: Timestamp, to: Timestamp) -> Vec<Event> {
        let state = self.read();
        let Some((calls, view)) = state.calls(&self.ground, to) else { return Vec::new() };
        let name = self.ground.counted().unwrap_or_default();
        let events = calls.events(&view, from, to).into_iter();
        events
            .map(|event| Event {
                at: event.at,
                what: format!("{name}.{}", event.happening.name()),
                id: calls.id(&view, event.call),
            })
            .collect()
    }
}
