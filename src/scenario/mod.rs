//! Stories of how the API misbehaves: what a file says, what it comes to, and what it wants of one request.
//!
//! A file comes to a plan (`plan`), in which everything is settled, and is played in each lane by itself (`stage`): of each
//! request the lane's scenarios are asked which of their rules take it. What a rule wants is a value, and others carry it out.

mod at;
mod basis;
mod chance;
mod compile;
mod concern;
mod effect;
mod expectation;
mod file;
mod grammar;
mod matcher;
mod notation;
mod plan;
mod repertoire;
#[cfg(test)]
pub(crate) mod sample;
mod stage;
mod template;

pub use basis::Basis;
pub use concern::Concern;
pub use effect::*;
pub use expectation::{Amount, Bounds, Expectation, Requests, is_page};
pub use file::{Compiled, LIMITS, compile, read, sent, stem};
#[cfg(test)]
pub use grammar::verdicts;
pub use grammar::{is_meant, schema};
pub use matcher::{Matcher, Pattern};
pub use notation::{duration, is_name};
pub use plan::*;
pub use repertoire::{Known, Outline, Repertoire};
pub use stage::{
    Armed, Changes, Count, Course, Difference, Edits, Expected, Fired, NotArmed, Occasion, OutOfStep, Quota, START,
    Stage, Turn, Verdict, Waiting, Wanted, by_nearness,
};
pub use template::{Leaf, MOST_FILLED, Scope, Tree, Unfilled, size};
