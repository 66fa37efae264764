//! How much of a contract, and of the scenarios that were armed, a client has met. Everything that it could meet is listed first;
//! then exchanges are held against the list.

mod members;

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use self::members::Listed;
use super::Entry;
use crate::contract::{Contract, Location, Operation, Parameter, ResponseStatus, Role};
use crate::ending::Ending;
use crate::scenario::Scenario;

/// As many things are told that were not met.
const MOST_TOLD: usize = 1_000;

/// What there is to be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Operations,
    Parameters,
    /// The values that a parameter or a member of a body can have, where the contract lists them.
    Values,
    /// The statuses from 400 on that the contract documents.
    Errors,
    /// Pages behind the first.
    Pages,
    /// Rules and steps of the scenarios that were armed.
    Rules,
}

#[derive(Debug)]
pub struct Coverage {
    items: Vec<Item>,
    /// Places of items, by the operation they belong to.
    by_operation: HashMap<String, Vec<usize>>,
    rules: HashMap<String, usize>,
}

#[derive(Debug)]
struct Item {
    kind: Kind,
    /// None for a rule.
    operation: Option<String>,
    what: What,
    met: bool,
}

/// A thing that an exchange can show to have been met.
#[derive(Debug, Clone, PartialEq)]
enum What {
    Call,
    Parameter { location: Location, name: String },
    Value { location: Location, name: String, value: Value },
    Member(Listed),
    Error(ResponseStatus),
    NextPage { location: Location, name: String, first: Option<u64> },
    Rule { scenario: String, rule: String },
}

/// How many things of a kind there are, and how many of them were met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub kind: Kind,
    pub met: usize,
    pub all: usize,
}

impl Coverage {
    /// Nothing is met yet.
    pub fn of(contract: &Contract) -> Coverage {
        let mut coverage = Coverage { items: Vec::new(), by_operation: HashMap::new(), rules: HashMap::new() };
        for operation in &contract.operations {
            coverage.list(contract, operation);
        }
        coverage
    }

    /// What the client met in these exchanges, while these scenarios were armed.
    pub fn add(&mut self, entries: &[Arc<Entry>], armed: &[Arc<Scenario>]) {
        for scenario in armed {
            let steps = scenario.steps().iter().map(|step| &step.rule);
            for rule in scenario.rules.iter().chain(steps) {
                self.rule(&scenario.name, &rule.name);
            }
        }
        for entry in entries {
            self.meet(entry);
        }
    }

    /// Each kind of which there is anything.
    pub fn shares(&self) -> Vec<Share> {
        let share = |kind| {
            let of_kind = || self.items.iter().filter(move |item| item.kind == kind);
            Share { kind, met: of_kind().filter(|item| item.met).count(), all: of_kind().count() }
        };
        Kind::ALL.into_iter().map(share).filter(|share| share.all > 0).collect()
    }

    /// All kinds together.
    pub fn percent(&self) -> f64 {
        percent(self.items.iter().filter(|item| item.met).count(), self.items.len())
    }

    /// What was never met, as sentences; of an operation that was never called that alone. And how many more there are.
    pub fn missing(&self) -> (Vec<String>, usize) {
        let called: BTreeSet<&str> = self.called().collect();
        let worth_telling = |item: &&Item| {
            let operation = item.operation.as_deref();
            !item.met && (item.kind == Kind::Operations || operation.is_none_or(|operation| called.contains(operation)))
        };
        let mut missing: Vec<&Item> = self.items.iter().filter(worth_telling).collect();
        // What says most about a client comes first, what there is most of last.
        missing.sort_by_key(|item| item.kind.rank());
        let mut missing: Vec<String> = missing.into_iter().map(Item::sentence).collect();
        let more = missing.len().saturating_sub(MOST_TOLD);
        missing.truncate(MOST_TOLD);
        (missing, more)
    }

    /// As it is told to programs.
    pub fn told(&self) -> Value {
        // A hundredth of a percent is more than anybody asks for.
        let rounded = |percent: f64| (percent * 100.0).round() / 100.0;
        let share = |share: Share| {
            let (kind, percent) = (share.kind.name(), rounded(share.percent()));
            json!({ "kind": kind, "met": share.met, "all": share.all, "percent": percent })
        };
        let (missing, more) = self.missing();
        json!({
            "percent": rounded(self.percent()),
            "shares": self.shares().into_iter().map(share).collect::<Vec<_>>(),
            "missing": missing,
            "more": more,
        })
    }

    fn called(&self) -> impl Iterator<Item = &str> {
        let met = self.items.iter().filter(|item| item.met && item.kind == Kind::Operations);
        met.filter_map(|item| item.operation.as_deref())
    }

    fn list(&mut self, contract: &Contract, operation: &Operation) {
        self.push(Kind::Operations, operation, What::Call);
        for parameter in operation.parameters.iter().filter(|parameter| !parameter.deprecated) {
            let (location, name) = (parameter.location, parameter.name.clone());
            self.push(Kind::Parameters, operation, What::Parameter { location, name: name.clone() });
            for value in listed(contract, parameter) {
                self.push(Kind::Values, operation, What::Value { location, name: name.clone(), value });
            }
            if let Some(first) = leads_on(contract, parameter) {
                self.push(Kind::Pages, operation, What::NextPage { location, name, first });
            }
        }
        for member in members::listed(contract, operation) {
            self.push(Kind::Values, operation, What::Member(member));
        }
        for response in &operation.responses {
            let is_error = match response.status {
                ResponseStatus::Exact(status) => status >= 400,
                ResponseStatus::Class(class) => class >= 4,
                ResponseStatus::Default => false,
            };
            if is_error {
                self.push(Kind::Errors, operation, What::Error(response.status));
            }
        }
    }

    fn push(&mut self, kind: Kind, operation: &Operation, what: What) {
        self.by_operation.entry(operation.id.clone()).or_default().push(self.items.len());
        self.items.push(Item { kind, operation: Some(operation.id.clone()), what, met: false });
    }

    fn rule(&mut self, scenario: &str, rule: &str) {
        let place = self.items.len();
        if let std::collections::hash_map::Entry::Vacant(free) = self.rules.entry(format!("{scenario}/{rule}")) {
            free.insert(place);
            let what = What::Rule { scenario: scenario.to_owned(), rule: rule.to_owned() };
            self.items.push(Item { kind: Kind::Rules, operation: None, what, met: false });
        }
    }

    fn meet(&mut self, entry: &Entry) {
        for rule in &entry.exchange.rules {
            if let Some(place) = self.rules.get(rule) {
                self.items[*place].met = true;
            }
        }
        let Some(places) = entry.exchange.operation().and_then(|id| self.by_operation.get(id)) else { return };
        let sent = Sent::of(entry);
        for place in places {
            let item = &mut self.items[*place];
            item.met = item.met || sent.shows(&item.what);
        }
    }
}

/// One request, as far as it shows anything.
struct Sent<'e> {
    entry: &'e Entry,
    /// Its body, as JSON, once somebody asks for it.
    body: OnceCell<Option<Value>>,
}

impl<'e> Sent<'e> {
    fn of(entry: &'e Entry) -> Sent<'e> {
        Sent { entry, body: OnceCell::new() }
    }

    fn shows(&self, what: &What) -> bool {
        let values = &self.entry.exchange.values;
        // What is left out has a value too, where there is a default: only what was sent counts.
        let sent =
            |location: Location, name: &str| values.get(location, name).filter(|_| values.has_come(location, name));
        match what {
            What::Call => true,
            What::Parameter { location, name } => values.has_come(*location, name),
            What::Value { location, name, value: wanted } => match sent(*location, name) {
                Some(Value::Array(values)) => values.contains(wanted),
                Some(value) => value == wanted,
                None => false,
            },
            What::Member(member) => self.body().is_some_and(|body| member.is_in(body)),
            What::Error(status) => {
                self.is_answered() && status.suits(self.entry.exchange.answer.status.as_u16()).is_some()
            }
            What::NextPage { location, name, first } => match (sent(*location, name), first) {
                (Some(value), Some(first)) => value.as_u64().is_some_and(|page| page > *first),
                (Some(_), None) => true,
                (None, _) => false,
            },
            What::Rule { .. } => false,
        }
    }

    /// Whether its client can have seen the head of the answer: what broke off before any of its body may have had none.
    fn is_answered(&self) -> bool {
        !matches!(self.entry.ending(), Ending::Broken | Ending::HungUp) || self.entry.sent() > 0
    }

    fn body(&self) -> Option<&Value> {
        let read = || serde_json::from_slice(self.entry.exchange.request_body()).ok();
        self.body.get_or_init(read).as_ref()
    }
}

/// The values that a parameter can have, or each of its items. Nobody can send null.
fn listed(contract: &Contract, parameter: &Parameter) -> Vec<Value> {
    let Some(schema) = &parameter.schema else { return Vec::new() };
    let schema = schema.cursor(&contract.bundle).resolved();
    let own = schema.value.get("enum").and_then(Value::as_array).cloned();
    let items = || schema.get("items")?.resolved().value.get("enum").and_then(Value::as_array).cloned();
    own.or_else(items).unwrap_or_default().into_iter().filter(|value| !value.is_null()).collect()
}

/// Whether a parameter leads on to another page; if by a number, what that of the first one is.
fn leads_on(contract: &Contract, parameter: &Parameter) -> Option<Option<u64>> {
    match parameter.role? {
        Role::Page => Some(Some(parameter.first_page(&contract.bundle))),
        Role::Offset => Some(Some(0)),
        Role::Cursor | Role::After => Some(None),
        Role::PerPage | Role::Limit | Role::SortBy | Role::SortOrder => None,
    }
}

impl Item {
    fn sentence(&self) -> String {
        let operation = self.operation.as_deref().unwrap_or_default();
        match &self.what {
            What::Call => format!("your client never called {operation}"),
            What::Parameter { name, location, .. } => {
                format!("your client never sent the {} parameter '{name}' to {operation}", location.name())
            }
            What::Value { name, value, .. } => {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                format!("your client never sent {name}={value} to {operation}")
            }
            What::Member(member) => format!("your client never sent {member} in a body to {operation}"),
            What::Error(status) => format!("your client never saw a {} from {operation}", status.written()),
            What::NextPage { name, .. } => {
                format!("your client never asked {operation} for a further page by '{name}'")
            }
            What::Rule { scenario, rule } => format!("your client never met the rule '{rule}' of {scenario}"),
        }
    }
}

impl Kind {
    pub const ALL: [Kind; 6] =
        [Kind::Operations, Kind::Parameters, Kind::Values, Kind::Errors, Kind::Pages, Kind::Rules];

    const fn rank(self) -> u8 {
        match self {
            Kind::Rules => 0,
            Kind::Operations => 1,
            Kind::Errors => 2,
            Kind::Pages => 3,
            Kind::Values => 4,
            Kind::Parameters => 5,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Kind::Operations => "operations",
            Kind::Parameters => "parameters",
            Kind::Values => "values",
            Kind::Errors => "errors",
            Kind::Pages => "pages",
            Kind::Rules => "rules",
        }
    }
}

impl Share {
    pub fn percent(self) -> f64 {
        percent(self.met, self.all)
    }
}

/// Of nothing everything was met.
#[allow(clippy::cast_precision_loss, reason = "nobody lists 2^53 things")]
fn percent(met: usize, all: usize) -> f64 {
    if all == 0 { 100.0 } else { met as f64 * 100.0 / all as f64 }
}
