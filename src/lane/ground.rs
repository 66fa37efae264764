//! What all lanes stand on: the world as it is at the beginning, made once, shared, never changed.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::clock::{Clock, Reading};
use crate::contract::{Collection, Contract, Library, Schema, Schemas};
use crate::seed::Seed;
use crate::signature::Signer;
use crate::source::Diagnostic;
use crate::voice;
use crate::voice::calls::Calls;
use crate::voice::stock::{Beside, Stock, WORLD, World};
use crate::world::fixtures::{self, oldest_first};
use crate::world::{Base, Record, Room};

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
    /// The folder of fixtures.
    pub fixtures: Option<Arc<dyn Library + Send + Sync>>,
    /// The fixtures are the embedded ones: a test holds them against their schemas.
    pub vetted: bool,
    /// How many calls there are; as many as the fixtures say, if nothing else is wanted.
    pub calls: Option<usize>,
    /// How many more begin in a usual hour.
    pub arrivals: f64,
}

/// What the fixtures say, moved to one anchor. Worlds of any seed and size share it.
#[derive(Default)]
pub(super) struct Told {
    bases: Vec<Arc<Base>>,
    stock: Option<Arc<Stock>>,
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
        let told = Told::read(&ground.contract, &plan, ground.anchor)?;
        Ok(ground.told(plan, Arc::new(told)))
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
            None => Arc::new(Told::read(&self.contract, &plan, ground.anchor)?),
        };
        Ok(ground.told(plan, told))
    }

    fn told(self, plan: Arc<Plan>, told: Arc<Told>) -> Ground {
        let mut bases = told.bases.clone();
        let calls = told.stock.as_ref().map(|stock| {
            let count = plan.calls.unwrap_or_else(|| stock.count());
            let calls = Calls::new(stock.clone(), self.seed, self.anchor, count);
            if let Some(place) = self.contacts {
                let collection = &self.contract.collections[place];
                bases[place] = Arc::new(with_more(collection, &bases[place], calls.contacts()));
            }
            Arc::new(calls)
        });
        Ground { bases, calls, plan, told, ..self }
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

impl Told {
    fn read(contract: &Contract, plan: &Plan, anchor: Timestamp) -> Result<Told, Vec<Diagnostic>> {
        let Some(library) = &plan.fixtures else {
            let empty = contract.collections.iter().map(|collection| Base::new(&collection.id_field, Vec::new()));
            return Ok(Told { bases: empty.map(Arc::new).collect(), stock: None });
        };
        let moment = match computed(contract) {
            Some(_) => library.read(WORLD).and_then(|file| World::read(&file))?.moment,
            // Without calls nothing says when the fixtures were written.
            None => anchor,
        };
        let load = if plan.vetted { fixtures::load_vetted } else { fixtures::load };
        let bases = load(contract, &**library, anchor.duration_since(moment))?;
        let stock = computed(contract).map(|calls| {
            let schema = calls.schema.as_ref().filter(|_| !plan.vetted).map(|schema| (&contract.schemas, schema));
            stock(&**library, contract, schema, &bases)
        });
        let stock = stock.transpose()?;
        Ok(Told { stock: stock.map(Arc::new), bases: bases.into_iter().map(Arc::new).collect() })
    }
}

/// The collection whose records are not kept but worked out.
fn computed(contract: &Contract) -> Option<&Collection> {
    contract.collections.iter().find(|collection| collection.computed)
}

fn place(contract: &Contract, name: &str) -> Option<usize> {
    contract.collections.iter().position(|collection| collection.name == name)
}

/// The whole second at which a world begins. Asked again, a clock that runs may show another.
fn anchor(start: &Start) -> Timestamp {
    let now = match start {
        Start::Together(clock) => clock.now(),
        Start::Each(reading) => reading.now,
    };
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

fn stock(
    library: &dyn Library,
    contract: &Contract,
    schema: Option<(&Schemas, &Schema)>,
    bases: &[Base],
) -> Result<Stock, Vec<Diagnostic>> {
    let records =
        |name: &str| place(contract, name).and_then(|place| bases.get(place)).into_iter().flat_map(Base::iter);
    let beside = Beside {
        agents: records(voice::AGENTS).map(|record| &*record.shown).collect(),
        contacts: records(voice::CONTACTS).map(|record| &*record.shown).collect(),
        schema,
    };
    Stock::read(library, &beside)
}

/// The records of a base and further ones, all in the order in which they were made.
fn with_more(collection: &Collection, base: &Base, more: Vec<Value>) -> Base {
    let mut records: Vec<Record> = more.into_iter().map(Record::new).chain(base.iter().cloned()).collect();
    records.reverse();
    Base::new(&collection.id_field, oldest_first(collection, records))
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
