//! Memory: what was asked and answered (`book`, of `entry`s), who looks for what of it (`filter`), and how it is `told`.
//!
//! An entry is written when its answer is ready, from what the exchange has anyway, and told later how it ended.

mod bell;
mod book;
pub mod coverage;
mod entry;
mod export;
mod filter;
mod head;
mod listener;
#[cfg(test)]
mod sample;
mod scroll;
mod secret;
mod sheet;
mod told;
pub mod verdict;

pub use book::{Book, Bounds, Totals};
pub use entry::{Answer, Asked, Draft, Entry, Kept, MOST_BODY, Piece};
pub use export::Export;
pub use filter::{Filter, statuses};
pub use head::Head;
pub use listener::{Listener, News};
pub use scroll::Scroll;
pub use secret::{Mask, Secret, erased};
pub use sheet::Sheet;
pub use told::{ARCHIVE, curl, har, text};
