//! Who calls: contacts, of whom a few call often, and strangers. A number is one person's alone, in every call.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::columns::{Person, Row};
use super::course::drawn;
use crate::seed::{Draws, Seed};
use crate::voice::people::{Language, Names};
use crate::voice::stock::{Known, Stock};

/// Who made a call.
#[derive(Debug, Clone, Copy)]
pub enum Caller<'s> {
    /// Somebody on record in the fixtures.
    Known { known: &'s Known, names: &'s Names, draws: Draws },
    /// Somebody with one of the names.
    Made { names: &'s Names, draws: Draws },
}

impl<'s> Caller<'s> {
    pub fn name(&self, out: &mut String) {
        match self {
            Caller::Known { known, .. } => out.push_str(&known.name),
            Caller::Made { names, draws } => {
                let (first, last) = names.person(*draws);
                [first, " ", last].into_iter().for_each(|part| out.push_str(part));
            }
        }
    }

    pub fn first(&self) -> &'s str {
        match self {
            Caller::Known { known, .. } => known.name.split(' ').next().unwrap_or_default(),
            Caller::Made { names, draws } => names.person(*draws).0,
        }
    }

    pub fn email(&self, out: &mut String) {
        match self {
            Caller::Known { known, names, draws } => match &known.email {
                Some(email) => out.push_str(email),
                None => names.email(known.name.split_whitespace(), *draws, out),
            },
            Caller::Made { names, draws } => {
                let (first, last) = names.person(*draws);
                names.email(first.split_whitespace().chain(last.split_whitespace()), *draws, out);
            }
        }
    }
}

/// Everybody who may call.
#[derive(Debug)]
pub struct Callers {
    /// By the languages of the stock.
    pools: Vec<Pool>,
    /// Places of the fixtures' contacts: those of each language, and by their numbers.
    known: Vec<Vec<usize>>,
    numbers: HashMap<u64, usize>,
    contacts: Draws,
    strangers: Draws,
    withheld: Draws,
    pinned: Draws,
}

/// Who calls in one language.
#[derive(Debug, Clone, Copy)]
struct Pool {
    /// The place of its first contact among all of them, and how many there are.
    first: u32,
    contacts: u32,
    strangers: u32,
    /// How its numbers are dealt out, so that neighbours have unlike ones.
    stride: u64,
    offset: u64,
}

impl Callers {
    /// `weights` are the shares of the languages in all calls.
    pub fn new(stock: &Stock, seed: Seed, calls: usize, weights: &[f64]) -> Callers {
        let wanted = (calls as f64 * stock.world.callers.each).ceil().min(stock.world.callers.most as f64);
        let whole = weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let mut first = 0;
        let pool = |(language, weight): (&Language, &f64)| {
            let all = language.numbers.count();
            // Half of the numbers at most: the others are for strangers.
            let contacts = ((wanted * weight / whole).round() as u64).min(all / 2) as u32;
            let strangers = u32::try_from(all - u64::from(contacts)).unwrap_or(u32::MAX).min(1 << 24);
            let draws = seed.draws("numbers").of(u64::from(first));
            let pool = Pool { first, contacts, strangers, stride: stride(all), offset: draws.number(0) % all.max(1) };
            first += contacts;
            pool
        };
        let places =
            |language| (0..stock.known.len()).filter(|place| stock.known[*place].language == language).collect();
        let numbers = stock.known.iter().enumerate();
        Callers {
            known: (0..stock.people.0.len()).map(places).collect(),
            numbers: numbers.map(|(place, known)| (known.number, place)).collect(),
            pools: stock.people.0.iter().zip(weights).map(pool).collect(),
            contacts: seed.draws("contacts"),
            strangers: seed.draws("strangers"),
            withheld: seed.draws("withheld"),
            pinned: seed.draws("pinned"),
        }
    }

    /// Who makes a call in a language, and the number; 0 if it is withheld.
    pub fn choose(&self, stock: &Stock, language: usize, draws: Draws, start: i64) -> (Person, u64) {
        let (pool, habits) = (&self.pools[language], &stock.world.callers);
        let unit = draws.unit(drawn::CALLER);
        if unit < habits.withheld || pool.strangers == 0 {
            return (Person::OTHER, 0);
        }
        let (person, place) = if unit < habits.withheld + habits.contacts && pool.contacts > 0 {
            if let Some(number) = self.known(stock, language, draws, start) {
                return (Person::OTHER, number);
            }
            let rank = draws.unit(drawn::PERSON).powf(habits.skew);
            let place = ((f64::from(pool.contacts) * rank) as u32).min(pool.contacts - 1);
            (Person::contact(pool.first + place), place)
        } else {
            let place = draws.below(drawn::PERSON, pool.strangers as usize) as u32;
            (Person::stranger(place), pool.contacts + place)
        };
        (person, self.number(stock, language, place))
    }

    /// Now and then it is one of the contacts of the fixtures, once that is on record.
    fn known(&self, stock: &Stock, language: usize, draws: Draws, start: i64) -> Option<u64> {
        let known = &self.known[language];
        let place = draws.below(drawn::KNOWN, known.len() + self.pools[language].contacts as usize);
        let known = &stock.known[*known.get(place)?];
        known.since.is_none_or(|since| since.as_second() < start).then_some(known.number)
    }

    fn number(&self, stock: &Stock, language: usize, place: u32) -> u64 {
        let (pool, numbers) = (&self.pools[language], &stock.people.0[language].numbers);
        let place = (u128::from(place) * u128::from(pool.stride) + u128::from(pool.offset))
            % u128::from(numbers.count().max(1));
        numbers.at(place as u64)
    }

    /// The person behind a call. `draws` are those of the call.
    pub fn caller<'s>(&self, stock: &'s Stock, language: usize, row: &Row, draws: Draws) -> Caller<'s> {
        let (names, Row { person, number, .. }) = (&stock.people.0[language].names, *row);
        let draws = match person {
            Person::OTHER => match self.numbers.get(&number) {
                Some(place) => {
                    return Caller::Known { known: &stock.known[*place], names, draws: self.pinned.of(number) };
                }
                None if number == 0 => self.withheld.of(draws.number(drawn::PERSON)),
                None => self.pinned.of(number),
            },
            person => match person.as_contact() {
                Some(place) => self.contacts.of(u64::from(place)),
                None => self.strangers.of(number),
            },
        };
        Caller::Made { names, draws }
    }

    pub fn count(&self) -> usize {
        self.pools.last().map_or(0, |pool| (pool.first + pool.contacts) as usize)
    }

    /// The record of a contact that was made at `created`, and changed at `updated`.
    pub fn contact(&self, stock: &Stock, place: u32, created: String, updated: String) -> Value {
        let language = self.pools.iter().rposition(|pool| pool.first <= place && pool.contacts > 0).unwrap_or(0);
        let draws = self.contacts.of(u64::from(place));
        let names = &stock.people.0[language].names;
        let (caller, mut name, mut email) = (Caller::Made { names, draws }, String::new(), String::new());
        caller.name(&mut name);
        caller.email(&mut email);
        let number = self.number(stock, language, place - self.pools[language].first);
        let company = draws.chance(20, 0.3).then(|| names.company(draws.of(21)));
        let mut record = Map::new();
        record.insert("id".to_owned(), self.id(place).into());
        record.insert("name".to_owned(), name.into());
        record.insert("email".to_owned(), if draws.chance(22, 0.92) { email.into() } else { Value::Null });
        record.insert("phone".to_owned(), format!("+{number}").into());
        record.insert("company".to_owned(), company.into());
        record.insert("tags".to_owned(), tags(draws, company.is_some(), &stock.people.0[language].code));
        record.insert("created_at".to_owned(), created.into());
        record.insert("updated_at".to_owned(), updated.into());
        Value::Object(record)
    }

    fn id(&self, place: u32) -> String {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        let draws = self.contacts.of(u64::from(place));
        // The place itself is among the digits: no two are alike.
        let mut rest = draws.number(30) % 36u64.pow(7);
        let mut id = String::from("contact_");
        for _ in 0..7 {
            id.push(char::from(DIGITS[(rest % 36) as usize]));
            rest /= 36;
        }
        let mut rest = u64::from(place) * 7_919 % 36u64.pow(5);
        for _ in 0..5 {
            id.push(char::from(DIGITS[(rest % 36) as usize]));
            rest /= 36;
        }
        id
    }
}

fn tags(draws: Draws, company: bool, language: &str) -> Value {
    let mut tags = vec![if draws.chance(23, 0.8) { "customer" } else { "lead" }];
    if company {
        tags.push("business");
    }
    if draws.chance(24, 0.08) {
        tags.push("vip");
    }
    if draws.chance(25, 0.15) {
        tags.push("newsletter");
    }
    match language {
        "es" => tags.push("spanish"),
        "fr" => tags.push("french"),
        "de" => tags.push("german"),
        _ => {}
    }
    json!(tags)
}

/// A step that leads through all of so many places before it comes back to the first.
fn stride(all: u64) -> u64 {
    [7_919, 7_907, 7_901, 613, 17].into_iter().find(|step| all > *step && !all.is_multiple_of(*step)).unwrap_or(1)
}
