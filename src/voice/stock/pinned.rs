//! `fixtures/conversations.yaml`: the calls that are always there. Some are written out, the others are told from a
//! dialogue with some things settled.

use jiff::Timestamp;
use serde_json::Value;

use super::world::ABANDONMENTS;
use super::world::seconds;
use super::{Agent, digits};
use crate::contract::{Direction, Schema, Schemas};
use crate::source::{Diagnostic, SourceFile};
use crate::voice::dialogue::Playbook;
use crate::voice::reading::{Members, Reading};
use crate::voice::turn::{Speaker, Turn};

#[derive(Debug)]
pub struct Pinned {
    pub id: String,
    /// The agent's place in the stock.
    pub agent: u16,
    pub caller: Option<u64>,
    /// Seconds from its start to the fixtures' moment.
    pub before: u32,
    pub told: Told,
}

#[derive(Debug)]
pub enum Told {
    Record(Box<Written>),
    Dialogue { playbook: u16, fate: Fate },
}

/// What is settled about the course of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Seconds in all.
    Lasts(u32),
    Fails {
        after: u32,
        reason: String,
    },
    Abandoned {
        reason: String,
    },
}

/// A call that is written out, with its times as of the fixtures' moment.
#[derive(Debug)]
pub struct Written {
    pub details: Value,
    pub turns: Vec<Turn>,
}

/// What the file is held against.
pub struct Against<'a> {
    pub agents: &'a [Agent],
    pub playbooks: &'a [Playbook],
    pub moment: Timestamp,
    /// The schema of a call's details.
    pub schema: Option<(&'a Schemas, &'a Schema)>,
}

const RECIPE: [&str; 9] =
    ["id", "dialogue", "agent", "caller", "started", "lasts", "fails_after", "failure_reason", "abandoned"];
const MOST: usize = 1_000;
/// A call lasts less: its length is kept in 16 bits.
const LONGEST: u32 = 64_000;

pub fn read(file: &SourceFile, against: &Against) -> Result<Vec<Pinned>, Vec<Diagnostic>> {
    let mut pinning = Pinning { reading: Reading::new(file, "E0806"), against };
    let pinned = pinning.all();
    pinning.reading.done(pinned).map(|(pinned, _)| pinned)
}

struct Pinning<'f, 'a> {
    reading: Reading<'f>,
    against: &'a Against<'a>,
}

impl<'f> Pinning<'f, '_> {
    fn all(&mut self) -> Option<Vec<Pinned>> {
        let root = self.reading.object(&self.reading.file.value, "", "the file", &["conversations"])?;
        let list = self.reading.list(root, "", "conversations", MOST)?;
        let mut all: Vec<Pinned> = Vec::with_capacity(list.len());
        for (n, value) in list.iter().enumerate() {
            let place = format!("/conversations/{n}");
            let Some(call) = self.one(value, &place) else { continue };
            if all.iter().any(|known| known.id == call.id) {
                self.reading.fault(&place, format!("there is another call `{}` above", call.id));
            }
            all.push(call);
        }
        Some(all)
    }

    fn one(&mut self, value: &'f Value, place: &str) -> Option<Pinned> {
        if let Some(record) = value.get("record") {
            self.reading.object(value, place, "a call", &["record"])?;
            return self.record(record, &format!("{place}/record"));
        }
        let members = self.reading.object(value, place, "a call", &RECIPE)?;
        let id = self.reading.text(members, place, "id")?.to_owned();
        let agent = self.agent(members, place, "agent")?;
        let playbook = self.playbook(members, place)?;
        let caller = self.caller(members.get("caller"), &format!("{place}/caller"));
        let before = self.length(members, place, "started", u32::MAX)?;
        let fate = self.fate(members, place)?;
        Some(Pinned { id, agent, caller, before, told: Told::Dialogue { playbook, fate } })
    }

    fn fate(&mut self, members: &'f Members, place: &str) -> Option<Fate> {
        let told = ["lasts", "fails_after", "abandoned"].into_iter().filter(|name| members.contains_key(*name));
        match told.collect::<Vec<_>>().as_slice() {
            ["lasts"] => Some(Fate::Lasts(self.length(members, place, "lasts", LONGEST)?)),
            ["fails_after"] => Some(Fate::Fails {
                after: self.length(members, place, "fails_after", LONGEST)?,
                reason: self.reading.text(members, place, "failure_reason")?.to_owned(),
            }),
            ["abandoned"] => {
                let reason = self.reading.text(members, place, "abandoned")?;
                if !ABANDONMENTS.contains(&reason) {
                    let message = format!("there is no reason `{reason}`: it is one of {}", ABANDONMENTS.join(", "));
                    self.reading.unknown("E0806", &format!("{place}/abandoned"), message, reason, &ABANDONMENTS);
                }
                Some(Fate::Abandoned { reason: reason.to_owned() })
            }
            _ => {
                self.reading.fault(place, "exactly one of `lasts`, `fails_after` and `abandoned` is expected");
                None
            }
        }
    }

    fn agent(&mut self, members: &'f Members, place: &str, name: &str) -> Option<u16> {
        let id = self.reading.text(members, place, name)?;
        let agents = self.against.agents;
        let found = agents.iter().position(|agent| agent.id == id).and_then(|place| u16::try_from(place).ok());
        if found.is_none() {
            let known: Vec<&str> = agents.iter().map(|agent| &*agent.id).collect();
            self.reading.unknown("E0807", &format!("{place}/{name}"), format!("there is no agent `{id}`"), id, &known);
        }
        found
    }

    fn playbook(&mut self, members: &'f Members, place: &str) -> Option<u16> {
        let name = self.reading.text(members, place, "dialogue")?;
        let playbooks = self.against.playbooks;
        let found = playbooks.iter().position(|playbook| playbook.name == name);
        if found.is_none() {
            let known: Vec<&str> = playbooks.iter().map(|playbook| &*playbook.name).collect();
            let message = format!("there is no dialogue `{name}`");
            self.reading.unknown("E0807", &format!("{place}/dialogue"), message, name, &known);
        }
        found.and_then(|place| u16::try_from(place).ok())
    }

    fn caller(&mut self, caller: Option<&Value>, place: &str) -> Option<u64> {
        let text = caller.filter(|caller| !caller.is_null())?;
        let number = text.as_str().and_then(digits);
        if number.is_none() {
            self.reading.fault(place, "a number in E.164 form is expected, or null");
        }
        number
    }

    fn length(&mut self, members: &'f Members, place: &str, name: &str, most: u32) -> Option<u32> {
        let length = seconds(self.reading.text(members, place, name)?).filter(|length| *length <= most);
        if length.is_none() {
            self.reading.fault(&format!("{place}/{name}"), "a length is expected, such as PT34M");
        }
        length
    }

    fn record(&mut self, value: &'f Value, place: &str) -> Option<Pinned> {
        let members = value.as_object();
        let Some(members) = members else {
            self.reading.fault(place, "a call is an object with the keys of its details");
            return None;
        };
        self.check(value, place);
        let id = self.reading.text(members, place, "id")?.to_owned();
        let agent = self.agent(members, place, "agent_id")?;
        let caller = self.caller(members.get("caller_number"), &format!("{place}/caller_number"));
        let start = self.reading.text(members, place, "start_time")?.parse::<Timestamp>().ok()?;
        let before = self.against.moment.as_second() - start.as_second();
        let Ok(before) = u32::try_from(before) else {
            self.reading
                .fault(&format!("{place}/start_time"), "a call that is written out began before the world's moment");
            return None;
        };
        self.reading.number(members, place, "duration", 0.0, f64::from(before.min(LONGEST)))?;
        let turns = turns(value);
        Some(Pinned {
            id,
            agent,
            caller,
            before,
            told: Told::Record(Box::new(Written { details: value.clone(), turns })),
        })
    }

    /// Holds a written call against the schema of details. The address of a recording is made when it is asked for.
    fn check(&mut self, value: &Value, place: &str) {
        let Some((schemas, schema)) = self.against.schema else { return };
        let mut whole = value.clone();
        if let Some(recording) = whole.get_mut("recording").and_then(Value::as_object_mut) {
            recording.entry("url").or_insert_with(|| "https://example.com/recording".into());
        }
        for breach in schemas.check(schema, &whole, Direction::Response).into_iter().take(20) {
            let message = format!("the call breaks its schema: expected {}, got {}", breach.expected, breach.found);
            self.reading.fault(&format!("{place}{}", breach.place.name()), message);
        }
    }
}

/// The turns of a call that is written out. Its moods are not: the caller comes from a little below neutral to the mood
/// that the call ended with.
fn turns(details: &Value) -> Vec<Turn> {
    let messages = details.get("transcript").and_then(|transcript| transcript.get("messages"));
    let messages = messages.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let of_customer = |message: &Value| message.get("speaker").is_some_and(|speaker| speaker == "customer");
    let last = messages.iter().filter(|message| of_customer(message)).count().saturating_sub(1).max(1);
    let score = details.get("sentiment_score").and_then(Value::as_f64).unwrap_or(0.0);
    let (from, mut place) = (-0.4, 0);
    let mut read = |message: &Value| {
        let number = |name: &str| message.get(name).and_then(Value::as_f64).unwrap_or(0.0);
        let time = |name: &str| std::time::Duration::try_from_secs_f64(number(name)).unwrap_or_default();
        let speaker = if of_customer(message) { Speaker::Customer } else { Speaker::Agent };
        let mood = match speaker {
            Speaker::Agent => 0.0,
            Speaker::Customer => {
                place += 1;
                from + (score - from) * f64::from(place - 1) / last as f64
            }
        };
        Turn {
            speaker,
            text: message.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
            start: time("timestamp"),
            length: time("duration"),
            confidence: number("confidence"),
            mood,
        }
    };
    messages.iter().map(&mut read).collect()
}
