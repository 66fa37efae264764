//! The scenario itself, its rules and its steps.

use super::effects::{DELAY, EFFECTS, THEN};
use super::expect::EXPECTATION;
use super::matching::WHEN;
use super::{Field, Is, Need, Shape, field};
use crate::scenario::file::MOST_RULES;
use crate::scenario::notation::{MOMENT, NAME, REPEAT, TITLE};

pub static SCENARIO: Shape = Shape {
    key: "scenario",
    name: "a scenario",
    about: "A story of how the API answers late, wrongly or not at all, and what a client is expected to do then.",
    open: true,
    needs: &[Need::OneOrMore(&["rules", "steps", "expect", "clock", "accept"])],
    fields: &[&[
        field("$schema", Is::Text, "The schema of this file, for editors that look for it here."),
        field("name", Is::Written(&NAME), "The name by which the scenario is armed. Without it, that of the file."),
        field("about", Is::Line, "What happens, in a sentence or several. `scenario list` shows the first."),
        field("clock", Is::Object(&BEGINNING), "The time that it is in a lane when the scenario is armed there."),
        field("accept", Is::Object(&ACCEPT), "What new connections meet, on the whole server."),
        field("vars", Is::Known(&VARS), "Values for templates: `{{ vars.who }}`."),
        field(
            "rules",
            Is::All { of: &Is::Object(&RULE), most: MOST_RULES },
            "Read from top to bottom. Every rule that fits takes part; where several say the same, the first has the word.",
        ),
        field(
            "steps",
            Is::Either(&[Is::List { of: &Is::Object(&STEP), most: MOST_RULES }, Is::Object(&SCRIPT)]),
            "Requests that are expected in this order. A list alone is lenient.",
        ),
        field(
            "expect",
            Is::All { of: &Is::Known(&EXPECTATION), most: 100 },
            "What a well-behaved client does; judged when the run is over.",
        ),
    ]],
};

static VARS: super::Known = super::Known {
    key: "vars",
    about: "Values by names of letters, digits and underscores.",
    is: Is::Map { keys: Some(&crate::scenario::notation::WORD), of: &Is::Any },
};

static BEGINNING: Shape = Shape {
    key: "beginning",
    name: "the clock of a scenario",
    about: "The time that it is in a lane when the scenario is armed there.",
    open: false,
    needs: &[Need::Any],
    fields: &[&[
        field("at", Is::Written(&MOMENT), "The moment at which the lane begins."),
        field("speed", Is::Above { bound: 0.0, most: 1e6 }, "How fast time goes by: 60 is a minute in a second.")
            .or("1"),
        field("frozen", Is::Flag, "The clock stands still until somebody moves it.").or("false"),
    ]],
};

static ACCEPT: Shape = Shape {
    key: "accept",
    name: "accept",
    about: "What new connections meet.",
    open: false,
    needs: &[],
    fields: &[&[field("delay", Is::Known(&DELAY), "How long a new connection waits before it is served.").required()]],
};

static COMMON: [Field; 4] = [
    field(
        "name",
        Is::Written(&TITLE),
        "How it is called in answers (`X-Mock-Rule`) and in the log. Without it, `rule 1`.",
    ),
    field("about", Is::Line, "What it is for."),
    field("when", Is::Object(&WHEN), "What a request has to be. Without it, every good request fits."),
    field(
        "breaks_contract",
        Is::Flag,
        "The answer is meant to break the contract: its status and body are not held against it.",
    )
    .or("false"),
];

pub static RULE: Shape = Shape {
    key: "rule",
    name: "a rule",
    about: "What happens to some requests.",
    open: false,
    needs: &[Need::Effect(&EFFECTS)],
    fields: &[&COMMON, &THEN],
};

static STEP: Shape = Shape {
    key: "step",
    name: "a step",
    about: "A request that is expected now, and what happens to it. Without an effect it has the true answer.",
    open: false,
    needs: &[Need::AtMostOne(&["when", "expect"])],
    fields: &[
        &COMMON,
        &THEN,
        &[
            field("expect", Is::Object(&WHEN), "The request that is expected: another word for `when`."),
            field(
                "repeat",
                Is::Either(&[Is::Whole { least: 1, most: 999_999_999 }, Is::Written(&REPEAT)]),
                "How often it comes before the next step.",
            )
            .or("1"),
            field("next", Is::Written(&TITLE), "The name of the step that follows. Without it, the next of the list."),
            field("optional", Is::Flag, "It may be left out.").or("false"),
        ],
    ],
};

static SCRIPT: Shape = Shape {
    key: "script",
    name: "steps",
    about: "Requests that are expected in an order.",
    open: false,
    needs: &[],
    fields: &[&[
        field(
            "mode",
            Is::Words(&["strict", "lenient"]),
            "strict: any other good request is a breach, and answered with 409. lenient: it has the true answer.",
        )
        .or("\"lenient\""),
        field("then", Is::Words(&["loop", "stop", "lenient"]), "What comes after the last step.").or("\"stop\""),
        field("list", Is::List { of: &Is::Object(&STEP), most: MOST_RULES }, "The steps, one after the other.")
            .required(),
    ]],
};
