//! Starts the built program on a free port, waits for it by what it writes, and ends it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, thread};

use super::rust::project;

/// Longer than anything takes on a busy machine. Nothing waits for it unless it fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server that ends with the value.
pub struct Server {
    pub port: u16,
    child: Child,
    folder: Folder,
    output: Arc<Mutex<Output>>,
    lines: Mutex<Receiver<()>>,
    /// Nothing is ever sent: it is closed when the program has closed its output.
    ends: Mutex<Receiver<()>>,
}

#[derive(Default)]
struct Output {
    /// Both streams, as the lines came.
    all: String,
    stdout: String,
}

/// A folder for one test, removed with the value.
pub struct Folder(PathBuf);

/// The program, with nothing of the environment that could change what it does. A backtrace would be seen.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ayra-mock"));
    command.env_clear().env("RUST_BACKTRACE", "1").current_dir(project()).stdin(Stdio::null());
    command
}

impl Server {
    /// `serve` with these arguments on a free port.
    pub fn start<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Server {
        let mut command = program();
        command.arg("serve").args(arguments);
        Server::from(command)
    }

    /// A command that serves. The port is added.
    pub fn from(mut command: Command) -> Server {
        command.args(["--port", "0"]);
        Server::on_its_port(command)
    }

    /// A command that serves, and says on which port.
    pub fn on_its_port(mut command: Command) -> Server {
        let folder = Folder::new();
        let port_file = folder.path().join("port");
        command.arg("--port-file").arg(&port_file).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let output = Arc::new(Mutex::new(Output::default()));
        let (line_came, lines) = channel();
        let (end_came, ends) = channel::<()>();
        let streams: [(bool, Box<dyn Read + Send>); 2] =
            [(true, Box::new(child.stdout.take().unwrap())), (false, Box::new(child.stderr.take().unwrap()))];
        for (is_stdout, stream) in streams {
            let (output, line_came, end_came) = (output.clone(), line_came.clone(), end_came.clone());
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut output = output.lock().unwrap();
                    output.all.push_str(&format!("{line}\n"));
                    if is_stdout {
                        output.stdout.push_str(&format!("{line}\n"));
                    }
                    drop(output);
                    // Nobody listens after the start.
                    let _ = line_came.send(());
                }
                // The last reader that drops its end tells that all is read.
                drop(end_came);
            });
        }
        drop((line_came, end_came));
        let mut server = Server { port: 0, child, folder, output, lines: Mutex::new(lines), ends: Mutex::new(ends) };
        server.port = server.wait_for_port(&port_file);
        server
    }

    pub fn address(&self) -> (&'static str, u16) {
        ("127.0.0.1", self.port)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Everything that the server wrote until now, to both streams.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().all.clone()
    }

    /// Memory that is really there for the process.
    #[cfg(target_os = "linux")]
    pub fn resident_bytes(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
    }

    /// What the process has cost so far, in time of processors.
    #[cfg(target_os = "linux")]
    pub fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the server runs");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        let ticks = [11, 12].map(|place| fields[place].parse::<u64>().expect("a number"));
        Duration::from_millis(ticks.iter().sum::<u64>() * 10)
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// Waits until the program has ended by itself. What it wrote to its standard output comes along.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let ends = self.ends.get_mut().unwrap();
        assert_eq!(ends.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected), "the server does not end");
        let status = self.child.wait().expect("the server was ours");
        let stdout = std::mem::take(&mut self.output.lock().unwrap().stdout);
        (status, stdout)
    }

    /// Waits until the server has written a text; everything until then comes along.
    pub fn output_with(&self, text: &str) -> String {
        self.wait(text, || Some(self.output()).filter(|output| output.contains(text)))
    }

    /// The program speaks once it listens; the port file is there by then.
    fn wait_for_port(&self, file: &Path) -> u16 {
        let text = self.wait("the port file", || fs::read_to_string(file).ok());
        text.trim().parse().unwrap_or_else(|_| panic!("the port file holds {text:?}"))
    }

    /// Looks for something, again after each line that the program writes.
    fn wait<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let lines = self.lines.lock().unwrap();
        loop {
            if let Some(found) = look() {
                return found;
            }
            match lines.recv_timeout(PATIENCE) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => panic!("no {what:?} in time; the output:\n{}", self.output()),
                Err(RecvTimeoutError::Disconnected) => panic!("no {what:?} ever; the output:\n{}", self.output()),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        debug_assert!(self.folder.path().exists());
    }
}

impl Folder {
    pub fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ayra-mock-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a temporary folder can be made");
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
