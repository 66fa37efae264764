//! What is said once the server listens: where, what, and how to try it.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::links::example_target;
use super::style::{BOLD, CYAN, DIM, GREEN, Painted, harmless, width};
use crate::contract::{Contract, Operation};
use crate::plural::count;
use crate::scenario::Repertoire;

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub struct Banner<'a> {
    /// `http://127.0.0.1:4010`
    pub url: &'a str,
    pub contract: &'a Contract,
    /// Where the contract comes from: `embedded`, or a file's name.
    pub described: &'a str,
    pub key: Option<&'a str>,
    pub seed: u64,
    /// When the clocks begin, and how fast they run, if that was said.
    pub now: Option<Timestamp>,
    pub speed: Option<f64>,
    /// What of the world's size was said.
    pub world: &'a str,
    pub scenarios: &'a Repertoire,
    /// The query that an operation's path needs in place of a key, if it does.
    pub signed: &'a dyn Fn(&Operation, &str) -> Option<String>,
    /// What else must be typed to get the same server again.
    pub flags: &'a str,
    pub took: Duration,
}

impl Banner<'_> {
    /// For people.
    pub fn pretty(&self, colors: bool) -> String {
        let mut text = String::new();
        let paint = |text: &str, style| Painted(harmless(text), style, colors).to_string();
        let name = paint(&format!("ayra-mock {VERSION}"), BOLD);
        let _ = writeln!(text, "\n  {name}  {}\n", paint(&format!("ready in {}", millis(self.took)), DIM));
        let mut row = |mark: &str, label: &str, value: &str| {
            let _ = writeln!(text, "  {} {} {value}", paint(mark, GREEN), paint(&format!("{label:<9}"), BOLD));
        };
        row("➜", "API", &paint(self.url, CYAN));
        row(" ", "Contract", &harmless(&self.about()));
        if let Some(key) = self.key {
            row(" ", "Key", &harmless(key));
        }
        if let Some(clock) = self.told_clock() {
            row(" ", "Clock", &clock);
        }
        if !self.world.is_empty() {
            row(" ", "World", &harmless(self.world));
        }
        if let Some(scenarios) = self.told_scenarios() {
            row(" ", "Scenarios", &harmless(&scenarios));
        }
        row(" ", "Replay", &format!("{}   {}", self.replay(), paint(&format!("# version {VERSION}"), DIM)));
        if let Some(operation) = self.simplest() {
            row(" ", "Try", &self.curl(operation));
        }
        text.push('\n');
        let links: Vec<String> = self.contract.operations.iter().map(|operation| self.link(operation)).collect();
        // One very long link shall not push all names off the screen.
        let column = links.iter().map(|link| width(link)).filter(|width| *width <= 90).max().unwrap_or(0);
        for (operation, link) in self.contract.operations.iter().zip(&links) {
            let fill = " ".repeat(column.saturating_sub(width(link)));
            let method = paint(&format!("{:<7}", operation.method.as_str()), BOLD);
            let _ = writeln!(text, "  {method} {link}{fill}  {}", paint(&operation.id, DIM));
        }
        text.push('\n');
        text
    }

    /// For programs, as one line.
    pub fn json(&self) -> String {
        let operations: Vec<Value> = self
            .contract
            .operations
            .iter()
            .map(|operation| {
                json!({ "method": operation.method.as_str(), "operation": operation.id, "url": self.link(operation) })
            })
            .collect();
        let object = json!({
            "event": "ready",
            "version": VERSION,
            "url": self.url,
            "contract": { "title": self.contract.title, "version": self.contract.version, "from": self.described },
            "operations": operations,
            "key": self.key,
            "seed": self.seed,
            "now": self.now.map(|now| now.to_string()),
            "speed": self.speed,
            "scenarios": { "known": self.scenarios.outlines().len(), "armed": self.armed() },
            "replay": self.replay(),
            "micros": u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX),
        });
        format!("{object}\n")
    }

    /// `Pets 2.1 (pets.yaml) · 12 operations`
    fn about(&self) -> String {
        let Contract { title, version, operations, .. } = self.contract;
        let title = if title.is_empty() { "untitled" } else { title };
        format!("{title} {version} ({}) · {}", self.described, count(operations.len(), "operation"))
    }

    /// How the clock stands, unless it shows the machine's time.
    fn told_clock(&self) -> Option<String> {
        match (self.now, self.speed) {
            (None, None) => None,
            (Some(now), None) => Some(format!("stands at {now}")),
            (Some(now), Some(speed)) => Some(format!("runs from {now}, {speed} times as fast as this machine's")),
            (None, Some(speed)) => Some(format!("runs {speed} times as fast as this machine's")),
        }
    }

    /// `61 known · 1 armed: rate-limit-exact`
    fn told_scenarios(&self) -> Option<String> {
        let armed = self.armed();
        match (self.scenarios.outlines().len(), armed.len()) {
            (0, _) => None,
            (known, 0) => Some(format!("{known} known · none armed")),
            (known, count) => Some(format!("{known} known · {count} armed: {}", armed.join(", "))),
        }
    }

    fn armed(&self) -> Vec<&str> {
        self.scenarios.opening().iter().map(|scenario| scenario.name.as_str()).collect()
    }

    fn replay(&self) -> String {
        format!("ayra-mock --seed {}{}", self.seed, self.flags)
    }

    fn link(&self, operation: &Operation) -> String {
        let target = example_target(self.contract, operation);
        match (self.signed)(operation, &target) {
            Some(query) => format!("{}{target}?{query}", self.url),
            None => format!("{}{target}", self.url),
        }
    }

    /// What a new user tries first: something that only reads and needs the least.
    fn simplest(&self) -> Option<&Operation> {
        let reads = self.contract.operations.iter().filter(|operation| operation.method == http::Method::GET);
        reads.min_by_key(|operation| operation.path.matches('{').count())
    }

    fn curl(&self, operation: &Operation) -> String {
        let link = self.link(operation);
        // A shell would take `&` and `?` for its own.
        let plain = link.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-_~%,[]".contains(&byte));
        let link = if plain { link } else { format!("'{}'", link.replace('\'', "%27")) };
        match self.credentials(operation) {
            Some(flags) => format!("curl {link} {flags}"),
            None => format!("curl {link}"),
        }
    }

    /// How curl shows the key to this operation.
    fn credentials(&self, operation: &Operation) -> Option<String> {
        use crate::contract::{Location, Scheme};
        let key = harmless(self.key?);
        let (name, _) = operation.security.first()?.0.first()?;
        Some(match self.contract.schemes.get(name)? {
            Scheme::Bearer => format!("-H \"Authorization: Bearer {key}\""),
            Scheme::Basic => format!("-u '{key}'"),
            Scheme::Key { location: Location::Header, name } => format!("-H \"{name}: {key}\""),
            Scheme::Key { location: Location::Cookie, name } => format!("-b '{name}={key}'"),
            Scheme::Key { location: Location::Query, name } => format!("-G -d '{name}={key}'"),
            Scheme::Key { location: Location::Path, .. } | Scheme::Outside => return None,
        })
    }
}

fn millis(took: Duration) -> String {
    match took.as_millis() {
        0 => "under 1 ms".to_owned(),
        millis => format!("{millis} ms"),
    }
}
