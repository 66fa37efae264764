//! One exchange as it is remembered. Secrets were taken out before it was written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, Version};
use jiff::Timestamp;
use serde_json::Value;

use super::bell::Bell;
use super::head::Head;
use super::secret::Secret;
use super::sheet::{Sheet, Text};
use crate::breach::Breach;
use crate::clock::Stopwatch;
use crate::contract::{Values, inside};
use crate::ending::{Ending, Witness};
use crate::miss::Misses;

/// So much of a body is remembered.
pub const MOST_BODY: usize = 64 << 10;

/// What an entry takes beside its texts: itself, and what the pieces of memory that it consists of need to be kept apart.
const OVERHEAD: usize = size_of::<Entry>() + 96;

#[derive(Debug)]
pub struct Entry {
    /// Counts from 1, over all lanes, in the order in which the answers were ready.
    pub number: u64,
    /// When the request came, by the clock of this machine as it was when the book was opened, and how long after that.
    pub came: Timestamp,
    pub at: Duration,
    pub exchange: Draft,
    /// Since the book was opened.
    opened: Stopwatch,
    weight: usize,
    course: Course,
    /// Rung when it ended.
    bell: Arc<Bell>,
}

/// What an exchange tells of itself.
#[derive(Debug)]
pub struct Draft {
    pub id: Text,
    pub lane: Text,
    /// What time it was in the lane.
    pub now: Timestamp,
    /// Whose key it showed, without the key: unlike that of any other.
    pub caller: u64,
    /// The connection it came by: unlike any other of this server.
    pub connection: u64,
    pub request: Asked,
    /// The operation of the contract.
    pub operation: Option<Text>,
    /// The parameters as they were understood.
    pub values: Values,
    pub breaches: Vec<Breach>,
    /// How many there are beyond those.
    pub more: usize,
    /// Why it was refused, where no breach says it.
    pub reason: Option<String>,
    /// The rules that touched the answer, as `scenario/rule`.
    pub rules: Vec<String>,
    /// What else the request nearly was.
    pub misses: Misses,
    pub answer: Answer,
    /// What of all this must not be told.
    pub secret: Secret,
    /// How long it took until the answer was ready.
    pub took: Duration,
}

#[derive(Debug)]
pub struct Asked {
    pub method: Method,
    /// Path and query, without the keys in them.
    pub target: Text,
    pub version: Version,
    pub head: Head,
    /// As much of it as is remembered, and how long it was.
    pub body: Bytes,
    pub length: u64,
    /// What is remembered is not the whole.
    pub is_cut: bool,
    /// Of the body as it came, where something of it was hidden. It is told to nobody.
    pub print: u64,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub head: Head,
    pub body: Kept,
    pub length: u64,
    /// What is remembered is not the whole.
    pub is_cut: bool,
}

/// The beginning of an answer's body. Pieces may be shared with other answers, and go on being that.
#[derive(Debug)]
pub enum Kept {
    One(Bytes),
    Pieces(Box<[Bytes]>),
}

/// What is known later than the rest.
#[derive(Debug, Default)]
struct Course {
    ending: AtomicU8,
    bytes: AtomicU64,
    /// When it ended, in nanoseconds since the book was opened.
    over: AtomicU64,
}

impl Entry {
    pub(super) fn new(number: u64, came: Timestamp, at: Duration, opened: Stopwatch, exchange: Draft) -> Entry {
        let weight = exchange.weight();
        Entry { number, came, at, exchange, opened, weight, course: Course::default(), bell: Arc::default() }
    }

    pub(super) fn heard_by(self, bell: Arc<Bell>) -> Entry {
        Entry { bell, ..self }
    }

    pub fn ending(&self) -> Ending {
        match self.course.ending.load(Ordering::Acquire) {
            1 => Ending::Complete,
            2 => Ending::Broken,
            3 => Ending::HungUp,
            _ => Ending::Open,
        }
    }

    /// When nothing more was sent, as long after the book was opened; none if it goes on.
    pub fn over(&self) -> Option<Duration> {
        (self.ending() != Ending::Open).then(|| Duration::from_nanos(self.course.over.load(Ordering::Relaxed)))
    }

    /// How many bytes of the body were sent until now.
    pub fn sent(&self) -> u64 {
        self.course.bytes.load(Ordering::Relaxed)
    }

    /// The value of a parameter, wherever it stands.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.exchange.values.iter().find(|(_, known, _)| *known == name).map(|(_, _, value)| value)
    }

    /// `over` are nanoseconds since the book was opened.
    pub(super) fn ended_at(&self, ending: Ending, bytes: u64, over: u64) {
        let code = match ending {
            Ending::Open => 0,
            Ending::Complete => 1,
            Ending::Broken => 2,
            Ending::HungUp => 3,
        };
        self.course.bytes.store(bytes, Ordering::Relaxed);
        self.course.over.store(over, Ordering::Relaxed);
        self.course.ending.store(code, Ordering::Release);
    }

    /// How much memory it takes. What it shares with others counts in full, so that the bound holds whoever goes first.
    pub fn weight(&self) -> usize {
        self.weight
    }
}

impl Draft {
    fn weight(&self) -> usize {
        let Draft { id, lane, operation, request, answer, misses, .. } = self;
        let names = id.len() + lane.len() + operation.as_ref().map_or(0, |id| id.len());
        let texts = names + request.target.len() + request.head.weight() + answer.head.weight();
        let lists = self.rules.iter().chain(&self.reason).chain(&self.secret.shown);
        let lists: usize = lists.map(|text| text.len() + size_of::<String>()).sum();
        let breaches: usize = self.breaches.iter().map(told).sum();
        let bodies = request.body.len() + answer.body.weight();
        OVERHEAD + misses.weight() + texts + lists + self.values.weight() + breaches + bodies
    }
}

/// What a breach takes.
fn told(breach: &Breach) -> usize {
    let listed: usize = breach.valid_values.iter().flatten().map(|value| size_of::<Value>() + inside(value)).sum();
    let texts = [Some(&breach.expected), Some(&breach.found), breach.hint.as_ref(), breach.problem.as_ref()];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    size_of::<Breach>() + breach.place.name().len() + texts + listed
}

/// A piece of an answer that is not longer is its own. A longer one is mostly shared with other answers.
const SHORT: usize = 64;

impl Kept {
    /// How much room its own pieces take on a sheet.
    pub fn own(&self) -> usize {
        self.pieces().iter().map(Bytes::len).filter(|length| *length <= SHORT).sum()
    }

    /// The same with its own pieces written on the sheet.
    pub fn on(self, sheet: &mut Sheet) -> Kept {
        let mut piece = |piece: Bytes| if piece.len() <= SHORT { sheet.bytes(&piece) } else { piece };
        match self {
            Kept::One(bytes) => Kept::One(piece(bytes)),
            Kept::Pieces(pieces) => Kept::Pieces(pieces.into_iter().map(piece).collect()),
        }
    }

    fn pieces(&self) -> &[Bytes] {
        match self {
            Kept::One(bytes) => std::slice::from_ref(bytes),
            Kept::Pieces(pieces) => pieces,
        }
    }

    pub fn len(&self) -> usize {
        self.pieces().iter().map(Bytes::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn weight(&self) -> usize {
        let kept_apart = match self {
            Kept::One(_) => 0,
            Kept::Pieces(pieces) => size_of_val(&**pieces),
        };
        self.len() + kept_apart
    }

    pub fn bytes(&self) -> Bytes {
        match self {
            Kept::One(bytes) => bytes.clone(),
            Kept::Pieces(pieces) => pieces.concat().into(),
        }
    }
}

/// The server holds one end of an entry until the answer is sent.
impl Witness for Entry {
    fn ended(&self, ending: Ending, bytes: u64) {
        let over = self.opened.elapsed().as_nanos();
        self.ended_at(ending, bytes, u64::try_from(over).unwrap_or(u64::MAX));
        self.bell.ring();
    }
}
