//! Answers that take long, and what goes on beside them.

use std::sync::{Mutex, mpsc};
use std::thread::available_parallelism;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;

/// Takes with `/long` as long as the test wants, tells when it begins with that, and answers all else at once.
struct Slow {
    begins: UnboundedSender<()>,
    held: Mutex<mpsc::Receiver<()>>,
}

impl Site for Slow {
    type Opened = ();

    fn open(&self, request: Request) -> Step<()> {
        match (request.method.as_str(), request.path()) {
            ("POST", "/long") => Step::Body { opened: (), bytes: None, is_long: true },
            (_, "/long") => Step::Long(()),
            (_, path) => Step::Reply(Reply::json(StatusCode::OK, &json!({ "path": path }))),
        }
    }

    fn finish(&self, (): (), body: Result<Bytes, Problem>) -> Reply {
        self.begins.send(()).unwrap();
        assert_eq!(self.held.lock().unwrap().recv(), Err(mpsc::RecvError));
        Reply::new(StatusCode::OK, "text/plain".parse().unwrap(), body.unwrap())
    }

    fn refuse(&self, _: Request, problem: Problem) -> Reply {
        Reply::empty(problem.kind.status())
    }
}

fn slow() -> (House, mpsc::Sender<()>, UnboundedReceiver<()>) {
    let (begins, begun) = unbounded_channel();
    let (hold, held) = mpsc::channel();
    (House::of(Slow { begins, held: Mutex::new(held) }, Limits::default()), hold, begun)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whatever_takes_long_holds_up_nobody_else() {
    let (house, hold, mut begun) = slow();
    let (mut getter, mut poster) = (house.visit().await, house.visit().await);
    getter.send("GET /long HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    soon(begun.recv()).await.unwrap();
    house.is_well().await;
    poster.send("POST /long HTTP/1.1\r\nHost: pets\r\nContent-Length: 3\r\n\r\nRex").await;
    house.is_well().await;
    drop(hold);
    assert_eq!(getter.answer().await.body, b"");
    assert_eq!(poster.answer().await.body, b"Rex");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_more_of_it_is_done_at_once_than_there_are_processors() {
    let (house, hold, mut begun) = slow();
    let most = available_parallelism().unwrap().get();
    let mut visitors = Vec::new();
    for _ in 0..most + 3 {
        let mut visitor = house.visit().await;
        visitor.send("GET /long HTTP/1.1\r\nHost: pets\r\n\r\n").await;
        visitors.push(visitor);
    }
    for _ in 0..most {
        soon(begun.recv()).await.unwrap();
    }
    house.is_well().await;
    assert!(begun.try_recv().is_err());
    drop(hold);
    for mut visitor in visitors {
        assert_eq!(visitor.answer().await.status, 200);
    }
}

#[tokio::test]
async fn where_there_is_but_one_thread_it_is_done_all_the_same() {
    let (house, hold, _begun) = slow();
    drop(hold);
    assert!(house.all_for("GET /long HTTP/1.1\r\nHost: pets\r\nConnection: close\r\n\r\n").await.contains("200 OK"));
}
