//! One caller's own copy of everything that changes: records, time, rate windows and counters.
//!
//! Lanes share what never changes (`Ground`) and keep for themselves what they made of it (`State`), so that a fresh one
//! costs next to nothing. `choice` finds the name of a request's lane, `lanes` the lane of that name.

mod choice;
mod ground;
mod lanes;
mod renew;
mod snapshot;
mod state;
mod time;
mod told;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::access::Windows;
use crate::clock::Clock;
use crate::scenario::Stage;
use crate::seed::Seed;
use crate::world::Full;

pub use choice::{DEFAULT, HEADER, QUERY, is_name};
pub use ground::{Ground, Plan, Start};
pub use lanes::{Bounds, Crowded, Lanes, MOST_OF_ONE, Refused};
pub use renew::{Left, Renewal, Renewed};
pub use snapshot::Unfit;
pub use state::{State, Writing};
pub use time::{Event, Moved, Past, Quiet};
pub use told::Fixtures;

#[derive(Debug)]
pub struct Lane {
    pub name: String,
    /// Unlike that of any other lane of this process, even one of the same name.
    pub serial: u64,
    pub clock: Arc<Clock>,
    pub windows: Arc<Windows>,
    /// The scenarios that are armed in it.
    pub stage: Arc<Stage>,
    pub ground: Arc<Ground>,
    state: RwLock<State>,
    /// When the next thing falls due, in microseconds: most requests look no further.
    next: AtomicI64,
    /// Held while the clock is moved, so that everything happens in order and is told once.
    moving: Mutex<()>,
    /// What the ids of its requests are drawn from.
    ids: Seed,
    counts: Arc<Counts>,
}

/// What goes on counting when the lane moves to another ground.
#[derive(Debug, Default)]
struct Counts {
    /// How many requests were given an id.
    named: AtomicU64,
    /// How many requests came.
    asked: AtomicU64,
    /// When something last came, in milliseconds of the registry's steady clock.
    touched: AtomicU64,
}

impl Lane {
    /// A lane in which nothing has happened yet.
    pub fn fresh(name: &str, ground: Arc<Ground>) -> Lane {
        let state = State::fresh(&ground);
        Lane::with(name, ground, state)
    }

    /// The lane once more, on this ground, in which nothing has happened yet. What is armed in it begins anew.
    pub fn anew(&self, ground: Arc<Ground>) -> Lane {
        let fresh = Lane::fresh(&self.name, ground);
        fresh.stage.begin_like(&self.stage, fresh.now());
        fresh
    }

    /// Another lane in which the same has happened, at the same time. Requests are counted anew.
    pub fn fork(&self, name: &str) -> Result<Lane, Full> {
        let _moving = self.still();
        let (state, clock) = (self.read().copied()?, Arc::new(Clock::like(self.clock.read())));
        let stage = Arc::new(self.stage.copied()?);
        Ok(Lane { clock, stage, ..Lane::with(name, self.ground.clone(), state) })
    }

    fn with(name: &str, ground: Arc<Ground>, state: State) -> Lane {
        static LANES: AtomicU64 = AtomicU64::new(0);
        Lane {
            name: name.to_owned(),
            serial: LANES.fetch_add(1, Ordering::Relaxed),
            clock: Arc::new(ground.start.clock()),
            windows: Arc::default(),
            stage: Arc::new(Stage::within(&ground.room)),
            next: AtomicI64::new(time::stamp(state.next(&ground))),
            state: RwLock::new(state),
            moving: Mutex::default(),
            ids: if name == DEFAULT { ground.seed } else { ground.seed.of(name) },
            counts: Arc::default(),
            ground,
        }
    }

    /// A poisoned state is still looked at: whoever wrote it last answered with a fault of ours.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state to be changed.
    pub fn write(&self) -> Writing<'_> {
        Writing { lane: self, state: self.state.write().unwrap_or_else(PoisonError::into_inner) }
    }

    /// The id of the lane's next request: no other lane has the same.
    pub fn request_id(&self) -> String {
        self.ids.request_id(self.counts.named.fetch_add(1, Ordering::Relaxed))
    }

    /// Counts a request.
    pub fn ask(&self) {
        self.counts.asked.fetch_add(1, Ordering::Relaxed);
    }

    pub fn asked(&self) -> u64 {
        self.counts.asked.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
