//! What a rule answers, held against what the contract documents.

use http::StatusCode;
use serde_json::Value;

use super::matching::listed;
use super::reach::Reach;
use super::{At, Reading};
use crate::breach::{Breach, Severity};
use crate::contract::{Direction, Operation, Reach as Place, Response, ResponseStatus, Schema};
use crate::pointer::{escaped, unescaped};

/// A body is held against the schemas of so many operations: whoever means more means all that are alike.
const MOST_OPERATIONS: usize = 64;

impl<'a> Reading<'a> {
    /// The answer of an operation that a body is for: of the status that is said, or of its success.
    fn response_for(operation: &'a Operation, status: Option<StatusCode>) -> Option<&'a Response> {
        match status {
            Some(status) => operation.response(status.as_u16()),
            None => operation.responses.iter().find(|response| is_success(response.status)),
        }
    }

    /// A body of the scenario's own has the schema of the answer that it stands for. Templates may come to anything.
    pub fn body_keeps_the_contract(
        &mut self,
        at: &At,
        body: &Value,
        status: Option<StatusCode>,
        media_type: Option<&str>,
        reach: &Reach<'a>,
    ) {
        if reach.breaks || reach.astray {
            return;
        }
        let media_type = media_type.unwrap_or("application/json");
        if !self.media_type_is_documented(at, media_type, status, reach) {
            return;
        }
        let mut templates = Vec::new();
        templates_in(body, &mut String::new(), &mut templates);
        for operation in reach.operations.iter().take(MOST_OPERATIONS) {
            let Some(response) = Self::response_for(operation, status) else { continue };
            let Some(media) = response.content.iter().find(|media| media.covers(media_type)) else { continue };
            let Some(schema) = media.schema.as_ref().filter(|_| media.is_json()) else { continue };
            let breaches = self.contract.schemas.check(schema, body, Direction::Response);
            let (missing, others): (Vec<&Breach>, Vec<&Breach>) = breaches
                .iter()
                .filter(|breach| counts(breach, &templates))
                .partition(|breach| breach.code == "required");
            for same_place in missing.chunk_by(|one, next| split(one).0 == split(next).0) {
                self.body_lacks(at, body, operation, same_place);
            }
            for breach in &others {
                self.body_breaks(at, body, operation, breach);
            }
            if !(missing.is_empty() && others.is_empty()) {
                return;
            }
        }
    }

    /// Members that are missing in one place: whoever wrote two of them does not want to hear of each of the others.
    fn body_lacks(&mut self, at: &At, body: &Value, operation: &Operation, missing: &[&Breach]) {
        let names: Vec<String> = missing.iter().map(|breach| unescaped(split(breach).1).into_owned()).collect();
        let parent = missing.first().map(|breach| split(breach).0).unwrap_or_default();
        let place = match parent {
            "" => "the body".to_owned(),
            parent => format!("\"{}\"", unescaped(&parent[1..].replace('/', "."))),
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let what = match names.as_slice() {
            [only] => format!("\"{only}\", which"),
            all => format!("{} members that", all.len()),
        };
        let message = format!("{place} lacks {what} every answer of \"{}\" has", operation.id);
        let finding = self.error(&Self::inside(at, body, parent), "E0327", message);
        let help = "`patch` changes single places of the true answer, and `breaks_contract: true` beside `reply` lets them be missing";
        self.found(finding.label(format!("lacks {}", listed(&names))).help(help));
    }

    /// A place of a body that stands in the file; of one in another file there is its name alone.
    fn inside<'v>(at: &At, body: &'v Value, pointer: &str) -> At<'v> {
        let pointer = if std::ptr::eq(at.value, body) { pointer } else { "" };
        At { pointer: format!("{}{pointer}", at.pointer), value: body }
    }

    fn body_breaks(&mut self, at: &At, body: &Value, operation: &Operation, breach: &Breach) {
        let field = match breach.place.name() {
            "" => "the body".to_owned(),
            _ => format!("\"{}\"", breach.place.field()),
        };
        let message = match &*breach.code {
            "unknown" => format!("{field} is in no answer of \"{}\"", operation.id),
            _ => format!("{field} breaks the schema of what \"{}\" answers: got {}", operation.id, breach.found),
        };
        let here = Self::inside(at, body, breach.place.name());
        let is_key = breach.code == "unknown" && here.pointer.len() > at.pointer.len();
        let finding =
            if is_key { self.key_error(&here, "E0327", message) } else { self.error(&here, "E0327", message) };
        let finding = match &*breach.code {
            "unknown" => finding.label("not in the contract"),
            _ => finding.label(format!("expected {}", breach.expected)),
        };
        self.found(finding.help(match &breach.hint {
            Some(hint) => hint.clone(),
            None => "`breaks_contract: true` beside `reply` says that it is meant".to_owned(),
        }));
    }

    /// Whether every operation answers in this media type.
    pub fn media_type_is_documented(
        &mut self,
        at: &At,
        media_type: &str,
        status: Option<StatusCode>,
        reach: &Reach<'a>,
    ) -> bool {
        if reach.breaks || reach.astray {
            return true;
        }
        // An undocumented status was told of already.
        let responses = reach.operations.iter().filter_map(|one| Some((*one, Self::response_for(one, status)?)));
        let mut others = responses.filter(|(_, one)| !one.content.iter().any(|media| media.covers(media_type)));
        let Some((operation, response)) = others.next() else { return true };
        let documented: Vec<&str> = response.content.iter().map(|media| media.media_type.as_str()).collect();
        let (message, what) = match documented.is_empty() {
            true => {
                (format!("\"{}\" answers {} without a body", operation.id, response.status.written()), String::new())
            }
            false => (
                format!("\"{}\" does not answer {} in {media_type}", operation.id, response.status.written()),
                format!("documented is {}; ", listed(&documented)),
            ),
        };
        let finding = self.error(at, "E0327", message).label("breaks the contract");
        self.found(finding.help(format!("{what}`breaks_contract: true` beside `reply` says that it is meant")));
        false
    }

    /// A pointer must lead to something that one of the values can have. A value without a schema can have anything.
    pub fn pointer_leads_somewhere(
        &mut self,
        at: &At,
        key: bool,
        pointer: &str,
        schemas: Vec<Option<&Schema>>,
        what: &str,
    ) {
        let mut astray = None;
        let mut open: Vec<String> = Vec::new();
        for schema in schemas {
            match schema.map(|schema| self.contract.schemas.place(schema, pointer)) {
                None | Some(Place::Declared) => return,
                Some(Place::Open { known }) if known.is_empty() => return,
                Some(Place::Open { known }) => open.extend(known),
                Some(Place::Nowhere { at, part, known }) => {
                    // The one that goes along for longest is the one that was meant.
                    let further = |(known_at, ..): &(String, _, _)| at.len() > known_at.len();
                    if astray.as_ref().is_none_or(further) {
                        astray = Some((at, part, known));
                    }
                }
            }
        }
        let last = pointer.rsplit('/').next().unwrap_or_default();
        if !open.is_empty() {
            if let Some(near) = crate::nearest::nearest(last, open.iter().map(String::as_str)) {
                let message = format!("{pointer} is nowhere declared, though nothing forbids it");
                let finding = self.pointed(at, key, "W0343", message);
                self.found(finding.help(format!("did you mean \"{near}\"?")));
            }
            return;
        }
        let Some((parent, part, known)) = astray else { return };
        let inside = if parent.is_empty() { String::new() } else { format!(" at {parent}") };
        let finding = self.pointed(at, key, "E0328", format!("{what} has no \"{part}\"{inside}"));
        let near = crate::nearest::nearest(&part, known.iter().map(String::as_str));
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let help = match near {
            Some(near) => {
                let rest = &pointer[(parent.len() + 1 + escaped(&part).len()).min(pointer.len())..];
                format!("did you mean \"{parent}/{}{rest}\"?", escaped(near))
            }
            None if known.is_empty() => "it is no object there, or one without members".to_owned(),
            None => format!("there are {}", listed(&known)),
        };
        self.found(finding.label("leads nowhere").help(help));
    }
}

/// The pointer of the object that something is missing in, and the name.
fn split(breach: &Breach) -> (&str, &str) {
    breach.place.name().rsplit_once('/').unwrap_or_default()
}

fn is_success(status: ResponseStatus) -> bool {
    matches!(status, ResponseStatus::Exact(200..=299) | ResponseStatus::Class(2) | ResponseStatus::Default)
}

/// The pointers of the texts with something to fill in.
fn templates_in(value: &Value, pointer: &mut String, found: &mut Vec<String>) {
    let length = pointer.len();
    let mut below = |name: &str, value: &Value| {
        pointer.push('/');
        pointer.push_str(&escaped(name));
        templates_in(value, pointer, found);
        pointer.truncate(length);
    };
    match value {
        Value::String(text) if text.contains("{{") => found.push(pointer.clone()),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| below(&n.to_string(), item)),
        Value::Object(members) => members.iter().for_each(|(name, member)| below(name, member)),
        _ => {}
    }
}

/// Whether a breach is one whatever the templates come to.
fn counts(breach: &Breach, templates: &[String]) -> bool {
    let place = breach.place.name();
    let holds = |template: &String| template.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
    breach.severity == Severity::Error
        && match &*breach.code {
            "unknown" | "required" => true,
            "branch" | "not" | "enum" | "const" | "unique" => {
                !templates.iter().any(|template| template == place || holds(template))
            }
            _ => !templates.iter().any(|template| template == place),
        }
}
