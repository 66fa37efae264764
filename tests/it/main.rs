//! Everything that is tested from outside: the house rules, the command line, and the readable cases of tests/cases/.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test they are how it fails")]

mod addresses;
mod architecture;
mod cases;
mod commands;
mod control;
mod crosscheck;
mod journal_file;
mod near_misses;
mod neutral;
mod process;
mod readme;
mod reload;
mod run;
mod scenario_commands;
mod scenarios;
mod stateful;
mod support;
mod verdicts;
mod world;
mod writers;
