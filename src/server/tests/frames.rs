//! HTTP/2 by hand: the frames that tests need, with the static table's entries alone.

use super::*;

pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub(super) const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RESET: u8 = 3;
pub(super) const SETTINGS_KIND: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;

pub(super) struct Frames(pub Visitor);

impl Frames {
    pub(super) async fn begin(house: &House) -> Frames {
        let mut visitor = house.visit().await;
        // In two pieces, so that the protocol is not told by the first.
        visitor.send(&PREFACE[..5]).await;
        visitor.send(&PREFACE[5..]).await;
        visitor.send(SETTINGS).await;
        Frames(visitor)
    }

    /// A request without a body: `:method`, `:scheme`, `:path`, and an authority if there is one.
    pub(super) async fn ask(&mut self, stream: u8, method: u8, path: &str, authority: Option<&str>) {
        self.begin_to_ask(stream, method, path, authority, &[], true).await;
    }

    pub(super) async fn begin_to_ask(
        &mut self,
        stream: u8,
        method: u8,
        path: &str,
        authority: Option<&str>,
        more: &[u8],
        whole: bool,
    ) {
        let mut block = vec![0x80 | method, 0x86, 0x04, u8::try_from(path.len()).unwrap()];
        block.extend_from_slice(path.as_bytes());
        if let Some(authority) = authority {
            block.extend_from_slice(&[0x01, u8::try_from(authority.len()).unwrap()]);
            block.extend_from_slice(authority.as_bytes());
        }
        block.extend_from_slice(more);
        self.put(HEADERS, 0x04 | u8::from(whole), stream, &block).await;
    }

    pub(super) async fn put(&mut self, kind: u8, flags: u8, stream: u8, payload: &[u8]) {
        let [_, a, b, c] = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = vec![a, b, c, kind, flags, 0, 0, 0, stream];
        frame.extend_from_slice(payload);
        self.0.send(frame).await;
    }

    /// The next frame: kind, flags, payload; none at the end.
    pub(super) async fn next(&mut self) -> Option<(u8, u8, Vec<u8>)> {
        let got = loop {
            if let [a, b, c, kind, flags, _, _, _, _, ..] = self.0.got[..] {
                let length = u32::from_be_bytes([0, a, b, c]) as usize;
                if self.0.got.len() >= 9 + length {
                    break (kind, flags, length);
                }
            }
            if !self.0.read().await {
                return None;
            }
        };
        let (kind, flags, length) = got;
        let frame: Vec<u8> = self.0.got.drain(..9 + length).collect();
        if kind == PING && flags == 0 {
            // The server's way to learn that everything sent before has arrived.
            let mut ack = frame.clone();
            ack[4] = 1;
            self.0.try_send(ack).await;
        }
        Some((kind, flags, frame[9..].to_vec()))
    }

    /// The first byte of the next answer's head, which is its status in the static table, and its body.
    pub(super) async fn answer(&mut self) -> (u8, Vec<u8>) {
        let (mut status, mut body) = (0, Vec::new());
        while let Some((kind, flags, payload)) = self.next().await {
            match kind {
                HEADERS => status = payload[0],
                DATA => body.extend_from_slice(&payload),
                _ => continue,
            }
            if flags & 1 == 1 {
                return (status, body);
            }
        }
        panic!("closed before an answer");
    }
}

pub(super) const GET: u8 = 2;
pub(super) const POST: u8 = 3;
pub(super) const OK: u8 = 0x88;
pub(super) const BAD_REQUEST: u8 = 0x8c;
