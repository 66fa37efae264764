//! Judgements on the client: pure functions over what is remembered, one file each.

use std::sync::Arc;

use super::Entry;
use crate::contract::Contract;

/// What a verdict is passed on.
#[derive(Clone, Copy)]
pub struct Evidence<'e> {
    /// The exchanges of one lane, in the order in which their requests came.
    pub entries: &'e [Arc<Entry>],
    pub contract: &'e Contract,
}

/// One verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// As `expect:` names it.
    pub verdict: &'static str,
    pub outcome: Outcome,
    /// Whole sentences.
    pub expected: String,
    pub seen: String,
    /// What the author of the client can do about it; empty where there is nothing to do.
    pub advice: String,
    /// The numbers of the entries that show it.
    pub exchanges: Vec<u64>,
    /// The scenario whose file asks for it, and the line there; none for what holds for every run.
    pub asked_by: Option<(String, usize)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    /// Nothing happened that it could be judged by.
    Moot,
}
