//! What rules do is done here: from what the scenarios of a lane want of a request, and the true answer, to the reply.
//!
//! The true answer is made only when it is needed. Where a rule can't do what it says (a template speaks of something that
//! is not there, a patch does not fit), that part of it is left out, and the log says why.

mod change;
pub mod delay;
mod effort;
mod fault;
mod limit;
mod outcome;
mod paper;
mod reply;
mod twist;
mod world;

use std::collections::HashSet;
use std::fmt;

use http::HeaderName;
use http::header::HeaderValue;
use serde_json::Value;

pub use self::effort::Effort;
use self::effort::Toil;
pub use self::outcome::Outcomes;
use self::paper::Paper;
use crate::access::{Access, Allowance};
use crate::answer::{Answers, Asked};
use crate::contract::Contract;
use crate::gate::Held;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::scenario::{Change, Fired, Leaf, Scope, Tree, Unfilled, Wanted, size};
use crate::seed::Seed;

/// A request that rules take, and everything that it is answered from.
pub struct Scene<'a> {
    pub contract: &'a Contract,
    pub answers: &'a Answers,
    pub access: &'a Access,
    pub asked: Asked<'a>,
    /// Why the contract refuses it, if it does.
    pub refused: Option<Problem>,
    pub wanted: &'a Wanted,
    pub allowance: Option<Allowance>,
    /// Says a problem as the caller is to hear it.
    pub word: &'a dyn Fn(&mut Problem) -> Reply,
    pub effort: Effort,
    pub outcomes: Outcomes,
}

/// What came of it.
pub struct Played {
    pub reply: Reply,
    /// The true answer was a problem, and stood; or no step of a script is like the request.
    pub problem: Option<Problem>,
    /// The names of the rules that touched it.
    pub rules: Vec<String>,
}

impl Scene<'_> {
    pub fn play(&self) -> Played {
        self.begin();
        let (reply, problem) = match self.wanted.refusal() {
            Some(out) => self.refuse(out.problem()),
            None => self.instead().map_or_else(|| self.truth(), |reply| (reply, None)),
        };
        let mut paper = Paper::new(reply);
        self.change(&mut paper);
        if self.wanted.wants_answer()
            && let Some(answer) = paper.value()
        {
            self.asked.lane.stage.answered(self.wanted, answer);
        }
        let mut reply = paper.done(self.asked.request);
        self.set_headers(&mut reply);
        reply.delay = self.delay().unwrap_or(reply.delay);
        reply.fault = self.fault(&reply).or(reply.fault);
        reply.held = self.held();
        self.end();
        self.tell_rates(&mut reply);
        let touched = self.wanted.fired.iter().filter(|fired| self.outcomes.touched(fired));
        Played { reply, problem, rules: touched.map(name).collect() }
    }

    fn held(&self) -> Option<Held> {
        let (fired, _) = self.wanted.first(|then| then.hold.as_ref())?;
        self.asked.lane.stage.hold(fired, self.asked.now)
    }

    /// The answer in place of the true one: the first that a rule has, or that a limit asks for.
    fn instead(&self) -> Option<Reply> {
        self.wanted.fired.iter().find_map(|fired| {
            let then = &fired.rule().then;
            if let (Some(limit), Some(quota)) = (&then.limit, fired.quota)
                && let Some(wait) = quota.wait
            {
                return Some(self.limited(limit, quota, wait));
            }
            let answer = then.reply.as_ref()?;
            let reply = self.reply(fired, answer).map_err(|why| self.left_out(fired, "reply", why)).ok()?;
            self.outcomes.done(fired);
            if answer.done {
                // What was asked for is done, and what would have been said to it is not.
                self.truth();
            }
            Some(reply)
        })
    }

    fn truth(&self) -> (Reply, Option<Problem>) {
        let answered = match &self.refused {
            Some(problem) => Err(problem.clone()),
            None => {
                let twist = self.twist();
                // What the client has is compared with what it gets in the end.
                let bare = self.changes().then(|| paper::unconditional(self.asked.request));
                let request = bare.as_ref().unwrap_or(self.asked.request);
                self.answers.reply(&Asked { request, twist: twist.as_ref(), ..self.asked })
            }
        };
        answered.map_or_else(|problem| self.refuse(problem), |reply| (reply, None))
    }

    fn refuse(&self, mut problem: Problem) -> (Reply, Option<Problem>) {
        ((self.word)(&mut problem), Some(problem))
    }

    fn changes(&self) -> bool {
        self.wanted.fired.iter().any(|fired| !fired.rule().then.changes.is_empty())
    }

    /// The last rule's changes first: so the first rule has the word wherever two change the same.
    fn change(&self, paper: &mut Paper) {
        for fired in self.wanted.fired.iter().rev() {
            for one in &fired.rule().then.changes {
                match self.change_one(fired, one, paper) {
                    Ok(()) => self.outcomes.done(fired),
                    Err(why) => self.left_out(fired, "a change", why),
                }
            }
        }
    }

    fn change_one(&self, fired: &Fired, one: &Change, paper: &mut Paper) -> Result<(), Unfilled> {
        self.effort.changes(one.weight())?;
        let filled = |tree: &Tree| self.with(fired, |scope| tree.fill(scope));
        let changed = match one {
            Change::Merge(tree) => {
                let patch = filled(tree)?;
                let merge = |value: &mut Value, toil: &mut Toil| {
                    toil.grow(size(&patch))?;
                    change::merge(value, &patch);
                    Ok(())
                };
                paper.change(|| patch.to_string(), merge)
            }
            Change::Patch(tree) => {
                let patch = filled(tree)?;
                paper.change(|| patch.to_string(), |value, toil| change::patch(value, &patch, toil))
            }
            Change::Set { pointer, value } => {
                let new = filled(value)?;
                let set = |value: &mut Value, toil: &mut Toil| {
                    toil.grow(size(&new))?;
                    change::set(value, pointer, new.clone()).map_err(|astray| astray.at(pointer))
                };
                paper.change(|| format!("{pointer} {new}"), set)
            }
            Change::Remove { pointer } => {
                let remove = |value: &mut Value, toil: &mut Toil| {
                    toil.shift(change::neighbours(value, pointer))?;
                    change::remove(value, pointer).map_err(|astray| astray.at(pointer))
                };
                paper.change(|| pointer.clone(), remove)
            }
        };
        changed.map_err(Unfilled)
    }

    fn set_headers(&self, reply: &mut Reply) {
        let mut said: HashSet<&HeaderName> = HashSet::new();
        for fired in &self.wanted.fired {
            for (name, leaf) in &fired.rule().then.headers {
                match leaf {
                    _ if said.contains(name) => {}
                    Some(leaf) => self.set_header(fired, reply, name, leaf),
                    None => {
                        reply.headers.remove(name);
                        self.outcomes.done(fired);
                    }
                }
                said.insert(name);
            }
        }
    }

    fn set_header(&self, fired: &Fired, reply: &mut Reply, name: &HeaderName, leaf: &Leaf) {
        let text = self.effort.changes(1).and_then(|()| self.with(fired, |scope| leaf.text(scope)));
        let value = text.and_then(|text| {
            HeaderValue::from_str(&text).map_err(|_| Unfilled(format!("no header can hold what {leaf} comes to")))
        });
        match value {
            Ok(value) => {
                reply.headers.insert(name, value);
                self.outcomes.done(fired);
            }
            Err(why) => self.left_out(fired, name.as_str(), why),
        }
    }

    /// With everything that the templates of a rule may speak of.
    fn with<T>(&self, fired: &Fired, act: impl FnOnce(&Scope) -> T) -> T {
        let Asked { request, values, path, body, lane, now, .. } = self.asked;
        let rule = name(fired);
        act(&Scope {
            now,
            request,
            path,
            values,
            body,
            captured: &fired.captured,
            vars: &fired.scenario.vars,
            state: &fired.state,
            call: fired.count,
            lane: &lane.name,
            seed: lane.ground.seed,
            rule: &rule,
            left: self.effort.filled(),
        })
    }

    /// What chance there is in what a rule does to this request.
    fn chance(&self, fired: &Fired) -> Seed {
        self.with(fired, |scope| scope.made_up())
    }

    /// Tells of it as it is written, and not what its templates came to: that may be a key.
    fn left_out(&self, fired: &Fired, what: &str, why: impl fmt::Display) {
        self.outcomes.left_out(fired);
        let (id, rule) = (&self.asked.request.id, name(fired));
        tracing::warn!(id, rule, "left out: {what}: {why}");
    }
}

/// How a rule is called wherever it is told.
pub fn name(fired: &Fired) -> String {
    format!("{}/{}", fired.scenario.name, fired.rule().name)
}

#[cfg(test)]
mod tests;
