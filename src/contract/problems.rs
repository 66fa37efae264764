//! The contract's table of problems: from what happened to the answer that the API would give.

use std::collections::HashMap;

use http::StatusCode;
use http::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::route::PathValues;
use crate::breach::cut;
use crate::problem::{Kind, Problem};
use crate::reply::Reply;
use crate::request::Request;

/// The table, empty for a document that has none.
#[derive(Debug, Default)]
pub struct Problems {
    entries: HashMap<String, Entry>,
}

/// One answer by name.
#[derive(Debug, Clone)]
pub struct Entry {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, String)>,
    /// The body, in whose texts `{name}` stands for a fact.
    pub body: Value,
}

impl Problems {
    pub fn new(entries: HashMap<String, Entry>) -> Problems {
        Problems { entries }
    }

    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub fn entry_named(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// The entry `name` with these facts, or `None` if it needs a fact that is not there.
    pub fn by_name(&self, name: &str, facts: &Map<String, Value>) -> Option<Reply> {
        let entry = self.entries.get(name)?;
        let mut missing = false;
        let body = fill(&entry.body, facts, &mut missing).filter(|_| !missing)?;
        Some(entry.reply(&body, facts))
    }

    /// The answer to a problem: by the contract's table if it has a fitting entry, else as RFC 9457 has it.
    pub fn reply(&self, problem: &Problem, operation: Option<&Operation>) -> Reply {
        let mut reply = match self.entry(problem, operation) {
            Some(entry) => {
                let body = fill(&entry.body, &problem.facts, &mut false).unwrap_or_default();
                entry.reply(&body, &problem.facts)
            }
            None => plain(problem, operation),
        };
        if let (Kind::MethodNotAllowed, Some(Value::Array(allowed))) = (problem.kind, problem.facts.get("allowed")) {
            reply.set(ALLOW, &listed(allowed));
        }
        reply
    }

    fn entry(&self, problem: &Problem, operation: Option<&Operation>) -> Option<&Entry> {
        if let Some(entry) = problem.named.as_ref().and_then(|name| self.entries.get(name)) {
            return Some(entry);
        }
        let mut name = problem.kind.name().to_owned();
        if !problem.detail.is_empty() {
            name = format!("{name}.{}", problem.detail);
        }
        loop {
            let renamed = operation.and_then(|operation| operation.problems.get(&name));
            if let Some(entry) = self.entries.get(renamed.unwrap_or(&name)) {
                return Some(entry);
            }
            name.truncate(name.rfind('.')?);
        }
    }
}

impl Entry {
    /// Every fact that its texts speak of, each once.
    pub fn facts(&self) -> Vec<&str> {
        fn gather<'e>(value: &'e Value, found: &mut Vec<&'e str>) {
            match value {
                Value::String(text) => named_in(text, found),
                Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
                Value::Object(members) => members.values().for_each(|member| gather(member, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        gather(&self.body, &mut found);
        self.headers.iter().for_each(|(_, text)| named_in(text, &mut found));
        found
    }

    fn reply(&self, body: &Value, facts: &Map<String, Value>) -> Reply {
        let mut reply = Reply::json(self.status, body);
        for (name, template) in &self.headers {
            if let Some(value) = fill_text(template, facts, &mut false) {
                reply.set(name.clone(), &text(&value));
            }
        }
        reply
    }
}

impl Problem {
    /// What happened, in our own words.
    pub fn sentence(&self) -> String {
        fill_text(self.kind.message(), &self.facts, &mut false).map(|sentence| text(&sentence)).unwrap_or_default()
    }
}

/// What every problem may speak of: method, path, and the path's parameters.
pub fn facts(request: &Request, path: &PathValues) -> Map<String, Value> {
    let mut facts: Map<String, Value> =
        path.iter().map(|(name, value)| (name.to_owned(), Value::from(cut(value)))).collect();
    facts.insert("method".to_owned(), Value::from(cut(request.method.as_str())));
    facts.insert("path".to_owned(), Value::from(cut(request.path())));
    facts
}

/// `application/problem+json`, every breach with its place.
pub fn plain(problem: &Problem, operation: Option<&Operation>) -> Reply {
    let status = plain_status(problem, operation);
    let mut body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": problem.sentence(),
        "code": problem.kind.name(),
    });
    if let Value::Object(members) = &mut body {
        for name in ["hint", "nearest", "allowed", "offered", "near_misses", "more_near_misses"] {
            if let Some(fact) = problem.facts.get(name) {
                members.insert(name.to_owned(), fact.clone());
            }
        }
        if !problem.breaches.is_empty() {
            members.insert("errors".to_owned(), problem.breaches.iter().map(breach_object).collect());
            // How many errors there are beyond those.
            members.extend(problem.facts.get_key_value("more").map(|(name, count)| (name.clone(), count.clone())));
        }
    }
    let mut reply = Reply::json(status, &body);
    reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    for (name, fact) in [(WWW_AUTHENTICATE, "challenge"), (RETRY_AFTER, "retry_after")] {
        if let Some(fact) = problem.facts.get(fact) {
            reply.set(name, &text(fact));
        }
    }
    reply
}

/// A document that answers bad values with 422 and says nothing of 400 means 422.
fn plain_status(problem: &Problem, operation: Option<&Operation>) -> StatusCode {
    let usual = problem.kind.status();
    let judged = matches!(problem.kind, Kind::InvalidBody | Kind::InvalidParameter | Kind::MissingParameter);
    let documents = |status| {
        operation.is_some_and(|operation| {
            operation.responses.iter().any(|response| response.status.suits(status) == Some(0))
        })
    };
    if judged && documents(422) && !documents(400) { StatusCode::UNPROCESSABLE_ENTITY } else { usual }
}

fn breach_object(breach: &crate::breach::Breach) -> Value {
    let mut object = json!({
        "in": breach.place.kind(),
        "pointer": breach.place.name(),
        "code": breach.code,
        "expected": breach.expected,
        "found": breach.found,
        "message": breach.to_string(),
    });
    if let Some(hint) = &breach.hint {
        object["hint"] = json!(hint);
    }
    object
}

/// A template with its facts filled in. A member whose value is one absent fact is left out, and `missing` is set.
fn fill(template: &Value, facts: &Map<String, Value>, missing: &mut bool) -> Option<Value> {
    match template {
        Value::String(text) => fill_text(text, facts, missing),
        Value::Array(items) => Some(items.iter().filter_map(|item| fill(item, facts, missing)).collect()),
        Value::Object(members) => {
            let filled = members.iter().filter_map(|(key, value)| Some((key.clone(), fill(value, facts, missing)?)));
            Some(Value::Object(filled.collect()))
        }
        other => Some(other.clone()),
    }
}

fn fill_text(template: &str, facts: &Map<String, Value>, missing: &mut bool) -> Option<Value> {
    if let Some(name) = template.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
        && !name.contains(['{', '}'])
    {
        let fact = facts.get(name).cloned();
        *missing |= fact.is_none();
        return fact;
    }
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        match facts.get(name) {
            Some(fact) => filled.push_str(&text(fact)),
            None => *missing = true,
        }
        rest = after;
    }
    filled.push_str(rest);
    Some(Value::String(filled))
}

fn named_in<'t>(template: &'t str, found: &mut Vec<&'t str>) {
    for (name, _) in template.split('{').skip(1).filter_map(|rest| rest.split_once('}')) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
}

/// A fact as it reads within a sentence.
fn text(fact: &Value) -> String {
    match fact {
        Value::String(text) => text.clone(),
        Value::Array(items) => listed(items),
        other => other.to_string(),
    }
}

fn listed(items: &[Value]) -> String {
    items.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_http_asks_for_are_there_without_a_table() {
        let limited = Problem::new(Kind::RateLimited).with("limit", 2).with("window", "minute").with("retry_after", 12);
        assert_eq!(plain(&limited, None).headers[RETRY_AFTER], "12");
        let stranger = Problem::new(Kind::UnknownKey).with("challenge", "Bearer");
        assert_eq!(plain(&stranger, None).headers[WWW_AUTHENTICATE], "Bearer");
    }

    #[test]
    fn facts_keep_their_type_and_absent_ones_leave_no_trace() {
        let template =
            json!({ "field": "{field}", "valid_values": "{valid_values}", "n": "{n}", "text": "is {n} of {x}" });
        let facts = json!({ "field": "page", "n": 3 });
        let filled = fill(&template, facts.as_object().unwrap(), &mut false).unwrap();
        assert_eq!(filled, json!({ "field": "page", "n": 3, "text": "is 3 of " }));
    }

    #[test]
    fn the_most_special_entry_answers() {
        let entry = |status: u16| Entry {
            status: StatusCode::from_u16(status).unwrap(),
            headers: Vec::new(),
            body: json!({ "m": "{field}" }),
        };
        let table = Problems::new(HashMap::from([
            ("invalid_parameter".to_owned(), entry(400)),
            ("invalid_parameter.format.date-time".to_owned(), entry(422)),
        ]));
        let mut problem = Problem::new(Kind::InvalidParameter).with("field", "start_date");
        problem.detail = "format.date-time".to_owned();
        assert_eq!(table.reply(&problem, None).status, 422);
        problem.detail = "format.uri".to_owned();
        assert_eq!(table.reply(&problem, None).status, 400);
        problem.kind = Kind::InvalidBody;
        let reply = table.reply(&problem, None);
        assert_eq!(reply.headers[CONTENT_TYPE], "application/problem+json");
    }
}
