//! Lists: the rows that a request asks for, in its order, a stretch at a time.

use http::HeaderName;
use jiff::Timestamp;

use super::body::{Body, Draft};
use super::cache::Key;
use super::deeds::{Doing, Ready};
use super::layout::{Hole, Link};
use super::links::Target;
use super::paging::{self, Turning};
use super::twist::{self, Short};
use super::{Answers, Asked, item};
use crate::contract::{Location, Test};
use crate::lane::State;
use crate::problem::{Kind, Problem};
use crate::reply::Reply;
use crate::scenario::Next;
use crate::voice::calls::{Calls, Selection, View};
use crate::world::page::{Mark, Paged, Pager, Rows, Selected};
use crate::world::query::{Condition, Query};

/// Turns off that a list lies behind the clock, where it does.
const CACHE: HeaderName = HeaderName::from_static("x-mock-cache");

impl Answers {
    pub(super) fn list(&self, doing: &Doing) -> Result<Reply, Problem> {
        let (asked, state) = (doing.asked, doing.asked.lane.read());
        let as_of = as_of(doing);
        let key = doing.key(state.version, as_of.map_or(0, Timestamp::as_second));
        if let Some(ready) = self.kept(asked, &key) {
            drop(state);
            return Ok(self.read(doing, &ready));
        }
        let (query, mut state, mut key) = (query(doing), state, key);
        if let Some(calls) = asked.lane.ground.calls.as_ref().filter(|_| doing.collection.computed) {
            // Nobody who writes waits for that.
            drop(state);
            calls.seek(&query);
            state = asked.lane.read();
            key = doing.key(state.version, as_of.map_or(0, Timestamp::as_second));
        }
        item::parents(self, doing, &state)?;
        let body = match doing.collection.computed {
            true => self.calls(doing, &state, &query, as_of)?,
            false => self.records(doing, &state, &query)?,
        };
        drop(state);
        let lasts = as_of.is_some() || !doing.collection.computed;
        let until = if lasts { Timestamp::MAX } else { asked.now };
        Ok(self.keep(doing, key, Ready { until, ..Ready::lasting(body) }))
    }

    fn records(&self, doing: &Doing, state: &State, query: &Query) -> Result<Body, Problem> {
        let store = &state.stores()[doing.deed.collection];
        let rows = store.select(query);
        let selected = Selected { store, query, id_field: &doing.collection.id_field, rows: &rows };
        self.page(doing, query, &selected, |at, draft| {
            if let Some(record) = rows.get(at) {
                draft.value(&item::shown(doing, record));
            }
        })
    }

    fn calls(&self, doing: &Doing, state: &State, query: &Query, as_of: Option<Timestamp>) -> Result<Body, Problem> {
        let asked = doing.asked;
        let now = as_of.unwrap_or(asked.now);
        let Some((calls, view)) = state.calls(&asked.lane.ground, now) else {
            return Err(Problem::new(Kind::Internal));
        };
        let question = format!("{} {query:?}", doing.deed.collection);
        let (lane, version) = (asked.lane.serial, state.version);
        let key = as_of.map(|as_of| Key {
            lane,
            version,
            as_of: as_of.as_second(),
            operation: asked.operation.index,
            form: 0,
            question,
        });
        let found = key.as_ref().and_then(|key| self.shelves.found.get(key));
        let selection = found.unwrap_or_else(|| {
            let selection = calls.select(&view, query);
            if let Some(key) = key.filter(|_| selection.weight() > 0) {
                self.shelves.found.put(key, selection.clone(), selection.weight());
            }
            selection
        });
        let rows = Calling { calls, view, selection };
        // They are asked for one after the other, unless somebody has them otherwise.
        let mut page = None;
        self.page(doing, query, &rows, |at, draft| {
            let handle = match asked.twist {
                None => page.get_or_insert_with(|| rows.selection.after(at)).next(),
                Some(_) => rows.selection.get(at),
            };
            if let Some(handle) = handle {
                calls.write_row(&view, handle, &mut draft.bytes);
            }
        })
    }

    /// The stretch of the rows that was asked for, with everything that stands around it.
    fn page(
        &self,
        doing: &Doing,
        query: &Query,
        rows: &dyn Rows,
        mut write: impl FnMut(usize, &mut Draft),
    ) -> Result<Body, Problem> {
        let asked = doing.asked;
        let page = asked.twist.and_then(|twist| twist.page.as_ref());
        let short = page.and_then(|page| page.rows_in_all).map(|most| Short { rows, most });
        let rows = short.as_ref().map_or(rows, |short| short);
        let mut turning = Turning::of(asked, &self.contract.bundle);
        if let Some(page) = page {
            turning.cap(page.cap.unwrap_or(usize::MAX));
            if page.cursor_expired && twist::shows_cursor(&turning) {
                return Err(turning.bad_cursor(asked));
            }
        }
        let pager = Pager::new(&asked.lane.ground.signer, &list_name(asked), query);
        let paged = pager.paged(rows, &turning.stretch).map_err(|_| turning.bad_cursor(asked))?;
        let around = Around::new(asked, turning, paged, &pager, rows);
        let places = asked.twist.zip(page).map(|(twist, page)| twist.places(page, &paged));
        let places = places.as_deref();
        Ok(self.written(doing, Some(around.turning.style), |hole, draft| match hole {
            Hole::Rows => {
                let count = places.map_or(paged.to - paged.from, <[usize]>::len);
                draft.text("[");
                for n in 0..count {
                    draft.text(if n > 0 { "," } else { "" });
                    write(places.map_or(paged.from + n, |places| places[n]), draft);
                }
                draft.text("]");
                true
            }
            hole => around.tell(hole, draft),
        }))
    }
}

/// What stands around the rows of a page.
struct Around<'a> {
    turning: Turning<'a>,
    paged: Paged,
    total: u64,
    /// The cursor to the next page, and its address.
    cursor: Option<String>,
    next: Option<String>,
    target: Target<'a>,
}

impl<'a> Around<'a> {
    fn new(asked: &Asked<'a>, turning: Turning<'a>, paged: Paged, pager: &Pager, rows: &dyn Rows) -> Around<'a> {
        let target = Target::of(asked.request);
        let page = asked.twist.and_then(|twist| twist.page.as_ref());
        let total = page.map_or(paged.total as u64, |page| twist::total(page, paged.total as u64));
        let link = |link, cursor: Option<&str>| turning.link(link, &paged, cursor, &target);
        let (cursor, next) = match page.and_then(|page| page.next.as_ref()) {
            None => {
                let cursor = pager.next(rows, &paged);
                let next = link(Link::Next, cursor.as_deref());
                (cursor, next)
            }
            Some(Next::Null) => (None, None),
            Some(Next::Own) => (Some(pager.behind(rows, paged.from)), link(Link::Own, None)),
            Some(Next::First) => (Some(pager.behind(rows, 0)), link(Link::First, None)),
            Some(Next::Text(text)) => (Some(text.clone()), turning.link_to(text, &target)),
        };
        Around { turning, paged, total, cursor, next, target }
    }

    fn tell(&self, hole: Hole, draft: &mut Draft) -> bool {
        let Around { turning, paged, .. } = self;
        let number = match hole {
            Hole::NextCursor => return told(self.cursor.as_deref(), draft),
            Hole::Link(Link::Next) => return told(self.next.as_deref(), draft),
            Hole::Link(link) => {
                let link = turning.link(link, paged, self.cursor.as_deref(), &self.target);
                return told(link.as_deref(), draft);
            }
            Hole::HasNext => return draft.flag(paged.has_next()),
            Hole::HasPrevious => return draft.flag(paged.from > 0),
            Hole::Total => self.total,
            Hole::Count => (paged.to - paged.from) as u64,
            Hole::Page => turning.page(paged),
            Hole::TotalPages => paged.total_pages,
            Hole::Size => turning.size.unwrap_or(self.total),
            Hole::Offset => turning.skipped(paged),
            Hole::Rows | Hole::Record => return false,
        };
        draft.number(number);
        true
    }
}

fn told(text: Option<&str>, draft: &mut Draft) -> bool {
    text.map(|text| draft.value(&text.into())).is_some()
}

/// The moment as of which a computed list is told: the last whole interval of its cache since the world began. `None` where
/// it is told as of now, or does not go by the clock at all.
pub fn as_of(doing: &Doing) -> Option<Timestamp> {
    let (asked, cache) = (doing.asked, i64::from(doing.deed.cache));
    let off = asked.request.header(CACHE).is_some_and(|value| value.eq_ignore_ascii_case("off"));
    if !doing.collection.computed || cache == 0 || off {
        return None;
    }
    let anchor = asked.lane.ground.anchor.as_second();
    let second = anchor + (asked.now.as_second() - anchor).div_euclid(cache) * cache;
    Timestamp::from_second(second).ok()
}

/// Calls as rows. They never leave their place among all others, so a cursor need not know what they were sorted by.
struct Calling<'a> {
    calls: &'a Calls,
    view: View<'a>,
    selection: Selection,
}

impl Rows for Calling<'_> {
    fn count(&self) -> usize {
        self.selection.len()
    }

    fn mark(&self, at: usize) -> Option<Mark> {
        let id = self.calls.id(&self.view, self.selection.get(at)?);
        Some(Mark { id, value: None, place: 0 })
    }

    fn passed(&self, mark: &Mark) -> Option<usize> {
        let handle = self.calls.find(&self.view, &mark.id)?;
        self.selection.place(handle).map(|place| place + 1)
    }
}

/// What the request's parameters let through, and in which order.
pub fn query(doing: &Doing) -> Query {
    let asked = doing.asked;
    let filters = asked.operation.parameters.iter().filter_map(|parameter| {
        let filter = parameter.filter.as_ref()?;
        let value = paging::value(asked, parameter)?;
        // Nothing is a part of every text, and of a record without any text too.
        let narrows = filter.test != Test::Contains || value.as_str() != Some("");
        narrows.then(|| Condition { fields: filter.fields.clone(), test: filter.test, value: value.clone() })
    });
    let under = doing.deed.under.iter().filter_map(|(parameter, field, _)| {
        let value = asked.values.get(Location::Path, parameter)?;
        Some(Condition { fields: vec![field.clone()], test: Test::Equals, value: value.clone() })
    });
    Query { conditions: filters.chain(under).collect(), order: paging::order(asked) }
}

/// What a cursor belongs to, beside the query.
fn list_name(asked: &Asked) -> String {
    let values: Vec<&str> = asked.path.iter().map(|(_, value)| value).collect();
    format!("{} {values:?}", asked.operation.id)
}
