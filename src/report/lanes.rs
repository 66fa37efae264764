//! What is expected of a client is judged lane by lane: programs that go by lanes of their own are clients of their own, and none
//! answers for what another did. Told is one judgement for each thing that is expected.

use std::collections::HashMap;
use std::sync::Arc;

use crate::contract::Contract;
use crate::journal::Entry;
use crate::journal::verdict::{Evidence, Hearing, Judgement, Outcome};
use crate::plural::count;
use crate::scenario::Scenario;

/// Of so many lanes it is told what was seen in them, and so many exchanges are named.
const MOST_LANES: usize = 3;
const MOST_NAMED: usize = 20;

/// What the scenarios expect, and what holds for every run but for the verdicts that are switched off.
pub fn judge(entries: &[Arc<Entry>], contract: &Contract, armed: &[Arc<Scenario>], off: &[&str]) -> Vec<Judgement> {
    let lanes = apart(entries);
    let mut heard: Vec<Vec<(&str, Judgement)>> = Vec::new();
    for (lane, entries) in &lanes {
        let hearing = Hearing::open(Evidence { entries, contract });
        let expected = armed.iter().flat_map(|scenario| hearing.expected_by(scenario));
        for (place, judgement) in expected.chain(hearing.on_every_run(off)).enumerate() {
            match heard.get_mut(place) {
                Some(others) => others.push((lane, judgement)),
                None => heard.push(vec![(lane, judgement)]),
            }
        }
    }
    let mut judgements: Vec<Judgement> = Vec::new();
    for judgement in heard.into_iter().filter_map(together) {
        // What a scenario asks for too is told once.
        let told = |other: &Judgement| other.verdict == judgement.verdict && other.seen == judgement.seen;
        if judgement.asked_by.is_some() || !judgements.iter().any(told) {
            judgements.push(judgement);
        }
    }
    judgements
}

/// The entries of each lane, in their order. Where nobody asked for anything there is one lane, in which nothing came.
fn apart(entries: &[Arc<Entry>]) -> Vec<(&str, Vec<Arc<Entry>>)> {
    let mut lanes: Vec<(&str, Vec<Arc<Entry>>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for entry in entries {
        let lane = entry.exchange.lane();
        let place = *places.entry(lane).or_insert(lanes.len());
        match lanes.get_mut(place) {
            Some((_, of_lane)) => of_lane.push(entry.clone()),
            None => lanes.push((lane, vec![entry.clone()])),
        }
    }
    if lanes.is_empty() {
        lanes.push(("", Vec::new()));
    }
    lanes
}

/// One judgement of what was judged in several lanes: failed if it was in one of them. What one left out altogether is no fault
/// where another did it.
fn together(mut heard: Vec<(&str, Judgement)>) -> Option<Judgement> {
    let among = heard.len();
    let passed = heard.iter().any(|(_, judgement)| judgement.outcome == Outcome::Passed);
    heard.retain(|(_, judgement)| !(passed && judgement.outcome == Outcome::Failed && judgement.exchanges.is_empty()));
    let is_there = |outcome: &Outcome| heard.iter().any(|(_, judgement)| judgement.outcome == *outcome);
    let outcome = [Outcome::Failed, Outcome::Passed, Outcome::Moot].into_iter().find(is_there)?;
    heard.retain(|(_, judgement)| judgement.outcome == outcome);
    let mut exchanges: Vec<u64> = heard.iter().flat_map(|(_, judgement)| judgement.exchanges.clone()).collect();
    exchanges.sort_unstable();
    exchanges.truncate(MOST_NAMED);
    let seen = seen(&heard, among);
    let level = heard.iter().map(|(_, judgement)| judgement.level).max()?;
    let (_, first) = heard.into_iter().next()?;
    Some(Judgement { level, seen, exchanges, ..first })
}

/// What was seen in these lanes, of so many that there are.
fn seen(heard: &[(&str, Judgement)], among: usize) -> String {
    let mut texts: Vec<&str> = heard.iter().map(|(_, judgement)| judgement.seen.as_str()).collect();
    texts.dedup();
    match texts.as_slice() {
        [one] if heard.len() == among => (*one).to_owned(),
        _ => {
            let told =
                heard.iter().take(MOST_LANES).map(|(lane, judgement)| format!("Lane {lane}: {}", judgement.seen));
            let more = heard.len().saturating_sub(MOST_LANES);
            let more = (more > 0).then(|| format!("And {} more.", count(more, "lane")));
            told.chain(more).collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breach::Severity;

    fn judged(outcome: Outcome, seen: &str, exchanges: &[u64]) -> Judgement {
        Judgement {
            verdict: "calls",
            outcome,
            level: Severity::Error,
            expected: String::new(),
            seen: seen.to_owned(),
            advice: String::new(),
            exchanges: exchanges.to_vec(),
            asked_by: None,
        }
    }

    fn of(heard: &[(&'static str, Judgement)]) -> (Outcome, String, Vec<u64>) {
        let judgement = together(heard.to_vec()).expect("a judgement");
        (judgement.outcome, judgement.seen, judgement.exchanges)
    }

    #[test]
    fn one_lane_that_fails_is_told_by_its_name() {
        let good = || judged(Outcome::Passed, "All waited.", &[3]);
        let moot = || judged(Outcome::Moot, "Nobody was told to.", &[]);
        let bad = |number| judged(Outcome::Failed, "One came too soon.", &[number]);
        assert_eq!(of(&[("a", bad(1))]), (Outcome::Failed, "One came too soon.".to_owned(), vec![1]));
        assert_eq!(
            of(&[("a", good()), ("b", bad(2)), ("c", moot())]),
            (Outcome::Failed, "Lane b: One came too soon.".to_owned(), vec![2])
        );
        assert_eq!(of(&[("a", moot()), ("b", good())]), (Outcome::Passed, "Lane b: All waited.".to_owned(), vec![3]));
        assert_eq!(of(&[("a", moot()), ("b", moot())]), (Outcome::Moot, "Nobody was told to.".to_owned(), Vec::new()));
        let many: Vec<(&str, Judgement)> = (0..25).rev().map(|n| ("x", bad(n))).chain([("y", good())]).collect();
        let (_, seen, exchanges) = of(&many);
        assert_eq!((seen.matches("Lane x: ").count(), exchanges.len(), exchanges[0]), (3, 20, 0));
        assert!(seen.ends_with("And 22 lanes more."), "{seen}");
    }

    #[test]
    fn it_weighs_what_the_worst_lane_weighs() {
        let likely = || Judgement { level: Severity::Warning, ..judged(Outcome::Failed, "Likely.", &[1]) };
        let level = |heard: &[(&'static str, Judgement)]| together(heard.to_vec()).expect("a judgement").level;
        assert_eq!(level(&[("a", likely()), ("b", likely())]), Severity::Warning);
        assert_eq!(level(&[("a", likely()), ("b", judged(Outcome::Failed, "Sure.", &[2]))]), Severity::Error);
        assert_eq!(level(&[("a", likely()), ("b", judged(Outcome::Passed, "Good.", &[2]))]), Severity::Warning);
    }

    #[test]
    fn what_another_lane_did_was_not_left_out() {
        let none = || judged(Outcome::Failed, "None was sent.", &[]);
        let one = || judged(Outcome::Passed, "One was sent.", &[1]);
        assert_eq!(of(&[("a", none()), ("b", one())]).0, Outcome::Passed);
        assert_eq!(of(&[("a", none()), ("b", none())]), (Outcome::Failed, "None was sent.".to_owned(), Vec::new()));
        assert_eq!(of(&[("a", judged(Outcome::Failed, "Two.", &[4, 5])), ("b", one())]).0, Outcome::Failed);
    }
}
