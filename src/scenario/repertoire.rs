//! The scenarios that there are, and those that every lane begins with.

use std::sync::Arc;

use super::plan::Scenario;
use crate::nearest::nearest;

#[derive(Debug, Clone, Default)]
pub struct Repertoire {
    /// No two have the same name.
    known: Vec<Arc<Scenario>>,
    opening: Vec<Arc<Scenario>>,
}

impl Repertoire {
    /// `opening` are those that are armed in a lane from its first request on, in this order.
    pub fn new(known: Vec<Arc<Scenario>>, opening: Vec<Arc<Scenario>>) -> Repertoire {
        Repertoire { known, opening }
    }

    pub fn find(&self, name: &str) -> Option<&Arc<Scenario>> {
        self.known.iter().find(|known| known.name == name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Scenario>> {
        self.known.iter()
    }

    pub fn opening(&self) -> &[Arc<Scenario>] {
        &self.opening
    }

    /// The name that was meant by one that there is not.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.known.iter().map(|known| known.name.as_str()))
    }
}
