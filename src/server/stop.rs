//! The handle by which a running server is told to leave: gracefully, or at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::alarm::until;
use crate::gate::Held;

/// How far the server is on its way out. It never turns back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Serving,
    /// Requests in hand are answered, and no others are taken.
    Draining,
    /// Everything is dropped.
    Ended,
}

#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<Stage>>);

impl Stop {
    pub fn new() -> Stop {
        Stop(Arc::new(watch::Sender::new(Stage::Serving)))
    }

    /// Takes no new connection, answers what is in hand, and ends; after the drain time at the latest.
    pub fn graceful(&self) {
        self.advance(Stage::Draining);
    }

    /// Ends at once: requests in hand are cut off.
    pub fn now(&self) {
        self.advance(Stage::Ended);
    }

    pub(super) fn watch(&self) -> Watch {
        Watch(self.0.subscribe())
    }

    fn advance(&self, to: Stage) {
        self.0.send_if_modified(|stage| {
            let further = to > *stage;
            *stage = to.max(*stage);
            further
        });
    }
}

impl Default for Stop {
    fn default() -> Self {
        Stop::new()
    }
}

#[derive(Clone)]
pub(super) struct Watch(watch::Receiver<Stage>);

impl Watch {
    /// Whether the server is at this stage or beyond it.
    pub(super) fn is_at(&self, stage: Stage) -> bool {
        *self.0.borrow() >= stage
    }

    /// Waits so long, or for ever, but no longer than until the server leaves.
    pub(super) async fn pause(self, time: Option<Duration>) {
        let leaving = self.reached(Stage::Draining);
        // A time beyond all moments is for ever.
        let Some(end) = time.and_then(|time| Instant::now().checked_add(time)) else {
            leaving.await;
            return;
        };
        tokio::select! {
            biased;
            _ = leaving => {}
            () = until(end) => {}
        }
    }

    /// Waits until an answer is let go, or as long as it is held at most, but no longer than until the server leaves.
    pub(super) async fn pause_for(self, held: Held) {
        let opened = held.opened();
        tokio::select! {
            () = opened => {}
            () = self.pause(Some(held.most())) => {}
        }
    }

    /// Waits until the server is at this stage or beyond it. A handle that was dropped can't tell any more: that waits
    /// for ever.
    pub(super) async fn reached(mut self, stage: Stage) -> Stage {
        if let Ok(now) = self.0.wait_for(|now| *now >= stage).await {
            return *now;
        }
        std::future::pending().await
    }
}
