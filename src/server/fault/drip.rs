//! The answer comes a few bytes at a time.

use std::num::NonZeroU64;
use std::time::Duration;

use super::{Act, Answer, End, Script};
use crate::fault::Point;

pub(super) struct Drip {
    from: Point,
    bytes: NonZeroU64,
    every: Duration,
    /// Bytes that may be sent before the next interval.
    left: u64,
}

impl Drip {
    pub(super) fn new(from: Point, bytes: NonZeroU64, every: Duration) -> Drip {
        Drip { from, bytes, every, left: bytes.get() }
    }
}

impl Script for Drip {
    fn next(&mut self, answer: &mut Answer) -> Act {
        if let Some(before) = answer.up_to(self.from) {
            return before;
        }
        if answer.is_over() {
            return Act::End(End::Whole);
        }
        // A drop may come in two pieces, where the head ends or a body is made.
        match answer.take(self.left) {
            Some(part) => {
                self.left -= part.len();
                part
            }
            None => {
                self.left = self.bytes.get();
                Act::Wait(Some(self.every))
            }
        }
    }
}
