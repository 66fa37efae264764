//! A scenario as it is settled: everything named has been found in the contract, everything written has been read.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, StatusCode, Version};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Matcher;
use super::template::{Leaf, Tree};
use crate::fault::{Chunks, Json};

/// One file, one story.
#[derive(Debug)]
pub struct Scenario {
    pub name: String,
    pub about: String,
    /// Where it was read from, as it is shown.
    pub origin: String,
    pub clock: Option<Beginning>,
    /// New connections wait for so long.
    pub accept: Option<Delay>,
    /// What templates may say as `vars`.
    pub vars: Value,
    pub rules: Vec<Rule>,
    pub script: Option<Script>,
    pub expect: Vec<Expectation>,
}

/// The time in the lane in which the scenario is armed.
#[derive(Debug, Clone, PartialEq)]
pub struct Beginning {
    pub at: Option<Timestamp>,
    pub speed: Option<f64>,
    pub frozen: bool,
}

#[derive(Debug)]
pub struct Rule {
    /// Unlike that of any other rule of the scenario.
    pub name: String,
    pub about: String,
    /// The JSON Pointer of the rule in its file, and its line.
    pub pointer: String,
    pub line: usize,
    pub when: When,
    pub then: Then,
    /// Later rules have no say on a request that this one takes.
    pub stop: bool,
    /// Two rules with the same one were written alike: the counts of the one are good for the other.
    pub fingerprint: u64,
}

/// What a request has to be for a rule to take it.
#[derive(Debug, Default)]
pub struct When {
    /// A bit for each operation of the contract.
    pub operations: Operations,
    pub conditions: Vec<Condition>,
    /// The state of the scenario is one of these; none at all is any.
    pub states: Vec<String>,
    pub time: Option<Window>,
    /// The requests that the contract refuses, instead of the good ones.
    pub refused: bool,
    pub calls: Calls,
    pub count_by: CountBy,
    /// Of a million.
    pub chance: Option<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Operations {
    #[default]
    All,
    /// Their places in the contract, in order.
    Some(Vec<usize>),
}

#[derive(Debug)]
pub struct Condition {
    pub of: Subject,
    pub test: Matcher,
}

/// A part of a request, or of what is known beside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    Path(String),
    Query(String),
    Header(HeaderName),
    /// JSON Pointer.
    Body(String),
    Key,
    Lane,
    Captured(String),
    /// JSON Pointer into the answer; only for what is captured.
    Answer(String),
}

/// Which of the requests that a rule counts it takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Calls {
    #[default]
    All,
    /// Any of these ranges, from 1.
    Within(Vec<RangeInclusive<u64>>),
    Every {
        nth: u64,
        from: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CountBy {
    #[default]
    Lane,
    /// Each value of it has a count of its own.
    Each(Subject),
}

/// From the one, up to but not including the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub from: Option<Moment>,
    pub until: Option<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    At(Timestamp),
    /// After the scenario was armed in the lane.
    After(SignedDuration),
}

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

/// Requests that are expected in this order.
#[derive(Debug)]
pub struct Script {
    /// Whatever is not expected is a breach.
    pub strict: bool,
    pub steps: Vec<Step>,
    /// After the last step comes the first one again.
    pub loops: bool,
}

#[derive(Debug)]
pub struct Step {
    pub rule: Rule,
    /// How often it comes before the next one.
    pub repeat: RangeInclusive<u64>,
    pub optional: bool,
    /// The place of the step that follows.
    pub next: Option<usize>,
}

/// What the client is expected to do; judged when the run is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    pub verdict: String,
    pub parameters: Value,
    pub pointer: String,
    pub line: usize,
}
