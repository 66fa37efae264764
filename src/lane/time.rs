//! A lane's time, and what happens as it goes by.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::{DEFAULT, Lane, State};
use crate::clock::{Reading, Unfit, in_range};
use crate::world::Full;
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
    /// More calls would begin, but there is no place for them.
    Full(Full),
}

/// The first of what happened, in order, and how much it was in all.
#[derive(Default)]
struct Fired {
    first: Vec<Event>,
    count: usize,
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
        if moment < now { Err(Past { now }) } else { Ok(self.moved(now, moment)) }
    }

    /// The same, by a length of time: whoever else moves the clock at once, all of it counts.
    pub fn advance_by(&self, length: SignedDuration) -> Result<Moved, Unfit> {
        let _moving = self.still();
        let now = self.clock.now();
        let moment = now.checked_add(length).map_err(|_| Unfit::OutOfRange).and_then(in_range)?;
        Ok(self.moved(now, moment))
    }

    /// The same, to the moment at which the next thing happens.
    pub fn advance_to_next(&self) -> Result<Moved, Quiet> {
        let _moving = self.still();
        let now = self.clock.now();
        self.happen(now);
        let moment = self.next_event(now)?;
        Ok(self.moved(now, moment))
    }

    /// When the next thing happens after `now`.
    fn next_event(&self, now: Timestamp) -> Result<Timestamp, Quiet> {
        let state = self.read();
        let call = state.calls(&self.ground, now).and_then(|(calls, view)| calls.next_event(&view));
        let next = state.next(&self.ground).into_iter().chain(call).min();
        next.ok_or(state.growth.full().map_or(Quiet::Done, Quiet::Full))
    }

    fn moved(&self, from: Timestamp, to: Timestamp) -> Moved {
        // Whoever asks for the time from here on waits until everything has happened.
        self.clock.advance_to(to);
        let changes = self.happen(to);
        let mut fired = self.told(from, to);
        fired.first.extend(changes.first);
        // Of equal moments calls come first, as they did.
        fired.first.sort_by_key(|event| event.at);
        fired.first.truncate(MOST);
        let more = fired.count + changes.count - fired.first.len();
        Moved { clock: self.clock.read(), fired: fired.first, more }
    }

    /// Nothing falls due as long as somebody holds this.
    pub(super) fn still(&self) -> MutexGuard<'_, ()> {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets everything happen that is due, in order, and tells of the records that changed. Of equal moments a call comes
    /// first.
    fn happen(&self, now: Timestamp) -> Fired {
        let mut happened = Fired::default();
        if self.next.load(Ordering::Acquire) > now.as_microsecond() {
            return happened;
        }
        let mut state = self.write();
        loop {
            let until = state.due.next().map_or(now, |next| next.min(now));
            self.grow(&mut state, until);
            let Some((at, due)) = state.due.take(now) else { break };
            if happened.first.len() < MOST {
                let Due::Change { collection, id, .. } = &due;
                let name = self.ground.contract.collections.get(*collection).map_or("", |collection| &collection.name);
                happened.first.push(Event { at, what: format!("{name}.changed"), id: id.clone() });
            }
            happened.count += 1;
            state.happen(due);
        }
        happened
    }

    /// What is told as of a moment does not depend on calls that begin later, so what is kept of that stays good.
    fn grow(&self, state: &mut State, until: Timestamp) {
        let Some(calls) = &self.ground.calls else { return };
        let State { stores, growth, .. } = state;
        if let Some(agents) = self.ground.agents.and_then(|place| stores.get(place)) {
            let before = growth.full();
            calls.grow(growth, until, agents);
            if let Some(full) = growth.full().filter(|_| before.is_none()) {
                // Its name may be a part of somebody's key.
                let lane = if self.name == DEFAULT { "the default lane" } else { "a lane" };
                tracing::warn!("{lane} is full: {full}. No more calls will begin there until it is reset");
            }
        }
    }

    /// What happened to calls after `from` and up to `to`.
    fn told(&self, from: Timestamp, to: Timestamp) -> Fired {
        let state = self.read();
        let Some((calls, view)) = state.calls(&self.ground, to) else { return Fired::default() };
        let name = self.ground.counted().unwrap_or_default();
        let events = calls.events(&view, from, to);
        let first = events.iter().take(MOST).map(|event| Event {
            at: event.at,
            what: format!("{name}.{}", event.happening.name()),
            id: calls.id(&view, event.call),
        });
        Fired { first: first.collect(), count: events.len() }
    }
}
