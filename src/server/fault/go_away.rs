//! An HTTP/2 connection ends with an error, and the requests on it were never seen: a client may send them again.

use bytes::Bytes;

use super::{Act, Answer, End, Script};

pub(super) struct GoAway {
    pub code: u32,
    pub told: bool,
}

/// Eight bytes, GOAWAY, no flags, stream 0; then the last stream that was seen, which is none.
const FRAME: [u8; 13] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0];

impl Script for GoAway {
    fn next(&mut self, _: &mut Answer) -> Act {
        if std::mem::replace(&mut self.told, true) {
            return Act::End(End::Close);
        }
        Act::Raw(Bytes::from([&FRAME[..], &self.code.to_be_bytes()].concat()))
    }

    fn takes_connection(&self) -> bool {
        true
    }
}
