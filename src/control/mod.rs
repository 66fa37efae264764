//! Everything under `/_mock/`: what the server says of itself, and what it can be told. Never CORS headers here, whatever
//! the API's paths do.

mod clock;
mod coverage;
mod events;
mod fields;
mod guard;
mod journal;
mod lanes;
mod query;
mod refusal;
mod report;
mod routes;
mod scenarios;
mod verdicts;

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::exchange::{House, Standing};
use crate::lane::{Lane, Lanes};
use crate::problem::Problem;
use crate::reload::Reload;
use crate::reply::Reply;
use crate::request::{REQUEST_ID, Request};
use crate::status::{Phase, Status};
use fields::Fields;
use guard::Guard;
use refusal::Refusal;
use routes::Route;

pub use guard::{Admission, TOKEN};

/// What the routes speak of.
pub struct Control {
    standing: Arc<Standing>,
    reload: Arc<Reload>,
    status: Status,
    guard: Guard,
    /// Held while a lane's document is read or written: that takes several times its size, which nobody counts.
    document: Mutex<()>,
    /// Held while scenarios are armed or disarmed, and while a lane is made anew with those that are: what somebody else
    /// arms in between would be lost.
    arming: Mutex<()>,
    /// How often this room was asked. The ids of its answers count down from the last one: a probe of health must not
    /// move the ids that a replay gives to the API's requests.
    asked: AtomicU64,
}

/// What came of a head.
#[allow(clippy::large_enum_variant, reason = "made once and moved once in a request; a box would cost an allocation")]
pub enum Next {
    Reply(Reply),
    /// The body is wanted, up to so many bytes.
    Body(Opened, usize),
}

/// A request between its head and its body.
pub struct Opened {
    request: Request,
    route: &'static Route,
}

/// One request to a route.
pub(crate) struct Call<'c> {
    control: &'c Control,
    /// The house that stood when the request came.
    house: &'c House,
    request: &'c Request,
    /// What stands for `{name}` in the path.
    name: &'c str,
}

type Outcome = Result<Reply, Refusal>;

/// A lane of small records whose document is as long as one may be has fewer.
const MOST_VALUES: usize = 3_000_000;

impl Control {
    /// `address` is where the server listens.
    pub fn new(
        standing: Arc<Standing>,
        reload: Arc<Reload>,
        status: Status,
        admission: Admission,
        address: IpAddr,
    ) -> Control {
        Control {
            standing,
            reload,
            status,
            guard: Guard::new(admission, address),
            document: Mutex::default(),
            arming: Mutex::default(),
            asked: AtomicU64::new(0),
        }
    }

    /// Whether a path belongs to this room and not to the contract. It is taken as it came, byte by byte, and so it is by
    /// the guard and by the routes: no other spelling leads here, and none around the guard.
    pub fn owns(path: &str) -> bool {
        path == "/_mock" || path.starts_with("/_mock/")
    }

    /// Judges a head.
    pub fn open(&self, request: Request) -> Next {
        match self.admit(&request) {
            Err(refusal) => Next::Reply(self.seal(&request, refusal.reply())),
            Ok(route) if route.method == Method::GET => Next::Reply(self.answer(route, &request)),
            Ok(route) => Next::Body(Opened { request, route }, route.body),
        }
    }

    /// Answers, with the body or with the server's finding about it.
    pub fn finish(&self, opened: Opened, body: Result<Bytes, Problem>) -> Reply {
        let Opened { mut request, route } = opened;
        match body.map_err(Refusal::from).and_then(|body| kind(&request, !body.is_empty()).map(|()| body)) {
            Ok(body) => {
                request.body = body;
                self.answer(route, &request)
            }
            Err(refusal) => self.seal(&request, refusal.reply()),
        }
    }

    /// Answers what never became a request.
    pub fn refuse(&self, request: &Request, problem: Problem) -> Reply {
        self.seal(request, Refusal::from(problem).reply())
    }

    fn admit(&self, request: &Request) -> Result<&'static Route, Refusal> {
        self.guard.origin(request)?;
        let route = routes::find(&request.method, request.path());
        // Who lacks the token learns nothing of what there is.
        if !route.as_ref().is_ok_and(|route| route.open) {
            self.guard.token(request)?;
        }
        let route = route?;
        if request.method != Method::GET && request.method != Method::HEAD {
            kind(request, false)?;
        }
        Ok(route)
    }

    fn answer(&self, route: &Route, request: &Request) -> Reply {
        let name = route.name(request.path()).unwrap_or_default();
        let _still = route.writes.then(|| self.standing.still());
        let house = self.standing.house();
        let call = Call { control: self, house: &house, request, name };
        self.seal(request, (route.answer)(&call).unwrap_or_else(Refusal::reply))
    }

    fn seal(&self, request: &Request, mut reply: Reply) -> Reply {
        reply.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        reply.headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
        let seed = self.standing.house().lanes.ground().seed;
        let id = match request.own_id() {
            Some(own) => own.to_owned(),
            None => seed.request_id(u64::MAX - self.asked.fetch_add(1, Ordering::Relaxed)),
        };
        reply.set(REQUEST_ID, &id);
        reply
    }
}

impl<'c> Call<'c> {
    fn lanes(&self) -> &'c Lanes {
        &self.house.lanes
    }

    /// The caller's lane, which is opened if it is not there.
    fn lane(&self) -> Result<Arc<Lane>, Refusal> {
        let caller = self.house.caller(self.request);
        Ok(self.lanes().of(self.request, self.house.access.ending(&caller))?)
    }

    /// The caller's lane, which is shown as it would be if it is not there.
    fn lane_as_it_is(&self) -> Result<Arc<Lane>, Refusal> {
        let caller = self.house.caller(self.request);
        Ok(self.lanes().seen(self.request, self.house.access.ending(&caller))?)
    }

    /// A large body. What is written in few bytes may take a great many once it is read, so its values are counted first.
    fn document(&self) -> Result<Value, Refusal> {
        if !is_readable(&self.request.body) {
            let error = format!("a document of more than {MOST_VALUES} values is not read");
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error));
        }
        serde_json::from_slice(&self.request.body).map_err(|error| Refusal::bad(format!("no JSON: {error}")))
    }

    /// One document at a time.
    fn alone(&self) -> MutexGuard<'_, ()> {
        self.control.document.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the server is, as the client calls it.
    fn origin(&self) -> String {
        let host =
            self.request.header(HOST).or_else(|| self.request.uri.authority().map(|authority| authority.as_str()));
        format!("http://{}", host.unwrap_or("localhost"))
    }

    /// What is armed in any lane stays as it is for so long.
    fn arming(&self) -> MutexGuard<'_, ()> {
        self.control.arming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fields(&self) -> Result<Fields, Refusal> {
        Fields::read(&self.request.body)
    }
}

/// Whether [`Call::document`] would take this.
fn is_readable(json: &[u8]) -> bool {
    json.len() <= routes::DOCUMENT && values(json) <= MOST_VALUES
}

/// About how many values JSON has: one before each comma, and one in each bracket.
fn values(json: &[u8]) -> usize {
    let (mut count, mut quoted, mut escaped) = (1, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b',' | b'[' | b'{' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// What a form of another page can send is no JSON, and a browser asks before it sends JSON.
fn kind(request: &Request, has_body: bool) -> Result<(), Refusal> {
    let named = request.headers.get(CONTENT_TYPE);
    let essence = named.map(|value| value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim());
    match essence {
        Some(essence) if essence.eq_ignore_ascii_case("application/json") => Ok(()),
        None if !has_body => Ok(()),
        _ => {
            let error = "a body has to be JSON, and say so: Content-Type: application/json";
            let refusal = Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error);
            Err(if request.path() == routes::SCENARIOS { scenarios::with_examples(refusal) } else { refusal })
        }
    }
}

fn health(call: &Call) -> Outcome {
    let House { contract, lanes, .. } = call.house;
    let body = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "contract": contract.title,
        "operations": contract.operations.len(),
        "seed": lanes.ground().seed.0,
    });
    Ok(Reply::json(StatusCode::OK, &body))
}

fn ready(call: &Call) -> Outcome {
    Ok(match call.control.status.phase() {
        Phase::Starting => Reply::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "starting" })),
        Phase::Ready => Reply::json(StatusCode::OK, &json!({ "status": "ready" })),
        Phase::Draining => Reply::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "draining" })),
    })
}
