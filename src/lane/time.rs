//! A lane's time, and what happens as it goes by.

use std::sync::PoisonError;

use jiff::Timestamp;

use super::Lane;
use crate::clock::Reading;

/// Something that happened at its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub at: Timestamp,
    pub what: String,
    /// The record that it happened to.
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

impl Lane {
    /// What time it is, after everything that fell due has happened.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        if self.read().is_late(&self.ground, now) {
            self.write().catch_up(&self.ground, now);
        }
        now
    }

    /// Moves the clock forward. What falls due on the way has happened when this returns.
    pub fn advance_to(&self, moment: Timestamp) -> Result<Moved, Past> {
        let _moving = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        if moment < now {
            return Err(Past { now });
        }
        self.clock.advance_to(moment);
        self.now();
        Ok(Moved { clock: self.clock.read(), fired: Vec::new(), more: 0 })
    }

    /// When the next thing happens.
    pub fn next_event(&self) -> Option<Timestamp> {
        None
    }
}
