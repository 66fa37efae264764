//! A library that remembers what it was asked and what it said. Whoever made something of its files finds out later, without
//! making it once more, whether it would come out the same.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::folder::text;
use super::library::Library;
use crate::source::{Diagnostic, Limits, SourceFile};

/// As much text is kept with what it holds, in bytes; beyond that it is read anew.
const MOST_TEXT: usize = 32 << 20;

/// A file as it stands in a folder, not looked into yet.
#[derive(Debug, Clone)]
pub struct Written {
    /// As a person knows it.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Hands on what another library says, and notes it.
pub struct Asking<'l> {
    library: &'l dyn Library,
    texts: &'l Texts,
    asked: RefCell<Asked>,
}

/// What a library was asked, and what it said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// With the number of bytes that were allowed.
    files: BTreeMap<String, (usize, Print)>,
    there: BTreeMap<String, bool>,
    /// What lies in folders; the empty path is the library itself.
    lists: BTreeMap<String, u64>,
}

/// How a file is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Print {
    Absent,
    /// It is a part of the program, and never another.
    Fixed,
    Unreadable(u64),
    Empty,
    Bytes(u64),
}

/// What has become of the files since.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Since {
    Same,
    /// The paths of those that are others now.
    Changed(Vec<String>),
    /// One of them that had something in it is empty or gone, as it is for a moment while many an editor saves it.
    Unsettled(Vec<String>),
}

/// What texts hold that were read before: of many files mostly one has changed.
#[derive(Debug, Default)]
pub struct Texts(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    /// By the names of the files.
    known: HashMap<String, Known>,
    bytes: usize,
}

#[derive(Debug)]
struct Known {
    limits: Limits,
    text: Arc<str>,
    value: Arc<Value>,
    warnings: Vec<Diagnostic>,
}

impl<'l> Asking<'l> {
    pub fn new(library: &'l dyn Library, texts: &'l Texts) -> Asking<'l> {
        Asking { library, texts, asked: RefCell::default() }
    }

    /// What was asked so far.
    pub fn asked(&self) -> Asked {
        self.asked.borrow().clone()
    }

    fn note(&self, path: &str, most: usize, print: Print) {
        self.asked.borrow_mut().files.insert(path.to_owned(), (most, print));
    }
}

impl Library for Asking<'_> {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        self.read_within(path, &Limits::USUAL)
    }

    fn read_within(&self, path: &str, limits: &Limits) -> Result<SourceFile, Vec<Diagnostic>> {
        match self.library.written(path, limits.bytes) {
            None => {
                let usual = *limits == Limits::USUAL;
                let file = if usual { self.library.read(path) } else { self.library.read_within(path, limits) };
                self.note(path, limits.bytes, if file.is_ok() { Print::Fixed } else { Print::Absent });
                file
            }
            Some(written) => {
                self.note(path, limits.bytes, Print::of(&written));
                let read = written.and_then(|Written { name, bytes }| Ok((text(bytes, &name)?, name)));
                let (text, name) = read.map_err(|finding| vec![finding])?;
                self.texts.read(name, text.into(), limits)
            }
        }
    }

    fn bytes(&self, path: &str, most: usize) -> Result<Vec<u8>, Diagnostic> {
        match self.library.written(path, most) {
            None => {
                let bytes = self.library.bytes(path, most);
                self.note(path, most, if bytes.is_ok() { Print::Fixed } else { Print::Absent });
                bytes
            }
            Some(written) => {
                self.note(path, most, Print::of(&written));
                written.map(|written| written.bytes)
            }
        }
    }

    fn paths(&self) -> Vec<String> {
        let paths = self.library.paths();
        self.asked.borrow_mut().lists.insert(String::new(), hash(&paths));
        paths
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, Vec<Diagnostic>> {
        let list = self.library.list(folder);
        self.asked.borrow_mut().lists.insert(folder.to_owned(), listed(&list));
        list
    }

    fn has(&self, path: &str) -> bool {
        let has = self.library.has(path);
        self.asked.borrow_mut().there.insert(path.to_owned(), has);
        has
    }
}

impl Asked {
    /// The paths that were asked for, be something there or not.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().chain(self.there.keys()).map(String::as_str)
    }

    /// Whether the library, or another in its place, still says the same.
    pub fn since(&self, library: &dyn Library) -> Since {
        let (mut changed, mut unsettled) = (Vec::new(), false);
        for (path, (most, before)) in &self.files {
            let now = Print::now(library, path, *most);
            if now != *before {
                unsettled |= matches!((before, now), (Print::Bytes(_), now) if !matches!(now, Print::Bytes(_)));
                changed.push(path.clone());
            }
        }
        let there = self.there.iter().filter(|(path, before)| library.has(path) != **before);
        changed.extend(there.map(|(path, _)| path.clone()));
        let lists = self.lists.iter().filter(|(folder, before)| {
            let now = if folder.is_empty() { hash(&library.paths()) } else { listed(&library.list(folder)) };
            now != **before
        });
        changed.extend(lists.map(|(folder, _)| format!("{folder}/")));
        changed.dedup();
        match (changed.is_empty(), unsettled) {
            (true, _) => Since::Same,
            (false, false) => Since::Changed(changed),
            (false, true) => Since::Unsettled(changed),
        }
    }
}

impl Print {
    fn now(library: &dyn Library, path: &str, most: usize) -> Print {
        match library.written(path, most) {
            Some(written) => Print::of(&written),
            None if library.has(path) => Print::Fixed,
            None => Print::Absent,
        }
    }

    fn of(written: &Result<Written, Diagnostic>) -> Print {
        match written {
            Ok(Written { bytes, .. }) if bytes.trim_ascii().is_empty() => Print::Empty,
            Ok(Written { bytes, .. }) => Print::Bytes(hash(bytes)),
            Err(finding) => Print::Unreadable(hash(&finding.message)),
        }
    }
}

impl Since {
    pub fn is_same(&self) -> bool {
        *self == Since::Same
    }

    /// Of two libraries that belong together, the less certain.
    pub fn and(self, other: Since) -> Since {
        self.max(other)
    }
}

impl Texts {
    fn read(&self, name: String, text: Arc<str>, limits: &Limits) -> Result<SourceFile, Vec<Diagnostic>> {
        let same = |known: &&Known| known.text == text && known.limits == *limits;
        if let Some(known) = self.lock().known.get(&name).filter(same) {
            let mut file = SourceFile::ready(name, text, known.value.clone());
            file.warnings = known.warnings.clone();
            return Ok(file);
        }
        let file = SourceFile::parse_within(name, text, limits)?;
        self.lock().keep(&file, *limits);
        Ok(file)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn keep(&mut self, file: &SourceFile, limits: Limits) {
        let before = self.known.remove(&file.name).map_or(0, |known| known.text.len());
        self.bytes -= before;
        if self.bytes + file.text.len() > MOST_TEXT {
            *self = Shelf::default();
        }
        if file.text.len() <= MOST_TEXT {
            self.bytes += file.text.len();
            let (text, value, warnings) = (file.text.clone(), file.value.clone(), file.warnings.clone());
            self.known.insert(file.name.clone(), Known { limits, text, value, warnings });
        }
    }
}

fn listed(list: &Result<Vec<String>, Vec<Diagnostic>>) -> u64 {
    match list {
        Ok(paths) => hash(paths),
        Err(findings) => hash(&findings.iter().map(|finding| &finding.message).collect::<Vec<_>>()),
    }
}

pub(super) fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Files whose texts stand in a map, over others that never change.
    #[derive(Default)]
    struct Shelves(BTreeMap<&'static str, String>);

    impl Shelves {
        fn with(mut self, path: &'static str, text: &str) -> Shelves {
            self.0.insert(path, text.to_owned());
            self
        }

        fn without(mut self, path: &str) -> Shelves {
            self.0.remove(path);
            self
        }
    }

    impl Library for Shelves {
        fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
            match (self.0.get(path), path) {
                (Some(text), _) => SourceFile::parse(path, text.as_str()),
                (None, "fixed.yaml") => SourceFile::parse(path, "a: fixed"),
                _ => Err(vec![Diagnostic::new("E0002", "nothing there")]),
            }
        }

        fn written(&self, path: &str, _: usize) -> Option<Result<Written, Diagnostic>> {
            let bytes = self.0.get(path)?.clone().into_bytes();
            Some(Ok(Written { name: path.to_owned(), bytes }))
        }

        fn paths(&self) -> Vec<String> {
            self.0.keys().map(|path| (*path).to_owned()).chain(["fixed.yaml".to_owned()]).collect()
        }
    }

    fn shelves() -> Shelves {
        Shelves::default().with("a.yaml", "a: 1").with("below/b.yaml", "b: 1")
    }

    fn ask(library: &Shelves) -> Asked {
        let texts = Texts::default();
        let asking = Asking::new(library, &texts);
        assert_eq!(asking.read("a.yaml").unwrap().value["a"], 1);
        assert_eq!(asking.read("fixed.yaml").unwrap().value["a"], "fixed");
        assert!(asking.read("none.yaml").is_err());
        assert!(!asking.has("keys.yaml"));
        assert_eq!(asking.list("below").unwrap(), ["below/b.yaml"]);
        asking.asked()
    }

    #[test]
    fn what_nobody_asked_for_may_change() {
        let asked = ask(&shelves());
        assert_eq!(asked.since(&shelves()), Since::Same);
        assert_eq!(asked.since(&shelves().with("c.yaml", "c: 1").with("below/b.yaml", "b: 2")), Since::Same);
        assert_eq!(asked.paths().collect::<Vec<_>>(), ["a.yaml", "fixed.yaml", "none.yaml", "keys.yaml"]);
    }

    #[test]
    fn whatever_would_be_answered_otherwise_is_a_change() {
        let asked = ask(&shelves());
        let changed = |library: Shelves, path: &str| {
            assert_eq!(asked.since(&library), Since::Changed(vec![path.to_owned()]), "{path}");
        };
        changed(shelves().with("a.yaml", "a: 2"), "a.yaml");
        changed(shelves().with("fixed.yaml", "a: own"), "fixed.yaml");
        changed(shelves().with("none.yaml", "a: 1"), "none.yaml");
        changed(shelves().with("keys.yaml", "a: 1"), "keys.yaml");
        changed(shelves().with("below/c.yaml", "c: 1"), "below/");
    }

    #[test]
    fn a_file_that_lost_what_it_had_may_be_on_its_way() {
        let asked = ask(&shelves().with("fixed.yaml", "a: fixed"));
        let with_all = || shelves().with("fixed.yaml", "a: fixed");
        for library in
            [with_all().without("a.yaml"), with_all().with("a.yaml", " \n"), with_all().without("fixed.yaml")]
        {
            assert!(matches!(asked.since(&library), Since::Unsettled(_)));
        }
        let empty = ask(&shelves());
        assert!(matches!(empty.since(&shelves().with("none.yaml", "")), Since::Changed(_)), "it had nothing before");
    }

    #[test]
    fn a_text_is_understood_once() {
        let texts = Texts::default();
        let read = |text: &str| texts.read("a.yaml".to_owned(), text.into(), &Limits::USUAL);
        assert_eq!(read("a: 1").unwrap().value["a"], 1);
        texts.lock().known.get_mut("a.yaml").unwrap().value = Arc::new(serde_json::json!({ "a": "kept" }));
        assert_eq!(read("a: 1").unwrap().value["a"], "kept");
        assert_eq!(read("a: 2").unwrap().value["a"], 2);
        assert!(read("a: [").is_err());
        assert_eq!(read("a: 2").unwrap().value["a"], 2);
        assert_eq!(texts.lock().bytes, 4);
    }
}
