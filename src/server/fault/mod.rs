//! How each fault is carried out, one file for each.
//!
//! Some change the reply, which is then sent as any other. The rest are scripts: asked again and again, they say what
//! the connection is to do next, and whoever holds the socket or the stream does it.

mod answer;
mod chunks;
mod close;
mod content_type;
mod cut;
mod drip;
mod garbage;
mod go_away;
mod gzip;
mod json;
mod length;
mod reset;
mod reset_stream;
mod stall;
mod utf8;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Version};

pub(super) use self::answer::Answer;
use crate::fault::Fault;
use crate::reply::Reply;

/// How a reply is sent.
pub(super) enum Plan {
    /// As it was made.
    Message,
    /// As any other, though it is not the one that was made.
    Other,
    /// As the answer that was made, and the connection takes no further request.
    Last,
    Script(Box<dyn Script>),
}

pub(super) trait Script: Send {
    fn next(&mut self, answer: &mut Answer) -> Act;

    /// What the head says otherwise than it would.
    fn amend(&self, _headers: &mut HeaderMap) {}

    /// Whether this is done to the connection as such, over HTTP/2 too, where it carries other streams.
    fn takes_connection(&self) -> bool {
        false
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// A part of the head.
    Head(Bytes),
    /// A part of the body.
    Body(Bytes),
    /// Bytes that are no part of the answer.
    Raw(Bytes),
    /// So long, or until the client closes.
    Wait(Option<Duration>),
    End(End),
}

impl Act {
    /// How much of the answer it is.
    fn len(&self) -> u64 {
        match self {
            Act::Head(bytes) | Act::Body(bytes) => bytes.len() as u64,
            Act::Raw(_) | Act::Wait(_) | Act::End(_) => 0,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The answer is whole.
    Whole,
    /// What follows, if anything, would not be understood: FIN, or the end of the stream.
    Close,
    /// RST.
    Reset,
    /// `RST_STREAM` with this code.
    ResetStream(u32),
}

/// Takes the fault out of the reply: the one place that knows them all.
pub(super) fn plan(reply: &mut Reply, version: Version) -> Plan {
    let Some(fault) = reply.fault.take() else { return Plan::Message };
    if !fault.fits(version) {
        tracing::warn!(
            ?fault,
            ?version,
            "there is no such fault in this version of HTTP: the answer goes out unharmed"
        );
        return Plan::Message;
    }
    match fault {
        Fault::ConnectionClose => return Plan::Last,
        Fault::ContentType(value) => content_type::replace(reply, value),
        Fault::Json(how) => json::spoil(reply, how),
        Fault::Utf8 => utf8::spoil(reply),
        Fault::Gzip => gzip::declare(reply),
        Fault::Close => return script(close::Close),
        Fault::Reset(at) => return script(reset::Reset(at)),
        Fault::Cut(at) => return script(cut::Cut(at)),
        Fault::Stall { at, time } => return script(stall::Stall::new(at, time)),
        Fault::Drip { from, bytes, every } => return script(drip::Drip::new(from, bytes, every)),
        Fault::Chunks(how) => return script(chunks::Broken::new(how)),
        Fault::Garbage(bytes) => return script(garbage::Garbage(Some(bytes))),
        Fault::Length(how) => return script(length::Wrong(how)),
        Fault::GoAway(code) => return script(go_away::GoAway { code, told: false }),
        Fault::ResetStream { at, code } => return script(reset_stream::ResetStream { at, code }),
    }
    Plan::Other
}

/// The answer as it is, for a reply that is only late.
pub(super) fn unharmed() -> Box<dyn Script> {
    Box::new(Unharmed)
}

struct Unharmed;

impl Script for Unharmed {
    fn next(&mut self, answer: &mut Answer) -> Act {
        answer.rest()
    }
}

fn script(script: impl Script + 'static) -> Plan {
    Plan::Script(Box::new(script))
}
