//! Entries for tests of what becomes of them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, Version};

use super::{Answer, Asked, Draft, Entry, Head, Kept, Secret};
use crate::clock::{Clock, Stopwatch};
use crate::miss::Misses;

pub fn draft(lane: &str) -> Draft {
    let head = || Head::from([("host", "pets")].as_slice());
    let body = Bytes::from_static(b"{}");
    Draft {
        id: "req_1".into(),
        lane: lane.into(),
        now: Clock::system(),
        caller: 0,
        connection: 1,
        request: Asked {
            method: Method::GET,
            target: "/pets".into(),
            version: Version::HTTP_11,
            head: head(),
            body: Bytes::new(),
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
        answer: Answer { status: StatusCode::OK, head: head(), length: 2, is_cut: false, body: Kept::One(body) },
        secret: Secret::default(),
        took: Duration::from_millis(1),
    }
}

/// One that belongs to no book.
pub fn entry(number: u64) -> Arc<Entry> {
    let at = Duration::from_secs(number);
    Arc::new(Entry::new(number, Clock::system(), at, Stopwatch::start(), draft("default")))
}
