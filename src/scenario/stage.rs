//! What one lane has of its scenarios: which are armed, how often each rule has counted, their states, and what was
//! captured. Asked once for each request, it says which rules take it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::effect::Then;
use super::plan::{Calls, Operations, Rule, Scenario, Subject};
use crate::contract::{Location, Operation, PathValues, Values};
use crate::request::Request;
use crate::seed::Seed;

/// The state in which a scenario begins.
pub const START: &str = "start";

/// The scenarios of one lane.
#[derive(Debug, Default)]
pub struct Stage {
    /// Most lanes have none, and find that out without a lock.
    busy: AtomicBool,
    playing: Mutex<Vec<Playing>>,
}

/// One scenario in one lane.
#[derive(Debug, Clone)]
struct Playing {
    scenario: Arc<Scenario>,
    since: Timestamp,
    state: String,
    captured: Map<String, Value>,
    /// How many requests each rule has counted.
    counts: Vec<u64>,
}

/// How a scenario stands.
#[derive(Debug, Clone)]
pub struct Armed {
    pub scenario: Arc<Scenario>,
    pub since: Timestamp,
    pub state: String,
    pub captured: Map<String, Value>,
    pub counts: Vec<u64>,
}

/// A request, with what rules may ask of it.
pub struct Occasion<'a> {
    pub operation: &'a Operation,
    pub request: &'a Request,
    pub values: &'a Values,
    pub path: &'a PathValues,
    pub body: Option<&'a Value>,
    /// As it came.
    pub key: Option<&'a str>,
    pub lane: &'a str,
    pub now: Timestamp,
    pub seed: Seed,
    /// The contract refuses it.
    pub refused: bool,
}

/// The rules that take a request, in their order.
#[derive(Debug, Default)]
pub struct Wanted {
    pub fired: Vec<Fired>,
}

/// One rule that takes a request, with the state of its scenario at that moment.
#[derive(Debug)]
pub struct Fired {
    pub scenario: Arc<Scenario>,
    /// Its place among the scenario's rules.
    pub place: usize,
    /// The how manieth request it counted.
    pub count: u64,
    pub state: String,
    pub captured: Map<String, Value>,
}

impl Fired {
    pub fn rule(&self) -> &Rule {
        &self.scenario.rules[self.place]
    }
}

impl Wanted {
    /// What the first rule says that says something of the kind.
    pub fn first<'w, T>(&'w self, of: impl Fn(&'w Then) -> Option<T>) -> Option<(&'w Fired, T)> {
        self.fired.iter().find_map(|fired| Some((fired, of(&fired.rule().then)?)))
    }
}

impl Stage {
    pub fn is_empty(&self) -> bool {
        !self.busy.load(Ordering::Acquire)
    }

    /// Arms a scenario from its beginning, in the place of one that has its name.
    pub fn arm(&self, scenario: Arc<Scenario>, now: Timestamp) {
        let mut playing = self.lock();
        let fresh = Playing::new(scenario, now);
        match playing.iter_mut().find(|known| known.scenario.name == fresh.scenario.name) {
            Some(known) => *known = fresh,
            None => playing.push(fresh),
        }
        self.busy.store(true, Ordering::Release);
    }

    /// Whether there was one of this name.
    pub fn disarm(&self, name: &str) -> bool {
        let mut playing = self.lock();
        let before = playing.len();
        playing.retain(|known| known.scenario.name != name);
        self.busy.store(!playing.is_empty(), Ordering::Release);
        playing.len() < before
    }

    pub fn list(&self) -> Vec<Armed> {
        let armed = |playing: &Playing| {
            let Playing { scenario, since, state, captured, counts } = playing.clone();
            Armed { scenario, since, state, captured, counts }
        };
        self.lock().iter().map(armed).collect()
    }

    /// Which rules take a request. They count it.
    pub fn ask(&self, occasion: &Occasion) -> Wanted {
        if self.is_empty() {
            return Wanted::default();
        }
        let mut wanted = Wanted::default();
        for playing in self.lock().iter_mut() {
            playing.ask(occasion, &mut wanted);
        }
        wanted
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Playing>> {
        self.playing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Playing {
    fn new(scenario: Arc<Scenario>, now: Timestamp) -> Playing {
        let counts = vec![0; scenario.rules.len()];
        Playing { scenario, since: now, state: START.to_owned(), captured: Map::new(), counts }
    }

    fn ask(&mut self, occasion: &Occasion, wanted: &mut Wanted) {
        for (place, rule) in self.scenario.rules.iter().enumerate() {
            if !fits(rule, occasion, &self.state) {
                continue;
            }
            self.counts[place] += 1;
            let count = self.counts[place];
            if !rule.when.calls.takes(count) {
                continue;
            }
            let (state, captured) = (self.state.clone(), self.captured.clone());
            if let Some(next) = &rule.then.state {
                self.state = next.clone();
            }
            wanted.fired.push(Fired { scenario: self.scenario.clone(), place, count, state, captured });
            if rule.stop {
                break;
            }
        }
    }
}

fn fits(rule: &Rule, occasion: &Occasion, state: &str) -> bool {
    let when = &rule.when;
    when.refused == occasion.refused
        && when.operations.has(occasion.operation.index)
        && (when.states.is_empty() || when.states.iter().any(|known| known == state))
        && when.conditions.iter().all(|condition| {
            let value = occasion.value(&condition.of);
            condition.test.passes(value.as_ref())
        })
}

impl Occasion<'_> {
    fn value(&self, subject: &Subject) -> Option<Value> {
        match subject {
            Subject::Path(name) => self.values.get(Location::Path, name).cloned(),
            Subject::Query(name) => self.values.get(Location::Query, name).cloned(),
            Subject::Header(name) => self.request.header(name).map(Value::from),
            Subject::Body(place) => self.body?.pointer(place).cloned(),
            Subject::Key => self.key.map(Value::from),
            Subject::Lane => Some(Value::from(self.lane)),
            Subject::Captured(_) | Subject::Answer(_) => None,
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
