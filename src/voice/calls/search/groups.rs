//! The calls of the columns by what they are told from, so that a search visits those alone that can say its text. Whatever
//! of a call decides about its words is worked out once for all searches.

use std::collections::BTreeMap;

use super::hits::Identity;
use crate::seed::Draws;
use crate::voice::calls::columns::{Fate, Row, TRANSCRIBED, WRITTEN};
use crate::voice::calls::{Calls, Handle};

/// Calls of one playbook with the same ending, of which the same is there in the end.
#[derive(Debug)]
pub struct Group {
    pub kind: Kind,
    /// Newest first.
    pub voices: Vec<Voice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    pub playbook: u16,
    pub ending: u8,
    pub summary: bool,
    pub transcript: bool,
}

/// What decides about the words of one call.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    pub draws: Draws,
    /// The call's place in the columns.
    pub place: u32,
    /// Seconds from its start to the anchor.
    pub before: u32,
    pub agent: u16,
    pub caller: Identity,
    /// How many lines were said, and what else.
    pub lines: u8,
    pub stills: u8,
}

impl Voice {
    pub fn new(calls: &Calls, place: u32, row: &Row, draws: Draws) -> Voice {
        let caller = Identity::of(&calls.caller(row, draws), &calls.stock);
        let Row { before, agent, lines, stills, .. } = *row;
        Voice { draws, place, before, agent, caller, lines, stills }
    }
}

impl Kind {
    pub fn of(row: &Row) -> Kind {
        let Row { playbook, ending, fate, flags, .. } = *row;
        let transcript = fate != Fate::Abandoned && flags & TRANSCRIBED != 0;
        Kind { playbook, ending, summary: fate == Fate::Completed, transcript }
    }
}

/// The calls that say anything at all, but for those that are written out.
pub fn groups(calls: &Calls) -> Vec<Group> {
    let mut groups: BTreeMap<Kind, Vec<Voice>> = BTreeMap::new();
    for place in 0..calls.columns.len() as u32 {
        let row = calls.columns.row(place as usize);
        let kind = Kind::of(&row);
        if row.playbook != WRITTEN && (kind.summary || kind.transcript) {
            let voice = Voice::new(calls, place, &row, calls.drawn(Handle(place)));
            groups.entry(kind).or_default().push(voice);
        }
    }
    let group = |(kind, mut voices): (Kind, Vec<Voice>)| {
        voices.shrink_to_fit();
        Group { kind, voices }
    };
    groups.into_iter().map(group).collect()
}

// A million calls shall fit where there is little room.
const _: () = assert!(size_of::<Voice>() <= 32);
