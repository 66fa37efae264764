//! Fills the columns: a call for each share of the time, over as many threads as there are processors.

use std::num::NonZero;
use std::thread;

use super::callers::Callers;
use super::columns::{Columns, Fate, NEVER, Person, RECORDED, Row, SILENT, TRANSCRIBED, WRITTEN};
use super::course::{Beat, Heard, drawn};
use super::curve::{Curve, Stretch};
use super::tale::{Outcome, Tale};
use crate::seed::Draws;
use crate::voice::stock::{self, Agent, Pinned, Stock, Told};

/// What the rows are made from.
pub struct Plan<'s> {
    pub stock: &'s Stock,
    /// Who takes calls.
    pub agents: &'s [Agent],
    pub callers: &'s Callers,
    pub curve: &'s Curve,
    /// For each playbook, the place of its language, and the agents that take it.
    pub languages: &'s [usize],
    pub takers: &'s [Vec<u16>],
    /// The words of each agent's welcome.
    pub welcomes: &'s [f64],
    /// The draws of the calls, by their numbers.
    pub draws: Draws,
    /// The second that the starts count from.
    pub anchor: i64,
}

/// Fewer calls than this are not worth a thread.
const WORTH: usize = 4_096;

impl<'s> Plan<'s> {
    /// Rows of `count` calls, newest first.
    pub fn rows(&self, count: usize) -> Columns {
        let days = self.stock.world.days * 86_400;
        let stretch = self.curve.stretch(self.anchor, self.stock.world.quiet, days);
        if stretch.is_empty() || count == 0 {
            return Columns::default();
        }
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(count.div_ceil(WORTH)).max(1);
        let part = count.div_ceil(threads);
        let parts = (0..threads).map(|n| (n * part).min(count)..((n + 1) * part).min(count));
        if threads == 1 {
            return self.part(&stretch, 0..count, count);
        }
        let stretch = &stretch;
        thread::scope(|scope| {
            let running: Vec<_> =
                parts.map(|part| (part.clone(), scope.spawn(move || self.part(stretch, part, count)))).collect();
            let mut all = Columns::with_capacity(count);
            for (part, thread) in running {
                // A thread that ended badly is done over here, where its panic belongs.
                all.append(thread.join().unwrap_or_else(|_| self.part(stretch, part, count)));
            }
            all
        })
    }

    fn part(&self, stretch: &Stretch, part: std::ops::Range<usize>, count: usize) -> Columns {
        let (mut columns, mut beats) = (Columns::with_capacity(part.len()), Vec::new());
        for number in part {
            let draws = self.draws.of(number as u64);
            let before = stretch.before((number as f64 + draws.unit(0)) / count as f64);
            if let Some(row) = self.row(draws, self.anchor - i64::from(before), 0, &mut beats) {
                columns.push(Row { before, ..row });
            }
        }
        columns
    }

    /// One call that begins at a second, if there is anybody who takes it. Before it, `missed` others of the same draws were
    /// taken by nobody.
    pub fn row(&self, draws: Draws, start: i64, missed: u64, beats: &mut Vec<Beat>) -> Option<Row> {
        let (kind, agent) = self.taken(draws, start, missed)?;
        let (person, number) = self.callers.choose(self.stock, self.languages[usize::from(kind)], draws, start);
        let taker = &self.agents[usize::from(agent)];
        let made = self.tale(kind, agent, draws, start, None).made(beats);
        Some(made.row(Row { agent, playbook: kind, number, person, ..made.blank(taker) }))
    }

    fn tale(&self, kind: u16, agent: u16, draws: Draws, start: i64, settled: Option<&'s stock::Fate>) -> Tale<'s> {
        Tale {
            world: &self.stock.world,
            playbook: &self.stock.playbooks[usize::from(kind)],
            language: &self.stock.people.0[self.languages[usize::from(kind)]],
            draws,
            start,
            welcome: self.welcomes[usize::from(agent)],
            settled,
        }
    }

    /// A kind of call and an agent that takes it, who was there at the time.
    fn taken(&self, draws: Draws, start: i64, missed: u64) -> Option<(u16, u16)> {
        const ATTEMPTS: u64 = 8;
        let there =
            |agent: &&u16| self.agents[usize::from(**agent)].since.is_none_or(|since| since.as_second() <= start);
        let mut early = None;
        for attempt in 0..ATTEMPTS {
            let own = draws.of(missed.saturating_mul(ATTEMPTS).saturating_add(attempt));
            let kind = self.curve.kind(start, own.unit(drawn::KIND))?;
            let takers = &self.takers[usize::from(kind)];
            let good = takers.iter().filter(there).count();
            if let Some(agent) = takers.iter().filter(there).nth(own.below(drawn::AGENT, good)) {
                return Some((kind, *agent));
            }
            early = early.or(takers.first().map(|agent| (kind, *agent)));
        }
        // All of them came later: the first has to do.
        early
    }

    /// The row of a call that is always there.
    pub fn pinned(&self, pinned: &'s Pinned, draws: Draws) -> Row {
        let taker = &self.stock.agents[usize::from(pinned.agent)];
        let common = |row: Row| Row {
            before: pinned.before,
            agent: pinned.agent,
            number: pinned.caller.unwrap_or(0),
            person: Person::OTHER,
            ..row
        };
        match &pinned.told {
            Told::Dialogue { playbook, fate } => {
                let start = self.anchor - i64::from(pinned.before);
                let made = self.tale(*playbook, pinned.agent, draws, start, Some(fate)).made(&mut Vec::new());
                made.row(common(Row { playbook: *playbook, ..made.blank(taker) }))
            }
            Told::Record(written) => common(written_row(written, taker)),
        }
    }
}

/// The row of a call that is written out.
fn written_row(written: &stock::Written, taker: &Agent) -> Row {
    let details = &written.details;
    let number = |name: &str| details.get(name).and_then(serde_json::Value::as_f64);
    let fate = match details.get("status").and_then(serde_json::Value::as_str) {
        Some("failed") => Fate::Failed,
        Some("abandoned") => Fate::Abandoned,
        _ => Fate::Completed,
    };
    let response = details.get("analytics").and_then(|analytics| analytics.get("average_response_time"));
    let flag = |name: &str, flag: u8| if details.get(name).is_some() { flag } else { 0 };
    let outcome = Outcome { ending: 0, fate, duration: 0, heard: Heard::default() };
    Row {
        duration: number("duration").map_or(0, |seconds| seconds as u16),
        playbook: WRITTEN,
        score: number("sentiment_score").map_or(SILENT, |score| (100.0 * score).round() as i16),
        flags: flag("recording", RECORDED) | flag("transcript", TRANSCRIBED),
        response: response.and_then(serde_json::Value::as_f64).map_or(NEVER, |seconds| (10.0 * seconds).round() as u16),
        ..outcome.blank(taker)
    }
}
