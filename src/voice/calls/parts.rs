//! One call as it is answered: its details, with an address for the recording, and the parts that have operations of their
//! own, by the names that the contract has for them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::{self, Call, Part};
use super::{Calls, Handle, View, show};
use crate::reply::Made;
use crate::signature::Signer;
use crate::voice::formats::{self, Beside};
use crate::voice::recording::{Address, Amiss, MEDIA_TYPE, Recording, Refusal};

/// The view that addresses of recordings lead to.
pub const AUDIO: &str = "audio";

/// An address is good for 31 days, as in the docs' example, and for an hour at least.
const GOOD_FOR: i64 = 31 * 86_400;
const AT_LEAST: i64 = 3_600;
/// So much of a recording is made at a time.
const PIECE: usize = 64 * 1024;

/// What an answer about one call depends on beside the call itself.
#[derive(Clone, Copy)]
pub struct Teller<'a> {
    pub calls: &'a Calls,
    pub view: View<'a>,
    pub signer: &'a Signer,
    pub lane: &'a str,
    /// What stands before the name of a recording's file in its address.
    pub folder: &'a str,
    /// How the addresses that it tells are amiss.
    pub amiss: Option<&'a Amiss>,
}

/// A part of a call.
pub enum Shown {
    Record(Value),
    /// A file of text that is not to be laid out any more.
    Text {
        text: String,
        file: String,
    },
}

/// How a call sounded.
pub struct Sound {
    pub sound: Arc<dyn Made>,
    pub media_type: &'static str,
    pub file: String,
    /// Stands for the bytes.
    pub tag: String,
}

/// Why a part is not answered, with the entry of the contract's table of problems that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    Call,
    Part(&'static str),
    /// The address is not good.
    Right(&'static str),
}

impl Teller<'_> {
    /// The whole record, and until when it is as it is; that is over at once for what still changes.
    pub fn details(&self, handle: Handle) -> (Value, Timestamp) {
        let mut details = self.calls.details(&self.view, handle);
        let call = self.calls.call(&self.view, handle);
        let mut until = if call.settled() { Timestamp::MAX } else { self.view.now };
        if let Some(recording) = details.get_mut("recording") {
            let (address, good_until) = self.recording(&call);
            *recording = address;
            until = until.min(good_until);
        }
        (details, until)
    }

    /// A part by its name, and until when it is as it is. `option` gives the values of the request's parameters.
    pub fn part<'v>(
        &self,
        name: &str,
        id: &str,
        option: impl Fn(&str) -> Option<&'v Value>,
    ) -> Result<(Shown, Timestamp), Lacking> {
        let handle = self.calls.find(&self.view, id).ok_or(Lacking::Call)?;
        let call = self.calls.call(&self.view, handle);
        let until = if call.settled() { Timestamp::MAX } else { self.view.now };
        match name {
            "transcript" => {
                lack(call.transcript(), "transcript_not_found", "transcript_not_ready")?;
                Ok((transcript(&call, option), until))
            }
            "recording" => {
                lack(call.recording(), "recording_not_found", "recording_not_found")?;
                let (recording, good_until) = self.recording(&call);
                Ok((Shown::Record(recording), until.min(good_until)))
            }
            _ => Err(Lacking::Call),
        }
    }

    /// The sound behind an address: the name of the file, and the query as it came.
    pub fn audio(&self, file: &str, query: &str) -> Result<Sound, Lacking> {
        let address = Address::read(file, query, self.signer, self.view.now).map_err(|refusal| {
            Lacking::Right(match refusal {
                Refusal::Unsigned => "recording_signature_missing",
                Refusal::Tampered => "recording_signature_invalid",
                Refusal::Expired => "recording_expired",
            })
        })?;
        if address.lane != self.lane {
            return Err(Lacking::Right("recording_wrong_lane"));
        }
        let id = file.strip_suffix(ENDING).ok_or(Lacking::Call)?;
        let handle = self.calls.find(&self.view, id).ok_or(Lacking::Call)?;
        let call = self.calls.call(&self.view, handle);
        lack(call.recording(), "recording_not_found", "recording_not_found")?;
        let recording = Recording::new(&call.turns(), Duration::from_secs(call.duration().into()));
        let length = recording.len().to_string();
        Ok(Sound {
            tag: self.signer.sign(&["sound", file, &length]),
            sound: Arc::new(recording),
            media_type: MEDIA_TYPE,
            file: file.to_owned(),
        })
    }

    /// The query that makes the address of a file good, if there is a recording behind it.
    pub fn signed(&self, file: &str) -> Option<String> {
        let call = self.calls.call(&self.view, self.calls.find(&self.view, file.strip_suffix(ENDING)?)?);
        matches!(call.recording(), Part::There).then(|| self.address(&call).query(self.signer))
    }

    /// Where the sound is, and until when that is told so: from then on the address is another.
    fn recording(&self, call: &Call) -> (Value, Timestamp) {
        let address = self.address(call);
        let (address, query) = match self.amiss {
            Some(amiss) => address.amiss(amiss, self.signer),
            None => {
                let query = address.query(self.signer);
                (address, query)
            }
        };
        let url = format!("{}{}?{query}", self.folder, address.file);
        let last = address.expires.as_second().saturating_sub(AT_LEAST);
        let until = Timestamp::from_second(last).unwrap_or(Timestamp::MAX);
        (json!({ "url": url, "duration": call.duration(), "expires_at": address.expires.to_string() }), until)
    }

    fn address(&self, call: &Call) -> Address {
        let end = call.end().unwrap_or_else(|| call.start()).as_second();
        let latest = self.view.now.as_second().saturating_add(AT_LEAST);
        let terms = (latest - end - 1).div_euclid(GOOD_FOR).saturating_add(1).max(1);
        let second = end.saturating_add(terms.saturating_mul(GOOD_FOR));
        let expires = Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        Address { file: format!("{}{ENDING}", call.id()), expires, lane: self.lane.to_owned() }
    }
}

const ENDING: &str = ".mp3";

fn lack(part: Part, never: &'static str, not_yet: &'static str) -> Result<(), Lacking> {
    match part {
        Part::There => Ok(()),
        Part::Never => Err(Lacking::Part(never)),
        Part::NotYet => Err(Lacking::Part(not_yet)),
    }
}

fn transcript<'v>(call: &Call, option: impl Fn(&str) -> Option<&'v Value>) -> Shown {
    let turns = call.turns();
    let on = |name: &str, usual: bool| option(name).and_then(Value::as_bool).unwrap_or(usual);
    let labels = on("speaker_labels", true);
    let form = option("format").and_then(Value::as_str).unwrap_or("json");
    let (text, ending) = match form {
        "text" => (formats::text(&turns, Beside { timestamps: on("include_timestamps", true), labels }), "txt"),
        "srt" => (formats::srt(&turns, labels), "srt"),
        "vtt" => (formats::vtt(&turns, labels), "vtt"),
        _ => {
            let moods = on("include_sentiment", false);
            let messages = turns.iter().enumerate().map(|(place, turn)| {
                let mut message = show::message(place, turn);
                if moods && let Some(members) = message.as_object_mut() {
                    let mood = call::sentiment((turn.mood * 100.0).round() as i16);
                    members.insert("sentiment".to_owned(), mood.into());
                }
                message
            });
            return Shown::Record(json!({
                "conversation_id": call.id(),
                "language": call.language(),
                "word_count": show::word_count(&turns),
                "messages": messages.collect::<Vec<Value>>(),
            }));
        }
    };
    Shown::Text { text, file: format!("{}.{ending}", call.id()) }
}

impl Made for Recording {
    fn len(&self) -> u64 {
        Recording::len(self)
    }

    fn read(&self, at: u64) -> Bytes {
        let left = usize::try_from(Recording::len(self).saturating_sub(at)).unwrap_or(usize::MAX);
        let mut piece = vec![0; PIECE.min(left)];
        let count = Recording::read(self, at, &mut piece);
        piece.truncate(count);
        piece.into()
    }
}
