//! Hears of saved files, waits until the saving is over, and has a look taken.
//!
//! Every event means no more than "something happened": what is served is compared with what the files hold. So an event
//! too many costs a look, and nothing that an editor does has to be understood.

mod ears;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::places::Concern;
use super::{Attempt, How, Reload};
use crate::clock::Stopwatch;
use ears::Ears;

/// What was saved is looked at when it was quiet for so long…
const QUIET: Duration = Duration::from_millis(5);
/// …and after so long however loud it is.
const LOUD: Duration = Duration::from_millis(25);
/// A file that is broken, empty or gone is given so long to become whole, from when something happened last…
const GRACE: Duration = Duration::from_millis(200);
/// …and no longer than this, and one that somebody writes to as long to be closed: half of a file may well be good.
const HELD: Duration = Duration::from_secs(3);
/// How often it is seen whether watched folders are still those that they were: a folder far above may have been moved.
const ROUNDS: Duration = Duration::from_secs(1);
/// How often files are looked at where nobody tells of them…
pub const TURNS: Duration = Duration::from_millis(500);
/// …unless that takes long: then the rest is so many times as long as the look.
const REST: u32 = 20;

/// More than this need not be remembered: one of them has the same effect.
const CALLS: usize = 1_024;

/// How to hear of saved files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    Off,
    /// The system tells. Where it can't, they are looked at in turns.
    Events,
    /// Looks at them in turns of so long.
    Poll(Duration),
}

/// Wakes whoever watches.
#[derive(Debug)]
pub enum Call {
    /// Something happened. A file that is `written` to is going to be closed.
    Saved {
        path: PathBuf,
        written: bool,
    },
    /// Whoever wrote to a file has closed it.
    Closed(PathBuf),
    /// A folder may be another now, and its watch gone.
    Moved(PathBuf),
    /// It is not known what happened.
    Look,
    Stop,
}

struct Watcher {
    reload: Weak<Reload>,
    calls: Receiver<Call>,
    /// Deaf ones look in turns.
    ears: Option<Ears>,
    turns: Duration,
    /// How long the last look took.
    took: Duration,
    /// Why they are deaf, if that was not asked for.
    because: Option<String>,
    /// Files that somebody writes to.
    written: HashSet<PathBuf>,
    /// Those that were waited for in vain, as with a log that lies beside. It is not done again until they are closed.
    held: HashSet<PathBuf>,
}

impl Reload {
    /// Watches for as long as this is there. Where nothing comes from files nobody watches.
    pub fn watch(self: &Arc<Reload>, how: Watch) -> std::io::Result<()> {
        if how == Watch::Off || self.places().is_empty() {
            return Ok(());
        }
        let (sender, calls) = sync_channel(CALLS);
        if self.watcher.set(sender.clone()).is_err() {
            return Ok(());
        }
        let mut watcher = Watcher {
            reload: Arc::downgrade(self),
            calls,
            ears: None,
            turns: if let Watch::Poll(turns) = how { turns } else { TURNS },
            took: Duration::ZERO,
            because: None,
            written: HashSet::new(),
            held: HashSet::new(),
        };
        if how == Watch::Events {
            match Ears::new(sender) {
                Ok(ears) => watcher.ears = Some(ears),
                Err(reason) => watcher.deafen(reason),
            }
        }
        std::thread::Builder::new().name("reload".to_owned()).spawn(move || watcher.run()).map(drop)
    }
}

impl Drop for Reload {
    fn drop(&mut self) {
        if let Some(watcher) = self.watcher.get() {
            // One who is too busy to hear this finds out by himself.
            let _ = watcher.try_send(Call::Stop);
        }
    }
}

impl Watcher {
    fn run(mut self) {
        // What was saved since the start was not heard.
        let mut look = true;
        let (mut since, mut later) = (Stopwatch::start(), false);
        while let Some(reload) = self.reload.upgrade() {
            if look {
                if !self.look(&reload) {
                    return;
                }
                (since, later) = (Stopwatch::start(), false);
            }
            drop(reload);
            let pause = if later { self.turn().saturating_sub(since.elapsed()) } else { self.pause() };
            look = match self.calls.recv_timeout(pause) {
                Ok(Call::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(call) if self.is_held(&call) => {
                    later = true;
                    since.elapsed() >= self.turn()
                }
                Ok(call) => {
                    self.note(call);
                    if !self.wait_for_quiet() {
                        return;
                    }
                    true
                }
                Err(RecvTimeoutError::Timeout) => later || self.ears.as_ref().is_none_or(Ears::are_off),
            };
        }
    }

    /// Whether somebody writes on who was waited for in vain. He may do so all day, and has looks taken in turns.
    fn is_held(&self, call: &Call) -> bool {
        matches!(call, Call::Saved { path, written: true } if self.held.contains(path))
    }

    fn pause(&self) -> Duration {
        if self.ears.is_some() { ROUNDS } else { self.turn() }
    }

    /// From one look to the next where nobody tells what is whole.
    fn turn(&self) -> Duration {
        self.turns.max(self.took * REST)
    }

    /// Looks until what is there has been taken or found wrong; false when it is time to stop.
    fn look(&mut self, reload: &Arc<Reload>) -> bool {
        let (watch, mut quiet) = (Stopwatch::start(), Stopwatch::start());
        loop {
            let attempt = self.attempt(reload, quiet.elapsed() >= GRACE || watch.elapsed() >= HELD);
            // What changed in a folder before it was listened to was not heard.
            if self.listen(reload) && watch.elapsed() < HELD {
                continue;
            }
            if let Attempt::Done = attempt {
                return true;
            }
            // Without ears there is nothing to wait for but time.
            let step = if self.ears.is_some() { GRACE } else { GRACE / 4 };
            match self.calls.recv_timeout(GRACE.saturating_sub(quiet.elapsed()).min(step)) {
                Ok(Call::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
                Ok(call) => {
                    self.note(call);
                    if !self.wait_for_quiet() {
                        return false;
                    }
                    quiet = Stopwatch::start();
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn attempt(&mut self, reload: &Reload, settled: bool) -> Attempt {
        let watch = Stopwatch::start();
        let attempt = reload.attempt(settled);
        self.took = watch.elapsed();
        attempt
    }

    /// False when it is time to stop.
    fn wait_for_quiet(&mut self) -> bool {
        let watch = Stopwatch::start();
        // However much there is to hear, it ends.
        while watch.elapsed() < HELD {
            let (most, pause) = if self.written.is_empty() { (LOUD, QUIET) } else { (HELD, HELD) };
            let left = most.saturating_sub(watch.elapsed());
            match self.calls.recv_timeout(pause.min(left)) {
                Ok(Call::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
                Ok(call) => self.note(call),
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        let room = CALLS.saturating_sub(self.held.len());
        self.held.extend(self.written.drain().take(room));
        true
    }

    fn note(&mut self, call: Call) {
        match call {
            Call::Saved { path, written: true } => {
                if self.written.len() < CALLS && !self.held.contains(&path) {
                    self.written.insert(path);
                }
            }
            Call::Saved { path, .. } | Call::Closed(path) => {
                self.written.remove(&path);
                self.held.remove(&path);
            }
            Call::Moved(path) => {
                self.written.retain(|written| !written.starts_with(&path));
                self.held.retain(|held| !held.starts_with(&path));
                if let Some(ears) = &mut self.ears {
                    ears.forget(&path);
                }
            }
            Call::Look | Call::Stop => {}
        }
    }

    /// Listens where something of concern may happen now; true if that is somewhere new.
    fn listen(&mut self, reload: &Arc<Reload>) -> bool {
        let concern = Concern::with(&reload.places());
        let folders = concern.folders.keys().map(|folder| folder.display().to_string()).collect();
        let heard = self.ears.as_mut().map(|ears| ears.listen(concern));
        let new = match heard {
            None => false,
            Some(Ok(new)) => new,
            Some(Err(reason)) => {
                self.deafen(reason);
                true
            }
        };
        let how = match &self.ears {
            Some(_) => How::Events,
            None => How::Poll(self.turns, self.because.clone()),
        };
        reload.watched(how, folders);
        new
    }

    fn deafen(&mut self, reason: String) {
        tracing::warn!("saved files are looked for every {:?}: {reason}", self.turns);
        self.ears = None;
        self.because = Some(reason);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::thread;

    use super::*;
    use crate::reload::{Outcome, Place, Renew};
    use crate::source::Diagnostic;

    /// Tells of every look.
    struct Looks(Sender<()>);

    impl Renew for Looks {
        fn renew(&mut self, _settled: bool) -> Result<Outcome, Vec<Diagnostic>> {
            self.0.send(()).unwrap();
            Ok(Outcome::Same)
        }

        fn places(&self) -> Vec<Place> {
            Vec::new()
        }

        fn stale(&mut self, _why: Option<&Diagnostic>) {}
    }

    #[test]
    fn a_file_that_was_waited_for_in_vain_has_looks_taken_in_turns() {
        const PATIENCE: Duration = Duration::from_secs(20);
        const TURN: Duration = Duration::from_secs(2);
        let ((sender, looks), (caller, calls)) = (channel(), sync_channel(CALLS));
        let reload = Reload::new(Box::new(Looks(sender)));
        let log = PathBuf::from("some.log");
        let watcher = Watcher {
            reload: Arc::downgrade(&reload),
            calls,
            ears: None,
            turns: TURN,
            took: Duration::ZERO,
            because: None,
            written: HashSet::new(),
            held: HashSet::from([log.clone()]),
        };
        let watcher = thread::spawn(move || watcher.run());
        looks.recv_timeout(PATIENCE).unwrap();
        let watch = Stopwatch::start();
        for _ in 0..3 {
            caller.send(Call::Saved { path: log.clone(), written: true }).unwrap();
            let looked = looks.recv_timeout(Duration::from_millis(100)).is_ok();
            assert!(!looked || watch.elapsed() >= TURN, "looked after {:?}", watch.elapsed());
        }
        looks.recv_timeout(PATIENCE).expect("it is looked at all the same");
        caller.send(Call::Stop).unwrap();
        watcher.join().unwrap();
    }
}
