//! `fault`: what goes wrong on the wire, and whether there is such a thing in every version of HTTP.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Version;

use super::{At, Reading};
use crate::fault::{Chunks, Json};
use crate::scenario::effect::{Break, Damage, Spot};
use crate::scenario::notation;

/// As much garbage as is sent at a time.
const MOST_GARBAGE: u64 = 1 << 20;
/// What a stream is reset with if nothing is said: INTERNAL_ERROR.
const INTERNAL_ERROR: u32 = 2;

impl<'a> Reading<'a> {
    pub fn fault(&mut self, at: &At<'a>) -> Option<Break> {
        let only = match at.value.get("http").and_then(notation::whole) {
            Some(1) => Some(Version::HTTP_11),
            Some(2) => Some(Version::HTTP_2),
            _ => None,
        };
        let (name, how) = match at.text() {
            Some(name) => (name, None),
            None => at.members().find(|(name, _)| *name != "http").map(|(name, how)| (name, Some(how)))?,
        };
        let what = self.damage(name, how.as_ref())?;
        let found = Break { what, only };
        self.check_version(at, name, &found);
        Some(found)
    }

    fn damage(&mut self, name: &str, how: Option<&At<'a>>) -> Option<Damage> {
        // A member of what is said, or of nothing.
        let get = |member: &str| how.and_then(|how| how.get(member));
        let word = how.and_then(At::text);
        Some(match name {
            "close" => Damage::Close,
            "reset" => Damage::Reset(self.reset_at(how)?),
            "cut" => Damage::Cut(get("after").map_or(Some(Spot::Percent(50)), |at| self.spot(&at))?),
            "stall" => {
                let at = get("at").map_or(Some(Spot::Body(0)), |at| self.spot(&at))?;
                let time = match get("for") {
                    Some(time) => Some(self.wait(&time)?),
                    None => None,
                };
                Damage::Stall { at, time }
            }
            "drip" => Damage::Drip {
                from: get("from").map_or(Some(Spot::Body(0)), |at| self.spot(&at))?,
                bytes: get("bytes").map_or(Some(1), |at| self.some_bytes(&at))?,
                every: get("every").map_or(Some(Duration::from_millis(100)), |at| self.wait(&at))?,
            },
            "chunks" => Damage::Chunks(if word == Some("no_end") { Chunks::NoEnd } else { Chunks::BadSize }),
            "garbage" => Damage::Garbage(self.garbage(how)?),
            "length" => match (get("too_long"), get("too_short")) {
                (Some(at), _) => Damage::TooLong(self.some_bytes(&at)?),
                (_, Some(at)) => Damage::TooShort(self.some_bytes(&at)?),
                _ => return None,
            },
            "content_type" => Damage::ContentType(word.unwrap_or("text/html").to_owned()),
            "json" => Damage::Json(match word {
                Some("trailing_comma") => Json::TrailingComma,
                Some("nan") => Json::NotANumber,
                _ => Json::Cut,
            }),
            "utf8" => Damage::Utf8,
            "gzip" => Damage::Gzip,
            "connection_close" => Damage::ConnectionClose,
            "go_away" => Damage::GoAway(get("code").map_or(Some(0), |at| self.code(&at))?),
            "reset_stream" => Damage::ResetStream {
                at: get("at").map_or(Some(Spot::Answer(0)), |at| self.spot(&at))?,
                code: get("code").map_or(Some(INTERNAL_ERROR), |at| self.code(&at))?,
            },
            _ => return None,
        })
    }

    /// Bytes of the whole answer, behind its head, or bytes of its body.
    fn reset_at(&mut self, how: Option<&At<'a>>) -> Option<Spot> {
        let Some(how) = how else { return Some(Spot::Answer(0)) };
        if how.flag("after_head") {
            return Some(Spot::Body(0));
        }
        if let Some(at) = how.get("after_body") {
            return self.spot(&at);
        }
        how.get("after").map_or(Some(Spot::Answer(0)), |at| self.size(&at).map(Spot::Answer))
    }

    pub fn spot(&mut self, at: &At) -> Option<Spot> {
        let read = notation::spot(at.value);
        if read.is_none() {
            self.not_read(at, "`start`, `head`, a number of bytes or a part such as 50%");
        }
        read
    }

    fn size(&mut self, at: &At) -> Option<u64> {
        let read = notation::bytes(at.value);
        self.read(at, &notation::SIZE, read)
    }

    /// `0B` has the form of a size.
    fn some_bytes(&mut self, at: &At) -> Option<u64> {
        let bytes = self.size(at)?;
        if bytes == 0 {
            let finding = self.error(at, "E0317", "no bytes at all make no fault");
            self.found(finding.label("expected 1 or more"));
            return None;
        }
        Some(bytes)
    }

    fn code(&mut self, at: &At) -> Option<u32> {
        self.count(at).and_then(|code| u32::try_from(code).ok())
    }

    fn garbage(&mut self, how: Option<&At<'a>>) -> Option<Vec<u8>> {
        let Some(how) = how else { return Some(b"this is no answer\n".to_vec()) };
        if let Some(text) = how.text() {
            return Some(text.as_bytes().to_vec());
        }
        if let Some(at) = how.get("bytes") {
            let read = at.text().and_then(|text| BASE64_STANDARD.decode(text).ok());
            if read.is_none() {
                // Of the right letters, and with bits left over at the end.
                let finding = self.error(&at, "E0316", "this is Base64 that somebody has shortened");
                self.found(finding.label("its last letter stands for half a byte"));
            }
            return read;
        }
        let at = how.get("length")?;
        let length = self.some_bytes(&at)?;
        if length > MOST_GARBAGE {
            let finding = self.error(&at, "E0317", format!("{length} bytes of garbage are more than are sent"));
            self.found(finding.label("at most 1MiB"));
            return None;
        }
        // Bytes that are no text and begin no answer, the same in every run.
        Some((0..length).map(|n| 0x80 | (n.wrapping_mul(0x9d) >> 1) as u8).collect())
    }

    fn check_version(&mut self, at: &At, name: &str, found: &Break) {
        // Which versions have it does not depend on how long a body is.
        let Some(fault) = found.what.fault(0) else { return };
        let fits = |version| fault.fits(version);
        let (one, two) = (fits(Version::HTTP_11), fits(Version::HTTP_2));
        let lacks = |reading: &Self, version: u8| {
            let message = format!("HTTP/{version} has no such fault as this \"{name}\"");
            match at.get(name) {
                Some(named) => reading.key_error(&named, "E0335", message),
                None => reading.error(at, "E0335", message),
            }
        };
        let finding = match found.only {
            None if one && two => return,
            None if one || two => {
                let (has, other) = if one { (1, 2) } else { (2, 1) };
                lacks(self, other)
                    .help(format!("say `http: {has}` beside it: it is then carried out on HTTP/{has} alone"))
            }
            Some(version) if fits(version) => return,
            _ => {
                let said = if found.only == Some(Version::HTTP_2) { 2 } else { 1 };
                let finding = lacks(self, said);
                match one || two {
                    true => finding.help(format!("only HTTP/{0} has: `http: {0}`", if one { 1 } else { 2 })),
                    false => finding.help("no version of HTTP has: over HTTP/2 a head has no single bytes to point at"),
                }
            }
        };
        self.found(finding.label("can't be carried out"));
    }
}
