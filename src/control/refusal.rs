//! Why something under `/_mock/` was not done: a status and a sentence, answered as `{ "error": "…" }`.

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::reply::Reply;

#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    error: String,
    headers: HeaderMap,
    /// What else the answer tells.
    facts: Map<String, Value>,
}

impl Refusal {
    pub fn new(status: StatusCode, error: impl Into<String>) -> Refusal {
        Refusal { status, error: error.into(), headers: HeaderMap::new(), facts: Map::new() }
    }

    /// A request that says what can't be done.
    pub fn bad(error: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, error)
    }

    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Refusal {
        self.headers.insert(name, value);
        self
    }

    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Refusal {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    pub fn reply(self) -> Reply {
        let mut body = Map::from_iter([("error".to_owned(), Value::from(self.error))]);
        body.extend(self.facts);
        let mut reply = Reply::json(self.status, &Value::Object(body));
        reply.headers.extend(self.headers);
        reply
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        Refusal::new(problem.kind.status(), problem.sentence())
    }
}
