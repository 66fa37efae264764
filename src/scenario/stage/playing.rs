//! One scenario in one lane: its counts, its state, what it captured, and what it wants of a request.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::asking::Foreseen;
use super::difference::View;
use super::near::Sight;
use super::occasion::without_signatures;
use super::script::{Course, Expected, Open, OutOfStep};
use super::tally::{Case, Tally};
use super::{Armed, Fired, Occasion, START, Wanted};
use crate::contract::HIDDEN;
use crate::scenario::plan::{Condition, Part, Rule, Scenario, Script, Subject, When};
use crate::world::room::{Share, of_members};
use crate::world::{Full, Room};

/// What one scenario may have captured in one lane, in bytes.
const MOST_CAPTURED: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct Playing {
    pub scenario: Arc<Scenario>,
    /// Unlike that of any other that began in this lane.
    pub serial: u64,
    room: Arc<Room>,
    since: Timestamp,
    state: Arc<str>,
    captured: Arc<Map<String, Value>>,
    /// The names of those that may not be told. What kept them may be out of the file by now.
    secret: BTreeSet<String>,
    /// For itself, and what was captured.
    share: Share,
    pub(super) rules: Box<[Tally]>,
    pub(super) steps: Box<[Tally]>,
    pub(super) course: Option<Course>,
}

/// A value to be kept.
pub(super) struct Capture<'c> {
    pub name: &'c str,
    pub value: Value,
    /// It may be told to nobody.
    pub secret: bool,
}

impl Playing {
    pub fn new(scenario: Arc<Scenario>, now: Timestamp, serial: u64, room: &Arc<Room>) -> Result<Playing, Full> {
        let mut share = Share::of(room);
        share.resize(weight(&scenario))?;
        Ok(Playing::with(share, scenario, now, serial))
    }

    /// One that has its place whether there is room for it or not.
    pub fn anyway(scenario: Arc<Scenario>, now: Timestamp, serial: u64, room: &Arc<Room>) -> Playing {
        Playing::with(Share::of(room), scenario, now, serial)
    }

    fn with(share: Share, scenario: Arc<Scenario>, now: Timestamp, serial: u64) -> Playing {
        let mut playing = Playing {
            serial,
            room: share.room().clone(),
            since: now,
            state: START.into(),
            captured: Arc::default(),
            secret: BTreeSet::new(),
            share,
            rules: Box::default(),
            steps: Box::default(),
            course: None,
            scenario,
        };
        playing.begin_anew(now, serial);
        playing
    }

    /// From the beginning, with no request counted.
    pub fn begin_anew(&mut self, now: Timestamp, serial: u64) {
        let tallies = |count: usize| (0..count).map(|_| Tally::default()).collect();
        (self.serial, self.since, self.state, self.captured) = (serial, now, START.into(), Arc::default());
        self.secret.clear();
        (self.rules, self.steps) = (tallies(self.scenario.rules.len()), tallies(self.scenario.steps().len()));
        self.course = self.scenario.script.as_ref().map(Course::start);
        self.weigh();
    }

    /// Holds as much room as it takes now. Where there is not enough, what it held before has to do.
    pub(super) fn weigh(&mut self) {
        if let Err(full) = self.share.resize(weight(&self.scenario) + of_members(&self.captured)) {
            tracing::warn!("{} takes more than is counted: {full}", self.scenario.name);
        }
    }

    /// The same once more, under the same number.
    pub fn copied(&self) -> Result<Playing, Full> {
        let tallies = |tallies: &[Tally]| tallies.iter().map(Tally::copied).collect::<Result<Box<[Tally]>, Full>>();
        Ok(Playing {
            scenario: self.scenario.clone(),
            serial: self.serial,
            room: self.room.clone(),
            since: self.since,
            state: self.state.clone(),
            captured: self.captured.clone(),
            secret: self.secret.clone(),
            share: self.share.again()?,
            rules: tallies(&self.rules)?,
            steps: tallies(&self.steps)?,
            course: self.course,
        })
    }

    /// Takes what it keeps from another room from here on. What it captured is forgotten if that has no room for it.
    pub fn move_to(&mut self, room: &Arc<Room>) {
        self.room = room.clone();
        if let Err(full) = self.share.move_to(room) {
            tracing::warn!("{}: what it captured is forgotten: {full}", self.scenario.name);
            (self.captured, self.secret) = Default::default();
            self.weigh();
        }
        self.rules.iter_mut().chain(&mut self.steps).for_each(|tally| tally.move_to(room));
    }

    pub fn is(&self, name: &str) -> bool {
        self.scenario.name == name
    }

    pub fn told(&self, named: bool) -> Armed {
        Armed {
            scenario: self.scenario.clone(),
            named,
            since: self.since,
            state: self.state.clone(),
            captured: self.told_captured(),
            counts: self.rules.iter().map(|tally| tally.all).collect(),
            course: self.course,
        }
    }

    /// What was captured, without what may not be told.
    fn told_captured(&self) -> Arc<Map<String, Value>> {
        let mut captured = self.captured.clone();
        for (name, value) in Arc::make_mut(&mut captured) {
            match self.is_secret(name) {
                true => *value = Value::from(HIDDEN),
                false => without_signatures(value),
            }
        }
        captured
    }

    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// Whether what was captured under this name may not be told.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        self.secret.contains(name)
    }

    /// All rules, and then all steps.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Part, &Rule, &Tally)> {
        let rules = self.scenario.rules.iter().zip(&self.rules).enumerate();
        let rules = rules.map(|(place, (rule, tally))| (Part::Rule(place), rule, tally));
        let steps = self.scenario.steps().iter().zip(&self.steps).enumerate();
        rules.chain(steps.map(|(place, (step, tally))| (Part::Step(place), &step.rule, tally)))
    }

    /// Adds the rules that take a request. Whether nobody else has a say.
    pub fn ask(&mut self, occasion: &Occasion, foreseen: &Foreseen, wanted: &mut Wanted) -> bool {
        let first = wanted.fired.len();
        let mut sight = self.sight();
        let scenario = self.scenario.clone();
        let mut parts = self.concerned(occasion);
        let stop =
            parts.find(|part| self.fires(*part, occasion, (foreseen, &mut sight), wanted) && scenario.rule(*part).stop);
        let mut stopped = stop.is_some();
        sight.stopped = stop;
        if let (Some(script), false) = (&scenario.script, stopped) {
            stopped = self.follow(script, occasion, (foreseen, &mut sight), wanted);
        }
        self.settle(occasion, &mut wanted.fired[first..]);
        wanted.sights.push(sight);
        stopped
    }

    /// The rules that may concern a request.
    fn concerned(&self, occasion: &Occasion) -> impl Iterator<Item = Part> + use<> {
        let value = |subject: &Subject| occasion.value(subject, &self.captured);
        let rules = self.scenario.concern.of(&self.scenario.rules, occasion.operation.index, value);
        rules.into_iter().map(Part::Rule)
    }

    /// The rules and steps that take a request if it meets their conditions.
    pub fn candidates(&self, occasion: &Occasion) -> Vec<Part> {
        let steps = self.open().map(|open| open.steps).unwrap_or_default().into_iter().map(Part::Step);
        let parts = self.concerned(occasion).chain(steps);
        parts.filter(|part| self.is_open_to(&self.scenario.rule(*part).when, occasion)).collect()
    }

    /// Asks the steps that may come. Whether nobody else has a say.
    fn follow(
        &mut self,
        script: &Script,
        occasion: &Occasion,
        (foreseen, sight): (&Foreseen, &mut Sight),
        wanted: &mut Wanted,
    ) -> bool {
        let (Some(course), Some(open)) = (self.course, self.open()) else { return false };
        let mut steps = open.steps.iter().copied();
        if let Some(place) = steps.find(|place| self.fires(Part::Step(*place), occasion, (foreseen, sight), wanted)) {
            self.course = Some(script.taken(course, place));
            return script.steps[place].rule.stop;
        }
        if script.strict && !open.lenient && !occasion.refused {
            self.course = Some(Course { strayed: course.strayed + 1, ..course });
            if wanted.out_of_step.is_none() {
                let expected = open.steps.iter().map(|&step| Expected {
                    step,
                    differences: self.differences(&script.steps[step].rule, &self.steps[step], occasion),
                });
                let (scenario, after) = (self.scenario.clone(), wanted.fired.len());
                wanted.out_of_step = Some(OutOfStep::new(scenario, expected.collect(), after));
                return false;
            }
        }
        sight.steps = open.steps;
        false
    }

    /// The steps of the script that may come now.
    pub(super) fn open(&self) -> Option<Open> {
        let is_met = |condition: &Condition| match &condition.of {
            Subject::Captured(name) => condition.test.passes_text(self.captured.get(name)),
            _ => true,
        };
        let is_open = |when: &When| self.has_state(when) && when.conditions.iter().all(is_met);
        Some(self.scenario.script.as_ref()?.open(&self.course?, |step| is_open(&step.rule.when)))
    }

    /// Whether a rule or a step takes a request; if it does, it is added.
    fn fires(
        &mut self,
        part: Part,
        occasion: &Occasion,
        (foreseen, sight): (&Foreseen, &mut Sight),
        wanted: &mut Wanted,
    ) -> bool {
        let rule = self.scenario.rule(part);
        if !self.lets_in(part, occasion, foreseen) {
            return false;
        }
        let tally = match part {
            Part::Rule(place) => &mut self.rules[place],
            Part::Step(place) => &mut self.steps[place],
        };
        let case = Case { scenario: &self.scenario.name, rule, occasion, captured: &self.captured, foreseen };
        let count = match tally.count(&case, &self.room) {
            Ok(count) => count,
            Err(count) => {
                sight.turned.push((part, count));
                return false;
            }
        };
        let quota = tally.limit(&case, &self.room);
        wanted.fired.push(Fired {
            scenario: self.scenario.clone(),
            serial: self.serial,
            part,
            count,
            state: self.state.clone(),
            captured: self.captured.clone(),
            quota,
        });
        true
    }

    fn lets_in(&self, part: Part, occasion: &Occasion, foreseen: &Foreseen) -> bool {
        let (when, met) = (&self.scenario.rule(part).when, foreseen.meets(self, part));
        // What was found out is not looked at again.
        let is_left = |condition: &&Condition| met.is_none() || condition.of.is_captured();
        self.is_open_to(when, occasion)
            && met != Some(false)
            && when.conditions.iter().filter(is_left).all(|condition| occasion.meets(condition, &self.captured))
    }

    /// All that is asked beside conditions.
    fn is_open_to(&self, when: &When, occasion: &Occasion) -> bool {
        when.refused == occasion.refused
            && when.operations.has(occasion.operation.index)
            && self.has_state(when)
            && when.time.as_ref().is_none_or(|window| window.has(occasion.now, self.since))
    }

    pub(super) fn enter(&mut self, state: &str) {
        self.state = state.into();
    }

    pub(super) fn has_state(&self, when: &When) -> bool {
        when.has_state(&self.state)
    }

    pub(super) fn view(&self) -> View<'_> {
        let Playing { scenario, state, captured, secret, since, .. } = self;
        View { scenario, state, captured, secret, since: *since }
    }

    /// How it stands before it is asked.
    fn sight(&self) -> Sight {
        Sight {
            scenario: self.scenario.clone(),
            serial: self.serial,
            state: self.state.clone(),
            captured: self.captured.clone(),
            secret: self.secret.clone(),
            since: self.since,
            stopped: None,
            steps: Vec::new(),
            turned: Vec::new(),
        }
    }

    /// What the rules that took a request change. All of them were judged by what the request found.
    fn settle(&mut self, occasion: &Occasion, fired: &mut [Fired]) {
        let mut captured = Vec::new();
        for (name, subject) in fired.iter().flat_map(|fired| &fired.rule().then.capture) {
            let Some(value) = occasion.value(subject, &self.captured) else { continue };
            let secret = occasion.is_secret(subject, Some(&value));
            captured.push(Capture { name, value: value.into_owned(), secret });
        }
        if self.keep(captured) {
            fired.iter_mut().for_each(|fired| fired.captured = self.captured.clone());
        }
        if let Some(state) = fired.iter().find_map(|fired| fired.rule().then.state.as_deref()) {
            self.enter(state);
        }
    }

    /// Keeps what was captured, if there is room for it; of two values of one name the first. Whether anything was.
    pub fn keep(&mut self, captured: Vec<Capture>) -> bool {
        if captured.is_empty() {
            return false;
        }
        let mut kept = (*self.captured).clone();
        let mut secret = self.secret.clone();
        for capture in captured.into_iter().rev() {
            match capture.secret {
                true => secret.insert(capture.name.to_owned()),
                false => secret.remove(capture.name),
            };
            kept.insert(capture.name.to_owned(), capture.value);
        }
        let bytes = of_members(&kept);
        if bytes > MOST_CAPTURED || self.share.resize(weight(&self.scenario) + bytes).is_err() {
            tracing::warn!("{}: there is no room for what it captures, and nothing was kept", self.scenario.name);
            return false;
        }
        (self.captured, self.secret) = (Arc::new(kept), secret);
        true
    }
}

/// About how many bytes a scenario takes in each lane in which it is armed. Those of files are there once, and no client has a
/// say in that.
fn weight(scenario: &Scenario) -> usize {
    let tallies = scenario.rules.len() + scenario.steps().len();
    size_of::<Playing>() + tallies * size_of::<Tally>() + scenario.sent.as_ref().map_or(0, |sent| sent.bytes)
}
