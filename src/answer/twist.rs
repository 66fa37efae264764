//! What a scenario wants otherwise while an answer is made: which rows a page has, what is said around them, and how the
//! addresses of sounds are. So everything else in the answer still agrees with it.

use jiff::Timestamp;

use super::paging::Turning;
use crate::scenario::{Page, PageOrder, Recording, Total};
use crate::seed::Seed;
use crate::voice::recording::Amiss;
use crate::world::page::{Mark, Paged, Rows};
use crate::world::query::Stretch;

/// Answers with it are kept for nobody.
#[derive(Debug, Default)]
pub struct Twist {
    pub page: Option<Page>,
    pub recording: Option<Recording>,
    /// What a page is shuffled by.
    pub seed: Option<Seed>,
}

impl Twist {
    /// How addresses are made amiss, and the host that they lead to.
    pub fn addresses(&self, now: Timestamp) -> Option<Amiss> {
        let Recording { expires, wrong_signature, lane, .. } = self.recording.as_ref()?;
        let expires = expires.map(|span| now.saturating_add(span).unwrap_or(Timestamp::MAX));
        Some(Amiss { expires, wrong_signature: *wrong_signature, lane: lane.clone() })
    }

    pub fn host(&self) -> Option<&str> {
        self.recording.as_ref()?.host.as_deref()
    }

    /// The places of the rows that the page has.
    pub fn places(&self, page: &Page, paged: &Paged) -> Vec<usize> {
        let begin = paged.from.saturating_add(page.skip).min(paged.to);
        let mut places: Vec<usize> = (begin..paged.to).collect();
        match page.order {
            Some(PageOrder::Reversed) => places.reverse(),
            Some(PageOrder::Shuffled) => self.shuffle(&mut places),
            None => {}
        }
        places.splice(0..0, paged.from.saturating_sub(page.repeat_last)..paged.from);
        places.truncate(page.rows.unwrap_or(usize::MAX));
        places
    }

    /// In another order, if there is one.
    fn shuffle(&self, places: &mut [usize]) {
        let before = places.to_vec();
        let mut stream = self.seed.unwrap_or(Seed(0)).stream(["page"]);
        for last in (1..places.len()).rev() {
            places.swap(last, stream.below(last + 1));
        }
        if *places == before {
            places.reverse();
        }
    }
}

/// The number of all rows as it is told.
pub fn total(page: &Page, true_total: u64) -> u64 {
    match page.total {
        None => true_total,
        Some(Total::Is(total)) => total,
        Some(Total::Off(by)) => true_total.saturating_add_signed(by),
    }
}

/// Whether the client shows a cursor.
pub fn shows_cursor(turning: &Turning) -> bool {
    matches!(turning.stretch, Stretch::After { .. } | Stretch::Behind { .. })
}

/// The first so many rows of a list, as if it had no more.
pub struct Short<'r> {
    pub rows: &'r dyn Rows,
    pub most: usize,
}

impl Rows for Short<'_> {
    fn count(&self) -> usize {
        self.rows.count().min(self.most)
    }

    fn mark(&self, at: usize) -> Option<Mark> {
        self.rows.mark(at).filter(|_| at < self.most)
    }

    fn passed(&self, mark: &Mark) -> Option<usize> {
        self.rows.passed(mark).map(|passed| passed.min(self.most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(page: Page) -> Vec<usize> {
        let twist = Twist { seed: Some(Seed(1)), ..Twist::default() };
        twist.places(&page, &Paged::page(100, 3, 5))
    }

    #[test]
    fn rows_are_lost_repeated_and_turned() {
        assert_eq!(places(Page::default()), [10, 11, 12, 13, 14]);
        assert_eq!(places(Page { rows: Some(2), ..Page::default() }), [10, 11]);
        assert_eq!(places(Page { skip: 3, ..Page::default() }), [13, 14]);
        assert!(places(Page { skip: 9, ..Page::default() }).is_empty());
        assert_eq!(places(Page { repeat_last: 2, ..Page::default() }), [8, 9, 10, 11, 12, 13, 14]);
        assert_eq!(
            places(Page { order: Some(PageOrder::Reversed), repeat_last: 1, ..Page::default() }),
            [9, 14, 13, 12, 11, 10]
        );
        assert!(places(Page { repeat_last: 99, rows: Some(0), ..Page::default() }).is_empty());
        let shuffled = places(Page { order: Some(PageOrder::Shuffled), ..Page::default() });
        let mut sorted = shuffled.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [10, 11, 12, 13, 14]);
        assert_ne!(shuffled, sorted);
        let two = Twist::default()
            .places(&Page { order: Some(PageOrder::Shuffled), ..Page::default() }, &Paged::page(2, 1, 2));
        assert_eq!(two, [1, 0], "another order, wherever there is one");
    }

    #[test]
    fn a_total_may_be_any() {
        let told = |wanted| total(&Page { total: Some(wanted), ..Page::default() }, 10);
        assert_eq!([Total::Is(3), Total::Off(7), Total::Off(-3), Total::Off(i64::MIN)].map(told), [3, 17, 7, 0]);
    }
}
