//! The clients: one thread, many connections, each asking again as soon as it is answered. Requests come in rotation, so
//! that an answer that was kept for one of them does not make the figure of all.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub struct Load {
    pub connections: usize,
    pub time: Duration,
}

/// What came of a run.
pub struct Run {
    pub time: Duration,
    /// How long each answer took, the shortest first.
    pub waits: Vec<Duration>,
}

pub struct Measured {
    pub per_second: f64,
    pub cpu_micros: f64,
}

/// One answer, whole.
pub fn once(address: SocketAddr, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    let mut chunk = [0; 65_536];
    while length(&answer).is_none_or(|whole| answer.len() < whole) {
        let read = stream.read(&mut chunk).expect("an answer");
        assert!(read > 0, "the server hung up");
        answer.extend_from_slice(&chunk[..read]);
    }
    answer
}

impl Load {
    /// Asks for as long as the time lasts, each connection beginning at another request.
    #[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
    pub fn run(&self, address: SocketAddr, requests: &[String]) -> Run {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let start = Instant::now();
        let mut waits = runtime.block_on(async {
            let requests: Arc<[String]> = requests.into();
            let end = start + self.time;
            let first = |n| n * requests.len() / self.connections;
            let clients: Vec<_> =
                (0..self.connections).map(|n| tokio::spawn(ask(address, requests.clone(), first(n), end))).collect();
            let mut waits = Vec::new();
            for client in clients {
                waits.extend(client.await.expect("a client"));
            }
            waits
        });
        let time = start.elapsed();
        waits.sort_unstable();
        Run { time, waits }
    }
}

impl Run {
    /// The wait that so many of a hundred answers did not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        self.waits[(self.waits.len() * percent / 100).min(self.waits.len() - 1)]
    }
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
async fn ask(address: SocketAddr, requests: Arc<[String]>, first: usize, end: Instant) -> Vec<Duration> {
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("an option");
    let mut buffer = vec![0; 262_144];
    let mut waits = Vec::new();
    let mut begun = Instant::now();
    for request in requests.iter().cycle().skip(first) {
        stream.write_all(request.as_bytes()).await.expect("a request");
        answer(&mut stream, &mut buffer).await;
        let now = Instant::now();
        waits.push(now - begun);
        begun = now;
        if now >= end {
            break;
        }
    }
    waits
}

/// One answer, whole, in a buffer that is large enough.
pub async fn answer<'b>(stream: &mut tokio::net::TcpStream, buffer: &'b mut [u8]) -> &'b [u8] {
    let mut filled = 0;
    while length(&buffer[..filled]).is_none_or(|whole| filled < whole) {
        let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
        assert!(read > 0, "the server hung up");
        filled += read;
    }
    &buffer[..filled]
}

/// The length of head and body together, once the head is there.
pub fn length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&answer[..head]).expect("a head is text");
    let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned);
    // An answer without a body has no length.
    let body = text.lines().find_map(length).map_or(0, |length| length.parse().expect("a number"));
    Some(head + 4 + body)
}
