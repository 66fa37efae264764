//! Playbooks: how calls of one kind go, with the words for it. A file of `fixtures/dialogues/` is compiled when it is
//! read, so that telling a call is a matter of choosing and joining.

mod file;
mod phrase;
mod value;
mod wording;

pub use file::{Languages, read};
pub use phrase::{Cast, Hours, Marks, Phrase, Piece, Slot};
pub use value::{Choice, Kind, Made};
pub use wording::Wording;

use super::turn::Speaker;

/// As many topics, and as many keywords, as a playbook may have: each is a bit of [`Marks`].
pub const MOST_MARKS: usize = 16;

#[derive(Debug)]
pub struct Playbook {
    pub name: String,
    /// ISO 639-1.
    pub language: String,
    /// Which agents take such calls.
    pub departments: Vec<String>,
    pub weight: f64,
    /// The median length.
    pub minutes: f64,
    pub intent: String,
    pub topics: Vec<String>,
    pub keywords: Vec<String>,
    /// What differs from call to call.
    pub values: Vec<Kind>,
    /// The course up to where the endings part.
    pub opening: Vec<Line>,
    pub endings: Vec<Ending>,
}

#[derive(Debug)]
pub struct Ending {
    pub outcome: String,
    pub weight: f64,
    pub lines: Vec<Line>,
    pub summaries: Vec<Phrase>,
    pub integrations: Vec<Integration>,
}

/// What a call leaves in another system.
#[derive(Debug)]
pub struct Integration {
    pub provider: String,
    pub kind: Entry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Ticket,
    CrmRecord,
    Appointment,
}

/// One turn, before it is known how it is said.
#[derive(Debug, Clone)]
pub struct Line {
    pub speaker: Speaker,
    /// How the caller feels, from -1 to 1.
    pub mood: f64,
    /// Something is looked up first.
    pub wait: bool,
    pub say: Vec<Phrase>,
}

impl Ending {
    /// The values that are named on the way to it, by their places, in the order in which they may be said.
    pub fn named(&self) -> impl Iterator<Item = u8> {
        self.lines.iter().flat_map(|line| &line.say).flat_map(|phrase| phrase.named.iter().copied())
    }
}

impl Playbook {
    /// The whole course that leads to one ending.
    pub fn course<'a>(&'a self, ending: &'a Ending) -> impl Iterator<Item = &'a Line> {
        self.opening.iter().chain(&ending.lines)
    }

    pub fn ending(&self, place: u8) -> &Ending {
        // A playbook without an ending can't be read, and places come from the playbook itself.
        &self.endings[usize::from(place).min(self.endings.len() - 1)]
    }
}

#[cfg(test)]
mod tests;
