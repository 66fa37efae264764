//! Where in the courses of calls a text can be found: in which words of which lines for certain, and where it depends on the
//! call.

use super::domain::{Domain, Letters, follows};
use super::hits::Way;
use super::lexicon::{self, Lexicon, Part, Ways, Words};
use crate::voice::calls::course::still_bit;
use crate::voice::dialogue::Slot;

/// For each playbook and each of its endings.
#[derive(Debug)]
pub struct Traces(Vec<Vec<Trace>>);

#[derive(Debug, Default)]
pub struct Trace {
    /// The first line that has the text in all its ways to be said.
    pub sure: Option<u8>,
    /// The line that is the agent's welcome.
    pub greeting: Option<u8>,
    /// It can be found nowhere but in the welcome.
    pub is_bare: bool,
    /// That, and in what the caller is called.
    pub hangs_on_names: bool,
    /// Which of the words have it that are said when something takes long.
    pub stills: u8,
    pub spoken: Found<Spoken>,
    pub summed: Found<u32>,
    /// How many summaries there are.
    pub summaries: usize,
}

/// Ways to say something, by what it takes to know that the text is in them.
#[derive(Debug, Default)]
pub struct Found<W> {
    pub certain: Vec<W>,
    /// If it is in what stands for this.
    pub named: Vec<(Slot, Vec<W>)>,
    /// They have to be told.
    pub asked: Vec<W>,
}

/// Some ways to say one line.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spoken {
    /// The line's place in the course.
    pub place: u8,
    pub count: usize,
    pub timed: bool,
    /// A bit for each way.
    pub ways: u32,
}

/// More ways than this to say a line are not told apart.
const MOST_WAYS: usize = 32;

/// The ways of one line, a bit for each.
#[derive(Debug, Clone, Default)]
struct Meaning {
    certain: u32,
    named: Vec<(Slot, u32)>,
    asked: u32,
}

impl Traces {
    /// `part` is folded, lies within one line, and is not empty.
    pub fn new(lexicon: &Lexicon, part: &str) -> Traces {
        let reader = Reader {
            lexicon,
            part,
            letters: Letters::of(part),
            found: lexicon.phrases_with(part),
            within: lexicon.domains.iter().map(|domain| domain.holds(part)).collect(),
        };
        let meanings: Vec<Meaning> = lexicon.lines.iter().map(|line| reader.meaning(line)).collect();
        let stills: Vec<u8> = lexicon.stills.iter().map(|texts| stills(texts, part)).collect();
        let trace = |course: &lexicon::Course| {
            let lines = course.lines.iter().map(|line| (&lexicon.lines[*line], &meanings[*line]));
            let mut trace = Trace { stills: stills[course.language], ..Trace::default() };
            for (place, (line, meaning)) in lines.enumerate() {
                trace.add(place.min(usize::from(u8::MAX)) as u8, line, meaning);
            }
            let summary = &meanings[course.summary];
            trace.summaries = lexicon.lines[course.summary].phrases.len();
            trace.summed.add(summary, |ways| ways);
            let is_open = trace.sure.is_some() || trace.stills != 0;
            trace.is_bare = !is_open && trace.spoken.is_empty() && trace.summed.is_empty();
            trace.hangs_on_names = !is_open && trace.spoken.hangs_on_names() && trace.summed.hangs_on_names();
            trace
        };
        Traces(lexicon.courses.iter().map(|courses| courses.iter().map(trace).collect()).collect())
    }

    pub fn of(&self, playbook: u16, ending: u8) -> Option<&Trace> {
        self.0.get(usize::from(playbook))?.get(usize::from(ending))
    }
}

impl Trace {
    /// Whether it matters what the caller is called.
    pub fn is_named(&self) -> bool {
        let mut slots =
            self.spoken.named.iter().map(|(slot, _)| slot).chain(self.summed.named.iter().map(|(slot, _)| slot));
        slots.any(|slot| called_by(*slot).is_some())
    }

    fn add(&mut self, place: u8, line: &Ways, meaning: &Meaning) {
        let count = line.phrases.len();
        if line.greeting {
            self.greeting = Some(place);
        }
        if count > 0 && count <= MOST_WAYS && meaning.certain == u32::MAX >> (MOST_WAYS - count) {
            self.sure = self.sure.or(Some(place));
        } else {
            self.spoken.add(meaning, |ways| Spoken { place, count, timed: line.timed, ways });
        }
    }
}

/// How the caller is called where this stands.
pub fn called_by(slot: Slot) -> Option<Way> {
    match slot {
        Slot::Name => Some(Way::Name),
        Slot::First => Some(Way::First),
        Slot::Email => Some(Way::Email),
        Slot::Value(_) | Slot::Welcome | Slot::Company => None,
    }
}

impl<W> Found<W> {
    fn add(&mut self, meaning: &Meaning, way: impl Fn(u32) -> W) {
        if meaning.certain != 0 {
            self.certain.push(way(meaning.certain));
        }
        if meaning.asked != 0 {
            self.asked.push(way(meaning.asked));
        }
        for (slot, ways) in &meaning.named {
            match self.named.iter_mut().find(|(known, _)| known == slot) {
                Some((_, known)) => known.push(way(*ways)),
                None => self.named.push((*slot, vec![way(*ways)])),
            }
        }
    }

    fn hangs_on_names(&self) -> bool {
        let all_named = self.named.iter().all(|(slot, _)| called_by(*slot).is_some());
        all_named && self.certain.is_empty() && self.asked.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.certain.is_empty() && self.named.is_empty() && self.asked.is_empty()
    }
}

/// Which of the words have it that are said when something takes long.
fn stills(texts: &[String], part: &str) -> u8 {
    let with = texts.iter().enumerate().filter(|(_, text)| text.contains(part));
    with.fold(0, |bits, (n, _)| bits | still_bit(n.min(usize::from(u8::MAX)) as u8))
}

struct Reader<'l> {
    lexicon: &'l Lexicon,
    part: &'l str,
    letters: Letters,
    /// The phrases that have it for certain.
    found: Vec<bool>,
    /// The domains that may have it.
    within: Vec<bool>,
}

impl Reader<'_> {
    fn meaning(&self, line: &Ways) -> Meaning {
        let mut meaning = Meaning::default();
        for (n, phrase) in line.phrases.clone().enumerate() {
            if line.greeting {
                continue;
            }
            let (bit, Words(parts)) = (1 << n.min(MOST_WAYS - 1), &self.lexicon.phrases[phrase]);
            if self.found[phrase] {
                meaning.certain |= bit;
                continue;
            }
            for (at, part) in parts.iter().enumerate() {
                match part {
                    Part::Slot(_, None) => meaning.asked |= bit,
                    Part::Slot(slot, Some(domain)) => {
                        if self.within[*domain] {
                            meaning.name(*slot, bit);
                        }
                        if self.passes(parts, at, &self.lexicon.domains[*domain]) {
                            meaning.asked |= bit;
                        }
                    }
                    Part::Said(_) => {}
                }
            }
        }
        if line.phrases.len() > MOST_WAYS && (meaning.certain | meaning.asked != 0 || !meaning.named.is_empty()) {
            return Meaning { asked: u32::MAX, ..Meaning::default() };
        }
        meaning
    }

    /// Whether the text may be found partly in the place at `at`, and partly beside it.
    fn passes(&self, parts: &[Part], at: usize, domain: &Domain) -> bool {
        let said = |part: Option<&Part>| match part {
            Some(Part::Said(range)) => self.lexicon.text(range),
            _ => "",
        };
        let left = said(at.checked_sub(1).and_then(|at| parts.get(at)));
        let right = said(parts.get(at + 1));
        let more = parts.len() > at + 1 + usize::from(!right.is_empty());
        // The letters on both sides tell of most that it isn't so.
        let may_come = left.chars().next_back().is_some_and(|letter| self.letters.has(letter));
        let may_go = right.chars().next().map_or(more, |letter| self.letters.has(letter));
        let splits = |most: usize| (1..self.part.len().min(most)).filter_map(|at| self.part.split_at_checked(at));
        let comes_in = |(before, here): (&str, &str)| left.ends_with(before) && domain.begins(here, right, more);
        let goes_out = |(here, after): (&str, &str)| follows(after, right, more) && domain.ends(here);
        may_come && splits(left.len() + 1).any(comes_in) || may_go && splits(usize::MAX).any(goes_out)
    }
}

impl Meaning {
    fn name(&mut self, slot: Slot, bit: u32) {
        match self.named.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, ways)) => *ways |= bit,
            None => self.named.push((slot, bit)),
        }
    }
}
