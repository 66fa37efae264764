//! Every filter, alone and in pairs, every order and every way to page, against all rows filtered and sorted naively.

use super::naive::Dice;
use super::rows::Listed;
use super::scene::{Scene, id};
use crate::support::caller::target;

/// Pairs of filters that are tried each time.
const PAIRS: usize = 6;

type Query = Vec<(String, String)>;

/// `all` are the rows of the list without any parameter, in its order.
pub fn check<L: Listed>(scene: &Scene, path: &str, all: &[L]) {
    let dice = &mut *scene.dice.borrow_mut();
    order(scene, path, all);
    if all.is_empty() || L::FILTERS.is_empty() {
        return;
    }
    for filter in L::FILTERS {
        try_one(scene, path, all, &[filter], dice);
    }
    for _ in 0..PAIRS {
        let pair = [*dice.pick(L::FILTERS), *dice.pick(L::FILTERS)];
        let distinct = if pair[0] == pair[1] { &pair[..1] } else { &pair };
        try_one(scene, path, all, distinct, dice);
    }
}

/// Words that people look for: what was said to anybody, by rows that are drawn.
pub fn search<L: Listed>(scene: &Scene, path: &str, all: &[L], words: usize) {
    let dice = &mut *scene.dice.borrow_mut();
    for _ in 0..words {
        try_one(scene, path, all, &["search"], dice);
    }
}

fn order<L: Listed>(scene: &Scene, path: &str, all: &[L]) {
    let mut ids: Vec<&str> = all.iter().map(|item| id(item.row())).collect();
    if let Some(sort) = L::SORTS.first() {
        scene.agree(path, "the default order is the newest first", ids.clone(), sorted(all.iter(), sort, true));
    }
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    scene.agree(path, "no row is there twice", count, ids.len());
}

fn try_one<L: Listed>(scene: &Scene, path: &str, all: &[L], filters: &[&str], dice: &mut Dice) {
    let mut query: Query =
        filters.iter().map(|filter| ((*filter).to_owned(), dice.pick(all).draw(filter, dice))).collect();
    let fitting = all.iter().filter(|item| query.iter().all(|(filter, value)| item.fits(filter, value)));
    let expected: Vec<&str> = match L::SORTS.is_empty() || dice.chance(4) {
        true => fitting.map(|item| id(item.row())).collect(),
        false => {
            let sort = *dice.pick(L::SORTS);
            let order = *dice.pick(&["asc", "desc"]);
            let expected = sorted(fitting, sort, order == "desc");
            query.push(("sort_by".to_owned(), sort.to_owned()));
            query.push(("sort_order".to_owned(), order.to_owned()));
            expected
        }
    };
    let found = paged(scene, path, &query, expected.len(), dice);
    let found: Vec<&str> = found.iter().map(id).collect();
    scene.agree(&target(path, &query), "the rows that fit, in their order", expected, found);
}

/// All rows of a list, in one of the ways to page through it and no more than a few pages.
fn paged(scene: &Scene, path: &str, query: &Query, expected: usize, dice: &mut Dice) -> Vec<serde_json::Value> {
    let size = (expected / 3 + 1 + dice.below(40)).min(100);
    match dice.below(4) {
        0 => scene.list(path, query, size),
        1 => scene.linked(path, query, size),
        way => scene.limited(path, query, size, way == 2),
    }
}

/// The ids in an order. Those that are equal in it stay as they come.
fn sorted<'l, L: Listed + 'l>(items: impl Iterator<Item = &'l L>, sort: &str, descending: bool) -> Vec<&'l str> {
    let mut items: Vec<&L> = items.collect();
    items.sort_by(|a, b| match (a.key(sort), b.key(sort)) {
        (Some(a), Some(b)) if descending => b.compare(&a),
        (Some(a), Some(b)) => a.compare(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    items.into_iter().map(|item| id(item.row())).collect()
}
