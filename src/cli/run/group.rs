//! Everything that a command has started: its process group. On systems that have none it is the command alone, and nobody
//! hands signals on there.

use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio::time::interval;

use crate::clock::Stopwatch;
use crate::report::End;

/// So often it is looked whether anybody is left.
const LOOK: Duration = Duration::from_millis(5);

#[cfg(unix)]
pub const TERMINATE: i32 = 15;
#[cfg(unix)]
pub const KILL: i32 = 9;
#[cfg(not(unix))]
pub const TERMINATE: i32 = 0;
#[cfg(not(unix))]
pub const KILL: i32 = 0;

/// The group that a child leads.
#[derive(Debug, Clone, Copy)]
pub struct Group(#[cfg_attr(not(unix), allow(dead_code))] Option<u32>);

/// Has a command lead a group of its own: it can be ended as a whole, and no signal that is meant for us comes to it twice.
pub fn lead(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    command.process_group(0);
    command
}

impl Group {
    pub fn of(child: &Child) -> Group {
        Group(child.id())
    }

    /// Sends a signal to all of it. Whether anybody is left to get it is not asked.
    #[cfg(unix)]
    pub fn signal(self, number: i32) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let leader = self.0.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let (Some(leader), Some(signal)) = (leader, Signal::from_named_raw(number)) {
            let _ = kill_process_group(leader, signal);
        }
    }

    #[cfg(not(unix))]
    pub fn signal(self, _: i32) {}

    /// Whether anybody is left of it. Who has ended counts until somebody asks how.
    #[cfg(unix)]
    fn lives(self) -> bool {
        use rustix::process::{Pid, test_kill_process_group};
        let leader = self.0.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        leader.is_some_and(|leader| test_kill_process_group(leader).is_ok())
    }

    #[cfg(not(unix))]
    fn lives(self) -> bool {
        false
    }

    /// Ends what its leader has left behind: it is asked to leave, and killed after so long.
    pub async fn clear(self, grace: Duration) {
        if !self.lives() {
            return;
        }
        self.signal(TERMINATE);
        // Nobody is told when the last of a group has gone: it has to be looked for.
        let begin = Stopwatch::start();
        let mut looks = interval(LOOK);
        while self.lives() && begin.elapsed() < grace {
            looks.tick().await;
        }
        self.signal(KILL);
    }
}

/// How a process ended that was let run to its end.
pub fn end(status: ExitStatus) -> End {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return End::Killed(signal);
    }
    // Without a code it was not the command's own doing.
    End::Code(status.code().unwrap_or(i32::from(u8::MAX)))
}

/// The signals that come to us, told to every command that runs.
#[derive(Debug, Clone)]
pub struct Signals(Sender<i32>);

impl Signals {
    /// They are caught from now on.
    #[cfg(unix)]
    pub fn catch() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        let (sender, _) = broadcast::channel(16);
        let kinds = [
            SignalKind::hangup(),
            SignalKind::interrupt(),
            SignalKind::quit(),
            SignalKind::terminate(),
            SignalKind::user_defined1(),
            SignalKind::user_defined2(),
        ];
        for kind in kinds {
            let (mut stream, sender) = (signal(kind)?, sender.clone());
            tokio::spawn(async move {
                while stream.recv().await.is_some() {
                    // Nobody listens any more when all runs are over.
                    let _ = sender.send(kind.as_raw_value());
                }
            });
        }
        Ok(Signals(sender))
    }

    #[cfg(not(unix))]
    pub fn catch() -> std::io::Result<Signals> {
        Ok(Signals(broadcast::channel(16).0))
    }

    pub fn listen(&self) -> Receiver<i32> {
        self.0.subscribe()
    }
}

/// Whether a signal asks to leave.
pub fn asks_to_leave(signal: i32) -> bool {
    const HANGUP: i32 = 1;
    const INTERRUPT: i32 = 2;
    const QUIT: i32 = 3;
    [HANGUP, INTERRUPT, QUIT, TERMINATE].contains(&signal)
}
