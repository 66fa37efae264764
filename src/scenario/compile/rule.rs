//! One rule, or what a step has in common with one.

use serde_json::{Map, Value};

use super::{At, Reading};
use crate::scenario::plan::Rule;
use crate::seed::Seed;

/// The members of a rule that do something.
pub const EFFECTS: [&str; 16] = [
    "reply",
    "patch",
    "merge",
    "json_patch",
    "headers",
    "delay",
    "limit",
    "hold",
    "fault",
    "page",
    "recording",
    "world",
    "state",
    "clock",
    "capture",
    "stop",
];

impl<'a> Reading<'a> {
    pub fn rule(&mut self, at: &At<'a>, place: usize) -> Rule {
        let name = at.get("name").and_then(|name| name.text());
        let (when, mut reach) = self.when(at.get("when").as_ref());
        reach.breaks = at.flag("breaks_contract");
        if at.value.is_object() && !EFFECTS.iter().any(|effect| at.value.get(effect).is_some()) {
            let finding = self.error(at, "E0333", "the rule does nothing");
            let help = "say what happens to the requests that it takes: `reply`, `delay`, `fault`, `patch`, …";
            self.found(finding.label("no effect").help(help));
        }
        Rule {
            name: name.map_or_else(|| format!("rule {}", place + 1), str::to_owned),
            about: at.get("about").and_then(|about| about.text()).unwrap_or_default().to_owned(),
            pointer: at.pointer.clone(),
            line: self.file.spot(&at.pointer).line,
            then: self.then(at, &reach),
            when,
            breaks_contract: reach.breaks,
            stop: at.flag("stop"),
            fingerprint: Seed(0).digest(canonical(at.value).to_string().as_bytes()),
        }
    }
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
