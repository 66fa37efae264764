//! What the scenarios of a lane want of one request.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::limit::Quota;
use super::near::Sight;
use super::script::OutOfStep;
use crate::miss::Misses;
use crate::scenario::effect::Then;
use crate::scenario::plan::{Part, Rule, Scenario};

/// What the scenarios want of a request.
#[derive(Debug, Default)]
pub struct Wanted {
    /// The rules and steps that take it, in their order.
    pub fired: Vec<Fired>,
    /// A strict script does not expect it. Of several the first.
    pub out_of_step: Option<OutOfStep>,
    /// What the request nearly was beside that.
    pub misses: Misses,
    /// How the scenarios stood when it met them.
    pub(super) sights: Vec<Sight>,
}

/// One rule or step that takes a request, with what its scenario knows by then.
#[derive(Debug)]
pub struct Fired {
    pub scenario: Arc<Scenario>,
    /// The run of the scenario, unlike any other of its lane.
    pub(super) serial: u64,
    pub part: Part,
    /// The how manieth request it counted.
    pub count: u64,
    /// The state that the request found.
    pub state: Arc<str>,
    /// What was captured, from this request too.
    pub captured: Arc<Map<String, Value>>,
    /// What its limit says, if it has one.
    pub quota: Option<Quota>,
}

impl Fired {
    pub fn rule(&self) -> &Rule {
        self.scenario.rule(self.part)
    }
}

impl Wanted {
    /// What the first rule says that says something of the kind.
    pub fn first<'w, T>(&'w self, of: impl Fn(&'w Then) -> Option<T>) -> Option<(&'w Fired, T)> {
        self.fired.iter().find_map(|fired| Some((fired, of(&fired.rule().then)?)))
    }

    /// That the request is out of step, unless a rule before the script answers it.
    pub fn refusal(&self) -> Option<&OutOfStep> {
        let answers =
            |fired: &Fired| fired.rule().then.reply.is_some() || fired.quota.is_some_and(|quota| quota.wait.is_some());
        self.out_of_step.as_ref().filter(|out| !self.fired.iter().take(out.after).any(answers))
    }

    /// Whether a rule changes the lane, whatever the request itself does.
    pub fn changes_lane(&self) -> bool {
        let changes = |then: &Then| !then.before.is_empty() || !then.after.is_empty() || then.clock.is_some();
        self.fired.iter().any(|fired| changes(&fired.rule().then))
    }

    /// Whether [`super::Stage::answered`] has something to do.
    pub fn wants_answer(&self) -> bool {
        self.fired.iter().flat_map(|fired| &fired.rule().then.capture).any(|(_, subject)| subject.is_answer())
    }
}
