//! Writes lines without ever holding up whoever has one: lines go into a bounded buffer, one thread empties it. If the
//! device is full, the reader has left or never reads, lines are dropped and counted, and serving goes on.

use std::io::{ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most that waits to be written.
const CAPACITY: usize = 1024 * 1024;
/// How long the thread lets lines gather, so that a busy server wakes it a hundred times a second at most, and writes
/// many lines at once.
const GATHER: Duration = Duration::from_millis(10);

/// Words for a number of lines that were dropped.
pub type Lost = fn(u64) -> String;

#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Something to write has come, or the end.
    work: Condvar,
    /// Everything was written, or given up.
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    lost: u64,
    /// How many of the lost lines were told of.
    reported: u64,
    /// The last try failed: lost lines are told of when there is something else to write, or the thread would try for
    /// ever.
    failing: bool,
    closing: bool,
    /// The thread waits for work, and nobody has woken it yet.
    asleep: bool,
    /// The thread holds lines that it has not written yet.
    writing: bool,
}

impl State {
    fn pending(&self) -> bool {
        !self.waiting.is_empty() || (self.lost > self.reported && !self.failing)
    }
}

impl Writer {
    /// Starts the thread that writes to `out`.
    pub fn start(name: &str, mut out: impl Write + Send + 'static, lost: Lost) -> std::io::Result<Writer> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || theirs.run(&mut out, lost))?;
        Ok(Writer { shared })
    }

    /// Takes one or more whole lines, or drops them if too many wait already.
    pub fn send(&self, lines: &str) {
        let mut state = self.shared.lock();
        if state.waiting.len() + lines.len() > CAPACITY {
            state.lost += count(lines.as_bytes());
            return;
        }
        state.waiting.extend_from_slice(lines.as_bytes());
        // Waking costs a system call: only who finds the thread asleep pays for it.
        if std::mem::take(&mut state.asleep) {
            drop(state);
            self.shared.work.notify_one();
        }
    }

    /// Waits until everything is written, but no longer than `limit`. True if it is.
    pub fn finish(&self, limit: Duration) -> bool {
        let mut state = self.shared.lock();
        state.closing = true;
        self.shared.work.notify_one();
        let waited = self.shared.done.wait_timeout_while(state, limit, |state| state.writing || state.pending());
        let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        !timeout.timed_out()
    }
}

impl Shared {
    /// A thread that panicked while it held the lock left whole lines behind it at worst.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, out: &mut impl Write, lost: Lost) {
        let mut batch = Vec::new();
        loop {
            let unreported = self.next(&mut batch);
            let closing = || self.lock().closing;
            let told = unreported == 0 || write_patiently(out, lost(unreported).as_bytes(), closing).is_ok();
            // While the line about lost lines can't be written, the others could not either.
            let written = told && write_patiently(out, &batch, closing).is_ok();
            let mut state = self.lock();
            if told {
                state.reported += unreported;
            }
            if !written {
                state.lost += count(&batch);
            }
            state.failing = !written;
            state.writing = false;
            batch.clear();
            self.done.notify_all();
        }
    }

    /// Waits for work and takes all of it. Returns how many lines were lost and not told of.
    fn next(&self, batch: &mut Vec<u8>) -> u64 {
        let mut state = self.lock();
        while !state.pending() {
            state.asleep = true;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.asleep = false;
        if !state.closing {
            // Woken early only by the end.
            let gathered = self.work.wait_timeout_while(state, GATHER, |state| !state.closing);
            state = gathered.unwrap_or_else(PoisonError::into_inner).0;
        }
        std::mem::swap(batch, &mut state.waiting);
        state.writing = true;
        state.lost - state.reported
    }
}

/// Writes all of it. A stream that somebody has set to non-blocking is asked again until it takes more.
fn write_patiently(out: &mut impl Write, mut bytes: &[u8], closing: impl Fn() -> bool) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && !closing() => std::thread::park_timeout(GATHER),
            Err(error) => return Err(error),
        }
    }
    out.flush()
}

fn count(lines: &[u8]) -> u64 {
    lines.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    const LIMIT: Duration = Duration::from_secs(20);

    fn lost(lines: u64) -> String {
        format!("{lines} lost\n")
    }

    /// Hands each write to the test, which says how it ends.
    struct Puppet {
        written: SyncSender<String>,
        verdicts: Receiver<io::Result<()>>,
    }

    impl Write for Puppet {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.written.send(String::from_utf8_lossy(bytes).into_owned());
            self.verdicts.recv().unwrap_or(Ok(())).map(|()| bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn puppet() -> (Writer, Receiver<String>, SyncSender<io::Result<()>>) {
        let (written, seen) = sync_channel(64);
        let (decide, verdicts) = sync_channel(64);
        (Writer::start("test", Puppet { written, verdicts }, lost).expect("a thread"), seen, decide)
    }

    #[test]
    fn lines_arrive_whole_and_in_order() {
        let (writer, seen, decide) = puppet();
        drop(decide);
        for n in 0..100 {
            writer.send(&format!("line {n}\n"));
        }
        assert!(writer.finish(LIMIT));
        let all: String = seen.try_iter().collect();
        assert_eq!(all, (0..100).map(|n| format!("line {n}\n")).collect::<String>());
    }

    #[test]
    fn a_reader_that_never_reads_stops_nobody_and_learns_what_it_missed() {
        let (writer, seen, decide) = puppet();
        writer.send("first\n");
        // The thread is now inside its write, and stays there.
        assert_eq!(seen.recv_timeout(LIMIT).expect("the first line"), "first\n");
        let line = format!("{}\n", "x".repeat(1023));
        for _ in 0..1500 {
            writer.send(&line);
        }
        assert!(!writer.finish(Duration::from_millis(1)), "nothing can be finished while nobody reads");
        drop(decide);
        assert_eq!(seen.recv_timeout(LIMIT).expect("the report"), "476 lost\n");
        assert_eq!(seen.recv_timeout(LIMIT).expect("what had room").len(), CAPACITY);
        assert!(writer.finish(LIMIT));
    }

    #[test]
    fn a_full_device_is_tried_again() {
        let (writer, seen, decide) = puppet();
        decide.send(Err(ErrorKind::StorageFull.into())).expect("the thread");
        writer.send("one\ntwo\n");
        assert_eq!(seen.recv_timeout(LIMIT).expect("the first try"), "one\ntwo\n");
        decide.send(Err(ErrorKind::StorageFull.into())).expect("the thread");
        // Only once the first try is over is the next line one of its own.
        while writer.shared.lock().writing {
            std::thread::yield_now();
        }
        writer.send("three\n");
        assert_eq!(seen.recv_timeout(LIMIT).expect("the report"), "2 lost\n");
        while writer.shared.lock().writing {
            std::thread::yield_now();
        }
        drop(decide);
        writer.send("four\n");
        assert_eq!(seen.recv_timeout(LIMIT).expect("the report"), "3 lost\n");
        assert_eq!(seen.recv_timeout(LIMIT).expect("the line"), "four\n");
        assert!(writer.finish(LIMIT));
    }
}
