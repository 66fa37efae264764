use serde_json::json;

use super::*;

fn read(text: &str) -> Value {
    (*SourceFile::parse("a.yaml", text).unwrap().value).clone()
}

/// The code, line and column of everything that is wrong with a text.
fn faults(text: &str) -> Vec<(&'static str, usize, usize)> {
    faults_of("a.yaml", text)
}

fn faults_of(name: &str, text: &str) -> Vec<(&'static str, usize, usize)> {
    let findings = SourceFile::parse(name, text).map(|file| file.value).unwrap_err();
    findings
        .iter()
        .map(|finding| {
            let spot = finding.spot.as_ref().unwrap();
            (finding.code, spot.line, spot.column)
        })
        .collect()
}

fn warnings(text: &str) -> Vec<(&'static str, usize, usize)> {
    let file = SourceFile::parse("a.yaml", text).unwrap();
    file.warnings
        .iter()
        .map(|finding| {
            let spot = finding.spot.as_ref().unwrap();
            (finding.code, spot.line, spot.column)
        })
        .collect()
}

#[test]
fn yaml_and_json_give_the_same_value() {
    let value = json!({ "a": [1, 2.5, "x", null, true], "b": { "200": "ok", "c": "two\nlines\n" } });
    assert_eq!(read("a: [1, 2.5, x, ~, true]\nb:\n  200: ok\n  c: |\n    two\n    lines\n"), value);
    assert_eq!(read(&value.to_string()), value);
    assert_eq!(read(&serde_json::to_string_pretty(&value).unwrap().replace("  ", "\t")), value);
    assert_eq!(read("\u{feff}a: 1"), json!({ "a": 1 }));
    assert_eq!(read("\u{feff}{\"a\": 1}"), json!({ "a": 1 }));
    assert_eq!(read("{a: 1, b: [x]}"), json!({ "a": 1, "b": ["x"] }));
    assert_eq!(read("a: !!str 12\nb: ! 12\nc: !!int \"12\""), json!({ "a": "12", "b": "12", "c": 12 }));
}

#[test]
fn aliases_and_merges_are_written_out() {
    let text = "base: &base {a: 1, b: 2}\nmore:\n  <<: *base\n  b: 3\nlist: [*base, *base]\n";
    let base = json!({ "a": 1, "b": 2 });
    assert_eq!(read(text), json!({ "base": base, "more": { "b": 3, "a": 1 }, "list": [base, base] }));
    assert_eq!(warnings(text), [("W0017", 3, 3)]);
}

#[test]
fn every_fault_of_a_file_is_told_with_its_place() {
    let text = "a: 1\nb: !!python/object x\na: 2\nc: .inf\nd: {e: 1, e: 2}\n";
    assert_eq!(faults(text), [("E0008", 2, 20), ("E0009", 4, 4), ("E0007", 5, 11), ("E0007", 3, 1)]);
    assert_eq!(faults("a:\n\tb: 1\n"), [("E0014", 2, 1)]);
    assert_eq!(faults("a: 1\n---\nb: 2\n"), [("E0005", 2, 1)]);
    assert_eq!(faults("a: [1, 2\n"), [("E0001", 1, 4)]);
    assert_eq!(faults("? [a]\n: 1\n"), [("E0012", 1, 3)]);
    assert_eq!(faults("a: *b\n"), [("E0013", 1, 4)]);
    assert_eq!(faults("a: &a [*a]\n"), [("E0013", 1, 8)]);
    assert_eq!(faults("a: b\0c\n"), [("E0004", 1, 5)]);
    for nothing in ["", "\n\n", "# a comment\n", "---\n"] {
        assert_eq!(faults(nothing)[0].0, "E0006", "{nothing:?}");
    }
}

#[test]
fn json_is_held_to_its_own_rules() {
    assert_eq!(faults_of("a.json", "{\"a\": 1,\n \"a\": 2}"), [("E0007", 2, 2)]);
    assert_eq!(faults_of("a.json", "{\"a\": 1,}")[0].0, "E0010");
    assert_eq!(faults_of("a.json", "a: 1"), [("E0010", 1, 1)]);
    assert_eq!(faults("{\"a\": 1, \"a\": 2}"), [("E0007", 1, 10)]);
    assert_eq!(faults_of("a.json", "{\"a\": 1} {}")[0].0, "E0010");
    assert_eq!(faults_of("a.json", "")[0].0, "E0010");
}

#[test]
fn what_other_readers_see_otherwise_is_warned_of() {
    let text = "a: no\nb: 012\nc: 1_000\nd: 123456789012345678901234567890\ne: \"no\"\non: 1\nf: 12:30:00\n";
    let codes = [("W0015", 1, 4), ("W0015", 2, 4), ("W0015", 3, 4), ("W0016", 4, 4), ("W0015", 6, 1), ("W0015", 7, 4)];
    assert_eq!(warnings(text), codes);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the limits exist to bound time")]
fn bombs_are_refused_at_once() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for n in 1..14 {
        let inner = format!("*a{}", n - 1);
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", [&*inner; 9].join(",")));
    }
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), "*a,".repeat(10_000));
    let mut tower = "a0: &a0 [x]\n".to_owned();
    for n in 1..2000 {
        tower.push_str(&format!("a{n}: &a{n} [*a{}]\n", n - 1));
    }
    let flat = format!("[{}1]", "1,".repeat(Limits::USUAL.nodes));
    let start = std::time::Instant::now();
    for (name, text) in [
        ("aliases", bomb),
        ("long text", long),
        ("tower", tower),
        ("flow", "[".repeat(100_000)),
        ("json", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("block", (0..5_000).map(|n| format!("{}a:\n", " ".repeat(n % 1500))).collect()),
        ("dashes", "- ".repeat(100_000)),
        ("flat", flat),
        ("size", " ".repeat(Limits::USUAL.bytes + 1)),
    ] {
        let findings = SourceFile::parse("a.yaml", text).map(|_| name).unwrap_err();
        assert!(
            findings.iter().all(|finding| matches!(finding.code, "E0011" | "E0018" | "E0001")),
            "{name}: {findings:?}"
        );
    }
    // Far below the promised second each, even unoptimised and on a busy machine.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn every_value_and_key_can_be_pointed_at() {
    let text = "info:\n  title: Pets\npaths:\n  /a/b:\n    get: {tags: [x, yy], deprecated: true}\n  ~x: |\n    long\n";
    let file = SourceFile::parse("a.yaml", text).unwrap();
    let at = |pointer: &str| {
        let spot = file.spot(pointer);
        (spot.line, spot.column, spot.length)
    };
    assert_eq!(at("/info/title"), (2, 10, 4));
    assert_eq!(at("/paths/~1a~1b/get/tags/1"), (5, 21, 2));
    assert_eq!(at("/paths/~1a~1b/get/tags"), (5, 11, 4));
    assert_eq!(at("/paths/~1a~1b"), (4, 3, 4));
    assert_eq!(at("/info/title/nothing/there"), (2, 3, 5));
    assert_eq!(at("/info/absent"), (1, 1, 4));
    assert_eq!(at(""), (1, 1, 1));
    assert_eq!((file.key_spot("/info/title").column, file.key_spot("/info/title").length), (3, 5));
    assert_eq!(file.spot("/info/title").excerpt, "  title: Pets");
    let json = SourceFile::parse("a.json", "{\n\t\"a\": [1,\n\t22]}").unwrap();
    assert_eq!((json.spot("/a/1").line, json.spot("/a/1").column), (3, 2));
    assert_eq!((json.key_spot("/a").line, json.key_spot("/a").column), (2, 2));
}
