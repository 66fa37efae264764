//! What a phone call is: dialogues, the progress of a call, transcripts and their formats, recordings, figures over calls.

pub mod calls;
pub mod dialogue;
pub mod figures;
pub mod formats;
pub mod people;
mod reading;
pub mod recording;
pub mod stock;
pub mod turn;

/// The collections that calls belong to: of those who take them, and of those who are known to call.
pub const AGENTS: &str = "agents";
pub const CONTACTS: &str = "contacts";
