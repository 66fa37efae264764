//! The book of entries, of all lanes together and in one order: a client that goes by several lanes can be read as a whole,
//! and nothing has to be merged. It is bounded by count and by bytes; the oldest go first, and are counted.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use jiff::Timestamp;

use super::bell::Bell;
use super::entry::{Draft, Entry};
use super::scroll::Scroll;
use crate::clock::{Clock, Stopwatch};

/// So many may listen at a time.
const MOST_LISTENERS: usize = 64;

/// What a book holds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub entries: usize,
    pub bytes: usize,
}

/// What it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    pub entries: usize,
    pub bytes: usize,
    /// The number of the last entry that was written.
    pub last: u64,
    /// How many were dropped to make room.
    pub dropped: u64,
}

#[derive(Debug)]
pub struct Book {
    opened: Stopwatch,
    opened_at: Timestamp,
    bounds: Bounds,
    pages: Mutex<Pages>,
    bell: Arc<Bell>,
    scroll: Option<Arc<Scroll>>,
}

#[derive(Debug, Default)]
struct Pages {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    last: u64,
    dropped: u64,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { entries: 10_000, bytes: 64 << 20 }
    }
}

impl Default for Book {
    fn default() -> Book {
        Book::new(Bounds::default())
    }
}

impl Book {
    pub fn new(bounds: Bounds) -> Book {
        Book {
            opened: Stopwatch::start(),
            opened_at: Clock::system(),
            bounds,
            pages: Mutex::default(),
            bell: Arc::default(),
            scroll: None,
        }
    }

    /// Everything is written to a file too.
    pub fn with_scroll(self, scroll: Option<Arc<Scroll>>) -> Book {
        Book { scroll, ..self }
    }

    /// Whether anything is remembered at all.
    pub fn is_open(&self) -> bool {
        self.bounds.entries > 0 || self.scroll.is_some()
    }

    /// Has the file written to its end, if there is one.
    pub fn finish(&self) {
        if let Some(scroll) = &self.scroll {
            scroll.finish();
        }
    }

    /// Writes down an exchange whose answer is ready.
    pub fn write(&self, exchange: Draft) -> Arc<Entry> {
        let at = self.opened.elapsed().saturating_sub(exchange.took);
        let came = self.opened_at + at;
        let mut pages = self.pages();
        pages.last += 1;
        let entry = Entry::new(pages.last, came, at, self.opened, exchange);
        let entry = Arc::new(entry.heard_by(self.bell.clone()));
        pages.bytes += entry.weight();
        pages.entries.push_back(entry.clone());
        let gone = pages.make_room(self.bounds);
        if let Some(scroll) = &self.scroll {
            scroll.take(&entry);
        }
        drop(pages);
        self.bell.ring();
        // Freed when nobody waits for the lock.
        drop(gone);
        entry
    }

    /// What is remembered, oldest first.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.pages().entries.iter().cloned().collect()
    }

    pub fn find(&self, number: u64) -> Option<Arc<Entry>> {
        let pages = self.pages();
        let place = pages.entries.binary_search_by_key(&number, |entry| entry.number).ok()?;
        pages.entries.get(place).cloned()
    }

    /// Those that came after this number, oldest first, no more than `most`.
    pub fn after(&self, number: u64, most: usize) -> Vec<Arc<Entry>> {
        let pages = self.pages();
        let from = pages.entries.partition_point(|entry| entry.number <= number);
        pages.entries.range(from..).take(most).cloned().collect()
    }

    /// The number of the last entry that was written.
    pub fn last(&self) -> u64 {
        self.pages().last
    }

    /// How many were dropped to make room.
    pub fn dropped(&self) -> u64 {
        self.pages().dropped
    }

    /// Of one moment.
    pub fn totals(&self) -> Totals {
        let pages = self.pages();
        Totals { entries: pages.entries.len(), bytes: pages.bytes, last: pages.last, dropped: pages.dropped }
    }

    /// Forgets the entries of a lane, or all of them. Numbers go on. How many there were.
    pub fn clear(&self, lane: Option<&str>) -> usize {
        let mut pages = self.pages();
        let (gone, left): (VecDeque<_>, VecDeque<_>) =
            pages.entries.drain(..).partition(|entry| lane.is_none_or(|lane| entry.exchange.lane() == lane));
        pages.bytes = left.iter().map(|entry| entry.weight()).sum();
        pages.entries = left;
        drop(pages);
        gone.len()
    }

    /// How many entries there are of each lane.
    pub fn lanes(&self) -> BTreeMap<String, usize> {
        let mut lanes = BTreeMap::new();
        for entry in &self.pages().entries {
            *lanes.entry(entry.exchange.lane().to_owned()).or_default() += 1;
        }
        lanes
    }

    /// How long the book has been open.
    pub fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// Takes a place among those who listen, if there is one left.
    pub(super) fn enter(&self) -> bool {
        self.bell.enter(MOST_LISTENERS)
    }

    pub(super) fn leave(&self) {
        self.bell.leave();
    }

    /// Wakes this one when something is written, or has ended.
    pub(super) fn wait(&self, waker: &Waker) {
        self.bell.wait(waker);
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    /// Mostly one has to go for one that came, which takes no list.
    fn make_room(&mut self, bounds: Bounds) -> (Option<Arc<Entry>>, Vec<Arc<Entry>>) {
        let first = self.drop_oldest(bounds);
        let others = std::iter::from_fn(|| self.drop_oldest(bounds)).collect();
        (first, others)
    }

    fn drop_oldest(&mut self, bounds: Bounds) -> Option<Arc<Entry>> {
        if self.entries.len() <= bounds.entries && self.bytes <= bounds.bytes {
            return None;
        }
        let oldest = self.entries.pop_front()?;
        self.bytes -= oldest.weight();
        self.dropped += 1;
        Some(oldest)
    }
}

#[cfg(test)]
mod tests;
