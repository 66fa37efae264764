//! A library of one document, for tests.

use std::fmt::Display;

use super::Library;
use crate::source::{Diagnostic, SourceFile};

/// The document, whatever path is asked for.
pub struct One<T>(pub T);

impl<T: Display> Library for One<T> {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        SourceFile::parse(path, self.0.to_string())
    }
}
