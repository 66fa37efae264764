//! From the text of a parameter or a form's field to the value that it stands for.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Number, Value};

use super::schema::Wire;

/// The value of a text by the kinds that its schema admits. A text that stands for none of them stays a text, and it
/// is for the schema to refuse it.
pub fn scalar(text: &str, wire: &Wire) -> Value {
    if wire.boolean {
        if text.eq_ignore_ascii_case("true") {
            return Value::Bool(true);
        }
        if text.eq_ignore_ascii_case("false") {
            return Value::Bool(false);
        }
    }
    if (wire.integer || wire.number)
        && let Some(number) = number(text, wire.number)
    {
        return Value::Number(number);
    }
    if wire.null && (text == "null" || (text.is_empty() && !wire.string)) {
        return Value::Null;
    }
    if wire.date_time
        && let Some(moment) = date_time(text)
    {
        return Value::String(moment);
    }
    Value::String(text.to_owned())
}

/// A number as JSON writes it, but for leading zeros. Integers are exact or refused.
fn number(text: &str, fractions: bool) -> Option<Number> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if digits(unsigned) {
        return text.parse::<i64>().ok().map(Number::from);
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !fractions || ![whole, fraction, exponent].into_iter().all(digits) {
        return None;
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

/// A moment in RFC 3339 form and UTC. Beyond RFC 3339 a date alone is its midnight, and a time without an offset is UTC.
pub fn date_time(text: &str) -> Option<String> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let date = Date::new(two_pairs(date.get(..4)?)?, month_or_day(date, 5)?, month_or_day(date, 8)?).ok()?;
    if rest.is_empty() {
        return written(date.to_datetime(Time::midnight()), 0, false);
    }
    let rest = rest.strip_prefix(['T', 't'])?;
    let (hour, minute) = (pair(rest, 0)?, pair(rest.strip_prefix(rest.get(..2)?)?.strip_prefix(':')?, 0)?);
    let mut rest = rest.get(5..)?;
    let (mut second, mut nanosecond) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        second = pair(after, 0)?;
        rest = after.get(2..)?;
        if let Some(after) = rest.strip_prefix('.') {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            nanosecond = fraction(after.get(..digits).filter(|digits| !digits.is_empty())?)?;
            rest = after.get(digits..)?;
        }
    }
    // A leap second is the first one of the next minute.
    let leap = second == 60;
    let time = Time::new(hour, minute, if leap { 59 } else { second }, nanosecond).ok()?;
    written(date.to_datetime(time), offset(rest)?, leap)
}

fn written(moment: DateTime, offset: i32, leap: bool) -> Option<String> {
    let moment: Timestamp = Offset::from_seconds(offset).ok()?.to_timestamp(moment).ok()?;
    let moment = if leap { moment.checked_add(SignedDuration::from_secs(1)).ok()? } else { moment };
    Some(moment.to_string())
}

/// Seconds east of UTC: nothing, `Z`, `+02:00` or `+0200`.
fn offset(text: &str) -> Option<i32> {
    if matches!(text, "" | "Z" | "z") {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = match text.len() {
        6 if text.as_bytes()[3] == b':' => (pair(text, 1)?, pair(text, 4)?),
        5 => (pair(text, 1)?, pair(text, 3)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then(|| sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60))
}

fn month_or_day(date: &str, at: usize) -> Option<i8> {
    (date.as_bytes().get(at - 1) == Some(&b'-')).then(|| pair(date, at)).flatten()
}

fn two_pairs(text: &str) -> Option<i16> {
    Some(i16::from(pair(text, 0)?) * 100 + i16::from(pair(text, 2)?))
}

/// Two digits.
fn pair(text: &str, at: usize) -> Option<i8> {
    let digits = text.as_bytes().get(at..at + 2)?;
    let digit = |byte: u8| byte.is_ascii_digit().then(|| (byte - b'0') as i8);
    Some(digit(digits[0])? * 10 + digit(digits[1])?)
}

fn fraction(digits: &str) -> Option<i32> {
    format!("{:0<9.9}", digits).parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_written_in_one_form() {
        let table = [
            ("2025-01-15T14:30:00Z", "2025-01-15T14:30:00Z"),
            ("2025-01-15t14:30:00z", "2025-01-15T14:30:00Z"),
            ("2025-01-15T14:30:00", "2025-01-15T14:30:00Z"),
            ("2025-01-15T14:30", "2025-01-15T14:30:00Z"),
            ("2025-01-15", "2025-01-15T00:00:00Z"),
            ("2025-01-15T14:30:00.250", "2025-01-15T14:30:00.25Z"),
            ("2025-01-15T14:30:00.1234567891234+02:00", "2025-01-15T12:30:00.123456789Z"),
            ("2025-01-15T01:30:00+0200", "2025-01-14T23:30:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("0001-01-01", "0001-01-01T00:00:00Z"),
        ];
        for (text, moment) in table {
            assert_eq!(date_time(text).as_deref(), Some(moment), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "yesterday",
            "2025",
            "2025-13-01",
            "2025-00-01",
            "2025-02-30",
            "2023-02-29",
            "2025-1-5",
            "2025-01-15T",
            "2025-01-15T25:00:00Z",
            "2025-01-15T24:00:00Z",
            "2025-01-15T10:60:00Z",
            "2025-01-15T10:00:61Z",
            "2025-01-15T10:00:00+99:99",
            "2025-01-15T10:00:00+24:00",
            "2025-01-15T10:00:00 02:00",
            "2025-01-15T10:00:00.Z",
            "2025-01-15T1000",
            "2025-01-15T10:00:00Zx",
            "2025-01-15T10",
            "20250115",
            "2025/01/15",
            "٢٠٢٥-01-15",
            "2025-01-15é10:00",
            "+2025-01-15",
            "-025-01-15",
            "2025-01-15T10:00:00[UTC]",
            "2025-01-1\u{0}",
        ] {
            assert_eq!(date_time(text), None, "{text}");
        }
    }

    #[test]
    fn texts_become_what_their_schema_admits() {
        let integer = Wire { integer: true, ..Wire::default() };
        let number = Wire { number: true, ..Wire::default() };
        let boolean = Wire { boolean: true, ..Wire::default() };
        let nullable = Wire { null: true, integer: true, ..Wire::default() };
        let table = [
            (&integer, "5", json!(5)),
            (&integer, "-5", json!(-5)),
            (&integer, "007", json!(7)),
            (&integer, "9223372036854775807", json!(i64::MAX)),
            (&integer, "9223372036854775808", json!("9223372036854775808")),
            (&integer, "1.5", json!("1.5")),
            (&integer, "1e3", json!("1e3")),
            (&integer, "0x10", json!("0x10")),
            (&integer, "+5", json!("+5")),
            (&integer, " 5", json!(" 5")),
            (&integer, "", json!("")),
            (&number, "1.5", json!(1.5)),
            (&number, "-1e3", json!(-1000.0)),
            (&number, "1e400", json!("1e400")),
            (&number, "NaN", json!("NaN")),
            (&number, "inf", json!("inf")),
            (&number, ".5", json!(".5")),
            (&boolean, "True", json!(true)),
            (&boolean, "FALSE", json!(false)),
            (&boolean, "1", json!("1")),
            (&nullable, "null", json!(null)),
            (&nullable, "", json!(null)),
        ];
        for (wire, text, value) in table {
            assert_eq!(scalar(text, wire), value, "{text}");
        }
    }
}
