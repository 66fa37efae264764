//! The slow checks, which `ayra-mock lint` makes and a start does not wait for: does every schema compile, and do the
//! examples and defaults fit the schemas they stand beside?

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Contract;
use super::bundle::Cursor;
use super::operation::Operation;
use super::schema::{Direction, Engine, Schema, is_pattern};
use super::shape::{self, Sample};
use crate::breach::{Breach, Severity};
use crate::source::Diagnostic;

/// More findings than this help nobody.
const MOST: usize = 200;

/// How many parts of schemas are compiled for the sake of examples, which bounds the time of a lint: a validator copies
/// all that its schema refers to, and in a large contract everything may refer to everything.
const LABOUR: usize = 1_000_000;

/// What is wrong with a contract that loads.
pub fn lint(contract: &Contract) -> Vec<Diagnostic> {
    let Ok(checked) = shape::check(&contract.bundle) else { return Vec::new() };
    let mut findings = flaws(contract);
    findings.extend(checked.schemas.iter().filter_map(|schema| backtracking(contract, schema)));
    let mut left = LABOUR;
    let mut weighed = HashSet::new();
    for (n, sample) in checked.samples.iter().enumerate() {
        if findings.len() >= MOST {
            break;
        }
        if weighed.insert(std::ptr::from_ref(sample.schema.value)) {
            let mut reached = HashSet::new();
            reach(&sample.schema, &mut reached);
            let Some(rest) = left.checked_sub(reached.len()) else {
                let message = format!("{} examples were not held against their schemas", checked.samples.len() - n);
                let finding = sample.value.finding("W0513", message).label("this one and what follows");
                findings.push(finding);
                break;
            };
            left = rest;
        }
        findings.extend(misfit(contract, sample));
    }
    crate::source::in_order(&mut findings);
    findings
}

/// Patterns that are no regular expressions: nearly every schema that can't be compiled has one, and to find them takes
/// little enough time for every start.
pub fn patterns(schemas: &[Cursor]) -> Vec<Diagnostic> {
    let mut judged: HashMap<&str, bool> = HashMap::new();
    let mut findings = Vec::new();
    for schema in schemas {
        let single = schema.str("pattern").and_then(|text| Some((text, schema.raw("pattern")?)));
        let named = schema.raw("patternProperties");
        for (text, place) in single.into_iter().chain(named.iter().flat_map(Cursor::raw_members)) {
            if !*judged.entry(text).or_insert_with(|| is_pattern(text)) {
                let message = format!("the pattern {text:?} is no regular expression, or too large a one");
                let finding = match place.value.is_string() {
                    true => place.finding("E0502", message),
                    false => place.key_finding("E0502", message),
                };
                findings.push(finding.label("can't be matched"));
            }
        }
    }
    findings
}

/// Schemas that can't be compiled. What another refers to is compiled with that, and not again.
fn flaws(contract: &Contract) -> Vec<Diagnostic> {
    let components = contract.bundle.root().get("components").and_then(|components| components.get("schemas"));
    let named = components.iter().flat_map(Cursor::members).map(|(_, schema)| schema);
    let used = contract.operations.iter().flat_map(schemas_of).map(|schema| schema.cursor(&contract.bundle));
    let (mut good, mut known) = (HashSet::new(), HashSet::new());
    let mut findings = Vec::new();
    for schema in named.chain(used) {
        if findings.len() >= MOST || good.contains(&std::ptr::from_ref(schema.value)) {
            continue;
        }
        let Err(flaw) = contract.schemas.compile(&Schema::new(&schema)) else {
            reach(&schema, &mut good);
            continue;
        };
        if known.insert((flaw.file, flaw.pointer.clone())) {
            let place = contract.bundle.at(flaw.file, &flaw.pointer);
            let message = format!("this schema can't be compiled: {}", flaw.message);
            findings.push(place.finding("E0502", message).label("decides nothing"));
        }
    }
    findings
}

/// Everything that a schema consists of, references followed.
fn reach(cursor: &Cursor, reached: &mut HashSet<*const Value>) {
    let mut waiting = vec![cursor.clone()];
    while let Some(cursor) = waiting.pop() {
        if !reached.insert(std::ptr::from_ref(cursor.value)) {
            continue;
        }
        waiting.extend(cursor.str("$ref").and_then(|reference| cursor.follow(reference)));
        let collection = |below: &Cursor| below.value.is_object() || below.value.is_array();
        waiting.extend(cursor.raw_members().map(|(_, member)| member).filter(collection));
        waiting.extend(cursor.raw_items().filter(collection));
    }
}

fn schemas_of(operation: &Operation) -> impl Iterator<Item = &Schema> {
    let parameters = operation.parameters.iter().filter_map(|parameter| parameter.schema.as_ref());
    let body = operation.body.iter().flat_map(|body| &body.content);
    let answers = operation.responses.iter().flat_map(|response| &response.content);
    let headers = operation.responses.iter().flat_map(|response| &response.headers);
    let media = body.chain(answers).filter_map(|media| media.schema.as_ref());
    parameters.chain(media).chain(headers.filter_map(|header| header.schema.as_ref()))
}

/// A pattern that needs more than a linear engine.
fn backtracking(contract: &Contract, schema: &Cursor) -> Option<Diagnostic> {
    let pattern = schema.str("pattern").filter(|pattern| pattern.contains("(?") || pattern.contains('\\'))?;
    if contract.schemas.compile(&Schema::new(schema)) != Ok(Engine::Backtracking) {
        return None;
    }
    let message = format!("the pattern {pattern} looks around or back, and is given up after a number of steps");
    let finding = schema.raw("pattern")?.finding("W0512", message);
    Some(finding.help("a value that it can't decide on is let through; write it without look-around if you can"))
}

/// An example or default that breaks the schema beside it.
fn misfit(contract: &Contract, sample: &Sample) -> Option<Diagnostic> {
    let schema = Schema::new(&sample.schema);
    let breach = |direction: Direction| {
        let mut breaches = contract.schemas.check(&schema, sample.value.value, direction).into_iter();
        breaches.find(|breach| breach.severity == Severity::Error)
    };
    let breach: Breach = match sample.direction {
        Some(direction) => breach(direction)?,
        // A value that is good for one way is good enough.
        None => breach(Direction::Response).and_then(|_| breach(Direction::Request))?,
    };
    let (code, what) = match sample.value.pointer.ends_with("/default") {
        true => ("W0506", "default"),
        false => ("W0505", "example"),
    };
    let at = format!("{}{}", sample.value.pointer, breach.place.name());
    let message = format!("the {what} breaks its schema: expected {}, got {}", breach.expected, breach.found);
    let finding = Diagnostic::new(code, message).at(sample.value.source().spot(&at));
    Some(match breach.hint {
        Some(hint) => finding.help(hint),
        None => finding,
    })
}
