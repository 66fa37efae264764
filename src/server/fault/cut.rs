//! The answer ends before it is whole, as if that were all.

use super::{Act, Answer, End, Script};
use crate::fault::Point;

pub(super) struct Cut(pub Point);

impl Script for Cut {
    fn next(&mut self, answer: &mut Answer) -> Act {
        answer.up_to(self.0).unwrap_or(Act::End(End::Close))
    }
}
