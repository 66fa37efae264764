//! Whether a call says a text, by as little of the call as it takes.

use super::Search;
use super::groups::{Kind, Voice};
use super::hits::{Called, DayHits, NameHits};
use super::trace::{Found, Spoken, Trace};
use crate::voice::calls::call::Call;
use crate::voice::calls::callers::Caller;
use crate::voice::calls::course::{drawn, variant};
use crate::voice::calls::tale::hour;
use crate::voice::calls::tell::{Values, day};
use crate::voice::calls::{Calls, Handle};
use crate::voice::dialogue::{Line, Made, Playbook, Slot, Wording};
use crate::voice::people::Language;
use crate::world::matching::contains;

/// Looks for a text in calls of one kind that have come to their end.
pub struct Listener<'s, 'c> {
    search: &'s Search,
    trace: Option<&'s Trace>,
    calls: &'c Calls,
    playbook: &'c Playbook,
    ending: u8,
    /// The place of the language.
    language: usize,
    /// Where it looks.
    summary: bool,
    transcript: bool,
    /// The one call that it looks at, if that is not one of the columns.
    call: Option<&'s Call<'c>>,
}

impl<'s, 'c> Listener<'s, 'c> {
    /// `None` where there is nothing to look at.
    pub fn new(search: &'s Search, calls: &'c Calls, kind: Kind) -> Option<Listener<'s, 'c>> {
        let (summary, transcript) = (search.summary && kind.summary, search.transcript && kind.transcript);
        let playbook = calls.stock.playbooks.get(usize::from(kind.playbook))?;
        (summary || transcript).then(|| Listener {
            search,
            trace: search.traces.as_ref().and_then(|traces| traces.of(kind.playbook, kind.ending)),
            calls,
            playbook,
            ending: kind.ending,
            language: calls.language_of(kind.playbook),
            summary,
            transcript,
            call: None,
        })
    }

    /// Whether a call says it, of which no columns know.
    pub fn hears_call(search: &'s Search, call: &'s Call<'c>) -> bool {
        let voice = Voice::new(call.calls, 0, &call.row, call.draws);
        let listener = Listener::new(search, call.calls, Kind::of(&call.row));
        let listener = listener.map(|listener| Listener { call: Some(call), ..listener });
        listener.is_some_and(|listener| listener.hears(&voice, &mut String::new()))
    }

    /// Whether it is in nothing that any of the calls says of itself.
    pub fn is_deaf(&self) -> bool {
        self.trace.is_some_and(|trace| {
            trace.is_bare && (trace.greeting.is_none() || !self.search.welcomes.iter().any(|says| *says))
        })
    }

    /// Whether a call says it. `out` is room to write in.
    pub fn hears(&self, voice: &Voice, out: &mut String) -> bool {
        match self.trace {
            _ if self.search.text.is_empty() => true,
            None => self.is_told(voice),
            Some(trace) => {
                let found = self.transcript && self.in_transcript(trace, voice, out)
                    || self.summary && self.in_summary(trace, voice, out);
                found && (!self.search.across || self.is_told(voice))
            }
        }
    }

    fn in_transcript(&self, trace: &Trace, voice: &Voice, out: &mut String) -> bool {
        let Trace { sure, greeting, stills, spoken, .. } = trace;
        let is_reached = |place: u8| place < voice.lines;
        let is_chosen = |way: &Spoken| is_reached(way.place) && has(way.ways, self.way(way, voice));
        sure.is_some_and(is_reached)
            || greeting.is_some_and(|place| is_reached(place) && self.in_welcome(voice))
            || self.in_stills(stills & voice.stills, voice)
            || spoken.certain.iter().any(is_chosen)
            || self.in_slots(spoken, is_chosen, Wording::of(&self.playbook.language), voice, out)
            || spoken.asked.iter().any(|way| is_chosen(way) && self.in_line(way, voice, out))
    }

    fn in_summary(&self, trace: &Trace, voice: &Voice, out: &mut String) -> bool {
        let Trace { summed, summaries, .. } = trace;
        if summed.is_empty() {
            return false;
        }
        let is_chosen = |ways: &u32| has(*ways, voice.draws.below(drawn::SUMMARY, *summaries));
        let in_whole = |call: &Call| call.summary().is_some_and(|summary| contains(&summary, &self.search.part));
        summed.certain.iter().any(is_chosen)
            || self.in_slots(summed, is_chosen, Wording::English, voice, out)
            || summed.asked.iter().any(is_chosen) && self.with(voice, in_whole)
    }

    fn in_welcome(&self, voice: &Voice) -> bool {
        match self.call {
            Some(call) => self.search.is_in_welcome(call.agent()),
            None => self.search.welcomes[usize::from(voice.agent)],
        }
    }

    /// The last bit stands for several.
    fn in_stills(&self, bits: u8, voice: &Voice) -> bool {
        bits.trailing_zeros() < 7 || bits != 0 && self.is_told(voice)
    }

    fn in_line(&self, way: &Spoken, voice: &Voice, out: &mut String) -> bool {
        let Some(line) = self.line(way.place) else { return false };
        out.clear();
        out.push_str(line.speaker.label());
        out.push_str(": ");
        if let Some(phrase) = line.say.get(self.way(way, voice)) {
            self.with(voice, |call| phrase.tell(&call.spoken(self.playbook), out));
        }
        contains(out, &self.search.part)
    }

    /// Which of the ways to say its line the call has.
    fn way(&self, way: &Spoken, voice: &Voice) -> usize {
        let draws = voice.draws.of(drawn::LINES + u64::from(way.place));
        match way.timed.then(|| self.line(way.place)).flatten() {
            Some(line) => variant(line, hour(self.start(voice), self.speech()), draws),
            None => draws.below(0, way.count),
        }
    }

    fn line(&self, place: u8) -> Option<&'c Line> {
        let (place, opening) = (usize::from(place), &self.playbook.opening);
        opening.get(place).or_else(|| self.playbook.ending(self.ending).lines.get(place - opening.len()))
    }

    /// Whether it is in what stands in the places of what was said.
    fn in_slots<W>(
        &self,
        found: &Found<W>,
        is_chosen: impl Fn(&W) -> bool,
        wording: Wording,
        voice: &Voice,
        out: &mut String,
    ) -> bool {
        found.named.iter().any(|(slot, ways)| {
            // What is known of names takes less time than to find out what was said.
            let known = self.is_known(*slot, voice);
            known != Some(false)
                && ways.iter().any(&is_chosen)
                && (known == Some(true) || self.in_slot(*slot, wording, voice, out))
        })
    }

    /// Whether it is in what stands there, if that is a name.
    fn is_known(&self, slot: Slot, voice: &Voice) -> Option<bool> {
        let (names, called) = match slot {
            Slot::Name => (voice.names(), Called::Name),
            Slot::First => (voice.names(), Called::First),
            Slot::Email => (voice.names(), Called::Email),
            Slot::Value(place) => (self.values(voice).person(place.into()), Called::Name),
            Slot::Welcome | Slot::Company => (None, Called::Name),
        };
        names.and_then(|names| self.names().has(names, called))
    }

    fn in_slot(&self, slot: Slot, wording: Wording, voice: &Voice, out: &mut String) -> bool {
        let part = &self.search.part;
        out.clear();
        match slot {
            Slot::Value(place) => match self.values(voice).made(place.into(), || day(self.start(voice), self.speech()))
            {
                Some(Made::Text(text)) => return contains(text, part),
                Some(Made::Day(day)) if let Some(known) = self.days(wording).in_day(day) => return known,
                made => made.iter().for_each(|made| wording.write(made, &self.speech().currency, out)),
            },
            Slot::Name => self.caller(voice).name(out),
            Slot::First => out.push_str(self.caller(voice).first()),
            Slot::Email => self.caller(voice).email(out),
            Slot::Welcome | Slot::Company => {}
        }
        contains(out, part)
    }

    fn values(&self, voice: &Voice) -> Values<'c> {
        Values { playbook: self.playbook, language: self.speech(), draws: voice.draws }
    }

    fn names(&self) -> &NameHits {
        self.search.names[self.language].get_or_init(|| NameHits::new(&self.speech().names, &self.search.part))
    }

    fn days(&self, wording: Wording) -> &DayHits {
        let Search { days, spoken_of, part, .. } = self.search;
        days[wording as usize].get_or_init(|| DayHits::new(wording, spoken_of, part))
    }

    fn speech(&self) -> &'c Language {
        &self.calls.stock.people.0[self.language]
    }

    /// The second of its start.
    fn start(&self, voice: &Voice) -> i64 {
        let at = |place: u32| self.calls.anchor - i64::from(self.calls.columns.before[place as usize]);
        self.call.map_or_else(|| at(voice.place), |call| call.start)
    }

    fn caller(&self, voice: &Voice) -> Caller<'c> {
        let at = |place: u32| self.calls.caller(&self.calls.columns.row(place as usize), voice.draws);
        self.call.map_or_else(|| at(voice.place), Call::caller)
    }

    fn is_told(&self, voice: &Voice) -> bool {
        self.with(voice, |call| self.search.is_told(call))
    }

    /// Asks the call itself, which is put together for it.
    fn with<T>(&self, voice: &Voice, ask: impl FnOnce(&Call) -> T) -> T {
        match self.call {
            Some(call) => ask(call),
            None => ask(&self.calls.ended(Handle(voice.place))),
        }
    }
}

/// Whether a way is among those that have a bit.
fn has(ways: u32, way: usize) -> bool {
    ways >> way.min(31) & 1 == 1
}
