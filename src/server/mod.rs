//! The connection: accept, limit, time out, drain; a request read from the wire, a reply written to it byte by byte.
//!
//! What is answered is none of this room's business: it asks a `Site`, first with the head alone, so that a caller
//! without a key is turned away before a body is read.
//!
//! `fault` knows what can be done to an answer on its way; `tamper` finds the way that such an answer leaves by: as a
//! message like others, written `by_hand`, or as a `scripted` stream.

mod alarm;
mod arrive;
mod body;
mod by_hand;
mod connection;
mod deliver;
mod fault;
mod head;
mod limits;
mod listen;
mod live;
mod orders;
pub mod probe;
mod scripted;
mod serve;
mod service;
pub mod signals;
mod stop;
mod streams;
mod tamper;
mod telling;
mod wire;

#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;

use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::Request;

pub use limits::Limits;
pub use listen::{BindError, BindReason, Listener};
pub use serve::serve;
pub use stop::Stop;

/// Does something that may have to wait. Other requests of this thread go on meanwhile, where there is another thread.
pub fn aside(work: &mut dyn FnMut()) {
    service::step_aside(work);
}

/// What answers the requests.
pub trait Site: Send + Sync + 'static {
    /// What the site keeps in mind between a request's head and its body.
    type Opened: Send;

    /// Judges the head. The request's body is still empty, and so is its id.
    fn open(&self, request: Request) -> Step<Self::Opened>;

    /// Judges the body and answers. A problem in place of a body (too large, too slow) is the server's finding.
    fn finish(&self, opened: Self::Opened, body: Result<Bytes, Problem>) -> Reply;

    /// Whether a request may be a matter of seconds. It is kept from holding up others, which costs a little.
    fn may_take_long(&self, _request: &Request) -> bool {
        false
    }

    /// How long nobody speaks to a client that has just connected. Asked for each connection.
    fn accept_delay(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether a client that asks for this first does not wait for that.
    fn is_urgent(&self, _target: &str) -> bool {
        false
    }

    /// Answers what never became a request (a malformed target or host, a server that is leaving).
    fn refuse(&self, request: Request, problem: Problem) -> Reply;
}

#[allow(clippy::large_enum_variant, reason = "made once and moved once in a request; a box would cost an allocation")]
pub enum Step<Opened> {
    Reply(Reply),
    /// No body is wanted, but the answer is such that there shall be no more of them in the making than processors: it waits
    /// for its turn, and holds up nobody else.
    Long(Opened),
    /// The body is wanted. The site may take more or less of it than the server does in general.
    Body {
        opened: Opened,
        bytes: Option<usize>,
        /// As above.
        is_long: bool,
    },
}
