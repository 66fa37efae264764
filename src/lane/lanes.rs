//! All lanes by their names: as many as are allowed, each for as long as somebody asks for it.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::Duration;

use jiff::Timestamp;

use super::choice::{self, DEFAULT};
use super::{Ground, Lane, Start};
use crate::clock::Clock;
use crate::problem::{Kind, Problem};
use crate::request::Request;
use crate::seed::Seed;
use crate::world::{Room, room};

/// A lane that somebody just used does not go for a stranger.
const AT_WORK: Duration = Duration::from_secs(60);

/// Milliseconds between two looks for lanes whose time is over.
const SWEEP: u64 = 1_000;

/// How many lanes there may be, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Lanes at a time, the default one apart.
    pub most: usize,
    /// A lane that nobody asks for so long is dropped.
    pub idle: Duration,
    /// Bytes of records, and of whatever else is kept with them, in all lanes together.
    pub memory: usize,
}

/// Calls of one lane that has a world of its own, and of all such lanes together.
pub const MOST_OF_ONE: usize = 100_000;
const MOST_OF_ALL: usize = 1_000_000;

/// Different moments at which lanes begin: each takes fixtures of its own.
const MOST_MOMENTS: usize = 100;

/// Why there is no further lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// One of this name is there.
    Exists,
    Crowded(Crowded),
    /// The worlds of all lanes would have more calls than this.
    TooLarge(usize),
    /// Lanes begin at so many different moments already.
    TooManyMoments(usize),
    /// What the world is made of can't be read again.
    Fixtures(String),
}

/// All lanes that are allowed are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowded {
    pub most: usize,
    /// In so many seconds one of them makes room, if nobody asks for it until then.
    pub wait: u64,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { most: 1_000, idle: Duration::from_secs(30 * 60), memory: room::USUAL }
    }
}

#[derive(Debug)]
pub struct Lanes {
    ground: Arc<Ground>,
    pub(super) bounds: Bounds,
    /// Measures idleness, whatever time it is in the lanes.
    pub(super) steady: Arc<Clock>,
    /// The lane of most requests is found without a search.
    default: RwLock<Arc<Lane>>,
    others: RwLock<HashMap<String, Arc<Lane>>>,
    /// Grounds other than that of most lanes, for as long as a lane stands on them.
    grounds: Mutex<Vec<Weak<Ground>>>,
    /// Calls of all those together.
    pub(super) most_calls: usize,
    /// When lanes whose time is over were last looked for.
    swept: AtomicU64,
}

impl Lanes {
    pub fn new(ground: Ground, bounds: Bounds) -> Lanes {
        Lanes::by(Clock::running(Timestamp::UNIX_EPOCH, 1.0), ground, bounds)
    }

    /// With a clock of its own that idleness is measured by.
    pub(super) fn by(steady: Clock, ground: Ground, bounds: Bounds) -> Lanes {
        let ground = Arc::new(ground.within(Arc::new(Room::new(bounds.memory))));
        let default = RwLock::new(Arc::new(Lane::fresh(DEFAULT, ground.clone())));
        Lanes {
            ground,
            bounds,
            steady: Arc::new(steady),
            default,
            others: RwLock::default(),
            grounds: Mutex::default(),
            most_calls: MOST_OF_ALL,
            swept: AtomicU64::new(0),
        }
    }

    /// The same, with these lanes on these grounds; the first lane is the default one.
    pub(super) fn with(&self, ground: Arc<Ground>, grounds: Vec<Weak<Ground>>, lanes: Vec<Lane>) -> Lanes {
        let mut lanes = lanes.into_iter().map(Arc::new);
        let default = lanes.next().unwrap_or_else(|| Arc::new(Lane::fresh(DEFAULT, ground.clone())));
        let others = lanes.map(|lane| (lane.name.clone(), lane)).collect();
        Lanes {
            ground,
            bounds: self.bounds,
            steady: self.steady.clone(),
            default: RwLock::new(default),
            others: RwLock::new(others),
            grounds: Mutex::new(grounds),
            most_calls: self.most_calls,
            swept: AtomicU64::new(self.swept.load(Ordering::Relaxed)),
        }
    }

    /// The grounds other than that of most lanes which somebody stands on.
    pub(super) fn other_grounds(&self) -> Vec<Arc<Ground>> {
        let grounds = self.grounds.lock().unwrap_or_else(PoisonError::into_inner);
        grounds.iter().filter_map(Weak::upgrade).collect()
    }

    /// What a fresh lane stands on.
    pub fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }

    /// The ground of a lane with another seed, with so many calls, or with a beginning of its own. Lanes that want the same
    /// share it.
    pub fn another(
        &self,
        seed: Option<Seed>,
        size: Option<usize>,
        start: Option<Start>,
    ) -> Result<Arc<Ground>, Refused> {
        let shared = &self.ground;
        let size = size.map_or_else(|| shared.wanted(), |size| size.max(shared.least()));
        let seed = seed.unwrap_or(shared.seed);
        let start = start.unwrap_or_else(|| shared.start.clone());
        if shared.is(seed, size, &start) {
            return Ok(shared.clone());
        }
        self.drop_idle();
        // One at a time: making one takes work.
        let mut grounds = self.grounds.lock().unwrap_or_else(PoisonError::into_inner);
        grounds.retain(|ground| ground.strong_count() > 0);
        let there: Vec<Arc<Ground>> = grounds.iter().filter_map(Weak::upgrade).collect();
        if let Some(ground) = there.iter().find(|ground| ground.is(seed, size, &start)) {
            return Ok(ground.clone());
        }
        if there.iter().map(|ground| ground.size()).sum::<usize>() + size > self.most_calls.max(size) {
            return Err(Refused::TooLarge(self.most_calls));
        }
        let moments: BTreeSet<Timestamp> = there.iter().map(|ground| ground.anchor).collect();
        if moments.len() >= MOST_MOMENTS {
            return Err(Refused::TooManyMoments(MOST_MOMENTS));
        }
        let near = std::iter::once(&**shared).chain(there.iter().map(|ground| &**ground));
        let made = shared.another(seed, size, start, near).map_err(|findings| {
            Refused::Fixtures(findings.first().map(|finding| finding.message.clone()).unwrap_or_default())
        })?;
        let ground = Arc::new(made);
        grounds.push(Arc::downgrade(&ground));
        Ok(ground)
    }

    /// The lane that the request names, or else the one of its key's `ending`. It is opened if it is not there.
    pub fn of(&self, request: &Request, ending: Option<&str>) -> Result<Arc<Lane>, Problem> {
        let now = self.stamp();
        self.sweep(now);
        let lane = match choice::name(request, ending)? {
            None => self.by_default(),
            Some(name) => self.named(&name)?,
        };
        lane.counts.touched.fetch_max(now, Ordering::Relaxed);
        Ok(lane)
    }

    /// The same, as far as it is there: nothing is opened for a request that is turned away. Else the default one.
    pub fn at_hand(&self, request: &Request, ending: Option<&str>) -> Arc<Lane> {
        let name = choice::name(request, ending).ok().flatten();
        name.and_then(|name| self.find(&name)).unwrap_or_else(|| self.by_default())
    }

    /// The lane that an address names in its query, if it is there. Nobody opens one so, but who uses it keeps it.
    pub fn in_query(&self, request: &Request) -> Option<Arc<Lane>> {
        let lane = choice::in_query(request).and_then(|name| self.find(&name))?;
        lane.counts.touched.fetch_max(self.stamp(), Ordering::Relaxed);
        Some(lane)
    }

    pub fn by_default(&self) -> Arc<Lane> {
        self.default.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A lane that is there. Looking at it keeps it from being dropped no longer than before.
    pub fn find(&self, name: &str) -> Option<Arc<Lane>> {
        if name == DEFAULT {
            return Some(self.by_default());
        }
        self.read().get(name).filter(|lane| self.idle(lane) < self.bounds.idle).cloned()
    }

    /// How long nobody asked for a lane.
    pub fn idle(&self, lane: &Lane) -> Duration {
        Duration::from_millis(self.stamp().saturating_sub(lane.counts.touched.load(Ordering::Relaxed)))
    }

    /// The lane of a request as it would be found, without opening it.
    pub fn seen(&self, request: &Request, ending: Option<&str>) -> Result<Arc<Lane>, Problem> {
        let name = choice::name(request, ending)?;
        let name = name.as_deref().unwrap_or(DEFAULT);
        Ok(self.find(name).unwrap_or_else(|| Arc::new(Lane::fresh(name, self.ground.clone()))))
    }

    /// Every lane, the default one first and the others by name.
    pub fn list(&self) -> Vec<Arc<Lane>> {
        self.drop_idle();
        let mut others: Vec<Arc<Lane>> = self.read().values().cloned().collect();
        others.sort_by(|a, b| a.name.cmp(&b.name));
        std::iter::once(self.by_default()).chain(others).collect()
    }

    /// Adds a lane that must not be there yet.
    pub fn add(&self, lane: Lane) -> Result<Arc<Lane>, Refused> {
        self.drop_idle();
        let mut others = self.write();
        if lane.name == DEFAULT || others.contains_key(&lane.name) {
            return Err(Refused::Exists);
        }
        self.make_room(&mut others).map_err(Refused::Crowded)?;
        Ok(self.insert(&mut others, lane))
    }

    /// Puts a lane in the place of the one that has its name, if there is one: requests in hand finish on that.
    pub fn replace(&self, lane: Lane) -> Result<Arc<Lane>, Refused> {
        if lane.name == DEFAULT {
            let lane = Arc::new(lane);
            lane.counts.touched.store(self.stamp(), Ordering::Relaxed);
            *self.default.write().unwrap_or_else(PoisonError::into_inner) = lane.clone();
            return Ok(lane);
        }
        self.drop_idle();
        let mut others = self.write();
        if !others.contains_key(&lane.name) {
            self.make_room(&mut others).map_err(Refused::Crowded)?;
        }
        Ok(self.insert(&mut others, lane))
    }

    /// Whether there was such a lane. The default one always stays.
    pub fn remove(&self, name: &str) -> bool {
        self.drop_idle();
        self.write().remove(name).is_some()
    }

    /// Drops lanes that nobody asks for, a while after the last time: what they hold is room for others.
    fn sweep(&self, now: u64) {
        let before = self.swept.load(Ordering::Relaxed);
        let mine = || self.swept.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if now.saturating_sub(before) >= SWEEP && mine() {
            self.drop_idle();
        }
    }

    fn drop_idle(&self) {
        // It may be much, and nobody waits for it.
        let gone: Vec<Arc<Lane>> =
            self.write().extract_if(|_, lane| self.idle(lane) >= self.bounds.idle).map(|(_, lane)| lane).collect();
        drop(gone);
    }

    fn insert(&self, others: &mut HashMap<String, Arc<Lane>>, lane: Lane) -> Arc<Lane> {
        let lane = Arc::new(lane);
        lane.counts.touched.store(self.stamp(), Ordering::Relaxed);
        others.insert(lane.name.clone(), lane.clone());
        lane
    }

    fn named(&self, name: &str) -> Result<Arc<Lane>, Problem> {
        self.find(name).map_or_else(|| self.open(name), Ok)
    }

    fn open(&self, name: &str) -> Result<Arc<Lane>, Problem> {
        self.drop_idle();
        let mut others = self.write();
        // Somebody may have been faster.
        if let Some(lane) = others.get(name) {
            return Ok(lane.clone());
        }
        match self.make_room(&mut others) {
            Ok(()) => Ok(self.insert(&mut others, Lane::fresh(name, self.ground.clone()))),
            Err(Crowded { most, wait }) => {
                Err(Problem::new(Kind::TooManyLanes).with("limit", most).with("retry_after", wait))
            }
        }
    }

    /// Drops the lane that has been idle for longest, unless all are at work.
    fn make_room(&self, others: &mut HashMap<String, Arc<Lane>>) -> Result<(), Crowded> {
        let most = self.bounds.most;
        if others.len() < most {
            return Ok(());
        }
        let longest = others.values().map(|lane| (self.idle(lane), lane)).max_by_key(|(idle, _)| *idle);
        let (idle, name) = longest.map(|(idle, lane)| (idle, lane.name.clone())).unwrap_or_default();
        if idle > AT_WORK {
            others.remove(&name);
            return Ok(());
        }
        Err(Crowded { most, wait: (AT_WORK - idle).as_secs() + 1 })
    }

    /// Milliseconds on the steady clock.
    fn stamp(&self) -> u64 {
        self.steady.now().as_millisecond().unsigned_abs()
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<String, Arc<Lane>>> {
        self.others.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<String, Arc<Lane>>> {
        self.others.write().unwrap_or_else(PoisonError::into_inner)
    }
}
