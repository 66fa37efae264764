//! Saves under load: no request fails, and what is served is what was good last.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

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
