//! The signals that ask the process to leave: the first asks for a drain, the second for the end.

use std::io;

use super::Stop;

/// Signals are caught from the moment this exists, so make it before anything is served.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    pub fn catch() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(not(unix))]
    pub fn catch() -> io::Result<Signals> {
        Ok(Signals {})
    }

    /// Hands the signals on for as long as it is polled.
    pub async fn obey(mut self, stop: Stop) {
        self.next().await;
        tracing::info!("leaving: requests in hand are finished, a second signal ends at once");
        stop.graceful();
        self.next().await;
        stop.now();
        std::future::pending::<()>().await;
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
