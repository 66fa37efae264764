//! From an exchange to its entry in the book, without what nobody may see.

use std::time::Duration;

use bytes::Bytes;

use super::{Exchange, House};
use crate::access::Caller;
use crate::journal::{Answer, Asked, Draft, Head, Kept, MOST_BODY, Secret, beginning};
use crate::reply::{Body, Reply};

impl House {
    /// Writes an exchange down, and hands over its reply, which takes along who is told how it ends.
    pub(super) fn remember(&self, exchange: Exchange, target: String, took: Duration) -> Reply {
        let Exchange {
            request, lane, now, caller, values, operation, breaches, more, reason, rules, mut reply, ..
        } = exchange;
        if !self.book.is_open() {
            return reply;
        }
        // Who shows a key of the list shows nothing that is not looked for anyhow.
        let is_known = matches!(caller, Caller::Known { key: None, .. }) && !self.secrets.several(&request);
        let shown = if is_known { Vec::new() } else { self.secrets.shown(&request) };
        let secret = Secret { known: self.secrets.known.clone(), shown };
        let answer = Answer {
            status: reply.status,
            head: Head::of(&reply.headers, |name, value| self.secrets.in_place_of(name, value)),
            body: start(&reply.body),
            length: reply.body.len(),
        };
        let asked = Asked {
            target,
            version: request.version,
            head: Head::of(&request.headers, |name, value| self.secrets.in_place_of(name, value)),
            body: beginning(&request.body),
            length: request.body.len() as u64,
            method: request.method,
        };
        let entry = self.book.write(Draft {
            id: request.id,
            lane: lane.name.clone(),
            now,
            caller: self.access.identity(&caller),
            connection: request.connection,
            request: asked,
            operation: operation.map(|operation| operation.id.clone()),
            values,
            breaches,
            more,
            reason,
            rules,
            answer,
            secret,
            took,
        });
        reply.witness = Some(entry);
        reply
    }
}

/// As much of an answer's body as is remembered. What is shared with other answers is not copied.
fn start(body: &Body) -> Kept {
    let mut room = MOST_BODY;
    let mut some = |piece: &Bytes| {
        let piece = piece.slice(..piece.len().min(room));
        room -= piece.len();
        piece
    };
    match body {
        Body::Ready(bytes) => Kept::One(some(bytes)),
        Body::Joined(pieces) => Kept::Pieces(pieces.iter().map(some).collect()),
        Body::Made(_) | Body::Live(_) => Kept::One(Bytes::new()),
    }
}
