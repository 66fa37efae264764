//! Calls that begin while the clock goes on. When they come follows from the seed and the rate; what an agent is like at
//! that moment is kept with the call, as the change of an agent is for calls to come.

mod saved;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::build::Plan;
use super::call::LATEST;
use super::columns::Row;
use super::curve::{Curve, HOUR};
use super::{Calls, GROWN_IDS};
use crate::seed::Draws;
use crate::voice::dialogue::Playbook;
use crate::voice::stock::{Agent, Stock};
use crate::world::Store;

/// No lane has more of them.
pub const MOST: usize = 100_000;
/// Hours without a call after which none is expected any more.
const MOST_HOURS: i64 = 10_000;

/// The calls of one lane that began after the anchor.
#[derive(Debug, Clone, Default)]
pub struct Growth {
    /// Calls in a usual hour.
    rate: f64,
    /// Shared with copies of the lane until one of them grows.
    grown: Arc<Vec<Grown>>,
    /// Arrivals so far, and the second after the anchor at which the next one is due.
    arrived: u64,
    next: Option<i64>,
    /// The longest call, in seconds.
    longest: u32,
    /// The last names of agents that are gone: their calls stay.
    departed: Arc<BTreeMap<String, String>>,
}

#[derive(Debug, Clone)]
struct Grown {
    row: Row,
    /// Seconds from the anchor.
    start: i64,
    agent: Arc<Agent>,
}

impl Growth {
    pub fn len(&self) -> usize {
        self.grown.len()
    }

    pub fn is_empty(&self) -> bool {
        self.grown.is_empty()
    }

    /// Whether no further call begins, although some would.
    pub fn is_full(&self) -> bool {
        self.grown.len() >= MOST
    }

    pub(super) fn at(&self, place: usize) -> (Row, i64, &Agent) {
        let grown = &self.grown[place];
        (grown.row, grown.start, &grown.agent)
    }

    /// The agent with this id as the latest of its calls knew it.
    pub(super) fn agent(&self, id: &str) -> Option<&Agent> {
        self.grown.iter().rev().map(|grown| &*grown.agent).find(|agent| agent.id == id)
    }

    /// An agent goes, and leaves its calls and its name.
    pub fn part_with(&mut self, agent: &Value) {
        if let (Some(id), Some(name)) = (agent["id"].as_str(), agent["name"].as_str())
            && self.departed.len() < MOST
        {
            Arc::make_mut(&mut self.departed).insert(id.to_owned(), name.to_owned());
        }
    }

    /// The last name of an agent that is gone.
    pub(super) fn departed(&self, id: &str) -> Option<&str> {
        self.departed.get(id).map(String::as_str)
    }

    /// Places of the calls that may still change, newest first.
    pub(super) fn unsettled(&self, passed: i64) -> impl Iterator<Item = u32> + use<> {
        let latest = i64::from(self.longest) + i64::from(LATEST);
        let first = self.grown.partition_point(|grown| grown.start.saturating_add(latest) < passed);
        (first as u32..self.grown.len() as u32).rev()
    }

    /// When the next call comes, in seconds after the anchor.
    pub(super) fn next(&self) -> Option<i64> {
        self.next.filter(|_| !self.is_full())
    }
}

impl Calls {
    /// A lane's calls to come, so many in a usual hour.
    pub fn growth(&self, rate: f64) -> Growth {
        let mut growth = Growth { rate, ..Growth::default() };
        growth.next = self.arrival(&growth, 0);
        growth
    }

    /// When the next of them begins.
    pub fn next_arrival(&self, growth: &Growth) -> Option<Timestamp> {
        Timestamp::from_second(self.anchor.saturating_add(growth.next()?)).ok()
    }

    /// Lets every call begin that is due up to `now`, with the agents as they are.
    pub fn grow(&self, growth: &mut Growth, now: Timestamp, agents: &Store) {
        let passed = now.as_second().saturating_sub(self.anchor);
        if growth.next().is_none_or(|next| next > passed) {
            return;
        }
        let there: Vec<Agent> = agents.iter().filter_map(|record| Agent::read(&record.shown)).collect();
        let takers = takers(&self.stock, &there);
        let welcomes: Vec<f64> = there.iter().map(Agent::welcome_words).collect();
        let agents: Vec<Arc<Agent>> = there.iter().cloned().map(Arc::new).collect();
        let plan = Plan {
            stock: &self.stock,
            agents: &there,
            callers: &self.callers,
            curve: &self.curve,
            languages: &self.languages,
            takers: &takers,
            welcomes: &welcomes,
            draws: self.draws(),
            anchor: self.anchor,
        };
        let mut beats = Vec::new();
        while let Some(start) = growth.next().filter(|next| *next <= passed) {
            let draws = self.draws().of(GROWN_IDS | growth.grown.len() as u64);
            if let Some(row) = plan.row(draws, self.anchor + start, &mut beats) {
                let agent = agents[usize::from(row.agent)].clone();
                growth.longest = growth.longest.max(row.duration.into());
                Arc::make_mut(&mut growth.grown).push(Grown { row, start, agent });
            }
            growth.arrived += 1;
            growth.next = self.arrival(growth, start);
        }
    }

    /// The second after the anchor of the arrival that follows one at `last`: a Poisson process by the week's curve.
    fn arrival(&self, growth: &Growth, last: i64) -> Option<i64> {
        if growth.rate <= 0.0 {
            return None;
        }
        let draws: Draws = self.seed.draws("arrivals").of(growth.arrived);
        let mut wanted = -(1.0 - draws.unit(0)).ln();
        let mut at = last as f64;
        for _ in 0..MOST_HOURS {
            let second = self.anchor.saturating_add(at as i64);
            let rate = growth.rate * self.curve.at(second) / HOUR as f64;
            let left = (HOUR - second.rem_euclid(HOUR)) as f64 - at.fract();
            if rate * left >= wanted {
                return Some((at + wanted / rate).ceil() as i64);
            }
            wanted -= rate * left;
            at += left;
        }
        None
    }
}

/// The curve of all playbooks that somebody among the agents of the stock takes.
pub(super) fn curve(stock: &Stock) -> Curve {
    let taken = takers(stock, &stock.agents);
    let kinds: Vec<u16> =
        (0..stock.playbooks.len() as u16).filter(|kind| !taken[usize::from(*kind)].is_empty()).collect();
    Curve::new(stock, &kinds)
}

/// For each playbook, the agents that take it.
pub(super) fn takers(stock: &Stock, agents: &[Agent]) -> Vec<Vec<u16>> {
    let places = |playbook: &Playbook| {
        let good = agents.iter().take(usize::from(u16::MAX)).enumerate();
        let good = good.filter(|(_, agent)| agent.takes(&playbook.language, &playbook.departments));
        good.map(|(place, _)| place as u16).collect()
    };
    stock.playbooks.iter().map(places).collect()
}
