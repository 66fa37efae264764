//! Why a command could not do its work: one line that says so, one that says what to do, and an exit code.

use std::fmt;
use std::process::ExitCode;

use crate::source::Diagnostic;

/// Nothing was found wrong, or only what may be.
pub const FINE: u8 = 0;
/// The command did its work and found errors.
pub const FINDINGS: u8 = 1;
/// A flag, a setting, a file or the environment is wrong.
pub const USAGE: u8 = 2;
/// What the command needs of this machine is not there: a port, a program, a place to write to.
pub const ENVIRONMENT: u8 = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Message {
        message: String,
        help: Option<String>,
        code: u8,
    },
    /// Files are wrong; every finding is told.
    Files(Vec<Diagnostic>),
    /// Several things at once, none of them waiting for the others to be mended.
    Several(Vec<Failure>),
    /// Whoever read the output has left: no reason to complain.
    ReaderGone,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Failure {
        Failure::Message { message: message.into(), help: None, code: USAGE }
    }

    /// All of them as one, or nothing if there are none.
    pub fn all(mut failures: Vec<Failure>) -> Result<(), Failure> {
        let files_alone = failures.iter().all(|failure| matches!(failure, Failure::Files(_)));
        match failures.len() {
            0 => Ok(()),
            1 => failures.pop().map_or(Ok(()), Err),
            _ if files_alone => Err(Failure::Files(
                failures
                    .into_iter()
                    .flat_map(|failure| match failure {
                        Failure::Files(findings) => findings,
                        _ => Vec::new(),
                    })
                    .collect(),
            )),
            _ => Err(Failure::Several(failures)),
        }
    }

    pub fn help(self, advice: impl Into<String>) -> Failure {
        match self {
            Failure::Message { message, code, .. } => Failure::Message { message, help: Some(advice.into()), code },
            other => other,
        }
    }

    /// The same as a fault of the machine's, not of whoever typed the command.
    pub fn of_environment(self) -> Failure {
        match self {
            Failure::Message { message, help, .. } => Failure::Message { message, help, code: ENVIRONMENT },
            other => other,
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::ReaderGone => ExitCode::from(FINE),
            Failure::Message { code, .. } => ExitCode::from(*code),
            _ => ExitCode::from(USAGE),
        }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Failure {
        Failure::Files(vec![diagnostic])
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Failure {
        Failure::Files(diagnostics)
    }
}

/// The sentence alone, as tests read it.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Message { message, help: Some(help), .. } => write!(f, "{message} ({help})"),
            Failure::Message { message, help: None, .. } => f.write_str(message),
            Failure::Files(list) => {
                for diagnostic in list {
                    if let Some(spot) = &diagnostic.spot {
                        write!(f, "{}:{}:{}: ", spot.file, spot.line, spot.column)?;
                    }
                    writeln!(f, "{}", diagnostic.message)?;
                }
                Ok(())
            }
            Failure::Several(failures) => {
                for failure in failures {
                    writeln!(f, "{failure}")?;
                }
                Ok(())
            }
            Failure::ReaderGone => f.write_str("nobody reads the output"),
        }
    }
}
