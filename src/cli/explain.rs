//! `ayra-mock explain`: what a code means, and what to do about it.

use clap::Args;

use super::failure::{FINE, Failure};
use super::style::print;
use super::table::{table, wrapped};
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
            Some(Code { code, title, text }) => format!("{code}: {title}\n\n{}\n", paragraphs(text)),
            None => return Err(unknown(code)),
        },
    };
    print(&text)?;
    Ok(FINE)
}

/// Paragraphs in 80 columns. An example, which is set in, stays as it is written.
fn paragraphs(text: &str) -> String {
    let shown = text.trim_end().split("\n\n").map(|part| match part.starts_with("    ") {
        true => part.to_owned(),
        false => wrapped(&part.replace('\n', " "), 80, 0),
    });
    shown.collect::<Vec<_>>().join("\n\n")
}

fn unknown(code: &str) -> Failure {
    let failure = Failure::new(format!("there is no code {code:?}"));
    match nearest(code, codes::ALL.iter().map(|entry| entry.code)) {
        Some(near) => failure.help(format!("did you mean {near}? `ayra-mock explain` lists all codes")),
        None => failure.help("`ayra-mock explain` lists all codes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_explanation_fits_a_narrow_terminal() {
        for entry in codes::ALL {
            let shown = paragraphs(entry.text);
            let wide: Vec<&str> = shown.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(wide.is_empty(), "{}: {wide:#?}", entry.code);
        }
        assert_eq!(paragraphs("one\ntwo\n\n    a:   # x\n    b:\n"), "one two\n\n    a:   # x\n    b:");
    }
}
