//! Files as they are written: text, the value it holds, and where in the text each part of the value stands.

mod diagnostic;
mod yaml;

pub use diagnostic::{Diagnostic, Level, Spot};

use std::sync::Arc;

use serde_json::Value;

/// One file of a contract, fixtures or settings.
#[derive(Debug)]
pub struct SourceFile {
    /// As a person knows it: the path that was given, or `schemas/openapi.yaml (embedded)`.
    pub name: String,
    pub text: Arc<str>,
    pub value: Value,
}

impl SourceFile {
    /// Reads YAML 1.2 or JSON.
    pub fn parse(name: impl Into<String>, text: impl Into<Arc<str>>) -> Result<SourceFile, Diagnostic> {
        let (name, text) = (name.into(), text.into());
        let value = yaml::parse(&name, &text)?;
        Ok(SourceFile { name, text, value })
    }

    /// A file whose value was worked out when the program was built.
    pub fn ready(name: impl Into<String>, text: impl Into<Arc<str>>, value: Value) -> SourceFile {
        SourceFile { name: name.into(), text: text.into(), value }
    }

    /// Where the value at a JSON Pointer stands in the text.
    pub fn spot(&self, pointer: &str) -> Spot {
        yaml::spot(self, pointer)
    }
}
