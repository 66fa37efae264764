//! A lane's calls, to be put away and brought back. Of each only what was settled when it began is kept: the rest follows
//! from the seed, as it did then.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Grown, Growth, MOST};
use crate::voice::calls::columns::{Person, Row};
use crate::voice::calls::tale::Tale;
use crate::voice::calls::{Calls, GROWN_IDS};
use crate::voice::stock::Agent;

#[derive(Serialize, Deserialize)]
struct Saved {
    rate: f64,
    arrived: u64,
    next: Option<i64>,
    /// The agents as the calls knew them.
    agents: Vec<Agent>,
    calls: Vec<Began>,
    /// The last names of agents that are gone.
    departed: BTreeMap<String, String>,
}

/// A call when it began.
#[derive(Serialize, Deserialize)]
struct Began {
    /// Seconds after the anchor.
    start: i64,
    dialogue: String,
    /// The place among the agents.
    agent: usize,
    person: u32,
    number: u64,
}

/// Calls in an hour.
const FASTEST: f64 = 1e5;
/// Seconds that no clock of ours ever shows.
const FAR: i64 = 1 << 40;
/// Digits of a telephone number.
const LARGEST: u64 = 999_999_999_999_999;

impl Calls {
    pub fn save(&self, growth: &Growth) -> Value {
        let mut agents: Vec<Arc<Agent>> = Vec::new();
        let calls = growth.grown.iter().map(|grown| {
            // The same agent is known to one call after the other: it is looked for from behind.
            let known = agents.iter().rposition(|agent| Arc::ptr_eq(agent, &grown.agent) || *agent == grown.agent);
            let agent = known.unwrap_or_else(|| {
                agents.push(grown.agent.clone());
                agents.len() - 1
            });
            let Row { playbook, person, number, .. } = grown.row;
            let dialogue = self.stock.playbooks[usize::from(playbook)].name.clone();
            Began { start: grown.start, dialogue, agent, person: person.0, number }
        });
        let calls = calls.collect();
        let agents = agents.iter().map(|agent| Agent::clone(agent)).collect();
        let Growth { rate, arrived, next, .. } = *growth;
        let saved = Saved { rate, arrived, next, agents, calls, departed: BTreeMap::clone(&growth.departed) };
        serde_json::to_value(saved).unwrap_or_default()
    }

    /// What was saved, if these calls can be told here, and have all begun by `now`.
    pub fn restore(&self, saved: &Value, now: Timestamp) -> Result<Growth, String> {
        let Saved { rate, arrived, next, agents, calls, departed } =
            Saved::deserialize(saved).map_err(|error| error.to_string())?;
        if calls.len().max(departed.len()) > MOST || !(calls.len() as u64..FAR as u64).contains(&arrived) {
            return Err("there are more calls than a lane may have, or than arrived".to_owned());
        }
        if !(0.0..=FASTEST).contains(&rate) {
            return Err(format!("rate is from 0 to {FASTEST} in an hour"));
        }
        let agents: Vec<Arc<Agent>> = agents.into_iter().map(Arc::new).collect();
        let mut growth = Growth { rate, arrived, next, departed: Arc::new(departed), ..Growth::default() };
        let mut grown = Vec::with_capacity(calls.len());
        for (place, began) in calls.into_iter().enumerate() {
            let call =
                self.regrown(place, &began, &agents).ok_or_else(|| format!("call {place} is unlike any of ours"))?;
            growth.longest = growth.longest.max(call.row.duration.into());
            grown.push(call);
        }
        if !grown.is_sorted_by_key(|grown: &Grown| grown.start) {
            return Err("the calls are not in order".to_owned());
        }
        let last = grown.last().map_or(0, |last| last.start);
        if last > now.as_second().saturating_sub(self.anchor) || next.is_some_and(|next| !(last..FAR).contains(&next)) {
            return Err("a call is to have begun that has not, or the next one comes too early or never".to_owned());
        }
        growth.grown = Arc::new(grown);
        Ok(growth)
    }

    fn regrown(&self, place: usize, began: &Began, agents: &[Arc<Agent>]) -> Option<Grown> {
        let Began { start, dialogue, agent, person, number } = began;
        let agent = agents.get(*agent)?.clone();
        let kind = self.stock.playbooks.iter().position(|playbook| playbook.name == *dialogue)?;
        if !(0..FAR).contains(start) || *number > LARGEST {
            return None;
        }
        let tale = Tale {
            world: &self.stock.world,
            playbook: &self.stock.playbooks[kind],
            language: &self.stock.people.0[self.languages[kind]],
            draws: self.draws().of(GROWN_IDS | place as u64),
            start: self.anchor + start,
            welcome: agent.welcome_words(),
            settled: None,
        };
        let made = tale.made(&mut Vec::new());
        let blank = made.blank(&agent);
        let row = made.row(Row { playbook: kind as u16, person: Person(*person), number: *number, ..blank });
        Some(Grown { row, start: *start, agent })
    }
}
