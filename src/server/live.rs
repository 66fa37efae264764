//! A body that goes on: what there is to tell, a sign of life where there is nothing, and the end when the server leaves.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep};

use super::connection::{Beat, Pulse};
use super::stop::{Stage, Watch};
use crate::reply;

/// After so long without a word a sign of life is sent: proxies and clients take a minute of silence for the end.
const SILENCE: Duration = Duration::from_secs(15);

pub(super) struct Live {
    body: Arc<dyn reply::Live>,
    silence: Pin<Box<Sleep>>,
    leaving: Pin<Box<dyn Future<Output = Stage> + Send>>,
    /// The connection is in use, however quiet it is.
    _beat: Beat<Arc<Pulse>>,
}

impl Live {
    pub(super) fn new(body: Arc<dyn reply::Live>, watch: Watch, pulse: Arc<Pulse>) -> Live {
        let leaving = Box::pin(watch.reached(Stage::Draining));
        Live { body, silence: Box::pin(sleep(SILENCE)), leaving, _beat: Beat::new(pulse) }
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.leaving.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        let bytes = match self.body.poll_next(cx) {
            Poll::Ready(bytes) => bytes,
            Poll::Pending if self.silence.as_mut().poll(cx).is_ready() => self.body.sign_of_life(),
            Poll::Pending => return Poll::Pending,
        };
        self.silence.as_mut().reset(Instant::now() + SILENCE);
        Poll::Ready(Some(bytes))
    }
}
