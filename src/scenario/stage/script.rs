//! Where a script stands in one lane: which of its steps may come now, and what follows the one that came.

use std::sync::Arc;

use serde_json::Value;

use super::difference::Difference;
use super::explain::nearest_first;
use crate::problem::{Kind, Problem};
use crate::scenario::plan::{After, Scenario, Script, Step, Subject};

/// How far a script has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// The step that is expected, by its place; none after the last one.
    pub at: Option<usize>,
    /// How often it came already.
    pub came: u64,
    /// How many requests were a step.
    pub taken: u64,
    /// How many were none though the script is strict.
    pub strayed: u64,
}

/// The steps that may come, and what is beyond them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// In the order in which they are tried.
    pub steps: Vec<usize>,
    /// All of them may be left out, and after them anything is let pass.
    pub lenient: bool,
}

/// A request that a strict script does not expect.
#[derive(Debug)]
pub struct OutOfStep {
    pub scenario: Arc<Scenario>,
    /// The steps that may come now, the one first that the request is nearest to.
    pub expected: Vec<Expected>,
    /// So many of the rules that take the request come before the script.
    pub(super) after: usize,
}

/// A step that another request would have been.
#[derive(Debug)]
pub struct Expected {
    /// Its place in the script.
    pub step: usize,
    pub differences: Vec<Difference>,
}

impl Course {
    pub fn start(script: &Script) -> Course {
        Course { at: (!script.steps.is_empty()).then_some(0), came: 0, taken: 0, strayed: 0 }
    }
}

impl Script {
    /// The steps that may come next. Those whose branch is closed are passed over.
    pub(super) fn open(&self, course: &Course, is_open: impl Fn(&Step) -> bool) -> Open {
        let mut steps = Vec::new();
        let (mut at, mut came) = (course.at, course.came);
        // Each step is looked at once, or a loop of steps that may all be left out would have no end.
        for _ in 0..=self.steps.len() {
            let Some((place, step)) = at.and_then(|place| Some((place, self.steps.get(place)?))) else {
                return Open { steps, lenient: self.then == After::Lenient };
            };
            let (least, most) = (*step.repeat.start(), *step.repeat.end());
            if !is_open(step) {
                at = self.following(place);
            } else {
                if came < most && !steps.contains(&place) {
                    steps.push(place);
                }
                match came {
                    0 if least > 0 && !step.optional => break,
                    0 => at = self.following(place),
                    _ if came < least => break,
                    _ => at = self.next(place),
                }
            }
            came = 0;
        }
        Open { steps, lenient: false }
    }

    /// The course after a step came.
    pub fn taken(&self, course: Course, place: usize) -> Course {
        let came = if course.at == Some(place) { course.came + 1 } else { 1 };
        let done = self.steps.get(place).is_none_or(|step| came >= *step.repeat.end());
        let (at, came) = if done { (self.next(place), 0) } else { (Some(place), came) };
        Course { at, came, taken: course.taken + 1, ..course }
    }

    /// The steps that have to come still, but for those that hang on a state or on what was captured.
    pub fn outstanding(&self, course: &Course) -> Vec<usize> {
        let mut left = Vec::new();
        let (mut at, mut came) = (course.at, course.came);
        if self.then == After::Loop && course.taken > 0 && (at, came) == (Some(0), 0) {
            return left;
        }
        // A step that leads back to one before it is followed no further.
        let mut seen = 0;
        while let Some((place, step)) = at.and_then(|place| Some((place, self.steps.get(place)?)))
            && place >= seen
        {
            let is_bound = step.rule.when.conditions.iter().any(|one| matches!(one.of, Subject::Captured(_)));
            let must = !step.optional && !is_bound && step.rule.when.states.is_empty();
            if must && came < *step.repeat.start() {
                left.push(place);
            }
            seen = place + 1;
            at = if must || came > 0 { self.next(place) } else { Some(place + 1) };
            came = 0;
        }
        left
    }

    /// What comes after a step that came.
    fn next(&self, place: usize) -> Option<usize> {
        self.steps.get(place).and_then(|step| step.next).or_else(|| self.following(place))
    }

    /// What comes after a step that was left out.
    fn following(&self, place: usize) -> Option<usize> {
        match place + 1 {
            following if following < self.steps.len() => Some(following),
            _ if self.then == After::Loop => Some(0),
            _ => None,
        }
    }
}

impl OutOfStep {
    pub(super) fn new(scenario: Arc<Scenario>, mut expected: Vec<Expected>, after: usize) -> OutOfStep {
        expected.sort_by(|a, b| nearest_first(&a.differences, &b.differences));
        OutOfStep { scenario, expected, after }
    }

    /// What was expected, after "expects": `the step 'pay'`.
    pub fn expectation(&self) -> String {
        let steps = self.scenario.steps();
        let names = self.expected.iter().filter_map(|expected| steps.get(expected.step));
        let names: Vec<String> = names.map(|step| format!("'{}'", step.rule.name)).collect();
        match &*names {
            [] => "nothing more".to_owned(),
            [name] => format!("the step {name}"),
            names => format!("one of the steps {}", names.join(", ")),
        }
    }

    /// How the request differs from the step that it is nearest to.
    pub fn difference(&self) -> String {
        match self.expected.first() {
            Some(nearest) => {
                let told: Vec<String> = nearest.differences.iter().map(Difference::to_string).collect();
                told.join("; ")
            }
            None => "all of its steps have come".to_owned(),
        }
    }

    pub fn problem(&self) -> Problem {
        let nearest = self.expected.first().map_or(&[][..], |nearest| &nearest.differences);
        let list: Vec<Value> = nearest.iter().map(|difference| Value::from(difference.to_string())).collect();
        let mut problem = Problem::new(Kind::OutOfStep)
            .with("scenario", self.scenario.name.as_str())
            .with("expected", self.expectation())
            .with("differs", self.difference())
            .with("differences", list)
            .nearly(self.misses());
        problem.breaches = nearest.iter().filter_map(|difference| difference.breach.clone()).collect();
        problem
    }
}

#[cfg(test)]
mod tests;
