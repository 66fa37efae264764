//! What a rule does to the requests that it takes, as plain values.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, Version};
use jiff::{SignedDuration, Timestamp};

use super::plan::{CountBy, Subject};
use super::template::{Leaf, Tree};
use crate::fault::{Chunks, Fault, Json, Length, Point};

/// Nobody waits longer for an answer.
pub const LONGEST: Duration = Duration::from_secs(600);

/// So many records and calls are made, changed or ended for one request, whichever of its rules want it.
pub const MOST_DEEDS: usize = 1_000;
/// So many changes are made to one answer.
pub const MOST_CHANGES: usize = 1_000;

/// What is done to a request that a rule takes.
#[derive(Debug, Default)]
pub struct Then {
    pub reply: Option<Answer>,
    /// In this order.
    pub changes: Vec<Change>,
    pub headers: Vec<(HeaderName, Option<Leaf>)>,
    pub delay: Option<Delay>,
    pub limit: Option<Limit>,
    pub hold: Option<Hold>,
    pub fault: Option<Break>,
    pub page: Option<Page>,
    pub recording: Option<Recording>,
    /// Before the answer is made, and after.
    pub before: Vec<Deed>,
    pub after: Vec<Deed>,
    pub state: Option<String>,
    pub clock: Option<ClockMove>,
    pub capture: Vec<(String, Subject)>,
}

/// An answer in place of the true one.
#[derive(Debug)]
pub struct Answer {
    pub what: Content,
    /// Another status than that of the content.
    pub status: Option<StatusCode>,
    pub media_type: Option<String>,
    pub headers: Vec<(HeaderName, Leaf)>,
    pub retry_after: Option<Retry>,
    /// What was asked for is done first.
    pub done: bool,
}

#[derive(Debug)]
pub enum Content {
    /// An entry of the contract's table of problems, or one of the engine's kinds, with facts for its placeholders.
    Problem {
        name: String,
        facts: Tree,
    },
    /// What the contract documents for this status.
    Status(StatusCode),
    Example(String),
    Body(Tree),
    Text(Leaf),
    File {
        path: PathBuf,
        bytes: Arc<[u8]>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retry {
    Seconds(u64),
    /// As a date so much after now.
    Date(SignedDuration),
    /// The header is missing.
    None,
}

/// A change of the answer's JSON.
#[derive(Debug)]
pub enum Change {
    Merge(Tree),
    /// RFC 6902, its operations as they are written.
    Patch(Tree),
    Set {
        pointer: String,
        value: Tree,
    },
    Remove {
        pointer: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Delay {
    Fixed(Duration),
    Between(Duration, Duration),
    /// Log-normal, by the wait that half of the answers and that 99 of 100 do not exceed.
    Spread {
        p50: Duration,
        p99: Duration,
    },
    /// Longer by so much each time.
    Steps {
        first: Duration,
        step: Duration,
        most: Duration,
    },
    /// Longer by this factor each time.
    Times {
        first: Duration,
        times: f64,
        most: Duration,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    pub requests: u64,
    pub per: SignedDuration,
    /// How many may come at once.
    pub burst: u64,
    pub by: CountBy,
    pub retry_after: Option<RetryForm>,
    /// The contract's headers of rate limits are set.
    pub headers: bool,
    pub problem: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryForm {
    Seconds,
    Date,
}

/// The answer waits until somebody lets it go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub name: String,
    pub most: Duration,
}

/// A fault of the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    pub what: Damage,
    /// On this version of HTTP alone.
    pub only: Option<Version>,
}

/// As [`Fault`](crate::fault::Fault), with places that may be parts of a body whose length is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    Close,
    Reset(Spot),
    Cut(Spot),
    Stall { at: Spot, time: Option<Duration> },
    Drip { from: Spot, bytes: u64, every: Duration },
    Chunks(Chunks),
    Garbage(Vec<u8>),
    TooLong(u64),
    TooShort(u64),
    ContentType(String),
    Json(Json),
    Utf8,
    Gzip,
    ConnectionClose,
    GoAway(u32),
    ResetStream { at: Spot, code: u32 },
}

impl Damage {
    /// The fault of an answer whose body is so long; `None` if there is no such fault at all.
    pub fn fault(&self, length: u64) -> Option<Fault> {
        let point = |spot: &Spot| match *spot {
            Spot::Answer(bytes) => Point::Answer(bytes),
            Spot::Body(bytes) => Point::Body(bytes),
            Spot::Percent(percent) => {
                let at = u128::from(length) * u128::from(percent) / 100;
                Point::Body(u64::try_from(at).unwrap_or(u64::MAX))
            }
        };
        Some(match self {
            Damage::Close => Fault::Close,
            Damage::Reset(spot) => Fault::Reset(point(spot)),
            Damage::Cut(spot) => Fault::Cut(point(spot)),
            Damage::Stall { at, time } => Fault::Stall { at: point(at), time: *time },
            Damage::Drip { from, bytes, every } => {
                Fault::Drip { from: point(from), bytes: NonZeroU64::new(*bytes)?, every: *every }
            }
            Damage::Chunks(chunks) => Fault::Chunks(*chunks),
            Damage::Garbage(bytes) => Fault::Garbage(Bytes::copy_from_slice(bytes)),
            Damage::TooLong(bytes) => Fault::Length(Length::TooLong(*bytes)),
            Damage::TooShort(bytes) => Fault::Length(Length::TooShort(*bytes)),
            Damage::ContentType(text) => Fault::ContentType(HeaderValue::from_str(text).ok()?),
            Damage::Json(how) => Fault::Json(*how),
            Damage::Utf8 => Fault::Utf8,
            Damage::Gzip => Fault::Gzip,
            Damage::ConnectionClose => Fault::ConnectionClose,
            Damage::GoAway(code) => Fault::GoAway(*code),
            Damage::ResetStream { at, code } => Fault::ResetStream { at: point(at), code: *code },
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// Bytes of the whole answer.
    Answer(u64),
    /// Bytes of the body.
    Body(u64),
    /// Of a hundred parts of the body.
    Percent(u8),
}

/// What is done to a page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// At most so many rows of it; `meta` stays.
    pub rows: Option<usize>,
    /// The number of all, in `meta` alone.
    pub total: Option<Total>,
    /// As if the list had no more rows than that.
    pub rows_in_all: Option<usize>,
    /// So many of the last rows of the page before come once more.
    pub repeat_last: usize,
    /// So many rows at its beginning are lost.
    pub skip: usize,
    pub next: Option<Next>,
    pub order: Option<PageOrder>,
    /// The cursor that the client shows is taken as expired.
    pub cursor_expired: bool,
    /// More rows than this are not given, whatever is asked for.
    pub cap: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    Is(u64),
    /// More or fewer than there are.
    Off(i64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Null,
    Own,
    First,
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageOrder {
    Reversed,
    Shuffled,
}

/// What is done to the addresses of recordings in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recording {
    /// Good until so much after now.
    pub expires: Option<SignedDuration>,
    pub wrong_signature: bool,
    pub lane: Option<String>,
    pub host: Option<String>,
}

/// A change of the world.
#[derive(Debug)]
pub enum Deed {
    /// A running call ends now.
    End {
        id: Leaf,
    },
    /// So many calls begin now.
    Calls(usize),
    /// So many records are made.
    Add {
        collection: usize,
        count: usize,
    },
    Delete {
        collection: usize,
        id: Leaf,
    },
    Set {
        collection: usize,
        id: Leaf,
        fields: Tree,
    },
    Revoke {
        key: Leaf,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum ClockMove {
    Advance(SignedDuration),
    To(Timestamp),
    Freeze,
    Resume,
}

impl Then {
    /// How many records and calls it touches.
    pub fn deeds(&self) -> usize {
        self.before.iter().chain(&self.after).map(Deed::weight).sum()
    }

    /// How many changes of the answer it makes.
    pub fn edits(&self) -> usize {
        self.changes.iter().map(Change::weight).sum()
    }

    /// About how much work it is, in pieces that each are done at once.
    pub fn toil(&self) -> usize {
        let of_reply = |reply: &Answer| {
            let filled = match &reply.what {
                Content::Body(tree) | Content::Problem { facts: tree, .. } => tree.places(),
                _ => 1,
            };
            filled + reply.headers.len()
        };
        let filled = self.changes.iter().map(|change| match change {
            Change::Merge(tree) | Change::Patch(tree) | Change::Set { value: tree, .. } => tree.places(),
            Change::Remove { .. } => 0,
        });
        let filled: usize = filled.sum();
        self.deeds() + self.edits() + filled + self.headers.len() + self.reply.as_ref().map_or(0, of_reply)
    }
}

impl Deed {
    /// How many records or calls it touches.
    pub fn weight(&self) -> usize {
        match self {
            Deed::Calls(count) | Deed::Add { count, .. } => *count,
            _ => 1,
        }
    }
}

impl Change {
    /// Of how many changes it is made.
    pub fn weight(&self) -> usize {
        match self {
            Change::Patch(operations) => operations.items(),
            _ => 1,
        }
    }
}
