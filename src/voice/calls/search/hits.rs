//! Whether what stands in a place of a call has a part of a text. For what there is a limited number of it is found out once.

use std::ops::Range;

use crate::voice::calls::callers::Caller;
use crate::voice::dialogue::{Made, Wording};
use crate::voice::people::{self, Names};
use crate::world::matching::contains;

/// The names of one language that have the part.
#[derive(Debug)]
pub struct NameHits {
    kind: Kind,
    first: Vec<bool>,
    last: Vec<bool>,
    /// The same names as addresses have them.
    plain_first: Vec<bool>,
    plain_last: Vec<bool>,
    domain: bool,
}

/// What a part consists of, as far as it matters to names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It lies within one name or word.
    Letters,
    Digits,
    Mixed,
}

impl NameHits {
    pub fn new(names: &Names, part: &str) -> NameHits {
        let has = |list: &[String]| list.iter().map(|name| contains(name, part)).collect();
        let plain = |name: &String| {
            name.split_whitespace().any(|word| {
                let mut plain = String::new();
                people::letters(word, &mut plain);
                plain.contains(part)
            })
        };
        NameHits {
            kind: match part {
                part if !part.contains([' ', '.', '@']) && !part.contains(|c: char| c.is_ascii_digit()) => {
                    Kind::Letters
                }
                part if part.bytes().all(|byte| byte.is_ascii_digit()) => Kind::Digits,
                _ => Kind::Mixed,
            },
            first: has(&names.first),
            last: has(&names.last),
            plain_first: names.first.iter().map(plain).collect(),
            plain_last: names.last.iter().map(plain).collect(),
            domain: names.domains.iter().any(|domain| contains(domain, part)),
        }
    }

    /// Whether a full name has it; `None` if that has to be looked at.
    pub fn in_name(&self, caller: &Caller) -> Option<bool> {
        let [first, last] = self.places(caller)?;
        Some(self.first.get(first) == Some(&true) || self.last.get(last) == Some(&true))
    }

    pub fn in_first(&self, caller: &Caller) -> Option<bool> {
        let [first, _] = self.places(caller)?;
        Some(self.first.get(first) == Some(&true))
    }

    pub fn in_email(&self, caller: &Caller, part: &str) -> Option<bool> {
        let Caller::Made { names, draws } = caller else { return None };
        match self.kind {
            _ if self.domain => None,
            Kind::Letters => {
                let [first, last] = names.places(*draws);
                Some(self.plain_first.get(first) == Some(&true) || self.plain_last.get(last) == Some(&true))
            }
            Kind::Digits => Some(names.number(*draws).is_some_and(|number| number.to_string().contains(part))),
            Kind::Mixed => None,
        }
    }

    fn places(&self, caller: &Caller) -> Option<[usize; 2]> {
        match caller {
            Caller::Made { names, draws } if self.kind != Kind::Mixed => Some(names.places(*draws)),
            _ => None,
        }
    }
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
