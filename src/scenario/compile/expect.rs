//! `expect`: what a client is expected to do. It is judged when a run is over, and looked up now.

use serde_json::Value;

use super::{At, Reading};
use crate::contract::{Location, Role};
use crate::scenario::plan::Expectation;

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
        if let Some(parameters) = &parameters {
            self.names_in_expectation(parameters);
        }
        Some(Expectation {
            verdict: verdict.to_owned(),
            parameters: parameters.map_or(Value::Null, |parameters| parameters.value.clone()),
            pointer: at.pointer.clone(),
            line: self.file.spot(&at.pointer).line,
        })
    }

    fn names_in_expectation(&mut self, parameters: &At<'a>) {
        let (_, reach) = self.reach(Some(parameters));
        self.conditions(parameters, &reach);
        let is_page = |parameter: &crate::contract::Parameter| {
            parameter.location == Location::Query && (parameter.role == Some(Role::Page) || parameter.name == "page")
        };
        if let Some(at) = parameters.get("page").filter(|_| !reach.astray)
            && !reach.has(|operation| operation.parameters.iter().any(is_page))
        {
            let finding = self.key_error(&at, "E0321", "these requests have no number of a page");
            self.found(finding.label("not declared").help("`query` names any other parameter"));
        }
        for name in ["first", "then"] {
            if let Some(at) = parameters.get(name)
                && let Some(id) = at.text()
                && self.contract.operation(id).is_none()
            {
                self.unknown_operation(&at, id);
            }
        }
    }
}
