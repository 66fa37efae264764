//! What is true now: collections of records, writes over a shared base, queries, pages, and what falls due with time.

pub mod query;
