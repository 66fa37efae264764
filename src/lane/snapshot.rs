//! A lane as a document: everything that it changed and what time it is there, to be put away and brought back, here or in
//! another process. What is not in it follows from the fixtures and the seed; answers kept for idempotency keys stay behind.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Ground, Lane, Lanes, MOST_OF_ONE, Refused, Start, State};
use crate::clock::{self, Clock, Reading};
use crate::seed::Seed;
use crate::world::snapshot::Bad;
use crate::world::{Full, snapshot};

/// Of the form below. Another form is another version.
const VERSION: u64 = 1;

/// No lane changes so often in all its time.
const MOST_CHANGES: u64 = 1 << 48;

/// Why a document makes no lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// What is wrong with it, in a sentence.
    Bad(String),
    /// There is no room for its world.
    Refused(Refused),
    /// There is none for what the lane changed.
    Full(Full),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u64,
    contract: Named,
    world: World,
    clock: Saved,
    changes: u64,
    made: u64,
    /// Shows that the records are as they were written: others are held against their schemas.
    #[serde(default)]
    seal: String,
    records: Value,
    growth: Value,
}

/// The contract that the records are of.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    title: String,
    version: String,
}

/// What the lane began with.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct World {
    seed: u64,
    calls: usize,
    anchor: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    now: String,
    frozen: bool,
    speed: f64,
}

impl Lane {
    pub fn snapshot(&self) -> Value {
        // What is due by now has happened, and the clock is read while nothing more does.
        self.now();
        let _moving = self.still();
        let (Reading { now, frozen, speed }, state) = (self.clock.read(), self.read());
        let records = snapshot::write(&self.ground.contract.collections, &state.stores, &state.due);
        let document = Document {
            version: VERSION,
            contract: Named::of(&self.ground),
            world: World {
                seed: self.ground.seed.0,
                calls: self.ground.wanted(),
                anchor: self.ground.anchor.to_string(),
            },
            clock: Saved { now: now.to_string(), frozen, speed },
            changes: state.version,
            made: state.made,
            seal: self.ground.signer.sign(&["records", &records.to_string()]),
            records,
            growth: self.ground.calls.as_ref().map_or(Value::Null, |calls| calls.save(&state.growth)),
        };
        serde_json::to_value(document).unwrap_or_default()
    }
}

impl Lanes {
    /// The lane of a document, which takes no place yet.
    pub fn restored(&self, name: &str, document: Value) -> Result<Lane, Unfit> {
        snapshot::of_version(VERSION, &document).map_err(unfit)?;
        let document = Document::deserialize(document).map_err(|error| bad(error.to_string()))?;
        let Document { contract, world, clock, changes, made, seal, records, growth, .. } = document;
        if contract != Named::of(self.ground()) {
            return Err(bad(format!("it belongs to another contract, {} {}", contract.title, contract.version)));
        }
        if clock.speed.is_nan() || clock.speed <= 0.0 || clock.speed > 1e6 {
            return Err(bad("clock.speed is above 0 and up to 1000000"));
        }
        if changes.max(made) > MOST_CHANGES {
            return Err(bad(format!("changes and made are whole numbers up to {MOST_CHANGES}")));
        }
        let (anchor, now) = (moment("world.anchor", &world.anchor)?, moment("clock.now", &clock.now)?);
        if now < anchor {
            return Err(bad("clock.now lies before world.anchor"));
        }
        let clock = Reading { now, frozen: clock.frozen, speed: clock.speed };
        let ground = self.ground_of(&world, Reading { now: anchor, ..clock })?;
        let own = ground.signer.is_good(&["records", &records.to_string()], &seal);
        let reading = snapshot::Reading { contract: &ground.contract, bases: &ground.bases, room: &ground.room, own };
        let (stores, due) = snapshot::read(&reading, &records).map_err(|bad| unfit(bad.within("records")))?;
        let growth = match &ground.calls {
            Some(calls) => calls.restore(&growth, now, &ground.room).map_err(|bad| unfit(bad.within("growth")))?,
            None => Default::default(),
        };
        let state = State { stores, growth, due, version: changes, made, ..State::fresh(&ground) };
        Ok(Lane { clock: Arc::new(Clock::like(clock)), ..Lane::with(name, ground, state) })
    }

    /// The ground of a world; its lanes begin as `start` says if they do not begin with all others.
    fn ground_of(&self, world: &World, start: Reading) -> Result<Arc<Ground>, Unfit> {
        let shared = self.ground();
        if world.calls > MOST_OF_ONE && world.calls != shared.wanted() {
            return Err(bad(format!("world.calls is more than {MOST_OF_ONE}")));
        }
        let start = if start.now == shared.anchor { shared.start.clone() } else { Start::Each(start) };
        self.another(Some(Seed(world.seed)), Some(world.calls), Some(start)).map_err(Unfit::Refused)
    }
}

impl Named {
    fn of(ground: &Ground) -> Named {
        Named { title: ground.contract.title.clone(), version: ground.contract.version.clone() }
    }
}

fn moment(place: &str, text: &str) -> Result<Timestamp, Unfit> {
    clock::moment(text).map_err(|unfit| bad(format!("{place}: {unfit}")))
}

fn unfit(bad: Bad) -> Unfit {
    match bad {
        Bad::Full(full) => Unfit::Full(full),
        Bad::Unfit(_) => Unfit::Bad(bad.to_string()),
    }
}

fn bad(reason: impl Into<String>) -> Unfit {
    Unfit::Bad(reason.into())
}
