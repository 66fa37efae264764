//! An answer that a rule has in place of the true one.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::Scene;
use crate::clock::{Clock, http_date};
use crate::problem::{Kind, Problem};
use crate::reply::Reply;
use crate::scenario::{Answer, Content, Fired, Retry, Unfilled};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

impl Scene<'_> {
    pub(super) fn reply(&self, fired: &Fired, answer: &Answer) -> Result<Reply, Unfilled> {
        let mut reply = self.content(fired, answer)?;
        reply.status = answer.status.unwrap_or(reply.status);
        if let Some(media_type) = &answer.media_type {
            reply.set(CONTENT_TYPE, media_type);
        }
        match &answer.retry_after {
            Some(Retry::Seconds(seconds)) => reply.set(RETRY_AFTER, &seconds.to_string()),
            Some(Retry::Date(wait)) => reply.set(RETRY_AFTER, &date_in(*wait)),
            Some(Retry::None) => drop(reply.headers.remove(RETRY_AFTER)),
            None => {}
        }
        for (name, leaf) in &answer.headers {
            self.set_header(fired, &mut reply, name, leaf);
        }
        Ok(reply)
    }

    fn content(&self, fired: &Fired, answer: &Answer) -> Result<Reply, Unfilled> {
        let usual = || answer.status.unwrap_or_else(|| self.answers.usual_status(self.asked.operation));
        Ok(match &answer.what {
            Content::Problem { name, facts } => {
                let facts = self.with(fired, |scope| facts.fill(scope))?;
                self.problem(name, facts, answer.retry_after.as_ref())
            }
            Content::Status(status) => self.documented(Some(*status), None),
            Content::Example(name) => self.documented(answer.status, Some(name)),
            Content::Body(tree) => {
                let body = match tree.plain() {
                    Some(plain) => plain.to_string(),
                    None => self.with(fired, |scope| tree.fill(scope))?.to_string(),
                };
                Reply::new(usual(), JSON, body)
            }
            Content::Text(leaf) => Reply::new(usual(), TEXT, self.with(fired, |scope| leaf.text(scope))?),
            Content::File { bytes, .. } => Reply::new(usual(), BYTES, shared(bytes)),
        })
    }

    /// As the contract documents it; without a body where it says nothing.
    fn documented(&self, status: Option<StatusCode>, example: Option<&str>) -> Reply {
        let reply = self.answers.documented_as(&self.asked, status, example);
        reply.unwrap_or_else(|_| Reply::empty(status.unwrap_or_default()))
    }

    /// An entry of the contract's table, or one of our own kinds, by its name. It may speak of everything that is known
    /// of the request, and of the limit that its caller has.
    pub(super) fn problem(&self, name: &str, facts: Value, retry_after: Option<&Retry>) -> Reply {
        let table = &self.contract.problems;
        let (first, detail) = name.split_once('.').unwrap_or((name, ""));
        let entry = table.entry_named(name).map(|entry| entry.status);
        let by_status = || Kind::ALL.into_iter().find(|kind| Some(kind.status()) == entry);
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == first).or_else(by_status);
        let mut problem = Problem::new(kind.unwrap_or(Kind::Internal));
        problem.detail = detail.to_owned();
        problem.named = entry.map(|_| name.to_owned());
        if let Value::Object(facts) = facts {
            problem.facts = facts;
        }
        self.add_usual_facts(&mut problem.facts, retry_after);
        let mut reply = (self.word)(&mut problem);
        reply.status = entry.unwrap_or(reply.status);
        reply
    }

    fn add_usual_facts(&self, facts: &mut Map<String, Value>, retry_after: Option<&Retry>) {
        let mut add = |name: &str, fact: Value| {
            facts.entry(name).or_insert(fact);
        };
        add("request_id", self.asked.request.id.as_str().into());
        let of_limit = self.allowance.map(|allowance| (allowance.reset - self.asked.now.as_second()).max(1));
        if let Some(allowance) = self.allowance {
            add("limit", self.usual_limit().unwrap_or(allowance.limit).into());
            add("window", "minute".into());
        }
        match retry_after {
            Some(Retry::Seconds(seconds)) => add("retry_after", (*seconds).into()),
            Some(Retry::Date(wait)) => add("retry_after", wait.as_secs().into()),
            // Neither in the header nor in the body.
            Some(Retry::None) => {}
            None => add("retry_after", of_limit.unwrap_or(1).into()),
        }
    }
}

/// In real time: the client compares it with its own clock, and with the `Date` beside it.
pub fn date_in(wait: SignedDuration) -> String {
    http_date(Clock::system().saturating_add(wait).unwrap_or(Clock::system()))
}

fn shared(bytes: &Arc<[u8]>) -> Bytes {
    Bytes::from_owner(bytes.clone())
}
