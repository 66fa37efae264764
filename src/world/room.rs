//! How much all lanes together may hold. Whatever a lane keeps takes its share of one count of bytes, and gives it back when
//! it goes, so that many lanes that are each within their bounds still fit into the machine.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value};

use super::record::Record;

/// What one lane may put into one collection.
pub const MOST_RECORDS: usize = 100_000;
pub const MOST_BYTES: usize = 64 << 20;

/// And what all lanes together may hold unless somebody says otherwise, in bytes.
pub const USUAL: usize = 1 << 30;

#[derive(Debug)]
pub struct Room {
    most: usize,
    taken: AtomicUsize,
}

/// What somebody holds of a room.
#[derive(Debug, Default)]
pub struct Share {
    room: Arc<Room>,
    bytes: usize,
}

/// Why there is no place for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The lane holds as many records of a kind as one may, or as large ones.
    Records,
    /// As much lies ahead of the lane as may, so many changes.
    Plans(usize),
    /// The lane keeps as many answers for those who ask again as one may.
    Keys,
    /// As many calls have arrived in the lane as may.
    Calls(usize),
    /// All lanes together hold as much as they may, so many bytes.
    All(usize),
}

impl Room {
    pub fn new(most: usize) -> Room {
        Room { most, taken: AtomicUsize::new(0) }
    }

    /// Bytes that are taken now.
    #[cfg(test)]
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Default for Room {
    fn default() -> Room {
        Room::new(USUAL)
    }
}

impl Share {
    /// Nothing yet.
    pub fn of(room: &Arc<Room>) -> Share {
        Share { room: room.clone(), bytes: 0 }
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// As much again, for a copy of what this share is held for.
    pub fn again(&self) -> Result<Share, Full> {
        self.again_in(&self.room)
    }

    /// The same in another room.
    pub fn again_in(&self, room: &Arc<Room>) -> Result<Share, Full> {
        let mut share = Share::of(room);
        share.resize(self.bytes)?;
        Ok(share)
    }

    /// Holds the same in another room from here on, or nothing if there is no place for it.
    pub fn move_to(&mut self, room: &Arc<Room>) -> Result<(), Full> {
        if Arc::ptr_eq(&self.room, room) {
            return Ok(());
        }
        let moved = self.again_in(room);
        *self = Share::of(room);
        *self = moved?;
        Ok(())
    }

    /// Holds so many bytes from here on. There is always room for less.
    pub fn resize(&mut self, bytes: usize) -> Result<(), Full> {
        let Room { most, taken } = &*self.room;
        match bytes.checked_sub(self.bytes) {
            None => {
                taken.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
            }
            Some(more) => {
                let with_more = |taken: usize| taken.checked_add(more).filter(|taken| more == 0 || taken <= most);
                let done = taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, with_more);
                done.map_err(|_| Full::All(*most))?;
            }
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A sentence of its own, or the end of one.
impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Full::Records => {
                let mebibytes = MOST_BYTES >> 20;
                write!(
                    f,
                    "this lane holds as much as one may, {MOST_RECORDS} records or {mebibytes} MiB of a kind; a reset makes room"
                )
            }
            Full::Plans(most) => {
                write!(f, "{most} changes lie ahead of this lane, as many as may; time makes room, or a reset")
            }
            Full::Keys => {
                let mebibytes = MOST_BYTES >> 20;
                write!(
                    f,
                    "this lane keeps the answers to as many idempotency keys as one may, {MOST_RECORDS} or {mebibytes} MiB; time makes room, or a reset"
                )
            }
            Full::Calls(most) => {
                write!(f, "{most} calls have arrived in this lane, as many as may; a reset makes room")
            }
            Full::All(most) => {
                let remedy = "delete or reset some, or start with more (--lane-memory)";
                write!(f, "all lanes together hold as much as they may, {most} bytes; {remedy}")
            }
        }
    }
}

/// About how many bytes a record holds.
pub fn weight(record: &Record) -> usize {
    of_value(&record.shown) + of_value(&record.hidden)
}

/// The same of members by their names.
pub fn of_members(members: &Map<String, Value>) -> usize {
    members.iter().map(|(name, value)| 32 + name.len() + of_value(value)).sum()
}

fn of_value(value: &Value) -> usize {
    32 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(of_value).sum(),
        Value::Object(members) => of_members(members),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_taken_and_given_back() {
        let room = Arc::new(Room::new(100));
        let (mut first, mut second) = (Share::of(&room), Share::of(&room));
        first.resize(60).unwrap();
        assert_eq!(second.resize(41), Err(Full::All(100)));
        assert_eq!((second.bytes(), room.taken()), (0, 60), "nothing is taken by halves");
        second.resize(40).unwrap();
        assert_eq!(first.resize(61), Err(Full::All(100)));
        first.resize(10).unwrap();
        let third = first.again().unwrap();
        assert_eq!((third.bytes(), room.taken()), (10, 60));
        assert_eq!(second.again().unwrap().bytes(), 40);
        second.resize(80).unwrap();
        assert_eq!(second.again().map(|share| share.bytes()), Err(Full::All(100)));
        drop((first, second, third));
        assert_eq!(room.taken(), 0);
        assert_eq!(Share::of(&room).resize(usize::MAX), Err(Full::All(100)));
    }

    #[test]
    fn many_at_once_never_take_more_than_there_is() {
        let room = Arc::new(Room::new(1_000));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut share = Share::of(&room);
                    for bytes in (0..5_000).map(|n| n * 37 % 301) {
                        let before = share.bytes();
                        let kept = if share.resize(bytes).is_ok() { bytes } else { before };
                        assert_eq!(share.bytes(), kept);
                        assert!(room.taken() <= 1_000);
                    }
                });
            }
        });
        assert_eq!(room.taken(), 0);
    }
}
