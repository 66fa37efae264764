//! A refusal as a value: what happened, and the facts of it. The contract's table turns it into an answer.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::breach::{Breach, Place};
use crate::miss::Misses;

/// What can go wrong, by the names that a contract's table of problems uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    UnknownPath,
    MethodNotAllowed,
    NotAcceptable,
    MissingCredentials,
    MalformedCredentials,
    UnknownKey,
    RevokedKey,
    ExpiredKey,
    MissingScope,
    RateLimited,
    InvalidParameter,
    MissingParameter,
    UnknownParameter,
    InvalidBody,
    MissingBody,
    MalformedBody,
    UnsupportedMediaType,
    UnsupportedEncoding,
    BodyTooLarge,
    BodyTimeout,
    HeadTooLarge,
    TargetTooLong,
    MalformedTarget,
    MalformedHost,
    MalformedRequest,
    Forbidden,
    NotFound,
    Conflict,
    KeyReused,
    OutOfStep,
    RangeNotSatisfiable,
    LaneFull,
    Unavailable,
    TooManyLanes,
    Internal,
}

#[derive(Debug, Clone)]
pub struct Problem {
    pub kind: Kind,
    /// A further part of the name, from general to special: `format.date-time`.
    pub detail: String,
    /// An entry of the contract's own that takes precedence over the kind (`x-problem`).
    pub named: Option<String>,
    pub facts: Map<String, Value>,
    /// All breaches, the first of which made the problem.
    pub breaches: Vec<Breach>,
    /// What the request nearly was.
    pub misses: Misses,
}

impl Problem {
    pub fn new(kind: Kind) -> Self {
        let (breaches, misses) = (Vec::new(), Misses::default());
        Problem { kind, detail: String::new(), named: None, facts: Map::new(), breaches, misses }
    }

    /// The refusal of a request that breaks the contract. The first breach that is refused decides what the answer says;
    /// all of them go along. `more` is how many there are beside them.
    pub fn from_breaches(breaches: &[Breach], more: usize, strict: bool) -> Problem {
        let Some(first) = breaches.iter().find(|breach| breach.is_refused(strict)) else {
            return Problem::new(Kind::Internal);
        };
        let kind = match (&first.place, &*first.code) {
            (Place::Body(_), _) => Kind::InvalidBody,
            (_, "required") => Kind::MissingParameter,
            (_, "unknown") => Kind::UnknownParameter,
            _ => Kind::InvalidParameter,
        };
        let mut problem = Problem::new(kind)
            .with("field", first.place.field())
            .with("in", first.place.kind())
            .with("expected", first.expected.as_str())
            .with("found", first.found.as_str())
            .with("must", first.must())
            .with("sentence", first.sentence());
        if let Place::Body(pointer) = &first.place {
            problem = problem.with("pointer", pointer.as_str());
        }
        if let Some(values) = &first.valid_values {
            problem = problem.with("valid_values", values.clone());
        }
        if let Some(hint) = &first.hint {
            problem = problem.with("hint", hint.as_str());
        }
        if matches!(kind, Kind::InvalidBody | Kind::InvalidParameter) {
            problem.detail = first.code.clone().into_owned();
        }
        if more > 0 {
            problem = problem.with("more", more);
        }
        problem.named = first.problem.clone();
        problem.breaches = breaches.to_vec();
        problem
    }

    /// Says what the request nearly was.
    pub fn nearly(mut self, misses: Misses) -> Self {
        if !misses.is_empty() {
            self = self.with("near_misses", misses.objects()).with("more_near_misses", misses.more);
        }
        self.misses = misses;
        self
    }

    /// Adds a fact that the message may speak of.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

/// Name, usual status, and the message of an answer for a contract without a table of its own.
impl Kind {
    pub const ALL: [Kind; 35] = [
        Kind::UnknownPath,
        Kind::MethodNotAllowed,
        Kind::NotAcceptable,
        Kind::MissingCredentials,
        Kind::MalformedCredentials,
        Kind::UnknownKey,
        Kind::RevokedKey,
        Kind::ExpiredKey,
        Kind::MissingScope,
        Kind::RateLimited,
        Kind::InvalidParameter,
        Kind::MissingParameter,
        Kind::UnknownParameter,
        Kind::InvalidBody,
        Kind::MissingBody,
        Kind::MalformedBody,
        Kind::UnsupportedMediaType,
        Kind::UnsupportedEncoding,
        Kind::BodyTooLarge,
        Kind::BodyTimeout,
        Kind::HeadTooLarge,
        Kind::TargetTooLong,
        Kind::MalformedTarget,
        Kind::MalformedHost,
        Kind::MalformedRequest,
        Kind::Forbidden,
        Kind::NotFound,
        Kind::Conflict,
        Kind::KeyReused,
        Kind::OutOfStep,
        Kind::RangeNotSatisfiable,
        Kind::LaneFull,
        Kind::Unavailable,
        Kind::TooManyLanes,
        Kind::Internal,
    ];

    pub fn name(self) -> &'static str {
        self.row().0
    }

    pub fn status(self) -> StatusCode {
        self.row().1
    }

    /// A message in which `{name}` stands for a fact.
    pub fn message(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Kind::UnknownPath => ("unknown_path", S::NOT_FOUND, "No operation has the path {path}."),
            Kind::MethodNotAllowed => {
                ("method_not_allowed", S::METHOD_NOT_ALLOWED, "{method} is not possible here. Allowed: {allowed}.")
            }
            Kind::NotAcceptable => {
                ("not_acceptable", S::NOT_ACCEPTABLE, "There is no answer of the kind {found}. Offered: {offered}.")
            }
            Kind::MissingCredentials => {
                ("missing_credentials", S::UNAUTHORIZED, "No credentials were sent ({scheme}).")
            }
            Kind::MalformedCredentials => {
                ("malformed_credentials", S::UNAUTHORIZED, "The credentials are malformed. Expected: {expected}.")
            }
            Kind::UnknownKey => ("unknown_key", S::UNAUTHORIZED, "The key is not known."),
            Kind::RevokedKey => ("revoked_key", S::UNAUTHORIZED, "The key was revoked."),
            Kind::ExpiredKey => ("expired_key", S::UNAUTHORIZED, "The key has expired."),
            Kind::MissingScope => ("missing_scope", S::FORBIDDEN, "The key lacks a scope: {scopes}."),
            Kind::RateLimited => (
                "rate_limited",
                S::TOO_MANY_REQUESTS,
                "More than {limit} requests in a {window}. Wait {retry_after} s.",
            ),
            Kind::InvalidParameter => ("invalid_parameter", S::BAD_REQUEST, "{sentence}"),
            Kind::MissingParameter => ("missing_parameter", S::BAD_REQUEST, "{sentence}"),
            Kind::UnknownParameter => ("unknown_parameter", S::BAD_REQUEST, "{sentence}"),
            Kind::InvalidBody => ("invalid_body", S::BAD_REQUEST, "{sentence}"),
            Kind::MissingBody => ("missing_body", S::BAD_REQUEST, "A body is required ({offered})."),
            Kind::MalformedBody => {
                ("malformed_body", S::BAD_REQUEST, "The body is malformed at line {line}, column {column}: {reason}.")
            }
            Kind::UnsupportedMediaType => (
                "unsupported_media_type",
                S::UNSUPPORTED_MEDIA_TYPE,
                "A body of type {found} is not accepted. Accepted: {offered}.",
            ),
            Kind::UnsupportedEncoding => {
                ("unsupported_encoding", S::UNSUPPORTED_MEDIA_TYPE, "A body encoded as {found} is not accepted.")
            }
            Kind::BodyTooLarge => ("body_too_large", S::PAYLOAD_TOO_LARGE, "The body is larger than {limit} bytes."),
            Kind::BodyTimeout => ("body_timeout", S::REQUEST_TIMEOUT, "The body did not arrive within {limit} s."),
            Kind::TargetTooLong => ("target_too_long", S::URI_TOO_LONG, "The target is longer than {limit} bytes."),
            Kind::MalformedTarget => ("malformed_target", S::BAD_REQUEST, "The target is malformed: {reason}."),
            Kind::MalformedHost => ("malformed_host", S::BAD_REQUEST, "The Host header is malformed: {reason}."),
            Kind::MalformedRequest => ("malformed_request", S::BAD_REQUEST, "The request is malformed: {reason}."),
            Kind::HeadTooLarge => (
                "head_too_large",
                S::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "The request's head is larger than {limit} bytes or {headers} headers.",
            ),
            Kind::Forbidden => ("forbidden", S::FORBIDDEN, "This address is not good, or no longer."),
            Kind::NotFound => ("not_found", S::NOT_FOUND, "Nothing has the id in {path}."),
            Kind::Conflict => ("conflict", S::CONFLICT, "The records as they are forbid this."),
            Kind::KeyReused => {
                ("key_reused", S::UNPROCESSABLE_ENTITY, "The idempotency key was sent before, with another request.")
            }
            Kind::OutOfStep => {
                ("out_of_step", S::CONFLICT, "The scenario '{scenario}' expects {expected} now: {differs}.")
            }
            Kind::RangeNotSatisfiable => {
                ("range_not_satisfiable", S::RANGE_NOT_SATISFIABLE, "The range begins behind the end of {size} bytes.")
            }
            Kind::LaneFull => ("lane_full", S::INSUFFICIENT_STORAGE, "There is no room: {reason}."),
            Kind::Unavailable => ("unavailable", S::SERVICE_UNAVAILABLE, "Not ready, or shutting down."),
            Kind::TooManyLanes => (
                "too_many_lanes",
                S::SERVICE_UNAVAILABLE,
                "All {limit} lanes are in use, and this would be one more. One that rests for a minute makes room; --max-lanes allows more.",
            ),
            Kind::Internal => ("internal", S::INTERNAL_SERVER_ERROR, "The mock server failed. This is its own bug."),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::breach::Severity;

    fn breach(place: Place, code: &'static str, severity: Severity) -> Breach {
        Breach {
            place,
            code: code.into(),
            severity,
            expected: "'cat' or 'dog'".to_owned(),
            found: "\"cow\"".to_owned(),
            valid_values: Some(vec![json!("cat"), json!("dog")]),
            hint: None,
            problem: Some("bad_kind".to_owned()),
        }
    }

    #[test]
    fn the_first_error_decides_what_is_said() {
        let warning = breach(Place::Query("old".to_owned()), "unknown", Severity::Warning);
        let error = breach(Place::Query("kind".to_owned()), "enum", Severity::Error);
        let breaches = [warning, error];
        assert_eq!(Problem::from_breaches(&breaches, 0, true).kind, Kind::UnknownParameter);
        let problem = Problem::from_breaches(&breaches, 7, false);
        assert_eq!((problem.kind, problem.detail.as_str()), (Kind::InvalidParameter, "enum"));
        assert_eq!(problem.named.as_deref(), Some("bad_kind"));
        assert_eq!(problem.facts["field"], "kind");
        assert_eq!(problem.facts["sentence"], "Invalid value for 'kind'. Must be 'cat' or 'dog'.");
        assert_eq!(problem.facts["valid_values"], json!(["cat", "dog"]));
        assert_eq!((problem.breaches.len(), &problem.facts["more"]), (2, &json!(7)));
    }

    #[test]
    fn each_kind_of_breach_has_its_problem_and_sentence() {
        let table = [
            (
                Place::Query("page".to_owned()),
                "required",
                Kind::MissingParameter,
                "The query parameter 'page' is required.",
            ),
            (Place::Header("X-A".to_owned()), "required", Kind::MissingParameter, "The header 'X-A' is required."),
            (Place::Query("pgae".to_owned()), "unknown", Kind::UnknownParameter, "There is no query parameter 'pgae'."),
            (Place::Body("/a/b".to_owned()), "required", Kind::InvalidBody, "'a.b' is required."),
            (Place::Body("/nmae".to_owned()), "unknown", Kind::InvalidBody, "'nmae' is not a known member."),
            (Place::Body(String::new()), "type", Kind::InvalidBody, "The body is invalid. Must be 'cat' or 'dog'."),
            (Place::Body("/k".to_owned()), "readonly", Kind::InvalidBody, "'k' is set by the server alone."),
            (Place::Body("/k".to_owned()), "type", Kind::InvalidBody, "Invalid value for 'k'. Must be 'cat' or 'dog'."),
        ];
        for (place, code, kind, sentence) in table {
            let problem = Problem::from_breaches(&[breach(place, code, Severity::Error)], 0, false);
            assert_eq!((problem.kind, problem.facts["sentence"].as_str()), (kind, Some(sentence)));
        }
    }
}
