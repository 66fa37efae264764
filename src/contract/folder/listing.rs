//! Which files lie in a folder. Nothing is opened for that, and nothing that looks like a file of ours is passed over: whoever
//! reads it finds out what it is.

use std::fs::{DirEntry, FileType};
use std::io::{Error, ErrorKind};
use std::path::PathBuf;

use super::{Folder, unreadable};
use crate::source::Diagnostic;

const MOST: usize = 1000;
const DEEPEST: usize = 4;

/// The YAML and JSON files at or below a path, in order, and what keeps others from being listed.
pub fn below(folder: &Folder, path: &str) -> (Vec<String>, Vec<Diagnostic>) {
    let mut listing = Listing { folder, found: Vec::new(), findings: Vec::new() };
    let kind = folder.root.join(path).symlink_metadata().map(|found| found.file_type());
    match kind {
        Ok(kind) => listing.look(path, kind, 0),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
        Err(error) => listing.blocked(path, &error),
    }
    listing.found.sort_unstable();
    (listing.found, listing.findings)
}

struct Listing<'f> {
    folder: &'f Folder,
    found: Vec<String>,
    findings: Vec<Diagnostic>,
}

impl Listing<'_> {
    /// Looks into what should be a folder.
    fn look(&mut self, path: &str, kind: FileType, depth: usize) {
        if !kind.is_dir() {
            let link = if kind.is_symlink() { ": a link to one is not followed" } else { "" };
            return self.wrong(path, &format!("is no folder{link}"));
        }
        if depth > DEEPEST {
            return self.wrong(path, "is not looked into: it lies too deep");
        }
        let entries = match self.folder.root.join(path).read_dir() {
            Ok(entries) => entries,
            Err(error) => return self.blocked(path, &error),
        };
        for entry in entries {
            let seen = entry.and_then(|entry| Ok((entry.file_type()?, entry)));
            match seen {
                Ok(_) if self.found.len() >= MOST => {
                    return self.wrong(path, &format!("holds more than {MOST} files, and no more are read"));
                }
                Ok((kind, entry)) => self.entry(path, &entry, kind, depth),
                Err(error) => self.blocked(path, &error),
            }
        }
    }

    fn entry(&mut self, path: &str, entry: &DirEntry, kind: FileType, depth: usize) {
        let name = entry.file_name();
        let shown = name.to_string_lossy();
        // Editors and archives leave such files behind.
        if shown.starts_with('.') {
            return;
        }
        let place = if path.is_empty() { shown.to_string() } else { format!("{path}/{shown}") };
        if [".yaml", ".yml", ".json"].iter().any(|end| shown.ends_with(end)) {
            match name.to_str() {
                Some(_) => self.found.push(place),
                None => self.wrong(&place, "has a name that is no UTF-8"),
            }
            return;
        }
        // To ask what a thing is does not open it.
        match entry.path().metadata().map(|found| found.file_type()) {
            Ok(beyond) if beyond.is_dir() => self.look(&place, kind, depth + 1),
            Ok(beyond) if beyond.is_file() => {}
            Ok(_) => self.wrong(&place, "is no regular file (a pipe, socket or device)"),
            // Editors put files there for a moment. A link to nowhere is still there.
            Err(_) if entry.path().symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound) => {}
            Err(error) => self.blocked(&place, &error),
        }
    }

    fn wrong(&mut self, path: &str, what: &str) {
        let message = format!("{} {what}", self.shown(path).display());
        self.findings.push(Diagnostic::new("E0020", message));
    }

    fn blocked(&mut self, path: &str, error: &Error) {
        self.findings.push(unreadable(&self.shown(path).display().to_string(), error));
    }

    fn shown(&self, path: &str) -> PathBuf {
        self.folder.shown.join(path)
    }
}
