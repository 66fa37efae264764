//! The program: hands what was typed to the command line and leaves with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ayra_mock::cli::run(std::env::args_os(), std::env::vars_os())
}
