//! The law: an OpenAPI document with its schemas, loaded, checked and compiled once.
//!
//! `bundle` reads the files, `operation` compiles them, `route` finds the operation of a request, `parameter` and
//! `body` hold a request against it, `problems` words every refusal.

mod asked;
mod body;
mod bundle;
mod coerce;
mod compile;
mod convention;
mod deed;
mod difference;
mod field;
mod folder;
mod form;
mod json;
mod library;
mod lint;
mod multipart;
mod operation;
mod parameter;
mod prints;
mod problems;
mod reference;
mod route;
#[cfg(test)]
pub mod sample;
mod schema;
mod secrets;
mod sentence;
mod shape;
mod style;
mod upgrade;
mod values;
mod veil;

pub use asked::{Asked, Asking, Since, Texts, Written};
pub use body::{Body, CheckedBody};
pub use bundle::{Bundle, Cursor};
pub use coerce::scalar as typed;
pub use deed::{Action, Collection, Deed, Filter, Idempotency, InUse, Made, Role, Run, Test};
pub use difference::{Difference, Kept};
pub use folder::{Folder, read_text};
pub use library::Library;
pub use lint::lint;
pub use operation::{
    Assumption, Encoding, Example, Location, Media, Operation, Parameter, RatePolicy, Requirement, Response,
    ResponseHeader, ResponseStatus, Scheme, Source, Tier,
};
pub use parameter::PREFERENCES;
pub use problems::{Problems, facts};
pub use route::{Found, PathValues, Router};
pub use schema::{Alone, Direction, Engine, Findings, Flaw, Reach, Schema, Schemas, Wire};
pub use secrets::{HIDDEN, HeaderNames, KeyPlaces, is_usual, unsigned};
pub use values::{Values, inside};
pub use veil::{Covered, Veil, Veils};

use std::collections::BTreeMap;
use std::sync::OnceLock;

use self::prints::Prints;
use crate::seed::Seed;
use crate::source::{Diagnostic, Spot, in_order};

#[derive(Debug)]
pub struct Contract {
    pub title: String,
    pub version: String,
    pub operations: Vec<Operation>,
    pub problems: Problems,
    /// In the order of their names, so that of two keys in one request the same one counts in every run.
    pub schemes: BTreeMap<String, Scheme>,
    pub rate: Option<RatePolicy>,
    pub collections: Vec<Collection>,
    pub places: Places,
    pub idempotency: Option<Idempotency>,
    /// JSON Pointer at which a body repeats the request's id.
    pub request_id: Option<String>,
    pub assumptions: Vec<Assumption>,
    pub router: Router,
    pub schemas: Schemas,
    pub bundle: Bundle,
    /// What operations do was recognised, where the document says nothing of it.
    recognised: bool,
    prints: OnceLock<Prints>,
}

/// What operations and collections a contract has, and in which order. Whoever knows them by their places knows those of every
/// contract where this is the same, and of no other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Places(u64);

/// A contract, and what was noticed about it without being wrong.
#[derive(Debug)]
pub struct Loaded {
    pub contract: Contract,
    pub warnings: Vec<Diagnostic>,
}

impl Contract {
    /// Loads, checks and compiles the document `entry`. All errors are returned, not the first alone.
    pub fn load(library: &dyn Library, entry: &str) -> Result<Loaded, Vec<Diagnostic>> {
        let (bundle, mut findings) = Bundle::gather(library, entry);
        let Some(bundle) = bundle else { return Err(findings) };
        let mut old = Vec::new();
        match shape::check(&bundle) {
            Ok(checked) => {
                findings.extend(checked.findings);
                findings.extend(lint::patterns(&checked.schemas));
                if checked.version == shape::Version::Old {
                    let places = checked.schemas.into_iter().map(|schema| (schema.file_index(), schema.pointer));
                    old.extend(places);
                }
            }
            Err(more) => findings.extend(more),
        }
        settle(bundle, findings, &old)
    }

    /// Loads and compiles a document of 3.1 whose shape was checked before: the embedded one, by a test. That check is
    /// the dearest part of a start.
    pub fn load_vetted(library: &dyn Library, entry: &str) -> Result<Loaded, Vec<Diagnostic>> {
        let (bundle, findings) = Bundle::gather(library, entry);
        match bundle {
            Some(bundle) => settle(bundle, findings, &[]),
            None => Err(findings),
        }
    }

    /// Whoever changes operations or collections calls this.
    fn note_places(&mut self) {
        let operations = self.operations.iter().map(|operation| &operation.id);
        let collections = self.collections.iter().map(|one| (&one.name, &one.id_field, one.computed));
        let words = format!("{:?}", (operations.collect::<Vec<_>>(), collections.collect::<Vec<_>>()));
        self.places = Places(Seed(0).digest(words.as_bytes()));
    }

    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Where an operation is written.
    pub fn spot(&self, operation: &Operation) -> Option<Spot> {
        let (name, pointer) = operation.origin.rsplit_once('#')?;
        let (_, file) = self.bundle.files.iter().find(|(_, file)| file.name == name)?;
        Some(file.spot(pointer))
    }
}

/// `old` are the schemas that a document of 3.0 wrote in its own manner.
fn settle(
    mut bundle: Bundle,
    mut findings: Vec<Diagnostic>,
    old: &[(usize, String)],
) -> Result<Loaded, Vec<Diagnostic>> {
    in_order(&mut findings);
    if findings.iter().any(Diagnostic::is_error) {
        return Err(findings);
    }
    upgrade::upgrade(&mut bundle, old);
    match compile::compile(bundle) {
        Ok(loaded) => Ok(Loaded { warnings: findings, ..loaded }),
        Err(more) => {
            findings.extend(more);
            in_order(&mut findings);
            Err(findings)
        }
    }
}
