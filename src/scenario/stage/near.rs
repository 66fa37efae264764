//! The rules and steps that a request nearly was. What a scenario was when the request met it is noted while the stage is locked; it
//! is compared and put into words afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::difference::{Difference, View};
use super::script::{Expected, OutOfStep};
use super::{Occasion, Verdict, Wanted};
use crate::miss::{Misses, NearMiss, Passage, What};
use crate::scenario::plan::{Part, Rule, Scenario};

/// Of all rules about an operation so many are looked at for one request, the first of each scenario.
const LOOKED_AT: usize = 50;
/// Where more than this lack little, the request was meant for none of them, and nothing is put into words.
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

/// A rule or a step, and what the request lacks.
type Nearly = (Passage, Part, Vec<Difference>);

impl Wanted {
    /// Finds out what the request nearly was beside what it is. Nothing need be locked for that.
    pub(super) fn miss(&mut self, occasion: &Occasion) {
        let sights = std::mem::take(&mut self.sights);
        self.misses = self.missed(&sights, occasion);
    }

    fn missed(&self, sights: &[Sight], occasion: &Occasion) -> Misses {
        let near = self.alike(sights, occasion).into_iter().filter_map(|(sight, part, turn)| {
            let rule = sight.scenario.rule(part);
            let (distance, differences) = self.nearly(sight, rule, turn, occasion)?;
            Some((distance, (passage(&sight.scenario, rule), part, differences)))
        });
        let near: Vec<(u32, Nearly)> = near.collect();
        let rules = Misses::ranked(near, |distance, (passage, part, differences)| {
            let what = if matches!(part, Part::Rule(_)) { What::Rule(passage) } else { What::Step(passage) };
            told(what, distance, differences)
        });
        match &self.out_of_step {
            Some(out) => out.misses().and(rules),
            None => rules,
        }
    }

    /// What lacks little, before anything is put into words, and the number of the request where only the turn was another's.
    fn alike<'s>(&self, sights: &'s [Sight], occasion: &Occasion) -> Vec<(&'s Sight, Part, Option<u64>)> {
        let (mut alike, mut left) = (Vec::new(), LOOKED_AT);
        for sight in sights {
            let rules = &sight.scenario.rules;
            let (places, _) = sight.scenario.concern.about(rules, occasion.operation.index, left);
            left = left.saturating_sub(places.len());
            let places =
                places.into_iter().map(Part::Rule).filter(|part| sight.stopped.is_none_or(|stop| *part < stop));
            let steps = sight.steps.iter().map(|step| Part::Step(*step));
            for part in places.chain(steps).filter(|part| !self.took(sight, *part)) {
                let turn = sight.turned.iter().find(|(turned, _)| *turned == part).map(|(_, count)| *count);
                if turn.is_some() || sight.may_be_near(sight.scenario.rule(part), occasion) {
                    alike.push((sight, part, turn));
                }
                if alike.len() > MOST_ALIKE {
                    return Vec::new();
                }
            }
        }
        alike
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

    /// Whether a rule lacks little, before anything is put into words. One about any operation has to have as much as it lacks.
    fn may_be_near(&self, rule: &Rule, occasion: &Occasion) -> bool {
        let when = &rule.when;
        if (when.refused && !occasion.refused) || !when.operations.has(occasion.operation.index) {
            return false;
        }
        let beside = usize::from(when.refused != occasion.refused) + usize::from(!when.has_state(&self.state));
        let mut gaps = beside;
        for condition in &when.conditions {
            gaps += usize::from(!occasion.meets(condition, &self.captured));
            if gaps > MOST_GAPS {
                return false;
            }
        }
        let met = when.conditions.len() + beside - gaps;
        when.operations.are_named() || met >= gaps
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
mod tests {
    use serde_json::json;

    use super::*;
    use crate::miss::MOST;
    use crate::scenario::sample::*;
    use crate::scenario::{After, Calls, Condition, Matcher, Subject, When};

    fn query(name: &str) -> Subject {
        Subject::Query(name.to_owned())
    }

    fn header(name: &'static str) -> Subject {
        Subject::Header(http::HeaderName::from_static(name))
    }

    fn with(when: When, conditions: Vec<(Subject, Matcher)>) -> When {
        let conditions = conditions.into_iter().map(|(of, test)| Condition { of, test }).collect();
        When { conditions, ..when }
    }

    fn equal(value: serde_json::Value) -> Matcher {
        Matcher::Equals(value)
    }

    /// What is told of a request, each in a line.
    fn lines<'c>(clinic: &Clinic, call: impl Into<Call<'c>>) -> Vec<String> {
        let place = |line: String| line.replace("(scenarios/s.yaml:0)", "-").replace(", distance", "");
        clinic.ask(call).misses.nearest.iter().map(|miss| place(miss.to_string())).collect()
    }

    #[test]
    fn rules_that_lack_little_are_told_the_nearest_first() {
        let sent = || (header("content-type"), equal(json!("application/json")));
        let clinic = Clinic::with([scenario(
            "s",
            vec![
                rule("third page", with(of(LIST), vec![(query("page"), equal(json!(3)))])),
                rule(
                    "two",
                    with(of(LIST), vec![(query("page"), equal(json!(3))), (query("name"), equal(json!("Bo")))]),
                ),
                rule(
                    "three",
                    with(
                        of(LIST),
                        vec![sent(), (header("x-a"), equal(json!("a"))), (query("name"), equal(json!("Bo")))],
                    ),
                ),
                rule("elsewhere", of(GET)),
                rule("refused", When { refused: true, ..of(LIST) }),
                rule("anywhere", given(header("x-odd"), Matcher::Present(true))),
                rule("named", with(of(LIST), vec![(query("name"), equal(json!("Ann")))])),
                rule("json", with(of(CREATE), vec![sent()])),
                rule("age", with(of(CREATE), vec![(Subject::Body("/age".to_owned()), equal(json!(3)))])),
            ],
        )]);
        let lines = |call: Call| lines(&clinic, call);
        let call = |line: &'static str| Call { line, ..Call::default() };
        assert_eq!(
            lines(call("GET /pets?page=2&name=ann")),
            [
                r#"rule named of s - 1; /query/name: expected "Ann", got "ann"; hint: /query/name: only upper and lower case differ"#,
                "rule third page of s - 2; /query/page: expected 3, got 2",
            ]
        );
        assert_eq!(
            lines(call("GET /pets?page=3")),
            [
                r#"rule two of s - 2; /query/name: expected "Bo", got nothing"#,
                r#"rule named of s - 2; /query/name: expected "Ann", got nothing"#
            ]
        );
        let typed = [("content-type", "application/json; charset=utf-8")];
        assert_eq!(
            lines(Call { headers: &typed, body: Some(json!({ "age": "3" })), ..call("POST /pets") }),
            [
                r#"rule json of s - 1; /headers/content-type: expected "application/json", got "application/json; charset=utf-8"; hint: /headers/content-type: only the parameters of the media type differ, such as its charset"#,
                r#"rule age of s - 1; /body/age: expected 3, got "3"; hint: /body/age: it came as text, and is expected as a value"#,
            ]
        );
        assert_eq!(
            lines(call("POST /pets"))[0],
            r#"rule json of s - 2; /headers/content-type: expected "application/json", got nothing"#
        );
    }

    #[test]
    fn what_was_not_its_turn_is_told_unless_another_rule_had_it() {
        let calls = |range: std::ops::RangeInclusive<u64>| When { calls: Calls::Within(vec![range]), ..of(LIST) };
        let clinic = Clinic::with([scenario("s", vec![rule("first", calls(1..=1)), rule("second", calls(2..=2))])]);
        let mut told = [(); 3].map(|()| lines(&clinic, "GET /pets"));
        assert_eq!(told[..2], [Vec::<String>::new(), Vec::new()]);
        told[2].sort();
        assert_eq!(
            told[2],
            [
                "rule first of s - 2; /call: expected number 1, got number 3",
                "rule second of s - 2; /call: expected number 2, got number 3"
            ]
        );
        let state = When { states: vec!["paid".to_owned()], ..of(GET) };
        let clinic = Clinic::with([scenario("s", vec![rule("paid", state)])]);
        let misses = clinic.ask("GET /pets/1").misses;
        assert_eq!(
            misses.nearest[0].to_string(),
            "rule paid of s (scenarios/s.yaml:0), distance 2; /state: expected \"paid\", got \"start\""
        );
        assert!(misses.nearest[0].is_of_turn());
    }

    #[test]
    fn a_step_that_might_have_come_is_told() {
        let pay = || with(of(GET), vec![(Subject::Path("pet_id".to_owned()), equal(json!("7")))]);
        let steps = || vec![step("seven", pay()), step("list", of(LIST))];
        let lenient = Clinic::with([scripted(false, After::Stop, steps())]);
        let near = "step seven of script (scenarios/script.yaml:0) 2; /path/1: expected \"7\", got \"8\"";
        assert_eq!(lines(&lenient, "GET /pets/8"), [near]);
        assert!(lines(&lenient, "POST /pets").is_empty());
        let strict = Clinic::with([scripted(true, After::Stop, steps())]);
        let wanted = strict.ask("POST /pets");
        let problem = wanted.refusal().unwrap().problem();
        assert_eq!(problem.misses, wanted.misses);
        assert_eq!(
            wanted.misses.nearest[0].to_string(),
            "step seven of script (scenarios/script.yaml:0), distance 7; /operation: expected getPet, got createPet; /path/pet_id: expected \"7\", got nothing"
        );
        assert_eq!(problem.facts["near_misses"][0]["step"], "seven");
    }

    #[test]
    fn no_key_is_told() {
        let clinic = Clinic::with([scenario(
            "s",
            vec![
                rule("key", with(of(LIST), vec![(Subject::Key, equal(json!("sk_other")))])),
                rule("badge", with(of(LIST), vec![(header("x-badge"), equal(json!("b_other")))])),
                rule("echo", with(of(LIST), vec![(query("name"), equal(json!("x")))])),
            ],
        )]);
        let call = Call {
            line: "GET /pets?name=sk_mine",
            headers: &[("x-badge", "b_mine")],
            key: Some("sk_mine"),
            ..Call::default()
        };
        let told = lines(&clinic, call).join("\n");
        assert_eq!(told.lines().count(), 3, "{told}");
        for secret in ["sk_", "b_"] {
            assert!(!told.contains(secret), "{told}");
        }
        assert!(told.contains("/headers/x-badge: expected ***, got ***"), "{told}");
    }

    #[test]
    fn where_many_rules_lack_as_little_none_is_told() {
        let page = |n: i64| rule(&n.to_string(), with(of(LIST), vec![(query("page"), equal(json!(n)))]));
        let told = |rules: std::ops::Range<i64>| {
            let misses = Clinic::with([scenario("s", rules.map(page).collect())]).ask("GET /pets?page=2").misses;
            (misses.nearest.len(), misses.more)
        };
        let most = MOST_ALIKE as i64;
        assert_eq!(told(10..10 + most), (MOST, MOST_ALIKE - MOST));
        assert_eq!((told(10..11 + most), told(10..10_000)), ((0, 0), (0, 0)));
        let clinic = Clinic::with([scenario("s", (10..10_000).map(page).collect())]);
        assert_eq!(clinic.ask("GET /pets?page=77").fired.len(), 1);
    }
}
