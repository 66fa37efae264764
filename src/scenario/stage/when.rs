//! What of a rule's `when` can be said without knowing its scenario.

use jiff::Timestamp;

use crate::scenario::plan::{Moment, Operations, Subject, When, Window};

impl Window {
    /// Whether a moment lies in it, for a scenario that was armed at `since`.
    pub(super) fn has(&self, now: Timestamp, since: Timestamp) -> bool {
        self.from.as_ref().is_none_or(|from| from.of(since) <= now)
            && self.until.as_ref().is_none_or(|until| now < until.of(since))
    }
}

impl Moment {
    /// For a scenario that was armed at `since`.
    pub(super) fn of(&self, since: Timestamp) -> Timestamp {
        match self {
            Moment::At(moment) => *moment,
            Moment::After(time) => since.checked_add(*time).unwrap_or(Timestamp::MAX),
        }
    }
}

impl When {
    pub(super) fn has_state(&self, state: &str) -> bool {
        self.states.is_empty() || self.states.iter().any(|known| known == state)
    }
}

impl Operations {
    /// Some of them, and not just any.
    pub(super) fn are_named(&self) -> bool {
        matches!(self, Operations::Some(_))
    }

    pub fn has(&self, index: usize) -> bool {
        match self {
            Operations::All => true,
            Operations::Some(places) => places.binary_search(&index).is_ok(),
        }
    }
}

impl Subject {
    pub(super) fn is_captured(&self) -> bool {
        matches!(self, Subject::Captured(_))
    }

    /// It is read from the answer, once there is one.
    pub fn is_answer(&self) -> bool {
        matches!(self, Subject::Answer(_))
    }
}
