//! A scenario file: read within bounds, held against the grammar and the contract, and settled as a plan.

use serde_json::Value;

use super::compile::settle;
use super::grammar;
use super::plan::Scenario;
use crate::contract::{Contract, Library};
use crate::source::{Diagnostic, Limits, SourceFile, in_order};

/// What one file may hold. No story that a person wrote comes near.
pub const LIMITS: Limits = Limits { bytes: 1 << 20, nodes: 100_000, depth: 64 };
pub const MOST_RULES: usize = 1000;

/// A scenario that may be armed, and what is odd about it without being wrong.
#[derive(Debug)]
pub struct Compiled {
    pub scenario: Scenario,
    pub warnings: Vec<Diagnostic>,
}

/// Reads a scenario of a folder of scenarios. One that is too large is refused without being read.
pub fn read(files: &dyn Library, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
    files.read_within(path, &LIMITS)
}

/// Settles a scenario against a contract; `files` are those beside it, which its replies may name. All errors are told, not
/// the first alone.
pub fn compile(file: &SourceFile, contract: &Contract, files: &dyn Library) -> Result<Compiled, Vec<Diagnostic>> {
    refuse_too_much(file)?;
    let mut findings = grammar::check(file);
    let (scenario, more) = settle(file, contract, files, findings.is_empty());
    findings.extend(more);
    findings.extend(file.warnings.iter().cloned());
    in_order(&mut findings);
    match findings.iter().any(Diagnostic::is_error) {
        true => Err(findings),
        false => Ok(Compiled { scenario, warnings: findings }),
    }
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
        return Err(vec![finding.help("split it: several scenarios can be armed at a time")]);
    }
    if let Some(pointer) = too_deep(&file.value) {
        let message = format!("values are nested more than {} deep", LIMITS.depth);
        return Err(vec![Diagnostic::new("E0310", message).at(file.spot(&pointer))]);
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
