//! `world`: what happens to the records and calls behind the API.

use super::{At, Reading};
use crate::pointer::escaped;
use crate::scenario::effect::Deed;

impl<'a> Reading<'a> {
    /// What is done before the answer is made, and what after it.
    pub fn deeds(&mut self, list: &At<'a>) -> (Vec<Deed>, Vec<Deed>) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for at in list.items() {
            let deeds = if at.flag("after") { &mut after } else { &mut before };
            self.deed(&at, deeds);
        }
        (before, after)
    }

    fn deed(&mut self, at: &At<'a>, deeds: &mut Vec<Deed>) {
        let leaf = |reading: &mut Self, at: &At<'a>, name: &str| at.get(name).and_then(|at| reading.leaf(&at));
        if let Some(id) = leaf(self, at, "end") {
            self.has_calls(at);
            deeds.push(Deed::End { id });
        }
        if let Some(number) = at.get("calls") {
            self.has_calls(at);
            deeds.extend(self.number(&number).map(Deed::Calls));
        }
        for (name, number) in at.get("add").iter().flat_map(At::members) {
            let collection = self.collection(&number, name, true);
            let count = self.number(&number);
            deeds.extend(collection.zip(count).map(|(collection, count)| Deed::Add { collection, count }));
        }
        if let Some(key) = leaf(self, at, "revoke") {
            deeds.push(Deed::Revoke { key });
        }
        if let Some(what) = at.get("delete") {
            let collection = self.named_collection(&what);
            let id = leaf(self, &what, "id");
            deeds.extend(collection.zip(id).map(|(collection, id)| Deed::Delete { collection, id }));
        }
        if let Some(what) = at.get("set") {
            let collection = self.named_collection(&what);
            let id = leaf(self, &what, "id");
            let fields = what.get("fields").and_then(|fields| self.tree(&fields));
            if let (Some(collection), Some(fields)) = (collection, what.get("fields")) {
                self.basis.records();
                let schema = self.contract.collections[collection].schema.as_ref();
                for (name, at) in fields.members() {
                    let pointer = format!("/{}", escaped(name));
                    self.pointer_leads_somewhere(&at, true, &pointer, vec![schema], "the record");
                }
            }
            let whole = collection.zip(id).zip(fields);
            deeds.extend(whole.map(|((collection, id), fields)| Deed::Set { collection, id, fields }));
        }
    }

    fn number(&mut self, at: &At) -> Option<usize> {
        self.count(at).and_then(|number| usize::try_from(number).ok())
    }

    fn named_collection(&mut self, at: &At<'a>) -> Option<usize> {
        let name = at.get("collection")?;
        self.collection(&name, name.text()?, false)
    }

    /// `key`: the name is the key of the value.
    fn collection(&mut self, at: &At, name: &str, key: bool) -> Option<usize> {
        let all = &self.contract.collections;
        let found = all.iter().position(|collection| collection.name == name);
        let Some(place) = found.filter(|place| !all[*place].computed) else {
            let stored = all.iter().filter(|collection| !collection.computed);
            let message = match found {
                Some(_) => format!("the records of \"{name}\" are worked out, and can't be written"),
                None => format!("there is no collection \"{name}\""),
            };
            let finding = self.pointed(at, key, "E0338", message);
            let label = if found.is_some() { "can't be written" } else { "not in the contract" };
            let finding = finding.label(label).meant(name, stored.map(|collection| collection.name.as_str()));
            self.found(match (&finding.help, found) {
                (None, Some(_)) => finding.help("`calls: 3` begins new ones, and `end` ends one that is running"),
                _ => finding,
            });
            return None;
        };
        Some(place)
    }

    /// Calls are the records that are worked out.
    fn has_calls(&mut self, at: &At) {
        if !self.contract.collections.iter().any(|collection| collection.computed) {
            let finding = self.error(at, "E0338", "the contract has no calls");
            self.found(finding.label("nothing runs").help("`add`, `set` and `delete` change records"));
        }
    }
}
