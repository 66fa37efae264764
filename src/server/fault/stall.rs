//! The answer stops for a while, or for good.

use std::time::Duration;

use super::{Act, Answer, End, Script};
use crate::fault::Point;

pub(super) struct Stall {
    at: Point,
    time: Option<Duration>,
    waited: bool,
}

impl Stall {
    pub(super) fn new(at: Point, time: Option<Duration>) -> Stall {
        Stall { at, time, waited: false }
    }
}

impl Script for Stall {
    fn next(&mut self, answer: &mut Answer) -> Act {
        match (self.waited, self.time) {
            (false, time) => answer.up_to(self.at).unwrap_or_else(|| {
                self.waited = true;
                Act::Wait(time)
            }),
            (true, Some(_)) => answer.rest(),
            (true, None) => Act::End(End::Close),
        }
    }
}
