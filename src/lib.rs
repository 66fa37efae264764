//! A mock server that keeps an API's contract: every request is checked against it, and every answer too.

pub mod access;
pub mod answer;
pub mod breach;
pub mod cli;
pub mod clock;
pub mod contract;
pub mod control;
pub mod embedded;
pub mod ending;
pub mod exchange;
pub mod fakes;
pub mod fault;
pub mod gate;
pub mod journal;
pub mod lane;
pub mod mock;
pub mod nearest;
pub mod play;
pub mod pointer;
pub mod problem;
pub mod reload;
pub mod reply;
pub mod request;
pub mod scenario;
pub mod seed;
pub mod server;
pub mod signature;
pub mod source;
pub mod status;
pub mod voice;
pub mod world;

pub use control::Admission;
pub use exchange::Policy;
pub use lane::Bounds;
pub use mock::{Builder, Server, StartError};
pub use server::Limits;
