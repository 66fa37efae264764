//! From an operation and a request that keeps the contract to a reply: the documented example, a named one, or a body
//! built from the schema.

pub mod negotiate;
pub mod prefer;

use std::sync::Arc;

use crate::contract::{Contract, Operation, Values};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::Request;
use crate::seed::Seed;

/// A request that was found good.
pub struct Asked<'a> {
    pub operation: &'a Operation,
    pub request: &'a Request,
    pub values: &'a Values,
    /// Facts for a problem that the client asks for by `Prefer`: method, path and the path's parameters.
    pub facts: &'a serde_json::Map<String, serde_json::Value>,
}

/// Everything that answers are made of.
pub struct Answers {
    contract: Arc<Contract>,
    seed: Seed,
}

impl Answers {
    pub fn new(contract: Arc<Contract>, seed: Seed) -> Answers {
        Answers { contract, seed }
    }

    /// The reply to a good request. It may still be a problem: no media type that the client accepts, no such example.
    pub fn reply(&self, asked: &Asked) -> Result<Reply, Problem> {
        let _ = (&self.contract, self.seed, asked.operation, asked.request, asked.values, asked.facts);
        Ok(Reply::empty(http::StatusCode::OK))
    }

    /// How a reply of ours breaks the contract.
    pub fn check(&self, _operation: &Operation, _reply: &Reply) -> Vec<crate::breach::Breach> {
        Vec::new()
    }
}
