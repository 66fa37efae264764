//! Why a request is not what a rule takes, in words.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::asking::Foreseen;
use super::occasion::without_signatures;
use super::playing::Playing;
use super::tally::{Case, Tally};
use super::{Occasion, Stage};
use crate::breach::{Breach, Place};
use crate::scenario::matcher::shown;
use crate::scenario::plan::{Calls, Condition, Operations, Part, Rule, Scenario, Subject, Window};

/// What a breach of a script is called.
const CODE: &str = "out_of_step";

/// One way in which a request is not what a rule takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `operation`, `query page`, `body /age`, `state`, `call`, …
    pub place: String,
    /// Goes on after the place: `is 2, not 3`.
    pub told: String,
    /// The same of a part of the request, for where a script expected another one.
    pub breach: Option<Breach>,
}

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
                differences.insert(0, Difference::new("script", told));
            }
            if let Some(by) = &*stopped {
                differences.insert(0, Difference::new("rule", format!("has no say after {by}, which stops")));
            }
            if differences.is_empty() && rule.stop {
                *stopped = Some(format!("'{}' of {}", rule.name, self.scenario.name));
            }
            verdicts.push(Verdict { scenario: self.scenario.clone(), part, differences });
        }
    }

    /// In what a request is not what a rule takes.
    pub(super) fn differences(&self, rule: &Rule, tally: &Tally, occasion: &Occasion) -> Vec<Difference> {
        let when = &rule.when;
        let mut differences = Vec::new();
        if !when.operations.has(occasion.operation.index) {
            differences.push(of_operation(&when.operations, occasion));
        }
        match (when.refused, occasion.refused) {
            (true, false) => differences.push(Difference::new("request", "is good, and the rule takes refused ones")),
            (false, true) => differences.push(Difference::new("request", "is refused, and the rule takes good ones")),
            _ => {}
        }
        if !self.has_state(when) {
            let told = format!("is '{}', not '{}'", self.state(), when.states.join("' or '"));
            differences.push(Difference::new("state", told));
        }
        let closed = when.time.as_ref().and_then(|window| self.of_time(window, occasion));
        differences.extend(closed);
        let unmet = when.conditions.iter().filter(|condition| !occasion.meets(condition, self.captured()));
        differences.extend(unmet.map(|condition| self.of_condition(condition, occasion)));
        if differences.is_empty() {
            differences.extend(self.of_count(rule, tally, occasion));
        }
        differences
    }

    fn of_time(&self, window: &Window, occasion: &Occasion) -> Option<Difference> {
        let (now, since) = (occasion.now, self.since());
        let told = match (&window.from, &window.until) {
            (Some(from), _) if now < from.of(since) => format!("is {now}, and begins at {}", from.of(since)),
            (_, Some(until)) if now >= until.of(since) => format!("is {now}, and ended at {}", until.of(since)),
            _ => return None,
        };
        Some(Difference::new("time", told))
    }

    fn of_condition(&self, condition: &Condition, occasion: &Occasion) -> Difference {
        let value = occasion.value(&condition.of, self.captured());
        let value = value.as_deref().filter(|_| !occasion.is_default(condition));
        let is_text = !matches!(condition.of, Subject::Body(_));
        let secret = match &condition.of {
            Subject::Captured(name) => self.is_secret(name),
            subject => occasion.is_secret(subject, value),
        };
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
            Subject::Path(name) => Place::Path(name.clone()),
            Subject::Query(name) => Place::Query(name.clone()),
            Subject::Header(name) => Place::Header(name.to_string()),
            Subject::Body(place) => Place::Body(place.clone()),
            Subject::Key => return Difference::new("key", told),
            Subject::Lane => return Difference::new("lane", told),
            Subject::Captured(name) => return Difference::new(format!("captured {name}"), told),
            Subject::Answer(place) => return Difference::new(format!("answer {place}"), told),
        };
        let expected = if secret { "another one".to_owned() } else { format!("it to {}", condition.test.asked()) };
        Difference { place: place.to_string(), told, breach: Some(Breach::new(place, CODE, expected, found)) }
    }

    fn of_count(&self, rule: &Rule, tally: &Tally, occasion: &Occasion) -> Option<Difference> {
        let (scenario, captured, foreseen) = (&self.scenario.name, self.captured(), &Foreseen::default());
        let case = Case { scenario, rule, occasion, captured, foreseen };
        let count = tally.next(&case);
        if !rule.when.calls.takes(count) {
            let told = format!("is number {count} that the rule counts, and it takes {}", rule.when.calls);
            return Some(Difference::new("call", told));
        }
        let share = rule.when.chance.filter(|_| !case.would_be_chosen(count))?;
        let told = format!("is not for number {count} that the rule counts ({}%)", f64::from(share) / 10_000.0);
        Some(Difference::new("chance", told))
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
    Difference { breach: Some(breach), ..Difference::new("operation", format!("is {found}, not {wanted}")) }
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
    pub(super) fn new(place: impl Into<String>, told: impl Into<String>) -> Difference {
        Difference { place: place.into(), told: told.into(), breach: None }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
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
