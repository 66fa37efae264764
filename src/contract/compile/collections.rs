//! The collections of a document (`x-mock.collections`), and whether the names in them lead anywhere.

use std::time::Duration;

use http::HeaderName;
use jiff::SignedDuration;
use serde_json::Value;

use crate::contract::bundle::Cursor;
use crate::contract::deed::{Collection, Idempotency, InUse, Made, Run};
use crate::contract::field::{self, Field};
use crate::contract::schema::Schema;
use crate::source::Diagnostic;

/// What deeds refer to, as it is written.
pub struct Written<'b> {
    pub collections: Vec<(&'b str, Cursor<'b>)>,
    problems: Vec<&'b str>,
    mock: Option<Cursor<'b>>,
    pub findings: Vec<Diagnostic>,
}

impl<'b> Written<'b> {
    pub fn new(root: &Cursor<'b>) -> Written<'b> {
        let mock = root.get("x-mock");
        let under = |key: &str| mock.as_ref().and_then(|mock| mock.get(key));
        let problems = under("problems").iter().flat_map(Cursor::raw_members).map(|(name, _)| name).collect();
        let collections = under("collections").iter().flat_map(Cursor::members).collect();
        Written { collections, problems, mock, findings: Vec::new() }
    }

    pub fn collections(&mut self) -> Vec<Collection> {
        let all = self.collections.clone();
        all.iter().enumerate().map(|(place, (name, cursor))| self.collection(place, name, cursor)).collect()
    }

    fn collection(&mut self, place: usize, name: &str, cursor: &Cursor<'b>) -> Collection {
        let fields = |key: &str| cursor.get(key).map(|map| map.raw_members().collect::<Vec<_>>()).unwrap_or_default();
        let id_field = cursor.str("id_field").unwrap_or("id");
        self.field_named(place, cursor.raw("id_field"));
        let unique = fields("unique").into_iter().filter_map(|(field, problem)| {
            self.key_field(place, field, &problem);
            Some((field.to_owned(), self.problem(Some(problem))?))
        });
        let unique = unique.collect();
        let made = fields("made").into_iter().filter_map(|(field, value)| {
            self.key_field(place, field, &value);
            Some((field.to_owned(), self.made(place, &value)?))
        });
        let made = made.collect();
        let merged: Vec<Cursor> = cursor.get("merged").iter().flat_map(Cursor::raw_items).collect();
        let merged = merged.into_iter().filter_map(|item| self.field_named(place, Some(item))).collect();
        let references = fields("references").into_iter().filter_map(|(field, other)| {
            self.key_field(place, field, &other);
            Some((field.to_owned(), self.place(Some(other))?))
        });
        let references = references.collect();
        Collection {
            name: name.to_owned(),
            computed: cursor.bool("computed").unwrap_or(false),
            schema: cursor.get("schema").map(|schema| Schema::new(&schema)),
            id_field: id_field.to_owned(),
            id_style: self.id_style(cursor, id_field),
            missing: self.problem(cursor.raw("missing")),
            unique,
            made,
            merged,
            in_use: cursor.get("in_use").and_then(|in_use| self.in_use(&in_use)),
            references,
            run: cursor.get("run").and_then(|run| self.run(place, &run)),
        }
    }

    /// Without a style, the next number where ids are numbers, else a UUID.
    fn id_style(&mut self, cursor: &Cursor<'b>, id_field: &str) -> String {
        let Some(place) = cursor.raw("id_style").filter(|place| place.value.is_string()) else {
            let numeric = match cursor.get("schema").map(|schema| field::field(&schema, id_field)) {
                Some(Field::Declared(parts)) => !field::may_be(&parts, &["string"]),
                _ => false,
            };
            return if numeric { "{number}" } else { "{uuid}" }.to_owned();
        };
        let style = place.value.as_str().unwrap_or_default();
        if !is_id_style(style) {
            let finding = place.finding("E0615", format!("\"{style}\" says nothing of how an id is made"));
            self.findings.push(finding.label("expected one of {uuid}, {number} or a length such as {12}"));
        }
        style.to_owned()
    }

    fn made(&mut self, place: usize, value: &Cursor<'b>) -> Option<Made> {
        match value.value {
            Value::String(word) => match word.as_str() {
                "now" => return Some(Made::Now),
                "touched" => return Some(Made::Touched),
                "phone" => return Some(Made::Phone),
                _ => {}
            },
            Value::Object(members) => {
                if let Some(made) = members.get("value") {
                    return Some(Made::Value(made.clone()));
                }
                if let (Some(by), Some(Value::Object(values))) = (value.raw("by"), members.get("values")) {
                    let field = self.field_named(place, Some(by))?;
                    return Some(Made::By { field, values: values.clone() });
                }
            }
            _ => {}
        }
        let finding = value.finding("E0613", "this does not say what a new record gets");
        let finding = finding.label("expected now, touched, phone, { value: … } or { by: field, values: { … } }");
        self.findings.push(match value.value {
            Value::String(word) => finding.help(format!("for the text itself write {{ value: {word} }}")),
            _ => finding,
        });
        None
    }

    fn in_use(&mut self, cursor: &Cursor<'b>) -> Option<InUse> {
        let collection = self.place(cursor.raw("collection"))?;
        let when = cursor.get("when");
        for (field, value) in when.iter().flat_map(Cursor::raw_members) {
            self.key_field(collection, field, &value);
        }
        Some(InUse {
            collection,
            field: self.field_named(collection, cursor.raw("field"))?,
            when: when.and_then(|when| when.value.as_object().cloned()).unwrap_or_default(),
            problem: self.problem(cursor.raw("problem"))?,
            count: cursor.str("count").unwrap_or("count").to_owned(),
        })
    }

    fn run(&mut self, place: usize, cursor: &Cursor<'b>) -> Option<Run> {
        let mut field = |key: &str, usual: &str| match cursor.raw(key) {
            Some(named) => self.field_named(place, Some(named)),
            None => {
                self.field_at(place, usual, cursor);
                Some(usual.to_owned())
            }
        };
        let names = cursor.get("states").map(|list| super::strings(Some(&list))).unwrap_or_default();
        let run = Run {
            of: field("of", "")?,
            state: field("state", "status")?,
            states: names.try_into().ok()?,
            started: field("started", "started_at")?,
            ended: field("ended", "finished_at")?,
            error: field("error", "error")?,
            input: field("input", "input")?,
            // It may be told by an operation of its own, and be no part of the record as it is read.
            output: cursor.str("output").unwrap_or("output").to_owned(),
        };
        Some(run)
    }

    pub fn idempotency(&mut self) -> Option<Idempotency> {
        let cursor = self.mock.as_ref()?.get("idempotency")?;
        let problem = self.problem(cursor.raw("problem"))?;
        let keep = cursor.raw("keep")?;
        let time = keep.value.as_str().and_then(|text| text.parse::<SignedDuration>().ok());
        let time = time.and_then(|time| Duration::try_from(time).ok()).filter(|time| !time.is_zero());
        if time.is_none() {
            let finding = keep.finding("E0613", format!("{} is no length of time", keep.value));
            self.findings.push(finding.label("expected a number and a unit, such as 24h"));
        }
        Some(Idempotency { header: HeaderName::try_from(cursor.str("header")?).ok()?, keep: time?, problem })
    }

    /// The place of the collection that a value names.
    pub fn place(&mut self, named: Option<Cursor<'b>>) -> Option<usize> {
        let named = named?;
        let name = named.value.as_str()?;
        let place = self.collections.iter().position(|(known, _)| *known == name);
        if place.is_none() {
            let finding = named.finding("E0610", format!("there is no collection \"{name}\""));
            let known = self.collections.iter().map(|(known, _)| *known);
            self.findings.push(finding.label("not in x-mock.collections").meant(name, known));
        }
        place
    }

    /// The problem that a value names.
    pub fn problem(&mut self, named: Option<Cursor<'b>>) -> Option<String> {
        let named = named?;
        let name = named.value.as_str()?;
        if !self.problems.contains(&name) {
            let finding = named.finding("E0603", format!("there is no problem \"{name}\""));
            let finding = finding.label("not in x-mock.problems").meant(name, self.problems.iter().copied());
            self.findings.push(finding);
        }
        Some(name.to_owned())
    }

    /// The field of a collection that a value names.
    pub fn field_named(&mut self, collection: usize, named: Option<Cursor<'b>>) -> Option<String> {
        let named = named?;
        let name = named.value.as_str()?;
        self.field_at(collection, name, &named);
        Some(name.to_owned())
    }

    /// What is said of a field, which must be one of the collection's. `place` is where it is named.
    pub fn field_at(&mut self, collection: usize, name: &str, place: &Cursor<'b>) -> Vec<Cursor<'b>> {
        self.known_field(collection, name, |message| place.finding("E0611", message))
    }

    /// The same for a field that is a key.
    pub fn key_field(&mut self, collection: usize, name: &str, value: &Cursor<'b>) {
        self.known_field(collection, name, |message| value.key_finding("E0611", message));
    }

    fn known_field(
        &mut self,
        collection: usize,
        name: &str,
        finding: impl Fn(String) -> Diagnostic,
    ) -> Vec<Cursor<'b>> {
        let (called, cursor) = &self.collections[collection];
        let Some(schema) = cursor.get("schema") else { return Vec::new() };
        match field::field(&schema, name) {
            Field::Declared(parts) => parts,
            Field::Open => Vec::new(),
            Field::Unknown => {
                let finding = finding(format!("the records of \"{called}\" have no field \"{name}\""));
                self.findings.push(finding.label("not in their schema").meant(name, field::names(&schema)));
                Vec::new()
            }
        }
    }
}

/// One `{…}`, which is a length from 1 to 64, `uuid` or `number`, and any text around it.
fn is_id_style(style: &str) -> bool {
    let inner = style.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    inner.is_some_and(|(inner, rest)| {
        let length = inner.parse::<u8>().is_ok_and(|length| (1..=64).contains(&length));
        !rest.contains(['{', '}']) && (length || matches!(inner, "uuid" | "number"))
    })
}
