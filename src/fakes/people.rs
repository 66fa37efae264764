//! People. The members of one object speak of the same person: the address is made of the name.

use fake::Fake;
use fake::faker::name;

use super::{Naming, ends_with_words, words};
use crate::seed::Stream;

/// What a person is known by; what stands before it says which person is meant.
const PARTS: &[&str] = &[
    "name",
    "full_name",
    "fullname",
    "display_name",
    "first_name",
    "firstname",
    "given_name",
    "last_name",
    "lastname",
    "family_name",
    "surname",
    "user_name",
    "username",
    "login",
    "nickname",
    "handle",
    "email",
    "email_address",
    "mail",
];

pub fn person(s: &mut Stream, naming: Naming) -> String {
    format!("{} {}", first_name(s, naming), last_name(s, naming))
}

pub fn first_name(_: &mut Stream, naming: Naming) -> String {
    name::en::FirstName().fake_with_rng(of_person(naming, "first").rng())
}

pub fn middle_name(s: &mut Stream, _: Naming) -> String {
    name::en::FirstName().fake_with_rng(s.rng())
}

pub fn last_name(_: &mut Stream, naming: Naming) -> String {
    name::en::LastName().fake_with_rng(of_person(naming, "last").rng())
}

pub fn username(s: &mut Stream, naming: Naming) -> String {
    format!("{}{}", plain(&first_name(s, naming)), s.between(10, 99))
}

pub fn email(s: &mut Stream, naming: Naming) -> String {
    let domain = *s.pick(&["example.com", "example.org", "example.net"]);
    format!("{}.{}@{domain}", plain(&first_name(s, naming)), plain(&last_name(s, naming)))
}

/// The random numbers of one person of an object: `customer_name` and `customer_email` are one, `author` is another.
fn of_person(naming: Naming, what: &str) -> Stream {
    let name = words(naming.name);
    let part = PARTS.iter().filter(|part| ends_with_words(&name, part)).max_by_key(|part| part.len());
    let which = part.map_or(name.as_str(), |part| name[..name.len() - part.len()].trim_end_matches('_'));
    naming.whole.stream(["person", which, what])
}

/// Letters alone, as an address or a login may hold them.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}
