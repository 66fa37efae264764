//! Waits that end when they should. The runtime's own timers go by whole milliseconds, and are rounded up twice on their way to
//! the system: what is due in ten comes in eleven or twelve. The last stretch of a wait is therefore timed by a thread that
//! sleeps until the moment itself.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The runtime's timers are late by less.
const STRETCH: Duration = Duration::from_millis(3);

/// Waits until a moment.
pub(super) async fn until(moment: Instant) {
    ALARM.until(moment).await;
}

/// One for the whole program, since a thread is enough for all. What it keeps is gone within the stretch.
static ALARM: Alarm = Alarm::new(begin);

struct Alarm {
    due: Mutex<BinaryHeap<Due>>,
    /// What is due first has changed.
    sooner: Condvar,
    begin: fn(&'static Alarm) -> io::Result<()>,
    /// Whether its thread could be started. Nothing is kept without one: nobody would ever take it out.
    runs: OnceLock<bool>,
}

fn begin(alarm: &'static Alarm) -> io::Result<()> {
    std::thread::Builder::new().name("alarm".to_owned()).spawn(|| alarm.run()).map(drop)
}

/// Whoever waits, the first one being the greatest.
struct Due {
    moment: Instant,
    waker: Waker,
}

impl Alarm {
    const fn new(begin: fn(&'static Alarm) -> io::Result<()>) -> Alarm {
        Alarm { due: Mutex::new(BinaryHeap::new()), sooner: Condvar::new(), begin, runs: OnceLock::new() }
    }

    async fn until(&'static self, moment: Instant) {
        if let Some(before) = moment.checked_sub(STRETCH) {
            sleep_until(before).await;
        }
        // Without the thread, and where a test moves the time, the runtime's timer ends the wait.
        let mut timer = pin!(sleep_until(moment));
        let mut is_set = false;
        poll_fn(|context| {
            if Instant::now() >= moment || timer.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            if !std::mem::replace(&mut is_set, true) {
                self.set(moment, context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    fn set(&'static self, moment: Instant, waker: Waker) {
        let runs = self.runs.get_or_init(|| {
            let begun = (self.begin)(self);
            if let Err(error) = &begun {
                tracing::warn!(%error, "delays may be late by two milliseconds: there is no thread to time them");
            }
            begun.is_ok()
        });
        if !runs {
            return;
        }
        let mut due = self.lock();
        let is_first = due.peek().is_none_or(|first| moment < first.moment);
        due.push(Due { moment, waker });
        drop(due);
        if is_first {
            self.sooner.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BinaryHeap<Due>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut due = self.lock();
        loop {
            let now = Instant::now();
            let mut over = Vec::new();
            while due.peek().is_some_and(|first| first.moment <= now) {
                over.extend(due.pop());
            }
            if !over.is_empty() {
                drop(due);
                over.into_iter().for_each(|one| one.waker.wake());
                due = self.lock();
                continue;
            }
            due = match due.peek() {
                Some(first) => {
                    let left = first.moment.saturating_duration_since(now);
                    self.sooner.wait_timeout(due, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.sooner.wait(due).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Due) -> Ordering {
        other.moment.cmp(&self.moment)
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.moment == other.moment
    }
}

impl Eq for Due {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stopwatch;

    /// So often a machine with much else to do may have been too busy to show what a quiet one does.
    const TRIES: usize = 50;

    fn alarm(begin: fn(&'static Alarm) -> io::Result<()>) -> &'static Alarm {
        Box::leak(Box::new(Alarm::new(begin)))
    }

    /// By how much waits of many lengths at a time are late, the least first. None is short.
    async fn late(alarm: &'static Alarm) -> Vec<Duration> {
        let waits: Vec<_> = (0..200_u64)
            .map(|n| {
                tokio::spawn(async move {
                    let asked = Duration::from_micros(500 + 137 * n);
                    let watch = Stopwatch::start();
                    alarm.until(Instant::now() + asked).await;
                    watch.elapsed().checked_sub(asked).expect("it is not short")
                })
            })
            .collect();
        let mut late = Vec::new();
        for wait in waits {
            late.push(wait.await.unwrap());
        }
        late.sort_unstable();
        late
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn waits_are_never_short_and_late_by_less_than_a_millisecond() {
        let alarm = alarm(begin);
        let mut seen = Vec::new();
        for _ in 0..TRIES {
            let late = late(alarm).await;
            if late[late.len() / 10] < Duration::from_millis(1) {
                return;
            }
            seen.push(late[late.len() / 10]);
        }
        panic!("{seen:?}");
    }

    #[tokio::test]
    async fn without_a_thread_nobody_is_kept() {
        let alarm = alarm(|_| Err(io::Error::other("there are too many threads")));
        late(alarm).await;
        assert_eq!((alarm.runs.get(), alarm.lock().len()), (Some(&false), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_is_moved_counts() {
        let begun = Instant::now();
        until(begun + Duration::from_secs(3_600)).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(3_600));
        until(begun).await;
    }

    /// Its test would never end if one of them stayed.
    #[tokio::test]
    async fn who_waits_no_longer_is_forgotten() {
        let alarm = alarm(begin);
        for _ in 0..100 {
            alarm.set(Instant::now() + Duration::from_millis(1), Waker::noop().clone());
        }
        while !alarm.lock().is_empty() {
            std::thread::yield_now();
        }
    }
}
