//! How sums, days and times are worded in each language. A language that is not known here is written by the standards.

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
    pub fn of(language: &str) -> Wording {
        match language {
            "en" => Wording::English,
            "es" => Wording::Spanish,
            "fr" => Wording::French,
            "de" => Wording::German,
            _ => Wording::Standard,
        }
    }

    /// `currency` is the sign of the caller's money.
    pub fn say(self, made: &Made, currency: &str) -> String {
        match made {
            Made::Text(text) => text.clone(),
            Made::Count(count) => count.to_string(),
            Made::Cents(cents) => self.money(*cents, currency),
            Made::Day(date) => self.day(*date),
            Made::Time(minutes) => self.time(minutes / 60, minutes % 60),
        }
    }

    fn money(self, cents: i64, currency: &str) -> String {
        let (whole, rest) = (cents / 100, cents % 100);
        match self {
            Wording::French => format!("{},{rest:02} {currency}", grouped(whole, ' ')),
            Wording::German => format!("{},{rest:02} {currency}", grouped(whole, '.')),
            Wording::Standard => format!("{currency}{whole}.{rest:02}"),
            Wording::English | Wording::Spanish => format!("{currency}{}.{rest:02}", grouped(whole, ',')),
        }
    }

    fn day(self, date: Date) -> String {
        let (day, month) = (date.day(), usize::from(date.month().unsigned_abs().clamp(1, 12)) - 1);
        match self {
            Wording::English => format!("{} {day}{}", ENGLISH[month], ordinal(day)),
            Wording::Spanish => format!("{day} de {}", SPANISH[month]),
            Wording::French if day == 1 => format!("1er {}", FRENCH[month]),
            Wording::French => format!("{day} {}", FRENCH[month]),
            Wording::German => format!("{day}. {}", GERMAN[month]),
            Wording::Standard => date.to_string(),
        }
    }

    fn time(self, hour: i64, minute: i64) -> String {
        match self {
            Wording::English => {
                let (half, short) = (if hour < 12 { "am" } else { "pm" }, (hour + 11) % 12 + 1);
                if minute == 0 { format!("{short} {half}") } else { format!("{short}:{minute:02} {half}") }
            }
            Wording::Spanish => format!("{} {hour}:{minute:02}", if hour == 1 { "la" } else { "las" }),
            Wording::French if minute == 0 => format!("{hour}h"),
            Wording::French => format!("{hour}h{minute:02}"),
            Wording::German if minute == 0 => format!("{hour} Uhr"),
            Wording::German => format!("{hour}:{minute:02} Uhr"),
            Wording::Standard => format!("{hour:02}:{minute:02}"),
        }
    }
}

/// Thousands apart.
fn grouped(whole: i64, mark: char) -> String {
    let digits = whole.to_string();
    let mut text = String::with_capacity(digits.len() + 4);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
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

    #[test]
    fn each_language_has_its_manner() {
        let day = |day| Made::Day(jiff::civil::date(2025, 3, day));
        let (sum, time, full) = (Made::Cents(4_900), Made::Time(870), Made::Time(720));
        let all = |language: &str, currency: &str| {
            [day(1), day(22), sum.clone(), time.clone(), full.clone()]
                .map(|made| Wording::of(language).say(&made, currency))
                .join(" | ")
        };
        assert_eq!(all("en", "$"), "March 1st | March 22nd | $49.00 | 2:30 pm | 12 pm");
        assert_eq!(all("es", "$"), "1 de marzo | 22 de marzo | $49.00 | las 14:30 | las 12:00");
        assert_eq!(all("fr", "€"), "1er mars | 22 mars | 49,00 € | 14h30 | 12h");
        assert_eq!(all("de", "€"), "1. März | 22. März | 49,00 € | 14:30 Uhr | 12 Uhr");
        assert_eq!(all("it", "€"), "2025-03-01 | 2025-03-22 | €49.00 | 14:30 | 12:00");
        let large = ["en", "es", "fr", "de"].map(|language| Wording::of(language).say(&Made::Cents(123_456_750), "$"));
        assert_eq!(large, ["$1,234,567.50", "$1,234,567.50", "1 234 567,50 $", "1.234.567,50 $"]);
        assert_eq!((ordinal(11), ordinal(3), ordinal(30)), ("th", "rd", "th"));
    }
}
