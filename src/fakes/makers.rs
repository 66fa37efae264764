//! How each sort of text is made. The words are plain, the addresses and numbers are kept free for fiction: nobody is
//! called, and no page is visited by mistake.

use fake::Fake;
use fake::faker::{address, company, filesystem, internet, job};

use super::people::person;
use super::times::{DAY, NOON, moment};
use super::{Naming, ends_with_words, words};
use crate::seed::Stream;

pub const THINGS: &[&str] = &["orders", "invoices", "items", "notes", "teams", "plans", "batches", "photos"];
pub const TAGS: &[&str] = &["garden", "kitchen", "travel", "music", "office", "outdoor", "books", "sports"];
pub const COLORS: &[&str] = &["red", "green", "blue", "amber", "teal", "violet", "black", "white"];
pub const LANGUAGES: &[&str] = &["en", "de", "fr", "es", "it", "nl", "pt"];
const ADJECTIVES: &[&str] =
    &["quiet", "amber", "northern", "early", "silver", "open", "bright", "steady", "wide", "plain"];
const NOUNS: &[&str] =
    &["harbor", "garden", "bridge", "window", "letter", "valley", "market", "lantern", "orchard", "station"];
const VERBS: &[&str] = &["reached", "joined", "followed", "changed", "opened", "passed", "kept", "found"];
const PEOPLE: &[&str] = &[
    "user",
    "customer",
    "contact",
    "author",
    "employee",
    "person",
    "people",
    "owner",
    "member",
    "sender",
    "recipient",
    "patient",
    "driver",
    "guest",
    "passenger",
    "holder",
    "attendee",
    "participant",
    "organizer",
    "client",
    "student",
    "teacher",
    "buyer",
    "seller",
    "manager",
    "profile",
];
const COMPANIES: &[&str] =
    &["company", "organization", "organisation", "merchant", "vendor", "supplier", "bank", "brand"];

/// What a bare `name` is depends on whose it is.
pub fn named(s: &mut Stream, naming: Naming) -> String {
    let own = words(naming.name);
    let of = match own.strip_suffix("name").map(|rest| rest.trim_end_matches('_')).filter(|rest| !rest.is_empty()) {
        Some(of) => of.to_owned(),
        None => words(naming.owner),
    };
    let is = |list: &[&str]| {
        list.iter().any(|known| ends_with_words(&of, known) || ends_with_words(of.trim_end_matches('s'), known))
    };
    if is(PEOPLE) {
        return person(s, naming);
    }
    if is(COMPANIES) {
        return company_name(s, naming);
    }
    if is(&["product", "item", "article"]) {
        return product(s, naming);
    }
    if is(&["file", "document", "attachment", "image"]) {
        return file_name(s, naming);
    }
    if is(&["city", "location", "place"]) {
        return city(s, naming);
    }
    title(s)
}

/// From the range that is kept free for fiction, so that nobody is called.
pub fn phone(s: &mut Stream, _: Naming) -> String {
    let area = *s.pick(&["202", "206", "303", "312", "415", "512", "617", "718"]);
    format!("+1{area}55501{:02}", s.between(0, 99))
}

pub fn position(s: &mut Stream, _: Naming) -> String {
    job::en::Title().fake_with_rng(s.rng())
}

pub fn password(s: &mut Stream, _: Naming) -> String {
    format!("{}-{}-{}", s.pick(ADJECTIVES), s.pick(NOUNS), s.between(1_000, 9_999))
}

pub fn birthday(s: &mut Stream, _: Naming) -> String {
    moment(NOON - s.between(20 * 365, 70 * 365) * DAY)[..10].to_owned()
}

pub fn company_name(s: &mut Stream, _: Naming) -> String {
    company::en::CompanyName().fake_with_rng(s.rng())
}

pub fn street(s: &mut Stream, _: Naming) -> String {
    let street: String = address::en::StreetName().fake_with_rng(s.rng());
    format!("{} {street}", s.between(1, 299))
}

pub fn city(s: &mut Stream, _: Naming) -> String {
    address::en::CityName().fake_with_rng(s.rng())
}

pub fn address_line(s: &mut Stream, naming: Naming) -> String {
    format!("{}, {}", street(s, naming), city(s, naming))
}

pub fn state(s: &mut Stream, _: Naming) -> String {
    address::en::StateName().fake_with_rng(s.rng())
}

pub fn zip(s: &mut Stream, _: Naming) -> String {
    format!("{:05}", s.between(501, 99_950))
}

pub fn country(s: &mut Stream, _: Naming) -> String {
    address::en::CountryName().fake_with_rng(s.rng())
}

pub fn country_code(s: &mut Stream, _: Naming) -> String {
    s.pick(&["US", "GB", "DE", "FR", "ES", "NL", "SE", "CA", "JP", "BR"]).to_string()
}

pub fn timezone(s: &mut Stream, _: Naming) -> String {
    s.pick(&["America/Chicago", "America/Los_Angeles", "Europe/London", "Europe/Berlin", "Asia/Tokyo"]).to_string()
}

pub fn currency_code(s: &mut Stream, _: Naming) -> String {
    s.pick(&["USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "SEK", "INR", "BRL"]).to_string()
}

pub fn host(s: &mut Stream) -> String {
    format!("{}.example.com", s.pick(&["www", "api", "files", "static", "app"]))
}

pub fn hostname(s: &mut Stream, _: Naming) -> String {
    host(s)
}

pub fn url(s: &mut Stream, naming: Naming) -> String {
    format!("https://{}{}", host(s), path(s, naming))
}

pub fn path(s: &mut Stream, _: Naming) -> String {
    format!("/{}/{}", s.pick(THINGS), letters(s, 6))
}

pub fn image(s: &mut Stream, _: Naming) -> String {
    format!("https://static.example.com/images/{}.png", letters(s, 6))
}

pub fn ipv4(s: &mut Stream, _: Naming) -> String {
    format!("{}.{}", s.pick(&["192.0.2", "198.51.100", "203.0.113"]), s.between(1, 254))
}

pub fn ipv6(s: &mut Stream, _: Naming) -> String {
    format!("2001:db8::{:x}:{:x}", s.between(1, 0xffff), s.between(1, 0xffff))
}

pub fn mac(s: &mut Stream, _: Naming) -> String {
    let tail: Vec<String> = (0..5).map(|_| format!("{:02x}", s.below(256))).collect();
    format!("02:{}", tail.join(":"))
}

pub fn mime(s: &mut Stream, _: Naming) -> String {
    s.pick(&["application/pdf", "image/png", "text/plain", "application/json", "image/jpeg"]).to_string()
}

pub fn file_name(s: &mut Stream, _: Naming) -> String {
    format!("{}-{}.{}", s.pick(ADJECTIVES), s.pick(NOUNS), s.pick(&["pdf", "png", "txt", "csv"]))
}

/// `order_7f3k9x2m` for `order_id`, and for the `id` of an order.
pub fn id(s: &mut Stream, naming: Naming) -> String {
    let own = words(naming.name);
    let prefix = match own.strip_suffix("_id").or_else(|| own.strip_suffix("_ids")) {
        Some(prefix) => prefix.to_owned(),
        None => words(naming.owner),
    };
    let prefix = prefix.rsplit('_').find(|word| !word.is_empty()).unwrap_or("id");
    let prefix = if prefix.len() > 3 { prefix.trim_end_matches('s') } else { prefix };
    format!("{prefix}_{}", digits_and_letters(s, 10))
}

pub fn uuid(s: &mut Stream, _: Naming) -> String {
    let (high, low) = (s.between(0, i64::MAX) as u64, s.between(0, i64::MAX) as u64);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
        high >> 31,
        (high >> 12) & 0xffff,
        high & 0xfff,
        8 + (low >> 61),
        (low >> 48) & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

pub fn token(s: &mut Stream, _: Naming) -> String {
    digits_and_letters(s, 24)
}

pub fn hash(s: &mut Stream, _: Naming) -> String {
    (0..32).map(|_| format!("{:02x}", s.below(256))).collect()
}

pub fn base64(s: &mut Stream) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(sentence(s))
}

pub fn iban(s: &mut Stream, _: Naming) -> String {
    let account = format!("{:08}{:010}", s.between(10_000_000, 99_999_999), s.between(0, 9_999_999_999));
    // The check digits make the number, with the country's letters as 13 and 14 behind it, 1 modulo 97.
    let rest = account.bytes().chain(*b"131400").fold(0u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("DE{:02}{account}", 98 - rest)
}

pub fn semver(s: &mut Stream, _: Naming) -> String {
    format!("{}.{}.{}", s.between(0, 5), s.between(0, 20), s.between(0, 9))
}

pub fn color(s: &mut Stream, _: Naming) -> String {
    format!("#{:06x}", s.below(0x100_0000))
}

pub fn slug(s: &mut Stream, _: Naming) -> String {
    format!("{}-{}", s.pick(ADJECTIVES), s.pick(NOUNS))
}

pub fn decimal(s: &mut Stream, _: Naming) -> String {
    format!("{}.{:02}", s.between(1, 999), s.between(0, 99))
}

pub fn title(s: &mut Stream) -> String {
    let (adjective, noun) = (*s.pick(ADJECTIVES), *s.pick(NOUNS));
    format!("{}{} {}{}", adjective[..1].to_uppercase(), &adjective[1..], noun[..1].to_uppercase(), &noun[1..])
}

pub fn product(s: &mut Stream, _: Naming) -> String {
    let adjective = *s.pick(&["Compact", "Classic", "Folding", "Large", "Light", "Blue", "Steel", "Travel"]);
    format!(
        "{adjective} {}",
        s.pick(&["Desk Lamp", "Bottle", "Notebook", "Mug", "Backpack", "Chair", "Umbrella", "Tea Set"])
    )
}

/// A time of day on the quarter hour: what opens does so in the morning, what closes in the evening.
pub fn time_of_day(s: &mut Stream, naming: Naming) -> String {
    let name = words(naming.name);
    let is = |parts: &[&str]| name.split('_').any(|word| parts.iter().any(|part| word.starts_with(part)));
    let (first, last) = match () {
        () if is(&["open", "start", "begin", "from"]) => (7, 10),
        () if is(&["clos", "end", "until", "to"]) => (16, 20),
        () => (8, 19),
    };
    format!("{:02}:{}", s.between(first, last), s.pick(&["00", "15", "30", "45"]))
}

/// Texts of usual kinds, to be held against a pattern; `prefix` is what it demands first.
pub fn guesses(s: &mut Stream, naming: Naming, prefix: &str) -> Vec<String> {
    let name = words(naming.name);
    if ["id", "ids", "key", "token", "cursor", "hash", "secret", "signature"]
        .iter()
        .any(|known| ends_with_words(&name, known))
    {
        return vec![format!("{prefix}{}", digits_and_letters(s, 12))];
    }
    let (adjective, noun) = (*s.pick(ADJECTIVES), *s.pick(NOUNS));
    let mut guesses = vec![
        format!("{prefix}{adjective}_{noun}"),
        format!("{prefix}{noun}"),
        format!("{prefix}{adjective}-{noun}"),
        format!("{prefix}{}", title(s)),
        time_of_day(s, naming),
        phone(s, naming),
        iban(s, naming),
        semver(s, naming),
    ];
    if prefix.is_empty() {
        // A pattern that lets everything pass asks for nothing special.
        guesses.insert(0, format!("{adjective} {noun}"));
    }
    guesses
}

pub fn sentence(s: &mut Stream) -> String {
    format!(
        "The {} {} {} the {} {}.",
        s.pick(ADJECTIVES),
        s.pick(NOUNS),
        s.pick(VERBS),
        s.pick(ADJECTIVES),
        s.pick(NOUNS)
    )
}

pub fn word(s: &mut Stream) -> String {
    let list = *s.pick(&[ADJECTIVES, NOUNS]);
    s.pick(list).to_string()
}

pub fn letters(s: &mut Stream, length: usize) -> String {
    (0..length).map(|_| char::from(b'a' + s.below(26) as u8)).collect()
}

pub fn capitals(s: &mut Stream, length: usize) -> String {
    letters(s, length).to_ascii_uppercase()
}

pub fn digits_and_letters(s: &mut Stream, length: usize) -> String {
    (0..length).map(|_| char::from(*s.pick(b"0123456789abcdefghijklmnopqrstuvwxyz"))).collect()
}

pub fn user_agent(s: &mut Stream, _: Naming) -> String {
    internet::en::UserAgent().fake_with_rng(s.rng())
}

pub fn extension(s: &mut Stream, _: Naming) -> String {
    filesystem::en::FileExtension().fake_with_rng(s.rng())
}
