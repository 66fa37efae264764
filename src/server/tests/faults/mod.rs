//! Faults as a raw socket sees them: every byte, how the connection ends, and when. Here is what all of that needs.

mod bytes;
mod endings;
mod http2;
mod times;

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;

use http::HeaderValue;
use http::header::DATE;

use super::*;
use crate::fault::{Fault, Point};

const BODY: &str = r#"{"name":"Rex","age":3}"#;
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: Wed, 15 Jan 2025 15:00:00 GMT\r\n";
/// More than sockets keep for a client that does not read.
const BIG: usize = 16 << 20;
const MOMENT: Duration = Duration::from_secs(60);

/// Answers `/well` well, `/big` with a lot, a POST with its own body, and all but the first two as it was told.
struct Told(pub Reply);

impl Site for Told {
    type Opened = ();

    fn open(&self, request: Request) -> Step<()> {
        match (request.method.as_str(), request.path()) {
            ("POST", "/told") => Step::Body { opened: (), bytes: None, is_long: false },
            (_, "/well") => Step::Reply(Reply::json(StatusCode::OK, &json!({ "path": "/well" }))),
            (_, "/big") => Step::Reply(Reply { body: vec![b'x'; BIG].into(), ..Reply::empty(StatusCode::OK) }),
            _ => Step::Reply(self.0.clone()),
        }
    }

    fn finish(&self, _: (), body: Result<Bytes, Problem>) -> Reply {
        let mut reply = self.0.clone();
        reply.body = body.unwrap().into();
        reply
    }

    fn refuse(&self, _: Request, problem: Problem) -> Reply {
        Reply::empty(problem.kind.status())
    }
}

/// With a date of its own, so that all its bytes are known.
fn reply() -> Reply {
    let mut reply = Reply::new(StatusCode::OK, HeaderValue::from_static("application/json"), BODY);
    reply.headers.insert(DATE, HeaderValue::from_static("Wed, 15 Jan 2025 15:00:00 GMT"));
    reply
}

fn with(fault: Fault) -> House {
    House::of(Told(Reply { fault: Some(fault), ..reply() }), Limits::default())
}

fn drip(from: Point, bytes: u64, every: Duration) -> Fault {
    Fault::Drip { from, bytes: NonZeroU64::new(bytes).unwrap(), every }
}

/// Time stands still until a test moves it. It moves in whole milliseconds, so what is due comes within one.
struct StandsStill {
    hold: Option<std::sync::mpsc::Sender<()>>,
    ran_away: Arc<AtomicBool>,
}

fn stop_time() -> StandsStill {
    tokio::time::pause();
    let (hold, held) = std::sync::mpsc::channel();
    let ran_away = Arc::new(AtomicBool::new(false));
    let told = ran_away.clone();
    // While a blocking task runs, the runtime does not move the time by itself. What hangs is let go, and fails.
    tokio::task::spawn_blocking(move || {
        let timed_out = held.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
        told.store(timed_out, Ordering::Release);
    });
    StandsStill { hold: Some(hold), ran_away }
}

impl Drop for StandsStill {
    fn drop(&mut self) {
        drop(self.hold.take());
        assert!(!self.ran_away.load(Ordering::Acquire) || std::thread::panicking(), "it came only when time ran on");
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Ending {
    Fin,
    Rst,
}

impl Visitor {
    async fn get(&mut self, path: &str) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: pets\r\n\r\n")).await;
    }

    /// Everything until the connection ends, and how it does.
    async fn ending(&mut self) -> (String, Ending) {
        let ending = loop {
            match soon(self.tcp.read_buf(&mut self.got)).await {
                Ok(0) => break Ending::Fin,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break Ending::Rst,
                Err(error) => panic!("{error}"),
            }
        };
        (String::from_utf8_lossy(&std::mem::take(&mut self.got)).into_owned(), ending)
    }

    /// Exactly this comes next. What comes behind it is kept.
    async fn next_is(&mut self, expected: &str) {
        while self.got.len() < expected.len() {
            assert!(self.read().await, "closed after {:?}", String::from_utf8_lossy(&self.got));
        }
        let got: Vec<u8> = self.got.drain(..expected.len()).collect();
        assert_eq!(String::from_utf8_lossy(&got), expected);
    }

    async fn next_is_well(&mut self) {
        let answer = self.answer().await;
        assert_eq!((answer.status, answer.json()["path"].as_str()), (200, Some("/well")));
    }
}

fn whole() -> String {
    format!("{HEAD}content-length: 22\r\n\r\n{BODY}")
}
