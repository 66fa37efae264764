//! What is done to an answer on its way out, as a plain value. The server alone carries it out, byte by byte.

use std::num::NonZeroU64;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Version};

/// One thing that is done to one answer.
///
/// After an answer whose framing is broken the connection closes: what followed could not be told from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection closes (FIN) without an answer, over HTTP/2 with all its streams.
    Close,
    /// The connection is reset (RST) at this point, over HTTP/2 with all its streams. A client that is slow to read may
    /// lose some of what was sent before: that is how TCP resets.
    Reset(Point),
    /// The connection closes (FIN) at this point, with more announced. Over HTTP/2 the stream ends there.
    Cut(Point),
    /// Nothing more comes at this point, for a while. Without a time nothing comes any more, until the client closes or
    /// the server leaves.
    Stall { at: Point, time: Option<Duration> },
    /// From this point on so many bytes come at once, and then none until the interval is over.
    Drip { from: Point, bytes: NonZeroU64, every: Duration },
    /// The body comes in chunks, and they are broken.
    Chunks(Chunks),
    /// These bytes in place of an answer, and then the connection closes.
    Garbage(Bytes),
    /// `Content-Length` is wrong.
    Length(Length),
    /// `Content-Type` says this, whatever the body is.
    ContentType(HeaderValue),
    /// The body is no JSON.
    Json(Json),
    /// The body's text is no UTF-8.
    Utf8,
    /// The head says that the body is compressed, and it is not.
    Gzip,
    /// The connection takes no further request, and says so: `Connection: close`, over HTTP/2 a `GOAWAY` without an error.
    ConnectionClose,
    /// `GOAWAY` with this code, which disowns every stream that is not answered yet, and then the connection closes.
    GoAway(u32),
    /// `RST_STREAM` with this code, at this point.
    ResetStream { at: Point, code: u32 },
}

/// A place in an answer; one beyond its end is the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// After so many bytes of the whole answer, counted on the wire from the first of the status line.
    Answer(u64),
    /// After the head and so many bytes of the body.
    Body(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunks {
    /// The line with the first chunk's size is no number.
    BadSize,
    /// The last chunk, which says that it is the last, does not come.
    NoEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// So many bytes more are announced than come.
    TooLong(u64),
    /// So many bytes fewer are announced than come, as far as there are any.
    TooShort(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Json {
    /// The second half is missing.
    Cut,
    /// A comma before the last bracket.
    TrailingComma,
    /// `NaN` in place of the first number, or of the whole body if there is none.
    NotANumber,
}

impl Fault {
    /// Whether there is such a thing in this version of HTTP. A fault that does not fit is not carried out.
    pub fn fits(&self, version: Version) -> bool {
        let is_1 = matches!(version, Version::HTTP_10 | Version::HTTP_11);
        let is_2 = version == Version::HTTP_2;
        match self {
            Fault::Close
            | Fault::Garbage(_)
            | Fault::Length(_)
            | Fault::ContentType(_)
            | Fault::Json(_)
            | Fault::Utf8
            | Fault::Gzip
            | Fault::ConnectionClose => is_1 || is_2,
            Fault::Stall { at, .. } | Fault::Drip { from: at, .. } => is_1 || is_2 && at.is_between_frames(),
            // The bytes of one stream can't be counted where others come in between.
            Fault::Reset(at) => is_1 || is_2 && *at == Point::START,
            // A stream that ends before it has begun is no message at all.
            Fault::Cut(at) => is_1 || is_2 && matches!(at, Point::Body(_)),
            Fault::Chunks(_) => version == Version::HTTP_11,
            Fault::GoAway(_) => is_2,
            Fault::ResetStream { at, .. } => is_2 && at.is_between_frames(),
        }
    }
}

impl Point {
    /// Before the first byte.
    pub const START: Point = Point::Answer(0);
    /// Between head and body.
    pub const HEAD: Point = Point::Body(0);

    /// Over HTTP/2 a head is compressed into a frame of its own, so that there is no byte of it to point at.
    fn is_between_frames(self) -> bool {
        matches!(self, Point::START | Point::Body(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_faults() {
        let inside = Point::Answer(10);
        let drip = |from| Fault::Drip { from, bytes: NonZeroU64::MIN, every: Duration::from_secs(1) };
        let stall = |at| Fault::Stall { at, time: None };
        let reset_stream = |at| Fault::ResetStream { at, code: 8 };
        // HTTP/1.0, HTTP/1.1, HTTP/2.
        let table = [
            (Fault::Close, [true, true, true]),
            (Fault::Garbage(Bytes::new()), [true, true, true]),
            (Fault::Length(Length::TooLong(1)), [true, true, true]),
            (Fault::ContentType(HeaderValue::from_static("text/html")), [true, true, true]),
            (Fault::Json(Json::Cut), [true, true, true]),
            (Fault::Utf8, [true, true, true]),
            (Fault::Gzip, [true, true, true]),
            (Fault::ConnectionClose, [true, true, true]),
            (Fault::Reset(Point::START), [true, true, true]),
            (Fault::Reset(Point::HEAD), [true, true, false]),
            (Fault::Cut(Point::START), [true, true, false]),
            (Fault::Cut(Point::HEAD), [true, true, true]),
            (Fault::Cut(inside), [true, true, false]),
            (stall(Point::START), [true, true, true]),
            (stall(Point::HEAD), [true, true, true]),
            (stall(inside), [true, true, false]),
            (drip(Point::START), [true, true, true]),
            (drip(inside), [true, true, false]),
            (Fault::Chunks(Chunks::NoEnd), [false, true, false]),
            (Fault::GoAway(0), [false, false, true]),
            (reset_stream(Point::START), [false, false, true]),
            (reset_stream(Point::HEAD), [false, false, true]),
            (reset_stream(inside), [false, false, false]),
        ];
        for (fault, fits) in table {
            let found = [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2].map(|version| fault.fits(version));
            assert_eq!(found, fits, "{fault:?}");
            assert!(!fault.fits(Version::HTTP_3), "nobody speaks it here");
        }
    }
}
