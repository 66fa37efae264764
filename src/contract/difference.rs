//! What is different between two contracts, told by their operations: one is changed if anything that it says has changed, in
//! its own place or behind a reference.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::asked::hash;
use super::{Bundle, Contract, Cursor};
use crate::pointer;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Difference {
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
    /// Something that belongs to the document as a whole: problems, keys, collections.
    pub beyond: bool,
}

impl Contract {
    /// From an earlier contract to this one.
    pub fn since(&self, before: &Contract) -> Difference {
        let (then, now) = (prints(before), prints(self));
        let both = now.iter().filter_map(|(id, print)| Some((then.get(id)?, print)));
        Difference {
            added: now.keys().filter(|id| !then.contains_key(*id)).count(),
            removed: then.keys().filter(|id| !now.contains_key(*id)).count(),
            changed: both.filter(|(then, now)| then != now).count(),
            beyond: whole(before) != whole(self),
        }
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

/// What each operation says, as a number.
fn prints(contract: &Contract) -> BTreeMap<&str, u64> {
    let mut units = Units::default();
    let operations = contract.operations.iter().filter_map(|operation| {
        let (name, pointer) = operation.origin.split_once("#/")?;
        let file = contract.bundle.files.iter().position(|(_, file)| file.name == name)?;
        let own = format!("/{pointer}");
        // What a path says for all its methods stands beside them.
        let shared = own.rsplit_once('/').map(|(item, _)| format!("{item}/parameters")).unwrap_or_default();
        let roots = [own, shared].map(|pointer| (file, pointer));
        Some((&*operation.id, units.reached(&contract.bundle, roots) ^ hash(&operation.path)))
    });
    operations.collect()
}

/// What the document says beside its operations and what they refer to.
fn whole(contract: &Contract) -> u64 {
    let root = contract.bundle.root();
    let parts = root.value.as_object().into_iter().flatten();
    let parts = parts.filter(|(name, _)| !matches!(name.as_str(), "paths" | "components" | "webhooks"));
    let schemes = root.value.pointer("/components/securitySchemes");
    hash(&parts.map(|(_, value)| value).chain(schemes).map(Value::to_string).collect::<Vec<_>>())
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Library;
    use crate::source::{Diagnostic, SourceFile};

    const PETS: &str = "
openapi: 3.1.0
info: { title: Pets, version: '1' }
paths:
  /pets:
    get: { operationId: list, responses: { '200': { $ref: '#/components/responses/Pets' } } }
    post: { operationId: add, responses: { '201': { description: Added } } }
  /pets/{id}:
    $ref: 'pet.yaml'
components:
  responses:
    Pets: { description: All, content: { application/json: { schema: { type: array, items: { $ref: 'parts.yaml#/Pet' } } } } }
";

    const PET: &str = "
parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
get:
  operationId: show
  responses:
    '200': { description: One, content: { application/json: { schema: { $ref: 'parts.yaml#/Pet' } } } }
";

    const PARTS: &str = "
Pet: { type: object, properties: { mother: { $ref: '#/Pet' }, name: { $ref: '#/Name' } } }
Name: { type: string }
Unused: { type: string }
";

    struct Files([(&'static str, String); 3]);

    impl Library for Files {
        fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
            let file = self.0.iter().find(|(name, _)| *name == path);
            let (name, text) = file.ok_or_else(|| vec![Diagnostic::new("E0002", "nothing there")])?;
            SourceFile::parse(*name, text.as_str())
        }
    }

    /// The contract with some words in its files replaced.
    fn pets(replaced: &[(&str, &str)]) -> Contract {
        let with = |text: &str| replaced.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        let files = Files([("pets.yaml", with(PETS)), ("pet.yaml", with(PET)), ("parts.yaml", with(PARTS))]);
        Contract::load(&files, "pets.yaml").unwrap_or_else(|findings| panic!("{findings:#?}")).contract
    }

    fn difference(replaced: &[(&str, &str)]) -> Difference {
        pets(replaced).since(&pets(&[]))
    }

    #[test]
    fn an_operation_is_changed_by_what_it_refers_to() {
        let changed = |changed| Difference { changed, ..Difference::default() };
        assert_eq!(difference(&[]), changed(0));
        assert_eq!(difference(&[("description: Added", "description: Done")]), changed(1));
        assert_eq!(difference(&[("description: All", "description: Many")]), changed(1));
        assert_eq!(difference(&[("Name: { type: string }", "Name: { type: string, maxLength: 3 }")]), changed(2));
        assert_eq!(difference(&[("required: true", "required: true, description: Own")]), changed(1));
        assert_eq!(difference(&[("Unused: { type: string }", "Unused: { type: number }")]), changed(0));
        assert_eq!(difference(&[("  /pets:", "  /dogs:")]), changed(2), "it is found elsewhere");
    }

    #[test]
    fn operations_come_and_go() {
        let renamed = difference(&[("operationId: add", "operationId: insert")]);
        assert_eq!(renamed, Difference { added: 1, removed: 1, changed: 0, beyond: false });
        let beyond = difference(&[("title: Pets", "title: Cats")]);
        assert_eq!(beyond, Difference { beyond: true, ..Difference::default() });
    }
}
