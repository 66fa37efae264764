//! Whether a value meets a condition, and which of two comes first. Texts that are moments count as moments, however they
//! are written; numbers as numbers; case and accents are passed over where people search.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde_json::{Number, Value};

use super::query::Condition;
use crate::contract::Test;

/// A condition, with everything about its value worked out once.
pub struct Wanted<'c> {
    fields: &'c [String],
    test: Test,
    /// One of them is enough.
    values: Vec<Given<'c>>,
}

struct Given<'c> {
    value: &'c Value,
    moment: Option<Timestamp>,
    folded: String,
}

impl<'c> Wanted<'c> {
    pub fn new(condition: &'c Condition) -> Wanted<'c> {
        let values = match &condition.value {
            Value::Array(values) => values.iter().map(Given::new).collect(),
            value => vec![Given::new(value)],
        };
        Wanted { fields: &condition.fields, test: condition.test, values }
    }

    /// `field` gives the value of a field by its path.
    pub fn is_met<'v>(&self, field: impl Fn(&str) -> Option<&'v Value>) -> bool {
        let mut found = self.fields.iter().filter_map(|path| field(path));
        found.any(|found| self.values.iter().any(|given| given.holds(self.test, found)))
    }
}

impl<'c> Given<'c> {
    fn new(value: &'c Value) -> Given<'c> {
        let folded = match value {
            Value::String(text) => fold(text),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        Given { value, moment: value.as_str().and_then(moment), folded }
    }

    fn holds(&self, test: Test, found: &Value) -> bool {
        match test {
            Test::Equals => self.equals(found),
            Test::AtLeast => self.order(found).is_some_and(Ordering::is_ge),
            Test::AtMost => self.order(found).is_some_and(Ordering::is_le),
            Test::Contains => any_text(found, &|text| contains(text, &self.folded)),
            Test::Includes => match found {
                Value::Array(items) => items.iter().any(|item| self.is_item(item)),
                single => self.is_item(single),
            },
        }
    }

    fn is_item(&self, item: &Value) -> bool {
        self.equals(item)
            || matches!((self.value, item), (Value::String(_), Value::String(text)) if is_folded(text, &self.folded))
    }

    fn equals(&self, found: &Value) -> bool {
        match (self.value, found) {
            (Value::String(given), Value::String(text)) => {
                given == text || self.moment.is_some_and(|moment| self::moment(text) == Some(moment))
            }
            // A parameter that is declared as text, or not at all, can mean any scalar.
            (Value::String(given), Value::Number(number)) => {
                given.parse::<Number>().is_ok_and(|given| Amount::of(&given) == Amount::of(number))
            }
            (Value::String(given), Value::Bool(flag)) => {
                given.eq_ignore_ascii_case(if *flag { "true" } else { "false" })
            }
            (given, found) => is_equal(given, found),
        }
    }

    fn order(&self, found: &Value) -> Option<Ordering> {
        stands(found, self.value, self.moment)
    }
}

/// Whether two values are the same: 1 and 1.0 are, and so are two ways to write one moment.
pub fn is_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Amount::of(a) == Amount::of(b),
        (Value::String(a), Value::String(b)) => is_equal_text(a, b),
        _ => a == b,
    }
}

/// The same of texts.
pub fn is_equal_text(a: &str, b: &str) -> bool {
    a == b || moment(a).is_some_and(|a| moment(b) == Some(a))
}

/// How a value stands to one that is given; `None` for what can't be compared.
pub fn order(found: &Value, given: &Value) -> Option<Ordering> {
    stands(found, given, given.as_str().and_then(moment))
}

/// The same, with the moment that the given one stands for.
fn stands(found: &Value, given: &Value, moment: Option<Timestamp>) -> Option<Ordering> {
    match (found, given) {
        (Value::Number(found), Value::Number(given)) => Some(Amount::of(found).cmp(&Amount::of(given))),
        (Value::String(found), Value::String(given)) => match (moment, self::moment(found)) {
            (Some(given), Some(found)) => Some(found.cmp(&given)),
            (Some(given), None) => Some(midnight(found)?.cmp(&given)),
            (None, Some(found)) => Some(found.cmp(&midnight(given)?)),
            (None, None) => Some(found.as_str().cmp(given)),
        },
        _ => None,
    }
}

/// Which of two values comes first: numbers by their size, moments by time, texts by their letters, null last.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    Rank::of(a).cmp(&Rank::of(b))
}

/// What a value is sorted by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank<'v> {
    Flag(bool),
    Number(Amount),
    Moment(Timestamp),
    /// First without case and accents, then as it is.
    Text(Cow<'v, str>, &'v str),
    Parts(String),
    Nothing,
}

impl<'v> Rank<'v> {
    pub fn of(value: &'v Value) -> Rank<'v> {
        match value {
            Value::Null => Rank::Nothing,
            Value::Bool(flag) => Rank::Flag(*flag),
            Value::Number(number) => Rank::Number(Amount::of(number)),
            Value::String(text) => match moment(text) {
                Some(moment) => Rank::Moment(moment),
                None => Rank::Text(folded(text), text),
            },
            parts => Rank::Parts(parts.to_string()),
        }
    }
}

/// A number in an order that is total: integers are exact beyond what a double holds.
#[derive(Debug, Clone, Copy)]
pub struct Amount(f64, i128);

impl Amount {
    pub fn of(number: &Number) -> Amount {
        let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        match whole {
            Some(whole) => Amount(whole as f64, whole),
            // No zero is below another.
            None => number.as_f64().map_or(Amount(0.0, 0), |number| Amount(number + 0.0, number as i128)),
        }
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Amount) -> Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Amount) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Amount) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Amount {}

/// The moment that a text of RFC 3339 stands for. Most texts are none by their first look.
pub fn moment(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let like_one = (20..=40).contains(&bytes.len())
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && matches!(bytes[10], b'T' | b't' | b' ')
        && bytes[13] == b':';
    if like_one { text.parse().ok() } else { None }
}

/// A date beside a moment is where its day begins.
fn midnight(text: &str) -> Option<Timestamp> {
    let date: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()
}

fn any_text(value: &Value, test: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => test(text),
        Value::Array(items) => items.iter().any(|item| item.as_str().is_some_and(test)),
        _ => false,
    }
}

/// Whether a text has this part. `part` is folded.
pub fn contains(text: &str, part: &str) -> bool {
    if !text.is_ascii() {
        return fold(text).contains(part);
    }
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let Some(first) = part.first() else { return true };
    // Nothing is copied for the texts that there are most of.
    let mut starts = text.iter().enumerate().filter(|(_, byte)| byte.to_ascii_lowercase() == *first);
    starts.any(|(at, _)| text.get(at..at + part.len()).is_some_and(|here| here.eq_ignore_ascii_case(part)))
}

fn is_folded(text: &str, folded: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(folded) } else { fold(text) == folded }
}

/// A text without case and accents, as people search for it.
pub fn fold(text: &str) -> String {
    folded(text).into_owned()
}

fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let is_plain = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if is_plain { Cow::Borrowed(text) } else { Cow::Owned(text.to_ascii_lowercase()) };
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match plain(letter) {
            Some(plain) => folded.push_str(plain),
            None if is_mark(letter) => {}
            None => folded.push(letter),
        }
    }
    Cow::Owned(folded)
}

/// Marks that a letter before them carries.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// What remains of a small letter without what it carries: Latin, Greek and Cyrillic ones.
#[rustfmt::skip]
fn plain(letter: char) -> Option<&'static str> {
    if letter < '\u{df}' {
        return None;
    }
    Some(match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ' | 'ả' | 'ấ' | 'ầ' | 'ẩ' | 'ẫ' | 'ậ' | 'ắ' | 'ằ'
            | 'ẳ' | 'ẵ' | 'ặ' => "a",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ' | 'ẻ' | 'ẽ' | 'ế' | 'ề' | 'ể' | 'ễ' | 'ệ' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ǐ' | 'ỉ' | 'ị' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ǒ' | 'ọ' | 'ỏ' | 'ố' | 'ồ' | 'ổ' | 'ỗ' | 'ộ' | 'ớ'
            | 'ờ' | 'ở' | 'ỡ' | 'ợ' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ǔ' | 'ụ' | 'ủ' | 'ứ' | 'ừ' | 'ử' | 'ữ' | 'ự'
            => "u",
        'ŵ' | 'ẁ' | 'ẃ' | 'ẅ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ' | 'ỵ' | 'ỷ' | 'ỹ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ά' => "α",
        'έ' => "ε",
        'ή' => "η",
        'ί' | 'ϊ' | 'ΐ' => "ι",
        'ό' => "ο",
        'ύ' | 'ϋ' | 'ΰ' => "υ",
        'ώ' => "ω",
        'ς' => "σ",
        'ё' | 'ѐ' => "е",
        'й' | 'ѝ' => "и",
        'ї' => "і",
        'ў' => "у",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
