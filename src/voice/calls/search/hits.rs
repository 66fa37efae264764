//! Whether what stands in a place of a call has a part of a text. For what there is a limited number of it is found out once.

use std::ops::Range;

use crate::voice::dialogue::{Made, Wording};
use crate::voice::people::{self, Names};
use crate::world::matching::contains;

/// The names of one language that have the part.
#[derive(Debug)]
pub struct NameHits {
    /// By the places of the names: a bit for each way to call somebody that has the part if the name is the person's.
    first: Vec<u8>,
    last: Vec<u8>,
    /// A bit for each way that has to be looked at.
    open: u8,
}

/// The ways to call somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    Name = 1,
    First = 2,
    Email = 4,
}

impl NameHits {
    pub fn new(names: &Names, part: &str) -> NameHits {
        let plain = |name: &str| {
            name.split_whitespace().any(|word| {
                let mut plain = String::new();
                people::letters(word, &mut plain);
                plain.contains(part)
            })
        };
        let bits = |name: &String, within: u8| {
            let email = if plain(name) { Called::Email as u8 } else { 0 };
            email | if contains(name, part) { within } else { 0 }
        };
        let (name, first, email) = (Called::Name as u8, Called::First as u8, Called::Email as u8);
        // Such a part may lie in several words, or in what joins them.
        let spaced = part.contains(' ');
        let joined = part.contains(['@', '.', ' ']) || part.bytes().any(|byte| byte.is_ascii_digit());
        let open = if spaced { name } else { 0 };
        let others = joined || names.domains.iter().any(|domain| contains(domain, part));
        NameHits {
            first: names.first.iter().map(|text| bits(text, name | first)).collect(),
            last: names.last.iter().map(|text| bits(text, name)).collect(),
            open: if others { open | email } else { open },
        }
    }

    /// Whether somebody of these names is called by it; `None` if that has to be looked at.
    pub fn has(&self, [first, last]: [usize; 2], called: Called) -> Option<bool> {
        let bits = |list: &[u8], place: usize| list.get(place).copied().unwrap_or(0);
        let found = (bits(&self.first, first) | bits(&self.last, last)) & called as u8 != 0;
        (found || self.open & called as u8 == 0).then_some(found)
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
