//! `ayra-mock config show`: what holds, and why.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::args::ServeArgs;
use super::failure::{FINE, Failure};
use super::settings::Choice;
use super::style::print;
use super::table::table;
use super::{Start, settled};

#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print every setting; the flags of `serve` are taken into account
    Show(Box<ShowArgs>),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Tell where each value comes from
    #[arg(long)]
    origin: bool,

    /// Print a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    serve: ServeArgs,
}

pub fn run(args: &ConfigArgs, start: &Start) -> Result<u8, Failure> {
    let ConfigCommand::Show(args) = &args.command;
    let (settings, _) = settled(&args.serve.typed(), start)?;
    let text = match args.json {
        true => {
            let object =
                settings.choices.iter().map(|choice| (choice.field.name.to_owned(), value(choice, args.origin)));
            format!("{:#}\n", Value::from(object.collect::<Map<_, _>>()))
        }
        false => table(&settings.choices.iter().map(|choice| row(choice, args.origin)).collect::<Vec<_>>()),
    };
    print(&text)?;
    Ok(FINE)
}

fn row(choice: &Choice, origin: bool) -> Vec<String> {
    let text = if choice.text.is_empty() { "-" } else { choice.shown() };
    let mut row = vec![choice.field.name.to_owned(), text.to_owned()];
    if origin {
        row.push(choice.origin.to_string());
    }
    row
}

fn value(choice: &Choice, origin: bool) -> Value {
    let text = (!choice.text.is_empty()).then_some(choice.shown());
    match origin {
        true => json!({ "value": text, "origin": choice.origin.to_string() }),
        false => json!(text),
    }
}
