//! What goes on when another house is put in the place of one: its lanes, and what is armed in them. Requests that are in hand
//! then finish in the house that they came into, and what they write or arm has to be as others find it afterwards.
//!
//! When lanes move with the house, what is written to one that moved already would be seen by nobody. So nothing is written
//! to lanes while they move, and who waited for that writes to the lane that goes on.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use arc_swap::{ArcSwap, Guard};

use crate::lane::{Lane, Lanes};
use crate::scenario::Repertoire;

/// Does something that has to wait, where that holds up nobody else.
pub type Aside = fn(&mut dyn FnMut());

/// Shared by all houses of one server.
pub struct Succession {
    /// The lanes as they are now.
    lanes: ArcSwap<Lanes>,
    /// The scenarios as they are written now.
    scenarios: ArcSwap<Repertoire>,
    /// Held by whoever writes to lanes, and against them while lanes move.
    moving: RwLock<()>,
    aside: Aside,
}

impl Succession {
    pub fn new(lanes: Arc<Lanes>) -> Succession {
        let (lanes, scenarios) = (ArcSwap::new(lanes), ArcSwap::default());
        Succession { lanes, scenarios, moving: RwLock::default(), aside: |wait| wait() }
    }

    pub fn waiting(&self, aside: Aside) -> Succession {
        let next = Succession { aside, ..Succession::new(self.lanes.load_full()) };
        next.scenarios.store(self.scenarios.load_full());
        next
    }

    /// Lanes stay where they are as long as somebody holds this. Nobody asks for it twice: between the two somebody may wait
    /// to move them.
    pub fn still(&self) -> RwLockReadGuard<'_, ()> {
        let read = || self.moving.read().unwrap_or_else(PoisonError::into_inner);
        match self.moving.try_read() {
            Ok(still) => still,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                let mut still = None;
                (self.aside)(&mut || still = Some(read()));
                still.unwrap_or_else(read)
            }
        }
    }

    /// Nobody writes to lanes as long as this is held.
    pub fn moving(&self) -> RwLockWriteGuard<'_, ()> {
        self.moving.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// These are what counts from now on.
    pub fn passed_to(&self, lanes: Arc<Lanes>, scenarios: Arc<Repertoire>) {
        self.lanes.store(lanes);
        self.scenarios.store(scenarios);
    }

    pub fn scenarios(&self) -> Guard<Arc<Repertoire>> {
        self.scenarios.load()
    }

    /// The lane that goes on as this one, if it has moved since.
    pub fn of(&self, lane: &Lane) -> Option<Arc<Lane>> {
        self.lanes.load().successor(lane)
    }
}
