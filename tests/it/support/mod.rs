//! What the tests of this binary stand on: a running server, a command that ends, a client that sends what it is told and one that
//! calls the API as people do, and the sources.

pub mod caller;
pub mod command;
pub mod http;
pub mod rust;
pub mod server;
