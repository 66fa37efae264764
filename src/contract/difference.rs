//! What is different between two contracts, told by their operations: one is changed if anything that it says has changed, in
//! its own place or behind a reference. And what of the earlier one holds in the later, for whoever relies on parts of it.

use super::Contract;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Difference {
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
    /// Something that belongs to the document as a whole: problems, keys, collections.
    pub beyond: bool,
}

/// What of an earlier contract holds in a later one.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Operations and collections have their places in both, and what the document says of all of them is the same.
    holds: bool,
    /// Whether one says what it said, by its place.
    operations: Vec<bool>,
    records: bool,
}

impl Contract {
    /// From an earlier contract to this one.
    pub fn since(&self, before: &Contract) -> Difference {
        let (then, now) = (before.prints(), self.prints());
        let both = now.operations.iter().filter_map(|(id, print)| Some((then.operations.get(id)?, print)));
        Difference {
            added: now.operations.keys().filter(|id| !then.operations.contains_key(*id)).count(),
            removed: then.operations.keys().filter(|id| !now.operations.contains_key(*id)).count(),
            changed: both.filter(|(then, now)| then != now).count(),
            beyond: now.whole != then.whole,
        }
    }

    /// What of an earlier contract holds in this one.
    pub fn kept(&self, before: &Contract) -> Kept {
        // What is recognised of one operation depends on all of them.
        let is_plain = |contract: &Contract| !contract.recognised && contract.prints().is_certain;
        if !(is_plain(before) && is_plain(self)) || self.places != before.places {
            return Kept::default();
        }
        let (then, now) = (before.prints(), self.prints());
        if now.shared != then.shared {
            return Kept::default();
        }
        let is_same = |id: &String| now.operations.get(id).is_some_and(|print| then.operations.get(id) == Some(print));
        Kept {
            holds: true,
            operations: self.operations.iter().map(|operation| is_same(&operation.id)).collect(),
            records: now.records == then.records,
        }
    }
}

impl Kept {
    /// Whether these operations say what they said.
    pub fn operations(&self, places: &[usize]) -> bool {
        self.holds && places.iter().all(|place| self.operations.get(*place) == Some(&true))
    }

    pub fn all_operations(&self) -> bool {
        self.holds && self.operations.iter().all(|is_same| *is_same)
    }

    /// Whether all collections have the records that they had.
    pub fn records(&self) -> bool {
        self.holds && self.records
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

    /// Whether each of the three operations is what it was.
    fn kept(replaced: &[(&str, &str)]) -> [bool; 3] {
        let kept = pets(replaced).kept(&pets(&[]));
        assert_eq!(kept.all_operations(), kept.operations(&[0, 1, 2]));
        [0, 1, 2].map(|place| kept.operations(&[place]))
    }

    #[test]
    fn an_operation_is_kept_with_all_that_it_refers_to() {
        assert_eq!(kept(&[]), [true; 3]);
        assert_eq!(kept(&[("title: Pets", "title: Cats")]), [true; 3]);
        assert_eq!(kept(&[("description: Added", "description: Done")]), [true, false, true]);
        assert_eq!(kept(&[("Name: { type: string }", "Name: { type: number }")]), [false, true, false]);
    }

    #[test]
    fn nothing_is_kept_where_anything_may_mean_something_else() {
        let others = [
            ("operationId: add", "operationId: insert"),
            ("paths:\n", "security: []\npaths:\n"),
            ("paths:\n", "x-mock: { problems: {} }\npaths:\n"),
            ("components:\n", "components:\n  securitySchemes: { badge: { type: http, scheme: bearer } }\n"),
            ("Unused: { type: string }", "Unused: { $dynamicRef: '#/Pet' }"),
        ];
        for other in others {
            assert_eq!(kept(&[other]), [false; 3], "{other:?}");
        }
        let mut recognised = pets(&[]);
        recognised.recognise();
        assert!(!recognised.kept(&pets(&[])).operations(&[]));
    }

    #[test]
    fn records_are_kept_with_their_schema_and_what_is_said_of_them() {
        const COLLECTION: &str = "x-mock: { collections: { pets: { schema: { $ref: 'parts.yaml#/Pet' } } } }\npaths:\n";
        let of = |replaced: &[(&str, &str)]| pets(&[&[("paths:\n", COLLECTION)], replaced].concat());
        let kept = |replaced: &[(&str, &str)]| of(replaced).kept(&of(&[]));
        assert!(kept(&[("description: All", "description: Many")]).records());
        let other_schema = kept(&[("Name: { type: string }", "Name: { type: number }")]);
        assert!(!other_schema.records() && other_schema.operations(&[1]));
        assert!(!kept(&[("pets: { schema", "pets: { id_field: name, schema")]).records());
    }
}
