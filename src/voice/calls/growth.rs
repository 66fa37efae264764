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
use super::course::Beat;
use super::curve::{Curve, HOUR};
use super::cut::{self, Cuts};
use super::{Calls, GROWN_IDS};
use crate::seed::Draws;
use crate::voice::dialogue::Playbook;
use crate::voice::stock::{Agent, Stock};
use crate::world::room::Share;
use crate::world::{Full, Room, Store};

/// No lane has more of them, those that nobody takes among them.
pub const MOST: usize = 100_000;
/// Nobody can ask for more of them in a usual hour.
pub const MOST_AN_HOUR: f64 = 100_000.0;
/// Hours without a call after which none is expected any more.
const MOST_HOURS: i64 = 10_000;

/// The calls of one lane that began after the anchor.
#[derive(Debug, Default)]
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
    /// Each agent as the latest of its calls knew it.
    known: Arc<BTreeMap<String, Arc<Agent>>>,
    /// The last names of agents that are gone: their calls stay.
    departed: Arc<BTreeMap<String, String>>,
    /// Calls from before the anchor that were ended before their time.
    cuts: Cuts,
    /// Why there was no room for a further call.
    closed: Option<Full>,
    share: Share,
}

#[derive(Debug, Clone)]
struct Grown {
    row: Row,
    /// Seconds from the anchor.
    start: i64,
    agent: Arc<Agent>,
    /// It was ended before its time.
    is_cut: bool,
}

impl Growth {
    /// The same, as a part of what shares a room.
    pub fn within(self, room: &Arc<Room>) -> Growth {
        Growth { share: Share::of(room), ..self }
    }

    /// The same once more. The calls are shared until further ones begin in one of the two.
    pub fn copied(&self) -> Result<Growth, Full> {
        Ok(self.with(self.share.again()?))
    }

    /// A copy that shares another room.
    pub fn copied_to(&self, room: &Arc<Room>) -> Result<Growth, Full> {
        Ok(self.with(self.share.again_in(room)?))
    }

    fn with(&self, share: Share) -> Growth {
        Growth {
            rate: self.rate,
            grown: self.grown.clone(),
            arrived: self.arrived,
            next: self.next,
            longest: self.longest,
            known: self.known.clone(),
            departed: self.departed.clone(),
            cuts: self.cuts.clone(),
            closed: self.closed,
            share,
        }
    }

    pub fn len(&self) -> usize {
        self.grown.len()
    }

    pub fn is_empty(&self) -> bool {
        self.grown.is_empty()
    }

    /// Why no further call begins, although some would.
    pub fn full(&self) -> Option<Full> {
        self.closed.or_else(|| (self.arrived >= MOST as u64).then_some(Full::Calls(MOST)))
    }

    /// How many of them have begun when so many seconds have passed.
    pub(super) fn begun(&self, passed: i64) -> usize {
        self.grown.partition_point(|grown| grown.start <= passed)
    }

    /// The call at a place: its row, its start, its agent, and whether it was ended before its time.
    pub(super) fn at(&self, place: usize) -> (Row, i64, &Agent, bool) {
        let grown = &self.grown[place];
        (grown.row, grown.start, &grown.agent, grown.is_cut)
    }

    pub(super) fn cuts(&self) -> &Cuts {
        &self.cuts
    }

    /// A call from before the anchor ended like this.
    pub(super) fn cut(&mut self, place: u32, row: Row) -> Result<(), Full> {
        if self.cuts.len() >= cut::MOST {
            return Err(Full::Calls(cut::MOST));
        }
        self.share.resize(self.share.bytes() + OVERHEAD + size_of::<Row>())?;
        self.cuts.put(place, row);
        Ok(())
    }

    /// One that began since ended like this.
    pub(super) fn cut_grown(&mut self, place: usize, row: Row) {
        if let Some(grown) = Arc::make_mut(&mut self.grown).get_mut(place) {
            (grown.row, grown.is_cut) = (row, true);
        }
    }

    /// The agent with this id as the latest of its calls knew it.
    pub(super) fn agent(&self, id: &str) -> Option<&Agent> {
        self.known.get(id).map(|agent| &**agent)
    }

    /// An agent goes, and leaves its calls and its name. Where there is no room for that, each call tells the name that it
    /// knew.
    pub fn part_with(&mut self, agent: &Value) {
        if let (Some(id), Some(name)) = (agent["id"].as_str(), agent["name"].as_str())
            && self.departed.len() < MOST
            && self.share.resize(self.share.bytes() + OVERHEAD + id.len() + name.len()).is_ok()
        {
            Arc::make_mut(&mut self.departed).insert(id.to_owned(), name.to_owned());
        }
    }

    /// The last name of an agent that is gone.
    pub(super) fn departed(&self, id: &str) -> Option<&str> {
        self.departed.get(id).map(String::as_str)
    }

    /// Places of the calls that may still change, up to the one at `begun`, newest first.
    pub(super) fn unsettled(&self, passed: i64, begun: usize) -> impl Iterator<Item = u32> + use<> {
        let latest = i64::from(self.longest) + i64::from(LATEST);
        let first = self.grown.partition_point(|grown| grown.start.saturating_add(latest) < passed);
        (first as u32..begun as u32).rev()
    }

    /// When the next call comes, in seconds after the anchor.
    pub(super) fn next(&self) -> Option<i64> {
        self.next.filter(|_| self.full().is_none())
    }

    /// A call begins. Calls that know an agent alike share what they know of it.
    fn begin(&mut self, row: Row, start: i64, agent: &Agent) -> Result<(), Full> {
        let known = self.known.get(&agent.id).filter(|known| ***known == *agent).cloned();
        let more = CALL + if known.is_none() { weight(agent) } else { 0 };
        self.share.resize(self.share.bytes() + more)?;
        let agent = known.unwrap_or_else(|| {
            let fresh = Arc::new(agent.clone());
            Arc::make_mut(&mut self.known).insert(agent.id.clone(), fresh.clone());
            fresh
        });
        self.longest = self.longest.max(row.duration.into());
        Arc::make_mut(&mut self.grown).push(Grown { row, start, agent, is_cut: false });
        Ok(())
    }
}

/// About what a call takes beside its agent: a vector keeps as much free as it holds.
const CALL: usize = 2 * size_of::<Grown>();
/// And what an entry of a map takes beside its texts.
const OVERHEAD: usize = 128;

fn weight(agent: &Agent) -> usize {
    let Agent { id, name, language, department, welcome, .. } = agent;
    let department = department.as_ref().map_or(0, String::len);
    size_of::<Agent>() + OVERHEAD + 2 * id.len() + name.len() + language.len() + department + welcome.len()
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
        self.with_takers(agents, |plan| {
            let mut beats = Vec::new();
            while let Some(start) = growth.next().filter(|next| *next <= passed) {
                if let Err(full) = self.arrive(growth, plan, start, &mut beats) {
                    growth.closed = Some(full);
                    return;
                }
                growth.next = self.arrival(growth, start);
            }
        });
    }

    /// Lets so many calls begin at once, beside those that come by themselves. How many of them somebody takes.
    pub fn begin(&self, growth: &mut Growth, now: Timestamp, agents: &Store, count: usize) -> Result<usize, Full> {
        // They are kept in order, and another may have begun since somebody asked for the time.
        let latest = growth.grown.last().map_or(0, |grown| grown.start);
        let start = now.as_second().saturating_sub(self.anchor).max(latest);
        let before = growth.len();
        self.with_takers(agents, |plan| {
            let mut beats = Vec::new();
            for _ in 0..count {
                if growth.arrived >= MOST as u64 {
                    return Err(Full::Calls(MOST));
                }
                self.arrive(growth, plan, start, &mut beats)?;
            }
            Ok(growth.len() - before)
        })
    }

    /// One more comes. A call that nobody takes has arrived all the same, so there is an end to it.
    fn arrive(&self, growth: &mut Growth, plan: &Plan, start: i64, beats: &mut Vec<Beat>) -> Result<(), Full> {
        let draws = self.draws().of(GROWN_IDS | growth.grown.len() as u64);
        let missed = growth.arrived.saturating_sub(growth.grown.len() as u64);
        if let Some(row) = plan.row(draws, self.anchor + start, missed, beats) {
            growth.begin(row, start, &plan.agents[usize::from(row.agent)])?;
        }
        growth.arrived += 1;
        Ok(())
    }

    /// With the agents as they are now to take what comes.
    fn with_takers<T>(&self, agents: &Store, act: impl FnOnce(&Plan) -> T) -> T {
        let there: Vec<Agent> = agents.iter().filter_map(|record| Agent::read(&record.shown)).collect();
        let takers = takers(&self.stock, &there);
        let welcomes: Vec<f64> = there.iter().map(Agent::welcome_words).collect();
        act(&Plan {
            stock: &self.stock,
            agents: &there,
            callers: &self.callers,
            curve: &self.curve,
            languages: &self.languages,
            takers: &takers,
            welcomes: &welcomes,
            draws: self.draws(),
            anchor: self.anchor,
        })
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
