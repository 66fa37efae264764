//! Everything put together: from settings to a running server, for the command line and for tests in process alike.

mod remake;
mod sources;
mod start_error;
mod stories;

pub use remake::{Settings, Wished, Wishes};
pub use sources::{KEYS, Materials, Sources, reason};
pub use start_error::StartError;
pub use stories::{Stories, is_path};

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::access::Access;
use crate::clock::{Clock, Stopwatch};
use crate::contract::{Action, Contract, Operation};
use crate::control::{self, Admission, Control};
use crate::exchange::{self, House, InHand, Policy, Standing};
use crate::journal::{self, Book, Scroll};
use crate::lane::{Bounds, Ground, Lanes, Plan, Start};
use crate::problem::Problem;
use crate::reload::{Reload, Watch};
use crate::reply::Reply;
use crate::request::Request;
use crate::scenario::Repertoire;
use crate::seed::Seed;
use crate::server::{self, Limits, Listener, Site, Step, Stop};
use crate::source::Diagnostic;
use crate::status::{Phase, Status};
use crate::voice::calls::parts::{AUDIO, Teller};
use remake::Remake;

/// A running mock server. It stops when it is dropped. Each has its own port, so any number run side by side.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let server = ayra_mock::Server::builder().start().await.unwrap();
/// println!("point the client at {}", server.url());
/// server.stop().await;
/// # }
/// ```
///
/// A document of your own, with what is otherwise a warning refused:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use ayra_mock::{Policy, Server};
///
/// let policy = Policy { strict: true, ..Policy::default() };
/// let server = Server::builder().contract("schemas/openapi.yaml").policy(policy).seed(7).start().await.unwrap();
/// assert!(server.url().starts_with("http://127.0.0.1:"));
/// # }
/// ```
pub struct Server {
    address: SocketAddr,
    warnings: Vec<Diagnostic>,
    standing: Arc<Standing>,
    reload: Arc<Reload>,
    stop: Stop,
    task: JoinHandle<()>,
}

/// What a server is started with. Every setting has a default.
#[derive(Debug, Clone)]
pub struct Builder {
    contract: Option<PathBuf>,
    dir: Option<PathBuf>,
    stateful: bool,
    scenarios: Vec<String>,
    address: SocketAddr,
    seed: Seed,
    now: Option<Timestamp>,
    speed: Option<f64>,
    calls: Option<usize>,
    arrivals: f64,
    policy: Policy,
    limits: Limits,
    bounds: Bounds,
    admission: Admission,
    watch: Watch,
    journal: journal::Bounds,
    scroll: Option<Arc<Scroll>>,
}

/// The two sides of the server behind one door: `/_mock/` is ours, everything else the contract's.
struct Door {
    standing: Arc<Standing>,
    control: Control,
}

/// A request between its head and its body, on either side.
#[allow(clippy::large_enum_variant, reason = "made once and moved once in a request; a box would cost an allocation")]
enum Opened {
    House(InHand),
    Control(control::Opened),
}

impl Server {
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens: `http://127.0.0.1:49152`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is served at this moment.
    pub fn contract(&self) -> Arc<Contract> {
        self.standing.house().contract.clone()
    }

    /// The key to show to a new user.
    pub fn default_key(&self) -> Option<String> {
        self.standing.house().access.keys().default_key().map(str::to_owned)
    }

    /// The scenarios that there are, and those that are armed in every lane.
    pub fn scenarios(&self) -> Arc<Repertoire> {
        self.standing.house().scenarios.clone()
    }

    /// What was odd about the files at the start.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Who looks at the files again, by himself or when he is told to.
    pub fn reload(&self) -> &Arc<Reload> {
        &self.reload
    }

    /// What was asked and answered. It stays when the server goes.
    pub fn journal(&self) -> Arc<Book> {
        self.standing.house().book.clone()
    }

    /// The query with which a path of the operation can be fetched, where a signature takes the place of a key.
    pub fn signed(&self, operation: &Operation, path: &str) -> Option<String> {
        let Action::View(name) = &operation.deed.as_ref()?.action else { return None };
        let file = path.rsplit('/').next().filter(|_| name == AUDIO)?;
        let lane = self.standing.house().lanes.by_default();
        let (now, signer) = (lane.now(), &lane.ground.signer);
        let state = lane.read();
        let (calls, view) = state.calls(&lane.ground, now)?;
        Teller { calls, view, signer, lane: &lane.name, folder: "", amiss: None }.signed(file)
    }

    /// The handle that ends it, for whoever catches signals.
    pub fn stop_handle(&self) -> Stop {
        self.stop.clone()
    }

    /// Answers what is in hand, then ends.
    pub async fn stop(self) {
        self.stop.graceful();
        self.ended().await;
    }

    /// Waits until somebody else ended it.
    pub async fn ended(mut self) {
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "the server ended in a panic");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.now();
    }
}

impl Default for Builder {
    fn default() -> Builder {
        Builder {
            contract: None,
            dir: None,
            stateful: false,
            scenarios: Vec::new(),
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            seed: Seed(42),
            now: None,
            speed: None,
            calls: None,
            arrivals: 0.0,
            policy: Policy::default(),
            limits: Limits::default(),
            bounds: Bounds::default(),
            admission: Admission::default(),
            watch: Watch::Events,
            journal: journal::Bounds::default(),
            scroll: None,
        }
    }
}

impl Builder {
    /// An OpenAPI document to serve instead of the embedded contract.
    pub fn contract(mut self, document: impl Into<PathBuf>) -> Builder {
        self.contract = Some(document.into());
        self
    }

    /// A folder with `schemas`, `fixtures` and `scenarios` that lies on top of the embedded files.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Builder {
        self.dir = Some(dir.into());
        self
    }

    /// Keeps records for a document that says nothing of them: collections, filters and pages are recognised by paths,
    /// methods and names. The embedded contract says everything itself.
    pub fn stateful(mut self, stateful: bool) -> Builder {
        self.stateful = stateful;
        self
    }

    /// Scenarios that are armed in every lane from its beginning, by name or as files, in this order.
    pub fn scenarios(mut self, scenarios: impl IntoIterator<Item = impl Into<String>>) -> Builder {
        self.scenarios = scenarios.into_iter().map(Into::into).collect();
        self
    }

    /// Where to listen. The default is a free port on the loopback address.
    pub fn address(mut self, address: SocketAddr) -> Builder {
        self.address = address;
        self
    }

    pub fn seed(mut self, seed: u64) -> Builder {
        self.seed = Seed(seed);
        self
    }

    /// When every lane begins, and how fast its clock runs. A moment without a speed stands still; without a moment it is
    /// the machine's time.
    pub fn clock(mut self, now: Option<Timestamp>, speed: Option<f64>) -> Builder {
        (self.now, self.speed) = (now, speed);
        self
    }

    /// How many calls there are when a lane begins, instead of as many as the fixtures say, and how many more begin in a
    /// usual hour of its clock.
    pub fn calls(mut self, calls: Option<usize>, arrivals: f64) -> Builder {
        (self.calls, self.arrivals) = (calls, arrivals);
        self
    }

    /// How many lanes there may be, and for how long.
    pub fn lanes(mut self, bounds: Bounds) -> Builder {
        self.bounds = bounds;
        self
    }

    /// Who may call the paths under `/_mock/`.
    pub fn admission(mut self, admission: Admission) -> Builder {
        self.admission = admission;
        self
    }

    pub fn policy(mut self, policy: Policy) -> Builder {
        self.policy = policy;
        self
    }

    pub fn limits(mut self, limits: Limits) -> Builder {
        self.limits = limits;
        self
    }

    /// How much is remembered of what was asked and answered, and where it is written.
    pub fn journal(mut self, bounds: journal::Bounds, scroll: Option<Scroll>) -> Builder {
        (self.journal, self.scroll) = (bounds, scroll.map(Arc::new));
        self
    }

    /// How to hear that files were saved. What comes from files is then served as it is written now.
    pub fn watch(mut self, watch: Watch) -> Builder {
        self.watch = watch;
        self
    }

    /// Loads the contract and the keys, then starts.
    pub async fn start(self) -> Result<Server, StartError> {
        let sources = Sources::new(self.contract.as_deref(), self.dir.as_deref());
        let sources = sources.map_err(|finding| vec![finding]);
        let materials = sources.and_then(|sources| sources.stateful(self.stateful).armed(&self.scenarios).load());
        let materials = materials.map_err(StartError::Files)?;
        self.start_with(materials).await
    }

    /// Starts with what is loaded already. It listens, and answers, when this returns.
    pub async fn start_with(self, materials: Materials) -> Result<Server, StartError> {
        let listener = Listener::bind(self.address).map_err(StartError::Bind)?;
        let address = listener.address();
        let (status, stop) = (Status::default(), Stop::new());
        let Materials { contract, keys, scenarios, mut warnings, settings, files } = materials;
        let plan = Plan { fixtures: files.sources.fixtures(), calls: self.calls, arrivals: self.arrivals };
        let start = self.beginning(&scenarios);
        let ground = Ground::planned(contract.clone(), Arc::new(plan), self.seed, start).map_err(StartError::Files)?;
        warnings.extend(ground.warnings().iter().cloned());
        let lanes = Arc::new(Lanes::new(ground, self.bounds));
        let access = Access::new(contract.clone(), keys);
        let house = House::new(contract, access, lanes, self.policy).with_scenarios(scenarios);
        let house = house.with_book(Arc::new(Book::new(self.journal).with_scroll(self.scroll)));
        let standing = Arc::new(Standing::new(house).waiting(server::aside));
        let remake = Remake::new(standing.clone(), files, settings).warned(warnings.clone());
        let reload = Reload::new(Box::new(remake));
        reload.watch(self.watch).map_err(StartError::Watch)?;
        let control = Control::new(standing.clone(), reload.clone(), status.clone(), self.admission, address.ip());
        let site = Arc::new(Door { standing: standing.clone(), control });
        status.set(Phase::Ready);
        let task = tokio::spawn(server::serve(listener, site, self.limits, status, stop.clone()));
        Ok(Server { address, warnings, standing, reload, stop, task })
    }
}

impl Builder {
    /// When lanes begin: as it was said, or else as the first scenario says that says so.
    fn beginning(&self, scenarios: &Repertoire) -> Start {
        let clock = scenarios.opening().iter().find_map(|scenario| scenario.clock.as_ref());
        match clock.filter(|_| self.now.is_none() && self.speed.is_none()) {
            Some(clock) => Start::new(clock.at.or_else(|| clock.frozen.then(Clock::system)), clock.speed),
            None => Start::new(self.now, self.speed),
        }
    }
}

impl Site for Door {
    type Opened = Opened;

    fn open(&self, request: Request) -> Step<Opened> {
        if Control::owns(request.path()) {
            return match self.control.open(request) {
                control::Next::Reply(reply) => Step::Reply(reply),
                control::Next::Body(opened, bytes) => {
                    Step::Body { opened: Opened::Control(opened), bytes: Some(bytes), is_long: false }
                }
            };
        }
        match self.standing.open(request) {
            exchange::Next::Reply(reply) => Step::Reply(reply),
            exchange::Next::Long(opened) => Step::Long(Opened::House(opened)),
            exchange::Next::Body { opened, is_long } => {
                Step::Body { opened: Opened::House(opened), bytes: None, is_long }
            }
        }
    }

    fn finish(&self, opened: Opened, body: Result<Bytes, Problem>) -> Reply {
        match opened {
            Opened::House(opened) => self.standing.finish(opened, body),
            Opened::Control(opened) => self.control.finish(opened, body),
        }
    }

    /// Worlds are made there, whole lanes written and read.
    fn may_take_long(&self, request: &Request) -> bool {
        Control::owns(request.path())
    }

    fn accept_delay(&self) -> Duration {
        self.standing.accept_delay()
    }

    /// However slow the door is, it can be told to be so no longer.
    fn is_urgent(&self, target: &str) -> bool {
        Control::owns(target)
    }

    fn refuse(&self, request: Request, problem: Problem) -> Reply {
        if Control::owns(request.path()) {
            return self.control.refuse(&request, problem);
        }
        self.standing.house().turn_away(request, Stopwatch::start(), problem)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    /// Asks from the runtime that serves, so that one thread has to do for both.
    async fn ask(server: &Server, target: &str) -> String {
        let mut stream = TcpStream::connect(server.address()).await.expect("a connection");
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    /// A document and the folder it is in, which goes with it.
    struct Document(PathBuf);

    impl Document {
        fn new(name: &str, text: &str) -> Document {
            let path = std::env::temp_dir().join(format!("ayra-mock-in-process-{name}-{}.yaml", std::process::id()));
            std::fs::write(&path, text).expect("a file");
            Document(path)
        }
    }

    impl Drop for Document {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    const PETS: &str = "openapi: 3.1.0\ninfo: { title: Pets, version: '1' }\npaths:\n  /pets:\n    get:\n      responses:\n        '200':\n          description: All pets\n          content: { application/json: { example: [cat] } }\n";

    #[tokio::test]
    async fn a_server_in_process_answers_and_goes() {
        let server = Server::builder().start().await.expect("a server");
        let address = server.address();
        assert_eq!(server.url(), format!("http://{address}"));
        let answer = ask(&server, "/_mock/ready").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(!answer.contains("access-control"), "our own paths are closed to pages: {answer}");
        let answer = ask(&server, "/nowhere").await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        server.stop().await;
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }

    #[tokio::test]
    async fn several_servers_in_one_thread_have_nothing_in_common() {
        let document = Document::new("several", PETS);
        let pets = Server::builder().contract(&document.0).start().await.expect("a server");
        let strict = Policy { strict: true, ..Policy::default() };
        let careful = Server::builder().contract(&document.0).policy(strict).start().await.expect("a server");
        let embedded = Server::builder().start().await.expect("a server");
        assert!(ask(&pets, "/pets").await.ends_with("[\"cat\"]"));
        assert!(ask(&pets, "/pets?size=3").await.starts_with("HTTP/1.1 200"));
        assert!(ask(&careful, "/pets?size=3").await.starts_with("HTTP/1.1 400"));
        assert!(ask(&embedded, "/pets").await.starts_with("HTTP/1.1 404"));

        let (gone, stays) = (pets.address(), careful.address());
        drop(pets);
        while TcpStream::connect(gone).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(TcpStream::connect(stays).await.is_ok(), "the others go on");
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_to_who_starts_it() {
        let document = Document::new("broken", "openapi: 3.1.0\ninfo: 3\npaths: 4\n");
        let Err(StartError::Files(findings)) = Server::builder().contract(&document.0).start().await else {
            panic!("a broken document does not start");
        };
        assert!(findings.len() >= 2, "{findings:#?}");
        let first = Server::builder().start().await.expect("a server");
        let second = Server::builder().address(first.address()).start().await;
        assert!(matches!(second, Err(StartError::Bind(_))), "two servers can't share a port");
    }
}
