//! The rules and steps that a request nearly was. What a scenario was when the request met it is noted while the stage is locked; it
//! is compared and put into words afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::difference::{Difference, OTHER, View};
use super::script::{Expected, OutOfStep};
use super::{Occasion, Verdict, Wanted};
use crate::miss::{Misses, NearMiss, Passage, What};
use crate::scenario::plan::{Condition, Part, Rule, Scenario};

/// Of all rules about an operation so many are looked at for one request, the first of each scenario.
const LOOKED_AT: usize = 50;
/// Where more than this lack little, the request was meant for none of them but for those that a slip kept it from, and nothing
/// else is put into words.
const MOST_ALIKE: usize = 8;
/// What lacks more than this was not nearly taken.
const MOST_GAPS: usize = 2;
const FURTHEST: u32 = 4;

/// What a scenario was when a request met it.
#[derive(Debug)]
pub(super) struct Sight {
    pub scenario: Arc<Scenario>,
    pub serial: u64,
    pub state: Arc<str>,
    pub captured: Arc<Map<String, Value>>,
    pub secret: BTreeSet<String>,
    pub since: Timestamp,
    /// A rule that stops has taken the request: nothing behind it was asked.
    pub stopped: Option<Part>,
    /// Steps that might have come, and did not.
    pub steps: Vec<usize>,
    /// What would have taken the request had it been its turn, with the number of the request.
    pub turned: Vec<(Part, u64)>,
}

/// A rule or a step that lacks little, before anything is put into words.
#[derive(Clone, Copy)]
struct Candidate<'s> {
    sight: &'s Sight,
    part: Part,
    /// The number of the request, where only the turn was another's.
    turn: Option<u64>,
    /// The one condition that the request does not meet, where it lacks nothing else.
    unmet: Option<&'s Condition>,
}

/// A rule or a step, and what the request lacks.
type Nearly = (Passage, Part, Vec<Difference>);

impl Wanted {
    /// Finds out what the request nearly was beside what it is. Nothing need be locked for that.
    pub(super) fn miss(&mut self, occasion: &Occasion) {
        let sights = std::mem::take(&mut self.sights);
        self.misses = self.missed(&sights, occasion);
    }

    fn missed(&self, sights: &[Sight], occasion: &Occasion) -> Misses {
        let (alike, crowd) = self.alike(sights, occasion);
        let near = alike.into_iter().filter_map(|Candidate { sight, part, turn, .. }| {
            let rule = sight.scenario.rule(part);
            let (distance, differences) = self.nearly(sight, rule, turn, occasion)?;
            // In a crowd only what is nearer than the others.
            (crowd == 0 || distance < OTHER).then(|| (distance, (passage(&sight.scenario, rule), part, differences)))
        });
        let near: Vec<(u32, Nearly)> = near.collect();
        let mut rules = Misses::ranked(near, |distance, (passage, part, differences)| {
            let what = if matches!(part, Part::Rule(_)) { What::Rule(passage) } else { What::Step(passage) };
            told(what, distance, differences)
        });
        if !rules.is_empty() {
            rules.more += crowd;
        }
        match &self.out_of_step {
            Some(out) => out.misses().and(rules),
            None => rules,
        }
    }

    /// What lacks little. Of a crowd those alone that a slip may have kept the request from, and how many others there are.
    fn alike<'s>(&self, sights: &'s [Sight], occasion: &Occasion) -> (Vec<Candidate<'s>>, usize) {
        let mut all = self.candidates(sights, occasion);
        if all.len() <= MOST_ALIKE {
            return (all, 0);
        }
        let before = all.len();
        all.retain(|candidate| candidate.may_be_slip(occasion));
        match all.len() {
            0..=MOST_ALIKE => {
                let crowd = before - all.len();
                (all, crowd)
            }
            _ => (Vec::new(), 0),
        }
    }

    fn candidates<'s>(&self, sights: &'s [Sight], occasion: &Occasion) -> Vec<Candidate<'s>> {
        let (mut candidates, mut left) = (Vec::new(), LOOKED_AT);
        for sight in sights {
            let rules = &sight.scenario.rules;
            let (places, _) = sight.scenario.concern.about(rules, occasion.operation.index, left);
            left = left.saturating_sub(places.len());
            let places =
                places.into_iter().map(Part::Rule).filter(|part| sight.stopped.is_none_or(|stop| *part < stop));
            let steps = sight.steps.iter().map(|step| Part::Step(*step));
            for part in places.chain(steps).filter(|part| !self.took(sight, *part)) {
                let turn = sight.turned.iter().find(|(turned, _)| *turned == part).map(|(_, count)| *count);
                let unmet = match turn {
                    Some(_) => Some(None),
                    None => sight.nearly_meets(sight.scenario.rule(part), occasion),
                };
                candidates.extend(unmet.map(|unmet| Candidate { sight, part, turn, unmet }));
            }
        }
        candidates
    }

    fn took(&self, sight: &Sight, part: Part) -> bool {
        self.fired.iter().any(|fired| fired.serial == sight.serial && fired.part == part)
    }

    fn nearly(
        &self,
        sight: &Sight,
        rule: &Rule,
        turn: Option<u64>,
        occasion: &Occasion,
    ) -> Option<(u32, Vec<Difference>)> {
        let differences = sight.view().differences(rule, occasion, |_| turn);
        let distance = differences.iter().map(|difference| difference.distance).sum();
        let is_near = (1..=MOST_GAPS).contains(&differences.len()) && distance <= FURTHEST;
        // Where another one of the scenario took it, it was not the turn of those beside it.
        let is_turn = differences.iter().all(|difference| difference.gap.is_of_turn());
        let others = || self.fired.iter().any(|fired| fired.serial == sight.serial);
        (is_near && !(is_turn && others())).then_some((distance, differences))
    }
}

impl Sight {
    pub(super) fn view(&self) -> View<'_> {
        let Sight { scenario, state, captured, secret, since, .. } = self;
        View { scenario, state, captured, secret, since: *since }
    }

    /// Whether a rule lacks little, before anything is put into words: then the one condition that is not met, where nothing else
    /// is missing. A rule about any operation has to have as much as it lacks.
    fn nearly_meets<'s>(&self, rule: &'s Rule, occasion: &Occasion) -> Option<Option<&'s Condition>> {
        let when = &rule.when;
        if (when.refused && !occasion.refused) || !when.operations.has(occasion.operation.index) {
            return None;
        }
        let beside = usize::from(when.refused != occasion.refused) + usize::from(!when.has_state(&self.state));
        let (mut gaps, mut unmet) = (beside, None);
        for condition in when.conditions.iter().filter(|condition| !occasion.meets(condition, &self.captured)) {
            (gaps, unmet) = (gaps + 1, Some(condition));
            if gaps > MOST_GAPS {
                return None;
            }
        }
        let met = when.conditions.len() + beside - gaps;
        (when.operations.are_named() || met >= gaps).then_some(unmet.filter(|_| gaps == 1))
    }
}

impl Candidate<'_> {
    /// Whether it lacks one condition alone, by what may be a slip. Found out without a word, and a little too often.
    fn may_be_slip(&self, occasion: &Occasion) -> bool {
        self.unmet.is_some_and(|condition| {
            let value = occasion.value(&condition.of, &self.sight.captured);
            value.as_deref().is_some_and(|value| condition.test.may_be_slip(value))
        })
    }
}

impl Verdict {
    /// Where the rule is written.
    pub fn passage(&self) -> Passage {
        passage(&self.scenario, self.rule())
    }

    /// What the rule is, and what the request lacks.
    pub fn miss(&self) -> NearMiss {
        let passage = self.passage();
        let what = if matches!(self.part, Part::Rule(_)) { What::Rule(passage) } else { What::Step(passage) };
        let distance = self.differences.iter().map(|difference| difference.distance).sum();
        told(what, distance, self.differences.clone())
    }
}

impl OutOfStep {
    /// The steps that may come now, however far the request is from them.
    pub(super) fn misses(&self) -> Misses {
        let one = |expected: &Expected| {
            let rule = self.scenario.rule(Part::Step(expected.step));
            let distance = expected.differences.iter().map(|difference| difference.distance).sum();
            told(What::Step(passage(&self.scenario, rule)), distance, expected.differences.clone())
        };
        Misses { nearest: self.expected.iter().map(one).collect(), more: 0 }.and(Misses::default())
    }
}

fn told(what: What, distance: u32, differences: Vec<Difference>) -> NearMiss {
    let hints = differences.iter().filter_map(|difference| difference.hint.clone()).collect();
    NearMiss { what, distance, differences: differences.into_iter().map(|difference| difference.gap).collect(), hints }
}

fn passage(scenario: &Scenario, rule: &Rule) -> Passage {
    Passage { scenario: scenario.name.clone(), name: rule.name.clone(), file: scenario.origin.clone(), line: rule.line }
}

#[cfg(test)]
mod tests;
