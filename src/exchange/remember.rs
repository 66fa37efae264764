//! From an exchange to its entry in the book, without what nobody may see.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use super::{Exchange, House};
use crate::access::Caller;
use crate::contract::{Covered, HIDDEN, Values, Veil, Veils};
use crate::journal::{Answer, Asked, Draft, Head, Kept, MOST_BODY, Secret, Sheet, erased};
use crate::reply::{Body, Reply};
use crate::seed::Seed;

/// Keys beyond this are no keys.
const LONGEST_KEY: usize = 4 << 10;

impl House {
    /// Writes an exchange down, and hands over its reply, which takes along who is told how it ends.
    pub(super) fn remember(&self, exchange: Exchange, target: String, took: Duration) -> Reply {
        let Exchange {
            mut request,
            lane,
            now,
            caller,
            values,
            operation,
            breaches,
            more,
            reason,
            rules,
            misses,
            mut reply,
            ..
        } = exchange;
        if !self.book.is_open() {
            return reply;
        }
        let veils = operation.and_then(|operation| operation.veils.as_ref());
        let body = Body::Ready(std::mem::take(&mut request.body));
        let asked = covered(veils.map(|veils| &veils.request), &request.headers, &body);
        let answered = covered(veils.map(|veils| &veils.answer), &reply.headers, &reply.body);
        // Who shows a key of the list, and nothing else, shows nothing that is not looked for anyhow when it is told.
        let is_known = matches!(caller, Caller::Known { key: None, .. }) && !self.secrets.several(&request);
        let mut keys = if is_known && veils.is_none() { Vec::new() } else { self.secrets.shown(&request) };
        keys.extend([&asked, &answered].into_iter().flatten().flat_map(|covered| covered.texts.iter().cloned()));
        let values = without_secrets(values, veils, &mut keys);
        // What the contract marks comes back in what it does not mark. A key that does is taken out when it is told:
        // looking for it in every answer would take as long as the rest of the request.
        let echoed = if veils.is_some() { keys.as_slice() } else { &[] };
        let print = asked.as_ref().map_or(0, |_| Seed(0).digest(&body.ready()));
        let target = erased(target.as_bytes(), &keys).unwrap_or(target);
        let (asked, answered) = (kept(asked, &body, &keys), kept(answered, &reply.body, echoed));
        let secret = Secret { known: self.secrets.known.clone(), shown: keys };
        let operation = operation.map(|operation| operation.id.as_str());
        let texts = [&request.id, &lane.name, &target, operation.unwrap_or_default()].map(str::len);
        let heads = Head::room(&request.headers) + Head::room(&reply.headers);
        let mut sheet = Sheet::with_room(texts.iter().sum::<usize>() + heads + asked.body.len() + answered.body.own());
        let hidden = |name: &HeaderName, value| self.secrets.in_place_of(name, value, veils);
        let entry = self.book.write(Draft {
            id: sheet.text(&request.id),
            lane: sheet.text(&lane.name),
            now,
            caller: self.access.identity(&caller),
            connection: request.connection,
            operation: operation.map(|id| sheet.text(id)),
            request: Asked {
                target: sheet.text(&target),
                version: request.version,
                head: Head::on(&mut sheet, &request.headers, |name, value| hidden(name, value)),
                // A piece of what a connection read would hold on to the whole of it.
                body: sheet.bytes(&asked.body.bytes()),
                length: body.len(),
                is_cut: asked.is_cut,
                print,
                method: request.method,
            },
            values,
            breaches,
            more,
            reason,
            rules,
            misses,
            answer: Answer {
                status: reply.status,
                head: Head::on(&mut sheet, &reply.headers, |name, value| hidden(name, value)),
                body: answered.body.on(&mut sheet),
                length: reply.body.len(),
                is_cut: answered.is_cut,
            },
            secret,
            took,
        });
        reply.witness = Some(entry);
        reply
    }
}

/// As much of a body as is remembered.
struct Beginning {
    body: Kept,
    is_cut: bool,
}

/// A body without what the contract hides, if it hides anything of it.
pub(super) fn covered(veil: Option<&Veil>, headers: &HeaderMap, body: &Body) -> Option<Covered> {
    let veil = veil.filter(|veil| !veil.is_empty())?;
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    veil.cover(&String::from_utf8_lossy(kind), &body.ready())
}

/// Without keys. What is shared with other answers is not copied.
fn kept(covered: Option<Covered>, body: &Body, keys: &[String]) -> Beginning {
    let (mut room, mut is_cut) = (MOST_BODY, false);
    let mut some = |piece: &Bytes| {
        // A key that the end would cut in two is found all the same.
        let looked_at = piece.slice(..piece.len().min(room + LONGEST_KEY));
        let whole = erased(&looked_at, keys).map_or_else(|| looked_at.clone(), Bytes::from);
        let piece_kept = whole.slice(..whole.len().min(room));
        is_cut |= looked_at.len() < piece.len() || piece_kept.len() < whole.len();
        room -= piece_kept.len();
        piece_kept
    };
    let body = match (covered, body) {
        (Some(covered), _) => Kept::One(some(&covered.bytes.into())),
        (None, Body::Ready(bytes)) => Kept::One(some(bytes)),
        (None, Body::Joined(pieces)) => Kept::Pieces(pieces.iter().map(some).collect()),
        (None, Body::Made(_) | Body::Live(_)) => {
            is_cut = !body.is_empty();
            Kept::One(Bytes::new())
        }
    };
    Beginning { body, is_cut }
}

/// The values of parameters as they may be told. What was hidden is added to the keys.
fn without_secrets(values: Values, veils: Option<&Veils>, keys: &mut Vec<String>) -> Values {
    let Some(veils) = veils.filter(|veils| !veils.parameters.is_empty()) else { return values };
    let shown = values.iter().map(|(location, name, value)| {
        let is_hidden = veils.hides(location, name);
        if is_hidden {
            keys.push(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        (location, name.to_owned(), if is_hidden { HIDDEN.into() } else { value.clone() })
    });
    shown.collect()
}
