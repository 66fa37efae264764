//! A server as a process of its own, and what it costs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::client;

pub struct Served {
    child: Child,
    pub address: SocketAddr,
    scratch: Option<PathBuf>,
}

impl Served {
    pub fn mock() -> Served {
        Served::with(&[])
    }

    pub fn with(arguments: &[&str]) -> Served {
        let port_file = scratch("port");
        let _ = fs::remove_file(&port_file);
        let mut child = pinned(env!("CARGO_BIN_EXE_ayra-mock"))
            .args(["--port", "0", "--no-config", "--port-file"])
            .arg(&port_file)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server");
        // Written when the socket listens. Looked for in turns, because a benchmark waits for nothing else.
        let port = loop {
            match fs::read_to_string(&port_file).ok().and_then(|text| text.trim().parse::<u16>().ok()) {
                Some(port) => break port,
                None => std::thread::yield_now(),
            }
            assert!(child.try_wait().expect("a child").is_none(), "the server did not start");
        };
        Served { child, address: SocketAddr::from(([127, 0, 0, 1], port)), scratch: Some(port_file) }
    }

    pub fn bare(answer: &[u8]) -> Served {
        let file = scratch("answer");
        fs::write(&file, answer).expect("a file");
        let me = std::env::current_exe().expect("a path");
        let mut child = pinned(me.to_str().expect("a path"))
            .arg("--bare")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the bare server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("an output")).read_line(&mut line).expect("a port");
        let address = SocketAddr::from(([127, 0, 0, 1], line.trim().parse().expect("a port")));
        Served { child, address, scratch: Some(file) }
    }

    /// Processor time so far, user and system together.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("a process");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().expect("a number") + fields[12].parse::<u64>().expect("a number");
        Duration::from_millis(ticks * 10)
    }

    /// Megabytes resident.
    pub fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(file) = &self.scratch {
            let _ = fs::remove_file(file);
        }
    }
}

const REQUEST: &str =
    "GET /v1/conversations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk_live_abc123xyz789\r\n\r\n";

/// From the start of the process to the end of its first answer: the median. The last process comes along.
#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub fn start_to_answer(times: usize, arguments: &[&str]) -> (Duration, Served) {
    let mut took = Vec::new();
    loop {
        let start = Instant::now();
        let served = Served::with(arguments);
        client::once(served.address, REQUEST);
        took.push(start.elapsed());
        if took.len() >= times {
            took.sort();
            return (took[took.len() / 2], served);
        }
    }
}

/// The server gets core 0 and we core 1, where that can be had.
fn pinned(program: &str) -> Command {
    static APART: OnceLock<bool> = OnceLock::new();
    // Asked once: afterwards we have one core, and would find that there is only one.
    let apart = *APART.get_or_init(|| {
        std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1)
            && quiet(Command::new("taskset").args(["-p", "-c", "1", &std::process::id().to_string()]))
    });
    if !apart {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", "0", program]);
    command
}

fn quiet(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

pub fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("ayra-mock-load-{}-{name}", std::process::id()))
}
