//! One connection from its first byte to its last: which protocol it speaks, when it has been idle for too long, and
//! how it leaves when the server does.

use std::future::Future;
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::arrive;
use super::by_hand::{Hand, Job};
use super::deliver::Outgoing;
use super::orders::{Order, Orders};
use super::service;
use super::stop::{Stage, Watch};
use super::streams::Streams;
use super::wire::{Speaks, Wire};
use super::{Limits, Site};
use crate::clock::Stopwatch;

/// The smallest buffer that hyper takes.
const SMALLEST_BUFFER: usize = 8192;
/// What hyper allows without being told; told a number, it allocates for each head.
const HEADERS_ON_THE_STACK: usize = 100;

/// What all connections are held to.
pub(super) struct Terms<S> {
    pub site: Arc<S>,
    pub limits: Limits,
    /// As many long answers are made at once as there are processors, in the order in which they are asked for: shared out in
    /// slices, all of them would be ready when the last one is.
    pub turns: Semaphore,
}

/// One connection as its parts share it: the wire, the service, and the loop that watches both.
pub(super) struct Shared<S> {
    /// Of this connection, unlike that of any other.
    pub number: u64,
    pub terms: Arc<Terms<S>>,
    pub pulse: Arc<Pulse>,
    pub orders: Orders,
    pub watch: Watch,
}

/// What is going on in a connection.
///
/// hyper's own deadline for heads would do the same for HTTP/1 at the price of a timer for each request, and has none
/// for HTTP/2. This costs a look at the clock.
pub(super) struct Pulse {
    started: Stopwatch,
    /// Requests that are being answered.
    running: AtomicUsize,
    /// Milliseconds from the start to when something last came to its end.
    last: AtomicU64,
    /// The client takes nothing of what is sent to it at the moment.
    pub stalled: AtomicBool,
    /// An answer of the site's is on its way out.
    pub answering: AtomicBool,
    /// What hyper has written is not on its way as a whole.
    pub unsent: AtomicBool,
    /// Something of the client's was left unread, so the connection has to linger when it closes.
    pub unread: AtomicBool,
}

impl Pulse {
    fn new() -> Pulse {
        Pulse {
            started: Stopwatch::start(),
            running: AtomicUsize::new(0),
            last: AtomicU64::new(0),
            stalled: AtomicBool::new(false),
            answering: AtomicBool::new(false),
            unsent: AtomicBool::new(false),
            unread: AtomicBool::new(false),
        }
    }

    /// Something happened: what is quiet is so from now on.
    pub(super) fn beat(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Release);
    }

    /// All that hyper has written is on its way. Nobody is woken for it: whoever polls the connection looks here as well.
    async fn sent(&self) {
        std::future::poll_fn(|_| if self.unsent.load(Ordering::Acquire) { Poll::Pending } else { Poll::Ready(()) })
            .await
    }

    /// How much longer the connection may stay as it is; none if its time is up.
    fn left(&self, allowed: Duration) -> Option<Duration> {
        if self.running.load(Ordering::Acquire) > 0 || self.stalled.load(Ordering::Acquire) {
            return Some(allowed);
        }
        let quiet = self.started.elapsed().saturating_sub(Duration::from_millis(self.last.load(Ordering::Acquire)));
        allowed.checked_sub(quiet).filter(|left| !left.is_zero())
    }
}

/// Counts a request for as long as it exists.
pub(super) struct Beat<P: Deref<Target = Pulse>>(P);

impl<P: Deref<Target = Pulse>> Beat<P> {
    pub(super) fn new(pulse: P) -> Beat<P> {
        pulse.running.fetch_add(1, Ordering::AcqRel);
        Beat(pulse)
    }
}

impl<P: Deref<Target = Pulse>> Drop for Beat<P> {
    fn drop(&mut self) {
        self.0.beat();
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Holds a connection until either side is done with it.
pub(super) async fn hold<S: Site>(mut tcp: TcpStream, terms: Arc<Terms<S>>, watch: Watch) {
    // Answers are written in one piece: waiting for more of them helps nobody.
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let silence = terms.site.accept_delay();
    let urgent = |target: &str| terms.site.is_urgent(target);
    let first = arrive::first_bytes(&mut tcp, silence, terms.limits.head_time, &watch, urgent).await;
    let Some(first) = first else { return };
    let is_http2 = arrive::is_http2(&first);
    static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
    let number = 1 + CONNECTIONS.fetch_add(1, Ordering::Relaxed);
    let shared = Arc::new(Shared { number, terms, pulse: Arc::new(Pulse::new()), orders: Orders::default(), watch });
    if is_http2 {
        http2(tcp, first, shared).await;
    } else {
        http1(tcp, first, shared).await;
    }
}

/// Whoever has to write by hand takes the socket from hyper; where the connection goes on, another hyper has it next.
async fn http1<S: Site>(mut tcp: TcpStream, mut first: Bytes, shared: Arc<Shared<S>>) {
    let limits = &shared.terms.limits;
    let mut builder = http1::Builder::new();
    builder
        .half_close(true)
        .header_read_timeout(None)
        .max_header_size(limits.head_bytes)
        .max_buf_size(limits.head_bytes.max(SMALLEST_BUFFER));
    if limits.headers != HEADERS_ON_THE_STACK {
        builder.max_headers(limits.headers);
    }
    loop {
        let wire = Wire::new(&mut tcp, first, Speaks::Http1, shared.clone());
        let mut connection = builder.serve_connection(wire, service(shared.clone()));
        let Some(job) = keep(Pin::new(&mut connection), &shared).await else { return };
        let parts = connection.into_parts();
        let mut ahead = BytesMut::from(parts.read_buf);
        ahead.extend_from_slice(&parts.io.into_first());
        let hand = Hand { tcp: &mut tcp, limits, watch: shared.watch.clone(), ahead, closed: false };
        let Some(left) = hand.write(job).await else { return };
        first = left;
    }
}

/// A connection that was handed over ends: what others were sent on it would not be understood any more.
async fn http2<S: Site>(mut tcp: TcpStream, first: Bytes, shared: Arc<Shared<S>>) {
    let streams = Streams::default();
    let mut builder = http2::Builder::new(streams.clone());
    builder.max_header_list_size(u32::try_from(shared.terms.limits.head_bytes).unwrap_or(u32::MAX));
    let job = {
        let wire = Wire::new(&mut tcp, first, Speaks::Http2, shared.clone());
        let connection = pin!(builder.serve_connection(wire, service(shared.clone())));
        keep(connection, &shared).await
    };
    streams.end().await;
    if let Some(job) = job {
        let (limits, watch) = (&shared.terms.limits, shared.watch.clone());
        Hand { tcp: &mut tcp, limits, watch, ahead: BytesMut::new(), closed: false }.write(job).await;
    }
}

fn service<S: Site>(
    shared: Arc<Shared<S>>,
) -> impl hyper::service::Service<
    http::Request<Incoming>,
    Response = http::Response<Outgoing>,
    Error = h2::Error,
    Future = impl Future<Output = Result<http::Response<Outgoing>, h2::Error>> + Send,
> {
    service_fn(move |request| {
        let shared = shared.clone();
        async move { service::answer(&shared, request).await }
    })
}

/// Either protocol's connection.
trait Protocol: Future<Output = hyper::Result<()>> {
    /// Whether a connection without a request in hand can be dropped without a word to the client.
    const SILENT: bool;
    /// Finishes what is in hand, and then the connection.
    fn leave(self: Pin<&mut Self>);
}

impl<S: Site, V> Protocol for http1::Connection<Wire<'_, S>, V>
where
    V: hyper::service::HttpService<Incoming, ResBody = Outgoing>,
    V::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    const SILENT: bool = true;

    fn leave(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<S: Site, V> Protocol for http2::Connection<Wire<'_, S>, V, Streams>
where
    V: hyper::service::HttpService<Incoming, ResBody = Outgoing>,
    V::Future: Send + 'static,
    V::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    const SILENT: bool = false;

    fn leave(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Drives a connection until it ends, has been quiet for too long, the server leaves, or an answer has to be written by
/// hand: then all that hyper had to say is said.
async fn keep<S, P: Protocol>(mut connection: Pin<&mut P>, shared: &Shared<S>) -> Option<Job> {
    let (limits, watch) = (&shared.terms.limits, &shared.watch);
    let mut job = None;
    let mut leaving = pin!(watch.clone().reached(Stage::Draining));
    let mut quiet = pin!(tokio::time::sleep(limits.head_time));
    let mut told = false;
    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended early");
                }
                return None;
            }
            () = shared.pulse.sent(), if job.is_some() => return job,
            order = shared.orders.next() => match order {
                Order::Leave => connection.as_mut().leave(),
                Order::Write(new) => job = Some(*new),
            },
            stage = leaving.as_mut() => {
                if stage == Stage::Ended {
                    return None;
                }
                connection.as_mut().leave();
                leaving.set(watch.clone().reached(Stage::Ended));
            }
            () = quiet.as_mut() => {
                let next = match shared.pulse.left(limits.head_time) {
                    Some(left) => left,
                    None if P::SILENT || told => return None,
                    // The client learns why, and streams that are still being sent have the time that a write has.
                    None => {
                        told = true;
                        connection.as_mut().leave();
                        limits.write_time
                    }
                };
                let now = tokio::time::Instant::now();
                quiet.as_mut().reset(now + next);
            }
        }
    }
}
