//! Answers that are kept for whoever asks the same next. A key names everything that an answer depends on, the version of
//! what it was made from among it, so nothing that is found is out of date, and nothing ever has to be thrown out for
//! that. What is long not asked for goes when room is needed.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many callers can look at once.
const SHELVES: usize = 16;
/// What a key and its place take beside the value.
const OVERHEAD: usize = 160;

/// A cache of a bounded size in bytes.
#[derive(Debug)]
pub struct Cache<V> {
    shelves: [Mutex<Shelf<V>>; SHELVES],
    hasher: RandomState,
    /// As much as each half of a shelf may hold.
    half: usize,
}

/// What an answer was made from, and for which question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The lane, and how often it had been changed.
    pub lane: u64,
    pub version: u64,
    /// The second as of which it is true, where that makes a difference.
    pub as_of: i64,
    /// The place of the operation, and the form of the answer.
    pub operation: usize,
    pub form: usize,
    pub question: String,
}

/// What was asked for lately, and what was before that. The older half goes as a whole.
#[derive(Debug)]
struct Shelf<V> {
    young: Half<V>,
    old: Half<V>,
    weight: usize,
}

/// By the hash of the key, which finds the shelf as well and is worked out once. Of two keys with the same hash the later
/// one takes the place.
type Half<V> = HashMap<u64, Kept<V>, BuildHasherDefault<AsItIs>>;

#[derive(Debug)]
struct Kept<V> {
    key: Key,
    value: V,
    weight: usize,
}

/// For numbers that are hashes already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }
}

impl<V: Clone> Cache<V> {
    /// Holds no more than `most` bytes.
    pub fn new(most: usize) -> Cache<V> {
        let shelf = || Mutex::new(Shelf { young: Half::default(), old: Half::default(), weight: 0 });
        Cache { shelves: std::array::from_fn(|_| shelf()), hasher: RandomState::new(), half: most / SHELVES / 2 }
    }

    pub fn get(&self, key: &Key) -> Option<V> {
        let hash = self.hasher.hash_one(key);
        let mut shelf = self.shelf(hash);
        if let Some(kept) = shelf.young.get(&hash).filter(|kept| kept.key == *key) {
            return Some(kept.value.clone());
        }
        let kept = shelf.old.remove(&hash).filter(|kept| kept.key == *key)?;
        let value = kept.value.clone();
        shelf.put(hash, kept, self.half);
        Some(value)
    }

    /// Keeps a value of this weight in bytes. One that would take up a whole shelf is not kept.
    pub fn put(&self, key: Key, value: V, weight: usize) {
        let weight = weight + key.question.len() + OVERHEAD;
        if weight <= self.half {
            let hash = self.hasher.hash_one(&key);
            self.shelf(hash).put(hash, Kept { key, value, weight }, self.half);
        }
    }

    fn shelf(&self, hash: u64) -> MutexGuard<'_, Shelf<V>> {
        // Others of its bits than these place it on the shelf.
        let place = (hash >> 32) as usize % SHELVES;
        self.shelves[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    fn weight(&self) -> usize {
        let shelves = self.shelves.iter().map(|shelf| shelf.lock().unwrap());
        shelves.map(|shelf| shelf.young.values().chain(shelf.old.values()).map(|kept| kept.weight).sum::<usize>()).sum()
    }
}

impl<V> Shelf<V> {
    fn put(&mut self, hash: u64, kept: Kept<V>, half: usize) {
        if self.weight + kept.weight > half {
            self.old = mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += kept.weight;
        if let Some(replaced) = self.young.insert(hash, kept) {
            self.weight -= replaced.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(question: &str) -> Key {
        Key { lane: 1, version: 1, as_of: 0, operation: 0, form: 0, question: question.to_owned() }
    }

    #[test]
    fn what_was_kept_is_found_under_its_whole_key() {
        let cache = Cache::new(1 << 20);
        cache.put(key("a"), "answer", 10);
        assert_eq!(cache.get(&key("a")), Some("answer"));
        for other in [
            key("b"),
            Key { lane: 2, ..key("a") },
            Key { version: 2, ..key("a") },
            Key { as_of: 60, ..key("a") },
            Key { form: 1, ..key("a") },
        ] {
            assert_eq!(cache.get(&other), None, "{other:?}");
        }
        cache.put(key("a"), "another", 10);
        assert_eq!(cache.get(&key("a")), Some("another"));
    }

    #[test]
    fn it_never_holds_more_than_it_may() {
        const MOST: usize = 320_000;
        let cache = Cache::new(MOST);
        for number in 0..10_000 {
            cache.put(key(&number.to_string()), number, 500);
            cache.get(&key("0"));
            assert!(cache.weight() <= MOST);
        }
        assert!(cache.weight() > MOST / 3, "{}", cache.weight());
        assert_eq!(cache.get(&key("9999")), Some(9999));
        assert_eq!(cache.get(&key("1")), None, "what nobody asked for is gone");
        assert_eq!(cache.get(&key("0")), Some(0), "what is asked for all the time stays");
        cache.put(key("giant"), 0, MOST);
        assert_eq!(cache.get(&key("giant")), None);
    }
}
