//! Which requests are pages of one list, read one after the other: found by the contract's parameters for pages.
//!
//! A walk begins with a first page. A later page belongs to the walk of the same caller, operation and filters that it goes on
//! from. Only answers that came whole are pages; a page that is tried again is one page.

use std::collections::HashMap;

use serde_json::Value;

use super::Case;
use super::tries::Came;
use crate::contract::{Location, Operation, Parameter, Role, Values};
use crate::journal::Entry;

/// So many walks of one kind are gone on with at the same time.
const MOST_OPEN: usize = 8;

/// Where a page stands in its list.
#[derive(Debug, Clone, PartialEq)]
pub enum Position {
    Number(u64),
    /// So many rows before it.
    Offset(u64),
    /// A text that only the server understands; none on the first page.
    Cursor(Option<String>),
}

pub struct Walk {
    /// Places of entries, with where each stands.
    pub pages: Vec<(usize, Position)>,
    /// What else was asked for: names and values.
    pub filters: Vec<(String, String)>,
}

#[derive(Default)]
pub struct Walks {
    pub all: Vec<Walk>,
    /// Pages that go on from none, though there is a walk of the same list with other filters; with that one.
    pub astray: Vec<(usize, usize)>,
}

type Filters = Vec<(String, String)>;

impl Walks {
    pub fn of(case: &Case) -> Walks {
        let mut walks = Walks::default();
        let mut open: HashMap<(u64, usize, Filters), Vec<usize>> = HashMap::new();
        let mut latest: HashMap<(u64, usize), usize> = HashMap::new();
        for place in case.places() {
            let (Some(operation), entry) = (case.operations[place], &case.entries[place]) else { continue };
            let Some((position, filters)) = read(operation, entry) else { continue };
            let whose = (entry.exchange.caller, operation.index);
            let here = open.entry((whose.0, whose.1, filters.clone())).or_default();
            let came = Came::of(entry);
            if !position.is_first() {
                let followed = here.iter().rev().find(|walk| walks.all[**walk].leads_to(&position));
                match followed.or(here.last()).copied() {
                    Some(walk) if came == Came::Good => walks.all[walk].pages.push((place, position)),
                    Some(_) => {}
                    None => walks.astray.extend(latest.get(&whose).map(|walk| (place, *walk))),
                }
                continue;
            }
            if came == Came::Good {
                latest.insert(whose, walks.all.len());
                here.push(walks.all.len());
                if here.len() > MOST_OPEN {
                    here.remove(0);
                }
                walks.all.push(Walk { pages: vec![(place, position)], filters });
            }
        }
        walks
    }
}

impl Walk {
    /// Whether a page follows the last one that was read.
    fn leads_to(&self, position: &Position) -> bool {
        match (self.pages.last().map(|(_, last)| last), position) {
            (Some(Position::Number(last)), Position::Number(next)) => *next == last + 1,
            (Some(Position::Offset(last)), Position::Offset(next)) => next > last,
            (Some(Position::Cursor(last)), Position::Cursor(next)) => next != last,
            _ => false,
        }
    }
}

impl Position {
    pub fn is_first(&self) -> bool {
        matches!(self, Position::Number(0 | 1) | Position::Offset(0) | Position::Cursor(None))
    }
}

/// Where the page stands that was asked for, and what else was; `None` of an operation without pages.
fn read(operation: &Operation, entry: &Entry) -> Option<(Position, Filters)> {
    let in_query = |parameter: &&Parameter| parameter.location == Location::Query;
    let parameters: Vec<&Parameter> = operation.parameters.iter().filter(in_query).collect();
    let position = position(&parameters, &entry.exchange.values)?;
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
fn position(parameters: &[&Parameter], values: &Values) -> Option<Position> {
    let value = |wanted: Role| {
        let parameter = parameters.iter().find(|parameter| role(parameter) == Some(wanted))?;
        Some(values.get(Location::Query, &parameter.name))
    };
    let cursor = value(Role::Cursor).or(value(Role::After));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(Some(cursor)) = cursor {
        return Some(Position::Cursor(Some(text(cursor))));
    }
    let offset = value(Role::Offset);
    match offset.flatten().and_then(Value::as_u64) {
        Some(offset) if offset > 0 => return Some(Position::Offset(offset)),
        _ => {}
    }
    match value(Role::Page) {
        Some(number) => Some(Position::Number(number.and_then(Value::as_u64).unwrap_or(1))),
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
