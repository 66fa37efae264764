//! What a book holds while many write, some forget and some read.

use std::thread;

use bytes::Bytes;
use serde_json::json;

use super::*;
use crate::breach::{Breach, Place};
use crate::contract::Location;
use crate::journal::sample::draft;
use crate::journal::{Kept, Piece};

const BOUNDS: Bounds = Bounds { entries: 1_000, bytes: 1 << 20 };

/// An exchange with large bodies and everything else that takes room, unlike the one before.
fn large(lane: &str, number: usize) -> Draft {
    let text = |length: usize| "x".repeat(length);
    let mut draft = draft(lane);
    draft.request.body = draft.sheet.add(text(number * 7_919 % 65_536));
    draft.answer.body = match number % 2 {
        0 => Kept::One(Piece::Shared(Bytes::from(text(number * 104_729 % 65_536)))),
        _ => Kept::Pieces((0..number % 9).map(|piece| Piece::Shared(Bytes::from(text(piece * 1_000)))).collect()),
    };
    draft.values =
        [(Location::Query, "search".to_owned(), json!({ "a": [text(number % 2_000)] }))].into_iter().collect();
    draft.breaches = (0..number % 20)
        .map(|place| Breach::new(Place::Body(format!("/{place}")), "type", text(90), text(90)))
        .collect();
    draft.rules = vec![text(number % 300)];
    draft
}

#[test]
fn the_bound_holds_while_all_lanes_write_and_some_forget() {
    let book = Book::new(BOUNDS);
    let cleared = thread::scope(|scope| {
        for lane in ["a", "b", "c"] {
            let book = &book;
            scope.spawn(move || {
                for number in 0..400 {
                    book.write(large(lane, number));
                    let totals = book.totals();
                    assert!(totals.bytes <= BOUNDS.bytes && totals.entries <= BOUNDS.entries, "{totals:?}");
                }
            });
        }
        let forgets = scope.spawn(|| {
            let lanes = [Some("a"), Some("b"), None, Some("nobody")];
            lanes.iter().cycle().take(100).map(|lane| book.clear(*lane)).sum::<usize>()
        });
        for _ in 0..200 {
            let entries = book.entries();
            assert!(entries.iter().map(|entry| entry.weight()).sum::<usize>() <= BOUNDS.bytes);
            assert!(entries.is_sorted_by_key(|entry| entry.number));
        }
        forgets.join().unwrap()
    });
    let (totals, entries) = (book.totals(), book.entries());
    assert_eq!(totals.bytes, entries.iter().map(|entry| entry.weight()).sum::<usize>());
    assert_eq!((totals.entries, totals.last), (entries.len(), 1_200));
    assert_eq!(totals.entries as u64 + totals.dropped + cleared as u64, totals.last, "each is somewhere");
    assert!(totals.dropped > 100, "{totals:?}");
    book.clear(None);
    assert_eq!((book.totals().bytes, book.totals().entries), (0, 0));
}

#[test]
fn what_is_larger_than_the_book_is_not_kept() {
    let book = Book::new(Bounds { entries: 10, bytes: 4_000 });
    book.write(draft("a"));
    let entry = book.write(large("a", 8));
    assert!(entry.weight() > 4_000);
    assert_eq!((book.totals().entries, book.totals().bytes, book.totals().dropped), (0, 0, 2));
    book.write(draft("a"));
    assert_eq!(book.entries().iter().map(|entry| entry.number).collect::<Vec<_>>(), [3]);
}

#[test]
fn all_that_an_entry_holds_has_its_weight() {
    let book = Book::new(BOUNDS);
    let light = book.write(draft("a")).weight();
    let heavier = |change: &dyn Fn(&mut Draft)| {
        let mut draft = draft("a");
        change(&mut draft);
        book.write(draft).weight() - light
    };
    let long = || "x".repeat(1_000);
    for (what, weight) in [
        ("the target", heavier(&|draft| draft.request.target = draft.sheet.add(long()))),
        (
            "a value",
            heavier(&|draft| draft.values = [(Location::Query, long(), json!([long()]))].into_iter().collect()),
        ),
        ("a reason", heavier(&|draft| draft.reason = Some(long()))),
        ("a rule", heavier(&|draft| draft.rules.push(long()))),
        ("a key", heavier(&|draft| draft.secret.shown.push(long()))),
        ("a breach", heavier(&|draft| draft.breaches.push(Breach::new(Place::Query(long()), "type", "a", "b")))),
        ("a body", heavier(&|draft| draft.answer.body = Kept::Pieces(Box::new([Piece::Shared(Bytes::from(long()))])))),
    ] {
        assert!((950..3_000).contains(&weight), "{what} weighs {weight}");
    }
}
