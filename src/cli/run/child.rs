//! One command from its start to its end: what it is told, where its output goes, and how it is ended when it takes too long.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::broadcast::Receiver;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::group::{self, Group, KILL, TERMINATE, asks_to_leave};
use crate::cli::style::{complain, print};
use crate::report::End;

/// So long a command has to leave by itself when its time is over.
const GRACE: Duration = Duration::from_secs(5);
/// So long what it has started has for the same when it has ended.
const LEFT_BEHIND: Duration = Duration::from_secs(1);
/// So long may pass until all is read that was written until then.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Nobody waits for this: it stands for no limit.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// As much of a line is put together before it is printed.
const LONGEST_LINE: usize = 64 << 10;

/// Where a command's output goes.
#[derive(Debug, Clone)]
pub enum Output {
    /// Where ours goes.
    Ours,
    /// All of it to the standard error, since the standard output belongs to a report.
    Aside,
    /// Line by line, with a mark before each; all of it to the standard error if it is to go aside.
    Marked { mark: String, aside: bool },
}

/// Runs a command, and says how it ended. Nothing that it has started is left then. An error is that it could not be started.
pub async fn run(
    words: &[OsString],
    variables: &BTreeMap<String, String>,
    output: &Output,
    limit: Option<Duration>,
    signals: Receiver<i32>,
) -> std::io::Result<End> {
    let Some((program, arguments)) = words.split_first() else { return Ok(End::Code(0)) };
    let mut command = Command::new(program);
    command.args(arguments).envs(variables).kill_on_drop(true);
    // Who reads from a terminal that belongs to another group is stopped for good.
    if std::io::stdin().is_terminal() || matches!(output, Output::Marked { .. }) {
        command.stdin(Stdio::null());
    }
    match output {
        Output::Ours => {}
        Output::Aside => _ = command.stdout(stderr()),
        Output::Marked { .. } => _ = command.stdout(Stdio::piped()).stderr(Stdio::piped()),
    }
    let mut child = group::lead(&mut command).spawn()?;
    let mut writers = JoinSet::new();
    if let Output::Marked { mark, aside } = output {
        let say: fn(&str) = if *aside { complain } else { |line| drop(print(line)) };
        if let Some(stream) = child.stdout.take() {
            writers.spawn(mark_lines(stream, mark.clone(), say));
        }
        if let Some(stream) = child.stderr.take() {
            writers.spawn(mark_lines(stream, mark.clone(), complain));
        }
    }
    let group = Group::of(&child);
    let ended = to_its_end(&mut child, group, limit, signals).await;
    group.clear(LEFT_BEHIND).await;
    let _ = timeout(LAST_WORDS, async { while writers.join_next().await.is_some() {} }).await;
    ended
}

async fn to_its_end(
    child: &mut Child,
    group: Group,
    limit: Option<Duration>,
    mut signals: Receiver<i32>,
) -> std::io::Result<End> {
    let mut told_to_leave = false;
    let mut deadline = Box::pin(sleep_until(Instant::now() + limit.unwrap_or(FOREVER)));
    loop {
        tokio::select! {
            status = child.wait() => return Ok(group::end(status?)),
            Ok(signal) = signals.recv() => {
                // Who says it twice does not want to wait.
                let again = told_to_leave && asks_to_leave(signal);
                group.signal(if again { KILL } else { signal });
                told_to_leave |= asks_to_leave(signal);
            }
            () = &mut deadline => {
                group.signal(TERMINATE);
                if timeout(GRACE, child.wait()).await.is_err() {
                    group.signal(KILL);
                    let _ = child.start_kill();
                    let _ = child.wait().await;
                }
                return Ok(End::TimedOut(limit.unwrap_or_default()));
            }
        }
    }
}

/// The standard error once more.
#[cfg(unix)]
fn stderr() -> Stdio {
    use std::os::fd::AsFd;
    std::io::stderr().as_fd().try_clone_to_owned().map_or_else(|_| Stdio::inherit(), Stdio::from)
}

#[cfg(not(unix))]
fn stderr() -> Stdio {
    Stdio::null()
}

async fn mark_lines(stream: impl AsyncRead + Unpin, mark: String, write: impl Fn(&str)) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        let Ok(piece) = stream.fill_buf().await else { return };
        let ended = piece.is_empty();
        let taken = piece.iter().position(|byte| *byte == b'\n').map_or(piece.len(), |end| end + 1);
        line.extend_from_slice(&piece[..taken]);
        stream.consume(taken);
        if line.ends_with(b"\n") || line.len() > LONGEST_LINE || ended && !line.is_empty() {
            let text = String::from_utf8_lossy(&line);
            write(&format!("{mark} | {}\n", text.trim_end_matches(['\n', '\r'])));
            line.clear();
        }
        if ended {
            return;
        }
    }
}
