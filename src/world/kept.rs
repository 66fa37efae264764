//! Answers that are given again: whoever sends a request twice with one key gets what came of it the first time. All of it
//! happens under the lane's write lock, so that of two such requests at once the second finds the answer to the first.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::room::{Full, MOST_BYTES, MOST_RECORDS, Room, Share};

/// What an entry costs beside the answer's body.
const OVERHEAD: usize = 256;

#[derive(Debug, Default)]
pub struct Kept {
    entries: HashMap<String, Entry>,
    /// The keys, the oldest first.
    ages: BTreeMap<u64, String>,
    next: u64,
    share: Share,
}

#[derive(Debug, Clone)]
struct Entry {
    fingerprint: u64,
    answer: Answer,
    until: Timestamp,
    age: u64,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What is known of a key.
#[derive(Debug, PartialEq)]
pub enum Known<'k> {
    Nothing,
    /// The same request came before.
    Same(&'k Answer),
    /// The key came with another request.
    Other,
}

/// What a request is recognised by, from everything that makes it the same.
pub fn fingerprint(parts: &[&[u8]]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

impl Kept {
    /// Answers that share a room with others.
    pub fn within(room: &Arc<Room>) -> Kept {
        Kept { share: Share::of(room), ..Kept::default() }
    }

    pub fn copied(&self) -> Result<Kept, Full> {
        Ok(self.with(self.share.again()?))
    }

    /// A copy that shares another room.
    pub fn copied_to(&self, room: &Arc<Room>) -> Result<Kept, Full> {
        Ok(self.with(self.share.again_in(room)?))
    }

    fn with(&self, share: Share) -> Kept {
        Kept { entries: self.entries.clone(), ages: self.ages.clone(), next: self.next, share }
    }

    pub fn look(&self, key: &str, fingerprint: u64, now: Timestamp) -> Known<'_> {
        match self.entries.get(key).filter(|entry| now < entry.until) {
            None => Known::Nothing,
            Some(entry) if entry.fingerprint == fingerprint => Known::Same(&entry.answer),
            Some(_) => Known::Other,
        }
    }

    /// Keeps an answer until the end of this time. Those whose time is over make room, and no others: whoever sent them
    /// counts on it that they are not done twice.
    pub fn keep(&mut self, key: &str, fingerprint: u64, answer: Answer, time: Range<Timestamp>) -> Result<(), Full> {
        self.forget(key);
        while let Some(oldest) =
            self.oldest().filter(|(_, entry)| entry.until <= time.start).map(|(key, _)| key.clone())
        {
            self.forget(&oldest);
        }
        let entry = Entry { fingerprint, answer, until: time.end, age: self.next };
        let bytes = self.share.bytes() + weight(key, &entry);
        if self.entries.len() >= MOST_RECORDS || bytes > MOST_BYTES {
            return Err(Full::Keys);
        }
        self.share.resize(bytes)?;
        self.ages.insert(self.next, key.to_owned());
        self.next += 1;
        self.entries.insert(key.to_owned(), entry);
        Ok(())
    }

    /// A key means nothing any more.
    pub fn forget(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            // There is always room for less.
            let _ = self.share.resize(self.share.bytes() - weight(key, &entry));
            self.ages.remove(&entry.age);
        }
    }

    fn oldest(&self) -> Option<(&String, &Entry)> {
        let (_, key) = self.ages.first_key_value()?;
        self.entries.get_key_value(key)
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn weight(key: &str, entry: &Entry) -> usize {
    let headers = entry.answer.headers.iter();
    let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
    OVERHEAD + 2 * key.len() + headers + entry.answer.body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(end: i64) -> Range<Timestamp> {
        moment(0)..moment(end)
    }

    fn moment(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn answer(body: &str) -> Answer {
        Answer { status: StatusCode::CREATED, headers: HeaderMap::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    #[test]
    fn the_same_request_finds_its_answer_until_it_is_forgotten() {
        let mut kept = Kept::default();
        kept.keep("k", 1, answer("first"), until(10)).unwrap();
        assert_eq!(kept.look("k", 1, moment(9)), Known::Same(&answer("first")));
        assert_eq!(kept.look("k", 2, moment(9)), Known::Other);
        assert_eq!(kept.look("k", 1, moment(10)), Known::Nothing);
        assert_eq!(kept.look("other", 1, moment(0)), Known::Nothing);
        kept.keep("k", 2, answer("second"), until(20)).unwrap();
        assert_eq!(kept.look("k", 2, moment(11)), Known::Same(&answer("second")));
        assert_eq!(kept.len(), 1);
    }

    #[test]
    fn those_whose_time_is_over_make_room_and_no_others() {
        let mut kept = Kept::default();
        for n in 0..MOST_RECORDS as i64 {
            kept.keep(&n.to_string(), 0, answer(""), until(10 + n % 2 + n / 50_000)).unwrap();
        }
        let late = |kept: &mut Kept, now| kept.keep("late", 0, answer(""), moment(now)..moment(20));
        assert_eq!(late(&mut kept, 9), Err(Full::Keys));
        assert_eq!(kept.look("0", 0, moment(9)), Known::Same(&answer("")), "whoever has one keeps it");
        assert_eq!(late(&mut kept, 10), Ok(()));
        assert_eq!(kept.len(), MOST_RECORDS);
        assert_eq!(late(&mut kept, 15), Ok(()));
        assert_eq!((kept.len(), kept.ages.len()), (1, 1));
    }

    #[test]
    fn bytes_are_bounded_as_well() {
        let mut kept = Kept::default();
        let large = "x".repeat(MOST_BYTES / 5);
        for key in ["a", "b", "c", "d"] {
            kept.keep(key, 0, answer(&large), until(10)).unwrap();
        }
        assert_eq!(kept.keep("e", 0, answer(&large), until(10)), Err(Full::Keys));
        assert_eq!(kept.look("a", 0, moment(0)), Known::Same(&answer(&large)));
        for key in ["a", "b", "c", "d", "e"] {
            kept.forget(key);
        }
        assert_eq!((kept.share.bytes(), kept.ages.len()), (0, 0));
    }

    #[test]
    fn all_lanes_share_one_room() {
        let room = Arc::new(Room::new(5_000));
        let [mut first, mut second] = [0, 1].map(|_| Kept::within(&room));
        first.keep("a", 0, answer(&"x".repeat(1_500)), until(10)).unwrap();
        second.keep("b", 0, answer(&"x".repeat(1_500)), until(10)).unwrap();
        assert_eq!(second.keep("c", 0, answer(&"x".repeat(1_500)), until(10)), Err(Full::All(5_000)));
        assert_eq!(second.look("b", 0, moment(0)), Known::Same(&answer(&"x".repeat(1_500))), "it is not done twice");
        assert_eq!(first.copied().map(drop), Err(Full::All(5_000)));
        drop((first, second));
        assert_eq!(room.taken(), 0);
    }

    #[test]
    fn a_fingerprint_knows_where_its_parts_end() {
        assert_eq!(fingerprint(&[b"POST", b"/pets"]), fingerprint(&[b"POST", b"/pets"]));
        assert_ne!(fingerprint(&[b"POST", b"/pets"]), fingerprint(&[b"POST/", b"pets"]));
    }
}
