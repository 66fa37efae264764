//! The corridor: calls the rooms in order and hands over what came of it. No logic of its own.
//!
//! A request comes in two parts. `open` judges the head, so that nobody without a key makes us read a body; `finish`
//! judges the body and answers.

mod cors;
mod doorman;
mod missed;
mod policy;
mod remember;
mod seal;
mod staged;
mod standing;
mod story;
mod succession;

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::access::{Access, Allowance, Caller};
use crate::answer::{Answers, Asked};
use crate::breach::{Breach, Place};
use crate::clock::Stopwatch;
use crate::contract::{Action, Contract, Found, Operation, PathValues, Values, facts};
use crate::journal::Book;
use crate::lane::{self, Lane, Lanes};
use crate::miss::Misses;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::Request;
use crate::scenario::Repertoire;
use story::{Secrets, stage};
use succession::Succession;

pub use policy::Policy;
pub use standing::{InHand, Parts, Standing};

/// The rooms that a request walks through. A house is never changed: another one is put in its place (`standing`), which
/// shares every room that stayed as it was.
#[derive(Clone)]
pub struct House {
    pub contract: Arc<Contract>,
    pub access: Arc<Access>,
    pub answers: Arc<Answers>,
    pub lanes: Arc<Lanes>,
    pub policy: Policy,
    pub scenarios: Arc<Repertoire>,
    /// What is remembered of every exchange.
    pub book: Arc<Book>,
    /// What goes on in the next house.
    succession: Arc<Succession>,
    secrets: Arc<Secrets>,
    /// Why it is not what the files say, if it is not.
    stale: Option<HeaderValue>,
}

/// What came of a head.
#[allow(clippy::large_enum_variant, reason = "made once and moved once in a request; a box would cost an allocation")]
pub enum Next<O = Opened> {
    Reply(Reply),
    /// No body is wanted, but the answer may take long enough to hold up others.
    Long(O),
    Body {
        opened: O,
        /// As above.
        is_long: bool,
    },
}

/// A request between its head and its body.
pub struct Opened {
    request: Request,
    watch: Stopwatch,
    lane: Arc<Lane>,
    /// The lane's time for this request.
    now: Timestamp,
    operation: usize,
    path: PathValues,
    values: Values,
    caller: Caller,
    /// The body as it was understood.
    body: Option<Value>,
    /// What the head is refused for, if an answer to that has to wait.
    refused: Option<Problem>,
    breaches: Vec<Breach>,
    /// How many breaches there are beyond those.
    more: usize,
    allowance: Option<Allowance>,
    /// What else it nearly was.
    misses: Misses,
    /// It names scenarios for itself alone.
    names_scenarios: bool,
}

/// One request with everything that came of it.
struct Exchange<'h> {
    request: Request,
    lane: Arc<Lane>,
    /// The lane's time for this request.
    now: Timestamp,
    caller: Caller,
    values: Values,
    watch: Stopwatch,
    operation: Option<&'h Operation>,
    breaches: Vec<Breach>,
    more: usize,
    allowance: Option<Allowance>,
    /// Why it was refused, where no breach says it.
    reason: Option<String>,
    /// The rules that touched the answer.
    rules: Vec<String>,
    /// What else the request nearly was.
    misses: Misses,
    reply: Reply,
}

impl House {
    pub fn new(contract: Arc<Contract>, access: Access, lanes: Arc<Lanes>, policy: Policy) -> House {
        let answers = Arc::new(Answers::new(contract.clone(), lanes.ground().seed).dynamic(policy.dynamic));
        let secrets = Arc::new(Secrets::of(&contract, access.keys()));
        let (access, scenarios, book) = (Arc::new(access), Arc::default(), Arc::default());
        let succession = Arc::new(Succession::new(lanes.clone()));
        House { contract, access, answers, lanes, policy, scenarios, book, succession, secrets, stale: None }
    }

    pub fn with_scenarios(self, scenarios: Arc<Repertoire>) -> House {
        self.succession.passed_to(self.lanes.clone(), scenarios.clone());
        House { scenarios, ..self }
    }

    pub fn with_book(self, book: Arc<Book>) -> House {
        House { book, ..self }
    }

    /// Judges a head.
    pub fn open(&self, mut request: Request) -> Next {
        let watch = Stopwatch::start();
        let aside = |mut request: Request, reply| {
            let whose = self.at_hand(&request);
            self.name(&mut request, &whose.0);
            Next::Reply(self.seal(Exchange::outside(request, whose, watch, reply)))
        };
        if let Some(reply) = cors::preflight(self.policy.cors, &request, || self.find(&request)) {
            return aside(request, reply);
        }
        let (index, path) = match self.find(&request) {
            Ok(Found::Operation(index, path)) => (index, path),
            Ok(Found::Options(allowed)) => return aside(request, cors::options(&allowed)),
            Err(problem) => return Next::Reply(self.turn_away(request, watch, problem)),
        };
        let operation = &self.contract.operations[index];
        let (lane, caller) = match self.admit(operation, &request) {
            Ok((lane, caller)) => (lane, Ok(caller)),
            Err(problem) => {
                let (lane, caller) = self.at_hand(&request);
                (lane, Err((caller, problem)))
            }
        };
        self.name(&mut request, &lane);
        lane.ask();
        let mut opened = Opened {
            now: lane.now(),
            lane,
            request,
            path,
            watch,
            operation: index,
            values: Values::default(),
            caller: Caller::Anonymous,
            body: None,
            refused: None,
            breaches: Vec::new(),
            more: 0,
            allowance: None,
            misses: Misses::default(),
            names_scenarios: false,
        };
        let judged = self.judge_head(operation, caller, &mut opened);
        let plays_long = self.plays_long(&mut opened);
        let is_long = plays_long || self.answers.take_long(operation, &opened.values);
        match judged {
            Ok(()) if operation.body.is_some() => Next::Body { opened, is_long },
            Ok(()) if is_long => Next::Long(opened),
            Ok(()) => Next::Reply(self.answer(opened, Ok(Bytes::new()))),
            Err(problem) if plays_long => Next::Long(Opened { refused: Some(problem), ..opened }),
            Err(problem) => Next::Reply(self.staged(opened, Err(problem))),
        }
    }

    /// Judges a body and answers. A problem in place of the body is the server's finding about it.
    pub fn finish(&self, mut opened: Opened, body: Result<Bytes, Problem>) -> Reply {
        // A body may have taken its time.
        opened.now = opened.lane.now();
        self.answer(opened, body)
    }

    /// Lets the caller in, and finds its lane.
    fn admit(&self, operation: &Operation, request: &Request) -> Result<(Arc<Lane>, Caller), Problem> {
        let caller = self.access.admit(operation, request, |caller| self.time_of(request, caller))?;
        let addressed = match &caller {
            // An address leads to the lane that it names, unless the client says which one it means.
            Caller::Anonymous if shows_a_part(operation) && !request.headers.contains_key(lane::HEADER) => {
                self.lanes.in_query(request)
            }
            _ => None,
        };
        let lane = addressed.map_or_else(|| self.lanes.of(request, self.access.ending(&caller)), Ok)?;
        self.access.check_revoked(operation, &lane.windows, &caller)?;
        Ok((lane, caller))
    }

    /// The caller by whatever good key it shows.
    pub fn caller(&self, request: &Request) -> Caller {
        self.access.recognise(request, |caller| self.time_of(request, caller))
    }

    /// That, and its lane if that is there.
    fn at_hand(&self, request: &Request) -> (Arc<Lane>, Caller) {
        let caller = self.caller(request);
        (self.lanes.at_hand(request, self.access.ending(&caller)), caller)
    }

    fn time_of(&self, request: &Request, caller: &Caller) -> Timestamp {
        self.lanes.at_hand(request, self.access.ending(caller)).now()
    }

    fn find(&self, request: &Request) -> Result<Found, Problem> {
        self.contract.router.find(&request.method, request.path())
    }

    /// The order of the checks: who calls, how often, is the kind of body accepted, are the parameters good.
    fn judge_head(
        &self,
        operation: &Operation,
        caller: Result<Caller, (Caller, Problem)>,
        opened: &mut Opened,
    ) -> Result<(), Problem> {
        let (request, windows) = (&opened.request, &opened.lane.windows);
        stage(request, "route", || &operation.id);
        let caller = caller.map_err(|(caller, problem)| {
            opened.allowance = self.access.count(windows, &caller, opened.now).0;
            stage(request, "access", || problem.kind.name());
            problem
        })?;
        let (allowance, within) = self.access.count(windows, &caller, opened.now);
        (opened.allowance, opened.caller) = (allowance, caller);
        within.inspect_err(|_| stage(request, "rate", || "too many requests"))?;
        stage(request, "access", || "admitted");
        operation.check_body_head(request).inspect_err(|problem| stage(request, "body", || problem.kind.name()))?;
        let (values, mut breaches) = operation.check_parameters(&self.contract.schemas, request, &opened.path);
        breaches.retain(|breach| breach.code != "unknown" || !self.is_credential(&breach.place));
        stage(request, "parameters", || story::breaches(breaches.len()));
        (opened.values, opened.breaches) = (values, breaches);
        Ok(())
    }

    /// A key in the query is no parameter of the operation and all the same expected.
    fn is_credential(&self, place: &Place) -> bool {
        matches!(place, Place::Query(called) if self.secrets.expects(called))
    }

    /// All breaches together, so that one answer tells them all.
    fn judge_body(&self, operation: &Operation, opened: &mut Opened) -> Result<(), Problem> {
        let refuse = |breach: &Breach| breach.is_refused(self.policy.strict);
        let checked = match operation.check_body(&self.contract.schemas, &opened.request) {
            // A parameter's fault was found first and is spoken of first.
            Err(_) if opened.breaches.iter().any(refuse) => Default::default(),
            checked => checked?,
        };
        if operation.body.is_some() {
            stage(&opened.request, "body", || story::breaches(checked.breaches.len()));
        }
        opened.breaches.extend(checked.breaches);
        (opened.body, opened.more) = (checked.value, checked.more);
        match opened.breaches.iter().any(refuse) {
            true => Err(Problem::from_breaches(&opened.breaches, opened.more, self.policy.strict)),
            false => Ok(()),
        }
    }

    fn answer(&self, mut opened: Opened, body: Result<Bytes, Problem>) -> Reply {
        let operation = &self.contract.operations[opened.operation];
        let judged = match opened.refused.take() {
            Some(problem) => Err(problem),
            None => body.and_then(|body| {
                opened.request.body = body;
                self.judge_body(operation, &mut opened)
            }),
        };
        self.staged(opened, judged)
    }

    /// The answer to a request that no rule takes.
    fn plain(&self, opened: Opened, judged: Result<(), Problem>) -> Reply {
        let operation = &self.contract.operations[opened.operation];
        match judged.and_then(|()| self.answers.reply(&self.asked(operation, &opened))) {
            Ok(reply) => self.seal(opened.answered(operation, reply)),
            Err(problem) => self.refused(opened, problem),
        }
    }

    fn refused(&self, mut opened: Opened, mut problem: Problem) -> Reply {
        let operation = &self.contract.operations[opened.operation];
        let reply = self.worded(&opened, &mut problem);
        let reason = opened.take_in(&problem);
        self.seal(Exchange { reason, ..opened.answered(operation, reply) })
    }

    fn asked<'o>(&self, operation: &'o Operation, opened: &'o Opened) -> Asked<'o> {
        let Opened { request, values, path, body, caller, lane, now, .. } = opened;
        let caller = self.access.identity(caller);
        Asked { operation, request, values, path, body: body.as_ref(), caller, lane, now: *now, twist: None }
    }

    /// A problem in words, with everything that is known of the request.
    fn worded(&self, opened: &Opened, problem: &mut Problem) -> Reply {
        add_facts(problem, facts(&opened.request, &opened.path));
        let reply = self.word(problem, Some(&self.contract.operations[opened.operation]));
        self.as_asked(&opened.request, problem, reply)
    }

    /// Gives the request the id that its answer will carry: the client's own, if it is one that a header can hold.
    fn name(&self, request: &mut Request, lane: &Lane) {
        let own = request.own_id().map(str::to_owned);
        request.id = own.unwrap_or_else(|| lane.request_id());
    }
}

impl<'h> Exchange<'h> {
    /// One that belongs to no operation.
    fn outside(request: Request, whose: (Arc<Lane>, Caller), watch: Stopwatch, reply: Reply) -> Exchange<'h> {
        let (lane, caller) = whose;
        Exchange {
            now: lane.now(),
            request,
            lane,
            caller,
            values: Values::default(),
            watch,
            operation: None,
            breaches: Vec::new(),
            more: 0,
            allowance: None,
            reason: None,
            rules: Vec::new(),
            misses: Misses::default(),
            reply,
        }
    }
}

impl Opened {
    fn answered(self, operation: &Operation, reply: Reply) -> Exchange<'_> {
        let Opened { request, lane, now, caller, values, watch, breaches, more, allowance, misses, .. } = self;
        Exchange {
            request,
            lane,
            now,
            caller,
            values,
            watch,
            operation: Some(operation),
            breaches,
            more,
            allowance,
            reason: None,
            rules: Vec::new(),
            misses,
            reply,
        }
    }

    /// The breaches that only the problem tells of, and the reason of a refusal that no breach tells.
    fn take_in(&mut self, problem: &Problem) -> Option<String> {
        let found_late: Vec<Breach> =
            problem.breaches.iter().filter(|breach| !self.breaches.contains(breach)).cloned().collect();
        self.breaches.extend(found_late);
        // An entry of the contract's own says more by its name than the kind does.
        let words = || problem.named.clone().unwrap_or_else(|| problem.sentence());
        problem.breaches.is_empty().then(words)
    }
}

fn add_facts(problem: &mut Problem, facts: Map<String, Value>) {
    for (name, fact) in facts {
        problem.facts.entry(name).or_insert(fact);
    }
}

/// Whether an operation answers with a part of a record: such addresses are handed out, and may name their lane.
fn shows_a_part(operation: &Operation) -> bool {
    operation.deed.as_ref().is_some_and(|deed| matches!(deed.action, Action::View(_)))
}
