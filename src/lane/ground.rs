//! What all lanes stand on: made once, shared, never changed.

use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::{Clock, Reading};
use crate::contract::Contract;
use crate::seed::Seed;
use crate::signature::Signer;
use crate::voice;
use crate::voice::calls::Calls;
use crate::world::Base;

#[derive(Clone)]
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
    /// Calls that begin in a usual hour as time goes by.
    pub arrivals: f64,
    /// The moment that the world is told from.
    pub anchor: Timestamp,
    pub start: Start,
    maker: Option<Arc<dyn Maker>>,
}

/// Where the records of a ground come from.
pub trait Maker: Send + Sync {
    /// The world as told from a moment.
    fn make(&self, seed: Seed, anchor: Timestamp) -> Told;
}

/// A world before anybody changed it.
#[derive(Default)]
pub struct Told {
    /// Collection by collection.
    pub bases: Vec<Base>,
    pub calls: Option<Calls>,
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
        let named = |name: &str| contract.collections.iter().position(|collection| collection.name == name);
        Ground {
            agents: named(voice::AGENTS),
            contacts: named(voice::CONTACTS),
            signer: Signer::new(seed),
            bases: Vec::new(),
            calls: None,
            arrivals: 0.0,
            anchor: start.clock().now(),
            maker: None,
            contract,
            seed,
            start,
        }
    }

    /// The same ground with a world on it.
    pub fn with(self, maker: Arc<dyn Maker>) -> Ground {
        let told = maker.make(self.seed, self.anchor);
        Ground {
            bases: told.bases.into_iter().map(Arc::new).collect(),
            calls: told.calls.map(Arc::new),
            maker: Some(maker),
            ..self
        }
    }

    pub fn arriving(self, arrivals: f64) -> Ground {
        Ground { arrivals, ..self }
    }

    /// The same world from another seed, or told from another moment.
    pub fn another(&self, seed: Option<Seed>, start: Option<Start>) -> Ground {
        let start = start.unwrap_or_else(|| self.start.clone());
        let ground = Ground::new(self.contract.clone(), seed.unwrap_or(self.seed), start).arriving(self.arrivals);
        match &self.maker {
            Some(maker) => ground.with(maker.clone()),
            None => ground,
        }
    }
}

impl Start {
    /// From `moment` on if there is one, else from now; frozen if a moment has no speed.
    pub fn new(moment: Option<Timestamp>, speed: Option<f64>) -> Start {
        match moment {
            Some(now) => Start::Each(Reading { now, frozen: speed.is_none(), speed: speed.unwrap_or(1.0) }),
            None => Start::Together(Arc::new(Clock::running(Clock::system(), speed.unwrap_or(1.0)))),
        }
    }

    pub fn clock(&self) -> Clock {
        match self {
            Start::Together(clock) => Clock::like(clock.read()),
            Start::Each(reading) => Clock::like(*reading),
        }
    }
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("seed", &self.seed).field("anchor", &self.anchor).finish_non_exhaustive()
    }
}
