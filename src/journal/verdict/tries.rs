//! Which requests are tries of one and the same: found once, for all verdicts.
//!
//! A try follows an answer: it came after the earlier one had been answered or had broken off, and the earlier one did not
//! bring what was asked for. Two alike that are under way at the same time are no tries of each other, and neither is one that
//! is asked again after it succeeded.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderName, RETRY_AFTER};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use crate::contract::{Contract, Operation};
use crate::ending::Ending;
use crate::journal::Entry;
use crate::request::REQUEST_ID;

/// The server learns a little late that a client has gone, and that client's next try may be there before.
const LATE: Duration = Duration::from_millis(100);

/// Whoever comes again after longer than this, beyond what the answer told, asks anew.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

/// Headers that make another request of it, whatever the rest is. No library adds one of these to its tries.
const TELLING: [&str; 6] = ["accept", "content-type", "if-match", "if-unmodified-since", "prefer", "x-mock-scenario"];

/// These say of a change when it is wanted, and of a read only what its sender has already.
const OF_CHANGES: [&str; 2] = ["if-modified-since", "if-none-match"];

/// So many answers that broke off are looked at for the one that a request for a part goes on with.
const MOST_BROKEN: usize = 8;

/// What came of a try, as far as its sender could see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    Good,
    /// Refused for now: 429, 500, 502, 503, 504.
    Passing,
    /// Refused for good.
    Final,
    /// No whole answer: the connection broke, or the client left.
    Broken,
    /// It is under way.
    Open,
}

/// Every request with its tries. Requests are named by their places among the entries.
pub struct Tries {
    series: Vec<Vec<usize>>,
    /// The series of each entry, and its place there.
    places: Vec<(usize, usize)>,
    /// Two entries of one kind are alike.
    kinds: Vec<usize>,
}

/// What tries of one request have in common: the key that makes a creation safe may be missing or another one.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Likeness<'e> {
    caller: u64,
    method: &'e str,
    target: &'e str,
    body: &'e [u8],
    length: u64,
    /// Of what of it is hidden.
    print: u64,
    /// Of the headers that make another request of it.
    headers: u64,
    /// The part that is asked for.
    range: Option<&'e str>,
}

/// Those that are alike, as they wait to be tried again.
#[derive(Default)]
struct Alike {
    /// The tries that failed and were not followed yet, in the order in which they ended. Some were followed since.
    failed: VecDeque<usize>,
    by_connection: HashMap<u64, usize>,
    /// Those of them, or of parts of the same, that broke off.
    broken: Vec<usize>,
}

impl Tries {
    pub fn of(entries: &[Arc<Entry>], operations: &[Option<&Operation>], contract: &Contract) -> Tries {
        let mut ends: Vec<(Duration, usize)> =
            entries.iter().enumerate().filter_map(|(place, entry)| Some((open_since(entry)?, place))).collect();
        ends.sort_unstable();
        let mut ends = ends.into_iter().peekable();
        let mut reading = Reading::new(entries, operations, contract);
        for (place, entry) in entries.iter().enumerate() {
            while let Some((_, ended)) = ends.next_if(|(over, ended)| *over <= entry.at && *ended < place) {
                reading.fail(ended);
            }
            reading.come(place);
        }
        reading.tries
    }

    /// Requests with all their tries.
    pub fn series(&self) -> impl Iterator<Item = &[usize]> {
        self.series.iter().map(Vec::as_slice)
    }

    /// A number that two entries have in common if they ask for the same, tries of each other or not.
    pub fn kind(&self, entry: usize) -> usize {
        self.kinds[entry]
    }

    /// The try before this one.
    pub fn before(&self, entry: usize) -> Option<usize> {
        let (series, place) = self.places[entry];
        Some(self.series[series][place.checked_sub(1)?])
    }

    /// The try after this one.
    pub fn after(&self, entry: usize) -> Option<usize> {
        let (series, place) = self.places[entry];
        self.series[series].get(place + 1).copied()
    }
}

struct Reading<'e> {
    entries: &'e [Arc<Entry>],
    operations: &'e [Option<&'e Operation>],
    header: String,
    tries: Tries,
    kinds: HashMap<Likeness<'e>, usize>,
    /// The kind of each entry if it had asked for the whole.
    wholes: Vec<usize>,
    alike: Vec<Alike>,
    /// The last try with an idempotency key.
    keys: HashMap<(usize, &'e str), usize>,
}

impl<'e> Reading<'e> {
    fn new(entries: &'e [Arc<Entry>], operations: &'e [Option<&'e Operation>], contract: &Contract) -> Reading<'e> {
        Reading {
            entries,
            operations,
            header: key_header(contract).to_owned(),
            tries: Tries {
                series: Vec::new(),
                places: Vec::with_capacity(entries.len()),
                kinds: Vec::with_capacity(entries.len()),
            },
            kinds: HashMap::new(),
            wholes: Vec::with_capacity(entries.len()),
            alike: Vec::new(),
            keys: HashMap::new(),
        }
    }

    /// A try is over that another one may follow.
    fn fail(&mut self, place: usize) {
        let alike = &mut self.alike[self.tries.kinds[place]];
        alike.failed.push_back(place);
        alike.by_connection.insert(self.entries[place].exchange.connection, place);
        if Came::of(&self.entries[place]) == Came::Broken {
            let broken = &mut self.alike[self.wholes[place]].broken;
            if broken.len() >= MOST_BROKEN {
                broken.remove(0);
            }
            broken.push(place);
        }
    }

    fn come(&mut self, place: usize) {
        let entry = &self.entries[place];
        let likeness = Likeness::of(entry);
        let range = likeness.range;
        let whole = self.kind(Likeness { range: None, ..likeness });
        let kind = if range.is_some() { self.kind(likeness) } else { whole };
        self.tries.kinds.push(kind);
        self.wholes.push(whole);
        let key = entry.exchange.request_head().get(&self.header);
        let followed = self.followed(kind, key, place);
        let series = match followed.or_else(|| self.gone_on_with(whole, range?, place)) {
            Some(earlier) => self.tries.places[earlier].0,
            None => {
                self.tries.series.push(Vec::new());
                self.tries.series.len() - 1
            }
        };
        let tries = &mut self.tries.series[series];
        self.tries.places.push((series, tries.len()));
        tries.push(place);
        if let Some(key) = key {
            self.keys.insert((kind, key), place);
        }
    }

    /// The number of those that are alike in this.
    fn kind(&mut self, likeness: Likeness<'e>) -> usize {
        let fresh = self.kinds.len();
        let kind = *self.kinds.entry(likeness).or_insert(fresh);
        if kind == fresh {
            self.alike.push(Alike::default());
        }
        kind
    }

    /// The try that this one follows: one with its key, else one on its connection, else the one that waited longest.
    fn followed(&mut self, kind: usize, key: Option<&'e str>, place: usize) -> Option<usize> {
        let (entries, tries, operation) = (self.entries, &self.tries, self.operations[place]);
        let later = &entries[place];
        let is_open = |place: &usize| {
            is_open(tries, *place, &entries[*place], later)
                && !is_mended(operation, &entries[*place], later, &self.header)
        };
        if let Some(place) = key.and_then(|key| self.keys.get(&(kind, key))).copied() {
            return Some(place).filter(is_open);
        }
        let alike = &mut self.alike[kind];
        if let Some(place) = alike.by_connection.get(&later.exchange.connection).copied().filter(is_open) {
            return Some(place);
        }
        while alike.failed.front().is_some_and(|place| !is_open(place)) {
            alike.failed.pop_front();
        }
        alike.failed.pop_front()
    }

    /// The try that broke off and whose rest this one asks for.
    fn gone_on_with(&self, whole: usize, range: &str, place: usize) -> Option<usize> {
        let later = &self.entries[place];
        let from = beginning(range)?;
        let has_come_to = |place: &usize| {
            let earlier = &self.entries[*place];
            let began = earlier.exchange.request_head().get("range").map_or(Some(0), beginning);
            began.is_some_and(|began| (began..=began + earlier.sent()).contains(&from))
                && is_open(&self.tries, *place, earlier, later)
        };
        self.alike[whole].broken.iter().rev().find(|place| has_come_to(place)).copied()
    }
}

/// Whether nothing has followed an earlier try, and this may do so.
fn is_open(tries: &Tries, place: usize, earlier: &Entry, later: &Entry) -> bool {
    let since = open_since(earlier).filter(|since| *since <= later.at);
    tries.after(place).is_none()
        && since.is_some_and(|since| later.at - since <= LONGEST_PAUSE + told_wait(earlier).unwrap_or_default())
}

/// Whether a request that was refused has come again with another value in one of the headers that the operation reads.
fn is_mended(operation: Option<&Operation>, refused: &Entry, later: &Entry, key: &str) -> bool {
    let headers = operation.into_iter().flat_map(|operation| &operation.parameters);
    let headers = headers.filter_map(|parameter| parameter.header.as_ref()).map(HeaderName::as_str);
    // Those two are new with each try, or may be.
    let mut headers = headers.filter(|name| *name != key && *name != REQUEST_ID.as_str());
    let [before, now] = [refused, later].map(|entry| entry.exchange.request_head());
    Came::of(refused) == Came::Final && headers.any(|name| before.get(name) != now.get(name))
}

/// Where a part begins: 512 of `bytes=512-`.
fn beginning(range: &str) -> Option<u64> {
    range.strip_prefix("bytes=")?.split('-').next()?.trim().parse().ok().filter(|from| *from < 1 << 60)
}

impl<'e> Likeness<'e> {
    fn of(entry: &'e Entry) -> Likeness<'e> {
        let request = &entry.exchange.request;
        let (mut headers, mut range) = (DefaultHasher::new(), None);
        for (name, value) in entry.exchange.request_head().lines() {
            if TELLING.contains(&name) || OF_CHANGES.contains(&name) && !request.method.is_safe() {
                (name, value).hash(&mut headers);
            } else if name == "range" {
                range = std::str::from_utf8(value).ok();
            }
        }
        Likeness {
            caller: entry.exchange.caller,
            method: request.method.as_str(),
            target: entry.exchange.target(),
            body: entry.exchange.request_body(),
            length: request.length,
            print: request.print,
            headers: headers.finish(),
            range,
        }
    }
}

impl Came {
    pub fn of(entry: &Entry) -> Came {
        match (entry.ending(), entry.exchange.answer.status.as_u16()) {
            (Ending::Open, _) => Came::Open,
            (Ending::Broken, _) => Came::Broken,
            // Whoever leaves within a refusal has seen its head.
            (Ending::HungUp, status) if entry.sent() == 0 || status < 400 => Came::Broken,
            (_, 429 | 500 | 502 | 503 | 504) => Came::Passing,
            (_, 400..) => Came::Final,
            _ => Came::Good,
        }
    }

    /// Whether the same may succeed later.
    pub fn may_pass(self) -> bool {
        matches!(self, Came::Passing | Came::Broken)
    }
}

/// The header that makes a creation safe to repeat, in small letters.
pub fn key_header(contract: &Contract) -> &str {
    contract.idempotency.as_ref().map_or("idempotency-key", |idempotency| idempotency.header.as_str())
}

/// How long an answer asked its client to wait, from the moment at which it went out.
pub fn told_wait(entry: &Entry) -> Option<Duration> {
    match retry_after(entry)? {
        RetryAfter::Seconds(seconds) => Some(Duration::from_secs(seconds)),
        RetryAfter::Date(date) => {
            let sent = entry.came + entry.over().map_or(entry.exchange.took, |over| over.saturating_sub(entry.at));
            // A date has whole seconds, and so has the one that the client may compare it with.
            let sent = Timestamp::from_second(sent.as_second()).unwrap_or(sent);
            Some(date.duration_since(sent).max(SignedDuration::ZERO).unsigned_abs())
        }
    }
}

/// What `Retry-After` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    Seconds(u64),
    /// By the real time, not by that of the lane.
    Date(Timestamp),
}

/// `None` if there is none that can be read, or if the client never saw the head.
pub fn retry_after(entry: &Entry) -> Option<RetryAfter> {
    let text = entry.exchange.answer_head().get(RETRY_AFTER.as_str())?.trim();
    if entry.ending() == Ending::Open || Came::of(entry) == Came::Broken && entry.sent() == 0 {
        return None;
    }
    match text.parse() {
        // Nobody waits for longer than a year, and nothing overflows.
        Ok(seconds) => Some(RetryAfter::Seconds(u64::min(seconds, 366 * 86_400))),
        Err(_) => rfc2822::DateTimeParser::new().parse_timestamp(text).ok().map(RetryAfter::Date),
    }
}

/// Since when an entry may be followed by another try.
fn open_since(entry: &Entry) -> Option<Duration> {
    let over = entry.over()?;
    match entry.ending() {
        Ending::Complete if entry.exchange.answer.status.as_u16() < 400 => None,
        Ending::HungUp => Some(over.saturating_sub(LATE).max(entry.at)),
        _ => Some(over),
    }
}
