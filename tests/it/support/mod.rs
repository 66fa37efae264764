//! What the tests of this binary stand on: a running server, a client that sends what it is told, and the sources.

pub mod http;
pub mod rust;
pub mod server;
