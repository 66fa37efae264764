//! What a change comes to in words, part by part: `contract: 2 operations changed`.

use std::sync::Arc;

use super::Wishes;
use crate::access::Keys;
use crate::contract::{Contract, Since};
use crate::exchange::House;
use crate::lane::Ground;
use crate::mock::stories::{Story, Told};
use crate::reload::Change;
use crate::scenario::Changes;

/// As many names are told; more are counted.
const NAMES: usize = 3;

/// What a line can begin with, in this order.
const PARTS: [&str; 5] = ["settings", "contract", "fixtures", "keys", "scenarios"];

pub fn contract(change: &mut Change, before: &House, now: &Arc<Contract>) {
    if Arc::ptr_eq(&before.contract, now) {
        return;
    }
    let difference = now.since(&before.contract);
    let counts = [(difference.changed, "changed"), (difference.added, "added"), (difference.removed, "removed")];
    let mut told = counted(&counts, "operation", "operations");
    if difference.beyond {
        told.push("what holds for all of them changed".to_owned());
    }
    if told.is_empty() {
        told.push("written otherwise, and says the same".to_owned());
    }
    change.lines.push(format!("contract: {}", told.join(", ")));
}

pub fn world(change: &mut Change, before: &House, now: Option<&Ground>, since: &Since) {
    let Some(now) = now else { return };
    let differences = now.differences(before.lanes.ground());
    let mut told: Vec<String> = Vec::new();
    for (name, difference) in &differences {
        let counts = [(difference.added, "added"), (difference.removed, "removed"), (difference.changed, "changed")];
        let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        told.push(format!("{name} {}", counts.collect::<Vec<_>>().join(" and ")));
    }
    if let Since::Changed(paths) | Since::Unsettled(paths) = since {
        let records = |path: &&String| differences.iter().any(|(name, _)| **path == format!("{name}.yaml"));
        let others: Vec<&str> = paths.iter().filter(|path| !records(path)).map(String::as_str).collect();
        if !others.is_empty() {
            told.push(format!("{} changed", listed(&others)));
        }
    }
    if !told.is_empty() {
        change.lines.push(format!("fixtures: {}", told.join(", ")));
    }
    change.warnings.extend(now.warnings().iter().cloned());
}

pub fn keys(change: &mut Change, before: &Keys, now: &Keys) {
    let find = |keys: &Keys, text: &str| keys.iter().find(|key| key.text == text).cloned();
    let added = now.iter().filter(|key| find(before, &key.text).is_none()).count();
    let removed = before.iter().filter(|key| find(now, &key.text).is_none()).count();
    let changed = now.iter().filter(|key| find(before, &key.text).is_some_and(|known| known != **key)).count();
    let told = counted(&[(added, "added"), (removed, "removed"), (changed, "changed")], "", "");
    match told.is_empty() {
        false => change.lines.push(format!("keys: {}", told.join(", "))),
        true if before != now => change.lines.push("keys: in another order".to_owned()),
        true => {}
    }
}

/// Where the contract is not the `same`, they were all read again, and most of them come out as they were. `kept`: what is
/// played on instead, where they were all saved for themselves.
pub fn scenarios(change: &mut Change, before: &Told, now: &Told, same: bool, kept: Vec<String>) {
    let mut told = Vec::new();
    for Story { known, scenario, .. } in now.stories() {
        let name = &known.outline.name;
        match (before.find(name).map(|before| &before.scenario), scenario) {
            (None, _) => told.push(format!("{name} added")),
            (Some(Some(before)), Some(now)) => {
                let changes = Changes::between(before, now);
                if !Arc::ptr_eq(before, now) && (same || !changes.are_none()) {
                    told.push(changes.to_string());
                }
            }
            (Some(None), None) => {}
            // It lies on top of one that is built in, or does no longer.
            (Some(_), _) => told.push(format!("{name} changed")),
        }
    }
    let gone = before.stories().iter().filter(|story| now.find(&story.known.outline.name).is_none());
    told.extend(gone.map(|story| format!("{} removed", story.known.outline.name)));
    told.extend(kept.into_iter().filter(|_| same));
    if !told.is_empty() {
        change.lines.push(format!("scenarios: {}", told.join(", ")));
    }
}

pub fn settings(change: &mut Change, wishes: &Wishes) {
    let names = |names: &[String]| names.join(", ");
    let mut told = Vec::new();
    if !wishes.taken.is_empty() {
        told.push(format!("{} taken", names(&wishes.taken)));
    }
    if !wishes.waiting.is_empty() {
        told.push(format!("{} needs a restart", names(&wishes.waiting)));
    }
    if !told.is_empty() {
        change.lines.insert(0, format!("settings: {}", told.join(", ")));
    }
}

/// Parts that nothing is said of stayed as they were.
pub fn with_the_rest(mut change: Change) -> Change {
    let said = |part: &&&str| change.lines.iter().any(|line| line.starts_with(&format!("{part}: ")));
    let silent: Vec<&str> = PARTS[1..].iter().filter(|part| !said(part)).copied().collect();
    if let Some((last, others)) = silent.split_last() {
        let and = if others.is_empty() { "" } else { " and " };
        change.lines.push(format!("{}{and}{last} unchanged", others.join(", ")));
    }
    change
}

/// `2 operations changed`, for each count that is not 0.
fn counted(counts: &[(usize, &str)], one: &str, many: &str) -> Vec<String> {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| {
        let noun = if *count == 1 { one } else { many };
        [&count.to_string(), noun, what].into_iter().filter(|word| !word.is_empty()).collect::<Vec<&str>>().join(" ")
    })
    .collect()
}

fn listed(names: &[&str]) -> String {
    match names.len() > NAMES {
        true => format!("{} and {} more", names[..NAMES].join(", "), names.len() - NAMES),
        false => names.join(", "),
    }
}
