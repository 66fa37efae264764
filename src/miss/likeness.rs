//! What makes a text or a value look like another one: the slips that people make, each with the sentence that explains it.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::nearest::nearest;

/// Longer texts are compared as a whole and no more closely: looking for a slip takes time by the square of the length.
const LONGEST: usize = 256;

/// How two that differ are nearly the same, from the likeliest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Likeness {
    Case,
    Blanks,
    Slash,
    /// `%20` came where a blank was meant.
    Encoded,
    Quoted,
    /// `application/json; charset=utf-8` and `application/json`.
    MediaParameters,
    /// A number or a truth value, and the text that spells it.
    AsText,
    FromText,
    /// A text and a list that has nothing but it.
    Listed,
    /// The query begins within the path: its `?` is encoded.
    QueryInPath,
    /// `v1` and `v2`.
    Version,
    Singular,
    Plural,
    /// So many letters are wrong, of what was meant.
    Slip(String),
}

/// How one text looks like the other.
pub fn of_texts(expected: &str, seen: &str) -> Option<Likeness> {
    if expected == seen || expected.is_empty() || seen.is_empty() {
        return None;
    }
    // What came may be a million times as long as what is expected.
    let is_as_long = seen.len() / 4 <= expected.len() && expected.len() / 4 <= seen.len();
    let slashless = |text: &str| text.strip_suffix('/').unwrap_or(text).len();
    let is_same_but_slash = expected[..slashless(expected)] == seen[..slashless(seen)];
    if is_as_long && expected.to_lowercase() == seen.to_lowercase() {
        Some(Likeness::Case)
    } else if expected.trim() == seen.trim() {
        Some(Likeness::Blanks)
    } else if is_same_but_slash {
        Some(Likeness::Slash)
    } else if is_as_long
        && seen.contains('%')
        && percent_decode_str(seen).decode_utf8().is_ok_and(|decoded| decoded == expected)
    {
        Some(Likeness::Encoded)
    } else if expected == seen.trim_matches(['"', '\'']) {
        Some(Likeness::Quoted)
    } else if is_media_type(expected) && essence(expected) == essence(seen) {
        Some(Likeness::MediaParameters)
    } else if version(expected).is_some() && version(seen).is_some() {
        Some(Likeness::Version)
    } else if is_plural_of(expected, seen) {
        Some(Likeness::Singular)
    } else if is_plural_of(seen, expected) {
        Some(Likeness::Plural)
    } else {
        slip(expected, seen)
    }
}

/// How one value looks like the other.
pub fn of_values(expected: &Value, seen: &Value) -> Option<Likeness> {
    match (expected, seen) {
        (Value::String(expected), Value::String(seen)) => of_texts(expected, seen),
        (Value::Number(_) | Value::Bool(_), Value::String(text)) => spells(text, expected).then_some(Likeness::AsText),
        (Value::String(text), Value::Number(_) | Value::Bool(_)) => spells(text, seen).then_some(Likeness::FromText),
        (expected, Value::Array(items)) if items.len() == 1 && items.first() == Some(expected) => {
            Some(Likeness::Listed)
        }
        _ => None,
    }
}

/// Whether one value may look like the other by a slip: texts that differ by case, by one letter or by two that stand in each
/// other's place, and a value that came as text. It takes no longer than reading both, which `of_values` does.
pub fn may_be_slip(expected: &Value, seen: &Value) -> bool {
    match (expected, seen) {
        (Value::String(expected), Value::String(seen)) => is_a_letter_off(expected.as_bytes(), seen.as_bytes()),
        (Value::Number(_) | Value::Bool(_), Value::String(_)) => true,
        (Value::String(_), Value::Number(_) | Value::Bool(_)) => true,
        _ => false,
    }
}

fn is_a_letter_off(a: &[u8], b: &[u8]) -> bool {
    let same = |(a, b): &(&u8, &u8)| a.eq_ignore_ascii_case(b);
    let begin = a.iter().zip(b).take_while(same).count();
    let (a, b) = (&a[begin..], &b[begin..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    match (&a[..a.len() - end], &b[..b.len() - end]) {
        ([_] | [], [_] | []) => true,
        ([a, c], [b, d]) => same(&(a, d)) && same(&(c, b)),
        _ => false,
    }
}

impl Likeness {
    /// Says what is behind it.
    pub fn sentence(&self) -> String {
        match self {
            Likeness::Case => "only upper and lower case differ".to_owned(),
            Likeness::Blanks => "only blanks at an end differ".to_owned(),
            Likeness::Slash => "only a slash at the end differs".to_owned(),
            Likeness::Encoded => "it is percent-encoded once too often".to_owned(),
            Likeness::Quoted => "it is within quotation marks".to_owned(),
            Likeness::MediaParameters => "only the parameters of the media type differ, such as its charset".to_owned(),
            Likeness::AsText => "it came as text, and is expected as a value".to_owned(),
            Likeness::FromText => "it came as a value, and is expected as text".to_owned(),
            Likeness::Listed => "it came as the one item of a list".to_owned(),
            Likeness::QueryInPath => "the ? before the query is percent-encoded".to_owned(),
            Likeness::Version => "it is another version".to_owned(),
            Likeness::Singular => "it is in the singular, and expected in the plural".to_owned(),
            Likeness::Plural => "it is in the plural, and expected in the singular".to_owned(),
            Likeness::Slip(meant) => format!("did you mean {}?", super::quoted(meant)),
        }
    }
}

/// A word that is misspelt or was cut short.
fn slip(expected: &str, seen: &str) -> Option<Likeness> {
    if expected.len() > LONGEST || seen.len() > LONGEST {
        return None;
    }
    let (meant, came) = (expected.chars().count(), seen.chars().count());
    // No more letters can be wrong than a third of them: where more are too many or too few, nothing need be compared.
    let may_be = came > meant && came - meant <= came / 3
        || came <= meant && (meant - came <= came / 3 + 1 || expected.starts_with(seen));
    (may_be && nearest(seen, [expected]).is_some()).then(|| Likeness::Slip(expected.to_owned()))
}

/// Whether a text is how a number or a truth value is written.
fn spells(text: &str, value: &Value) -> bool {
    let written = value.to_string();
    text.trim() == written
}

fn is_media_type(text: &str) -> bool {
    essence(text).split_once('/').is_some_and(|(kind, subtype)| {
        let is_word = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        };
        is_word(kind) && is_word(subtype)
    })
}

/// A media type without its parameters.
fn essence(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

/// The number behind a `v`.
fn version(text: &str) -> Option<&str> {
    let number = text.strip_prefix(['v', 'V'])?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')).then_some(number)
}

fn is_plural_of(many: &str, one: &str) -> bool {
    if many.len() > LONGEST || one.len() > LONGEST {
        return false;
    }
    let (many, one) = (many.to_lowercase(), one.to_lowercase());
    let stem = |ending: &str| many.strip_suffix(ending);
    stem("s") == Some(&one)
        || stem("es") == Some(&one)
        || stem("ies").is_some_and(|stem| one.strip_suffix('y') == Some(stem))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slips_are_found_quickly() {
        for (expected, seen) in
            [("Ann", "ann"), ("Ann", "An"), ("Ann", "Anna"), ("Ann", "Aln"), ("Ann", "nAn"), ("a/", "a")]
        {
            assert!(may_be_slip(&expected.into(), &seen.into()), "{expected} {seen}");
        }
        for (expected, seen) in [("Ann", "Bo"), ("Ann", "Annabell"), ("abc", "cba"), ("größe", "grosse")] {
            assert!(!may_be_slip(&expected.into(), &seen.into()), "{expected} {seen}");
        }
        assert!(may_be_slip(&3.into(), &"3".into()) && !may_be_slip(&3.into(), &4.into()));
    }

    #[test]
    fn each_slip_is_known_for_what_it_is() {
        let table = [
            ("conversations", "Conversations", Some(Likeness::Case)),
            ("paid", " paid", Some(Likeness::Blanks)),
            ("http://a/hooks", "http://a/hooks/", Some(Likeness::Slash)),
            ("a b", "a%20b", Some(Likeness::Encoded)),
            ("paid", "\"paid\"", Some(Likeness::Quoted)),
            ("application/json", "application/json; charset=utf-8", Some(Likeness::MediaParameters)),
            ("text/csv; header=present", "text/csv", Some(Likeness::MediaParameters)),
            ("v1", "v2", Some(Likeness::Version)),
            ("pets", "pet", Some(Likeness::Singular)),
            ("body", "bodies", Some(Likeness::Plural)),
            ("paused", "pasued", Some(Likeness::Slip("paused".to_owned()))),
            ("paused", "active", None),
            ("paused", "paused", None),
            ("text/csv", "application/json", None),
            ("", "x", None),
        ];
        for (expected, seen, likeness) in table {
            assert_eq!(of_texts(expected, seen), likeness, "{expected:?} and {seen:?}");
        }
    }

    #[test]
    fn a_value_and_what_spells_it_look_alike() {
        let table = [
            (json!(3), json!("3"), Some(Likeness::AsText)),
            (json!(true), json!("true"), Some(Likeness::AsText)),
            (json!("3"), json!(3), Some(Likeness::FromText)),
            (json!("a"), json!("A"), Some(Likeness::Case)),
            (json!("a"), json!(["a"]), Some(Likeness::Listed)),
            (json!(3), json!("4"), None),
            (json!(3), json!(4), None),
            (json!(null), json!("null"), None),
        ];
        for (expected, seen, likeness) in table {
            assert_eq!(of_values(&expected, &seen), likeness, "{expected} and {seen}");
        }
    }

    #[test]
    fn long_texts_are_compared_in_no_time() {
        let (long, other) = ("ab".repeat(1 << 20), "ba".repeat(1 << 20));
        assert_eq!(of_texts(&long, &other), None);
        assert_eq!(of_texts(&long, &format!("{long}/")), Some(Likeness::Slash));
        assert_eq!(of_texts("paused", &other), None);
    }
}
