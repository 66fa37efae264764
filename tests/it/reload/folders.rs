//! Folders that are replaced, vanish, come back, and hold all kinds of things.

#![cfg(unix)]

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;

/// A folder as Kubernetes mounts it: `..data` leads to where the files are, and each file is a link through it.
struct Mount<'m>(&'m Path);

impl Mount<'_> {
    fn put(&self, version: u64, files: &[(&str, String)]) {
        let folder = format!("..2025_01_{version}");
        for (name, text) in files {
            write(&self.0.join(&folder).join(name), text);
            if self.0.join(name).symlink_metadata().is_err() {
                symlink(format!("..data/{name}"), self.0.join(name)).unwrap();
            }
        }
        symlink(&folder, self.0.join("..data_tmp")).unwrap();
        fs::rename(self.0.join("..data_tmp"), self.0.join("..data")).unwrap();
        if let Some(before) = version.checked_sub(1) {
            // It was never there for the first.
            let _ = fs::remove_dir_all(self.0.join(format!("..2025_01_{before}")));
        }
    }
}

#[test]
fn a_config_map_is_seen_as_often_as_it_is_swapped() {
    let mount = |folder: &Path, version| {
        let item = pets(version).split_once("  /pets:\n").unwrap().1.replace("\n    ", "\n").replacen("    ", "", 1);
        let document = "openapi: 3.1.0\ninfo: { title: Pets, version: '1' }\npaths: { /pets: { $ref: 'item.yaml' } }\n";
        Mount(folder).put(version, &[("pets.yaml", document.to_owned()), ("item.yaml", item)]);
    };
    let desk = Desk::with(|folder| mount(folder, 0), &[]);
    assert_eq!(desk.pets(), 0);
    for saved in 1..=10 {
        mount(desk.folder.path(), saved);
        desk.until_generation(saved + 1);
        assert_eq!(desk.pets(), saved);
    }
    desk.nothing_was_wrong_until(11);
}

/// Two files say in one answer which version they are of.
#[test]
fn an_answer_is_of_one_version() {
    const VERSIONS: u64 = 30;
    let mount = |folder: &Path, version: u64| {
        fs::create_dir_all(folder.join("d/scenarios")).unwrap();
        let story = format!(
            "rules: [{{ when: {{ operation: listPets }}, reply: {{ file: rows.json }}, headers: {{ X-Version: \"{version}\" }} }}]\n"
        );
        let rows = format!("{{ \"version\": {version} }}");
        Mount(&folder.join("d/scenarios")).put(version, &[("story.yaml", story), ("rows.json", rows)]);
    };
    let prepare = |folder: &Path| {
        write(&folder.join("pets.yaml"), &pets(0));
        mount(folder, 0);
    };
    let desk = Desk::with(prepare, &["--dir", "d", "--scenario", "story"]);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let looking = || {
            let caller = Caller::stranger(&desk.server);
            while !over.load(Ordering::Relaxed) {
                let answer = caller.get("/pets");
                let header = answer.header("X-Version").expect("the rule's").parse::<u64>().unwrap();
                assert_eq!(version(&answer), header);
            }
        };
        let looking = [scope.spawn(looking), scope.spawn(looking)];
        for saved in 1..=VERSIONS {
            mount(desk.folder.path(), saved);
            // Every third is there before the one before it was taken.
            if saved % 3 > 0 {
                desk.until("it is live", |_| desk.pets() == saved);
            }
        }
        desk.until("the last is live", |_| desk.pets() == VERSIONS);
        over.store(true, Ordering::Relaxed);
        looking.into_iter().for_each(|looking| looking.join().unwrap());
    });
}

const STORY: &str = "rules: [{ when: { operation: listPets }, reply: { file: rows/one.json } }]\n";

fn with_story(folder: &Path) {
    write(&folder.join("pets.yaml"), &pets(0));
    write(&folder.join("d/scenarios/story.yaml"), STORY);
    write(&folder.join("d/scenarios/rows/one.json"), r#"{ "version": 1 }"#);
}

#[test]
fn folders_go_and_come_back() {
    let desk = Desk::with(with_story, &["--dir", "d", "--scenario", "story"]);
    let mut saved = 1;
    assert_eq!(desk.pets(), saved);
    let mut save = |story: bool| {
        saved += 1;
        desk.write("d/scenarios/rows/one.json", &format!("{{ \"version\": {saved} }}"));
        if story {
            desk.write("d/scenarios/story.yaml", STORY);
        }
        desk.until("it is live", |status| status["status"] == "ok" && desk.pets() == saved);
    };
    for gone in ["d/scenarios/rows", "d/scenarios", "d"] {
        let before = desk.pets();
        fs::remove_dir_all(desk.path(gone)).unwrap();
        let status = desk.until("it is missed", |status| status["status"] == "stale");
        assert_eq!(desk.pets(), before, "{gone}: {status}");
        save(true);
        // It is watched again.
        save(false);
    }
}

#[test]
fn a_folder_that_was_moved_here_is_the_one() {
    let desk = Desk::with(with_story, &["--dir", "d", "--scenario", "story"]);
    for saved in 2..=4 {
        let (next, old) = (format!("next{saved}"), format!("old{saved}"));
        desk.write(&format!("{next}/scenarios/story.yaml"), STORY);
        desk.write(&format!("{next}/scenarios/rows/one.json"), &format!("{{ \"version\": {saved} }}"));
        fs::rename(desk.path("d"), desk.path(&old)).unwrap();
        fs::rename(desk.path(&next), desk.path("d")).unwrap();
        desk.until("it is live", |_| desk.pets() == saved);
        // What was there before is of no concern any more.
        desk.write(&format!("{old}/scenarios/rows/one.json"), r#"{ "version": 0 }"#);
    }
    desk.write("d/scenarios/rows/one.json", r#"{ "version": 9 }"#);
    desk.until("it is live", |_| desk.pets() == 9);
}

#[test]
fn a_new_folder_in_a_folder_is_watched() {
    let desk = Desk::with(with_story, &["--dir", "d", "--scenario", "story"]);
    desk.write("d/scenarios/more/rows/two.json", r#"{ "version": 2 }"#);
    desk.write("d/scenarios/story.yaml", &STORY.replace("rows/one", "more/rows/two"));
    desk.until_generation(2);
    assert_eq!(desk.pets(), 2);
    desk.write("d/scenarios/more/rows/two.json", r#"{ "version": 3 }"#);
    desk.until_generation(3);
    assert_eq!(desk.pets(), 3);
    desk.write("d/fixtures/keys.yaml", "keys: [{ key: one, scopes: [\"*\"] }]\n");
    let status = desk.until_generation(4);
    assert_eq!((&status["changed"][0], &status["loaded"]["keys"]), (&"keys: 1 added".into(), &1.into()));
}

#[test]
fn what_is_no_file_of_ours_costs_nothing() {
    let desk = Desk::with(with_story, &["--dir", "d", "--scenario", "story"]);
    let scenarios = desk.path("d/scenarios");
    symlink("../scenarios", scenarios.join("round")).unwrap();
    symlink(".", scenarios.join("again")).unwrap();
    symlink("nowhere", scenarios.join(".#story.yaml")).unwrap();
    for name in ["4913", ".story.yaml.swp", "story.yaml~", "#story.yaml#", ".git/index"] {
        write(&scenarios.join(name), "rules: [");
    }
    fs::create_dir(scenarios.join("many")).unwrap();
    for n in 0..10_000 {
        fs::write(scenarios.join(format!("many/{n}.txt")), "").unwrap();
    }
    // Whatever was heard of that is seen to before this is.
    desk.write("d/scenarios/rows/one.json", r#"{ "version": 5 }"#);
    desk.until_generation(2);
    assert_eq!(desk.pets(), 5);
    let (before, watch) = (desk.server.processor_time(), Stopwatch::start());
    // Nobody says a word on it.
    let mut silence = TcpStream::connect(desk.server.address()).unwrap();
    silence.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    assert!(silence.read(&mut [0]).is_err());
    let share = (desk.server.processor_time() - before).as_secs_f64() / watch.elapsed().as_secs_f64();
    assert!(share < 0.05, "{share} of a processor, for nothing");
    desk.nothing_was_wrong_until(2);
}
