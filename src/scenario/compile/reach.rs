//! Which operations a rule can take: `operation` and `tag` of its `when`.

use super::{At, Reading};
use crate::contract::{Location, Operation};
use crate::scenario::plan::Operations;

/// The operations whose requests a rule can take, and how it wants to be judged by them.
pub struct Reach<'c> {
    pub operations: Vec<&'c Operation>,
    /// Each of them was named, so that what is said must hold for every one. Otherwise one is enough for what they are asked
    /// for by name.
    pub named: bool,
    /// One was named that there is not: nothing can be said of what it has.
    pub astray: bool,
    /// The rule is for requests that the contract refuses.
    pub refused: bool,
    /// What it answers may break the contract.
    pub breaks: bool,
}

impl<'c> Reach<'c> {
    /// Whether something holds that is asked for by name.
    pub fn has(&self, test: impl Fn(&Operation) -> bool) -> bool {
        match self.named {
            true => self.operations.iter().all(|operation| test(operation)),
            false => self.operations.iter().any(|operation| test(operation)),
        }
    }

    /// The first operation of which something does not hold.
    pub fn lacking(&self, test: impl Fn(&Operation) -> bool) -> Option<&'c Operation> {
        self.operations.iter().copied().find(|operation| !test(operation))
    }

    /// The names of all parameters in a place.
    pub fn parameters(&self, location: Location) -> Vec<&'c str> {
        let all = self.operations.iter().flat_map(|operation| &operation.parameters);
        let mut names: Vec<&str> =
            all.filter(|parameter| parameter.location == location).map(|parameter| parameter.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl<'a> Reading<'a> {
    /// `when` is that of a rule, or nothing at all.
    pub fn reach(&mut self, when: Option<&At<'a>>) -> (Operations, Reach<'a>) {
        let all = &self.contract.operations;
        let by_name = when.and_then(|when| when.get("operation"));
        let by_tag = when.and_then(|when| when.get("tag"));
        let mut reach = Reach {
            operations: all.iter().collect(),
            named: false,
            astray: false,
            refused: when.is_some_and(|when| when.flag("refused")),
            breaks: false,
        };
        if by_name.is_none() && by_tag.is_none() {
            self.basis.all_operations();
            return (Operations::All, reach);
        }
        let mut places = Vec::new();
        reach.named = by_tag.is_none();
        for at in by_name.iter().flat_map(At::items) {
            match at.text() {
                Some("*") => {
                    reach.named = false;
                    places.extend(0..all.len());
                }
                Some(id) => match all.iter().position(|operation| operation.id == id) {
                    Some(place) => places.push(place),
                    None => {
                        reach.astray = true;
                        self.unknown_operation(&at, id);
                    }
                },
                None => self.not_read(&at, "the name of an operation"),
            }
        }
        for at in by_tag.iter().flat_map(At::items) {
            let Some(tag) = at.text() else { continue };
            let before = places.len();
            places.extend((0..all.len()).filter(|place| all[*place].tags.iter().any(|known| known == tag)));
            if places.len() == before {
                reach.astray = true;
                let known = all.iter().flat_map(|operation| &operation.tags).map(String::as_str);
                let finding = self.error(&at, "E0320", format!("no operation has the tag \"{tag}\""));
                self.found(finding.label("not in the contract").meant(tag, known));
            }
        }
        places.sort_unstable();
        places.dedup();
        match reach.named {
            true => self.basis.named(&places),
            false => self.basis.all_operations(),
        }
        reach.operations = places.iter().map(|place| &all[*place]).collect();
        match places.len() == all.len() {
            true => (Operations::All, reach),
            false => (Operations::Some(places), reach),
        }
    }

    pub fn unknown_operation(&mut self, at: &At, id: &str) {
        let known = self.contract.operations.iter().map(|operation| operation.id.as_str());
        let finding = self.error(at, "E0319", format!("there is no operation \"{id}\""));
        let finding = finding.label("not in the contract").meant(id, known);
        self.found(match finding.help {
            None => finding.help("`ayra-mock routes` lists the operations that there are"),
            _ => finding,
        });
    }
}
