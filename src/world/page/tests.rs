use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::contract::Test;
use crate::seed::Seed;
use crate::world::query::{Condition, Order};
use crate::world::store::Base;

/// Rows that are numbers and stay where they are.
struct Numbers(Vec<u32>);

impl Rows for Numbers {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn mark(&self, at: usize) -> Option<Mark> {
        self.0.get(at).map(|number| Mark { id: number.to_string(), value: None, place: 0 })
    }

    fn passed(&self, mark: &Mark) -> Option<usize> {
        self.0.iter().position(|number| number.to_string() == mark.id).map(|at| at + 1)
    }
}

fn signer() -> Signer {
    Signer::new(Seed(42))
}

fn by_age() -> Query {
    Query { conditions: Vec::new(), order: Some(Order { field: "age".to_owned(), descending: true }) }
}

#[test]
fn pages_have_their_numbers() {
    let table = [
        ((0, 1, 25), (0, 0, 1, 0)),
        ((1247, 1, 25), (0, 25, 1, 50)),
        ((1247, 50, 25), (1225, 1247, 50, 50)),
        ((1247, 51, 25), (1247, 1247, 51, 50)),
        ((3, 0, 2), (0, 2, 1, 2)),
        ((3, 1, 0), (0, 0, 1, 3)),
        ((3, u64::MAX, u64::MAX), (3, 3, u64::MAX, 1)),
        ((3, 1, u64::MAX), (0, 3, 1, 1)),
    ];
    for ((total, page, per_page), expected) in table {
        let paged = Paged::page(total, page, per_page);
        assert_eq!((paged.from, paged.to, paged.page, paged.total_pages), expected, "{total} {page} {per_page}");
        assert_eq!((paged.total, paged.per_page), (total, per_page));
    }
}

#[test]
fn offsets_lie_in_pages() {
    let (signer, rows) = (signer(), Numbers((0..10).collect()));
    let pager = Pager::new(&signer, "list", &Query::default());
    let at = |offset, limit| pager.paged(&rows, &Stretch::Offset { offset, limit }).unwrap();
    assert_eq!((at(4, 3).from, at(4, 3).to, at(4, 3).page), (4, 7, 2));
    assert_eq!((at(8, 3).to, at(8, 3).has_next()), (10, false));
    assert_eq!((at(u64::MAX, u64::MAX).from, at(u64::MAX, u64::MAX).to), (10, 10));
}

#[test]
fn a_cursor_is_good_for_its_own_list_alone() {
    let (signer, rows) = (signer(), Numbers((0..10).collect()));
    let query = by_age();
    let pager = Pager::new(&signer, "list", &query);
    let first = pager.paged(&rows, &Stretch::Offset { offset: 0, limit: 4 }).unwrap();
    let cursor = pager.next(&rows, &first).unwrap();
    assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')), "{cursor}");
    let after =
        |pager: &Pager, cursor: &str| pager.paged(&rows, &Stretch::After { cursor: cursor.to_owned(), limit: 4 });
    assert_eq!((after(&pager, &cursor).unwrap().from, after(&pager, &cursor).unwrap().to), (4, 8));

    let condition = Condition { fields: vec!["age".to_owned()], test: Test::Equals, value: json!(3) };
    let narrower = Query { conditions: vec![condition], ..by_age() };
    assert_eq!(after(&Pager::new(&signer, "list", &narrower), &cursor), Err(BadCursor));
    assert_eq!(after(&Pager::new(&signer, "other", &query), &cursor), Err(BadCursor));
    assert_eq!(after(&Pager::new(&Signer::new(Seed(43)), "list", &query), &cursor), Err(BadCursor));
    let mut bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
    for at in 0..bytes.len() {
        bytes[at] ^= 1;
        assert_eq!(after(&pager, &URL_SAFE_NO_PAD.encode(&bytes)), Err(BadCursor), "byte {at}");
        bytes[at] ^= 1;
    }
    for wrong in ["", "é", "AAAA", &cursor[1..], &format!("{cursor}="), &"A".repeat(1 << 20)] {
        assert_eq!(after(&pager, wrong), Err(BadCursor));
    }
}

#[test]
fn nothing_follows_the_end() {
    let (signer, rows) = (signer(), Numbers((0..10).collect()));
    let pager = Pager::new(&signer, "list", &Query::default());
    for (offset, limit) in [(0, 10), (5, 5), (10, 5), (3, 0)] {
        let paged = pager.paged(&rows, &Stretch::Offset { offset, limit }).unwrap();
        assert_eq!(pager.next(&rows, &paged), None, "{offset} {limit}");
    }
}

#[test]
fn a_walk_goes_on_where_it_was_when_its_last_row_is_unknown() {
    let (signer, mut rows) = (signer(), Numbers((0..10).collect()));
    let pager = Pager::new(&signer, "list", &Query::default());
    let first = pager.paged(&rows, &Stretch::Offset { offset: 0, limit: 4 }).unwrap();
    let cursor = pager.next(&rows, &first).unwrap();
    rows.0.remove(3);
    assert_eq!(pager.paged(&rows, &Stretch::After { cursor, limit: 4 }).unwrap().from, 4);
}

#[test]
fn a_walk_may_go_on_behind_a_row_that_is_named_by_its_id() {
    let record = |id: &str, age: u64| Record::new(json!({ "id": id, "age": age }));
    let base = Base::new("id", vec![record("a", 3), record("b", 1), record("c", 2)]);
    let (signer, query, lane) = (signer(), by_age(), Store::new(Arc::new(base)));
    let rows = lane.select(&query);
    let selected = Selected { store: &lane, query: &query, id_field: "id", rows: &rows };
    let pager = Pager::new(&signer, "list", &query);
    let behind = |row: &str| pager.paged(&selected, &Stretch::Behind { row: row.to_owned(), limit: 1 });
    let first = pager.paged(&selected, &Stretch::Offset { offset: 0, limit: 1 }).unwrap();
    let id = rows[0].shown["id"].as_str().unwrap();
    assert_eq!(behind(id).unwrap().from, 1);
    assert_eq!(behind(&pager.next(&selected, &first).unwrap()).unwrap().from, 1);
    assert_eq!(behind("d"), Err(BadCursor));
}

#[test]
fn a_row_with_a_long_value_is_found_by_its_id() {
    let record = |id: &str| Record::new(json!({ "id": id, "age": "x".repeat(9_000) }));
    let base = Base::new("id", vec![record("a"), record("b"), record("c")]);
    let (signer, query, lane) = (signer(), by_age(), Store::new(Arc::new(base)));
    let rows = lane.select(&query);
    let selected = Selected { store: &lane, query: &query, id_field: "id", rows: &rows };
    let pager = Pager::new(&signer, "list", &query);
    let first = pager.paged(&selected, &Stretch::Offset { offset: 0, limit: 2 }).unwrap();
    let cursor = pager.next(&selected, &first).unwrap();
    assert!(cursor.len() < 200);
    assert_eq!(pager.paged(&selected, &Stretch::After { cursor, limit: 2 }).unwrap().from, 2);
}

/// Whatever a client calls its records and writes into them, the walk goes on.
#[test]
fn rows_of_any_length_are_walked() {
    let long = |n: usize, length: usize| format!("{n}{}", "\u{1}".repeat(length));
    for (id, age) in [(0, 0), (250, 0), (250, 250), (5_000, 0), (0, 5_000), (5_000, 5_000)] {
        let record = |n| Record::new(json!({ "id": long(n, id), "age": long(n, age) }));
        let base = Base::new("id", (0..7).map(record).collect());
        let (signer, lane) = (signer(), Store::new(Arc::new(base)));
        for query in [by_age(), Query::default()] {
            let rows = lane.select(&query);
            let selected = Selected { store: &lane, query: &query, id_field: "id", rows: &rows };
            let pager = Pager::new(&signer, "list", &query);
            let mut paged = pager.paged(&selected, &Stretch::Offset { offset: 0, limit: 2 }).unwrap();
            let mut seen = vec![(paged.from, paged.to)];
            while let Some(cursor) = pager.next(&selected, &paged) {
                paged = pager.paged(&selected, &Stretch::After { cursor, limit: 2 }).unwrap();
                seen.push((paged.from, paged.to));
            }
            assert_eq!(seen, [(0, 2), (2, 4), (4, 6), (6, 7)], "{id} {age}");
        }
    }
}

/// One step of somebody who writes while somebody else walks.
#[derive(Debug, Clone)]
enum Write {
    Add(i64),
    Remove(usize),
    Change(usize, i64),
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        (0_i64..6).prop_map(Write::Add),
        (0_usize..40).prop_map(Write::Remove),
        (0_usize..40, 0_i64..6).prop_map(|(at, age)| Write::Change(at, age)),
    ]
}

fn pet(id: &str, age: i64) -> Record {
    Record::new(json!({ "id": id, "age": age }))
}

proptest! {
    #[test]
    fn pages_cover_every_row_once(total in 0_usize..200, per_page in 1_u64..60) {
        let mut seen = Vec::new();
        let pages = Paged::page(total, 1, per_page).total_pages;
        for page in 1..=pages {
            let paged = Paged::page(total, page, per_page);
            prop_assert_eq!(paged.has_next(), page < pages);
            seen.extend(paged.from..paged.to);
        }
        prop_assert_eq!(seen, (0..total).collect::<Vec<_>>());
        let after = Paged::page(total, pages + 1, per_page);
        prop_assert_eq!(after.from, after.to);
    }

    #[test]
    fn no_numbers_are_too_large(total in any::<usize>(), page: u64, per_page: u64) {
        let paged = Paged::page(total, page, per_page);
        prop_assert!(paged.from <= paged.to && paged.to <= total);
    }

    /// Rows that stay as they are all come, once, whatever happens to the others meanwhile.
    #[test]
    fn a_walk_by_cursors_loses_and_repeats_nothing(
        ages in prop::collection::vec(0_i64..6, 0..30),
        limit in 1_u64..7,
        writes in prop::collection::vec(prop::collection::vec(write(), 0..4), 0..12),
    ) {
        let pets = ages.iter().enumerate().map(|(n, age)| pet(&format!("p{n}"), *age)).collect();
        let mut lane = Store::new(Arc::new(Base::new("id", pets)));
        let mut untouched: std::collections::BTreeSet<String> = (0..ages.len()).map(|n| format!("p{n}")).collect();
        let (signer, query) = (signer(), by_age());
        let pager = Pager::new(&signer, "pets", &query);
        let mut stretch = Stretch::Offset { offset: 0, limit };
        let mut seen: Vec<String> = Vec::new();
        let mut writes = writes.into_iter();
        loop {
            let rows = lane.select(&query);
            let selected = Selected { store: &lane, query: &query, id_field: "id", rows: &rows };
            let paged = pager.paged(&selected, &stretch).unwrap();
            seen.extend(rows[paged.from..paged.to].iter().map(|row| row.shown["id"].as_str().unwrap().to_owned()));
            prop_assert!(seen.len() < 1_000, "the walk has no end: {:?}", &seen[..20]);
            let Some(cursor) = pager.next(&selected, &paged) else { break };
            stretch = Stretch::After { cursor, limit };
            for write in writes.next().into_iter().flatten() {
                let known: Vec<String> = lane.iter().map(|row| row.shown["id"].as_str().unwrap().to_owned()).collect();
                let some = |at: usize| (!known.is_empty()).then(|| known[at % known.len()].clone());
                match write {
                    Write::Add(age) => {
                        let id = format!("new{}", lane.place("x").unwrap_or(known.len() as u64 + seen.len() as u64 * 100));
                        lane.put(&id, pet(&id, age)).unwrap();
                    }
                    Write::Remove(at) => {
                        let Some(id) = some(at) else { continue };
                        untouched.remove(&id);
                        lane.remove(&id).unwrap();
                    }
                    Write::Change(at, age) => {
                        let Some(id) = some(at) else { continue };
                        untouched.remove(&id);
                        lane.put(&id, pet(&id, age)).unwrap();
                    }
                }
            }
        }
        for id in &untouched {
            prop_assert_eq!(seen.iter().filter(|seen| *seen == id).count(), 1, "{} in {:?}", id, seen);
        }
    }
}
