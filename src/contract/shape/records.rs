//! What a contract says of the records behind it (docs/CONTRACTS.md), as tables. Whether the names in them lead anywhere is
//! found out when they are compiled.

use http::HeaderName;

use super::mock::{may, must, on_operation, on_parameter, shape};
use super::tables::{Is, SCHEMA, Shape};
use super::walk::Walk;
use crate::contract::bundle::Cursor;

pub static COLLECTION: Shape = shape(
    "a collection",
    &[
        may("computed", Is::Flag),
        may("schema", Is::Object(&SCHEMA)),
        may("id_field", Is::Text),
        may("id_style", Is::Text),
        may("missing", Is::Text),
        may("unique", Is::Map(&Is::Text)),
        may("made", Is::Map(&Is::Any)),
        may("merged", Is::Texts),
        may("in_use", Is::Object(&IN_USE)),
        may("references", Is::Map(&Is::Text)),
        may("run", Is::Object(&RUN)),
    ],
);

static IN_USE: Shape = shape(
    "what holds on to a record",
    &[
        must("collection", Is::Text),
        must("field", Is::Text),
        may("when", Is::Map(&Is::Any)),
        must("problem", Is::Text),
        may("count", Is::Text),
    ],
);

static RUN: Shape = Shape {
    rule: Some(states),
    ..shape(
        "a run",
        &[
            must("of", Is::Text),
            may("state", Is::Text),
            must("states", Is::Texts),
            may("started", Is::Text),
            may("ended", Is::Text),
            may("error", Is::Text),
            may("input", Is::Text),
            may("output", Is::Text),
        ],
    )
};

pub static IDEMPOTENCY: Shape = Shape {
    rule: Some(header_name),
    ..shape("idempotency", &[must("header", Is::Text), must("keep", Is::Text), must("problem", Is::Text)])
};

pub static ON_OPERATION: Shape = Shape {
    rule: Some(on_operation),
    ..shape(
        "x-mock of an operation",
        &[
            may("problems", Is::Map(&Is::Text)),
            may("action", Is::One(&["list", "get", "create", "update", "replace", "delete", "none"])),
            may("view", Is::Text),
            may("report", Is::Text),
            may("collection", Is::Text),
            may("keep", Is::Text),
            may("id", Is::Text),
            may("under", Is::Map(&Is::Text)),
            may("set", Is::Map(&Is::Any)),
            may("add", Is::Object(&ADD)),
            may("remove", Is::Object(&REMOVE)),
            may("shape", Is::Map(&Is::Text)),
            may("only", Is::Object(&ONLY)),
            may("requires", Is::Object(&REQUIRES)),
            may("cache", Is::Count),
        ],
    )
};

static ADD: Shape = shape("what is added to a list", &[must("field", Is::Text), must("from", Is::Text)]);

static REMOVE: Shape = shape("what is taken out of a list", &[must("field", Is::Text), must("by", Is::Text)]);

static ONLY: Shape = shape(
    "a condition on the record",
    &[must("field", Is::Text), must("values", Is::List(&Is::Any)), must("problem", Is::Text)],
);

static REQUIRES: Shape = shape(
    "a condition on the record further up",
    &[must("field", Is::Text), must("value", Is::Any), must("problem", Is::Text)],
);

pub static ON_PARAMETER: Shape = Shape {
    rule: Some(on_parameter),
    ..shape(
        "x-mock of a parameter",
        &[
            may("cap", Is::Flag),
            may("media", Is::Map(&Is::Text)),
            may("filter", Is::TextOrTexts),
            may("test", Is::One(&["equals", "at_least", "at_most", "contains", "includes"])),
            may("role", Is::One(&["page", "per_page", "limit", "offset", "cursor", "after", "sort_by", "sort_order"])),
            may("fields", Is::Map(&Is::Text)),
            may("part", Is::Text),
        ],
    )
};

fn states<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    if let Some(states) =
        cursor.raw("states").filter(|states| states.value.as_array().is_some_and(|all| all.len() != 4))
    {
        let finding = states.finding("E0613", "a run has four states");
        walk.found(finding.label("expected the names for: waiting, running, done, failed"));
    }
}

fn header_name<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    if let (Some(name), Some(place)) = (cursor.str("header"), cursor.raw("header"))
        && HeaderName::try_from(name).is_err()
    {
        walk.found(place.finding("E0608", format!("\"{name}\" can't be the name of a header")));
    }
}
