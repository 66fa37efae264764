//! Whether a call says a text, by as little of the call as it takes.

use super::Search;
use super::groups::{Kind, Voice};
use super::hits::{Called, DayHits, NameHits, Way};
use super::trace::{Found, Spoken, Trace, called_by};
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
    /// Which of its values depend on no other.
    alone: &'c [bool],
    /// Those who are called by it, if that matters.
    names: Option<&'s NameHits>,
    wording: Wording,
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
        let place = usize::from(kind.playbook);
        let playbook = calls.stock.playbooks.get(place).filter(|_| summary || transcript)?;
        let (trace, language) = (search.trace(kind.playbook, kind.ending), calls.language_of(kind.playbook));
        Some(Listener {
            search,
            trace,
            calls,
            playbook,
            ending: kind.ending,
            language,
            alone: calls.lexicon().alone.get(place).map_or(&[], Vec::as_slice),
            wording: Wording::of(&playbook.language),
            names: trace.filter(|trace| trace.is_named()).map(|_| search.names(calls, language)),
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
                let called = self.names.map(|names| names.called(voice.caller)).unwrap_or_default();
                let found = match trace.hangs_on_names && !called.may_be() {
                    true => self.transcript && self.in_greeting(trace, voice),
                    false => {
                        self.transcript && self.in_transcript(trace, voice, called, out)
                            || self.summary && self.in_summary(trace, voice, called, out)
                    }
                };
                found && (!self.search.across || self.is_told(voice))
            }
        }
    }

    fn in_transcript(&self, trace: &Trace, voice: &Voice, called: Called, out: &mut String) -> bool {
        let Trace { sure, stills, spoken, .. } = trace;
        let is_reached = |place: u8| place < voice.lines;
        let is_chosen = |way: &Spoken| is_reached(way.place) && has(way.ways, self.way(way, voice));
        sure.is_some_and(is_reached)
            || self.in_greeting(trace, voice)
            || self.in_stills(stills & voice.stills, voice)
            || spoken.certain.iter().any(is_chosen)
            || self.in_slots(spoken, is_chosen, self.wording, (voice, called), out)
            || spoken.asked.iter().any(|way| is_chosen(way) && self.in_line(way, voice, out))
    }

    fn in_summary(&self, trace: &Trace, voice: &Voice, called: Called, out: &mut String) -> bool {
        let Trace { summed, summaries, .. } = trace;
        if summed.is_empty() {
            return false;
        }
        let is_chosen = |ways: &u32| has(*ways, voice.draws.below(drawn::SUMMARY, *summaries));
        let in_whole = |call: &Call| call.summary().is_some_and(|summary| contains(&summary, &self.search.part));
        summed.certain.iter().any(is_chosen)
            || self.in_slots(summed, is_chosen, Wording::English, (voice, called), out)
            || summed.asked.iter().any(is_chosen) && self.with(voice, in_whole)
    }

    /// Whether it is in the agent's welcome, if there is such a line and it was said.
    fn in_greeting(&self, trace: &Trace, voice: &Voice) -> bool {
        trace.greeting.is_some_and(|place| place < voice.lines)
            && match self.call {
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
        (voice, called): (&Voice, Called),
        out: &mut String,
    ) -> bool {
        found.named.iter().any(|(slot, ways)| {
            let is_said = || ways.iter().any(&is_chosen);
            // To know what stands there takes less time than to find out what was said, mostly.
            match (slot, called_by(*slot)) {
                (_, Some(way)) => match called.by(way) {
                    Some(known) => known && is_said(),
                    None => is_said() && self.in_name(way, voice, out),
                },
                (Slot::Value(place), _) if self.is_alone(usize::from(*place)) => {
                    self.in_value(*place, wording, voice, out) && is_said()
                }
                (Slot::Value(place), _) => is_said() && self.in_value(*place, wording, voice, out),
                _ => false,
            }
        })
    }

    fn in_value(&self, place: u8, wording: Wording, voice: &Voice, out: &mut String) -> bool {
        let (part, place) = (&self.search.part, usize::from(place));
        let (language, draws) = (self.speech(), voice.draws);
        let values = Values { playbook: self.playbook, language, draws };
        if let Some(somebody) = self.is_alone(place).then(|| values.person(place)).flatten()
            && let Some(known) = self.search.names(self.calls, self.language).in_name(somebody)
        {
            return known;
        }
        match values.made(place, || day(self.start(voice), language)) {
            Some(Made::Text(text)) => contains(text, part),
            Some(Made::Person(first, last)) if !part.contains(' ') => contains(first, part) || contains(last, part),
            Some(Made::Day(day)) if let Some(known) = self.days(wording).in_day(day) => known,
            made => {
                out.clear();
                made.iter().for_each(|made| wording.write(made, &language.currency, out));
                contains(out, part)
            }
        }
    }

    /// Whether one of the values depends on no other.
    fn is_alone(&self, place: usize) -> bool {
        self.alone.get(place) == Some(&true)
    }

    fn in_name(&self, way: Way, voice: &Voice, out: &mut String) -> bool {
        let caller = self.caller(voice);
        out.clear();
        match way {
            Way::Name => caller.name(out),
            Way::First => out.push_str(caller.first()),
            Way::Email => caller.email(out),
        }
        contains(out, &self.search.part)
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
        self.call.map_or_else(|| self.calls.anchor - i64::from(voice.before), |call| call.start)
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
