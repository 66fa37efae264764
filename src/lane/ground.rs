//! What all lanes stand on: the world as it is at the beginning, made once, shared, never changed.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::told::{Fixtures, Told, computed, place, with_more};
use crate::clock::{Clock, Reading};
use crate::contract::{Asked, Contract, Library, Since};
use crate::seed::Seed;
use crate::signature::Signer;
use crate::source::Diagnostic;
use crate::voice;
use crate::voice::calls::Calls;
use crate::world::{Base, Difference, Room};

pub struct Ground {
    pub contract: Arc<Contract>,
    pub seed: Seed,
    pub signer: Signer,
    /// The records of each of the contract's collections; none at all where operations answer with their examples.
    pub bases: Vec<Arc<Base>>,
    pub calls: Option<Arc<Calls>>,
    /// The places of the collections of those who take the calls, and of those who are known to call.
    pub agents: Option<usize>,
    pub contacts: Option<usize>,
    /// The moment that the world is told from, a whole second.
    pub anchor: Timestamp,
    pub start: Start,
    /// Where all that lanes keep has to fit in.
    pub room: Arc<Room>,
    plan: Arc<Plan>,
    pub(super) told: Arc<Told>,
}

/// What a world is made of, whatever its seed and its time.
#[derive(Clone, Default)]
pub struct Plan {
    pub fixtures: Fixtures,
    /// How many calls there are; as many as the fixtures say, if nothing else is wanted.
    pub calls: Option<usize>,
    /// How many more begin in a usual hour.
    pub arrivals: f64,
}

/// How the clock of a fresh lane starts.
#[derive(Debug, Clone)]
pub enum Start {
    /// All lanes show the same time until one of them is moved.
    Together(Arc<Clock>),
    /// Each begins for itself, so that the same requests find the same time.
    Each(Reading),
}

impl Ground {
    /// A ground without records.
    pub fn new(contract: Arc<Contract>, seed: Seed, start: Start) -> Ground {
        Ground {
            agents: place(&contract, voice::AGENTS),
            contacts: place(&contract, voice::CONTACTS),
            signer: Signer::new(seed),
            bases: Vec::new(),
            calls: None,
            plan: Arc::default(),
            told: Arc::default(),
            anchor: anchor(&start),
            room: Arc::default(),
            contract,
            seed,
            start,
        }
    }

    /// The same ground with these records, collection by collection.
    pub fn with(self, bases: Vec<Base>) -> Ground {
        Ground { bases: bases.into_iter().map(Arc::new).collect(), ..self }
    }

    /// The same ground, whose lanes share this room.
    pub(super) fn within(self, room: Arc<Room>) -> Ground {
        Ground { room, ..self }
    }

    /// A ground with the world of a plan.
    pub fn planned(
        contract: Arc<Contract>,
        plan: Arc<Plan>,
        seed: Seed,
        start: Start,
    ) -> Result<Ground, Vec<Diagnostic>> {
        let ground = Ground::new(contract, seed, start);
        let told = Told::read(&ground.contract, &plan.fixtures, ground.anchor, None)?;
        Ok(ground.told(plan, Arc::new(told), None))
    }

    /// The same world from another seed, of another size, or told from another moment. `near` are worlds that may have been
    /// told from that already.
    pub(super) fn another<'g>(
        &self,
        seed: Seed,
        size: usize,
        start: Start,
        near: impl IntoIterator<Item = &'g Ground>,
    ) -> Result<Ground, Vec<Diagnostic>> {
        let plan = match size == self.wanted() {
            true => self.plan.clone(),
            false => Arc::new(Plan { calls: Some(size), ..(*self.plan).clone() }),
        };
        let ground = Ground::new(self.contract.clone(), seed, start);
        let mut ground = ground.within(self.room.clone());
        if self.begins_with(&ground.start) {
            ground.anchor = self.anchor;
        }
        let told = match near.into_iter().find(|near| near.anchor == ground.anchor) {
            Some(near) => near.told.clone(),
            None => Arc::new(Told::read(&self.contract, &plan.fixtures, ground.anchor, None)?),
        };
        Ok(ground.told(plan, told, None))
    }

    /// The same world, seed and moment by another contract or from other fixtures. What comes out as it was is shared with this
    /// one. `near` are worlds that may have been told for the same moment already.
    pub(super) fn renewed<'g>(
        &self,
        contract: Arc<Contract>,
        fixtures: &Fixtures,
        room: Arc<Room>,
        near: impl IntoIterator<Item = &'g Ground>,
    ) -> Result<Ground, Vec<Diagnostic>> {
        let plan = Arc::new(Plan { fixtures: fixtures.clone(), ..(*self.plan).clone() });
        let told = match near.into_iter().find(|near| near.anchor == self.anchor) {
            Some(near) => near.told.clone(),
            None if self.is_told_so(&contract, fixtures) => self.told.clone(),
            None => Arc::new(Told::read(&contract, &plan.fixtures, self.anchor, Some(self))?),
        };
        let ground = Ground { anchor: self.anchor, room, ..Ground::new(contract, self.seed, self.start.clone()) };
        Ok(ground.told(plan, told, Some(self)))
    }

    /// Whether records and calls would come out of these fixtures as they did, and fit this contract.
    fn is_told_so(&self, contract: &Contract, fixtures: &Fixtures) -> bool {
        let folder = fixtures.folder.as_deref().map(|folder| folder as _);
        contract.kept(&self.contract).records()
            && fixtures.vetted == self.plan.fixtures.vetted
            && self.since(folder).is_same()
    }

    /// `before` is a world of the same seed and moment.
    fn told(self, plan: Arc<Plan>, told: Arc<Told>, before: Option<&Ground>) -> Ground {
        let mut bases = told.bases.clone();
        let calls = told.stock.as_ref().map(|stock| {
            let count = plan.calls.unwrap_or_else(|| stock.count());
            let known = before.and_then(|before| before.calls.as_ref().filter(|_| before.plan.calls == plan.calls));
            let same = known.filter(|known| Arc::ptr_eq(known.stock(), stock)).cloned();
            let calls =
                same.clone().unwrap_or_else(|| Arc::new(Calls::new(stock.clone(), self.seed, self.anchor, count)));
            if let Some(place) = self.contacts {
                let callers = before.filter(|_| same.is_some()).and_then(|before| before.bases.get(before.contacts?));
                let collection = &self.contract.collections[place];
                let more = || Arc::new(with_more(collection, &bases[place], calls.contacts()));
                bases[place] = callers.cloned().unwrap_or_else(more);
            }
            calls
        });
        Ground { bases, calls, plan, told, ..self }
    }

    /// Whether the world would be told as it was from this folder.
    pub fn since(&self, fixtures: Option<&dyn Library>) -> Since {
        match fixtures {
            Some(library) => {
                let [records, calls] = &self.told.asked;
                records.since(library).and(calls.since(library))
            }
            None if self.plan.fixtures.folder.is_none() => Since::Same,
            None => Since::Changed(Vec::new()),
        }
    }

    /// The paths that were asked for in the folder of fixtures.
    pub fn asked(&self) -> impl Iterator<Item = &str> {
        self.told.asked.iter().flat_map(Asked::paths)
    }

    /// By their names the collections whose records are others than those of an earlier ground.
    pub fn differences(&self, before: &Ground) -> Vec<(String, Difference)> {
        let pairs = self.contract.collections.iter().zip(&self.told.bases).map(|(collection, base)| {
            let known = place(&before.contract, &collection.name).and_then(|place| before.told.bases.get(place));
            (collection.name.clone(), base.since(known.map_or(&Base::default(), |known| known)))
        });
        pairs.filter(|(_, difference)| *difference != Difference::default()).collect()
    }

    /// What is odd about the fixtures.
    pub fn warnings(&self) -> &[Diagnostic] {
        self.calls.as_ref().map_or(&[], |calls| &calls.stock().warnings)
    }

    /// What the collection is called whose records are worked out, if there is one.
    pub fn counted(&self) -> Option<&str> {
        self.calls.as_ref()?;
        computed(&self.contract).map(|collection| collection.name.as_str())
    }

    /// How many calls there are at the beginning.
    pub fn size(&self) -> usize {
        self.calls.as_ref().map_or(0, |calls| calls.at_anchor())
    }

    /// How many were wanted: there are none but the documented ones where nobody takes any.
    pub(super) fn wanted(&self) -> usize {
        self.calls
            .as_ref()
            .map_or(0, |calls| self.plan.calls.unwrap_or_else(|| calls.stock().count()).max(self.least()))
    }

    /// How many there are in any world: those that are always there.
    pub(super) fn least(&self) -> usize {
        self.calls.as_ref().map_or(0, |calls| calls.stock().pinned.len())
    }

    /// Whether [`Ground::another`] of these would be this one.
    pub(super) fn is(&self, seed: Seed, size: usize, start: &Start) -> bool {
        self.begins_with(start) && self.seed == seed && self.wanted() == size
    }

    fn begins_with(&self, start: &Start) -> bool {
        match (&self.start, start) {
            (Start::Together(a), Start::Together(b)) => Arc::ptr_eq(a, b),
            (Start::Each(a), Start::Each(b)) => a == b,
            _ => false,
        }
    }

    /// How many calls begin in a usual hour of a lane.
    pub fn arrivals(&self) -> f64 {
        self.plan.arrivals
    }
}

/// The whole second at which a world begins. Asked again, a clock that runs may show another.
fn anchor(start: &Start) -> Timestamp {
    let now = match start {
        Start::Together(clock) => clock.now(),
        Start::Each(reading) => reading.now,
    };
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

impl Start {
    /// From `moment` on if there is one, else from now; frozen if a moment has no speed.
    pub fn new(moment: Option<Timestamp>, speed: Option<f64>) -> Start {
        match moment {
            Some(now) => Start::Each(Reading { now, frozen: speed.is_none(), speed: speed.unwrap_or(1.0) }),
            None => Start::Together(Arc::new(Clock::running(Clock::system(), speed.unwrap_or(1.0)))),
        }
    }

    /// From the same moment on, at this speed.
    pub fn at_speed(&self, speed: f64) -> Start {
        match self {
            Start::Together(clock) => Start::Together(Arc::new(Clock::running(clock.now(), speed))),
            Start::Each(reading) => Start::Each(Reading { frozen: false, speed, ..*reading }),
        }
    }

    pub fn clock(&self) -> Clock {
        match self {
            Start::Together(clock) => Clock::like(clock.read()),
            Start::Each(reading) => Clock::like(*reading),
        }
    }
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ground").field("seed", &self.seed).field("anchor", &self.anchor).finish_non_exhaustive()
    }
}
