//! How a setting's text is read: numbers, switches, durations, sizes. What is allowed is said in the same place.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock;
use crate::reload::{self, Watch};
use crate::voice::calls::MOST_ARRIVALS_AN_HOUR;

/// A value that can be written as a setting.
pub trait Written: Sized {
    /// Reads after "expected".
    const EXPECTED: &'static str;
    /// The words to choose from, where the value is one of a few.
    const WORDS: &'static [&'static str] = &[];

    fn read(text: &str) -> Option<Self>;

    /// What is wrong with a text that can't be read.
    fn fault(_text: &str) -> String {
        format!("expected {}", Self::EXPECTED)
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub usize);

impl Written for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(text: &str) -> Option<bool> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    }
}

impl Written for u8 {
    const EXPECTED: &'static str = "0, 1 or 2";

    fn read(text: &str) -> Option<u8> {
        digits(text)?.parse().ok().filter(|level| *level <= 2)
    }
}

impl Written for u16 {
    const EXPECTED: &'static str = "a number from 0 to 65535";

    fn read(text: &str) -> Option<u16> {
        digits(text)?.parse().ok()
    }
}

impl Written for u64 {
    const EXPECTED: &'static str = "a whole number of at least 0";

    fn read(text: &str) -> Option<u64> {
        digits(text)?.parse().ok()
    }
}

impl Written for usize {
    const EXPECTED: &'static str = "a whole number of at least 1";

    fn read(text: &str) -> Option<usize> {
        digits(text)?.parse().ok().filter(|count| *count > 0)
    }
}

impl Written for Duration {
    const EXPECTED: &'static str = "a duration such as 150ms, 10s or 2m";

    fn read(text: &str) -> Option<Duration> {
        let (number, unit) = number_and_unit(text)?;
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        // A year is longer than any deadline, and far from what the timers can't count.
        let length = number * seconds;
        (length <= 31_536_000.0).then(|| Duration::from_secs_f64(length)).filter(|length| !length.is_zero())
    }
}

impl Written for Watch {
    const EXPECTED: &'static str = "auto, off, poll, or poll=TIME such as poll=2s";
    const WORDS: &'static [&'static str] = &["auto", "off", "poll"];

    fn read(text: &str) -> Option<Watch> {
        match text {
            "auto" => Some(Watch::Events),
            "off" => Some(Watch::Off),
            "poll" => Some(Watch::Poll(reload::TURNS)),
            other => Duration::read(other.strip_prefix("poll=")?).map(Watch::Poll),
        }
    }
}

impl Written for Size {
    const EXPECTED: &'static str = "a size such as 4096, 64KiB or 1MiB";

    fn read(text: &str) -> Option<Size> {
        let (number, unit) = number_and_unit(text)?;
        let bytes: u64 = match unit.to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "kib" | "k" => 1 << 10,
            "mib" | "m" => 1 << 20,
            "gib" | "g" => 1 << 30,
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            _ => return None,
        };
        #[allow(clippy::cast_precision_loss, reason = "a unit is far below 2^53")]
        let size = number * bytes as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 2^40")]
        let size = (size.fract() == 0.0 && (1.0..=1_099_511_627_776.0).contains(&size)).then_some(size as usize);
        size.map(Size)
    }
}

/// How many seconds of a clock go by in one of the system's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed(pub f64);

impl Written for Timestamp {
    const EXPECTED: &'static str = "a time such as 2025-01-15T15:00:00Z";

    fn read(text: &str) -> Option<Timestamp> {
        clock::moment(text).ok()
    }

    fn fault(text: &str) -> String {
        clock::moment(text).err().unwrap_or(clock::Unfit::Unreadable).to_string()
    }
}

impl Written for Speed {
    const EXPECTED: &'static str = "a number above 0 and up to 1000000, such as 60 or 0.5";

    fn read(text: &str) -> Option<Speed> {
        let (number, unit) = number_and_unit(text)?;
        (matches!(unit, "" | "x") && number > 0.0 && number <= 1e6).then_some(Speed(number))
    }
}

/// A number of things, of which there may be none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(pub usize);

impl Written for Count {
    const EXPECTED: &'static str = "a whole number from 0 to 10000000";

    fn read(text: &str) -> Option<Count> {
        digits(text)?.parse().ok().filter(|count| *count <= 10_000_000).map(Count)
    }
}

/// How often something happens in an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(pub f64);

impl Written for Rate {
    const EXPECTED: &'static str = "a rate such as 12/h, 2/min or 300/d, up to 100000/h";

    fn read(text: &str) -> Option<Rate> {
        let (number, unit) = number_and_unit(text)?;
        let hourly = match unit {
            "/h" => number,
            "/m" | "/min" => number * 60.0,
            "/d" => number / 24.0,
            _ => return None,
        };
        (hourly <= MOST_ARRIVALS_AN_HOUR).then_some(Rate(hourly))
    }
}

/// A secret. Nothing prints it, not even a fault in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub String);

impl Written for Token {
    const EXPECTED: &'static str = "8 to 256 visible ASCII characters without blanks";

    fn read(text: &str) -> Option<Token> {
        let good = (8..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Token(text.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// Host names, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Written for Names {
    const EXPECTED: &'static str = "host names with commas between them, such as mock.example,mock";

    fn read(text: &str) -> Option<Names> {
        let names = text.split(',').map(|name| Host::read(name.trim()).map(|host| host.0.to_ascii_lowercase()));
        names.collect::<Option<Vec<_>>>().filter(|names| names.len() <= 100).map(Names)
    }
}

/// Scenarios by name or as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenarios(pub Vec<String>);

impl Written for Scenarios {
    const EXPECTED: &'static str = "names or files with commas between them, such as rate-limit-exact,./mine.yaml";

    fn read(text: &str) -> Option<Scenarios> {
        let named: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        (named.len() <= 100 && named.iter().all(|name| !name.is_empty())).then_some(Scenarios(named))
    }
}

/// The address to listen on: an IP address, or a name that stands for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(pub String);

/// How a refusal is worded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// As the contract's table of problems has it.
    Contract,
    /// RFC 9457, with every detail.
    Problem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl Written for Host {
    const EXPECTED: &'static str = "an IP address such as 127.0.0.1 or ::1, or a host name";

    fn read(text: &str) -> Option<Host> {
        // Brackets belong to a URL, but are easily typed here too.
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        let name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
        let good = bare.parse::<std::net::IpAddr>().is_ok() || (!bare.is_empty() && bare.chars().all(name));
        good.then(|| Host(bare.to_owned()))
    }
}

impl Written for Errors {
    const EXPECTED: &'static str = "contract or problem";
    const WORDS: &'static [&'static str] = &["contract", "problem"];

    fn read(text: &str) -> Option<Errors> {
        match text {
            "contract" => Some(Errors::Contract),
            "problem" => Some(Errors::Problem),
            _ => None,
        }
    }
}

impl Written for LogFormat {
    const EXPECTED: &'static str = "pretty or json";
    const WORDS: &'static [&'static str] = &["pretty", "json"];

    fn read(text: &str) -> Option<LogFormat> {
        match text {
            "pretty" => Some(LogFormat::Pretty),
            "json" => Some(LogFormat::Json),
            _ => None,
        }
    }
}

impl Written for ColorChoice {
    const EXPECTED: &'static str = "auto, always or never";
    const WORDS: &'static [&'static str] = &["auto", "always", "never"];

    fn read(text: &str) -> Option<ColorChoice> {
        match text {
            "auto" => Some(ColorChoice::Auto),
            "always" => Some(ColorChoice::Always),
            "never" => Some(ColorChoice::Never),
            _ => None,
        }
    }
}

/// The text, if it is nothing but digits: `+1`, `1_000` and ` 1` are no numbers here.
fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// `1.5MiB` is 1.5 and `MiB`; a blank may stand between them.
fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = &text[..end];
    // Without this, `.` and `1.` would be left to what the float parser makes of them.
    if !number.starts_with(|c: char| c.is_ascii_digit()) || number.ends_with('.') {
        return None;
    }
    Some((number.parse().ok()?, text[end..].trim_start_matches(' ')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, millis) in [
            ("150ms", 150),
            ("10s", 10_000),
            ("1.5s", 1_500),
            ("2m", 120_000),
            ("2min", 120_000),
            ("1h", 3_600_000),
            ("10 s", 10_000),
        ] {
            assert_eq!(Duration::read(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in
            ["", "10", "1x", "s", ".5s", "1.s", "-1s", "0s", "1e3s", "1.2.3s", "99999999h", "10S", "NaNs", "infs"]
        {
            assert_eq!(Duration::read(text), None, "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("4096", 4096),
            ("64KiB", 65_536),
            ("64kib", 65_536),
            ("1MiB", 1 << 20),
            ("1.5MiB", 3 << 19),
            ("2 MB", 2_000_000),
            ("1g", 1 << 30),
            ("12B", 12),
        ] {
            assert_eq!(Size::read(text), Some(Size(bytes)), "{text}");
        }
        for text in ["", "0", "-1", "1.5", "1TiB", "MiB", "1 000", "1_000", "99999GiB", "0x10", "१MiB"] {
            assert_eq!(Size::read(text), None, "{text}");
        }
    }

    #[test]
    fn moments_and_speeds() {
        assert_eq!(Timestamp::read("2025-01-15T15:00:00Z").unwrap().as_second(), 1_736_953_200);
        assert_eq!(Timestamp::read("2025-01-15T16:00:00+01:00"), Timestamp::read("2025-01-15T15:00:00Z"));
        assert_eq!(Timestamp::read("9999-01-01T00:00:00Z"), None);
        assert!(Timestamp::fault("9999-01-01T00:00:00Z").starts_with("out of range, expected a time from 1971-"));
        for text in ["", "2025-01-15", "15:00", "2025-01-15T15:00:00", "2025-02-30T15:00:00Z", "now", "1736953200"] {
            assert_eq!(Timestamp::read(text), None, "{text}");
        }
        assert_eq!([Speed::read("60"), Speed::read("0.5x")], [Some(Speed(60.0)), Some(Speed(0.5))]);
        for text in ["", "0", "-1", "1e3", "1000001", "inf", "NaN", "60 s", "fast"] {
            assert_eq!(Speed::read(text), None, "{text}");
        }
    }

    #[test]
    fn counts_and_rates() {
        assert_eq!([Count::read("0"), Count::read("10000000")], [Some(Count(0)), Some(Count(10_000_000))]);
        assert_eq!([Count::read("10000001"), Count::read("-1"), Count::read("1e3"), Count::read("")], [None; 4]);
        for (text, hourly) in [("12/h", 12.0), ("0.5/min", 30.0), ("2 /m", 120.0), ("48/d", 2.0), ("0/h", 0.0)] {
            assert_eq!(Rate::read(text), Some(Rate(hourly)), "{text}");
        }
        for text in ["", "12", "12/s", "/h", "-1/h", "100001/h", "2000/min", "12 per hour"] {
            assert_eq!(Rate::read(text), None, "{text}");
        }
    }

    #[test]
    fn names_and_secrets() {
        assert_eq!(Names::read("Mock.example, b"), Some(Names(vec!["mock.example".to_owned(), "b".to_owned()])));
        assert_eq!(
            [Names::read(""), Names::read("a,,b"), Names::read("a/b"), Names::read("*")],
            [None, None, None, None]
        );
        assert_eq!(format!("{:?}", Token::read("12345678").unwrap()), "Token(***)");
        for text in ["", "1234567", "with a blank", "with\ttab..", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"] {
            assert_eq!(Token::read(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_and_switches() {
        assert_eq!(u16::read("65535"), Some(65535));
        assert_eq!([u16::read("65536"), u16::read("+1"), u16::read(""), u16::read("4010.0")], [None; 4]);
        assert_eq!(u64::read("18446744073709551615"), Some(u64::MAX));
        assert_eq!(u64::read("18446744073709551616"), None);
        assert_eq!(usize::read("0"), None);
        assert_eq!([bool::read("yes"), bool::read("False"), bool::read("2")], [Some(true), Some(false), None]);
        assert_eq!([u8::read("2"), u8::read("3")], [Some(2), None]);
    }
}
