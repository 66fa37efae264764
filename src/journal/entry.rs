//! One exchange as it is remembered. Secrets were taken out before it was written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, Version};
use jiff::Timestamp;
use serde_json::Value;

use super::bell::Bell;
use super::head::Head;
use super::secret::Secret;
use super::sheet::{Sheet, Span};
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
    /// Where its texts stand, each as a `Span`.
    pub sheet: Sheet,
    pub id: Span,
    pub lane: Span,
    /// What time it was in the lane.
    pub now: Timestamp,
    /// Whose key it showed, without the key: unlike that of any other.
    pub caller: u64,
    /// The connection it came by: unlike any other of this server.
    pub connection: u64,
    pub request: Asked,
    /// The operation of the contract.
    pub operation: Option<Span>,
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
    pub target: Span,
    pub version: Version,
    pub head: Span,
    /// As much of it as is remembered, and how long it was.
    pub body: Span,
    pub length: u64,
    /// What is remembered is not the whole.
    pub is_cut: bool,
    /// Of the request as it came, where something of it is hidden or too long to be kept. It is told to nobody.
    pub print: u64,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub head: Span,
    pub body: Kept,
    pub length: u64,
    /// What is remembered is not the whole.
    pub is_cut: bool,
}

/// The beginning of an answer's body. Nearly every one is in one piece, or has a piece that it shares and one of its own.
#[derive(Debug)]
pub enum Kept {
    One(Piece),
    Two([Piece; 2]),
    Pieces(Box<[Piece]>),
}

#[derive(Debug)]
pub enum Piece {
    /// On the sheet of its entry.
    Own(Span),
    /// Mostly with other answers, and it goes on being that.
    Shared(Bytes),
}

/// What is known later than the rest.
#[derive(Debug, Default)]
struct Course {
    ending: AtomicU8,
    closes: AtomicBool,
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

    /// Whether we took no further request on its connection.
    pub fn closed(&self) -> bool {
        self.course.closes.load(Ordering::Relaxed)
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
    pub fn id(&self) -> &str {
        self.sheet.text(self.id)
    }

    pub fn lane(&self) -> &str {
        self.sheet.text(self.lane)
    }

    pub fn operation(&self) -> Option<&str> {
        self.operation.map(|id| self.sheet.text(id))
    }

    /// Path and query of the request.
    pub fn target(&self) -> &str {
        self.sheet.text(self.request.target)
    }

    pub fn request_head(&self) -> Head<'_> {
        Head::of(self.sheet.bytes(self.request.head))
    }

    pub fn request_body(&self) -> &[u8] {
        self.sheet.bytes(self.request.body)
    }

    pub fn answer_head(&self) -> Head<'_> {
        Head::of(self.sheet.bytes(self.answer.head))
    }

    pub fn answer_body(&self) -> Vec<u8> {
        let pieces = self.answer.body.pieces().iter().map(|piece| match piece {
            Piece::Own(span) => self.sheet.bytes(*span),
            Piece::Shared(bytes) => bytes,
        });
        pieces.collect::<Vec<_>>().concat()
    }

    fn weight(&self) -> usize {
        let lists = self.rules.iter().chain(&self.reason).chain(&self.secret.shown);
        let lists: usize = lists.map(|text| text.len() + size_of::<String>()).sum();
        let breaches: usize = self.breaches.iter().map(told).sum();
        let apart = self.misses.weight() + self.values.weight() + self.answer.body.weight();
        OVERHEAD + self.sheet.weight() + lists + breaches + apart
    }
}

/// What a breach takes.
fn told(breach: &Breach) -> usize {
    let listed: usize = breach.valid_values.iter().flatten().map(|value| size_of::<Value>() + inside(value)).sum();
    let texts = [Some(&breach.expected), Some(&breach.found), breach.hint.as_ref(), breach.problem.as_ref()];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    size_of::<Breach>() + breach.place.name().len() + texts + listed
}

impl Kept {
    fn pieces(&self) -> &[Piece] {
        match self {
            Kept::One(piece) => std::slice::from_ref(piece),
            Kept::Two(pieces) => pieces,
            Kept::Pieces(pieces) => pieces,
        }
    }

    /// What it takes beside its entry and the sheet.
    fn weight(&self) -> usize {
        let shared = self.pieces().iter().map(|piece| match piece {
            Piece::Own(_) => 0,
            Piece::Shared(bytes) => bytes.len(),
        });
        let kept_apart = match self {
            Kept::One(_) | Kept::Two(_) => 0,
            Kept::Pieces(pieces) => size_of_val(&**pieces),
        };
        shared.sum::<usize>() + kept_apart
    }
}

/// The server holds one end of an entry until the answer is sent.
impl Witness for Entry {
    fn ended(&self, ending: Ending, bytes: u64) {
        let over = self.opened.elapsed().as_nanos();
        self.ended_at(ending, bytes, u64::try_from(over).unwrap_or(u64::MAX));
        self.bell.ring();
    }

    fn closes(&self) {
        self.course.closes.store(true, Ordering::Relaxed);
    }
}
