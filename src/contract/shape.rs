//! The structural check: does a document have the shape that OpenAPI 3.0 or 3.1 gives it, and do its parts agree?
//!
//! `tables` say what each object may hold, `walk` holds a document against them, the other files add what a table
//! can't say. Webhooks, links and callbacks are checked in shape and otherwise without effect on what is served.

mod mock;
mod operations;
mod records;
mod schemas;
mod tables;
mod walk;

use serde_json::Value;

pub use operations::names as template_names;
pub use tables::METHODS;
pub use walk::{Sample, Walk};

use super::bundle::{Bundle, Cursor};
use crate::source::Diagnostic;

/// The generation of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// OpenAPI 3.0, with a dialect of JSON Schema of its own.
    Old,
    /// OpenAPI 3.1, with JSON Schema 2020-12.
    New,
}

/// What a walk over a document brings home.
pub struct Checked<'b> {
    pub version: Version,
    pub findings: Vec<Diagnostic>,
    /// Every schema once, references among them.
    pub schemas: Vec<Cursor<'b>>,
    pub samples: Vec<Sample<'b>>,
}

/// Walks the whole document. `Err` if it is no OpenAPI document that we read at all.
pub fn check(bundle: &Bundle) -> Result<Checked<'_>, Vec<Diagnostic>> {
    let root = bundle.root();
    let (version, remark) = version(&root).map_err(|finding| vec![*finding])?;
    let mut walk = Walk::new(bundle, version == Version::New);
    walk.findings.extend(remark);
    walk.object(&root, &tables::DOCUMENT);
    if version == Version::New && ["paths", "components", "webhooks"].iter().all(|key| root.value.get(key).is_none()) {
        walk.found(root.finding("E0104", "the document has no paths").label("\"paths\" is required"));
    }
    let findings = walk.finish();
    Ok(Checked { version, findings, schemas: walk.schemas, samples: walk.samples })
}

fn version(root: &Cursor) -> Result<(Version, Option<Diagnostic>), Box<Diagnostic>> {
    if !root.value.is_object() {
        let finding = root.finding("E0101", "this is no OpenAPI document: it is no object");
        return Err(Box::new(finding.label("expected an object with \"openapi\", \"info\" and \"paths\"")));
    }
    if let Some(place) = root.raw("swagger") {
        let finding = place.key_finding("E0101", "Swagger 2.0 is not read, OpenAPI 3.0 and 3.1 are");
        return Err(Box::new(finding.help("convert it first, for instance with `npx swagger2openapi FILE`")));
    }
    let Some(place) = root.raw("openapi") else {
        let near = crate::nearest::nearest("openapi", root.raw_members().map(|(key, _)| key));
        let finding = root.finding("E0101", "this is no OpenAPI document: it has no \"openapi\" with a version");
        return Err(Box::new(match near {
            Some(near) => finding.help(format!("did you mean \"openapi\" where \"{near}\" stands?")),
            None => finding.help("the first line of an OpenAPI document is `openapi: 3.1.0`"),
        }));
    };
    let text = match place.value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let series = text.split('.').take(2).collect::<Vec<_>>().join(".");
    let quoted = place.value.is_string();
    match &*series {
        "3.0" if quoted => Ok((Version::Old, None)),
        "3.1" if quoted => Ok((Version::New, None)),
        "3.2" if quoted => {
            let message = "OpenAPI 3.2 is read as 3.1: what is new in it has no effect";
            Ok((Version::New, Some(place.finding("W0109", message))))
        }
        "3.0" | "3.1" | "3.2" => {
            let finding = place.finding("E0101", format!("the version must be a text, and is the number {text}"));
            Err(Box::new(finding.help(format!("write `openapi: {series}.0`"))))
        }
        _ => {
            let finding = place.finding("E0101", format!("OpenAPI {text} is not read"));
            Err(Box::new(finding.label("expected 3.0 or 3.1, such as 3.1.0")))
        }
    }
}

#[cfg(test)]
mod tests;
