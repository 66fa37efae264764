//! From an exchange to its entry in the book, without what nobody may see.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use super::story::Side;
use super::{Exchange, House};
use crate::access::Caller;
use crate::contract::{Covered, HIDDEN, Location, Values, Veil, Veils};
use crate::journal::{Answer, Asked, Draft, Head, Kept, MOST_BODY, Piece, Secret, Sheet, erased};
use crate::reply::{Body, Reply};
use crate::request::Request;
use crate::seed::Seed;

/// Keys beyond this are no keys.
const LONGEST_KEY: usize = 4 << 10;
/// A piece of an answer that is not longer is copied: holding on to it would cost more.
const SHORT: usize = 1 << 10;

impl House {
    /// Writes an exchange down, and hands over its reply, which takes along who is told how it ends.
    pub(super) fn remember(&self, exchange: Exchange, secret: Secret, target: String, took: Duration) -> Reply {
        if !self.book.is_open() {
            return exchange.reply;
        }
        let (draft, mut reply) = self.drafted(exchange, secret, target, took);
        reply.witness = Some(self.book.write(draft));
        reply
    }

    fn drafted(&self, exchange: Exchange, secret: Secret, target: String, took: Duration) -> (Draft, Reply) {
        let veils = exchange.operation.and_then(|operation| operation.veils.as_ref());
        let covers = Covers::of(veils, &exchange.request, &exchange.reply);
        let Secret { known, shown: mut keys } = secret;
        keys.extend(covers.texts());
        let Exchange { request, lane, now, caller, values, operation, breaches, more, reason, rules, misses, .. } =
            exchange;
        let reply = exchange.reply;
        let values = without_secrets(values, veils, &mut keys);
        // What the contract marks comes back in what it does not mark. A key that does is taken out when it is told:
        // looking for it in every answer would take as long as the rest of the request.
        let echoed = if veils.is_some() { keys.as_slice() } else { &[] };
        let (mut of_asked, mut of_answered) = (Beginning::without(&keys), Beginning::without(echoed));
        let target = erased(target.as_bytes(), &keys).and_then(|text| String::from_utf8(text).ok()).unwrap_or(target);
        let is_hidden = covers.asked.is_some() || request.body.len() > MOST_BODY;
        let print = print(&request, veils, is_hidden, &target);
        let operation = operation.map(|operation| operation.id.as_str());
        let texts = [&request.id, &lane.name, &target, operation.unwrap_or_default()].map(str::len);
        let room = texts.iter().sum::<usize>() + room_of_asked(&request) + room_of_answered(&reply);
        let mut sheet = Sheet::with_room(room);
        let hidden = |name: &HeaderName, value, side| self.secrets.in_place_of(name, value, veils, side);
        let draft = Draft {
            id: sheet.add(&request.id),
            lane: sheet.add(&lane.name),
            operation: operation.map(|id| sheet.add(id)),
            request: Asked {
                target: sheet.add(&target),
                head: sheet.head(&request.headers, |name, value| hidden(name, value, Side::Asked)),
                // A piece of what a connection read would hold on to the whole of it.
                body: sheet.add(of_asked.take(covers.asked.as_ref().map_or(&request.body, |covered| &covered.bytes))),
                length: request.body.len() as u64,
                is_cut: of_asked.is_cut,
                print,
                version: request.version,
                method: request.method,
            },
            answer: Answer {
                status: reply.status,
                head: sheet.head(&reply.headers, |name, value| hidden(name, value, Side::Answered)),
                body: of_answered.body(covers.answered.as_ref(), &reply.body, &mut sheet),
                length: reply.body.len(),
                is_cut: of_answered.is_cut,
            },
            now,
            caller: self.access.identity(&caller),
            connection: request.connection,
            values,
            breaches,
            more,
            reason,
            rules,
            misses,
            secret: Secret { known, shown: keys },
            took,
            sheet,
        };
        (draft, reply)
    }

    /// What must not be told of an exchange beside its bodies.
    pub(super) fn secret_of(&self, exchange: &Exchange) -> Secret {
        let veils = exchange.operation.and_then(|operation| operation.veils.as_ref());
        let mut shown = self.keys_shown(exchange, veils);
        shown
            .extend(veils.into_iter().flat_map(|veils| self.secrets.marked(&exchange.request, &exchange.reply, veils)));
        Secret { known: self.secrets.known.clone(), shown }
    }

    /// The keys that a request shows, where they have to be looked for.
    fn keys_shown(&self, exchange: &Exchange, veils: Option<&Veils>) -> Vec<String> {
        // Who shows a key of the list, and nothing else, shows nothing that is not looked for anyhow when it is told.
        let is_listed = matches!(exchange.caller, Caller::Known { key: None, .. });
        match is_listed && veils.is_none() && !self.secrets.several(&exchange.request) {
            true => Vec::new(),
            false => self.secrets.shown(&exchange.request),
        }
    }
}

/// A number that two requests have in common if they were alike in what is not remembered of them too; 0 if all of it is.
fn print(request: &Request, veils: Option<&Veils>, is_hidden: bool, told: &str) -> u64 {
    let target = request.uri.path_and_query().map_or("", |target| target.as_str());
    let headers = veils.into_iter().flat_map(|veils| &veils.parameters);
    let headers = headers.filter(|(location, _)| *location == Location::Header);
    let headers: Vec<&HeaderValue> = headers.flat_map(|(_, name)| request.headers.get_all(name.as_str())).collect();
    if !is_hidden && target == told && headers.is_empty() {
        return 0;
    }
    let body = if is_hidden { &request.body[..] } else { &[] };
    let parts = [target.as_bytes(), body].into_iter().chain(headers.into_iter().map(HeaderValue::as_bytes));
    parts.fold(Seed(0), |print, part| Seed(print.digest(part))).0
}

fn room_of_asked(request: &Request) -> usize {
    Head::room(&request.headers) + request.body.len().min(MOST_BODY)
}

fn room_of_answered(reply: &Reply) -> usize {
    let pieces = match &reply.body {
        Body::Ready(bytes) => std::slice::from_ref(bytes),
        Body::Joined(pieces) => pieces,
        Body::Made(_) | Body::Live(_) => &[],
    };
    let copied = pieces.iter().map(Bytes::len).filter(|length| *length <= SHORT);
    Head::room(&reply.headers) + copied.sum::<usize>()
}

/// The bodies of both sides without what the contract hides, where it hides anything of them.
pub(super) struct Covers {
    pub asked: Option<Covered>,
    pub answered: Option<Covered>,
}

impl Covers {
    pub fn of(veils: Option<&Veils>, request: &Request, reply: &Reply) -> Covers {
        let covered = |veil: &Veil, headers: &HeaderMap, body: Bytes| {
            let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
            veil.cover(&String::from_utf8_lossy(kind), &body)
        };
        let asked = veils.map(|veils| &veils.request).filter(|veil| !veil.is_empty());
        let answered = veils.map(|veils| &veils.answer).filter(|veil| !veil.is_empty());
        Covers {
            asked: asked.and_then(|veil| covered(veil, &request.headers, request.body.clone())),
            answered: answered.and_then(|veil| covered(veil, &reply.headers, reply.body.ready())),
        }
    }

    /// What was hidden.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        [&self.asked, &self.answered].into_iter().flatten().flat_map(|covered| covered.texts.iter().cloned())
    }
}

/// As much of a body as is remembered, piece by piece.
struct Beginning<'k> {
    keys: &'k [String],
    /// So many bytes more.
    room: usize,
    is_cut: bool,
}

impl<'k> Beginning<'k> {
    fn without(keys: &'k [String]) -> Beginning<'k> {
        Beginning { keys, room: MOST_BODY, is_cut: false }
    }

    fn body(&mut self, covered: Option<&Covered>, body: &Body, sheet: &mut Sheet) -> Kept {
        match (covered, body) {
            (Some(covered), _) => Kept::One(Piece::Own(sheet.add(self.take(&covered.bytes)))),
            (None, Body::Ready(bytes)) => Kept::One(self.piece(bytes, sheet)),
            (None, Body::Joined(pieces)) => match pieces.as_slice() {
                [first, second] => Kept::Two([self.piece(first, sheet), self.piece(second, sheet)]),
                pieces => Kept::Pieces(pieces.iter().map(|piece| self.piece(piece, sheet)).collect()),
            },
            (None, Body::Made(_) | Body::Live(_)) => {
                self.is_cut = !body.is_empty();
                Kept::One(Piece::Own(sheet.add("")))
            }
        }
    }

    fn piece(&mut self, bytes: &Bytes, sheet: &mut Sheet) -> Piece {
        match self.take(bytes) {
            Cow::Borrowed(kept) if kept.len() > SHORT => Piece::Shared(bytes.slice(..kept.len())),
            kept => Piece::Own(sheet.add(kept)),
        }
    }

    /// What of a piece is remembered.
    fn take<'p>(&mut self, piece: &'p [u8]) -> Cow<'p, [u8]> {
        // A key that the end would cut in two is found all the same.
        let looked_at = &piece[..piece.len().min(self.room + LONGEST_KEY)];
        let mut kept = erased(looked_at, self.keys).map_or(Cow::Borrowed(looked_at), Cow::Owned);
        self.is_cut |= looked_at.len() < piece.len() || kept.len() > self.room;
        match &mut kept {
            Cow::Borrowed(bytes) => *bytes = &bytes[..bytes.len().min(self.room)],
            Cow::Owned(bytes) => bytes.truncate(self.room),
        }
        self.room -= kept.len();
        kept
    }
}

/// The values of parameters as they may be told. What was hidden is added to the keys.
fn without_secrets(values: Values, veils: Option<&Veils>, keys: &mut Vec<String>) -> Values {
    let Some(veils) = veils.filter(|veils| !veils.parameters.is_empty()) else { return values };
    values.without(
        |location, name| veils.hides(location, name),
        |value| {
            keys.push(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            HIDDEN.into()
        },
    )
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    #[test]
    fn requests_that_differ_in_what_is_hidden_are_told_apart() {
        let of = |target: &str, told: &str, body: &'static str| {
            let mut request = Request::new(Method::GET, target.parse().unwrap());
            request.body = Bytes::from_static(body.as_bytes());
            print(&request, None, !body.is_empty(), told)
        };
        let told = "/door?pin=***";
        assert_eq!(of("/door", "/door", ""), 0);
        assert_eq!(of("/door?pin=1", told, ""), of("/door?pin=1", told, ""));
        assert_ne!(of("/door?pin=1", told, ""), of("/door?pin=2", told, ""));
        assert_ne!(of("/door", "/door", "1"), of("/door", "/door", "2"));
    }
}
