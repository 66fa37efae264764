//! One turn of a dialogue, with its place in time.

use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speaker {
    Agent,
    Customer,
}

/// What one of the two said, from when to when. Times count from the start of the call and have whole tenths of a second.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    pub speaker: Speaker,
    pub text: String,
    pub start: Duration,
    pub length: Duration,
    /// How sure the speech recognition is, from 0 to 1.
    pub confidence: f64,
    /// The mood of this turn, from -1 to 1.
    pub mood: f64,
}

impl Turn {
    pub fn end(&self) -> Duration {
        self.start + self.length
    }
}
