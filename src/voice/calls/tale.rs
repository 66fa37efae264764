//! How one call goes, and how it comes out.

use super::columns::{Fate, NEVER, Person, RECORDED, Row, SILENT, TRANSCRIBED};
use super::course::{Beat, Heard, Script, Wanted, drawn, lay, listen};
use super::curve::HOUR;
use crate::seed::Draws;
use crate::voice::dialogue::Playbook;
use crate::voice::people::Language;
use crate::voice::stock::{self, Agent, World};

/// What a call is told from.
pub struct Tale<'s> {
    pub world: &'s World,
    pub playbook: &'s Playbook,
    pub language: &'s Language,
    pub draws: Draws,
    /// The second of its start.
    pub start: i64,
    /// The words of the agent's welcome.
    pub welcome: f64,
    /// What is known of its end before it is drawn.
    pub settled: Option<&'s stock::Fate>,
}

pub struct Outcome {
    pub ending: u8,
    pub fate: Fate,
    /// Seconds in all.
    pub duration: u32,
    pub heard: Heard,
}

impl Tale<'_> {
    /// Lays the turns that are said into `beats`, and tells how the call comes out.
    pub fn made(&self, beats: &mut Vec<Beat>) -> Outcome {
        let Tale { playbook, draws, settled, .. } = *self;
        let (ending, fate) = (self.ending(), self.fate());
        if fate == Fate::Abandoned {
            beats.clear();
            let duration = 3 + draws.below(drawn::CUT, 38) as u32;
            return Outcome { ending, fate, duration, heard: Heard::default() };
        }
        let wanted = match settled {
            Some(stock::Fate::Lasts(seconds)) => Wanted::Seconds(*seconds),
            _ => Wanted::Usual,
        };
        let script = Script {
            playbook,
            ending: playbook.ending(ending),
            welcome: self.welcome,
            still: &self.language.still,
            length: self.world.length,
            hour: hour(self.start, self.language),
        };
        let whole = lay(script, draws, wanted, beats);
        let duration = match (fate, settled) {
            (Fate::Failed, Some(stock::Fate::Fails { after, .. })) => *after,
            (Fate::Failed, _) => ((f64::from(whole) * draws.within(drawn::CUT, 0.12, 0.9)) as u32).max(8),
            _ => whole,
        };
        let heard = listen(beats, playbook, script.ending, draws, 10 * duration);
        beats.truncate(heard.turns);
        Outcome { ending, fate, duration, heard }
    }

    fn fate(&self) -> Fate {
        let World { failed, abandoned, .. } = self.world;
        match self.settled {
            Some(stock::Fate::Lasts(_)) => Fate::Completed,
            Some(stock::Fate::Fails { .. }) => Fate::Failed,
            Some(stock::Fate::Abandoned { .. }) => Fate::Abandoned,
            None => match self.draws.unit(drawn::FATE) {
                unit if unit < *abandoned => Fate::Abandoned,
                unit if unit < abandoned + failed => Fate::Failed,
                _ => Fate::Completed,
            },
        }
    }

    fn ending(&self) -> u8 {
        let endings = &self.playbook.endings;
        let whole: f64 = endings.iter().map(|ending| ending.weight).sum();
        let mut wanted = self.draws.unit(drawn::ENDING) * whole;
        let passed = |ending: &&crate::voice::dialogue::Ending| {
            wanted -= ending.weight;
            wanted >= 0.0
        };
        let place = endings.iter().take_while(passed).count();
        place.min(endings.len().saturating_sub(1)) as u8
    }
}

/// The hour of the caller's day.
pub fn hour(second: i64, language: &Language) -> u8 {
    second.saturating_add(HOUR * language.utc).div_euclid(HOUR).rem_euclid(24) as u8
}

impl Outcome {
    /// What does not depend on how the call comes out is filled in by whoever asks.
    pub fn blank(&self, taker: &Agent) -> Row {
        let flag = |on: bool, flag: u8| if on { flag } else { 0 };
        Row {
            before: 0,
            duration: 0,
            agent: 0,
            playbook: 0,
            ending: 0,
            fate: self.fate,
            score: SILENT,
            topics: 0,
            keywords: 0,
            number: 0,
            person: Person::OTHER,
            flags: flag(taker.recorded, RECORDED) | flag(taker.transcribed, TRANSCRIBED),
            response: NEVER,
            lines: 0,
            stills: 0,
        }
    }

    pub fn row(&self, row: Row) -> Row {
        Row {
            duration: u16::try_from(self.duration).unwrap_or(u16::MAX),
            ending: self.ending,
            fate: self.fate,
            score: self.heard.score.unwrap_or(SILENT),
            topics: self.heard.marks.topics,
            keywords: self.heard.marks.keywords,
            response: self.heard.response.unwrap_or(NEVER),
            lines: self.heard.lines,
            stills: self.heard.stills,
            ..row
        }
    }
}
