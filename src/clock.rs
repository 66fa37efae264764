//! The only source of time. Rooms ask this clock and never the system.

use std::time::{Duration, Instant};

use jiff::Timestamp;

#[derive(Debug, Clone, Default)]
pub struct Clock;

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "the one place where the system's time is read")]
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
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
