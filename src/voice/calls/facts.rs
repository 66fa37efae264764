//! What figures need to know of a call. Of one that changes no more it stands in the columns.

use super::call::{LATEST, Part, marked, sentiment};
use super::columns::{Fate, NEVER, SILENT, WRITTEN};
use super::{Calls, GROWN, Handle, View};
use crate::voice::figures::Facts;

impl Calls {
    pub fn facts<'c>(&'c self, view: &View<'c>, handle: Handle) -> Facts<'c> {
        self.read_off(view, handle).unwrap_or_else(|| self.worked_out(view, handle))
    }

    fn read_off<'c>(&'c self, view: &View<'c>, handle: Handle) -> Option<Facts<'c>> {
        let place = Some(handle.0 as usize).filter(|place| handle.0 & GROWN == 0 && !self.is_cut(view, *place))?;
        let columns = &self.columns;
        let (before, duration) = (columns.before[place], columns.duration[place]);
        let age = view.now.as_second() - self.anchor + i64::from(before);
        if age < i64::from(duration) + i64::from(LATEST) || columns.playbook[place] == WRITTEN {
            return None;
        }
        let playbook = &self.stock.playbooks[usize::from(columns.playbook[place])];
        let (fate, response) = (columns.fate[place], columns.response[place]);
        let score = Some(columns.score[place]).filter(|score| *score != SILENT);
        Some(Facts {
            start: self.start(before),
            duration: duration.into(),
            status: fate.name(),
            sentiment: score.map(sentiment),
            score: score.map(|score| f64::from(score) / 100.0),
            outcome: (fate == Fate::Completed).then(|| &*playbook.ending(columns.ending[place]).outcome),
            agent: &self.stock.agents[usize::from(columns.agent[place])].id,
            topics: marked(&playbook.topics, columns.topics[place]),
            response_time: (response != NEVER).then(|| f64::from(response) / 10.0),
        })
    }

    fn worked_out<'c>(&'c self, view: &View<'c>, handle: Handle) -> Facts<'c> {
        let call = self.call(view, handle);
        Facts {
            start: call.start(),
            duration: call.duration(),
            status: call.status(),
            sentiment: call.sentiment(),
            score: call.score().map(|score| f64::from(score) / 100.0),
            outcome: call.outcome(),
            agent: &call.agent().id,
            topics: call.topics(),
            // Nothing is told here that the call itself does not tell yet.
            response_time: call.response_time().filter(|_| call.analytics() == Part::There),
        }
    }

    /// The name that an agent has now, or the one that it had last.
    pub fn agent_name(&self, view: &View, id: &str) -> String {
        let earlier = || self.stock.agents.iter().find(|agent| agent.id == id).map(|agent| &*agent.name);
        let name = view.named(id).or_else(earlier).or_else(|| view.growth.agent(id).map(|agent| &*agent.name));
        name.unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::tests::Scene;
    use super::*;

    #[test]
    fn what_is_read_off_is_what_is_worked_out() {
        let mut scene = Scene::new(3, 500);
        for minutes in [-90, 0, 5, 600] {
            scene.now += SignedDuration::from_mins(minutes);
            let (calls, view) = (&scene.calls, scene.view());
            let mut read_off = 0;
            for place in 0..500 {
                let handle = Handle(place);
                let worked_out = calls.worked_out(&view, handle);
                if let Some(facts) = calls.read_off(&view, handle) {
                    read_off += 1;
                    assert_eq!(facts, worked_out, "{place} after {minutes} minutes");
                }
                assert_eq!(calls.agent_name(&view, worked_out.agent), calls.call(&view, handle).agent().name);
            }
            assert!(read_off > 450, "{read_off}");
        }
    }
}
