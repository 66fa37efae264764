//! The plainest way to compute what the server computes cleverly: letters without accents, time in steps, chance.

use std::cmp::Ordering;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Unit, ZonedRound};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

/// Chance that falls the same way for the same seed.
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound.max(1))
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    pub fn chance(&mut self, of_ten: usize) -> bool {
        self.below(10) < of_ten
    }

    /// So many of them, in their order.
    pub fn sample<'a, T>(&mut self, items: &'a [T], count: usize) -> Vec<&'a T> {
        let mut left = count.min(items.len());
        let mut chosen = Vec::with_capacity(left);
        for (place, item) in items.iter().enumerate() {
            if self.below(items.len() - place) < left {
                chosen.push(item);
                left -= 1;
            }
        }
        chosen
    }
}

/// A text without case and accents.
pub fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).flat_map(|c| plain(c).chars().collect::<Vec<_>>()).collect()
}

fn plain(c: char) -> String {
    let plain = match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => "o",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        c => return c.to_string(),
    };
    plain.to_owned()
}

/// A word as somebody in a hurry types it: all or part of it, in any case, with and without its accents.
pub fn hasty(word: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() > 3 && dice.chance(5) {
        let from = dice.below(letters.len() - 2);
        let to = (from + 2 + dice.below(letters.len())).min(letters.len());
        letters = letters[from..to].to_vec();
    }
    let text: String = letters.into_iter().collect();
    match dice.below(4) {
        0 => text,
        1 => text.to_uppercase(),
        2 => folded(&text),
        _ => folded(&text).to_uppercase(),
    }
}

pub fn moment(value: &Value) -> Timestamp {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no moment"));
    assert!(text.len() == 20 && text.ends_with('Z'), "{text} is not in whole seconds of UTC");
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A moment that a client wrote, in one of the ways in which clients write it.
pub fn written(at: Timestamp, dice: &mut Dice) -> String {
    let utc = at.to_zoned(TimeZone::UTC);
    match dice.below(4) {
        0 => at.to_string(),
        1 => utc.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
        2 => utc.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        _ => at.to_zoned(TimeZone::fixed(jiff::tz::offset(-5))).strftime("%Y-%m-%dT%H:%M:%S-05:00").to_string(),
    }
}

/// What a client wrote, read again.
pub fn meant(text: &str) -> Timestamp {
    text.parse().or_else(|_| format!("{text}Z").parse()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Where the step of an interval begins that a moment lies in.
pub fn step(at: Timestamp, interval: &str) -> Timestamp {
    let day = at.to_zoned(TimeZone::UTC);
    let begun = match interval {
        "hour" => day.round(ZonedRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Floor)),
        "day" => day.start_of_day(),
        "week" => day
            .start_of_day()
            .and_then(|day| day.checked_sub(Span::new().days(i64::from(day.weekday().since(Weekday::Monday))))),
        _ => day.start_of_day().and_then(|day| day.first_of_month()),
    };
    begun.unwrap().timestamp()
}

/// The beginnings of all steps that a period touches.
pub fn steps(from: Timestamp, to: Timestamp, interval: &str) -> Vec<Timestamp> {
    let span = match interval {
        "hour" => Span::new().hours(1),
        "day" => Span::new().days(1),
        "week" => Span::new().weeks(1),
        _ => Span::new().months(1),
    };
    let mut all = Vec::new();
    let mut next = step(from, interval);
    while from <= to && next <= to {
        all.push(next);
        next = next.to_zoned(TimeZone::UTC).checked_add(span).unwrap().timestamp();
    }
    all
}

/// What rows are sorted by.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    Number(f64),
    Moment(Timestamp),
    /// By its letters, and if those are the same, as it is written.
    Text(String, String),
}

impl Key {
    pub fn text(value: &Value) -> Key {
        let text = value.as_str().unwrap_or_default();
        Key::Text(folded(text), text.to_owned())
    }

    pub fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Number(a), Key::Number(b)) => a.total_cmp(b),
            (Key::Moment(a), Key::Moment(b)) => a.cmp(b),
            (Key::Text(a, exact_a), Key::Text(b, exact_b)) => a.cmp(b).then_with(|| exact_a.cmp(exact_b)),
            _ => panic!("{self:?} and {other:?} are in one list"),
        }
    }
}
