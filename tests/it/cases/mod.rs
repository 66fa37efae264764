//! Runs the readable cases of tests/cases/: each file says what is started, what is asked and what must come back.
//! UPDATE_CASES=1 writes what came back into the files. tests/cases/README.md tells how to add one.

mod expect;
mod file;
mod run;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use crate::support::rust::project;
use crate::support::server::Server;
use file::Case;

/// Cases at a time. They wait more than they work.
const WORKERS: usize = 8;

#[test]
fn every_case_is_answered_as_it_says() {
    let update = std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1");
    let mut files = Vec::new();
    collect(&project().join("tests/cases"), &mut files);
    files.sort();
    assert!(!files.is_empty(), "no cases were found");
    let cases: Vec<Case> = files.iter().map(|path| file::read(path)).collect();
    let servers = start_all(&cases);

    let next = AtomicUsize::new(0);
    let (report, reports) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            let report = report.clone();
            let (cases, servers, next) = (&cases, &servers, &next);
            scope.spawn(move || {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run::run(case, &servers[&case.serve]);
                    report.send((case, outcome)).expect("the test waits for all cases");
                }
            });
        }
    });
    drop(report);

    let mut failures: Vec<String> = servers.values().filter_map(complaint).collect();
    for (case, outcome) in reports {
        if outcome.differences.is_empty() {
            continue;
        }
        if update {
            fs::write(&case.path, file::write(case, &outcome.answers)).unwrap();
            println!("rewritten: {}", name(&case.path));
            continue;
        }
        failures.push(format!("{}\n{}", name(&case.path), outcome.differences.join("\n")));
    }
    failures.sort();
    assert!(
        failures.is_empty(),
        "{} of {} cases differ (- expected, + came back):\n\n{}\n\nUPDATE_CASES=1 writes what came back into the files.",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}

/// One server for each command line, started side by side.
fn start_all(cases: &[Case]) -> BTreeMap<String, Server> {
    let servers = Mutex::new(BTreeMap::new());
    let commands: BTreeMap<&str, ()> = cases.iter().map(|case| (case.serve.as_str(), ())).collect();
    thread::scope(|scope| {
        for command in commands.into_keys() {
            let servers = &servers;
            scope.spawn(move || {
                let server = run::start(command);
                servers.lock().unwrap().insert(command.to_owned(), server);
            });
        }
    });
    servers.into_inner().expect("every server started")
}

/// What a server says of itself when it is at fault, whatever the cases saw.
fn complaint(server: &Server) -> Option<String> {
    let output = server.output();
    let bad: Vec<&str> =
        output.lines().filter(|line| line.contains("panicked") || line.contains("our own answer")).collect();
    (!bad.is_empty()).then(|| format!("a server complained of itself:\n  {}", bad.join("\n  ")))
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            // What is wrong with these files is told without a server (`scenarios/broken.rs`).
            true if path.ends_with("tests/cases/scenarios") => {}
            true => collect(&path, into),
            false if path.extension().is_some_and(|extension| extension == "txt") => into.push(path),
            false => {}
        }
    }
}

fn name(path: &Path) -> String {
    path.strip_prefix(project()).unwrap_or(path).display().to_string()
}
