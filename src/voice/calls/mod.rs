//! All calls of the world. Of each a few numbers are kept; whatever else is asked of one is worked out then, from the seed
//! and the number of the call. Calls that begin after the anchor belong to the lane in which they do ([`Growth`]).

mod build;
mod call;
mod callers;
mod columns;
mod course;
mod curve;
mod cut;
mod events;
mod facts;
mod growth;
mod ids;
pub mod parts;
mod search;
mod select;
mod show;
mod tale;
mod tell;

pub use call::{Call, Part};
pub use cut::Ended;
pub use events::{Event, Happening};
pub use growth::{Growth, MOST_AN_HOUR as MOST_ARRIVALS_AN_HOUR};
pub use select::Selection;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use self::build::Plan;
use self::callers::Callers;
use self::columns::Columns;
use self::curve::Curve;
use self::ids::Ids;
use self::search::Searches;
use self::select::Orders;
use super::stock::{Agent, Stock};
use super::turn::Turn;
use crate::seed::{Draws, Seed};
use crate::world::Store;

/// The calls up to the anchor. They are the same for all lanes.
#[derive(Debug)]
pub struct Calls {
    stock: Arc<Stock>,
    seed: Seed,
    /// The second at which the world begins to move.
    anchor: i64,
    columns: Arc<Columns>,
    /// Places of the calls that are always there, in the columns and in the stock, newest first.
    pinned: Vec<(u32, u16)>,
    pinned_ids: HashMap<String, u32>,
    ids: Ids,
    callers: Callers,
    curve: Curve,
    /// For each playbook the place of its language.
    languages: Vec<usize>,
    /// For each agent the words of its welcome.
    welcomes: Vec<f64>,
    /// The longest call, in seconds.
    longest: u32,
    orders: Orders,
    searches: Searches,
}

/// Everything that an answer about calls depends on.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub now: Timestamp,
    growth: &'a Growth,
    /// So many of the calls that began after the anchor have begun by now: a view may lie behind what its lane has seen.
    begun: usize,
    agents: &'a Store,
}

impl<'a> View<'a> {
    /// The name that an agent has now, or had when it went.
    fn named(&self, agent: &str) -> Option<&'a str> {
        let present = self.agents.get(agent).and_then(|record| record.field("name")).and_then(Value::as_str);
        present.or_else(|| self.growth.departed(agent))
    }
}

/// A call, for as long as its lane is not reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(u32);

/// The handles of calls that began after the anchor have this bit.
const GROWN: u32 = 1 << 31;
/// The numbers from which the ids of such calls are made.
const GROWN_IDS: u64 = 1 << 40;
/// Draws of pinned calls are apart from those of all others.
const PINNED_DRAWS: u64 = 1 << 41;

impl Calls {
    /// `count` calls before `anchor`; those that are always there are among them.
    pub fn new(stock: Arc<Stock>, seed: Seed, anchor: Timestamp, count: usize) -> Calls {
        let anchor = anchor.as_second();
        let languages: Vec<usize> =
            stock.playbooks.iter().map(|playbook| stock.people.place(&playbook.language).unwrap_or(0)).collect();
        let welcomes = stock.agents.iter().map(Agent::welcome_words).collect();
        let (curve, kinds) = (growth::curve(&stock), growth::takers(&stock, &stock.agents));
        let mut weights = vec![0.0; stock.people.0.len()];
        for (playbook, language) in stock.playbooks.iter().zip(&languages) {
            weights[*language] += playbook.weight;
        }
        let callers = Callers::new(&stock, seed, count, &weights);
        let mut calls = Calls {
            seed,
            anchor,
            columns: Arc::default(),
            pinned: Vec::new(),
            pinned_ids: HashMap::new(),
            ids: Ids::new(seed),
            callers,
            curve,
            languages,
            welcomes,
            longest: 0,
            orders: Orders::default(),
            searches: Searches::default(),
            stock: stock.clone(),
        };
        let plan = Plan {
            stock: &stock,
            agents: &stock.agents,
            callers: &calls.callers,
            curve: &calls.curve,
            languages: &calls.languages,
            takers: &kinds,
            welcomes: &calls.welcomes,
            draws: calls.draws(),
            anchor,
        };
        let mut columns = plan.rows(count.saturating_sub(stock.pinned.len()).min(GROWN as usize - 1));
        let mut order: Vec<u16> = (0..stock.pinned.len() as u16).collect();
        order.sort_by_key(|place| stock.pinned[usize::from(*place)].before);
        for place in order {
            let pinned = &stock.pinned[usize::from(place)];
            let at = columns.before.partition_point(|before| *before <= pinned.before);
            columns.insert(at, plan.pinned(pinned, calls.draws().of(PINNED_DRAWS | u64::from(place))));
            calls.pinned.push((at as u32, place));
        }
        // One that was put in moves those after it.
        calls.pinned_ids =
            calls.pinned.iter().map(|(at, place)| (stock.pinned[usize::from(*place)].id.clone(), *at)).collect();
        calls.longest = columns.duration.iter().copied().max().unwrap_or(0).into();
        calls.columns = Arc::new(columns);
        calls
    }

    pub fn stock(&self) -> &Arc<Stock> {
        &self.stock
    }

    #[cfg(test)]
    pub fn anchor(&self) -> Timestamp {
        Timestamp::from_second(self.anchor).unwrap_or_default()
    }

    /// How many there are at the anchor.
    pub fn at_anchor(&self) -> usize {
        self.columns.len()
    }

    /// What there is to be seen at a moment, with the agents as they are.
    pub fn view<'a>(&self, now: Timestamp, growth: &'a Growth, agents: &'a Store) -> View<'a> {
        let begun = growth.begun(now.as_second().saturating_sub(self.anchor));
        View { now, growth, begun, agents }
    }

    /// All calls of a view.
    pub fn count(&self, view: &View) -> usize {
        self.columns.len() + view.begun
    }

    pub fn find(&self, view: &View, id: &str) -> Option<Handle> {
        if let Some(place) = self.pinned_ids.get(id) {
            return Some(Handle(*place));
        }
        let number = self.ids.number(id)?;
        if number & GROWN_IDS != 0 {
            let place = u32::try_from(number ^ GROWN_IDS).ok().filter(|place| (*place as usize) < view.begun)?;
            return Some(Handle(place | GROWN));
        }
        let place = self.pinned.iter().fold(number, |place, (at, _)| place + u64::from(u64::from(*at) <= place));
        u32::try_from(place).ok().filter(|place| (*place as usize) < self.columns.len()).map(Handle)
    }

    pub fn id(&self, view: &View, handle: Handle) -> String {
        self.call(view, handle).id()
    }

    /// One row of the list, as JSON.
    pub fn write_row(&self, view: &View, handle: Handle, out: &mut Vec<u8>) {
        show::write_row(&self.call(view, handle), view, out);
    }

    /// The whole record. The transcript, the recording and the analytics are members only when there are such; the
    /// recording lacks its address, which is made for whoever asks.
    pub fn details(&self, view: &View, handle: Handle) -> Value {
        show::details(&self.call(view, handle), view)
    }

    /// What was said, as far as the call has come.
    pub fn turns(&self, view: &View, handle: Handle) -> Vec<Turn> {
        self.call(view, handle).turns()
    }

    /// The contacts of the world, as records: those who call, each made before the first of its calls.
    pub fn contacts(&self) -> Vec<Value> {
        // Seconds before the anchor of the first and the last call of each.
        let mut calls = vec![None::<(u32, u32)>; self.callers.count()];
        for (person, before) in self.columns.person.iter().zip(&self.columns.before) {
            let Some(place) = person.as_contact().and_then(|place| calls.get_mut(place as usize)) else { continue };
            let (first, last) = place.unwrap_or((*before, *before));
            *place = Some((first.max(*before), last.min(*before)));
        }
        let second = |second: i64| Timestamp::from_second(second).unwrap_or_default().to_string();
        let record = |(place, calls): (usize, Option<(u32, u32)>)| {
            let draws = self.seed.draws("contact times").of(place as u64);
            let whole = self.stock.world.days * 86_400;
            let (first, last) = calls.unwrap_or_else(|| (draws.below(0, whole as usize) as u32, whole));
            // Some are on record long before they call, and some since right before it.
            let earlier = 60 + (draws.unit(1).powi(3) * 200.0 * 86_400.0) as i64;
            let created = self.anchor - i64::from(first) - earlier;
            let updated = if draws.chance(2, 0.4) { self.anchor - i64::from(last.min(first)) } else { created };
            self.callers.contact(&self.stock, place as u32, second(created), second(updated))
        };
        calls.into_iter().enumerate().map(record).collect()
    }

    /// The calls that may still change, newest first.
    fn unsettled(&self, view: &View) -> impl Iterator<Item = Handle> {
        let since = view.now.as_second().saturating_sub(self.anchor);
        let grown = view.growth.unsettled(since, view.begun).map(|place| Handle(place | GROWN));
        grown.chain((0..self.recent(view) as u32).map(Handle))
    }

    /// So many of the columns' first calls began so lately that they may still change, or that they may have changed.
    fn recent(&self, view: &View) -> usize {
        let (now, longest) = (view.now.as_second(), i64::from(self.longest) + i64::from(call::LATEST));
        let since = now.saturating_sub(self.anchor);
        let latest = self.columns.before.partition_point(|before| since + i64::from(*before) <= longest);
        latest.max(view.growth.cuts().reach())
    }

    /// When a call began, by the seconds before the anchor.
    fn start(&self, before: u32) -> Timestamp {
        Timestamp::from_second(self.anchor - i64::from(before)).unwrap_or_default()
    }

    fn draws(&self) -> Draws {
        self.seed.draws("calls")
    }
}

#[cfg(test)]
pub(super) mod tests;
