//! Why a server did not start, as a value and in words.

use std::fmt;

use crate::server::BindError;
use crate::source::Diagnostic;

/// Why a server could not start.
#[derive(Debug)]
pub enum StartError {
    /// The contract or the keys are wrong; every finding is told.
    Files(Vec<Diagnostic>),
    Bind(BindError),
    /// The system gives no thread to watch files from.
    Watch(std::io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Bind(error) => error.fmt(f),
            StartError::Watch(error) => write!(f, "can't watch files: {error}"),
            StartError::Files(findings) => {
                let lines: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl std::error::Error for StartError {}
