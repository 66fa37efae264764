//! Many clients, slow ones, and ones that never read.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex};

use super::*;

/// `/long` is answered when somebody has asked for something else.
struct Slow {
    begun: SyncSender<()>,
    others: Mutex<u32>,
    more: Condvar,
}

impl Slow {
    fn new() -> (Slow, Receiver<()>) {
        let (begun, seen) = sync_channel(1);
        (Slow { begun, others: Mutex::new(0), more: Condvar::new() }, seen)
    }
}

impl Site for Slow {
    type Opened = Request;

    fn open(&self, request: Request) -> Step<Request> {
        if request.path() == "/long" {
            return Step::Body { opened: request, bytes: None, is_long: false };
        }
        *self.others.lock().unwrap() += 1;
        self.more.notify_all();
        Pets.open(request)
    }

    fn finish(&self, _: Request, _: Result<Bytes, Problem>) -> Reply {
        let others = self.others.lock().unwrap();
        self.begun.send(()).unwrap();
        let waited = self.more.wait_timeout_while(others, PATIENCE, |others| *others == 0).unwrap();
        Reply::empty(if waited.1.timed_out() { StatusCode::GATEWAY_TIMEOUT } else { StatusCode::OK })
    }

    fn refuse(&self, request: Request, problem: Problem) -> Reply {
        Pets.refuse(request, problem)
    }

    fn may_take_long(&self, request: &Request) -> bool {
        request.path() == "/long"
    }
}

/// One thread serves all connections, and goes on when a request takes it up.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_takes_long_holds_up_nobody() {
    let (site, begun) = Slow::new();
    let house = House::of(site, Limits::default());
    let (mut long, mut other) = (house.visit().await, house.visit().await);
    long.send("POST /long HTTP/1.1\r\nHost: pets\r\nContent-Length: 0\r\n\r\n").await;
    tokio::task::block_in_place(|| begun.recv_timeout(PATIENCE)).unwrap();
    other.send("GET /well HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    assert_eq!([long.answer().await.status, other.answer().await.status], [200, 200]);
}

#[tokio::test]
async fn slow_heads_are_closed_and_others_served() {
    let house = House::open(short());
    let mut slow = Vec::new();
    for beginning in ["", "G", "GET / HTTP/1.1\r\nHost: p", "PRI * HT"] {
        for _ in 0..5 {
            let mut visitor = house.visit().await;
            visitor.send(beginning).await;
            slow.push((beginning, visitor));
        }
    }
    house.is_well().await;
    for (beginning, visitor) in &mut slow {
        assert!(visitor.is_closed_within(SOON).await, "{beginning:?} is still open");
    }
    house.is_well().await;
}

/// The idle time is the head's, counted from the last answer.
#[tokio::test]
async fn idle_connections_are_closed() {
    let house = House::open(short());
    let mut visitor = house.visit().await;
    for _ in 0..2 {
        visitor.send("GET / HTTP/1.1\r\nHost: pets\r\n\r\n").await;
        assert_eq!(visitor.answer().await.status, 200);
    }
    assert!(visitor.is_closed_within(SOON).await);
    assert!(visitor.got.is_empty(), "closed without a word");
}

/// A head that trickles in has as long as one that does not.
#[tokio::test]
async fn a_head_that_trickles_is_closed() {
    let house = House::open(short());
    let mut visitor = house.visit().await;
    visitor.send("GET / HTTP/1.1\r\nHost: pets\r\n").await;
    let trickle = async {
        while visitor.try_send("A: b\r\n").await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, trickle).await.expect("it is closed");
}

#[tokio::test]
async fn a_client_that_never_reads_is_closed() {
    let house = House::open(Limits { connections: 1, ..short() });
    let mut visitor = house.visit().await;
    visitor.send("GET /big/67108864 HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    // The only place is taken until the server has given the client up.
    house.is_well().await;
    visitor.rest().await;
}

/// Slower than the head's time allows, but always taking something: that is no stall.
#[tokio::test]
async fn a_client_that_reads_slowly_gets_everything() {
    let house = House::open(Limits { head_time: Duration::from_millis(100), ..short() });
    let mut visitor = house.visit().await;
    visitor.send("GET /big/20000000 HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    let mut sum = 0;
    let mut piece = vec![0; 1 << 20];
    loop {
        match soon(visitor.tcp.read(&mut piece)).await.unwrap() {
            0 => break,
            count => sum += count,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(sum > 20_000_000, "{sum}");
}

#[tokio::test]
async fn two_hundred_idle_connections() {
    let house = House::open(Limits::default());
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(house.visit().await);
    }
    house.is_well().await;
    for visitor in &mut idle {
        visitor.send("GET /pets HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    }
    for visitor in &mut idle {
        assert_eq!(visitor.answer().await.status, 200);
    }
}

#[tokio::test]
async fn more_clients_than_places_wait_their_turn() {
    let house = House::open(Limits { connections: 4, ..Limits::default() });
    let mut clients = tokio::task::JoinSet::new();
    for n in 0..12 {
        let mut visitor = house.visit().await;
        clients.spawn(async move {
            visitor.send(format!("GET /{n} HTTP/1.1\r\nHost: pets\r\nConnection: close\r\n\r\n")).await;
            (n, visitor.answer().await.json()["path"].clone())
        });
    }
    let mut count = 0;
    while let Some(done) = soon(clients.join_next()).await {
        let (n, path) = done.unwrap();
        assert_eq!(path, format!("/{n}"));
        count += 1;
    }
    assert_eq!(count, 12);
}

/// With all places held, nobody else is served; with one free again, the next in the backlog is.
#[tokio::test]
async fn the_cap_holds() {
    let house = House::open(Limits { connections: 2, ..Limits::default() });
    let mut holders = Vec::new();
    for _ in 0..2 {
        let mut visitor = house.visit().await;
        visitor.send("GET / HTTP/1.1\r\nHost: pets\r\n\r\n").await;
        visitor.answer().await;
        holders.push(visitor);
    }
    let mut third = house.visit().await;
    third.send("GET / HTTP/1.1\r\nHost: pets\r\n\r\n").await;
    let early = timeout(Duration::from_millis(100), third.answer()).await;
    assert!(early.is_err(), "served beyond the cap");
    holders.pop();
    assert_eq!(third.answer().await.status, 200);
}

/// Bytes that nobody would send on purpose: an answer below 500 or a close, and the server goes on.
#[tokio::test]
async fn mutated_requests() {
    let house = House::open(Limits { connections: 64, ..short() });
    let whole = b"POST /pets?a=1 HTTP/1.1\r\nHost: pets\r\nContent-Length: 4\r\nA: b\r\n\r\nbody";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for round in 0..300 {
        let mut bytes = whole.to_vec();
        for _ in 0..=roll(4) {
            let at = roll(bytes.len());
            match roll(3) {
                0 => bytes[at] = u8::try_from(roll(256)).unwrap(),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, u8::try_from(roll(256)).unwrap()),
            }
        }
        let mut visitor = house.visit().await;
        visitor.try_send(&bytes).await;
        let _ = visitor.tcp.shutdown().await;
        let text = visitor.rest().await;
        assert!(statuses(&text).iter().all(|status| *status < 500), "round {round}: {bytes:?}: {text}");
    }
    house.is_well().await;
}

/// A process without a descriptor left takes nobody in, does not spin, and is as before once it has some again. The
/// limit is a whole process's, so this test runs itself a second time as the server.
#[cfg(target_os = "linux")]
mod descriptors {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};

    use super::*;

    const NAME: &str = "server::tests::crowds::descriptors::run_out";
    const AS_SERVER: &str = "TEST_AS_SERVER";

    #[tokio::test]
    async fn run_out() {
        if std::env::var_os(AS_SERVER).is_some() {
            return without_descriptors().await;
        }
        let program = std::env::current_exe().unwrap();
        let again = format!("ulimit -n 96; exec '{}' --exact {NAME} --nocapture", program.display());
        let mut server = Command::new("sh")
            .args(["-c", &again])
            .env(AS_SERVER, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = server.stdin.take().unwrap();
        let mut says = BufReader::new(server.stdout.take().unwrap()).lines();
        let mut next = |word: &str| loop {
            let line = says.next().expect("the server lives").unwrap();
            if let Some(rest) = line.strip_prefix(word) {
                return rest.to_owned();
            }
        };
        let address: SocketAddr = next("address ").parse().unwrap();

        let mut clients = Vec::new();
        for _ in 0..300 {
            let mut visitor = Visitor { tcp: soon(TcpStream::connect(address)).await.unwrap(), got: Vec::new() };
            visitor.send("GET /pets HTTP/1.1\r\nHost: pets\r\nConnection: close\r\n\r\n").await;
            clients.push(visitor);
        }
        let before = ticks(server.id());
        let window = Duration::from_millis(500);
        assert!(timeout(window, clients[0].read()).await.is_err(), "there was a descriptor left");
        let spent = ticks(server.id()) - before;
        assert!(spent < 20, "{spent} of 50 ticks were spent on nothing");

        writeln!(told, "free").unwrap();
        for client in &mut clients {
            assert_eq!(client.answer().await.status, 200);
        }
        drop(told);
        next("done");
        assert!(server.wait().unwrap().success());
    }

    /// The server's side: all descriptors are taken until a line comes in, and it ends with the input.
    async fn without_descriptors() {
        let (line, mut lines) = tokio::sync::mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for read in std::io::stdin().lines() {
                line.send(read.unwrap()).unwrap();
            }
        });
        let mut house = House::open(Limits::default());
        let taken: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
        assert!(taken.len() < 96);
        println!("\naddress {}", house.address);
        lines.recv().await.unwrap();
        drop(taken);
        assert!(lines.recv().await.is_none());
        house.stop.graceful();
        house.ended().await;
        println!("\ndone");
    }

    /// What a process has had of the processor, in hundredths of a second.
    fn ticks(process: u32) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }
}
