//! `ayra-mock schema`: the JSON Schema of a kind of file, for editors.

use clap::{Args, ValueEnum};

use super::failure::{FINE, Failure};
use super::style::print;
use crate::scenario;

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The kind of file
    #[arg(value_enum, value_name = "KIND")]
    of: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The files of `scenarios/`
    Scenario,
}

pub fn run(args: &SchemaArgs) -> Result<u8, Failure> {
    let schema = match args.of {
        Kind::Scenario => scenario::schema(),
    };
    print(&format!("{schema:#}\n"))?;
    Ok(FINE)
}
