//! `fixtures/people.yaml`: who calls and who is spoken of, by language, and the telephone numbers they have.

use serde_json::Value;

use super::dialogue::{Hours, Languages, Wording};
use super::reading::{Members, Reading};
use crate::seed::Draws;
use crate::source::{Diagnostic, SourceFile};

const MEMBERS: [&str; 14] = [
    "utc",
    "currency",
    "hold",
    "still",
    "greetings",
    "street",
    "areas",
    "numbers",
    "domains",
    "first",
    "last",
    "streets",
    "cities",
    "companies",
];
const MOST: usize = 5_000;

/// Every language that is spoken.
#[derive(Debug, Default)]
pub struct People(pub Vec<Language>);

#[derive(Debug)]
pub struct Language {
    /// ISO 639-1.
    pub code: String,
    pub wording: Wording,
    /// Hours from UTC where its callers live.
    pub utc: i64,
    pub currency: String,
    /// What an agent says before it looks something up, and when that takes long.
    pub holds: Vec<String>,
    pub still: Vec<String>,
    /// Words in lower case that are said at some hours alone.
    pub greetings: Vec<(String, Hours)>,
    pub names: Names,
    pub numbers: Numbers,
}

#[derive(Debug, Default)]
pub struct Names {
    pub first: Vec<String>,
    pub last: Vec<String>,
    pub streets: Vec<String>,
    pub cities: Vec<String>,
    pub companies: Vec<String>,
    /// What email addresses end in.
    pub domains: Vec<String>,
    /// How a street and a house number are written.
    pub street: String,
}

/// All the telephone numbers of a language, in a fixed order.
#[derive(Debug, Default)]
pub struct Numbers {
    blocks: Vec<Block>,
    /// Places of those that belong to somebody else, ascending.
    taken: Vec<u64>,
}

/// Numbers that differ in their last digits.
#[derive(Debug)]
struct Block {
    first: u64,
    size: u64,
    /// How many there are in the blocks before.
    before: u64,
}

impl People {
    pub fn read(file: &SourceFile) -> Result<People, Vec<Diagnostic>> {
        let mut reading = Reading::new(file, "E0801");
        let root = reading.object(&file.value, "", "the file", &["languages"]);
        let languages = root.and_then(|root| reading.need(root, "", "languages"));
        let languages =
            languages.and_then(|value| match value.as_object().filter(|members| (1..=64).contains(&members.len())) {
                Some(members) => Some(People(
                    members.iter().filter_map(|(code, value)| language(&mut reading, code, value)).collect(),
                )),
                None => {
                    reading.fault("/languages", "an object of 1 to 64 languages is expected, by their codes");
                    None
                }
            });
        reading.done(languages).map(|(people, _)| people)
    }

    pub fn place(&self, code: &str) -> Option<usize> {
        self.0.iter().position(|language| language.code == code)
    }

    /// Gives these numbers to nobody.
    pub fn reserve(&mut self, taken: impl IntoIterator<Item = u64>) {
        for number in taken {
            self.0.iter_mut().for_each(|language| language.numbers.reserve(number));
        }
    }
}

impl Languages for People {
    fn names(&self) -> Vec<&str> {
        self.0.iter().map(|language| &*language.code).collect()
    }

    fn holds(&self, language: &str) -> &[String] {
        self.place(language).map_or(&[], |place| &self.0[place].holds)
    }

    fn greetings(&self, language: &str) -> &[(String, Hours)] {
        self.place(language).map_or(&[], |place| &self.0[place].greetings)
    }
}

impl Names {
    /// The places of a person's first and last name.
    pub fn places(&self, draws: Draws) -> [usize; 2] {
        [draws.below(1, self.first.len()), draws.below(2, self.last.len())]
    }

    /// A person's first and last name.
    pub fn person(&self, draws: Draws) -> (&str, &str) {
        (pick(&self.first, draws, 1), pick(&self.last, draws, 2))
    }

    /// Writes somebody's address, made of the words of the name; `draws` are those of the person.
    pub fn email<'w>(&self, words: impl Iterator<Item = &'w str>, draws: Draws, out: &mut String) {
        for (n, word) in words.enumerate() {
            out.push_str(if n > 0 { "." } else { "" });
            letters(word, out);
        }
        let (number, domain) = self.address(draws);
        if let Some(number) = number {
            out.push_str(&number.to_string());
        }
        out.push('@');
        out.push_str(self.domains.get(domain).map_or("", String::as_str));
    }

    /// The number behind the name in somebody's address, if somebody else has the name alone, and the place of its domain.
    pub fn address(&self, draws: Draws) -> (Option<usize>, usize) {
        (draws.chance(3, 0.3).then(|| 1 + draws.below(4, 98)), draws.below(5, self.domains.len()))
    }

    pub fn company(&self, draws: Draws) -> &str {
        pick(&self.companies, draws, 6)
    }

    pub fn city(&self, draws: Draws) -> &str {
        pick(&self.cities, draws, 7)
    }

    /// A house number and its street.
    pub fn house(&self, draws: Draws) -> (usize, &str) {
        (1 + draws.below(9, 180), pick(&self.streets, draws, 8))
    }
}

fn pick(list: &[String], draws: Draws, place: u64) -> &str {
    list.get(draws.below(place, list.len())).map_or("", String::as_str)
}

/// A name as an address can have it.
pub fn letters(name: &str, plain: &mut String) {
    if name.is_ascii() {
        let letters = name.bytes().filter(u8::is_ascii_alphabetic);
        return plain.extend(letters.map(|letter| char::from(letter.to_ascii_lowercase())));
    }
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' => plain.push(c),
            'á' | 'à' | 'â' | 'ã' => plain.push('a'),
            'ä' => plain.push_str("ae"),
            'ç' => plain.push('c'),
            'é' | 'è' | 'ê' | 'ë' => plain.push('e'),
            'í' | 'ì' | 'î' | 'ï' | 'ı' => plain.push('i'),
            'ñ' => plain.push('n'),
            'ó' | 'ò' | 'ô' => plain.push('o'),
            'ö' => plain.push_str("oe"),
            'ú' | 'ù' | 'û' => plain.push('u'),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            _ => {}
        }
    }
}

impl Numbers {
    /// How many there are that nobody else has.
    pub fn count(&self) -> u64 {
        self.all() - self.taken.len() as u64
    }

    /// The number at a place below [`Numbers::count`].
    pub fn at(&self, place: u64) -> u64 {
        let place = self.taken.iter().fold(place, |place, taken| place + u64::from(*taken <= place));
        let after = self.blocks.partition_point(|block| block.before <= place);
        self.blocks.get(after.saturating_sub(1)).map_or(0, |block| block.first + (place - block.before) % block.size)
    }

    pub fn has(&self, number: u64) -> bool {
        self.blocks.iter().any(|block| (block.first..block.first + block.size).contains(&number))
    }

    fn all(&self) -> u64 {
        self.blocks.last().map_or(0, |block| block.before + block.size)
    }

    fn reserve(&mut self, number: u64) {
        let own = self.blocks.iter().find(|block| (block.first..block.first + block.size).contains(&number));
        if let Some(place) = own.map(|block| block.before + number - block.first)
            && let Err(at) = self.taken.binary_search(&place)
        {
            self.taken.insert(at, place);
        }
    }

    fn add(&mut self, (first, size): (u64, u64)) {
        self.blocks.push(Block { first, size, before: self.all() });
    }
}

fn language<'f>(reading: &mut Reading<'f>, code: &str, value: &'f Value) -> Option<Language> {
    let place = format!("/languages/{code}");
    let members = reading.object(value, &place, "a language", &MEMBERS)?;
    let mut list = |name| owned(reading.texts(members, &place, name, MOST));
    let (first, last, streets) = (list("first"), list("last"), list("streets"));
    let (cities, companies, domains) = (list("cities"), list("companies"), list("domains"));
    let (holds, still) = (list("hold"), list("still"));
    let street = reading.text(members, &place, "street")?.to_owned();
    let currency = reading.text(members, &place, "currency")?.to_owned();
    let utc = reading.number(members, &place, "utc", -12.0, 14.0)?;
    Some(Language {
        code: code.to_owned(),
        wording: Wording::of(code),
        utc: utc.round() as i64,
        currency,
        holds,
        still,
        greetings: greetings(reading, members, &place),
        names: Names { first, last, streets, cities, companies, domains, street },
        numbers: numbers(reading, members, &place),
    })
}

fn greetings<'f>(reading: &mut Reading<'f>, members: &'f Members, place: &str) -> Vec<(String, Hours)> {
    let place = format!("{place}/greetings");
    let mut read = Vec::new();
    for (words, hours) in members.get("greetings").and_then(Value::as_object).into_iter().flatten().take(50) {
        let hour = |value: &Value| value.as_u64().and_then(|hour| u8::try_from(hour).ok()).filter(|hour| *hour <= 24);
        match hours.as_array().map(Vec::as_slice) {
            Some([from, to]) if hour(from) < hour(to) && hour(from).is_some() => {
                read.push((words.to_lowercase(), hour(from).unwrap_or(0)..hour(to).unwrap_or(24)));
            }
            _ => reading.fault(&format!("{place}/{words}"), "two hours are expected, such as [4, 12]"),
        }
    }
    read
}

/// The blocks that the patterns stand for: `+1{area}55501##`.
fn numbers<'f>(reading: &mut Reading<'f>, members: &'f Members, place: &str) -> Numbers {
    let areas: Vec<String> = match members.get("areas").and_then(Value::as_array) {
        Some(areas) => areas.iter().take(MOST).filter_map(Value::as_u64).map(|area| area.to_string()).collect(),
        None => Vec::new(),
    };
    let mut numbers = Numbers::default();
    for (n, pattern) in reading.texts(members, place, "numbers", MOST).into_iter().enumerate() {
        let whole: Vec<String> = match pattern.contains("{area}") {
            true => areas.iter().map(|area| pattern.replace("{area}", area)).collect(),
            false => vec![pattern.to_owned()],
        };
        let read: Option<Vec<(u64, u64)>> = whole.iter().map(|pattern| block(pattern)).collect();
        match read.filter(|read| !read.is_empty()) {
            Some(read) => read.into_iter().for_each(|block| numbers.add(block)),
            None => {
                let message = "a number in E.164 form is expected that ends in # for digits that are free";
                reading.fault(&format!("{place}/numbers/{n}"), message);
            }
        }
    }
    numbers
}

fn block(pattern: &str) -> Option<(u64, u64)> {
    let digits = pattern.strip_prefix('+')?;
    let free = digits.len() - digits.trim_end_matches('#').len();
    let known = &digits[..digits.len() - free];
    let good = (7..=15).contains(&digits.len()) && (1..=6).contains(&free) && !known.starts_with('0');
    let size = 10u64.pow(u32::try_from(free.min(6)).ok()?);
    good.then(|| known.parse::<u64>().ok()).flatten().map(|known| (known * size, size))
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_and_kept_free() {
        let mut numbers = Numbers::default();
        numbers.add((1_200, 10));
        numbers.add((1_500, 10));
        for number in [1_203, 1_500, 1_203, 9] {
            numbers.reserve(number);
        }
        let all: Vec<u64> = (0..numbers.count()).map(|place| numbers.at(place)).collect();
        let expected: Vec<u64> = (1_200..1_210).chain(1_500..1_510).filter(|n| ![1_203, 1_500].contains(n)).collect();
        assert_eq!(all, expected);
        assert_eq!(block("+120255501##"), Some((12_025_550_100, 100)));
        for wrong in ["120255501##", "+0##", "+12025550199", "+1x2555##"] {
            assert_eq!(block(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_has_plain_letters() {
        assert_eq!(
            ["Núñez", "O'Hara", "Weiß", "Jürgen", "Yılmaz"].map(|name| {
                let mut plain = String::new();
                letters(name, &mut plain);
                plain
            }),
            ["nunez", "ohara", "weiss", "juergen", "yilmaz"]
        );
    }
}
