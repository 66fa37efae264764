//! Some calls word for word, so that a change in how calls are told is seen. UPDATE_CASES=1 writes the file anew.

use std::fmt::Write as _;
use std::path::Path;

use super::*;

const GOLDEN: &str = "src/voice/calls/tests/golden.txt";

#[test]
fn calls_are_told_as_they_were() {
    let scene = Scene::new(42, 400);
    let view = scene.view();
    // The newest of each language that has come to its end, and one that was cut off.
    let languages = ["en", "es", "fr", "de"].map(|language| (language, "completed"));
    let mut told = String::new();
    for (language, status) in languages.into_iter().chain([("en", "failed")]) {
        let call = scene.all().into_iter().map(|handle| (handle, scene.calls.call(&view, handle)));
        let mut call = call.filter(|(_, call)| call.told().is_some() && call.language() == language);
        let (handle, call) = call.find(|(_, call)| call.status() == status).unwrap();
        let mut row = Vec::new();
        scene.calls.write_row(&view, handle, &mut row);
        let _ = writeln!(told, "{}", String::from_utf8(row).unwrap());
        for turn in call.turns() {
            let times = format!("{:>6.1} {:>4.1}", turn.start.as_secs_f64(), turn.length.as_secs_f64());
            let _ = writeln!(told, "{times}  {:?} ({}): {}", turn.speaker, turn.confidence, turn.text);
        }
        told.push('\n');
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN);
    if std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1") {
        std::fs::write(&path, &told).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (was, is)) in golden.lines().zip(told.lines()).enumerate() {
        assert_eq!(was, is, "{GOLDEN}:{}: UPDATE_CASES=1 writes it anew", number + 1);
    }
    assert_eq!(golden.lines().count(), told.lines().count(), "UPDATE_CASES=1 writes {GOLDEN} anew");
}
