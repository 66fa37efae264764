//! The server over real sockets: a small site behind a free port, and clients that write bytes by hand.

mod arrivals;
mod bodies;
mod crowds;
mod deliveries;
mod faults;
mod frames;
mod heads;
mod leaving;
mod turns;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Limits, Listener, Site, Step, Stop, serve};
use crate::problem::{Kind, Problem};
use crate::reply::{Body, Made, Reply};
use crate::request::Request;
use crate::status::{Phase, Status};

/// Nothing here takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(10);
/// "At once" on a machine that has other things to do.
const SOON: Duration = Duration::from_secs(3);

/// The alphabet over and over, made a little at a time.
struct Alphabet(u64);

impl Made for Alphabet {
    fn len(&self) -> u64 {
        self.0
    }

    fn read(&self, at: u64) -> Bytes {
        (at..at + 1000).map(|place| b'a' + (place % 26) as u8).collect()
    }
}

/// Pets: GET tells what was asked, POST gives the body back.
struct Pets;

impl Site for Pets {
    type Opened = Request;

    fn open(&self, request: Request) -> Step<Request> {
        let path = request.path().to_owned();
        if let Some(size) = path.strip_prefix("/big/") {
            let body = vec![b'x'; size.parse().unwrap()];
            return Step::Reply(Reply::new(StatusCode::OK, "text/plain".parse().unwrap(), body));
        }
        if let Some(size) = path.strip_prefix("/made/") {
            let body = Body::Made(Arc::new(Alphabet(size.parse().unwrap())));
            return Step::Reply(Reply { body, ..Reply::empty(StatusCode::OK) });
        }
        match (request.method.as_str(), path.as_str()) {
            (_, "/keyed") if !request.headers.contains_key(AUTHORIZATION) => {
                Step::Reply(Reply::json(StatusCode::UNAUTHORIZED, &json!({ "problem": "missing_credentials" })))
            }
            (_, "/panic") => panic!("the site is broken"),
            (_, "/none") => Step::Reply(Reply {
                body: Bytes::from_static(b"never sent").into(),
                ..Reply::empty(StatusCode::NO_CONTENT)
            }),
            (_, "/liar") => {
                let mut reply = Reply::json(StatusCode::OK, &json!({}));
                reply.headers.insert("content-length", "999".parse().unwrap());
                reply.headers.insert("transfer-encoding", "chunked".parse().unwrap());
                Step::Reply(reply)
            }
            ("GET" | "HEAD", _) => Step::Reply(Reply::json(
                StatusCode::OK,
                &json!({ "path": path, "query": request.query(), "uri": request.uri.to_string(), "host": request.header(HOST.as_str()) }),
            )),
            ("POST" | "PUT", _) => Step::Body { opened: request, bytes: None, is_long: false },
            _ => Step::Reply(Reply::empty(StatusCode::METHOD_NOT_ALLOWED)),
        }
    }

    fn finish(&self, opened: Request, body: Result<Bytes, Problem>) -> Reply {
        match body {
            Ok(_) if opened.path() == "/panic-late" => panic!("{} is broken", opened.path()),
            Ok(body) => Reply::new(StatusCode::OK, "application/octet-stream".parse().unwrap(), body),
            Err(problem) => self.refuse(opened, problem),
        }
    }

    fn refuse(&self, request: Request, problem: Problem) -> Reply {
        assert_ne!(request.path(), "/panic-twice", "the site is broken through and through");
        let body = json!({ "problem": problem.kind.name(), "facts": problem.facts });
        Reply::json(problem.kind.status(), &body)
    }
}

/// A running server, gone when it is dropped.
struct House {
    address: SocketAddr,
    stop: Stop,
    status: Status,
    server: JoinHandle<()>,
}

impl House {
    fn open(limits: Limits) -> House {
        House::of(Pets, limits)
    }

    fn of(site: impl Site, limits: Limits) -> House {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.address();
        let (stop, status) = (Stop::new(), Status::default());
        status.set(Phase::Ready);
        let server = tokio::spawn(serve(listener, Arc::new(site), limits, status.clone(), stop.clone()));
        House { address, stop, status, server }
    }

    async fn visit(&self) -> Visitor {
        Visitor { tcp: soon(TcpStream::connect(self.address)).await.unwrap(), got: Vec::new() }
    }

    /// What comes back for these bytes until the server closes.
    async fn all_for(&self, sent: impl AsRef<[u8]>) -> String {
        let mut visitor = self.visit().await;
        visitor.send(sent).await;
        visitor.rest().await
    }

    /// The next ordinary request is answered as ever.
    async fn is_well(&self) {
        let mut visitor = self.visit().await;
        visitor.send("GET /well HTTP/1.1\r\nHost: pets\r\n\r\n").await;
        let answer = visitor.answer().await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["path"], "/well");
    }

    /// Waits for the server to have ended.
    async fn ended(&mut self) {
        timeout(PATIENCE, &mut self.server).await.expect("the server ends").unwrap();
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.now();
    }
}

async fn soon<T>(work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.expect("it does not hang")
}

struct Visitor {
    tcp: TcpStream,
    got: Vec<u8>,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }
}

impl Visitor {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        soon(self.tcp.write_all(bytes.as_ref())).await.unwrap();
    }

    /// As `send`, to a server that may have closed already.
    async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        soon(self.tcp.write_all(bytes.as_ref())).await.is_ok()
    }

    async fn half_close(&mut self) {
        self.tcp.shutdown().await.unwrap();
    }

    /// Reads more; false at the end.
    async fn read(&mut self) -> bool {
        matches!(soon(self.tcp.read_buf(&mut self.got)).await, Ok(count) if count > 0)
    }

    async fn answer(&mut self) -> Answer {
        self.answer_to(&Method::GET).await
    }

    async fn answer_to(&mut self, method: &Method) -> Answer {
        let end = loop {
            if let Some(end) = self.got.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.read().await, "closed after {:?}", String::from_utf8_lossy(&self.got));
        };
        let head = String::from_utf8(self.got.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        if *method != Method::HEAD && status >= 200 {
            while self.got.len() < length {
                assert!(self.read().await, "closed within a body");
            }
            answer.body = self.got.drain(..length).collect();
        }
        answer
    }

    /// Everything until the server closes.
    async fn rest(&mut self) -> String {
        while self.read().await {}
        String::from_utf8_lossy(&std::mem::take(&mut self.got)).into_owned()
    }

    /// Whether the server closes within this time; what it says meanwhile is kept.
    async fn is_closed_within(&mut self, time: Duration) -> bool {
        timeout(time, async { while self.read().await {} }).await.is_ok()
    }
}

fn short() -> Limits {
    let moment = Duration::from_millis(300);
    Limits { head_time: moment, body_time: moment, write_time: moment, ..Limits::default() }
}

/// How many answers these bytes hold, by their status lines.
fn statuses(text: &str) -> Vec<u16> {
    let lines = text.split("HTTP/1.").skip(1);
    lines.filter_map(|line| line.get(2..5)?.parse().ok()).filter(|status| *status >= 200).collect()
}

/// The problem that an answer names.
fn problem(text: &str) -> String {
    let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    value["problem"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_small_site_names_problems_as_the_table_does() {
    let reply = Pets.refuse(Request::new(Method::GET, "/".parse().unwrap()), Problem::new(Kind::MalformedHost));
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}
