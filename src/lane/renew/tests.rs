use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{Bounds, DEFAULT, Plan, Start};
use super::*;
use crate::contract::{Library, Since, Written};
use crate::embedded::{ENTRY, FIXTURES, Library as Folders, SCHEMAS};
use crate::seed::Seed;
use crate::source::SourceFile;
use crate::world::kept::{Answer, Known};

const PETS: &str = "
pets: { schema: { properties: { id: {}, name: { type: string }, age: { type: integer } } } }
toys: { schema: { properties: { id: {}, color: { type: string } } } }
";

/// Files over those of the program.
struct Files {
    below: Option<Folders>,
    own: Vec<(&'static str, String)>,
}

impl Library for Files {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        match (self.own.iter().find(|(name, _)| *name == path), &self.below) {
            (Some((_, text)), _) => SourceFile::parse(path, text.as_str()),
            (None, Some(below)) => below.read(path),
            (None, None) => Err(vec![Diagnostic::new("E0002", format!("there is no file {path}"))]),
        }
    }

    fn written(&self, path: &str, _: usize) -> Option<Result<Written, Diagnostic>> {
        let (name, text) = self.own.iter().find(|(name, _)| *name == path)?;
        Some(Ok(Written { name: (*name).to_owned(), bytes: text.clone().into_bytes() }))
    }

    fn paths(&self) -> Vec<String> {
        let own = self.own.iter().map(|(name, _)| (*name).to_owned());
        let mut all: Vec<String> = own.chain(self.below.iter().flat_map(Folders::paths)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn has(&self, path: &str) -> bool {
        self.paths().iter().any(|known| known == path)
    }
}

fn contract(collections: &str) -> Arc<Contract> {
    let text = format!(
        "openapi: 3.1.0\ninfo: {{ title: Pets, version: '1' }}\npaths: {{}}\nx-mock:\n  collections:{}\n",
        collections.replace('\n', "\n    ")
    );
    let files = Files { below: None, own: vec![("pets.yaml", text)] };
    Arc::new(Contract::load(&files, "pets.yaml").unwrap_or_else(|findings| panic!("{findings:#?}")).contract)
}

fn fixtures(own: &[(&'static str, &str)]) -> Fixtures {
    let own = own.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    Fixtures { folder: Some(Arc::new(Files { below: None, own })), ..Fixtures::default() }
}

fn start() -> Start {
    Start::new(Some("2025-01-15T15:00:00Z".parse().unwrap()), Some(1.0))
}

fn lanes(contract: Arc<Contract>, fixtures: Fixtures) -> Lanes {
    let plan = Plan { fixtures, calls: Some(40), arrivals: 30.0 };
    let ground = Ground::planned(contract, Arc::new(plan), Seed(42), start());
    Lanes::new(ground.unwrap_or_else(|findings| panic!("{findings:#?}")), Bounds::default())
}

fn pets() -> Lanes {
    lanes(contract(PETS), fixtures(&[("pets.yaml", "pets: [{ id: rex, name: Rex, age: 3 }, { id: tom, name: Tom }]")]))
}

fn renewed(lanes: &Lanes, contract: &Arc<Contract>, fixtures: Fixtures) -> Renewed {
    let renewal = lanes.prepare(contract, fixtures).unwrap_or_else(|findings| panic!("{findings:#?}"));
    lanes.renewed(renewal).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

fn record(value: Value) -> Record {
    Record::new(value)
}

fn shown(lane: &Lane, collection: usize) -> Vec<Value> {
    lane.read().stores[collection].iter().map(|record| (*record.shown).clone()).collect()
}

fn at(lane: &Lane, seconds: u64) -> Timestamp {
    lane.ground.anchor + Duration::from_secs(seconds)
}

/// Renames Rex, adds a toy, plans for Tom, and keeps an answer.
fn live_in(lane: &Lane) {
    let mut state = lane.write();
    state.put(0, "rex", record(json!({ "id": "rex", "name": "Max", "age": 3 }))).unwrap();
    let set = json!({ "name": "Tommy" }).as_object().cloned().unwrap();
    let due = Due::Change { collection: 0, id: "tom".to_owned(), set, hidden: Default::default() };
    let ball = record(json!({ "id": "ball", "color": "red" }));
    state.add(1, "ball", ball, vec![(at(lane, 3600), due)]).unwrap();
    let answer = Answer { status: StatusCode::CREATED, headers: HeaderMap::new(), body: Bytes::from_static(b"{}") };
    state.kept.keep("key", 7, answer, at(lane, 0)..at(lane, 86_400)).unwrap();
}

#[test]
fn a_lane_goes_on_with_what_it_changed() {
    let lanes = pets();
    let lane = lanes.by_default();
    live_in(&lane);
    lane.ask();
    lane.clock.advance_to(at(&lane, 60));
    let (version, id) = (lane.read().version, lane.request_id());
    let after = "pets: [{ id: ida }, { id: rex, name: Rex, age: 4 }, { id: tom, name: Tom, age: 1 }]";
    let Renewed { lanes, left } = renewed(&lanes, &lane.ground.contract, fixtures(&[("pets.yaml", after)]));
    let moved = lanes.by_default();
    assert_eq!(left, Left::default());
    assert_eq!(
        shown(&moved, 0),
        [
            json!({ "id": "tom", "name": "Tom", "age": 1 }),
            json!({ "id": "rex", "name": "Max", "age": 4 }),
            json!({ "id": "ida" })
        ],
        "the last of a file is the oldest"
    );
    assert_eq!(shown(&moved, 1), [json!({ "id": "ball", "color": "red" })]);
    assert!(moved.now() >= at(&lane, 60), "the clock goes on");
    assert_eq!((moved.asked(), moved.read().made, moved.read().version > version), (1, 1, true));
    assert_ne!(moved.request_id(), id, "no request has the id of another");
    assert!(Arc::ptr_eq(&moved.windows, &lane.windows) && moved.serial != lane.serial);
    assert!(matches!(moved.read().kept.look("key", 7, moved.now()), Known::Same(_)));
    moved.advance_to(at(&lane, 3700)).unwrap();
    assert_eq!(shown(&moved, 0)[0], json!({ "id": "tom", "name": "Tommy", "age": 1 }));
    assert_eq!(shown(&lane, 0).len(), 2, "whoever is in the old lane sees the old records");
}

#[test]
fn every_lane_moves_and_keeps_the_seed_and_the_moment_that_it_has() {
    let lanes = pets();
    let own = lanes.another(Some(Seed(7)), None, Some(Start::new(Some(Timestamp::UNIX_EPOCH), None))).unwrap();
    lanes.add(Lane::fresh("own", own)).unwrap();
    lanes.add(Lane::fresh("a", lanes.ground().clone())).unwrap();
    live_in(&lanes.find("a").unwrap());
    let Renewed { lanes, .. } = renewed(&lanes, &contract(PETS), fixtures(&[("pets.yaml", "pets: [{ id: new }]")]));
    let names: Vec<String> = lanes.list().iter().map(|lane| lane.name.clone()).collect();
    assert_eq!(names, [DEFAULT, "a", "own"]);
    let own = lanes.find("own").unwrap();
    assert_eq!(
        (own.ground.seed, own.ground.anchor, own.now()),
        (Seed(7), Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH)
    );
    assert_eq!(shown(&own, 0), [json!({ "id": "new" })]);
    assert!(Arc::ptr_eq(&lanes.find("a").unwrap().ground, lanes.ground()));
    let again = lanes.another(Some(Seed(7)), None, Some(own.ground.start.clone())).unwrap();
    assert!(Arc::ptr_eq(&again, &own.ground), "its ground can be shared as before");
    assert!(!Arc::ptr_eq(&lanes.ground().room, &pets().ground().room));
}

#[test]
fn nothing_is_held_in_the_room_of_before() {
    let before = pets();
    let room = Arc::downgrade(&before.ground().room);
    live_in(&before.by_default());
    let Renewed { lanes, .. } = renewed(&before, &contract(PETS), fixtures(&[]));
    drop(before);
    assert!(room.upgrade().is_none() && lanes.by_default().read().made == 1);
}

#[test]
fn what_no_longer_fits_is_told_and_left() {
    let lanes = pets();
    live_in(&lanes.by_default());
    let narrow = "
pets: { schema: { properties: { id: {}, name: { type: string, maxLength: 2 } } } }
";
    let files = || fixtures(&[("pets.yaml", "pets: [{ id: rex, name: Re }]")]);
    let Renewed { lanes: narrowed, left } = renewed(&lanes, &contract(narrow), files());
    assert_eq!(
        left.told,
        [
            "lane default: pets rex: it does not fit the schema any more",
            "lane default: what was changed in toys, which is no collection any more"
        ]
    );
    assert_eq!(shown(&narrowed.by_default(), 0), [json!({ "id": "rex", "name": "Re" })]);
    let Renewed { left, .. } = renewed(&lanes, &contract(PETS), fixtures(&[]));
    assert_eq!(left.told, ["lane default: pets rex: it was changed here, and the fixtures have it no more"]);
    let broken = lanes.prepare(&contract(PETS), fixtures(&[("pets.yaml", "pets: [{ id: 3, name: 4 }]")]));
    assert!(broken.is_err(), "what is wrong is told, and nothing has moved");
    assert_eq!(shown(&lanes.by_default(), 0).len(), 2);
}

#[test]
fn a_request_in_hand_finds_the_lane_that_went_on() {
    let lanes = pets();
    let (default, reset) = (lanes.by_default(), lanes.add(Lane::fresh("a", lanes.ground().clone())).unwrap());
    lanes.replace(Lane::fresh("a", lanes.ground().clone())).unwrap();
    let Renewed { lanes: after, .. } = renewed(&lanes, &contract(PETS), fixtures(&[]));
    assert!(after.successor(&default).is_some_and(|lane| Arc::ptr_eq(&lane, &after.by_default())));
    assert!(after.successor(&reset).is_none());
    let Renewed { lanes: other, .. } = renewed(&lanes, &contract("\npets: {}\n"), fixtures(&[]));
    assert!(other.successor(&default).is_none());
}

/// The world that is built in, with some of its files replaced.
fn world(own: Vec<(&'static str, String)>) -> Fixtures {
    let below = Some(Folders::new(FIXTURES, None).unwrap());
    Fixtures { folder: Some(Arc::new(Files { below, own })), vetted: true, ..Fixtures::default() }
}

fn embedded(path: &str) -> String {
    String::from_utf8(crate::embedded::file(path).unwrap().bytes.to_vec()).unwrap()
}

#[test]
fn only_what_changed_is_made_anew() {
    let entry = || Contract::load_vetted(&Folders::new(SCHEMAS, None).unwrap(), ENTRY).unwrap().contract;
    let lanes = lanes(Arc::new(entry()), world(Vec::new()));
    let lane = lanes.by_default();
    lane.advance_to(at(&lane, 7_200)).unwrap();
    let begun = lane.read().growth.len();
    assert!(begun > 5, "{begun}");
    let calls = |lanes: &Lanes| lanes.ground().calls.clone().unwrap();
    let since = |fixtures: &Fixtures| lanes.ground().since(fixtures.folder.as_deref().map(|folder| folder as _));

    // Another contract, or records that no call depends on.
    let Renewed { lanes: same, .. } = renewed(&lanes, &Arc::new(entry()), world(Vec::new()));
    assert!(Arc::ptr_eq(&calls(&same), &calls(&lanes)));
    assert!(lanes.ground().bases.iter().zip(&same.ground().bases).filter(|(a, b)| Arc::ptr_eq(a, b)).count() > 3);
    let workflows = embedded("fixtures/workflows.yaml").replacen("name: ", "name: Other ", 1);
    let workflows = world(vec![("workflows.yaml", workflows)]);
    assert_eq!(since(&workflows), Since::Changed(vec!["workflows.yaml".to_owned()]));
    let Renewed { lanes: other, left } = renewed(&lanes, &lane.ground.contract, workflows);
    assert!(Arc::ptr_eq(&calls(&other), &calls(&lanes)));
    assert_eq!((other.by_default().read().growth.len(), left.told), (begun, Vec::<String>::new()));
    let differences = other.ground().differences(lanes.ground());
    assert_eq!(differences.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["workflows"]);

    // A playbook: calls are told anew, and those that began are still there, with their ids.
    let path = "dialogues/late-fee.yaml";
    let playbook =
        world(vec![(path, embedded("fixtures/dialogues/late-fee.yaml").replace("department", "departement"))]);
    assert!(lanes.prepare(&lane.ground.contract, playbook).is_err(), "a slip is told");
    let spoken = embedded("fixtures/dialogues/late-fee.yaml").replacen("sorry", "very sorry", 1);
    let playbook = world(vec![(path, spoken)]);
    assert_eq!(since(&playbook), Since::Changed(vec![path.to_owned()]));
    let Renewed { lanes: told, left } = renewed(&lanes, &lane.ground.contract, playbook);
    assert!(!Arc::ptr_eq(&calls(&told), &calls(&lanes)));
    assert_eq!((told.by_default().read().growth.len(), left.told), (begun, Vec::<String>::new()));
    assert_eq!(told.ground().differences(lanes.ground()), []);
}
