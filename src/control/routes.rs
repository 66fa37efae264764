//! The table of all paths under `/_mock/`, and how one is found.

use http::header::{ALLOW, HeaderValue};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::{Call, Outcome, clock, coverage, events, health, journal, lanes, ready, report, scenarios, verdicts};

/// Where scenarios are sent to.
pub const SCENARIOS: &str = "/_mock/scenarios";

pub struct Route {
    pub method: Method,
    /// `{name}` or `{number}` stands for one part of the path.
    path: &'static str,
    about: &'static str,
    /// Answered without the token.
    pub open: bool,
    /// Bytes of a body that are read.
    pub body: usize,
    /// It may write to lanes, which stay where they are until it is done.
    pub writes: bool,
    pub answer: fn(&Call) -> Outcome,
}

/// Beyond this, a body is no wish to a clock or a lane.
const BODY: usize = 64 * 1024;
/// A scenario in a text of JSON, which may escape much of it.
const SCENARIO: usize = 2 << 20;
/// Beyond this, a body is no lane.
pub const DOCUMENT: usize = 64 << 20;

const fn get(path: &'static str, about: &'static str, answer: fn(&Call) -> Outcome) -> Route {
    Route { method: Method::GET, path, about, open: false, body: 0, writes: false, answer }
}

const fn change(method: Method, path: &'static str, about: &'static str, answer: fn(&Call) -> Outcome) -> Route {
    Route { method, path, about, open: false, body: BODY, writes: true, answer }
}

const fn put(path: &'static str, about: &'static str, answer: fn(&Call) -> Outcome) -> Route {
    Route { method: Method::PUT, path, about, open: false, body: DOCUMENT, writes: true, answer }
}

const fn scenario(method: Method, path: &'static str, about: &'static str, answer: fn(&Call) -> Outcome) -> Route {
    Route { method, path, about, open: false, body: SCENARIO, writes: true, answer }
}

/// Something that is done to the server as a whole.
const fn order(path: &'static str, about: &'static str, answer: fn(&Call) -> Outcome) -> Route {
    Route { method: Method::POST, path, about, open: false, body: BODY, writes: false, answer }
}

/// Whoever watches the process has no token.
const fn probe(path: &'static str, about: &'static str, answer: fn(&Call) -> Outcome) -> Route {
    Route { method: Method::GET, path, about, open: true, body: 0, writes: false, answer }
}

#[rustfmt::skip]
pub static ROUTES: [Route; 27] = [
    probe("/_mock/health", "200 as long as the process serves", health),
    probe("/_mock/ready", "200 when requests are answered, 503 while starting or leaving", ready),
    get("/_mock/status", "what is served, since when, and what keeps saved files from being it", report::status),
    order("/_mock/reload", "looks at the files at once, and tells what changed or what is wrong", report::reload),
    get("/_mock/clock", "what time it is in your lane", clock::show),
    change(Method::POST, "/_mock/clock", "freeze, resume, advance or advance_to: moves your lane's clock", clock::change),
    get("/_mock/lanes", "all lanes", lanes::list),
    change(Method::POST, "/_mock/lanes", "makes a lane: name, and seed, now, speed or the number of records; or from, for a copy", lanes::create),
    get("/_mock/lanes/{name}", "one lane", lanes::show),
    change(Method::DELETE, "/_mock/lanes/{name}", "drops a lane", lanes::delete),
    change(Method::POST, "/_mock/lanes/{name}/reset", "makes a lane anew", lanes::reset),
    change(Method::POST, "/_mock/lanes/{name}/fork", "makes a copy of a lane: name", lanes::fork),
    get("/_mock/lanes/{name}/snapshot", "a lane as a document", lanes::snapshot),
    put("/_mock/lanes/{name}/snapshot", "brings the lane of a document back", lanes::restore),
    get(SCENARIOS, "all scenarios, and how those stand that are armed in your lane", scenarios::list),
    scenario(Method::POST, SCENARIOS, "arms the scenario that is sent: as it is, or as a text: yaml", scenarios::bring),
    get("/_mock/scenarios/{name}", "one scenario, and how it stands in your lane", scenarios::show),
    change(Method::POST, "/_mock/scenarios/{name}/activate", "arms a scenario in your lane", scenarios::activate),
    change(Method::POST, "/_mock/scenarios/{name}/deactivate", "disarms a scenario in your lane", scenarios::deactivate),
    change(Method::POST, "/_mock/scenarios/{name}/reset", "lets a scenario begin anew in your lane", scenarios::reset),
    change(Method::POST, "/_mock/scenarios/{name}/release", "lets answers go that a scenario holds: hold and count, or all", scenarios::release),
    get("/_mock/verdicts", "what your lane's requests say of their client: lane, scenario, except, after", verdicts::list),
    get("/_mock/coverage", "how much of the contract your lane's requests have met, and what they have not: after", coverage::show),
    get("/_mock/journal", "what was asked and answered: after, before, limit; operation, method, status, lane, breach, rule, since, text; format", journal::list),
    change(Method::DELETE, "/_mock/journal", "forgets what was asked and answered: lane", journal::clear),
    get("/_mock/journal/events", "what is asked and answered from now on, as server-sent events: after, and what a page is filtered by", events::listen),
    get("/_mock/journal/{number}", "one request and its answer, with everything that is remembered: format", journal::show),
];

/// The route of a request; a HEAD is a GET whose body is left out.
pub fn find(method: &Method, path: &str) -> Result<&'static Route, Refusal> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let here: Vec<&Route> = ROUTES.iter().filter(|route| route.leads(path)).collect();
    if here.is_empty() {
        let paths: Vec<Value> = ROUTES.iter().map(Route::described).collect();
        return Err(Refusal::new(StatusCode::NOT_FOUND, "no such path under /_mock/").fact("paths", paths));
    }
    here.iter().find(|route| route.method == *method).copied().ok_or_else(|| {
        let methods: Vec<&str> = here
            .iter()
            .flat_map(
                |route| if route.method == Method::GET { vec!["GET", "HEAD"] } else { vec![route.method.as_str()] },
            )
            .collect();
        let methods =
            methods.iter().enumerate().filter(|(n, name)| !methods[..*n].contains(name)).map(|(_, name)| *name);
        let allowed = methods.collect::<Vec<_>>().join(", ");
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, format!("possible here: {allowed}"));
        refusal.with(ALLOW, HeaderValue::try_from(allowed).unwrap_or(HeaderValue::from_static("GET, HEAD")))
    })
}

fn is_name(part: &str) -> bool {
    part.starts_with('{')
}

impl Route {
    /// What stands for the name in a path that leads here.
    pub fn name<'p>(&self, path: &'p str) -> Option<&'p str> {
        self.path.split('/').zip(path.split('/')).find(|(known, _)| is_name(known)).map(|(_, part)| part)
    }

    fn leads(&self, path: &str) -> bool {
        let (known, parts) = (self.path.split('/'), path.split('/'));
        let fits = |(known, part): (&str, &str)| known == part || (is_name(known) && !part.is_empty());
        known.clone().count() == parts.clone().count() && known.zip(parts).all(fits)
    }

    fn described(&self) -> Value {
        json!({ "method": self.method.as_str(), "path": self.path, "about": self.about })
    }
}
