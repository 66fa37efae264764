//! Something for each value of a subject, for so many values as were seen last.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::seed::Seed;
use crate::world::room::Share;
use crate::world::{Full, Room};

/// As many values one rule counts apart.
pub(super) const MOST: usize = 10_000;
/// About what one of them takes.
const BYTES: usize = 128;

/// Values are known by their digest: one may be as long as a body, or a secret.
#[derive(Debug)]
pub(super) struct Ledger<T> {
    entries: HashMap<u64, Entry<T>>,
    /// By when they were last seen.
    order: BTreeMap<u64, u64>,
    seen: u64,
    share: Share,
}

#[derive(Debug, Clone, Default)]
struct Entry<T> {
    seen: u64,
    kept: T,
}

/// What a value is known by; what is not there has a digest too.
pub(super) fn digest(value: Option<&Value>) -> u64 {
    match value {
        None => 0,
        Some(Value::String(text)) => Seed(1).digest(text.as_bytes()),
        Some(other) => Seed(2).digest(other.to_string().as_bytes()),
    }
}

impl<T: Clone + Default> Ledger<T> {
    pub fn within(room: &Arc<Room>) -> Ledger<T> {
        let (entries, order) = (HashMap::new(), BTreeMap::new());
        Ledger { entries, order, seen: 0, share: Share::of(room) }
    }

    pub fn get(&self, value: u64) -> Option<&T> {
        self.entries.get(&value).map(|entry| &entry.kept)
    }

    /// The entry of a value, a new one if it was not seen yet. Where there is no room for one more, that goes which was not
    /// seen for longest.
    pub fn entry(&mut self, value: u64) -> &mut T {
        self.seen += 1;
        let count = self.entries.len();
        let is_new = !self.entries.contains_key(&value);
        if is_new && (count >= MOST || self.share.resize((count + 1) * BYTES).is_err()) {
            self.forget();
        }
        let entry = self.entries.entry(value).or_default();
        self.order.remove(&entry.seen);
        self.order.insert(self.seen, value);
        entry.seen = self.seen;
        &mut entry.kept
    }

    pub fn copied(&self) -> Result<Ledger<T>, Full> {
        let Ledger { entries, order, seen, share } = self;
        Ok(Ledger { entries: entries.clone(), order: order.clone(), seen: *seen, share: share.again()? })
    }

    /// Takes what it keeps from another room from here on. Where there is no room for all of it, it begins anew.
    pub fn move_to(&mut self, room: &Arc<Room>) {
        if self.share.move_to(room).is_err() {
            self.entries.clear();
            self.order.clear();
        }
    }

    fn forget(&mut self) {
        if let Some((_, oldest)) = self.order.pop_first() {
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_that_was_not_seen_for_longest_is_forgotten() {
        let mut ledger = Ledger::<u64>::within(&Arc::default());
        for value in 1..=30_000 {
            *ledger.entry(value) += 1;
            *ledger.entry(0) += 1;
            assert!(ledger.entries.len() <= MOST && ledger.entries.len() == ledger.order.len());
        }
        assert_eq!(ledger.get(0), Some(&30_000));
        assert_eq!((ledger.get(30_000 - MOST as u64 + 2), ledger.get(30_000 - MOST as u64 + 1)), (Some(&1), None));
        assert_eq!(*ledger.entry(7), 0);
    }

    #[test]
    fn without_room_it_keeps_what_it_has_room_for() {
        let room = Arc::new(Room::new(10 * BYTES));
        let mut ledger = Ledger::<u64>::within(&room);
        for value in 0..100 {
            *ledger.entry(value) += 1;
        }
        assert_eq!((ledger.entries.len(), ledger.get(99), room.taken()), (10, Some(&1), 10 * BYTES));
        assert!(ledger.copied().is_err());
        drop(ledger);
        assert_eq!(room.taken(), 0);
    }
}
