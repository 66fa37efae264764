//! `ayra-mock scenario new`: the beginning of a scenario, with an operation of the contract at hand.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::args::ContractArgs;
use super::super::failure::{FINE, Failure};
use super::super::style::{harmless, print};
use super::super::{Start, settled, sources};
use crate::contract::Contract;
use crate::embedded::SCENARIOS;
use crate::mock::reason;
use crate::scenario::is_name;

#[derive(Debug, Args)]
pub struct NewArgs {
    /// How it is to be called: small letters, digits and hyphens; or its file
    #[arg(value_name = "NAME|FILE", id = "wanted")]
    wanted: String,

    /// The file to write
    ///
    /// Without it, NAME.yaml in the scenarios of --dir, or in the working folder. What is there is never overwritten.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,

    #[command(flatten)]
    contract: ContractArgs,
}

pub fn run(args: &NewArgs, start: &Start) -> Result<u8, Failure> {
    let (settings, _) = settled(&args.contract.typed_with(&Default::default()), start)?;
    let sources = sources(&settings)?;
    let name = name(&args.wanted)?;
    if let Some(known) = sources.stories.outlines()?.iter().find(|known| known.name == name) {
        return Err(Failure::new(format!("there is a scenario {name:?} already: {}", known.origin))
            .help(format!("take another name; `ayra-mock scenario show {name}` prints that one")));
    }
    let folder = settings.dir.as_ref().map(|dir| dir.join(SCENARIOS)).unwrap_or_default();
    let path = match &args.to {
        Some(path) => path.clone(),
        None if name == args.wanted => folder.join(format!("{name}.yaml")),
        None => PathBuf::from(&args.wanted),
    };
    write(&path, &skeleton(&name, &sources.contract()?.contract))?;
    let shown = harmless(&path.display().to_string());
    // A path alone tells a file from a name.
    let named = if path.components().count() > 1 { shown.clone() } else { format!("./{shown}") };
    print(&format!(
        "Wrote {shown}.\n\nNext:\n  ayra-mock lint {shown}   after an edit\n  \
         ayra-mock --scenario {named}   arms it in every lane\n"
    ))?;
    Ok(FINE)
}

/// What was typed, or the stem of the file that was typed.
fn name(wanted: &str) -> Result<String, Failure> {
    let path = Path::new(wanted);
    let is_file = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    let name = if is_file { path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default() } else { wanted };
    match is_name(name) {
        true => Ok(name.to_owned()),
        false => Err(Failure::new(format!("{name:?} is no name of a scenario"))
            .help("take small letters, digits and hyphens, such as list-fails-twice; a file ends in .yaml")),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let unwritten = |error: std::io::Error| {
        Failure::new(format!("{} can't be written: {}", path.display(), reason(&error))).help("--to names the file")
    };
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::new(format!("{} is there already", path.display()))
            .help("nothing was written; name another file with --to"),
        _ => unwritten(error),
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(unwritten)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// A scenario that is good by any contract: its operation is the one that is read with the least.
fn skeleton(name: &str, contract: &Contract) -> String {
    let reads = contract.operations.iter().filter(|operation| operation.method == http::Method::GET);
    let simplest = reads.min_by_key(|operation| operation.path.matches('{').count());
    let operation = simplest.map_or("\"*\"".to_owned(), |operation| quoted(&operation.id));
    SKELETON.replace("NAME", name).replace("OPERATION", &operation)
}

/// As YAML reads it as a text, whatever it is.
fn quoted(id: &str) -> String {
    let plain = id.starts_with(|c: char| c.is_ascii_alphabetic()) && id.bytes().all(|c| c.is_ascii_alphanumeric());
    // `null`, `true` and the like are short, and no name of an operation that anybody would miss the quotes of.
    if plain && id.len() > 5 { id.to_owned() } else { serde_json::Value::from(id).to_string() }
}

const SKELETON: &str = "\
# yaml-language-server: $schema=../schemas/scenario.schema.json
name: NAME
# `ayra-mock scenario list` shows the first sentence.
about: Say here what happens. Then say here what a good client does about it.

# Rules are read from top to bottom. Every rule that fits takes part; where two say the same thing, the first has the word.
rules:
  # The first two requests of a lane are answered with 503, and from then on all is well.
  - name: down at first
    when: { operation: OPERATION, call: first 2 }
    reply: { status: 503, retry_after: 1 }
    breaks_contract: true # only needed where the contract does not document the status

  # One request in ten takes its time, whatever it asks for.
  - name: slow now and then
    when: { operation: \"*\", chance: 10% }
    delay: { p50: 80ms, p99: 2s }

# More that a rule can do, each alone or with others:
#   patch: { /meta/total: 0 }             another value in the answer
#   headers: { X-Served-By: \"{{ lane }}\" }  a header set, or taken out with null
#   limit: { requests: 10, per: 1m }      a limit of rate
#   fault: close                          something wrong on the wire
#   state: down                           the scenario's state from now on, for `when: { state: down }`
# `ayra-mock routes` lists the operations.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_typed_or_that_of_a_file() {
        assert_eq!(name("slow-list").unwrap(), "slow-list");
        assert_eq!(name("my/slow-list.yaml").unwrap(), "slow-list");
        for wrong in ["", "Slow", "slow list", "my/slow", "my/Slow.yaml", "-", "../x"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn operations_are_texts() {
        assert_eq!(quoted("listPets"), "listPets");
        for id in ["true", "null", "GET /pets", "1e5", "a: b"] {
            assert_eq!(quoted(id), format!("\"{id}\""));
        }
    }
}
