//! A contract's folder on disk. Nothing outside of it is read, whatever a path or a link says, and nothing that could
//! block or never end.

mod listing;

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use super::asked::Written;
use super::library::Library;
use crate::source::{Diagnostic, Limits, SourceFile, Spot};

#[derive(Debug, Clone)]
pub struct Folder {
    /// As it was given, for names that a person recognises.
    shown: PathBuf,
    /// Free of links.
    root: PathBuf,
}

impl Folder {
    pub fn new(path: impl Into<PathBuf>) -> Result<Folder, Diagnostic> {
        let shown = path.into();
        let usual = if shown.as_os_str().is_empty() { Path::new(".") } else { &shown };
        let name = shown.display().to_string();
        let root = usual.canonicalize().map_err(|error| unreadable(&name, &error))?;
        if !root.is_dir() {
            return Err(Diagnostic::new("E0020", format!("{name} is no folder")));
        }
        Ok(Folder { shown, root })
    }

    /// The folder of a document, and the document's name in it.
    pub fn of(document: &Path) -> Result<(Folder, String), Diagnostic> {
        let shown = document.display().to_string();
        let name = document.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Diagnostic::new("E0002", format!("{shown} names no file")))?.to_owned();
        let folder = Folder::new(document.parent().unwrap_or(Path::new(""))).map_err(|_| absent(&shown))?;
        Ok((folder, name))
    }
}

impl Library for Folder {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        self.read_within(path, &Limits::USUAL)
    }

    fn read_within(&self, path: &str, limits: &Limits) -> Result<SourceFile, Vec<Diagnostic>> {
        let name = self.shown.join(path).display().to_string();
        let bytes = self.bytes(path, limits.bytes).map_err(|finding| vec![finding])?;
        let text = text(bytes, &name).map_err(|finding| vec![finding])?;
        SourceFile::parse_within(name, text, limits)
    }

    fn bytes(&self, path: &str, most: usize) -> Result<Vec<u8>, Diagnostic> {
        let name = self.shown.join(path).display().to_string();
        // What lies outside is not even looked for.
        if leads_out(Path::new(path)) {
            return Err(outside(name));
        }
        let real = self.root.join(path).canonicalize().map_err(|error| unreadable(&name, &error))?;
        if !real.starts_with(&self.root) {
            return Err(outside(name));
        }
        read_bytes(&real, &name, most)
    }

    fn written(&self, path: &str, most: usize) -> Option<Result<Written, Diagnostic>> {
        // Mostly it is there, and one question less is asked for each of many files.
        match self.bytes(path, most) {
            Err(_) if !self.has(path) => None,
            read => Some(read.map(|bytes| Written { name: self.shown.join(path).display().to_string(), bytes })),
        }
    }

    fn is_written(&self, path: &str) -> bool {
        self.has(path)
    }

    fn paths(&self) -> Vec<String> {
        listing::below(self, "").0
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, Vec<Diagnostic>> {
        match listing::below(self, folder) {
            (found, findings) if findings.is_empty() => Ok(found),
            (_, findings) => Err(findings),
        }
    }

    fn has(&self, path: &str) -> bool {
        match self.root.join(path).symlink_metadata() {
            Ok(_) => true,
            // What may not be looked at is there, and shall be complained about rather than passed over.
            Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        }
    }
}

/// Whether a path goes up further than it went down, whatever there is on the way.
fn leads_out(path: &Path) -> bool {
    let mut depth = 0_i32;
    path.components().any(|step| {
        match step {
            Component::Normal(_) => depth += 1,
            Component::ParentDir => depth -= 1,
            Component::RootDir | Component::Prefix(_) => depth = -1,
            Component::CurDir => {}
        }
        depth < 0
    })
}

fn outside(name: String) -> Diagnostic {
    let message = format!("{name} leads out of its folder");
    Diagnostic::new("E0203", message).at(Spot::new(name, 1, 1)).help("put a copy into the folder")
}

/// The text of a regular file of at most 8 MiB.
pub fn read_text(path: &Path, name: &str) -> Result<String, Diagnostic> {
    text(read_bytes(path, name, Limits::USUAL.bytes)?, name)
}

/// A regular file of at most so many bytes.
fn read_bytes(path: &Path, name: &str, most: usize) -> Result<Vec<u8>, Diagnostic> {
    let here = |finding: Diagnostic| finding.at(Spot::new(name, 1, 1));
    let fitting = |found: Metadata| regular(&found, name, most).map(|()| found.len());
    // Asked before it is opened, as to open a pipe would wait for a writer, and again after, as it may have changed.
    path.metadata().map_err(|error| unreadable(name, &error)).and_then(fitting).map_err(here)?;
    let file = open(path).map_err(|error| here(unreadable(name, &error)))?;
    let size = file.metadata().map_err(|error| unreadable(name, &error)).and_then(fitting).map_err(here)?;
    let mut bytes = Vec::with_capacity(usize::try_from(size).map_or(0, |size| size + 1));
    // A file may grow while it is read.
    let limit = most as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(|error| here(unreadable(name, &error)))?;
    if bytes.len() > most {
        return Err(here(too_large(name, limit, most)));
    }
    Ok(bytes)
}

pub(super) fn text(bytes: Vec<u8>, name: &str) -> Result<String, Diagnostic> {
    String::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        let line = 1 + good.matches('\n').count();
        let column = 1 + good.rsplit('\n').next().unwrap_or_default().chars().count();
        Diagnostic::new("E0004", format!("{name} is not UTF-8")).at(Spot::within(name, &good, line, column, 1))
    })
}

/// Whoever swaps a file for a pipe between the two questions can't make us wait either.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        use std::os::unix::fs::OpenOptionsExt;
        const O_NONBLOCK: i32 = 0o4000;
        options.custom_flags(O_NONBLOCK);
    }
    options.open(path)
}

fn regular(found: &Metadata, name: &str, most: usize) -> Result<(), Diagnostic> {
    if found.is_dir() {
        return Err(Diagnostic::new("E0019", format!("{name} is a folder, not a file")));
    }
    if !found.is_file() {
        return Err(Diagnostic::new("E0019", format!("{name} is no regular file (a pipe, socket or device)")));
    }
    if found.len() > most as u64 {
        return Err(too_large(name, found.len(), most));
    }
    Ok(())
}

fn too_large(name: &str, bytes: u64, most: usize) -> Diagnostic {
    let message = format!("{name} holds {bytes} bytes or more, and no more than {} MiB are read", most >> 20);
    Diagnostic::new("E0018", message).help("split it, and refer from one part to the other by `$ref`")
}

fn absent(name: &str) -> Diagnostic {
    Diagnostic::new("E0002", format!("there is no file {name}"))
}

fn unreadable(name: &str, error: &std::io::Error) -> Diagnostic {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => absent(name),
        ErrorKind::PermissionDenied => {
            Diagnostic::new("E0002", format!("{name} may not be read")).help("check its permissions")
        }
        _ => Diagnostic::new("E0002", format!("{name} can't be read: {error}")),
    }
}

#[cfg(test)]
mod tests;
