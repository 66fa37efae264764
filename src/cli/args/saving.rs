//! What becomes of files that are saved while the server runs.

use clap::Args;

use super::{Typed, switch, text};

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Saved files")]
pub struct SavingArgs {
    /// How to hear of saved files: auto, off, or poll[=TIME]
    ///
    /// The contract, fixtures, keys, scenarios and settings are served as they were saved last, as long as what was saved is
    /// right. `auto` has the system tell; `poll` looks every half second, `poll=2s` every two, for network mounts, where the
    /// system does not tell. SIGHUP and `POST /_mock/reload` have them looked at in any case.
    #[arg(long, value_name = "HOW", overrides_with = "no_watch")]
    pub watch: Option<String>,
    /// Do not watch files
    #[arg(long, overrides_with = "watch")]
    pub no_watch: bool,

    /// Say in each answer when what was saved is wrong
    ///
    /// `X-Mock-Stale` then names file, line and column of what keeps the last save from being served.
    #[arg(long, overrides_with = "no_stale_header")]
    pub stale_header: bool,
    /// Undo a `stale-header: true` from elsewhere
    #[arg(long, hide = true, overrides_with = "stale_header")]
    pub no_stale_header: bool,
}

impl SavingArgs {
    pub fn add(&self, typed: &mut Typed) {
        text(typed, "watch", self.watch.as_ref());
        if self.no_watch {
            typed.push(("watch", "off".to_owned()));
        }
        switch(typed, "stale-header", self.stale_header, self.no_stale_header);
    }
}
