//! What is armed in lanes when its files are saved: it goes on as it is written now, by whatever name, and what has no file any
//! more is taken out. What was sent over HTTP belongs to no file, whatever it is called.

use std::sync::Arc;

use crate::exchange::House;
use crate::mock::stories::Told;
use crate::scenario::{Scenario, Turn};

/// Renews all lanes of the house that stands now. What was disarmed, in words.
pub fn renew(house: &House, before: &Told, now: &Told) -> Vec<String> {
    let mut told = Vec::new();
    for lane in house.lanes.list() {
        let mut turns = Vec::new();
        for armed in lane.stage.list() {
            let scenario = armed.scenario;
            match turn(house, before, now, &scenario) {
                Ok(next) => turns.extend(next.map(|next| Turn { before: scenario, now: Some(next) })),
                Err(why) => {
                    told.push(format!("lane {}: the scenario {} is disarmed, {why}", lane.name, scenario.name));
                    turns.push(Turn { before: scenario, now: None });
                }
            }
        }
        lane.stage.renew(&turns);
    }
    told
}

/// What a scenario is now, if it came from a file, or why it can't go on.
fn turn(
    house: &House,
    before: &Told,
    now: &Told,
    scenario: &Arc<Scenario>,
) -> Result<Option<Arc<Scenario>>, &'static str> {
    match before.story(scenario) {
        Some(story) => match now.successor(story).map(|story| story.known.scenario()) {
            Some(Ok(next)) => Ok(Some(next.clone())),
            Some(Err(_)) => Err("since it does not fit the contract any more"),
            None => Err("since its file is gone"),
        },
        // It was read for the operations of before.
        None if scenario.places != house.contract.places => Err("since the operations are others: send it again"),
        None => Ok(None),
    }
}
