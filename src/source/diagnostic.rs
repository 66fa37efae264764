//! What is wrong with a file: a stable code, a sentence, the place, and what to do about it.

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Warning,
    Error,
}

/// A place in a file; lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    pub file: String,
    pub line: usize,
    pub column: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub level: Level,
    /// Such as `E0104`; `ayra-mock explain` knows each.
    pub code: &'static str,
    pub message: String,
    pub spot: Option<Spot>,
    /// Stands beside the caret: `not in the contract`.
    pub label: String,
    /// `did you mean "listConversations"?`
    pub help: Option<String>,
}
