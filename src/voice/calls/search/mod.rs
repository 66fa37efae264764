//! Search over what was said. Calls are not told for it: what they can say is looked through once, and of each call only
//! that is worked out which decides whether it says it.

mod domain;
mod groups;
mod hits;
mod lexicon;
mod said;
mod trace;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::groups::Group;
use self::hits::{DayHits, NameHits};
use self::lexicon::Lexicon;
use self::said::Listener;
use self::trace::{Trace, Traces};
use super::call::{Call, Part};
use super::curve::HOUR;
use super::select::Mask;
use super::{Calls, show};
use crate::voice::dialogue::Wording;
use crate::voice::stock::Agent;
use crate::voice::turn::Speaker;
use crate::world::matching::contains;

/// Calls in whose summary or transcript there is a text. Whatever is found out on the way is kept with it.
#[derive(Debug)]
pub struct Search {
    /// Folded, and the longest part of it within a line.
    text: String,
    part: String,
    summary: bool,
    transcript: bool,
    /// None for a part that is empty.
    traces: Option<Traces>,
    /// The text goes over the end of a line: a call that has the part is told.
    across: bool,
    /// The agents of the stock who say it in their welcome.
    welcomes: Vec<bool>,
    /// What was found out about names, by language, and about days, by wording.
    names: Vec<OnceLock<NameHits>>,
    days: [OnceLock<DayHits>; Wording::COUNT],
    /// The days that most calls speak of.
    spoken_of: Range<i64>,
    /// The calls of the columns.
    found: OnceLock<Mask>,
}

/// What searches share: the words of all calls, and what was found last.
#[derive(Debug, Default)]
pub(super) struct Searches {
    lexicon: OnceLock<Lexicon>,
    groups: OnceLock<Vec<Group>>,
    kept: Mutex<VecDeque<(Key, Arc<Search>)>>,
}

/// A text, and where it was looked for.
type Key = (String, bool, bool);

/// So many searches are kept, each with a bit for every call.
const KEPT: usize = 8;
/// No call speaks of a day that is farther from its own.
const FARTHEST: i64 = 366;

impl Calls {
    /// The search for a text that is folded.
    pub(super) fn search(&self, text: String, summary: bool, transcript: bool) -> Arc<Search> {
        let key = (text, summary, transcript);
        let kept = || self.searches.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, search)) = kept().iter().find(|(known, _)| *known == key) {
            return search.clone();
        }
        let search = Arc::new(Search::new(self, key.0.clone(), summary, transcript));
        let mut kept = kept();
        kept.push_front((key, search.clone()));
        kept.truncate(KEPT);
        search
    }

    fn lexicon(&self) -> &Lexicon {
        self.searches.lexicon.get_or_init(|| Lexicon::new(&self.stock, &self.languages))
    }

    fn spoken_of(&self) -> Range<i64> {
        let oldest = self.columns.before.last().map_or(0, |before| i64::from(*before));
        let day = |second: i64| second.div_euclid(24 * HOUR);
        day(self.anchor - oldest) - FARTHEST..day(self.anchor) + FARTHEST
    }
}

impl Search {
    fn new(calls: &Calls, text: String, summary: bool, transcript: bool) -> Search {
        let part = text.split('\n').max_by_key(|part| part.len()).unwrap_or_default().to_owned();
        let mut search = Search {
            traces: (!part.is_empty()).then(|| Traces::new(calls.lexicon(), &part)),
            welcomes: Vec::new(),
            across: text.contains('\n'),
            text,
            part,
            summary,
            transcript,
            names: calls.stock.people.0.iter().map(|_| OnceLock::new()).collect(),
            days: Default::default(),
            spoken_of: calls.spoken_of(),
            found: OnceLock::new(),
        };
        search.welcomes = calls.stock.agents.iter().map(|agent| search.is_in_welcome(agent)).collect();
        search
    }

    /// Whether a call says it, as far as it has come.
    pub fn is_met(&self, call: &Call) -> bool {
        match call.settled() && call.written().is_none() {
            true => Listener::hears_call(self, call),
            false => self.is_told(call),
        }
    }

    /// The calls of the columns that say it in the end. Those that are written out are left out.
    pub fn found(&self, calls: &Calls) -> &Mask {
        self.found.get_or_init(|| self.sought(calls))
    }

    fn sought(&self, calls: &Calls) -> Mask {
        let (mut mask, mut text) = (Mask::none(calls.columns.len()), String::new());
        let groups = calls.searches.groups.get_or_init(|| groups::groups(calls));
        for Group { kind, voices } in groups {
            let listener = Listener::new(self, calls, *kind).filter(|listener| !listener.is_deaf());
            let Some(listener) = listener else { continue };
            let heard = voices.iter().filter(|voice| listener.hears(voice, &mut text));
            heard.for_each(|voice| mask.set(voice.place as usize, true));
        }
        mask
    }

    fn trace(&self, playbook: u16, ending: u8) -> Option<&Trace> {
        self.traces.as_ref().and_then(|traces| traces.of(playbook, ending))
    }

    /// The names in a language.
    fn names(&self, calls: &Calls, language: usize) -> &NameHits {
        let names = &calls.stock.people.0[language].names;
        self.names[language].get_or_init(|| NameHits::new(names, &calls.stock.known, &self.part))
    }

    /// Tells a call to see whether it says it.
    fn is_told(&self, call: &Call) -> bool {
        let in_transcript =
            || call.transcript() == Part::There && contains(&show::full_text(&call.turns()), &self.text);
        self.summary && call.summary().is_some_and(|summary| contains(&summary, &self.text))
            || self.transcript && in_transcript()
    }

    /// Whether the part is in an agent's first line, where that is its welcome and nothing else.
    fn is_in_welcome(&self, agent: &Agent) -> bool {
        let line = [Speaker::Agent.label(), ": ", &agent.welcome].concat();
        !self.part.is_empty() && contains(&line, &self.part)
    }
}

#[cfg(test)]
mod tests;
