//! How soon a save is served, and what five hundred of them cost, while clients go on asking: a thousand requests a second, each
//! of which has to be answered as ever.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;

use crate::process::{Served, scratch};
use crate::{client, requests};

const EDITS: usize = 200;
const RELOADS: usize = 500;
/// Whatever is set up once is there after so many.
const WARM: usize = 20;

const CONNECTIONS: usize = 10;
/// From one request of a connection to the next.
const PACE: Duration = Duration::from_millis(10);
/// From one look at the status to the next.
const PAUSE: Duration = Duration::from_micros(500);

/// Something that is edited.
struct File {
    name: &'static str,
    path: PathBuf,
    /// What it holds in a version, made of what it held at first.
    text: fn(&str, usize) -> String,
    first: String,
    /// What is asked to see a version, and where it stands in the answer.
    shows: fn(usize) -> (String, String),
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub fn print() {
    let folder = Folder::new();
    let served = Served::with(&["--dir", folder.0.to_str().expect("a path"), "--scenario", "edited"]);
    let files = files(&folder.0);
    let load = Pressure::start(served.address);
    println!("| Saved | edits | p50 | p99 | worst |\n|---|---|---|---|---|");
    let mut took: Vec<Vec<Duration>> = vec![Vec::new(); files.len()];
    let mut generation = generation(served.address);
    for version in 1..=EDITS {
        let place = version % files.len();
        let begun = Instant::now();
        files[place].save(version);
        let (request, shown) = (files[place].shows)(version);
        wait(served.address, &request, &shown);
        took[place].push(begun.elapsed());
        generation += 1;
        wait_for_status(served.address, &format!("\"generation\":{generation},"));
    }
    for (file, took) in files.iter().zip(&took) {
        row(file.name, took);
    }
    row("all of them in rotation", &took.concat());
    println!("while clients asked: {}\n", load.end());
    many(&served, &files, generation);
}

/// Good and broken saves in turns.
fn many(served: &Served, files: &[File], mut generation: u64) {
    let load = Pressure::start(served.address);
    let (mut before, mut last) = (0.0, vec![None; files.len()]);
    for reload in 1..=RELOADS {
        let place = (reload - 1) / 2 % files.len();
        let file = &files[place];
        if reload % 2 == 1 {
            fs::write(&file.path, format!("{}\n]", file.first)).expect("a file");
            wait_for_status(served.address, "{\"status\":\"stale\"");
        } else {
            generation += 1;
            file.save(EDITS + reload);
            wait_for_status(served.address, &format!("\"generation\":{generation},"));
            last[place] = Some(EDITS + reload);
        }
        for (file, version) in files.iter().zip(&last) {
            version.iter().for_each(|version| file.check(served.address, *version));
        }
        if reload == WARM {
            before = served.memory();
        }
    }
    let after = served.memory();
    println!("{RELOADS} saves, every other one broken: memory {before:.1} MB after {WARM}, {after:.1} MB after all");
    println!("while clients asked: {}", load.end());
}

impl File {
    fn save(&self, version: usize) {
        fs::write(&self.path, (self.text)(&self.first, version)).expect("a file");
    }

    /// What is served is of this version.
    fn check(&self, address: SocketAddr, version: usize) {
        let (request, shown) = (self.shows)(version);
        let answer = String::from_utf8(client::once(address, &request)).expect("text");
        assert!(answer.contains(&shown), "{} shows no {shown:?}: {answer}", self.name);
    }
}

fn files(folder: &Path) -> Vec<File> {
    let file = |name, path, text, shows| {
        let path = folder.join(path);
        let first = fs::read_to_string(&path).expect("a file");
        File { name, path, text, first, shows }
    };
    vec![
        file(
            "a scenario",
            "scenarios/edited.yaml",
            |first, version| first.replace("v0.", &format!("v{version}.")),
            |version| (requests::get("/v1/agents"), format!("x-version: v{version}.")),
        ),
        file(
            "keys",
            "fixtures/keys.yaml",
            |first, version| {
                format!("{first}  - {{ key: sk_live_version{version}, tier: enterprise, scopes: [\"*\"] }}\n")
            },
            |version| {
                let request =
                    requests::get("/v1/agents").replace("sk_live_abc123xyz789", &format!("sk_live_version{version}"));
                (request, "HTTP/1.1 200".to_owned())
            },
        ),
        file(
            "records",
            "fixtures/agents.yaml",
            |first, version| first.replacen("Hello, and thank you", &format!("Version {version}. Thank you"), 1),
            |version| (requests::get("/v1/agents/agent_abc123xyz789"), format!("Version {version}.")),
        ),
        file(
            "the contract",
            "schemas/openapi.yaml",
            |first, version| first.replacen("title: Ayra API", &format!("title: Version {version}."), 1),
            |version| (requests::get("/_mock/status"), format!("Version {version}.")),
        ),
    ]
}

/// What is served can be edited here.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let folder = scratch("edited");
        let made =
            Command::new(env!("CARGO_BIN_EXE_ayra-mock")).arg("init").arg(&folder).output().expect("the program");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let story = "rules: [{ when: { operation: listAgents }, headers: { X-Version: v0. } }]\n";
        fs::write(folder.join("scenarios/edited.yaml"), story).expect("a file");
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Clients that go on asking until they are told to stop, and find each answer good.
struct Pressure {
    over: Arc<AtomicBool>,
    clients: JoinHandle<Vec<Duration>>,
}

impl Pressure {
    fn start(address: SocketAddr) -> Pressure {
        let over = Arc::new(AtomicBool::new(false));
        let clients = thread::spawn({
            let over = over.clone();
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(async {
                    let asking = (0..CONNECTIONS).map(|n| tokio::spawn(ask(address, n, over.clone())));
                    let mut waits = Vec::new();
                    for client in asking.collect::<Vec<_>>() {
                        waits.extend(client.await.expect("a client whose requests were all answered"));
                    }
                    waits
                })
            }
        });
        Pressure { over, clients }
    }

    fn end(self) -> String {
        self.over.store(true, Ordering::Relaxed);
        let mut waits = self.clients.join().expect("clients whose requests were all answered");
        waits.sort_unstable();
        let [p50, p99] = [50, 99].map(|percent| waits[waits.len() * percent / 100]);
        format!("{} requests, none failed, p50 {p50:.1?}, p99 {p99:.1?}", waits.len())
    }
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
async fn ask(address: SocketAddr, number: usize, over: Arc<AtomicBool>) -> Vec<Duration> {
    let requests = [
        requests::get("/v1/conversations"),
        requests::get("/v1/conversations/conv_abc123xyz789"),
        requests::get("/v1/agents"),
        requests::get("/v1/contacts?page=2"),
    ];
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("an option");
    let (mut buffer, mut waits) = (vec![0; 262_144], Vec::new());
    let mut turns = tokio::time::interval(PACE);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for request in requests.iter().cycle().skip(number) {
        turns.tick().await;
        if over.load(Ordering::Relaxed) {
            break;
        }
        let begun = Instant::now();
        stream.write_all(request.as_bytes()).await.expect("a request");
        let answer = client::answer(&mut stream, &mut buffer).await;
        waits.push(begun.elapsed());
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(answer));
    }
    waits
}

fn generation(address: SocketAddr) -> u64 {
    let status = status(address);
    let number = status.split("\"generation\":").nth(1).and_then(|rest| rest.split(',').next());
    number.and_then(|number| number.parse().ok()).expect("a generation")
}

/// Asks again and again until the answer holds a text, with pauses, since who asks all the time measures his own questions.
#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn wait(address: SocketAddr, request: &str, text: &str) {
    let begun = Instant::now();
    loop {
        let answer = String::from_utf8(client::once(address, request)).expect("text");
        if answer.contains(text) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "no {text} in {answer}");
        thread::sleep(PAUSE);
    }
}

fn wait_for_status(address: SocketAddr, text: &str) {
    wait(address, &requests::get("/_mock/status"), text);
}

fn status(address: SocketAddr) -> String {
    String::from_utf8(client::once(address, &requests::get("/_mock/status"))).expect("text")
}

fn row(name: &str, took: &[Duration]) {
    let mut took = took.to_vec();
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    println!("| {name} | {} | {:.1?} | {:.1?} | {:.1?} |", took.len(), at(50), at(99), at(100));
}
