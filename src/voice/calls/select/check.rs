//! The conditions of a list. Each can be asked of a single call as it is now; of those that change no more the columns tell
//! which ones meet it, all at once.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::mask::Mask;
use crate::contract::Test;
use crate::voice::calls::call::{Call, Part, SENTIMENTS};
use crate::voice::calls::columns::{Columns, Fate, RECORDED, TRANSCRIBED};
use crate::voice::calls::search::Search;
use crate::voice::calls::{Calls, View, show};
use crate::voice::dialogue::Playbook;
use crate::voice::stock::digits;
use crate::world::matching::{self, Wanted};
use crate::world::query::Condition;

/// A condition, with what it compares worked out once.
pub enum Check<'q> {
    Agent(&'q str),
    Status(&'q str),
    Sentiment(&'q str),
    Outcome(&'q str),
    Caller(Option<u64>),
    LongerThan(f64),
    ShorterThan(f64),
    Since(Timestamp),
    Until(Timestamp),
    Recording(bool),
    Transcript(bool),
    Topic(String),
    Search(Arc<Search>),
    /// One of these is enough.
    Either(Vec<Check<'q>>),
    /// Anything else is looked up in the whole record.
    Any(Wanted<'q>),
}

const SUMMARY: &str = "summary";
const TRANSCRIPT: &str = "transcript.full_text";

impl<'q> Check<'q> {
    pub fn new(calls: &Calls, condition: &'q Condition) -> Check<'q> {
        let known = match &condition.value {
            Value::Array(values) => values
                .iter()
                .map(|value| Check::known(calls, condition, value))
                .collect::<Option<_>>()
                .map(Check::Either),
            value => Check::known(calls, condition, value),
        };
        known.unwrap_or_else(|| Check::Any(Wanted::new(condition)))
    }

    fn known(calls: &Calls, condition: &'q Condition, value: &'q Value) -> Option<Check<'q>> {
        let text = value.as_str();
        let fields: Vec<&str> = condition.fields.iter().map(String::as_str).collect();
        Some(match (fields.as_slice(), condition.test) {
            (["agent_id"], Test::Equals) => Check::Agent(text?),
            (["status"], Test::Equals) => Check::Status(text?),
            (["sentiment"], Test::Equals) => Check::Sentiment(text?),
            (["outcome"], Test::Equals) => Check::Outcome(text?),
            (["caller_number"], Test::Equals) => Check::Caller(digits(text?)),
            (["duration"], Test::AtLeast) => Check::LongerThan(value.as_f64()?),
            (["duration"], Test::AtMost) => Check::ShorterThan(value.as_f64()?),
            (["start_time"], Test::AtLeast) => Check::Since(matching::moment(text?)?),
            (["start_time"], Test::AtMost) => Check::Until(matching::moment(text?)?),
            (["has_recording"], Test::Equals) => Check::Recording(value.as_bool()?),
            (["has_transcript"], Test::Equals) => Check::Transcript(value.as_bool()?),
            (["topics", "analytics.keywords_detected"], Test::Includes) => Check::Topic(matching::fold(text?)),
            (fields, Test::Contains) if fields.iter().all(|field| *field == SUMMARY || *field == TRANSCRIPT) => {
                let looks_in = |wanted| fields.contains(&wanted);
                Check::Search(calls.search(matching::fold(text?), looks_in(SUMMARY), looks_in(TRANSCRIPT)))
            }
            _ => return None,
        })
    }

    /// What it costs to find out: those come first that leave little for the others to do.
    pub fn cost(&self) -> u8 {
        match self {
            Check::Since(_) | Check::Until(_) => 0,
            Check::Search(_) => 2,
            Check::Any(_) => 3,
            _ => 1,
        }
    }

    /// Whether the columns leave it open.
    pub fn is_open(&self) -> bool {
        matches!(self, Check::Any(_))
    }

    /// Whether a call meets it now.
    pub fn holds(&self, call: &Call, view: &View) -> bool {
        match self {
            Check::Agent(id) => call.agent().id == *id,
            Check::Status(status) => call.status() == *status,
            Check::Sentiment(sentiment) => call.sentiment() == Some(sentiment),
            Check::Outcome(outcome) => call.outcome() == Some(outcome),
            Check::Caller(number) => number.is_some_and(|number| call.row.number == number),
            Check::LongerThan(least) => f64::from(call.duration()) >= *least,
            Check::ShorterThan(most) => f64::from(call.duration()) <= *most,
            Check::Since(moment) => call.start() >= *moment,
            Check::Until(moment) => call.start() <= *moment,
            Check::Recording(there) => (call.recording() == Part::There) == *there,
            Check::Transcript(there) => (call.transcript() == Part::There) == *there,
            Check::Topic(topic) => {
                let keywords = if call.analytics() == Part::There { call.keywords() } else { Vec::new() };
                call.topics().into_iter().chain(keywords).any(|known| matching::fold(known) == *topic)
            }
            Check::Search(search) => search.is_met(call),
            Check::Either(checks) => checks.iter().any(|check| check.holds(call, view)),
            Check::Any(wanted) => {
                let record = show::whole(call, view);
                wanted.is_met(|field| crate::world::at(&record, field))
            }
        }
    }

    /// Takes out of a mask whatever does not meet it, as if all calls were settled and none were written out. What the
    /// columns don't know is left in.
    pub fn sift(&self, calls: &Calls, mask: &mut Mask) {
        let Columns { agent, duration, fate, score, number, flags, .. } = &*calls.columns;
        match self {
            Check::Agent(id) => {
                let place = calls.stock.agents.iter().position(|agent| agent.id == *id);
                mask.retain(agent, |agent| Some(usize::from(agent)) == place);
            }
            Check::Status(status) => {
                let wanted = Fate::ALL.into_iter().find(|fate| fate.name() == *status);
                mask.retain(fate, |fate| Some(fate) == wanted);
            }
            Check::Sentiment(sentiment) => {
                let known = SENTIMENTS.iter().find(|(name, _)| name == sentiment);
                let (least, most) = known.map_or((1, 0), |(_, scores)| (*scores.start(), *scores.end()));
                mask.retain(score, |score| least <= score && score <= most);
            }
            Check::Outcome(outcome) => sift_outcome(calls, outcome, mask),
            Check::Caller(wanted) => mask.retain(number, |number| Some(number) == *wanted),
            Check::LongerThan(least) => mask.retain(duration, |duration| f64::from(duration) >= *least),
            Check::ShorterThan(most) => mask.retain(duration, |duration| f64::from(duration) <= *most),
            Check::Since(moment) => {
                let end = calls.columns.before.partition_point(|before| calls.start(*before) >= *moment);
                mask.and(&Mask::within(0..end, calls.columns.len()));
            }
            Check::Until(moment) => {
                let first = calls.columns.before.partition_point(|before| calls.start(*before) > *moment);
                mask.and(&Mask::within(first..calls.columns.len(), calls.columns.len()));
            }
            Check::Recording(there) => {
                mask.retain_pairs(fate, flags, |fate, flags| has(fate, flags, RECORDED) == *there)
            }
            Check::Transcript(there) => {
                mask.retain_pairs(fate, flags, |fate, flags| has(fate, flags, TRANSCRIBED) == *there);
            }
            Check::Topic(topic) => sift_topic(calls, topic, mask),
            Check::Search(search) => mask.and(search.found(calls)),
            Check::Either(checks) => {
                let mut found = Mask::none(calls.columns.len());
                for check in checks {
                    let mut mask = mask.clone();
                    check.sift(calls, &mut mask);
                    found.or(&mask);
                }
                *mask = found;
            }
            Check::Any(_) => {}
        }
    }
}

/// Whether a settled call has its recording or its transcript.
fn has(fate: Fate, flags: u8, flag: u8) -> bool {
    fate != Fate::Abandoned && flags & flag != 0
}

fn sift_outcome(calls: &Calls, outcome: &str, mask: &mut Mask) {
    let Columns { playbook, ending, fate, .. } = &*calls.columns;
    // For each playbook a bit for each ending.
    let bits = |playbook: &Playbook| {
        let endings = playbook.endings.iter().take(32).enumerate();
        endings.filter(|(_, ending)| ending.outcome == outcome).fold(0_u32, |bits, (n, _)| bits | 1 << n)
    };
    let wanted: Vec<u32> = calls.stock.playbooks.iter().map(bits).collect();
    mask.retain(fate, |fate| fate == Fate::Completed);
    mask.retain_pairs(playbook, ending, |playbook, ending| {
        wanted.get(usize::from(playbook)).is_some_and(|bits| bits >> ending & 1 == 1)
    });
}

fn sift_topic(calls: &Calls, topic: &str, mask: &mut Mask) {
    let Columns { playbook, topics, keywords, .. } = &*calls.columns;
    let bits = |names: &[String]| {
        let names = names.iter().enumerate().filter(|(_, name)| matching::fold(name) == topic);
        names.fold(0_u16, |bits, (n, _)| bits | 1 << n)
    };
    let sift = |mask: &mut Mask, column: &[u16], names: fn(&Playbook) -> &[String]| {
        let wanted: Vec<u16> = calls.stock.playbooks.iter().map(|playbook| bits(names(playbook))).collect();
        mask.retain_pairs(playbook, column, |playbook, marks| {
            wanted.get(usize::from(playbook)).is_some_and(|bits| bits & marks != 0)
        });
    };
    let mut of_keywords = mask.clone();
    sift(&mut of_keywords, keywords, |playbook| &playbook.keywords);
    sift(mask, topics, |playbook| &playbook.topics);
    mask.or(&of_keywords);
}
