//! A client that sends one request and tells what came back, however broken it is. It judges nothing: whoever knows what
//! was promised does.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use h2::Reason;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::clock::Stopwatch;

/// More is not read.
const MOST: usize = 1 << 20;

/// One request without a body.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub version: Version,
    pub address: SocketAddr,
    pub method: &'a Method,
    pub target: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    /// The connection is wanted for more, and it is seen whether it stays.
    pub stays: bool,
    /// After so long without a byte nothing is expected any more.
    pub patience: Duration,
}

/// What came back.
#[derive(Debug)]
pub struct Seen {
    pub status: Option<u16>,
    pub headers: HeaderMap,
    /// Everything behind the head; everything at all if there was none.
    pub body: Vec<u8>,
    pub end: End,
    pub took: Duration,
    pub pause: Pause,
}

/// The longest time in which nothing came, though more did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pause {
    pub time: Duration,
    /// Whether the head had come by then, and how many bytes behind it.
    pub head: bool,
    pub body: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The message was whole. Over HTTP/1.1 the connection tells, over HTTP/2 the stream.
    Whole,
    /// FIN.
    Closed,
    /// RST.
    Reset,
    /// Nothing more came, and nothing ended.
    Silent,
    /// `RST_STREAM` with this code.
    StreamReset(u32),
    /// `GOAWAY` with this code.
    GoAway(u32),
    /// What came is not HTTP/2 as the library understands it.
    Refused(String),
}

/// Asks, and tells what came. An error is one of the way there.
pub async fn look(ask: &Ask<'_>) -> io::Result<Seen> {
    let mut watch = Watch { began: Stopwatch::start(), last: Duration::ZERO, pause: Pause::default() };
    let tcp = timeout(ask.patience, TcpStream::connect(ask.address)).await??;
    let mut seen = match ask.version {
        Version::HTTP_2 => over_2(ask, tcp, &mut watch).await?,
        _ => over_1(ask, tcp, &mut watch).await?,
    };
    (seen.took, seen.pause) = (watch.began.elapsed(), watch.pause);
    Ok(seen)
}

/// When something came.
struct Watch {
    began: Stopwatch,
    last: Duration,
    pause: Pause,
}

impl Watch {
    /// Something came now, behind so much of the answer.
    fn came(&mut self, head: bool, body: usize) {
        let now = self.began.elapsed();
        let time = now.saturating_sub(self.last);
        if time > self.pause.time {
            self.pause = Pause { time, head, body };
        }
        self.last = now;
    }
}

impl Seen {
    fn nothing() -> Seen {
        let (took, pause) = (Duration::ZERO, Pause::default());
        Seen { status: None, headers: HeaderMap::new(), body: Vec::new(), end: End::Silent, took, pause }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// By hand, so that every byte is seen. A library would hide what is broken.
async fn over_1(ask: &Ask<'_>, mut tcp: TcpStream, watch: &mut Watch) -> io::Result<Seen> {
    let mut request = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", ask.method, ask.target, ask.address);
    if !ask.stays {
        request.push_str("Connection: close\r\n");
    }
    ask.headers.iter().for_each(|(name, value)| request.push_str(&format!("{name}: {value}\r\n")));
    request.push_str("\r\n");
    tcp.write_all(request.as_bytes()).await?;
    let mut got = Vec::new();
    let end = loop {
        let before = got.len();
        match timeout(ask.patience, tcp.read_buf(&mut got)).await {
            Err(_) => break End::Silent,
            Ok(Ok(0)) => break End::Closed,
            Ok(Err(error)) => break of_tcp(error.kind()),
            Ok(Ok(_)) if got.len() > MOST => break End::Silent,
            Ok(Ok(_)) => {
                let head = head_of(&got).filter(|head| *head <= before);
                watch.came(head.is_some(), before - head.unwrap_or(before));
            }
        }
    };
    let mut seen = Seen { end, ..Seen::nothing() };
    if let Some(head) = head_of(&got) {
        let text = String::from_utf8_lossy(&got[..head]).into_owned();
        let mut lines = text.split("\r\n");
        seen.status = lines.next().and_then(|line| line.get(9..12)?.parse().ok());
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.trim().parse::<HeaderValue>()) {
                seen.headers.append(name, value);
            }
        }
        got.drain(..head);
    }
    seen.body = got;
    let announced: Option<usize> = seen.header("content-length").and_then(|length| length.parse().ok());
    if seen.end == End::Closed && announced == Some(seen.body.len()) && seen.status.is_some() {
        seen.end = End::Whole;
    }
    Ok(seen)
}

/// How many bytes the head has, with the empty line behind it.
fn head_of(got: &[u8]) -> Option<usize> {
    let end = got.windows(4).position(|four| four == b"\r\n\r\n")?;
    got.starts_with(b"HTTP/1.1 ").then_some(end + 4)
}

async fn over_2(ask: &Ask<'_>, tcp: TcpStream, watch: &mut Watch) -> io::Result<Seen> {
    let other = |error: h2::Error| io::Error::other(error.to_string());
    let (mut client, connection) = h2::client::handshake(tcp).await.map_err(other)?;
    let mut connection = tokio::spawn(connection);
    let uri = format!("http://{}{}", ask.address, ask.target);
    let mut request = http::Request::builder().method(ask.method).uri(uri);
    for (name, value) in ask.headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).map_err(io::Error::other)?;
    let (response, _) = client.send_request(request, true).map_err(other)?;
    let mut seen = Seen::nothing();
    match timeout(ask.patience, response).await {
        Err(_) => {}
        Ok(Err(error)) => seen.end = of_stream(&error),
        Ok(Ok(response)) => {
            watch.came(false, 0);
            let (parts, body) = response.into_parts();
            (seen.status, seen.headers) = (Some(parts.status.as_u16()), parts.headers);
            seen.end = read(ask, body, &mut seen.body, watch).await;
        }
    }
    if ask.stays && seen.end == End::Whole {
        // The client is still there, so whoever closes is the other side.
        seen.end = match timeout(ask.patience, &mut connection).await {
            Err(_) => End::Whole,
            Ok(_) => End::Closed,
        };
    }
    drop(client);
    connection.abort();
    Ok(seen)
}

async fn read(ask: &Ask<'_>, mut body: h2::RecvStream, got: &mut Vec<u8>, watch: &mut Watch) -> End {
    while got.len() <= MOST {
        match timeout(ask.patience, body.data()).await {
            Err(_) => return End::Silent,
            Ok(None) => {
                watch.came(true, got.len());
                return End::Whole;
            }
            Ok(Some(Err(error))) => return of_stream(&error),
            Ok(Some(Ok(bytes))) => {
                watch.came(true, got.len());
                got.extend_from_slice(&bytes);
                // Nobody else waits for the window.
                let _ = body.flow_control().release_capacity(bytes.len());
            }
        }
    }
    End::Silent
}

fn of_stream(error: &h2::Error) -> End {
    let code = error.reason().unwrap_or(Reason::NO_ERROR);
    match error.get_io() {
        Some(error) => of_tcp(error.kind()),
        None if error.is_remote() && error.is_go_away() => End::GoAway(code.into()),
        None if error.is_remote() => End::StreamReset(code.into()),
        None => End::Refused(format!("{code:?}")),
    }
}

fn of_tcp(kind: ErrorKind) -> End {
    match kind {
        ErrorKind::ConnectionReset => End::Reset,
        _ => End::Closed,
    }
}
