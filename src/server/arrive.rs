//! The beginning of a connection, until it is known what it speaks.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::stop::{Stage, Watch};

const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// So much is read at a time of what is sent to somebody who does not listen yet, and so much of it in all.
const READ_AHEAD: usize = 4_096;
const MOST_AHEAD: usize = 64 << 10;

pub(super) fn is_http2(first: &[u8]) -> bool {
    first.starts_with(HTTP2_PREFACE)
}

/// The first bytes that come, as many as tell whether this is HTTP/2. Before that nobody speaks to the client for so long,
/// unless what it asks for over HTTP/1 is `urgent`. `None` if nothing came in time, so that nobody waits for an answer, or if
/// the server leaves.
pub(super) async fn first_bytes(
    tcp: &mut TcpStream,
    silence: Duration,
    patience: Duration,
    watch: &Watch,
    urgent: impl Fn(&str) -> bool,
) -> Option<Bytes> {
    let mut first = BytesMut::new();
    if !silence.is_zero() {
        tokio::select! {
            biased;
            true = is_heard(tcp, &mut first, MOST_AHEAD, |first| target(first).is_some_and(&urgent)) => {}
            () = watch.clone().pause(Some(silence)) => {}
        }
    }
    tokio::select! {
        biased;
        () = tell_apart(tcp, &mut first) => {}
        _ = watch.clone().reached(Stage::Draining) => return None,
        () = tokio::time::sleep(patience) => return None,
    }
    (!first.is_empty()).then(|| first.freeze())
}

/// Reads until it is clear whether this is HTTP/2, or until the client closes its side.
async fn tell_apart(tcp: &mut TcpStream, first: &mut BytesMut) {
    while HTTP2_PREFACE.starts_with(first) && first.len() < HTTP2_PREFACE.len() {
        let missing = HTTP2_PREFACE.len() - first.len();
        let mut room = (&mut *first).limit(missing);
        if !matches!(tcp.read_buf(&mut room).await, Ok(count) if count > 0) {
            return;
        }
    }
}

/// Waits for the client to close its side. What it sends before that is kept, as far as there is room for it; the rest stays
/// where it is, and whether the client has closed shows only behind it.
pub(super) async fn closed(tcp: &mut TcpStream, ahead: &mut BytesMut, room: usize) {
    if !is_closed(tcp, ahead, room).await {
        std::future::pending().await
    }
}

/// The same, but what there is no room for is dropped: for who has nothing else to wait for.
pub(super) async fn gone(tcp: &mut TcpStream, ahead: &mut BytesMut, room: usize) {
    if !is_closed(tcp, ahead, room).await {
        let mut waste = [0; READ_AHEAD];
        while matches!(tcp.read(&mut waste).await, Ok(count) if count > 0) {}
    }
}

/// Whether the client has closed its side before there was no more room.
async fn is_closed(tcp: &mut TcpStream, ahead: &mut BytesMut, room: usize) -> bool {
    is_heard(tcp, ahead, room, |_| false).await
}

/// The same, or has said `enough`.
async fn is_heard(tcp: &mut TcpStream, ahead: &mut BytesMut, room: usize, enough: impl Fn(&[u8]) -> bool) -> bool {
    while ahead.len() < room {
        let mut piece = (&mut *ahead).limit(READ_AHEAD);
        if !matches!(tcp.read_buf(&mut piece).await, Ok(count) if count > 0) || enough(ahead) {
            return true;
        }
    }
    false
}

/// What the first line of a request over HTTP/1 asks for, once it is there as a whole.
fn target(first: &[u8]) -> Option<&str> {
    let line = first.split(|byte| matches!(byte, b'\r' | b'\n')).next().filter(|line| line.len() < first.len())?;
    std::str::from_utf8(line).ok()?.split(' ').nth(1)
}
