//! What remembering costs a request: nothing is remembered, as much as there is by default, and everything in a file too.

use std::fs;

use crate::client::Load;
use crate::process::{Served, scratch};
use crate::{requests, turns};

pub fn print(rounds: u64, load: &Load) {
    let file = scratch("journal.ndjson");
    let file = file.to_str().expect("a path");
    let servers = [
        ("off", Served::with(&["--journal-entries", "0"])),
        ("10,000 entries, 64 MB", Served::mock()),
        ("the same, and a file", Served::with(&["--journal", file])),
    ];
    for (name, target) in [("lists of 25", "/v1/conversations"), ("details", "/v1/conversations/conv_abc123xyz789")] {
        turns::print(&format!("Journal, {name}"), &servers, &[requests::get(target)], rounds, load);
        println!();
    }
    drop(servers);
    let _ = fs::remove_file(file);
}
