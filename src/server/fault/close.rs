//! The connection closes without an answer.

use super::{Act, Answer, End, Script};

pub(super) struct Close;

impl Script for Close {
    fn next(&mut self, _: &mut Answer) -> Act {
        Act::End(End::Close)
    }

    fn takes_connection(&self) -> bool {
        true
    }
}
