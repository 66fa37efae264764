//! `ayra-mock routes`: the operations of the contract.

use serde_json::{Value, json};

use super::args::ListArgs;
use super::failure::{FINE, Failure};
use super::style::print;
use super::table::table;
use super::{Start, settled, sources};
use crate::contract::{Operation, Source};

pub fn run(args: &ListArgs, start: &Start) -> Result<u8, Failure> {
    let (settings, _) = settled(&args.typed(), start)?;
    let contract = sources(&settings)?.contract()?.contract;
    let text = match args.json {
        true => {
            let list: Vec<Value> = contract.operations.iter().map(object).collect();
            format!("{:#}\n", Value::from(list))
        }
        false => {
            let heading = ["METHOD", "PATH", "OPERATION", "SOURCE", "SCOPES"].map(str::to_owned).to_vec();
            let rows = contract.operations.iter().map(row);
            table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
        }
    };
    print(&text)?;
    Ok(FINE)
}

fn row(operation: &Operation) -> Vec<String> {
    let source = operation.source.map_or("-", Source::name);
    // Each way in by itself; within one, all scopes are needed.
    let ways: Vec<String> = operation.security.iter().map(|requirement| scopes(requirement).join(" ")).collect();
    let scopes = match ways.iter().any(String::is_empty) {
        true => "-".to_owned(),
        false if ways.is_empty() => "-".to_owned(),
        false => ways.join(" or "),
    };
    vec![operation.method.to_string(), operation.path.clone(), operation.id.clone(), source.to_owned(), scopes]
}

fn scopes(requirement: &crate::contract::Requirement) -> Vec<String> {
    requirement.0.iter().flat_map(|(_, scopes)| scopes.clone()).collect()
}

fn object(operation: &Operation) -> Value {
    json!({
        "method": operation.method.as_str(),
        "path": operation.path,
        "operation": operation.id,
        "summary": operation.summary,
        "source": operation.source.map(Source::name),
        "deprecated": operation.deprecated,
        "security": operation.security.iter().map(|requirement| {
            requirement.0.iter().map(|(scheme, scopes)| (scheme.clone(), json!(scopes))).collect::<serde_json::Map<_, _>>()
        }).collect::<Vec<_>>(),
    })
}
