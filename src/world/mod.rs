//! What is true now: collections of records, writes over a shared base, queries, pages, and what falls due with time.

pub mod due;
pub mod ids;
pub mod kept;
pub mod matching;
pub mod page;
pub mod query;
mod record;
mod store;

#[cfg(test)]
mod sample;

pub use record::{Record, id_text};
pub use store::{Base, Full, Store};
