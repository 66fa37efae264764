//! Where the files of a contract, its fixtures and its scenarios come from.

use super::asked::Written;
use crate::source::{Diagnostic, Limits, SourceFile};

/// Where a contract's files come from: a folder, or the files compiled into the program.
pub trait Library {
    /// The file at a path relative to the contract's folder.
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>>;

    /// The same for a file that may hold no more than that.
    fn read_within(&self, path: &str, limits: &Limits) -> Result<SourceFile, Vec<Diagnostic>> {
        let file = self.read(path)?;
        SourceFile::parse_within(file.name, file.text, limits)
    }

    /// Any file as it is, be it text or not. What is larger than so many bytes is refused without being read.
    fn bytes(&self, path: &str, most: usize) -> Result<Vec<u8>, Diagnostic> {
        let _ = most;
        match self.read(path) {
            Ok(file) => Ok(file.text.as_bytes().to_vec()),
            Err(mut findings) => Err(findings.swap_remove(0)),
        }
    }

    /// A file as it is at the moment, of at most so many bytes; `None` for one that is not there, or never changes.
    fn written(&self, _path: &str, _most: usize) -> Option<Result<Written, Diagnostic>> {
        None
    }

    /// Whether a file stands in a folder, so that it may change, and is no part of the program.
    fn is_written(&self, path: &str) -> bool {
        self.written(path, 0).is_some()
    }

    /// The paths that there are, for whoever wrote one that there is not.
    fn paths(&self) -> Vec<String> {
        Vec::new()
    }

    /// The files below a folder, in order, all of which are meant to be read. What is there and can't be is told.
    fn list(&self, folder: &str) -> Result<Vec<String>, Vec<Diagnostic>> {
        let below = |path: &String| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        Ok(self.paths().into_iter().filter(below).collect())
    }

    /// Whether there is anything at a path, be it a file that can be read or not.
    fn has(&self, path: &str) -> bool {
        self.paths().iter().any(|known| known == path)
    }
}
