//! One call at a moment, put together from its numbers.

use std::cell::OnceCell;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;

use super::callers::Caller;
use super::columns::{Fate, NEVER, RECORDED, Row, SILENT, TRANSCRIBED, WRITTEN};
use super::course::{Beat, Heard, drawn, listen};
use super::tale::Tale;
use super::{Calls, GROWN, GROWN_IDS, Handle, PINNED_DRAWS, View};
use crate::seed::Draws;
use crate::voice::dialogue::{Ending, Playbook};
use crate::voice::stock::{self, Agent, Pinned, Told, Written};

/// After so many seconds from its end everything about a call is there.
pub const LATEST: u32 = 30;

/// How many seconds after the end a part comes in, and what it is drawn by.
struct Late {
    draw: u64,
    least: f64,
    most: f64,
}

const TRANSCRIPT: Late = Late { draw: drawn::TRANSCRIPT, least: 3.0, most: LATEST as f64 };
const RECORDING: Late = Late { draw: drawn::RECORDING, least: 2.0, most: LATEST as f64 };
const ANALYTICS: Late = Late { draw: drawn::ANALYTICS, least: 2.0, most: 8.0 };

/// Tenths of a second in which every call ends, with all that comes after it.
const LONG_AGO: i64 = 1 << 32;

/// A call as it is now.
pub struct Call<'c> {
    pub(super) calls: &'c Calls,
    pub(super) row: Row,
    pub(super) draws: Draws,
    /// The second of its start, and how many tenths of a second have passed since.
    pub(super) start: i64,
    elapsed: i64,
    pub(super) agent: &'c Agent,
    pinned: Option<&'c Pinned>,
    number: u64,
    /// It ended before its time.
    is_cut: bool,
    beats: OnceCell<Vec<Beat>>,
}

/// A part of a call that comes after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Never,
    NotYet,
    There,
}

impl Calls {
    pub fn call<'c>(&'c self, view: &View<'c>, handle: Handle) -> Call<'c> {
        let mut call = if handle.0 & GROWN == 0 { self.ended(handle) } else { self.grown(view, handle.0 ^ GROWN) };
        if let Some(row) = view.growth.cuts().get(handle.0) {
            (call.row, call.is_cut) = (*row, true);
        }
        let elapsed = (view.now.as_millisecond() - 1_000 * call.start).max(0) / 100;
        Call { elapsed, ..call }
    }

    /// A call of the columns when nothing about it changes any more.
    pub(super) fn ended(&self, handle: Handle) -> Call<'_> {
        let row = self.columns.row(handle.0 as usize);
        let (number, pinned) = self.number(handle);
        Call {
            calls: self,
            row,
            draws: self.drawn(handle),
            start: self.anchor - i64::from(row.before),
            elapsed: LONG_AGO,
            agent: &self.stock.agents[usize::from(row.agent)],
            pinned: pinned.map(|place| &self.stock.pinned[usize::from(place)]),
            number,
            is_cut: false,
            beats: OnceCell::new(),
        }
    }

    /// The draws of a call of the columns.
    pub(super) fn drawn(&self, handle: Handle) -> Draws {
        let (number, pinned) = self.number(handle);
        self.draws().of(pinned.map_or(number, |place| PINNED_DRAWS | u64::from(place)))
    }

    /// Who made a call, by its numbers and its draws.
    pub(super) fn caller(&self, row: &Row, draws: Draws) -> Caller<'_> {
        self.callers.caller(&self.stock, self.language_of(row.playbook), row, draws)
    }

    /// Where the language of a playbook stands.
    pub(super) fn language_of(&self, playbook: u16) -> usize {
        self.languages.get(usize::from(playbook)).copied().unwrap_or(0)
    }

    /// The number of a call of the columns, and its place among those that are always there: these have no number among
    /// the others.
    fn number(&self, handle: Handle) -> (u64, Option<u16>) {
        let pinned = self.pinned.binary_search_by_key(&handle.0, |(at, _)| *at);
        let before = pinned.unwrap_or_else(|before| before) as u64;
        (u64::from(handle.0) - before, pinned.ok().map(|n| self.pinned[n].1))
    }

    fn grown<'c>(&'c self, view: &View<'c>, place: u32) -> Call<'c> {
        let (row, start, agent, is_cut) = view.growth.at(place as usize);
        let number = GROWN_IDS | u64::from(place);
        Call {
            calls: self,
            row,
            draws: self.draws().of(number),
            start: self.anchor + start,
            elapsed: LONG_AGO,
            agent,
            pinned: None,
            number,
            is_cut,
            beats: OnceCell::new(),
        }
    }
}

impl<'c> Call<'c> {
    pub fn id(&self) -> String {
        match self.pinned {
            Some(pinned) => pinned.id.clone(),
            None => self.calls.ids.id(self.number),
        }
    }

    pub fn start(&self) -> Timestamp {
        Timestamp::from_second(self.start).unwrap_or_default()
    }

    pub fn end(&self) -> Option<Timestamp> {
        let end = self.start + i64::from(self.row.duration);
        (!self.running()).then(|| Timestamp::from_second(end).unwrap_or_default())
    }

    /// Seconds, up to now while it runs.
    pub fn duration(&self) -> u32 {
        if self.running() { (self.elapsed / 10) as u32 } else { self.row.duration.into() }
    }

    pub fn running(&self) -> bool {
        self.elapsed < 10 * i64::from(self.row.duration)
    }

    pub fn settled(&self) -> bool {
        self.after_end() >= i64::from(LATEST)
    }

    pub fn status(&self) -> &'static str {
        match self.row.fate {
            _ if self.running() => "in_progress",
            fate => fate.name(),
        }
    }

    /// The agent as it was when the call began.
    pub fn agent(&self) -> &'c Agent {
        self.agent
    }

    /// The caller's number in E.164 form.
    pub fn caller_number(&self) -> Option<String> {
        (self.row.number > 0).then(|| format!("+{}", self.row.number))
    }

    /// The mood so far in hundredths.
    pub fn score(&self) -> Option<i16> {
        match self.running() {
            true => self.heard().score,
            false => (self.row.score != SILENT).then_some(self.row.score),
        }
    }

    pub fn sentiment(&self) -> Option<&'static str> {
        self.score().map(sentiment)
    }

    pub fn outcome(&self) -> Option<&'c str> {
        if self.running() || self.row.fate != Fate::Completed {
            return None;
        }
        match self.written() {
            Some(written) => written.details.get("outcome").and_then(serde_json::Value::as_str),
            None => self.told().map(|(_, ending)| &*ending.outcome),
        }
    }

    pub fn topics(&self) -> Vec<&'c str> {
        match self.written() {
            Some(written) => texts(written.details.get("topics")),
            None => self.told().map_or_else(Vec::new, |(playbook, _)| marked(&playbook.topics, self.marks().0)),
        }
    }

    pub fn keywords(&self) -> Vec<&'c str> {
        match self.written() {
            Some(written) => {
                texts(written.details.get("analytics").and_then(|analytics| analytics.get("keywords_detected")))
            }
            None => self.told().map_or_else(Vec::new, |(playbook, _)| marked(&playbook.keywords, self.marks().1)),
        }
    }

    /// Seconds that the agent took to answer, on average.
    pub fn response_time(&self) -> Option<f64> {
        let response = if self.running() { self.heard().response } else { Some(self.row.response) };
        response.filter(|tenths| *tenths != NEVER).map(|tenths| f64::from(tenths) / 10.0)
    }

    pub fn language(&self) -> &'c str {
        match self.written() {
            Some(written) => {
                written.details.get("language").and_then(serde_json::Value::as_str).unwrap_or(&self.agent.language)
            }
            None => self.told().map_or(&self.agent.language, |(playbook, _)| &playbook.language),
        }
    }

    /// A transcript is there while the call runs too, as far as it has come.
    pub fn transcript(&self) -> Part {
        match self.row.flags & TRANSCRIBED {
            _ if self.row.fate == Fate::Abandoned => Part::Never,
            0 => Part::Never,
            _ if self.running() && self.turn_count() > 0 => Part::There,
            _ => self.part(&TRANSCRIPT),
        }
    }

    pub fn recording(&self) -> Part {
        match self.row.flags & RECORDED {
            _ if self.row.fate == Fate::Abandoned => Part::Never,
            0 => Part::Never,
            _ => self.part(&RECORDING),
        }
    }

    pub fn analytics(&self) -> Part {
        if self.row.fate == Fate::Abandoned { Part::Never } else { self.part(&ANALYTICS) }
    }

    fn part(&self, late: &Late) -> Part {
        let there = !self.running() && self.after_end() >= self.delay(late);
        if there { Part::There } else { Part::NotYet }
    }

    /// Seconds from the end until a part is there.
    fn delay(&self, late: &Late) -> i64 {
        self.draws.within(late.draw, late.least, late.most) as i64
    }

    /// The seconds at which something happens to it: its start, its end, transcript, recording and analytics.
    pub(super) fn moments(&self) -> [Option<i64>; 5] {
        let end = self.start + i64::from(self.row.duration);
        let talked = self.row.fate != Fate::Abandoned;
        let part = |on: bool, late| (talked && on).then(|| end + self.delay(late));
        [
            Some(self.start),
            Some(end),
            part(self.row.flags & TRANSCRIBED != 0, &TRANSCRIPT),
            part(self.row.flags & RECORDED != 0, &RECORDING),
            part(true, &ANALYTICS),
        ]
    }

    fn after_end(&self) -> i64 {
        self.elapsed / 10 - i64::from(self.row.duration)
    }

    /// Why it failed, or never connected.
    pub fn reason(&self) -> Option<&'c str> {
        if self.running() || self.row.fate == Fate::Completed {
            return None;
        }
        match self.pinned.map(|pinned| &pinned.told) {
            Some(Told::Dialogue {
                fate: stock::Fate::Fails { reason, .. } | stock::Fate::Abandoned { reason },
                ..
            }) => {
                return Some(reason);
            }
            Some(Told::Record(written)) => {
                let reason = |name| written.details.get(name).and_then(serde_json::Value::as_str);
                return reason("failure_reason").or_else(|| reason("abandonment_reason"));
            }
            _ => {}
        }
        let world = &self.calls.stock.world;
        if self.row.fate == Fate::Failed {
            let place = self.draws.below(drawn::REASON, world.failures.len());
            return world.failures.get(place).map(String::as_str);
        }
        let whole: f64 = world.abandonments.iter().map(|(_, weight)| weight).sum();
        let mut wanted = self.draws.unit(drawn::REASON) * whole;
        let reasons = world.abandonments.iter();
        let passed = |(_, weight): &&(String, f64)| {
            wanted -= weight;
            wanted >= 0.0
        };
        reasons.skip_while(passed).map(|(reason, _)| &**reason).next()
    }

    pub fn written(&self) -> Option<&'c Written> {
        match self.pinned.map(|pinned| &pinned.told) {
            Some(Told::Record(written)) => Some(written),
            _ => None,
        }
    }

    pub fn told(&self) -> Option<(&'c Playbook, &'c Ending)> {
        let playbook = self.calls.stock.playbooks.get(usize::from(self.row.playbook))?;
        (self.row.playbook != WRITTEN).then(|| (playbook, playbook.ending(self.row.ending)))
    }

    fn marks(&self) -> (u16, u16) {
        if !self.running() {
            return (self.row.topics, self.row.keywords);
        }
        let marks = self.heard().marks;
        (marks.topics, marks.keywords)
    }

    fn heard(&self) -> Heard {
        self.told().map_or_else(Heard::default, |(playbook, ending)| {
            listen(self.beats(), playbook, ending, self.draws, self.elapsed.min(i64::from(u32::MAX)) as u32)
        })
    }

    /// How many turns were said so far.
    pub fn turn_count(&self) -> usize {
        match self.written() {
            Some(written) => written.turns.iter().take_while(|turn| self.is_past(turn.end())).count(),
            None if self.running() => self.heard().turns,
            None => self.beats().len(),
        }
    }

    fn is_past(&self, moment: Duration) -> bool {
        moment.as_millis() as i64 <= 100 * self.elapsed
    }

    pub(super) fn beats(&self) -> &[Beat] {
        self.beats.get_or_init(|| {
            let mut beats = Vec::new();
            if let Some((playbook, _)) = self.told() {
                let settled = match self.pinned.map(|pinned| &pinned.told) {
                    Some(Told::Dialogue { fate, .. }) => Some(fate),
                    _ => None,
                };
                let tale = Tale {
                    world: &self.calls.stock.world,
                    playbook,
                    language: self.speech(),
                    draws: self.draws,
                    start: self.start,
                    welcome: self.agent.welcome_words(),
                    settled,
                };
                tale.made(&mut beats);
                if self.is_cut {
                    beats.retain(|beat| beat.start + beat.length <= 10 * u32::from(self.row.duration));
                }
            }
            beats
        })
    }
}

/// The words for a mood in hundredths.
pub(super) const SENTIMENTS: [(&str, RangeInclusive<i16>); 3] =
    [("negative", SILENT + 1..=-26), ("neutral", -25..=25), ("positive", 26..=i16::MAX)];

pub fn sentiment(score: i16) -> &'static str {
    SENTIMENTS.iter().find(|(_, scores)| scores.contains(&score)).map_or("neutral", |(name, _)| name)
}

pub(super) fn marked(names: &[String], marks: u16) -> Vec<&str> {
    names.iter().enumerate().filter(|(n, _)| marks >> n & 1 == 1).map(|(_, name)| &**name).collect()
}

fn texts(list: Option<&serde_json::Value>) -> Vec<&str> {
    let list = list.and_then(serde_json::Value::as_array);
    list.into_iter().flatten().filter_map(serde_json::Value::as_str).collect()
}
