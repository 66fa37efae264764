use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::contract::Contract;
use crate::world::query::{Order, Query};
use crate::world::sample;

fn contract() -> Contract {
    sample::contract(
        "
    pets: {}
    visits: {}",
    )
}

fn bases() -> Vec<Arc<Base>> {
    let pet = |id: &str| Record::new(json!({ "id": id, "age": 1 }));
    vec![Arc::new(Base::new("id", vec![pet("a"), pet("b"), pet("c")])), Arc::new(Base::default())]
}

fn written() -> Value {
    let mut stores: Vec<Store> = bases().into_iter().map(Store::new).collect();
    let mut pet = Record::new(json!({ "id": "b", "age": 2 }));
    pet.set(Map::new(), json!({ "secret": 1 }).as_object().cloned().unwrap());
    stores[0].put("b", pet).unwrap();
    stores[0].remove("a").unwrap();
    for id in ["d", "e", "a"] {
        stores[0].put(id, Record::new(json!({ "id": id }))).unwrap();
    }
    stores[0].remove("d").unwrap();
    let mut due = Queue::default();
    for (second, id) in [(5, "x"), (3, "y"), (5, "z")] {
        let set = json!({ "age": second }).as_object().cloned().unwrap();
        let change = Due::Change { collection: 1, id: id.to_owned(), set, hidden: Map::new() };
        due.push(Timestamp::from_second(second).unwrap(), change).unwrap();
    }
    write(&contract().collections, &stores, &due)
}

fn read_back(document: &Value) -> Result<(Vec<Store>, Queue), Bad> {
    let (contract, bases, room) = (contract(), bases(), Arc::default());
    read(&Reading { contract: &contract, bases: &bases, room: &room, own: false }, document)
}

fn rows(store: &Store) -> Vec<(Option<u64>, String)> {
    store
        .iter()
        .map(|row| (store.place(row.shown["id"].as_str().unwrap()), format!("{} {}", row.shown, row.hidden)))
        .collect()
}

#[test]
fn what_is_put_away_comes_back() {
    let document = written();
    let (stores, due) = read_back(&document).unwrap();
    assert_eq!(
        rows(&stores[0]).into_iter().map(|(place, _)| place).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(4), Some(5)]
    );
    assert_eq!(stores[0].get("b").unwrap().field("secret"), Some(&json!(1)));
    assert_eq!((stores[0].len(), stores[1].len(), stores[0].ever_added()), (4, 0, 3));
    assert_eq!(due.iter().map(|(at, _)| at.as_second()).collect::<Vec<_>>(), [3, 5, 5]);
    assert_eq!(write(&contract().collections, &stores, &due), document);
    let text = document.to_string();
    let again = read_back(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(rows(&again.0[0]), rows(&stores[0]));

    let untouched: Vec<Store> = bases().into_iter().map(Store::new).collect();
    let document = write(&contract().collections, &untouched, &Queue::default());
    assert_eq!(document, json!({ "version": 1, "collections": {}, "due": [] }));
}

#[test]
fn what_does_not_fit_is_refused_with_a_reason() {
    let with = |pointer: &str, value: Value| {
        let mut document = written();
        *document.pointer_mut(pointer).unwrap() = value;
        read_back(&document).map(|_| ()).unwrap_err().to_string()
    };
    let table = [
        (with("/version", json!(2)), "it is of version 2"),
        (with("/version", json!("1")), "it has no version"),
        (with("", json!([])), "it has no version"),
        (with("/due", json!(3)), "expected a sequence"),
        (with("/due/0/at", json!("soon")), "due[0]: \"soon\" is no moment"),
        (with("/due/1/set", json!({ "id": "other" })), "due[1]: no change gives a record another id"),
        (with("/due/1/collection", json!("cats")), "due[1]: the contract has no collection \"cats\""),
        (with("/collections", json!({ "cats": { "changed": {}, "added": [], "next": 0 } })), "no collection \"cats\""),
        (with("/collections/pets/next", json!(2)), "collections.pets: added[1] is out of place"),
        (with("/collections/pets/next", json!(u64::MAX)), "is no place for the next record"),
        (with("/collections/pets/added/1/place", json!(1)), "added[1] is out of place"),
        (with("/collections/pets/added/1/record/shown/id", json!("e")), "added[1] has no id of its own"),
        (with("/collections/pets/added/1/record/shown/id", json!("b")), "added[1] has no id of its own"),
        (with("/collections/pets/added/1/record/shown/id", json!(null)), "added[1] has no id of its own"),
        (with("/collections/pets/changed/b", json!(3)), "changed[\"b\"]: "),
        (with("/collections/pets/changed/b/shown/id", json!("c")), "changed[\"b\"] has another id"),
        (with("/collections/pets/changed", json!({ "zz": null })), "the fixtures have no record \"zz\""),
        (with("/collections/pets", json!({ "changed": {} })), "missing field"),
        (with("/collections/pets", json!({ "changed": {}, "added": [], "next": 0, "more": 1 })), "unknown field"),
    ];
    for (told, reason) in table {
        assert!(told.contains(reason), "{told:?} without {reason:?}");
    }
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| prop::collection::vec(inner, 0..3).prop_map(Value::from))
}

/// Pointers to all parts of a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, part)| pointers(part, &format!("{at}/{name}"), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, part)| pointers(part, &format!("{at}/{n}"), found));
        }
        _ => {}
    }
}

proptest! {
    /// Whatever comes instead of a part of it: the document is read or refused, and what was read can be worked with.
    #[test]
    fn no_document_is_trusted(part in any::<prop::sample::Index>(), value in anything()) {
        let mut document = written();
        let mut all = Vec::new();
        pointers(&document, "", &mut all);
        *document.pointer_mut(&all[part.index(all.len())]).unwrap() = value;
        if let Ok((mut stores, mut due)) = read_back(&document) {
            while let Some((_, due)) = due.take(Timestamp::MAX) {
                due.happen(&mut stores);
            }
            let order = Some(Order { field: "age".to_owned(), descending: true });
            prop_assert_eq!(stores[0].select(&Query { conditions: Vec::new(), order }).len(), stores[0].len());
            stores[0].put("new", Record::new(json!({ "id": "new" }))).unwrap();
        }
    }

    #[test]
    fn a_document_that_was_cut_is_no_document(at in 1_usize..700) {
        let text = written().to_string();
        let cut: String = text.chars().take(at.min(text.len() - 1)).collect();
        prop_assert!(serde_json::from_str::<Value>(&cut).map_or(true, |value| read_back(&value).is_err()));
    }
}
