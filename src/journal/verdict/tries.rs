//! Which requests are tries of one and the same: found once, for all verdicts.
//!
//! A try follows an answer: it came after the earlier one had been answered or had broken off, and the earlier one did not
//! bring what was asked for. Two alike that are under way at the same time are no tries of each other, and neither is one that
//! is asked again after it succeeded.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use http::Version;
use http::header::{RANGE, RETRY_AFTER};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use super::likeness::{Likeness, beginning, is_mended};
use crate::contract::{Contract, Operation};
use crate::ending::Ending;
use crate::journal::Entry;

/// The server learns a little late that a client has gone, and that client's next try may be there before.
const LATE: Duration = Duration::from_millis(100);

/// Whoever comes again after longer than this, beyond what the answer told, asks anew.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

/// A timer may go off a little early.
pub const EARLY: Duration = Duration::from_millis(50);

/// Whoever waits as long as it was told comes within twice that time, and this.
const SOON: Duration = Duration::from_secs(1);

/// So many requests are looked at for one that waited.
const MOST_PATIENT: usize = 256;

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

/// Those that are alike, as they wait to be tried again.
#[derive(Default)]
struct Alike {
    /// All of them, in their order.
    places: Vec<usize>,
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
        for place in 0..entries.len() {
            reading.sort(place);
        }
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
    /// The last try with an idempotency key, so far and of all.
    keys: HashMap<(usize, &'e str), usize>,
    last_keys: HashMap<(usize, &'e str), usize>,
    /// What waited for as long as it was told to, as it will turn out, with the try that it follows.
    patient: HashMap<usize, usize>,
}

impl<'e> Reading<'e> {
    fn new(entries: &'e [Arc<Entry>], operations: &'e [Option<&'e Operation>], contract: &Contract) -> Reading<'e> {
        let count = entries.len();
        let tries = Tries { series: Vec::new(), places: Vec::with_capacity(count), kinds: Vec::with_capacity(count) };
        Reading {
            entries,
            operations,
            header: key_header(contract).to_owned(),
            tries,
            kinds: HashMap::new(),
            wholes: Vec::with_capacity(count),
            alike: Vec::new(),
            keys: HashMap::new(),
            last_keys: HashMap::new(),
            patient: HashMap::new(),
        }
    }

    /// Finds the kind of an entry.
    fn sort(&mut self, place: usize) {
        let likeness = Likeness::of(&self.entries[place], &self.header);
        let whole = self.kind(likeness.whole());
        let kind = if likeness.is_part() { self.kind(likeness) } else { whole };
        self.tries.kinds.push(kind);
        self.wholes.push(whole);
        self.alike[kind].places.push(place);
        if let Some(key) = self.key(place) {
            self.last_keys.insert((kind, key), place);
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

    fn key(&self, place: usize) -> Option<&'e str> {
        self.entries[place].exchange.request_head().get(&self.header)
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
        let (kind, key) = (self.tries.kinds[place], self.key(place));
        let series = match self.followed(kind, key, place).or_else(|| self.gone_on_with(place)) {
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

    /// The try that this one follows: one that it has waited for, one with its key, else one on its connection, else the one
    /// that waited longest.
    fn followed(&mut self, kind: usize, key: Option<&'e str>, place: usize) -> Option<usize> {
        if let Some(earlier) = self.patient.get(&place).copied().filter(|earlier| self.is_open(*earlier, place)) {
            return Some(earlier);
        }
        if let Some(earlier) = key.and_then(|key| self.keys.get(&(kind, key))).copied() {
            return Some(earlier).filter(|earlier| self.is_open(*earlier, place));
        }
        let connection = self.entries[place].exchange.connection;
        let beside = self.alike[kind].by_connection.get(&connection).copied();
        if let Some(earlier) = beside.filter(|earlier| self.may_follow(*earlier, place)) {
            return Some(earlier);
        }
        while let Some(earlier) = self.alike[kind].failed.pop_front() {
            if self.may_follow(earlier, place) {
                return Some(earlier);
            }
        }
        None
    }

    fn may_follow(&mut self, earlier: usize, later: usize) -> bool {
        let [before, now] = [earlier, later].map(|place| &self.entries[place]);
        self.is_open(earlier, later)
            && !is_mended(self.operations[later], before, now, &self.header)
            && !self.has_another(earlier, later)
    }

    /// Whether nothing has followed an earlier try, and this may do so.
    fn is_open(&self, earlier: usize, later: usize) -> bool {
        let (before, now) = (&self.entries[earlier], &self.entries[later]);
        let since = open_since(before).filter(|since| *since <= now.at);
        let longest = || LONGEST_PAUSE + told_wait(before).unwrap_or_default();
        self.tries.after(earlier).is_none() && since.is_some_and(|since| now.at - since <= longest())
    }

    /// Whether a request that comes later still is the next try rather than this one, which somebody else has sent who knows
    /// nothing of it: one with the same key, or one by which somebody has waited as long as the answer said.
    fn has_another(&mut self, earlier: usize, later: usize) -> bool {
        let kind = self.tries.kinds[earlier];
        let with_its_key = |key| self.last_keys.get(&(kind, key)).is_some_and(|last| *last > later);
        if let Some(key) = self.key(earlier).filter(|key| Some(*key) != self.key(later)) {
            return with_its_key(key);
        }
        let [before, now] = [earlier, later].map(|place| &self.entries[place]);
        let beside =
            before.exchange.connection == now.exchange.connection && now.exchange.request.version != Version::HTTP_2;
        if beside || has_waited(before, now) {
            return false;
        }
        let (Some(wait), Some(over)) = (told_wait(before), before.over()) else { return false };
        let places = &self.alike[kind].places;
        let first = places.partition_point(|place| self.entries[*place].at + EARLY < over + wait);
        let in_time = |place: &&usize| **place > later && self.entries[**place].at <= over + wait * 2 + SOON;
        let mut others = places[first..].iter().take(MOST_PATIENT).filter(in_time);
        let next = others.find(|place| !self.patient.contains_key(place)).copied();
        next.is_some_and(|next| self.patient.insert(next, earlier).is_none())
    }

    /// The try that broke off and whose rest this one asks for.
    fn gone_on_with(&self, later: usize) -> Option<usize> {
        let range = |place: usize| self.entries[place].exchange.request_head().get(RANGE.as_str());
        let from = beginning(range(later)?)?;
        let has_come_to = |earlier: usize| {
            let began = range(earlier).map_or(Some(0), beginning);
            began.is_some_and(|began| (began..=began + self.entries[earlier].sent()).contains(&from))
                && self.is_open(earlier, later)
        };
        self.alike[self.wholes[later]].broken.iter().rev().copied().find(|earlier| has_come_to(*earlier))
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

/// Whether a request came no sooner than an answer had said. A date is in real time, and can be told from the client's own clock or
/// from the `Date` beside it: either will do.
pub fn has_waited(earlier: &Entry, later: &Entry) -> bool {
    let real = later.at.saturating_sub(earlier.over().unwrap_or(earlier.at + earlier.exchange.took));
    let in_lane = later.exchange.now.duration_since(earlier.exchange.now);
    let date_is_past = matches!(retry_after(earlier), Some(RetryAfter::Date(date)) if later.came + EARLY >= date);
    told_wait(earlier).is_none_or(|wait| {
        date_is_past || real + EARLY >= wait || in_lane.try_into().is_ok_and(|in_lane: Duration| in_lane >= wait)
    })
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
