//! The course of a call: which words are chosen for each turn, and when they are said. What the talk itself does not need
//! of the call's length is spent where the agent looks something up.

use crate::seed::Draws;
use crate::voice::dialogue::{Choice, Ending, Line, Marks, Phrase, Playbook};
use crate::voice::stock::Length;
use crate::voice::turn::Speaker;

/// One turn, in tenths of a second from the start of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    pub what: What,
    /// Which of the ways to say it.
    pub variant: u8,
    pub start: u32,
    pub length: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A line of the course, by its place.
    Line(u16),
    /// The agent still looks something up, and says so.
    Still,
}

/// How long the call takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wanted {
    /// As long as such calls take.
    Usual,
    Seconds(u32),
}

/// What the draws of a call are for, by place.
pub mod drawn {
    pub const KIND: u64 = 1;
    pub const AGENT: u64 = 2;
    pub const ENDING: u64 = 3;
    pub const FATE: u64 = 4;
    pub const REASON: u64 = 5;
    pub const CUT: u64 = 6;
    pub const CALLER: u64 = 7;
    pub const PERSON: u64 = 8;
    pub const LENGTH: u64 = 9;
    pub const SCORE: u64 = 10;
    pub const TRANSCRIPT: u64 = 11;
    pub const RECORDING: u64 = 12;
    pub const ANALYTICS: u64 = 13;
    pub const SUMMARY: u64 = 14;
    pub const PACE: u64 = 15;
    pub const INTEGRATIONS: u64 = 16;
    pub const KNOWN: u64 = 17;
    /// From here on: the lines, the values.
    pub const LINES: u64 = 1 << 20;
    pub const VALUES: u64 = 1 << 21;
}

/// Tenths of a second after which somebody who waits is told that it takes longer still.
const LONG_WAIT: u32 = 900;
/// No call has more turns.
const MOST_BEATS: usize = 400;

/// What a course is laid from.
#[derive(Clone, Copy)]
pub struct Script<'s> {
    pub playbook: &'s Playbook,
    pub ending: &'s Ending,
    /// The words of the agent's welcome.
    pub welcome: f64,
    /// What the agent says when something takes long.
    pub still: &'s [String],
    pub length: Length,
    /// The hour of the caller's day.
    pub hour: u8,
}

/// Puts the course into `beats`, and returns how many seconds the call takes.
pub fn lay(script: Script, draws: Draws, wanted: Wanted, beats: &mut Vec<Beat>) -> u32 {
    let Script { playbook, ending, welcome, .. } = script;
    beats.clear();
    let pace = Pace::new(draws.of(drawn::PACE));
    let (mut at, mut waits, mut pauses) = (0, 0.0, 0.0);
    let mut before: Option<&Line> = None;
    for (place, line) in playbook.course(ending).enumerate() {
        let own = draws.of(drawn::LINES + place as u64);
        let variant = variant(line, script.hour, own);
        let phrase = &line.say[variant];
        let choices: f64 = chosen(playbook, phrase, draws).map(|choice| choice.words).sum();
        let words = phrase.words + choices + if phrase.welcome { welcome } else { 0.0 };
        let length = pace.length(line.speaker, words, own);
        let gap = pace.gap(before, line, beats.last(), own);
        at = at.max(0) + gap;
        // A turn begins after the one before it has begun, even when it breaks into it.
        let start = at.max(beats.last().map_or(0, |last| i64::from(last.start) + 3)) as u32;
        beats.push(Beat { what: What::Line(place as u16), variant: variant as u8, start, length });
        at = i64::from(start) + i64::from(length);
        waits += wait(before, line, own);
        pauses += pause(before, line, own);
        before = Some(line);
    }
    let tail = 5 + (draws.within(drawn::PACE, 0.0, 20.0)) as u32;
    let needed = (at as u32 + tail).div_ceil(10);
    let total = match wanted {
        Wanted::Usual => usual(script, draws).max(needed),
        Wanted::Seconds(seconds) => seconds.max(needed),
    };
    let slack = f64::from(10 * (total - needed));
    if slack > 0.0 && waits + pauses > 0.0 {
        spend(script, draws, slack, (waits, pauses), beats);
    }
    total.min(u32::from(u16::MAX))
}

/// Which of the ways to say a line is chosen: one that fits the hour, if there is such.
pub fn variant(line: &Line, hour: u8, draws: Draws) -> usize {
    let (drawn, count) = (draws.below(0, line.say.len()), line.say.len());
    let fitting = (0..count).map(|more| (drawn + more) % count).find(|place| line.say[*place].hours.contains(&hour));
    fitting.unwrap_or(drawn)
}

fn usual(script: Script, draws: Draws) -> u32 {
    let Script { playbook, length, .. } = script;
    let factor = (length.deviation * draws.normal(drawn::LENGTH)).exp().clamp(length.shortest, length.longest);
    (60.0 * playbook.minutes * factor) as u32
}

/// Puts the time that is left before the turns that wait; where none does, before those of the caller.
fn spend(script: Script, draws: Draws, slack: f64, (waits, pauses): (f64, f64), beats: &mut Vec<Beat>) {
    let (mut shift, mut place) = (0, 0);
    let mut before: Option<&Line> = None;
    for (n, line) in script.playbook.course(script.ending).enumerate() {
        let own = draws.of(drawn::LINES + n as u64);
        let share = if waits > 0.0 { wait(before, line, own) / waits } else { pause(before, line, own) / pauses };
        let more = (slack * share) as u32;
        beats[place].start += shift;
        if more > LONG_WAIT {
            place += still(script, own, more, place, beats);
        }
        shift += more;
        beats[place].start += more;
        place += 1;
        before = Some(line);
    }
}

/// Breaks a long wait before the beat at `place` by words to the one who waits; returns how many.
fn still(script: Script, draws: Draws, length: u32, place: usize, beats: &mut Vec<Beat>) -> usize {
    if script.still.is_empty() {
        return 0;
    }
    let from = beats[place].start;
    let (mut at, mut count, mut pause) = (0, 0, 600.0);
    // No two in a row are alike, wherever they begin.
    let first = draws.below(6, 256);
    loop {
        let own = draws.of(64 + count as u64);
        at += own.within(0, 0.8 * pause, 1.2 * pause) as u32;
        if at + 250 > length || beats.len() >= MOST_BEATS {
            return count;
        }
        let variant = (first + count) % script.still.len();
        let words = script.still[variant].split_whitespace().count() as f64;
        let (length, variant) = ((10.0 * words / own.within(1, 2.4, 2.9)) as u32, variant as u8);
        beats.insert(place + count, Beat { what: What::Still, variant, start: from + at, length });
        at += length;
        count += 1;
        // Who has waited for long is used to it.
        pause = f64::min(1.6 * pause, 3_000.0);
    }
}

/// How much of the time to spend belongs before a line.
fn wait(before: Option<&Line>, line: &Line, draws: Draws) -> f64 {
    if line.wait && before.is_some() { draws.within(1, 0.5, 1.5) } else { 0.0 }
}

fn pause(before: Option<&Line>, line: &Line, draws: Draws) -> f64 {
    let turns = before.is_some_and(|before| before.speaker == Speaker::Agent) && line.speaker == Speaker::Customer;
    if turns { draws.within(2, 0.5, 1.5) } else { 0.0 }
}

/// How fast the two speak and answer.
struct Pace {
    /// Words a second.
    agent: f64,
    customer: f64,
    /// Tenths of a second that the agent takes to answer.
    response: f64,
}

impl Pace {
    fn new(draws: Draws) -> Pace {
        Pace {
            agent: draws.within(0, 2.55, 2.85),
            customer: draws.within(1, 2.45, 2.95),
            response: draws.within(2, 9.0, 20.0),
        }
    }

    fn length(&self, speaker: Speaker, words: f64, draws: Draws) -> u32 {
        let rate = if speaker == Speaker::Agent { self.agent } else { self.customer };
        let rate = (rate * draws.within(3, 0.96, 1.04)).clamp(2.4, 3.0);
        ((10.0 * words / rate).round() as u32).max(6)
    }

    /// Tenths of a second from the end of the turn before, below 0 if the caller does not wait for it.
    fn gap(&self, before: Option<&Line>, line: &Line, last: Option<&Beat>, draws: Draws) -> i64 {
        let (Some(before), Some(last)) = (before, last) else { return draws.within(4, 0.0, 12.0) as i64 };
        let gap = match (before.speaker, line.speaker) {
            (Speaker::Customer, Speaker::Agent) => self.response * draws.within(4, 0.6, 1.5),
            (Speaker::Agent, Speaker::Customer) => {
                let impatient = if line.mood < -0.3 { 0.09 } else { 0.03 };
                if last.length > 25 && draws.chance(5, impatient) {
                    return -(draws.within(4, 4.0, (f64::from(last.length) * 0.4).min(15.0)) as i64);
                }
                draws.within(4, 3.0, 19.0)
            }
            _ if line.wait => draws.within(4, 60.0, 160.0),
            _ => draws.within(4, 4.0, 12.0),
        };
        gap as i64
    }
}

/// The mood of what was said, from -1 to 1 in hundredths; `None` if the caller said nothing. What is said last counts most.
pub fn score(moods: impl Iterator<Item = f64>, draws: Draws) -> Option<i16> {
    let (mut sum, mut weights, mut place) = (0.0, 0.0, 0.0);
    for mood in moods {
        place += 1.0;
        sum += mood * place * place;
        weights += place * place;
    }
    let mood = (weights > 0.0).then(|| 1.3 * sum / weights + draws.within(drawn::SCORE, -0.12, 0.12))?;
    Some((100.0 * mood.clamp(-1.0, 1.0)).round() as i16)
}

/// What can be told of a call from the turns that were said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heard {
    pub marks: Marks,
    pub score: Option<i16>,
    /// Tenths of a second that the agent took to answer, on average.
    pub response: Option<u16>,
    pub turns: usize,
    /// How many of the turns are lines of the course. They are its first ones.
    pub lines: u8,
    /// A bit for each of the other words that were said; the last bit stands for all that have none of their own.
    pub stills: u8,
}

/// Listens to a call up to `until` tenths of a second: what is not at its end by then was not heard.
pub fn listen(beats: &[Beat], playbook: &Playbook, ending: &Ending, draws: Draws, until: u32) -> Heard {
    let lines = |place: u16| {
        let (place, opening) = (usize::from(place), playbook.opening.len());
        playbook.opening.get(place).or_else(|| ending.lines.get(place.wrapping_sub(opening)))
    };
    let said = beats.iter().take_while(|beat| beat.start + beat.length <= until);
    let mut heard = Heard::default();
    let (mut sum, mut answers) = (0, 0);
    let mut before: Option<(Speaker, u32)> = None;
    for beat in said.clone() {
        heard.turns += 1;
        let mut speaker = Speaker::Agent;
        if beat.what == What::Still {
            heard.stills |= still_bit(beat.variant);
        }
        if let What::Line(place) = beat.what
            && let Some(line) = lines(place)
        {
            heard.lines = heard.lines.saturating_add(1);
            speaker = line.speaker;
            let phrase = &line.say[usize::from(beat.variant)];
            let choices = chosen(playbook, phrase, draws).map(|choice| choice.marks);
            heard.marks = choices.fold(heard.marks.and(phrase.marks), Marks::and);
        }
        if let Some((Speaker::Customer, end)) = before
            && speaker == Speaker::Agent
        {
            sum += beat.start.saturating_sub(end);
            answers += 1;
        }
        before = Some((speaker, beat.start + beat.length));
    }
    heard.response = (answers > 0).then(|| u16::try_from((sum + answers / 2) / answers).unwrap_or(u16::MAX - 1));
    let moods = said.filter_map(|beat| match beat.what {
        What::Line(place) => lines(place).filter(|line| line.speaker == Speaker::Customer).map(|line| line.mood),
        What::Still => None,
    });
    heard.score = score(moods, draws);
    heard
}

/// The bit of [`Heard::stills`] for one of the ways to say that it takes longer.
pub fn still_bit(variant: u8) -> u8 {
    1 << variant.min(7)
}

/// The choices of a call that a phrase names.
fn chosen<'p>(playbook: &'p Playbook, phrase: &'p Phrase, draws: Draws) -> impl Iterator<Item = &'p Choice> {
    phrase.named.iter().filter_map(move |place| {
        playbook.values[usize::from(*place)].chosen(draws.of(drawn::VALUES + u64::from(*place)))
    })
}
