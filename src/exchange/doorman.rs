//! How long new connections wait, where a scenario wants that. Connections belong to no lane, so it is the default one that
//! has the say, and those that waited are counted for all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::House;
use crate::play;
use crate::scenario::Scenario;

/// By whose word connections wait, and how many did.
#[derive(Debug, Default)]
pub struct Doorman(Mutex<Option<Waited>>);

#[derive(Debug)]
struct Waited {
    scenario: Arc<Scenario>,
    since: Timestamp,
    count: u64,
}

impl Doorman {
    /// How long a new connection waits: by the first scenario of the default lane that says so.
    pub fn delay(&self, house: &House) -> Duration {
        let lane = house.lanes.by_default();
        house.begin(&lane);
        let Some((scenario, since)) = lane.stage.accepting() else { return Duration::ZERO };
        let Some(delay) = &scenario.accept else { return Duration::ZERO };
        let mut waited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = waited.take().filter(|known| Arc::ptr_eq(&known.scenario, &scenario) && known.since == since);
        let count = before.map_or(0, |before| before.count) + 1;
        let length = play::delay::length(delay, count, || {
            lane.ground.seed.of("accept").of(&scenario.name).of(&count.to_string())
        });
        *waited = Some(Waited { scenario, since, count });
        length
    }
}
