//! How much is taken of what clients send, and how much is kept for them.

use clap::Args;

use super::{Typed, text};

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Largest request line and headers; above: 431
    #[arg(long, value_name = "SIZE")]
    pub max_head: Option<String>,
    /// Most headers of a request; above: 431
    #[arg(long, value_name = "N")]
    pub max_headers: Option<String>,
    /// Longest path and query; above: 414
    #[arg(long, value_name = "SIZE")]
    pub max_target: Option<String>,
    /// Largest request body; above: 413
    #[arg(long, value_name = "SIZE")]
    pub max_body: Option<String>,
    /// Time for a request's head, and for an idle connection
    #[arg(long, value_name = "TIME")]
    pub head_timeout: Option<String>,
    /// Time for a request's body; above: 408
    #[arg(long, value_name = "TIME")]
    pub body_timeout: Option<String>,
    /// Time without progress while an answer is sent
    #[arg(long, value_name = "TIME")]
    pub write_timeout: Option<String>,
    /// Connections at a time; more wait
    #[arg(long, value_name = "N")]
    pub max_connections: Option<String>,
    /// Time for requests in hand when the server stops
    #[arg(long, value_name = "TIME")]
    pub drain: Option<String>,
    /// Lanes at a time; when all are in use: 503
    #[arg(long, value_name = "N")]
    pub max_lanes: Option<String>,
    /// Time after which a lane that nobody uses is dropped
    #[arg(long, value_name = "TIME")]
    pub lane_idle: Option<String>,
    /// Bytes of records in all lanes together; above: 507
    #[arg(long, value_name = "SIZE")]
    pub lane_memory: Option<String>,
}

impl LimitArgs {
    pub fn add(&self, typed: &mut Typed) {
        text(typed, "max-head", self.max_head.as_ref());
        text(typed, "max-headers", self.max_headers.as_ref());
        text(typed, "max-target", self.max_target.as_ref());
        text(typed, "max-body", self.max_body.as_ref());
        text(typed, "head-timeout", self.head_timeout.as_ref());
        text(typed, "body-timeout", self.body_timeout.as_ref());
        text(typed, "write-timeout", self.write_timeout.as_ref());
        text(typed, "max-connections", self.max_connections.as_ref());
        text(typed, "drain", self.drain.as_ref());
        text(typed, "max-lanes", self.max_lanes.as_ref());
        text(typed, "lane-idle", self.lane_idle.as_ref());
        text(typed, "lane-memory", self.lane_memory.as_ref());
    }
}
