//! In what a request is not what a rule takes: in words, for whoever asks about a rule, and by its place in the request, for near
//! misses.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Occasion;
use super::asking::Foreseen;
use super::occasion::without_signatures;
use super::tally::Case;
use crate::breach::{Breach, Place};
use crate::contract::HIDDEN;
use crate::miss;
use crate::pointer::escaped;
use crate::scenario::matcher::{shown, whole};
use crate::scenario::plan::{Calls, Condition, Operations, Rule, Scenario, Subject, When, Window};

/// What a breach of a script is called.
const CODE: &str = "out_of_step";

// What each difference adds to the distance.
const SLIP: u32 = 1;
pub(super) const OTHER: u32 = 2;
/// Another operation, or a good request where a refused one is taken: that was not nearly it.
const ELSEWHERE: u32 = 5;

/// One way in which a request is not what a rule takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `operation`, `query page`, `body /age`, `state`, `call`, …
    pub place: String,
    /// Goes on after the place: `is 2, not 3`.
    pub told: String,
    /// The same of a part of the request, for where a script expected another one.
    pub breach: Option<Breach>,
    /// The same for a near miss, how much it adds to its distance, and what may be behind it.
    pub gap: miss::Difference,
    pub distance: u32,
    pub hint: Option<String>,
}

/// What of a scenario a request is held against.
pub(super) struct View<'v> {
    pub scenario: &'v Scenario,
    pub state: &'v str,
    pub captured: &'v Map<String, Value>,
    /// The names of those that may not be told.
    pub secret: &'v BTreeSet<String>,
    pub since: Timestamp,
}

impl View<'_> {
    /// In what a request is not what a rule takes. `next` tells which number it has among those that the rule counts, if that is
    /// known.
    pub fn differences(
        &self,
        rule: &Rule,
        occasion: &Occasion,
        next: impl FnOnce(&Case) -> Option<u64>,
    ) -> Vec<Difference> {
        let when = &rule.when;
        let mut differences = Vec::new();
        if !when.operations.has(occasion.operation.index) {
            differences.push(of_operation(&when.operations, occasion));
        }
        differences.extend(of_refusal(when, occasion));
        if !when.has_state(self.state) {
            let told = format!("is '{}', not '{}'", self.state, when.states.join("' or '"));
            let wanted: Vec<String> = when.states.iter().map(|state| miss::quoted(state)).collect();
            differences.push(Difference::beside("state", told).by(wanted.join(" or "), miss::quoted(self.state)));
        }
        let closed = when.time.as_ref().and_then(|window| self.of_time(window, occasion));
        differences.extend(closed);
        let unmet = when.conditions.iter().filter(|condition| !occasion.meets(condition, self.captured));
        differences.extend(unmet.map(|condition| self.of_condition(condition, occasion)));
        if differences.is_empty() {
            let (scenario, captured, foreseen) = (&self.scenario.name, self.captured, &Foreseen::default());
            let case = Case { scenario, rule, occasion, captured, foreseen };
            differences.extend(next(&case).and_then(|count| of_count(&case, count)));
        }
        differences
    }

    fn of_time(&self, window: &Window, occasion: &Occasion) -> Option<Difference> {
        let (now, since) = (occasion.now, self.since);
        let (told, wanted) = match (&window.from, &window.until) {
            (Some(from), _) if now < from.of(since) => {
                (format!("is {now}, and begins at {}", from.of(since)), format!("{} or later", from.of(since)))
            }
            (_, Some(until)) if now >= until.of(since) => {
                (format!("is {now}, and ended at {}", until.of(since)), format!("before {}", until.of(since)))
            }
            _ => return None,
        };
        Some(Difference::beside("time", told).by(wanted, now.to_string()))
    }

    fn of_condition(&self, condition: &Condition, occasion: &Occasion) -> Difference {
        let value = occasion.value(&condition.of, self.captured);
        let value = value.as_deref().filter(|_| !occasion.is_default(condition));
        let is_text = !matches!(condition.of, Subject::Body(_));
        let is_kept = matches!(&condition.of, Subject::Captured(name) if self.secret.contains(name));
        let secret = is_kept || occasion.is_secret(&condition.of, value);
        let unsigned = value.cloned().map(|mut value| {
            without_signatures(&mut value);
            value
        });
        let value = unsigned.as_ref();
        let told = match value {
            Some(_) if secret => "is another one".to_owned(),
            None if secret => "is not there".to_owned(),
            value => condition.test.why_not(value, is_text),
        };
        let found = match value {
            Some(_) if secret => "another one".to_owned(),
            Some(value) => shown(value),
            None => "nothing".to_owned(),
        };
        let place = match &condition.of {
            Subject::Path(name) => Some(Place::Path(name.clone())),
            Subject::Query(name) => Some(Place::Query(name.clone())),
            Subject::Header(name) => Some(Place::Header(name.to_string())),
            Subject::Body(place) => Some(Place::Body(place.clone())),
            Subject::Key | Subject::Lane | Subject::Captured(_) | Subject::Answer(_) => None,
        };
        let called = match (&place, &condition.of) {
            (Some(place), _) => place.to_string(),
            (None, Subject::Captured(name)) => format!("captured {name}"),
            (None, Subject::Answer(place)) => format!("answer {place}"),
            (None, Subject::Lane) => "lane".to_owned(),
            (None, _) => "key".to_owned(),
        };
        let expected = if secret { "another one".to_owned() } else { format!("it to {}", condition.test.asked()) };
        let breach = place.map(|place| Breach::new(place, CODE, expected, found));
        let likeness = value.filter(|_| !secret).and_then(|value| condition.test.likeness(value));
        let (wanted, seen) = match value {
            Some(_) if secret => (HIDDEN.to_owned(), HIDDEN.to_owned()),
            None if secret => (HIDDEN.to_owned(), "nothing".to_owned()),
            value => (
                condition.test.expected(value),
                value.map_or("nothing".to_owned(), |value| whole(value, condition.test.wanted())),
            ),
        };
        let at = at(&condition.of, occasion);
        let distance = if likeness.is_some() { SLIP } else { OTHER };
        let hint = likeness.map(|likeness| format!("{at}: {}", likeness.sentence()));
        Difference { place: called, told, breach, gap: miss::Difference::new(at, wanted, seen), distance, hint }
    }
}

fn of_operation(wanted: &Operations, occasion: &Occasion) -> Difference {
    let wanted: Vec<&str> = match wanted {
        Operations::All => Vec::new(),
        Operations::Some(places) => {
            places.iter().filter_map(|place| occasion.contract.operations.get(*place)).map(|one| &*one.id).collect()
        }
    };
    let (wanted, found) = (listed(&wanted), &occasion.operation.id);
    let breach = Breach::new(Place::Path(String::new()), CODE, wanted.as_str(), found.as_str());
    let difference = Difference::beside("operation", format!("is {found}, not {wanted}")).by(wanted, found.as_str());
    Difference { breach: Some(breach), distance: ELSEWHERE, ..difference }
}

fn of_refusal(when: &When, occasion: &Occasion) -> Option<Difference> {
    match (when.refused, occasion.refused) {
        (true, false) => {
            let good = Difference::beside("request", "is good, and the rule takes refused ones");
            Some(Difference { distance: ELSEWHERE, ..good.by("one that the contract refuses", "a good one") })
        }
        (false, true) => {
            let refused = Difference::beside("request", "is refused, and the rule takes good ones");
            Some(refused.by("a good one", "one that the contract refuses"))
        }
        _ => None,
    }
}

fn of_count(case: &Case, count: u64) -> Option<Difference> {
    let when = &case.rule.when;
    if !when.calls.takes(count) {
        let told = format!("is number {count} that the rule counts, and it takes {}", when.calls);
        return Some(Difference::beside("call", told).by(format!("number {}", when.calls), format!("number {count}")));
    }
    let share = when.chance.filter(|_| !case.would_be_chosen(count))?;
    let percent = format!("{}%", f64::from(share) / 10_000.0);
    let told = format!("is not for number {count} that the rule counts ({percent})");
    let wanted = format!("one of {percent} of requests");
    Some(Difference::beside("chance", told).by(wanted, format!("number {count}, which is none of them")))
}

/// Where a near miss says that a part of the request stands.
fn at(subject: &Subject, occasion: &Occasion) -> String {
    match subject {
        Subject::Path(name) => {
            let parameter = format!("{{{name}}}");
            let segments = occasion.operation.path.split('/').skip(1);
            let place = segments.enumerate().find(|(_, segment)| segment.contains(&parameter)).map(|(place, _)| place);
            place.map_or_else(|| format!("/path/{}", escaped(name)), |place| format!("/path/{place}"))
        }
        Subject::Query(name) => format!("/query/{}", escaped(name)),
        Subject::Header(name) => format!("/headers/{}", escaped(name.as_str())),
        Subject::Body(place) => format!("/body{place}"),
        Subject::Key => "/key".to_owned(),
        Subject::Lane => "/lane".to_owned(),
        Subject::Captured(name) => format!("/captured/{}", escaped(name)),
        Subject::Answer(place) => format!("/answer{place}"),
    }
}

/// `a`, `a or b`, `a, b or 4 others`
fn listed(names: &[&str]) -> String {
    match names {
        [] => "any".to_owned(),
        [one] => (*one).to_owned(),
        [first, second] => format!("{first} or {second}"),
        [first, second, third] => format!("{first}, {second} or {third}"),
        [first, second, others @ ..] => format!("{first}, {second} or {} others", others.len()),
    }
}

impl Difference {
    /// One beside the request, of what is expected now.
    pub(super) fn beside(place: &str, told: impl Into<String>) -> Difference {
        let told = told.into();
        let gap = miss::Difference::new(format!("/{place}"), String::new(), told.clone());
        Difference { place: place.to_owned(), told, breach: None, gap, distance: OTHER, hint: None }
    }

    fn by(mut self, expected: impl Into<String>, seen: impl Into<String>) -> Difference {
        (self.gap.expected, self.gap.seen) = (expected.into(), seen.into());
        self
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.told)
    }
}

/// After "takes": `number 3`, `numbers 1 to 2`, `every 3 from 2`
impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Calls::All => f.write_str("all"),
            Calls::Every { nth, from } => write!(f, "every {nth} from {from}"),
            Calls::Within(ranges) => {
                for (place, range) in ranges.iter().enumerate() {
                    let comma = if place == 0 { "" } else { ", " };
                    match (*range.start(), *range.end()) {
                        (start, end) if start == end => write!(f, "{comma}{start}")?,
                        (start, u64::MAX) => write!(f, "{comma}{start} and later")?,
                        (start, end) => write!(f, "{comma}{start} to {end}")?,
                    }
                }
                Ok(())
            }
        }
    }
}
