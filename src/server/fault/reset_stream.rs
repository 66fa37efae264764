//! One stream of an HTTP/2 connection is reset; the others go on.

use super::{Act, Answer, End, Script};
use crate::fault::Point;

pub(super) struct ResetStream {
    pub at: Point,
    pub code: u32,
}

impl Script for ResetStream {
    fn next(&mut self, answer: &mut Answer) -> Act {
        answer.up_to(self.at).unwrap_or(Act::End(End::ResetStream(self.code)))
    }
}
