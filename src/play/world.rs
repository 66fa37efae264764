//! What rules do to the world behind the API, and to its time: before the request is answered, or after.

use serde_json::Value;

use super::Scene;
use crate::problem::Kind;
use crate::scenario::{ClockMove, Deed, Fired, Leaf, Then, Unfilled};
use crate::voice::calls::Ended;

impl Scene<'_> {
    /// What is done before the answer is made.
    pub(super) fn begin(&self) {
        self.deeds(|then| &then.before);
    }

    /// What is done when it is made.
    pub(super) fn end(&self) {
        self.deeds(|then| &then.after);
        if let Some((fired, clock)) = self.wanted.first(|then| then.clock.as_ref()) {
            match self.move_clock(clock) {
                Ok(()) => self.outcomes.done(fired),
                Err(why) => self.left_out(fired, "clock", why),
            }
        }
    }

    fn deeds(&self, of: impl Fn(&Then) -> &Vec<Deed>) {
        for fired in &self.wanted.fired {
            for deed in of(&fired.rule().then) {
                match self.deed(fired, deed) {
                    Ok(()) => self.outcomes.done(fired),
                    Err(why) => self.left_out(fired, "world", why),
                }
            }
        }
    }

    fn deed(&self, fired: &Fired, deed: &Deed) -> Result<(), Unfilled> {
        let (lane, now) = (self.asked.lane, self.asked.now);
        let text = |leaf: &Leaf| self.with(fired, |scope| leaf.text(scope));
        let why = |why: String| Unfilled(why);
        self.effort.deeds(deed.weight())?;
        match deed {
            Deed::End { id } => {
                let wanted = text(id)?;
                match lane.write().end_call(&lane.ground, now, &wanted).map_err(|full| why(full.to_string()))? {
                    Ended::Now => Ok(()),
                    Ended::Before => Err(why(format!("{id} had ended already"))),
                    Ended::Unknown => Err(why(format!("there is no {id}"))),
                }
            }
            Deed::Calls(count) => {
                let taken =
                    lane.write().begin_calls(&lane.ground, now, *count).map_err(|full| why(full.to_string()))?;
                if taken < *count {
                    Err(why(format!("{} of them were taken by nobody", count - taken)))
                } else {
                    Ok(())
                }
            }
            Deed::Add { collection, count } => {
                let added = self.answers.add(lane, *collection, *count, self.chance(fired), now);
                added.map_err(|problem| why(problem.sentence()))
            }
            Deed::Delete { collection, id } => {
                let (wanted, mut state) = (text(id)?, lane.write());
                if state.stores().get(*collection).is_none_or(|store| store.get(&wanted).is_none()) {
                    return Err(why(format!("there is no {id}")));
                }
                state.remove(&lane.ground, *collection, &wanted).map_err(|full| why(full.to_string()))
            }
            Deed::Set { collection, id, fields } => {
                let (wanted, fields) = (text(id)?, self.with(fired, |scope| fields.fill(scope))?);
                let Value::Object(fields) = fields else { return Err(why("fields are an object".to_owned())) };
                let altered = self.answers.alter(lane, *collection, &wanted, &fields, now);
                altered.map_err(|problem| match problem.kind {
                    Kind::NotFound => why(format!("there is no {id}")),
                    _ => why(problem.sentence()),
                })
            }
            Deed::Revoke { key } => match self.access.revoke(&lane.windows, &text(key)?) {
                true => Ok(()),
                false => Err(why("too many keys are revoked in this lane".to_owned())),
            },
        }
    }

    fn move_clock(&self, clock: &ClockMove) -> Result<(), String> {
        let lane = self.asked.lane;
        match clock {
            ClockMove::Advance(length) => lane.advance_by(*length).map(drop).map_err(|unfit| unfit.to_string()),
            ClockMove::To(moment) => match lane.advance_to(*moment) {
                Ok(_) => Ok(()),
                Err(past) => Err(format!("no clock goes back, and it is {} already", past.now)),
            },
            ClockMove::Freeze => {
                lane.clock.freeze();
                Ok(())
            }
            ClockMove::Resume => {
                lane.clock.resume(None);
                Ok(())
            }
        }
    }
}
