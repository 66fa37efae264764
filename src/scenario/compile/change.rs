//! `merge`, `json_patch`, `patch`: what is changed in the JSON of an answer.

use serde_json::Value;

use super::reach::Reach;
use super::{At, Reading};
use crate::pointer::escaped;
use crate::scenario::effect::Change;
use crate::scenario::notation::POINTER;

/// What a JSON Patch can do, and the member that it needs for that.
const OPERATIONS: [(&str, Option<&str>); 6] = [
    ("add", Some("value")),
    ("replace", Some("value")),
    ("test", Some("value")),
    ("move", Some("from")),
    ("copy", Some("from")),
    ("remove", None),
];

impl<'a> Reading<'a> {
    /// In the order in which they are done.
    pub fn changes(&mut self, rule: &At<'a>, reach: &Reach<'a>) -> Vec<Change> {
        let mut changes = Vec::new();
        if let Some(merge) = rule.get("merge") {
            self.merge_leads_somewhere(&merge, &mut String::new(), reach);
            changes.extend(self.tree(&merge).map(Change::Merge));
        }
        if let Some(list) = rule.get("json_patch") {
            let steps: Vec<Change> = list.items().iter().filter_map(|step| self.step_of_patch(step, reach)).collect();
            // All or nothing: half a patch is another one.
            let is_whole = steps.len() == list.items().len();
            changes.extend(self.tree(&list).filter(|_| is_whole).map(Change::Patch));
        }
        for (pointer, at) in rule.get("patch").iter().flat_map(At::members) {
            changes.extend(self.set(pointer, &at, reach));
        }
        changes
    }

    fn set(&mut self, pointer: &str, at: &At<'a>, reach: &Reach<'a>) -> Option<Change> {
        self.answers_have(at, pointer, true, reach);
        let Some(remove) = at.value.get("$remove") else {
            return self.tree(at).map(|value| Change::Set { pointer: pointer.to_owned(), value });
        };
        let is_alone = at.value.as_object().is_some_and(|members| members.len() == 1);
        if *remove != Value::Bool(true) || !is_alone {
            let finding = self.error(at, "E0340", "`$remove` stands alone and is true");
            self.found(finding.label("expected { $remove: true }").help("null as a value is `null`"));
            return None;
        }
        Some(Change::Remove { pointer: pointer.to_owned() })
    }

    /// One operation of a JSON Patch, as far as to say whether it is one.
    fn step_of_patch(&mut self, step: &At<'a>, reach: &Reach<'a>) -> Option<Change> {
        let (op, path) = (step.get("op")?.text()?, step.get("path")?);
        let pointer = path.text()?;
        let (_, needed) = OPERATIONS.iter().find(|(known, _)| *known == op)?;
        self.answers_have(&path, pointer, false, reach);
        if let Some(needed) = needed.filter(|needed| step.value.get(*needed).is_none()) {
            let finding = self.error(step, "E0340", format!("\"{op}\" needs \"{needed}\""));
            self.found(finding.label(format!("\"{needed}\" is missing")));
            return None;
        }
        Some(Change::Remove { pointer: pointer.to_owned() })
    }

    /// The members of a merge patch must be such as an answer can have.
    fn merge_leads_somewhere(&mut self, at: &At<'a>, pointer: &mut String, reach: &Reach<'a>) {
        for (name, member) in at.members() {
            if self.is_full() {
                return;
            }
            let length = pointer.len();
            pointer.push('/');
            pointer.push_str(&escaped(name));
            let before = self.findings.len();
            self.answers_have(&member, pointer, true, reach);
            // What lies below a place that is not there is not there either.
            if self.findings.len() == before {
                self.merge_leads_somewhere(&member, pointer, reach);
            }
            pointer.truncate(length);
        }
    }

    /// A pointer into an answer leads to something that one of the operations can answer with. `key`: it stands in the
    /// key of the value.
    pub fn answers_have(&mut self, at: &At<'a>, pointer: &str, key: bool, reach: &Reach<'a>) {
        if reach.breaks || reach.astray || reach.operations.is_empty() || !POINTER.fits(pointer) {
            return;
        }
        let responses = reach.operations.iter().flat_map(|operation| &operation.responses);
        let media = responses.flat_map(|response| &response.content).filter(|media| media.is_json());
        let schemas: Vec<_> = media.map(|media| media.schema.as_ref()).collect();
        if schemas.is_empty() {
            let message = match reach.operations.as_slice() {
                [only] => format!("\"{}\" does not answer with JSON", only.id),
                _ => "none of these operations answers with JSON".to_owned(),
            };
            let finding = self.pointed(at, key, "E0328", message);
            return self.found(finding.label("there is nothing to change"));
        }
        self.pointer_leads_somewhere(at, key, pointer, schemas, "the answer");
    }
}
