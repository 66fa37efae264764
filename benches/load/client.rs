//! The clients: one thread, many connections, each asking again as soon as it is answered.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub struct Load {
    pub connections: usize,
    pub time: Duration,
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
    /// Asks for as long as the time lasts; how many answers came, and in what time.
    #[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
    pub fn run(&self, address: SocketAddr, request: &str) -> (u64, Duration) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let start = Instant::now();
        let answered = runtime.block_on(async {
            let request: std::sync::Arc<[u8]> = request.as_bytes().into();
            let end = start + self.time;
            let clients: Vec<_> =
                (0..self.connections).map(|_| tokio::spawn(ask(address, request.clone(), end))).collect();
            let mut answered = 0;
            for client in clients {
                answered += client.await.expect("a client");
            }
            answered
        });
        (answered, start.elapsed())
    }
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
async fn ask(address: SocketAddr, request: std::sync::Arc<[u8]>, end: Instant) -> u64 {
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("an option");
    let mut buffer = vec![0; 262_144];
    let mut answered = 0;
    while Instant::now() < end {
        stream.write_all(&request).await.expect("a request");
        let mut filled = 0;
        while length(&buffer[..filled]).is_none_or(|whole| filled < whole) {
            let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
            assert!(read > 0, "the server hung up");
            filled += read;
        }
        answered += 1;
    }
    answered
}

/// The length of head and body together, once the head is there.
fn length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&answer[..head]).expect("a head is text");
    let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned);
    // An answer without a body has no length.
    let body = text.lines().find_map(length).map_or(0, |length| length.parse().expect("a number"));
    Some(head + 4 + body)
}
