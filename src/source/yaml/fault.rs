//! The faults of a YAML text in our words.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::super::node::Place;
use crate::source::Diagnostic;

pub type Fault = Box<(Place, Diagnostic)>;

pub fn fault(place: Place, code: &'static str, message: impl Into<String>) -> Fault {
    Box::new((place, Diagnostic::new(code, message)))
}

/// Mostly a template without its quotes.
pub fn no_key(place: Place) -> Fault {
    let finding = Diagnostic::new("E0012", "a list or an object can't be a key: JSON has no such thing");
    Box::new((place, finding.help("a text that begins with a bracket or a brace is put in quotes")))
}

pub fn too_deep(place: Place, most: usize) -> Fault {
    fault(place, "E0011", format!("values are nested more than {most} deep"))
}

/// A fault of the reader in our words. It names what is wrong in the text, never how the reader could be told to
/// look away.
pub fn syntax(error: &ScanError, text: &str, deepest: usize) -> (Place, Diagnostic) {
    let marker = error.marker();
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let mut place = Place { line: small(marker.line().max(1)), column: small(marker.col() + 1), length: 1 };
    use ErrorKind as E;
    if matches!(error.kind(), E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation) {
        // The reader stops behind the tab.
        let line = text.lines().nth(place.line as usize - 1).unwrap_or_default();
        place.column = line.chars().position(|letter| letter == '\t').map_or(place.column, |at| small(at + 1));
    }
    let (code, message, help): (_, String, _) = match error.kind() {
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabAtBlockScalarStart => {
            ("E0014", "a tab can't indent".into(), Some("indent with spaces"))
        }
        E::TabInPlainScalar => ("E0014", "a tab stands where a value begins or ends".into(), Some("use spaces")),
        E::UnknownAnchor => ("E0013", "this alias names no anchor that was set before it".into(), None),
        E::RecursionLimitExceeded => return (place, too_deep(place, deepest).1),
        E::UnexpectedEof
        | E::UnexpectedEofFlowSequence
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping
        | E::UnexpectedEofBlockSequence
        | E::UnexpectedEofBlockMapping => ("E0001", "the file ends in the middle of a value".into(), None),
        E::UnclosedFlowCollection { open } => ("E0001", format!("this `{open}` is never closed"), None),
        E::MismatchedFlowCollectionEnd { open, close } => {
            ("E0001", format!("`{open}` can't be closed by `{close}`"), None)
        }
        E::MisplacedFlowCollectionEnd => ("E0001", "this bracket closes nothing".into(), None),
        E::UnclosedQuotedScalar => ("E0001", "this quote is never closed".into(), None),
        E::UnexpectedCharacter { character } => {
            let help = Some("put the value in quotes if it shall begin with it");
            ("E0001", format!("a plain value can't begin with `{}`", character.escape_default()), help)
        }
        E::MappingValueNotAllowed | E::InvalidColonPlacement => {
            let help = Some("put the text in quotes if it shall hold a colon and a space");
            ("E0001", "no `key: value` can stand here".into(), help)
        }
        E::InvalidIndentation | E::ExpectedBlockMappingKey | E::ExpectedBlockSequenceEntry | E::InvalidSimpleKey => {
            ("E0001", "this line does not fit the ones above it".into(), Some("compare the indentation"))
        }
        E::SimpleKeyExpected => ("E0001", "a `:` is missing after this key".into(), None),
        E::ExpectedFlowSequenceSeparator => ("E0001", "a `,` or `]` is missing".into(), None),
        E::ExpectedFlowMappingSeparator => ("E0001", "a `,` or `}` is missing".into(), None),
        E::UndeclaredTagHandle => ("E0008", "this tag is not accepted".into(), Some("write the plain value")),
        E::UnknownQuotedScalarEscape => {
            let help = Some("write `\\\\` for a backslash, or use single quotes");
            ("E0001", "there is no such escape in a double-quoted text".into(), help)
        }
        E::MissingDocumentEndBeforeDirective | E::ExpectedDocumentStart => {
            ("E0001", "something follows the end of the document".into(), None)
        }
        other => ("E0001", format!("this is not valid YAML: {other}"), None),
    };
    let finding = Diagnostic::new(code, message);
    (place, if let Some(help) = help { finding.help(help) } else { finding })
}
