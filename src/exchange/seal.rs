//! The end of an exchange: the headers that every answer carries, the check of our own answer, the line in the log.

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, HeaderName, HeaderValue};

use super::{Exchange, House};
use crate::access::Allowance;
use crate::breach::{Breach, Severity};
use crate::contract::{Operation, Problems, RatePolicy};
use crate::problem::Problem;
use crate::reply::Reply;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const BREACH: HeaderName = HeaderName::from_static("x-mock-breach");

impl House {
    /// A problem in words: the contract's own, or RFC 9457's if the user wants those.
    pub(super) fn word(&self, problem: &Problem, operation: Option<&Operation>) -> Reply {
        match self.policy.plain_problems {
            true => Problems::default().reply(problem, operation),
            false => self.contract.problems.reply(problem, operation),
        }
    }

    pub(super) fn seal(&self, exchange: Exchange) -> Reply {
        let Exchange { request, watch, operation, breaches, allowance, reason, mut reply } = exchange;
        reply.set(REQUEST_ID, &request.id);
        if let (Some(policy), Some(allowance)) = (&self.contract.rate, allowance) {
            tell_allowance(policy, allowance, &mut reply);
        }
        if self.policy.cors {
            reply.headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            reply.headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
        }
        if self.policy.check_answers
            && let Some(operation) = operation
        {
            for breach in self.answers.check(operation, &reply) {
                let (id, operation) = (&request.id, &operation.id);
                tracing::error!(id, operation, "our own answer breaks the contract: {breach}");
            }
        }
        for breach in &breaches {
            if let Ok(value) = HeaderValue::from_str(&format!("{} {}", breach.place, breach.code)) {
                reply.headers.append(BREACH, value);
            }
        }
        tracing::info!(
            target: "ayra_mock::request",
            id = request.id,
            method = request.method.as_str(),
            path = request.uri.path_and_query().map_or("", |target| target.as_str()),
            operation = operation.map_or("", |operation| &operation.id),
            status = reply.status.as_u16(),
            micros = watch.elapsed().as_micros() as u64,
            bytes = reply.body.len() as u64,
            breaches = lines(&breaches, reason),
        );
        reply
    }
}

fn tell_allowance(policy: &RatePolicy, allowance: Allowance, reply: &mut Reply) {
    let told = [
        (&policy.limit_header, HeaderValue::from(allowance.limit)),
        (&policy.remaining_header, HeaderValue::from(allowance.remaining)),
        (&policy.reset_header, HeaderValue::from(allowance.reset)),
    ];
    for (name, value) in told {
        if let Some(name) = name {
            reply.headers.insert(name, value);
        }
    }
}

/// One breach a line, its severity first; then the reason of a refusal that no breach tells.
fn lines(breaches: &[Breach], reason: Option<String>) -> String {
    let line = |breach: &Breach| match breach.severity {
        Severity::Error => format!("error {breach}"),
        Severity::Warning => format!("warning {breach}"),
    };
    let reason = reason.map(|reason| format!("error {reason}"));
    breaches.iter().map(line).chain(reason).collect::<Vec<_>>().join("\n")
}
