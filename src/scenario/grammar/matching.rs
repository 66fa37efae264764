//! `when`: what a request has to be.

use super::{Is, Known, Need, Shape, field};
use crate::scenario::notation::{CALLS, COUNT_BY, DURATION, HEADER, MOMENT, PERCENT, POINTER, RANGE, TITLE, WORD};

pub static WHEN: Shape = Shape {
    key: "when",
    name: "when",
    about: "What a request has to be. All of it must hold; nothing at all is every good request.",
    open: false,
    needs: &[],
    fields: &[&[
        field("operation", Is::Known(&NAMES), "One operation of the contract, several, or \"*\" for all."),
        field("tag", Is::Known(&NAMES), "All operations of this tag, or of several. Beside `operation`: of either."),
        field("path", PARAMETERS, "Values of parameters in the path, by their names."),
        field("query", PARAMETERS, "Values of parameters in the query, by their names. `page: 3` is the number 3."),
        field("headers", Is::Map { keys: Some(&HEADER), of: &Is::Known(&MATCH) }, "Values of headers, by their names."),
        field(
            "body",
            Is::Map { keys: Some(&POINTER), of: &Is::Known(&MATCH) },
            "Values in the body, by JSON Pointers; \"\" is the whole.",
        ),
        field("key", Is::Known(&MATCH), "The API key, as it came. It is masked wherever it is shown."),
        field("lane", Is::Known(&MATCH), "The name of the lane."),
        field(
            "state",
            Is::Either(&[Is::Written(&TITLE), Is::List { of: &Is::Written(&TITLE), most: 100 }]),
            "The state of the scenario in the lane, or one of several. It begins as `start`.",
        ),
        field(
            "captured",
            Is::Map { keys: Some(&WORD), of: &Is::Known(&MATCH) },
            "Values that rules have captured, by their names.",
        ),
        field(
            "call",
            Is::Either(&[
                Is::Whole { least: 1, most: 999_999_999 },
                Is::Written(&CALLS),
                Is::List {
                    of: &Is::Either(&[Is::Whole { least: 1, most: 999_999_999 }, Is::Written(&RANGE)]),
                    most: 100,
                },
            ]),
            "Which of the requests that fit all the rest: 3, 1..2, 4.., first 2, after 5, every 3, every 3 from 2.",
        ),
        field(
            "count_by",
            Is::Written(&COUNT_BY),
            "What has a count of its own: key, path.NAME, query.NAME, header.NAME or body./pointer.",
        )
        .or("\"lane\""),
        field("once", Is::Flag, "The first such request alone: `call: 1`.").or("false"),
        field(
            "chance",
            Is::Either(&[Is::Number { least: 0.0, most: 1.0 }, Is::Written(&PERCENT)]),
            "How many of the requests that fit all the rest: 5%, or 0.05. Exact over the long run, by the seed.",
        ),
        field("time", Is::Object(&TIME), "When, by the lane's clock."),
        field("refused", Is::Flag, "The requests that the contract refuses, instead of the good ones.").or("false"),
    ]],
};

const PARAMETERS: Is = Is::Map { keys: None, of: &Is::Known(&MATCH) };

pub static NAMES: Known = Known {
    key: "names",
    about: "One name, or several.",
    is: Is::Either(&[Is::Line, Is::List { of: &Is::Line, most: 1000 }]),
};

pub static MATCH: Known = Known {
    key: "match",
    about: "A value that it is, a list of which it is one, or tests that it passes.",
    is: Is::Either(&[
        Is::Scalar { null: true },
        Is::List { of: &Is::Scalar { null: true }, most: 1000 },
        Is::Object(&TESTS),
    ]),
};

static TESTS: Shape = Shape {
    key: "tests",
    name: "a match",
    about: "Tests that a value passes, all of them.",
    open: false,
    needs: &[Need::Any],
    fields: &[&[
        field("equals", Is::Any, "It is this value."),
        field("not", Is::Known(&MATCH), "It does not pass this."),
        field("one_of", Is::List { of: &Is::Any, most: 1000 }, "It is one of these."),
        field("matches", Is::Line, "A regular expression that is found in it; ^ and $ tie it to both ends."),
        field("contains", Is::Scalar { null: false }, "A part of the text, or an item of the list."),
        field("starts_with", Is::Scalar { null: false }, "How the text begins."),
        field("ends_with", Is::Scalar { null: false }, "How the text ends."),
        field("present", Is::Flag, "It is there at all, or is not."),
        field("at_least", BOUND, "It is this or more; moments count as moments."),
        field("at_most", BOUND, "It is this or less."),
        field("above", BOUND, "It is more than this."),
        field("below", BOUND, "It is less than this."),
    ]],
};

const BOUND: Is = Is::Either(&[Is::Number { least: f64::MIN, most: f64::MAX }, Is::Line]);

static TIME: Shape = Shape {
    key: "time",
    name: "a time",
    about: "From a moment, up to and without another one. A duration counts from when the scenario was armed.",
    open: false,
    needs: &[Need::Any],
    fields: &[&[
        field("from", MOMENT_OR_DURATION, "The first moment that counts: 2025-01-15T15:00:00Z, or 10s after arming."),
        field("until", MOMENT_OR_DURATION, "The first moment that does not count any more."),
    ]],
};

const MOMENT_OR_DURATION: Is = Is::Either(&[Is::Written(&MOMENT), Is::Written(&DURATION)]);
