//! Keeps the engine neutral: what the embedded contract knows, the code does not. Every word that the contract coined
//! (paths, fields, values, codes, messages) is looked for among the string literals of src/.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::rust::{project, sources};

/// Words of the contract that belong to everybody, and why the engine may write them. What docs/CONTRACTS.md sets in
/// backticks is the engine's own vocabulary and need not be repeated here.
const GENERIC: [(&str, &str); 8] = [
    (
        "keys and values of OpenAPI and JSON Schema",
        "type name tags format examples example headers title summary id version email url metadata limit string number
         apiKey description default details links contact",
    ),
    (
        "words of errors, of HTTP and of the command line",
        "application/json Bearer code message status error data text json active completed failed search results action value
         limit total count scopes field bytes",
    ),
    (
        "names by which any API calls a person, a number, a place or a moment: realistic values are found by them",
        "phone phone_number company language timezone duration start_date end_date created_at updated_at expires_at
         start_time end_time timestamp started_at finished_at confidence score page per_page cursor offset keywords
         topics outcome from to date currency percent rate notes request_id total_pages start provider",
    ),
    (
        "what made-up values consist of, and the names they are made for: languages, weekdays, units, people",
        "file de fr es it nl pt monday tuesday wednesday thursday friday kg customer contact tag topic values",
    ),
    ("names by which any API calls what stands around the rows of a list", "rows meta desc"),
    ("letters that one letter is searched by", "ss ae th"),
    ("a word of scenarios, for the addresses in an answer that expire", "recording"),
    ("words of the language", "open close first last next prev hour day week month ms en no"),
];

/// Never part of a literal or a name, however it is put together.
const NEVER: [&str; 4] = ["ayra", "conversation", "transcript", "agent_id"];

/// The one room that knows what a phone call is; the words of the contract are its own.
const VOICE: &str = "src/voice/";

/// The room that may name what is counted, in the one flag that says how many there are.
const FLAG: (&str, &str) = ("src/cli/", "conversations");

/// The product's own name, which those words are part of, and the variables by which it tells a command where it is.
const PRODUCT: [&str; 5] = ["ayra-mock", "ayra_mock", "AYRA_MOCK", "AYRA_BASE_URL", "AYRA_API_KEY"];

#[test]
fn no_literal_of_the_engine_is_a_word_of_the_contract() {
    let words = words_of_the_contract();
    let mut offences = Vec::new();
    for file in sources().iter().filter(|file| !file.path.starts_with(VOICE)) {
        for literal in &file.literals {
            let is_flag = file.path.starts_with(FLAG.0) && literal.text == FLAG.1;
            if let Some(place) = words.get(literal.text.trim_start_matches('/')).filter(|_| !is_flag) {
                offences.push(format!("{}:{}: \"{}\" comes from {place}", file.path, literal.line, literal.text));
            }
        }
    }
    assert!(offences.is_empty(), "the engine knows the contract:\n  {}\n", offences.join("\n  "));
}

#[test]
fn the_engine_never_names_the_api_it_serves() {
    let mut offences = Vec::new();
    for file in sources().iter().filter(|file| !file.path.starts_with(VOICE)) {
        let literals = file.literals.iter().map(|literal| (literal.line, literal.text.clone()));
        let code = file.code.lines().enumerate().map(|(number, line)| (number + 1, line.to_owned()));
        for (line, text) in literals.chain(code) {
            let mut rest = PRODUCT.iter().fold(text.clone(), |text, name| text.replace(name, "")).to_lowercase();
            if file.path.starts_with(FLAG.0) {
                rest = rest.replace(FLAG.1, "");
            }
            if let Some(word) = NEVER.iter().find(|word| rest.contains(*word)) {
                offences.push(format!("{}:{line}: \"{word}\" in: {}", file.path, text.trim()));
            }
        }
    }
    assert!(offences.is_empty(), "the engine names the API it serves:\n  {}\n", offences.join("\n  "));
}

/// The words are found at all, or the first test would prove nothing.
#[test]
fn the_words_are_found() {
    let words = words_of_the_contract();
    let expected = [
        "conversations",
        "agent_id",
        "caller_number",
        "issue_resolved",
        "conversation_not_found",
        "Agent not found",
        "listConversations",
        "conversations:read",
        "voice_platform",
        "retell",
        "has_recording",
        "Invalid language code",
    ];
    for word in expected {
        assert!(words.contains_key(word), "\"{word}\" was not found in schemas/");
    }
    assert!(words.len() > 200, "only {} words were found in schemas/", words.len());
}

/// Every word that the contract coined, and where it stands first.
fn words_of_the_contract() -> BTreeMap<String, String> {
    let vocabulary = fs::read_to_string(project().join("docs/CONTRACTS.md")).unwrap();
    let own = vocabulary.split('`').skip(1).step_by(2).flat_map(|code| code.split(['.', ' ', ':', '"']));
    let generic: BTreeSet<&str> = GENERIC.iter().flat_map(|(_, words)| words.split_whitespace()).chain(own).collect();
    let mut words = BTreeMap::new();
    read_folder(&project().join("schemas"), &mut words);
    words.retain(|word, _| !generic.contains(word.as_str()) && word.chars().any(char::is_alphabetic));
    words
}

fn read_folder(folder: &Path, words: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(&path, words);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let value: Value = serde_saphyr::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let place = path.strip_prefix(project()).unwrap().display().to_string();
            coin(&value, &mut |word| {
                words.entry(word.to_owned()).or_insert_with(|| place.clone());
            });
        }
    }
}

/// Calls `found` with what a value coins: names and values in the places that OpenAPI has for them.
fn coin(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| coin(item, found)),
        Value::Object(members) => {
            for (key, value) in members {
                match (key.as_str(), value) {
                    ("paths", _) => keys(value).flat_map(|path| path.split('/')).for_each(&mut *found),
                    ("properties" | "problems" | "securitySchemes" | "examples", _) => {
                        keys(value).for_each(&mut *found)
                    }
                    ("enum" | "required" | "tags" | "security", Value::Array(_)) => texts(value, found),
                    ("example" | "value", _) => texts(value, found),
                    ("const" | "operationId" | "x-problem", Value::String(text)) => found(text),
                    ("name", Value::String(name)) if members.contains_key("in") => found(name),
                    _ => {}
                }
                if key == "problems" {
                    value
                        .as_object()
                        .into_iter()
                        .flat_map(|table| table.values())
                        .for_each(|entry| texts(entry, found));
                } else {
                    coin(value, found);
                }
            }
        }
        _ => {}
    }
}

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flat_map(|members| members.keys()).map(String::as_str)
}

/// Calls `found` with every text inside a value, keys of inner objects too.
fn texts(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            if !value.is_string() {
                found(key);
            }
            texts(value, found);
        }),
        _ => {}
    }
}
