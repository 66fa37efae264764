//! One rule, or what a step has in common with one.

use serde_json::{Map, Value};

use super::matching::listed;
use super::reach::Reach;
use super::{At, Reading};
use crate::contract::Location;
use crate::scenario::plan::Rule;
use crate::seed::Seed;
use crate::source::Diagnostic;

impl<'a> Reading<'a> {
    /// A rule, or a step.
    pub fn part(&mut self, at: &At<'a>, usual_name: &str) -> Rule {
        let text = |name: &str| at.get(name).and_then(|at| at.text());
        let name = text("name").unwrap_or(usual_name).to_owned();
        let (when, mut reach) = self.when(at.get("when").or_else(|| at.get("expect")).as_ref());
        reach.breaks = at.flag("breaks_contract");
        self.spoken.clear();
        let then = self.then(at, &name, &reach);
        self.templates_speak_of_what_is_there(&reach);
        Rule {
            name,
            about: text("about").unwrap_or_default().to_owned(),
            pointer: at.pointer.clone(),
            line: self.file.spot(&at.pointer).line,
            when,
            then,
            breaks_contract: reach.breaks,
            stop: at.flag("stop"),
            fingerprint: fingerprint(at.value),
        }
    }

    /// Names in templates, as far as they can be known.
    fn templates_speak_of_what_is_there(&mut self, reach: &Reach<'a>) {
        for (pointer, name) in std::mem::take(&mut self.spoken) {
            if self.is_full() {
                break;
            }
            let mut parts = name.split('.');
            let (root, part, member) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
            let known: Vec<&str> = match (root, part, member) {
                ("captured", Some(name), _) => {
                    self.captured.push((pointer, name.to_owned()));
                    continue;
                }
                ("vars", Some(_), _) => self.vars().into_iter().flatten().map(|(name, _)| name.as_str()).collect(),
                ("request", Some("query"), Some(_)) if !reach.astray => reach.parameters(Location::Query),
                ("request", Some("path"), Some(_)) if !reach.astray => reach.parameters(Location::Path),
                _ => continue,
            };
            let wanted = if root == "vars" { part } else { member };
            let Some(wanted) = wanted.filter(|wanted| !known.contains(wanted)) else { continue };
            let message = format!("the template speaks of \"{name}\", which there is not");
            let finding = Diagnostic::new("E0334", message).at(self.file.spot(&pointer).narrowed(&name));
            let finding = finding.label("never there").meant(wanted, known.iter().copied());
            self.found(match (&finding.help, known.is_empty(), part) {
                (None, false, _) => finding.help(format!("there are {}", listed(&known))),
                (None, true, _) if root == "vars" => {
                    finding.help(format!("the scenario says it under `vars: {{ {wanted}: … }}`"))
                }
                (None, true, Some(part)) => finding.help(format!("no operation of this rule has a {part} parameter")),
                _ => finding,
            });
        }
    }

    fn vars(&self) -> Option<&'a Map<String, Value>> {
        self.file.value.get("vars").and_then(Value::as_object)
    }
}

/// The same for all that is written alike.
pub fn fingerprint(value: &Value) -> u64 {
    Seed(0).digest(canonical(value).to_string().as_bytes())
}

/// The value with its members in one order, however they were written.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            Value::Object(
                members.into_iter().map(|(name, value)| (name.clone(), canonical(value))).collect::<Map<_, _>>(),
            )
        }
        other => other.clone(),
    }
}
