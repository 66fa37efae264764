//! Connections to which nobody speaks at first.

use super::*;
use crate::clock::Stopwatch;

/// Pets behind a slow door.
struct Slow(Duration);

impl Site for Slow {
    type Opened = Request;

    fn open(&self, request: Request) -> Step<Request> {
        Pets.open(request)
    }

    fn finish(&self, opened: Request, body: Result<Bytes, Problem>) -> Reply {
        Pets.finish(opened, body)
    }

    fn accept_delay(&self) -> Duration {
        self.0
    }

    fn is_urgent(&self, target: &str) -> bool {
        target == "/urgent"
    }

    fn refuse(&self, request: Request, problem: Problem) -> Reply {
        Pets.refuse(request, problem)
    }
}

const HOUR: Duration = Duration::from_secs(3_600);
const GET: &str = "GET /one HTTP/1.1\r\nHost: pets\r\n\r\nGET /two HTTP/1.1\r\nHost: pets\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn nobody_speaks_before_the_time_is_up() {
    let silence = Duration::from_millis(120);
    let house = House::of(Slow(silence), Limits::default());
    let watch = Stopwatch::start();
    let answers = house.all_for(GET).await;
    assert!(watch.elapsed() >= silence, "{:?}", watch.elapsed());
    assert!(answers.contains("/one") && answers.contains("/two"), "{answers}");
    // What is sent in the meantime is not lost, however long it is.
    let long = format!(
        "POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: 300000\r\nConnection: close\r\n\r\n{}",
        "x".repeat(300_000)
    );
    assert!(house.all_for(long).await.ends_with(&"x".repeat(300_000)));
}

#[tokio::test]
async fn whoever_has_said_everything_or_leaves_is_not_waited_for() {
    let mut house = House::of(Slow(HOUR), Limits::default());
    let mut visitor = house.visit().await;
    visitor.send(GET).await;
    visitor.half_close().await;
    assert!(soon(visitor.rest()).await.contains("/two"));
    let _waiting = house.visit().await;
    house.stop.graceful();
    soon(&mut house.server).await.unwrap();
}

#[tokio::test]
async fn what_is_urgent_does_not_wait() {
    let house = House::of(Slow(HOUR), Limits::default());
    let mut visitor = house.visit().await;
    visitor.send("GET /urg").await;
    visitor.send("ent HTTP/1.1\r\nHost: pets\r\nConnection: close\r\n\r\n").await;
    assert!(soon(visitor.rest()).await.contains("/urgent"));
}
