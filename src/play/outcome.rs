//! Which rules came to something. One of which everything was left out has not touched the answer.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::scenario::{Fired, Then};

/// Of what was done and of what was left out, for each rule.
#[derive(Debug, Default)]
pub struct Outcomes(RefCell<HashMap<*const Fired, bool>>);

impl Outcomes {
    pub fn done(&self, fired: &Fired) {
        self.0.borrow_mut().insert(fired, true);
    }

    pub fn left_out(&self, fired: &Fired) {
        self.0.borrow_mut().entry(fired).or_insert(false);
    }

    pub fn touched(&self, fired: &Fired) -> bool {
        let rule = fired.rule();
        rule.stop || always_happens(&rule.then) || self.0.borrow().get(&std::ptr::from_ref(fired)) != Some(&false)
    }
}

/// Whether a rule does something that is never left out.
fn always_happens(then: &Then) -> bool {
    let waits = then.delay.is_some() || then.hold.is_some() || then.limit.is_some();
    waits || then.page.is_some() || then.recording.is_some() || then.state.is_some() || !then.capture.is_empty()
}
