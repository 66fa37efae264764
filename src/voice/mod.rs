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
