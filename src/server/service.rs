//! One request's way through this room: head, site, body, site again, delivery. A panic of the site's is an answer too.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use hyper::body::{Body, Incoming};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

use super::connection::{Beat, Shared, Terms};
use super::deliver::{Leave, Outgoing, deliver};
use super::live::Live;
use super::telling::Telling;
use super::{Site, Step, body, head, tamper};
use crate::problem::{Kind, Problem};
use crate::reply::{self, Reply};
use crate::request::Request;

/// What decides, beside the reply, how an answer looks on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub version: Version,
    pub head_only: bool,
    /// The client takes no further answer, and has said so.
    pub is_last: bool,
}

pub(super) async fn answer<S: Site>(
    shared: &Shared<S>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Outgoing>, h2::Error> {
    let _beat = Beat::new(&*shared.pulse);
    let (parts, body) = request.into_parts();
    let (version, head_only) = (parts.version, parts.method == Method::HEAD);
    let manner = Manner { version, head_only, is_last: is_last(version, &parts.headers) };
    let (mut reply, unread) = walk(shared, parts, body).await;
    let leave = match (unread, version) {
        (false, _) => Leave::Open,
        // A stream ends for itself, the connection has others.
        (true, Version::HTTP_2) => Leave::Open,
        (true, _) => {
            shared.pulse.unread.store(true, Ordering::Release);
            Leave::Close
        }
    };
    let telling = Telling::of(&mut reply);
    if leave == Leave::Close {
        telling.closes();
    }
    if reply.fault.is_some() || reply.is_late() {
        return tamper::answer(shared, reply, telling, manner, leave).await;
    }
    shared.pulse.answering.store(true, Ordering::Release);
    if let (reply::Body::Live(body), false) = (&reply.body, head_only) {
        let live = Live::new(body.clone(), shared.watch.clone(), shared.pulse.clone());
        return Ok(deliver(reply, telling, head_only, leave).map(|_| Outgoing::Live(live)));
    }
    Ok(deliver(reply, telling, head_only, leave).map(Outgoing::Pieces))
}

/// Whether the client says that it closes, for answers of which hyper does not know. Over HTTP/1.0 that need not be said.
fn is_last(version: Version, headers: &HeaderMap) -> bool {
    let named = |value: &http::HeaderValue| {
        let names = value.to_str().unwrap_or_default().split(',');
        names.map(str::trim).any(|name| name.eq_ignore_ascii_case("close"))
    };
    version == Version::HTTP_11 && headers.get_all(CONNECTION).iter().any(named)
}

/// The reply, and whether something of the request was left unread.
async fn walk<S: Site>(shared: &Shared<S>, parts: http::request::Parts, body: Incoming) -> (Reply, bool) {
    let Terms { site, limits, turns } = &*shared.terms;
    let site = &**site;
    let has_body = !body.is_end_stream();
    // The site takes the request with it, so what a panic is answered to has to be kept.
    let (method, uri) = (parts.method.clone(), parts.uri.clone());
    let failed = |()| refuse(site, Request::new(method.clone(), uri.clone()), Problem::new(Kind::Internal));
    let request = match head::read(parts, shared.number, limits) {
        Ok(request) => request,
        Err((request, problem)) => return (refuse(site, request, problem), has_body),
    };
    let long = site.may_take_long(&request);
    match aside(long, || site.open(request)) {
        Ok(Step::Reply(reply)) => (reply, has_body),
        Ok(Step::Long(opened)) => {
            let _turn = turns.acquire().await;
            (aside(true, || site.finish(opened, Ok(Bytes::new()))).unwrap_or_else(failed), has_body)
        }
        Ok(Step::Body { opened, bytes, is_long }) => {
            let body = body::read(body, limits, bytes.unwrap_or(limits.body_bytes)).await;
            let unread = body.is_err();
            let _turn = if is_long { turns.acquire().await.ok() } else { None };
            (aside(long || is_long, || site.finish(opened, body)).unwrap_or_else(failed), unread)
        }
        Err(()) => (failed(()), has_body),
    }
}

/// What the site says to a problem of ours.
pub(super) fn refuse<S: Site>(site: &S, request: Request, problem: Problem) -> Reply {
    guarded(|| site.refuse(request, problem)).unwrap_or_else(|()| Reply::empty(StatusCode::INTERNAL_SERVER_ERROR))
}

/// What stands in for a request that never became one, where the site has to be asked all the same.
pub(super) fn no_request() -> Request {
    let method = Method::from_bytes(b"-").unwrap_or(Method::GET);
    Request::new(method, Uri::from_static("*"))
}

fn aside<T>(long: bool, work: impl FnOnce() -> T) -> Result<T, ()> {
    if long { step_aside(|| guarded(work)) } else { guarded(work) }
}

/// Before work that may take long, another thread takes over the connections of this one. A runtime of one thread has none.
pub(super) fn step_aside<T>(work: impl FnOnce() -> T) -> T {
    let is_shared = |handle: Handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread;
    if Handle::try_current().is_ok_and(is_shared) { block_in_place(work) } else { work() }
}

/// The message of a panic goes to the log and never to a client.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, ()> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("without a message");
        tracing::error!(message, "a panic while a request was answered");
    })
}
