//! `ayra-mock routes`: the operations of the contract.

use serde_json::{Value, json};

use super::args::RoutesArgs;
use super::failure::{FINE, Failure};
use super::style::print;
use super::table::table;
use super::{Start, settled, sources};
use crate::contract::{Action, Contract, Operation, Source};

pub fn run(args: &RoutesArgs, start: &Start) -> Result<u8, Failure> {
    let (settings, _) = settled(&args.typed(), start)?;
    let contract = sources(&settings)?.contract()?.contract;
    let text = match args.list.json {
        true => {
            let list: Vec<Value> = contract.operations.iter().map(|operation| object(&contract, operation)).collect();
            format!("{:#}\n", Value::from(list))
        }
        false => {
            let heading = ["METHOD", "PATH", "OPERATION", "SOURCE", "SCOPES", "RECORDS"].map(str::to_owned).to_vec();
            let rows = contract.operations.iter().map(|operation| row(&contract, operation));
            let mut text = table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>());
            if settings.stateful {
                text.push_str(&recognised(&contract));
            }
            text
        }
    };
    print(&text)?;
    Ok(FINE)
}

/// The collections, and what the parameters mean for them.
fn recognised(contract: &Contract) -> String {
    if contract.collections.is_empty() {
        return "\nNo records are recognised. docs/CONTRACTS.md tells how to say what they are.\n".to_owned();
    }
    let mut collections = vec![["COLLECTION", "ID", "NEW IDS", "SET BY THE SERVER"].map(str::to_owned).to_vec()];
    for one in &contract.collections {
        let made: Vec<&str> = one.made.iter().map(|(field, _)| field.as_str()).collect();
        let made = if made.is_empty() { "-".to_owned() } else { made.join(", ") };
        collections.push(vec![one.name.clone(), one.id_field.clone(), one.id_style.clone(), made]);
    }
    let mut parameters = vec![["OPERATION", "PARAMETER", "MEANING"].map(str::to_owned).to_vec()];
    for operation in &contract.operations {
        for (parameter, meaning) in meanings(operation) {
            parameters.push(vec![operation.id.clone(), parameter.to_owned(), meaning]);
        }
    }
    let parameters = if parameters.len() > 1 { format!("\n{}", table(&parameters)) } else { String::new() };
    format!("\n{}{parameters}", table(&collections))
}

/// What the parameters of an operation mean for the records.
fn meanings(operation: &Operation) -> impl Iterator<Item = (&str, String)> {
    operation.parameters.iter().filter(|_| operation.deed.is_some()).filter_map(|parameter| {
        let meaning = match (&parameter.filter, parameter.role) {
            (Some(filter), _) => format!("{} {}", filter.fields.join(" or "), filter.test.name()),
            (None, Some(role)) => role.name().to_owned(),
            (None, None) => return None,
        };
        Some((parameter.name.as_str(), meaning))
    })
}

/// What an operation does, and to which records: `list pets`, `view picture of pets`.
fn records(contract: &Contract, operation: &Operation) -> Option<String> {
    let deed = operation.deed.as_ref()?;
    let name = &contract.collections.get(deed.collection)?.name;
    let joint = match deed.action {
        Action::View(_) => "of ",
        Action::Report(_) => "over ",
        _ => "",
    };
    Some(format!("{} {joint}{name}", deed.action.words()))
}

fn row(contract: &Contract, operation: &Operation) -> Vec<String> {
    let source = operation.source.map_or("-", Source::name);
    // Each way in by itself; within one, all scopes are needed.
    let ways: Vec<String> = operation.security.iter().map(|requirement| scopes(requirement).join(" ")).collect();
    let scopes = match ways.iter().any(String::is_empty) {
        true => "-".to_owned(),
        false if ways.is_empty() => "-".to_owned(),
        false => ways.join(" or "),
    };
    let records = records(contract, operation).unwrap_or_else(|| "-".to_owned());
    vec![operation.method.to_string(), operation.path.clone(), operation.id.clone(), source.to_owned(), scopes, records]
}

fn scopes(requirement: &crate::contract::Requirement) -> Vec<String> {
    requirement.0.iter().flat_map(|(_, scopes)| scopes.clone()).collect()
}

fn object(contract: &Contract, operation: &Operation) -> Value {
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
        "records": behind(contract, operation),
    })
}

/// What an operation does to records, in full.
fn behind(contract: &Contract, operation: &Operation) -> Option<Value> {
    let deed = operation.deed.as_ref()?;
    let collection = contract.collections.get(deed.collection)?;
    let under = deed.under.iter().map(|(parameter, field, parent)| {
        let parent = parent.and_then(|parent| contract.collections.get(parent)).map(|parent| &parent.name);
        json!({ "parameter": parameter, "field": field, "collection": parent })
    });
    Some(json!({
        "action": deed.action.words(),
        "collection": collection.name,
        "id": deed.id,
        "id_field": collection.id_field,
        "id_style": collection.id_style,
        "under": under.collect::<Vec<_>>(),
        "parameters": meanings(operation).map(|(name, meaning)| (name.to_owned(), meaning.into())).collect::<serde_json::Map<_, _>>(),
    }))
}
