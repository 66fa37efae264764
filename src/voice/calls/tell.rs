//! What was said in a call, word for word.

use std::time::Duration;

use super::call::Call;
use super::callers::Caller;
use super::columns::Fate;
use super::course::{Beat, What, drawn};
use super::curve::HOUR;
use crate::seed::Draws;
use crate::voice::dialogue::{Cast, Kind, Line, Made, Playbook, Slot, Wording};
use crate::voice::people::Language;
use crate::voice::turn::{Speaker, Turn};

/// Puts what is true of one call into the places of its phrases.
pub struct Telling<'t, 'c> {
    call: &'t Call<'c>,
    playbook: &'c Playbook,
    wording: Wording,
}

/// What the values of a playbook are made from in one call.
pub(super) struct Values<'c> {
    pub playbook: &'c Playbook,
    pub language: &'c Language,
    pub draws: Draws,
}

impl Cast for Telling<'_, '_> {
    fn put(&self, slot: Slot, out: &mut String) {
        match slot {
            Slot::Welcome => out.push_str(&self.call.agent.welcome),
            Slot::Company => out.push_str(&self.call.calls.stock.world.company),
            Slot::Name => self.call.caller().name(out),
            Slot::First => out.push_str(self.call.caller().first()),
            Slot::Email => self.call.caller().email(out),
            Slot::Value(place) => {
                if let Some(made) = self.call.made(self.playbook, place.into()) {
                    self.wording.write(&made, &self.call.speech().currency, out);
                }
            }
        }
    }
}

impl<'c> Values<'c> {
    /// One of them, if the playbook has so many; `day` is that of the call.
    pub fn made(&self, place: usize, day: impl Fn() -> i64) -> Option<Made<'c>> {
        let Values { playbook, language, .. } = *self;
        let make = |kind: &'c Kind, draws: Draws| kind.make(draws, &day, &language.names);
        let draws = |place: usize| self.draws.of(drawn::VALUES + place as u64);
        let (kind, earlier) = (playbook.values.get(place)?, playbook.values[..place].iter().enumerate());
        let mut alike = earlier.filter(|(_, other)| kind.may_equal(other)).peekable();
        if alike.peek().is_none() {
            return Some(make(kind, draws(place)));
        }
        let mut made: Vec<Made> = Vec::with_capacity(place);
        for (place, kind) in alike.chain([(place, kind)]) {
            let draws = draws(place);
            let mut tries = std::iter::once(draws).chain((1..8).map(|attempt| draws.of(attempt)));
            // Two days or two people of one call are not the same.
            let new = |value: &Made| kind.chosen(draws).is_some() || !made.contains(value);
            let value = tries.find_map(|draws| Some(make(kind, draws)).filter(new));
            made.push(value.unwrap_or_else(|| make(kind, draws)));
        }
        made.pop()
    }

    /// The places of the names of one that is a person, if it depends on no other.
    pub fn person(&self, place: usize) -> Option<[usize; 2]> {
        let draws = self.draws.of(drawn::VALUES + place as u64);
        (self.playbook.values.get(place)? == &Kind::Person).then(|| self.language.names.places(draws))
    }
}

/// The caller's day, counted from the beginning of 1970.
pub(super) fn day(second: i64, language: &Language) -> i64 {
    second.saturating_add(HOUR * language.utc).div_euclid(24 * HOUR)
}

impl<'c> Call<'c> {
    pub fn caller(&self) -> Caller<'c> {
        self.calls.caller(&self.row, self.draws)
    }

    /// Where the language of its dialogue stands.
    pub(super) fn language_place(&self) -> usize {
        self.calls.language_of(self.row.playbook)
    }

    pub(super) fn speech(&self) -> &'c Language {
        &self.calls.stock.people.0[self.language_place()]
    }

    /// One of the values, as the caller was told.
    pub fn value(&self, playbook: &'c Playbook, place: u8) -> Option<String> {
        let mut value = String::new();
        playbook.values.get(usize::from(place))?;
        self.spoken(playbook).put(Slot::Value(place), &mut value);
        Some(value)
    }

    /// What it is told with in the language of the call.
    pub(super) fn spoken<'t>(&'t self, playbook: &'c Playbook) -> Telling<'t, 'c> {
        Telling { call: self, playbook, wording: Wording::of(&playbook.language) }
    }

    /// What it is told with afterwards.
    pub(super) fn summed<'t>(&'t self, playbook: &'c Playbook) -> Telling<'t, 'c> {
        Telling { call: self, playbook, wording: Wording::English }
    }

    /// One of the playbook's values as it was made for this call.
    fn made(&self, playbook: &'c Playbook, place: usize) -> Option<Made<'c>> {
        let values = Values { playbook, language: self.speech(), draws: self.draws };
        values.made(place, || day(self.start, values.language))
    }

    /// What was said, as far as the call has come.
    pub fn turns(&self) -> Vec<Turn> {
        let count = self.turn_count();
        if let Some(written) = self.written() {
            return written.turns.iter().take(count).cloned().collect();
        }
        let Some((playbook, ending)) = self.told() else { return Vec::new() };
        let lines: Vec<&Line> = playbook.course(ending).collect();
        let (still, telling) = (&self.speech().still, self.spoken(playbook));
        let turn = |beat: &Beat| {
            let mut text = String::with_capacity(96);
            let (speaker, mood) = match beat.what {
                What::Line(place) => {
                    let line = lines[usize::from(place)];
                    line.say[usize::from(beat.variant)].tell(&telling, &mut text);
                    (line.speaker, line.mood)
                }
                What::Still => {
                    text.push_str(still.get(usize::from(beat.variant)).map_or("", String::as_str));
                    (Speaker::Agent, 0.0)
                }
            };
            let low = if speaker == Speaker::Agent { 0.96 } else { 0.88 };
            let confidence = self.draws.of(u64::from(beat.start)).within(0, low, 0.995);
            Turn {
                speaker,
                text,
                start: Duration::from_millis(100 * u64::from(beat.start)),
                length: Duration::from_millis(100 * u64::from(beat.length)),
                confidence: (100.0 * confidence).floor() / 100.0,
                mood,
            }
        };
        self.beats().iter().take(count).map(turn).collect()
    }

    pub fn summary(&self) -> Option<String> {
        if self.running() || self.row.fate != Fate::Completed {
            return None;
        }
        if let Some(written) = self.written() {
            return written.details.get("summary").and_then(serde_json::Value::as_str).map(str::to_owned);
        }
        let (playbook, ending) = self.told()?;
        let phrase = ending.summaries.get(self.draws.below(drawn::SUMMARY, ending.summaries.len()))?;
        let mut summary = String::with_capacity(96);
        phrase.tell(&self.summed(playbook), &mut summary);
        Some(summary)
    }
}
