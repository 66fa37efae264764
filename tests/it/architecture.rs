//! Keeps the house rules by reading the sources: layers, one door for each outside crate, sizes and names.

use std::fs;

use crate::support::rust::{RustFile, project, sources};

/// From the ground up. A file may import from the layers below its own, and from its own room.
const LAYERS: [&[&str]; 9] = [
    &[
        "request",
        "reply",
        "fault",
        "ending",
        "gate",
        "problem",
        "breach",
        "clock",
        "seed",
        "status",
        "nearest",
        "miss",
        "pointer",
        "plural",
        "fakes",
        "source",
        "signature",
    ],
    &["contract", "embedded", "reload"],
    &["access", "world", "voice", "scenario"],
    &["lane", "journal"],
    &["answer", "report"],
    &["play"],
    &["exchange"],
    &["server", "control"],
    &["cli", "mock", "lib", "main"],
];

/// Imports inside one layer, and why each is no ring.
const SIDEWAYS: [(&str, &str, &str); 16] = [
    ("reply", "fault", "a reply carries what is done to it on its way out"),
    ("reply", "ending", "a reply carries who is told what became of it"),
    ("reply", "gate", "a reply may have to wait until somebody lets it go"),
    ("problem", "breach", "a refusal is worded from the breaches that led to it"),
    ("fakes", "seed", "a made-up value is drawn from the seed"),
    ("problem", "miss", "a refusal says what the request nearly was"),
    ("miss", "nearest", "a misspelt word is near the one that was meant"),
    ("source", "nearest", "a misspelt key is answered with the one that was meant"),
    ("source", "pointer", "a place in a file is named by a pointer"),
    ("breach", "pointer", "a member of a body is called by the names in its pointer"),
    ("voice", "world", "calls are asked for by the same queries as records"),
    ("scenario", "world", "values are compared as in lists"),
    ("signature", "seed", "the key of signatures follows from the seed"),
    ("embedded", "contract", "the embedded files are handed over as a contract's library"),
    ("cli", "mock", "a command starts the server by the same way as a test in process"),
    ("main", "cli", "the front door opens into the command line"),
];

/// The one room, or the few, that may name an outside crate. Crates that are everybody's currency have none.
const DOORS: [(&str, &[&str]); 26] = [
    ("arc_swap", &["src/exchange/standing.rs", "src/exchange/succession.rs"]),
    ("mimalloc", &["src/main.rs"]),
    ("notify", &["src/reload/watch/ears.rs"]),
    ("serde_saphyr", &["src/source/yaml.rs", "src/source/yaml/"]),
    ("annotate_snippets", &["src/source/render.rs"]),
    ("strsim", &["src/nearest.rs"]),
    ("jsonschema", &["src/contract/schema.rs", "src/contract/schema/"]),
    ("rand", &["src/seed.rs"]),
    ("fake", &["src/fakes.rs", "src/fakes/"]),
    ("regex", &["src/answer/generate/pattern.rs", "src/scenario/"]),
    ("regex_syntax", &["src/answer/", "src/fakes.rs", "src/fakes/"]),
    (
        "base64",
        &[
            "src/access/credentials.rs",
            "src/answer/",
            "src/fakes.rs",
            "src/fakes/",
            "src/journal/told.rs",
            "src/scenario/",
            "src/world/page.rs",
        ],
    ),
    ("minijinja", &["src/scenario/template/"]),
    ("itoa", &["src/access/rate.rs", "src/cli/log/line.rs"]),
    ("hmac", &["src/signature.rs"]),
    ("sha2", &["src/signature.rs"]),
    ("hyper", &["src/server/"]),
    ("hyper_util", &["src/server/"]),
    ("http_body_util", &["src/server/"]),
    ("h2", &["src/server/"]),
    ("tokio", &["src/server/", "src/cli/", "src/mock/"]),
    ("rustix", &["src/cli/run/group.rs"]),
    ("clap", &["src/cli/"]),
    ("clap_complete", &["src/cli/"]),
    ("anstyle", &["src/cli/", "src/source/render.rs"]),
    ("tracing_subscriber", &["src/cli/log.rs", "src/cli/log/"]),
];

/// Values that travel through every room.
const CURRENCY: [&str; 7] = ["http", "bytes", "serde", "serde_json", "tracing", "percent_encoding", "jiff"];

const LONGEST_FILE: usize = 400;

/// Files that may be longer, and why.
const LONG_FILES: [(&str, &str); 2] = [
    ("src/contract/shape/tables.rs", "one table for each object of the specification"),
    ("src/source/codes.rs", "one table of all codes, each with its text"),
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "misc", "manager", "types"];

#[test]
fn imports_point_down() {
    let mut offences = Vec::new();
    for file in sources() {
        let room = file.room().to_owned();
        let Some(layer) = layer(&room) else {
            offences.push(format!("{}: the room \"{room}\" has no layer; add it to LAYERS", file.path));
            continue;
        };
        for (line, target) in rooms_named_by(&file) {
            let allowed = target == room
                || self::layer(&target).is_some_and(|below| below < layer)
                || SIDEWAYS.iter().any(|(from, to, _)| *from == room && *to == target)
                || room == "lib";
            if !allowed {
                offences.push(format!("{}:{line}: \"{room}\" may not know \"{target}\"", file.path));
            }
        }
    }
    none(offences, "imports that point up or sideways");
}

#[test]
fn every_outside_crate_has_one_door() {
    let dependencies = dependencies();
    let mut offences: Vec<String> = dependencies
        .iter()
        .filter(|name| !CURRENCY.contains(&name.as_str()) && !DOORS.iter().any(|(known, _)| known == name))
        .map(|name| format!("Cargo.toml: \"{name}\" has no door; add it to DOORS"))
        .collect();
    for file in sources() {
        for (line, path) in file.paths() {
            let Some((name, doors)) = DOORS.iter().find(|(name, _)| path[0] == *name) else { continue };
            if !doors.iter().any(|door| file.path == *door || door.ends_with('/') && file.path.starts_with(door)) {
                offences.push(format!("{}:{line}: only {} may name the crate {name}", file.path, doors.join(", ")));
            }
        }
    }
    none(offences, "outside crates that came in by another door");
}

#[test]
fn files_are_short() {
    let offences = sources()
        .iter()
        .filter(|file| file.lines > LONGEST_FILE && !LONG_FILES.iter().any(|(path, _)| *path == file.path))
        .map(|file| format!("{}:{}: more than {LONGEST_FILE} lines", file.path, file.lines))
        .collect();
    none(offences, "files that are too long");
}

#[test]
fn names_say_what_a_thing_is() {
    let offences = sources()
        .iter()
        .filter(|file| {
            let parts = file.path.trim_end_matches(".rs").split(['/', '_']);
            parts.into_iter().any(|part| EMPTY_NAMES.contains(&part))
        })
        .map(|file| format!("{}:1: a name that says nothing", file.path))
        .collect();
    none(offences, "names that say nothing");
}

#[test]
fn files_open_with_what_they_are_for() {
    let offences = sources()
        .iter()
        .filter(|file| file.lines > 1)
        .filter(|file| !fs::read_to_string(project().join(&file.path)).unwrap().starts_with("//!"))
        .map(|file| format!("{}:1: say in the first lines what the file is for (//!)", file.path))
        .collect();
    none(offences, "files without a word about themselves");
}

/// The lists above must not outlive what they speak of.
#[test]
fn the_lists_of_this_test_are_up_to_date() {
    let dependencies = dependencies();
    let mut offences: Vec<String> = DOORS
        .iter()
        .map(|(name, _)| *name)
        .chain(CURRENCY)
        .filter(|name| !dependencies.iter().any(|known| known == name))
        .map(|name| format!("\"{name}\" is no dependency"))
        .collect();
    for (path, _) in LONG_FILES {
        if sources().iter().all(|file| file.path != path || file.lines <= LONGEST_FILE) {
            offences.push(format!("{path} is not long"));
        }
    }
    none(offences, "entries that nothing needs");
}

/// The rooms of this crate that a file names, by `crate::…`, or `ayra_mock::…` from the binary.
fn rooms_named_by(file: &RustFile) -> Vec<(usize, String)> {
    let in_root =
        file.path.matches('/').count() == 1 || file.path.ends_with("/mod.rs") && file.path.matches('/').count() == 2;
    let mut named: Vec<(usize, String)> = file
        .paths()
        .into_iter()
        .filter(|(_, path)| {
            matches!(&*path[0], "crate" | "ayra_mock") || path[0] == "super" && in_root && path.len() > 1
        })
        .filter_map(|(line, path)| Some((line, path.get(1)?.clone())))
        .filter(|(_, target)| layer(target).is_some())
        .collect();
    // `use crate::{a, b}` hides the rooms in braces: it is written as two lines here.
    named.extend(
        file.code
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains("crate::{"))
            .map(|(number, _)| (number + 1, "{…}".to_owned())),
    );
    named
}

fn layer(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

/// The names under `[dependencies]`, as code writes them.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(project().join("Cargo.toml")).unwrap();
    let names: Vec<String> = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once('=')?.0.trim().replace('-', "_")))
        .collect();
    assert!(names.len() > 10, "only {} dependencies were found in Cargo.toml", names.len());
    names
}

#[track_caller]
fn none(offences: Vec<String>, what: &str) {
    assert!(offences.is_empty(), "{what}:\n  {}\n", offences.join("\n  "));
}
