//! The book as a file: one entry a line, written by a thread of its own, so that no request waits for a disk. What the disk
//! does not take in time is lost, the oldest first, and counted.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::entry::Entry;
use crate::ending::Ending;

/// What waits to be written, at most.
const MOST_WAITING: usize = 10_000;
const MOST_BYTES: usize = 32 << 20;
/// So often the file is written to: a crash costs what came since.
const TURN: Duration = Duration::from_millis(250);
/// Lines are written when they are so long together.
const MOST_AT_ONCE: usize = 64 << 10;
/// So long the end may take.
const LAST_TURN: Duration = Duration::from_secs(2);
/// Of so many entries that are still being sent it is told later how they ended.
const MOST_OPEN: usize = 1_000;

#[derive(Debug)]
pub struct Scroll {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// It ends, or so much waits that the next turn is too late.
    hurry: Condvar,
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Arc<Entry>>,
    bytes: usize,
    lost: u64,
    closing: bool,
    done: bool,
}

impl Scroll {
    /// Opens a file to write behind what is in it, and starts the thread.
    pub fn open(path: &Path) -> io::Result<Scroll> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        end_last_line(&mut file)?;
        Scroll::start(file)
    }

    fn start(out: impl Write + Send + 'static) -> io::Result<Scroll> {
        let shared = Arc::<Shared>::default();
        let theirs = shared.clone();
        std::thread::Builder::new().name("journal".to_owned()).spawn(move || theirs.run(out))?;
        Ok(Scroll { shared })
    }

    /// Has an entry written at the next turn.
    pub(super) fn take(&self, entry: &Arc<Entry>) {
        let mut state = self.shared.lock();
        let weight = entry.weight();
        while state.waiting.len() >= MOST_WAITING || (state.bytes + weight > MOST_BYTES && !state.waiting.is_empty()) {
            let Some(oldest) = state.waiting.pop_front() else { break };
            state.bytes -= oldest.weight();
            state.lost += 1;
        }
        state.bytes += weight;
        state.waiting.push_back(entry.clone());
        let is_half_full = state.waiting.len() == MOST_WAITING / 2 || state.bytes > MOST_BYTES / 2;
        drop(state);
        if is_half_full {
            self.shared.hurry.notify_one();
        }
    }

    /// Writes what waits, but for no longer than it may take.
    pub(super) fn finish(&self) {
        let mut state = self.shared.lock();
        state.closing = true;
        self.shared.hurry.notify_one();
        drop(self.shared.done.wait_timeout_while(state, LAST_TURN, |state| !state.done));
    }
}

impl Drop for Scroll {
    fn drop(&mut self) {
        self.finish();
    }
}

/// A file that a crash left in the middle of a line goes on with the next.
fn end_last_line(file: &mut File) -> io::Result<()> {
    if file.metadata()?.len() == 0 || !file.metadata()?.is_file() {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last != *b"\n" { file.write_all(b"\n") } else { Ok(()) }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut out: impl Write) {
        let (mut open, mut failing, mut torn) = (Vec::new(), false, false);
        loop {
            let (entries, lost, closing) = self.next();
            let mut batch = Batch { out: &mut out, text: String::new(), lines: Vec::new(), torn, lost: 0 };
            if lost > 0 {
                batch.add(&format!("{}\n", json!({ "lost": lost })), lost);
            }
            write_lines(&mut batch, entries, &mut open);
            batch.write();
            let unwritten = batch.lost;
            torn = batch.torn;
            if unwritten > 0 && !failing {
                tracing::warn!("the journal's file can't be written: what it does not take is lost, and counted");
            }
            failing = unwritten > 0;
            self.lock().lost += unwritten;
            if closing {
                self.lock().done = true;
                self.done.notify_all();
                return;
            }
        }
    }

    /// What came since the last turn, how much of it was lost, and whether this is the end.
    fn next(&self) -> (VecDeque<Arc<Entry>>, u64, bool) {
        let mut state = self.lock();
        if !state.closing {
            state = self.hurry.wait_timeout(state, TURN).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.bytes = 0;
        let lost = std::mem::take(&mut state.lost);
        (std::mem::take(&mut state.waiting), lost, state.closing)
    }
}

/// Lines that are written together.
struct Batch<'o, W> {
    out: &'o mut W,
    text: String,
    /// Where each line ends in the text, and how many entries it tells of.
    lines: Vec<(usize, u64)>,
    /// A line was left in its middle: what comes next begins one of its own.
    torn: bool,
    /// How many entries could not be written.
    lost: u64,
}

impl<W: Write> Batch<'_, W> {
    fn add(&mut self, line: &str, entries: u64) {
        if self.torn && self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(line);
        self.lines.push((self.text.len(), entries));
        if self.text.len() > MOST_AT_ONCE {
            self.write();
        }
    }

    fn write(&mut self) {
        let (text, lines) = (std::mem::take(&mut self.text), std::mem::take(&mut self.lines));
        let written = write_some(&mut *self.out, text.as_bytes());
        if let Some(last) = written.checked_sub(1) {
            self.torn = !text.as_bytes()[..=last].ends_with(b"\n");
        }
        self.lost += lines.iter().filter(|(end, _)| *end > written).map(|(_, entries)| entries).sum::<u64>();
    }
}

/// As much as goes, and how much that was: a disk that is full takes a part.
fn write_some(out: &mut impl Write, bytes: &[u8]) -> usize {
    let mut written = 0;
    while written < bytes.len() {
        match out.write(&bytes[written..]) {
            Ok(0) => break,
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    written
}

/// One that is still being sent is written all the same, and once more when it ended.
fn write_lines(batch: &mut Batch<impl Write>, entries: VecDeque<Arc<Entry>>, open: &mut Vec<Arc<Entry>>) {
    open.retain(|entry| {
        let is_open = entry.ending() == Ending::Open;
        if !is_open {
            batch.add(&entry.ndjson(), 0);
        }
        is_open
    });
    for entry in entries {
        batch.add(&entry.ndjson(), 1);
        if entry.ending() == Ending::Open && open.len() < MOST_OPEN {
            open.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;
    use crate::ending::Witness;
    use crate::journal::sample::entry;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// Hands each write to the test, which says how it ends.
    struct Puppet {
        written: Sender<String>,
        verdicts: Receiver<bool>,
    }

    impl Write for Puppet {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.written.send(String::from_utf8_lossy(bytes).into_owned()).map_err(io::Error::other)?;
            match self.verdicts.recv() {
                Ok(true) => Ok(bytes.len()),
                _ => Err(io::ErrorKind::StorageFull.into()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn puppet() -> (Scroll, Receiver<String>, Sender<bool>) {
        let ((written, writes), (verdict, verdicts)) = (channel(), channel());
        (Scroll::start(Puppet { written, verdicts }).unwrap(), writes, verdict)
    }

    fn told(text: &str) -> Vec<(u64, String)> {
        let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("a line of JSON");
        let one = |line: serde_json::Value| match line["lost"].as_u64() {
            Some(lost) => (lost, "lost".to_owned()),
            None => (line["number"].as_u64().unwrap(), line["ending"].as_str().unwrap().to_owned()),
        };
        text.lines().map(read).map(one).collect()
    }

    #[test]
    fn one_that_ends_late_is_told_of_again() {
        let (scroll, writes, verdict) = puppet();
        let (first, second) = (entry(1), entry(2));
        first.ended(Ending::Complete, 0);
        scroll.take(&first);
        scroll.take(&second);
        let mut seen = Vec::new();
        while seen.len() < 2 {
            seen.extend(told(&writes.recv_timeout(PATIENCE).unwrap()));
            verdict.send(true).unwrap();
        }
        assert_eq!(seen, [(1, "complete".to_owned()), (2, "open".to_owned())]);
        second.ended(Ending::HungUp, 0);
        assert_eq!(told(&writes.recv_timeout(PATIENCE).unwrap()), [(2, "hung_up".to_owned())]);
        verdict.send(true).unwrap();
        scroll.finish();
        assert!(writes.recv().is_err(), "nothing more is written");
    }

    #[test]
    fn the_oldest_are_lost_to_a_slow_disk_and_counted() {
        let (scroll, writes, verdict) = puppet();
        scroll.take(&entry(1));
        let first = writes.recv_timeout(PATIENCE).unwrap();
        assert_eq!(told(&first).len(), 1);
        for number in 2..=MOST_WAITING as u64 + 11 {
            scroll.take(&entry(number));
        }
        // The disk is full on top of that.
        verdict.send(false).unwrap();
        let mut second = Vec::new();
        while second.len() < MOST_WAITING + 1 {
            second.extend(told(&writes.recv_timeout(PATIENCE).unwrap()));
            verdict.send(true).unwrap();
        }
        assert_eq!(second[0], (11, "lost".to_owned()), "ten were too many, and the first was not written");
        assert_eq!((second[1].0, second.len()), (12, MOST_WAITING + 1));
        scroll.finish();
    }

    /// Takes so many bytes more.
    struct Disk {
        text: String,
        room: usize,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.room);
            self.room -= taken;
            self.text.push_str(&String::from_utf8_lossy(&bytes[..taken]));
            if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_a_full_disk_has_torn_stays_alone() {
        let mut disk = Disk { text: String::new(), room: 10 };
        let mut torn = false;
        let mut turn = |disk: &mut Disk, lines: &[(&str, u64)]| {
            let mut batch = Batch { out: disk, text: String::new(), lines: Vec::new(), torn, lost: 0 };
            lines.iter().for_each(|(line, entries)| batch.add(line, *entries));
            batch.write();
            torn = batch.torn;
            batch.lost
        };
        assert_eq!(turn(&mut disk, &[("one\n", 1), ("two\n", 1), ("three\n", 1), ("four\n", 0)]), 1);
        assert_eq!(turn(&mut disk, &[("five\n", 1)]), 1, "nothing goes");
        disk.room = 1;
        assert_eq!(turn(&mut disk, &[("lost 1\n", 1)]), 1, "the end of the torn line goes, and no more");
        disk.room = 100;
        assert_eq!(turn(&mut disk, &[("lost 2\n", 2), ("six\n", 1)]), 0);
        assert_eq!(disk.text, "one\ntwo\nth\nlost 2\nsix\n");
    }

    #[test]
    fn a_file_goes_on_behind_what_is_in_it() {
        let path = std::env::temp_dir().join(format!("ayra-mock-journal-{}", std::process::id()));
        std::fs::write(&path, "{\"number\":7,\"ending\":\"open\"}\n{\"numb").unwrap();
        let scroll = Scroll::open(&path).unwrap();
        scroll.take(&entry(1));
        scroll.finish();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[1]), (3, "{\"numb"));
        assert_eq!(told(lines[2]), [(1, "open".to_owned())]);
        std::fs::remove_file(&path).unwrap();
        assert!(Scroll::open(std::path::Path::new("/nowhere/at/all")).is_err());
    }
}
