//! From an operation and a request that keeps the contract to a reply: what the caller's lane has to say, or else the
//! documented example, a named one, or a body built from the schema.
//!
//! `prefer` reads what the client asks for, `negotiate` which media types it takes. Where the operation has a deed, `deeds`
//! does it: `list` (with `paging`), `item`, `change`, `view` and `report`. `layout` knows where things stand in an answer,
//! `links` writes addresses, `etag` and `range` answer with less than the whole, and `cache` keeps what is ready. Elsewhere
//! `choose` picks the answer, and `generate` makes values where no example is documented. `render` and `binary` turn values
//! into bytes, and `check` holds an answer against the contract.

mod binary;
mod body;
mod cache;
mod change;
mod check;
mod choose;
mod deeds;
mod etag;
mod generate;
mod item;
mod layout;
mod links;
mod list;
pub mod negotiate;
mod outside;
mod paging;
pub mod prefer;
mod prepare;
pub mod range;
mod render;
mod report;
mod twist;
mod view;
mod xml;

use std::sync::Arc;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use self::deeds::Shelves;
pub use self::etag::retagged;
use self::generate::Generator;
use self::prefer::Preferences;
use self::prepare::Prepared;
pub use self::twist::Twist;
use crate::contract::{Contract, Operation, PathValues, Values};
use crate::lane::Lane;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::Request;
use crate::seed::Seed;

/// A request that was found good.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// One of the contract that the answers are made for.
    pub operation: &'a Operation,
    pub request: &'a Request,
    pub values: &'a Values,
    pub path: &'a PathValues,
    /// The body as it was understood.
    pub body: Option<&'a Value>,
    /// Unlike that of any other caller.
    pub caller: u64,
    /// Whose records and whose time it is answered from.
    pub lane: &'a Lane,
    /// What time it is for this request, from its beginning to its end.
    pub now: Timestamp,
    /// What a scenario wants otherwise.
    pub twist: Option<&'a Twist>,
}

/// Everything that answers are made of.
pub struct Answers {
    contract: Arc<Contract>,
    seed: Seed,
    /// Bodies are made from the schemas, even where there are examples.
    dynamic: bool,
    generator: Generator,
    /// What each operation can answer, by its place in the contract.
    prepared: Vec<Prepared>,
    shelves: Shelves,
}

impl Answers {
    pub fn new(contract: Arc<Contract>, seed: Seed) -> Answers {
        let prepared = contract.operations.iter().map(Prepared::new).collect();
        Answers {
            generator: Generator::new(contract.clone()),
            contract,
            seed,
            dynamic: false,
            prepared,
            shelves: Shelves::default(),
        }
    }

    /// Bodies are made from the schemas unless a request says otherwise.
    pub fn dynamic(self, dynamic: bool) -> Answers {
        Answers { dynamic, ..self }
    }

    /// The reply to a good request. It may still be a problem: no media type that the client accepts, no such example.
    pub fn reply(&self, asked: &Asked) -> Result<Reply, Problem> {
        let prepared = &self.prepared[asked.operation.index];
        let preferences = Preferences::of(asked.request, asked.operation);
        if !preferences.asks_for_an_example(self.dynamic)
            && let Some(reply) = self.by_deed(asked, prepared)
        {
            return reply.map(|mut reply| {
                preferences.acknowledge(&mut reply);
                reply
            });
        }
        if preferences == Preferences::default()
            && !self.dynamic
            && let Some(reply) = self.at_hand(asked, prepared)
        {
            return reply;
        }
        self.by_preference(asked, prepared, &preferences)
    }

    /// The status of a good answer.
    pub fn usual_status(&self, operation: &Operation) -> StatusCode {
        let prepared = &self.prepared[operation.index];
        let usual = prepared.usual.and_then(|place| prepared.responses.get(place));
        usual.map_or(StatusCode::OK, |response| response.status)
    }

    /// What the contract documents for a status, or the example of a name: whatever the request asks for, and from no lane.
    pub fn documented_as(
        &self,
        asked: &Asked,
        code: Option<StatusCode>,
        example: Option<&str>,
    ) -> Result<Reply, Problem> {
        let (code, example) = (code.map(|code| code.as_u16()), example.map(str::to_owned));
        let preferences = Preferences { code, example, ..Preferences::default() };
        self.preferred(asked, &self.prepared[asked.operation.index], &preferences)
    }
}

#[cfg(test)]
mod tests;
