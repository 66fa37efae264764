//! The scenarios that ship: each is played for a client, and what the client sees is held against what the file promises.
//! Also that the guide's examples are scenarios.
//!
//! Each family has a table: the scenario, what is asked, and what is seen (`table.rs`). What no table can say is a function.

mod broken;
mod faults;
mod guide;
mod limits;
mod pages;
mod recordings;
mod refusals;
mod scripts;
mod slow;
mod table;
mod trouble;
mod wire;
mod world;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use ayra_mock::contract::{Contract, Folder, Library as _};
use ayra_mock::embedded::Library;
use ayra_mock::scenario::{compile, read};
use ayra_mock::source::render;

use crate::support::rust::project;
use crate::support::server::Server;

/// One server for all tests that run at the same time; it goes with the last of them.
fn server() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Server::start(["--now=2025-01-15T15:00:00Z"]));
        *shared = Arc::downgrade(&server);
        server
    })
}

/// The names of all that ship.
fn shipped() -> BTreeSet<String> {
    let files = fs::read_dir(project().join("scenarios")).expect("the folder");
    let names = files.filter_map(|file| Some(file.ok()?.file_name().to_str()?.strip_suffix(".yaml")?.to_owned()));
    names.collect()
}

/// Every scenario of a folder means something, without a warning.
fn all_are_good(folder: &Path) -> usize {
    let embedded = Library::new("schemas", None).expect("the embedded contract");
    let contract = Contract::load_vetted(&embedded, "openapi.yaml").expect("is good").contract;
    let folder = Folder::new(folder).expect("a folder");
    let files: Vec<String> = folder.paths().into_iter().filter(|path| path.ends_with(".yaml")).collect();
    let mut said = String::new();
    for path in &files {
        let compiled = read(&folder, path).and_then(|file| compile(&file, &contract, &folder));
        let findings = compiled.map_or_else(|errors| errors, |compiled| compiled.warnings);
        said.push_str(&render(&findings, false));
    }
    assert!(said.is_empty(), "{said}");
    files.len()
}

#[test]
fn every_scenario_that_ships_is_played() {
    let played = [
        faults::NAMES,
        limits::NAMES,
        pages::NAMES,
        recordings::NAMES,
        refusals::NAMES,
        scripts::NAMES,
        slow::NAMES,
        trouble::NAMES,
        world::NAMES,
    ];
    let played: BTreeSet<String> = played.iter().copied().flatten().map(|name| name.replace('_', "-")).collect();
    assert_eq!(played, shipped());
}

#[test]
fn every_scenario_that_ships_is_good() {
    assert_eq!(all_are_good(&project().join("scenarios")), shipped().len());
}

/// `scenarios/README.md` has a line for each, with the first sentence of what it says of itself.
#[test]
fn the_folders_table_says_what_the_files_say() {
    let table = fs::read_to_string(project().join("scenarios/README.md")).expect("the table");
    for name in shipped() {
        let text = fs::read_to_string(project().join(format!("scenarios/{name}.yaml"))).unwrap();
        assert!(text.contains(&format!("\nname: {name}\n")), "scenarios/{name}.yaml has another name");
        let about = text.lines().find_map(|line| line.strip_prefix("about: ")).expect("each says what it is for");
        let first = about.split_once(". ").map_or(about.trim_end_matches('.'), |(first, _)| first);
        let line = format!("| [{name}]({name}.yaml) | {first} |");
        assert!(table.lines().any(|known| known == line), "scenarios/README.md lacks\n{line}");
    }
}
