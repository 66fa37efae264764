//! Something for each value of a subject, for so many values as were seen last.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::seed::Seed;

/// Values are known by their digest: one may be as long as a body, or a secret.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger<T> {
    entries: HashMap<u64, (u64, T)>,
    /// By when they were last seen.
    order: BTreeMap<u64, u64>,
    seen: u64,
}

/// What a value is known by; what is not there has a digest too.
pub(super) fn digest(value: Option<&Value>) -> u64 {
    match value {
        None => 0,
        Some(Value::String(text)) => Seed(1).digest(text.as_bytes()),
        Some(other) => Seed(2).digest(other.to_string().as_bytes()),
    }
}

impl<T: Default> Ledger<T> {
    /// The entry of a value, a new one if it was not seen yet. Beyond `most` the one that was not seen for longest goes.
    pub fn entry(&mut self, value: u64, most: usize) -> &mut T {
        self.seen += 1;
        if !self.entries.contains_key(&value)
            && self.entries.len() >= most
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.entries.remove(&oldest);
        }
        let entry = self.entries.entry(value).or_default();
        self.order.remove(&entry.0);
        self.order.insert(self.seen, value);
        entry.0 = self.seen;
        &mut entry.1
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        assert_eq!(self.entries.len(), self.order.len());
        self.entries.len()
    }
}
