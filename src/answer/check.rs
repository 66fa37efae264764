//! Holds an answer of ours against the contract: the status is documented, the type is offered, the body fits, and no
//! header is lacking.

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::Answers;
use super::negotiate::MediaType;
use super::prepare::is_bodiless;
use crate::breach::{Breach, Place, Severity};
use crate::contract::{Direction, Media, Operation, Response, ResponseStatus};
use crate::reply::Reply;

/// The name that HTTP/2 gives to the status among the headers.
const STATUS: &str = ":status";

impl Answers {
    /// Every way in which the reply breaks what the operation documents. A refusal whose status is not documented is
    /// none: HTTP itself may always refuse.
    pub fn check(&self, operation: &Operation, reply: &Reply) -> Vec<Breach> {
        // Whoever asks whether something has changed knows what this says.
        if reply.status == StatusCode::NOT_MODIFIED {
            return Vec::new();
        }
        let refusal = reply.status.is_client_error() || reply.status.is_server_error();
        let Some(response) = operation.response(reply.status.as_u16()) else {
            let tells = |response: &Response| match response.status {
                ResponseStatus::Exact(status) => status < 400,
                ResponseStatus::Class(class) => class < 4,
                ResponseStatus::Default => true,
            };
            // Of an operation that tells of refusals alone nobody knows what a good answer is like.
            let undocumented = !refusal && operation.responses.iter().any(tells);
            return if undocumented { vec![wrong_status(operation, reply)] } else { Vec::new() };
        };
        let mut breaches = missing_headers(response, reply);
        if is_bodiless(reply.status) {
            if !reply.body.is_empty() {
                breaches.push(breach(Place::Body(String::new()), "length", "no body", &excerpt(reply)));
            }
            return breaches;
        }
        if response.content.is_empty() {
            return breaches;
        }
        match offered(response, reply) {
            Ok(media) => breaches.extend(self.check_body(media, reply)),
            // The form of a refusal that the contract gives no words for.
            Err(Some(found)) if refusal && found.essence() == "application/problem+json" => {}
            Err(found) => {
                let types: Vec<&str> = response.content.iter().map(|media| media.media_type.as_str()).collect();
                let found = found.map_or_else(|| "none".to_owned(), |found| found.essence());
                let place = Place::Header("content-type".to_owned());
                breaches.push(breach(place, "enum", &types.join(" or "), &found));
            }
        }
        breaches
    }

    fn check_body(&self, media: &Media, reply: &Reply) -> Vec<Breach> {
        let is_json = MediaType::parse(&media.media_type).is_some_and(|kind| kind.is_json());
        let Some(schema) = media.schema.as_ref().filter(|_| is_json) else { return Vec::new() };
        match serde_json::from_slice::<Value>(&reply.body.ready()) {
            Ok(value) => self.contract.schemas.check(schema, &value, Direction::Response),
            Err(_) => vec![breach(Place::Body(String::new()), "type", "JSON", &excerpt(reply))],
        }
    }
}

/// The media type of the response that the reply has; else the type it has instead, if any.
fn offered<'r>(response: &'r Response, reply: &Reply) -> Result<&'r Media, Option<MediaType>> {
    let found = reply.headers.get(CONTENT_TYPE).and_then(|value| MediaType::parse(value.to_str().ok()?)).ok_or(None)?;
    let same =
        |media: &&Media| MediaType::parse(&media.media_type).is_some_and(|kind| kind.essence() == found.essence());
    let within = |media: &&Media| {
        MediaType::parse(&media.media_type).is_some_and(|kind| kind.is_range() && kind.covers(&found).is_some())
    };
    let media = response.content.iter().find(same).or_else(|| response.content.iter().find(within));
    media.ok_or(Some(found))
}

fn missing_headers(response: &Response, reply: &Reply) -> Vec<Breach> {
    let missing = response.headers.iter().filter(|header| {
        header.required
            && !header.name.eq_ignore_ascii_case("content-type")
            && !reply.headers.contains_key(&header.name)
    });
    missing.map(|header| breach(Place::Header(header.name.clone()), "required", "a value", "none")).collect()
}

fn wrong_status(operation: &Operation, reply: &Reply) -> Breach {
    let documented = operation.responses.iter().map(|response| match response.status {
        ResponseStatus::Exact(exact) => exact.to_string(),
        ResponseStatus::Class(class) => format!("{class}XX"),
        ResponseStatus::Default => "any other".to_owned(),
    });
    let documented = documented.collect::<Vec<_>>().join(" or ");
    breach(Place::Header(STATUS.to_owned()), "enum", &documented, reply.status.as_str())
}

fn breach(place: Place, code: &'static str, expected: &str, found: &str) -> Breach {
    Breach {
        place,
        code: code.into(),
        severity: Severity::Error,
        expected: expected.to_owned(),
        found: found.to_owned(),
        valid_values: None,
        hint: None,
        problem: None,
    }
}

fn excerpt(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body.ready()).chars().take(100).collect()
}
