//! The connection is reset before the answer, or within it.

use super::{Act, Answer, End, Script};
use crate::fault::Point;

pub(super) struct Reset(pub Point);

impl Script for Reset {
    fn next(&mut self, answer: &mut Answer) -> Act {
        answer.up_to(self.0).unwrap_or(Act::End(End::Reset))
    }

    fn takes_connection(&self) -> bool {
        true
    }
}
