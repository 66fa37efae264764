//! Which calls a list asks for, and in which order. The columns answer for all calls that change no more; those few that
//! may still change are looked at one by one, and so are those that began after the anchor.

mod check;
mod mask;
mod order;

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use self::check::Check;
pub(super) use self::mask::Mask;
use self::order::{By, Ranked, Sequence, merged, oldest_first};
use super::call::{Call, LATEST};
use super::columns::Columns;
use super::{Calls, GROWN, Handle, View, show};
use crate::world::matching;
use crate::world::query::{Order, Query};

/// The calls that a query lets through, in its order. No more is worked out than is asked for: a stretch costs what comes
/// before it and itself. May be kept for the next page; a copy is a few words.
#[derive(Debug, Clone)]
pub struct Selection {
    rows: Rows,
    len: usize,
}

#[derive(Debug, Clone)]
enum Rows {
    /// All of them, newest first.
    All {
        grown: u32,
        base: u32,
    },
    /// Newest first.
    Some {
        grown: Arc<[Handle]>,
        base: Arc<Mask>,
    },
    /// Oldest first.
    Oldest {
        columns: Arc<Columns>,
        base: Arc<Mask>,
        others: Arc<[Ranked]>,
    },
    /// By another number. The calls whose number may change stand apart, in order.
    By {
        order: Arc<Sequence>,
        descending: bool,
        base: Arc<Mask>,
        others: Arc<[Ranked]>,
    },
    Listed(Arc<[Handle]>),
}

/// The orders of settled calls, made when they are first asked for.
#[derive(Debug, Default)]
pub(super) struct Orders {
    duration: OnceLock<Arc<Sequence>>,
    score: OnceLock<Arc<Sequence>>,
}

impl Selection {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn iter(&self) -> Box<dyn Iterator<Item = Handle> + '_> {
        self.after(0)
    }

    pub fn get(&self, at: usize) -> Option<Handle> {
        self.after(at).next()
    }

    /// Where a call stands among them.
    pub fn place(&self, handle: Handle) -> Option<usize> {
        match &self.rows {
            Rows::All { grown, base } => {
                let (place, all) = (handle.0 & !GROWN, if handle.0 & GROWN == 0 { base } else { grown });
                let place = (place < *all).then_some(place)?;
                Some(if handle.0 & GROWN == 0 { grown + place } else { grown - 1 - place } as usize)
            }
            _ => self.iter().position(|one| one == handle),
        }
    }

    /// The bytes that it takes to keep it.
    pub fn weight(&self) -> usize {
        match &self.rows {
            Rows::All { .. } => 0,
            Rows::Some { grown, base } => size_of_val(&**grown) + base.weight(),
            Rows::Oldest { base, others, .. } | Rows::By { base, others, .. } => size_of_val(&**others) + base.weight(),
            Rows::Listed(handles) => size_of_val(&**handles),
        }
    }

    /// All but so many of the first ones.
    pub fn after(&self, skipped: usize) -> Box<dyn Iterator<Item = Handle> + '_> {
        let based = |place: usize| Handle(place as u32);
        match &self.rows {
            Rows::All { grown, base } => {
                let new = (0..*grown).rev().map(|place| Handle(place | GROWN));
                let old = skipped.saturating_sub(*grown as usize)..*base as usize;
                Box::new(new.skip(skipped).chain(old.map(based)))
            }
            Rows::Some { grown, base } => {
                let old = base.rows(skipped.saturating_sub(grown.len()));
                Box::new(grown.iter().skip(skipped).copied().chain(old.map(based)))
            }
            Rows::Oldest { columns, base, others } => {
                Box::new(merged(oldest_first(&columns.before, base), others.iter().copied()).skip(skipped))
            }
            Rows::By { order, descending, base, others } => {
                Box::new(merged(order.walk(base, *descending), others.iter().copied()).skip(skipped))
            }
            Rows::Listed(handles) => Box::new(handles.iter().skip(skipped).copied()),
        }
    }
}

impl Calls {
    /// Does what takes long about a query and does not depend on the lane, so that [`Calls::select`] finds it done.
    pub fn seek(&self, query: &Query) {
        for condition in &query.conditions {
            if let Check::Search(search) = Check::new(self, condition) {
                search.found(self);
            }
        }
    }

    pub fn select(&self, view: &View, query: &Query) -> Selection {
        let order = query.order.as_ref().filter(|order| !order.descending || By::of(&order.field) != Some(By::Start));
        if query.conditions.is_empty() && order.is_none() {
            let (grown, base) = (view.begun, self.columns.len());
            return Selection { rows: Rows::All { grown: grown as u32, base: base as u32 }, len: grown + base };
        }
        let mut checks: Vec<Check> = query.conditions.iter().map(|condition| Check::new(self, condition)).collect();
        checks.sort_by_key(Check::cost);
        let (grown, base) = (self.since_anchor(view, &checks), self.before_anchor(view, &checks));
        let len = grown.len() + base.count();
        let rows = match order {
            None => Rows::Some { grown: grown.into(), base: Arc::new(base) },
            Some(order) => match By::of(&order.field) {
                Some(by) => self.ranked(view, by, order.descending, grown, base),
                None => Rows::Listed(self.sorted(view, order, grown, base).into()),
            },
        };
        Selection { rows, len }
    }

    /// The calls of the columns that meet all conditions.
    fn before_anchor(&self, view: &View, checks: &[Check]) -> Mask {
        let mut mask = Mask::all(self.columns.len());
        for check in checks {
            check.sift(self, &mut mask);
        }
        let meets = |place: usize| {
            let call = self.call(view, Handle(place as u32));
            checks.iter().all(|check| check.holds(&call, view))
        };
        if checks.iter().any(Check::is_open) {
            let found: Vec<usize> = mask.rows(0).filter(|place| !meets(*place)).collect();
            found.into_iter().for_each(|place| mask.set(place, false));
        }
        // What the columns have of these is what they will be, or not the whole.
        for place in self.moving(view).chain(self.pinned.iter().map(|(place, _)| *place as usize)) {
            mask.set(place, meets(place));
        }
        mask
    }

    /// The calls that began after the anchor and meet all conditions, newest first.
    fn since_anchor(&self, view: &View, checks: &[Check]) -> Vec<Handle> {
        let all = (0..view.begun as u32).rev().map(|place| Handle(place | GROWN));
        let meets = |handle: &Handle| {
            let call = self.call(view, *handle);
            checks.iter().all(|check| check.holds(&call, view))
        };
        all.filter(meets).collect()
    }

    /// Places of the calls in the columns that may still change, or are no more as the columns have them.
    fn moving(&self, view: &View) -> impl Iterator<Item = usize> {
        let since = view.now.as_second().saturating_sub(self.anchor);
        let changes = move |place: &usize| {
            let latest = i64::from(self.columns.duration[*place]) + i64::from(LATEST);
            since + i64::from(self.columns.before[*place]) < latest || self.is_cut(view, *place)
        };
        (0..self.recent(view)).filter(changes)
    }

    fn ranked(&self, view: &View, by: By, descending: bool, grown: Vec<Handle>, mut base: Mask) -> Rows {
        let moving: Vec<usize> = self.moving(view).filter(|place| base.has(*place)).collect();
        moving.iter().for_each(|place| base.set(*place, false));
        let others = grown.into_iter().chain(moving.into_iter().map(|place| Handle(place as u32)));
        let mut others: Vec<Ranked> =
            others.map(|handle| (by.rank(&self.call(view, handle), handle, descending), handle)).collect();
        others.sort_unstable();
        let (base, others, columns) = (Arc::new(base), others.into(), &self.columns);
        let order = match by {
            By::Start => return Rows::Oldest { columns: columns.clone(), base, others },
            By::Duration => self.orders.duration.get_or_init(|| Arc::new(Sequence::by_duration(columns))),
            By::Score => self.orders.score.get_or_init(|| Arc::new(Sequence::by_score(columns))),
        };
        Rows::By { order: order.clone(), descending, base, others }
    }

    /// By a field of the whole record.
    fn sorted(&self, view: &View, order: &Order, grown: Vec<Handle>, base: Mask) -> Vec<Handle> {
        let all = grown.into_iter().chain(base.rows(0).map(|place| Handle(place as u32)));
        let keyed = all.map(|handle| (field_of(&self.call(view, handle), view, &order.field), handle));
        let mut keyed: Vec<(Option<Value>, Handle)> = keyed.collect();
        keyed.sort_by(|(a, _), (b, _)| match (a, b) {
            (Some(a), Some(b)) if order.descending => matching::compare(b, a),
            (Some(a), Some(b)) => matching::compare(a, b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        keyed.into_iter().map(|(_, handle)| handle).collect()
    }
}

fn field_of(call: &Call, view: &View, field: &str) -> Option<Value> {
    let record = show::whole(call, view);
    crate::world::at(&record, field).filter(|value| !value.is_null()).cloned()
}

#[cfg(test)]
mod tests;
