//! The files of one contract: the document and every local file that its references reach.

use std::collections::{HashMap, HashSet, VecDeque};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde_json::Value;

use super::library::Library;
use super::reference::{self, Target};
use crate::nearest::ranked;
use crate::pointer;
use crate::source::{Diagnostic, SourceFile};

#[derive(Debug)]
pub struct Bundle {
    /// Path relative to the contract's folder, and the file. The document itself is the first.
    pub files: Vec<(String, SourceFile)>,
    by_path: HashMap<String, usize>,
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

/// A file that is still to be read, and the reference that asked for it.
struct Wanted {
    path: String,
    by: Option<(usize, String)>,
}

impl Bundle {
    /// Reads the document and follows its references.
    pub fn load(library: &dyn Library, entry: &str) -> Result<Bundle, Vec<Diagnostic>> {
        match Bundle::gather(library, entry) {
            (Some(bundle), findings) if !findings.iter().any(Diagnostic::is_error) => Ok(bundle),
            (_, findings) => Err(findings),
        }
    }

    /// As much of the contract as can be read, and everything that is wrong with its files and references.
    pub fn gather(library: &dyn Library, entry: &str) -> (Option<Bundle>, Vec<Diagnostic>) {
        let mut bundle = Bundle { files: Vec::new(), by_path: HashMap::new() };
        let mut findings = Vec::new();
        let mut seen = HashSet::new();
        let mut waiting = VecDeque::from([Wanted { path: entry.to_owned(), by: None }]);
        while let Some(Wanted { path, by }) = waiting.pop_front() {
            if !seen.insert(path.clone()) {
                continue;
            }
            match library.read(&path) {
                Ok(file) => {
                    let index = bundle.files.len();
                    findings.extend(file.warnings.iter().cloned());
                    bundle.by_path.insert(path.clone(), index);
                    bundle.files.push((path, file));
                    bundle.want(index, &mut waiting, &mut findings);
                }
                Err(faults) => {
                    findings.extend(faults.into_iter().map(|fault| bundle.blame(fault, library, by.as_ref())))
                }
            }
        }
        if bundle.files.is_empty() {
            return (None, findings);
        }
        bundle.check_references(&mut findings);
        (Some(bundle), findings)
    }

    pub fn root(&self) -> Cursor<'_> {
        Cursor { bundle: self, file: 0, pointer: String::new(), value: &self.files[0].1.value }
    }

    /// The value at a pointer that a cursor of this bundle gave.
    pub fn at(&self, file: usize, pointer: &str) -> Cursor<'_> {
        let root = &self.files[file].1.value;
        Cursor {
            bundle: self,
            file,
            pointer: pointer.to_owned(),
            value: pointer::target(root, pointer).unwrap_or(root),
        }
    }

    /// What a reference leads to that is written in a file.
    pub fn follow(&self, file: usize, reference: &str) -> Option<Cursor<'_>> {
        match reference::target(&self.files[file].0, reference) {
            Target::Here(fragment) => self.land(file, &fragment),
            Target::File(path, fragment) => self.land(*self.by_path.get(&path)?, &fragment),
            _ => None,
        }
    }

    /// The value that a fragment of a file names, by pointer or by a schema's `$anchor`.
    fn land(&self, file: usize, fragment: &str) -> Option<Cursor<'_>> {
        let root = &self.files[file].1.value;
        let pointer = if fragment.is_empty() || fragment.starts_with('/') {
            fragment.to_owned()
        } else {
            anchored(root, fragment, &mut String::new())?
        };
        let value = pointer::target(root, &pointer)?;
        Some(Cursor { bundle: self, file, pointer, value })
    }

    /// Puts the files that file `index` refers to in line, and names the references that may lead nowhere.
    fn want(&self, index: usize, waiting: &mut VecDeque<Wanted>, findings: &mut Vec<Diagnostic>) {
        let (path, file) = &self.files[index];
        reference::each(&file.value, &mut |pointer, reference| {
            let refused = match reference::target(path, reference) {
                Target::Here(_) => return,
                Target::File(path, _) => {
                    if !self.by_path.contains_key(&path) {
                        waiting.push_back(Wanted { path, by: Some((index, pointer.to_owned())) });
                    }
                    return;
                }
                Target::Remote => {
                    Diagnostic::new("E0201", format!("the reference \"{reference}\" leads to another host"))
                        .label("never fetched")
                        .help("put a copy beside the contract and refer to that by its path")
                }
                Target::Absolute => {
                    Diagnostic::new("E0202", format!("the reference \"{reference}\" is an absolute path"))
                        .label("not read")
                        .help("put the file into the contract's folder and refer to it by a relative path")
                }
                Target::Outside => {
                    Diagnostic::new("E0203", format!("the reference \"{reference}\" leaves the contract's folder"))
                        .label("not read")
                        .help("put the file into the contract's folder, or start from a folder that holds both")
                }
                Target::Malformed => Diagnostic::new("E0208", format!("the reference \"{reference}\" is malformed"))
                    .label("is no URI reference")
                    .help("a path or fragment is percent-encoded UTF-8"),
            };
            findings.push(refused.at(file.spot(pointer)));
        });
    }

    /// A file that can't be read is the fault of the reference that asks for it, a file that is wrong its own.
    fn blame(&self, mut fault: Diagnostic, library: &dyn Library, by: Option<&(usize, String)>) -> Diagnostic {
        if fault.code != "E0002" {
            return fault;
        }
        let Some((index, pointer)) = by else { return fault };
        let file = &self.files[*index].1;
        fault.spot = Some(file.spot(pointer));
        fault.code = "E0204";
        let known = library.paths();
        if let (Some(Value::String(reference)), false) = (file.value.pointer(pointer), known.is_empty()) {
            let name = reference.split('#').next().unwrap_or_default();
            fault = fault.meant(name.trim_start_matches("./"), known.iter().map(String::as_str));
        }
        fault
    }

    /// Every reference must lead to a value, and not round in a circle.
    fn check_references(&self, findings: &mut Vec<Diagnostic>) {
        for (index, (path, file)) in self.files.iter().enumerate() {
            reference::each(&file.value, &mut |pointer, reference| {
                let holder = pointer.strip_suffix("/$ref").unwrap_or(pointer);
                let here = Cursor { bundle: self, file: index, pointer: holder.to_owned(), value: &Value::Null };
                let finding = match reference::target(path, reference) {
                    Target::Here(fragment) => match self.land(index, &fragment) {
                        Some(_) => self.circle(&here, reference),
                        None => Some(self.dangling(index, reference, &fragment)),
                    },
                    Target::File(target, fragment) => match self.by_path.get(&target) {
                        Some(target) if self.land(*target, &fragment).is_none() => {
                            Some(self.dangling(*target, reference, &fragment))
                        }
                        Some(_) => self.circle(&here, reference),
                        None => None,
                    },
                    _ => None,
                };
                findings.extend(finding.map(|finding| finding.at(file.spot(pointer))));
            });
        }
    }

    fn circle(&self, here: &Cursor, reference: &str) -> Option<Diagnostic> {
        let mut target = here.follow(reference)?;
        for _ in 0..MAX_CHAIN {
            match target.value.get("$ref").and_then(Value::as_str) {
                Some(next) => target = target.follow(next)?,
                None => return None,
            }
        }
        let message = format!("the reference \"{reference}\" never arrives at a value");
        let finding = Diagnostic::new("E0206", message).label("leads round in a circle, or through too many others");
        Some(finding.help("a reference must lead to something that is no reference"))
    }

    fn dangling(&self, file: usize, reference: &str, fragment: &str) -> Diagnostic {
        let (path, file) = &self.files[file];
        if !fragment.starts_with('/') {
            let message = format!("the reference \"{reference}\" has a fragment that is no JSON Pointer");
            return Diagnostic::new("E0207", message).help("a fragment begins with \"#/\", or is a schema's $anchor");
        }
        let message = format!("the reference \"{reference}\" leads nowhere");
        let finding = Diagnostic::new("E0205", message).label(format!("not in {path}"));
        match near(&file.value, fragment) {
            Some(near) => finding.help(format!("did you mean \"{near}\"?")),
            None => finding,
        }
    }
}

/// As many references as may stand in a row.
const MAX_CHAIN: usize = 32;

/// Pointers like the one that leads nowhere: its first missing part replaced by the names that are there.
fn near(root: &Value, fragment: &str) -> Option<String> {
    let mut value = root;
    let mut walked = String::from("#");
    for part in fragment.split('/').skip(1) {
        let name = pointer::unescaped(part);
        let next = match value {
            Value::Object(members) => members.get(&*name),
            Value::Array(items) => name.parse::<usize>().ok().and_then(|n| items.get(n)),
            _ => None,
        };
        let Some(next) = next else {
            let known = value.as_object()?.keys().map(String::as_str);
            let offered: Vec<String> = ranked(&name, known)
                .into_iter()
                .take(3)
                .map(|name| format!("{walked}/{}", pointer::escaped(name)))
                .collect();
            return (!offered.is_empty()).then(|| offered.join("\" or \""));
        };
        value = next;
        walked = format!("{walked}/{part}");
    }
    None
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
        if !self.value.as_object().is_some_and(|members| members.contains_key("$ref")) {
            return self;
        }
        let mut here: Option<Cursor> = None;
        for _ in 0..MAX_CHAIN {
            let at = here.as_ref().unwrap_or(&self);
            match at.value.get("$ref").and_then(Value::as_str).and_then(|reference| at.follow(reference)) {
                Some(target) => here = Some(target),
                None => return here.unwrap_or(self),
            }
        }
        self
    }

    /// What a reference written here leads to.
    pub fn follow(&self, reference: &str) -> Option<Cursor<'b>> {
        self.bundle.follow(self.file, reference)
    }

    /// The address by which the schema registry knows this value.
    pub fn uri(&self) -> String {
        let path = &self.bundle.files[self.file].0;
        let mut uri = String::with_capacity(ADDRESS.len() + path.len() + 1 + self.pointer.len());
        uri.push_str(ADDRESS);
        uri.extend(encoded(path));
        uri.push('#');
        uri.extend(encoded(&self.pointer));
        uri
    }

    pub fn file_index(&self) -> usize {
        self.file
    }

    pub fn source(&self) -> &'b SourceFile {
        &self.bundle.files[self.file].1
    }

    /// A finding about this value.
    pub fn finding(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.source().spot(&self.pointer))
    }

    /// A finding about the key of this value.
    pub fn key_finding(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.source().key_spot(&self.pointer))
    }

    /// The member `key` as it is written.
    pub fn raw(&self, key: &str) -> Option<Cursor<'b>> {
        Some(self.child(key, self.value.get(key)?))
    }

    /// The members as they are written.
    pub fn raw_members(&self) -> impl Iterator<Item = (&'b str, Cursor<'b>)> + '_ {
        let members = self.value.as_object();
        members.into_iter().flatten().map(|(key, value)| (key.as_str(), self.child(key, value)))
    }

    /// The items as they are written.
    pub fn raw_items(&self) -> impl Iterator<Item = Cursor<'b>> + '_ {
        let items = self.value.as_array();
        items.into_iter().flatten().enumerate().map(|(n, value)| self.child(&n.to_string(), value))
    }

    fn child(&self, key: &str, value: &'b Value) -> Cursor<'b> {
        let part = pointer::escaped(key);
        // Made for every value of a document: a buffer of the right size at once is most of the work saved.
        let mut pointer = String::with_capacity(self.pointer.len() + 1 + part.len());
        pointer.push_str(&self.pointer);
        pointer.push('/');
        pointer.push_str(&part);
        Cursor { bundle: self.bundle, file: self.file, pointer, value }
    }
}

/// Where files of a bundle are said to be. The scheme is ours alone and nothing can be fetched by it.
const ADDRESS: &str = "contract:///";

/// The address of a file of the bundle.
pub fn file_uri(path: &str) -> String {
    format!("{ADDRESS}{}", encoded(path))
}

/// A path or pointer as it is written within an address.
pub fn encode_fragment(text: &str) -> String {
    encoded(text).to_string()
}

fn encoded(text: &str) -> PercentEncode<'_> {
    const KEEP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, KEEP)
}

/// The pointer to the schema that has an `$anchor`.
fn anchored(value: &Value, anchor: &str, pointer: &mut String) -> Option<String> {
    let mut below = |part: &str, value: &Value| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&pointer::escaped(part));
        let found = anchored(value, anchor, pointer);
        pointer.truncate(length);
        found
    };
    match value {
        Value::Object(members) if members.get("$anchor").and_then(Value::as_str) == Some(anchor) => {
            Some(pointer.clone())
        }
        Value::Object(members) => members.iter().find_map(|(key, value)| below(key, value)),
        Value::Array(items) => items.iter().enumerate().find_map(|(n, item)| below(&n.to_string(), item)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
