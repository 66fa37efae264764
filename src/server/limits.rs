//! The sizes and times that a connection is held to, each with the default that the documentation promises.

use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's head; beyond them 431, and the connection closes.
    pub head_bytes: usize,
    /// Header lines of a request; beyond them 431, and the connection closes.
    pub headers: usize,
    /// Bytes of a request's target; beyond them 414.
    pub target_bytes: usize,
    /// Bytes of a request's body; beyond them 413, and the connection closes. No more than this is ever kept.
    pub body_bytes: usize,
    /// How long a head may take. A connection that is kept alive but idle waits for its next head: it is closed after
    /// this time too.
    pub head_time: Duration,
    /// How long a body may take; beyond it 408, and the connection closes.
    pub body_time: Duration,
    /// How long a client may take nothing of what is sent to it before the connection closes.
    pub write_time: Duration,
    /// Connections at a time; further ones wait in the system's backlog. The process's limit of descriptors, less some
    /// for files, lowers this number.
    pub connections: usize,
    /// How long requests in hand may take to finish once the server was told to leave.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head_bytes: 64 * 1024,
            headers: 100,
            target_bytes: 16 * 1024,
            body_bytes: 1024 * 1024,
            head_time: Duration::from_secs(15),
            body_time: Duration::from_secs(20),
            write_time: Duration::from_secs(30),
            connections: 4096,
            drain_time: Duration::from_secs(10),
        }
    }
}
