//! Whether clients wait as long as a rule says: alone, and while five hundred other answers are held; and whether five hundred
//! that wait at the same time hinder each other. What counts is from the request's last byte to the answer's.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::client::{length, once};
use crate::process::{Served, scratch};
use crate::requests;

const HELD: usize = 500;
/// How long is waited, in milliseconds, and how often.
const ASKED: [(u64, usize); 4] = [(10, 400), (100, 100), (500, 20), (2_000, 5)];
/// So many ask at the same time while others are held.
const ASKERS: usize = 4;

pub fn print() {
    let file = scratch("delays.yaml");
    fs::write(&file, rules()).expect("a file");
    let served = Served::with(&["--no-watch", "--scenario", file.to_str().expect("a path")]);
    let _ = fs::remove_file(&file);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    println!("| Asked | beside it | answers | late by, median | p99 | worst | within 1 ms + 2 % |");
    println!("|---|---|---|---|---|---|---|");
    for (asked, times) in ASKED {
        row(asked, "nothing", runtime.block_on(in_turns(served.address, asked, times)));
    }
    let held = hold(&runtime, &served);
    for (asked, times) in ASKED {
        row(asked, &format!("{HELD} held"), runtime.block_on(in_turns(served.address, asked, times)));
    }
    drop(held);
    for asked in [500, 2_000] {
        row(asked, &format!("{HELD} such"), runtime.block_on(at_once(served.address, asked)));
    }
}

fn rules() -> String {
    let mut rules = String::from("name: delays\nrules:\n  - { when: { operation: getAgent }, hold: gate }\n");
    for (asked, _) in ASKED {
        let when = format!("operation: listConversations, query: {{ min_duration: {asked} }}");
        let _ = writeln!(rules, "  - {{ when: {{ {when} }}, delay: {asked}ms }}");
    }
    rules
}

fn row(asked: u64, beside: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let asked = Duration::from_millis(asked);
    assert!(took[0] >= asked, "an answer came {:?} early", asked - took[0]);
    let late = |place: usize| (took[place.min(took.len() - 1)] - asked).as_secs_f64() * 1e3;
    let bound = asked + asked / 50 + Duration::from_millis(1);
    let within = took.iter().filter(|took| **took <= bound).count() as f64 / took.len() as f64;
    println!(
        "| {asked:?} | {beside} | {} | {:.2} ms | {:.2} ms | {:.2} ms | {:.1} % |",
        took.len(),
        late(took.len() / 2),
        late(took.len() * 99 / 100),
        late(took.len() - 1),
        within * 100.0,
    );
}

/// Opens connections and asks on each for what is held. They are held as long as the sockets live.
fn hold(runtime: &Runtime, served: &Served) -> Vec<TcpStream> {
    let request = requests::get("/v1/agents/agent_abc123xyz789");
    let sockets = runtime.block_on(async {
        let mut sockets = Vec::with_capacity(HELD);
        for _ in 0..HELD {
            let mut socket = connected(served.address).await;
            socket.write_all(request.as_bytes()).await.expect("a request");
            sockets.push(socket);
        }
        sockets
    });
    let wanted = format!("\"count\":{HELD}");
    while !String::from_utf8_lossy(&once(served.address, &requests::get("/_mock/scenarios/delays"))).contains(&wanted) {
        std::thread::yield_now();
    }
    sockets
}

/// A few clients, each asking again as soon as it is answered.
async fn in_turns(address: SocketAddr, asked: u64, times: usize) -> Vec<Duration> {
    let client = |n: u64| async move {
        let mut socket = connected(address).await;
        // They do not ask at the same moment: how long an answer takes to write is not the question.
        tokio::time::sleep(Duration::from_millis(3 * n)).await;
        let mut took = Vec::with_capacity(times);
        for _ in 0..times {
            took.push(ask(&mut socket, asked).await);
        }
        took
    };
    all((0..ASKERS as u64).map(client)).await
}

/// As many as were held before, one every millisecond.
async fn at_once(address: SocketAddr, asked: u64) -> Vec<Duration> {
    let client = |n: u64| async move {
        let mut socket = connected(address).await;
        tokio::time::sleep(Duration::from_millis(200 + n)).await;
        vec![ask(&mut socket, asked).await]
    };
    all((0..HELD as u64).map(client)).await
}

async fn all(clients: impl Iterator<Item = impl Future<Output = Vec<Duration>> + Send + 'static>) -> Vec<Duration> {
    let clients: Vec<_> = clients.map(tokio::spawn).collect();
    let mut took = Vec::new();
    for client in clients {
        took.extend(client.await.expect("a client"));
    }
    took
}

async fn connected(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).await.expect("a connection");
    socket.set_nodelay(true).expect("an option");
    socket
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
async fn ask(socket: &mut TcpStream, asked: u64) -> Duration {
    let request = requests::get(&format!("/v1/conversations?per_page=1&min_duration={asked}"));
    let mut answer = Vec::new();
    let begun = Instant::now();
    socket.write_all(request.as_bytes()).await.expect("a request");
    while length(&answer).is_none_or(|whole| answer.len() < whole) {
        assert!(socket.read_buf(&mut answer).await.expect("an answer") > 0, "the server hung up");
    }
    begun.elapsed()
}
