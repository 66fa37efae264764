//! Which requests are pages of one list, read one after the other: found by the contract's parameters for pages.
//!
//! A walk begins with a first page. A later page belongs to the walk of the same caller, operation and filters that it goes on
//! from. Only answers that came whole are pages; a page that is tried again is one page.

use std::cell::OnceCell;
use std::collections::HashMap;

use serde_json::Value;

use super::Case;
use super::page::{self, Page, Position};
use super::tries::Came;
use crate::contract::{Bundle, Location, Operation, Parameter, Role, Values};
use crate::journal::Entry;

/// So many walks of one kind are gone on with at the same time.
const MOST_OPEN: usize = 32;

pub struct Walk {
    pub pages: Vec<Read>,
    /// What else was asked for: names and values.
    pub filters: Filters,
}

/// A page that was read.
pub struct Read {
    /// The place of its entry.
    pub place: usize,
    pub position: Position,
    /// What it says, once somebody asks.
    page: OnceCell<Page>,
}

#[derive(Default)]
pub struct Walks {
    pub all: Vec<Walk>,
    /// Pages that go on from none, though they go on where a walk of the same list with other filters has come to, and that
    /// one has more; with that one.
    pub astray: Vec<(usize, usize)>,
}

type Filters = Vec<(String, String)>;

/// How well a page goes on with a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    None,
    /// It may be its next page.
    Perhaps,
    /// The last answer leads right there.
    Exact,
}

impl Walks {
    pub fn of(case: &Case) -> Walks {
        let mut walks = Walks::default();
        let mut open: HashMap<(u64, usize, Filters), Vec<usize>> = HashMap::new();
        let mut latest: HashMap<(u64, usize), usize> = HashMap::new();
        for place in case.places() {
            let (Some(operation), entry) = (case.operations[place], &case.entries[place]) else { continue };
            let Some((position, filters)) = read(operation, entry, &case.contract.bundle) else { continue };
            let is_good = Came::of(entry) == Came::Good;
            let whose = (entry.exchange.caller, operation.index);
            let here = open.entry((whose.0, whose.1, filters.clone())).or_default();
            let page = Read { place, position, page: OnceCell::new() };
            if page.position.is_first() {
                if is_good {
                    latest.insert(whose, walks.all.len());
                    if here.len() == MOST_OPEN {
                        here.remove(0);
                    }
                    here.push(walks.all.len());
                    walks.all.push(Walk { pages: vec![page], filters });
                }
                continue;
            }
            if !is_good {
                continue;
            }
            match walks.followed(case, here, &page.position) {
                Some(walk) => walks.all[walk].pages.push(page),
                None => {
                    let other = latest.get(&whose).filter(|walk| walks.all[**walk].has_come_to(case, &page.position));
                    walks.astray.extend(other.map(|walk| (place, *walk)));
                }
            }
        }
        walks
    }

    /// The one of these walks that a page belongs to: that which leads right there, else the last that may lead there, else the
    /// last one.
    fn followed(&self, case: &Case, open: &[usize], position: &Position) -> Option<usize> {
        let mut best = None;
        for walk in open.iter().rev() {
            match self.all[*walk].leads_to(case, position) {
                Fit::Exact => return Some(*walk),
                Fit::Perhaps => best = best.or(Some(*walk)),
                Fit::None => {}
            }
        }
        best.or(open.last().copied())
    }
}

impl Walk {
    fn leads_to(&self, case: &Case, position: &Position) -> Fit {
        let Some(last) = self.pages.last() else { return Fit::None };
        let (may, does) = match (&last.position, position) {
            (Position::Number(last), Position::Number(next)) => (*next == last + 1, true),
            (before, Position::Offset(next)) => {
                let fits = |before| last.page(case).rows.is_some_and(|rows| before + rows == *next);
                before.rows().map_or((false, false), |before| (*next > before, fits(before)))
            }
            (before, Position::Cursor(Some(next))) => {
                (before != position, page::names(&case.entries[last.place], next))
            }
            _ => (false, false),
        };
        match (may, does) {
            (true, true) => Fit::Exact,
            (true, false) => Fit::Perhaps,
            (false, _) => Fit::None,
        }
    }

    /// Whether a page is its next one, as far as its last answer tells.
    fn has_come_to(&self, case: &Case, position: &Position) -> bool {
        self.leads_to(case, position) == Fit::Exact
            && self.pages.last().is_some_and(|last| last.page(case).more == Some(true))
    }
}

impl Read {
    pub fn page(&self, case: &Case) -> &Page {
        self.page.get_or_init(|| Page::of(&case.entries[self.place], &self.position))
    }
}

/// Where the page stands that was asked for, and what else was; `None` of an operation without pages.
fn read(operation: &Operation, entry: &Entry, bundle: &Bundle) -> Option<(Position, Filters)> {
    let in_query = |parameter: &&Parameter| parameter.location == Location::Query;
    let parameters: Vec<&Parameter> = operation.parameters.iter().filter(in_query).collect();
    let position = position(&parameters, &entry.exchange.values, bundle)?;
    let moves = |parameter: &&&Parameter| {
        matches!(role(parameter), Some(Role::Page | Role::Offset | Role::Cursor | Role::After))
    };
    let filters = parameters.iter().filter(|parameter| !moves(parameter)).filter_map(|parameter| {
        let value = entry.exchange.values.get(Location::Query, &parameter.name)?;
        Some((parameter.name.clone(), value.to_string()))
    });
    Some((position, filters.collect()))
}

/// Of several ways to ask for a page the one that was used.
fn position(parameters: &[&Parameter], values: &Values, bundle: &Bundle) -> Option<Position> {
    let find = |wanted: Role| parameters.iter().find(|parameter| role(parameter) == Some(wanted));
    let value = |parameter: &Parameter| values.get(Location::Query, &parameter.name);
    let cursor = find(Role::Cursor).or(find(Role::After));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(cursor) = cursor.and_then(|cursor| value(cursor)) {
        return Some(Position::Cursor(Some(text(cursor))));
    }
    let offset = find(Role::Offset);
    match offset.and_then(|offset| value(offset)).and_then(Value::as_u64) {
        Some(offset) if offset > 0 => return Some(Position::Offset(offset)),
        _ => {}
    }
    match find(Role::Page) {
        Some(page) => {
            let first = page.first_page(bundle);
            let number = value(page).and_then(Value::as_u64).unwrap_or(first);
            Some(Position::Number(number.saturating_sub(first)))
        }
        None if offset.is_some() => Some(Position::Offset(0)),
        None => cursor.map(|_| Position::Cursor(None)),
    }
}

/// What a parameter says of pages: by the contract's word, or by its usual name.
fn role(parameter: &Parameter) -> Option<Role> {
    parameter.role.or(match parameter.name.as_str() {
        "page" => Some(Role::Page),
        "offset" => Some(Role::Offset),
        "cursor" => Some(Role::Cursor),
        _ => None,
    })
}
