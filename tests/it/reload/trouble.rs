//! A save that is wrong: what was good last is served, and it is said where and since when until it is mended.

use std::fs;

use super::*;

const STALE: &str = "X-Mock-Stale";

fn with_all(folder: &Path) {
    write(&folder.join("pets.yaml"), &pets(0));
    write(&folder.join("d/scenarios/story.yaml"), "rules: [{ when: { operation: addPet }, reply: { status: 201 } }]\n");
    write(&folder.join("d/fixtures/keys.yaml"), "keys: [{ key: one, scopes: [\"*\"] }]\n");
}

#[test]
fn what_is_wrong_is_told_with_its_place_until_it_is_mended() {
    let desk = Desk::with(with_all, &["--dir", "d", "--scenario", "story", "--stale-header"]);
    let caller = Caller::stranger(&desk.server);
    assert_eq!((desk.status()["error"].clone(), caller.get("/pets").header(STALE)), (Value::Null, None));
    let wrong = [
        ("pets.yaml", pets(1).replace("listPets", "listPets: x"), "E0001", (6, 28)),
        ("pets.yaml", pets(1).replace("info:", "inform:"), "E0103", (2, 1)),
        ("d/scenarios/story.yaml", "rules:\n  - reply: gone_missing\n".to_owned(), "E0324", (2, 12)),
        ("d/fixtures/keys.yaml", "keys:\n  - key: one\n".to_owned(), "E0301", (2, 5)),
    ];
    let mut generation = 1;
    for (path, text, code, (line, column)) in wrong {
        let good = fs::read_to_string(desk.path(path)).unwrap();
        desk.write(path, &text);
        let status = desk.until("it is wrong", |status| status["status"] == "stale");
        let error = &status["error"];
        let findings = error["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["level"] == "error").unwrap();
        assert!(!error.to_string().contains("there is no scenario"), "one that is wrong is there: {error}");
        let place = (&finding["code"], &finding["line"], &finding["column"]);
        assert_eq!(place, (&code.into(), &line.into(), &column.into()), "{error}");
        assert_eq!((generation_of(&status), finding["file"].as_str()), (generation, Some(path)));
        let since: jiff::Timestamp = error["since"].as_str().unwrap().parse().unwrap();
        assert!(since >= status["since"].as_str().unwrap().parse().unwrap());
        let answer = caller.get("/pets");
        assert_eq!((version(&answer), answer.header(STALE)), (0, Some(&*format!("{path}:{line}:{column} {code}"))));
        desk.server.output_with(&format!("what was saved is wrong, generation {generation} is served on:\n"));
        desk.server.output_with(&format!("--> {path}:{line}:{column}"));
        // As it was: nothing is made anew for that.
        desk.write(path, &good);
        desk.until("it is mended", |status| status["status"] == "ok");
        desk.server.output_with(&format!("the files are what is served again (generation {generation})"));
        assert_eq!(caller.get("/pets").header(STALE), None);
        generation += 1;
        desk.write("pets.yaml", &pets(0).replace("All", &format!("All of {generation}")));
        desk.until_generation(generation);
    }
}

/// Of the scenarios only those are settled again that have to do with what changed.
#[test]
fn a_scenario_that_the_contract_leaves_behind_is_told_whatever_is_about_it() {
    let prepare = |folder: &Path| {
        with_all(folder);
        let other = "rules: [{ when: { operation: listPets }, headers: { X-Count: counted } }]\n";
        write(&folder.join("d/scenarios/other.yaml"), other);
    };
    let desk = Desk::with(prepare, &["--dir", "d", "--scenario", "story", "--scenario", "other"]);
    let caller = Caller::stranger(&desk.server);
    let count = || caller.read("/_mock/scenarios/other")["rules"][0]["counted"].clone();
    assert_eq!((caller.get("/pets").header("X-Count"), count()), (Some("counted"), 1.into()));
    let without = pets(1).replace("'201'", "'202'");
    desk.write("pets.yaml", &without);
    let error = desk.until_stale("E0326")["error"].clone();
    assert_eq!(error["findings"][0]["file"], "d/scenarios/story.yaml", "{error}");
    desk.write("pets.yaml", &pets(2));
    desk.until_generation(2);
    assert_eq!((version(&caller.get("/pets")), count()), (2, 2.into()));
    // The same file that was good before is wrong for another contract, once that is the one that is served.
    desk.write("d/scenarios/story.yaml", "rules: [{ when: { operation: addPet }, reply: { status: 202 } }]\n");
    desk.until_stale("E0326");
    desk.write("pets.yaml", &without);
    desk.until_generation(3);
    assert_eq!((version(&caller.get("/pets")), count()), (1, 3.into()));
}

#[test]
fn only_who_wants_it_is_told_with_each_answer() {
    let desk = Desk::start(&[]);
    desk.write("pets.yaml", "openapi: 3.1.0\n");
    desk.until("it is wrong", |status| status["status"] == "stale");
    assert_eq!(Caller::stranger(&desk.server).get("/pets").header(STALE), None);
}

/// The second wrong save is told too, and it is wrong since the first.
#[test]
fn trouble_lasts_from_the_first_wrong_save_to_the_next_good_one() {
    let desk = Desk::start(&[]);
    let first = {
        desk.write("pets.yaml", "openapi: [");
        desk.until_stale("E0001")["error"].clone()
    };
    desk.write("pets.yaml", "openapi: '2.0'\n");
    let second = desk.until_stale("E0101")["error"].clone();
    assert_eq!(first["since"], second["since"]);
    desk.write("pets.yaml", &pets(1));
    let status = desk.until_generation(2);
    assert_eq!((&status["error"], desk.pets()), (&Value::Null, 1));
    let said = desk.server.output_with("generation 2: ");
    assert_eq!(said.matches("what was saved is wrong").count(), 2, "{said}");
}

/// A client whose request is half sent is answered by the version that it began with.
#[test]
fn a_request_in_hand_is_answered_by_the_version_it_came_to() {
    let desk = Desk::start(&[]);
    let begun = Begun::post(&desk, "/pets", "default");
    desk.write("pets.yaml", &pets(1));
    desk.until_generation(2);
    assert_eq!(desk.pets(), 1);
    let answer = begun.end("{}");
    assert!(answer.starts_with("HTTP/1.1 201") && answer.ends_with("{\"version\":0}"), "{answer}");
}
