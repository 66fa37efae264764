//! MATCH: what a value has to be, read as the value's own type.

use http::HeaderName;
use serde_json::Value;

use super::reach::Reach;
use super::{At, Reading};
use crate::breach::Severity;
use crate::contract::{Direction, Location, Operation, Parameter, typed};
use crate::scenario::matcher::{Matcher, Pattern, Unusable};
use crate::scenario::plan::{Condition, Subject};

/// How the value comes that something is compared with.
#[derive(Clone, Copy)]
pub enum Typing<'c> {
    /// As JSON.
    Json,
    /// As text, whatever it looks like.
    Text,
    /// As the parameter's schema reads it.
    Parameter(&'c Parameter),
    /// The same for requests that the contract refuses: any text may have come.
    Refused(&'c Parameter),
}

impl<'a> Reading<'a> {
    /// The members of `path`, `query`, `headers`, `body` and `captured`, and `key` and `lane`.
    pub fn conditions(&mut self, when: &At<'a>, reach: &Reach<'a>) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for (name, location) in [("path", Location::Path), ("query", Location::Query)] {
            for (name, at) in when.get(name).iter().flat_map(At::members) {
                let of = match location {
                    Location::Path => Subject::Path(name.to_owned()),
                    _ => Subject::Query(name.to_owned()),
                };
                let Some(parameter) = self.declared(&at, name, location, reach) else { continue };
                let typing = if reach.refused { Typing::Refused(parameter) } else { Typing::Parameter(parameter) };
                conditions.extend(self.matcher(&at, typing).map(|test| Condition { of, test }));
            }
        }
        for (name, at) in when.get("headers").iter().flat_map(At::members) {
            let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
            let test = self.matcher(&at, Typing::Text);
            conditions.extend(test.map(|test| Condition { of: Subject::Header(name), test }));
        }
        for (pointer, at) in when.get("body").iter().flat_map(At::members) {
            self.body_pointer(&at, pointer, reach);
            let test = self.matcher(&at, Typing::Json);
            conditions.extend(test.map(|test| Condition { of: Subject::Body(pointer.to_owned()), test }));
        }
        for (name, at) in when.get("captured").iter().flat_map(At::members) {
            let test = self.matcher(&at, Typing::Json);
            conditions.extend(test.map(|test| Condition { of: Subject::Captured(name.to_owned()), test }));
        }
        for (name, of) in [("key", Subject::Key), ("lane", Subject::Lane)] {
            let test = when.get(name).and_then(|at| self.matcher(&at, Typing::Text));
            conditions.extend(test.map(|test| Condition { of, test }));
        }
        conditions
    }

    /// The parameter of that name, if the operations have it.
    pub fn declared(&mut self, at: &At, name: &str, location: Location, reach: &Reach<'a>) -> Option<&'a Parameter> {
        let is_it = |parameter: &&Parameter| parameter.location == location && parameter.name == name;
        let found = reach.operations.iter().find_map(|operation| operation.parameters.iter().find(is_it));
        let has = |operation: &Operation| operation.parameters.iter().any(|one| is_it(&one));
        if reach.astray || (reach.has(has) && found.is_some()) {
            return found;
        }
        self.undeclared(at, true, name, location, reach);
        None
    }

    /// `key`: the name is the key of the value.
    pub fn undeclared(&mut self, at: &At, key: bool, name: &str, location: Location, reach: &Reach<'a>) {
        let has =
            |operation: &Operation| operation.parameters.iter().any(|one| one.location == location && one.name == name);
        let kind = location.name();
        let message = match reach.lacking(has).filter(|_| reach.named) {
            Some(operation) => format!("\"{}\" has no {kind} parameter \"{name}\"", operation.id),
            None => format!("no operation has a {kind} parameter \"{name}\""),
        };
        let finding = self.pointed(at, key, "E0321", message).label("not declared");
        if let Some(other) = reach.operations.iter().find(|operation| has(operation)) {
            let help =
                format!("\"{}\" has it: each operation that is named needs it, so write a rule for each", other.id);
            return self.found(finding.help(help));
        }
        let known = reach.parameters(location);
        let finding = finding.meant(name, known.iter().copied());
        self.found(match (finding.help.is_some(), known.as_slice()) {
            (true, _) => finding,
            (false, []) => finding.help(format!("it has no {kind} parameters")),
            (false, known) => finding.help(format!("there are {}", listed(known))),
        });
    }

    fn body_pointer(&mut self, at: &At, pointer: &str, reach: &Reach<'a>) {
        let bodies: Vec<_> = reach.operations.iter().filter_map(|operation| operation.body.as_ref()).collect();
        if reach.refused || reach.astray || reach.operations.is_empty() {
            return;
        }
        if bodies.is_empty() {
            let message = match reach.operations.as_slice() {
                [only] => format!("\"{}\" takes no body", only.id),
                _ => "none of these operations takes a body".to_owned(),
            };
            let finding = self.key_error(at, "E0328", message);
            return self.found(finding.label("no request has such a member"));
        }
        let schemas = bodies.iter().flat_map(|body| &body.content).map(|media| media.schema.as_ref());
        self.pointer_leads_somewhere(at, true, pointer, schemas.collect(), "a request's body");
    }

    pub fn matcher(&mut self, at: &At<'a>, typing: Typing<'a>) -> Option<Matcher> {
        match at.value {
            Value::Array(_) => {
                let values: Vec<Value> = at.items().iter().filter_map(|item| self.compared(item, typing)).collect();
                Some(Matcher::OneOf(values))
            }
            Value::Object(_) => {
                let mut tests: Vec<Matcher> =
                    at.members().filter_map(|(name, at)| self.test(name, &at, typing)).collect();
                match tests.len() {
                    1 => tests.pop(),
                    _ => Some(Matcher::All(tests)),
                }
            }
            _ => self.compared(at, typing).map(Matcher::Equals),
        }
    }

    fn test(&mut self, name: &str, at: &At<'a>, typing: Typing<'a>) -> Option<Matcher> {
        Some(match name {
            "equals" => Matcher::Equals(self.compared(at, typing)?),
            "not" => Matcher::Not(Box::new(self.matcher(at, typing)?)),
            "one_of" => Matcher::OneOf(at.items().iter().filter_map(|item| self.compared(item, typing)).collect()),
            "present" => Matcher::Present(at.value.as_bool()?),
            "matches" => Matcher::Matches(self.pattern(at)?),
            "contains" => Matcher::Contains(self.contained(at.value, typing)),
            "starts_with" => Matcher::StartsWith(text_of(at.value)),
            "ends_with" => Matcher::EndsWith(text_of(at.value)),
            "at_least" => Matcher::AtLeast(self.bound(at.value, typing)),
            "at_most" => Matcher::AtMost(self.bound(at.value, typing)),
            "above" => Matcher::Above(self.bound(at.value, typing)),
            "below" => Matcher::Below(self.bound(at.value, typing)),
            _ => return None,
        })
    }

    fn pattern(&mut self, at: &At) -> Option<Pattern> {
        // That there is no room is said once, of the first that finds none.
        let was_full = self.patterns.is_full();
        let finding = match self.patterns.pattern(at.text()?) {
            Ok(pattern) => return Some(pattern),
            Err(Unusable::Wrong(why)) => self.error(at, "E0323", format!("the pattern can't be used: {why}")),
            Err(Unusable::NoRoom) if was_full => return None,
            Err(Unusable::NoRoom) => self
                .error(at, "E0310", "the patterns of this file come to more than 16 MiB")
                .help("split the scenario, or say with `contains`, `starts_with` or a list what needs no pattern"),
        };
        self.found(finding);
        None
    }

    /// The value as it comes, if one like it can come at all.
    fn compared(&mut self, at: &At, typing: Typing<'a>) -> Option<Value> {
        let value = self.whole(at.value, typing);
        let Typing::Parameter(parameter) = typing else { return Some(value) };
        let schema = parameter.schema.as_ref()?;
        let breaches = self.contract.schemas.check(schema, &value, Direction::Request);
        let Some(breach) = breaches.iter().find(|breach| breach.severity == Severity::Error) else {
            return Some(value);
        };
        let message = format!("no good request has {} in \"{}\"", breach.found, parameter.name);
        let finding = self.error(at, "E0322", message).label(format!("expected {}", breach.expected));
        self.found(match &breach.hint {
            Some(hint) => finding.help(hint),
            None => finding.help("a rule with `when: { refused: true }` sees the requests that the contract refuses"),
        });
        None
    }

    /// A value in the type of what it is compared with.
    fn whole(&self, value: &Value, typing: Typing) -> Value {
        let parameter = match typing {
            Typing::Json => return value.clone(),
            Typing::Text => return Value::String(text_of(value)),
            Typing::Parameter(parameter) | Typing::Refused(parameter) => parameter,
        };
        let Some(schema) = &parameter.schema else { return Value::String(text_of(value)) };
        let wire = self.contract.schemas.wire(schema);
        match (value, &wire.items) {
            (Value::Array(_) | Value::Object(_) | Value::Null, _) => value.clone(),
            // A single value of a list comes as a list of one.
            (value, Some(items)) if wire.array && !wire.string => Value::Array(vec![typed(&text_of(value), items)]),
            (value, _) => typed(&text_of(value), wire),
        }
    }

    /// A part of a text, or an item of a list.
    fn contained(&self, value: &Value, typing: Typing) -> Value {
        match self.whole(value, typing) {
            Value::Array(mut items) if items.len() == 1 => items.remove(0),
            _ => value.clone(),
        }
    }

    /// A number beside what may be a number.
    fn bound(&self, value: &Value, typing: Typing) -> Value {
        if matches!(typing, Typing::Text) { value.clone() } else { self.whole(value, typing) }
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The first names of a list.
pub fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
