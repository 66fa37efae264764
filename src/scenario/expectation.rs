//! What a file's `expect` comes to: a verdict, the requests that it is passed on, and the bounds it is held to.

use std::time::Duration;

use super::matcher::Matcher;
use super::plan::{Condition, Operations, Subject};
use crate::contract::{Location, Operation, Parameter, Role, Values};

/// What the client is expected to do; judged when the run is over, or at any time before.
#[derive(Debug)]
pub struct Expectation {
    /// One of those that the grammar knows.
    pub verdict: String,
    pub of: Requests,
    pub bounds: Bounds,
    /// Of `before`: which operation comes first, and which then, by their places.
    pub order: Option<[usize; 2]>,
    /// Where it stands in its file.
    pub pointer: String,
    pub line: usize,
}

/// Requests that something is said of.
#[derive(Debug, Default)]
pub struct Requests {
    pub operations: Operations,
    /// Of parameters in the path and in the query.
    pub conditions: Vec<Condition>,
    /// Of the number of the page, whatever the operation calls it.
    pub page: Option<Matcher>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    pub exactly: Option<Amount>,
    pub at_least: Option<Amount>,
    pub at_most: Option<Amount>,
    pub within: Option<Duration>,
    pub after: Option<Amount>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    Count(u64),
    Time(Duration),
}

impl Requests {
    /// Whether it is all requests, those to no operation too.
    pub fn is_all(&self) -> bool {
        self.operations == Operations::All && self.conditions.is_empty() && self.page.is_none()
    }

    /// Whether a request to an operation is one of these, by its parameters as they were understood.
    pub fn has(&self, operation: Option<&Operation>, values: &Values) -> bool {
        let Some(operation) = operation else { return self.is_all() };
        let meets = |condition: &Condition| {
            let value = match &condition.of {
                Subject::Path(name) => values.get(Location::Path, name),
                Subject::Query(name) => values.get(Location::Query, name),
                _ => None,
            };
            condition.test.passes_text(value)
        };
        let page = || operation.parameters.iter().find(|parameter| is_page(parameter));
        self.operations.has(operation.index)
            && self.conditions.iter().all(meets)
            && self
                .page
                .as_ref()
                .is_none_or(|test| page().is_some_and(|page| test.passes_text(values.get(Location::Query, &page.name))))
    }
}

impl Amount {
    pub fn count(self) -> Option<u64> {
        match self {
            Amount::Count(count) => Some(count),
            Amount::Time(_) => None,
        }
    }

    pub fn time(self) -> Option<Duration> {
        match self {
            Amount::Time(time) => Some(time),
            Amount::Count(_) => None,
        }
    }
}

/// Whether a parameter is the number of a page.
pub fn is_page(parameter: &Parameter) -> bool {
    parameter.location == Location::Query && (parameter.role == Some(Role::Page) || parameter.name == "page")
}
