use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::contract::Contract;
use crate::seed::Seed;
use crate::world::sample;
use crate::world::store::Base;

const PETS: &str = "
    pets:
      id_style: 'pet_{4}'
      schema:
        type: object
        required: [id, name]
        additionalProperties: false
        properties:
          id: { type: string }
          name: { type: string }
          kind: { type: string }
          food: { type: string }
          chip: { type: [string, 'null'] }
          phone: { type: string }
          password: { type: string, writeOnly: true }
          notes: { type: object, maxProperties: 3, additionalProperties: { type: string } }
          tags: { type: array, maxItems: 3, uniqueItems: true, items: { type: string, maxLength: 5 } }
          home: { type: object, required: [city], properties: { city: { type: string } } }
          age: { type: integer }
          made_at: { type: string, format: date-time }
          changed_at: { type: string, format: date-time }
      unique: { chip: taken, name: taken }
      made:
        phone: phone
        food: { by: kind, values: { cat: fish } }
        kind: { value: cat }
        made_at: now
        changed_at: touched
      merged: [notes]
    free:
      made: { at: now }";

const NOW: &str = "2025-01-15T15:00:00.5Z";

fn map(value: Value) -> Members {
    value.as_object().cloned().unwrap()
}

/// A contract with the pet Rex, and what can be done to it.
struct House {
    contract: Contract,
    store: Store,
}

impl House {
    fn new() -> House {
        let contract = sample::contract(PETS);
        let pets = vec![rex(), Record::new(json!({ "id": "tom", "name": "Tom", "chip": null }))];
        House { contract, store: Store::new(Arc::new(Base::new("id", pets))) }
    }

    fn at(&self, place: usize) -> Change<'_> {
        Change {
            schemas: &self.contract.schemas,
            collection: &self.contract.collections[place],
            store: &self.store,
            stores: std::slice::from_ref(&self.store),
            names: Names { seed: Seed(42), made: 0 },
            now: NOW.parse().unwrap(),
            unseen: &[],
            sample: &|| Value::Null,
        }
    }

    fn pets(&self) -> Change<'_> {
        self.at(0)
    }

    fn create(&self, sent: Value) -> Result<Record, Refusal<'_>> {
        self.pets().create(json!("new"), &map(sent), &Members::new(), &Members::new())
    }

    fn update(&self, sent: Value) -> Result<Record, Refusal<'_>> {
        self.pets().update(self.store.get("rex").unwrap(), &map(sent))
    }

    /// What an update changes, the time of it left out.
    fn changes(&self, sent: Value) -> Value {
        let after = self.update(sent).unwrap();
        let (before, after) = (map((*rex().shown).clone()), map((*after.shown).clone()));
        let gone = before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name.clone(), json!("gone")));
        let changed = after.clone().into_iter().filter(|(name, value)| before.get(name) != Some(value));
        Value::Object(changed.filter(|(name, _)| name != "changed_at").chain(gone).collect())
    }
}

fn rex() -> Record {
    Record {
        shown: Arc::new(json!({
            "id": "rex",
            "name": "Rex",
            "kind": "dog",
            "food": "meat",
            "chip": "c1",
            "phone": "+12025550100",
            "notes": { "a": "1", "b": "2" },
            "tags": ["big", "old"],
            "made_at": "2024-01-01T00:00:00Z",
            "changed_at": "2024-01-01T00:00:00Z",
        })),
        hidden: Arc::new(json!({ "behaviour": { "runs": [1, 2] } })),
    }
}

fn places(refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Breaches(breaches) => breaches.iter().map(|breach| breach.line()).collect(),
        Refusal::Taken { field, problem, .. } => vec![format!("{field} {problem}")],
    }
}

#[test]
fn a_new_record_is_whole_and_in_the_order_of_its_schema() {
    let house = House::new();
    let record = house.create(json!({ "name": "Kim", "food": null, "password": "secret", "own": 1 })).unwrap();
    let phone = record.shown["phone"].clone();
    assert!(phone.as_str().is_some_and(|phone| phone.starts_with("+1")), "{phone}");
    let expected = json!({
        "id": "new",
        "name": "Kim",
        "kind": "cat",
        "food": "fish",
        "chip": null,
        "phone": phone,
        "notes": {},
        "tags": [],
        "made_at": "2025-01-15T15:00:00Z",
        "changed_at": "2025-01-15T15:00:00Z",
    });
    assert_eq!(record.shown.to_string(), expected.to_string(), "a home has to have a city, and an age is no age");
    assert_eq!(*record.hidden, json!({ "password": "secret", "own": 1 }));
    let again = house.create(json!({ "name": "Kim" })).unwrap();
    assert_eq!(again.shown["phone"], phone, "the same request gives the same record");
}

#[test]
fn what_is_fixed_goes_before_what_is_sent_and_that_before_what_is_made() {
    let house = House::new();
    let sent = map(json!({ "id": "mine", "name": "Kim", "kind": "dog", "made_at": "2020-01-01T00:00:00Z", "age": 3 }));
    let (defaults, fixed) = (map(json!({ "age": 1, "chip": "c9", "kind": "x" })), map(json!({ "name": "Fixed" })));
    let record = house.pets().create(json!("new"), &sent, &defaults, &fixed).unwrap();
    let field = |name: &str| record.shown[name].clone();
    assert_eq!([field("id"), field("name"), field("kind")], ["new", "Fixed", "dog"]);
    assert_eq!([field("made_at"), field("chip"), field("age")], [json!("2020-01-01T00:00:00Z"), json!("c9"), json!(3)]);
    assert_eq!(record.shown.get("food"), None, "nothing is made for a dog");
    let free = house.at(1).create(json!(7), &sent, &Members::new(), &fixed).unwrap();
    assert_eq!(free.shown["id"], 7);
    assert_eq!((&free.shown["kind"], &free.shown["at"]), (&json!("dog"), &json!("2025-01-15T15:00:00Z")));
}

#[test]
fn an_update_changes_what_is_sent() {
    let house = House::new();
    let table = [
        (json!({ "name": "Max" }), json!({ "name": "Max" })),
        (json!({ "name": "Max", "id": "max", "changed_at": "x" }), json!({ "name": "Max" })),
        (json!({ "chip": null }), json!({ "chip": null })),
        (json!({ "kind": null }), json!({ "kind": "cat" })),
        (json!({ "food": null, "kind": "cat" }), json!({ "kind": "cat", "food": "fish" })),
        (json!({ "food": null }), json!({ "food": "gone" })),
        (json!({ "tags": null }), json!({ "tags": "gone" })),
        (json!({ "tags": [] }), json!({ "tags": [] })),
        (json!({ "notes": { "b": null, "c": "3", "z": null } }), json!({ "notes": { "a": "1", "c": "3" } })),
        (json!({ "notes": {} }), json!({})),
        (json!({ "age": 4 }), json!({ "age": 4 })),
    ];
    for (sent, expected) in table {
        assert_eq!(house.changes(sent.clone()), expected, "{sent}");
    }
    let after = house.update(json!({ "name": "Max" })).unwrap();
    assert_eq!(after.shown["changed_at"], "2025-01-15T15:00:00Z");
    assert_eq!(*after.hidden, *rex().hidden);
}

#[test]
fn what_changes_nothing_is_no_change() {
    let house = House::new();
    let rex = house.store.get("rex").unwrap();
    for sent in [
        json!({}),
        json!({ "name": "Rex", "notes": { "a": "1" }, "tags": ["big", "old"] }),
        json!({ "id": "other", "changed_at": "2026-01-01T00:00:00Z" }),
        json!({ "age": null }),
        json!({ "notes": { "none": null } }),
    ] {
        assert!(house.update(sent.clone()).unwrap().is(rex), "{sent}");
    }
    assert!(house.pets().add(rex, "tags", &json!(["old"]), "tags").unwrap().is(rex));
    assert!(house.pets().remove(rex, "tags", "young").unwrap().is(rex));
    let all = map((*rex.shown).clone());
    assert!(house.pets().replace(rex, &all, &Members::new(), &Members::new()).unwrap().is(rex));

    let secret = house.update(json!({ "password": "x" })).unwrap();
    assert_eq!(secret.hidden["password"], "x");
    assert!(house.pets().update(&secret, &map(json!({ "password": "x" }))).unwrap().is(&secret));
    assert!(!house.pets().update(&secret, &map(json!({ "password": "y" }))).unwrap().is(&secret));
}

#[test]
fn what_comes_out_has_to_keep_the_schema() {
    let house = House::new();
    let refused = |outcome: Result<Record, Refusal>| places(&outcome.unwrap_err());
    let many = refused(house.update(json!({ "notes": { "c": "3", "d": "4" } })));
    assert!(many.len() == 1 && many[0].starts_with("body /notes properties:"), "{many:?}");
    assert_eq!(
        house.changes(json!({ "notes": { "a": null, "c": "3", "d": "4" } }))["notes"].as_object().unwrap().len(),
        3
    );
    let rex = house.store.get("rex").unwrap();
    let many = refused(house.pets().add(rex, "tags", &json!(["a", "b"]), "labels"));
    assert!(many.len() == 1 && many[0].starts_with("body /labels items:"), "{many:?}");
    let long = refused(house.pets().add(rex, "tags", &json!("too long"), "labels"));
    assert!(long.len() == 1 && long[0].starts_with("body /labels/2 length:"), "{long:?}");
}

#[test]
fn lists_are_added_to_and_taken_from() {
    let house = House::new();
    let rex = house.store.get("rex").unwrap();
    let after = house.pets().add(rex, "tags", &json!(["new", "old", "new"]), "tags").unwrap();
    assert_eq!(after.shown["tags"], json!(["big", "old", "new"]));
    assert_eq!(after.shown["changed_at"], "2025-01-15T15:00:00Z");
    let after = house.pets().remove(&after, "tags", "big").unwrap();
    assert_eq!(after.shown["tags"], json!(["old", "new"]));
    let tom = house.store.get("tom").unwrap();
    assert_eq!(house.pets().add(tom, "tags", &json!("new"), "tags").unwrap().shown["tags"], json!(["new"]));
}

#[test]
fn nobody_else_has_what_is_unique() {
    let house = House::new();
    let taken = |outcome: Result<Record, Refusal>| places(&outcome.unwrap_err());
    assert_eq!(taken(house.create(json!({ "name": "Kim", "chip": "c1" }))), ["chip taken"]);
    assert_eq!(taken(house.update(json!({ "name": "Tom" }))), ["name taken"]);
    assert!(house.create(json!({ "name": "Kim", "chip": null })).is_ok(), "nothing is had by many");
    assert!(house.update(json!({ "chip": "c1", "age": 2 })).is_ok(), "one's own is not taken");
    let twin = Record::new(json!({ "id": "twin", "name": "Rex" }));
    assert!(house.pets().update(&twin, &map(json!({ "age": 2 }))).is_ok(), "what was so before may stay");
}

#[test]
fn a_record_in_place_of_another_keeps_its_id_and_its_age() {
    let house = House::new();
    let rex = house.store.get("rex").unwrap();
    let sent = map(json!({ "id": "other", "name": "Rex", "kind": "cat", "password": "x" }));
    let after = house.pets().replace(rex, &sent, &map(json!({ "age": 1 })), &Members::new()).unwrap();
    let expected = json!({
        "id": "rex",
        "name": "Rex",
        "kind": "cat",
        "food": "fish",
        "chip": null,
        "phone": "+12025550100",
        "notes": {},
        "tags": [],
        "age": 1,
        "made_at": "2024-01-01T00:00:00Z",
        "changed_at": "2025-01-15T15:00:00Z",
    });
    assert_eq!(after.shown.to_string(), expected.to_string());
    assert_eq!(*after.hidden, json!({ "behaviour": { "runs": [1, 2] }, "password": "x" }));
}

#[test]
fn a_run_starts_in_its_first_state() {
    let visits = "
    pets: {}
    visits:
      schema: { properties: { id: {}, pet_id: {}, status: {}, started_at: { type: [string, 'null'] }, finished_at: {}, error: {}, input: { type: object } } }
      references: { pet_id: pets }
      run: { of: pet_id, states: [waiting, running, done, failed] }";
    let contract = sample::contract(visits);
    let store = Store::new(Arc::new(Base::default()));
    let change = Change {
        schemas: &contract.schemas,
        collection: &contract.collections[1],
        stores: &[],
        store: &store,
        names: Names { seed: Seed(42), made: 0 },
        now: NOW.parse().unwrap(),
        unseen: &[],
        sample: &|| Value::Null,
    };
    let fixed = map(json!({ "pet_id": "rex" }));
    let visit = change.create(json!("v1"), &Members::new(), &Members::new(), &fixed).unwrap();
    let expected = json!({ "id": "v1", "pet_id": "rex", "status": "waiting", "started_at": null, "input": {} });
    assert_eq!(*visit.shown, expected);
}

#[test]
fn what_must_be_there_is_taken_from_a_sample() {
    let toys = "
    toys:
      schema:
        type: object
        required: [id, url, state, maker, parts, seen_at, size]
        properties:
          id: { type: integer }
          url: { type: string, format: uri }
          name: { type: string }
          state: { type: string, enum: [planned, sold] }
          maker: { type: object, required: [city], properties: { city: { type: string } } }
          parts: { type: array, items: { type: object, required: [number], properties: { number: { type: integer }, note: {} } } }
          seen_at: { type: [string, 'null'] }
          size: { type: integer, maximum: 9 }";
    let contract = sample::contract(toys);
    let store = Store::new(Arc::new(Base::default()));
    let made = || {
        json!({ "id": 9, "url": "https://a.example/", "name": "n", "state": "sold", "maker": { "city": "Bonn" },
        "parts": [{ "number": 7 }], "seen_at": "x", "size": 5 })
    };
    let change = |unseen| Change {
        schemas: &contract.schemas,
        collection: &contract.collections[0],
        stores: &[],
        store: &store,
        names: Names { seed: Seed(42), made: 0 },
        now: NOW.parse().unwrap(),
        unseen,
        sample: &made,
    };
    let sent = map(json!({ "name": "Ball", "parts": [{ "note": "a" }, { "number": 1 }] }));
    let none = Members::new();
    let toy = change(&[]).create(json!(1), &sent, &none, &none).unwrap();
    let expected = json!({ "id": 1, "url": "https://a.example/", "name": "Ball", "state": "planned", "maker": { "city": "Bonn" },
        "parts": [{ "note": "a", "number": 7 }, { "number": 1 }], "seen_at": null, "size": 5 });
    assert_eq!(*toy.shown, expected);
    assert_eq!(
        toy.shown.as_object().unwrap().keys().collect::<Vec<_>>(),
        expected.as_object().unwrap().keys().collect::<Vec<_>>()
    );

    // What takes its place keeps what it was given then.
    let was = Record::new(json!({ "id": 1, "url": "https://old.example/", "state": "sold", "maker": { "city": "Ulm" },
        "parts": [], "seen_at": null, "size": 2 }));
    let again = change(&[]).replace(&was, &map(json!({ "size": 3 })), &none, &none).unwrap();
    let expected = json!({ "id": 1, "url": "https://old.example/", "state": "sold", "maker": { "city": "Ulm" }, "parts": [],
        "seen_at": null, "size": 3 });
    assert_eq!(*again.shown, expected);

    // Of a member that the request's schema does not know nobody has said yet whether it is good.
    let large = map(json!({ "size": 10, "parts": [] }));
    let told = |refused: Result<Record, Refusal>| match refused {
        Err(Refusal::Breaches(breaches)) => breaches.iter().map(|breach| breach.place.name().to_owned()).collect(),
        other => panic!("{other:?}"),
    };
    let unseen: Vec<String> = told(change(&["size"]).create(json!(2), &large, &none, &none));
    assert_eq!(unseen, ["/size"]);
    assert_eq!(told(change(&["size"]).update(&was, &large)), ["/size"]);
    assert_eq!(told(change(&["size"]).replace(&was, &large, &none, &none)), ["/size"]);
    assert!(change(&[]).create(json!(2), &large, &none, &none).is_ok(), "its own schema let it pass");
}

#[test]
fn defaults_are_those_of_a_body_s_members() {
    let document = "
openapi: 3.1.0
info: { title: Pets, version: '1' }
paths:
  /pets:
    post:
      requestBody:
        content:
          application/json:
            schema:
              allOf:
                - { properties: { a: { type: string, default: x }, b: { $ref: '#/components/schemas/B' }, c: {} } }
                - { properties: { d: { $ref: '#/components/schemas/B', default: 4 } } }
      responses: { '201': { description: Made } }
components: { schemas: { B: { type: integer, default: 3 } } }
";
    let shelf = sample::Shelf(vec![("openapi.yaml", document.to_owned())]);
    let contract = Contract::load(&shelf, "openapi.yaml").unwrap().contract;
    let body = contract.operations[0].body.as_ref().unwrap().content[0].schema.as_ref().unwrap();
    assert_eq!(defaults(&contract.schemas, body), map(json!({ "a": "x", "b": 3, "d": 4 })));
}

fn sent() -> impl Strategy<Value = Members> {
    let names =
        ["name", "kind", "food", "chip", "phone", "notes", "tags", "home", "age", "made_at", "password", "own", "id"];
    let values = prop_oneof![
        Just(Value::Null),
        Just(json!(3)),
        "[a-c]{0,3}".prop_map(Value::from),
        Just(json!(["a"])),
        Just(json!({ "a": null, "c": "1" })),
        Just(json!({ "city": "Bonn" })),
    ];
    prop::collection::vec((prop::sample::select(names.to_vec()), values), 0..8)
        .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

proptest! {
    #[test]
    fn an_update_leaves_alone_what_was_not_sent(sent in sent()) {
        let house = House::new();
        let before = house.store.get("rex").unwrap();
        if let Ok(after) = house.pets().update(before, &sent) {
            for (name, value) in before.shown.as_object().unwrap() {
                if name == "id" || !sent.contains_key(name) && name != "changed_at" {
                    prop_assert_eq!(after.shown.get(name), Some(value), "{}", name);
                }
            }
            for name in after.shown.as_object().unwrap().keys() {
                prop_assert!(before.shown.get(name).is_some() || sent.contains_key(name), "{} came from nowhere", name);
            }
            let is_changed = !after.is(before);
            prop_assert_eq!(after.shown["changed_at"] == "2025-01-15T15:00:00Z", is_changed);
        }
    }

    /// What is made of values that fit the schema fits it.
    #[test]
    fn a_new_record_keeps_its_schema(sent in prop::sample::subsequence(good(), 0..=12)) {
        let house = House::new();
        let sent: Members = sent.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let sent = map(json!({ "name": "x" })).into_iter().chain(sent).collect();
        let record = house.create(Value::Object(sent)).unwrap();
        let schema = house.contract.collections[0].schema.as_ref().unwrap();
        let breaches = house.contract.schemas.check(schema, &record.shown, crate::contract::Direction::Response);
        prop_assert!(breaches.is_empty(), "{} {:?}", record.shown, breaches);
    }
}

fn good() -> Vec<(&'static str, Value)> {
    vec![
        ("id", json!("mine")),
        ("name", json!("y")),
        ("kind", json!("dog")),
        ("food", json!("bread")),
        ("chip", json!(null)),
        ("phone", json!("1")),
        ("password", json!("secret")),
        ("notes", json!({ "a": "1" })),
        ("tags", json!(["a", "b"])),
        ("home", json!({ "city": "Bonn" })),
        ("age", json!(4)),
        ("own", json!([1])),
    ]
}
