//! What of a contract a scenario was settled by: where that stays as it is, it would come out as it did.

use super::plan::Operations;
use crate::contract::Kept;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    operations: Operations,
    /// The records' schemas are a part of it.
    records: bool,
}

impl Default for Basis {
    fn default() -> Basis {
        Basis { operations: Operations::Some(Vec::new()), records: false }
    }
}

impl Basis {
    /// Takes in operations by their places, which each were named: others, new ones among them, have nothing to do with it.
    pub(super) fn named(&mut self, places: &[usize]) {
        if let Operations::Some(known) = &mut self.operations {
            known.extend_from_slice(places);
            known.sort_unstable();
            known.dedup();
        }
    }

    pub(super) fn all_operations(&mut self) {
        self.operations = Operations::All;
    }

    pub(super) fn records(&mut self) {
        self.records = true;
    }

    /// Whether all of it is among what was kept.
    pub fn is_kept(&self, kept: &Kept) -> bool {
        let operations = match &self.operations {
            Operations::All => kept.all_operations(),
            Operations::Some(places) => kept.operations(places),
        };
        operations && (kept.records() || !self.records)
    }
}

#[cfg(test)]
mod tests {
    use crate::contract::Contract;
    use crate::contract::sample::One;
    use crate::scenario::compile;
    use crate::source::SourceFile;

    const DOCUMENT: &str = "
openapi: 3.1.0
info: { title: Clinic, version: '1' }
paths:
  /pets:
    get: { operationId: listPets, tags: [Pets], responses: { '200': { description: Pets } } }
    post: { operationId: addPet, responses: { '201': { description: A pet } } }
  /owners:
    get: { operationId: listOwners, responses: { '200': { description: Owners } } }
components:
  schemas:
    Pet: { type: object, properties: { id: { type: string }, name: { type: string } } }
x-mock:
  collections: { pets: { schema: { $ref: '#/components/schemas/Pet' } } }
";

    /// Whether a scenario with these rules is settled as before, where some words of the contract are others.
    fn is_kept(rules: &str, from: &str, to: &str) -> bool {
        let of = |text: String| Contract::load(&One(text), "clinic.yaml").unwrap().contract;
        let (before, now) = (of(DOCUMENT.to_owned()), of(DOCUMENT.replace(from, to)));
        let file = SourceFile::parse("story.yaml", format!("rules:\n{rules}")).unwrap();
        let compiled = compile(&file, &before, &One("")).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
        compiled.basis.is_kept(&now.kept(&before))
    }

    #[test]
    fn a_scenario_rests_on_the_operations_that_it_names() {
        const OWN: &str =
            "  - { when: { operation: listPets }, delay: 1s }\n  - { when: { operation: [addPet] }, delay: 1s }\n";
        assert!(is_kept(OWN, "description: Owners", "description: People"));
        assert!(is_kept(OWN, "title: Clinic", "title: Vet"));
        assert!(!is_kept(OWN, "description: Pets", "description: Animals"));
        assert!(!is_kept(OWN, "description: A pet", "description: Added"));
    }

    #[test]
    fn one_that_may_take_any_request_rests_on_all() {
        for rule in ["{ delay: 1s }", "{ when: { operation: '*' }, delay: 1s }", "{ when: { tag: Pets }, delay: 1s }"] {
            let rule = format!("  - {rule}\n");
            assert!(is_kept(&rule, "title: Clinic", "title: Vet"), "{rule}");
            assert!(!is_kept(&rule, "description: Owners", "description: People"), "{rule}");
        }
    }

    #[test]
    fn one_that_writes_records_rests_on_their_schema() {
        let write = "  - { when: { operation: listPets }, world: [{ set: { collection: pets, id: a, fields: { name: Rex } } }] }\n";
        let delay = "  - { when: { operation: listPets }, delay: 1s }\n";
        let [from, to] = ["name: { type: string }", "name: { type: [string, 'null'] }"];
        assert_eq!([write, delay].map(|rules| is_kept(rules, from, to)), [false, true]);
    }
}
