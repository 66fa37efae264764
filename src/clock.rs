//! The only source of time. Rooms ask a clock and never the system.
//!
//! A clock is read once from the system when it is made, and goes on by the steady clock: whoever sets the machine's time
//! changes nothing here, and no clock ever goes back.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// One lane's time: it runs at a pace, or stands still until it is moved.
#[derive(Debug)]
pub struct Clock(Mutex<Pace>);

/// What a clock shows, and how it goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    pub now: Timestamp,
    pub frozen: bool,
    /// Seconds of this clock for each second of the system's, when it runs.
    pub speed: f64,
}

#[derive(Debug, Clone, Copy)]
struct Pace {
    /// What the clock showed when it was last set.
    at: Timestamp,
    since: Stopwatch,
    speed: f64,
    frozen: bool,
}

/// Why a text is no time that a clock can be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    Unreadable,
    OutOfRange,
}

/// A clock is set to times between these: what is told of the days before and the year after has a date as well.
const FIRST: Timestamp = Timestamp::constant(31_536_000, 0);
const LAST: Timestamp = Timestamp::constant(253_370_764_799, 0);

/// A time as people set it, by the settings, by a request or by a document.
pub fn moment(text: &str) -> Result<Timestamp, Unfit> {
    match text.parse() {
        Ok(moment) => in_range(moment),
        Err(_) if is_far(text) => Err(Unfit::OutOfRange),
        Err(_) => Err(Unfit::Unreadable),
    }
}

/// A time that was worked out.
pub fn in_range(moment: Timestamp) -> Result<Timestamp, Unfit> {
    if (FIRST..=LAST).contains(&moment) { Ok(moment) } else { Err(Unfit::OutOfRange) }
}

/// Whether a text would be a time if only the year were another.
fn is_far(text: &str) -> bool {
    let unsigned = text.trim_start_matches(['+', '-']);
    let rest = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = unsigned.len() - rest.len();
    (1..=20).contains(&digits) && text.len() - unsigned.len() <= 1 && format!("2000{rest}").parse::<Timestamp>().is_ok()
}

/// Goes on after the name of what was set.
impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Unreadable => f.write_str("expected a time such as 2025-01-15T15:00:00Z"),
            Unfit::OutOfRange => write!(f, "out of range, expected a time from {FIRST} to {LAST}"),
        }
    }
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "the one place where the system's time is read")]
    pub fn system() -> Timestamp {
        Timestamp::now()
    }

    pub fn running(from: Timestamp, speed: f64) -> Clock {
        Clock(Mutex::new(Pace { at: from, since: Stopwatch::start(), speed, frozen: false }))
    }

    pub fn frozen(at: Timestamp) -> Clock {
        Clock(Mutex::new(Pace { at, since: Stopwatch::start(), speed: 1.0, frozen: true }))
    }

    /// A clock that goes on as another was read.
    pub fn like(reading: Reading) -> Clock {
        let Reading { now, frozen, speed } = reading;
        Clock(Mutex::new(Pace { at: now, since: Stopwatch::start(), speed, frozen }))
    }

    pub fn now(&self) -> Timestamp {
        self.lock().now()
    }

    pub fn read(&self) -> Reading {
        let pace = self.lock();
        Reading { now: pace.now(), frozen: pace.frozen, speed: pace.speed }
    }

    pub fn freeze(&self) {
        self.lock().change(|pace| pace.frozen = true);
    }

    /// Lets it run, at another speed if one is given.
    pub fn resume(&self, speed: Option<f64>) {
        self.lock().change(|pace| {
            pace.frozen = false;
            pace.speed = speed.unwrap_or(pace.speed);
        });
    }

    /// Moves it forward. A moment that is past leaves it as it is.
    pub fn advance_to(&self, moment: Timestamp) {
        self.lock().change(|pace| pace.at = pace.at.max(moment));
    }

    /// A poisoned clock still shows the time: nothing in it can be half written.
    fn lock(&self) -> MutexGuard<'_, Pace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pace {
    /// At the end of all time it stands still.
    fn now(&self) -> Timestamp {
        if self.frozen {
            return self.at;
        }
        let passed = SignedDuration::try_from_secs_f64(self.since.elapsed().as_secs_f64() * self.speed);
        passed.ok().and_then(|passed| self.at.checked_add(passed).ok()).unwrap_or(Timestamp::MAX)
    }

    /// What is changed counts from now on.
    fn change(&mut self, change: impl FnOnce(&mut Pace)) {
        (self.at, self.since) = (self.now(), Stopwatch::start());
        change(self);
    }
}

/// A moment as headers have it.
pub fn http_date(moment: Timestamp) -> String {
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Measures how long something took; never what time it is.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[allow(clippy::disallowed_methods, reason = "the one place where the system's steady clock is read")]
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_frozen_clock_moves_when_it_is_moved_and_never_back() {
        let clock = Clock::frozen(moment("2025-01-15T15:00:00Z"));
        assert_eq!(clock.now(), moment("2025-01-15T15:00:00Z"));
        clock.advance_to(moment("2025-01-15T16:00:00Z"));
        clock.advance_to(moment("2025-01-15T15:30:00Z"));
        assert_eq!(clock.now(), moment("2025-01-15T16:00:00Z"));
        assert!(clock.read().frozen);
    }

    #[test]
    fn a_running_clock_goes_at_its_speed() {
        let start = moment("2025-01-15T15:00:00Z");
        let (watch, clock) = (Stopwatch::start(), Clock::running(start, 1000.0));
        while clock.now() < start + Duration::from_secs(20) {
            std::hint::spin_loop();
        }
        assert!(watch.elapsed() >= Duration::from_millis(19), "{:?}", watch.elapsed());
        clock.freeze();
        assert_eq!(clock.now(), clock.now());
        clock.resume(Some(2.0));
        assert_eq!(clock.read().speed, 2.0);
        assert!(clock.now() >= start + Duration::from_secs(20));
    }

    #[test]
    fn times_that_can_be_set_are_told_from_those_that_are_too_far_and_from_those_that_are_none() {
        assert_eq!([FIRST, LAST].map(|bound| bound.to_string()), ["1971-01-01T00:00:00Z", "9998-12-31T23:59:59Z"]);
        for text in
            ["1971-01-01T00:00:00Z", "9998-12-31T23:59:59Z", "2025-01-15T16:00:00+01:00", "2025-01-15T15:00:00.5Z"]
        {
            assert_eq!(super::moment(text), Ok(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1970-12-31T23:59:59Z",
            "9999-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "10000-01-01T00:00:00Z",
            "+012025-01-15T15:00:00Z",
            "-000001-01-01T00:00:00Z",
            "-1-01-01T00:00:00Z",
            "0000-02-29T00:00:00Z",
            "99999999999-01-01T00:00:00Z",
        ] {
            assert_eq!(super::moment(text), Err(Unfit::OutOfRange), "{text}");
        }
        for text in [
            "",
            "-1",
            "9999",
            "--9999-01-01T00:00:00Z",
            "10000-13-01T00:00:00Z",
            "2025-02-30T00:00:00Z",
            "-01-01T00:00:00Z",
            "é",
        ] {
            assert_eq!(super::moment(text), Err(Unfit::Unreadable), "{text}");
        }
        let far = format!("{}-01-01T00:00:00Z", "9".repeat(100_000));
        assert_eq!(super::moment(&far), Err(Unfit::Unreadable));
    }

    #[test]
    fn a_clock_ends_with_time_itself() {
        let clock = Clock::running(Timestamp::MAX, 1e300);
        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
