//! A reply whose JSON is read once, changed, and written once.

use http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use serde_json::Value;

use super::effort::Toil;
use crate::answer::negotiate::MediaType;
use crate::answer::retagged;
use crate::reply::Reply;
use crate::request::Request;
use crate::seed::Seed;

pub struct Paper {
    reply: Reply,
    read: Option<Read>,
    /// Stands for everything that was done to it.
    done: Seed,
    is_changed: bool,
    toil: Toil,
}

enum Read {
    Json(Value),
    Other,
}

impl Paper {
    pub fn new(reply: Reply) -> Paper {
        let toil = Toil::new(usize::try_from(reply.body.len()).unwrap_or(usize::MAX));
        Paper { reply, read: None, done: Seed(0), is_changed: false, toil }
    }

    /// The JSON, if it is any.
    pub fn value(&mut self) -> Option<&Value> {
        let reply = &self.reply;
        match self.read.get_or_insert_with(|| read(reply)) {
            Read::Json(value) => Some(value),
            Read::Other => None,
        }
    }

    /// Changes it, if it is any. `what` stands for the change.
    pub fn change(
        &mut self,
        what: impl FnOnce() -> String,
        change: impl FnOnce(&mut Value, &mut Toil) -> Result<(), String>,
    ) -> Result<(), String> {
        let reply = &self.reply;
        let Read::Json(value) = self.read.get_or_insert_with(|| read(reply)) else {
            return Err("the answer is no JSON".to_owned());
        };
        change(value, &mut self.toil)?;
        self.done = self.done.of(&what());
        self.is_changed = true;
        Ok(())
    }

    /// The reply as it is now, with the tag that belongs to it.
    pub fn done(self, request: &Request) -> Reply {
        let Paper { mut reply, read, done, is_changed, .. } = self;
        if let Some(Read::Json(value)) = read.filter(|_| is_changed) {
            reply.body = value.to_string().into();
            reply.headers.remove(CONTENT_LENGTH);
        }
        if is_changed { retagged(request, reply, done.0) } else { reply }
    }
}

fn read(reply: &Reply) -> Read {
    let kind = reply.headers.get(CONTENT_TYPE).and_then(|value| MediaType::parse(value.to_str().ok()?));
    match serde_json::from_slice(&reply.body.ready()) {
        Ok(value) if kind.is_some_and(|kind| kind.is_json()) => Read::Json(value),
        _ => Read::Other,
    }
}

/// The request as if its client had nothing yet: what it has is compared to what it is given in the end.
pub fn unconditional(request: &Request) -> Request {
    let mut request = request.clone();
    for name in [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, IF_RANGE, RANGE] {
        request.headers.remove(name);
    }
    request
}
