//! Which rows of a list are answered: pages by number, stretches by offset, and cursors.
//!
//! A cursor is opaque to whoever gets it. It remembers the last row by the place that this has in the order, so that a walk
//! goes on behind it even when the row itself has changed or gone; and it is signed together with the question it
//! belongs to, so that it is good for no other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::matching::Rank;
use super::query::{Query, Stretch};
use super::record::{Record, id_text};
use super::store::{self, Store};
use crate::signature::Signer;

/// A cursor takes no more of an address than this.
const LONGEST: usize = 2_000;
const SIGNATURE: usize = 32;

/// Rows in their order, as far as paging asks for them.
pub trait Rows {
    fn count(&self) -> usize;

    /// What a cursor remembers of a row.
    fn mark(&self, at: usize) -> Option<Mark>;

    /// How many rows there are up to the marked one, and with it; `None` if nothing is known of it any more.
    fn passed(&self, mark: &Mark) -> Option<usize>;
}

/// A row that was answered last.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub id: String,
    /// What it was sorted by, and which of its equals it was. Rows that never leave their place need neither.
    pub value: Option<Value>,
    pub place: u64,
}

/// The rows that are answered, from `from` up to `to`, and the numbers that go with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paged {
    pub from: usize,
    pub to: usize,
    /// All rows, on whatever page.
    pub total: usize,
    /// Counts from 1. Where an offset was asked for it is the page in which that lies.
    pub page: u64,
    pub per_page: u64,
    pub total_pages: u64,
}

/// The cursor was not made for this list, or not by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadCursor;

/// Makes and reads the cursors of one question.
pub struct Pager<'q> {
    signer: &'q Signer,
    /// The list, the records that it is about, and what was asked of it.
    question: String,
}

impl Paged {
    fn new(total: usize, from: u64, limit: u64) -> Paged {
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(total);
        let to = from.saturating_add(usize::try_from(limit).unwrap_or(usize::MAX)).min(total);
        let per_page = limit.max(1);
        Paged {
            from,
            to,
            total,
            page: from as u64 / per_page + 1,
            per_page: limit,
            total_pages: (total as u64).div_ceil(per_page),
        }
    }

    /// A page by its number. One past the end is empty.
    pub fn page(total: usize, page: u64, per_page: u64) -> Paged {
        let page = page.max(1);
        Paged { page, ..Paged::new(total, (page - 1).saturating_mul(per_page), per_page) }
    }

    /// Whether there are rows after these.
    pub fn has_next(&self) -> bool {
        self.to < self.total
    }
}

impl<'q> Pager<'q> {
    /// `list` names what is listed: the operation, and what its path says.
    pub fn new(signer: &'q Signer, list: &str, query: &Query) -> Pager<'q> {
        Pager { signer, question: format!("{list} {query:?}") }
    }

    pub fn paged(&self, rows: &dyn Rows, stretch: &Stretch) -> Result<Paged, BadCursor> {
        let total = rows.count();
        match stretch {
            Stretch::Page { page, per_page } => Ok(Paged::page(total, *page, *per_page)),
            Stretch::Offset { offset, limit } => Ok(Paged::new(total, *offset, *limit)),
            Stretch::After { cursor, limit } => {
                let from = self.behind_cursor(rows, cursor).ok_or(BadCursor)?;
                Ok(Paged::new(total, from, *limit))
            }
            Stretch::Behind { row, limit } => {
                let by_id = || rows.passed(&Mark { id: row.clone(), value: None, place: 0 });
                let from = self.behind_cursor(rows, row).or_else(|| by_id().map(|passed| passed as u64));
                Ok(Paged::new(total, from.ok_or(BadCursor)?, *limit))
            }
        }
    }

    /// How many rows stand before what a cursor leads to.
    fn behind_cursor(&self, rows: &dyn Rows, cursor: &str) -> Option<u64> {
        let (mark, passed) = self.read(cursor)?;
        Some(rows.passed(&mark).map_or(passed, |passed| passed as u64))
    }

    /// The cursor to what follows these rows, if anything does.
    pub fn next(&self, rows: &dyn Rows, paged: &Paged) -> Option<String> {
        let last = paged.to.checked_sub(1).filter(|last| paged.has_next() && *last >= paged.from)?;
        Some(self.written(rows.mark(last)?, paged.to))
    }

    /// A cursor to what stands behind so many rows.
    pub fn behind(&self, rows: &dyn Rows, passed: usize) -> String {
        let nobody = Mark { id: String::new(), value: None, place: 0 };
        let mark = passed.checked_sub(1).and_then(|last| rows.mark(last)).unwrap_or(nobody);
        self.written(mark, passed)
    }

    /// What is too long is not taken along: by its value a row is found without its id, and by its id without that. By
    /// neither, the walk goes on after as many rows.
    fn written(&self, Mark { id, value, place }: Mark, passed: usize) -> String {
        let mut attempts = [(&*id, &value), ("", &value), (&*id, &None)].into_iter();
        let attempt = attempts
            .find_map(|(id, value)| Some(self.cursor(id, value.as_ref(), place, passed)).filter(|cursor| fits(cursor)));
        attempt.unwrap_or_else(|| self.cursor("", None, place, passed))
    }

    fn cursor(&self, id: &str, value: Option<&Value>, place: u64, passed: usize) -> String {
        let said = json!([id, value.is_some(), value, place, passed]).to_string();
        let signature = self.signer.sign(&["cursor", &self.question, &said]);
        URL_SAFE_NO_PAD.encode(signature + &said)
    }

    /// The last row, and how many there were up to it.
    fn read(&self, cursor: &str) -> Option<(Mark, u64)> {
        if !fits(cursor) {
            return None;
        }
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (signature, said) = text.split_at_checked(SIGNATURE)?;
        if !self.signer.is_good(&["cursor", &self.question, said], signature) {
            return None;
        }
        let (id, known, value, place, passed) = serde_json::from_str::<(String, bool, Value, u64, u64)>(said).ok()?;
        Some((Mark { id, value: known.then_some(value), place }, passed))
    }
}

fn fits(cursor: &str) -> bool {
    cursor.len() <= LONGEST
}

/// The rows that a store gave for a query.
pub struct Selected<'s> {
    pub store: &'s Store,
    pub query: &'s Query,
    pub id_field: &'s str,
    pub rows: &'s [Record],
}

impl Selected<'_> {
    fn id(&self, at: usize) -> Option<String> {
        let id = self.rows.get(at)?.shown.get(self.id_field)?;
        id_text(id).map(|id| id.into_owned())
    }
}

impl Rows for Selected<'_> {
    fn count(&self) -> usize {
        self.rows.len()
    }

    fn mark(&self, at: usize) -> Option<Mark> {
        let id = self.id(at)?;
        let order = self.query.order.as_ref();
        let value = order.map_or(Some(&Value::Null), |order| self.rows.get(at)?.field(&order.field));
        let value = Some(value.cloned().unwrap_or_default());
        Some(Mark { place: self.store.place(&id)?, value, id })
    }

    /// By the order itself, so that it makes no difference what became of the marked row.
    fn passed(&self, mark: &Mark) -> Option<usize> {
        let Some(value) = &mark.value else {
            return (0..self.rows.len()).find(|at| self.id(*at).as_ref() == Some(&mark.id)).map(|at| at + 1);
        };
        let order = self.query.order.as_ref();
        let descending = order.is_some_and(|order| order.descending);
        let marked = if order.is_some() { Rank::of(value) } else { Rank::Nothing };
        let is_passed = |record: &Record| {
            let id = record.shown.get(self.id_field).and_then(id_text);
            let place = id.and_then(|id| self.store.place(&id)).unwrap_or(0);
            store::in_order((&store::rank(record, order), place), (&marked, mark.place), descending).is_le()
        };
        Some(self.rows.partition_point(is_passed))
    }
}

#[cfg(test)]
mod tests;
