//! `when`: what a request has to be for a rule to take it.

use super::reach::Reach;
use super::{At, Reading};
use crate::contract::Location;
use crate::scenario::notation;
use crate::scenario::plan::{Calls, CountBy, Moment, Subject, When, Window};

impl<'a> Reading<'a> {
    pub fn when(&mut self, when: Option<&At<'a>>) -> (When, Reach<'a>) {
        let (operations, reach) = self.reach(when);
        let Some(when) = when else { return (When { operations, ..When::default() }, reach) };
        let states = when.get("state").map(|at| at.items()).unwrap_or_default();
        let settled = When {
            operations,
            conditions: self.conditions(when, &reach),
            states: states.iter().filter_map(At::text).map(str::to_owned).collect(),
            time: when.get("time").and_then(|time| self.window(&time)),
            refused: reach.refused,
            calls: self.calls(when),
            count_by: when.get("count_by").and_then(|at| self.count_by(&at, &reach)).unwrap_or_default(),
            chance: when.get("chance").and_then(|at| self.chance(&at)),
        };
        (settled, reach)
    }

    /// `call` and `once`.
    fn calls(&mut self, when: &At<'a>) -> Calls {
        let once = when.flag("once");
        let Some(at) = when.get("call") else {
            return if once { Calls::Within(vec![1..=1]) } else { Calls::All };
        };
        let Some(calls) = notation::calls(at.value) else {
            self.not_read(&at, &notation::CALLS.accepted());
            return Calls::All;
        };
        let impossible = match &calls {
            Calls::All => None,
            Calls::Every { nth: 0, .. } => Some("every 0th call is none at all".to_owned()),
            Calls::Every { from: 0, .. } => Some("calls are counted from 1".to_owned()),
            Calls::Every { .. } => None,
            Calls::Within(ranges) => ranges.iter().find_map(|range| match (*range.start(), *range.end()) {
                (from, to) if from > to => Some(format!("there is no call from {from} to {to}")),
                (0, 0) => Some("calls are counted from 1".to_owned()),
                _ => None,
            }),
        };
        if let Some(impossible) = impossible {
            let finding = self.error(&at, "E0329", impossible).label("never comes");
            self.found(finding.help(format!("expected {}", notation::CALLS.accepted())));
        } else if once && !calls.takes(1) {
            let finding = self.error(&at, "E0329", "`once` is the first call, and this leaves it out");
            self.found(finding.label("never comes").help("`call: 2` is the second call alone"));
        }
        if once { Calls::Within(vec![1..=1]) } else { calls }
    }

    pub fn count_by(&mut self, at: &At, reach: &Reach<'a>) -> Option<CountBy> {
        let text = at.text()?;
        let read = notation::count_by(text);
        let read = self.read(at, &notation::COUNT_BY, read)?;
        if let CountBy::Each(subject) = &read {
            self.subject_is_there(at, subject, reach);
        }
        Some(read)
    }

    /// A part of a request must be one that requests have.
    pub fn subject_is_there(&mut self, at: &At, subject: &Subject, reach: &Reach<'a>) {
        let (name, location) = match subject {
            Subject::Path(name) => (name, Location::Path),
            Subject::Query(name) => (name, Location::Query),
            _ => return,
        };
        let has = |operation: &crate::contract::Operation| {
            operation.parameters.iter().any(|one| one.location == location && one.name == *name)
        };
        if !reach.astray && !reach.has(has) {
            self.undeclared(at, false, name, location, reach);
        }
    }

    fn chance(&mut self, at: &At) -> Option<u32> {
        let read = notation::chance(at.value);
        if read == Some(0) {
            let finding = self.error(at, "E0329", "with a chance of 0 the rule never fires");
            self.found(finding.help("the least is 0.0001%; leave the rule out if it shall not fire"));
        }
        self.read(at, &notation::PERCENT, read)
    }

    fn window(&mut self, time: &At<'a>) -> Option<Window> {
        let from = time.get("from").and_then(|at| self.moment_or_span(&at));
        let until = time.get("until").and_then(|at| self.moment_or_span(&at));
        let is_empty = match (&from, &until) {
            (Some(Moment::At(from)), Some(Moment::At(until))) => from >= until,
            (Some(Moment::After(from)), Some(Moment::After(until))) => from >= until,
            (None, Some(Moment::After(until))) => until.is_zero(),
            _ => false,
        };
        if is_empty {
            let finding = self.error(time, "E0329", "the time is over before it begins");
            self.found(finding.label("never comes").help("`from` counts, `until` does not count any more"));
        }
        Some(Window { from, until })
    }

    fn moment_or_span(&mut self, at: &At) -> Option<Moment> {
        match at.text().is_some_and(|text| notation::DURATION.fits(text)) {
            true => self.span(at).map(Moment::After),
            false => self.moment(at).map(Moment::At),
        }
    }
}
