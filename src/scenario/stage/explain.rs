//! What every rule would make of a request.

use std::cmp::Ordering;
use std::sync::Arc;

use super::difference::Difference;
use super::playing::Playing;
use super::tally::Tally;
use super::{Occasion, Stage};
use crate::scenario::plan::{Part, Rule, Scenario};

/// What a rule would make of a request.
#[derive(Debug)]
pub struct Verdict {
    pub scenario: Arc<Scenario>,
    pub part: Part,
    /// Why it would not take it, in the order in which a rule is read. None at all if it would.
    pub differences: Vec<Difference>,
}

impl Stage {
    /// What every rule of every scenario would make of a request, in their order. Nothing is counted.
    pub fn explain(&self, occasion: &Occasion) -> Vec<Verdict> {
        let cast = self.lock();
        let (mut verdicts, mut stopped) = (Vec::new(), None);
        for playing in &cast.armed {
            playing.explain(occasion, &mut stopped, &mut verdicts);
        }
        for scenario in occasion.named {
            let is_it = |known: &&Playing| known.is(&scenario.name);
            match cast.named.iter().find(is_it) {
                _ if cast.armed.iter().any(|known| is_it(&known)) => {}
                Some(playing) => playing.explain(occasion, &mut stopped, &mut verdicts),
                None => {
                    // Without room it would not take part either.
                    if let Ok(playing) = Playing::new(scenario.clone(), occasion.now, 0, &cast.room) {
                        playing.explain(occasion, &mut stopped, &mut verdicts);
                    }
                }
            }
        }
        verdicts
    }
}

impl Stage {
    /// Puts every scenario that is armed into a state, as a rule would.
    pub fn enter(&self, state: &str) {
        self.lock().armed.iter_mut().for_each(|playing| playing.enter(state));
    }
}

impl Verdict {
    pub fn takes(&self) -> bool {
        self.differences.is_empty()
    }

    pub fn rule(&self) -> &Rule {
        self.scenario.rule(self.part)
    }
}

/// Those that take a request, and then the others, the one first that lacks least.
pub fn by_nearness(verdicts: &mut [Verdict]) {
    verdicts.sort_by(|a, b| nearest_first(&a.differences, &b.differences));
}

/// Another operation is further off than anything else.
pub(super) fn nearest_first(a: &[Difference], b: &[Difference]) -> Ordering {
    let distance = |differences: &[Difference]| {
        let elsewhere = differences.iter().any(|difference| difference.place == "operation");
        (elsewhere, differences.len())
    };
    distance(a).cmp(&distance(b))
}

impl Playing {
    fn explain(&self, occasion: &Occasion, stopped: &mut Option<String>, verdicts: &mut Vec<Verdict>) {
        let open = self.open();
        for (part, rule, tally) in self.parts() {
            let mut differences = self.differences(rule, tally, occasion);
            if let (Part::Step(place), Some(open)) = (part, &open)
                && !open.steps.contains(&place)
            {
                let names = open.steps.iter().map(|place| &*self.scenario.rule(Part::Step(*place)).name);
                let names = names.collect::<Vec<_>>().join("' or '");
                let told = if names.is_empty() { "is over".to_owned() } else { format!("expects '{names}' now") };
                differences.insert(0, Difference::beside("script", told));
            }
            if let Some(by) = &*stopped {
                differences.insert(0, Difference::beside("rule", format!("has no say after {by}, which stops")));
            }
            if differences.is_empty() && rule.stop {
                *stopped = Some(format!("'{}' of {}", rule.name, self.scenario.name));
            }
            verdicts.push(Verdict { scenario: self.scenario.clone(), part, differences });
        }
    }

    /// In what a request is not what a rule takes.
    pub(super) fn differences(&self, rule: &Rule, tally: &Tally, occasion: &Occasion) -> Vec<Difference> {
        self.view().differences(rule, occasion, |case| Some(tally.next(case)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scenario::plan::{Calls, Condition, Subject, Window};
    use crate::scenario::sample::*;
    use crate::scenario::{After, Matcher, Moment, When};

    fn told(verdicts: &[Verdict]) -> Vec<String> {
        let reasons = |verdict: &Verdict| verdict.differences.iter().map(Difference::to_string).collect::<Vec<_>>();
        let one = |verdict: &Verdict| format!("{}: {}", verdict.rule().name, reasons(verdict).join("; "));
        verdicts.iter().map(one).collect()
    }

    fn with(when: When, of: Subject, test: Matcher) -> When {
        When { conditions: vec![Condition { of, test }], ..when }
    }

    #[test]
    fn every_rule_tells_why_it_would_not_take_a_request() {
        let query = |name: &str| Subject::Query(name.to_owned());
        let never = || vec!["paid".to_owned(), "sent".to_owned()];
        let soon = Window { from: Some(Moment::After(jiff::SignedDuration::from_mins(5))), until: None };
        let rules = vec![
            rule("takes", of(LIST)),
            rule("elsewhere", with(When { refused: true, ..of(GET) }, query("page"), Matcher::Equals(json!(3)))),
            rule("page", with(of(LIST), query("page"), Matcher::Equals(json!(3)))),
            rule("sent", with(of(LIST), query("page"), Matcher::Present(true))),
            rule("state", When { states: never(), time: Some(soon), ..of(LIST) }),
            rule("third", When { calls: Calls::Within(vec![3..=3, 7..=u64::MAX]), ..of(LIST) }),
            rule("never", When { chance: Some(0), ..of(LIST) }),
            rule("key", given(Subject::Key, Matcher::Equals(json!("sk_other")))),
            rule("echo", given(query("name"), Matcher::Equals(json!("x")))),
            Rule { stop: true, ..rule("stops", When::default()) },
            rule("silent", of(LIST)),
        ];
        let clinic = Clinic::with([scenario("s", rules)]);
        let call = || Call { line: "GET /pets?name=sk_mine", key: Some("sk_mine"), ..Call::default() };
        clinic.ask(call());
        let before: Vec<_> = clinic.stage.list().into_iter().map(|armed| armed.counts).collect();
        let mut verdicts = clinic.on(call(), |occasion| clinic.stage.explain(occasion));
        assert_eq!(
            told(&verdicts),
            [
                "takes: ",
                "elsewhere: operation is listPets, not getPet; request is good, and the rule takes refused ones; query page is 1, not 3",
                "page: query page is 1, not 3",
                "sent: query page is not there",
                "state: state is 'start', not 'paid' or 'sent'; time is 2025-01-15T12:00:00Z, and begins at 2025-01-15T12:05:00Z",
                "third: call is number 2 that the rule counts, and it takes 3, 7 and later",
                "never: chance is not for number 2 that the rule counts (0%)",
                "key: key is another one",
                "echo: query name is another one",
                "stops: ",
                "silent: rule has no say after 'stops' of s, which stops",
            ]
        );
        let after: Vec<_> = clinic.stage.list().into_iter().map(|armed| armed.counts).collect();
        assert_eq!(before, after, "to ask is not to count");
        by_nearness(&mut verdicts);
        let order: Vec<&str> = verdicts.iter().map(|verdict| &*verdict.rule().name).collect();
        assert_eq!(order[..3], ["takes", "stops", "page"]);
        assert_eq!(order[10], "elsewhere");
    }

    #[test]
    fn steps_tell_which_one_is_expected() {
        let clinic = Clinic::with([scripted(false, After::Stop, vec![step("list", of(LIST)), step("get", of(GET))])]);
        let explained = |line: &'static str| clinic.on(line, |occasion| told(&clinic.stage.explain(occasion)));
        assert_eq!(
            explained("GET /pets/1"),
            ["list: operation is getPet, not listPets", "get: script expects 'list' now"]
        );
        clinic.ask("GET /pets");
        assert_eq!(explained("GET /pets/1")[1], "get: ");
        clinic.ask("GET /pets/1");
        assert_eq!(explained("GET /pets/1")[1], "get: script is over");
    }

    /// What is explained is what happens.
    #[test]
    fn explanations_are_true() {
        let rules = vec![
            rule("list", of(LIST)),
            rule("second", When { calls: Calls::Every { nth: 2, from: 2 }, ..When::default() }),
            rule("third", When { chance: Some(300_000), ..of(GET) }),
        ];
        let clinic = Clinic::with([scenario("s", rules)]);
        for n in 0..60 {
            let line = ["GET /pets", "GET /pets/1", "POST /pets"][n % 3];
            let verdicts = clinic.on(line, |occasion| clinic.stage.explain(occasion));
            let takes: Vec<&str> = verdicts.iter().filter(|one| one.takes()).map(|one| &*one.rule().name).collect();
            assert_eq!(clinic.fired(line), takes);
        }
    }
}
