//! Strings and numbers that look like what a member's name promises: `billing_email`, `createdAt`, `order_id`, `price`.
//! The door to the crate `fake`. Everything is drawn from the stream that is handed in.

mod makers;
mod people;
mod sentences;
mod tables;
mod times;

pub use makers::{digits_and_letters, guesses, letters, sentence, word};

use self::tables::{DESCRIPTIONS, FORMATS, NAMES, NUMBERS};
use crate::seed::{Seed, Stream};

/// What a text is for: the member's own name, and the object it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Naming<'a> {
    pub name: &'a str,
    /// What the object is called.
    pub owner: &'a str,
    /// What all members of the object have in common, so that they fit together.
    pub whole: Seed,
}

type Make = fn(&mut Stream, Naming) -> String;

/// A way to make texts of one sort.
#[derive(Debug, Clone, Copy)]
pub struct Maker(Make);

/// What numbers of one sort usually are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    pub low: f64,
    pub high: f64,
    pub decimals: u8,
}

impl Maker {
    pub fn make(self, stream: &mut Stream, naming: Naming) -> String {
        (self.0)(stream, naming)
    }

    /// By the last words of a name, the longest known sequence first; else by what the description speaks of.
    pub fn by_name(name: &str, description: &str) -> Option<Maker> {
        let name = words(name);
        let singular = name.strip_suffix('s').unwrap_or(&name);
        let known = NAMES.iter().filter(|(known, _)| ends_with_words(&name, known) || ends_with_words(singular, known));
        if let Some((_, make)) = known.max_by_key(|(known, _)| known.len()) {
            return Some(Maker(*make));
        }
        let description = description.to_ascii_lowercase();
        let spoken = DESCRIPTIONS.iter().find(|(phrase, _)| description.contains(phrase));
        spoken.map(|(_, make)| Maker(*make))
    }

    pub fn by_format(format: &str) -> Option<Maker> {
        FORMATS.iter().find(|(known, _)| *known == format).map(|(_, make)| Maker(*make))
    }
}

impl Usual {
    pub fn by_name(name: &str) -> Option<Usual> {
        let name = words(name);
        let known = NUMBERS.iter().filter(|(known, ..)| ends_with_words(&name, known));
        let (_, low, high, decimals) = known.max_by_key(|(known, ..)| known.len())?;
        Some(Usual { low: *low, high: *high, decimals: *decimals })
    }
}

/// `billingEmail`, `billing-email` and `BILLING_EMAIL` are all `billing_email`.
pub fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut after_small = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_small {
            words.push('_');
        }
        after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
        words.push(if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    }
    words
}

fn ends_with_words(name: &str, known: &str) -> bool {
    name.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('_'))
}

#[cfg(test)]
mod tests {
    use super::makers::*;
    use super::times::{NOON, moment};
    use super::*;

    fn make(name: &str, owner: &str) -> String {
        let mut stream = Seed(1).stream([name]);
        Maker::by_name(name, "").unwrap().make(&mut stream, Naming { name, owner, whole: Seed(1) })
    }

    #[test]
    fn names_promise_and_makers_keep() {
        assert!(make("billingEmail", "order").contains("@example."));
        assert!(make("contact_phone", "order").starts_with("+1"));
        assert!(make("id", "orders").starts_with("order_"));
        assert!(make("customerId", "order").starts_with("customer_"));
        assert!(make("createdAt", "order") < moment(NOON + 1));
        assert!(make("expires_at", "order") >= moment(NOON));
        assert_eq!(make("currency", "price").len(), 3);
        assert!(make("user_name", "").chars().all(|c| c.is_ascii_alphanumeric()));
        assert!(Maker::by_name("frobnication", "").is_none());
        assert!(Maker::by_name("frobnication", "Its UUID").is_some());
    }

    #[test]
    fn the_members_of_an_object_fit_together() {
        for n in 0..100 {
            let whole = Seed(n);
            let made = |name: &str| {
                let mut stream = whole.stream([name]);
                Maker::by_name(name, "").unwrap().make(&mut stream, Naming { name, owner: "orders", whole })
            };
            let lowered = |name: &str| made(name).to_lowercase().replace(|c: char| !c.is_ascii_alphabetic(), "");
            let (email, other) = (made("customer_email"), made("author_email"));
            assert!(email.starts_with(&format!(
                "{}.{}@",
                lowered("customer_first_name"),
                lowered("customer_last_name")
            )));
            assert_ne!(email, other);
            let moments = ["created_at", "started_at", "ended_at", "updated_at"].map(made);
            assert!(moments.is_sorted(), "{moments:?}");
            assert!(moments[3] <= moment(NOON), "{moments:?}");
            assert!(made("start_date") < made("end_date"));
        }
    }

    #[test]
    fn the_longest_name_counts() {
        assert_eq!(make("country_code", "").len(), 2);
        assert_eq!(Usual::by_name("per_page").unwrap().low, 10.0);
        assert!(Usual::by_name("homepage").is_none());
        assert_eq!(make("names", "customers").split(' ').count(), 2);
    }

    #[test]
    fn an_iban_has_its_check_digits() {
        let iban = make("iban", "");
        let turned = format!("{}1314{}", &iban[4..], &iban[2..4]);
        let rest = turned.bytes().fold(0u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
        assert_eq!(rest, 1, "{iban}");
    }

    #[test]
    fn a_uuid_says_its_version() {
        for n in 0..50u8 {
            let uuid = uuid(&mut Seed(n.into()).stream([]), Naming { name: "", owner: "", whole: Seed(1) });
            assert_eq!(uuid.len(), 36, "{uuid}");
            assert_eq!(&uuid[14..15], "4");
            assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        }
    }
}
