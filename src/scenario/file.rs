//! A scenario file: read within bounds, held against the grammar and the contract, and settled as a plan.

use serde_json::Value;

use super::basis::Basis;
use super::compile::settle;
use super::grammar;
use super::plan::{Scenario, Sent};
use crate::contract::{Contract, Library};
use crate::source::{Diagnostic, Limits, SourceFile, Spot, in_order};

/// What one file may hold. No story that a person wrote comes near.
pub const LIMITS: Limits = Limits { bytes: 1 << 20, nodes: 100_000, depth: 64 };
pub const MOST_RULES: usize = 1000;
const MOST_TEMPLATES: usize = 5000;
/// What a scenario takes in memory for each byte, value and template of its text, as measured. A template is kept compiled.
const OF_A_BYTE: usize = 16;
const OF_A_VALUE: usize = 96;
const OF_A_TEMPLATE: usize = 14 << 10;
/// More errors than these help nobody, and more warnings neither.
const MOST_TOLD: usize = 100;

/// What a scenario that was sent is called where its place is told.
pub const SENT: &str = "request body";

const SPLIT: &str = "split it: several scenarios can be armed at a time";

/// A scenario that may be armed, and what is odd about it without being wrong.
#[derive(Debug)]
pub struct Compiled {
    pub scenario: Scenario,
    pub warnings: Vec<Diagnostic>,
    pub basis: Basis,
}

/// Reads a scenario of a folder of scenarios. One that is too large is refused without being read.
pub fn read(files: &dyn Library, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
    let told = |finding: Diagnostic| match finding.code {
        "E0006" => finding.help("`ayra-mock scenario new FILE` writes one to begin with"),
        "E0011" | "E0018" => finding.help(SPLIT),
        _ => finding,
    };
    files.read_within(path, &LIMITS).map_err(|findings| findings.into_iter().map(told).collect())
}

/// Settles a scenario against a contract; `files` are those beside it, which its replies may name. All errors are told, not
/// the first alone.
pub fn compile(file: &SourceFile, contract: &Contract, files: &dyn Library) -> Result<Compiled, Vec<Diagnostic>> {
    refuse_too_much(file)?;
    let mut findings = grammar::check(file);
    // What is too large is not looked into any further.
    if findings.iter().any(|finding| finding.code == "E0310") {
        return Err(findings);
    }
    let (scenario, more, basis) = settle(file, contract, files, findings.is_empty());
    findings.extend(more);
    // Of a value that is refused anyway nothing more has to be said.
    let wrong = |spot: &Option<Spot>| findings.iter().any(|known| known.is_error() && known.spot == *spot);
    let odd: Vec<Diagnostic> = file.warnings.iter().filter(|finding| !wrong(&finding.spot)).cloned().collect();
    findings.extend(odd);
    in_order(&mut findings);
    match findings.iter().any(Diagnostic::is_error) {
        true => Err(as_many_as_help(findings)),
        false => Ok(Compiled { scenario, warnings: findings, basis }),
    }
}

/// Settles a scenario that came without a file, as JSON or YAML.
pub fn sent(text: &str, contract: &Contract) -> Result<Compiled, Vec<Diagnostic>> {
    let file = SourceFile::parse(SENT, text.to_owned())?;
    let Compiled { scenario, warnings, basis } = compile(&file, contract, &Alone)?;
    let Contents { values, templates } = Contents::of(&file.value);
    let bytes = text.len() * OF_A_BYTE + values * OF_A_VALUE + templates * OF_A_TEMPLATE + scenario.patterns;
    let scenario = Scenario { sent: Some(Sent { text: text.into(), bytes }), ..scenario };
    Ok(Compiled { scenario, warnings, basis })
}

/// How much of what takes room there is in a file.
#[derive(Default)]
struct Contents {
    values: usize,
    templates: usize,
}

impl Contents {
    fn of(value: &Value) -> Contents {
        let mut contents = Contents::default();
        contents.count(value);
        contents
    }

    fn count(&mut self, value: &Value) {
        self.values += 1;
        match value {
            Value::String(text) => self.templates += text.matches("{{").count(),
            Value::Array(items) => items.iter().for_each(|item| self.count(item)),
            Value::Object(members) => members.values().for_each(|member| self.count(member)),
            _ => {}
        }
    }
}

/// There are no files beside a scenario that was sent.
struct Alone;

impl Library for Alone {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        let message = format!("there is no file {path}: a scenario that is sent has no files beside it");
        Err(vec![Diagnostic::new("E0002", message).help("write the body into the scenario")])
    }
}

/// Adds a finding, unless it would be one too many. Warnings leave room for errors.
pub fn add(findings: &mut Vec<Diagnostic>, finding: Diagnostic) {
    if findings.iter().filter(|known| known.level == finding.level).count() <= MOST_TOLD {
        findings.push(finding);
    }
}

/// There are more errors than are told of: nothing is gained by looking further.
pub fn is_full(findings: &[Diagnostic]) -> bool {
    findings.len() > MOST_TOLD && findings.iter().filter(|finding| finding.is_error()).count() > MOST_TOLD
}

fn as_many_as_help(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if is_full(&findings) {
        findings.retain(Diagnostic::is_error);
        findings.truncate(MOST_TOLD);
        findings.push(Diagnostic::new("E0199", format!("there are more errors than these {MOST_TOLD}")));
    }
    findings
}

/// The name of a scenario that does not say one: that of its file.
pub fn stem(shown: &str) -> &str {
    let path = shown.split(" (").next().unwrap_or(shown);
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The file may have come another way than by `read`.
fn refuse_too_much(file: &SourceFile) -> Result<(), Vec<Diagnostic>> {
    let size = file.text.len();
    if size > LIMITS.bytes {
        let message = format!("the scenario holds {size} bytes, and no more than 1 MiB is read");
        let finding = Diagnostic::new("E0310", message).at(file.spot(""));
        return Err(vec![finding.help(SPLIT)]);
    }
    if let Some(pointer) = too_deep(&file.value) {
        let message = format!("values are nested more than {} deep", LIMITS.depth);
        return Err(vec![Diagnostic::new("E0310", message).at(file.spot(&pointer))]);
    }
    let templates = Contents::of(&file.value).templates;
    if templates > MOST_TEMPLATES {
        let message = format!("the scenario has {templates} templates, and no more than {MOST_TEMPLATES} are read");
        return Err(vec![Diagnostic::new("E0310", message).at(file.spot("")).help(SPLIT)]);
    }
    Ok(())
}

/// The pointer of a value that lies too deep.
fn too_deep(value: &Value) -> Option<String> {
    fn look(value: &Value, depth: usize, pointer: &mut String) -> bool {
        if depth > LIMITS.depth {
            return true;
        }
        let length = pointer.len();
        let mut below = |name: &str, value: &Value| {
            pointer.push('/');
            pointer.push_str(&crate::pointer::escaped(name));
            let found = look(value, depth + 1, pointer);
            if !found {
                pointer.truncate(length);
            }
            found
        };
        match value {
            Value::Array(items) => items.iter().enumerate().any(|(n, item)| below(&n.to_string(), item)),
            Value::Object(members) => members.iter().any(|(name, member)| below(name, member)),
            _ => false,
        }
    }
    let mut pointer = String::new();
    look(value, 0, &mut pointer).then_some(pointer)
}

#[cfg(test)]
mod tests;
