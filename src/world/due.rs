//! What falls due with time: changes of records, in the order of their moments, and of equal moments in the order in which
//! they were planned.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::room::{Full, Room, Share, of_members};
use super::store::Store;

/// As many things may lie ahead of one lane.
const MOST: usize = 100_000;

#[derive(Debug, Clone, PartialEq)]
pub enum Due {
    /// A record gets these values, as far as it is still there.
    Change {
        /// The collection by its place.
        collection: usize,
        id: String,
        set: Map<String, Value>,
        /// Values that are not shown.
        hidden: Map<String, Value>,
    },
}

#[derive(Debug, Default)]
pub struct Queue {
    waiting: BTreeMap<(Timestamp, u64), Due>,
    next: u64,
    share: Share,
}

impl Queue {
    /// A queue that shares a room with others.
    pub fn within(room: &Arc<Room>) -> Queue {
        Queue { share: Share::of(room), ..Queue::default() }
    }

    pub fn copied(&self) -> Result<Queue, Full> {
        let share = self.share.again()?;
        Ok(Queue { waiting: self.waiting.clone(), next: self.next, share })
    }

    pub fn push(&mut self, at: Timestamp, due: Due) -> Result<(), Full> {
        self.push_all(vec![(at, due)])
    }

    /// Plans all of it, or none.
    pub fn push_all(&mut self, course: Vec<(Timestamp, Due)>) -> Result<(), Full> {
        if self.waiting.len() + course.len() > MOST {
            return Err(Full::Plans(MOST));
        }
        let weight: usize = course.iter().map(|(_, due)| due.weight()).sum();
        self.share.resize(self.share.bytes() + weight)?;
        for (at, due) in course {
            self.waiting.insert((at, self.next), due);
            self.next += 1;
        }
        Ok(())
    }

    /// When the next thing falls due.
    pub fn next(&self) -> Option<Timestamp> {
        self.waiting.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next thing that is due by `now`.
    pub fn take(&mut self, now: Timestamp) -> Option<(Timestamp, Due)> {
        let first = self.waiting.first_entry().filter(|first| first.key().0 <= now)?;
        let ((at, _), due) = first.remove_entry();
        // There is always room for less.
        let _ = self.share.resize(self.share.bytes() - due.weight());
        Some((at, due))
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, &Due)> {
        self.waiting.iter().map(|((at, _), due)| (*at, due))
    }
}

impl Due {
    /// `stores` are those of all collections.
    pub fn happen(self, stores: &mut [Store]) {
        let Due::Change { collection, id, set, hidden } = self;
        let Some(store) = stores.get_mut(collection) else { return };
        let Some(mut record) = store.get(&id).cloned() else { return };
        record.set(set, hidden);
        if let Err(full) = store.put(&id, record) {
            tracing::warn!(id, reason = %full, "a change fell due and had no room");
        }
    }

    /// About how many bytes it holds.
    fn weight(&self) -> usize {
        let Due::Change { id, set, hidden, .. } = self;
        128 + id.len() + of_members(set) + of_members(hidden)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::world::record::Record;
    use crate::world::store::Base;

    fn moment(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn change(id: &str, set: Value, hidden: Value) -> Due {
        let map = |value: Value| value.as_object().cloned().unwrap();
        Due::Change { collection: 1, id: id.to_owned(), set: map(set), hidden: map(hidden) }
    }

    #[test]
    fn things_come_in_order_and_none_before_its_time() {
        let mut queue = Queue::default();
        for (at, id) in [(5, "c"), (1, "a"), (5, "d"), (3, "b"), (9, "e")] {
            queue.push(moment(at), change(id, json!({}), json!({}))).unwrap();
        }
        assert_eq!((queue.next(), queue.len()), (Some(moment(1)), 5));
        assert_eq!(queue.take(moment(0)), None);
        let mut taken = Vec::new();
        while let Some((at, Due::Change { id, .. })) = queue.take(moment(5)) {
            taken.push((at.as_second(), id));
        }
        assert_eq!(taken, [(1, "a"), (3, "b"), (5, "c"), (5, "d")].map(|(at, id)| (at, id.to_owned())));
        assert_eq!(queue.next(), Some(moment(9)));
    }

    #[test]
    fn a_change_is_written_over_what_is_there() {
        let visit = Record::new(json!({ "id": "v1", "status": "waiting", "note": "x" }));
        let mut stores = [Vec::new(), vec![visit]].map(|records| Store::new(Arc::new(Base::new("id", records))));
        change("v1", json!({ "status": "done" }), json!({ "bill": 12 })).happen(&mut stores);
        let visit = stores[1].get("v1").unwrap();
        assert_eq!(*visit.shown, json!({ "id": "v1", "status": "done", "note": "x" }));
        assert_eq!(visit.field("bill"), Some(&json!(12)));

        change("gone", json!({ "status": "done" }), json!({})).happen(&mut stores);
        assert_eq!(stores[1].len(), 1);
        change("v1", json!({}), json!({})).happen(&mut []);
    }

    #[test]
    fn only_so_much_can_lie_ahead() {
        let mut queue = Queue::default();
        for _ in 0..MOST {
            queue.push(moment(0), change("a", json!({}), json!({}))).unwrap();
        }
        assert_eq!(queue.push(moment(0), change("a", json!({}), json!({}))), Err(Full::Plans(MOST)));
        queue.take(moment(0)).unwrap();
        let two = || [(); 2].map(|()| (moment(0), change("a", json!({}), json!({})))).to_vec();
        assert_eq!(
            (queue.push_all(two()), queue.len()),
            (Err(Full::Plans(MOST)), MOST - 1),
            "nothing is planned by halves"
        );
        assert_eq!(queue.push(moment(0), change("a", json!({}), json!({}))), Ok(()));
    }

    #[test]
    fn what_lies_ahead_takes_its_share() {
        let room = Arc::new(Room::new(2_000));
        let mut queue = Queue::within(&room);
        queue.push(moment(0), change("a", json!({ "note": "x".repeat(1_000) }), json!({}))).unwrap();
        let taken = room.taken();
        assert!((1_000..2_000).contains(&taken), "{taken}");
        let long = change("b", json!({}), json!({ "note": "x".repeat(1_000) }));
        assert_eq!(queue.push(moment(0), long), Err(Full::All(2_000)));
        assert_eq!((queue.copied().map(drop), queue.len()), (Err(Full::All(2_000)), 1));
        queue.take(moment(0)).unwrap();
        assert_eq!(room.taken(), 0);
    }
}
