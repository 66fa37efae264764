//! Entries for tests of what becomes of them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};

use super::{Answer, Asked, Draft, Entry, Kept, Piece, Secret, Sheet};
use crate::clock::{Clock, Stopwatch};
use crate::miss::Misses;

pub fn draft(lane: &str) -> Draft {
    let mut sheet = Sheet::default();
    let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("pets"))]);
    let body = Bytes::from_static(b"{}");
    let head = sheet.head(&headers, |_, _| None);
    Draft {
        id: sheet.add("req_1"),
        lane: sheet.add(lane),
        now: Clock::system(),
        caller: 0,
        connection: 1,
        request: Asked {
            method: Method::GET,
            target: sheet.add("/pets"),
            version: Version::HTTP_11,
            head,
            body: sheet.add(""),
            length: 0,
            is_cut: false,
            print: 0,
        },
        operation: None,
        values: Default::default(),
        breaches: Vec::new(),
        more: 0,
        reason: None,
        rules: Vec::new(),
        misses: Misses::default(),
        answer: Answer { status: StatusCode::OK, head, length: 2, is_cut: false, body: Kept::One(Piece::Shared(body)) },
        secret: Secret::default(),
        took: Duration::from_millis(1),
        sheet,
    }
}

/// One that belongs to no book.
pub fn entry(number: u64) -> Arc<Entry> {
    let at = Duration::from_secs(number);
    Arc::new(Entry::new(number, Clock::system(), at, Stopwatch::start(), draft("default")))
}
