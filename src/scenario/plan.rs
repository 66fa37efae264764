//! A scenario as it is settled: everything named has been found in the contract, everything written has been read.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use http::HeaderName;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Matcher;
use super::concern::Concern;
use super::effect::{Delay, Then};
use super::expectation::Expectation;
use crate::contract::Places;

/// One file, one story.
#[derive(Debug)]
pub struct Scenario {
    pub name: String,
    pub about: String,
    /// Where it was read from, as it is shown.
    pub origin: String,
    /// Of one that was sent.
    pub sent: Option<Sent>,
    /// Of the contracts whose operations and collections it knows by their places.
    pub places: Places,
    pub clock: Option<Beginning>,
    /// New connections wait for so long.
    pub accept: Option<Delay>,
    /// What templates may say as `vars`.
    pub vars: Value,
    pub rules: Vec<Rule>,
    pub script: Option<Script>,
    pub expect: Vec<Expectation>,
    /// What is written beside rules and steps, by its key: what is written alike has one digest.
    pub beside: BTreeMap<String, u64>,
    /// About how much work all its rules are for one request, in pieces that each are done at once.
    pub toil: usize,
    /// What its patterns come to, in bytes.
    pub patterns: usize,
    /// Found out when it is first played.
    pub concern: Concern,
}

/// What no file has.
#[derive(Debug, Clone)]
pub struct Sent {
    pub text: Arc<str>,
    /// About how many bytes are kept of it.
    pub bytes: usize,
}

/// A rule of a scenario, or a step of its script, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Rule(usize),
    Step(usize),
}

impl Scenario {
    pub fn rule(&self, part: Part) -> &Rule {
        match part {
            Part::Rule(place) => &self.rules[place],
            Part::Step(place) => &self.steps()[place].rule,
        }
    }

    pub fn steps(&self) -> &[Step] {
        self.script.as_ref().map_or(&[], |script| &script.steps)
    }

    /// With its work added up.
    pub fn weighed(self) -> Scenario {
        let of_steps = self.steps().iter().map(|step| step.rule.then.toil()).max().unwrap_or_default();
        let toil = self.rules.iter().map(|rule| rule.then.toil()).sum::<usize>() + of_steps;
        Scenario { toil, ..self }
    }
}

/// The time in the lane in which the scenario is armed.
#[derive(Debug, Clone, PartialEq)]
pub struct Beginning {
    pub at: Option<Timestamp>,
    pub speed: Option<f64>,
    pub frozen: bool,
}

#[derive(Debug)]
pub struct Rule {
    /// Unlike that of any other rule of the scenario.
    pub name: String,
    pub about: String,
    /// The JSON Pointer of the rule in its file, and its line.
    pub pointer: String,
    pub line: usize,
    pub when: When,
    pub then: Then,
    /// It says that it breaks the contract, so that nobody is to wonder at its answers.
    pub breaks_contract: bool,
    /// Later rules have no say on a request that this one takes.
    pub stop: bool,
    /// Two rules with the same one were written alike, wherever they stand: the counts of the one are good for the other.
    pub fingerprint: u64,
}

/// What a request has to be for a rule to take it.
#[derive(Debug, Default)]
pub struct When {
    /// Those of the contract's operations that it may be about.
    pub operations: Operations,
    pub conditions: Vec<Condition>,
    /// The state of the scenario is one of these; none at all is any.
    pub states: Vec<String>,
    pub time: Option<Window>,
    /// The requests that the contract refuses, instead of the good ones.
    pub refused: bool,
    pub calls: Calls,
    pub count_by: CountBy,
    /// Of a million.
    pub chance: Option<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Operations {
    #[default]
    All,
    /// Their places in the contract, in order.
    Some(Vec<usize>),
}

#[derive(Debug)]
pub struct Condition {
    pub of: Subject,
    pub test: Matcher,
}

/// A part of a request, or of what is known beside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    Path(String),
    Query(String),
    Header(HeaderName),
    /// JSON Pointer.
    Body(String),
    Key,
    Lane,
    Captured(String),
    /// JSON Pointer into the answer; only for what is captured.
    Answer(String),
}

/// Which of the requests that a rule counts it takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Calls {
    #[default]
    All,
    /// Any of these ranges, from 1.
    Within(Vec<RangeInclusive<u64>>),
    Every {
        nth: u64,
        from: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CountBy {
    #[default]
    Lane,
    /// Each value of it has a count of its own.
    Each(Subject),
}

/// From the one, up to but not including the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub from: Option<Moment>,
    pub until: Option<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    At(Timestamp),
    /// After the scenario was armed in the lane.
    After(SignedDuration),
}

/// Requests that are expected in this order.
#[derive(Debug)]
pub struct Script {
    /// Whatever is not expected is a breach.
    pub strict: bool,
    pub steps: Vec<Step>,
    pub then: After,
}

/// What comes after the last step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum After {
    /// Nothing more is expected.
    #[default]
    Stop,
    /// The first one again.
    Loop,
    /// True answers, even where the script was strict.
    Lenient,
}

#[derive(Debug)]
pub struct Step {
    pub rule: Rule,
    /// How often it comes before the next one.
    pub repeat: RangeInclusive<u64>,
    pub optional: bool,
    /// The place of the step that follows.
    pub next: Option<usize>,
}
