//! `expect`: what a client is expected to do. It is judged when a run is over, and looked up now.

use std::time::Duration;

use super::matching::Typing;
use super::{At, Reading};
use crate::scenario::expectation::{Amount, Bounds, Expectation, Requests, is_page};

impl<'a> Reading<'a> {
    pub fn expectations(&mut self, list: &At<'a>) -> Vec<Expectation> {
        list.items().iter().filter_map(|at| self.expectation(at)).collect()
    }

    /// A name, or a map of one name to its parameters.
    fn expectation(&mut self, at: &At<'a>) -> Option<Expectation> {
        let (verdict, parameters) = match at.text() {
            Some(name) => (name, None),
            None => at.members().next().map(|(name, parameters)| (name, Some(parameters)))?,
        };
        let (mut of, mut bounds, mut order) = (Requests::default(), Bounds::default(), None);
        if let Some(parameters) = &parameters {
            of = self.requests(parameters);
            bounds = self.bounds(parameters);
            order = self.order(parameters);
        }
        let line = self.file.spot(&at.pointer).line;
        Some(Expectation { verdict: verdict.to_owned(), of, bounds, order, pointer: at.pointer.clone(), line })
    }

    fn requests(&mut self, parameters: &At<'a>) -> Requests {
        let (operations, reach) = self.reach(Some(parameters));
        let conditions = self.conditions(parameters, &reach);
        let page = parameters.get("page").filter(|_| !reach.astray).and_then(|at| {
            if !reach.has(|operation| operation.parameters.iter().any(is_page)) {
                let finding = self.key_error(&at, "E0321", "these requests have no number of a page");
                self.found(finding.label("not declared").help("`query` names any other parameter"));
                return None;
            }
            let parameters = reach.operations.iter().flat_map(|operation| &operation.parameters);
            let page = parameters.into_iter().find(|parameter| is_page(parameter))?;
            self.matcher(&at, Typing::Parameter(page))
        });
        Requests { operations, conditions, page }
    }

    fn bounds(&mut self, parameters: &At<'a>) -> Bounds {
        let mut amount = |name: &str| parameters.get(name).and_then(|at| self.amount(&at));
        let (exactly, at_least, at_most) = (amount("exactly"), amount("at_least"), amount("at_most"));
        let after = amount("after");
        let within = parameters.get("within").and_then(|at| self.time(&at));
        let bounds = Bounds { exactly, at_least, at_most, within, after };
        self.sense(parameters, &bounds);
        bounds
    }

    /// What no run can keep, or every run does, is a slip.
    fn sense(&mut self, parameters: &At<'a>, bounds: &Bounds) {
        let order = |least: Amount, most: Amount| match (least, most) {
            (Amount::Count(least), Amount::Count(most)) => least > most,
            (Amount::Time(least), Amount::Time(most)) => least > most,
            _ => false,
        };
        let (least, most) = (parameters.get("at_least"), parameters.get("at_most"));
        if let (Some(_), Some(beside)) = (bounds.exactly, least.as_ref().or(most.as_ref())) {
            let finding = self.key_error(beside, "E0315", "\"exactly\" says it all");
            self.found(finding.label("one too many").help("write \"exactly\", or \"at_least\" and \"at_most\""));
        } else if let (Some(low), Some(high), Some(at)) = (bounds.at_least, bounds.at_most, &least)
            && order(low, high)
        {
            let finding = self.error(at, "E0315", "\"at_least\" is more than \"at_most\": no run can keep both");
            self.found(finding.label("too much").help("write \"exactly\" for one number, or the smaller one first"));
        }
        let is_nothing = |bound: Option<Amount>| bound.and_then(Amount::time).is_some_and(|time| time.is_zero());
        let within = bounds.within.map(Amount::Time);
        let bounds = [("at_least", bounds.at_least), ("at_most", bounds.at_most), ("after", bounds.after)];
        for (name, bound) in bounds.into_iter().chain([("within", within)]) {
            if let Some(at) = parameters.get(name).filter(|_| is_nothing(bound)) {
                let finding = self.error(&at, "E0317", format!("\"{name}\" is no time at all"));
                self.found(finding.label("more than nothing").help("leave it out, or say how long"));
            }
        }
        // A count of requests is the one that may be nothing, and then says nothing.
        if let Some(at) = least.filter(|at| at.value.as_u64() == Some(0) && most.is_none()) {
            let finding = self.error(&at, "E0317", "every run has at least none of them");
            self.found(finding.label("more than nothing").help("`never` and `exactly: 0` ask for none"));
        }
    }

    fn amount(&mut self, at: &At<'a>) -> Option<Amount> {
        match at.value.as_u64() {
            Some(count) => Some(Amount::Count(count)),
            None => self.time(at).map(Amount::Time),
        }
    }

    fn time(&mut self, at: &At<'a>) -> Option<Duration> {
        self.span(at).map(|span| span.unsigned_abs())
    }

    /// The operations of `before`.
    fn order(&mut self, parameters: &At<'a>) -> Option<[usize; 2]> {
        let mut place = |name: &str| {
            let at = parameters.get(name)?;
            let id = at.text()?;
            let place = self.contract.operations.iter().position(|operation| operation.id == id);
            if place.is_none() {
                self.unknown_operation(&at, id);
            }
            place
        };
        let (first, then) = (place("first"), place("then"));
        Some([first?, then?])
    }
}
