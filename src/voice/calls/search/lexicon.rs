//! Everything that calls can say, folded and one after the other, so that a text is looked for once and not in every call.

use std::ops::Range;

use super::domain::Domain;
use crate::voice::dialogue::{Kind, Line, Phrase, Piece, Playbook, Slot, Wording};
use crate::voice::people::Language;
use crate::voice::stock::Stock;
use crate::voice::turn::Speaker;
use crate::world::matching::fold;

#[derive(Debug, Default)]
pub struct Lexicon {
    said: String,
    /// The pieces of `said` in order, and the phrase that each belongs to.
    pieces: Vec<(Range<usize>, usize)>,
    pub phrases: Vec<Words>,
    pub lines: Vec<Ways>,
    /// For each playbook and each of its endings.
    pub courses: Vec<Vec<Course>>,
    /// For each playbook and each of its values, whether it depends on no other.
    pub alone: Vec<Vec<bool>>,
    pub domains: Vec<Domain>,
    /// What each domain is of, to have each but once.
    kinds: Vec<(usize, Wording, Place)>,
    /// For each language what is said when something takes long, as lines.
    pub stills: Vec<Vec<String>>,
}

/// One way to say a thing: its pieces, and what differs from call to call between them.
#[derive(Debug)]
pub struct Words(pub Vec<Part>);

#[derive(Debug)]
pub enum Part {
    /// A stretch of all that is said.
    Said(Range<usize>),
    /// Where nothing is known of what can stand there, it has no domain.
    Slot(Slot, Option<usize>),
}

/// The ways to say one line, or a summary.
#[derive(Debug)]
pub struct Ways {
    pub phrases: Range<usize>,
    /// Some of them are said at certain hours alone.
    pub timed: bool,
    /// The agent's welcome and nothing else.
    pub greeting: bool,
}

/// What leads to one ending.
#[derive(Debug)]
pub struct Course {
    pub lines: Vec<usize>,
    pub summary: usize,
    /// The place of the language.
    pub language: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Place {
    Name,
    First,
    Email,
    Value(Kind),
}

impl Place {
    /// Ranges are of no matter: what they let through has the same form.
    fn of(value: &Kind) -> Place {
        let (low, high) = (0, 0);
        Place::Value(match value {
            Kind::Money { .. } => Kind::Money { low, high },
            Kind::Day { .. } => Kind::Day { low, high },
            Kind::Time { .. } => Kind::Time { low, high },
            Kind::Count { .. } => Kind::Count { low, high },
            other => other.clone(),
        })
    }
}

impl Lexicon {
    /// `languages` has the place of each playbook's language.
    pub fn new(stock: &Stock, languages: &[usize]) -> Lexicon {
        let mut lexicon = Lexicon::default();
        for (playbook, place) in stock.playbooks.iter().zip(languages) {
            let reader = Reader { stock, playbook, place: *place, language: &stock.people.0[*place] };
            let courses = reader.courses(&mut lexicon);
            lexicon.courses.push(courses);
            let values = playbook.values.iter().enumerate();
            let is_alone = |(n, kind): (usize, &Kind)| !playbook.values[..n].iter().any(|other| kind.may_equal(other));
            lexicon.alone.push(values.map(is_alone).collect());
        }
        let stills =
            |language: &Language| language.still.iter().map(|text| label(Speaker::Agent) + &fold(text)).collect();
        lexicon.stills = stock.people.0.iter().map(stills).collect();
        lexicon
    }

    pub fn text(&self, range: &Range<usize>) -> &str {
        &self.said[range.clone()]
    }

    /// For each phrase, whether one of its pieces has this part.
    pub fn phrases_with(&self, part: &str) -> Vec<bool> {
        let mut found = vec![false; self.phrases.len()];
        // Most parts are in few phrases: many pieces are passed over at once.
        for pieces in self.pieces.chunks(64) {
            let ([(first, _), ..], Some((last, _))) = (pieces, pieces.last()) else { continue };
            if self.said[first.start..last.end].contains(part) {
                let with = pieces.iter().filter(|(piece, _)| self.said[piece.clone()].contains(part));
                with.for_each(|(_, phrase)| found[*phrase] = true);
            }
        }
        found
    }

    /// Ends the piece that began at `from`; the next one belongs to the same phrase.
    fn close(&mut self, from: &mut usize, parts: &mut Vec<Part>) {
        let end = self.said.len();
        if end > *from {
            self.pieces.push((*from..end, self.phrases.len()));
            parts.push(Part::Said(*from..end));
            // Nothing is found across two pieces, or hardly ever.
            self.said.push('\n');
        }
        *from = self.said.len();
    }
}

/// Puts the words of one playbook into the lexicon.
struct Reader<'s> {
    stock: &'s Stock,
    playbook: &'s Playbook,
    place: usize,
    language: &'s Language,
}

impl Reader<'_> {
    fn courses(&self, lexicon: &mut Lexicon) -> Vec<Course> {
        let opening: Vec<usize> = self.playbook.opening.iter().map(|line| self.line(line, lexicon)).collect();
        let mut courses = Vec::with_capacity(self.playbook.endings.len());
        for ending in &self.playbook.endings {
            let own = ending.lines.iter().map(|line| self.line(line, lexicon));
            let lines = opening.iter().copied().chain(own).collect();
            let summary = self.ways(&ending.summaries, "", Wording::English, lexicon);
            courses.push(Course { lines, summary, language: self.place });
        }
        courses
    }

    fn line(&self, line: &Line, lexicon: &mut Lexicon) -> usize {
        self.ways(&line.say, &label(line.speaker), Wording::of(&self.playbook.language), lexicon)
    }

    fn ways(&self, phrases: &[Phrase], label: &str, wording: Wording, lexicon: &mut Lexicon) -> usize {
        let first = lexicon.phrases.len();
        for phrase in phrases {
            self.phrase(phrase, label, wording, lexicon);
        }
        lexicon.lines.push(Ways {
            phrases: first..lexicon.phrases.len(),
            timed: phrases.iter().any(|phrase| phrase.hours != (0..24)),
            greeting: matches!(phrases, [phrase] if matches!(phrase.pieces(), [Piece::Slot(Slot::Welcome)])),
        });
        lexicon.lines.len() - 1
    }

    fn phrase(&self, phrase: &Phrase, label: &str, wording: Wording, lexicon: &mut Lexicon) {
        let (mut parts, mut from) = (Vec::new(), lexicon.said.len());
        lexicon.said.push_str(label);
        for piece in phrase.pieces() {
            match piece {
                Piece::Said(said) => lexicon.said.push_str(&fold(said)),
                Piece::Slot(Slot::Company) => lexicon.said.push_str(&fold(&self.stock.world.company)),
                Piece::Slot(slot) => {
                    lexicon.close(&mut from, &mut parts);
                    parts.push(Part::Slot(*slot, self.domain(*slot, wording, lexicon)));
                }
            }
        }
        lexicon.close(&mut from, &mut parts);
        lexicon.phrases.push(Words(parts));
    }

    fn domain(&self, slot: Slot, wording: Wording, lexicon: &mut Lexicon) -> Option<usize> {
        let (place, wording) = match slot {
            Slot::Name => (Place::Name, Wording::Standard),
            Slot::First => (Place::First, Wording::Standard),
            Slot::Email => (Place::Email, Wording::Standard),
            Slot::Value(value) => (Place::of(self.playbook.values.get(usize::from(value))?), wording),
            Slot::Welcome | Slot::Company => return None,
        };
        let kind = (self.place, wording, place);
        if let Some(known) = lexicon.kinds.iter().position(|known| *known == kind) {
            return Some(known);
        }
        let (names, known) = (&self.language.names, &self.stock.known);
        lexicon.domains.push(match &kind.2 {
            Place::Name => Domain::person(names, known),
            Place::First => Domain::first(names, known),
            Place::Email => Domain::email(names, known),
            Place::Value(value) => Domain::of(value, names, wording, &self.language.currency),
        });
        lexicon.kinds.push(kind);
        Some(lexicon.kinds.len() - 1)
    }
}

/// What stands before the words of a line.
pub fn label(speaker: Speaker) -> String {
    fold(speaker.label()) + ": "
}
