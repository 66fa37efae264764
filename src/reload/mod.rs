//! Whatever is made of files is made anew when they are saved, and what was good last stays until the next good one is there.
//!
//! This room knows when to look and what to tell about it: `watch` hears of saved files, `places` says which folders to watch
//! for that, `report` keeps what came of it. How something is made, and of what, is up to whoever implements `Renew`.

mod places;
mod report;
mod watch;

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::clock::Clock;
use crate::source::{Diagnostic, render};

pub use places::Place;
pub use report::{Change, How, Report, Trouble};
pub use watch::{TURNS, Watch};

use watch::Call;

/// Something that is made of files.
pub trait Renew: Send {
    /// Makes anew what is made of files that are others now, and puts it in the place of what was there. Where it is not
    /// `settled`, files that are gone or empty, or change while they are read, are waited for.
    fn renew(&mut self, settled: bool) -> Result<Outcome, Vec<Diagnostic>>;

    /// What it is made of.
    fn places(&self) -> Vec<Place>;

    /// What is served is not what the files say, for this reason, or is again.
    fn stale(&mut self, why: Option<&Diagnostic>);
}

pub enum Outcome {
    /// No file is another.
    Same,
    /// A file is empty or gone, and may be on its way, or changed while it was read.
    Unsettled,
    Renewed(Change),
}

/// What was made last, and what is known about it.
pub struct Reload {
    renew: Mutex<Box<dyn Renew>>,
    report: Mutex<Report>,
    watcher: OnceLock<SyncSender<Call>>,
}

/// What came of an attempt.
enum Attempt {
    Done,
    /// It may be that files are being saved.
    Unfinished,
}

impl Reload {
    pub fn new(renew: Box<dyn Renew>) -> Arc<Reload> {
        let report = Mutex::new(Report::first(Clock::system()));
        Arc::new(Reload { renew: Mutex::new(renew), report, watcher: OnceLock::new() })
    }

    /// Looks at the files once, now and as they are. Whoever asks for that is told what is wrong, be it new or not.
    pub fn now(&self) -> Result<Report, Vec<Diagnostic>> {
        let mut renew = lock(&self.renew);
        let outcome = match guarded(|| renew.renew(false)) {
            Ok(Outcome::Unsettled) | Err(_) => guarded(|| renew.renew(true)),
            settled => settled,
        };
        let failed = outcome.as_ref().err().cloned();
        self.settle(&mut renew, outcome, true);
        drop(renew);
        if let Some(watcher) = self.watcher.get() {
            // Files may be in other folders now. A queue that is full has somebody looking soon.
            let _ = watcher.try_send(Call::Look);
        }
        failed.map_or_else(|| Ok(self.report()), Err)
    }

    pub fn report(&self) -> Report {
        lock(&self.report).clone()
    }

    /// The same for whoever waits until files are whole; `settled` when that took long enough.
    fn attempt(&self, settled: bool) -> Attempt {
        let mut renew = lock(&self.renew);
        let outcome = guarded(|| renew.renew(settled));
        if !settled && matches!(outcome, Ok(Outcome::Unsettled) | Err(_)) {
            return Attempt::Unfinished;
        }
        self.settle(&mut renew, outcome, false);
        Attempt::Done
    }

    /// What is wrong is told once, and again to whoever `asks`. Nobody who wants the report waits for whoever serves.
    fn settle(&self, renew: &mut MutexGuard<Box<dyn Renew>>, outcome: Result<Outcome, Vec<Diagnostic>>, asks: bool) {
        let mut report = self.report();
        match outcome {
            Ok(Outcome::Same | Outcome::Unsettled) => {
                if report.mended() {
                    renew.stale(None);
                    tracing::info!("the files are what is served again (generation {})", report.generation);
                }
            }
            Ok(Outcome::Renewed(change)) => {
                if report.mended() {
                    renew.stale(None);
                }
                report.renewed(Clock::system(), change);
                tell(&report);
            }
            Err(findings) => {
                if report.failed(Clock::system(), findings) || asks {
                    let findings = report.trouble.as_ref().map_or(&[][..], |trouble| &trouble.findings);
                    renew.stale(findings.iter().find(|finding| finding.is_error()).or(findings.first()));
                    let generation = report.generation;
                    let shown = render(findings, false);
                    tracing::error!("what was saved is wrong, generation {generation} is served on:\n{shown}");
                }
            }
        }
        // What is watched is told by another thread.
        let mut known = lock(&self.report);
        let Report { how, folders, .. } = mem::replace(&mut *known, report);
        (known.how, known.folders) = (how, folders);
    }

    fn places(&self) -> Vec<Place> {
        lock(&self.renew).places()
    }

    fn watched(&self, how: How, folders: Vec<String>) {
        let mut report = lock(&self.report);
        (report.how, report.folders) = (how, folders);
    }
}

/// One line, then what was left behind and what is odd.
fn tell(report: &Report) {
    let Change { lines, left, more, warnings } = &report.change;
    tracing::info!("generation {}: {}", report.generation, lines.join("; "));
    if !left.is_empty() {
        let more = if *more > 0 { format!("\nand {more} more") } else { String::new() };
        tracing::warn!("what lanes had made does not fit any more:\n{}{more}", left.join("\n"));
    }
    if !warnings.is_empty() {
        tracing::warn!("the files have oddities:\n{}", render(warnings, false));
    }
}

/// A fault of ours must not end the watching.
fn guarded(work: impl FnOnce() -> Result<Outcome, Vec<Diagnostic>>) -> Result<Outcome, Vec<Diagnostic>> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let finding = Diagnostic::new("E0021", "a fault of ours kept the files from being taken");
        Err(vec![finding.help("the log says where; another save tries again")])
    })
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Weak;
    use std::sync::mpsc::{Sender, channel};
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Files that are wrong. Whoever serves them asks for the report while he is told so.
    struct Wrong(Arc<OnceLock<Weak<Reload>>>, Sender<u64>);

    impl Renew for Wrong {
        fn renew(&mut self, _settled: bool) -> Result<Outcome, Vec<Diagnostic>> {
            Err(vec![Diagnostic::new("E0001", "no good")])
        }

        fn places(&self) -> Vec<Place> {
            Vec::new()
        }

        fn stale(&mut self, _why: Option<&Diagnostic>) {
            let reload = self.0.get().and_then(Weak::upgrade).unwrap();
            self.1.send(reload.report().generation).unwrap();
        }
    }

    #[test]
    fn the_report_can_be_read_while_whoever_serves_is_told() {
        let (own, (sender, asked)) = (Arc::new(OnceLock::new()), channel());
        let reload = Reload::new(Box::new(Wrong(own.clone(), sender)));
        own.set(Arc::downgrade(&reload)).unwrap();
        // If it waits, it waits for ever.
        thread::spawn(move || assert!(reload.now().is_err() && reload.report().trouble.is_some()));
        assert_eq!(asked.recv_timeout(Duration::from_secs(20)), Ok(1));
    }
}
