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
/// So long what it has started may go on writing when it has ended.
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

/// How it ended, and by which signal to us, if by one.
#[derive(Debug)]
pub struct Ended {
    pub end: End,
    pub told_to_leave: Option<i32>,
}

/// Runs a command. An error is that it could not be started.
pub async fn run(
    words: &[OsString],
    variables: &BTreeMap<String, String>,
    output: &Output,
    limit: Option<Duration>,
    signals: Receiver<i32>,
) -> std::io::Result<Ended> {
    let Some((program, arguments)) = words.split_first() else {
        return Ok(Ended { end: End::Code(0), told_to_leave: None });
    };
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
    let ended = to_its_end(&mut child, limit, signals).await;
    let _ = timeout(LAST_WORDS, async { while writers.join_next().await.is_some() {} }).await;
    ended
}

async fn to_its_end(child: &mut Child, limit: Option<Duration>, mut signals: Receiver<i32>) -> std::io::Result<Ended> {
    let group = Group::of(child);
    let mut told_to_leave = None;
    let mut deadline = Box::pin(sleep_until(Instant::now() + limit.unwrap_or(FOREVER)));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            Ok(signal) = signals.recv() => {
                // Who says it twice does not want to wait.
                let again = told_to_leave.is_some() && asks_to_leave(signal);
                group.signal(if again { KILL } else { signal });
                told_to_leave = told_to_leave.or(asks_to_leave(signal).then_some(signal));
            }
            () = &mut deadline => {
                group.signal(TERMINATE);
                let left = timeout(GRACE, child.wait()).await.is_ok();
                // What it has started may be deaf to that.
                group.signal(KILL);
                if !left {
                    let _ = child.start_kill();
                    let _ = child.wait().await;
                }
                return Ok(Ended { end: End::TimedOut(limit.unwrap_or_default()), told_to_leave });
            }
        }
    };
    if told_to_leave.is_some() {
        group.signal(KILL);
    }
    Ok(Ended { end: group::end(status), told_to_leave })
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
