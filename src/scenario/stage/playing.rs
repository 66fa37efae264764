//! One scenario in one lane: its counts, its state, what it captured, and what it wants of a request.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::ledger::{Ledger, digest};
use super::{Armed, Count, Fired, Occasion, START, Wanted};
use crate::scenario::chance::Chance;
use crate::scenario::plan::{Calls, CountBy, Moment, Operations, Part, Rule, Scenario, Subject, When, Window};

/// As many values of a subject are counted apart by one rule.
const MOST_VALUES: usize = 10_000;

#[derive(Debug, Clone)]
pub(super) struct Playing {
    pub scenario: Arc<Scenario>,
    /// Unlike that of any other that began in this lane.
    pub serial: u64,
    since: Timestamp,
    state: Arc<str>,
    captured: Arc<Map<String, Value>>,
    tallies: Box<[Tally]>,
}

/// What one rule has counted.
#[derive(Debug, Clone, Default)]
struct Tally {
    all: Count,
    /// By the values that it counts apart.
    each: Option<Box<Ledger<u64>>>,
}

impl Playing {
    pub fn new(scenario: Arc<Scenario>, now: Timestamp, serial: u64) -> Playing {
        let tallies = vec![Tally::default(); scenario.rules.len()].into();
        Playing { scenario, serial, since: now, state: START.into(), captured: Arc::default(), tallies }
    }

    pub fn is(&self, name: &str) -> bool {
        self.scenario.name == name
    }

    pub fn told(&self, named: bool) -> Armed {
        let Playing { scenario, since, state, captured, tallies, .. } = self.clone();
        let counts = tallies.iter().map(|tally| tally.all).collect();
        Armed { scenario, named, since, state, captured, counts }
    }

    /// Adds the rules that take a request. Whether nobody else has a say.
    pub fn ask(&mut self, occasion: &Occasion, wanted: &mut Wanted) -> bool {
        let first = wanted.fired.len();
        let scenario = self.scenario.clone();
        let mut stopped = false;
        for place in scenario.concern.of(&scenario.rules, occasion.operation.index) {
            let (rule, part) = (&scenario.rules[place], Part::Rule(place));
            if self.lets_in(&rule.when, occasion)
                && let Some(count) = self.tallies[place].count(&scenario, rule, occasion, &self.captured)
            {
                self.take(&scenario, part, count, wanted);
                stopped = rule.stop;
            }
            if stopped {
                break;
            }
        }
        self.settle(occasion, &mut wanted.fired[first..]);
        stopped
    }

    fn lets_in(&self, when: &When, occasion: &Occasion) -> bool {
        when.refused == occasion.refused
            && (when.states.is_empty() || when.states.iter().any(|known| **known == *self.state))
            && when.time.as_ref().is_none_or(|window| window.has(occasion.now, self.since))
            && when.conditions.iter().all(|condition| occasion.meets(condition, &self.captured))
    }

    fn take(&self, scenario: &Arc<Scenario>, part: Part, count: u64, wanted: &mut Wanted) {
        let (scenario, state, captured) = (scenario.clone(), self.state.clone(), self.captured.clone());
        let serial = self.serial;
        wanted.fired.push(Fired { scenario, serial, part, count, state, captured });
    }

    /// What the rules that took a request change. All of them were judged by what the request found.
    fn settle(&mut self, occasion: &Occasion, fired: &mut [Fired]) {
        let mut captured = Vec::new();
        for (name, subject) in fired.iter().flat_map(|fired| &fired.rule().then.capture) {
            captured.extend(occasion.value(subject, &self.captured).map(|value| (name, value.into_owned())));
        }
        if self.keep(captured) {
            fired.iter_mut().for_each(|fired| fired.captured = self.captured.clone());
        }
        if let Some(state) = fired.iter().find_map(|fired| fired.rule().then.state.as_deref()) {
            self.state = state.into();
        }
    }
}

impl Playing {
    /// Keeps what was captured; of two values of one name the first. Whether there was any.
    pub fn keep(&mut self, captured: Vec<(&String, Value)>) -> bool {
        if captured.is_empty() {
            return false;
        }
        let kept = Arc::make_mut(&mut self.captured);
        kept.extend(captured.into_iter().rev().map(|(name, value)| (name.clone(), value)));
        true
    }
}

impl Tally {
    /// Counts a request that meets all other conditions; its count, if the rule takes it.
    fn count(
        &mut self,
        scenario: &Scenario,
        rule: &Rule,
        occasion: &Occasion,
        captured: &Map<String, Value>,
    ) -> Option<u64> {
        let When { count_by, calls, chance, .. } = &rule.when;
        self.all.counted += 1;
        let (value, count) = match count_by {
            CountBy::Lane => (0, self.all.counted),
            CountBy::Each(subject) => {
                let value = digest(occasion.value(subject, captured).as_deref());
                let own = self.each.get_or_insert_default().entry(value, MOST_VALUES);
                *own += 1;
                (value, *own)
            }
        };
        let chosen = || {
            chance.is_none_or(|share| {
                let Occasion { seed, lane, .. } = *occasion;
                Chance::new(seed, lane, &scenario.name, &rule.name, value).takes(count, share)
            })
        };
        let takes = calls.takes(count) && chosen();
        self.all.taken += u64::from(takes);
        takes.then_some(count)
    }
}

impl Window {
    /// Whether a moment lies in it, for a scenario that was armed at `since`.
    pub(in crate::scenario) fn has(&self, now: Timestamp, since: Timestamp) -> bool {
        self.from.as_ref().is_none_or(|from| from.of(since) <= now)
            && self.until.as_ref().is_none_or(|until| now < until.of(since))
    }
}

impl Moment {
    pub(in crate::scenario) fn of(&self, since: Timestamp) -> Timestamp {
        match self {
            Moment::At(moment) => *moment,
            Moment::After(time) => since.checked_add(*time).unwrap_or(Timestamp::MAX),
        }
    }
}

impl Operations {
    pub fn has(&self, index: usize) -> bool {
        match self {
            Operations::All => true,
            Operations::Some(places) => places.binary_search(&index).is_ok(),
        }
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

impl Subject {
    /// It is read from the answer, once there is one.
    pub fn is_answer(&self) -> bool {
        matches!(self, Subject::Answer(_))
    }
}
