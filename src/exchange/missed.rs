//! What leads nowhere, and what a request nearly was, told with its answer: in a header each, and in the body where the client
//! would rather read text.

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use super::seal::visible;
use super::story::stage;
use super::{Exchange, House, add_facts};
use crate::answer::negotiate;
use crate::clock::Stopwatch;
use crate::contract::{PathValues, facts};
use crate::journal::Secret;
use crate::miss::{Misses, NearMiss, What};
use crate::problem::{Kind, Problem};
use crate::reply::Reply;
use crate::request::Request;

const NEAR_MISS: HeaderName = HeaderName::from_static("x-mock-near-miss");
/// What is longer is told by its first difference: clients read no more than so much of all headers together.
const LONGEST: usize = 1_000;

impl House {
    /// Answers what never found its operation.
    pub fn turn_away(&self, mut request: Request, watch: Stopwatch, mut problem: Problem) -> Reply {
        let (lane, caller) = self.at_hand(&request);
        self.name(&mut request, &lane);
        add_facts(&mut problem, facts(&request, &PathValues::default()));
        let (allowance, _) = self.access.count(&lane.windows, &caller, lane.now());
        let reply = self.as_asked(&request, &problem, self.word(&problem, None));
        stage(&request, "route", || problem.kind.name());
        let reason = Some(problem.sentence());
        let outside = Exchange::outside(request, (lane, caller), watch, reply);
        self.seal(Exchange { allowance, reason, misses: problem.misses, ..outside })
    }

    /// A refusal that tells near misses, as text if its client likes that better.
    pub(super) fn as_asked(&self, request: &Request, problem: &Problem, mut reply: Reply) -> Reply {
        let tells = matches!(problem.kind, Kind::UnknownPath | Kind::MethodNotAllowed | Kind::OutOfStep);
        if tells && negotiate::prefers_text(&request.headers) {
            let text = format!("{}\n{}", problem.sentence(), problem.misses.text());
            reply.body = text.into();
            reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        }
        reply
    }

    /// The nearest miss in a line for the log, where a request was nothing of what it may have been meant as. That it was not
    /// the turn of a rule is no news: it says so itself.
    pub(super) fn nearly(&self, secret: &Secret, misses: &Misses, rules: &[String]) -> Option<String> {
        let nearest = misses.first().filter(|nearest| !nearest.is_of_turn())?;
        if !rules.is_empty() && !matches!(nearest.what, What::Step(_)) {
            return None;
        }
        Some(secret.hide(&nearest.short()).into_owned())
    }
}

/// Adds a header for each near miss.
pub fn tell(misses: &[NearMiss], reply: &mut Reply) {
    for miss in misses {
        let line = miss.to_string();
        let line = if line.len() > LONGEST { miss.short() } else { line };
        if let Ok(value) = HeaderValue::try_from(visible(&line, LONGEST)) {
            reply.headers.append(NEAR_MISS, value);
        }
    }
}
