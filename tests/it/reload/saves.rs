//! One file, saved in every way that there is, and several that belong together.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;

/// How something saves a file.
type Way = fn(&Path, &str);

const WAYS: [(&str, Way); 6] = [
    ("writes over it", |path, text| fs::write(path, text).unwrap()),
    ("writes beside it and renames", |path, text| {
        let beside = path.with_extension("yaml.tmp");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, path).unwrap();
    }),
    ("puts it aside first", |path, text| {
        // As vim does, which tries first whether it may write there.
        let (test, aside) = (path.with_file_name("4913"), path.with_file_name("pets.yaml~"));
        fs::write(&test, "").unwrap();
        fs::remove_file(test).unwrap();
        fs::rename(path, &aside).unwrap();
        fs::write(path, text).unwrap();
        fs::remove_file(aside).unwrap();
    }),
    ("deletes and creates", |path, text| {
        fs::remove_file(path).unwrap();
        fs::write(path, text).unwrap();
    }),
    ("writes in pieces", |path, text| {
        let mut file = File::create(path).unwrap();
        for piece in text.as_bytes().chunks(50) {
            file.write_all(piece).unwrap();
        }
    }),
    ("empties it first", |path, text| {
        drop(File::create(path).unwrap());
        fs::write(path, text).unwrap();
    }),
];

#[test]
fn each_save_is_one_reload_whoever_saves() {
    const EACH: u64 = 50;
    let desk = Desk::start(&[]);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let caller = Caller::stranger(&desk.server);
            let (mut asked, mut last) = (0, 0);
            while !over.load(Ordering::Relaxed) {
                let now = version(&caller.get("/pets"));
                assert!(now >= last, "{now} after {last}");
                (asked, last) = (asked + 1, now);
            }
            asked
        });
        let mut saved = 0;
        for (name, way) in WAYS {
            for _ in 0..EACH {
                saved += 1;
                way(&desk.path("pets.yaml"), &pets(saved));
                let status = desk.until_generation(saved + 1);
                assert_eq!(desk.pets(), saved, "{name}: {status}");
            }
        }
        over.store(true, Ordering::Relaxed);
        assert!(watching.join().unwrap() > saved, "nobody asked");
    });
    desk.nothing_was_wrong_until(1 + EACH * WAYS.len() as u64);
}

#[test]
fn half_of_a_file_is_not_served() {
    let desk = Desk::start(&[]);
    let whole = format!("{}  /dogs: {{ get: {{ responses: {{ '200': {{ description: None }} }} }} }}\n", pets(1));
    let caller = Caller::stranger(&desk.server);
    // What is there would be a document too, but who writes it has not closed it.
    let mut file = File::create(desk.path("pets.yaml")).unwrap();
    file.write_all(pets(1).as_bytes()).unwrap();
    for _ in 0..200 {
        assert_eq!(version(&caller.get("/pets")), 0);
    }
    file.write_all(&whole.as_bytes()[pets(1).len()..]).unwrap();
    drop(file);
    desk.until_generation(2);
    assert_eq!((desk.pets(), caller.get("/dogs").status), (1, 200));
    // And this is none, though it was closed.
    fs::write(desk.path("pets.yaml"), &pets(2)[..90]).unwrap();
    desk.until("it is wrong", |status| status["status"] == "stale");
    assert_eq!(version(&caller.get("/pets")), 1);
    fs::write(desk.path("pets.yaml"), pets(2)).unwrap();
    desk.until_generation(3);
    assert_eq!(desk.pets(), 2);
}

/// A log that lies beside the files holds nothing up for ever.
#[test]
fn a_file_that_is_never_closed_is_waited_for_once() {
    let prepare = |folder: &Path| {
        write(&folder.join("pets.yaml"), &pets(0));
        fs::create_dir(folder.join("scenarios")).unwrap();
    };
    let desk = Desk::with(prepare, &["--dir", "."]);
    let mut log = File::create(desk.path("scenarios/some.log")).unwrap();
    let mut took = Vec::new();
    for saved in 1..=3 {
        log.write_all(b"a line\n").unwrap();
        desk.write("pets.yaml", &pets(saved));
        let watch = Stopwatch::start();
        desk.until_generation(saved + 1);
        took.push(watch.elapsed());
    }
    assert!(took[1..].iter().all(|took| *took < Duration::from_secs(2)), "{took:?}");
}

#[test]
fn all_of_many_files_are_taken() {
    const FILES: u64 = 11;
    let item = |version: u64| {
        format!(
            "get: {{ responses: {{ '200': {{ description: One, content: {{ application/json: \
             {{ example: {{ version: {version} }} }} }} }} }} }}\n"
        )
    };
    let prepare = |folder: &Path| {
        let mut document = pets(0);
        for n in 0..FILES {
            document.push_str(&format!("  /p{n}: {{ $ref: 'paths/p{n}.yaml' }}\n"));
            write(&folder.join(format!("paths/p{n}.yaml")), &item(0));
        }
        write(&folder.join("pets.yaml"), &document);
    };
    let desk = Desk::with(prepare, &[]);
    let caller = Caller::stranger(&desk.server);
    for saved in 1..=5 {
        for n in 0..FILES {
            desk.write(&format!("paths/p{n}.yaml"), &item(saved));
        }
        let all = || (0..FILES).all(|n| version(&caller.get(&format!("/p{n}"))) == saved);
        desk.until("all of them are live", |status| status["status"] == "ok" && all());
    }
}

#[test]
fn a_scenario_that_was_named_as_a_file_is_watched_beside_it() {
    let prepare = |folder: &Path| {
        write(&folder.join("pets.yaml"), &pets(0));
        write(
            &folder.join("own/story.yaml"),
            "rules: [{ when: { operation: listPets }, reply: { file: rows.json } }]\n",
        );
        write(&folder.join("own/rows.json"), r#"{ "version": 1 }"#);
    };
    let desk = Desk::with(prepare, &["--scenario", "own/story.yaml"]);
    assert_eq!(desk.pets(), 1);
    desk.write("own/rows.json", r#"{ "version": 2 }"#);
    desk.until_generation(2);
    assert_eq!(desk.pets(), 2);
    desk.write("own/story.yaml", "rules: [{ when: { operation: addPet }, reply: { status: 201 } }]\n");
    desk.until_generation(3);
    assert_eq!(desk.pets(), 0);
}

#[test]
fn a_scenario_and_the_file_it_needs_are_one_set() {
    let folder = |folder: &Path| {
        write(&folder.join("pets.yaml"), &pets(0));
        write(&folder.join("d/scenarios/story.yaml"), "rules: [{ when: { operation: addPet }, headers: { X: a } }]\n");
    };
    let desk = Desk::with(folder, &["--dir", "d", "--scenario", "story"]);
    let caller = Caller::stranger(&desk.server);
    let story = "rules: [{ when: { operation: listPets }, reply: { file: rows.json } }]\n";
    desk.write("d/scenarios/story.yaml", story);
    assert_eq!(version(&caller.get("/pets")), 0);
    desk.write("d/scenarios/rows.json", r#"{ "version": 7 }"#);
    let status = desk.until_generation(2);
    assert_eq!(status["changed"][0], "scenarios: 1 rule changed in story");
    assert_eq!(desk.pets(), 7);
    desk.server.output_with("generation 2: scenarios: 1 rule changed in story");
    desk.nothing_was_wrong_until(2);
    desk.write("d/scenarios/rows.json", r#"{ "version": 8 }"#);
    desk.until_generation(3);
    assert_eq!(desk.pets(), 8);
}
