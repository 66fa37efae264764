//! A stretch of time and its division into hours, days, weeks or months, all in UTC. Weeks begin on Monday.

use std::ops::Range;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Unit, Zoned};
use serde_json::{Value, json};

use super::TooManySteps;
use crate::world::written;

/// More than this many steps are no series that anybody reads.
pub const MOST_STEPS: usize = 10_000;

/// How far back a period reaches when nobody says it.
const USUAL_DAYS: i64 = 30;

/// Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub start: Timestamp,
    pub end: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    Hour,
    Day,
    Week,
    Month,
}

/// A value for each step of a period, oldest first.
pub struct Steps<T> {
    starts: Vec<Timestamp>,
    values: Vec<T>,
}

impl Period {
    /// Without an end it ends now; without a start it begins 30 days before its end.
    pub fn new(start: Option<Timestamp>, end: Option<Timestamp>, now: Timestamp) -> Period {
        let end = end.unwrap_or(now);
        let usual = SignedDuration::from_hours(24 * USUAL_DAYS);
        Period { start: start.unwrap_or_else(|| end.checked_sub(usual).unwrap_or(Timestamp::MIN)), end }
    }

    pub fn to_value(self) -> Value {
        json!({ "start_date": written(self.start), "end_date": written(self.end) })
    }

    /// One value for each step that the period touches. A reversed period has none.
    pub fn steps<T>(self, interval: Interval, value: impl Fn() -> T) -> Result<Steps<T>, TooManySteps> {
        let mut starts = Vec::new();
        let mut next = (self.start <= self.end).then(|| interval.begin(self.start).unwrap_or(self.start));
        while let Some(start) = next.filter(|start| *start <= self.end) {
            if starts.len() == MOST_STEPS {
                return Err(TooManySteps);
            }
            starts.push(start);
            next = interval.after(start);
        }
        let values = starts.iter().map(|_| value()).collect();
        Ok(Steps { starts, values })
    }
}

impl Interval {
    pub fn of(name: &str) -> Option<Interval> {
        [Interval::Hour, Interval::Day, Interval::Week, Interval::Month].into_iter().find(|known| known.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Interval::Hour => "hour",
            Interval::Day => "day",
            Interval::Week => "week",
            Interval::Month => "month",
        }
    }

    /// Where the step begins that a moment lies in; `None` before the beginning of time.
    pub fn begin(self, moment: Timestamp) -> Option<Timestamp> {
        let moment = utc(moment);
        let begun = match self {
            Interval::Hour => moment.round(jiff::ZonedRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Floor)),
            Interval::Day => moment.start_of_day(),
            Interval::Week => {
                let since_monday = i64::from(moment.weekday().since(Weekday::Monday));
                moment.checked_sub(SignedDuration::from_hours(24 * since_monday)).and_then(|day| day.start_of_day())
            }
            Interval::Month => moment.first_of_month().and_then(|day| day.start_of_day()),
        };
        begun.ok().map(|begun| begun.timestamp())
    }

    /// The step that a moment lies in.
    pub fn step(self, moment: Timestamp) -> Option<Range<Timestamp>> {
        let start = self.begin(moment)?;
        Some(start..self.after(start).unwrap_or(Timestamp::MAX))
    }

    fn after(self, start: Timestamp) -> Option<Timestamp> {
        let hours = SignedDuration::from_hours;
        match self {
            Interval::Hour => start.checked_add(hours(1)).ok(),
            Interval::Day => start.checked_add(hours(24)).ok(),
            Interval::Week => start.checked_add(hours(7 * 24)).ok(),
            Interval::Month => {
                let next = utc(start).checked_add(jiff::Span::new().months(1)).ok()?;
                Some(next.timestamp())
            }
        }
    }
}

impl<T> Steps<T> {
    /// The value of the step that a moment lies in.
    pub fn at(&mut self, moment: Timestamp) -> Option<&mut T> {
        let begun = self.starts.partition_point(|start| *start <= moment);
        self.values.get_mut(begun.checked_sub(1)?)
    }
}

impl<T> IntoIterator for Steps<T> {
    type Item = (Timestamp, T);
    type IntoIter = std::iter::Zip<std::vec::IntoIter<Timestamp>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.starts.into_iter().zip(self.values)
    }
}

pub fn utc(moment: Timestamp) -> Zoned {
    moment.to_zoned(TimeZone::UTC)
}
