//! `ayra-mock assumptions`: what the documentation leaves open, and was chosen.

use serde_json::{Value, json};

use super::args::ListArgs;
use super::failure::{FINE, Failure};
use super::style::{BOLD, CYAN, Painted, print};
use super::table::wrapped;
use super::{Start, settled, sources};
use crate::contract::Assumption;

pub fn run(args: &ListArgs, start: &Start) -> Result<u8, Failure> {
    let (settings, colors) = settled(&args.typed(), start)?;
    let mut assumptions = sources(&settings)?.contract()?.contract.assumptions;
    assumptions.sort_by(|one, other| one.number.cmp(&other.number));
    let text = match args.json {
        true => format!("{:#}\n", assumptions.iter().map(object).collect::<Value>()),
        false if assumptions.is_empty() => "The contract names no assumptions.\n".to_owned(),
        false => assumptions.iter().map(|assumption| paragraph(assumption, colors.stdout)).collect(),
    };
    print(&text)?;
    Ok(FINE)
}

fn paragraph(assumption: &Assumption, colors: bool) -> String {
    let number = Painted(&assumption.number, BOLD, colors);
    let place = match &assumption.operation {
        Some(operation) => Painted(operation.as_str(), CYAN, colors),
        None => Painted("the whole contract", CYAN, colors),
    };
    format!("{number}  {place}\n      {}\n", wrapped(&assumption.text, 80, 6))
}

fn object(assumption: &Assumption) -> Value {
    json!({ "number": assumption.number, "operation": assumption.operation, "text": assumption.text })
}
