//! How sums, days and times are worded in each language. A language that is not known here is written by the standards.

use std::fmt::Write as _;

use jiff::SignedDuration;
use jiff::civil::Date;

use super::value::Made;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    English,
    Spanish,
    French,
    German,
    Standard,
}

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SPANISH: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

impl Wording {
    pub const COUNT: usize = 5;

    pub fn of(language: &str) -> Wording {
        match language {
            "en" => Wording::English,
            "es" => Wording::Spanish,
            "fr" => Wording::French,
            "de" => Wording::German,
            _ => Wording::Standard,
        }
    }

    /// Writes a value; `currency` is the sign of the caller's money.
    pub fn write(self, made: &Made, currency: &str, out: &mut String) {
        match *made {
            Made::Text(text) => out.push_str(text),
            Made::Number(number) => digits(number, 1, out),
            Made::Reference { letters: [one, two], numbers: [block, number] } => {
                out.push(one);
                out.push(two);
                digits(block, 1, out);
                out.push('-');
                digits(number, 1, out);
            }
            Made::Cents(cents) => self.money(cents, currency, out),
            Made::Day(day) => self.day(day, out),
            Made::Time(minutes) => self.time(minutes / 60, minutes % 60, out),
            Made::Person(first, last) => [first, " ", last].into_iter().for_each(|part| out.push_str(part)),
            Made::House(form, number, street) => house(form, number, street, out),
        }
    }

    fn money(self, cents: i64, currency: &str, out: &mut String) {
        let (before, thousand, point, after) = match self {
            Wording::French => ("", " ", ",", currency),
            Wording::German => ("", ".", ",", currency),
            Wording::Standard => (currency, "", ".", ""),
            Wording::English | Wording::Spanish => (currency, ",", ".", ""),
        };
        out.push_str(before);
        grouped(cents / 100, thousand, out);
        out.push_str(point);
        digits(cents % 100, 2, out);
        if !after.is_empty() {
            out.push(' ');
            out.push_str(after);
        }
    }

    fn day(self, day: i64, out: &mut String) {
        let Ok(date) = Date::constant(1970, 1, 1).checked_add(SignedDuration::from_hours(24 * day)) else { return };
        let (day, month) = (date.day(), usize::from(date.month().unsigned_abs().clamp(1, 12)) - 1);
        // A text takes whatever is written.
        let _ = match self {
            Wording::English => write!(out, "{} {day}{}", ENGLISH[month], ordinal(day)),
            Wording::Spanish => write!(out, "{day} de {}", SPANISH[month]),
            Wording::French if day == 1 => write!(out, "1er {}", FRENCH[month]),
            Wording::French => write!(out, "{day} {}", FRENCH[month]),
            Wording::German => write!(out, "{day}. {}", GERMAN[month]),
            Wording::Standard => write!(out, "{date}"),
        };
    }

    fn time(self, hour: i64, minute: i64, out: &mut String) {
        let _ = match self {
            Wording::English => {
                let (half, short) = (if hour < 12 { "am" } else { "pm" }, (hour + 11) % 12 + 1);
                if minute == 0 { write!(out, "{short} {half}") } else { write!(out, "{short}:{minute:02} {half}") }
            }
            Wording::Spanish => write!(out, "{} {hour}:{minute:02}", if hour == 1 { "la" } else { "las" }),
            Wording::French if minute == 0 => write!(out, "{hour}h"),
            Wording::French => write!(out, "{hour}h{minute:02}"),
            Wording::German if minute == 0 => write!(out, "{hour} Uhr"),
            Wording::German => write!(out, "{hour}:{minute:02} Uhr"),
            Wording::Standard => write!(out, "{hour:02}:{minute:02}"),
        };
    }
}

/// Thousands apart.
fn grouped(whole: i64, mark: &str, out: &mut String) {
    if whole < 1_000 {
        return digits(whole, 1, out);
    }
    grouped(whole / 1_000, mark, out);
    out.push_str(mark);
    digits(whole % 1_000, 3, out);
}

/// Writes a number, with zeros before it up to so many digits. Many values are numbers, and this is quicker than a format.
fn digits(number: i64, least: usize, out: &mut String) {
    let (mut text, mut rest) = ([b'0'; 20], number.unsigned_abs());
    let mut at = text.len();
    while rest > 0 || text.len() - at < least {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.push_str(std::str::from_utf8(&text[at..]).unwrap_or_default());
}

fn house(form: &str, number: usize, street: &str, out: &mut String) {
    let (mut rest, number) = (form, number as i64);
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some(("number", after)) => (rest, _) = (after, digits(number, 1, out)),
            Some(("street", after)) => (rest, _) = (after, out.push_str(street)),
            _ => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

fn ordinal(day: i8) -> &'static str {
    match day {
        11..=13 => "th",
        _ if day % 10 == 1 => "st",
        _ if day % 10 == 2 => "nd",
        _ if day % 10 == 3 => "rd",
        _ => "th",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(language: &str, made: Made, currency: &str) -> String {
        let mut said = String::new();
        Wording::of(language).write(&made, currency, &mut said);
        said
    }

    #[test]
    fn each_language_has_its_manner() {
        // The last of February 2025.
        let day = |day: i64| Made::Day(20_147 + day);
        let (sum, time, full) = (Made::Cents(4_900), Made::Time(870), Made::Time(720));
        let all = |language: &str, currency: &str| {
            [day(1), day(22), sum, time, full].map(|made| say(language, made, currency)).join(" | ")
        };
        assert_eq!(all("en", "$"), "March 1st | March 22nd | $49.00 | 2:30 pm | 12 pm");
        assert_eq!(all("es", "$"), "1 de marzo | 22 de marzo | $49.00 | las 14:30 | las 12:00");
        assert_eq!(all("fr", "€"), "1er mars | 22 mars | 49,00 € | 14h30 | 12h");
        assert_eq!(all("de", "€"), "1. März | 22. März | 49,00 € | 14:30 Uhr | 12 Uhr");
        assert_eq!(all("it", "€"), "2025-03-01 | 2025-03-22 | €49.00 | 14:30 | 12:00");
        let large = ["en", "es", "fr", "de"].map(|language| say(language, Made::Cents(100_456_750), "$"));
        assert_eq!(large, ["$1,004,567.50", "$1,004,567.50", "1 004 567,50 $", "1.004.567,50 $"]);
        let house = Made::House("{number}, {street}", 7, "rue Neuve");
        assert_eq!([house, Made::Person("Ann", "Lee")].map(|made| say("fr", made, "€")), ["7, rue Neuve", "Ann Lee"]);
        let reference = Made::Reference { letters: ['A', 'C'], numbers: [2, 1_234] };
        assert_eq!([reference, Made::Number(12_345)].map(|made| say("en", made, "$")), ["AC2-1234", "12345"]);
        assert_eq!((ordinal(11), ordinal(3), ordinal(30)), ("th", "rd", "th"));
    }
}
