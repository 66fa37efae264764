//! A scenario that was written anew takes the place of what it was: what the rules that stayed have counted goes on.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::playing::Playing;
use super::script::Course;
use super::tally::Tally;
use super::{Cast, Stage};
use crate::plural;
use crate::scenario::plan::{After, Rule, Scenario};

/// The key of the time at which lanes begin in which a scenario is armed.
const CLOCK: &str = "clock";

/// What became another in a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    pub scenario: String,
    pub rules: Edits,
    pub steps: Edits,
    /// The keys of what is written otherwise beside them.
    pub beside: BTreeSet<String>,
}

/// Of rules, or of steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Edits {
    pub changed: usize,
    pub added: usize,
    pub removed: usize,
}

/// What has become of a scenario: what it is now, if it is there at all.
#[derive(Debug, Clone)]
pub struct Turn {
    pub before: Arc<Scenario>,
    pub now: Option<Arc<Scenario>>,
}

impl Stage {
    /// Puts new versions of scenarios in the places of what they were, armed or only named, whatever they are called now. The
    /// state of each goes on, and what it captured; rules that are written as before go on counting, all others begin anew.
    /// Those that are there no more are taken out. What a scenario holds that is taken out or renamed is let go. Should two
    /// have one name by then, the one that was armed first stays, and the name is given back.
    pub fn renew(&self, turns: &[Turn]) -> Vec<String> {
        let mut cast = self.lock();
        let mut names: Vec<String> = cast.all().map(|playing| playing.scenario.name.clone()).collect();
        let turn = |playing: &mut Playing| {
            match turns.iter().find(|turn| Arc::ptr_eq(&turn.before, &playing.scenario)) {
                Some(Turn { now: Some(now), .. }) if !Arc::ptr_eq(now, &playing.scenario) => playing.renew(now.clone()),
                Some(Turn { now: None, .. }) => return false,
                _ => {}
            }
            true
        };
        let mut found = HashSet::new();
        let mut lost = Vec::new();
        let mut stays = |playing: &mut Playing| {
            if !turn(playing) {
                return false;
            }
            let is_first = found.insert(playing.scenario.name.clone());
            lost.extend((!is_first).then(|| playing.scenario.name.clone()));
            is_first
        };
        let Cast { armed, named, .. } = &mut *cast;
        armed.retain_mut(&mut stays);
        named.retain_mut(&mut stays);
        self.busy.store(!armed.is_empty(), Ordering::Release);
        drop(cast);
        names.retain(|name| !found.contains(name));
        for name in names {
            self.release(&name, None, None);
        }
        lost
    }
}

impl Changes {
    pub fn between(old: &Scenario, new: &Scenario) -> Changes {
        let rules = Edits::between(&of_rules(old), &of_rules(new));
        let steps = Edits::between(&of_steps(old), &of_steps(new));
        let keys = old.beside.keys().chain(new.beside.keys());
        let beside = keys.filter(|key| old.beside.get(*key) != new.beside.get(*key)).cloned().collect();
        Changes { scenario: new.name.clone(), rules, steps, beside }
    }

    /// Whether all of it is as it was.
    pub fn are_none(&self) -> bool {
        self.rules.is_none() && self.steps.is_none() && self.beside.is_empty()
    }
}

impl Edits {
    fn between(old: &[&Rule], new: &[&Rule]) -> Edits {
        let stayed = stayed(old, new);
        let gone = (0..old.len()).filter(|place| !stayed.contains(&Some(*place)));
        let mut names: HashMap<&str, usize> = HashMap::new();
        gone.for_each(|place| *names.entry(&old[place].name).or_default() += 1);
        let mut change = Edits::default();
        for (rule, _) in new.iter().zip(&stayed).filter(|(_, stayed)| stayed.is_none()) {
            match names.get_mut(&*rule.name).filter(|left| **left > 0) {
                Some(left) => (*left, change.changed) = (*left - 1, change.changed + 1),
                None => change.added += 1,
            }
        }
        change.removed = names.into_values().sum();
        change
    }

    fn is_none(self) -> bool {
        self == Edits::default()
    }
}

impl Playing {
    /// Goes on as another version of its scenario.
    pub(super) fn renew(&mut self, scenario: Arc<Scenario>) {
        let (old, new) = (mem::replace(&mut self.scenario, scenario.clone()), scenario);
        let stayed_rules = stayed(&of_rules(&old), &of_rules(&new));
        let stayed_steps = stayed(&of_steps(&old), &of_steps(&new));
        self.course = new.script.as_ref().map(|script| match (self.course, &old.script) {
            (Some(course), Some(_)) => moved(course, &old, &new, &stayed_steps),
            _ => Course::start(script),
        });
        carry(&mut self.rules, &stayed_rules);
        carry(&mut self.steps, &stayed_steps);
        self.weigh();
    }
}

/// Where a course stands in a script that was written anew: at the step that was expected, if it is still there by what it
/// says or by its name, else at the beginning.
fn moved(course: Course, old: &Scenario, new: &Scenario, stayed: &[Option<usize>]) -> Course {
    let loops = new.script.as_ref().is_some_and(|script| script.then == After::Loop);
    let Some(at) = course.at else {
        return Course { at: (loops && !stayed.is_empty()).then_some(0), ..course };
    };
    let name = old.steps().get(at).map(|step| &step.rule.name);
    let same = stayed.iter().position(|known| *known == Some(at));
    match same.or_else(|| new.steps().iter().position(|step| Some(&step.rule.name) == name)) {
        // It may have come as often as it may by now.
        Some(place) if course.came < *new.steps()[place].repeat.end() => Course { at: Some(place), ..course },
        Some(place) => {
            let before = Course { at: Some(place), came: course.came.saturating_sub(1), ..course };
            let after = new.script.as_ref().map(|script| script.taken(before, place));
            Course { taken: course.taken, ..after.unwrap_or(course) }
        }
        None => Course { at: (!stayed.is_empty()).then_some(0), came: 0, ..course },
    }
}

fn of_rules(scenario: &Scenario) -> Vec<&Rule> {
    scenario.rules.iter().collect()
}

fn of_steps(scenario: &Scenario) -> Vec<&Rule> {
    scenario.steps().iter().map(|step| &step.rule).collect()
}

/// Where each of the new rules stood that was written alike before. Of several alike the first is the first again.
fn stayed(old: &[&Rule], new: &[&Rule]) -> Vec<Option<usize>> {
    let mut places: HashMap<u64, VecDeque<usize>> = HashMap::new();
    for (place, rule) in old.iter().enumerate() {
        places.entry(rule.fingerprint).or_default().push_back(place);
    }
    new.iter().map(|rule| places.get_mut(&rule.fingerprint).and_then(VecDeque::pop_front)).collect()
}

/// Takes what was counted to where its rule stands now.
fn carry(tallies: &mut Box<[Tally]>, stayed: &[Option<usize>]) {
    let carried = |place: &Option<usize>| {
        let tally = place.and_then(|place| tallies.get_mut(place));
        tally.map(mem::take).unwrap_or_default()
    };
    *tallies = stayed.iter().map(carried).collect();
}

/// `3 rules changed, 1 added and vars changed in NAME`
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edits = [("rule", self.rules), ("step", self.steps)].into_iter().filter(|(_, change)| !change.is_none());
        let beside = self.beside.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let beside = (!beside.is_empty()).then(|| format!("{beside} changed"));
        let parts: Vec<String> = edits.map(|(what, change)| change.told(what)).chain(beside).collect();
        match &*parts {
            [] => write!(f, "no rule changed in {}", self.scenario)?,
            parts => write!(f, "{} in {}", parts.join(" and "), self.scenario)?,
        }
        // Lanes go on with their clocks.
        match self.beside.contains(CLOCK) {
            true => write!(f, " (its clock is taken when it is armed again, or with a restart)"),
            false => Ok(()),
        }
    }
}

impl Edits {
    /// `3 rules changed, 1 added`
    fn told(self, what: &str) -> String {
        let mut told = String::new();
        let counts = [(self.changed, "changed"), (self.added, "added"), (self.removed, "removed")];
        for (count, verb) in counts.into_iter().filter(|(count, _)| *count > 0) {
            told += &match told.is_empty() {
                true => format!("{} {verb}", plural::count(count, what)),
                false => format!(", {count} {verb}"),
            };
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scenario::sample::*;
    use crate::scenario::stage::Armed;
    use crate::scenario::{Step, Subject, When};

    fn rules(names: &[(&str, u64)]) -> Vec<Rule> {
        let made = |&(name, fingerprint): &(&str, u64)| Rule { fingerprint, ..rule(name, When::default()) };
        names.iter().map(made).collect()
    }

    /// Everything that is armed becomes this.
    fn renew(clinic: &Clinic, now: &Arc<Scenario>) {
        let turn = |armed: Armed| Turn { before: armed.scenario, now: Some(now.clone()) };
        clinic.stage.renew(&clinic.stage.list().into_iter().map(turn).collect::<Vec<_>>());
    }

    fn counts(clinic: &Clinic) -> Vec<u64> {
        clinic.stage.list()[0].counts.iter().map(|count| count.counted).collect()
    }

    #[test]
    fn rules_that_stayed_go_on_counting_wherever_they_stand() {
        let mut first = rules(&[("a", 1), ("b", 2), ("b2", 2), ("c", 3)]);
        first[0].then.state = Some("left".to_owned());
        first[0].then.capture = vec![("lane".to_owned(), Subject::Lane)];
        first[2].when.operations = of(LIST).operations;
        let clinic = Clinic::with([scenario("s", first)]);
        clinic.ask("POST /pets");
        clinic.ask("GET /pets");
        assert_eq!(counts(&clinic), [2, 2, 1, 2]);
        let second = Arc::new(scenario("s", rules(&[("new", 9), ("c", 3), ("b", 2), ("other name", 2), ("a", 4)])));
        renew(&clinic, &second);
        assert_eq!(counts(&clinic), [0, 2, 2, 1, 0]);
        let armed = &clinic.stage.list()[0];
        assert_eq!((&*armed.state, &armed.captured["lane"], armed.since), ("left", &json!("default"), noon()));
        renew(&clinic, &second);
        let other = Turn { before: Arc::new(scenario("s", Vec::new())), now: None };
        clinic.stage.renew(&[other]);
        clinic.ask("GET /pets");
        assert_eq!(counts(&clinic), [1, 3, 3, 2, 1]);
    }

    #[test]
    fn names_can_be_exchanged_and_no_two_become_one() {
        let clinic = Clinic::with([scenario("a", rules(&[("one", 1)])), scenario("b", rules(&[("two", 2)]))]);
        clinic.ask("GET /pets");
        let armed = || clinic.stage.list().into_iter().map(|armed| armed.scenario).collect::<Vec<_>>();
        let names = || armed().iter().map(|scenario| scenario.name.clone()).collect::<Vec<_>>();
        let named = |before: &Arc<Scenario>, name| Turn {
            before: before.clone(),
            now: Some(Arc::new(scenario(name, rules(&[("one", 1), ("two", 2)])))),
        };
        let before = armed();
        clinic.stage.renew(&[named(&before[0], "b"), named(&before[1], "a")]);
        assert_eq!(names(), ["b", "a"]);
        let counted: Vec<Vec<u64>> =
            clinic.stage.list().iter().map(|armed| armed.counts.iter().map(|count| count.counted).collect()).collect();
        assert_eq!(counted, [[1, 0], [0, 1]]);
        clinic.stage.renew(&[named(&armed()[1], "b")]);
        assert_eq!(names(), ["b"]);
        clinic.stage.renew(&[Turn { before: armed()[0].clone(), now: None }]);
        assert!(clinic.stage.is_empty() && names().is_empty());
    }

    #[test]
    fn what_changed_is_told_in_a_line() {
        let told = |old: &[(&str, u64)], new: &[(&str, u64)]| {
            Changes::between(&scenario("s", rules(old)), &scenario("s", rules(new))).to_string()
        };
        assert_eq!(told(&[("a", 1)], &[("a", 1)]), "no rule changed in s");
        assert_eq!(told(&[("a", 1), ("b", 2)], &[("b", 2), ("a", 1)]), "no rule changed in s");
        assert_eq!(told(&[("a", 1)], &[]), "1 rule removed in s");
        assert_eq!(told(&[("rule 1", 1)], &[("rule 1", 7), ("rule 2", 1)]), "1 rule added in s");
        let (old, new) =
            ([("a", 1), ("b", 2), ("c", 3), ("d", 4)], [("a", 11), ("b", 12), ("c", 13), ("e", 5), ("f", 6)]);
        assert_eq!(told(&old, &new), "3 rules changed, 2 added, 1 removed in s");
        let mut both = Changes::between(&scenario("s", rules(&[("a", 1)])), &scenario("s", rules(&[("a", 2)])));
        both.steps.added = 2;
        assert_eq!(both.to_string(), "1 rule changed and 2 steps added in s");
        let with = |beside: &[(&str, u64)]| Scenario {
            beside: beside.iter().map(|(key, digest)| ((*key).to_owned(), *digest)).collect(),
            ..scenario("s", rules(&[("a", 1)]))
        };
        let changes = Changes::between(&with(&[("vars", 1), ("accept", 2)]), &with(&[("vars", 2), ("expect", 1)]));
        assert_eq!((changes.are_none(), &*changes.to_string()), (false, "accept, expect, vars changed in s"));
        let changes = Changes::between(&with(&[]), &with(&[("clock", 1)]));
        assert!(changes.to_string().ends_with("when it is armed again, or with a restart)"), "{changes}");
        assert!(Changes::between(&with(&[("vars", 1)]), &with(&[("vars", 1)])).are_none());
    }

    #[test]
    fn a_script_goes_on_at_the_step_that_was_expected() {
        let steps = |names: &[(&str, u64)]| -> Vec<Step> {
            let made = rules(names).into_iter();
            made.map(|rule| Step { rule, repeat: 1..=3, optional: false, next: None }).collect()
        };
        let script = |names| Arc::new(scripted(true, After::Stop, steps(names)));
        let after = |names| {
            let clinic = Clinic::with([scripted(true, After::Stop, steps(&[("a", 1), ("b", 2), ("c", 3)]))]);
            (0..5).for_each(|_| drop(clinic.ask("GET /pets")));
            assert_eq!(clinic.stage.list()[0].course.map(|course| (course.at, course.came)), Some((Some(1), 2)));
            renew(&clinic, &script(names));
            let course = clinic.stage.list()[0].course.unwrap();
            (course.at, course.came, course.taken)
        };
        assert_eq!(after(&[("x", 9), ("a", 1), ("renamed", 2)]), (Some(2), 2, 5), "by what it says");
        assert_eq!(after(&[("b", 7), ("a", 1)]), (Some(0), 2, 5), "by its name");
        assert_eq!(after(&[("x", 9), ("y", 8)]), (Some(0), 0, 5), "not at all");
        assert_eq!(after(&[]), (None, 0, 5));
    }

    #[test]
    fn a_step_that_came_often_enough_by_now_is_done() {
        let steps = |most| vec![Step { repeat: 1..=most, ..step("a", of(LIST)) }, step("b", of(CREATE))];
        let clinic = Clinic::with([scripted(true, After::Stop, steps(5))]);
        (0..3).for_each(|_| drop(clinic.ask("GET /pets")));
        renew(&clinic, &Arc::new(scripted(true, After::Stop, steps(2))));
        assert_eq!(clinic.stage.list()[0].course.map(|course| (course.at, course.came)), Some((Some(1), 0)));
    }

    #[test]
    fn a_scenario_that_is_named_anew_is_the_new_one() {
        let mut clinic = Clinic::with([]);
        clinic.named = vec![Arc::new(scenario("guest", rules(&[("a", 1)])))];
        assert_eq!(clinic.fired("GET /pets"), ["a"]);
        clinic.named = vec![Arc::new(scenario("guest", rules(&[("b", 2), ("a", 1)])))];
        assert_eq!(clinic.fired("GET /pets"), ["b", "a"]);
        assert_eq!(counts(&clinic), [1, 2]);
    }
}
