//! Judgements on the client: pure functions over what is remembered, one file each.
//!
//! What all of them ask for is found once (`Hearing`): the operation of each request, and which requests are tries of one
//! (`tries`). A verdict then looks at a part of it (`Case`), and says what it found.

mod address;
mod all_pages;
mod backed_off;
mod before;
mod calls;
mod connections;
mod followed_steps;
mod fresh_url;
mod gave_up;
mod kept_filters;
mod known_only;
mod likeness;
mod looks;
mod no_futile_retry;
mod no_secret_in_url;
mod page;
mod poll_rate;
mod read_whole;
mod retried;
mod safe_retries;
mod same_key;
#[cfg(test)]
mod sample;
mod table;
mod tries;
mod under_limit;
mod waited;
mod walks;
mod words;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Entry;
use crate::breach::Severity;
use crate::contract::{Contract, Operation};
use crate::scenario::{Bounds, Expectation, Requests, Scenario};
pub use table::{VERDICTS, Verdict};
use tries::Tries;

/// So many exchanges are named by one verdict.
const MOST_NAMED: usize = 20;

/// What a verdict is passed on.
#[derive(Clone, Copy)]
pub struct Evidence<'e> {
    /// The exchanges of one lane, in the order in which their requests came.
    pub entries: &'e [Arc<Entry>],
    pub contract: &'e Contract,
}

/// One verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// As `expect:` names it.
    pub verdict: &'static str,
    pub outcome: Outcome,
    /// What a failure weighs: it is an error where it was asked for or can't be wrong, and else a warning.
    pub level: Severity,
    /// Whole sentences.
    pub expected: String,
    pub seen: String,
    /// What the author of the client can do about it; empty where there is nothing to do.
    pub advice: String,
    /// The numbers of the entries that show it.
    pub exchanges: Vec<u64>,
    /// The scenario whose file asks for it, and the line there; none for what holds for every run.
    pub asked_by: Option<(String, usize)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    /// Nothing happened that it could be judged by.
    Moot,
}

/// Evidence that was looked through once, for any number of verdicts.
pub struct Hearing<'e> {
    evidence: Evidence<'e>,
    /// The operation of each entry.
    operations: Vec<Option<&'e Operation>>,
    tries: Tries,
}

/// What one verdict looks at.
struct Case<'c> {
    entries: &'c [Arc<Entry>],
    contract: &'c Contract,
    operations: &'c [Option<&'c Operation>],
    tries: &'c Tries,
    of: &'c Requests,
    bounds: &'c Bounds,
    /// What the scenario says that asks for it, if one does.
    asked: Option<(&'c Scenario, &'c Expectation)>,
}

/// What a verdict found.
struct Finding {
    outcome: Outcome,
    /// What it weighs if nobody asked for it.
    level: Severity,
    expected: String,
    seen: String,
    advice: &'static str,
    /// Places of entries, those that show it best first.
    shown_by: Vec<usize>,
}

/// What is remembered of one lane, as verdicts want it.
pub fn of_lane(mut entries: Vec<Arc<Entry>>, lane: &str) -> Vec<Arc<Entry>> {
    entries.retain(|entry| entry.exchange.lane() == lane);
    entries.sort_by_key(|entry| (entry.at, entry.number));
    entries
}

impl<'e> Hearing<'e> {
    pub fn open(evidence: Evidence<'e>) -> Hearing<'e> {
        let Evidence { entries, contract } = evidence;
        let by_id: HashMap<&str, &Operation> =
            contract.operations.iter().map(|operation| (operation.id.as_str(), operation)).collect();
        let operation = |entry: &Arc<Entry>| by_id.get(entry.exchange.operation()?).copied();
        let operations: Vec<Option<&Operation>> = entries.iter().map(operation).collect();
        Hearing { evidence, tries: Tries::of(entries, &operations, contract), operations }
    }

    /// What holds for every run, but for the verdicts that are switched off.
    pub fn on_every_run(&self, off: &[&str]) -> Vec<Judgement> {
        let (all, unbound) = (Requests::default(), Bounds::default());
        let verdicts = VERDICTS.iter().filter(|verdict| verdict.always && !off.contains(&verdict.name));
        verdicts.map(|verdict| self.pass(verdict, &all, &unbound, None)).collect()
    }

    /// What the file of a scenario expects, in its order.
    pub fn expected_by(&self, scenario: &Scenario) -> Vec<Judgement> {
        scenario.expect.iter().filter_map(|expectation| self.expected(scenario, expectation)).collect()
    }

    fn expected(&self, scenario: &Scenario, expectation: &Expectation) -> Option<Judgement> {
        let verdict = VERDICTS.iter().find(|verdict| verdict.name == expectation.verdict)?;
        let judgement = self.pass(verdict, &expectation.of, &expectation.bounds, Some((scenario, expectation)));
        Some(Judgement { asked_by: Some((scenario.name.clone(), expectation.line)), ..judgement })
    }

    fn pass(
        &self,
        verdict: &Verdict,
        of: &Requests,
        bounds: &Bounds,
        asked: Option<(&Scenario, &Expectation)>,
    ) -> Judgement {
        let Evidence { entries, contract } = self.evidence;
        let case = Case { entries, contract, operations: &self.operations, tries: &self.tries, of, bounds, asked };
        let Finding { outcome, level, expected, seen, advice, shown_by } = (verdict.judge)(&case);
        let mut exchanges: Vec<u64> = shown_by.iter().take(MOST_NAMED).map(|place| entries[*place].number).collect();
        exchanges.sort_unstable();
        Judgement {
            verdict: verdict.name,
            outcome,
            level: if asked.is_some() { Severity::Error } else { level },
            expected,
            seen: without_keys(seen, shown_by.iter().take(MOST_NAMED).map(|place| &entries[*place])),
            advice: if outcome == Outcome::Failed { advice.to_owned() } else { String::new() },
            exchanges,
            asked_by: None,
        }
    }
}

/// What a verdict says of these entries may repeat what their clients sent.
fn without_keys<'e>(text: String, entries: impl Iterator<Item = &'e Arc<Entry>>) -> String {
    entries.fold(text, |text, entry| match entry.exchange.secret.hide(&text) {
        Cow::Owned(hidden) => hidden,
        Cow::Borrowed(_) => text,
    })
}

impl<'c> Case<'c> {
    /// Whether an entry is among those that are looked at.
    fn has(&self, place: usize) -> bool {
        self.of.is_all() || self.of.has(self.operations[place], &self.entries[place].exchange.values)
    }

    /// The places of the entries that are looked at.
    fn places(&self) -> impl Iterator<Item = usize> {
        (0..self.entries.len()).filter(|place| self.has(*place))
    }

    /// Requests that are looked at, each with all its tries.
    fn series(&self) -> impl Iterator<Item = &'c [usize]> {
        self.tries.series().filter(|series| series.first().is_some_and(|first| self.has(*first)))
    }

    /// Tries that followed an earlier one, with that one.
    fn retries(&self) -> impl Iterator<Item = (usize, usize)> {
        self.series().flat_map(|series| series.windows(2).map(|pair| (pair[0], pair[1])))
    }

    /// How long it took from the end of an answer to a later request, in real time.
    fn pause(&self, earlier: usize, later: usize) -> std::time::Duration {
        let earlier = &self.entries[earlier];
        self.entries[later].at.saturating_sub(earlier.over().unwrap_or(earlier.at + earlier.exchange.took))
    }
}

impl Finding {
    /// Nothing happened that it could be judged by.
    fn moot(expected: impl Into<String>, seen: impl Into<String>) -> Finding {
        Finding {
            outcome: Outcome::Moot,
            level: Severity::Error,
            expected: expected.into(),
            seen: seen.into(),
            advice: "",
            shown_by: Vec::new(),
        }
    }

    fn passed(expected: impl Into<String>, seen: impl Into<String>, shown_by: Vec<usize>) -> Finding {
        Finding { outcome: Outcome::Passed, shown_by, ..Finding::moot(expected, seen) }
    }

    fn failed(
        expected: impl Into<String>,
        seen: impl Into<String>,
        advice: &'static str,
        shown_by: Vec<usize>,
    ) -> Finding {
        Finding { outcome: Outcome::Failed, advice, shown_by, ..Finding::moot(expected, seen) }
    }

    /// The same may come of two who know nothing of each other, such as two tests of one suite.
    fn likely(self) -> Finding {
        Finding { level: Severity::Warning, ..self }
    }
}

impl Judgement {
    pub fn told(&self) -> Value {
        let Judgement { verdict, outcome, level, expected, seen, advice, exchanges, asked_by } = self;
        json!({
            "verdict": verdict,
            "outcome": outcome.name(),
            "level": level.name(),
            "expected": expected,
            "seen": seen,
            "advice": advice,
            "exchanges": exchanges,
            "asked_by": asked_by.as_ref().map(|(scenario, line)| json!({ "scenario": scenario, "line": line })),
        })
    }
}

impl Outcome {
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Moot => "moot",
        }
    }
}

#[cfg(test)]
mod tests;
