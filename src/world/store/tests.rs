use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::contract::Test;
use crate::world::query::Condition;

fn pet(id: &str, age: i64) -> Record {
    Record::new(json!({ "id": id, "age": age, "name": format!("Pet {id}") }))
}

fn store(ids: &[&str]) -> Store {
    let pets = ids.iter().enumerate().map(|(age, id)| pet(id, age as i64)).collect();
    Store::new(Arc::new(Base::new("id", pets)))
}

fn ids<'r>(records: impl IntoIterator<Item = &'r Record>) -> Vec<&'r str> {
    records.into_iter().filter_map(|record| record.shown["id"].as_str()).collect()
}

fn by(field: &str, descending: bool) -> Query {
    Query { conditions: Vec::new(), order: Some(Order { field: field.to_owned(), descending }) }
}

#[test]
fn a_fresh_store_is_a_few_words() {
    assert!(size_of::<Store>() <= 3 * size_of::<usize>());
}

#[test]
fn writes_lie_over_the_base_and_leave_it_alone() {
    let fresh = store(&["a", "b", "c"]);
    let mut lane = fresh.clone();
    lane.put("b", pet("b", 20)).unwrap();
    lane.put("d", pet("d", 4)).unwrap();
    assert!(lane.remove("a").unwrap());
    assert!(!lane.remove("a").unwrap());
    assert_eq!(ids(lane.iter()), ["b", "c", "d"]);
    assert_eq!(lane.get("b").unwrap().shown["age"], 20);
    assert!(lane.get("a").is_none());
    assert_eq!((lane.len(), fresh.len()), (3, 3));
    assert_eq!(ids(fresh.iter()), ["a", "b", "c"]);
    assert_eq!(fresh.get("b").unwrap().shown["age"], 1);
}

#[test]
fn a_copy_goes_its_own_way() {
    let mut first = store(&["a"]);
    first.put("b", pet("b", 1)).unwrap();
    let mut second = first.clone();
    second.put("c", pet("c", 1)).unwrap();
    second.remove("b").unwrap();
    assert_eq!(ids(first.iter()), ["a", "b"]);
    assert_eq!(ids(second.iter()), ["a", "c"]);
}

#[test]
fn what_was_gone_comes_back_as_the_newest() {
    let mut lane = store(&["a", "b"]);
    lane.remove("a").unwrap();
    lane.put("a", pet("a", 9)).unwrap();
    assert_eq!(ids(lane.iter()), ["b", "a"]);
    lane.remove("a").unwrap();
    assert_eq!((ids(lane.iter()), lane.len()), (vec!["b"], 1));
}

#[test]
fn rows_are_sorted_and_of_equals_the_newest_comes_first() {
    let mut lane = store(&["a", "b", "c"]);
    lane.put("d", pet("d", 1)).unwrap();
    lane.put("e", Record::new(json!({ "id": "e" }))).unwrap();
    assert_eq!(ids(&lane.select(&Query::default())), ["e", "d", "c", "b", "a"]);
    assert_eq!(ids(&lane.select(&by("age", false))), ["a", "d", "b", "c", "e"]);
    assert_eq!(ids(&lane.select(&by("age", true))), ["c", "d", "b", "a", "e"], "what lacks the field is last");
    assert_eq!(ids(&lane.select(&by("name", true)))[0], "d");
}

#[test]
fn all_conditions_hold_and_any_field_of_one() {
    let lane = store(&["a", "b", "c", "ba"]);
    let contains = |text: &str| Condition {
        fields: vec!["nickname".to_owned(), "name".to_owned()],
        test: Test::Contains,
        value: json!(text),
    };
    let young = Condition { fields: vec!["age".to_owned()], test: Test::AtMost, value: json!(2) };
    let query = Query { conditions: vec![contains("pet b"), young], order: None };
    assert_eq!(ids(&lane.select(&query)), ["b"]);
    let query = Query { conditions: vec![contains("PET B")], order: None };
    assert_eq!(ids(&lane.select(&query)), ["ba", "b"]);
}

#[test]
fn a_value_is_held_by_one_of_the_others() {
    let mut lane = store(&["a", "b"]);
    assert!(lane.holds("name", &json!("Pet a"), None));
    assert!(!lane.holds("name", &json!("Pet a"), Some("a")));
    assert!(lane.holds("name", &json!("Pet a"), Some("b")));
    lane.remove("a").unwrap();
    assert!(!lane.holds("name", &json!("Pet a"), None));
}

#[test]
fn of_two_records_with_one_id_the_first_counts() {
    let base = Base::new("id", vec![pet("a", 1), pet("a", 2), Record::new(json!({ "name": "x" }))]);
    let lane = Store::new(Arc::new(base));
    assert_eq!((lane.len(), &lane.get("a").unwrap().shown["age"]), (1, &json!(1)));
}

#[test]
fn a_lane_can_be_full_and_have_room_again() {
    let mut lane = store(&["a"]);
    let big = || Record::new(json!({ "text": "x".repeat(MOST_BYTES / 2) }));
    lane.put("b", big()).unwrap();
    assert_eq!(lane.put("c", big()), Err(Full::Records));
    assert_eq!(lane.put("a", big()), Err(Full::Records));
    lane.put("b", big()).unwrap();
    assert_eq!(ids(lane.iter())[0], "a");
    lane.remove("b").unwrap();
    lane.put("a", big()).unwrap();
    assert_eq!(lane.put("c", big()), Err(Full::Records));
    assert!(lane.get("c").is_none());
}

#[test]
fn lanes_share_one_room() {
    let record = |length| Record::new(json!({ "text": "x".repeat(length) }));
    let (base, room) = (Arc::new(Base::default()), Arc::new(Room::new(10_000)));
    let [mut first, mut second] = [0, 1].map(|_| Store::within(base.clone(), &room));
    first.put("a", record(6_000)).unwrap();
    assert_eq!(second.put("b", record(6_000)), Err(Full::All(10_000)));
    assert!(second.is_empty());
    second.put("b", record(1_000)).unwrap();
    let before = room.taken();

    // A copy costs nothing until it becomes one of its own, which here it can't.
    let mut copy = first.clone();
    assert_eq!(room.taken(), before);
    for refused in [copy.put("c", record(1)), copy.put("a", record(1)), copy.remove("a").map(drop)] {
        assert_eq!(refused, Err(Full::All(10_000)));
    }
    assert_eq!((copy.len(), room.taken()), (1, before));
    assert_eq!(copy.remove("none"), Ok(false), "what changes nothing takes no room");
    drop(first);
    copy.put("c", record(1)).unwrap();
    assert!(room.taken() > before, "the last one that is left has it for itself");
    copy.remove("a").unwrap();
    second.put("b", record(6_000)).unwrap();
    drop((copy, second));
    assert_eq!(room.taken(), 0);
}

proptest! {
    /// Against a plain list that does the same.
    #[test]
    fn a_store_is_a_list_of_records(steps in prop::collection::vec((0_u8..3, 0_u8..6, 0_i64..3), 0..40)) {
        let names = ["a", "b", "c", "d", "e", "f"];
        let mut lane = store(&names[..3]);
        let mut list: Vec<(&str, i64)> = vec![("a", 0), ("b", 1), ("c", 2)];
        for (step, name, age) in steps {
            let id = names[name as usize];
            let known = list.iter().position(|(known, _)| *known == id);
            if step == 0 {
                prop_assert_eq!(lane.remove(id).unwrap(), known.is_some());
                known.map(|at| list.remove(at));
            } else {
                lane.put(id, pet(id, age)).unwrap();
                match known {
                    Some(at) => list[at].1 = age,
                    None => list.push((id, age)),
                }
            }
            prop_assert_eq!(lane.len(), list.len());
            prop_assert_eq!(lane.place(id).is_some(), list.iter().any(|(known, _)| *known == id));
        }
        let found: Vec<(String, i64)> =
            lane.iter().map(|pet| (pet.shown["id"].as_str().unwrap().to_owned(), pet.shown["age"].as_i64().unwrap())).collect();
        let list: Vec<(String, i64)> = list.into_iter().map(|(id, age)| (id.to_owned(), age)).collect();
        prop_assert_eq!(found, list);
    }
}
