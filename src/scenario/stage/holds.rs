//! Answers that wait until somebody lets them go.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{Fired, Stage};
use crate::gate::{self, Held, Latch};
use crate::scenario::plan::Scenario;

/// As many answers of one lane wait at a time.
const MOST: usize = 1_000;

/// Those of one lane, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Holds(Mutex<Vec<Waits>>);

#[derive(Debug)]
struct Waits {
    scenario: Arc<Scenario>,
    name: String,
    since: Timestamp,
    latch: Latch,
}

/// The answers that wait under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub scenario: String,
    pub name: String,
    pub count: usize,
    /// When the first of them began to, by the lane's clock.
    pub since: Timestamp,
}

impl Stage {
    /// What an answer has to wait for, if the rule holds it. So many answers wait at most that a further one does not.
    pub fn hold(&self, fired: &Fired, now: Timestamp) -> Option<Held> {
        let hold = fired.rule().then.hold.as_ref()?;
        let mut waits = self.holds.lock();
        if waits.len() >= MOST {
            tracing::warn!("{MOST} answers are held already: another one is not");
            return None;
        }
        let (held, latch) = gate::shut(hold.most);
        waits.push(Waits { scenario: fired.scenario.clone(), name: hold.name.clone(), since: now, latch });
        Some(held)
    }

    /// Lets answers of a scenario go that wait, under one name or any, so many or all: those that came first. How many.
    pub fn release(&self, scenario: &str, hold: Option<&str>, count: Option<usize>) -> usize {
        let mut waits = self.holds.lock();
        let mut left = count.unwrap_or(usize::MAX);
        let goes = |waits: &mut Waits| {
            let goes = left > 0 && waits.scenario.name == scenario && hold.is_none_or(|name| waits.name == name);
            left -= usize::from(goes);
            goes
        };
        let gone: Vec<Waits> = waits.extract_if(.., goes).collect();
        drop(waits);
        gone.len()
    }

    /// What waits, by scenario and name.
    pub fn waiting(&self) -> Vec<Waiting> {
        let mut by_name: BTreeMap<(String, String), Waiting> = BTreeMap::new();
        for Waits { scenario, name, since, .. } in self.holds.lock().iter() {
            let fresh = || Waiting { scenario: scenario.name.clone(), name: name.clone(), count: 0, since: *since };
            by_name.entry((scenario.name.clone(), name.clone())).or_insert_with(fresh).count += 1;
        }
        by_name.into_values().collect()
    }
}

impl Holds {
    /// Those that still wait: a client that left takes its answer with it.
    fn lock(&self) -> MutexGuard<'_, Vec<Waits>> {
        let mut waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waits.retain(|waits| waits.latch.is_waited_for());
        waits
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::time::Duration;

    use super::*;
    use crate::scenario::sample::*;
    use crate::scenario::{Hold, When};

    fn holding() -> Clinic {
        let rules = ["a", "b"].map(|name| {
            let mut rule = rule(name, if name == "a" { of(LIST) } else { When::default() });
            rule.then.hold = Some(Hold { name: name.to_owned(), most: Duration::from_secs(600) });
            rule
        });
        Clinic::with([scenario("s", rules.into())])
    }

    fn held(clinic: &Clinic, line: &str) -> Held {
        let wanted = clinic.ask(line);
        let (fired, _) = wanted.first(|then| then.hold.as_ref()).unwrap();
        clinic.stage.hold(fired, clinic.now).unwrap()
    }

    fn is_open(held: &Held) -> bool {
        use std::future::Future;
        pin!(held.opened()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn answers_wait_until_they_are_let_go_the_first_ones_first() {
        let mut clinic = holding();
        let first = held(&clinic, "GET /pets");
        clinic.pass(5);
        let rest = [held(&clinic, "GET /pets"), held(&clinic, "POST /pets"), held(&clinic, "GET /pets")];
        let told: Vec<_> = clinic.stage.waiting().into_iter().map(|one| (one.name, one.count, one.since)).collect();
        assert_eq!(told, [("a".to_owned(), 3, noon()), ("b".to_owned(), 1, clinic.now)]);
        assert_eq!(clinic.stage.release("s", Some("a"), Some(2)), 2);
        assert_eq!((is_open(&first), rest.each_ref().map(is_open)), (true, [true, false, false]));
        assert_eq!(clinic.stage.release("t", None, None), 0);
        assert_eq!(clinic.stage.release("s", None, None), 2);
        assert_eq!((rest.each_ref().map(is_open), clinic.stage.waiting()), ([true; 3], Vec::new()));
    }

    #[test]
    fn a_client_that_left_is_taken_off() {
        let clinic = holding();
        let (left, stays) = (held(&clinic, "GET /pets"), held(&clinic, "GET /pets"));
        drop(left);
        assert_eq!(clinic.stage.waiting()[0].count, 1);
        assert_eq!(clinic.stage.release("s", None, Some(1)), 1);
        assert!(is_open(&stays));
    }

    #[test]
    fn nothing_waits_for_a_scenario_that_is_gone() {
        let clinic = holding();
        let disarmed = held(&clinic, "GET /pets");
        clinic.stage.disarm("s");
        assert!(is_open(&disarmed));
        let clinic = holding();
        let reset = held(&clinic, "GET /pets");
        clinic.stage.reset("s", noon());
        assert!(is_open(&reset));
        let replaced = held(&clinic, "GET /pets");
        assert!(!is_open(&replaced) && clinic.stage.copied().unwrap().waiting().is_empty());
        drop(clinic);
        assert!(is_open(&replaced), "its lane is gone");
    }

    #[test]
    fn so_many_wait_and_no_more() {
        let clinic = holding();
        let all: Vec<Held> = (0..MOST).map(|_| held(&clinic, "GET /pets")).collect();
        let wanted = clinic.ask("GET /pets");
        assert!(clinic.stage.hold(&wanted.fired[0], noon()).is_none());
        drop(all);
        assert!(clinic.stage.hold(&wanted.fired[0], noon()).is_some());
    }
}
