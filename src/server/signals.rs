//! The signals that ask the process for something: to leave, first with a drain and then at once, or to look at its files again.

use std::io;
#[cfg(unix)]
use std::io::IsTerminal;

use super::Stop;

/// Signals are caught from the moment this exists, so make it before anything is served.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
    /// Somebody sat at a terminal when the process began.
    #[cfg(unix)]
    attended: bool,
}

enum Asked {
    ToLeave,
    ToLook,
}

impl Signals {
    #[cfg(unix)]
    pub fn catch() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            attended: is_attended(),
        })
    }

    #[cfg(not(unix))]
    pub fn catch() -> io::Result<Signals> {
        Ok(Signals {})
    }

    /// Hands the signals on for as long as it is polled; `look` is called by those that want the files looked at.
    pub async fn obey(mut self, stop: Stop, look: impl Fn()) {
        self.leave(&look).await;
        tracing::info!("leaving: requests in hand are finished, a second signal ends at once");
        stop.graceful();
        self.leave(&look).await;
        stop.now();
        std::future::pending::<()>().await;
    }

    async fn leave(&mut self, look: &impl Fn()) {
        while let Asked::ToLook = self.next().await {
            look();
        }
    }

    #[cfg(unix)]
    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::ToLeave,
            _ = self.interrupt.recv() => Asked::ToLeave,
            // The same signal says that the terminal was closed, and then whoever sat there is done with us.
            _ = self.hangup.recv() => if self.attended && !is_attended() { Asked::ToLeave } else { Asked::ToLook },
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> Asked {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Asked::ToLeave
    }
}

#[cfg(unix)]
fn is_attended() -> bool {
    io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal()
}
