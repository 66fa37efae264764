//! Doors that don't open, and how a server leaves.

use super::super::listen::BindReason;
use super::*;

#[tokio::test]
async fn a_port_in_use_is_said_so() {
    let house = House::open(Limits::default());
    let error = Listener::bind(house.address).unwrap_err();
    assert!(matches!(error.reason, BindReason::InUse));
    assert_eq!(error.to_string(), format!("port {} on 127.0.0.1 is already in use", house.address.port()));
}

#[tokio::test]
async fn an_address_of_another_machine() {
    let error = Listener::bind("192.0.2.1:0".parse().unwrap()).unwrap_err();
    assert!(matches!(error.reason, BindReason::NotHere), "{error}");
}

/// A server that is stopped leaves its port free for the next one.
#[tokio::test]
async fn the_port_is_free_again() {
    let mut house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send("GET / HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    visitor.answer().await;
    house.stop.graceful();
    house.ended().await;
    Listener::bind(house.address).unwrap();
}

#[tokio::test]
async fn an_idle_server_leaves_promptly() {
    let mut house = House::open(Limits::default());
    let mut idle = Vec::new();
    for n in 0..50 {
        let mut visitor = house.visit().await;
        // Half of them have been served before, the others never said a word.
        if n % 2 == 0 {
            visitor.send("GET / HTTP/1.1\r\nHost: pets\r\n\r\n").await;
            visitor.answer().await;
        }
        idle.push(visitor);
    }
    house.stop.graceful();
    timeout(SOON, &mut house.server).await.expect("prompt").unwrap();
    assert_eq!(house.status.phase(), Phase::Draining);
    for visitor in &mut idle {
        assert!(visitor.is_closed_within(SOON).await);
    }
    assert!(TcpStream::connect(house.address).await.is_err(), "new ones are refused");
}

#[tokio::test]
async fn a_request_in_hand_is_answered() {
    let mut house = House::open(Limits::default());
    let mut visitor = house.visit().await;
    visitor.send("POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n").await;
    // From here on the request is known to be in the server's hand.
    assert_eq!(visitor.answer().await.status, 100);
    visitor.send("abc").await;
    house.stop.graceful();
    let mut refused = false;
    for _ in 0..100 {
        refused = TcpStream::connect(house.address).await.is_err();
        if refused {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(refused, "the door is still open");
    assert_eq!(house.status.phase(), Phase::Draining);
    visitor.send("def").await;
    let answer = visitor.answer().await;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"abcdef"[..]));
    assert_eq!(answer.header("connection"), Some("close"));
    house.ended().await;
}

#[tokio::test]
async fn a_client_that_never_finishes_is_cut_off() {
    let mut house = House::open(Limits { drain_time: Duration::from_millis(200), ..Limits::default() });
    let mut visitor = house.visit().await;
    visitor.send("POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n").await;
    assert_eq!(visitor.answer().await.status, 100);
    house.stop.graceful();
    house.ended().await;
    assert!(visitor.is_closed_within(SOON).await);
}

#[tokio::test]
async fn the_second_word_ends_at_once() {
    let mut house = House::open(Limits { drain_time: Duration::from_secs(3600), ..Limits::default() });
    let mut visitor = house.visit().await;
    visitor.send("POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n").await;
    assert_eq!(visitor.answer().await.status, 100);
    house.stop.graceful();
    house.stop.now();
    timeout(SOON, &mut house.server).await.expect("at once").unwrap();
    house.stop.graceful();
    assert!(visitor.is_closed_within(SOON).await);
}

/// The whole test process gets the signals; nothing else in it listens for them, and caught they do no harm.
#[cfg(unix)]
#[tokio::test]
async fn the_first_signal_drains_and_the_second_ends() {
    let send = |name: &str| {
        let sent = std::process::Command::new("sh").args(["-c", &format!("kill -{name} $PPID")]).status();
        assert!(sent.unwrap().success());
    };
    let mut house = House::open(Limits { drain_time: Duration::from_secs(3600), ..Limits::default() });
    let signals = super::super::signals::Signals::catch().unwrap();
    let obeying = tokio::spawn(signals.obey(house.stop.clone(), || {}));
    let mut visitor = house.visit().await;
    visitor.send("POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n").await;
    assert_eq!(visitor.answer().await.status, 100);
    send("TERM");
    soon(house.stop.watch().reached(super::super::stop::Stage::Draining)).await;
    assert!(!house.server.is_finished());
    send("INT");
    house.ended().await;
    obeying.abort();
}

#[tokio::test]
async fn a_server_that_was_stopped_before_it_began() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let stop = Stop::new();
    stop.now();
    soon(serve(listener, Arc::new(Pets), Limits::default(), Status::default(), stop)).await;
}

/// Nothing that serves is left behind: the site is dropped with the last task.
#[tokio::test]
async fn nothing_is_left_behind() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.address();
    let (site, stop) = (Arc::new(Pets), Stop::new());
    let kept = Arc::downgrade(&site);
    let server = tokio::spawn(serve(listener, site, Limits::default(), Status::default(), stop.clone()));
    let mut visitor = Visitor { tcp: TcpStream::connect(address).await.unwrap(), got: Vec::new() };
    visitor.send("POST / HTTP/1.1\r\nHost: pets\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n").await;
    assert_eq!(visitor.answer().await.status, 100);
    stop.now();
    soon(server).await.unwrap();
    assert!(kept.upgrade().is_none());
}
