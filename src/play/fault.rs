//! The fault of an answer: the first that there is in the request's version of HTTP, with its place counted in bytes.

use std::num::NonZeroU64;

use bytes::Bytes;
use http::Version;
use http::header::HeaderValue;

use super::Scene;
use crate::fault::{Fault, Length, Point};
use crate::reply::Reply;
use crate::scenario::{Break, Damage, Spot};

impl Scene<'_> {
    pub(super) fn fault(&self, reply: &Reply) -> Option<Fault> {
        let version = self.asked.request.version;
        self.wanted.fired.iter().find_map(|fired| {
            let Break { what, only } = fired.rule().then.fault.as_ref()?;
            if only.is_some_and(|only| !is_one(only, version)) {
                return None;
            }
            let fault = fault(what, reply.body.len()).filter(|fault| fault.fits(version));
            if fault.is_none() {
                self.left_out(fired, "fault", format_args!("there is none like it in {version:?}"));
            }
            fault
        })
    }
}

/// All versions of HTTP/1 are one here.
fn is_one(only: Version, version: Version) -> bool {
    (only == Version::HTTP_2) == (version == Version::HTTP_2)
}

/// `None` if there is no such fault at all.
fn fault(damage: &Damage, length: u64) -> Option<Fault> {
    let point = |spot: &Spot| match *spot {
        Spot::Answer(bytes) => Point::Answer(bytes),
        Spot::Body(bytes) => Point::Body(bytes),
        Spot::Percent(percent) => {
            let at = u128::from(length) * u128::from(percent) / 100;
            Point::Body(u64::try_from(at).unwrap_or(u64::MAX))
        }
    };
    Some(match damage {
        Damage::Close => Fault::Close,
        Damage::Reset(spot) => Fault::Reset(point(spot)),
        Damage::Cut(spot) => Fault::Cut(point(spot)),
        Damage::Stall { at, time } => Fault::Stall { at: point(at), time: *time },
        Damage::Drip { from, bytes, every } => {
            Fault::Drip { from: point(from), bytes: NonZeroU64::new(*bytes)?, every: *every }
        }
        Damage::Chunks(chunks) => Fault::Chunks(*chunks),
        Damage::Garbage(bytes) => Fault::Garbage(Bytes::copy_from_slice(bytes)),
        Damage::TooLong(bytes) => Fault::Length(Length::TooLong(*bytes)),
        Damage::TooShort(bytes) => Fault::Length(Length::TooShort(*bytes)),
        Damage::ContentType(text) => Fault::ContentType(HeaderValue::from_str(text).ok()?),
        Damage::Json(how) => Fault::Json(*how),
        Damage::Utf8 => Fault::Utf8,
        Damage::Gzip => Fault::Gzip,
        Damage::ConnectionClose => Fault::ConnectionClose,
        Damage::GoAway(code) => Fault::GoAway(*code),
        Damage::ResetStream { at, code } => Fault::ResetStream { at: point(at), code: *code },
    })
}
