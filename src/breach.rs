//! A breach: one way in which a request (or an answer) does not keep the contract.

use std::borrow::Cow;
use std::fmt;

use crate::pointer;

use serde_json::Value;

/// As much of a client's text as is told to anybody: no answer and no line of the log repeats a megabyte of it.
const LONGEST: usize = 100;

/// Where the breach is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Path(String),
    Query(String),
    Header(String),
    Cookie(String),
    /// A JSON Pointer into the body; empty for the body as a whole.
    Body(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Noted, in the log and in a header; the request is answered.
    Warning,
    /// The request is refused.
    Error,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Breach {
    pub place: Place,
    /// Stable: `type`, `enum`, `format.date-time`, … as listed in docs/CONTRACTS.md.
    pub code: Cow<'static, str>,
    pub severity: Severity,
    /// Reads after "expected": `an integer of at least 1`.
    pub expected: String,
    /// Reads after "got": `"abc"`. Cut at 100 characters, and masked where the contract says so.
    pub found: String,
    /// The values allowed, where there is a list of them.
    pub valid_values: Option<Vec<Value>>,
    /// `did you mean "paused"?`
    pub hint: Option<String>,
    /// The problem that the contract names for this place (`x-problem`).
    pub problem: Option<String>,
}

/// A text, or the beginning of a long one.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Place {
    /// `path`, `query`, `header`, `cookie` or `body`.
    pub fn kind(&self) -> &'static str {
        match self {
            Place::Path(_) => "path",
            Place::Query(_) => "query",
            Place::Header(_) => "header",
            Place::Cookie(_) => "cookie",
            Place::Body(_) => "body",
        }
    }

    /// The name or pointer within the kind.
    pub fn name(&self) -> &str {
        match self {
            Place::Path(name) | Place::Query(name) | Place::Header(name) | Place::Cookie(name) => name,
            Place::Body(pointer) => pointer,
        }
    }

    fn called(&self) -> String {
        match self {
            Place::Header(name) => format!("header '{name}'"),
            Place::Cookie(name) => format!("cookie '{name}'"),
            other => format!("{} parameter '{}'", other.kind(), other.name()),
        }
    }

    /// What an error calls the place: a parameter's name, or the dotted path of a member of the body.
    pub fn field(&self) -> String {
        match self {
            Place::Body(pointer) if pointer.is_empty() => "body".to_owned(),
            Place::Body(pointer) => {
                pointer.split('/').skip(1).map(|part| pointer::unescaped(part)).collect::<Vec<_>>().join(".")
            }
            other => other.name().to_owned(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "" => f.write_str(self.kind()),
            name => write!(f, "{} {}", self.kind(), name),
        }
    }
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Breach {
    /// A breach that refuses the request, with nothing but what every breach has.
    pub fn new(
        place: Place,
        code: impl Into<Cow<'static, str>>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Breach {
        Breach {
            place,
            code: code.into(),
            severity: Severity::Error,
            expected: expected.into(),
            found: found.into(),
            valid_values: None,
            hint: None,
            problem: None,
        }
    }

    /// Whether the request is refused for it. What is unknown is let pass with a warning, unless one is strict; what
    /// is deprecated is still allowed, and what could not be decided is no fault of the request's.
    pub fn is_refused(&self, strict: bool) -> bool {
        self.severity == Severity::Error || (strict && self.code == "unknown")
    }

    /// One line that a program can take apart: place and code, then what a person wants to know.
    pub fn line(&self) -> String {
        let hint = self.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{} {}: expected {}, got {}{hint}", self.place, self.code, self.expected, self.found)
    }

    /// What is allowed, as a sentence of its own: `Must be an integer of at least 1.`
    pub fn must(&self) -> String {
        format!("Must be {}.", self.expected)
    }

    /// The whole as one would say it to whoever sent the request.
    pub fn sentence(&self) -> String {
        let field = self.place.field();
        match (&self.place, &*self.code) {
            (Place::Body(_), "required") => format!("'{field}' is required."),
            (Place::Body(pointer), "unknown") if !pointer.is_empty() => format!("'{field}' is not a known member."),
            (Place::Body(_), "duplicate") => format!("'{field}' is there more than once."),
            (Place::Body(_), "readonly") => format!("'{field}' is set by the server alone."),
            (Place::Body(pointer), _) if pointer.is_empty() => format!("The body is invalid. {}", self.must()),
            (place, "required") => format!("The {} is required.", place.called()),
            (place, "unknown") => format!("There is no {}.", place.called()),
            _ => format!("Invalid value for '{field}'. {}", self.must()),
        }
    }
}

/// One line for a person: `query page: expected an integer of at least 1, got "abc"`.
impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.place, &self.hint) {
            // Whoever is told the right name needs no list of all the others.
            (Place::Body(_), Some(_)) if self.code == "unknown" => {
                write!(f, "{}: there is no such member", self.place)?
            }
            (_, Some(_)) if self.code == "unknown" => write!(f, "{}: there is no such parameter", self.place)?,
            _ => write!(f, "{}: expected {}, got {}", self.place, self.expected, self.found)?,
        }
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}
