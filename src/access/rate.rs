//! Rate windows: how many requests a key has left in this minute and this day. Windows follow the clock: a minute
//! begins with its second 0. A request that is turned away for being too many does not count.
//!
//! A lane counts by the keys themselves and not by their places in the list, so that another list leaves its counts alone.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use http::header::{HeaderName, HeaderValue};
use jiff::Timestamp;

use super::Caller;
use super::keys::{Key, Keys};
use crate::contract::{RatePolicy, Tier};
use crate::problem::{Kind, Problem};

/// Keys that share one entry of the list are counted one by one; more than this many at a time are not remembered, nor more of
/// the list's own beside those that it has now.
const MOST: usize = 1_000;

/// What a caller has left in the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub limit: u64,
    pub remaining: u64,
    /// Unix time of the window's end.
    pub reset: i64,
}

impl Allowance {
    /// The headers by which the contract tells it.
    pub fn headers(self, policy: &RatePolicy) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let told = [
            (&policy.limit_header, self.limit),
            (&policy.remaining_header, self.remaining),
            (&policy.reset_header, self.reset.unsigned_abs()),
        ];
        told.into_iter().filter_map(|(name, value)| Some((name.clone()?, digits(value))))
    }
}

/// How often each key came, as one lane counts it, and which it takes no more. Nothing is allocated before the first request.
#[derive(Debug, Default)]
pub struct Windows {
    listed: Mutex<Counts>,
    shared: Mutex<Counts>,
    revoked: Revoked,
}

/// Keys that were taken back in one lane.
#[derive(Debug, Default)]
struct Revoked {
    /// Most lanes took none back, and find that out without a lock.
    any: AtomicBool,
    keys: Mutex<HashSet<u64>>,
}

/// Keys by their identity: a key may be as long as a head.
#[derive(Debug, Default)]
struct Counts(HashMap<u64, Window>);

/// One key's count in the minute and the day at hand.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    minute: i64,
    in_minute: u64,
    day: i64,
    in_day: u64,
}

/// What each key of the list may.
pub(super) struct Rates {
    /// The tier whose limit is shown to callers nobody knows.
    first: Option<Tier>,
    /// The identity and the tier of each entry of the list.
    entries: Vec<(u64, Option<Tier>)>,
}

impl Rates {
    pub fn new(policy: Option<RatePolicy>, keys: &Keys) -> Rates {
        let tier = |name: &str| policy.as_ref()?.tiers.iter().find(|tier| tier.name == name).cloned();
        let entry = |key: &Key| (identity(&key.text), key.tier.as_deref().and_then(tier));
        let entries = keys.iter().map(entry).collect();
        let first = policy.as_ref().and_then(|policy| policy.tiers.first().cloned());
        Rates { first, entries }
    }

    pub fn count(
        &self,
        windows: &Windows,
        caller: &Caller,
        now: Timestamp,
    ) -> (Option<Allowance>, Result<(), Problem>) {
        let now = now.as_second();
        match caller {
            Caller::Known { place, key } => match (self.entries.get(*place), key) {
                (Some((_, Some(tier))), Some(key)) => lock(&windows.shared).count(identity(key), tier, now, MOST),
                (Some((known, Some(tier))), None) => {
                    lock(&windows.listed).count(*known, tier, now, MOST + self.entries.len())
                }
                _ => (None, Ok(())),
            },
            // Nothing is counted for a caller nobody knows: the first tier's limit is shown whole.
            Caller::Anonymous => (self.first.as_ref().map(|tier| Window::default().allowance(tier, now)), Ok(())),
        }
    }

    /// Takes a key back in a lane. False if so many were that one more can't be remembered.
    pub fn revoke(windows: &Windows, key: &str) -> bool {
        let Revoked { any, keys } = &windows.revoked;
        let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
        let key = identity(key);
        let fits = keys.len() < MOST || keys.contains(&key);
        if fits {
            keys.insert(key);
            any.store(true, Ordering::Release);
        }
        fits
    }

    pub fn is_revoked(&self, windows: &Windows, caller: &Caller) -> bool {
        let Revoked { any, keys } = &windows.revoked;
        let known = || keys.lock().unwrap_or_else(PoisonError::into_inner).contains(&self.identity(caller));
        any.load(Ordering::Acquire) && *caller != Caller::Anonymous && known()
    }

    /// The same number for the same key, as long as the process runs and whatever list it is in.
    pub fn identity(&self, caller: &Caller) -> u64 {
        match caller {
            Caller::Anonymous => 0,
            Caller::Known { key: Some(key), .. } => identity(key),
            Caller::Known { place, key: None } => self.entries.get(*place).map_or(0, |(known, _)| *known),
        }
    }
}

/// Seeded anew in each process, so that nobody can find two keys that are counted as one.
fn identity(key: &str) -> u64 {
    static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    HASHER.hash_one(key)
}

impl Windows {
    /// How many keys are remembered that share an entry.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        lock(&self.shared).0.len()
    }
}

/// A number as a header. On every answer's way, so without the two allocations that `HeaderValue::from` takes for one.
fn digits(number: u64) -> HeaderValue {
    HeaderValue::from_str(itoa::Buffer::new().format(number)).unwrap_or(HeaderValue::from_static("0"))
}

impl Counts {
    fn count(&mut self, key: u64, tier: &Tier, now: i64, most: usize) -> (Option<Allowance>, Result<(), Problem>) {
        if let Some(window) = self.0.get_mut(&key) {
            return window.count(tier, now);
        }
        if self.0.len() >= most {
            self.0.retain(|_, window| window.minute == now.div_euclid(60));
        }
        let mut window = Window::default();
        let counted = window.count(tier, now);
        if self.0.len() < most {
            self.0.insert(key, window);
        }
        counted
    }
}

impl Window {
    fn count(&mut self, tier: &Tier, now: i64) -> (Option<Allowance>, Result<(), Problem>) {
        let (minute, day) = (now.div_euclid(60), now.div_euclid(86_400));
        if self.minute != minute {
            (self.minute, self.in_minute) = (minute, 0);
        }
        if self.day != day {
            (self.day, self.in_day) = (day, 0);
        }
        let spent = match tier.day {
            Some(limit) if self.in_day >= limit => Some((limit, "day", (day + 1) * 86_400)),
            _ if self.in_minute >= tier.minute => Some((tier.minute, "minute", (minute + 1) * 60)),
            _ => None,
        };
        let verdict = match spent {
            None => {
                self.in_minute += 1;
                self.in_day += 1;
                Ok(())
            }
            Some((limit, window, end)) => Err(Problem::new(Kind::RateLimited)
                .with("limit", limit)
                .with("window", window)
                .with("retry_after", end - now)),
        };
        (Some(self.allowance(tier, now)), verdict)
    }

    fn allowance(&self, tier: &Tier, now: i64) -> Allowance {
        let left_today = tier.day.map_or(u64::MAX, |limit| limit.saturating_sub(self.in_day));
        Allowance {
            limit: tier.minute,
            remaining: tier.minute.saturating_sub(self.in_minute).min(left_today),
            reset: (now.div_euclid(60) + 1) * 60,
        }
    }
}

/// A poisoned window still counts: nothing in it can be half written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
