//! `expect`: what a well-behaved client does.

use super::matching::{MATCH, NAMES};
use super::{Is, Known, Need, Shape, field};
use crate::scenario::notation::DURATION;

pub static EXPECTATION: Known = Known {
    key: "expectation",
    about: "A verdict on the client: its name, or a map of one name to what is looked at.",
    is: Is::Either(&[Is::Words(BARE), Is::Object(&VERDICT)]),
};

/// Those that can be passed on a whole run come first.
const ALL: [&str; 20] = [
    "waited",
    "backed_off",
    "gave_up",
    "no_futile_retry",
    "retried",
    "safe_retries",
    "same_key",
    "fresh_url",
    "all_pages",
    "kept_filters",
    "poll_rate",
    "under_limit",
    "connections",
    "read_whole",
    "no_secret_in_url",
    "known_only",
    "followed_steps",
    "calls",
    "never",
    "before",
];
const BARE: &[&str] = ALL.split_at(17).0;

/// The names of all verdicts.
#[cfg(test)]
pub fn verdicts() -> [&'static str; 20] {
    ALL
}

const REQUESTS: Is = Is::Object(&SEEN);

static VERDICT: Shape = Shape {
    key: "verdict",
    name: "an expectation",
    about: "One verdict on the client.",
    open: false,
    needs: &[Need::One(&ALL)],
    fields: &[&[
        field("waited", REQUESTS, "It waited as long as Retry-After said."),
        field("backed_off", Is::Object(&WAITS), "Each wait between its tries was longer than the one before."),
        field(
            "gave_up",
            Is::Object(&TRIES),
            "It stopped after a sane number of tries, and of looks at what does not change.",
        ),
        field("no_futile_retry", REQUESTS, "It did not try again what can't succeed: 400, 401, 403, 404, 409, 422."),
        field(
            "retried",
            Is::Object(&RETRIES),
            "It tried again what can succeed: 429, 500, 502, 503, 504, a connection that broke.",
        ),
        field("safe_retries", REQUESTS, "It tried again only what is safe, or with an idempotency key."),
        field("same_key", REQUESTS, "A retry had the idempotency key of its first try, a new request a fresh one."),
        field("fresh_url", REQUESTS, "It fetched a fresh address for an expired one."),
        field("all_pages", REQUESTS, "It saw every page once, and stopped at the end."),
        field("kept_filters", REQUESTS, "It kept its filters from page to page."),
        field("poll_rate", Is::Object(&LOOKS), "It did not ask more often than the answers change."),
        field("under_limit", Is::Object(&REFUSALS), "It stayed under the limit that it was told."),
        field("connections", Is::Object(&CONNECTIONS), "It used its connections again."),
        field("read_whole", REQUESTS, "It read whole bodies."),
        field("no_secret_in_url", REQUESTS, "It sent no secret in an address."),
        field("known_only", REQUESTS, "It sent nothing that the contract does not know."),
        field("followed_steps", REQUESTS, "It followed the steps of this scenario."),
        field("calls", Is::Object(&COUNTED), "It sent so many of these requests."),
        field("never", REQUESTS, "It sent none of these requests."),
        field("before", Is::Object(&ORDER), "It sent one request before another."),
    ]],
};

static LOOKED_AT: [super::Field; 5] = [
    field("operation", Is::Known(&NAMES), "Requests to one operation of the contract, or several."),
    field("tag", Is::Known(&NAMES), "Requests to the operations of this tag."),
    field("path", Is::Map { keys: None, of: &Is::Known(&MATCH) }, "Values of parameters in the path."),
    field("query", Is::Map { keys: None, of: &Is::Known(&MATCH) }, "Values of parameters in the query."),
    field("page", Is::Known(&MATCH), "The number of the page."),
];

const TIME: Is = Is::Written(&DURATION);
const COUNT: Is = Is::Whole { least: 0, most: 999_999_999 };
const SOME: Is = Is::Whole { least: 1, most: 999_999_999 };
const SEVERAL: Is = Is::Whole { least: 2, most: 999_999_999 };
const TRIES_OR_TIME: Is = Is::Either(&[SOME, TIME]);

/// What is looked at, and bounds that say something to the verdict.
const fn bounded(
    key: &'static str,
    name: &'static str,
    needs: &'static [Need],
    fields: &'static [&'static [super::Field]],
) -> Shape {
    Shape { key, name, about: "The requests that are looked at, and the bounds.", open: false, needs, fields }
}

static SEEN: Shape = Shape {
    key: "seen",
    name: "this expectation",
    about: "The requests that are looked at.",
    open: false,
    needs: &[],
    fields: &[&LOOKED_AT],
};

static WAITS: Shape = bounded(
    "waits",
    "what `backed_off` looks at",
    &[],
    &[
        &LOOKED_AT,
        &[
            field("at_least", TIME, "The first wait is as long, or longer."),
            field("at_most", TIME, "Waits grow up to this, and need not go on growing."),
        ],
    ],
);

static TRIES: Shape = bounded(
    "tries",
    "what `gave_up` looks at",
    &[Need::AtMostOne(&["at_most", "after"])],
    &[
        &LOOKED_AT,
        &[
            field("at_most", TRIES_OR_TIME, "As many tries, or as long, or less."),
            field("after", TRIES_OR_TIME, "After so many tries, or so long, or sooner."),
            field("within", TIME, "In this time."),
        ],
    ],
);

static RETRIES: Shape = bounded(
    "retries",
    "what `retried` looks at",
    &[],
    &[
        &LOOKED_AT,
        &[
            field("at_least", SEVERAL, "So many tries in all, or more, unless one succeeds."),
            field("within", TIME, "Each try comes in this time after the answer before it."),
        ],
    ],
);

static LOOKS: Shape = bounded(
    "looks",
    "what `poll_rate` looks at",
    &[],
    &[
        &LOOKED_AT,
        &[
            field("at_least", TIME, "As long from one look to the next, or longer."),
            field("at_most", SOME, "So many looks at the same thing, or fewer."),
        ],
    ],
);

static REFUSALS: Shape = bounded(
    "refusals",
    "what `under_limit` looks at",
    &[],
    &[&LOOKED_AT, &[field("at_most", COUNT, "So many refusals for the limit, or fewer.")]],
);

static CONNECTIONS: Shape = bounded(
    "connections",
    "what `connections` looks at",
    &[],
    &[&LOOKED_AT, &[field("at_most", SOME, "So many connections, or fewer.")]],
);

static COUNTED: Shape = Shape {
    key: "counted",
    name: "a count of calls",
    about: "The requests that are counted, and how many there are.",
    open: false,
    needs: &[Need::OneOrMore(&["exactly", "at_least", "at_most"])],
    fields: &[
        &LOOKED_AT,
        &[
            field("exactly", COUNT, "So many."),
            field("at_least", COUNT, "So many or more."),
            field("at_most", COUNT, "So many or fewer."),
        ],
    ],
};

static ORDER: Shape = Shape {
    key: "order",
    name: "an order",
    about: "One request before another.",
    open: false,
    needs: &[],
    fields: &[&[
        field("first", Is::Line, "The operation that comes first.").required(),
        field("then", Is::Line, "The operation that comes after it.").required(),
    ]],
};
