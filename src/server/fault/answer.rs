//! An answer that is being sent: what of it is left, and how far it is to a point.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE, HeaderValue};
use http::{Response, Version};

use super::super::deliver::{Pieces, has_no_body, head};
use super::{Act, End, Script};
use crate::clock::{Clock, http_date};
use crate::fault::Point;

pub(in super::super) struct Answer {
    head: Bytes,
    body: Pieces,
    /// Bytes of the whole and of the body that are sent.
    sent: u64,
    sent_of_body: u64,
    /// To HEAD and with some statuses there is no body, whatever the head says.
    has_body: bool,
}

impl Answer {
    /// An answer that is written by hand, with everything that hyper would have added to its head.
    pub(in super::super) fn written(
        mut response: Response<Pieces>,
        version: Version,
        head_only: bool,
        script: &dyn Script,
    ) -> Answer {
        announce(&mut response);
        script.amend(response.headers_mut());
        if !response.headers().contains_key(DATE)
            && let Ok(now) = HeaderValue::try_from(http_date(Clock::system()))
        {
            response.headers_mut().insert(DATE, now);
        }
        let head = head(version, response.status(), response.headers()).freeze();
        let has_body = !head_only && !has_no_body(response.status());
        Answer { head, body: response.into_body(), sent: 0, sent_of_body: 0, has_body }
    }

    /// An answer over HTTP/2, and its head for the library to send. Here it counts as one byte: it comes in one piece.
    pub(in super::super) fn framed(
        mut response: Response<Pieces>,
        head_only: bool,
        script: &dyn Script,
    ) -> (Response<()>, Answer) {
        announce(&mut response);
        script.amend(response.headers_mut());
        let has_body = !head_only && !has_no_body(response.status());
        let (parts, body) = response.into_parts();
        let answer = Answer { head: Bytes::from_static(b"H"), body, sent: 0, sent_of_body: 0, has_body };
        (Response::from_parts(parts, ()), answer)
    }

    pub(super) fn has_body(&self) -> bool {
        self.has_body
    }

    pub(super) fn is_over(&self) -> bool {
        self.head.is_empty() && self.body.left() == 0
    }

    /// How much of the body is left.
    pub(super) fn body_left(&self) -> u64 {
        self.body.left()
    }

    /// Some of what is left, but no more than these bytes, and never of both head and body; none at the end.
    pub(super) fn take(&mut self, most: u64) -> Option<Act> {
        if most == 0 {
            return None;
        }
        if !self.head.is_empty() {
            let piece = self.head.split_to(usize::try_from(most).unwrap_or(usize::MAX).min(self.head.len()));
            self.sent += piece.len() as u64;
            return Some(Act::Head(piece));
        }
        let piece = self.body.next(most)?;
        self.sent += piece.len() as u64;
        self.sent_of_body += piece.len() as u64;
        Some(Act::Body(piece))
    }

    /// Some of what comes before the point; none once it is reached.
    pub(super) fn up_to(&mut self, point: Point) -> Option<Act> {
        let distance = match point {
            Point::Answer(bytes) => bytes.saturating_sub(self.sent),
            Point::Body(bytes) => (self.head.len() as u64).saturating_add(bytes.saturating_sub(self.sent_of_body)),
        };
        self.take(distance)
    }

    /// What is left, piece by piece, and then the end.
    pub(super) fn rest(&mut self) -> Act {
        self.take(u64::MAX).unwrap_or(Act::End(End::Whole))
    }
}

/// The length that hyper would add.
fn announce(response: &mut Response<Pieces>) {
    if !has_no_body(response.status()) && !response.headers().contains_key(CONTENT_LENGTH) {
        let length = HeaderValue::from(response.body().left());
        response.headers_mut().insert(CONTENT_LENGTH, length);
    }
}
