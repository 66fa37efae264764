//! What is true now: collections of records, writes over a shared base, queries, pages, and what falls due with time.

pub mod change;
pub mod due;
pub mod fixtures;
pub mod ids;
pub mod kept;
pub mod matching;
pub mod page;
pub mod query;
mod record;
pub mod room;
pub mod run;
pub mod snapshot;
mod store;

#[cfg(test)]
pub mod sample;

pub use record::{Record, at, id_text, written};
pub use room::{Full, Room};
pub use store::{Base, Difference, Left, Store, Why};
