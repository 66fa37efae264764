//! One caller's own copy of everything that changes: records, time, rate windows and counters.
//!
//! Lanes share what never changes (`Ground`) and keep for themselves what they made of it (`State`), so that a fresh one
//! costs next to nothing. `choice` finds the name of a request's lane, `lanes` the lane of that name.

mod choice;
mod ground;
mod lanes;
mod state;
mod time;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::access::Windows;
use crate::clock::Clock;
use crate::seed::Seed;

pub use choice::{DEFAULT, HEADER, QUERY, is_name};
pub use ground::{Ground, Maker, Start, Told};
pub use lanes::{Bounds, Lanes, Refused};
pub use state::State;
pub use time::{Event, Moved, Past};

#[derive(Debug)]
pub struct Lane {
    pub name: String,
    /// Unlike that of any other lane of this process, even one of the same name.
    pub serial: u64,
    pub clock: Clock,
    pub windows: Windows,
    pub ground: Arc<Ground>,
    state: RwLock<State>,
    /// Held while the clock is moved, so that everything happens in order and is told once.
    moving: Mutex<()>,
    /// What the ids of its requests are drawn from.
    ids: Seed,
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
        static LANES: AtomicU64 = AtomicU64::new(0);
        Lane {
            name: name.to_owned(),
            serial: LANES.fetch_add(1, Ordering::Relaxed),
            clock: ground.start.clock(),
            windows: Windows::default(),
            state: RwLock::new(State::fresh(&ground)),
            moving: Mutex::default(),
            ids: if name == DEFAULT { ground.seed } else { ground.seed.of(name) },
            named: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            touched: AtomicU64::new(0),
            ground,
        }
    }

    /// Another lane in which the same has happened, at the same time.
    pub fn fork(&self, name: &str) -> Lane {
        let _moving = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.read().clone();
        let clock = Clock::like(self.clock.read());
        Lane { clock, state: RwLock::new(state), ..Lane::fresh(name, self.ground.clone()) }
    }

    /// A poisoned state is still looked at: whoever wrote it last answered with a fault of ours.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state to be changed. Its version is another one from here on.
    pub fn write(&self) -> RwLockWriteGuard<'_, State> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.version += 1;
        state
    }

    /// The id of the lane's next request: no other lane has the same.
    pub fn request_id(&self) -> String {
        self.ids.request_id(self.named.fetch_add(1, Ordering::Relaxed))
    }

    /// Counts a request.
    pub fn ask(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
