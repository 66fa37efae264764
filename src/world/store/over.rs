//! What a lane changed, over another base: the fixtures were written anew, and the lane goes on.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Base, Store};
use crate::world::record::Record;
use crate::world::room::Room;

/// What could not be taken along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub id: String,
    pub why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The base has the record no more.
    Gone,
    /// The schema forbids what came out.
    Unfit,
    /// There was no room.
    Full,
}

/// How many records of one base are not in the other, the other way round, or in both and different.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Difference {
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
}

impl Base {
    /// From an earlier base to this one.
    pub fn since(&self, before: &Base) -> Difference {
        let mut difference = Difference::default();
        for (id, record) in &self.records {
            match before.get(id) {
                None => difference.added += 1,
                Some(known) => difference.changed += usize::from(!alike(known, record)),
            }
        }
        difference.removed = before.records.len() + difference.added - self.records.len();
        difference
    }

    /// Whether a lane would see the same in either. Of what records do when they are started nobody can tell.
    pub fn is_like(&self, other: &Base) -> bool {
        self.records.len() == other.records.len()
            && self.behaviours.is_empty()
            && other.behaviours.is_empty()
            && self.records.iter().zip(&other.records).all(|(a, b)| a.0 == b.0 && alike(&a.1, &b.1))
    }
}

impl Store {
    /// The same changes over another base. Of a record that the lane changed, what it did not touch is as the base has it
    /// now. `suits` tells whether a record may be as it came out.
    pub fn over(&self, base: Arc<Base>, room: &Arc<Room>, suits: impl Fn(&Record) -> bool) -> (Store, Vec<Left>) {
        let mut store = Store::within(base, room);
        let mut left = Vec::new();
        let mut leave = |id: &str, why| left.push(Left { id: id.to_owned(), why });
        for (id, change) in self.changed() {
            let (Some(before), Some(now)) = (self.base.get(id), store.base.get(id)) else {
                if change.is_some() {
                    leave(id, Why::Gone);
                }
                continue;
            };
            let done = match change.map(|mine| merged(before, mine, now)) {
                None => store.remove(id).map(drop),
                Some(record) if suits(&record) => store.put(id, record),
                Some(_) => {
                    leave(id, Why::Unfit);
                    continue;
                }
            };
            if done.is_err() {
                leave(id, Why::Full);
            }
        }
        for (place, id, record) in self.own_records() {
            if !suits(record) {
                leave(id, Why::Unfit);
                continue;
            }
            // Two records that were made one after the other stay in that order.
            let placed = store.skip_to(place).and_then(|_| store.put(id, record.clone()));
            if placed.is_err() {
                leave(id, Why::Full);
            }
        }
        // Ids that were given once are not given again. There is no room needed for that where something was changed.
        let _ = store.skip_to(self.ever_added());
        (store, left)
    }

    fn own_records(&self) -> impl Iterator<Item = (u64, &str, &Record)> {
        let added = self.own.iter().flat_map(|own| &own.added);
        added.map(|(place, (id, record))| (*place, id.as_str(), record))
    }
}

fn alike(a: &Record, b: &Record) -> bool {
    a.is(b) || (a.shown == b.shown && a.hidden == b.hidden)
}

/// What was changed from `before` to `mine`, changed in `now`.
fn merged(before: &Record, mine: &Record, now: &Record) -> Record {
    if alike(before, now) {
        return mine.clone();
    }
    let part = |before: &Value, mine: &Value, now: &Value| match now {
        _ if before == mine => now.clone(),
        Value::Object(now) => Value::Object(members(before, mine, now)),
        _ => mine.clone(),
    };
    Record {
        shown: Arc::new(part(&before.shown, &mine.shown, &now.shown)),
        hidden: Arc::new(part(&before.hidden, &mine.hidden, &now.hidden)),
    }
}

fn members(before: &Value, mine: &Value, now: &Map<String, Value>) -> Map<String, Value> {
    let mut all = now.clone();
    for (name, value) in mine.as_object().into_iter().flatten() {
        if before.get(name) != Some(value) {
            all.insert(name.clone(), value.clone());
        }
    }
    let gone = before.as_object().into_iter().flatten().filter(|(name, _)| mine.get(name).is_none());
    for (name, _) in gone {
        all.shift_remove(name);
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn base(records: &[Value]) -> Arc<Base> {
        Arc::new(Base::new("id", records.iter().cloned().map(Record::new).collect()))
    }

    fn pets() -> Vec<Value> {
        vec![json!({ "id": "rex", "name": "Rex", "age": 3, "food": "meat" }), json!({ "id": "tom", "name": "Tom" })]
    }

    /// Rex was renamed and lost his food, Tom is gone, Kim and Ida came, and Kim went again.
    fn changed() -> Store {
        let mut store = Store::new(base(&pets()));
        store.put("rex", Record::new(json!({ "id": "rex", "name": "Max", "age": 3 }))).unwrap();
        store.remove("tom").unwrap();
        for id in ["kim", "ida"] {
            store.put(id, Record::new(json!({ "id": id }))).unwrap();
        }
        store.remove("kim").unwrap();
        store
    }

    fn over(records: &[Value], suits: impl Fn(&Record) -> bool) -> (Vec<Value>, Vec<(String, Why)>) {
        let (store, left) = changed().over(base(records), &Arc::default(), suits);
        let shown = store.iter().map(|record| (*record.shown).clone()).collect();
        (shown, left.into_iter().map(|left| (left.id, left.why)).collect())
    }

    #[test]
    fn what_the_lane_did_not_touch_is_as_the_fixtures_say() {
        let fixtures = [
            json!({ "id": "new", "name": "New" }),
            json!({ "id": "rex", "name": "Rexx", "age": 4, "food": "fish", "chip": 1 }),
            json!({ "id": "tom", "name": "Tommy" }),
        ];
        let (shown, left) = over(&fixtures, |_| true);
        let rex = json!({ "id": "rex", "name": "Max", "age": 4, "chip": 1 });
        assert_eq!(shown, [json!({ "id": "new", "name": "New" }), rex, json!({ "id": "ida" })]);
        assert_eq!(left, []);
    }

    #[test]
    fn what_no_longer_fits_is_told() {
        let (shown, left) = over(&[], |_| true);
        assert_eq!((shown, left), (vec![json!({ "id": "ida" })], vec![("rex".to_owned(), Why::Gone)]));
        let (shown, left) = over(&pets(), |record| record.shown["age"] != 3);
        assert_eq!(shown, [pets()[0].clone(), json!({ "id": "ida" })]);
        assert_eq!(left, [("rex".to_owned(), Why::Unfit)]);
        let room = Arc::new(Room::new(200));
        let (store, left) = changed().over(base(&pets()), &room, |_| true);
        assert_eq!((store.len(), left.last().map(|left| left.why)), (2, Some(Why::Full)), "{left:?}");
    }

    #[test]
    fn a_record_of_the_lane_stays_where_the_fixtures_have_got_one_of_its_id() {
        let (shown, left) = over(&[json!({ "id": "ida", "name": "Ida of the fixtures" })], |_| true);
        assert_eq!((shown, left), (vec![json!({ "id": "ida" })], vec![("rex".to_owned(), Why::Gone)]));
    }

    #[test]
    fn ids_that_were_given_are_not_given_again() {
        let (store, _) = changed().over(base(&pets()), &Arc::default(), |_| true);
        assert_eq!((store.ever_added(), store.place("ida")), (2, Some(3)));
        let (store, _) = Store::new(base(&pets())).over(base(&[]), &Arc::default(), |_| true);
        assert_eq!((store.ever_added(), store.len()), (0, 0));
    }

    #[test]
    fn bases_are_compared() {
        let after = [json!({ "id": "rex", "name": "Rex" }), json!({ "id": "ida" }), json!({ "id": "kim" })];
        let difference = base(&after).since(&base(&pets()));
        assert_eq!(difference, Difference { added: 2, removed: 1, changed: 1 });
        assert!(base(&pets()).is_like(&base(&pets())));
        assert!(!base(&after).is_like(&base(&pets())));
        assert!(!base(&pets()[..1]).is_like(&base(&pets())));
    }
}
