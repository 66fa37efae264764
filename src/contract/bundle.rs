//! The files of one contract: the document and every local file that its references reach.

use std::collections::VecDeque;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::source::{Diagnostic, Level, SourceFile};

/// Where a contract's files come from: a folder, or the files compiled into the program.
pub trait Library {
    /// The file at a path relative to the contract's folder.
    fn read(&self, path: &str) -> Result<SourceFile, Diagnostic>;
}

#[derive(Debug)]
pub struct Bundle {
    /// Path relative to the contract's folder, and the file. The document itself is the first.
    pub files: Vec<(String, SourceFile)>,
}

/// One value of a bundle, and where it stands. Walking keeps the place, so that whoever finds fault can point at it.
#[derive(Debug, Clone)]
pub struct Cursor<'b> {
    bundle: &'b Bundle,
    file: usize,
    /// A JSON Pointer from the file's root.
    pub pointer: String,
    pub value: &'b Value,
}

impl Bundle {
    /// Reads the document and follows its references.
    pub fn load(library: &dyn Library, entry: &str) -> Result<Bundle, Vec<Diagnostic>> {
        let mut files: Vec<(String, SourceFile)> = Vec::new();
        let mut waiting = VecDeque::from([entry.to_owned()]);
        while let Some(path) = waiting.pop_front() {
            if files.iter().any(|(known, _)| *known == path) {
                continue;
            }
            let file = library.read(&path).map_err(|diagnostic| vec![diagnostic])?;
            references(&file.value, &mut |reference| {
                if let Some(target) = local_file(&path, reference) {
                    waiting.push_back(target);
                }
            });
            files.push((path, file));
        }
        Ok(Bundle { files })
    }

    pub fn root(&self) -> Cursor<'_> {
        Cursor { bundle: self, file: 0, pointer: String::new(), value: &self.files[0].1.value }
    }

    /// The value at a pointer that a cursor of this bundle gave.
    pub fn at(&self, file: usize, pointer: &str) -> Cursor<'_> {
        let root = &self.files[file].1.value;
        Cursor { bundle: self, file, pointer: pointer.to_owned(), value: root.pointer(pointer).unwrap_or(root) }
    }
}

impl<'b> Cursor<'b> {
    /// The member `key` of an object, references followed.
    pub fn get(&self, key: &str) -> Option<Cursor<'b>> {
        Some(self.child(key, self.value.get(key)?).resolved())
    }

    /// The members of an object, or none, references followed.
    pub fn members(&self) -> impl Iterator<Item = (&'b str, Cursor<'b>)> + '_ {
        let members = self.value.as_object();
        members.into_iter().flatten().map(|(key, value)| (key.as_str(), self.child(key, value).resolved()))
    }

    /// The items of an array, or none, references followed.
    pub fn items(&self) -> impl Iterator<Item = Cursor<'b>> + '_ {
        let items = self.value.as_array();
        items.into_iter().flatten().enumerate().map(|(n, value)| self.child(&n.to_string(), value).resolved())
    }

    pub fn str(&self, key: &str) -> Option<&'b str> {
        self.value.get(key)?.as_str()
    }

    pub fn bool(&self, key: &str) -> Option<bool> {
        self.value.get(key)?.as_bool()
    }

    /// The value itself if it is no reference, else what the reference leads to. A reference that leads nowhere,
    /// or round in a circle, stays as it is: the lint reports it.
    pub fn resolved(self) -> Cursor<'b> {
        let mut here = self.clone();
        for _ in 0..32 {
            let Some(reference) = here.value.get("$ref").and_then(Value::as_str) else { return here };
            let Some(target) = here.follow(reference) else { return here };
            here = target;
        }
        self
    }

    /// What a reference written here leads to.
    pub fn follow(&self, reference: &str) -> Option<Cursor<'b>> {
        let (_, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let file = match local_file(&self.bundle.files[self.file].0, reference) {
            Some(path) => self.bundle.files.iter().position(|(known, _)| *known == path)?,
            None if reference.starts_with('#') => self.file,
            None => return None,
        };
        let pointer = percent_encoding::percent_decode_str(fragment).decode_utf8().ok()?.into_owned();
        let value = self.bundle.files[file].1.value.pointer(&pointer)?;
        Some(Cursor { bundle: self.bundle, file, pointer, value })
    }

    /// The address by which the schema registry knows this value.
    pub fn uri(&self) -> String {
        format!("{}#{}", file_uri(&self.bundle.files[self.file].0), encode_fragment(&self.pointer))
    }

    pub fn file_index(&self) -> usize {
        self.file
    }

    pub fn source(&self) -> &'b SourceFile {
        &self.bundle.files[self.file].1
    }

    /// A finding about this value.
    pub fn diagnostic(&self, level: Level, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            level,
            code,
            message: message.into(),
            spot: Some(self.source().spot(&self.pointer)),
            label: String::new(),
            help: None,
        }
    }

    fn child(&self, key: &str, value: &'b Value) -> Cursor<'b> {
        let pointer = format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"));
        Cursor { bundle: self.bundle, file: self.file, pointer, value }
    }
}

/// The address of a file of the bundle. The scheme is ours alone and nothing can be fetched by it.
pub fn file_uri(path: &str) -> String {
    format!("contract:///{}", encode_fragment(path))
}

fn encode_fragment(text: &str) -> String {
    const KEEP: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, KEEP).to_string()
}

/// The file that a reference in `from` names, relative to the contract's folder; `None` if it names none or a remote one.
fn local_file(from: &str, reference: &str) -> Option<String> {
    let (file, _) = reference.split_once('#').unwrap_or((reference, ""));
    if file.is_empty() || file.contains("://") {
        return None;
    }
    let file = percent_encoding::percent_decode_str(file).decode_utf8().ok()?;
    let joined = Path::new(from).parent().unwrap_or(Path::new("")).join(&*file);
    let mut clean = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::Normal(part) => clean.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !clean.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    clean.to_str().map(str::to_owned)
}

/// Calls `found` with each `$ref` of a value.
fn references(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found(reference);
            }
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
