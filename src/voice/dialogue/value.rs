//! What differs from call to call: numbers, sums, days, names. A value is made once for each call, and worded in whatever
//! language it is told in.

use std::mem;

use super::phrase::{Marks, Telltales};
use crate::seed::Draws;
use crate::voice::people::Names;

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    OrderNumber,
    TicketNumber,
    Reference,
    Money { low: i64, high: i64 },
    Day { low: i64, high: i64 },
    Time { low: i64, high: i64 },
    Count { low: i64, high: i64 },
    Person,
    Company,
    Street,
    City,
    OneOf(Vec<Choice>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub text: String,
    pub words: f64,
    pub marks: Marks,
}

/// A value before it is worded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made<'a> {
    Text(&'a str),
    Number(i64),
    Reference {
        letters: [char; 2],
        numbers: [i64; 2],
    },
    Cents(i64),
    /// Days since the beginning of 1970.
    Day(i64),
    /// Minutes since midnight.
    Time(i64),
    /// A first and a last name.
    Person(&'a str, &'a str),
    /// How it is written, the number and the street.
    House(&'a str, usize, &'a str),
}

/// Every kind by its name, and whether a range belongs to it.
pub const KINDS: [(&str, bool); 12] = [
    ("order_number", false),
    ("ticket_number", false),
    ("reference", false),
    ("money", true),
    ("day", true),
    ("time", true),
    ("count", true),
    ("person", false),
    ("company", false),
    ("street", false),
    ("city", false),
    ("one_of", false),
];

/// What is wrong with the text of a kind.
#[derive(Debug, PartialEq, Eq)]
pub enum Wrong {
    Kind(String),
    Said(String),
}

impl Kind {
    /// `one_of [a, b]`, `money 15..180`.
    pub fn read(text: &str, telltales: &Telltales) -> Result<Kind, Wrong> {
        let (name, rest) = text.trim().split_once([' ', '[']).unwrap_or((text.trim(), ""));
        let Some((_, ranged)) = KINDS.iter().find(|(known, _)| *known == name) else {
            return Err(Wrong::Kind(name.to_owned()));
        };
        if name == "one_of" {
            return choices(&text.trim()[name.len()..], telltales);
        }
        match (ranged, rest.trim()) {
            (true, range) => Kind::ranged(name, range),
            (false, "") => Ok(Kind::plain(name)),
            (false, _) => Err(Wrong::Said(format!("`{name}` stands alone"))),
        }
    }

    fn plain(name: &str) -> Kind {
        match name {
            "order_number" => Kind::OrderNumber,
            "ticket_number" => Kind::TicketNumber,
            "reference" => Kind::Reference,
            "person" => Kind::Person,
            "company" => Kind::Company,
            "street" => Kind::Street,
            _ => Kind::City,
        }
    }

    fn ranged(name: &str, range: &str) -> Result<Kind, Wrong> {
        let (low, high) = match name {
            "money" => (1, 100_000),
            "day" => (-365, 365),
            "time" => (0, 23),
            _ => (0, 100_000),
        };
        let wrong = || Wrong::Said(format!("a range such as `{name} 2..5` is expected, from {low} up to {high}"));
        let (from, to) = range.split_once("..").ok_or_else(wrong)?;
        let (Ok(from), Ok(to)) = (from.trim().parse::<i64>(), to.trim().parse::<i64>()) else { return Err(wrong()) };
        if from > to || from < low || to > high {
            return Err(wrong());
        }
        let (low, high) = (from, to);
        Ok(match name {
            "money" => Kind::Money { low, high },
            "day" if (low..=high).contains(&0) => {
                return Err(Wrong::Said("a day is some days from the call: 0 can't be in its range".to_owned()));
            }
            "day" => Kind::Day { low, high },
            "time" => Kind::Time { low, high },
            _ => Kind::Count { low, high },
        })
    }

    /// How long it takes to say, in words. Digits are read out one by one, and go faster than words.
    pub fn words(&self) -> f64 {
        match self {
            Kind::OrderNumber | Kind::TicketNumber | Kind::Money { .. } | Kind::Street => 3.0,
            Kind::Reference => 4.0,
            Kind::Day { .. } | Kind::Time { .. } | Kind::Person | Kind::Company => 2.0,
            Kind::Count { .. } | Kind::City => 1.0,
            // Counted when it is known which.
            Kind::OneOf(_) => 0.0,
        }
    }

    /// Which of the choices a call has; of other kinds nothing.
    pub fn chosen(&self, draws: Draws) -> Option<&Choice> {
        match self {
            Kind::OneOf(choices) => choices.get(draws.below(0, choices.len())),
            _ => None,
        }
    }

    /// Whether another value of the same call may come out alike, where two are not to be the same. What is chosen shows its
    /// topics, and stays as it is.
    pub fn may_equal(&self, other: &Kind) -> bool {
        let numbers = |kind: &Kind| matches!(kind, Kind::OrderNumber | Kind::TicketNumber | Kind::Count { .. });
        let texts = |kind: &Kind| matches!(kind, Kind::Company | Kind::City | Kind::OneOf(_));
        match self {
            Kind::OneOf(_) => false,
            kind => {
                mem::discriminant(kind) == mem::discriminant(other)
                    || numbers(kind) && numbers(other)
                    || texts(kind) && texts(other)
            }
        }
    }

    /// `day` is that of the call, counted from the beginning of 1970.
    pub fn make<'a>(&'a self, draws: Draws, day: impl FnOnce() -> i64, names: &'a Names) -> Made<'a> {
        let between = |place, low: i64, high: i64| {
            low + draws.below(place, usize::try_from(high.saturating_sub(low) + 1).unwrap_or(1)) as i64
        };
        match self {
            Kind::OrderNumber => Made::Number(between(0, 10_000, 99_999)),
            Kind::TicketNumber => Made::Number(between(0, 10_000, 49_999)),
            Kind::Reference => {
                // Without those that are mistaken for others when they are read out.
                const LETTERS: &[u8] = b"ACEFHJKLQRTWXYZ";
                let letter = |place| char::from(LETTERS[draws.below(place, LETTERS.len())]);
                Made::Reference {
                    letters: [letter(0), letter(1)],
                    numbers: [between(2, 2, 9), between(3, 1_000, 9_999)],
                }
            }
            Kind::Money { low, high } => {
                let whole = 100 * between(0, *low, *high);
                Made::Cents(match draws.below(1, 10) {
                    0..5 => whole,
                    5..7 if whole < 100 * high => whole + 50,
                    _ => (whole - 1).max(100 * low),
                })
            }
            Kind::Day { low, high } => Made::Day(day().saturating_add(between(0, *low, *high))),
            Kind::Time { low, high } => {
                let hour = between(0, *low, *high);
                let minute = [0, 0, 0, 30, 30, 30, 15, 45][draws.below(1, 8)];
                Made::Time(60 * hour + if hour == *high { 0 } else { minute })
            }
            Kind::Count { low, high } => Made::Number(between(0, *low, *high)),
            Kind::Person => {
                let (first, last) = names.person(draws);
                Made::Person(first, last)
            }
            Kind::Company => Made::Text(names.company(draws)),
            Kind::Street => {
                let (number, street) = names.house(draws);
                Made::House(&names.street, number, street)
            }
            Kind::City => Made::Text(names.city(draws)),
            Kind::OneOf(_) => Made::Text(self.chosen(draws).map_or("", |choice| &choice.text)),
        }
    }
}

fn choices(list: &str, telltales: &Telltales) -> Result<Kind, Wrong> {
    let wrong = || Wrong::Said("a list of at least two texts is expected: `one_of [red, green]`".to_owned());
    let inner = list.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']')).ok_or_else(wrong)?;
    let choices: Vec<Choice> = inner
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| Choice {
            text: text.to_owned(),
            words: text.split_whitespace().count() as f64,
            marks: telltales.marks(text),
        })
        .collect();
    if choices.len() < 2 || choices.len() > 50 { Err(wrong()) } else { Ok(Kind::OneOf(choices)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn read(text: &str) -> Result<Kind, Wrong> {
        Kind::read(text, &Telltales::default())
    }

    #[test]
    fn kinds_are_read() {
        assert_eq!(read("order_number"), Ok(Kind::OrderNumber));
        assert_eq!(read("money 15..180"), Ok(Kind::Money { low: 15, high: 180 }));
        assert_eq!(read("day -12..-2"), Ok(Kind::Day { low: -12, high: -2 }));
        let Ok(Kind::OneOf(choices)) = read("one_of [red, dark green]") else { panic!() };
        assert_eq!(choices[1].text, "dark green");
    }

    #[test]
    fn what_is_no_kind_is_refused() {
        for wrong in [
            "money",
            "money 5",
            "money 9..2",
            "day -2..2",
            "time 9..25",
            "count a..b",
            "one_of red",
            "one_of [red]",
            "city 3",
        ] {
            assert!(matches!(read(wrong), Err(Wrong::Said(_))), "{wrong}");
        }
        assert_eq!(read("mony 1..2"), Err(Wrong::Kind("mony".into())));
    }

    #[test]
    fn values_stay_within_their_range() {
        let names = Names::default();
        for n in 0..500 {
            let draws = Seed(1).draws("values").of(n);
            let kinds = ["money 15..180", "time 9..17", "day -12..-2", "reference"].map(|text| read(text).unwrap());
            let [money, time, day, reference] = kinds.each_ref().map(|kind| kind.make(draws, || 20_103, &names));
            assert!(matches!(money, Made::Cents(1_500..=18_000)));
            assert!(matches!(time, Made::Time(540..=1_020)));
            assert!(matches!(day, Made::Day(20_091..=20_101)));
            assert!(matches!(reference, Made::Reference { numbers: [2..=9, 1_000..=9_999], .. }));
        }
    }
}
