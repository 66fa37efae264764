//! What stands on the wire, byte by byte and however broken, until the connection ends or falls silent.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::server::{PATIENCE, Server};

/// Nothing more comes if nothing came for so long; only a stall lasts longer, and a drip pauses for less.
const SILENCE: Duration = Duration::from_millis(1500);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Closed,
    Reset,
    Silent,
}

#[derive(Debug)]
pub struct Wire {
    pub bytes: Vec<u8>,
    pub end: End,
    /// In how many pieces it was read.
    pub reads: usize,
}

/// Sends a request and reads whatever comes.
pub fn look(server: &Server, request: &str) -> Wire {
    look_at(server, request, usize::MAX)
}

/// The same, until so many bytes have come. Then it is the client who closes.
pub fn look_at(server: &Server, request: &str, most: usize) -> Wire {
    let mut stream = TcpStream::connect(server.address()).expect("the server listens");
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut wire = Wire { bytes: Vec::new(), end: End::Closed, reads: 0 };
    let mut part = [0; 64 * 1024];
    while wire.bytes.len() < most {
        // A busy machine may take its time until it says the first word.
        stream.set_read_timeout(Some(if wire.bytes.is_empty() { PATIENCE } else { SILENCE })).unwrap();
        match stream.read(&mut part) {
            Ok(0) => return wire,
            Ok(count) => {
                wire.bytes.extend_from_slice(&part[..count]);
                wire.reads += 1;
            }
            Err(error) => {
                let late = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                wire.end = if late { End::Silent } else { End::Reset };
                return wire;
            }
        }
    }
    wire
}

impl Wire {
    /// Status line and headers.
    pub fn head(&self) -> String {
        String::from_utf8_lossy(&self.bytes[..self.border()]).into_owned()
    }

    pub fn body(&self) -> &[u8] {
        let border = self.border();
        &self.bytes[(border + 4).min(self.bytes.len())..]
    }

    pub fn status(&self) -> Option<u16> {
        self.head().strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.head();
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }

    /// As `Content-Length` has it.
    pub fn announced(&self) -> usize {
        self.header("content-length").and_then(|length| length.parse().ok()).expect("a length is announced")
    }

    fn border(&self) -> usize {
        self.bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(self.bytes.len())
    }
}
