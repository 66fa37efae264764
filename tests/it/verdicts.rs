//! `/_mock/verdicts` as a client meets it: what a lane's requests say of whoever sent them.

mod route;
mod stories;

use serde_json::{Value, json};

use crate::support::caller::Caller;
use crate::support::server::Server;

/// A client with a lane of its own.
struct Client<'s> {
    server: &'s Server,
    caller: Caller<'s>,
    lane: &'static str,
}

impl<'s> Client<'s> {
    fn new(server: &'s Server, lane: &'static str) -> Client<'s> {
        let caller = Caller::new(server, &format!("sk_test_{lane}"));
        Client { server, caller, lane }
    }

    /// The same with a scenario armed in its lane.
    fn with(server: &'s Server, lane: &'static str, scenario: &str) -> Client<'s> {
        let client = Client::new(server, lane);
        let armed = client.send("POST", &format!("/_mock/scenarios/{scenario}/activate"), None);
        assert_eq!(armed.0, 200, "{scenario}: {}", armed.1);
        client
    }

    fn send(&self, method: &str, target: &str, body: Option<&Value>) -> (u16, Value) {
        let answer = self.caller.send(method, target, &[], body);
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Moves the lane's clock, which counts as if the client had waited.
    fn advance(&self, time: &str) {
        let moved = self.send("POST", "/_mock/clock", Some(&json!({ "advance": time })));
        assert_eq!(moved.0, 200, "{}", moved.1);
    }

    fn status(&self, target: &str) -> u16 {
        self.send("GET", target, None).0
    }

    /// All verdicts on it, with parameters of the query.
    fn verdicts(&self, query: &str) -> Value {
        let stranger = Caller::stranger(self.server).with("X-Mock-Lane", self.lane);
        stranger.read(&format!("/_mock/verdicts{query}"))
    }

    /// One verdict on it: what its scenario expects, or else what holds for every run.
    fn verdict(&self, name: &str) -> Value {
        let told = self.verdicts("");
        let verdicts = told["verdicts"].as_array().expect("a list");
        let mut of_that_name = verdicts.iter().filter(|verdict| verdict["verdict"] == name);
        of_that_name.next_back().unwrap_or_else(|| panic!("no {name} in {told}")).clone()
    }

    fn outcome(&self, name: &str) -> String {
        self.verdict(name)["outcome"].as_str().expect("a text").to_owned()
    }
}
