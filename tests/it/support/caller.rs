//! A caller of the API: a key, headers of its own, and a connection that is kept.

use std::cell::RefCell;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::http::{Answer, Connection, NoAnswer};
use super::server::Server;

/// What a caller sends with every request.
type Headers = Vec<(String, String)>;

pub struct Caller<'s> {
    server: &'s Server,
    connection: RefCell<Option<Connection>>,
    headers: Headers,
}

const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl<'s> Caller<'s> {
    /// Somebody without a key.
    pub fn stranger(server: &'s Server) -> Caller<'s> {
        Caller { server, connection: RefCell::new(None), headers: Vec::new() }
    }

    pub fn new(server: &'s Server, key: &str) -> Caller<'s> {
        Caller::stranger(server).with("Authorization", &format!("Bearer {key}"))
    }

    /// The key of the docs' examples, and so the default lane.
    pub fn by_default(server: &'s Server) -> Caller<'s> {
        Caller::new(server, "sk_live_abc123xyz789")
    }

    pub fn with(mut self, name: &str, value: &str) -> Caller<'s> {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[], None)
    }

    pub fn post(&self, target: &str, body: &Value) -> Answer {
        self.send("POST", target, &[], Some(body))
    }

    pub fn put(&self, target: &str, body: &Value) -> Answer {
        self.send("PUT", target, &[], Some(body))
    }

    pub fn delete(&self, target: &str) -> Answer {
        self.send("DELETE", target, &[], None)
    }

    /// The body of an answer that must be there.
    pub fn read(&self, target: &str) -> Value {
        let answer = self.get(target);
        assert_eq!(answer.status, 200, "GET {target}: {}", answer.text());
        answer.json()
    }

    pub fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let mut request = format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", self.server.port);
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(headers.iter().copied()) {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        if !body.is_empty() {
            let _ = write!(request, "Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        }
        let _ = write!(request, "\r\n{body}");
        self.exchange(request.as_bytes()).unwrap_or_else(|error| panic!("{method} {target}: {error}"))
    }

    /// A connection that rested for long may be closed by the time it is used; then there is a new one.
    fn exchange(&self, request: &[u8]) -> Result<Answer, NoAnswer> {
        let mut kept = self.connection.borrow_mut();
        let answer = kept.as_mut().map(|connection| connection.exchange(request));
        match answer {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(NoAnswer::Closed)) | None => kept.insert(Connection::open(self.server)).exchange(request),
            Some(Err(error)) => Err(error),
        }
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }

    /// The code of a refusal.
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A path with a query.
pub fn target<N: AsRef<str>, V: AsRef<str>>(path: &str, query: &[(N, V)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, PLAIN).to_string();
    let pairs = query.iter().map(|(name, value)| format!("{}={}", encoded(name.as_ref()), encoded(value.as_ref())));
    let query = pairs.collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
