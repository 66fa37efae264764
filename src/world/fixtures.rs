//! The records that there are before anybody changes them: `fixtures/NAME.yaml` for each collection, held against its schema
//! and against each other. All faults are told, each with its place.
//!
//! Files are written as of one documented moment. Whoever loads them says how far every time in them is to be moved.

mod behaviour;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::matching::Rank;
use super::record::{Record, at, id_text, is_declared};
use super::run::Behaviour;
use super::store::Base;
use crate::breach::{Breach, Severity};
use crate::contract::{Collection, Contract, Direction, Library, Made, Wire};
use crate::pointer;
use crate::source::{Diagnostic, SourceFile, in_order};

/// What a record does when it is started; never shown.
const BEHAVIOUR: &str = "behaviour";

/// More faults than these are counted.
const MOST: usize = 100;

/// The records of every collection, in the order of the contract's collections. One without a file, or one that is computed,
/// is empty.
pub fn load(contract: &Contract, files: &dyn Library, shift: SignedDuration) -> Result<Vec<Base>, Vec<Diagnostic>> {
    read(contract, files, shift, true)
}

/// The same for records that were held against their schemas before: the embedded ones, by a test. Most of the time goes into
/// that.
pub fn load_vetted(
    contract: &Contract,
    files: &dyn Library,
    shift: SignedDuration,
) -> Result<Vec<Base>, Vec<Diagnostic>> {
    read(contract, files, shift, false)
}

fn read(
    contract: &Contract,
    files: &dyn Library,
    shift: SignedDuration,
    check: bool,
) -> Result<Vec<Base>, Vec<Diagnostic>> {
    let mut reading = Reading { contract, files: Vec::new(), entries: Vec::new(), findings: Vec::new() };
    let all_read = reading.read(files);
    if check {
        reading.check_schemas();
    }
    reading.check_ids();
    if all_read {
        reading.check_references();
    }
    let behaviours = reading.behaviours();
    match reading.findings.is_empty() {
        true => Ok(reading.bases(behaviours, shift)),
        false => Err(finished(reading.findings)),
    }
}

/// The file in which the records of a collection stand.
pub fn file_name(collection: &Collection) -> String {
    format!("{}.yaml", collection.name)
}

struct Reading<'c> {
    contract: &'c Contract,
    files: Vec<SourceFile>,
    entries: Vec<Entry>,
    findings: Vec<Diagnostic>,
}

/// One record as it is written.
struct Entry {
    collection: usize,
    file: usize,
    pointer: String,
    id: String,
    shown: Map<String, Value>,
    hidden: Map<String, Value>,
}

impl<'c> Reading<'c> {
    /// Whether every file could be read.
    fn read(&mut self, files: &dyn Library) -> bool {
        let mut all = true;
        for collection in self.contract.collections.iter().filter(|collection| !collection.computed) {
            let name = file_name(collection);
            if !files.has(&name) {
                continue;
            }
            match files.read(&name) {
                Ok(file) => {
                    let entries = self.lists(&file);
                    self.entries.extend(entries);
                    self.files.push(file);
                }
                Err(findings) => {
                    self.findings.extend(findings);
                    all = false;
                }
            }
        }
        all
    }

    /// Any file may have the lists of several collections.
    fn lists(&mut self, file: &SourceFile) -> Vec<Entry> {
        let mut entries = Vec::new();
        let Some(root) = file.value.as_object() else {
            let finding = Diagnostic::new("E0701", "a file of records is an object: a list of records under each name");
            self.findings.push(finding.at(file.spot("")));
            return entries;
        };
        for (name, list) in root.iter().filter(|(name, _)| !name.starts_with("x-")) {
            let place = format!("/{}", pointer::escaped(name));
            let collections = self.contract.collections.iter();
            let Some(collection) = collections.clone().position(|known| known.name == *name && !known.computed) else {
                let known = collections.filter(|known| !known.computed).map(|known| known.name.as_str());
                let finding = Diagnostic::new("E0702", format!("there is no collection \"{name}\" with records"));
                self.findings.push(finding.label("unknown").at(file.key_spot(&place)).meant(name, known));
                continue;
            };
            let Some(list) = list.as_array() else {
                let finding = Diagnostic::new("E0701", format!("\"{name}\" is a list of records"));
                self.findings.push(finding.at(file.spot(&place)));
                continue;
            };
            let records = list.iter().enumerate();
            entries
                .extend(records.filter_map(|(n, value)| self.entry(file, format!("{place}/{n}"), value, collection)));
        }
        entries
    }

    fn entry(&mut self, file: &SourceFile, pointer: String, value: &Value, collection: usize) -> Option<Entry> {
        let known = &self.contract.collections[collection];
        let Some(members) = value.as_object() else {
            self.findings.push(Diagnostic::new("E0701", "a record is an object").at(file.spot(&pointer)));
            return None;
        };
        let Some(id) = members.get(&known.id_field).and_then(id_text).filter(|id| !id.is_empty()) else {
            let message = format!("a record has its id, a text or a number, in \"{}\"", known.id_field);
            let place = format!("{pointer}/{}", pointer::escaped(&known.id_field));
            self.findings.push(Diagnostic::new("E0701", message).at(file.spot(&place)));
            return None;
        };
        let hides = self.hides(collection);
        let (hidden, shown) =
            members.clone().into_iter().partition(|(name, _): &(String, Value)| hides.contains(&name.as_str()));
        Some(Entry { collection, file: self.files.len(), pointer, id: id.into_owned(), shown, hidden })
    }

    /// The members that are kept apart from what is shown, as far as the schema does not know them.
    fn hides(&self, place: usize) -> Vec<&'c str> {
        let collection = &self.contract.collections[place];
        let output = collection.run.as_ref().map(|run| run.output.as_str());
        let hidden = self.is_started(place).then_some(BEHAVIOUR).into_iter().chain(output);
        hidden.filter(|name| !is_declared(&self.contract.schemas, collection, name)).collect()
    }

    /// Whether another collection has the runs of this one's records.
    fn is_started(&self, place: usize) -> bool {
        self.contract.collections.iter().any(|other| {
            let of = other.run.as_ref().map(|run| &run.of);
            of.is_some_and(|of| other.references.iter().any(|(field, to)| field == of && *to == place))
        })
    }

    fn check_schemas(&mut self) {
        for entry in &self.entries {
            let Some(schema) = &self.contract.collections[entry.collection].schema else { continue };
            let shown = Value::Object(entry.shown.clone());
            let breaches = self.contract.schemas.check(schema, &shown, Direction::Response);
            let name = &self.contract.collections[entry.collection].name;
            let breaches = breaches.iter().filter(|breach| breach.severity == Severity::Error);
            self.findings.extend(breaches.map(|breach| misfit(&self.files[entry.file], &entry.pointer, name, breach)));
        }
    }

    fn check_ids(&mut self) {
        let mut first: HashMap<(usize, &str), &Entry> = HashMap::new();
        for entry in &self.entries {
            let Some(other) = first.get(&(entry.collection, entry.id.as_str())) else {
                first.insert((entry.collection, &entry.id), entry);
                continue;
            };
            let collection = &self.contract.collections[entry.collection];
            let spot = |entry: &Entry| {
                self.files[entry.file].spot(&format!("{}/{}", entry.pointer, pointer::escaped(&collection.id_field)))
            };
            let there = spot(other);
            let message = format!("two records of \"{}\" have the id \"{}\"", collection.name, entry.id);
            let finding = Diagnostic::new("E0704", message).at(spot(entry)).label("the second one");
            let first = format!("the first one is at {}:{}:{}", there.file, there.line, there.column);
            self.findings.push(finding.help(first));
        }
    }

    fn check_references(&mut self) {
        let mut ids: Vec<BTreeSet<&str>> = self.contract.collections.iter().map(|_| BTreeSet::new()).collect();
        for entry in &self.entries {
            ids[entry.collection].insert(&entry.id);
        }
        for entry in &self.entries {
            for (field, other) in &self.contract.collections[entry.collection].references {
                let other_collection = &self.contract.collections[*other];
                let named = at_any(entry, field);
                if other_collection.computed {
                    continue;
                }
                for (place, value) in named {
                    let Some(id) = id_text(value).filter(|id| !ids[*other].contains(id.as_ref())) else { continue };
                    let message = format!("\"{field}\" names a record that there is not: \"{id}\"");
                    let spot = self.files[entry.file].spot(&format!("{}{place}", entry.pointer));
                    let finding = Diagnostic::new("E0705", message).at(spot);
                    let finding = finding.label(format!("not in \"{}\"", other_collection.name));
                    self.findings.push(finding.meant(&id, ids[*other].iter().copied()));
                }
            }
        }
    }

    /// By the record's id, for each collection.
    fn behaviours(&mut self) -> Vec<HashMap<String, Behaviour>> {
        let mut all: Vec<HashMap<String, Behaviour>> =
            self.contract.collections.iter().map(|_| HashMap::new()).collect();
        for entry in &self.entries {
            if let Some(value) = entry.hidden.get(BEHAVIOUR).filter(|_| self.is_started(entry.collection)) {
                let place = format!("{}/{BEHAVIOUR}", entry.pointer);
                match behaviour::read(&self.files[entry.file], &place, value) {
                    Ok(behaviour) => {
                        all[entry.collection].insert(entry.id.clone(), behaviour);
                    }
                    Err(findings) => self.findings.extend(findings),
                }
            }
        }
        all
    }

    fn bases(self, behaviours: Vec<HashMap<String, Behaviour>>, shift: SignedDuration) -> Vec<Base> {
        let contract = self.contract;
        let mut records: Vec<Vec<Record>> = contract.collections.iter().map(|_| Vec::new()).collect();
        for entry in self.entries {
            let mut shown = Value::Object(entry.shown);
            if let Some(schema) = &contract.collections[entry.collection].schema {
                moved(&mut shown, contract.schemas.wire(schema), shift);
            }
            let hidden = if entry.hidden.is_empty() { Value::Null } else { Value::Object(entry.hidden) };
            records[entry.collection].push(Record { shown: Arc::new(shown), hidden: Arc::new(hidden) });
        }
        let collections = contract.collections.iter().zip(records).zip(behaviours);
        let base = |((collection, records), behaviours): ((&Collection, _), _)| {
            Base::new(&collection.id_field, oldest_first(collection, records)).with_behaviours(behaviours)
        };
        collections.map(base).collect()
    }
}

/// Where nothing tells when records were made, the last of a file is taken for the oldest: lists, which have the newest first,
/// then are in the order of the file.
pub fn oldest_first(collection: &Collection, mut records: Vec<Record>) -> Vec<Record> {
    records.reverse();
    if let Some((field, _)) = collection.made.iter().find(|(_, made)| *made == Made::Now) {
        let age = |record: &Record| {
            record.field(field).map(|value| match Rank::of(value) {
                Rank::Moment(moment) => moment,
                _ => Timestamp::MIN,
            })
        };
        records.sort_by_cached_key(age);
    }
    records
}

/// The values of a field, one or a list of them, and where each stands below the record.
fn at_any<'e>(entry: &'e Entry, field: &str) -> Vec<(String, &'e Value)> {
    let literal = entry.shown.get(field);
    let place = match literal {
        Some(_) => format!("/{}", pointer::escaped(field)),
        None => field.split('.').map(|name| format!("/{}", pointer::escaped(name))).collect(),
    };
    let value = literal.or_else(|| {
        let (name, rest) = field.split_once('.')?;
        at(entry.shown.get(name)?, rest)
    });
    match value {
        None => Vec::new(),
        Some(Value::Array(items)) => items.iter().enumerate().map(|(n, item)| (format!("{place}/{n}"), item)).collect(),
        Some(value) => vec![(place, value)],
    }
}

fn misfit(file: &SourceFile, record: &str, collection: &str, breach: &Breach) -> Diagnostic {
    let place = format!("{record}{}", breach.place.name());
    let field = match breach.place.name() {
        "" => "the record".to_owned(),
        _ => format!("\"{}\"", breach.place.field()),
    };
    let message =
        format!("{field} breaks the schema of \"{collection}\": expected {}, got {}", breach.expected, breach.found);
    let spot = if breach.code == "unknown" { file.key_spot(&place) } else { file.spot(&place) };
    let finding = Diagnostic::new("E0703", message).at(spot);
    match &breach.hint {
        Some(hint) => finding.help(hint),
        None => finding,
    }
}

/// Moves every time in a value, as its schema knows them.
fn moved(value: &mut Value, wire: &Wire, shift: SignedDuration) {
    match value {
        Value::String(text) if wire.date_time => {
            let moment = text.parse::<Timestamp>().ok().and_then(|moment| moment.checked_add(shift).ok());
            *text = moment.map_or_else(|| std::mem::take(text), |moment| moment.to_string());
        }
        Value::Array(items) => {
            if let Some(of) = &wire.items {
                items.iter_mut().for_each(|item| moved(item, of, shift));
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let declared = wire.properties.iter().find(|(known, _)| known == name).map(|(_, wire)| wire);
                if let Some(wire) = declared.or(wire.additional.as_deref()) {
                    moved(member, wire, shift);
                }
            }
        }
        _ => {}
    }
}

fn finished(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    in_order(&mut findings);
    let more = findings.len().saturating_sub(MOST);
    findings.truncate(MOST);
    if more > 0 {
        findings.push(Diagnostic::new("E0199", format!("{more} more errors are not listed")));
    }
    findings
}

#[cfg(test)]
mod tests;
