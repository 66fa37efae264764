//! Memory: what was asked and answered (`book`, of `entry`s).
//!
//! An entry is written when its answer is ready, from what the exchange has anyway, and told later how it ended.

mod book;
mod entry;
mod head;
pub mod verdict;

pub use book::{Book, Bounds};
pub use entry::{Answer, Asked, Draft, Entry, Kept, MOST_BODY, beginning};
pub use head::Head;
