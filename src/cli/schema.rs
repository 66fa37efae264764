//! `ayra-mock schema`: the JSON Schema of a kind of file, for editors.

use clap::{Args, ValueEnum};

use super::failure::{FINE, Failure};
use super::style::print;
use crate::embedded;
use crate::scenario;

const REPORT: &str = "schemas/report.schema.json";

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
    /// What `run --report json` writes
    Report,
}

pub fn run(args: &SchemaArgs) -> Result<u8, Failure> {
    print(&match args.of {
        Kind::Scenario => format!("{:#}\n", scenario::schema()),
        Kind::Report => {
            embedded::file(REPORT).map(|file| String::from_utf8_lossy(file.bytes).into_owned()).unwrap_or_default()
        }
    })?;
    Ok(FINE)
}
