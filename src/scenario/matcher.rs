//! One test of one value, typed as the request has it.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::{Number, Value};

use crate::world::matching::{Amount, is_equal, moment};

#[derive(Debug, Clone, PartialEq)]
pub enum Matcher {
    Equals(Value),
    OneOf(Vec<Value>),
    /// It is there at all, or is not.
    Present(bool),
    Not(Box<Matcher>),
    All(Vec<Matcher>),
    /// Somewhere in the text, unless the pattern says otherwise.
    Matches(Pattern),
    /// The text has this part, or the list this item.
    Contains(Value),
    StartsWith(String),
    EndsWith(String),
    /// Numbers by their size, moments by time, other texts by their letters.
    AtLeast(Value),
    AtMost(Value),
    Above(Value),
    Below(Value),
}

/// A pattern that is matched in a time that grows with the text and no faster.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Matcher {
    /// Whether a value passes; `None` is one that is not there.
    pub fn passes(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Matcher::Present(wanted), value) => value.is_some() == *wanted,
            (Matcher::Not(matcher), value) => !matcher.passes(value),
            (Matcher::All(matchers), value) => matchers.iter().all(|matcher| matcher.passes(value)),
            (_, None) => false,
            (Matcher::Equals(wanted), Some(value)) => is_equal(wanted, value),
            (Matcher::OneOf(wanted), Some(value)) => wanted.iter().any(|one| is_equal(one, value)),
            (Matcher::Matches(pattern), Some(value)) => has_text(value, |text| pattern.0.is_match(text)),
            (Matcher::Contains(part), Some(value)) => contains(value, part),
            (Matcher::StartsWith(start), Some(value)) => has_text(value, |text| text.starts_with(start)),
            (Matcher::EndsWith(end), Some(value)) => has_text(value, |text| text.ends_with(end)),
            (Matcher::AtLeast(bound), Some(value)) => order(value, bound).is_some_and(Ordering::is_ge),
            (Matcher::AtMost(bound), Some(value)) => order(value, bound).is_some_and(Ordering::is_le),
            (Matcher::Above(bound), Some(value)) => order(value, bound).is_some_and(Ordering::is_gt),
            (Matcher::Below(bound), Some(value)) => order(value, bound).is_some_and(Ordering::is_lt),
        }
    }
}

impl Pattern {
    /// `Err` tells why the text is no pattern.
    pub fn new(text: &str) -> Result<Pattern, String> {
        // The bound on what a pattern comes to when it is compiled keeps `(a{99}){99}` out.
        let built = regex::RegexBuilder::new(text).size_limit(1 << 20).build();
        built.map(Pattern).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it comes to more than 1 MiB".to_owned(),
            // The last line says what is wrong, those before it show where.
            other => {
                let said = other.to_string();
                said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
        })
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// Numbers and flags are looked at as they are written; lists and objects have no text.
fn has_text(value: &Value, test: impl Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => test(text),
        Value::Number(_) | Value::Bool(_) => test(&value.to_string()),
        _ => false,
    }
}

fn contains(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::Array(items), part) => items.iter().any(|item| is_equal(part, item)),
        (value, Value::String(part)) => has_text(value, |text| text.contains(part)),
        (value, part) => has_text(value, |text| text.contains(&part.to_string())),
    }
}

/// How a value stands to a bound; `None` for what can't be compared. What comes without a type, such as a header, is
/// a number beside a number.
fn order(value: &Value, bound: &Value) -> Option<Ordering> {
    match (value, bound) {
        (Value::Number(value), Value::Number(bound)) => Some(Amount::of(value).cmp(&Amount::of(bound))),
        (Value::String(value), Value::Number(bound)) => {
            let value: Number = value.trim().parse().ok()?;
            Some(Amount::of(&value).cmp(&Amount::of(bound)))
        }
        (Value::String(value), Value::String(bound)) => match (moment(value), moment(bound)) {
            (Some(value), Some(bound)) => Some(value.cmp(&bound)),
            _ => Some(value.cmp(bound)),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_test_passes_what_it_says_and_nothing_else() {
        let pattern = |text| Matcher::Matches(Pattern::new(text).unwrap());
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
            (Matcher::AtMost(json!(2)), json!("2"), json!("10")),
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
        assert_eq!(Pattern::new("a(b").unwrap_err(), "unclosed group");
        assert_eq!(
            Pattern::new("(?=a)").unwrap_err(),
            "look-around, including look-ahead and look-behind, is not supported"
        );
        assert_eq!(Pattern::new("((a{99}){99}){99}").unwrap_err(), "it comes to more than 1 MiB");
    }
}
