//! Tells whoever remembers an answer how it ended. It goes along with the answer, whichever way that leaves by, and where
//! it is dropped the answer is over: so nobody waits for ever to be told.

use std::sync::Arc;

use super::fault::End;
use crate::ending::{Ending, Witness};
use crate::reply::Reply;

pub(super) struct Telling {
    witness: Option<Arc<dyn Witness>>,
    /// Bytes of the body that were sent.
    sent: u64,
    ending: Ending,
    /// A rule put something else in the answer's place.
    spoilt: bool,
}

impl Telling {
    /// Whoever drops an answer before its end has nobody left to send it to.
    pub(super) fn of(reply: &mut Reply) -> Telling {
        Telling { witness: reply.witness.take(), sent: 0, ending: Ending::HungUp, spoilt: false }
    }

    /// For an answer that nobody remembers.
    pub(super) fn to_nobody() -> Telling {
        Telling { witness: None, sent: 0, ending: Ending::HungUp, spoilt: false }
    }

    /// So many bytes of the body are on their way.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// We take no further request on its connection.
    pub(super) fn closes(&self) {
        if let Some(witness) = &self.witness {
            witness.closes();
        }
    }

    /// What is sent is not the answer that was made, even if it comes to its end.
    pub(super) fn spoil(&mut self) {
        self.spoilt = true;
    }

    pub(super) fn complete(&mut self) {
        self.ending = if self.spoilt { Ending::Broken } else { Ending::Complete };
    }

    /// The client was gone by the end.
    pub(super) fn hung_up(&mut self) {
        self.ending = Ending::HungUp;
    }

    /// What a script came to.
    pub(super) fn ends(&mut self, end: End) {
        match end {
            End::Whole => self.complete(),
            End::Close | End::Reset | End::ResetStream(_) => self.ending = Ending::Broken,
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        if let Some(witness) = self.witness.take() {
            witness.ended(self.ending, self.sent);
        }
    }
}
