//! What a phone call is: dialogues, the progress of a call, transcripts and their formats, recordings, figures over calls.

pub mod figures;
pub mod formats;
pub mod recording;
pub mod turn;
