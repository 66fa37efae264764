//! A request asks the scenarios of its lane. To look through a long one takes time, in which nobody else could ask: what its
//! own parts decide is therefore found out before the lane is locked, and under the lock no more than what the lane decides.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Map;

use super::ledger::digest;
use super::playing::Playing;
use super::{Cast, MOST, Occasion, Stage, Wanted};
use crate::scenario::plan::{CountBy, Part, Rule, Scenario, Subject};

/// What is shorter, in bytes, is looked through under the lock: nobody waits long for that.
const LONG: usize = 4 << 10;

/// What was found out about a request beforehand. It is known of a run of a scenario as it was written then.
#[derive(Debug, Default)]
pub(super) struct Foreseen {
    runs: HashMap<u64, (Arc<Scenario>, HashMap<Part, bool>)>,
    /// Of what is counted apart.
    digests: HashMap<Subject, u64>,
}

impl Foreseen {
    /// Whether the request meets all conditions of a rule that are about nothing else. None if nobody has looked: it may be
    /// armed, or its turn have come, since then.
    pub fn meets(&self, playing: &Playing, part: Part) -> Option<bool> {
        let (scenario, met) = self.runs.get(&playing.serial)?;
        met.get(&part).copied().filter(|_| Arc::ptr_eq(scenario, &playing.scenario))
    }

    /// What a part of the request is counted by.
    pub fn digest(&self, subject: &Subject) -> Option<u64> {
        self.digests.get(subject).copied()
    }
}

impl Stage {
    /// What the scenarios want of a request. Their rules count it. Those that know the places of another contract have no say:
    /// a save has come between the request and them.
    pub fn ask(&self, occasion: &Occasion) -> Wanted {
        if self.is_empty() && occasion.named.is_empty() {
            return Wanted::default();
        }
        let foreseen = if occasion.is_longer_than(LONG) { self.foresee(occasion) } else { Foreseen::default() };
        self.ask_knowing(occasion, &foreseen)
    }

    pub(super) fn ask_knowing(&self, occasion: &Occasion, foreseen: &Foreseen) -> Wanted {
        let (mut wanted, mut cast) = (Wanted::default(), self.lock());
        for playing in cast.asked(occasion) {
            if playing.ask(occasion, foreseen, &mut wanted) {
                break;
            }
        }
        drop(cast);
        wanted.miss(occasion);
        wanted
    }

    /// Looks at all rules that may have a say.
    pub(super) fn foresee(&self, occasion: &Occasion) -> Foreseen {
        let of_one = |playing: &mut Playing| {
            let (serial, scenario) = (playing.serial, playing.scenario.clone());
            (serial, scenario, playing.candidates(occasion))
        };
        let runs: Vec<(u64, Arc<Scenario>, Vec<Part>)> = self.lock().asked(occasion).map(of_one).collect();
        // Nothing is locked from here on.
        let mut foreseen = Foreseen::default();
        for (serial, scenario, parts) in runs {
            let met = parts.into_iter().map(|part| (part, foreseen.look(scenario.rule(part), occasion))).collect();
            foreseen.runs.insert(serial, (scenario, met));
        }
        foreseen
    }
}

impl Foreseen {
    fn look(&mut self, rule: &Rule, occasion: &Occasion) -> bool {
        let nothing = Map::new();
        let mut conditions = rule.when.conditions.iter().filter(|condition| !condition.of.is_captured());
        if !conditions.all(|condition| occasion.meets(condition, &nothing)) {
            return false;
        }
        for by in [Some(&rule.when.count_by), rule.then.limit.as_ref().map(|limit| &limit.by)].into_iter().flatten() {
            if let CountBy::Each(subject @ Subject::Body(_)) = by
                && !self.digests.contains_key(subject)
            {
                self.digests.insert(subject.clone(), digest(occasion.value(subject, &nothing).as_deref()));
            }
        }
        true
    }
}

impl Cast {
    /// Those that a request asks, in their order.
    fn asked<'c>(&'c mut self, occasion: &'c Occasion) -> impl Iterator<Item = &'c mut Playing> {
        self.invite(occasion);
        // Those that are named stand at the end of the others, in the order in which they are named.
        let guests = self.named.len().saturating_sub(occasion.named.len());
        let guests = self.named[guests..].iter_mut().filter(|guest| occasion.names(&guest.scenario.name));
        let all = self.armed.iter_mut().chain(guests);
        all.filter(|playing| playing.scenario.places == occasion.contract.places)
    }

    /// Sees to it that the scenarios that a request names are there, at the end of all. One that is armed plays anyway.
    fn invite(&mut self, occasion: &Occasion) {
        for scenario in occasion.named {
            if self.armed.iter().any(|known| known.is(&scenario.name)) {
                continue;
            }
            let guest = match self.named.iter().position(|known| known.is(&scenario.name)) {
                Some(place) => {
                    let mut known = self.named.remove(place);
                    // Its file may have been written anew.
                    if !Arc::ptr_eq(&known.scenario, scenario) {
                        known.renew(scenario.clone());
                    }
                    known
                }
                None => match self.fresh(scenario.clone(), occasion.now) {
                    Ok(guest) => guest,
                    Err(full) => {
                        tracing::warn!("{} does not take part: {full}", scenario.name);
                        continue;
                    }
                },
            };
            if self.named.len() >= MOST {
                self.named.remove(0);
            }
            self.named.push(guest);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::scenario::sample::*;
    use crate::scenario::stage::{Count, Turn};
    use crate::scenario::{After, Matcher, Step, When};

    fn body(place: &str, text: &str) -> When {
        given(Subject::Body(place.to_owned()), Matcher::Contains(json!(text)))
    }

    fn post(name: &str, tag: &str) -> Call<'static> {
        Call { line: "POST /pets", body: Some(json!({ "name": name, "tag": tag })), ..Call::default() }
    }

    /// What requests of this length come to: the rules that take them, and what was counted.
    fn seen(padding: &str) -> (Vec<Vec<String>>, Vec<Vec<Count>>) {
        let mut first = rule("first", body("/name", "Rex"));
        first.then.capture = vec![("tag".to_owned(), Subject::Body("/tag".to_owned()))];
        first.then.state = Some("later".to_owned());
        let again = given(Subject::Captured("tag".to_owned()), Matcher::Equals(json!("a")));
        let apart = When { count_by: CountBy::Each(Subject::Body("/name".to_owned())), ..of(CREATE) };
        let later = When { states: vec!["later".to_owned()], ..body("/name", "o") };
        let rules = vec![first, rule("again", again), rule("apart", apart), rule("later", later)];
        let steps = vec![step("one", body("/name", "Rex")), Step { repeat: 1..=2, ..step("two", body("/tag", "b")) }];
        let mut clinic = Clinic::with([scenario("rules", rules), scripted(false, After::Loop, steps)]);
        clinic.named = vec![Arc::new(scenario("guest", vec![rule("guest", body("/tag", "b"))]))];
        let calls = [("Tom", "a"), ("Rex", "a"), ("Bo", "b"), ("Tom", "c"), ("Rex", "b"), ("Bo", "b")];
        let taken =
            calls.map(|(name, tag)| clinic.fired(Call { headers: &[("x-padding", padding)], ..post(name, tag) }));
        (taken.into(), clinic.stage.list().into_iter().map(|armed| armed.counts).collect())
    }

    #[test]
    fn long_requests_are_taken_as_short_ones_are() {
        let short = seen("");
        assert_eq!(short.0[2], ["again", "apart", "later", "two", "guest"]);
        assert_eq!(seen(&"x".repeat(LONG + 1)), short);
    }

    #[test]
    fn what_was_found_out_is_not_looked_at_again_and_the_rest_is() {
        let mut clinic = Clinic::with([scenario("s", vec![rule("rex", body("/name", "Rex"))])]);
        clinic.named = vec![Arc::new(scenario("guest", vec![rule("tom", body("/name", "Tom"))]))];
        let foreseen = clinic.on(post("Rex", ""), |occasion| clinic.stage.foresee(occasion));
        let fired = |clinic: &Clinic, name| {
            let wanted = clinic.on(post(name, ""), |occasion| clinic.stage.ask_knowing(occasion, &foreseen));
            wanted.fired.iter().map(|fired| fired.rule().name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(fired(&clinic, "Tom"), ["rex"], "as if it were the request that was looked at");
        let before = clinic.stage.list()[0].scenario.clone();
        let now = Some(Arc::new(scenario("s", vec![rule("rex", body("/name", "Rex")), rule("any", When::default())])));
        clinic.stage.renew(&[Turn { before, now }]);
        assert_eq!(fired(&clinic, "Tom"), ["any"], "it was written anew since");
        clinic.stage.arm(Arc::new(scenario("more", vec![rule("more", body("/name", "Tom"))])), noon()).unwrap();
        assert_eq!(fired(&clinic, "Tom"), ["any", "more"], "it was armed since");
    }

    #[test]
    fn only_what_may_have_a_say_is_looked_at() {
        let elsewhere = When { operations: of(LIST).operations, ..body("/name", "Rex") };
        let later = When { states: vec!["later".to_owned()], ..body("/name", "Rex") };
        let counted = CountBy::Each(Subject::Body("/tag".to_owned()));
        let rules = vec![rule("elsewhere", elsewhere), rule("later", later), rule("now", body("/name", "Rex"))];
        let mut clinic = Clinic::with([scenario("s", rules)]);
        clinic.named =
            vec![Arc::new(scenario("g", vec![rule("g", When { count_by: counted, ..body("/name", "Rex") })]))];
        let foreseen = clinic.on(post("Rex", "a"), |occasion| clinic.stage.foresee(occasion));
        let mut looked: Vec<Part> = foreseen.runs.values().flat_map(|(_, met)| met.keys().copied()).collect();
        looked.sort_unstable();
        assert_eq!(looked, [Part::Rule(0), Part::Rule(2)]);
        let digests = (foreseen.digest(&Subject::Body("/tag".to_owned())), foreseen.digest(&Subject::Key));
        assert_eq!(digests, (Some(digest(Some(&Value::from("a")))), None));
    }
}
