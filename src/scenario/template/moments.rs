//! Moments in templates: texts as RFC 3339 has them, or seconds since 1970. What comes out is written as what went in.

use jiff::fmt::strtime;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde_json::{Number, Value};

use crate::clock;

/// A format that comes to more than this is a bait.
const LONGEST: usize = 1_000;

/// `1h30m`, `2d`, `-90s`. A day has 24 hours.
pub fn span(text: &str) -> Option<SignedDuration> {
    let span = text.parse::<Span>().ok().filter(|_| text.len() <= 100)?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// Seconds are enough for whoever reads it.
pub fn written(moment: Timestamp) -> String {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment).to_string()
}

pub fn read(value: &Value) -> Result<Timestamp, String> {
    let moment = match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64().and_then(|second| Timestamp::from_second(second).ok()),
        _ => None,
    };
    moment.ok_or_else(|| "what should be a moment is none".to_owned())
}

/// A moment, or a number of seconds, so much later.
pub fn plus(value: &Value, text: &str) -> Result<Value, String> {
    let span = span(text).ok_or_else(|| "what is added is no duration such as 90s, 1h30m or 2d".to_owned())?;
    let moment = read(value)?.checked_add(span).map_err(|_| "there is no such moment any more".to_owned())?;
    Ok(match value {
        Value::Number(_) => Value::Number(Number::from(moment.as_second())),
        _ => Value::String(moment.to_string()),
    })
}

/// By the letters of `strftime`, in UTC.
pub fn date(value: &Value, format: &str) -> Result<String, String> {
    let wide = format.split('%').skip(1).any(|directive| {
        directive.trim_start_matches(['-', '_', '^', '#', '0']).starts_with(|first: char| first.is_ascii_digit())
    });
    if wide || format.len() > LONGEST {
        return Err("a format of dates is at most 1000 bytes long and says no widths".to_owned());
    }
    let moment = read(value)?.to_zoned(jiff::tz::TimeZone::UTC);
    let text = strtime::format(format, &moment).map_err(|error| format!("the format \"{format}\": {error}"))?;
    Ok(text)
}

pub fn epoch(value: &Value) -> Result<i64, String> {
    read(value).map(Timestamp::as_second)
}

/// As headers have it.
pub fn http_date(value: &Value) -> Result<String, String> {
    read(value).map(clock::http_date)
}
