//! Answers that hyper can't send: it hands the socket over, they are written here, and it may have the socket back.

use bytes::{Bytes, BytesMut};
use http::Version;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Limits;
use super::arrive;
use super::deliver::{Leave, deliver};
use super::fault::{Act, Answer, End, Script};
use super::stop::{Stage, Watch};
use super::telling::Telling;
use super::wire::{LINGER_BYTES, LINGER_TIME};
use crate::reply::Reply;

/// One answer that is written by hand.
pub(super) struct Job {
    pub reply: Reply,
    pub telling: Telling,
    pub script: Box<dyn Script>,
    pub version: Version,
    pub head_only: bool,
    pub leave: Leave,
}

pub(super) struct Hand<'a> {
    pub tcp: &'a mut TcpStream,
    pub limits: &'a Limits,
    pub watch: Watch,
    /// What the client has sent that nobody has looked at.
    pub ahead: BytesMut,
    /// The client has closed its side.
    pub closed: bool,
}

impl Hand<'_> {
    /// Writes the answer. What the client has sent meanwhile, if the connection goes on.
    pub(super) async fn write(mut self, job: Job) -> Option<Bytes> {
        let ended = self.watch.clone().reached(Stage::Ended);
        tokio::select! {
            biased;
            _ = ended => None,
            left = self.perform(job) => left,
        }
    }

    async fn perform(&mut self, mut job: Job) -> Option<Bytes> {
        if !job.reply.delay.is_zero() {
            let pause = self.watch.clone().pause(Some(job.reply.delay));
            self.unless_closed(pause).await;
        }
        if let Some(held) = job.reply.held.take() {
            let pause = self.watch.clone().pause_for(held);
            self.unless_closed(pause).await;
        }
        if job.leave == Leave::Open && self.watch.is_at(Stage::Draining) {
            job.leave = Leave::Close;
            job.telling.closes();
        }
        // Who speaks HTTP/1.0 expects nothing else than that it closes.
        let goes_on = job.leave == Leave::Open && job.version == Version::HTTP_11;
        let (mut script, mut answer, mut telling) = job.begin();
        let end = loop {
            match script.next(&mut answer) {
                Act::Head(bytes) | Act::Raw(bytes) => self.send(bytes, |_| {}).await?,
                Act::Body(bytes) => self.send(bytes, |count| telling.sent(count)).await?,
                Act::Wait(Some(time)) => {
                    let pause = self.watch.clone().pause(Some(time));
                    self.unless_closed(pause).await;
                }
                Act::Wait(None) => self.until_gone().await,
                Act::End(end) => break end,
            }
        };
        telling.ends(end);
        if self.closed && self.is_refused() {
            telling.hung_up();
        }
        // Nothing more is sent. What comes after may take as long as the client keeps its side open.
        drop(telling);
        match end {
            End::Whole if goes_on && !self.watch.is_at(Stage::Draining) => {
                return Some(std::mem::take(&mut self.ahead).freeze());
            }
            End::Reset => self.reset(),
            End::Whole | End::Close | End::ResetStream(_) => self.close().await,
        }
        None
    }

    /// None if the client is gone, or takes nothing for too long.
    async fn send(&mut self, mut bytes: Bytes, mut sent: impl FnMut(usize)) -> Option<()> {
        while !bytes.is_empty() {
            match timeout(self.limits.write_time, self.tcp.write_buf(&mut bytes)).await {
                Ok(Ok(count)) if count > 0 => sent(count),
                _ => return None,
            }
        }
        Some(())
    }

    /// The wait is over when it is, which is so at the latest when the server leaves, or when the client closes its side.
    async fn unless_closed(&mut self, pause: impl Future<Output = ()>) {
        tokio::select! {
            biased;
            () = pause => {}
            () = arrive::closed(self.tcp, &mut self.ahead, self.limits.head_bytes) => self.closed = true,
        }
    }

    /// A wait without an end of its own. The connection goes on in no way, so that nothing is about what comes meanwhile.
    async fn until_gone(&mut self) {
        let pause = self.watch.clone().pause(None);
        tokio::select! {
            biased;
            () = pause => {}
            () = arrive::gone(self.tcp, &mut self.ahead, self.limits.head_bytes) => self.closed = true,
        }
    }

    /// Whether a client that has closed its side takes nothing either: what was sent to it has come back as a reset.
    fn is_refused(&self) -> bool {
        !matches!(self.tcp.take_error(), Ok(None))
    }

    fn reset(&self) {
        if let Err(error) = self.tcp.set_zero_linger() {
            tracing::warn!(%error, "a connection is closed, and can't be reset");
        }
    }

    /// FIN. What still comes is read and dropped for a while: closed with bytes unread, a socket resets the connection.
    async fn close(&mut self) {
        if self.tcp.shutdown().await.is_err() {
            return;
        }
        let mut left = LINGER_BYTES;
        let rest = async {
            let mut waste = [0; 4096];
            while left > 0 {
                match self.tcp.read(&mut waste).await {
                    Ok(count) if count > 0 => left = left.saturating_sub(count),
                    _ => return,
                }
            }
        };
        let _ = timeout(LINGER_TIME, rest).await;
    }
}

impl Job {
    fn begin(self) -> (Box<dyn Script>, Answer, Telling) {
        let Job { reply, telling, script, version, head_only, leave } = self;
        let response = deliver(reply, Telling::to_nobody(), head_only, leave);
        let answer = Answer::written(response, version, head_only, &*script);
        (script, answer, telling)
    }
}
