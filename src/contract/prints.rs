//! What the parts of a contract say, as numbers: parts of one number say the same, in their own place and behind references.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::asked::hash;
use super::{Bundle, Contract, Cursor};
use crate::pointer;

#[derive(Debug)]
pub struct Prints {
    /// By the operations' names.
    pub operations: BTreeMap<String, u64>,
    /// What the document says beside its operations and what they refer to.
    pub whole: u64,
    /// What of that has to do with operations and collections, and all that it refers to but the records' schemas.
    pub shared: u64,
    /// The records' schemas.
    pub records: u64,
    /// Everything that is referred to can be found. A dynamic reference leads elsewhere from everywhere.
    pub is_certain: bool,
}

impl Contract {
    /// Worked out once, when they are first asked for.
    pub fn prints(&self) -> &Prints {
        self.prints.get_or_init(|| Prints::of(self))
    }
}

impl Prints {
    fn of(contract: &Contract) -> Prints {
        let bundle = &contract.bundle;
        let mut units = Units::default();
        let operations = contract.operations.iter().filter_map(|operation| {
            let (name, pointer) = operation.origin.split_once("#/")?;
            let file = bundle.files.iter().position(|(_, file)| file.name == name)?;
            let own = format!("/{pointer}");
            // What a path says for all its methods stands beside them.
            let shared = own.rsplit_once('/').map(|(item, _)| format!("{item}/parameters")).unwrap_or_default();
            let roots = [own, shared].map(|pointer| (file, pointer));
            Some((operation.id.clone(), units.reached(bundle, roots) ^ hash(&operation.path)))
        });
        let operations = operations.collect();
        let (shared, records) = shared(&bundle.root());
        Prints {
            operations,
            whole: whole(&bundle.root()),
            shared: units.reached(bundle, shared),
            records: units.reached(bundle, records),
            is_certain: !bundle.files.iter().any(|(_, file)| has_dynamic_references(&file.value)),
        }
    }
}

/// What the document says beside its operations and what they refer to.
fn whole(root: &Cursor) -> u64 {
    let parts = root.value.as_object().into_iter().flatten();
    let parts = parts.filter(|(name, _)| !matches!(name.as_str(), "paths" | "components" | "webhooks"));
    let schemes = root.value.pointer("/components/securitySchemes");
    hash(&parts.map(|(_, value)| value).chain(schemes).map(Value::to_string).collect::<Vec<_>>())
}

/// Where it is said what counts for all operations, and where the records' schemas stand.
fn shared(root: &Cursor) -> (Vec<Place>, Vec<Place>) {
    let place = |cursor: Cursor| (cursor.file_index(), cursor.pointer);
    let (mut shared, mut records) = (Vec::new(), Vec::new());
    let of_document = root.raw_members().filter(|(name, _)| {
        !matches!(*name, "info" | "tags" | "externalDocs" | "paths" | "components" | "webhooks" | "x-mock")
    });
    shared.extend(of_document.map(|(_, member)| place(member)));
    shared.extend(root.get("components").and_then(|components| components.raw("securitySchemes")).map(place));
    for (name, member) in root.get("x-mock").iter().flat_map(Cursor::members) {
        if name != "collections" {
            shared.push(place(member));
            continue;
        }
        for (part, value) in member.members().flat_map(|(_, collection)| parts(&collection)) {
            if part == "schema" { &mut records } else { &mut shared }.push(place(value));
        }
    }
    (shared, records)
}

fn parts<'b>(object: &Cursor<'b>) -> Vec<(&'b str, Cursor<'b>)> {
    object.raw_members().collect()
}

fn has_dynamic_references(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.contains_key("$dynamicRef") || members.values().any(has_dynamic_references),
        Value::Array(items) => items.iter().any(has_dynamic_references),
        _ => false,
    }
}

/// A value that something refers to, and whatever that refers to in turn.
struct Unit {
    /// Of what stands there, references left out.
    print: u64,
    refers: Vec<Place>,
}

/// File and pointer.
type Place = (usize, String);

#[derive(Default)]
struct Units(HashMap<Place, Unit>);

impl Units {
    /// Of all that can be reached from these places, as far as they are there.
    fn reached(&mut self, bundle: &Bundle, from: impl IntoIterator<Item = Place>) -> u64 {
        let mut seen = HashSet::new();
        let mut waiting = Vec::from_iter(from);
        let mut all = 0_u64;
        while let Some(place) = waiting.pop() {
            let is_there = pointer::target(&bundle.files[place.0].1.value, &place.1).is_some();
            if !is_there || !seen.insert(place.clone()) {
                continue;
            }
            let unit = self.0.entry(place).or_insert_with_key(|(file, pointer)| Unit::of(&bundle.at(*file, pointer)));
            // In which order they are reached does not matter.
            all = all.wrapping_add(hash(&unit.print));
            waiting.extend(unit.refers.iter().cloned());
        }
        all
    }
}

impl Unit {
    fn of(cursor: &Cursor) -> Unit {
        let (mut hasher, mut refers) = (DefaultHasher::new(), Vec::new());
        take_in(cursor, cursor.value, &mut hasher, &mut refers);
        Unit { print: hasher.finish(), refers }
    }
}

fn take_in(cursor: &Cursor, value: &Value, hasher: &mut DefaultHasher, refers: &mut Vec<Place>) {
    match value {
        Value::Object(members) => {
            members.len().hash(hasher);
            for (name, value) in members {
                name.hash(hasher);
                let target = value.as_str().filter(|_| name == "$ref").and_then(|reference| cursor.follow(reference));
                match target {
                    Some(target) => refers.push((target.file_index(), target.pointer)),
                    None => take_in(cursor, value, hasher, refers),
                }
            }
        }
        Value::Array(items) => {
            items.len().hash(hasher);
            items.iter().for_each(|item| take_in(cursor, item, hasher, refers));
        }
        Value::String(text) => text.hash(hasher),
        other => other.to_string().hash(hasher),
    }
}
