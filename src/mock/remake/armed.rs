//! What is armed in lanes when files are saved: it goes on as it is written now, by whatever name, and what has no file any more
//! is taken out. What was sent over HTTP belongs to no file, whatever it is called: it is read again from what was sent, if the
//! operations are others.

use std::collections::HashMap;
use std::sync::Arc;

use crate::exchange::House;
use crate::mock::stories::Told;
use crate::scenario::{self, Scenario, Turn};

/// What has become of a scenario, or why it can't go on.
type Fate = Result<Arc<Scenario>, String>;

/// What came of it, in words.
#[derive(Default)]
pub struct Turned {
    pub disarmed: Vec<String>,
    /// Of what was sent, and goes on though a file of its name was saved.
    pub kept: Vec<String>,
}

/// Renews all lanes of the house that stands now.
pub fn renew(house: &House, before: &Told, now: &Told) -> Turned {
    let mut told = Turned::default();
    // Copies of a lane have the same scenarios. They are held until the end, so that no other has the place of one.
    let mut fates: HashMap<*const Scenario, (Arc<Scenario>, Option<Fate>)> = HashMap::new();
    for lane in house.lanes.list() {
        let mut turns = Vec::new();
        for armed in lane.stage.list() {
            let scenario = armed.scenario;
            let fate = || (scenario.clone(), fate(house, before, now, &scenario));
            let (_, fate) = fates.entry(Arc::as_ptr(&scenario)).or_insert_with(fate);
            if scenario.sent.is_some() && !matches!(fate, Some(Err(_))) && is_another(before, now, &scenario.name) {
                told.kept.push(format!("lane {} goes on with the {} that was sent to it", lane.name, scenario.name));
            }
            match fate {
                None => {}
                Some(Ok(next)) => turns.push(Turn { before: scenario, now: Some(next.clone()) }),
                Some(Err(why)) => {
                    let line = format!("lane {}: the scenario {} is disarmed, {why}", lane.name, scenario.name);
                    told.disarmed.push(line);
                    turns.push(Turn { before: scenario, now: None });
                }
            }
        }
        let lost = lane.stage.renew(&turns).into_iter();
        let lost = lost.map(|name| {
            format!("lane {}: of two scenarios that are called {name} by now, the first goes on alone", lane.name)
        });
        told.disarmed.extend(lost);
    }
    told
}

/// Whether the file of this name says something else than before.
fn is_another(before: &Told, now: &Told, name: &str) -> bool {
    let known = |told: &Told| told.find(name).map(|story| Arc::as_ptr(&story.known));
    known(now).is_some() && known(now) != known(before)
}

/// None of one that stays as it is.
fn fate(house: &House, before: &Told, now: &Told, scenario: &Arc<Scenario>) -> Option<Fate> {
    if let Some(story) = before.story(scenario) {
        return Some(match now.successor(story).map(|story| story.known.scenario()) {
            Some(Ok(next)) => Ok(next.clone()),
            Some(Err(_)) => Err("since it does not fit the contract any more".to_owned()),
            None => Err("since its file is gone".to_owned()),
        });
    }
    // It was read for the operations of before.
    (scenario.places != house.contract.places).then(|| {
        let sent = scenario.sent.as_ref().ok_or("since the operations are others")?;
        let again = scenario::sent(&sent.text, &house.contract).map_err(|findings| {
            let why = findings.first().map_or("", |finding| finding.message.as_str());
            format!("since it does not fit the contract any more: {why}")
        })?;
        Ok(Arc::new(again.scenario))
    })
}
