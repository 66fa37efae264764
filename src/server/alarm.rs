//! Waits that end when they should. The runtime's own timers go by whole milliseconds, and are rounded up twice on their way to
//! the system: what is due in ten comes in eleven or twelve. The last stretch of a wait is therefore timed by a thread that
//! sleeps until the moment itself.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Condvar, Mutex, Once, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The runtime's timers are late by less.
const STRETCH: Duration = Duration::from_millis(3);

/// Waits until a moment.
pub(super) async fn until(moment: Instant) {
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
            ALARM.set(moment, context.waker().clone());
        }
        Poll::Pending
    })
    .await;
}

/// One for the whole program, since a thread is enough for all. What it keeps is gone within the stretch.
static ALARM: Alarm = Alarm { due: Mutex::new(BinaryHeap::new()), sooner: Condvar::new(), started: Once::new() };

struct Alarm {
    due: Mutex<BinaryHeap<Due>>,
    /// What is due first has changed.
    sooner: Condvar,
    started: Once,
}

/// Whoever waits, the first one being the greatest.
struct Due {
    moment: Instant,
    waker: Waker,
}

impl Alarm {
    fn set(&'static self, moment: Instant, waker: Waker) {
        self.started.call_once(|| {
            if let Err(error) = std::thread::Builder::new().name("alarm".to_owned()).spawn(|| self.run()) {
                tracing::warn!(%error, "delays may be late by two milliseconds: there is no thread to time them");
            }
        });
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = due.peek().is_none_or(|first| moment < first.moment);
        due.push(Due { moment, waker });
        drop(due);
        if is_first {
            self.sooner.notify_one();
        }
    }

    fn run(&self) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            let mut over = Vec::new();
            while due.peek().is_some_and(|first| first.moment <= now) {
                over.extend(due.pop());
            }
            if !over.is_empty() {
                drop(due);
                over.into_iter().for_each(|one| one.waker.wake());
                due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// Waits of many lengths at a time. None is short, and the one that is late by least shows what a quiet machine does.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn waits_are_never_short_and_late_by_less_than_a_millisecond() {
        let waits: Vec<_> = (0..200_u64)
            .map(|n| {
                tokio::spawn(async move {
                    let asked = Duration::from_micros(500 + 137 * n);
                    let watch = Stopwatch::start();
                    until(Instant::now() + asked).await;
                    watch.elapsed().checked_sub(asked).expect("it is not short")
                })
            })
            .collect();
        let mut late = Vec::new();
        for wait in waits {
            late.push(wait.await.unwrap());
        }
        late.sort_unstable();
        assert!(late[late.len() / 10] < Duration::from_millis(1), "{late:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_is_moved_counts() {
        let begun = Instant::now();
        until(begun + Duration::from_secs(3_600)).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(3_600));
        until(begun).await;
    }

    #[tokio::test]
    async fn who_waits_no_longer_is_forgotten() {
        for _ in 0..100 {
            tokio::select! {
                () = until(Instant::now() + Duration::from_millis(1)) => {}
                () = std::future::ready(()) => {}
            }
        }
        until(Instant::now() + 2 * STRETCH).await;
        let left = ALARM.due.lock().unwrap().iter().filter(|due| due.moment < Instant::now() - STRETCH).count();
        assert_eq!(left, 0);
    }
}
