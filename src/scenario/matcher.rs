//! One test of one value, typed as the request has it.

use std::borrow::Cow;
use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};
use serde_json::{Number, Value};

use crate::breach::cut;
use crate::miss::{self, Likeness};
use crate::world::matching::{is_equal, is_equal_text, order};

/// What a pattern may come to, in bytes. It is given the first of these that it fits into.
const SIZES: [usize; 4] = [16 << 10, 64 << 10, 256 << 10, 1 << 20];
/// In what is longer, in bytes, nobody looks for a slip.
const LONGEST_WORD: usize = 4 << 10;
/// What all patterns of a file may come to.
const MOST: usize = 16 << 20;

#[derive(Debug, Clone, PartialEq)]
pub enum Matcher {
    Equals(Value),
    OneOf(Vec<Value>),
    Matches(Pattern),
    /// A part of a text, or an item of a list.
    Contains(Value),
    StartsWith(String),
    EndsWith(String),
    AtLeast(Value),
    AtMost(Value),
    Above(Value),
    Below(Value),
    /// It is there at all, or is not.
    Present(bool),
    Not(Box<Matcher>),
    All(Vec<Matcher>),
}

/// A regular expression that is found anywhere in a text, in linear time.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

/// What the patterns of a file may still come to: a file of a megabyte has room to write tens of thousands of them.
#[derive(Debug)]
pub struct PatternRoom(Option<usize>);

/// Why there is no such pattern.
#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    /// In words.
    Wrong(String),
    /// Those before it have taken all the room.
    NoRoom,
}

/// How a value came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As JSON, where 3 and "3" are two things.
    Json,
    /// As text, which stands for whatever it spells.
    Text,
}

impl Default for PatternRoom {
    fn default() -> PatternRoom {
        PatternRoom(Some(MOST))
    }
}

impl PatternRoom {
    /// Somebody has found no room by now.
    pub fn is_full(&self) -> bool {
        self.0.is_none()
    }

    /// What those so far come to, in bytes.
    pub fn taken(&self) -> usize {
        MOST - self.0.unwrap_or_default()
    }

    pub fn pattern(&mut self, text: &str) -> Result<Pattern, Unusable> {
        for size in SIZES {
            let Some(left) = self.0.and_then(|left| left.checked_sub(size)) else {
                // Nobody behind it tries in vain: that takes its time too.
                self.0 = None;
                return Err(Unusable::NoRoom);
            };
            match RegexBuilder::new(text).size_limit(size).dfa_size_limit(size).build() {
                Ok(built) => {
                    self.0 = Some(left);
                    return Ok(Pattern(built));
                }
                Err(regex::Error::CompiledTooBig(_)) => {}
                // The last line says it; those before draw a picture of the place.
                Err(error) => {
                    let told = error.to_string();
                    let last = told.lines().last().unwrap_or_default();
                    return Err(Unusable::Wrong(last.trim_start_matches("error: ").to_owned()));
                }
            }
        }
        let [.., largest] = SIZES;
        self.0 = self.0.and_then(|left| left.checked_sub(largest));
        Err(Unusable::Wrong("it comes to more than 1 MiB".to_owned()))
    }
}

impl Pattern {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Matcher {
    /// Whether a value passes; `None` is one that is not there.
    pub fn passes(&self, value: Option<&Value>) -> bool {
        self.holds(value, Form::Json)
    }

    /// The same of a value that came as text, such as a header: `3` is the number and the text.
    pub fn passes_text(&self, value: Option<&Value>) -> bool {
        self.holds(value, Form::Text)
    }

    /// That, and no value is made of the text where the test is about texts.
    pub fn passes_str(&self, text: Option<&str>) -> bool {
        match (self, text) {
            (Matcher::Equals(Value::String(wanted)), Some(text)) => is_equal_text(wanted, text),
            (Matcher::Contains(Value::String(wanted)), Some(text)) => text.contains(wanted),
            (Matcher::StartsWith(_) | Matcher::EndsWith(_) | Matcher::Matches(_), Some(text)) => self.fits(text),
            (Matcher::Present(wanted), text) => text.is_some() == *wanted,
            (Matcher::Not(matcher), text) => !matcher.passes_str(text),
            (Matcher::All(matchers), text) => matchers.iter().all(|matcher| matcher.passes_str(text)),
            (_, text) => self.passes_text(text.map(Value::from).as_ref()),
        }
    }

    /// Whether a text is as a test of nothing but texts wants it.
    fn fits(&self, text: &str) -> bool {
        match self {
            Matcher::Matches(pattern) => pattern.0.is_match(text),
            Matcher::StartsWith(wanted) => text.starts_with(wanted),
            Matcher::EndsWith(wanted) => text.ends_with(wanted),
            _ => false,
        }
    }

    /// Whether it asks for nothing but whether something is there.
    pub(super) fn asks_presence(&self) -> bool {
        match self {
            Matcher::Present(_) => true,
            Matcher::Not(matcher) => matcher.asks_presence(),
            Matcher::All(matchers) => matchers.iter().all(Matcher::asks_presence),
            _ => false,
        }
    }

    fn holds(&self, value: Option<&Value>, form: Form) -> bool {
        match self {
            Matcher::Present(wanted) => return value.is_some() == *wanted,
            Matcher::Not(matcher) => return !matcher.holds(value, form),
            Matcher::All(matchers) => return matchers.iter().all(|matcher| matcher.holds(value, form)),
            _ => {}
        }
        let Some(value) = value else { return false };
        match self {
            Matcher::Equals(wanted) => form.same(wanted, value),
            Matcher::OneOf(wanted) => wanted.iter().any(|wanted| form.same(wanted, value)),
            Matcher::Matches(_) | Matcher::StartsWith(_) | Matcher::EndsWith(_) => {
                spelt(value).is_some_and(|text| self.fits(&text))
            }
            Matcher::Contains(wanted) => match value {
                Value::Array(items) => items.iter().any(|item| form.same(wanted, item)),
                _ => spelt(wanted).zip(spelt(value)).is_some_and(|(wanted, text)| text.contains(&*wanted)),
            },
            Matcher::AtLeast(bound) => form.order(value, bound).is_some_and(Ordering::is_ge),
            Matcher::AtMost(bound) => form.order(value, bound).is_some_and(Ordering::is_le),
            Matcher::Above(bound) => form.order(value, bound).is_some_and(Ordering::is_gt),
            Matcher::Below(bound) => form.order(value, bound).is_some_and(Ordering::is_lt),
            Matcher::Present(_) | Matcher::Not(_) | Matcher::All(_) => false,
        }
    }

    /// Why a value does not pass, to be said after its name: `is 2, not 3`. `text` is how it came.
    pub fn why_not(&self, value: Option<&Value>, text: bool) -> String {
        let is = value.map_or("is not there".to_owned(), |value| format!("is {}", shown(value)));
        match (self, value) {
            (Matcher::Present(true), _) => is,
            (Matcher::Equals(wanted), Some(_)) => format!("{is}, not {}", shown(wanted)),
            (Matcher::OneOf(_), Some(_)) => format!("{is}, not {}", self.asked().trim_start_matches("be ")),
            (Matcher::All(matchers), _) => {
                let form = if text { Form::Text } else { Form::Json };
                let failed = matchers.iter().find(|matcher| !matcher.holds(value, form));
                failed.map_or(is, |matcher| matcher.why_not(value, text))
            }
            _ => format!("{is}, and should {}", self.asked()),
        }
    }

    /// What is asked of a value, to be said after "should".
    pub(super) fn asked(&self) -> String {
        let list = |values: &[Value]| values.iter().map(shown).collect::<Vec<_>>().join(", ");
        match self {
            Matcher::Equals(wanted) => format!("be {}", shown(wanted)),
            Matcher::OneOf(wanted) => format!("be one of {}", list(wanted)),
            Matcher::Matches(pattern) => format!("match {:?}", cut(pattern.as_str())),
            Matcher::Contains(wanted) => format!("contain {}", shown(wanted)),
            Matcher::StartsWith(wanted) => format!("start with {:?}", cut(wanted)),
            Matcher::EndsWith(wanted) => format!("end with {:?}", cut(wanted)),
            Matcher::AtLeast(bound) => format!("be at least {}", shown(bound)),
            Matcher::AtMost(bound) => format!("be at most {}", shown(bound)),
            Matcher::Above(bound) => format!("be above {}", shown(bound)),
            Matcher::Below(bound) => format!("be below {}", shown(bound)),
            Matcher::Present(true) => "be there".to_owned(),
            Matcher::Present(false) => "be missing".to_owned(),
            Matcher::Not(matcher) => format!("not {}", matcher.asked()),
            Matcher::All(matchers) => matchers.iter().map(Matcher::asked).collect::<Vec<_>>().join(" and "),
        }
    }
}

/// For near misses, where nothing is cut.
impl Matcher {
    /// What is expected of a value, beside the one that came.
    pub(super) fn expected(&self, seen: Option<&Value>) -> String {
        let told = |wanted: &Value| whole(wanted, seen);
        let text = |wanted: &str| miss::shown(wanted, seen.and_then(Value::as_str).unwrap_or_default());
        match self {
            Matcher::Equals(wanted) => told(wanted),
            Matcher::OneOf(wanted) => format!("one of {}", wanted.iter().map(told).collect::<Vec<_>>().join(", ")),
            Matcher::Matches(pattern) => format!("something that matches {}", text(pattern.as_str())),
            Matcher::Contains(wanted) => format!("something that contains {}", told(wanted)),
            Matcher::StartsWith(wanted) => format!("something that starts with {}", text(wanted)),
            Matcher::EndsWith(wanted) => format!("something that ends with {}", text(wanted)),
            Matcher::AtLeast(bound) => format!("at least {}", told(bound)),
            Matcher::AtMost(bound) => format!("at most {}", told(bound)),
            Matcher::Above(bound) => format!("above {}", told(bound)),
            Matcher::Below(bound) => format!("below {}", told(bound)),
            Matcher::Present(true) => "something".to_owned(),
            Matcher::Present(false) => "nothing".to_owned(),
            Matcher::Not(matcher) => format!("anything but {}", matcher.expected(seen)),
            Matcher::All(matchers) => {
                matchers.iter().map(|matcher| matcher.expected(seen)).collect::<Vec<_>>().join(" and ")
            }
        }
    }

    /// The one value that passes, if it is one.
    pub(super) fn wanted(&self) -> Option<&Value> {
        match self {
            Matcher::Equals(wanted) => Some(wanted),
            _ => None,
        }
    }

    /// Whether there may be a `likeness` that is a slip: quickly, and a little too often.
    pub(super) fn may_be_slip(&self, seen: &Value) -> bool {
        match self {
            Matcher::Equals(wanted) => miss::may_be_slip(wanted, seen),
            Matcher::OneOf(wanted) => wanted.iter().any(|wanted| miss::may_be_slip(wanted, seen)),
            Matcher::All(matchers) => matchers.iter().any(|matcher| matcher.may_be_slip(seen)),
            _ => false,
        }
    }

    /// What makes a value that does not pass look as if it might.
    pub(super) fn likeness(&self, seen: &Value) -> Option<Likeness> {
        let case = |passes: &dyn Fn(&str) -> bool| {
            let word = seen.as_str().filter(|seen| seen.len() <= LONGEST_WORD);
            word.is_some_and(|seen| passes(&seen.to_lowercase())).then_some(Likeness::Case)
        };
        match self {
            Matcher::Equals(wanted) => miss::of_values(wanted, seen),
            Matcher::OneOf(wanted) => wanted.iter().find_map(|wanted| miss::of_values(wanted, seen)),
            Matcher::Contains(Value::String(wanted)) => case(&|seen| seen.contains(&wanted.to_lowercase())),
            Matcher::StartsWith(wanted) => case(&|seen| seen.starts_with(&wanted.to_lowercase())),
            Matcher::EndsWith(wanted) => case(&|seen| seen.ends_with(&wanted.to_lowercase())),
            Matcher::All(matchers) => matchers.iter().find_map(|matcher| matcher.likeness(seen)),
            _ => None,
        }
    }
}

impl Form {
    fn same(self, wanted: &Value, value: &Value) -> bool {
        match self.read(value, wanted) {
            Cow::Borrowed(value) => is_equal(wanted, value),
            Cow::Owned(read) => is_equal(wanted, value) || is_equal(wanted, &read),
        }
    }

    fn order(self, value: &Value, bound: &Value) -> Option<Ordering> {
        order(&self.read(value, bound), bound)
    }

    /// A value as one of the kind that it is compared with.
    fn read<'v>(self, value: &'v Value, like: &Value) -> Cow<'v, Value> {
        let read = match (self, value, like) {
            (Form::Text, Value::String(text), Value::Number(_)) => text.parse::<Number>().ok().map(Value::Number),
            (Form::Text, Value::String(text), Value::Bool(_)) => text.parse::<bool>().ok().map(Value::Bool),
            (Form::Text, Value::Number(_) | Value::Bool(_), Value::String(_)) => Some(Value::String(value.to_string())),
            _ => None,
        };
        read.map_or(Cow::Borrowed(value), Cow::Owned)
    }
}

/// A value that is text, or can be written as one.
fn spelt(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(_) | Value::Bool(_) => Some(Cow::Owned(value.to_string())),
        _ => None,
    }
}

/// A value as JSON has it, of a long text the piece in which it differs from the other.
pub(super) fn whole(value: &Value, beside: Option<&Value>) -> String {
    match value {
        Value::String(text) => miss::shown(text, beside.and_then(Value::as_str).unwrap_or_default()),
        Value::Array(_) | Value::Object(_) => miss::cut(&value.to_string(), ""),
        other => other.to_string(),
    }
}

/// A value as it is told, or the beginning of a long one.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{:?}", cut(text)),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(members) => format!("an object of {} members", members.len()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn made(text: &str) -> Pattern {
        PatternRoom::default().pattern(text).unwrap()
    }

    #[test]
    fn each_test_passes_what_it_says_and_nothing_else() {
        let pattern = |text| Matcher::Matches(made(text));
        let not = |matcher| Matcher::Not(Box::new(matcher));
        let table = [
            (Matcher::Equals(json!(3)), json!(3.0), json!("3")),
            (Matcher::Equals(json!("2025-01-15T15:00:00Z")), json!("2025-01-15T16:00:00+01:00"), json!("later")),
            (Matcher::OneOf(vec![json!("a"), json!(1)]), json!(1), json!("b")),
            (not(Matcher::Equals(json!("a"))), json!("b"), json!("a")),
            (pattern("^pet_[0-9]+$"), json!("pet_12"), json!("pets")),
            (pattern("^1"), json!(12), json!(21)),
            (Matcher::Contains(json!("an")), json!("Ann and Bo"), json!("Bo")),
            (Matcher::Contains(json!("cat")), json!(["dog", "cat"]), json!(["cats"])),
            (Matcher::StartsWith("sk_".to_owned()), json!("sk_live"), json!("live_sk_")),
            (Matcher::EndsWith("z".to_owned()), json!("xyz"), json!("zyx")),
            (Matcher::AtLeast(json!(2)), json!(2), json!(1.9)),
            (Matcher::AtMost(json!(2)), json!(2), json!(10)),
            (
                Matcher::Above(json!("2025-01-15T15:00:00Z")),
                json!("2025-01-15T15:00:01Z"),
                json!("2025-01-15T15:00:00Z"),
            ),
            (Matcher::Below(json!("b")), json!("a"), json!("b")),
            (Matcher::All(vec![Matcher::Above(json!(1)), Matcher::Below(json!(3))]), json!(2), json!(3)),
        ];
        for (matcher, good, bad) in table {
            assert!(matcher.passes(Some(&good)), "{matcher:?} refuses {good}");
            assert!(!matcher.passes(Some(&bad)), "{matcher:?} lets {bad} through");
            assert_eq!(matcher.passes(None), matches!(matcher, Matcher::Not(_)), "{matcher:?} of nothing");
        }
        assert!(Matcher::Present(false).passes(None) && Matcher::Present(true).passes(Some(&Value::Null)));
        assert!(!Matcher::AtLeast(json!(1)).passes(Some(&json!([2]))), "a list is of no size");
    }

    #[test]
    fn a_bad_pattern_is_told_in_a_line() {
        let why = |text: &str| match PatternRoom::default().pattern(text) {
            Err(Unusable::Wrong(why)) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(why("a(b"), "unclosed group");
        assert_eq!(why("(?=a)"), "look-around, including look-ahead and look-behind, is not supported");
        assert_eq!(why("((a{99}){99}){99}"), "it comes to more than 1 MiB");
    }

    #[test]
    fn patterns_share_what_a_file_may_come_to() {
        let patterns = |text: &str| {
            let mut room = PatternRoom::default();
            (0..).find(|_| room.pattern(text) == Err(Unusable::NoRoom)).unwrap()
        };
        assert_eq!(patterns("^ci-[0-9]+$"), MOST / SIZES[0]);
        assert_eq!(patterns("(a{99}){200}"), MOST / SIZES[3]);
        assert_eq!(patterns("((a{99}){99}){99}"), MOST / SIZES[3], "what is refused was tried");
        let mut room = PatternRoom(Some(SIZES[1]));
        assert_eq!([r"\w{9}", "a"].map(|text| room.pattern(text)), [Err(Unusable::NoRoom), Err(Unusable::NoRoom)]);
        assert!(room.is_full());
    }

    #[test]
    fn what_comes_as_text_is_what_it_spells() {
        let table = [
            (Matcher::Equals(json!(3)), json!("3"), json!("03")),
            (Matcher::Equals(json!("3")), json!(3), json!(4)),
            (Matcher::Equals(json!(true)), json!("true"), json!("1")),
            (Matcher::Equals(json!("true")), json!(true), json!(false)),
            (Matcher::OneOf(vec![json!(1), json!("a")]), json!("1"), json!("A")),
            (Matcher::Contains(json!(2)), json!("123"), json!("13")),
            (Matcher::Contains(json!(2)), json!(["1", "2"]), json!(["12"])),
            (Matcher::AtMost(json!(2)), json!("2"), json!("10")),
            (Matcher::Equals(json!("a")), json!("a"), json!("A")),
            (
                Matcher::Equals(json!("2025-01-15T15:00:00Z")),
                json!("2025-01-15T16:00:00+01:00"),
                json!("2025-01-15T16:00:00Z"),
            ),
            (Matcher::StartsWith("a".to_owned()), json!("ab"), json!("ba")),
            (Matcher::EndsWith("a".to_owned()), json!("ba"), json!("ab")),
            (Matcher::Matches(made("^a+$")), json!("aa"), json!("ab")),
            (Matcher::Not(Box::new(Matcher::Contains(json!("b")))), json!("a"), json!("ab")),
            (Matcher::Above(json!("2025-01-15")), json!("2025-01-15T00:00:01Z"), json!("2025-01-15T00:00:00Z")),
        ];
        for (matcher, good, bad) in table {
            assert!(matcher.passes_text(Some(&good)), "{matcher:?} refuses {good}");
            assert!(!matcher.passes_text(Some(&bad)), "{matcher:?} lets {bad} through");
            for text in [&good, &bad].into_iter().filter_map(Value::as_str) {
                assert_eq!(matcher.passes_str(Some(text)), text == good, "{matcher:?} of {text}");
            }
        }
        assert!(!Matcher::Equals(json!(3)).passes(Some(&json!("3"))), "JSON says what it means");
    }

    #[test]
    fn what_does_not_pass_is_told_in_words() {
        let why = |matcher: &Matcher, value: Option<Value>| matcher.why_not(value.as_ref(), true);
        let all = Matcher::All(vec![Matcher::AtLeast(json!(1)), Matcher::Below(json!(3))]);
        let table = [
            (Matcher::Equals(json!(3)), Some(json!(2)), "is 2, not 3"),
            (Matcher::Equals(json!(3)), None, "is not there, and should be 3"),
            (Matcher::OneOf(vec![json!("a"), json!("b")]), Some(json!("c")), r#"is "c", not one of "a", "b""#),
            (Matcher::Matches(made("^a+$")), Some(json!("b")), r#"is "b", and should match "^a+$""#),
            (Matcher::Contains(json!("x")), Some(json!(["y"])), r#"is a list of 1, and should contain "x""#),
            (Matcher::Present(false), Some(json!("y")), r#"is "y", and should be missing"#),
            (Matcher::Present(true), None, "is not there"),
            (Matcher::Not(Box::new(Matcher::Equals(json!(3)))), Some(json!(3)), "is 3, and should not be 3"),
            (all.clone(), Some(json!(4)), "is 4, and should be below 3"),
            (all, Some(json!(0)), "is 0, and should be at least 1"),
        ];
        for (matcher, value, told) in table {
            assert_eq!(why(&matcher, value), told);
        }
        let long = why(&Matcher::Equals(json!("a")), Some(json!("é".repeat(10_000))));
        assert!(long.chars().count() < 150, "{long}");
    }
}
