//! `ayra-mock completions`: a script that lets a shell complete commands and flags.

use clap::Args;
use clap_complete::Shell;

use super::failure::{FINE, Failure};
use super::style::print;

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell to write for
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(args: &CompletionsArgs) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "ayra-mock", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(FINE)
}
