//! What is remembered of requests and answers.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::{Typed, text};

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Journal")]
pub struct JournalArgs {
    /// Requests that are remembered, each with its answer; 0 remembers none
    ///
    /// /_mock/journal shows them, and verdicts are passed on them. The oldest go first.
    #[arg(long, value_name = "N")]
    pub journal_entries: Option<String>,
    /// Bytes that they may take together
    #[arg(long, value_name = "SIZE")]
    pub journal_bytes: Option<String>,
    /// Write each of them to the end of this file, too, as a line of JSON
    ///
    /// What is in it stays. A thread of its own writes four times a second, so that no request waits for the disk; what the
    /// disk does not take in time is lost and counted.
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "FILE")]
    pub journal: Option<String>,
}

impl JournalArgs {
    pub fn add(&self, typed: &mut Typed) {
        text(typed, "journal-entries", self.journal_entries.as_ref());
        text(typed, "journal-bytes", self.journal_bytes.as_ref());
        text(typed, "journal", self.journal.as_ref());
    }
}
