//! Calls that are ended, or begun, by whoever scripts a lane.

use super::*;
use crate::world::Room;

const RUNNING: &str = "conv_q4n8vz15tke7";

fn later(scene: &mut Scene, seconds: i64) {
    scene.now += jiff::SignedDuration::from_secs(seconds);
}

fn find(scene: &Scene, id: &str) -> Handle {
    scene.calls.find(&scene.view(), id).unwrap()
}

fn end(scene: &mut Scene, id: &str) -> Ended {
    scene.calls.end(&mut scene.growth, scene.now, &scene.agents, id).unwrap()
}

fn met(scene: &Scene, field: &str, test: Test, value: Value, handle: Handle) -> bool {
    let condition = Condition { fields: vec![field.to_owned()], test, value };
    scene.select(vec![condition], None).contains(&handle)
}

/// Everything that is told of the call agrees that it ended after so many seconds.
fn agrees(scene: &Scene, handle: Handle, seconds: u64) {
    let (row, details) = (scene.row(handle), scene.details(handle));
    assert_eq!((&row["status"], &row["duration"]), (&json!("completed"), &json!(seconds)));
    assert_eq!((&details["status"], &details["duration"]), (&json!("completed"), &json!(seconds)));
    let (calls, view) = (&scene.calls, scene.view());
    let call = calls.call(&view, handle);
    assert_eq!(call.end().unwrap(), call.start() + std::time::Duration::from_secs(seconds));
    assert!(calls.turns(&view, handle).last().unwrap().end().as_secs() <= seconds);
    let facts = calls.facts(&view, handle);
    assert_eq!((u64::from(facts.duration), facts.status, facts.topics), (seconds, "completed", call.topics()));
    assert!(met(scene, "status", Test::Equals, json!("completed"), handle));
    assert!(!met(scene, "status", Test::Equals, json!("in_progress"), handle));
    assert!(met(scene, "duration", Test::AtMost, json!(seconds), handle));
    assert!(!met(scene, "duration", Test::AtLeast, json!(seconds + 1), handle));
    let order = Order { field: "duration".to_owned(), descending: true };
    let durations: Vec<u32> =
        scene.select(Vec::new(), Some(order)).into_iter().map(|handle| calls.call(&view, handle).duration()).collect();
    assert!(durations.is_sorted_by(|a, b| a >= b));
}

#[test]
fn a_call_that_is_ended_stays_so() {
    let mut scene = Scene::new(42, 1247);
    later(&mut scene, 60);
    let handle = find(&scene, RUNNING);
    let heard = scene.calls.turns(&scene.view(), handle);
    assert_eq!(end(&mut scene, RUNNING), Ended::Now);
    agrees(&scene, handle, 35 * 60);
    assert_eq!(scene.calls.turns(&scene.view(), handle), heard, "nobody says anything after the end");
    let last = scene.calls.call(&scene.view(), handle).moments().into_iter().flatten().max().unwrap();
    assert!(last <= scene.now.as_second() + 30);
    for seconds in [45, 86_400] {
        later(&mut scene, seconds);
        agrees(&scene, handle, 35 * 60);
        assert!(scene.details(handle).get("recording").is_some());
        assert!(scene.calls.call(&scene.view(), handle).settled());
    }
    assert_eq!((end(&mut scene, RUNNING), end(&mut scene, "conv_000000000000")), (Ended::Before, Ended::Unknown));
}

#[test]
fn calls_begin_beside_those_that_come_by_themselves() {
    let mut scene = Scene::new(42, 100);
    scene.growth = scene.calls.growth(30.0);
    let before = scene.growth.next();
    let begun = scene.calls.begin(&mut scene.growth, scene.now, &scene.agents, 3);
    assert_eq!((begun, scene.growth.next()), (Ok(3), before), "the next one comes when it would have come");
    let newest = scene.all();
    for handle in &newest[..3] {
        let call = scene.calls.call(&scene.view(), *handle);
        assert!(call.running() && call.start() == scene.now);
    }
    later(&mut scene, 3_600);
    scene.calls.grow(&mut scene.growth, scene.now, &scene.agents);
    assert!(scene.growth.len() > 3 + 10, "{}", scene.growth.len());
    let starts: Vec<Timestamp> =
        scene.all().into_iter().map(|handle| scene.calls.call(&scene.view(), handle).start()).collect();
    assert!(starts.is_sorted_by(|a, b| a >= b));
}

#[test]
fn what_was_ended_comes_back_ended() {
    let mut scene = Scene::new(42, 1247);
    scene.calls.begin(&mut scene.growth, scene.now, &scene.agents, 2).unwrap();
    later(&mut scene, 20);
    let grown = scene.all()[0];
    let id = scene.calls.id(&scene.view(), grown);
    let running = scene.calls.call(&scene.view(), grown).running();
    let ended = end(&mut scene, &id);
    assert_eq!((ended == Ended::Now, end(&mut scene, RUNNING)), (running, Ended::Now));
    let saved = scene.calls.save(&scene.growth);
    let restored = scene.calls.restore(&saved, scene.now, &Arc::new(Room::default())).unwrap();
    let handles = [grown, find(&scene, RUNNING)];
    let told = |growth: &Growth, now| {
        let view = scene.calls.view(now, growth, &scene.agents);
        handles.map(|handle| scene.calls.details(&view, handle))
    };
    for seconds in [0, 3_600] {
        let now = scene.now + jiff::SignedDuration::from_secs(seconds);
        assert_eq!(told(&restored, now), told(&scene.growth, now));
    }
    assert_eq!(scene.calls.save(&restored), saved);
    for (what, wrong) in
        [("cuts", json!([[0, 60_000]])), ("cuts", json!([[9_999_999, 1]])), ("cuts", json!([[0, 3_000]]))]
    {
        let mut forged = saved.clone();
        forged[what] = wrong;
        assert!(scene.calls.restore(&forged, scene.now, &Arc::new(Room::default())).is_err(), "{forged}");
    }
}
