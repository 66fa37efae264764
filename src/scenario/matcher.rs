//! One test of one value, typed as the request has it.

use serde_json::Value;

use crate::world::matching::is_equal;

#[derive(Debug, Clone, PartialEq)]
pub enum Matcher {
    Equals(Value),
    OneOf(Vec<Value>),
    /// It is there at all, or is not.
    Present(bool),
    Not(Box<Matcher>),
    All(Vec<Matcher>),
}

impl Matcher {
    /// Whether a value passes; `None` is one that is not there.
    pub fn passes(&self, value: Option<&Value>) -> bool {
        match self {
            Matcher::Equals(wanted) => value.is_some_and(|value| is_equal(wanted, value)),
            Matcher::OneOf(wanted) => value.is_some_and(|value| wanted.iter().any(|one| is_equal(one, value))),
            Matcher::Present(wanted) => value.is_some() == *wanted,
            Matcher::Not(matcher) => !matcher.passes(value),
            Matcher::All(matchers) => matchers.iter().all(|matcher| matcher.passes(value)),
        }
    }
}
