//! Which requests are the same once more: what two tries of one have in common, and by what they differ all the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use http::header::HeaderName;

use super::tries::Came;
use crate::contract::Operation;
use crate::journal::Entry;
use crate::request::REQUEST_ID;

/// Headers that make another request of it, whatever the rest is. No library adds one of these to its tries.
const TELLING: [&str; 6] = ["accept", "content-type", "if-match", "if-unmodified-since", "prefer", "x-mock-scenario"];

/// These say of a change when it is wanted, and of a read only what its sender has already.
const OF_CHANGES: [&str; 2] = ["if-modified-since", "if-none-match"];

/// What tries of one request have in common: the key that makes a creation safe may be missing or another one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Likeness<'e> {
    caller: u64,
    method: &'e str,
    target: &'e str,
    body: &'e [u8],
    length: u64,
    /// Of what of it is hidden.
    print: u64,
    /// How long a body was said to be that nobody has read, and under which key it was sent: more is not known of it.
    unread: Option<(&'e str, Option<&'e str>)>,
    /// What was shown by a caller whom nobody knows.
    shown: &'e [String],
    /// Of the headers that make another request of it.
    headers: u64,
    /// The part that is asked for.
    range: Option<&'e str>,
}

impl<'e> Likeness<'e> {
    /// `key` is the header that makes a creation safe.
    pub fn of(entry: &'e Entry, key: &str) -> Likeness<'e> {
        let (request, head) = (&entry.exchange.request, entry.exchange.request_head());
        let said = head.get("content-length").or_else(|| head.get("transfer-encoding"));
        let unread = said.filter(|said| request.length == 0 && *said != "0").map(|said| (said, head.get(key)));
        let (mut headers, mut range) = (DefaultHasher::new(), None);
        for (name, value) in head.lines() {
            if TELLING.contains(&name) || OF_CHANGES.contains(&name) && !request.method.is_safe() {
                (name, value).hash(&mut headers);
            } else if name == "range" {
                range = std::str::from_utf8(value).ok();
            }
        }
        Likeness {
            caller: entry.exchange.caller,
            method: request.method.as_str(),
            target: entry.exchange.target(),
            body: entry.exchange.request_body(),
            length: request.length,
            print: request.print,
            unread,
            shown: if entry.exchange.caller == 0 { &entry.exchange.secret.shown } else { &[] },
            headers: headers.finish(),
            range,
        }
    }

    pub fn is_part(&self) -> bool {
        self.range.is_some()
    }

    /// If it had asked for the whole.
    pub fn whole(&self) -> Likeness<'e> {
        Likeness { range: None, ..self.clone() }
    }
}

/// Whether a request that was refused has come again with another value in one of the headers that the operation reads.
pub fn is_mended(operation: Option<&Operation>, refused: &Entry, later: &Entry, key: &str) -> bool {
    let headers = operation.into_iter().flat_map(|operation| &operation.parameters);
    let headers = headers.filter_map(|parameter| parameter.header.as_ref()).map(HeaderName::as_str);
    // Those two are new with each try, or may be.
    let mut headers = headers.filter(|name| *name != key && *name != REQUEST_ID.as_str());
    let [before, now] = [refused, later].map(|entry| entry.exchange.request_head());
    Came::of(refused) == Came::Final && headers.any(|name| before.get(name) != now.get(name))
}

/// Where a part begins: 512 of `bytes=512-`.
pub fn beginning(range: &str) -> Option<u64> {
    range.strip_prefix("bytes=")?.split('-').next()?.trim().parse().ok().filter(|from| *from < 1 << 60)
}
