//! A lane's calls, to be put away and brought back. Of each only what was settled when it began is kept: the rest follows
//! from the seed, as it did then.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Growth, MOST, MOST_AN_HOUR, OVERHEAD};
use crate::voice::calls::columns::{Person, Row};
use crate::voice::calls::tale::Tale;
use crate::voice::calls::{Calls, GROWN, GROWN_IDS, Handle};
use crate::voice::stock::Agent;
use crate::world::snapshot::Bad;
use crate::world::{Base, Room, Store};

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
    /// Places of calls from before the anchor that were ended before their time, and the seconds that they took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cuts: Vec<(u32, u16)>,
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
    /// The seconds that it took, if it was ended before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut: Option<u16>,
}

/// Seconds that no clock of ours ever shows.
const FAR: i64 = 1 << 40;
/// Digits of a telephone number.
const LARGEST: u64 = 999_999_999_999_999;

impl Calls {
    pub fn save(&self, growth: &Growth) -> Value {
        let (mut agents, mut places) = (Vec::new(), HashMap::new());
        let calls = growth.grown.iter().map(|grown| {
            let agent = *places.entry(Arc::as_ptr(&grown.agent)).or_insert_with(|| {
                agents.push(Agent::clone(&grown.agent));
                agents.len() - 1
            });
            let Row { playbook, person, number, .. } = grown.row;
            let dialogue = self.stock.playbooks[usize::from(playbook)].name.clone();
            let cut = grown.is_cut.then_some(grown.row.duration);
            Began { start: grown.start, dialogue, agent, person: person.0, number, cut }
        });
        let calls = calls.collect();
        let Growth { rate, arrived, next, .. } = *growth;
        let cuts = growth.cuts.iter().map(|(place, row)| (place, row.duration)).collect();
        let saved = Saved { rate, arrived, next, agents, calls, departed: BTreeMap::clone(&growth.departed), cuts };
        serde_json::to_value(saved).unwrap_or_default()
    }

    /// What was saved, if these calls can be told here, have all begun by `now`, and have a place in the room.
    pub fn restore(&self, saved: &Value, now: Timestamp, room: &Arc<Room>) -> Result<Growth, Bad> {
        let unfit = Bad::Unfit;
        let Saved { rate, arrived, next, agents, calls, departed, cuts } =
            Saved::deserialize(saved).map_err(|error| unfit(error.to_string()))?;
        let most = MOST as u64;
        if !(0.0..=MOST_AN_HOUR).contains(&rate) {
            return Err(unfit(format!("rate is from 0 to {MOST_AN_HOUR} in an hour")));
        }
        if arrived > most || (calls.len() as u64) > arrived || departed.len() > MOST {
            return Err(unfit(format!("no more calls than have arrived, and no more than {most} of them")));
        }
        let last = calls.last().map_or(0, |call| call.start);
        if last > now.as_second().saturating_sub(self.anchor)
            || next.is_some_and(|next| !(last.max(0)..FAR).contains(&next))
        {
            let reason = "a call is to have begun that has not, or the next one comes too early or never";
            return Err(unfit(reason.to_owned()));
        }
        let mut growth = Growth { rate, arrived, next, ..Growth::default() }.within(room);
        let names: usize = departed.iter().map(|(id, name)| OVERHEAD + id.len() + name.len()).sum();
        growth.share.resize(names)?;
        growth.departed = Arc::new(departed);
        for (place, began) in calls.iter().enumerate() {
            let (row, agent) = self
                .regrown(place, began, &agents)
                .ok_or_else(|| unfit(format!("call {place} is unlike any of ours")))?;
            if growth.grown.last().is_some_and(|before| before.start > began.start) {
                return Err(unfit("the calls are not in order".to_owned()));
            }
            growth.begin(row, began.start, agent)?;
        }
        self.restore_cuts(&calls, &cuts, now, &mut growth)?;
        Ok(growth)
    }

    /// Ends the calls again that were ended before their time.
    fn restore_cuts(
        &self,
        calls: &[Began],
        cuts: &[(u32, u16)],
        now: Timestamp,
        growth: &mut Growth,
    ) -> Result<(), Bad> {
        let passed = now.as_second().saturating_sub(self.anchor);
        let unfit = || Bad::Unfit("a call is to have ended before it did, or has not begun".to_owned());
        for (place, seconds) in cuts {
            let row = self.cut_row(*place, *seconds).ok_or_else(unfit)?;
            if i64::from(*seconds) - i64::from(row.before) > passed {
                return Err(unfit());
            }
            growth.cut(*place, row)?;
        }
        // Nobody is looked up: what an agent was like stands with its calls.
        let agents = Store::new(Arc::new(Base::new("id", Vec::new())));
        for (place, began) in calls.iter().enumerate() {
            let Some(seconds) = began.cut else { continue };
            let row = {
                let call = self.call(&self.view(now, growth, &agents), Handle(place as u32 | GROWN));
                let fits = seconds <= call.row.duration && began.start + i64::from(seconds) <= passed;
                fits.then(|| call.broken_off(seconds)).ok_or_else(unfit)?
            };
            growth.cut_grown(place, row);
        }
        Ok(())
    }

    fn regrown<'a>(&self, place: usize, began: &Began, agents: &'a [Agent]) -> Option<(Row, &'a Agent)> {
        let Began { start, dialogue, agent, person, number, .. } = began;
        let agent = agents.get(*agent)?;
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
        let blank = made.blank(agent);
        let row = made.row(Row { playbook: kind as u16, person: Person(*person), number: *number, ..blank });
        Some((row, agent))
    }
}
