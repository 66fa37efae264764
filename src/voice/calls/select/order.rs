//! Calls in the order of a number that each of them has. Of equal ones the newest comes first, and those without the
//! number come last in either direction.

use std::iter;

use super::mask::Mask;
use crate::voice::calls::call::Call;
use crate::voice::calls::columns::{Columns, SILENT};
use crate::voice::calls::{GROWN, Handle};

/// What a list is sorted by, where that is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Start,
    Duration,
    Score,
}

/// Where a call comes among others, the smallest first: by the number, then by age.
pub type Rank = (i64, u64);

/// A call with its rank.
pub type Ranked = (Rank, Handle);

/// In place of a number, for calls that have none.
const NOTHING: i64 = i64::MAX;

/// The places of calls by a number that does not change any more.
#[derive(Debug)]
pub struct Sequence {
    places: Vec<u32>,
    /// Where in `places` the calls begin that have the least number, the next one, and so on. At the end are those that
    /// have none.
    begins: Vec<u32>,
    least: i64,
}

impl By {
    pub fn of(field: &str) -> Option<By> {
        match field {
            "start_time" | "created_at" => Some(By::Start),
            "duration" => Some(By::Duration),
            "sentiment_score" => Some(By::Score),
            _ => None,
        }
    }

    /// The rank of a call as it is now.
    pub fn rank(self, call: &Call, handle: Handle, descending: bool) -> Rank {
        let number = match self {
            By::Start => Some(call.start - call.calls.anchor),
            By::Duration => Some(call.duration().into()),
            By::Score => call.score().map(i64::from),
        };
        (directed(number, descending), age(handle))
    }
}

fn directed(number: Option<i64>, descending: bool) -> i64 {
    number.map_or(NOTHING, |number| if descending { -number } else { number })
}

/// The smaller, the newer.
fn age(handle: Handle) -> u64 {
    match handle.0 & GROWN {
        0 => 1 << 32 | u64::from(handle.0),
        _ => u64::from(!handle.0),
    }
}

impl Sequence {
    pub fn by_duration(columns: &Columns) -> Sequence {
        Sequence::new(&columns.duration, |duration| Some(duration.into()))
    }

    pub fn by_score(columns: &Columns) -> Sequence {
        Sequence::new(&columns.score, |score| Some(i64::from(score)).filter(|_| score != SILENT))
    }

    fn new<T: Copy>(column: &[T], number: impl Fn(T) -> Option<i64>) -> Sequence {
        let numbers = || column.iter().filter_map(|value| number(*value));
        let least = numbers().min().unwrap_or(0);
        let kinds = numbers().max().map_or(0, |most| (most - least) as usize + 1);
        let kind = |value: &T| number(*value).map_or(kinds, |number| (number - least) as usize);
        let mut begins = vec![0_u32; kinds + 2];
        column.iter().for_each(|value| begins[kind(value) + 1] += 1);
        for n in 1..begins.len() {
            begins[n] += begins[n - 1];
        }
        let (mut next, mut places) = (begins.clone(), vec![0; column.len()]);
        for (place, value) in column.iter().enumerate() {
            let at = &mut next[kind(value)];
            places[*at as usize] = place as u32;
            *at += 1;
        }
        Sequence { places, begins, least }
    }

    /// The calls of a mask, each with its rank.
    pub fn walk(&self, mask: &Mask, descending: bool) -> impl Iterator<Item = Ranked> {
        let kinds = self.begins.len() - 2;
        (0..=kinds).flat_map(move |n| {
            let kind = if descending && n < kinds { kinds - 1 - n } else { n };
            let number = (n < kinds).then_some(self.least + kind as i64);
            let places = &self.places[self.begins[kind] as usize..self.begins[kind + 1] as usize];
            ranked(places.iter().map(|place| *place as usize), mask, directed(number, descending))
        })
    }
}

/// The calls of a mask, the oldest first, by the seconds that each began before the anchor.
pub fn oldest_first(before: &[u32], mask: &Mask) -> impl Iterator<Item = Ranked> {
    let mut rest = before;
    let groups = iter::from_fn(move || {
        let (before, end) = (rest.last()?, rest.len());
        rest = &rest[..rest.iter().rposition(|other| other != before).map_or(0, |other| other + 1)];
        Some((*before, rest.len()..end))
    });
    groups.flat_map(move |(before, places)| ranked(places, mask, -i64::from(before)))
}

fn ranked(places: impl Iterator<Item = usize>, mask: &Mask, number: i64) -> impl Iterator<Item = Ranked> {
    let handles = places.filter(|place| mask.has(*place)).map(|place| Handle(place as u32));
    handles.map(move |handle| ((number, age(handle)), handle))
}

/// Two sequences that are in order as one.
pub fn merged(one: impl Iterator<Item = Ranked>, other: impl Iterator<Item = Ranked>) -> impl Iterator<Item = Handle> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    iter::from_fn(move || {
        let first = match (one.peek(), other.peek()) {
            (Some((a, _)), Some((b, _))) if a <= b => one.next(),
            (_, Some(_)) => other.next(),
            (_, None) => one.next(),
        };
        first.map(|(_, handle)| handle)
    })
}
