//! The records of one collection: a base that everybody shares, and over it what one lane has changed. A lane that
//! changes nothing holds a few words, and a copy of a store shares everything until one of the two is written to.

mod over;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::matching::{self, Rank, Wanted};
use super::query::{Order, Query};
use super::record::{Record, id_text};
use super::room::{Full, MOST_BYTES, MOST_RECORDS, Room, Share, weight};
use super::run::Behaviour;

pub use over::{Difference, Left, Why};

/// No lane adds so many records in all its time.
const MOST_PLACES: u64 = 1 << 48;

/// Records that all lanes share, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Base {
    records: Vec<(String, Record)>,
    places: HashMap<String, usize>,
    /// What records do when they are started, by their ids.
    behaviours: HashMap<String, Behaviour>,
    usual: Behaviour,
}

/// What is there, for one lane.
#[derive(Debug, Clone)]
pub struct Store {
    base: Arc<Base>,
    own: Option<Arc<Own>>,
    room: Arc<Room>,
}

/// What a lane has changed.
#[derive(Debug)]
struct Own {
    /// Records of the base by their place there: as they are now, or gone.
    changed: BTreeMap<usize, Option<Record>>,
    /// New records, by the place that they have after all others.
    added: BTreeMap<u64, (String, Record)>,
    places: HashMap<String, u64>,
    /// The place of the next new record.
    next: u64,
    gone: usize,
    share: Share,
}

impl Base {
    /// Of two records with one id the first counts, and a record without one is left out: whoever reads records from files
    /// tells of both.
    pub fn new(id_field: &str, records: Vec<Record>) -> Base {
        let mut base = Base::default();
        for record in records {
            let Some(id) = record.shown.get(id_field).and_then(id_text).map(|id| id.into_owned()) else { continue };
            if !base.places.contains_key(&id) {
                base.places.insert(id.clone(), base.records.len());
                base.records.push((id, record));
            }
        }
        base
    }

    pub fn with_behaviours(self, behaviours: HashMap<String, Behaviour>) -> Base {
        Base { behaviours, ..self }
    }

    pub fn get(&self, id: &str) -> Option<&Record> {
        self.place(id).and_then(|place| self.at(place)).map(|(_, record)| record)
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().map(|(_, record)| record)
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    fn at(&self, place: usize) -> Option<&(String, Record)> {
        self.records.get(place)
    }
}

impl Store {
    /// A store with a room of its own.
    pub fn new(base: Arc<Base>) -> Store {
        Store::within(base, &Arc::default())
    }

    /// A store that shares a room with others.
    pub fn within(base: Arc<Base>, room: &Arc<Room>) -> Store {
        Store { base, own: None, room: room.clone() }
    }

    pub fn get(&self, id: &str) -> Option<&Record> {
        let Some(own) = &self.own else { return self.base.get(id) };
        if let Some(place) = own.places.get(id) {
            return own.added.get(place).map(|(_, record)| record);
        }
        match own.changed.get(&self.base.place(id)?) {
            Some(changed) => changed.as_ref(),
            None => self.base.get(id),
        }
    }

    /// Adds a record, or replaces the one of this id.
    pub fn put(&mut self, id: &str, record: Record) -> Result<(), Full> {
        let in_base = self.base.place(id);
        let own = self.own()?;
        let replaced = own.find(id, in_base).map(weight);
        let bytes = own.share.bytes() - replaced.unwrap_or(0) + weight(&record);
        if bytes > MOST_BYTES || (replaced.is_none() && own.added.len() + own.changed.len() >= MOST_RECORDS) {
            return Err(Full::Records);
        }
        own.share.resize(bytes)?;
        match (own.places.get(id), in_base) {
            (Some(place), _) => {
                own.added.insert(*place, (id.to_owned(), record));
            }
            (None, Some(place)) if !matches!(own.changed.get(&place), Some(None)) => {
                own.changed.insert(place, Some(record));
            }
            // What was gone comes back as a new one.
            _ => {
                own.places.insert(id.to_owned(), own.next);
                own.added.insert(own.next, (id.to_owned(), record));
                own.next += 1;
            }
        }
        Ok(())
    }

    /// Whether there was such a record. A copy of a store has to become one of its own for that, which takes room.
    pub fn remove(&mut self, id: &str) -> Result<bool, Full> {
        if self.get(id).is_none() {
            return Ok(false);
        }
        let in_base = self.base.place(id);
        let own = self.own()?;
        let freed = own.find(id, in_base).map_or(0, weight);
        own.share.resize(own.share.bytes() - freed)?;
        if let Some(place) = own.places.remove(id) {
            own.added.remove(&place);
        } else if let Some(place) = in_base {
            own.changed.insert(place, None);
            own.gone += 1;
        }
        Ok(true)
    }

    pub fn len(&self) -> usize {
        let (added, gone) = self.own.as_ref().map_or((0, 0), |own| (own.added.len(), own.gone));
        self.base.len() + added - gone
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All records in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.placed().map(|(_, record)| record)
    }

    /// The records that a query asks for, in its order. Of those that are equal in that the newest comes first; those
    /// that lack the field it goes by come last, in either direction.
    pub fn select(&self, query: &Query) -> Vec<Record> {
        let wanted: Vec<Wanted> = query.conditions.iter().map(Wanted::new).collect();
        let good = |record: &Record| wanted.iter().all(|wanted| wanted.is_met(|field| record.field(field)));
        let found = self.placed().filter(|(_, record)| good(record));
        let mut rows: Vec<(u64, Rank, &Record)> =
            found.map(|(place, record)| (place, rank(record, query.order.as_ref()), record)).collect();
        let descending = query.order.as_ref().is_some_and(|order| order.descending);
        rows.sort_unstable_by(|a, b| in_order((&a.1, a.0), (&b.1, b.0), descending));
        rows.into_iter().map(|(_, _, record)| record.clone()).collect()
    }

    /// Whether a record, other than the one of the id `except`, has this value.
    pub fn holds(&self, field: &str, value: &Value, except: Option<&str>) -> bool {
        let except = except.and_then(|id| self.place(id));
        let mut others = self.placed().filter(|(place, _)| Some(*place) != except);
        others.any(|(_, record)| record.field(field).is_some_and(|found| matching::is_equal(found, value)))
    }

    /// The place of a record among all that were ever made.
    pub fn place(&self, id: &str) -> Option<u64> {
        self.get(id)?;
        let added = self.own.as_ref().and_then(|own| own.places.get(id));
        added.map(|place| self.base.len() as u64 + place).or_else(|| self.base.place(id).map(|place| place as u64))
    }

    /// Whether anything is otherwise than in the base.
    pub fn is_changed(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.next > 0 || !own.changed.is_empty())
    }

    /// The records of the base that are others now, or gone.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&str, Option<&Record>)> {
        let changed = self.own.iter().flat_map(|own| &own.changed);
        changed.filter_map(|(place, record)| Some((self.base.at(*place)?.0.as_str(), record.as_ref())))
    }

    /// The records that the lane added and that are still there, by their places among those.
    pub(super) fn added(&self) -> impl Iterator<Item = (u64, &Record)> {
        self.own.iter().flat_map(|own| &own.added).map(|(place, (_, record))| (*place, record))
    }

    /// Leaves places free that records had which are gone; `false` if they are taken already.
    pub(super) fn skip_to(&mut self, place: u64) -> Result<bool, Full> {
        let before = self.ever_added();
        if place > before && place < MOST_PLACES {
            self.own()?.next = place;
        }
        Ok(place == self.ever_added())
    }

    /// What a record does when it is started.
    pub fn behaviour(&self, id: &str) -> &Behaviour {
        self.base.behaviours.get(id).unwrap_or(&self.base.usual)
    }

    /// The ids of the base, of records that are gone as well.
    pub fn base_ids(&self) -> impl Iterator<Item = &str> {
        self.base.records.iter().map(|(id, _)| id.as_str())
    }

    /// How many records the lane ever added.
    pub fn ever_added(&self) -> u64 {
        self.own.as_ref().map_or(0, |own| own.next)
    }

    /// What the lane changed, to be changed further. What it shares with a copy is copied first.
    fn own(&mut self) -> Result<&mut Own, Full> {
        let room = &self.room;
        let own = self.own.get_or_insert_with(|| Arc::new(Own::fresh(room)));
        if Arc::get_mut(own).is_none() {
            *own = Arc::new(own.copied()?);
        }
        // It is nobody else's by now.
        Arc::get_mut(own).ok_or(Full::Records)
    }

    fn placed(&self) -> impl Iterator<Item = (u64, &Record)> {
        let own = self.own.as_deref();
        let base = self.base.records.iter().enumerate().filter_map(move |(place, (_, record))| {
            let record = match own.and_then(|own| own.changed.get(&place)) {
                Some(changed) => changed.as_ref()?,
                None => record,
            };
            Some((place as u64, record))
        });
        let after = self.base.len() as u64;
        let added = own.into_iter().flat_map(|own| &own.added);
        base.chain(added.map(move |(place, (_, record))| (after + place, record)))
    }
}

impl Own {
    fn fresh(room: &Arc<Room>) -> Own {
        let share = Share::of(room);
        Own { changed: BTreeMap::new(), added: BTreeMap::new(), places: HashMap::new(), next: 0, gone: 0, share }
    }

    fn copied(&self) -> Result<Own, Full> {
        let Own { changed, added, places, next, gone, share } = self;
        let share = share.again()?;
        Ok(Own {
            changed: changed.clone(),
            added: added.clone(),
            places: places.clone(),
            next: *next,
            gone: *gone,
            share,
        })
    }

    /// A record that the lane put in.
    fn find(&self, id: &str, in_base: Option<usize>) -> Option<&Record> {
        match self.places.get(id) {
            Some(place) => self.added.get(place).map(|(_, record)| record),
            None => self.changed.get(&in_base?)?.as_ref(),
        }
    }
}

/// What a record is sorted by.
pub fn rank<'r>(record: &'r Record, order: Option<&Order>) -> Rank<'r> {
    let value = order.and_then(|order| record.field(&order.field));
    value.map_or(Rank::Nothing, Rank::of)
}

/// Which of two records comes first, by rank and place.
pub fn in_order(a: (&Rank, u64), b: (&Rank, u64), descending: bool) -> std::cmp::Ordering {
    let by_rank = match (a.0, b.0) {
        (Rank::Nothing, _) | (_, Rank::Nothing) => a.0.cmp(b.0),
        (a, b) if descending => b.cmp(a),
        (a, b) => a.cmp(b),
    };
    by_rank.then(b.1.cmp(&a.1))
}

#[cfg(test)]
mod tests;
