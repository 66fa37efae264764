//! What was said in a call, word for word.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::call::Call;
use super::callers::Caller;
use super::columns::{Fate, Row};
use super::course::{Beat, What, drawn};
use super::curve::HOUR;
use crate::voice::dialogue::{Cast, Line, Made, Playbook, Wording};
use crate::voice::people::Language;
use crate::voice::turn::{Speaker, Turn};

impl<'c> Call<'c> {
    pub fn caller(&self) -> Caller {
        let language = self.language_place();
        let Row { person, number, .. } = self.row;
        self.calls.callers.caller(&self.calls.stock, language, person, number, self.draws)
    }

    /// Where the language of its dialogue stands.
    fn language_place(&self) -> usize {
        self.calls.languages.get(usize::from(self.row.playbook)).copied().unwrap_or(0)
    }

    pub(super) fn speech(&self) -> &'c Language {
        &self.calls.stock.people.0[self.language_place()]
    }

    /// One of the values, as the caller was told.
    pub fn value(&self, playbook: &Playbook, place: u8) -> Option<String> {
        let made = self.values(playbook).into_iter().nth(usize::from(place))?;
        Some(Wording::of(&playbook.language).say(&made, &self.speech().currency))
    }

    /// The playbook's values as they were made for this call.
    fn values(&self, playbook: &Playbook) -> Vec<Made> {
        let language = self.speech();
        let local = Timestamp::from_second(self.start.saturating_add(HOUR * language.utc)).unwrap_or_default();
        let date = Offset::UTC.to_datetime(local).date();
        let mut values: Vec<Made> = Vec::with_capacity(playbook.values.len());
        for (place, kind) in playbook.values.iter().enumerate() {
            let draws = self.draws.of(drawn::VALUES + place as u64);
            let tries = std::iter::once(draws).chain((1..8).map(|attempt| draws.of(attempt)));
            let mut made = tries.map(|draws| kind.make(draws, date, &language.names));
            // Two days or two people of one call are not the same. What is chosen shows its topics, and stays.
            let new = |made: &Made| kind.chosen(draws).is_some() || !values.contains(made);
            let value = made.find(new).unwrap_or_else(|| kind.make(draws, date, &language.names));
            values.push(value);
        }
        values
    }

    /// What was said, as far as the call has come.
    pub fn turns(&self) -> Vec<Turn> {
        let count = self.turn_count();
        if let Some(written) = self.written() {
            return written.turns.iter().take(count).cloned().collect();
        }
        let Some((playbook, ending)) = self.told() else { return Vec::new() };
        let lines: Vec<&Line> = playbook.course(ending).collect();
        let still = &self.speech().still;
        self.with_cast(playbook, Wording::of(&playbook.language), |cast| {
            let turn = |beat: &Beat| {
                let (speaker, mood, text) = match beat.what {
                    What::Line(place) => {
                        let line = lines[usize::from(place)];
                        (line.speaker, line.mood, line.say[usize::from(beat.variant)].tell(cast))
                    }
                    What::Still => {
                        let text = still.get(usize::from(beat.variant));
                        (Speaker::Agent, 0.0, text.cloned().unwrap_or_default())
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
        })
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
        Some(self.with_cast(playbook, Wording::English, |cast| phrase.tell(cast)))
    }

    fn with_cast<T>(&self, playbook: &Playbook, wording: Wording, use_it: impl FnOnce(&Cast) -> T) -> T {
        let language = self.speech();
        let values: Vec<String> =
            self.values(playbook).iter().map(|made| wording.say(made, &language.currency)).collect();
        let caller = self.caller();
        use_it(&Cast {
            welcome: &self.agent.welcome,
            company: &self.calls.stock.world.company,
            name: &caller.name,
            first: &caller.first,
            email: &caller.email,
            values: &values,
        })
    }
}
