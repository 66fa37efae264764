use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::story::SCENARIO;
use super::*;
use crate::contract::Alone;
use crate::source::SourceFile;

/// A file in which everything of the language stands once.
pub const WHOLE: &str = include_str!("whole.yaml");

const CHECKED_IN: &str = "schemas/scenario.schema.json";

#[test]
fn the_schema_that_is_checked_in_is_that_of_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(CHECKED_IN);
    let wanted = format!("{:#}\n", schema());
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found != wanted && std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(&path, wanted).unwrap();
        return;
    }
    assert!(
        found == wanted,
        "{CHECKED_IN} is not what the tables of the language give. Write it anew, and look at what has changed:\n\n  \
         UPDATE_CASES=1 cargo test --lib the_schema_that_is_checked_in; git diff {CHECKED_IN}\n"
    );
}

/// Every table, and what stands under each of its keys.
fn shapes() -> Vec<&'static Shape> {
    fn visit(shape: &'static Shape, found: &mut Vec<&'static Shape>) {
        if found.iter().any(|known| std::ptr::eq(*known, shape)) {
            return;
        }
        found.push(shape);
        for field in shape.fields() {
            all_shapes(&field.is, found);
        }
    }
    fn all_shapes(is: &'static Is, found: &mut Vec<&'static Shape>) {
        match is {
            Is::Object(shape) => visit(shape, found),
            Is::Either(all) => all.iter().for_each(|is| all_shapes(is, found)),
            Is::Known(known) => all_shapes(&known.is, found),
            Is::List { of, .. } | Is::All { of, .. } | Is::Map { of, .. } => all_shapes(of, found),
            _ => {}
        }
    }
    let mut found = Vec::new();
    visit(&SCENARIO, &mut found);
    found
}

#[test]
fn the_tables_agree_with_themselves() {
    let shapes = shapes();
    assert!(shapes.len() > 30);
    for shape in &shapes {
        let names: Vec<&str> = shape.fields().map(|field| field.name).collect();
        for (place, name) in names.iter().enumerate() {
            assert!(!names[..place].contains(name), "{} has \"{name}\" twice", shape.name);
        }
        for need in shape.needs {
            let spoken: Vec<&str> = match need {
                Need::Any => Vec::new(),
                Need::OneOrMore(all) | Need::One(all) | Need::AtMostOne(all) | Need::Effect(all) => all.to_vec(),
                Need::With(one, others) => [&[*one], *others].concat(),
            };
            assert!(spoken.iter().all(|name| names.contains(name)), "{}: {spoken:?}", shape.name);
        }
        for field in shape.fields() {
            let about = field.about;
            assert!(about.ends_with('.') || about.ends_with('`'), "{}: {about}", field.name);
            if let Some(default) = field.default {
                let default: serde_json::Value = serde_json::from_str(default).expect(field.name);
                assert!(words::fits(&default, &field.is), "the default of {}", field.name);
            }
        }
    }
    let effects: Vec<&str> = effects::THEN.iter().map(|field| field.name).collect();
    assert_eq!(effects, effects::EFFECTS);
}

/// No table is left out of the file that the tests below change.
#[test]
fn the_whole_file_has_every_key_there_is() {
    let file = SourceFile::parse("whole.yaml", WHOLE).unwrap();
    assert_eq!(check(&file), []);
    fn keys(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            serde_json::Value::Object(members) => members.iter().for_each(|(name, member)| {
                found.insert(name.clone());
                keys(member, found);
            }),
            // A fault or a verdict may be named alone.
            serde_json::Value::String(text) => {
                found.insert(text.clone());
            }
            _ => {}
        }
    }
    let mut found = std::collections::BTreeSet::new();
    keys(&file.value, &mut found);
    for shape in shapes() {
        let missing: Vec<&str> = shape.fields().map(|field| field.name).filter(|name| !found.contains(*name)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", shape.name);
    }
}

/// What stands in for a value that is taken away.
fn others() -> Vec<serde_json::Value> {
    let texts = [
        "",
        "x",
        "5%",
        "101%",
        "0.5%",
        "50%",
        "200ms",
        "1m 30s",
        "PT2S",
        "P",
        "-1h",
        "10KiB",
        "3",
        "1..2",
        "4..",
        "..3",
        "first 2",
        "every 3 from 2",
        "any",
        "+3",
        "2025-01-15T15:00:00Z",
        "2025-13-15T15:00:00Z",
        "start",
        "head",
        "close",
        "waited",
        "strict",
        "loop",
        "none",
        "key",
        "path.id",
        "header.X-A",
        "body./a",
        "answer.",
        "/a/b",
        "~",
        "a b",
        "é",
        "text/html",
        "SFRUUA==",
        "http://127.0.0.1:9",
        "a\nb",
        "*",
        "true",
    ];
    let mut others: Vec<serde_json::Value> = texts.map(|text| json!(text)).to_vec();
    others.extend([
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(2),
        json!(3.0),
        json!(0.5),
        json!(1.5),
        json!(429),
        json!(1e12),
        json!(1_000_000_001),
        json!([]),
        json!([1]),
        json!(["a"]),
        json!([null]),
        json!({}),
        json!({ "a": 1 }),
        json!({ "from": "1s", "to": "2s" }),
        json!({ "p50": "1s", "p99": "2s" }),
        json!({ "first": "1s", "times": 2 }),
        json!({ "equals": { "a": 1 } }),
        json!({ "not": { "not": 3 } }),
        json!({ "date": "2s" }),
        json!({ "close": true }),
        json!({ "http": 1 }),
        json!({ "status": 503 }),
        json!({ "waited": {} }),
        json!({ "delay": "1s" }),
    ]);
    others
}

/// The pointers of all values below a value.
fn pointers(value: &serde_json::Value) -> Vec<String> {
    fn visit(value: &serde_json::Value, pointer: &str, found: &mut Vec<String>) {
        found.push(pointer.to_owned());
        match value {
            serde_json::Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, item)| visit(item, &format!("{pointer}/{n}"), found));
            }
            serde_json::Value::Object(members) => members.iter().for_each(|(name, member)| {
                visit(member, &format!("{pointer}/{}", crate::pointer::escaped(name)), found)
            }),
            _ => {}
        }
    }
    let mut found = Vec::new();
    visit(value, "", &mut found);
    found
}

#[derive(Debug, Clone)]
pub enum Mutation {
    Drop,
    Rename(String),
    Replace(serde_json::Value),
    Double,
    /// Another member of the same object gets the value.
    Move(usize),
}

pub fn mutate(value: &mut serde_json::Value, place: usize, mutation: &Mutation) {
    let all = pointers(value);
    let pointer = all[place % all.len()].clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", ""));
    let name = crate::pointer::unescaped(name).into_owned();
    if let Mutation::Replace(other) = mutation {
        *value.pointer_mut(&pointer).unwrap() = other.clone();
        return;
    }
    if pointer.is_empty() {
        return;
    }
    match (value.pointer_mut(parent).unwrap(), mutation) {
        (serde_json::Value::Object(members), Mutation::Drop) => {
            members.shift_remove(&name);
        }
        (serde_json::Value::Object(members), Mutation::Rename(other)) => {
            if let Some(member) = members.shift_remove(&name) {
                members.insert(other.clone(), member);
            }
        }
        (serde_json::Value::Object(members), Mutation::Move(to)) => {
            let member = members[&name].clone();
            let names: Vec<String> = members.keys().cloned().collect();
            members.insert(names[to % names.len()].clone(), member);
        }
        (serde_json::Value::Array(items), Mutation::Drop) => {
            items.remove(name.parse::<usize>().unwrap());
        }
        (serde_json::Value::Array(items), Mutation::Double) => {
            let item = items[name.parse::<usize>().unwrap()].clone();
            items.push(item);
        }
        _ => {}
    }
}

pub fn mutations() -> impl Strategy<Value = Mutation> {
    let names: Vec<&'static str> =
        shapes().iter().flat_map(|shape| shape.fields()).map(|field| field.name).chain(["x-own", "nope", ""]).collect();
    prop_oneof![
        Just(Mutation::Drop),
        Just(Mutation::Double),
        (0..usize::MAX).prop_map(Mutation::Move),
        prop::sample::select(names).prop_map(|name| Mutation::Rename(name.to_owned())),
        prop::sample::select(others()).prop_map(Mutation::Replace),
    ]
}

/// The whole file in small ones: each rule, step and expectation by itself, and what is left without them.
pub fn small_files() -> Vec<serde_json::Value> {
    let whole = SourceFile::parse("whole.yaml", WHOLE).unwrap().value;
    let mut rest = (*whole).clone();
    rest["rules"] = json!([]);
    rest["expect"] = json!([]);
    rest["steps"]["list"] = json!([{}]);
    let each = |pointer: &str| whole.pointer(pointer).unwrap().as_array().unwrap().clone();
    let mut files = vec![rest];
    files.extend(each("/rules").into_iter().map(|rule| json!({ "rules": [rule] })));
    files.extend(each("/steps/list").into_iter().map(|step| json!({ "steps": [step] })));
    files.extend(each("/expect").into_iter().map(|one| json!({ "expect": [one] })));
    files
}

/// Whether a file is taken by both; `Err` if one takes it and the other does not.
fn taken(schema: &Alone, value: serde_json::Value) -> Result<bool, String> {
    let by_walk = check(&SourceFile::ready("whole.yaml", "", value.clone()));
    match schema.takes(&value) == by_walk.is_empty() {
        true => Ok(by_walk.is_empty()),
        false => Err(format!("{value}\nthe schema: {:#?}\nthe walk: {by_walk:#?}", schema.findings(&value).breaches)),
    }
}

/// An editor and the program are of one mind, whatever stands in whatever place.
#[test]
fn the_schema_and_the_walk_take_and_refuse_the_same() {
    let schema = Alone::new(&schema()).unwrap();
    let others = others();
    let mut counts = [0, 0];
    for file in small_files() {
        assert_eq!(taken(&schema, file.clone()), Ok(true));
        for place in 0..pointers(&file).len() {
            let mutations = [Mutation::Drop, Mutation::Double, Mutation::Rename("nope".to_owned()), Mutation::Move(0)];
            for mutation in mutations.into_iter().chain(others.iter().cloned().map(Mutation::Replace)) {
                let mut value = file.clone();
                mutate(&mut value, place, &mutation);
                match taken(&schema, value) {
                    Ok(taken) => counts[usize::from(taken)] += 1,
                    Err(apart) => panic!("{apart}"),
                }
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 1000), "{counts:?} were refused and taken");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// And whatever several such slips come to.
    #[test]
    fn they_do_so_for_several_changes_at_a_time(
        changes in prop::collection::vec((0..usize::MAX, mutations()), 2..5)
    ) {
        thread_local! {
            static SCHEMA: Alone = Alone::new(&schema()).unwrap();
        }
        let files = small_files();
        let mut value = files[changes[0].0 % files.len()].clone();
        for (place, mutation) in &changes {
            mutate(&mut value, *place, mutation);
        }
        if let Err(apart) = SCHEMA.with(|schema| taken(schema, value)) {
            return Err(TestCaseError::fail(apart));
        }
    }
}
