//! A body that comes as one chunk, broken before it or behind it.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};

use super::{Act, Answer, End, Script};
use crate::fault::{Chunks, Point};

pub(super) struct Broken {
    how: Chunks,
    begun: bool,
    /// Said once the body is through.
    behind: Option<Bytes>,
}

impl Broken {
    pub(super) fn new(how: Chunks) -> Broken {
        Broken { how, begun: false, behind: None }
    }

    /// What stands before and behind a body of this length.
    fn frame(&self, body: u64) -> (Bytes, Bytes) {
        match self.how {
            // Not even its first character is a digit.
            Chunks::BadSize => (Bytes::from_static(b"size?\r\n"), Bytes::from_static(b"\r\n0\r\n\r\n")),
            // A chunk of no bytes would be the last one.
            Chunks::NoEnd if body == 0 => (Bytes::new(), Bytes::new()),
            Chunks::NoEnd => (format!("{body:x}\r\n").into(), Bytes::from_static(b"\r\n")),
        }
    }
}

impl Script for Broken {
    fn amend(&self, headers: &mut HeaderMap) {
        if headers.remove(CONTENT_LENGTH).is_some() {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
    }

    fn next(&mut self, answer: &mut Answer) -> Act {
        if !answer.has_body() {
            return answer.rest();
        }
        if let Some(head) = answer.up_to(Point::HEAD) {
            return head;
        }
        if !std::mem::replace(&mut self.begun, true) {
            let (before, behind) = self.frame(answer.body_left());
            self.behind = Some(behind);
            return Act::Raw(before);
        }
        match answer.rest() {
            Act::End(_) => self.behind.take().map_or(Act::End(End::Close), Act::Raw),
            piece => piece,
        }
    }
}
