//! From what a file says to what is meant: every name is looked up in the contract, every text is read.
//!
//! The grammar has told by now what is not of the right form. What can't be read here is therefore passed over without
//! a word; should the grammar ever let through what is not read here, that is told at the end rather than lost.

mod change;
mod contract;
mod effects;
mod expect;
mod fault;
mod lists;
mod matching;
mod reach;
mod reply;
mod rule;
mod steps;
mod story;
mod then;
mod value;
mod when;
mod world;

use std::collections::BTreeMap;

use serde_json::Value;

use self::rule::fingerprint;
use super::at::At;
use super::basis::Basis;
use super::concern::Concern;
use super::file::{SENT, add, is_full, stem};
use super::matcher::PatternRoom;
use super::notation::NAME;
use super::plan::{Beginning, Rule, Scenario};
use crate::contract::{Contract, Library};
use crate::source::{Diagnostic, SourceFile};

/// What is said of a value that the grammar took and that is not read: a fault of the program's own.
pub const NOT_READ: &str = "this has the right form, and can't be read all the same";

/// The plan as far as it could be made, and everything that is wrong or odd. With an error among it the plan is not good.
/// `formed`: the grammar found nothing. The last is what of the contract it rests on.
pub fn settle(
    file: &SourceFile,
    contract: &Contract,
    files: &dyn Library,
    formed: bool,
) -> (Scenario, Vec<Diagnostic>, Basis) {
    let mut reading = Reading {
        file,
        contract,
        files,
        findings: Vec::new(),
        unread: Vec::new(),
        patterns: PatternRoom::default(),
        captured: Vec::new(),
        spoken: Vec::new(),
        basis: Basis::default(),
    };
    let root = At::root(&file.value);
    let scenario = reading.scenario(&root);
    // What was not read says nothing of its state, and others would seem to wait for it in vain.
    if formed {
        reading.story(&root, &scenario);
    } else {
        reading.unread.clear();
    }
    let basis = std::mem::take(&mut reading.basis);
    (scenario, reading.finish(), basis)
}

/// A file that is being settled.
struct Reading<'a> {
    file: &'a SourceFile,
    contract: &'a Contract,
    files: &'a dyn Library,
    findings: Vec<Diagnostic>,
    patterns: PatternRoom,
    /// What has not the form that was expected.
    unread: Vec<Diagnostic>,
    /// What templates speak of: the pointer of the text, and the name. Of the rule that is being read, and what was captured
    /// for any of them.
    spoken: Vec<(String, String)>,
    captured: Vec<(String, String)>,
    /// What of the contract was looked at.
    basis: Basis,
}

impl<'a> Reading<'a> {
    fn scenario(&mut self, root: &At<'a>) -> Scenario {
        let text = |name: &str| root.get(name).and_then(|at| at.text()).unwrap_or_default().to_owned();
        let name = root.get("name").and_then(|at| at.text()).map_or_else(|| self.name_of_file(), str::to_owned);
        Scenario {
            name,
            about: text("about"),
            origin: self.file.name.clone(),
            sent: None,
            places: self.contract.places,
            clock: root.get("clock").map(|clock| self.beginning(&clock)),
            accept: root.get("accept").and_then(|accept| accept.get("delay")).and_then(|delay| self.delay(&delay)),
            vars: root.get("vars").map_or_else(|| Value::Object(Default::default()), |vars| vars.value.clone()),
            rules: root.get("rules").map(|rules| self.rules(&rules)).unwrap_or_default(),
            script: root.get("steps").map(|steps| self.script(&steps)),
            expect: root.get("expect").map(|list| self.expectations(&list)).unwrap_or_default(),
            beside: beside(root),
            toil: 0,
            patterns: self.patterns.taken(),
            concern: Concern::default(),
        }
        .weighed()
    }

    /// The name of a scenario that says none.
    fn name_of_file(&mut self) -> String {
        if self.file.name == SENT {
            let finding = Diagnostic::new("E0313", "a scenario that is sent needs a name").at(self.file.spot(""));
            self.found(finding.label("\"name\" is missing").help("`name: late`, which it is disarmed by"));
            return String::new();
        }
        let name = stem(&self.file.name);
        if !NAME.fits(name) {
            let finding = Diagnostic::new("E0316", format!("the file's name {name:?} can't be that of its scenario"));
            let finding = finding.at(self.file.spot("")).label(format!("expected {}", NAME.accepted()));
            self.found(finding.help("rename the file, or say `name: …` in its first line"));
        }
        name.to_owned()
    }

    fn beginning(&mut self, clock: &At<'a>) -> Beginning {
        Beginning {
            at: clock.get("at").and_then(|at| self.moment(&at)),
            speed: clock.get("speed").and_then(|speed| speed.value.as_f64()),
            frozen: clock.flag("frozen"),
        }
    }

    fn rules(&mut self, list: &At<'a>) -> Vec<Rule> {
        let items = list.items();
        items
            .iter()
            .enumerate()
            .map_while(|(place, rule)| (!self.is_full()).then(|| self.part(rule, &format!("rule {}", place + 1))))
            .collect()
    }

    /// A finding at a value.
    fn error(&self, at: &At, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.file.spot(&at.pointer))
    }

    /// A finding at the key of a value.
    fn key_error(&self, at: &At, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.file.key_spot(&at.pointer))
    }

    /// A finding at the key of a value, or at the value.
    fn pointed(&self, at: &At, key: bool, code: &'static str, message: impl Into<String>) -> Diagnostic {
        if key { self.key_error(at, code, message) } else { self.error(at, code, message) }
    }

    fn found(&mut self, finding: Diagnostic) {
        add(&mut self.findings, finding);
    }

    fn is_full(&self) -> bool {
        is_full(&self.findings)
    }

    fn finish(mut self) -> Vec<Diagnostic> {
        if self.findings.is_empty() {
            self.findings = self.unread;
        }
        self.findings
    }
}

/// What a change of a scenario may be beside one of its rules and steps.
fn beside(root: &At) -> BTreeMap<String, u64> {
    let of_steps = root.get("steps").into_iter().flat_map(|steps| steps.members());
    let of_steps = of_steps.filter(|(name, _)| *name != "list").map(|(name, at)| (format!("steps.{name}"), at));
    let others = root.members().filter(|(name, _)| !["rules", "steps"].contains(name));
    let all = others.map(|(name, at)| (name.to_owned(), at)).chain(of_steps);
    all.map(|(name, at)| (name, fingerprint(at.value))).collect()
}
