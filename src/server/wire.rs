//! The socket as hyper sees it. It adds three things that hyper has not: a deadline for writes, the site's own words
//! where hyper would refuse in silence, and a close that does not throw away an answer on its way.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::connection::Shared;
use super::telling::Telling;
use super::{Site, deliver, head, service};
use crate::problem::Problem;

/// A socket closed with bytes unread resets the connection, and the client may never see why it was refused. So what
/// still comes is read and dropped, for a while.
pub(super) const LINGER_TIME: Duration = Duration::from_secs(1);
pub(super) const LINGER_BYTES: usize = 64 * 1024 * 1024;
/// Nobody who is not speaking HTTP needs more.
const LINGER_BYTES_NO_REQUEST: usize = 1024 * 1024;
const TLS_HANDSHAKE: u8 = 0x16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    Http1,
    Http2,
}

pub(super) struct Wire<'a, S> {
    tcp: TokioIo<&'a mut TcpStream>,
    /// What was read before, to find out the protocol or while an answer was written by hand.
    first: Bytes,
    is_tls: bool,
    speaks: Speaks,
    shared: Arc<Shared<S>>,
    /// Runs while the client takes nothing.
    stall: Option<Pin<Box<Sleep>>>,
    /// Said in place of hyper's refusal.
    refusal: Bytes,
    /// Who tells of it, and how many bytes its body has.
    refused: Option<(Telling, usize)>,
    linger: Option<Linger>,
}

struct Linger {
    until: Pin<Box<Sleep>>,
    bytes: usize,
}

impl<'a, S: Site> Wire<'a, S> {
    pub(super) fn new(tcp: &'a mut TcpStream, first: Bytes, speaks: Speaks, shared: Arc<Shared<S>>) -> Wire<'a, S> {
        let is_tls = first.first() == Some(&TLS_HANDSHAKE);
        Wire {
            tcp: TokioIo::new(tcp),
            first,
            is_tls,
            speaks,
            shared,
            stall: None,
            refusal: Bytes::new(),
            refused: None,
            linger: None,
        }
    }

    /// What was read before and is still to be looked at.
    pub(super) fn into_first(self) -> Bytes {
        self.first
    }

    /// Lets a result pass, and times how long there is none.
    fn timed(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            if self.stall.take().is_some() {
                self.shared.pulse.beat();
                self.shared.pulse.stalled.store(false, Ordering::Release);
            }
            return written;
        }
        let limit = self.shared.terms.limits.write_time;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(limit)));
        self.shared.pulse.stalled.store(true, Ordering::Release);
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing of what is sent to it")))
    }

    /// hyper's refusal of bytes that are no request has no body. Nothing but such a refusal begins like this while no
    /// answer of the site's is on its way.
    fn is_bare_refusal(&self, bytes: &[u8]) -> bool {
        self.speaks == Speaks::Http1
            && !self.shared.pulse.answering.load(Ordering::Acquire)
            && bytes.starts_with(b"HTTP/1.")
            && bytes.get(9) == Some(&b'4')
    }

    fn refuse(&mut self, bare: &[u8]) {
        let limits = &self.shared.terms.limits;
        let problem = match &bare[9..bare.len().min(12)] {
            b"431" => head::head_too_large(limits),
            b"414" => head::target_too_long(limits),
            _ if self.is_tls => head::malformed("this is a TLS handshake, and plain HTTP is spoken here"),
            _ => head::malformed("this is not an HTTP request"),
        };
        self.say(bare, problem);
    }

    fn say(&mut self, bare: &[u8], problem: Problem) {
        let mut reply = service::refuse(&*self.shared.terms.site, service::no_request(), problem);
        let (telling, body) = (Telling::of(&mut reply), reply.body.ready().len());
        telling.closes();
        let date = bare.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"date: "));
        self.refusal = deliver::written_out(reply, date.map(<[u8]>::trim_ascii));
        self.refused = Some((telling, body));
        self.shared.pulse.unread.store(true, Ordering::Release);
    }

    /// Sends what is left of our own refusal.
    fn send_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.refusal.has_remaining() {
            let written = Pin::new(&mut self.tcp).poll_write(cx, &self.refusal);
            match ready!(self.timed(cx, written))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.refusal.advance(count),
            }
            if let Some((telling, body)) = &mut self.refused
                && self.refusal.is_empty()
            {
                telling.sent(*body);
                telling.complete();
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Reads and drops what still comes, until the client is done or has had its chance.
    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let bytes = if self.refused.is_some() { LINGER_BYTES_NO_REQUEST } else { LINGER_BYTES };
        let linger = self.linger.get_or_insert_with(|| Linger { until: Box::pin(sleep(LINGER_TIME)), bytes });
        let mut waste = [0; 16 * 1024];
        while linger.bytes > 0 && linger.until.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut waste);
            match ready!(Pin::new(self.tcp.inner_mut()).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    linger.bytes = linger.bytes.saturating_sub(buffer.filled().len());
                    // Where something came, more may.
                    self.shared.pulse.unread.store(true, Ordering::Release);
                }
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

impl<S: Site> Read for Wire<'_, S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.first.is_empty() {
            return Pin::new(&mut this.tcp).poll_read(cx, buf);
        }
        let count = this.first.len().min(buf.remaining());
        buf.put_slice(&this.first.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl<S: Site> Write for Wire<'_, S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_bare_refusal(buf) {
            this.refuse(buf);
            return Poll::Ready(Ok(buf.len()));
        }
        this.shared.pulse.unsent.store(true, Ordering::Release);
        let written = Pin::new(&mut this.tcp).poll_write(cx, buf);
        this.timed(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(first) = bufs.first()
            && this.is_bare_refusal(first)
        {
            this.refuse(first);
            return Poll::Ready(Ok(first.len()));
        }
        this.shared.pulse.unsent.store(true, Ordering::Release);
        let written = Pin::new(&mut this.tcp).poll_write_vectored(cx, bufs);
        this.timed(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // A TCP socket has nothing to flush; that hyper comes here says that all it had is written.
        this.shared.pulse.answering.store(false, Ordering::Release);
        this.shared.pulse.unsent.store(false, Ordering::Release);
        this.send_refusal(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            ready!(this.send_refusal(cx))?;
            ready!(Pin::new(&mut this.tcp).poll_shutdown(cx))?;
        }
        let lingered = this.linger(cx);
        if this.shared.pulse.unread.load(Ordering::Acquire) {
            ready!(lingered);
        }
        Poll::Ready(Ok(()))
    }
}
