//! Whether what stands in a place of a call has a part of a text. For what there is a limited number of it is found out once.

use std::ops::Range;

use crate::voice::calls::callers::Caller;
use crate::voice::dialogue::{Made, Wording};
use crate::voice::people::{self, Names};
use crate::voice::stock::{Known, Stock};
use crate::world::matching::contains;

/// What somebody is called by, as places in lists.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// One of those on record, or after them one of the first names.
    first: u32,
    last: u16,
    /// What its address has behind the name, 0 for nothing, and what it ends in.
    number: u8,
    domain: u16,
}

/// Ways to call somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Name = 1,
    First = 2,
    Email = 4,
}

/// The names and addresses of one language that have the part, each with a bit for the ways in which it has it.
#[derive(Debug)]
pub struct NameHits {
    /// How many of the first names are of those on record.
    known: usize,
    first: Vec<u8>,
    last: Vec<u8>,
    numbers: Vec<u8>,
    domains: Vec<u8>,
    /// The ways that have to be looked at.
    open: u8,
}

/// The ways to call one person that have the part, and those that have to be looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Called {
    sure: u8,
    open: u8,
}

const NOWHERE: u16 = u16::MAX;

impl Identity {
    pub fn of(caller: &Caller, stock: &Stock) -> Identity {
        let short = |place: usize| u16::try_from(place).unwrap_or(NOWHERE);
        let (Caller::Known { names, draws, .. } | Caller::Made { names, draws }) = caller;
        let (number, domain) = names.address(*draws);
        let number = number.and_then(|number| u8::try_from(number).ok()).unwrap_or(0);
        let (first, last) = match caller {
            Caller::Known { known, .. } => {
                let place = stock.known.iter().position(|other| other.number == known.number);
                (place.unwrap_or(usize::MAX), NOWHERE)
            }
            Caller::Made { .. } => {
                let [first, last] = names.places(*draws);
                (stock.known.len() + first, short(last))
            }
        };
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        match caller {
            Caller::Known { known, .. } if known.email.is_some() => {
                Identity { first, last, number: 0, domain: NOWHERE }
            }
            _ => Identity { first, last, number, domain: short(domain) },
        }
    }
}

impl NameHits {
    pub fn new(names: &Names, known: &[Known], part: &str) -> NameHits {
        let (name, first, email) = (Way::Name as u8, Way::First as u8, Way::Email as u8);
        let has = |text: &str, ways: u8| if contains(text, part) { ways } else { 0 };
        let mut plain = String::new();
        let mut in_address = |name: &str| {
            let mut words = name.split_whitespace();
            let found = words.any(|word| {
                plain.clear();
                people::letters(word, &mut plain);
                plain.contains(part)
            });
            if found { email } else { 0 }
        };
        let mut firsts: Vec<u8> = Vec::with_capacity(known.len() + names.first.len());
        firsts.extend(known.iter().map(|known| {
            let own = known.email.as_ref().map(|own| has(own, email));
            let called = known.name.split(' ').next().unwrap_or_default();
            has(&known.name, name) | has(called, first) | own.unwrap_or_else(|| in_address(&known.name))
        }));
        firsts.extend(names.first.iter().map(|text| has(text, name | first) | in_address(text)));
        let is_digit = |byte: u8| byte.is_ascii_digit();
        // Such a part may lie in several words, or in what joins them.
        let spaced = if part.contains(' ') { name } else { 0 };
        let mixed = part.bytes().any(is_digit) && !part.bytes().all(is_digit);
        let joined = if mixed || part.contains(['@', '.']) { email } else { 0 };
        NameHits {
            known: known.len(),
            first: firsts,
            last: names.last.iter().map(|text| has(text, name) | in_address(text)).collect(),
            numbers: (0..100_u8).map(|number| if number > 0 { has(&number.to_string(), email) } else { 0 }).collect(),
            domains: names.domains.iter().map(|domain| has(domain, email)).collect(),
            open: spaced | joined,
        }
    }

    /// Whether the full name of somebody who is not on record has it, by the places of both names; `None` if that has to be
    /// looked at.
    pub fn in_name(&self, [first, last]: [usize; 2]) -> Option<bool> {
        let sure = bits(&self.first, self.known + first) | bits(&self.last, last);
        Called { sure, open: self.open }.by(Way::Name)
    }

    pub fn called(&self, somebody: Identity) -> Called {
        let Identity { first, last, number, domain } = somebody;
        let address = bits(&self.numbers, number.into()) | bits(&self.domains, domain.into());
        let sure = bits(&self.first, first as usize) | bits(&self.last, last.into()) | address;
        Called { sure, open: self.open }
    }
}

impl Called {
    /// Whether there is any such way.
    pub fn may_be(self) -> bool {
        self.sure | self.open != 0
    }

    /// Whether the part is in what somebody is called in this way; `None` if that has to be looked at.
    pub fn by(self, way: Way) -> Option<bool> {
        let sure = self.sure & way as u8 != 0;
        (sure || self.open & way as u8 == 0).then_some(sure)
    }
}

fn bits(list: &[u8], place: usize) -> u8 {
    list.get(place).copied().unwrap_or(0)
}

/// The days that have the part, in one wording.
#[derive(Debug)]
pub struct DayHits {
    first: i64,
    days: Vec<bool>,
}

impl DayHits {
    pub fn new(wording: Wording, days: &Range<i64>, part: &str) -> DayHits {
        let mut text = String::new();
        let has = |day| {
            text.clear();
            wording.write(&Made::Day(day), "", &mut text);
            contains(&text, part)
        };
        DayHits { first: days.start, days: days.clone().map(has).collect() }
    }

    /// Whether a day has it; `None` for one that lies far from all calls.
    pub fn in_day(&self, day: i64) -> Option<bool> {
        let place = usize::try_from(day.checked_sub(self.first)?).ok()?;
        self.days.get(place).copied()
    }
}
