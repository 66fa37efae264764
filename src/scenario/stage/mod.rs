//! What one lane has of its scenarios: which are armed, how often each rule has counted, their states, and what was
//! captured. Asked once for each request, it says which rules take it.

mod asking;
mod difference;
mod explain;
mod holds;
mod ledger;
mod limit;
mod near;
mod occasion;
mod playing;
mod renew;
mod script;
mod tally;
mod wanted;
mod when;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::plan::{Scenario, Subject};
use crate::world::{Full, Room};
pub use difference::Difference;
pub use explain::{Verdict, by_nearness};
use holds::Holds;
pub use holds::Waiting;
pub use limit::Quota;
pub use occasion::Occasion;
use occasion::is_named_secret;
use playing::{Capture, Playing};
pub use renew::{Changes, Edits, Turn};
pub use script::{Course, Expected, OutOfStep};
pub use wanted::{Fired, Wanted};

/// The state in which a scenario begins.
pub const START: &str = "start";

/// As many scenarios are armed in one lane, and as many more are remembered that requests named.
const MOST: usize = 100;

/// The scenarios of one lane.
#[derive(Debug)]
pub struct Stage {
    /// The lane was armed with what all lanes begin with.
    begun: AtomicBool,
    /// Most lanes have none, and find that out without a lock.
    busy: AtomicBool,
    cast: Mutex<Cast>,
    /// Answers that wait. With the lane they are let go.
    holds: Holds,
}

#[derive(Debug, Default)]
struct Cast {
    /// In the order in which they were armed.
    armed: Vec<Playing>,
    /// Those that take part in a request that names them, the one that was named last at the end.
    named: Vec<Playing>,
    /// How many have begun: tells one from another of the same name.
    begun: u64,
    /// Where all that lanes keep has to fit in.
    room: Arc<Room>,
}

/// How a scenario stands.
#[derive(Debug, Clone)]
pub struct Armed {
    pub scenario: Arc<Scenario>,
    /// It takes part in requests that name it, and in no others.
    pub named: bool,
    pub since: Timestamp,
    pub state: Arc<str>,
    pub captured: Arc<Map<String, Value>>,
    /// How many requests each rule has counted, and how many of those it took.
    pub counts: Vec<Count>,
    /// How far its script has come, if it has one.
    pub course: Option<Course>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub counted: u64,
    pub taken: u64,
}

/// Why a scenario is not armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotArmed {
    /// So many are armed in the lane already.
    TooMany(usize),
    Full(Full),
}

impl Default for Stage {
    fn default() -> Stage {
        Stage::within(&Arc::default())
    }
}

impl Stage {
    /// One that takes what it keeps from this room.
    pub fn within(room: &Arc<Room>) -> Stage {
        let cast = Mutex::new(Cast { room: room.clone(), ..Cast::default() });
        Stage { begun: AtomicBool::new(false), busy: AtomicBool::new(false), cast, holds: Holds::default() }
    }

    /// Arms what all lanes begin with. Only the first call does anything, and others wait for it. Whoever arms or lists
    /// scenarios of a lane calls it before, as requests do. The scenarios are asked for at that moment: whoever lists or
    /// renews what is armed before does so before others are known, or after these are armed.
    pub fn begin(&self, now: Timestamp, scenarios: impl FnOnce() -> Vec<Arc<Scenario>>) {
        if self.begun.load(Ordering::Acquire) {
            return;
        }
        let mut cast = self.lock();
        if self.begun.load(Ordering::Acquire) {
            return;
        }
        for scenario in scenarios() {
            if let Err(why) = self.join(&mut cast, scenario, now) {
                tracing::warn!("{why}");
                break;
            }
        }
        self.begun.store(true, Ordering::Release);
    }

    /// Arms what is armed on another stage, from its beginning. Where nobody has asked that one yet, what all lanes begin with
    /// is still to come here too.
    pub fn begin_like(&self, other: &Stage, now: Timestamp) {
        let begun = other.begun.load(Ordering::Acquire);
        let mut cast = self.lock();
        for armed in other.list().into_iter().filter(|armed| !armed.named) {
            // That there is no room is no reason to lose one: that stage is about to give its own back.
            cast.begun += 1;
            let playing = Playing::anyway(armed.scenario, now, cast.begun, &cast.room);
            cast.armed.push(playing);
        }
        self.busy.store(!cast.armed.is_empty(), Ordering::Release);
        self.begun.store(begun, Ordering::Release);
    }

    /// No scenario is armed.
    pub fn is_empty(&self) -> bool {
        !self.busy.load(Ordering::Acquire)
    }

    /// Arms a scenario from its beginning, in the place of one that has its name. What that one holds is let go.
    pub fn arm(&self, scenario: Arc<Scenario>, now: Timestamp) -> Result<(), NotArmed> {
        let name = scenario.name.clone();
        self.join(&mut self.lock(), scenario, now)?;
        self.release(&name, None, None);
        Ok(())
    }

    fn join(&self, cast: &mut Cast, scenario: Arc<Scenario>, now: Timestamp) -> Result<(), NotArmed> {
        let name = scenario.name.clone();
        let fresh = cast.fresh(scenario, now).map_err(NotArmed::Full)?;
        match cast.armed.iter().position(|known| known.is(&name)) {
            Some(place) => cast.armed[place] = fresh,
            None if cast.armed.len() >= MOST => return Err(NotArmed::TooMany(MOST)),
            None => cast.armed.push(fresh),
        }
        cast.named.retain(|known| !known.is(&name));
        self.busy.store(true, Ordering::Release);
        Ok(())
    }

    /// Takes a scenario out, and lets go what it holds. Whether there was one of this name.
    pub fn disarm(&self, name: &str) -> bool {
        let mut cast = self.lock();
        let before = cast.armed.len() + cast.named.len();
        cast.armed.retain(|known| !known.is(name));
        cast.named.retain(|known| !known.is(name));
        self.busy.store(!cast.armed.is_empty(), Ordering::Release);
        let gone = cast.armed.len() + cast.named.len() < before;
        drop(cast);
        self.release(name, None, None);
        gone
    }

    /// Lets a scenario begin anew, with no request counted. Whether there was one of this name.
    pub fn reset(&self, name: &str, now: Timestamp) -> bool {
        let mut cast = self.lock();
        let before = cast.named.len();
        cast.named.retain(|known| !known.is(name));
        let mut is_there = cast.named.len() < before;
        if let Some(place) = cast.armed.iter().position(|known| known.is(name)) {
            cast.begun += 1;
            let serial = cast.begun;
            cast.armed[place].begin_anew(now, serial);
            is_there = true;
        }
        drop(cast);
        self.release(name, None, None);
        is_there
    }

    pub fn list(&self) -> Vec<Armed> {
        let cast = self.lock();
        let armed = cast.armed.iter().map(|playing| playing.told(false));
        armed.chain(cast.named.iter().map(|playing| playing.told(true))).collect()
    }

    /// About how much work the rules of all its scenarios are for one request.
    pub fn toil(&self) -> usize {
        match self.is_empty() {
            true => 0,
            false => self.lock().armed.iter().map(|playing| playing.scenario.toil).sum(),
        }
    }

    /// The first scenario that has new connections wait, and since when it does.
    pub fn accepting(&self) -> Option<(Arc<Scenario>, Timestamp)> {
        if self.is_empty() {
            return None;
        }
        let cast = self.lock();
        let slow = cast.armed.iter().find(|playing| playing.scenario.accept.is_some())?;
        Some((slow.scenario.clone(), slow.since()))
    }

    /// Captures what the rules that took a request want of its answer.
    pub fn answered(&self, wanted: &Wanted, answer: &Value) {
        if !wanted.wants_answer() {
            return;
        }
        let mut cast = self.lock();
        let Cast { armed, named, .. } = &mut *cast;
        for playing in armed.iter_mut().chain(named) {
            let of_this = |fired: &&Fired| fired.serial == playing.serial;
            let captures = wanted.fired.iter().filter(of_this).flat_map(|fired| &fired.rule().then.capture);
            playing.keep(
                captures
                    .filter_map(|(name, subject)| match subject {
                        Subject::Answer(place) => {
                            let (value, secret) = (answer.pointer(place)?.clone(), is_named_secret(subject));
                            Some(Capture { name, value, secret })
                        }
                        _ => None,
                    })
                    .collect(),
            );
        }
    }

    /// The same once more: from here on each counts for itself.
    pub fn copied(&self) -> Result<Stage, Full> {
        let cast = self.lock();
        let copies = |playing: &[Playing]| playing.iter().map(Playing::copied).collect::<Result<Vec<_>, Full>>();
        let (armed, named) = (copies(&cast.armed)?, copies(&cast.named)?);
        let copy = Cast { armed, named, begun: cast.begun, room: cast.room.clone() };
        let begun = AtomicBool::new(self.begun.load(Ordering::Acquire));
        let busy = AtomicBool::new(!cast.armed.is_empty());
        Ok(Stage { begun, busy, cast: Mutex::new(copy), holds: Holds::default() })
    }

    /// Takes what it keeps from another room from here on.
    pub fn move_to(&self, room: &Arc<Room>) {
        let Cast { armed, named, room: own, .. } = &mut *self.lock();
        armed.iter_mut().chain(named).for_each(|playing| playing.move_to(room));
        *own = room.clone();
    }

    /// A poisoned cast plays on: at worst one request was counted by some rules and not by others.
    fn lock(&self) -> MutexGuard<'_, Cast> {
        self.cast.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cast {
    fn all(&self) -> impl Iterator<Item = &Playing> {
        self.armed.iter().chain(&self.named)
    }

    fn fresh(&mut self, scenario: Arc<Scenario>, now: Timestamp) -> Result<Playing, Full> {
        self.begun += 1;
        Playing::new(scenario, now, self.begun, &self.room)
    }
}

impl fmt::Display for NotArmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotArmed::TooMany(most) => write!(f, "{most} scenarios are armed in this lane, and no more may be"),
            NotArmed::Full(full) => write!(f, "there is no room for the scenario: {full}"),
        }
    }
}

#[cfg(test)]
mod tests;
