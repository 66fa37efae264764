//! Bytes that are no HTTP in place of an answer.

use bytes::Bytes;

use super::{Act, Answer, End, Script};

pub(super) struct Garbage(pub Option<Bytes>);

impl Script for Garbage {
    fn next(&mut self, _: &mut Answer) -> Act {
        self.0.take().map_or(Act::End(End::Close), Act::Raw)
    }

    fn takes_connection(&self) -> bool {
        true
    }
}
