//! A call as answers show it: a row of the list (schemas/conversation-summary.yaml) and the whole record
//! (schemas/conversation-details.yaml), with their keys in the order of the schemas.

use std::io::Write as _;

use serde_json::{Map, Number, Value, json};

use super::View;
use super::call::{Call, Part};
use super::columns::Fate;
use super::course::drawn;
use crate::voice::dialogue::{Entry, Kind};
use crate::voice::turn::{Speaker, Turn};

pub fn write_row(call: &Call, view: &View, out: &mut Vec<u8>) {
    let mut row = RowWriter { out, first: true };
    row.text("id", &call.id());
    row.text("agent_id", &call.agent().id);
    row.text("agent_name", agent_name(call, view));
    row.optional("caller_number", call.caller_number().as_deref());
    row.text("status", call.status());
    row.text("start_time", &call.start().to_string());
    row.optional("end_time", call.end().map(|end| end.to_string()).as_deref());
    row.plain("duration", call.duration());
    row.optional("sentiment", call.sentiment());
    row.optional("outcome", call.outcome());
    row.list("topics", &call.topics());
    row.plain("has_recording", call.recording() == Part::There);
    row.plain("has_transcript", call.transcript() == Part::There);
    row.optional("summary", call.summary().as_deref());
    row.text("created_at", &call.start().to_string());
    row.out.push(b'}');
}

/// Writes one flat object.
struct RowWriter<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl RowWriter<'_> {
    fn key(&mut self, name: &str) {
        self.out.extend_from_slice(if self.first { b"{\"" } else { b",\"" });
        self.first = false;
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn text(&mut self, name: &str, text: &str) {
        self.key(name);
        self.string(text);
    }

    fn optional(&mut self, name: &str, text: Option<&str>) {
        self.key(name);
        match text {
            Some(text) => self.string(text),
            None => self.out.extend_from_slice(b"null"),
        }
    }

    fn plain(&mut self, name: &str, value: impl std::fmt::Display) {
        self.key(name);
        // A vector takes whatever is written.
        let _ = write!(self.out, "{value}");
    }

    fn list(&mut self, name: &str, texts: &[&str]) {
        self.key(name);
        self.out.push(b'[');
        for (n, text) in texts.iter().enumerate() {
            if n > 0 {
                self.out.push(b',');
            }
            self.string(text);
        }
        self.out.push(b']');
    }

    fn string(&mut self, text: &str) {
        let _ = serde_json::to_writer(&mut *self.out, text);
    }
}

pub fn details(call: &Call, view: &View) -> Value {
    let mut record = Map::new();
    let mut put = |name: &str, value: Value| record.insert(name.to_owned(), value);
    put("id", call.id().into());
    put("agent_id", call.agent().id.clone().into());
    put("agent_name", agent_name(call, view).into());
    put("caller_number", call.caller_number().into());
    put("status", call.status().into());
    put("start_time", call.start().to_string().into());
    put("end_time", call.end().map(|end| end.to_string()).into());
    put("duration", call.duration().into());
    put("language", call.language().into());
    put("sentiment", call.sentiment().into());
    put("sentiment_score", call.score().map(|score| f64::from(score) / 100.0).into());
    put("outcome", call.outcome().into());
    put("topics", json!(call.topics()));
    put("summary", call.summary().into());
    match (call.status(), call.reason()) {
        ("failed", Some(reason)) => drop(put("failure_reason", reason.into())),
        ("abandoned", Some(reason)) => drop(put("abandonment_reason", reason.into())),
        _ => {}
    }
    let turns = call.turns();
    if call.transcript() == Part::There {
        put("transcript", transcript(&turns));
    }
    if call.recording() == Part::There {
        // Its address, and until when that is good, is made for whoever asks.
        put("recording", json!({ "duration": call.duration() }));
    }
    if call.analytics() == Part::There {
        put("analytics", analytics(call, &turns));
    }
    put("integrations", Value::Array(integrations(call)));
    put("created_at", call.start().to_string().into());
    Value::Object(record)
}

/// The keys of both.
pub fn whole(call: &Call, view: &View) -> Value {
    let mut record = details(call, view);
    if let Some(members) = record.as_object_mut() {
        members.insert("has_recording".to_owned(), (call.recording() == Part::There).into());
        members.insert("has_transcript".to_owned(), (call.transcript() == Part::There).into());
    }
    record
}

fn agent_name<'a>(call: &Call<'a>, view: &View<'a>) -> &'a str {
    let agent = call.agent();
    view.named(&agent.id).unwrap_or(&agent.name)
}

/// A line for each turn.
pub fn full_text(turns: &[Turn]) -> String {
    let lines: Vec<String> = turns.iter().map(|turn| format!("{}: {}", turn.speaker.label(), turn.text)).collect();
    lines.join("\n")
}

fn transcript(turns: &[Turn]) -> Value {
    json!({
        "full_text": full_text(turns),
        "messages": turns.iter().enumerate().map(|(n, turn)| message(n, turn)).collect::<Vec<Value>>(),
        "word_count": word_count(turns),
    })
}

/// One turn as a message of a transcript.
pub fn message(place: usize, turn: &Turn) -> Value {
    json!({
        "id": format!("msg_{:03}", place + 1),
        "speaker": if turn.speaker == Speaker::Agent { "agent" } else { "customer" },
        "text": turn.text,
        "timestamp": seconds(turn.start),
        "duration": seconds(turn.length),
        "confidence": turn.confidence,
    })
}

/// Words are what stands between spaces.
pub fn word_count(turns: &[Turn]) -> usize {
    turns
        .iter()
        .map(|turn| turn.text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count())
        .sum()
}

/// Whole seconds have no fraction, as in the docs' examples.
fn seconds(length: std::time::Duration) -> Number {
    let tenths = (length.as_millis() / 100) as u64;
    match tenths % 10 {
        0 => Number::from(tenths / 10),
        _ => Number::from_f64(tenths as f64 / 10.0).unwrap_or_else(|| Number::from(tenths / 10)),
    }
}

fn analytics(call: &Call, turns: &[Turn]) -> Value {
    if let Some(written) = call.written().and_then(|written| written.details.get("analytics")) {
        return written.clone();
    }
    let interruptions = turns.windows(2).filter(|pair| pair[1].start < pair[0].end()).count();
    json!({
        "interruptions": interruptions,
        "average_response_time": call.response_time(),
        "keywords_detected": call.keywords(),
        "intent": call.told().map(|(playbook, _)| &playbook.intent),
    })
}

/// What the call left in other systems, once it came to its end.
fn integrations(call: &Call) -> Vec<Value> {
    if let Some(written) = call.written() {
        return written.details.get("integrations").and_then(Value::as_array).cloned().unwrap_or_default();
    }
    let Some((playbook, ending)) = call.told() else { return Vec::new() };
    if call.running() || call.row.fate != Fate::Completed {
        return Vec::new();
    }
    // A number that the caller was told is the number over there, too.
    let told = |kind: &Kind| {
        let place = ending.named().filter(|place| playbook.values.get(usize::from(*place)) == Some(kind)).last()?;
        call.value(playbook, place)
    };
    let one = |(n, kept): (usize, &crate::voice::dialogue::Integration)| {
        let draws = call.draws.of(drawn::INTEGRATIONS).of(n as u64);
        let number = || (draws.below(0, 90_000) + 10_000).to_string();
        let (kind, folder, id) = match kept.kind {
            Entry::Ticket => ("ticket", "tickets", told(&Kind::TicketNumber).unwrap_or_else(number)),
            Entry::CrmRecord => ("crm_record", "crm", format!("crm_{}", number())),
            Entry::Appointment => {
                ("appointment", "appointments", told(&Kind::Reference).unwrap_or_else(|| format!("apt_{}", number())))
            }
        };
        let url = format!("{}/{folder}/{id}", call.calls.stock.world.site);
        json!({ "provider": kept.provider, "type": kind, "id": id, "url": url })
    };
    ending.integrations.iter().enumerate().map(one).collect()
}
