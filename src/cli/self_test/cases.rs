//! Every fault of the language, what it promises, and how to see that it was kept.

use std::time::Duration;

use http::Version;

use crate::server::probe::{End, Seen};

/// One fault as it is written in a scenario.
pub struct Case {
    pub name: &'static str,
    pub written: &'static str,
    pub meets: Meets,
    pub versions: &'static [Version],
    /// What a client sees of it.
    pub promise: &'static str,
    /// Whether that is what was seen, beside the body as it is without a fault.
    pub kept: fn(&Seen, &[u8]) -> bool,
}

/// How a client meets the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meets {
    /// By an answer.
    Answer,
    /// By an answer, on a connection that it would have kept.
    Kept,
    /// By an address in an answer, which it fetches if it leads back here.
    Address,
    /// As soon as it connects.
    Connection,
}

use Meets::{Address, Answer, Connection, Kept};

const ONE: &[Version] = &[Version::HTTP_11];
const TWO: &[Version] = &[Version::HTTP_2];
const BOTH: &[Version] = &[Version::HTTP_11, Version::HTTP_2];

const STALL: Duration = Duration::from_millis(300);
/// A drop comes so often, of so many bytes.
const DROP: (Duration, usize) = (Duration::from_millis(10), 400);

#[rustfmt::skip]
pub const CASES: [Case; 34] = [
    case("close", "fault: close", Answer, BOTH, "the connection closes without an answer",
        |seen, _| is_nothing(seen) && seen.end == End::Closed),
    case("reset", "fault: reset", Answer, BOTH, "the connection is reset without an answer",
        |seen, _| is_nothing(seen) && seen.end == End::Reset),
    case("reset, 20 bytes", "fault: { reset: { after: 20 }, http: 1 }", Answer, ONE, "the connection is reset within the head",
        |seen, _| seen.status.is_none() && seen.body.len() <= 20 && seen.end == End::Reset),
    case("reset, after the head", "fault: { reset: { after_head: true }, http: 1 }", Answer, ONE, "the connection is reset before the body",
        |seen, _| seen.body.is_empty() && seen.end == End::Reset),
    case("reset, half the body", "fault: { reset: { after_body: 50% }, http: 1 }", Answer, ONE, "the connection is reset within the body",
        |seen, body| body[..body.len() / 2].starts_with(&seen.body) && seen.end == End::Reset),
    case("cut, half the body", "fault: { cut: { after: 50% } }", Answer, BOTH, "half of the body comes, and the end",
        |seen, body| is_good(seen) && seen.body == body[..body.len() / 2] && is_short(seen)),
    case("stall, at the start", "fault: { stall: { at: start, for: 300ms } }", Answer, BOTH, "300 ms before the answer nothing comes",
        |seen, body| is_whole(seen, body) && is_late(seen) && !seen.pause.head),
    case("stall, after the head", "fault: { stall: { at: head, for: 300ms } }", Answer, BOTH, "300 ms before the body nothing comes",
        |seen, body| is_whole(seen, body) && is_late(seen) && seen.pause.head && seen.pause.body == 0),
    case("stall, half the body", "fault: { stall: { at: 50%, for: 300ms } }", Answer, BOTH, "300 ms within the body nothing comes",
        |seen, body| is_whole(seen, body) && is_late(seen) && seen.pause.body == body.len() / 2),
    case("drip, from the start", "fault: { drip: { bytes: 400, every: 10ms, from: start } }", Answer, BOTH, "the answer comes by 400 bytes each 10 ms",
        |seen, body| is_whole(seen, body) && seen.took >= drops(body)),
    case("drip, after the head", "fault: { drip: { bytes: 400, every: 10ms, from: head } }", Answer, BOTH, "the body comes by 400 bytes each 10 ms",
        |seen, body| is_whole(seen, body) && seen.took >= drops(body)),
    case("chunks, bad size", "fault: { chunks: bad_size, http: 1 }", Answer, ONE, "the size of the first chunk is no number",
        |seen, _| is_chunked(seen) && seen.body.first().is_some_and(|byte| !byte.is_ascii_hexdigit())),
    case("chunks, no end", "fault: { chunks: no_end, http: 1 }", Answer, ONE, "the last chunk does not come",
        |seen, body| is_chunked(seen) && seen.body.len() > body.len() && !seen.body.ends_with(b"0\r\n\r\n")),
    case("garbage, text", "fault: { garbage: this is no answer }", Answer, BOTH, "the text comes in place of an answer",
        |seen, _| is_garbage(seen) && (seen.body == b"this is no answer" || is_refused(seen))),
    case("garbage, bytes", "fault: { garbage: { bytes: FgMBAAE= } }", Answer, BOTH, "the bytes come in place of an answer",
        |seen, _| is_garbage(seen) && (seen.body == b"\x16\x03\x01\x00\x01" || is_refused(seen))),
    case("garbage, length", "fault: { garbage: { length: 64 } }", Answer, BOTH, "64 bytes of no sense come in place of an answer",
        |seen, _| is_garbage(seen) && (seen.body.len() == 64 || is_refused(seen))),
    case("length, too long", "fault: { length: { too_long: 10 } }", Answer, BOTH, "10 bytes more are announced than come",
        |seen, body| is_good(seen) && announced(seen) == Some(body.len() + 10) && seen.body == body && is_short(seen)),
    case("length, too short", "fault: { length: { too_short: 10 } }", Answer, BOTH, "10 bytes fewer are announced than come",
        |seen, body| announced(seen) == Some(body.len() - 10) && (is_refused(seen) || seen.body == body)),
    case("content type", "fault: { content_type: text/html }", Answer, BOTH, "JSON is called text/html",
        |seen, body| is_whole(seen, body) && seen.header("content-type") == Some("text/html")),
    case("json, cut", "fault: { json: cut }", Answer, BOTH, "the body ends within its JSON, with the right length",
        |seen, body| seen.end == End::Whole && body.starts_with(&seen.body) && error(seen).is_some_and(|error| error.is_eof())),
    case("json, trailing comma", "fault: { json: trailing_comma }", Answer, BOTH, "a comma stands before the last bracket",
        |seen, body| seen.end == End::Whole && seen.body.len() == body.len() + 1 && seen.body.ends_with(b",}")),
    case("json, not a number", "fault: { json: nan }", Answer, BOTH, "NaN stands in place of a number",
        |seen, _| seen.end == End::Whole && error(seen).is_some() && contains(seen, b"NaN")),
    case("utf8", "fault: utf8", Answer, BOTH, "a text of the body is no UTF-8",
        |seen, _| seen.end == End::Whole && std::str::from_utf8(&seen.body).is_err()),
    case("gzip", "fault: gzip", Answer, BOTH, "gzip is declared, and the body is plain",
        |seen, body| is_whole(seen, body) && seen.header("content-encoding") == Some("gzip")),
    case("connection close", "fault: connection_close", Kept, BOTH, "the answer is whole, and the connection closes though it was wanted",
        |seen, body| is_good(seen) && seen.body == body && says_farewell(seen)),
    case("go away", "fault: { go_away: { code: 11 }, http: 2 }", Answer, TWO, "GOAWAY with code 11",
        |seen, _| is_nothing(seen) && seen.end == End::GoAway(11)),
    case("reset stream", "fault: { reset_stream: { at: start, code: 7 }, http: 2 }", Answer, TWO, "RST_STREAM with code 7 in place of an answer",
        |seen, _| is_nothing(seen) && seen.end == End::StreamReset(7)),
    case("reset stream, after the head", "fault: { reset_stream: { at: head, code: 8 }, http: 2 }", Answer, TWO, "RST_STREAM with code 8 before the body",
        |seen, _| is_good(seen) && seen.body.is_empty() && seen.end == End::StreamReset(8)),
    case("reset stream, half the body", "fault: { reset_stream: { at: 50%, code: 8 }, http: 2 }", Answer, TWO, "RST_STREAM with code 8 within the body",
        |seen, body| is_good(seen) && seen.body == body[..body.len() / 2] && seen.end == End::StreamReset(8)),
    case("address, expired", "recording: { expires: -1h }", Address, BOTH, "the address in the answer has expired, and is refused",
        |seen, _| is_turned_away(seen)),
    case("address, wrong signature", "recording: { signature: wrong }", Address, BOTH, "the address in the answer is signed wrongly, and refused",
        |seen, _| is_turned_away(seen)),
    case("address, other lane", "recording: { lane: other }", Address, BOTH, "the address in the answer leads to another lane, and is refused",
        |seen, _| is_turned_away(seen)),
    case("address, other host", "recording: { host: \"http://media.invalid\" }", Address, BOTH, "the address in the answer leads to another host",
        |seen, _| is_good(seen) && seen.end == End::Whole && contains(seen, b"\"http://media.invalid/")),
    case("accept, late", "accept: { delay: 300ms }", Connection, BOTH, "a new connection waits 300 ms before it is served",
        |seen, body| is_whole(seen, body) && is_late(seen) && !seen.pause.head),
];

const fn case(
    name: &'static str,
    written: &'static str,
    meets: Meets,
    versions: &'static [Version],
    promise: &'static str,
    kept: fn(&Seen, &[u8]) -> bool,
) -> Case {
    Case { name, written, meets, versions, promise, kept }
}

fn is_nothing(seen: &Seen) -> bool {
    seen.status.is_none() && seen.body.is_empty()
}

fn is_good(seen: &Seen) -> bool {
    seen.status == Some(200)
}

fn is_whole(seen: &Seen, body: &[u8]) -> bool {
    is_good(seen) && seen.body == body && seen.end == End::Whole
}

/// A machine that is busy hands the last bytes before a pause over late, so the pause looks shorter than it was.
fn is_late(seen: &Seen) -> bool {
    seen.took >= STALL && seen.pause.time >= STALL / 2
}

/// It ended, and not where it was announced to: over HTTP/2 the client's library says so.
fn is_short(seen: &Seen) -> bool {
    seen.end == End::Closed || is_refused(seen)
}

fn is_refused(seen: &Seen) -> bool {
    matches!(seen.end, End::Refused(_))
}

fn is_chunked(seen: &Seen) -> bool {
    is_good(seen) && seen.header("transfer-encoding") == Some("chunked") && seen.end == End::Closed
}

/// Over HTTP/2 nothing of it reaches anybody: the client's library does not take it for frames.
fn is_garbage(seen: &Seen) -> bool {
    seen.status.is_none() && (is_refused(seen) || seen.end == End::Closed)
}

/// Over HTTP/1.1 the head says it, over HTTP/2 the connection does it.
fn says_farewell(seen: &Seen) -> bool {
    match seen.header("connection") {
        Some(said) => said == "close" && seen.end == End::Whole,
        None => seen.end == End::Closed,
    }
}

fn is_turned_away(seen: &Seen) -> bool {
    matches!(seen.status, Some(401 | 403 | 404 | 410)) && seen.end == End::Whole
}

fn announced(seen: &Seen) -> Option<usize> {
    seen.header("content-length")?.parse().ok()
}

fn error(seen: &Seen) -> Option<serde_json::Error> {
    serde_json::from_slice::<serde::de::IgnoredAny>(&seen.body).err()
}

fn contains(seen: &Seen, part: &[u8]) -> bool {
    seen.body.windows(part.len()).any(|window| window == part)
}

/// So long it takes until the last drop comes; the first does not wait.
fn drops(body: &[u8]) -> Duration {
    let (every, bytes) = DROP;
    every * u32::try_from(body.len().div_ceil(bytes).saturating_sub(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::scenario::schema;
    use crate::source::SourceFile;

    /// `fault.chunks=bad_size`: a place of the language and, where it takes certain words alone, one of them.
    type Variant = String;

    /// Everything that may be said at a place of the language.
    fn variants(schema: &Value, at: &Value, place: &str, found: &mut BTreeSet<Variant>) {
        found.insert(place.to_owned());
        // How long a delay is can be said in many ways, and is one to whoever waits.
        if let Some(path) = at["$ref"].as_str().filter(|path| *path != "#/$defs/delay") {
            let target = schema.pointer(path.trim_start_matches('#')).expect("a definition");
            variants(schema, target, place, found);
        }
        for choice in ["oneOf", "anyOf"].iter().filter_map(|key| at[key].as_array()).flatten() {
            variants(schema, choice, place, found);
        }
        for word in at["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            // A fault may be named alone, which is the same as its name with `true`.
            let mark = if place == "fault" { '.' } else { '=' };
            found.insert(format!("{place}{mark}{word}"));
        }
        for (name, member) in at["properties"].as_object().into_iter().flatten() {
            variants(schema, member, &format!("{place}.{name}"), found);
        }
    }

    /// What a case says.
    fn said(value: &Value, place: &str, found: &mut BTreeSet<Variant>) {
        found.insert(place.to_owned());
        if let Some(word) = value.as_str() {
            found.extend([format!("{place}={word}"), format!("{place}.{word}")]);
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            said(member, &format!("{place}.{name}"), found);
        }
    }

    #[test]
    fn every_fault_of_the_language_has_a_case() {
        let (schema, mut all, mut met) = (schema(), BTreeSet::new(), BTreeSet::new());
        let rule = &schema["$defs"]["rule"]["properties"];
        variants(&schema, &rule["fault"], "fault", &mut all);
        variants(&schema, &rule["recording"], "recording", &mut all);
        variants(&schema, &schema["properties"]["accept"], "accept", &mut all);
        for case in &CASES {
            let file = SourceFile::parse(case.name, case.written.to_owned()).expect(case.name);
            for (name, value) in file.value.as_object().expect(case.name) {
                said(value, name, &mut met);
            }
        }
        assert!(all.len() >= 40, "{all:#?}");
        let missing: Vec<_> = all.difference(&met).collect();
        assert!(missing.is_empty(), "no case of src/cli/self_test/cases.rs meets {missing:?}");
    }
}
