//! `ayra-mock scenario`: which scenarios there are, what is in one, the beginning of a new one, and what each rule makes of
//! a request.

mod explain;
mod new;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::args::ListArgs;
use super::failure::{FINE, Failure};
use super::style::print;
use super::table::table;
use super::{Start, settled, sources};
use crate::scenario::Outline;

#[derive(Debug, Args)]
pub struct ScenarioArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the scenarios that there are
    List(ListArgs),
    /// Print the file of a scenario
    Show(ShowArgs),
    /// Write a skeleton with comments
    New(new::NewArgs),
    /// Tell which rules take a request, and why the others do not
    Explain(Box<explain::ExplainArgs>),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// The name of a scenario, or its file
    #[arg(value_name = "NAME|FILE", id = "wanted")]
    wanted: String,

    #[command(flatten)]
    list: super::args::ContractArgs,
}

pub fn run(args: &ScenarioArgs, start: &Start) -> Result<u8, Failure> {
    match &args.what {
        What::List(args) => list(args, start),
        What::Show(args) => show(args, start),
        What::New(args) => new::run(args, start),
        What::Explain(args) => explain::run(args, start),
    }
}

fn list(args: &ListArgs, start: &Start) -> Result<u8, Failure> {
    let (settings, _) = settled(&args.typed(), start)?;
    let outlines = sources(&settings)?.stories.outlines()?;
    print(&match args.json {
        true => format!("{:#}\n", outlines.iter().map(object).collect::<Value>()),
        false if outlines.is_empty() => {
            "There are no scenarios. `ayra-mock scenario new NAME` begins one.\n".to_owned()
        }
        false => {
            let row = |outline: &Outline| vec![outline.name.clone(), outline.first_sentence().to_owned()];
            table(&outlines.iter().map(row).collect::<Vec<_>>())
        }
    })?;
    Ok(FINE)
}

fn object(outline: &Outline) -> Value {
    json!({ "name": outline.name, "about": outline.about, "file": outline.origin, "rules": outline.rules })
}

fn show(args: &ShowArgs, start: &Start) -> Result<u8, Failure> {
    let (settings, _) = settled(&args.list.typed_with(&Default::default()), start)?;
    let file = sources(&settings)?.stories.file(&args.wanted)?;
    print(&file.text)?;
    Ok(FINE)
}
