//! Plain scalars as the core schema of YAML 1.2 reads them, and which of them the readers of YAML 1.1 take for
//! something else.

use serde_json::{Number, Value};

/// A scalar that was read, or what JSON has no word for.
#[derive(Debug, PartialEq)]
pub enum Read {
    Value(Value),
    /// An integer that a double can only come near to.
    Rounded(Value),
    /// `.inf`, `.nan`, `1e999`.
    NotFinite,
}

pub fn plain(text: &str) -> Read {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Read::Value(Value::Null),
        "true" | "True" | "TRUE" => return Read::Value(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Read::Value(Value::Bool(false)),
        _ => {}
    }
    // Most plain scalars are words.
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Read::Value(text.into());
    }
    integer(text).or_else(|| float(text)).unwrap_or_else(|| Read::Value(text.into()))
}

pub fn integer(text: &str) -> Option<Read> {
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let good = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            return good.then(|| match u64::from_str_radix(digits, radix) {
                Ok(number) => Read::Value(number.into()),
                Err(_) => Read::NotFinite,
            });
        }
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if let Ok(number) = unsigned.parse::<i64>() {
        return Some(Read::Value(number.into()));
    }
    if let Ok(number) = unsigned.parse::<u64>() {
        return Some(Read::Value(number.into()));
    }
    Some(match unsigned.parse::<f64>().ok().and_then(Number::from_f64) {
        Some(number) => Read::Rounded(Value::Number(number)),
        None => Read::NotFinite,
    })
}

pub fn float(text: &str) -> Option<Read> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Read::NotFinite);
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let good = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent));
    if !good {
        return None;
    }
    Some(match text.parse::<f64>().ok().and_then(Number::from_f64) {
        Some(number) => Read::Value(Value::Number(number)),
        None => Read::NotFinite,
    })
}

/// What a reader of YAML 1.1 makes of a plain scalar, where it differs from YAML 1.2.
pub fn elsewhere(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if text.len() <= 3 && (lower == text || text.to_ascii_uppercase() == text || capitalised(text)) {
        match &*lower {
            "yes" | "on" => return Some("true".to_owned()),
            "no" | "off" => return Some("false".to_owned()),
            _ => {}
        }
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7' | b'_')) {
        let octal = u64::from_str_radix(&digits.replace('_', ""), 8).ok();
        return Some(octal.map_or_else(|| "an octal number".to_owned(), |number| number.to_string()));
    }
    if digits.contains('_') && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'.')) {
        return Some(digits.replace('_', ""));
    }
    if let Some(bits) = digits.strip_prefix("0b").filter(|bits| !bits.is_empty()) {
        return bits.bytes().all(|byte| matches!(byte, b'0' | b'1' | b'_')).then(|| "a binary number".to_owned());
    }
    sexagesimal(digits).map(|number| number.to_string())
}

fn capitalised(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_ascii_uppercase()) && chars.all(|rest| rest.is_ascii_lowercase())
}

/// `12:30:00` is 45000 to some.
fn sexagesimal(digits: &str) -> Option<u64> {
    let mut parts = digits.split(':');
    let first = parts.next().filter(|first| !first.starts_with('0'))?.parse::<u64>().ok()?;
    let rest: Vec<u64> = parts.map(|part| part.parse::<u64>().ok().filter(|part| *part < 60)).collect::<Option<_>>()?;
    if rest.is_empty() {
        return None;
    }
    rest.iter().try_fold(first, |sum, part| sum.checked_mul(60)?.checked_add(*part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_are_read_as_yaml_1_2_has_it() {
        for (text, value) in [
            ("no", json!("no")),
            ("Off", json!("Off")),
            ("True", json!(true)),
            ("012", json!(12)),
            ("1_000", json!("1_000")),
            ("12:30:00", json!("12:30:00")),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("+7", json!(7)),
            ("-0", json!(0)),
            (".5", json!(0.5)),
            ("5.", json!(5.0)),
            ("1e3", json!(1000.0)),
            ("1e", json!("1e")),
            (".", json!(".")),
            ("-", json!("-")),
            ("1.2.3", json!("1.2.3")),
            ("~", Value::Null),
            ("2024-01-15", json!("2024-01-15")),
            ("18446744073709551615", json!(u64::MAX)),
        ] {
            assert_eq!(plain(text), Read::Value(value), "{text}");
        }
        assert_eq!(plain("123456789012345678901234567890"), Read::Rounded(json!(123456789012345678901234567890f64)));
        for text in [".inf", "-.Inf", ".nan", "1e999"] {
            assert_eq!(plain(text), Read::NotFinite, "{text}");
        }
    }

    #[test]
    fn what_other_readers_take_for_something_else_is_known() {
        for (text, other) in [
            ("no", "false"),
            ("On", "true"),
            ("YES", "true"),
            ("012", "10"),
            ("1_000", "1000"),
            ("12:30:00", "45000"),
            ("0b11", "a binary number"),
        ] {
            assert_eq!(elsewhere(text).as_deref(), Some(other), "{text}");
        }
        for text in ["nO", "08", "0", "10", "1.5", "none", "2024-01-15", "09:30", "a_b"] {
            assert_eq!(elsewhere(text), None, "{text}");
        }
    }
}
