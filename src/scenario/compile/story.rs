//! How the rules of a scenario stand to each other: no two of one name, no state that nothing leads to, and none that
//! never has a say.

use std::collections::{BTreeSet, HashMap};

use http::{HeaderName, Version};
use serde_json::Value;

use super::{At, Reading};
use crate::scenario::effect::{Change, Then};
use crate::scenario::matcher::Matcher;
use crate::scenario::plan::{Calls, Condition, Operations, Rule, Scenario, When};
use crate::scenario::stage::START;

/// As much is looked at to find rules that never have a say: a thousand rules with some conditions each. Of a file that
/// needs more, some are not found.
const LOOKS: u64 = 2_000_000;

/// What several rules can say of one answer, so that the first one has the word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Say<'r> {
    Answer,
    Delay,
    Limit,
    Hold,
    /// Perhaps on one version of HTTP alone.
    Fault(Option<Version>),
    State,
    Header(&'r HeaderName),
    Place(&'r str),
}

impl<'a> Reading<'a> {
    pub fn story(&mut self, root: &At<'a>, scenario: &Scenario) {
        let steps = scenario.script.iter().flat_map(|script| &script.steps);
        let rules: Vec<&Rule> = scenario.rules.iter().chain(steps.map(|step| &step.rule)).collect();
        self.names_differ(root, &rules);
        self.states_are_reached(root, &rules);
        self.captures_are_made(root, &rules);
        // What was not read as it is written says nothing about the rules after it.
        if !self.findings.iter().any(|finding| finding.is_error()) {
            self.rules_have_a_say(root, &scenario.rules);
        }
    }

    fn names_differ(&mut self, root: &At<'a>, rules: &[&Rule]) {
        let mut first: HashMap<&str, &Rule> = HashMap::new();
        for rule in rules {
            let Some(known) = first.insert(&rule.name, rule).filter(|_| !self.is_full()) else { continue };
            let at = root.find(&format!("{}/name", rule.pointer)).or_else(|| root.find(&rule.pointer));
            let Some(at) = at else { continue };
            let finding = self.error(&at, "E0318", format!("two rules are called \"{}\"", rule.name));
            self.found(finding.label("the second one").help(format!("the first one is in line {}", known.line)));
        }
    }

    fn states_are_reached(&mut self, root: &At<'a>, rules: &[&Rule]) {
        let set: BTreeSet<&str> = rules.iter().filter_map(|rule| rule.then.state.as_deref()).chain([START]).collect();
        for rule in rules {
            for state in rule.when.states.iter().filter(|state| !set.contains(state.as_str())) {
                if self.is_full() {
                    return;
                }
                let place =
                    ["when", "expect"].iter().find_map(|when| root.find(&format!("{}/{when}/state", rule.pointer)));
                let Some(at) = place else { continue };
                let at = at.items().into_iter().find(|item| item.text() == Some(state)).unwrap_or(at);
                let finding = self.error(&at, "E0331", format!("no rule leads to the state \"{state}\""));
                let finding = finding.label("never reached").meant(state, set.iter().copied());
                self.found(match finding.help {
                    None => finding
                        .help(format!("a rule sets it by `state: {state}`; every scenario begins as \"{START}\"")),
                    _ => finding,
                });
            }
        }
    }

    fn captures_are_made(&mut self, root: &At<'a>, rules: &[&Rule]) {
        let made: BTreeSet<&str> =
            rules.iter().flat_map(|rule| rule.then.capture.iter().map(|(name, _)| name.as_str())).collect();
        let mut asked: Vec<(String, String, bool)> = Vec::new();
        for rule in rules {
            for when in ["when", "expect"] {
                let names = root.find(&format!("{}/{when}/captured", rule.pointer));
                asked.extend(names.iter().flat_map(At::members).map(|(name, at)| (at.pointer, name.to_owned(), true)));
            }
        }
        for (pointer, name) in std::mem::take(&mut self.captured) {
            asked.push((pointer, name, false));
        }
        for (pointer, name, key) in asked.into_iter().filter(|(_, name, _)| !made.contains(name.as_str())) {
            if self.is_full() {
                return;
            }
            let Some(at) = root.find(&pointer) else { continue };
            let mut finding = self.pointed(&at, key, "E0332", format!("no rule captures \"{name}\""));
            finding.spot = finding.spot.map(|spot| spot.narrowed(&format!("captured.{name}")));
            let finding = finding.label("never there").meant(&name, made.iter().copied());
            self.found(match finding.help {
                None => finding.help(format!("a rule does by `capture: {{ {name}: query.page }}`, or another part")),
                _ => finding,
            });
        }
    }

    fn rules_have_a_say(&mut self, root: &At<'a>, rules: &[Rule]) {
        let mut left = LOOKS;
        for (place, rule) in rules.iter().enumerate() {
            if self.is_full() || left == 0 {
                return;
            }
            let Some((above, stops)) = shadow(&rules[..place], rule, &mut left) else { continue };
            let Some(at) = root.find(&rule.pointer) else { continue };
            let message = format!("the rule \"{}\" never has a say", rule.name);
            let said = match stops {
                true => "takes at least the same requests and stops there",
                false => "takes at least the same requests and says the same, and the first one has the word",
            };
            let finding = self.error(&at, "E0330", message).label("shadowed");
            let help = format!("\"{}\" in line {} {said}; put the narrower one above it", above.name, above.line);
            self.found(finding.help(help));
        }
    }
}

/// The earlier rule that leaves nothing to say, and whether it does so by stopping.
fn shadow<'r>(earlier: &'r [Rule], rule: &Rule, looks: &mut u64) -> Option<(&'r Rule, bool)> {
    let mut left = says(&rule.then).filter(|says| !rule.stop && !says.is_empty());
    for above in earlier.iter().rev() {
        if !covers(&above.when, &rule.when, looks) {
            continue;
        }
        if above.stop {
            return Some((above, true));
        }
        if let Some(left) = &mut left {
            let said = said(&above.then);
            left.retain(|say| {
                let everywhere = matches!(say, Say::Fault(_)) && said.contains(&Say::Fault(None));
                !(everywhere || said.contains(say))
            });
            if left.is_empty() {
                return Some((above, false));
            }
        }
    }
    None
}

/// What a rule says, if that is all it does.
fn says(then: &Then) -> Option<Vec<Say<'_>>> {
    let does_more = then.page.is_some()
        || then.recording.is_some()
        || then.clock.is_some()
        || !(then.before.is_empty() && then.after.is_empty() && then.capture.is_empty())
        || then.changes.iter().any(|change| matches!(change, Change::Merge(_) | Change::Patch(_)));
    (!does_more).then(|| said(then))
}

fn said(then: &Then) -> Vec<Say<'_>> {
    let single = [
        (then.reply.is_some(), Say::Answer),
        (then.delay.is_some(), Say::Delay),
        (then.limit.is_some(), Say::Limit),
        (then.hold.is_some(), Say::Hold),
        (then.state.is_some(), Say::State),
    ];
    let mut said: Vec<Say> = single.into_iter().filter(|(is_said, _)| *is_said).map(|(_, say)| say).collect();
    said.extend(then.fault.iter().map(|fault| Say::Fault(fault.only)));
    said.extend(then.headers.iter().map(|(name, _)| Say::Header(name)));
    said.extend(then.changes.iter().filter_map(|change| match change {
        Change::Set { pointer, .. } | Change::Remove { pointer } => Some(Say::Place(pointer.as_str())),
        _ => None,
    }));
    said
}

/// Whether every request that fits the narrow one is taken by the wide one. All rules are judged by the state before it.
fn covers(wide: &When, narrow: &When, looks: &mut u64) -> bool {
    if !spend(looks, 1) {
        return false;
    }
    let states = !narrow.states.is_empty() && narrow.states.iter().all(|state| wide.states.contains(state));
    wide.refused == narrow.refused
        && wide.calls == Calls::All
        && wide.chance.is_none()
        && (wide.time.is_none() || wide.time == narrow.time)
        && (wide.states.is_empty() || states)
        && match (&wide.operations, &narrow.operations) {
            (Operations::All, _) => true,
            (Operations::Some(_), Operations::All) => false,
            (Operations::Some(wide), Operations::Some(narrow)) => {
                narrow.iter().all(|place| wide.binary_search(place).is_ok())
            }
        }
        && wide.conditions.iter().all(|asked| narrow.conditions.iter().any(|known| implies(known, asked, looks)))
}

fn implies(known: &Condition, asked: &Condition, looks: &mut u64) -> bool {
    fn test(known: &Matcher, asked: &Matcher) -> bool {
        known == asked
            || match known {
                Matcher::Equals(value) => asked.passes(Some(value)),
                Matcher::OneOf(values) => values.iter().all(|value| asked.passes(Some(value))),
                Matcher::All(tests) => tests.iter().any(|known| test(known, asked)),
                _ => false,
            }
    }
    spend(looks, 1)
        && known.of == asked.of
        && spend(looks, weight(&known.test).saturating_mul(weight(&asked.test)))
        && test(&known.test, &asked.test)
}

/// Whether as much is left. What is not, is not spent later on something smaller either.
fn spend(looks: &mut u64, cost: u64) -> bool {
    let enough = *looks >= cost;
    *looks = if enough { *looks - cost } else { 0 };
    enough
}

/// About how long it takes to look at a test, or by it at a value.
fn weight(test: &Matcher) -> u64 {
    fn size(value: &Value) -> u64 {
        match value {
            Value::String(text) => 1 + text.len() as u64 / 64,
            Value::Array(items) => 1 + items.iter().map(size).sum::<u64>(),
            Value::Object(members) => 1 + members.values().map(size).sum::<u64>(),
            _ => 1,
        }
    }
    match test {
        Matcher::Equals(value) => size(value),
        Matcher::OneOf(values) => values.iter().map(size).sum(),
        Matcher::All(tests) => tests.iter().map(weight).sum(),
        Matcher::Not(test) => weight(test),
        _ => 1,
    }
}
