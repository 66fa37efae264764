//! Files as they are written: text, the value it holds, and where in the text each part of the value stands.

pub mod codes;
mod diagnostic;
mod harmless;
mod json;
mod node;
mod render;
mod scalar;
mod yaml;

pub use diagnostic::{Diagnostic, Level, Spot, in_order};
pub use harmless::{harmless, push_harmless, steers};
pub use json::reason as json_reason;
pub use render::render;

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use node::{Node, Place};

/// The limits of one file. They bound what a hostile file can cost, and no honest one comes near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub bytes: usize,
    /// Values, every alias counted as what it stands for.
    pub nodes: usize,
    pub depth: usize,
}

impl Limits {
    pub const USUAL: Limits = Limits { bytes: 8 << 20, nodes: 1_000_000, depth: 128 };
}

/// One file of a contract, fixtures or settings.
#[derive(Debug)]
pub struct SourceFile {
    /// As a person knows it: the path that was given, or `schemas/openapi.yaml (embedded)`.
    pub name: String,
    pub text: Arc<str>,
    /// Shared with whoever keeps it: of many files mostly one is another when they are read again.
    pub value: Arc<Value>,
    /// What is right by the letter but read otherwise by many a reader.
    pub warnings: Vec<Diagnostic>,
    /// The text with its places, read again when something has to be pointed at: a file without fault never pays for it.
    tree: OnceLock<Option<Node>>,
    /// Where each line begins.
    lines: OnceLock<Vec<usize>>,
}

impl SourceFile {
    /// Reads YAML 1.2 or JSON. A name that ends in `.json` allows JSON alone.
    pub fn parse(name: impl Into<String>, text: impl Into<Arc<str>>) -> Result<SourceFile, Vec<Diagnostic>> {
        SourceFile::parse_within(name, text, &Limits::USUAL)
    }

    /// The same for a file that may hold no more than that.
    pub fn parse_within(
        name: impl Into<String>,
        text: impl Into<Arc<str>>,
        limits: &Limits,
    ) -> Result<SourceFile, Vec<Diagnostic>> {
        let (name, text) = (name.into(), text.into());
        refuse_unreadable(&name, &text, limits)?;
        let strictly_json = name.ends_with(".json");
        let plain = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let (value, warnings) = if strictly_json || plain.trim_start().starts_with(['{', '[']) {
            match json::parse(plain, limits) {
                Ok(value) => (value, Vec::new()),
                // JSON by its looks may be YAML in flow style; and the YAML reader knows the place of a doubled key.
                Err(fault) if strictly_json => return Err(json_findings(&name, &text, fault, limits)),
                Err(_) => yaml::parse(&name, &text, limits)?,
            }
        } else {
            yaml::parse(&name, &text, limits)?
        };
        Ok(SourceFile { warnings, ..SourceFile::ready(name, text, value) })
    }

    /// A file whose value was worked out when the program was built.
    pub fn ready(name: impl Into<String>, text: impl Into<Arc<str>>, value: impl Into<Arc<Value>>) -> SourceFile {
        SourceFile {
            name: name.into(),
            text: text.into(),
            value: value.into(),
            warnings: Vec::new(),
            tree: OnceLock::new(),
            lines: OnceLock::new(),
        }
    }

    /// Where the value at a JSON Pointer stands in the text. A collection that was given a key is shown by its key,
    /// and what is not there by the nearest thing around it that is.
    pub fn spot(&self, pointer: &str) -> Spot {
        self.locate(pointer, false)
    }

    /// Where the key of the member at a JSON Pointer stands.
    pub fn key_spot(&self, pointer: &str) -> Spot {
        self.locate(pointer, true)
    }

    fn locate(&self, pointer: &str, key: bool) -> Spot {
        let tree = self.tree.get_or_init(|| yaml::tree(&self.text).ok());
        let start = Place { line: 1, column: 1, length: 0 };
        let place = tree.as_ref().map_or(start, |tree| tree.place(pointer, key));
        let lines = self
            .lines
            .get_or_init(|| std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect());
        let line = lines.get(place.line as usize - 1).map_or("", |start| &self.text[*start..]);
        Spot {
            line: place.line as usize,
            ..Spot::within(&*self.name, line, 1, place.column as usize, place.length as usize)
        }
    }
}

fn refuse_unreadable(name: &str, text: &str, limits: &Limits) -> Result<(), Vec<Diagnostic>> {
    let finding = if text.len() > limits.bytes {
        let limit = limits.bytes >> 20;
        Diagnostic::new("E0018", format!("the file holds {} bytes, more than {limit} MiB", text.len()))
            .at(Spot::new(name, 1, 1))
            .help("split it, and refer from one part to the other by `$ref`")
    } else if let Some(at) = text.find('\0') {
        let line = 1 + text[..at].matches('\n').count();
        let column = 1 + text[..at].rsplit('\n').next().unwrap_or_default().chars().count();
        Diagnostic::new("E0004", "the file holds a NUL character: it is no text").at(Spot::new(name, line, column))
    } else {
        return Ok(());
    };
    Err(vec![finding])
}

fn json_findings(name: &str, text: &str, fault: json::Fault, limits: &Limits) -> Vec<Diagnostic> {
    if fault.doubled_key
        && let Err(findings) = yaml::parse(name, text, limits)
    {
        return findings;
    }
    let spot = Spot::within(name, text, fault.line.max(1), fault.column.max(1), 1);
    vec![Diagnostic::new("E0010", format!("this is not valid JSON: {}", fault.reason)).at(spot)]
}

#[cfg(test)]
mod tests;
