//! What all lanes stand on: made once, shared, never changed.

use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::{Clock, Reading};
use crate::contract::Contract;
use crate::seed::Seed;
use crate::signature::Signer;
use crate::world::Base;

#[derive(Clone)]
pub struct Ground {
    pub contract: Arc<Contract>,
    pub seed: Seed,
    pub signer: Signer,
    /// The records of each of the contract's collections; none at all where operations answer with their examples.
    pub bases: Vec<Arc<Base>>,
    /// The moment that the world is told from.
    pub anchor: Timestamp,
    pub start: Start,
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
        Ground { contract, seed, signer: Signer::new(seed), bases: Vec::new(), anchor: start.clock().now(), start }
    }

    /// The same ground with these records, collection by collection.
    pub fn with(self, bases: Vec<Base>) -> Ground {
        Ground { bases: bases.into_iter().map(Arc::new).collect(), ..self }
    }

    /// The same world from another seed, or told from another moment.
    pub fn another(&self, seed: Option<Seed>, start: Option<Start>) -> Ground {
        let start = start.unwrap_or_else(|| self.start.clone());
        let bases = self.bases.clone();
        Ground { bases, ..Ground::new(self.contract.clone(), seed.unwrap_or(self.seed), start) }
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
