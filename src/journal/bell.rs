//! Wakes whoever listens to the book, when something is written or has ended. Nobody is told what: whoever was woken looks. So a
//! listener that is slow costs nothing, and finds out by the numbers what it missed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

#[derive(Debug, Default)]
pub(super) struct Bell {
    /// Looked at by every exchange, so that one without listeners takes no lock.
    listening: AtomicUsize,
    sleeping: Mutex<Vec<Waker>>,
}

impl Bell {
    /// Takes a place among those who listen, if there is one left.
    pub(super) fn enter(&self, most: usize) -> bool {
        let more = |listening: usize| (listening < most).then_some(listening + 1);
        self.listening.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok()
    }

    pub(super) fn leave(&self) {
        // Nobody who has gone is left among those who sleep.
        self.ring();
        self.listening.fetch_sub(1, Ordering::AcqRel);
    }

    /// Wakes this one at the next ring. It has to look once more after that, or it may have come too late.
    pub(super) fn wait(&self, waker: &Waker) {
        let mut sleeping = self.sleeping();
        if !sleeping.iter().any(|known| known.will_wake(waker)) {
            sleeping.push(waker.clone());
        }
    }

    pub(super) fn ring(&self) {
        if self.listening.load(Ordering::Acquire) > 0 {
            // Outside the lock, since a waker may do anything.
            let sleeping = std::mem::take(&mut *self.sleeping());
            sleeping.into_iter().for_each(Waker::wake);
        }
    }

    fn sleeping(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.sleeping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
