//! Whether one call says a text, by as little of the call as it takes.

use std::cell::OnceCell;

use super::hits::{DayHits, NameHits};
use super::trace::{Found, Spoken, Trace};
use super::{Search, welcome};
use crate::seed::Draws;
use crate::voice::calls::call::Call;
use crate::voice::calls::columns::{Fate, TRANSCRIBED};
use crate::voice::calls::course::{drawn, variant};
use crate::voice::calls::tell::Telling;
use crate::voice::calls::{Calls, Handle};
use crate::voice::dialogue::{Cast as _, Line, Made, Playbook, Slot};
use crate::world::matching::contains;

/// A call that has come to its end, and is told from a playbook.
pub struct Said<'s, 'c> {
    search: &'s Search,
    trace: Option<&'s Trace>,
    calls: &'c Calls,
    playbook: &'c Playbook,
    ending: u8,
    draws: Draws,
    summary: bool,
    transcript: bool,
    /// How many lines were said, and what else.
    lines: u8,
    stills: u8,
    /// One of the stock's.
    agent: Option<u16>,
    call: Whole<'s, 'c>,
}

/// The call itself, which is put together when that is needed.
enum Whole<'s, 'c> {
    Known(&'s Call<'c>),
    At(Handle, OnceCell<Call<'c>>),
}

impl<'s, 'c> Said<'s, 'c> {
    /// `None` for a call that is written out.
    pub fn at(search: &'s Search, calls: &'c Calls, place: usize) -> Option<Said<'s, 'c>> {
        let (columns, handle) = (&calls.columns, Handle(place as u32));
        let (kind, ending, fate) = (columns.playbook[place], columns.ending[place], columns.fate[place]);
        Some(Said {
            search,
            trace: search.traces.as_ref().and_then(|traces| traces.of(kind, ending)),
            calls,
            playbook: calls.stock.playbooks.get(usize::from(kind))?,
            ending,
            draws: calls.drawn(handle),
            summary: fate == Fate::Completed,
            transcript: fate != Fate::Abandoned && columns.flags[place] & TRANSCRIBED != 0,
            lines: columns.lines[place],
            stills: columns.stills[place],
            agent: Some(columns.agent[place]),
            call: Whole::At(handle, OnceCell::new()),
        })
    }

    pub fn of(search: &'s Search, call: &'s Call<'c>) -> Option<Said<'s, 'c>> {
        let row = &call.row;
        Some(Said {
            search,
            trace: search.traces.as_ref().and_then(|traces| traces.of(row.playbook, row.ending)),
            calls: call.calls,
            playbook: call.calls.stock.playbooks.get(usize::from(row.playbook))?,
            ending: row.ending,
            draws: call.draws,
            summary: row.fate == Fate::Completed,
            transcript: row.fate != Fate::Abandoned && row.flags & TRANSCRIBED != 0,
            lines: row.lines,
            stills: row.stills,
            agent: None,
            call: Whole::Known(call),
        })
    }

    /// `out` is room to write in.
    pub fn is_met(&self, out: &mut String) -> bool {
        let (summary, transcript) = (self.search.summary && self.summary, self.search.transcript && self.transcript);
        match self.trace {
            _ if self.search.text.is_empty() => summary || transcript,
            None => self.search.is_told(self.call()),
            Some(trace) => {
                let found = transcript && self.in_transcript(trace, out) || summary && self.in_summary(trace, out);
                found && (!self.search.across || self.search.is_told(self.call()))
            }
        }
    }

    fn call(&self) -> &Call<'c> {
        match &self.call {
            Whole::Known(call) => call,
            Whole::At(handle, call) => call.get_or_init(|| self.calls.ended(*handle)),
        }
    }

    fn in_transcript(&self, trace: &Trace, out: &mut String) -> bool {
        let Trace { sure, greeting, stills, spoken, .. } = trace;
        let is_reached = |place: u8| place < self.lines;
        let is_chosen = |way: &Spoken| is_reached(way.place) && has(way.ways, self.way(way));
        sure.is_some_and(is_reached)
            || greeting.is_some_and(|place| is_reached(place) && self.in_welcome(out))
            || self.in_stills(stills & self.stills)
            || spoken.certain.iter().any(is_chosen)
            || !spoken.named.is_empty() && self.in_slots(spoken, is_chosen, || self.call().spoken(self.playbook), out)
            || spoken.asked.iter().any(|way| is_chosen(way) && self.in_line(way, out))
    }

    fn in_summary(&self, trace: &Trace, out: &mut String) -> bool {
        let Trace { summed, summaries, .. } = trace;
        let way = self.draws.below(drawn::SUMMARY, *summaries);
        let is_chosen = |ways: &u32| has(*ways, way);
        summed.certain.iter().any(is_chosen)
            || !summed.named.is_empty() && self.in_slots(summed, is_chosen, || self.call().summed(self.playbook), out)
            || summed.asked.iter().any(is_chosen)
                && self.call().summary().is_some_and(|summary| contains(&summary, &self.search.part))
    }

    fn in_welcome(&self, out: &mut String) -> bool {
        if let Some(agent) = self.agent {
            return self.search.welcomes[usize::from(agent)];
        }
        out.clear();
        welcome(self.call().agent(), out);
        contains(out, &self.search.part)
    }

    /// The last bit stands for several.
    fn in_stills(&self, bits: u8) -> bool {
        bits.trailing_zeros() < 7 || bits != 0 && self.search.is_told(self.call())
    }

    fn in_line(&self, way: &Spoken, out: &mut String) -> bool {
        let Some(line) = self.line(way.place) else { return false };
        out.clear();
        out.push_str(line.speaker.label());
        out.push_str(": ");
        if let Some(phrase) = line.say.get(self.way(way)) {
            phrase.tell(&self.call().spoken(self.playbook), out);
        }
        contains(out, &self.search.part)
    }

    /// Which of the ways to say its line the call has.
    fn way(&self, way: &Spoken) -> usize {
        let draws = self.draws.of(drawn::LINES + u64::from(way.place));
        match way.timed.then(|| self.line(way.place)).flatten() {
            Some(line) => variant(line, self.call().hour(), draws),
            None => draws.below(0, way.count),
        }
    }

    fn line(&self, place: u8) -> Option<&'c Line> {
        let (place, opening) = (usize::from(place), &self.playbook.opening);
        opening.get(place).or_else(|| self.playbook.ending(self.ending).lines.get(place - opening.len()))
    }

    /// Whether it is in what stands in the places of what was said.
    fn in_slots<'t, W>(
        &'t self,
        found: &Found<W>,
        is_chosen: impl Fn(&W) -> bool,
        telling: impl Fn() -> Telling<'t, 'c>,
        out: &mut String,
    ) -> bool {
        found.named.iter().any(|(slot, ways)| ways.iter().any(&is_chosen) && self.in_slot(*slot, &telling(), out))
    }

    fn in_slot(&self, slot: Slot, telling: &Telling, out: &mut String) -> bool {
        let part = &self.search.part;
        let known = match slot {
            Slot::Value(place) => match self.call().made(self.playbook, place.into()) {
                Some(Made::Text(text)) => Some(contains(text, part)),
                Some(Made::Person(first, last)) if !part.contains(' ') => {
                    Some(contains(first, part) || contains(last, part))
                }
                Some(Made::Day(day)) => self.days(telling).in_day(day),
                made => {
                    out.clear();
                    made.iter().for_each(|made| telling.write(made, out));
                    Some(contains(out, part))
                }
            },
            Slot::Name => self.names().in_name(&self.call().caller()),
            Slot::First => self.names().in_first(&self.call().caller()),
            Slot::Email => self.names().in_email(&self.call().caller(), part),
            Slot::Welcome | Slot::Company => None,
        };
        known.unwrap_or_else(|| {
            out.clear();
            telling.put(slot, out);
            contains(out, part)
        })
    }

    fn names(&self) -> &NameHits {
        let language = self.call().language_place();
        let names = &self.calls.stock.people.0[language].names;
        self.search.names[language].get_or_init(|| NameHits::new(names, &self.search.part))
    }

    fn days(&self, telling: &Telling) -> &DayHits {
        let Search { days, spoken_of, part, .. } = self.search;
        days[telling.wording as usize].get_or_init(|| DayHits::new(telling.wording, spoken_of, part))
    }
}

/// Whether a way is among those that have a bit.
fn has(ways: u32, way: usize) -> bool {
    ways >> way.min(31) & 1 == 1
}
