//! `fault`: what goes wrong on the wire.

use super::{Is, Known, Need, Shape, field};
use crate::scenario::notation::{BASE64, DURATION, MEDIA_TYPE, PART, SIZE};

pub static FAULT: Known = Known {
    key: "fault",
    about: "What goes wrong on the wire: the name of a fault, or a map of one name to how.",
    is: Is::Either(&[Is::Words(&BARE), Is::Object(&HOW)]),
};

/// Faults that need nothing more said.
static BARE: [&str; 14] = [
    "close",
    "reset",
    "cut",
    "stall",
    "drip",
    "chunks",
    "garbage",
    "content_type",
    "json",
    "utf8",
    "gzip",
    "connection_close",
    "go_away",
    "reset_stream",
];

static ALL: [&str; 15] = [
    "close",
    "reset",
    "cut",
    "stall",
    "drip",
    "chunks",
    "garbage",
    "length",
    "content_type",
    "json",
    "utf8",
    "gzip",
    "connection_close",
    "go_away",
    "reset_stream",
];

const BYTES: Is = Is::Either(&[Is::Whole { least: 0, most: 999_999_999 }, Is::Written(&SIZE)]);
const MORE: Is = Is::Either(&[Is::Whole { least: 1, most: 999_999_999 }, Is::Written(&SIZE)]);
const CODE: Is = Is::Whole { least: 0, most: 0xffff_ffff };

/// A place in the body.
const IN_BODY: Is = Is::Either(&[Is::Whole { least: 0, most: 999_999_999 }, Is::Written(&SIZE), Is::Written(&PART)]);

static PLACE: Known = Known {
    key: "place",
    about: "A place in the answer: start, head (behind it), a number of the body's bytes, or a part of the body.",
    is: Is::Either(&[
        Is::Words(&["start", "head"]),
        Is::Whole { least: 0, most: 999_999_999 },
        Is::Written(&SIZE),
        Is::Written(&PART),
    ]),
};

static HOW: Shape = Shape {
    key: "how",
    name: "a fault",
    about: "One fault, and how it is carried out.",
    open: false,
    needs: &[Need::One(&ALL)],
    fields: &[&[
        field("http", Is::Whole { least: 1, most: 2 }, "On this version of HTTP alone."),
        field("close", Is::Yes, "The connection closes without an answer."),
        field(
            "reset",
            Is::Either(&[Is::Yes, Is::Object(&RESET)]),
            "The connection is reset, before or after some bytes.",
        ),
        field("cut", Is::Either(&[Is::Yes, Is::Object(&CUT)]), "The connection closes in the middle of the body."),
        field("stall", Is::Either(&[Is::Yes, Is::Object(&STALL)]), "Nothing more comes, for a time or for ever."),
        field("drip", Is::Either(&[Is::Yes, Is::Object(&DRIP)]), "A few bytes at a time."),
        field("chunks", Is::Either(&[Is::Yes, Is::Words(&["bad_size", "no_end"])]), "The chunked encoding is broken."),
        field(
            "garbage",
            Is::Either(&[Is::Yes, Is::Line, Is::Object(&GARBAGE)]),
            "What comes is no HTTP. A text is sent as it is.",
        ),
        field("length", Is::Object(&LENGTH), "Content-Length is wrong."),
        field(
            "content_type",
            Is::Either(&[Is::Yes, Is::Written(&MEDIA_TYPE)]),
            "Content-Type says this, whatever the body is.",
        ),
        field("json", Is::Either(&[Is::Yes, Is::Words(&["cut", "trailing_comma", "nan"])]), "The body is no JSON."),
        field("utf8", Is::Yes, "The body's text is no UTF-8."),
        field("gzip", Is::Yes, "The head says that the body is compressed, and it is not."),
        field("connection_close", Is::Yes, "The connection takes no further request, and says so."),
        field("go_away", Is::Either(&[Is::Yes, Is::Object(&GO_AWAY)]), "GOAWAY, over HTTP/2."),
        field("reset_stream", Is::Either(&[Is::Yes, Is::Object(&RESET_STREAM)]), "RST_STREAM, over HTTP/2."),
    ]],
};

static RESET: Shape = Shape {
    key: "reset",
    name: "a reset",
    about: "Where the connection is reset. Without anything, before the first byte.",
    open: false,
    needs: &[Need::One(&["after", "after_head", "after_body"])],
    fields: &[&[
        field("after", BYTES, "After so many bytes of the whole answer."),
        field("after_head", Is::Yes, "Behind the head."),
        field("after_body", IN_BODY, "After so many bytes of the body, or a part of it."),
    ]],
};

static CUT: Shape = Shape {
    key: "cut",
    name: "a cut",
    about: "Where the body ends too early.",
    open: false,
    needs: &[],
    fields: &[&[field("after", IN_BODY, "After so many bytes of the body, or a part of it.").required()]],
};

static STALL: Shape = Shape {
    key: "stall",
    name: "a stall",
    about: "Where nothing more comes, and for how long.",
    open: false,
    needs: &[Need::Any],
    fields: &[&[
        field("at", Is::Known(&PLACE), "Where.").or("\"head\""),
        field("for", Is::Written(&DURATION), "For how long. Without it, until the client leaves."),
    ]],
};

static DRIP: Shape = Shape {
    key: "drip",
    name: "a drip",
    about: "How slowly the answer comes.",
    open: false,
    needs: &[Need::Any],
    fields: &[&[
        field("bytes", MORE, "So many bytes at a time.").or("1"),
        field("every", Is::Written(&DURATION), "With so much time between.").or("\"100ms\""),
        field("from", Is::Known(&PLACE), "From where on.").or("\"head\""),
    ]],
};

static GARBAGE: Shape = Shape {
    key: "garbage",
    name: "garbage",
    about: "Bytes that are no HTTP.",
    open: false,
    needs: &[Need::One(&["bytes", "length"])],
    fields: &[&[
        field("bytes", Is::Written(&BASE64), "These bytes, in Base64."),
        field("length", MORE, "So many bytes of no meaning."),
    ]],
};

static LENGTH: Shape = Shape {
    key: "length",
    name: "a wrong length",
    about: "How Content-Length is wrong.",
    open: false,
    needs: &[Need::One(&["too_long", "too_short"])],
    fields: &[&[
        field("too_long", MORE, "So many bytes more are announced than come."),
        field("too_short", MORE, "So many bytes fewer are announced than come."),
    ]],
};

static GO_AWAY: Shape = Shape {
    key: "go_away",
    name: "a GOAWAY",
    about: "What GOAWAY says.",
    open: false,
    needs: &[Need::Any],
    fields: &[&[field("code", CODE, "The error code of RFC 9113; 0 is none.").or("0")]],
};

static RESET_STREAM: Shape = Shape {
    key: "reset_stream",
    name: "a reset of the stream",
    about: "Where the stream is reset, and what for.",
    open: false,
    needs: &[Need::Any],
    fields: &[&[
        field("at", Is::Known(&PLACE), "Where.").or("\"start\""),
        field("code", CODE, "The error code of RFC 9113: 2 is an internal error, 8 a cancellation.").or("2"),
    ]],
};
