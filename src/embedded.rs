//! The folders compiled into the program, and how a folder on disk is put on top of them, file by file.

use std::path::Path;

use serde_json::Value;

use crate::contract::{self, Folder, Written};
use crate::source::{Diagnostic, Limits, SourceFile};

/// The folder in which a contract stands, beside `fixtures` and `scenarios`.
pub const SCHEMAS: &str = "schemas";
pub const FIXTURES: &str = "fixtures";
pub const SCENARIOS: &str = "scenarios";
/// The document that is served when none is named.
pub const ENTRY: &str = "openapi.yaml";

/// One embedded file.
#[derive(Debug)]
pub struct File {
    /// Relative to the project: `schemas/openapi.yaml`.
    pub path: &'static str,
    pub bytes: &'static [u8],
    /// The value of a YAML or JSON file, as JSON.
    value: Option<&'static str>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Every embedded file, ordered by path.
pub fn files() -> &'static [File] {
    FILES
}

pub fn file(path: &str) -> Option<&'static File> {
    FILES.binary_search_by(|file| file.path.cmp(path)).ok().map(|found| &FILES[found])
}

impl File {
    /// The file with its value, which is read from the JSON made at build time.
    fn source(&self) -> Result<SourceFile, Vec<Diagnostic>> {
        let name = format!("{} (embedded)", self.path);
        let not_text = |_| vec![Diagnostic::new("E0004", format!("{name} is not UTF-8"))];
        let text = std::str::from_utf8(self.bytes).map_err(not_text)?;
        match self.value.and_then(|json| serde_json::from_str::<Value>(json).ok()) {
            Some(value) => Ok(SourceFile::ready(name, text, value)),
            None => SourceFile::parse(name, text),
        }
    }
}

/// One of the folders: what lies on top of it, and below that the embedded files.
#[derive(Debug, Clone)]
pub struct Library {
    folder: String,
    over: Option<Folder>,
}

impl Library {
    /// The folder of that name, with `dir/NAME` on top if there is one.
    pub fn new(name: impl Into<String>, dir: Option<&Path>) -> Result<Library, Diagnostic> {
        let folder = name.into();
        let over = match dir.map(|dir| dir.join(&folder)).filter(|path| path.symlink_metadata().is_ok()) {
            Some(path) => Some(Folder::new(path)?),
            None => None,
        };
        Ok(Library { folder, over })
    }
}

impl contract::Library for Library {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        match &self.over {
            // A dangling link is there, and shall be complained about rather than passed over.
            Some(over) if over.has(path) => return over.read(path),
            _ => {}
        }
        let path = format!("{}/{path}", self.folder);
        match file(&path) {
            Some(file) => file.source(),
            None => Err(vec![Diagnostic::new("E0002", format!("there is no file {path}"))]),
        }
    }

    fn read_within(&self, path: &str, limits: &Limits) -> Result<SourceFile, Vec<Diagnostic>> {
        match &self.over {
            Some(over) if over.has(path) => over.read_within(path, limits),
            _ => self.read(path),
        }
    }

    fn bytes(&self, path: &str, most: usize) -> Result<Vec<u8>, Diagnostic> {
        match &self.over {
            Some(over) if over.has(path) => return over.bytes(path, most),
            _ => {}
        }
        let path = format!("{}/{path}", self.folder);
        match file(&path) {
            Some(file) => Ok(file.bytes.to_vec()),
            None => Err(Diagnostic::new("E0002", format!("there is no file {path}"))),
        }
    }

    fn written(&self, path: &str, most: usize) -> Option<Result<Written, Diagnostic>> {
        self.over.as_ref()?.written(path, most)
    }

    fn is_written(&self, path: &str) -> bool {
        self.over.as_ref().is_some_and(|over| over.is_written(path))
    }

    fn paths(&self) -> Vec<String> {
        self.together(self.over.iter().flat_map(Folder::paths))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, Vec<Diagnostic>> {
        let over = self.over.as_ref().map(|over| over.list(folder)).transpose()?;
        let mut paths = self.together(over.into_iter().flatten());
        paths.retain(|path| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
        Ok(paths)
    }

    fn has(&self, path: &str) -> bool {
        self.over.as_ref().is_some_and(|over| over.has(path)) || file(&format!("{}/{path}", self.folder)).is_some()
    }
}

impl Library {
    /// The embedded files and those on top of them.
    fn together(&self, over: impl Iterator<Item = String>) -> Vec<String> {
        let embedded = FILES.iter().filter(|file| file.value.is_some());
        let embedded = embedded.filter_map(|file| file.path.strip_prefix(&*self.folder)?.strip_prefix('/'));
        let mut paths: Vec<String> = embedded.map(str::to_owned).collect();
        paths.extend(over);
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::contract::Library as _;

    #[test]
    fn values_made_at_build_time_are_those_of_the_reader() {
        for file in files().iter().filter(|file| file.value.is_some()) {
            let text = std::str::from_utf8(file.bytes).expect("text");
            let read = SourceFile::parse(file.path, text).expect(file.path);
            assert_eq!(file.source().expect(file.path).value, read.value, "{}", file.path);
        }
    }

    #[test]
    fn files_are_ordered_and_found() {
        assert!(files().is_sorted_by_key(|file| file.path));
        for known in files() {
            assert_eq!(file(known.path).map(|file| file.path), Some(known.path));
        }
        assert!(file("schemas/none.yaml").is_none());
    }

    #[test]
    fn a_folder_lies_on_top_file_by_file() {
        let folder = Scratch::new("layers");
        folder.write("schemas/own.yaml", "answer: 42\n");
        let library = Library::new(SCHEMAS, Some(&folder.0)).expect("a folder");
        assert_eq!(library.read("own.yaml").expect("the folder's").value["answer"], 42);
        assert!(library.paths().iter().any(|path| path == "own.yaml"));
        assert!(library.has("own.yaml") && library.has("openapi.yaml") && !library.has("neither.yaml"));
        assert!(library.read("neither.yaml").expect_err("nowhere")[0].message.contains("schemas/neither.yaml"));
        if let Some(below) =
            files().iter().filter(|file| file.value.is_some()).find_map(|file| file.path.strip_prefix("schemas/"))
        {
            assert!(library.read(below).expect("the embedded").name.ends_with("(embedded)"));
        }
    }

    /// A folder that goes when the test ends.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let path = std::env::temp_dir().join(format!("ayra-mock-embedded-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).expect("a temporary folder");
            Scratch(path)
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
