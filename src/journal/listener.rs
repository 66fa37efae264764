//! Somebody who hears of entries as they are written, and of how they ended.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::book::Book;
use super::entry::Entry;
use super::filter::Filter;
use crate::ending::Ending;

/// Of so many entries that are still being sent it is remembered that their end is to be told.
const MOST_OPEN: usize = 1_000;
/// Looked at in one go.
const AT_ONCE: usize = 100;

#[derive(Debug)]
pub struct Listener {
    book: Arc<Book>,
    filter: Filter,
    /// The last entry that was looked at.
    seen: u64,
    open: VecDeque<Arc<Entry>>,
    ready: VecDeque<News>,
}

#[derive(Debug, Clone)]
pub enum News {
    /// Was written.
    New(Arc<Entry>),
    /// Was new, and is over.
    Ended(Arc<Entry>),
    /// So many left the book before they could be told.
    Missed(u64),
}

impl Listener {
    /// None if there are too many already.
    pub fn new(book: Arc<Book>, filter: Filter, seen: Option<u64>) -> Option<Listener> {
        let (open, ready) = Default::default();
        // What is to come yet was not seen by anybody.
        let seen = seen.unwrap_or(u64::MAX).min(book.last());
        book.enter().then(|| Listener { book: book.clone(), filter, seen, open, ready })
    }

    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<News> {
        if self.look() {
            return Poll::Ready(self.ready.pop_front().unwrap_or(News::Missed(0)));
        }
        self.book.wait(cx.waker());
        // Something may have come in between.
        match self.look() {
            true => Poll::Ready(self.ready.pop_front().unwrap_or(News::Missed(0))),
            false => Poll::Pending,
        }
    }

    /// Whether there is anything to tell.
    fn look(&mut self) -> bool {
        while self.ready.is_empty() {
            let (ready, open) = (&mut self.ready, &mut self.open);
            open.retain(|entry| {
                let is_over = entry.ending() != Ending::Open;
                if is_over {
                    ready.push_back(News::Ended(entry.clone()));
                }
                !is_over
            });
            let entries = self.book.after(self.seen, AT_ONCE);
            let (Some(first), Some(last)) = (entries.first(), entries.last()) else { break };
            let missed = first.number - self.seen - 1;
            if missed > 0 {
                self.ready.push_back(News::Missed(missed));
            }
            self.seen = last.number;
            for entry in entries.into_iter().filter(|entry| self.filter.takes(entry)) {
                if entry.ending() == Ending::Open && self.open.len() < MOST_OPEN {
                    self.open.push_back(entry.clone());
                }
                self.ready.push_back(News::New(entry));
            }
        }
        !self.ready.is_empty()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.book.leave();
    }
}
