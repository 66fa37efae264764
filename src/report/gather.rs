//! From exchanges and judgements to findings: what is the same is told once, with how often it was.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Excerpt, Finding, Kind, Story};
use crate::breach::{Breach, Severity, cut};
use crate::contract::{Contract, Operation};
use crate::journal::Entry;
use crate::journal::verdict::{Judgement, Outcome};
use crate::plural::count;

/// So many exchanges are shown of each finding.
const SHOWN: usize = 3;
/// As many breaches of each level are told apart in one run. Whoever makes more has a mistake in the first already.
const MOST: usize = 1_000;

/// The code of a request that leads to no operation.
pub const NO_OPERATION: &str = "no-operation";

/// The code of a request that has an operation and can't be read: no JSON, another media type, too long.
const REFUSED: &str = "refused";
/// What such a request is answered with.
const UNREADABLE: [u16; 7] = [400, 406, 411, 413, 414, 415, 431];

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

/// How the contract was broken.
#[derive(Debug, Default)]
pub struct Breaches {
    /// In the order in which they were for the first time.
    pub findings: Vec<Finding>,
    /// How often it was broken in other ways than these.
    pub untold: usize,
}

impl Breaches {
    /// Of these codes none is told.
    pub fn of(entries: &[Arc<Entry>], contract: &Contract, except: &[&str]) -> Breaches {
        let mut breaches = Breaches::default();
        let mut known: HashMap<(Option<&str>, String), usize> = HashMap::new();
        let (mut errors, mut warnings) = (0, 0);
        for entry in entries {
            let operation = entry.exchange.operation();
            for found in told(entry).into_iter().filter(|found| !except.contains(&found.code)) {
                let key = (operation, found.name());
                let told = match found.level {
                    Severity::Error => &mut errors,
                    Severity::Warning => &mut warnings,
                };
                if let Some(place) = known.get(&key) {
                    breaches.findings[*place].again(entry);
                } else if *told < MOST {
                    *told += 1;
                    known.insert(key, breaches.findings.len());
                    breaches.findings.push(found.finding(entry, contract));
                } else {
                    breaches.untold += 1;
                }
            }
        }
        breaches
    }
}

/// The verdicts that were not passed. `stories` say which file a scenario is written in.
pub fn verdicts(judgements: &[Judgement], entries: &[Arc<Entry>], stories: &[Story]) -> Vec<Finding> {
    let failed = judgements.iter().filter(|judgement| judgement.outcome == Outcome::Failed);
    let place = |(scenario, line): &(String, usize)| {
        let story = stories.iter().find(|story| story.name == *scenario)?;
        Some(Place { file: story.file.clone(), line: *line })
    };
    let mut named: HashMap<String, usize> = HashMap::new();
    let finding = |judgement: &Judgement| {
        // Two of a file may stand in one line.
        let asked_by = judgement.asked_by.as_ref().map(|(scenario, line)| format!("{scenario}:{line}"));
        let about = format!("{} {}", judgement.verdict, asked_by.unwrap_or_default());
        let of_line = named.entry(about.clone()).and_modify(|count| *count += 1).or_default();
        let shown =
            judgement.exchanges.iter().filter_map(|number| entries.iter().find(|entry| entry.number == *number));
        Finding {
            level: judgement.level,
            kind: Kind::Verdict,
            code: judgement.verdict.to_owned(),
            about: format!("{about} {of_line}"),
            operation: None,
            message: judgement.seen.clone(),
            expected: judgement.expected.clone(),
            seen: judgement.seen.clone(),
            advice: judgement.advice.clone(),
            place: judgement.asked_by.as_ref().and_then(place),
            times: 1,
            exchanges: shown.take(SHOWN).map(|entry| excerpt(entry)).collect(),
        }
    };
    failed.map(finding).collect()
}

/// What makes a run say less than it seems to: of so many requests that came, so many were judged.
pub fn remarks(came: u64, forgotten: u64, judged: u64) -> Vec<Finding> {
    let cleared = came.saturating_sub(forgotten + judged);
    let remark = |code: &str, message: String, expected: &str, advice: &str| Finding {
        level: Severity::Warning,
        kind: Kind::Run,
        code: code.to_owned(),
        about: String::new(),
        operation: None,
        seen: message.clone(),
        message,
        expected: expected.to_owned(),
        advice: advice.to_owned(),
        place: None,
        times: 1,
        exchanges: Vec::new(),
    };
    let all = "every request to be judged";
    let none = (came == 0).then(|| {
        let advice = "have the client ask the address in AYRA_BASE_URL; --env NAME={url} gives it by another name";
        remark("no-requests", "no request came".to_owned(), "requests of the client", advice)
    });
    let of_all = |some: u64, fate: &str| format!("{some} of {} {fate}", count(came, "request"));
    let forgotten = (forgotten > 0).then(|| {
        let advice = "--journal-entries and --journal-bytes say how much is remembered";
        remark("forgotten", of_all(forgotten, "made room for others and were not judged"), all, advice)
    });
    let cleared = (cleared > 0).then(|| {
        let advice = "leave the journal as it is while the command runs";
        remark("cleared", of_all(cleared, "were taken out of the journal and not judged"), all, advice)
    });
    [none, forgotten, cleared].into_iter().flatten().collect()
}

/// One thing that an exchange has against it.
struct Found<'e> {
    place: String,
    code: &'e str,
    level: Severity,
    message: String,
    expected: &'e str,
    seen: &'e str,
    advice: Cow<'e, str>,
}

fn told(entry: &Entry) -> Vec<Found<'_>> {
    let exchange = &entry.exchange;
    let mut found: Vec<Found> = exchange.breaches.iter().map(of_breach).collect();
    let Some(reason) = exchange.reason.as_ref().filter(|_| exchange.rules.is_empty()) else { return found };
    // What leads nowhere or can't be read broke the contract too, though no part of the request can be named for it. Whatever
    // else is refused without a breach (no such record, a key without the scope) may be what somebody wants to see.
    if exchange.operation.is_some() && UNREADABLE.contains(&exchange.answer.status.as_u16()) {
        found.push(Found {
            place: exchange.request.method.to_string(),
            code: REFUSED,
            level: Severity::Error,
            message: reason.clone(),
            expected: "a request in a form that the operation takes",
            seen: reason,
            advice: Cow::Borrowed(""),
        });
    }
    if exchange.operation.is_none() {
        let path = exchange.target().split('?').next().unwrap_or_default();
        found.push(Found {
            place: format!("{} {path}", exchange.request.method),
            code: NO_OPERATION,
            level: Severity::Error,
            message: format!("{} {}: {reason}", exchange.request.method, cut(path)),
            expected: "an operation of the contract",
            seen: reason,
            advice: Cow::Owned(nearly(entry)),
        });
    }
    found
}

/// What it nearly was.
fn nearly(entry: &Entry) -> String {
    let Some(nearest) = entry.exchange.misses.first() else { return String::new() };
    format!("it is near {}", nearest.short())
}

fn of_breach(breach: &Breach) -> Found<'_> {
    Found {
        place: breach.place.to_string(),
        code: &breach.code,
        level: breach.severity,
        message: breach.to_string(),
        expected: &breach.expected,
        seen: &breach.found,
        advice: Cow::Borrowed(breach.hint.as_deref().unwrap_or_default()),
    }
}

impl Found<'_> {
    /// Of two that are the same but for their operation the same.
    fn name(&self) -> String {
        format!("{} {}", self.place, self.code)
    }

    fn finding(self, entry: &Entry, contract: &Contract) -> Finding {
        let operation = entry.exchange.operation();
        let hidden = |text: &str| entry.exchange.secret.hide(text).into_owned();
        Finding {
            level: self.level,
            kind: Kind::Breach,
            code: self.code.to_owned(),
            about: hidden(&self.name()),
            operation: operation.map(str::to_owned),
            message: match operation {
                Some(operation) => format!("{operation}: {}", hidden(&self.message)),
                None => hidden(&self.message),
            },
            expected: hidden(self.expected),
            seen: hidden(self.seen),
            advice: hidden(&self.advice),
            place: operation.and_then(|id| contract.operation(id)).and_then(|operation| written(contract, operation)),
            times: 1,
            exchanges: vec![excerpt(entry)],
        }
    }
}

impl Finding {
    fn again(&mut self, entry: &Entry) {
        self.times += 1;
        if self.exchanges.len() < SHOWN {
            self.exchanges.push(excerpt(entry));
        }
    }
}

fn excerpt(entry: &Entry) -> Excerpt {
    let exchange = &entry.exchange;
    Excerpt {
        number: entry.number,
        id: exchange.secret.hide(exchange.id()).into_owned(),
        at: entry.at,
        method: exchange.request.method.to_string(),
        target: cut(&exchange.secret.hide(exchange.target())),
        status: exchange.answer.status.as_u16(),
    }
}

/// Where an operation is written.
fn written(contract: &Contract, operation: &Operation) -> Option<Place> {
    let spot = contract.spot(operation)?;
    let file = spot.file.strip_suffix(" (embedded)").unwrap_or(&spot.file);
    Some(Place { file: file.to_owned(), line: spot.line })
}
