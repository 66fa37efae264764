//! Saves under load: no request fails, and what is served is what was good last.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use serde_json::json;

use super::lanes::{lane, notes, start, texts};
use super::*;

/// Keeps asking from some connections while `work` is done. Each answer has to be good, and its version no older than what
/// was known to be live before it was asked for, nor newer than what was written. How many answers there were.
fn under_load(desk: &Desk, live: &AtomicU64, written: &AtomicU64, work: impl FnOnce()) -> u64 {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let ask = || {
            let caller = Caller::stranger(&desk.server);
            let mut asked = 0;
            while !over.load(Ordering::SeqCst) {
                let least = live.load(Ordering::SeqCst);
                let version = version(&caller.get("/pets"));
                let most = written.load(Ordering::SeqCst);
                assert!((least..=most).contains(&version), "{version} is not of {least}..={most}");
                asked += 1;
            }
            asked
        };
        let askers: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        work();
        over.store(true, Ordering::SeqCst);
        askers.into_iter().map(|asker| asker.join().unwrap()).sum()
    })
}

#[test]
fn edits_under_load_are_live_one_after_the_other() {
    let desk = Desk::start(&[]);
    let (live, written) = (AtomicU64::new(0), AtomicU64::new(0));
    let asked = under_load(&desk, &live, &written, || {
        for saved in 1..=20 {
            written.store(saved, Ordering::SeqCst);
            desk.write("pets.yaml", &pets(saved));
            desk.until_generation(saved + 1);
            live.store(saved, Ordering::SeqCst);
            assert_eq!(desk.pets(), saved);
        }
    });
    assert!(asked > 20, "{asked}");
}

#[test]
fn what_was_good_last_is_served_whatever_is_saved() {
    let desk = Desk::start(&[]);
    let (live, written) = (AtomicU64::new(0), AtomicU64::new(0));
    let broken = ["openapi: [", "", "- a\n- b\n", "openapi: 3.1.0\n", "\u{0}\u{1}"];
    let asked = under_load(&desk, &live, &written, || {
        for round in 1..=30 {
            desk.write("pets.yaml", broken[round as usize % broken.len()]);
            desk.until("it is wrong", |status| status["status"] == "stale" && generation_of(status) == round);
            assert_eq!(desk.pets(), round - 1);
            written.store(round, Ordering::SeqCst);
            desk.write("pets.yaml", &pets(round));
            desk.until_generation(round + 1);
            live.store(round, Ordering::SeqCst);
            assert_eq!(desk.pets(), round);
        }
    });
    assert!(asked > 60, "{asked}");
}

/// Lanes move with every change of the world. Whoever writes meanwhile finds what he wrote.
#[test]
fn no_write_is_lost_while_the_world_is_told_anew() {
    const WRITERS: usize = 3;
    let desk = start();
    let over = AtomicBool::new(false);
    let write = &|writer: usize| {
        let (caller, mut written) = (lane(&desk, "a"), 0);
        while !over.load(Ordering::SeqCst) {
            let note = json!({ "text": format!("{writer} {written}") });
            let made = caller.post("/notes", &note);
            assert_eq!(made.status, 201, "{}", made.text());
            let id = made.json()["id"].as_str().unwrap().to_owned();
            assert_eq!(caller.read(&format!("/notes/{id}"))["text"], note["text"], "it is there at once");
            written += 1;
        }
        written
    };
    let written: usize = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        for saved in 1..=20 {
            desk.write("d/fixtures/notes.yaml", &notes(&[&format!("base{saved}")]));
            desk.until_generation(saved + 1);
        }
        over.store(true, Ordering::SeqCst);
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    let all = texts(&lane(&desk, "a"));
    assert_eq!((all.len(), all.contains(&"base20".to_owned())), (written + 1, true));
    assert_eq!(desk.status()["left_behind"], json!([]));
}
