//! Calls while the clock goes on.

use super::*;
use crate::world::snapshot::Bad;
use crate::world::{Full, Room};

fn at(scene: &mut Scene, seconds: i64) {
    scene.now = scene.calls.anchor() + jiff::SignedDuration::from_secs(seconds);
}

fn find(scene: &Scene, id: &str) -> Handle {
    scene.calls.find(&scene.view(), id).unwrap()
}

#[test]
fn a_running_call_goes_on_and_ends() {
    let mut scene = Scene::new(42, 1247);
    let handle = find(&scene, "conv_q4n8vz15tke7");
    let (mut turns, mut duration) = (0, 0);
    // It began 34 minutes before the anchor and lasts 52.
    for seconds in (0..18 * 60).step_by(90) {
        at(&mut scene, seconds);
        let details = scene.details(handle);
        assert_eq!(details["status"], "in_progress");
        for open in ["end_time", "outcome", "summary"] {
            assert!(details[open].is_null(), "{open}");
        }
        assert!(details.get("recording").is_none() && details.get("analytics").is_none());
        let said = details["transcript"]["messages"].as_array().unwrap().len();
        let lasted = details["duration"].as_u64().unwrap();
        assert!(said >= turns && lasted == 34 * 60 + seconds as u64 && lasted > duration, "{said} {lasted}");
        (turns, duration) = (said, lasted);
        assert!(!scene.calls.call(&scene.view(), handle).settled());
    }
    at(&mut scene, 18 * 60);
    let ended = scene.details(handle);
    assert_eq!((&ended["status"], &ended["duration"]), (&json!("completed"), &json!(52 * 60)));
    assert!(ended["outcome"].is_string() && ended["summary"].is_string());
    assert!(ended.get("transcript").is_none() && ended.get("recording").is_none(), "they come a little later");
    at(&mut scene, 18 * 60 + 9);
    assert!(scene.details(handle).get("analytics").is_some());
    at(&mut scene, 18 * 60 + 30);
    let settled = scene.details(handle);
    assert!(settled.get("transcript").is_some() && settled.get("recording").is_some());
    assert!(scene.calls.call(&scene.view(), handle).settled());
    assert_eq!(active(&scene, "agent_abc123xyz789"), 1);
}

/// A row says of a running call what can be heard by then, and of an ended one what was heard in all.
#[test]
fn what_is_known_of_a_call_follows_from_what_was_said_so_far() {
    let mut scene = Scene::new(42, 1247);
    for id in ["conv_q4n8vz15tke7", "conv_m2x7bd93rwy6", "conv_h9f1jc60pas3"] {
        let handle = find(&scene, id);
        at(&mut scene, 26 * 60);
        let call = scene.calls.call(&scene.view(), handle);
        let topics: Vec<String> = call.topics().into_iter().map(str::to_owned).collect();
        let score = call.score();
        assert!(!call.running());
        at(&mut scene, 0);
        let call = scene.calls.call(&scene.view(), handle);
        assert!(call.running() && call.topics().iter().all(|topic| topics.iter().any(|known| known == topic)), "{id}");
        assert!(call.score().is_some() && call.score() != score, "{id}");
    }
}

fn growing(seed: u64, rate: f64) -> Scene {
    let mut scene = Scene::new(seed, 20);
    scene.growth = scene.calls.growth(rate);
    scene
}

fn grow(scene: &mut Scene, seconds: i64) {
    at(scene, seconds);
    scene.calls.grow(&mut scene.growth, scene.now, &scene.agents);
}

#[test]
fn calls_arrive_at_the_rate_whatever_the_steps() {
    let (mut one, mut other) = (growing(5, 60.0), growing(5, 60.0));
    grow(&mut one, 7 * 86_400);
    for hour in 1..=7 * 24 {
        grow(&mut other, 3_600 * hour);
    }
    assert!((9_600..10_600).contains(&one.growth.len()), "{}", one.growth.len());
    let ids = |scene: &Scene| -> Vec<String> {
        scene.all().into_iter().take(300).map(|handle| scene.calls.id(&scene.view(), handle)).collect()
    };
    assert_eq!((one.growth.len(), ids(&one)), (other.growth.len(), ids(&other)));
    let all = one.all();
    assert_eq!(all.len(), one.growth.len() + 20);
    let starts: Vec<Timestamp> = all.iter().map(|handle| one.calls.call(&one.view(), *handle).start()).collect();
    assert!(starts.is_sorted_by(|a, b| a >= b), "newest first");
    for handle in all.into_iter().take(200) {
        let id = one.calls.id(&one.view(), handle);
        assert_eq!(one.calls.find(&one.view(), &id), Some(handle));
        assert_eq!(one.row(handle)["id"], id);
    }
    assert_eq!(growing(5, 0.0).growth.next(), None);
}

#[test]
fn an_agent_s_change_is_for_calls_to_come() {
    let mut scene = growing(3, 200.0);
    grow(&mut scene, 3_600);
    let before = scene.growth.len();
    for agent in records("agents.yaml", "agents") {
        let mut agent = agent;
        agent["welcome_message"] = json!("Changed it is.");
        agent["recording_enabled"] = json!(false);
        agent["name"] = json!("Somebody Else");
        let id = agent["id"].as_str().unwrap().to_owned();
        scene.agents.put(&id, Record::new(agent)).unwrap();
    }
    grow(&mut scene, 3 * 3_600);
    at(&mut scene, 12 * 3_600);
    let grown = scene.growth.len();
    assert!(before > 20 && grown > before + 20, "{before} {grown}");
    let (mut old, mut new) = (0, 0);
    for (place, handle) in scene.all().into_iter().take(grown).enumerate() {
        let details = scene.details(handle);
        assert_eq!(details["agent_name"], "Somebody Else", "the name is the present one");
        let Some(first) = details["transcript"]["messages"][0]["text"].as_str() else { continue };
        match place < grown - before {
            true => {
                assert_eq!((first, details.get("recording")), ("Changed it is.", None));
                new += 1;
            }
            false => {
                assert_ne!(first, "Changed it is.");
                old += u32::from(details.get("recording").is_some());
            }
        }
    }
    assert!(old > 10 && new > 10, "{old} {new}");
}

#[test]
fn what_grew_is_put_away_and_brought_back() {
    let mut scene = growing(9, 100.0);
    grow(&mut scene, 5 * 3_600);
    let rows: Vec<Value> = scene.all().into_iter().map(|handle| scene.row(handle)).collect();
    let (saved, now) = (scene.calls.save(&scene.growth), scene.now);
    scene.growth = scene.calls.restore(&saved, scene.now, &Arc::default()).unwrap();
    assert_eq!(scene.all().into_iter().map(|handle| scene.row(handle)).collect::<Vec<_>>(), rows);
    let mut other = growing(9, 100.0);
    grow(&mut scene, 9 * 3_600);
    grow(&mut other, 9 * 3_600);
    assert_eq!(scene.growth.len(), other.growth.len());

    type Spoil = fn(&mut Value);
    let spoilt: [Spoil; 13] = [
        |saved| saved["calls"][0]["dialogue"] = json!("nothing"),
        |saved| saved["calls"][0]["agent"] = json!(1_000),
        |saved| saved["calls"][0]["start"] = json!(-5),
        |saved| saved["calls"][0]["start"] = json!(1u64 << 39),
        |saved| saved["calls"][0]["number"] = json!(u64::MAX),
        |saved| saved["arrived"] = json!(u64::MAX),
        |saved| saved["arrived"] = json!(0),
        |saved| saved["rate"] = json!(-1.0),
        |saved| saved["rate"] = json!(1e300),
        |saved| saved["next"] = json!(0),
        |saved| saved["next"] = json!(1u64 << 40),
        |saved| saved["calls"].as_array_mut().unwrap().reverse(),
        |saved| *saved = json!([]),
    ];
    let before = now - jiff::SignedDuration::from_hours(2);
    assert!(scene.calls.restore(&saved, before, &Arc::default()).is_err(), "calls that have not begun yet");
    for spoil in spoilt {
        let mut saved = saved.clone();
        spoil(&mut saved);
        assert!(scene.calls.restore(&saved, now, &Arc::default()).is_err(), "{saved}");
    }
}

/// A view may lie behind its lane: a list that is told as of the last minute, a request that came before the clock moved.
#[test]
fn what_begins_after_a_view_is_not_seen_in_it() {
    let mut scene = growing(4, 30.0);
    grow(&mut scene, 3 * 3_600);
    let starts: Vec<i64> = (0..scene.growth.len()).map(|place| scene.growth.at(place).1).collect();
    let last = scene.calls.id(&scene.view(), scene.all()[0]);
    for behind in [1, 60, 3_600, 3 * 3_600] {
        at(&mut scene, 3 * 3_600 - behind);
        let begun = starts.iter().filter(|start| **start <= 3 * 3_600 - behind).count();
        assert_eq!(scene.all().len(), 20 + begun, "{behind} seconds before");
        assert_eq!(scene.calls.count(&scene.view()), 20 + begun);
        let oldest = Order { field: "start_time".to_owned(), descending: false };
        assert_eq!(scene.select(Vec::new(), Some(oldest)).len(), 20 + begun);
        let running = [("status", json!("in_progress"))].map(|(field, value)| Condition {
            fields: vec![field.to_owned()],
            test: Test::Equals,
            value,
        });
        for handle in scene.select(running.into(), None) {
            let row = scene.row(handle);
            assert!(row["start_time"].as_str().unwrap() <= scene.now.to_string().as_str(), "{row}");
        }
    }
    assert_eq!(scene.calls.find(&scene.view(), &last), None, "nobody has called yet");
}

#[test]
fn calls_that_nobody_takes_come_to_an_end() {
    let mut scene = growing(3, 1e5);
    let every: Vec<Value> = records("agents.yaml", "agents");
    let set = |scene: &mut Scene, status: &str, agents: &[Value]| {
        for agent in agents {
            let (mut agent, id) = (agent.clone(), agent["id"].as_str().unwrap());
            agent["status"] = json!(status);
            scene.agents.put(id, Record::new(agent)).unwrap();
        }
    };
    set(&mut scene, "inactive", &every);
    grow(&mut scene, 1_800);
    assert_eq!((scene.growth.len(), scene.growth.full()), (0, None));
    set(&mut scene, "active", &every);
    grow(&mut scene, 3_600);
    let taken = scene.growth.len();
    assert!(taken > 1_000, "{taken}");
    set(&mut scene, "inactive", &every);
    grow(&mut scene, 200_000_000_000);
    assert_eq!((scene.growth.len(), scene.growth.full()), (taken, Some(Full::Calls(growth::MOST))));
    assert_eq!(scene.calls.next_arrival(&scene.growth), None);
}

/// One that missed its agent does not stand in the way of the next.
#[test]
fn the_next_call_is_another_one() {
    let mut scene = growing(3, 600.0);
    let every: Vec<Value> = records("agents.yaml", "agents");
    for mut agent in every.into_iter().skip(1) {
        let id = agent["id"].as_str().unwrap().to_owned();
        agent["status"] = json!("inactive");
        scene.agents.put(&id, Record::new(agent)).unwrap();
    }
    let mut taken = Vec::new();
    for quarter in 1..=24 {
        grow(&mut scene, 900 * quarter);
        taken.push(scene.growth.len());
    }
    assert!(taken.windows(2).all(|pair| pair[0] < pair[1]), "{taken:?}");
}

#[test]
fn calls_that_arrive_take_their_share() {
    let room = Arc::new(Room::new(200_000));
    let mut scene = growing(3, 1_000.0);
    scene.growth = scene.growth.within(&room);
    grow(&mut scene, 900);
    let (few, taken) = (scene.growth.len(), room.taken());
    assert!(few > 20 && taken > few * size_of::<columns::Row>(), "{few} {taken}");
    let copied = scene.growth.copied().unwrap();
    assert_eq!((room.taken(), copied.len()), (2 * taken, few));
    drop(copied);
    grow(&mut scene, 86_400);
    assert_eq!(scene.growth.full(), Some(Full::All(200_000)));
    assert!(room.taken() <= 200_000 && scene.growth.copied().is_err());
    assert_eq!(scene.calls.next_arrival(&scene.growth), None, "and no more is tried");
    let saved = scene.calls.save(&scene.growth);
    assert!(matches!(scene.calls.restore(&saved, scene.now, &room), Err(Bad::Full(_))));
    scene.growth = Growth::default();
    assert_eq!(room.taken(), 0);
}

/// An agent that is the same as before is not kept once more with every call.
#[test]
fn calls_share_what_they_know_of_an_agent() {
    let mut scene = growing(3, 60.0);
    for minute in 1..=600 {
        grow(&mut scene, 60 * minute);
    }
    let saved = scene.calls.save(&scene.growth);
    let agents = saved["agents"].as_array().unwrap();
    assert!(scene.growth.len() > 300 && agents.len() <= records("agents.yaml", "agents").len(), "{}", agents.len());
}

#[test]
fn events_come_in_order_and_each_is_foretold() {
    let mut scene = growing(4, 30.0);
    grow(&mut scene, 3 * 3_600);
    let (from, to) = (scene.calls.anchor(), scene.now);
    let events = scene.calls.events(&scene.view(), from, to);
    assert!(events.is_sorted_by_key(|event| event.at));
    let count = |happening| events.iter().filter(|event| event.happening == happening).count();
    assert_eq!(count(Happening::Started), scene.growth.len());
    assert!(count(Happening::Ended) >= scene.growth.len() - 10 && count(Happening::TranscriptReady) > 10);

    // Whoever goes from one foretold moment to the next misses nothing.
    let mut walked = Vec::new();
    let mut walker = growing(4, 30.0);
    while let Some(next) = walker.calls.next_event(&walker.view()).filter(|next| *next <= to) {
        let before = walker.now;
        walker.now = next;
        walker.calls.grow(&mut walker.growth, next, &walker.agents);
        walked.extend(walker.calls.events(&walker.view(), before, next));
    }
    assert_eq!(walked, events);
    assert_eq!(scene.calls.events(&scene.view(), to, to), []);
}

#[test]
fn contacts_are_on_record_before_they_call() {
    let library = Library::new(SCHEMAS, None).unwrap();
    let contract = Contract::load_vetted(&library, ENTRY).unwrap().contract;
    let place = contract.bundle.files.iter().position(|(name, _)| name == "contact.yaml").unwrap();
    let schema = Schema::new(&contract.bundle.at(place, ""));
    let scene = Scene::new(42, 1247);
    let mut contacts = scene.calls.contacts();
    assert!((230..270).contains(&contacts.len()), "{}", contacts.len());
    contacts.extend(records("contacts.yaml", "contacts"));
    let (mut ids, mut phones) = (HashSet::new(), std::collections::HashMap::new());
    for contact in &contacts {
        let found = contract.schemas.check(&schema, contact, Direction::Response);
        assert!(found.is_empty(), "{contact:#}\n{found:#?}");
        assert!(ids.insert(contact["id"].clone()));
        if let Some(phone) = contact["phone"].as_str() {
            assert!(phones.insert(phone.to_owned(), contact).is_none(), "{phone} is one contact's alone");
        }
    }
    let (mut by_contacts, mut named) = (0, 0);
    for handle in scene.all() {
        let call = scene.calls.call(&scene.view(), handle);
        let Some(contact) = call.caller_number().and_then(|number| phones.get(&number).copied()) else { continue };
        by_contacts += 1;
        if call.row.person.as_contact().is_some() {
            assert!(contact["created_at"].as_str().unwrap() < call.start().to_string().as_str(), "{contact:#}");
        }
        let (name, mut caller) = (contact["name"].as_str().unwrap(), String::new());
        call.caller().name(&mut caller);
        assert_eq!(name, caller, "{contact:#}");
        named += usize::from(call.turns().iter().any(|turn| turn.text.contains(name)));
    }
    assert!((750..900).contains(&by_contacts) && named > 500, "{by_contacts} {named}");
}
