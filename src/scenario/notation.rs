//! The small notations of the language: durations, counts, places, moments. What a pattern can tell is its form, and the
//! grammar holds a text against that; whether it makes sense is for whoever reads the value.

use std::sync::OnceLock;

use http::HeaderName;
use jiff::{SignedDuration, Timestamp};
use regex::Regex;
use serde_json::Value;

use super::effect::{Spot, Total};
use super::plan::{Calls, CountBy, Subject};

/// A way to write something as a text.
#[derive(Debug)]
pub struct Notation {
    /// Reads after "expected".
    pub what: &'static str,
    /// As JSON Schema has it: the same to every engine that there is.
    pub pattern: &'static str,
    pub examples: &'static [&'static str],
    regex: OnceLock<Option<Regex>>,
}

impl Notation {
    const fn new(what: &'static str, pattern: &'static str, examples: &'static [&'static str]) -> Notation {
        Notation { what, pattern, examples, regex: OnceLock::new() }
    }

    pub fn fits(&self, text: &str) -> bool {
        let regex = self.regex.get_or_init(|| Regex::new(self.pattern).ok());
        regex.as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// What is accepted: `a duration such as 200ms, 1m 30s or PT2S`.
    pub fn accepted(&self) -> String {
        match self.examples {
            [] => self.what.to_owned(),
            [one] => format!("{} such as {one}", self.what),
            [most @ .., last] => format!("{} such as {} or {last}", self.what, most.join(", ")),
        }
    }
}

macro_rules! amount {
    () => {
        r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
    };
}
/// `1m 30s`
macro_rules! plainly {
    () => {
        concat!(amount!(), "(?:ms|s|m|h|d)(?: ?", amount!(), "(?:ms|s|m|h|d))*")
    };
}
/// The part of the ISO form behind the days: at least one of hours, minutes and seconds.
macro_rules! iso_time {
    () => {
        concat!(
            "T(?:",
            amount!(),
            "H(?:",
            amount!(),
            "M)?(?:",
            amount!(),
            "S)?|",
            amount!(),
            "M(?:",
            amount!(),
            "S)?|",
            amount!(),
            "S)"
        )
    };
}

pub static DURATION: Notation = Notation::new(
    "a duration",
    concat!("^(?:", plainly!(), "|P(?:", amount!(), "D(?:", iso_time!(), ")?|", iso_time!(), "))$"),
    &["200ms", "1m 30s", "PT2S"],
);
/// A duration that has gone by.
pub static AGO: Notation = Notation::new("a time before now", concat!("^-", plainly!(), "$"), &["-1h"]);
pub static PERCENT: Notation = Notation::new(
    "a percentage from 0% to 100%",
    r"^(?:100(?:\.0{1,4})?|[0-9]{1,2}(?:\.[0-9]{1,4})?)%$",
    &["5%", "0.5%"],
);
/// Of the body: whole parts of a hundred.
pub static PART: Notation = Notation::new("a part of the body", r"^(?:100|[0-9]{1,2})%$", &["50%"]);
pub static SIZE: Notation = Notation::new("a size", r"^[0-9]{1,9}(?:B|kB|KiB|MB|MiB)$", &["10KiB"]);
pub static RANGE: Notation = Notation::new(
    "a range of counts",
    r"^(?:[0-9]{1,9}(?:\.\.(?:[0-9]{1,9})?)?|\.\.[0-9]{1,9})$",
    &["1..2", "4..", "..3"],
);
pub static CALLS: Notation = Notation::new(
    "calls",
    r"^(?:[0-9]{1,9}(?:\.\.(?:[0-9]{1,9})?)?|\.\.[0-9]{1,9}|first [0-9]{1,9}|after [0-9]{1,9}|every [0-9]{1,9}(?: from [0-9]{1,9})?)$",
    &["1..2", "4..", "first 2", "after 5", "every 3 from 2"],
);
pub static OFFSET: Notation = Notation::new("a difference", r"^[+-][0-9]{1,9}$", &["+3", "-3"]);
pub static MOMENT: Notation = Notation::new(
    "a moment",
    r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$",
    &["2025-03-01T12:00:00Z"],
);
pub static NAME: Notation =
    Notation::new("a name of small letters, digits and hyphens", r"^[a-z0-9][a-z0-9-]{0,63}$", &["slow-export"]);
/// What is shown in a header and in a line of the log.
pub static TITLE: Notation = Notation::new("a text in one line", r"^[^\x00-\x1f\x7f]{1,100}$", &["third page"]);
/// What templates can speak of.
pub static WORD: Notation =
    Notation::new("a name of letters, digits and underscores", r"^[A-Za-z_][A-Za-z0-9_]{0,63}$", &["first_id"]);
pub static POINTER: Notation = Notation::new("a JSON Pointer", r"^(?:/(?:[^~/]|~[01])*)*$", &["/data/0/id"]);
pub static HEADER: Notation =
    Notation::new("the name of a header", r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$", &["Retry-After"]);
pub static MEDIA_TYPE: Notation = Notation::new(
    "a media type",
    r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+(?: *; *[ -~]*)?$",
    &["text/html", "application/json; charset=utf-8"],
);
pub static ORIGIN: Notation =
    Notation::new("a scheme and a host", r"^https?://[!-.0-~]{1,200}$", &["http://127.0.0.1:9"]);
pub static BASE64: Notation = Notation::new(
    "bytes in Base64",
    r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    &["SFRUUA=="],
);
pub static COUNT_BY: Notation = Notation::new(
    "a part of the request",
    r"^(?:lane|key|(?:path|query)\.[!-~]{1,100}|header\.[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}|body\.(?:/(?:[^~/]|~[01])*)*)$",
    &["lane", "key", "query.page", "path.id", "header.X-Client", "body./name"],
);
pub static CAPTURE: Notation = Notation::new(
    "a part of the request or of its answer",
    r"^(?:(?:path|query)\.[!-~]{1,100}|header\.[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}|(?:body|answer)\.(?:/(?:[^~/]|~[01])*)*)$",
    &["query.page", "path.id", "header.X-Client", "body./name", "answer./data/id"],
);

pub static REPEAT: Notation = Notation::new(
    "a number of times",
    r"^(?:any|[0-9]{1,9}(?:\.\.(?:[0-9]{1,9})?)?|\.\.[0-9]{1,9})$",
    &["2", "1..3", "any"],
);

#[cfg(test)]
fn all() -> [&'static Notation; 20] {
    [
        &DURATION,
        &AGO,
        &PERCENT,
        &PART,
        &SIZE,
        &RANGE,
        &CALLS,
        &OFFSET,
        &MOMENT,
        &NAME,
        &TITLE,
        &ORIGIN,
        &WORD,
        &POINTER,
        &HEADER,
        &MEDIA_TYPE,
        &BASE64,
        &COUNT_BY,
        &CAPTURE,
        &REPEAT,
    ]
}

/// A duration in either of its forms, with a sign perhaps. `None` for what is none.
pub fn duration(text: &str) -> Option<SignedDuration> {
    if let Some(text) = text.strip_prefix('-') {
        return duration(text).and_then(SignedDuration::checked_neg);
    }
    let mut sum = SignedDuration::ZERO;
    let mut rest = text.strip_prefix('P').unwrap_or(text);
    let is_iso = rest.len() < text.len();
    while !rest.is_empty() {
        rest = rest.strip_prefix(if is_iso { 'T' } else { ' ' }).unwrap_or(rest);
        let number = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let unit =
            rest[number..].find(|letter: char| !letter.is_ascii_alphabetic()).map_or(rest.len(), |end| number + end);
        // Each letter of the ISO form is a unit, and `T` none.
        let unit = if is_iso { number + 1 } else { unit };
        let scale = match rest.get(number..unit)? {
            "ms" => 1_000_000,
            "s" | "S" => 1_000_000_000,
            "m" | "M" => 60_000_000_000,
            "h" | "H" => 3_600_000_000_000,
            "d" | "D" => 86_400_000_000_000_i128,
            _ => return None,
        };
        sum = sum.saturating_add(nanoseconds(&rest[..number], scale)?);
        rest = &rest[unit..];
    }
    Some(sum)
}

fn nanoseconds(number: &str, scale: i128) -> Option<SignedDuration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let places = u32::try_from(fraction.len()).ok().filter(|places| *places <= 9)?;
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    SignedDuration::try_from_nanos_i128(digits * scale / 10_i128.pow(places))
}

/// Whether a scenario can be called so.
pub fn is_name(text: &str) -> bool {
    NAME.fits(text)
}

pub fn moment(text: &str) -> Option<Timestamp> {
    MOMENT.fits(text).then(|| text.to_ascii_uppercase().parse().ok()).flatten()
}

/// Of a million: `5%`, or 0.05.
pub fn chance(value: &Value) -> Option<u32> {
    let share = match value {
        Value::String(text) => text.strip_suffix('%')?.parse::<f64>().ok()? / 100.0,
        value => value.as_f64()?,
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a million")]
    (0.0..=1.0).contains(&share).then(|| (share * 1e6).round() as u32)
}

/// As they are written: whether there are such calls is another question.
pub fn calls(value: &Value) -> Option<Calls> {
    if let Value::Array(items) = value {
        return items.iter().map(|item| range(&text_of(item)?)).collect::<Option<_>>().map(Calls::Within);
    }
    let text = text_of(value)?;
    if let Some(first) = text.strip_prefix("first ") {
        return Some(Calls::Within(vec![1..=first.parse().ok()?]));
    }
    if let Some(after) = text.strip_prefix("after ") {
        return Some(Calls::Within(vec![after.parse::<u64>().ok()?.checked_add(1)?..=u64::MAX]));
    }
    if let Some(every) = text.strip_prefix("every ") {
        let (nth, from) = every.split_once(" from ").unwrap_or((every, every));
        return Some(Calls::Every { nth: nth.parse().ok()?, from: from.parse().ok()? });
    }
    Some(Calls::Within(vec![range(&text)?]))
}

/// `3`, `1..2`, `4..` or `..3`.
pub fn range(text: &str) -> Option<std::ops::RangeInclusive<u64>> {
    let Some((from, to)) = text.split_once("..") else {
        let one = text.parse().ok()?;
        return Some(one..=one);
    };
    let end = |text: &str, missing| if text.is_empty() { Some(missing) } else { text.parse().ok() };
    Some(end(from, 1)?..=end(to, u64::MAX)?)
}

/// `any` is as often as they come.
pub fn repeat(value: &Value) -> Option<std::ops::RangeInclusive<u64>> {
    match text_of(value)?.as_str() {
        "any" => Some(0..=u64::MAX),
        text => range(text),
    }
}

/// A whole number as it is written, or a text.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        value => whole(value).map(|number| number.to_string()),
    }
}

/// A whole number of at least 0; 3.0 is one.
pub fn whole(value: &Value) -> Option<u64> {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it has no fraction and is small enough"
    )]
    let rounded = |number: f64| (number.fract() == 0.0 && (0.0..=9e15).contains(&number)).then_some(number as u64);
    value.as_u64().or_else(|| value.as_f64().and_then(rounded))
}

/// A number that may be an offset: `+3`, `-3`.
pub fn total(value: &Value) -> Option<Total> {
    match value {
        Value::String(text) => text.strip_prefix('+').unwrap_or(text).parse().ok().map(Total::Off),
        value => whole(value).map(Total::Is).or_else(|| value.as_i64().map(Total::Off)),
    }
}

/// A number of bytes: `10`, `64KiB`.
pub fn bytes(value: &Value) -> Option<u64> {
    let Value::String(text) = value else { return whole(value) };
    let unit = text.find(|letter: char| !letter.is_ascii_digit())?;
    let scale = match &text[unit..] {
        "B" => 1,
        "kB" => 1_000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        _ => return None,
    };
    text[..unit].parse::<u64>().ok()?.checked_mul(scale)
}

/// A place in an answer: `start` (before the first byte), `head` (behind it), a number of the body's bytes, or a part of
/// the body.
pub fn spot(value: &Value) -> Option<Spot> {
    match value {
        Value::String(text) => match text.as_str() {
            "start" => Some(Spot::Answer(0)),
            "head" => Some(Spot::Body(0)),
            text if text.ends_with('%') => {
                text.trim_end_matches('%').parse().ok().filter(|part| *part <= 100).map(Spot::Percent)
            }
            _ => bytes(value).map(Spot::Body),
        },
        value => whole(value).map(Spot::Body),
    }
}

/// `path.id`, `query.page`, `header.X-Client`, `body./name`, `answer./data/id`, `key`.
pub fn subject(text: &str) -> Option<Subject> {
    if text == "key" {
        return Some(Subject::Key);
    }
    let (kind, name) = text.split_once('.')?;
    Some(match kind {
        "path" => Subject::Path(name.to_owned()),
        "query" => Subject::Query(name.to_owned()),
        "header" => Subject::Header(HeaderName::from_bytes(name.as_bytes()).ok()?),
        "body" => Subject::Body(name.to_owned()),
        "answer" => Subject::Answer(name.to_owned()),
        _ => return None,
    })
}

pub fn count_by(text: &str) -> Option<CountBy> {
    match text {
        "lane" => Some(CountBy::Lane),
        text => subject(text).map(CountBy::Each),
    }
}

#[cfg(test)]
mod tests;
