//! A body over HTTP/2 that a script sends: its bytes, its waits, and how the stream ends.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::sync::Notify;

use super::connection::{Beat, Pulse};
use super::fault::{Act, Answer, End, Script};
use super::stop::Watch;
use super::telling::Telling;

pub(super) struct Scripted {
    script: Box<dyn Script>,
    answer: Answer,
    telling: Telling,
    watch: Watch,
    pulse: Arc<Pulse>,
    /// What has to happen before the next act.
    wait: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    queue: Arc<Queue>,
    end: Option<Result<(), h2::Reason>>,
}

impl Scripted {
    pub(super) fn new(
        script: Box<dyn Script>,
        answer: Answer,
        telling: Telling,
        watch: Watch,
        pulse: Arc<Pulse>,
    ) -> Scripted {
        Scripted { script, answer, telling, watch, pulse, wait: None, queue: Arc::default(), end: None }
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, h2::Error>>> {
        loop {
            if let Some(wait) = &mut self.wait {
                ready!(wait.as_mut().poll(cx));
                self.wait = None;
            }
            match self.end {
                Some(Ok(())) => return Poll::Ready(None),
                Some(Err(reason)) => return Poll::Ready(Some(Err(reason.into()))),
                None => {}
            }
            match self.script.next(&mut self.answer) {
                Act::Head(_) => {}
                Act::Body(bytes) => {
                    self.telling.sent(bytes.len());
                    return Poll::Ready(Some(Ok(self.queue.pass(bytes))));
                }
                Act::Raw(bytes) => return Poll::Ready(Some(Ok(self.queue.pass(bytes)))),
                Act::Wait(time) => {
                    let (pulse, pause) = (self.pulse.clone(), self.watch.clone().pause(time));
                    self.wait = Some(Box::pin(async move {
                        let _beat = Beat::new(pulse);
                        pause.await;
                    }));
                }
                Act::End(end @ End::ResetStream(code)) => {
                    self.telling.ends(end);
                    self.end = Some(Err(code.into()));
                    self.wait = Some(Box::pin(self.queue.clone().emptied()));
                    // Behind this frame the head has gone out, too.
                    return Poll::Ready(Some(Ok(self.queue.pass(Bytes::new()))));
                }
                Act::End(end) => {
                    self.telling.ends(end);
                    self.end = Some(Ok(()));
                }
            }
        }
    }
}

/// Counts what the library has taken and not yet sent: a reset throws that away.
#[derive(Default)]
struct Queue {
    frames: AtomicUsize,
    shorter: Notify,
}

impl Queue {
    /// The same bytes, counted until the last of them is dropped.
    fn pass(self: &Arc<Queue>, bytes: Bytes) -> Bytes {
        self.frames.fetch_add(1, Ordering::AcqRel);
        Bytes::from_owner(Counted { bytes, queue: self.clone() })
    }

    async fn emptied(self: Arc<Queue>) {
        while self.frames.load(Ordering::Acquire) > 0 {
            self.shorter.notified().await;
        }
    }
}

struct Counted {
    bytes: Bytes,
    queue: Arc<Queue>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.queue.frames.fetch_sub(1, Ordering::AcqRel);
        self.queue.shorter.notify_one();
    }
}
