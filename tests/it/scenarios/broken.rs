//! Scenarios with a mistake, each with what is said of it beside it: `tests/cases/scenarios/NAME.yaml` and `NAME.txt`. And files
//! made to do harm, which are refused at once.

use std::fmt::Write as _;
use std::fs;
use std::sync::LazyLock;
use std::time::Duration;

use ayra_mock::clock::Stopwatch;
use ayra_mock::contract::{Contract, Folder, Library};
use ayra_mock::scenario::{compile, read};
use ayra_mock::source::{Diagnostic, render};

use crate::support::rust::project;

const FOLDER: &str = "tests/cases/scenarios";

fn contract() -> Contract {
    let embedded = ayra_mock::embedded::Library::new("schemas", None).expect("the embedded contract");
    Contract::load_vetted(&embedded, "openapi.yaml").expect("is good").contract
}

/// Everything that is said of a file.
fn said(contract: &Contract, folder: &Folder, path: &str) -> Vec<Diagnostic> {
    let compiled = read(folder, path).and_then(|file| compile(&file, contract, folder));
    compiled.map_or_else(|errors| errors, |compiled| compiled.warnings)
}

#[test]
fn every_mistake_is_told_as_it_is_written_down() {
    let update = std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1");
    let contract = contract();
    let folder = Folder::new(FOLDER).expect("the folder of cases");
    let names: Vec<String> =
        folder.paths().iter().filter_map(|path| path.strip_suffix(".yaml")).map(str::to_owned).collect();
    assert!(names.len() >= 40, "only {} cases were found in {FOLDER}", names.len());
    let mut differences = String::new();
    for name in &names {
        let text = render(&said(&contract, &folder, &format!("{name}.yaml")), false);
        let pinned = project().join(format!("{FOLDER}/{name}.txt"));
        let wanted = fs::read_to_string(&pinned).unwrap_or_default();
        if text == wanted && !text.is_empty() {
            continue;
        }
        if update {
            fs::write(&pinned, &text).unwrap();
            continue;
        }
        let _ = write!(differences, "\n--- {name}.txt says\n{wanted}\n--- and now it is\n{text}");
    }
    assert!(
        differences.is_empty(),
        "what is said of these scenarios has changed:\n{differences}\nIf every one is a message that you would be glad to \
         get, accept them:\n\n  UPDATE_CASES=1 cargo test --test it every_mistake_is_told; git diff {FOLDER}\n"
    );
}

/// A message without its file, and one without a mistake, would both go unnoticed.
#[test]
fn every_message_belongs_to_a_file_and_names_a_line() {
    for entry in fs::read_dir(project().join(FOLDER)).unwrap() {
        let path = entry.unwrap().path();
        // What replies are made of.
        if path.is_dir() {
            continue;
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let other = path.with_extension(if ending == "txt" { "yaml" } else { "txt" });
        assert!(other.exists(), "{} has no {}", path.display(), other.display());
        if ending == "txt" {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(".yaml:"), "{} names no place", path.display());
        }
    }
}

/// A release build answers in 200 ms; one without optimisation takes several times as long.
const AT_ONCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 3_000 } else { 200 });

/// Files that no person wrote, each with what is said of it.
#[test]
fn what_is_made_to_do_harm_is_refused_at_once() {
    let mut files = unreadable();
    files.extend(boundless());
    files.extend(laborious());
    let scratch = std::env::temp_dir().join(format!("ayra-mock-it-{}-harm", std::process::id()));
    fs::create_dir_all(&scratch).unwrap();
    for (name, bytes, _) in &files {
        fs::write(scratch.join(format!("{name}.yaml")), bytes).unwrap();
    }
    fs::File::create(scratch.join("huge.yaml")).unwrap().set_len(100_000_000).unwrap();
    files.push(("huge", Vec::new(), "holds 100000000 bytes or more, and no more than 1 MiB are read"));
    let contract = contract();
    let folder = Folder::new(&scratch).unwrap();
    let mut failures = String::new();
    for (name, _, wanted) in &files {
        let before = spent();
        let findings = said(&contract, &folder, &format!("{name}.yaml"));
        let took = spent() - before;
        let text = render(&findings, false);
        let is_refused = wanted.is_empty() || findings.iter().any(Diagnostic::is_error);
        if !text.contains(wanted) || !is_refused || took > AT_ONCE || findings.len() > 101 {
            let _ = writeln!(failures, "{name}, in {took:?}, without {wanted:?}:\n{text:.2000}");
        }
        if std::env::var_os("SHOW_TIMES").is_some() {
            println!("{name}: {took:?}");
        }
    }
    fs::remove_dir_all(&scratch).unwrap();
    assert!(failures.is_empty(), "{failures}");
}

/// The processor's time that this thread has had: whatever else the machine does is left out.
fn spent() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split_whitespace().next().and_then(|text| text.parse().ok());
    nanoseconds.map_or_else(|| SINCE.elapsed(), Duration::from_nanos)
}

/// Where the system does not tell that.
static SINCE: LazyLock<Stopwatch> = LazyLock::new(Stopwatch::start);

type Harm = (&'static str, Vec<u8>, &'static str);

/// No text, or none that YAML knows.
fn unreadable() -> Vec<Harm> {
    let utf16: Vec<u8> = "\u{feff}rules: []\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        ("utf-16", utf16, "is not UTF-8"),
        ("latin-1", b"about: caf\xe9\nrules: []\n".to_vec(), "is not UTF-8"),
        ("overlong", b"about: \xc0\xaf\nrules: []\n".to_vec(), "is not UTF-8"),
        ("surrogate", b"about: \xed\xa0\x80\nrules: []\n".to_vec(), "is not UTF-8"),
        ("nul", b"rules: []\0\n".to_vec(), "NUL character"),
        ("control", b"about: \x07\nrules: []\n".to_vec(), "error"),
        ("binary", (0..=255).collect(), "error"),
        ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00".to_vec(), "error"),
        ("blank", b" \n\t\n".to_vec(), "error"),
        ("comment", b"# nothing yet\n".to_vec(), "the file holds nothing"),
        ("null", b"null\n".to_vec(), "a scenario can't be null"),
        ("scalar", b"rules\n".to_vec(), "a scenario can't be \"rules\""),
        ("half", b"rules:\n  - when: { operation: listA".to_vec(), "error"),
    ]
}

/// What would unfold, nest or go on without an end.
fn boundless() -> Vec<Harm> {
    let bomb = ('a'..='j').zip('b'..='k').fold("a: &a [x, x]\n".to_owned(), |bomb, (one, next)| {
        format!("{bomb}{next}: &{next} [{}]\n", vec![format!("*{one}"); 10].join(", "))
    });
    let tower = |n: usize| format!("x-a{n}: &a{n} [*a{}]\n", n - 1);
    let tower = format!("x-a0: &a0 [1]\n{}", (1..200).map(tower).collect::<String>());
    let merged = format!("x-a: &a {{ {} }}\nrules:\n{}", keys(1_000), "  - { <<: *a }\n".repeat(900));
    let deep = "nested more than 64 deep";
    let texts: [(&str, String, &str); 16] = [
        ("bomb", bomb, "with its aliases written out the file holds more than 100000 values"),
        ("tower", tower, deep),
        ("merged", merged, "with its aliases written out the file holds more than 100000 values"),
        ("itself", "rules: &rules\n  - *rules\n".to_owned(), "this alias stands inside of what it names"),
        ("brackets", format!("rules: {}", "[".repeat(1_000)), deep),
        ("braces", format!("rules: {}", "{a: ".repeat(1_000)), deep),
        ("hyphens", format!("rules:\n  {}x", "- ".repeat(1_000)), deep),
        ("indented", (0..1_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect(), deep),
        ("json", format!("{{\"rules\": {}", "[".repeat(1_000)), deep),
        ("just-deep", format!("vars: {{ a: {}1{} }}", "[".repeat(70), "]".repeat(70)), deep),
        ("values", format!("vars: {{ a: [{}] }}", "1,".repeat(150_000)), "the file holds more than 100000 values"),
        ("size", " ".repeat((1 << 20) + 1), "no more than 1 MiB are read"),
        ("rules", format!("rules:\n{}", "  - { delay: 1s }\n".repeat(1_001)), "\"rules\" holds 1001 values"),
        ("vars", format!("vars: {{ {} }}\nrules: []", keys(1_001)), "\"vars\" holds 1001 values"),
        ("opened", headers(&"{{ ".repeat(100_000)), "no more than 5000 are read"),
        (
            "nested",
            headers(&format!("{{{{ {}1{} }}}}", "(".repeat(400), ")".repeat(400))),
            "the template can't be filled in",
        ),
    ];
    texts.map(|(name, text, wanted)| (name, text.into_bytes(), wanted)).into()
}

/// What is of a good length and takes long to look at.
fn laborious() -> Vec<Harm> {
    let rules = |count: usize, rule: &dyn Fn(usize) -> String| -> String {
        format!("rules:\n{}", (0..count).map(|n| format!("  - {{ {} }}\n", rule(n))).collect::<String>())
    };
    let names = |count: usize| (0..count).map(|n| format!("listAgnets{n}")).collect::<Vec<_>>().join(",");
    let one = |text: String| rules(1, &|_| text.clone());
    let tests = (0..9).map(|n| format!("X-{n}: {{ one_of: [{}] }}", "a,".repeat(9))).collect::<Vec<_>>().join(", ");
    let long = "a".repeat(900);
    let texts: [(&str, String, &str); 17] = [
        (
            "names",
            rules(1_000, &|n| format!("name: one, delay: {n}ms, when: {{ call: 1 }}")),
            "two rules are called \"one\"",
        ),
        ("shadows", rules(1_000, &|_| "delay: 1s".to_owned()), "never has a say"),
        ("no-shadows", rules(1_000, &|_| "when: { call: 1 }, delay: 1s".to_owned()), ""),
        ("conditions", rules(1_000, &|n| format!("when: {{ headers: {{ {tests}, Y: {n} }} }}, delay: 1s")), ""),
        (
            "patterns",
            rules(1_000, &|n| {
                format!("when: {{ headers: {{ A: {{ equals: {long}, matches: '(a|b)*{n}' }} }} }}, delay: 1s")
            }),
            "",
        ),
        (
            "operations",
            rules(70, &|_| format!("when: {{ operation: [{}] }}, delay: 1s", names(990))),
            "there is no operation",
        ),
        (
            "states",
            rules(900, &|n| format!("when: {{ state: [{}] }}, state: s{n}, delay: 1s", names(70))),
            "no rule leads to",
        ),
        (
            "captured",
            rules(900, &|n| format!("headers: {{ A: '{{{{ captured.x{n} }}}}', B: '{{{{ captured.y{n} }}}}' }}")),
            "no rule captures",
        ),
        ("keys", one(keys(45_000)), "there are more errors than these 100"),
        (
            "tests",
            one(format!("when: {{ query: {{ page: {{ {} }} }} }}", keys(45_000))),
            "there are more errors than these 100",
        ),
        (
            "parameters",
            one(format!("when: {{ query: {{ {} }} }}, delay: 1s", keys(999))),
            "there are more errors than these 100",
        ),
        (
            "patch",
            one(format!("when: {{ operation: getAgent }}, patch: {{ {} }}", pointers(999))),
            "there are more errors than these 100",
        ),
        (
            "merge",
            one(format!("when: {{ operation: getAgent }}, merge: {{ {} }}", keys(45_000))),
            "there are more errors than these 100",
        ),
        ("body", one(format!("when: {{ operation: getAgent }}, reply: {{ body: {{ {} }} }}", keys(45_000))), "error"),
        ("templates", one(format!("merge: {{ a: [{}] }}", "'{{ vars.none }}',".repeat(4_000))), "which there is not"),
        ("twice", format!("{}rules: []\n", "a: 1\n".repeat(45_000)), "the key \"a\" appears twice in one object"),
        ("pattern", one("when: { headers: { A: { matches: '((a{99}){99}){99}' } } }, delay: 1s".to_owned()), "1 MiB"),
    ];
    texts.map(|(name, text, wanted)| (name, text.into_bytes(), wanted)).into()
}

fn keys(count: usize) -> String {
    (0..count).map(|n| format!("k{n}: 1")).collect::<Vec<_>>().join(", ")
}

fn pointers(count: usize) -> String {
    (0..count).map(|n| format!("/k{n}: 1")).collect::<Vec<_>>().join(", ")
}

fn headers(text: &str) -> String {
    format!("rules: [{{ headers: {{ A: '{text}' }} }}]\n")
}
