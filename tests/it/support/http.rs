//! A client that sends exactly the bytes it is given and reads what comes back.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;

use super::server::{PATIENCE, Server};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// The connection was closed first.
    Closed,
    /// Nothing came in time.
    Silence,
    /// What came is not HTTP.
    Garbage(String),
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection that is kept for one request after the other, as most clients do.
pub struct Connection(Reader);

impl Connection {
    pub fn open(server: &Server) -> Connection {
        let stream = TcpStream::connect(server.address()).expect("the server listens");
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Connection(Reader { stream, buffer: Vec::new() })
    }

    /// Sends one request, which must not be longer than what the other side takes without reading, and reads its answer.
    pub fn exchange(&mut self, request: &[u8]) -> Result<Answer, NoAnswer> {
        self.0.stream.write_all(request).map_err(|_| NoAnswer::Closed)?;
        self.0.answer(request.starts_with(b"HEAD "))
    }
}

/// Sends the bytes of one request and reads its answer.
pub fn exchange(server: &Server, request: &[u8]) -> Result<Answer, NoAnswer> {
    all(server, request, 1).remove(0)
}

/// Sends bytes and reads so many answers. After one that fails there is no other.
pub fn all(server: &Server, request: &[u8], count: usize) -> Vec<Result<Answer, NoAnswer>> {
    let stream = TcpStream::connect(server.address()).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let mut sender = stream.try_clone().unwrap();
    let bytes = request.to_vec();
    // A server that refuses early stops reading: what is sent and what is received must not wait for each other.
    let sending = thread::spawn(move || sender.write_all(&bytes));
    let mut reader = Reader { stream, buffer: Vec::new() };
    let heads = request.starts_with(b"HEAD ");
    let mut answers = Vec::new();
    for _ in 0..count {
        answers.push(reader.answer(heads));
        if answers.last().is_some_and(Result::is_err) {
            break;
        }
    }
    // Whether everything could be sent is not what is asked here.
    let _ = reader.stream.shutdown(std::net::Shutdown::Both);
    let _ = sending.join();
    answers
}

/// Parses one answer that is there as a whole, such as curl prints it.
pub fn parse(bytes: &[u8], without_body: bool) -> Result<Answer, NoAnswer> {
    let (mut answer, length) = head(bytes)?.ok_or(NoAnswer::Closed)?;
    if !without_body {
        answer.body = bytes[length..].to_vec();
    }
    if (100..200).contains(&answer.status) {
        return parse(&bytes[length..], without_body);
    }
    Ok(answer)
}

struct Reader {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Reader {
    fn answer(&mut self, without_body: bool) -> Result<Answer, NoAnswer> {
        let (mut answer, length) = loop {
            match head(&self.buffer)? {
                Some(head) => break head,
                None => self.more()?,
            }
        };
        self.buffer.drain(..length);
        if (100..200).contains(&answer.status) {
            return self.answer(without_body);
        }
        if without_body || matches!(answer.status, 204 | 304) {
            return Ok(answer);
        }
        let Some(length) = answer.header("content-length") else {
            return self.rest(answer);
        };
        let length: usize = length.parse().map_err(|_| NoAnswer::Garbage(length.to_owned()))?;
        while self.buffer.len() < length {
            self.more()?;
        }
        answer.body = self.buffer.drain(..length).collect();
        Ok(answer)
    }

    /// A body that ends with the connection.
    fn rest(&mut self, mut answer: Answer) -> Result<Answer, NoAnswer> {
        if answer.header("transfer-encoding").is_some() {
            return Err(NoAnswer::Garbage("a chunked answer".to_owned()));
        }
        loop {
            match self.more() {
                Ok(()) => {}
                Err(NoAnswer::Closed) => break,
                Err(error) => return Err(error),
            }
        }
        answer.body = std::mem::take(&mut self.buffer);
        Ok(answer)
    }

    fn more(&mut self) -> Result<(), NoAnswer> {
        let mut part = [0; 16 * 1024];
        match self.stream.read(&mut part) {
            Ok(0) => Err(NoAnswer::Closed),
            Ok(count) => {
                self.buffer.extend_from_slice(&part[..count]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(NoAnswer::Silence),
            Err(_) => Err(NoAnswer::Closed),
        }
    }
}

/// The head of an answer and its length in bytes, once it is complete.
fn head(bytes: &[u8]) -> Result<Option<(Answer, usize)>, NoAnswer> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = first
        .strip_prefix("HTTP/")
        .and_then(|rest| rest.split(' ').nth(1)?.parse().ok())
        .ok_or_else(|| NoAnswer::Garbage(first.to_owned()))?;
    let headers = lines
        .map(|line| {
            let (name, value) = line.split_once(':').ok_or_else(|| NoAnswer::Garbage(line.to_owned()))?;
            Ok((name.to_owned(), value.trim().to_owned()))
        })
        .collect::<Result<_, NoAnswer>>()?;
    Ok(Some((Answer { status, headers, body: Vec::new() }, end + 4)))
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAnswer::Closed => f.write_str("closed"),
            NoAnswer::Silence => f.write_str("silence"),
            NoAnswer::Garbage(text) => write!(f, "garbage: {text}"),
        }
    }
}
