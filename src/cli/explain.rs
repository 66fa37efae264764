//! `ayra-mock explain`: what a code means, and what to do about it.

use clap::Args;

use super::failure::{FINE, Failure};
use super::style::print;
use super::table::table;
use crate::nearest::nearest;
use crate::source::codes::{self, Code};

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The code, such as E0104; without one, all codes are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let text = match &args.code {
        None => table(
            &codes::ALL.iter().map(|entry| vec![entry.code.to_owned(), entry.title.to_owned()]).collect::<Vec<_>>(),
        ),
        Some(code) => match codes::explain(code) {
            Some(Code { code, title, text }) => format!("{code}: {title}\n\n{}\n", text.trim_end()),
            None => return Err(unknown(code)),
        },
    };
    print(&text)?;
    Ok(FINE)
}

fn unknown(code: &str) -> Failure {
    let failure = Failure::new(format!("there is no code {code:?}"));
    match nearest(code, codes::ALL.iter().map(|entry| entry.code)) {
        Some(near) => failure.help(format!("did you mean {near}? `ayra-mock explain` lists all codes")),
        None => failure.help("`ayra-mock explain` lists all codes"),
    }
}
