//! How an exchange ended, told by whoever sends the answer to whoever remembers it.

use std::fmt::Debug;

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is still being sent, or waits to be.
    Open,
    /// All of it was sent.
    Complete,
    /// A rule broke it off, or sent something else.
    Broken,
    /// The client went before the end, or the server did.
    HungUp,
}

/// Goes along with an answer.
pub trait Witness: Debug + Send + Sync {
    /// Told once, when nothing more will be sent; `bytes` of the body were.
    fn ended(&self, ending: Ending, bytes: u64);

    /// Told before that, if we take no further request on the connection, and not because the client wanted it so.
    fn closes(&self);
}

impl Ending {
    pub const fn name(self) -> &'static str {
        match self {
            Ending::Open => "open",
            Ending::Complete => "complete",
            Ending::Broken => "broken",
            Ending::HungUp => "hung_up",
        }
    }
}
