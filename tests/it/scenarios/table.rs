//! Tables of what is asked and what is seen.
//!
//! A request is `METHOD /target`, perhaps ` | Name: value` for each header and ` | {…}` for a body. `{next}` and
//! `{recording}` stand for the addresses that the answer before has. What is seen are parts with `; ` between them:
//!
//! | | |
//! |---|---|
//! | `429`, `429 rate_limit_exceeded` | the status, and the code of a refusal |
//! | `25 rows` | so many rows of a list |
//! | `Retry-After: 1` | a header; `<any>` and `<absent>` say that it is there, or not |
//! | `/meta/total: 1247` | a value of the body |
//! | `"Bad Gateway"` | a text in the body |
//! | `after 1500ms` | it took at least as long |

use std::time::Duration;

use ayra_mock::clock::Stopwatch;
use serde_json::{Value, json};

use super::server;
use crate::support::caller::Caller;
use crate::support::http::Answer;
use crate::support::server::Server;

/// Tests, one for each scenario, and their names: `a_b: [request => seen, …]` is a table, `a_b: by |client| …` whatever it does.
macro_rules! library {
    ($($name:ident: $body:tt $(|$client:ident| $do:block)?),* $(,)?) => {
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];
        $($crate::scenarios::table::library!(@one $name $body $(|$client| $do)?);)*
    };
    (@one $name:ident [$($request:literal => $seen:literal),* $(,)?]) => {
        #[test]
        fn $name() {
            $crate::scenarios::table::play(stringify!($name), &[$(($request, $seen)),*]);
        }
    };
    (@one $name:ident by |$client:ident| $do:block) => {
        #[test]
        fn $name() {
            $crate::scenarios::table::with(stringify!($name), |$client| $do);
        }
    };
}
pub(super) use library;

/// The key of the docs, which is allowed everything.
pub const KEY: &str = "sk_live_abc123xyz789";

/// A client in a lane of its own.
pub struct Client<'s> {
    pub server: &'s Server,
    pub lane: String,
    key: String,
    caller: Caller<'s>,
    last: Option<Value>,
    asked: usize,
}

/// An answer, and how long it took.
pub struct Seen {
    pub answer: Answer,
    pub took: Duration,
}

/// Plays a scenario in a lane that has its name.
pub fn with(name: &str, act: impl FnOnce(&mut Client)) {
    let server = server();
    let name = name.replace('_', "-");
    let mut client = Client::new(&server, &name);
    client.arm(&name);
    act(&mut client);
}

pub fn play(name: &str, table: &[(&str, &str)]) {
    with(name, |client| {
        for (request, seen) in table {
            client.expect(request, seen);
        }
    });
}

impl<'s> Client<'s> {
    pub fn new(server: &'s Server, lane: &str) -> Client<'s> {
        Client::with_key(server, lane, KEY)
    }

    fn with_key(server: &'s Server, lane: &str, key: &str) -> Client<'s> {
        let caller = Caller::new(server, key).with("X-Mock-Lane", lane);
        Client { server, lane: lane.to_owned(), key: key.to_owned(), caller, last: None, asked: 0 }
    }

    /// Another client in the same lane.
    pub fn other(&self, key: &str) -> Client<'s> {
        Client::with_key(self.server, &self.lane, key)
    }

    pub fn arm(&self, scenario: &str) {
        let answer = self.caller.send("POST", &format!("/_mock/scenarios/{scenario}/activate"), &[], None);
        assert_eq!(answer.status, 200, "{scenario}: {}", answer.text());
    }

    pub fn advance(&self, time: &str) {
        self.tell("/_mock/clock", &json!({ "advance": time }));
    }

    /// A wish in JSON to a path under `/_mock/`.
    pub fn tell(&self, target: &str, wish: &Value) -> Value {
        let answer = self.caller.post(target, wish);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.json()
    }

    pub fn ask(&mut self, request: &str) -> Seen {
        let mut parts = request.split(" | ");
        let (method, target) = parts.next().and_then(|line| line.split_once(' ')).expect("a method and a target");
        let target = self.filled(target);
        let mut headers = Vec::new();
        let mut body = None;
        for part in parts {
            match part.split_once(": ") {
                _ if part.starts_with('{') => body = Some(serde_json::from_str(part).expect("a body in JSON")),
                Some(header) => headers.push(header),
                None => panic!("neither header nor body: {part}"),
            }
        }
        self.asked += 1;
        let begin = Stopwatch::start();
        let answer = self.caller.send(method, &target, &headers, body.as_ref());
        let took = begin.elapsed();
        self.last = serde_json::from_slice(&answer.body).ok().or_else(|| self.last.take());
        Seen { answer, took }
    }

    pub fn expect(&mut self, request: &str, wanted: &str) {
        let seen = self.ask(request);
        let differs = seen.differs(wanted);
        let asked = self.asked;
        assert!(differs.is_empty(), "request {asked}, {request}\n{}\n{}", differs.join("\n"), seen.answer.text());
    }

    /// The body of an answer that is as it should be.
    pub fn read(&mut self, target: &str) -> Value {
        let seen = self.ask(&format!("GET {target}"));
        assert_eq!(seen.answer.status, 200, "{target}: {}", seen.answer.text());
        seen.answer.json()
    }

    pub fn ids(&mut self, target: &str) -> Vec<String> {
        ids(&self.read(target))
    }

    /// The address of the recording in the answer before.
    pub fn link(&self) -> String {
        self.filled("{recording}")
    }

    pub fn headers(&self) -> [String; 2] {
        [format!("Authorization: Bearer {}", self.key), format!("X-Mock-Lane: {}", self.lane)]
    }

    /// The bytes of a request after which the connection closes.
    pub fn raw(&self, line: &str, headers: &[&str], body: &str) -> String {
        let mut lines = vec![format!("{line} HTTP/1.1"), format!("Host: 127.0.0.1:{}", self.server.port)];
        lines.extend(self.headers());
        lines.extend(headers.iter().map(|&header| header.to_owned()));
        if !headers.iter().any(|header| header.starts_with("Connection: ")) {
            lines.push("Connection: close".to_owned());
        }
        if !body.is_empty() {
            lines.extend(["Content-Type: application/json".to_owned(), format!("Content-Length: {}", body.len())]);
        }
        format!("{}\r\n\r\n{body}", lines.join("\r\n"))
    }

    fn filled(&self, target: &str) -> String {
        let pointers = match target {
            "{next}" => ["/links/next", "/links/next"],
            "{recording}" => ["/data/recording/url", "/data/url"],
            _ => return target.to_owned(),
        };
        let last = self.last.as_ref().expect("an answer before");
        let url = pointers.iter().find_map(|pointer| last.pointer(pointer)?.as_str());
        let url = url.unwrap_or_else(|| panic!("no {target} in {last}"));
        url.strip_prefix(&self.server.url("")).unwrap_or(url).to_owned()
    }
}

pub fn ids(list: &Value) -> Vec<String> {
    let rows = list["data"].as_array().expect("rows");
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

impl Seen {
    /// What is otherwise than it should be.
    pub fn differs(&self, wanted: &str) -> Vec<String> {
        wanted.split("; ").filter_map(|part| self.differs_in(part)).collect()
    }

    fn differs_in(&self, wanted: &str) -> Option<String> {
        let answer = &self.answer;
        let (name, value) = wanted.split_once(": ").unwrap_or((wanted, ""));
        let found = if let Some(rows) = wanted.strip_suffix(" rows") {
            let found = answer.json()["data"].as_array().map_or(0, Vec::len);
            (found.to_string() != rows).then(|| format!("{found} rows"))
        } else if let Some(least) = wanted.strip_prefix("after ") {
            let least = least.strip_suffix("ms").and_then(|least| least.parse().ok()).expect("milliseconds");
            (self.took < Duration::from_millis(least)).then(|| format!("{:?}", self.took))
        } else if wanted.starts_with('"') {
            (!answer.text().contains(wanted.trim_matches('"'))).then(|| "another text".to_owned())
        } else if wanted.starts_with('/') {
            let found = answer.json().pointer(name).map_or("<absent>".to_owned(), Value::to_string);
            (found != value && (value != "<any>" || found == "<absent>")).then_some(found)
        } else if wanted.starts_with(|first: char| first.is_ascii_digit()) {
            let code = if wanted.len() > 3 { format!(" {}", answer.code()) } else { String::new() };
            let found = format!("{}{code}", answer.status);
            (found != wanted).then_some(found)
        } else {
            let found = answer.header(name).unwrap_or("<absent>");
            (found != value && (value != "<any>" || found == "<absent>")).then(|| found.to_owned())
        };
        found.map(|found| format!("expected {wanted}, got {found}"))
    }
}
