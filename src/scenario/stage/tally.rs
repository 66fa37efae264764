//! What one rule has counted in one lane, and what its limit has left.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::asking::Foreseen;
use super::ledger::{Ledger, digest};
use super::limit::{Bucket, Quota};
use super::{Count, Occasion};
use crate::scenario::chance::Chance;
use crate::scenario::plan::{Calls, CountBy, Rule, When};
use crate::world::{Full, Room};

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub all: Count,
    /// By the values that are counted apart.
    each: Option<Box<Ledger<u64>>>,
    /// What its limit has left, if it has one. Most rules have neither, and a fresh lane has many rules.
    left: Option<Box<Left>>,
}

#[derive(Debug)]
enum Left {
    Bucket(Bucket),
    /// By the values that are limited apart.
    Each(Ledger<Bucket>),
}

/// What a rule is asked about, beside its conditions.
pub(super) struct Case<'c> {
    pub scenario: &'c str,
    pub rule: &'c Rule,
    pub occasion: &'c Occasion<'c>,
    pub captured: &'c Map<String, Value>,
    pub foreseen: &'c Foreseen,
}

impl Tally {
    /// Counts a request that meets all conditions. Its count; as an error, if the rule does not take it.
    pub fn count(&mut self, case: &Case, room: &Arc<Room>) -> Result<u64, u64> {
        self.all.counted += 1;
        let value = case.value(&case.rule.when.count_by);
        let count = match value {
            None => self.all.counted,
            Some(value) => {
                let own = self.each.get_or_insert_with(|| Box::new(Ledger::within(room))).entry(value);
                *own += 1;
                *own
            }
        };
        let takes = case.rule.when.calls.takes(count) && case.is_chosen(value, count);
        self.all.taken += u64::from(takes);
        if takes { Ok(count) } else { Err(count) }
    }

    /// The count that the next request of this kind would have.
    pub fn next(&self, case: &Case) -> u64 {
        let so_far = match case.value(&case.rule.when.count_by) {
            None => self.all.counted,
            Some(value) => self.each.as_ref().and_then(|each| each.get(value)).copied().unwrap_or_default(),
        };
        so_far + 1
    }

    /// What the limit of a rule says to a request that it takes.
    pub fn limit(&mut self, case: &Case, room: &Arc<Room>) -> Option<Quota> {
        let limit = case.rule.then.limit.as_ref()?;
        let value = case.value(&limit.by);
        let fresh = || match value {
            None => Left::Bucket(Bucket::default()),
            Some(_) => Left::Each(Ledger::within(room)),
        };
        let bucket = match &mut **self.left.get_or_insert_with(|| Box::new(fresh())) {
            Left::Bucket(bucket) => bucket,
            Left::Each(buckets) => buckets.entry(value.unwrap_or_default()),
        };
        Some(bucket.take(limit, case.occasion.now))
    }

    pub fn move_to(&mut self, room: &Arc<Room>) {
        if let Some(each) = &mut self.each {
            each.move_to(room);
        }
        if let Some(Left::Each(buckets)) = self.left.as_deref_mut() {
            buckets.move_to(room);
        }
    }

    pub fn copied(&self) -> Result<Tally, Full> {
        let each = self.each.as_ref().map(|each| each.copied().map(Box::new)).transpose()?;
        let left = self.left.as_ref().map(|left| match &**left {
            Left::Bucket(bucket) => Ok(Left::Bucket(*bucket)),
            Left::Each(buckets) => buckets.copied().map(Left::Each),
        });
        Ok(Tally { all: self.all, each, left: left.transpose()?.map(Box::new) })
    }
}

impl Case<'_> {
    /// What the value is known by that is counted apart, if any is.
    fn value(&self, by: &CountBy) -> Option<u64> {
        match by {
            CountBy::Lane => None,
            CountBy::Each(subject) => {
                let found = || digest(self.occasion.value(subject, self.captured).as_deref());
                Some(self.foreseen.digest(subject).unwrap_or_else(found))
            }
        }
    }

    /// Whether chance, if the rule has one, is for the request of this count.
    fn is_chosen(&self, value: Option<u64>, count: u64) -> bool {
        let Occasion { seed, lane, .. } = *self.occasion;
        let chance = || Chance::new(seed, lane, self.scenario, &self.rule.name, value.unwrap_or_default());
        self.rule.when.chance.is_none_or(|share| chance().takes(count, share))
    }

    /// Whether chance is for the next request.
    pub fn would_be_chosen(&self, count: u64) -> bool {
        let When { count_by, .. } = &self.rule.when;
        self.is_chosen(self.value(count_by), count)
    }
}

impl Calls {
    /// Whether the request of this count is among them.
    pub fn takes(&self, count: u64) -> bool {
        match self {
            Calls::All => true,
            Calls::Within(ranges) => ranges.iter().any(|range| range.contains(&count)),
            Calls::Every { nth, from } => count >= *from && (count - from).is_multiple_of(*nth),
        }
    }
}
