//! The corridor: calls the rooms in order and hands over what came of it. No logic of its own.
//!
//! A request comes in two parts. `open` judges the head, so that nobody without a key makes us read a body; `finish`
//! judges the body and answers.

mod cors;
mod seal;
mod story;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::access::{Access, Allowance};
use crate::answer::{Answers, Asked};
use crate::breach::{Breach, Place};
use crate::clock::{Clock, Stopwatch};
use crate::contract::{Contract, Found, Operation, PathValues, Values, facts};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::Request;
use crate::seed::Seed;
use story::{Secrets, stage};

/// The rooms that a request walks through.
pub struct House {
    pub contract: Arc<Contract>,
    pub access: Access,
    pub answers: Answers,
    pub clock: Clock,
    pub seed: Seed,
    pub policy: Policy,
    secrets: Secrets,
    /// How many requests came before: the seed turns it into the next one's id.
    sequence: AtomicU64,
}

/// What the user decided about checks and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Warnings are refusals.
    pub strict: bool,
    /// Our own answers are held against the contract too.
    pub check_answers: bool,
    /// Bodies are made from the schemas, even where the contract has examples.
    pub dynamic: bool,
    /// Refusals come as RFC 9457, whatever the contract's table says.
    pub plain_problems: bool,
    /// Scripts of any page may call the API.
    pub cors: bool,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { strict: false, check_answers: false, dynamic: false, plain_problems: false, cors: true }
    }
}

/// What came of a head.
#[allow(clippy::large_enum_variant, reason = "made once and moved once in a request; a box would cost an allocation")]
pub enum Next {
    Reply(Reply),
    Body(Opened),
}

/// A request between its head and its body.
pub struct Opened {
    request: Request,
    watch: Stopwatch,
    operation: usize,
    path: PathValues,
    values: Values,
    breaches: Vec<Breach>,
    /// How many breaches there are beyond those.
    more: usize,
    allowance: Option<Allowance>,
}

/// One request with everything that came of it.
struct Exchange<'h> {
    request: Request,
    watch: Stopwatch,
    operation: Option<&'h Operation>,
    breaches: Vec<Breach>,
    more: usize,
    allowance: Option<Allowance>,
    /// Why it was refused, where no breach says it.
    reason: Option<String>,
    reply: Reply,
}

impl House {
    pub fn new(contract: Arc<Contract>, access: Access, clock: Clock, seed: Seed, policy: Policy) -> House {
        let answers = Answers::new(contract.clone(), seed).dynamic(policy.dynamic);
        let secrets = Secrets::of(&contract);
        House { contract, access, answers, clock, seed, policy, secrets, sequence: AtomicU64::new(0) }
    }

    /// Judges a head.
    pub fn open(&self, mut request: Request) -> Next {
        let watch = Stopwatch::start();
        self.name(&mut request);
        if let Some(reply) = cors::preflight(self.policy.cors, &request, || self.find(&request)) {
            return Next::Reply(self.seal(Exchange::outside(request, watch, reply)));
        }
        let (index, path) = match self.find(&request) {
            Ok(Found::Operation(index, path)) => (index, path),
            Ok(Found::Options(allowed)) => {
                return Next::Reply(self.seal(Exchange::outside(request, watch, cors::options(&allowed))));
            }
            Err(problem) => return Next::Reply(self.turn_away(request, watch, problem)),
        };
        let operation = &self.contract.operations[index];
        let mut opened = Opened {
            request,
            path,
            watch,
            operation: index,
            values: Values::default(),
            breaches: Vec::new(),
            more: 0,
            allowance: None,
        };
        match self.judge_head(operation, &mut opened) {
            Ok(()) if operation.body.is_some() => Next::Body(opened),
            Ok(()) => Next::Reply(self.finish(opened, Ok(Bytes::new()))),
            Err(problem) => Next::Reply(self.refused(opened, problem)),
        }
    }

    /// Judges a body and answers. A problem in place of the body is the server's finding about it.
    pub fn finish(&self, mut opened: Opened, body: Result<Bytes, Problem>) -> Reply {
        let operation = &self.contract.operations[opened.operation];
        let answered = body.and_then(|body| {
            opened.request.body = body;
            self.judge_body(operation, &mut opened)?;
            self.answers.reply(&Asked {
                operation,
                request: &opened.request,
                values: &opened.values,
                path: &opened.path,
            })
        });
        match answered {
            Ok(reply) => self.seal(opened.answered(operation, reply)),
            Err(problem) => self.refused(opened, problem),
        }
    }

    /// Answers what never found its operation.
    pub fn turn_away(&self, mut request: Request, watch: Stopwatch, mut problem: Problem) -> Reply {
        self.name(&mut request);
        add_facts(&mut problem, facts(&request, &PathValues::default()));
        let now = self.clock.now();
        let (allowance, _) = self.access.count(&self.access.recognise(&request, now), now);
        let reply = self.word(&problem, None);
        stage(&request, "route", || problem.kind.name());
        let reason = Some(problem.sentence());
        self.seal(Exchange { allowance, reason, ..Exchange::outside(request, watch, reply) })
    }

    fn find(&self, request: &Request) -> Result<Found, Problem> {
        self.contract.router.find(&request.method, request.path())
    }

    /// The order of the checks: who calls, how often, is the kind of body accepted, are the parameters good.
    fn judge_head(&self, operation: &Operation, opened: &mut Opened) -> Result<(), Problem> {
        let request = &opened.request;
        stage(request, "route", || &operation.id);
        let now = self.clock.now();
        let caller = self.access.admit(operation, request, now).inspect_err(|problem| {
            opened.allowance = self.access.count(&self.access.recognise(request, now), now).0;
            stage(request, "access", || problem.kind.name());
        })?;
        let (allowance, within) = self.access.count(&caller, now);
        opened.allowance = allowance;
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
        opened.more = checked.more;
        match opened.breaches.iter().any(refuse) {
            true => Err(Problem::from_breaches(&opened.breaches, opened.more, self.policy.strict)),
            false => Ok(()),
        }
    }

    fn refused(&self, opened: Opened, mut problem: Problem) -> Reply {
        add_facts(&mut problem, facts(&opened.request, &opened.path));
        let operation = &self.contract.operations[opened.operation];
        let reply = self.word(&problem, Some(operation));
        let reason = problem.breaches.is_empty().then(|| problem.sentence());
        self.seal(Exchange { reason, ..opened.answered(operation, reply) })
    }

    /// Gives the request the id that its answer will carry: the client's own, if it is one that a header can hold.
    fn name(&self, request: &mut Request) {
        if !request.id.is_empty() {
            return;
        }
        let own = request.own_id();
        request.id = match own {
            Some(id) => id.to_owned(),
            None => self.seed.request_id(self.sequence.fetch_add(1, Ordering::Relaxed)),
        };
    }
}

impl<'h> Exchange<'h> {
    /// One that belongs to no operation.
    fn outside(request: Request, watch: Stopwatch, reply: Reply) -> Exchange<'h> {
        let (breaches, more) = (Vec::new(), 0);
        Exchange { request, watch, operation: None, breaches, more, allowance: None, reason: None, reply }
    }
}

impl Opened {
    fn answered(self, operation: &Operation, reply: Reply) -> Exchange<'_> {
        let Opened { request, watch, breaches, more, allowance, .. } = self;
        Exchange { request, watch, operation: Some(operation), breaches, more, allowance, reason: None, reply }
    }
}

fn add_facts(problem: &mut Problem, facts: Map<String, Value>) {
    for (name, fact) in facts {
        problem.facts.entry(name).or_insert(fact);
    }
}
