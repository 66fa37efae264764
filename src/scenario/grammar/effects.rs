//! What a rule does.

use super::faults::FAULT;
use super::{Field, Is, Known, Need, Shape, field};
use crate::scenario::effect::{MOST_CHANGES, MOST_DEEDS};
use crate::scenario::notation::{
    AGO, CAPTURE, COUNT_BY, DURATION, HEADER, MEDIA_TYPE, MOMENT, OFFSET, ORIGIN, POINTER, TITLE, WORD,
};

/// The members of a rule that do something.
pub static EFFECTS: [&str; 16] = [
    "reply",
    "patch",
    "merge",
    "json_patch",
    "headers",
    "delay",
    "limit",
    "hold",
    "fault",
    "page",
    "recording",
    "world",
    "state",
    "clock",
    "capture",
    "stop",
];

pub static THEN: [Field; 16] = [
    field(
        "reply",
        Is::Either(&[Is::Line, Is::Object(&REPLY)]),
        "An answer in place of the true one. A text names a problem.",
    ),
    field(
        "patch",
        Is::Map { keys: Some(&POINTER), of: &Is::Any },
        "Places of the answer's JSON that are set, by JSON Pointers. `{ $remove: true }` takes a member out.",
    ),
    field("merge", Is::Any, "Merged into the answer's JSON (RFC 7396); null takes a member out."),
    field(
        "json_patch",
        Is::List { of: &Is::Object(&PATCH_STEP), most: MOST_CHANGES },
        "Done to the answer's JSON (RFC 6902).",
    ),
    field(
        "headers",
        Is::Map { keys: Some(&HEADER), of: &Is::Scalar { null: true } },
        "Headers that are set in the answer; null removes one.",
    ),
    field("delay", Is::Known(&DELAY), "How long the client waits for the answer."),
    field("limit", Is::Object(&LIMIT), "A limit of requests, told by the contract's headers."),
    field(
        "hold",
        Is::Either(&[Is::Yes, Is::Written(&TITLE), Is::Object(&HOLD)]),
        "The answer waits until it is released through /_mock/. A text is the name by which it is.",
    ),
    field("fault", Is::Known(&FAULT), "What goes wrong on the wire."),
    field("page", Is::Object(&PAGE), "What is wrong with a page of a list."),
    field("recording", Is::Object(&RECORDING), "What is wrong with the addresses of recordings in the answer."),
    field(
        "world",
        Is::List { of: &Is::Object(&CHANGE), most: 100 },
        "What happens behind the API, before the answer is made.",
    ),
    field("state", Is::Written(&TITLE), "The state of the scenario from now on."),
    field("clock", Is::Object(&CLOCK), "The lane's clock is moved, after the answer."),
    field(
        "capture",
        Is::Map { keys: Some(&WORD), of: &Is::Written(&CAPTURE) },
        "Parts of the request or its answer that later rules speak of as `captured.NAME`.",
    ),
    field("stop", Is::Flag, "Rules below have no say on this request.").or("false"),
];

const SECONDS: Is = Is::Whole { least: 0, most: 999_999_999 };
const COUNT: Is = Is::Whole { least: 1, most: 1_000_000_000 };
const ROWS: Is = Is::Whole { least: 0, most: 1_000_000 };

static REPLY: Shape = Shape {
    key: "reply",
    name: "a reply",
    about: "An answer in place of the true one.",
    open: false,
    needs: &[
        Need::AtMostOne(&["problem", "example", "body", "text", "file"]),
        Need::OneOrMore(&["problem", "status", "example", "body", "text", "file"]),
        Need::With("facts", &["problem"]),
        Need::With("media_type", &["body", "text", "file"]),
    ],
    fields: &[&[
        field("problem", Is::Line, "A problem of the contract's table, or one of the engine's own."),
        field("facts", Is::Map { keys: None, of: &Is::Any }, "Values for the places in braces of the problem's texts."),
        field(
            "status",
            Is::Whole { least: 200, most: 599 },
            "What the contract documents for this status; beside anything else, the status of that.",
        ),
        field("example", Is::Line, "An example of the contract, by its name."),
        field("body", Is::Any, "A body of your own, as JSON. Its texts may be templates."),
        field("text", Is::Text, "A body of your own, as plain text."),
        field("file", Is::Line, "A file beside the scenario: JSON or YAML as JSON, anything else as it is."),
        field("done", Is::Flag, "What the request asks for is done all the same, before this is answered.").or("false"),
        field("media_type", Is::Written(&MEDIA_TYPE), "The media type of a body of your own."),
        field(
            "headers",
            Is::Map { keys: Some(&HEADER), of: &Is::Scalar { null: false } },
            "Headers of the answer. Their values may be templates.",
        ),
        field(
            "retry_after",
            Is::Either(&[SECONDS, Is::Written(&DURATION), Is::Words(&["none"]), Is::Object(&RETRY_DATE)]),
            "The header Retry-After: 2 or 2s in seconds, { date: 2s } as a date, none to leave it out.",
        ),
    ]],
};

static RETRY_DATE: Shape = Shape {
    key: "retry_date",
    name: "a date to try again",
    about: "Retry-After as a date.",
    open: false,
    needs: &[],
    fields: &[&[field("date", Is::Written(&DURATION), "How long after now.").required()]],
};

static PATCH_STEP: Shape = Shape {
    key: "patch_step",
    name: "an operation of a JSON Patch",
    about: "One operation of RFC 6902.",
    open: false,
    needs: &[],
    fields: &[&[
        field("op", Is::Words(&["add", "replace", "remove", "move", "copy", "test"]), "What is done.").required(),
        field("path", Is::Written(&POINTER), "Where.").required(),
        field("from", Is::Written(&POINTER), "From where: of `move` and `copy`."),
        field("value", Is::Any, "With what: of `add`, `replace` and `test`."),
    ]],
};

pub static DELAY: Known = Known {
    key: "delay",
    about: "A length of time in which the client waits: fixed, drawn, or growing with each call.",
    is: Is::Either(&[
        Is::Written(&DURATION),
        Is::Object(&BETWEEN),
        Is::Object(&SPREAD),
        Is::Object(&STEPS),
        Is::Object(&TIMES),
    ]),
};

static BETWEEN: Shape = Shape {
    key: "delay_between",
    name: "a delay between two",
    about: "Any length between two, each as likely as the others.",
    open: false,
    needs: &[],
    fields: &[&[
        field("from", Is::Written(&DURATION), "The shortest.").required(),
        field("to", Is::Written(&DURATION), "The longest.").required(),
    ]],
};

static SPREAD: Shape = Shape {
    key: "delay_spread",
    name: "a delay as of a real server",
    about: "Log-normal: mostly short, now and then long.",
    open: false,
    needs: &[],
    fields: &[&[
        field("p50", Is::Written(&DURATION), "Half of the answers wait no longer.").required(),
        field("p99", Is::Written(&DURATION), "99 of 100 answers wait no longer.").required(),
    ]],
};

static STEPS: Shape = Shape {
    key: "delay_steps",
    name: "a delay that grows by steps",
    about: "Longer by as much with each call.",
    open: false,
    needs: &[],
    fields: &[&[
        field("first", Is::Written(&DURATION), "Of the first call.").required(),
        field("step", Is::Written(&DURATION), "How much longer each call waits than the one before.").required(),
        field("most", Is::Written(&DURATION), "The longest.").or("\"10m\""),
    ]],
};

static TIMES: Shape = Shape {
    key: "delay_times",
    name: "a delay that grows by a factor",
    about: "Longer by a factor with each call.",
    open: false,
    needs: &[],
    fields: &[&[
        field("first", Is::Written(&DURATION), "Of the first call.").required(),
        field("times", Is::Number { least: 1.0, most: 1000.0 }, "The factor.").required(),
        field("most", Is::Written(&DURATION), "The longest.").or("\"10m\""),
    ]],
};

static LIMIT: Shape = Shape {
    key: "limit",
    name: "a limit",
    about: "So many requests in a length of time, by the lane's clock.",
    open: false,
    needs: &[],
    fields: &[&[
        field("requests", COUNT, "How many requests.").required(),
        field("per", Is::Written(&DURATION), "In which time, such as 1m.").required(),
        field("burst", COUNT, "How many may come at once. Without it, as many as `requests`."),
        field("by", Is::Written(&COUNT_BY), "What has a limit of its own.").or("\"lane\""),
        field("retry_after", Is::Words(&["seconds", "date", "none"]), "How Retry-After tells when to try again.")
            .or("\"seconds\""),
        field("headers", Is::Flag, "Whether the contract's headers tell of the limit.").or("true"),
        field("problem", Is::Line, "The problem that answers what is over the limit.").or("\"rate_limited\""),
    ]],
};

static HOLD: Shape = Shape {
    key: "hold",
    name: "a hold",
    about: "The answer waits until it is released.",
    open: false,
    needs: &[Need::Any],
    fields: &[&[
        field("name", Is::Written(&TITLE), "The name by which it is released. Without it, that of the rule."),
        field("most", Is::Written(&DURATION), "It goes on by itself after that.").or("\"10m\""),
    ]],
};

static PAGE: Shape = Shape {
    key: "page",
    name: "a page",
    about: "What is wrong with a page of a list.",
    open: false,
    needs: &[Need::Any, Need::AtMostOne(&["rows", "empty"])],
    fields: &[&[
        field("rows", ROWS, "The page has its first rows alone, so many; what is told of the list stays."),
        field("empty", Is::Yes, "The page has no rows."),
        field(
            "total",
            Is::Either(&[Is::Whole { least: -999_999_999, most: 999_999_999 }, Is::Written(&OFFSET)]),
            "The number of all that is told: 7, or +3 and -3 for more and fewer than there are.",
        ),
        field("rows_in_all", ROWS, "As if the list had no more rows: totals and links agree."),
        field("repeat_last", ROWS, "The last rows of the page before come first again, so many."),
        field("skip", ROWS, "So many rows are lost at the beginning of the page."),
        field(
            "next",
            Is::Either(&[Is::Nothing, Is::Line]),
            "Where the next page is said to be: null, self, first, or a cursor of your own.",
        ),
        field("order", Is::Words(&["reversed", "shuffled"]), "The rows come in another order."),
        field("cursor", Is::Words(&["expired"]), "The cursor that the client shows is taken as expired."),
        field("cap", Is::Whole { least: 1, most: 1_000_000 }, "Whatever is asked for, a page has no more rows."),
    ]],
};

static RECORDING: Shape = Shape {
    key: "recording",
    name: "a recording",
    about: "What is wrong with the addresses of recordings.",
    open: false,
    needs: &[Need::Any],
    fields: &[&[
        field(
            "expires",
            Is::Either(&[Is::Written(&DURATION), Is::Written(&AGO)]),
            "How long they are good: 5s from now, or -1h if they have expired.",
        ),
        field("signature", Is::Words(&["wrong"]), "The signature is not that of the address."),
        field("lane", Is::Line, "They belong to another lane."),
        field("host", Is::Written(&ORIGIN), "They lead to another host."),
    ]],
};

static CHANGE: Shape = Shape {
    key: "change",
    name: "a change of the world",
    about: "Something that happens behind the API.",
    open: false,
    needs: &[Need::One(&["end", "calls", "add", "delete", "set", "revoke"])],
    fields: &[&[
        field("end", ID, "The running call with this id ends now."),
        field("calls", MADE, "So many calls begin now."),
        field("add", Is::Map { keys: None, of: &MADE }, "So many records are made, by the names of their collections."),
        field("delete", Is::Object(&RECORD), "A record is deleted."),
        field("set", Is::Object(&RECORD_FIELDS), "Fields of a record are set."),
        field("revoke", Is::Line, "An API key is good no longer."),
        field("after", Is::Flag, "It happens after the answer is made.").or("false"),
    ]],
};

const ID: Is = Is::Either(&[Is::Line, Is::Whole { least: 0, most: i64::MAX >> 11 }]);
const MADE: Is = Is::Whole { least: 1, most: MOST_DEEDS as i64 };

static RECORD: Shape = Shape {
    key: "record",
    name: "a record",
    about: "A record of a collection.",
    open: false,
    needs: &[],
    fields: &[&NAMED_RECORD],
};

static RECORD_FIELDS: Shape = Shape {
    key: "record_fields",
    name: "a change of a record",
    about: "Fields of a record.",
    open: false,
    needs: &[],
    fields: &[
        &NAMED_RECORD,
        &[field("fields", Is::Map { keys: None, of: &Is::Any }, "The fields and their values.").required()],
    ],
};

static NAMED_RECORD: [Field; 2] = [
    field("collection", Is::Line, "The collection of the contract.").required(),
    field("id", ID, "The record's id.").required(),
];

static CLOCK: Shape = Shape {
    key: "clock",
    name: "a move of the clock",
    about: "The lane's clock is moved, after the answer.",
    open: false,
    needs: &[Need::One(&["advance", "to", "freeze"])],
    fields: &[&[
        field("advance", Is::Written(&DURATION), "It goes ahead by so much."),
        field("to", Is::Written(&MOMENT), "It goes ahead to this moment."),
        field("freeze", Is::Flag, "It stands still from now on, or goes on."),
    ]],
};
