//! Calls that are ended before their time, by whoever scripts a lane: their talk breaks off, and what is told of them is what
//! was heard until then.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::call::Call;
use super::columns::{Fate, NEVER, Row, SILENT};
use super::course::listen;
use super::growth::Growth;
use super::{Calls, GROWN, Handle, View};
use crate::world::{Full, Store};

/// No lane ends more of those that began before the anchor.
pub const MOST: usize = 1_000;

/// Calls of the columns that ended before their time, as they ended, by their places.
#[derive(Debug, Clone, Default)]
pub struct Cuts(Arc<BTreeMap<u32, Row>>);

/// What came of ending a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Now,
    /// It had ended already.
    Before,
    /// There is no such call.
    Unknown,
}

impl Cuts {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn get(&self, place: u32) -> Option<&Row> {
        self.0.get(&place)
    }

    /// So many of the first places may have one.
    pub fn reach(&self) -> usize {
        self.0.last_key_value().map_or(0, |(place, _)| *place as usize + 1)
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &Row)> {
        self.0.iter().map(|(place, row)| (*place, row))
    }

    pub(super) fn put(&mut self, place: u32, row: Row) {
        Arc::make_mut(&mut self.0).insert(place, row);
    }
}

impl Calls {
    /// Ends a call that runs at a moment.
    pub fn end(&self, growth: &mut Growth, now: jiff::Timestamp, agents: &Store, id: &str) -> Result<Ended, Full> {
        let view = self.view(now, growth, agents);
        let Some(handle) = self.find(&view, id) else { return Ok(Ended::Unknown) };
        let call = self.call(&view, handle);
        if !call.running() {
            return Ok(Ended::Before);
        }
        let seconds = u16::try_from(call.duration()).unwrap_or(u16::MAX);
        let row = call.broken_off(seconds);
        match handle.0 & GROWN {
            0 => growth.cut(handle.0, row)?,
            _ => growth.cut_grown((handle.0 ^ GROWN) as usize, row),
        }
        Ok(Ended::Now)
    }

    /// The calls of the columns whose rows hold no longer.
    pub(super) fn is_cut(&self, view: &View, place: usize) -> bool {
        u32::try_from(place).is_ok_and(|place| view.growth.cuts().get(place).is_some())
    }

    /// The row of a call of the columns that ended after so many seconds, if it would have taken longer.
    pub(super) fn cut_row(&self, place: u32, seconds: u16) -> Option<Row> {
        let call = ((place as usize) < self.columns.len()).then(|| self.ended(Handle(place)))?;
        (seconds <= call.row.duration && call.told().is_some()).then(|| call.broken_off(seconds))
    }
}

impl Call<'_> {
    /// Its row if it ends after so many seconds. A caller who has hung up before anybody answered has done so still.
    pub(super) fn broken_off(&self, seconds: u16) -> Row {
        let Some((playbook, ending)) = self.told() else { return Row { duration: seconds, ..self.row } };
        let heard = listen(self.beats(), playbook, ending, self.draws, 10 * u32::from(seconds));
        Row {
            duration: seconds,
            fate: if self.row.fate == Fate::Abandoned { Fate::Abandoned } else { Fate::Completed },
            score: heard.score.unwrap_or(SILENT),
            topics: heard.marks.topics,
            keywords: heard.marks.keywords,
            response: heard.response.unwrap_or(NEVER),
            lines: heard.lines,
            stills: heard.stills,
            ..self.row
        }
    }
}
