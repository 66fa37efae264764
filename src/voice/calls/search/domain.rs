//! What can stand in a place of a phrase: enough to know that a text is never found there, without looking at a call. All
//! texts are folded, as for every search.

use crate::voice::dialogue::{Kind, Made, Wording};
use crate::voice::people::{self, Names};
use crate::voice::stock::Known;
use crate::world::matching::fold;

#[derive(Debug)]
pub struct Domain {
    /// What may stand there, or what it is put together from.
    listed: Vec<String>,
    /// What stands between the parts; none where a text of the list stands alone.
    joints: Option<Letters>,
    letters: Letters,
    /// In bytes.
    longest: usize,
}

/// Which letters a text may have.
#[derive(Debug, Clone, Copy, Default)]
pub struct Letters {
    /// A bit for each letter of ASCII.
    plain: u128,
    others: bool,
}

const DIGITS: &str = "0123456789";
/// No number of a playbook has more digits.
const MOST_DIGITS: usize = 6;

impl Domain {
    /// A value of a playbook, worded with the sign of a currency.
    pub fn of(kind: &Kind, names: &Names, wording: Wording, currency: &str) -> Domain {
        match kind {
            Kind::OrderNumber | Kind::TicketNumber | Kind::Count { .. } => Domain::loose(DIGITS, MOST_DIGITS),
            Kind::Reference => Domain::joined(pairs("acefhjklqrtwxyz"), &format!("-{DIGITS}"), 6),
            Kind::Money { .. } => {
                let currency = fold(currency);
                Domain::loose(&format!("{DIGITS}., {currency}"), MOST_DIGITS + 5 + currency.len())
            }
            Kind::Day { .. } if wording == Wording::Standard => Domain::loose("-0123456789", 16),
            Kind::Day { .. } => {
                // Those of 1972, which had all there are.
                Domain::listed((730..730 + 366).map(|day| said(wording, Made::Day(day))))
            }
            Kind::Time { .. } => {
                let times = (0..24 * 4).map(|quarter| 15 * quarter);
                Domain::listed(times.map(|minutes| said(wording, Made::Time(minutes))))
            }
            Kind::Person => Domain::person(names, &[]),
            Kind::Company => Domain::listed(names.companies.iter().map(|text| fold(text))),
            Kind::City => Domain::listed(names.cities.iter().map(|text| fold(text))),
            Kind::Street => {
                let form = fold(&names.street.replace("{number}", "").replace("{street}", ""));
                let longest = form.len() + MOST_DIGITS;
                Domain::joined(names.streets.iter().map(|text| fold(text)), &format!("{DIGITS}{form}"), longest)
            }
            Kind::OneOf(choices) => Domain::listed(choices.iter().map(|choice| fold(&choice.text))),
        }
    }

    /// Full names.
    pub fn person(names: &Names, known: &[Known]) -> Domain {
        let longest = |list: &[String]| list.iter().map(|name| fold(name).len()).max().unwrap_or(0);
        let more = 1 + longest(&names.first) + longest(&names.last);
        let parts = names.first.iter().chain(&names.last).chain(known.iter().map(|known| &known.name));
        Domain::joined(parts.map(|name| fold(name)), " ", more)
    }

    pub fn first(names: &Names, known: &[Known]) -> Domain {
        let known = known.iter().map(|known| known.name.split(' ').next().unwrap_or_default());
        Domain::listed(names.first.iter().map(String::as_str).chain(known).map(fold))
    }

    pub fn email(names: &Names, known: &[Known]) -> Domain {
        let names_of = names.first.iter().chain(&names.last).chain(known.iter().map(|known| &known.name));
        let words = names_of.flat_map(|name| name.split_whitespace()).map(|word| {
            let mut plain = String::new();
            people::letters(word, &mut plain);
            plain
        });
        let own = known.iter().filter_map(|known| known.email.as_deref());
        let parts = words.chain(names.domains.iter().map(String::as_str).chain(own).map(fold));
        Domain::joined(parts, &format!("{DIGITS}.@"), 200)
    }

    /// One of these.
    fn listed(texts: impl Iterator<Item = String>) -> Domain {
        let listed: Vec<String> = texts.collect();
        let letters = listed.iter().fold(Letters::default(), |letters, text| letters.with(text));
        let longest = listed.iter().map(String::len).max().unwrap_or(0);
        Domain { listed, joints: None, letters, longest }
    }

    /// Some of these, with `joints` between them, which may take up `more` bytes.
    fn joined(parts: impl Iterator<Item = String>, joints: &str, more: usize) -> Domain {
        let parts = Domain::listed(parts);
        let letters = parts.letters.with(joints);
        let joints = Letters::of(joints);
        Domain { joints: Some(joints), letters, longest: parts.longest + more, ..parts }
    }

    /// Anything of these letters.
    fn loose(letters: &str, longest: usize) -> Domain {
        Domain::joined(std::iter::empty(), letters, longest)
    }

    /// Whether something that stands here may have this part.
    pub fn holds(&self, part: &str) -> bool {
        let joined = |joints: Letters| part.chars().any(|letter| joints.has(letter)) && self.makes(part);
        self.listed.iter().any(|text| text.contains(part)) || self.joints.is_some_and(joined)
    }

    /// Whether `part` may begin here and go on in what follows: `right`, and after that perhaps `more`.
    pub fn begins(&self, part: &str, right: &str, more: bool) -> bool {
        let goes_on = |rest: &str| follows(rest, right, more);
        if self.joints.is_none() {
            let begins = |text: &String| text.starts_with(part) || part.strip_prefix(&**text).is_some_and(goes_on);
            return self.listed.iter().any(begins);
        }
        let within = part.char_indices().take_while(|(at, letter)| *at <= self.longest && self.letters.has(*letter));
        let end = within.last().map_or(0, |(at, letter)| at + letter.len_utf8());
        end == part.len() || (0..=end).any(|at| part.get(at..).is_some_and(goes_on))
    }

    /// Whether something that stands here may end so.
    pub fn ends(&self, part: &str) -> bool {
        match self.joints {
            None => self.listed.iter().any(|text| text.ends_with(part)),
            Some(_) => self.makes(part),
        }
    }

    fn makes(&self, part: &str) -> bool {
        part.len() <= self.longest && part.chars().all(|letter| self.letters.has(letter))
    }
}

fn pairs(letters: &str) -> impl Iterator<Item = String> {
    letters.chars().flat_map(|one| letters.chars().map(move |two| format!("{one}{two}")))
}

/// Whether a text may stand where `right` is followed by `more`, or by nothing.
pub fn follows(text: &str, right: &str, more: bool) -> bool {
    right.starts_with(text) || more && text.starts_with(right)
}

fn said(wording: Wording, made: Made) -> String {
    let mut text = String::new();
    wording.write(&made, "", &mut text);
    fold(&text)
}

impl Letters {
    pub fn of(text: &str) -> Letters {
        Letters::default().with(text)
    }

    fn with(self, text: &str) -> Letters {
        text.chars().fold(self, |letters, letter| match u32::from(letter) {
            plain @ 0..128 => Letters { plain: letters.plain | 1 << plain, ..letters },
            _ => Letters { others: true, ..letters },
        })
    }

    pub fn has(self, letter: char) -> bool {
        match u32::from(letter) {
            plain @ 0..128 => self.plain >> plain & 1 == 1,
            _ => self.others,
        }
    }
}
