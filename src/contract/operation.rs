//! The compiled form of what a document says: plain data, ready to be asked.

use std::collections::HashMap;

use http::Method;
use serde_json::Value;

use super::body::{self, Body};
use super::bundle::Bundle;
use super::deed::{Deed, Filter, Role};
use super::schema::Schema;
use super::values::Values;
use super::veil::Veils;

/// One method and path of the contract.
#[derive(Debug)]
pub struct Operation {
    /// Its place among the contract's operations.
    pub index: usize,
    pub id: String,
    pub method: Method,
    /// The path template, the server's base path included: `/v1/agents/{agent_id}`.
    pub path: String,
    pub summary: String,
    pub tags: Vec<String>,
    pub source: Option<Source>,
    pub deprecated: bool,
    pub parameters: Vec<Parameter>,
    /// What those of a request count as that sends none of them.
    pub usual: Values,
    pub body: Option<Body>,
    pub responses: Vec<Response>,
    /// Any one of them lets a caller in; none at all means that everybody may enter.
    pub security: Vec<Requirement>,
    /// From an engine's name of a problem to an entry of the contract's table (`x-mock.problems`).
    pub problems: HashMap<String, String>,
    /// What it does to the records behind it (`x-mock.action`).
    pub deed: Option<Deed>,
    /// It is said to do nothing to them (`x-mock.action: none`), so nothing is recognised in it either.
    pub idle: bool,
    /// What of its bodies nobody may see, if there is anything.
    pub veils: Option<Veils>,
    /// File and JSON Pointer, for whoever wants to read it up.
    pub origin: String,
}

/// How the public documentation covers an operation (`x-source`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Documented,
    Named,
    Assumed,
}

/// A behaviour that the documentation leaves open and somebody had to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    pub number: String,
    pub text: String,
    /// The operation it belongs to; `None` for the whole document.
    pub operation: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Location {
    Path,
    Query,
    Header,
    Cookie,
}

#[derive(Debug)]
pub struct Parameter {
    pub name: String,
    /// The name as headers are looked up by it, where the parameter is one.
    pub header: Option<http::HeaderName>,
    pub location: Location,
    pub required: bool,
    pub deprecated: bool,
    pub style: Style,
    pub explode: bool,
    pub allow_reserved: bool,
    pub allow_empty: bool,
    /// A media type when the parameter is described by `content` instead of a style.
    pub content: Option<String>,
    pub schema: Option<Schema>,
    pub example: Option<Value>,
    /// What an absent parameter counts as (`default` of its schema).
    pub default: Option<Value>,
    /// A number above the maximum is lowered to it (`x-mock.cap`).
    pub cap: Option<f64>,
    /// The value chooses the answer's media type (`x-mock.media`).
    pub media: Option<HashMap<String, String>>,
    /// The entry of the table that answers a bad value (`x-problem`).
    pub problem: Option<String>,
    /// Which records it lets through (`x-mock.filter`).
    pub filter: Option<Filter>,
    /// What it says about a list as a whole (`x-mock.role`).
    pub role: Option<Role>,
    /// The fields behind those of its values that are no fields themselves (`x-mock.fields`): what `sort_by` may say.
    pub fields: HashMap<String, String>,
    /// The member of the record that is left out where it is false (`x-mock.part`).
    pub part: Option<String>,
}

impl Parameter {
    /// The number of the first page, of a parameter for pages: 1, unless the document begins at 0.
    pub fn first_page(&self, bundle: &Bundle) -> u64 {
        let says = |value: Option<&Value>| value.and_then(Value::as_u64) == Some(0);
        let least = self.schema.as_ref().is_some_and(|schema| says(schema.cursor(bundle).value.get("minimum")));
        u64::from(!least && !says(self.default.as_ref()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Matrix,
    Label,
    Simple,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseStatus {
    Exact(u16),
    /// `4XX` is `Class(4)`.
    Class(u16),
    Default,
}

#[derive(Debug)]
pub struct Response {
    pub status: ResponseStatus,
    pub description: String,
    pub headers: Vec<ResponseHeader>,
    pub content: Vec<Media>,
    /// The entry of the contract's table that this response is (`x-problem`).
    pub problem: Option<String>,
}

#[derive(Debug)]
pub struct ResponseHeader {
    pub name: String,
    pub required: bool,
    pub schema: Option<Schema>,
    pub example: Option<Value>,
}

#[derive(Debug)]
pub struct Media {
    /// As written: `application/json`, `text/*`.
    pub media_type: String,
    pub schema: Option<Schema>,
    pub examples: Vec<Example>,
    /// How the members of a form are written, where the document says so.
    pub encoding: HashMap<String, Encoding>,
}

/// How one member of a form is written.
#[derive(Debug)]
pub struct Encoding {
    /// Media ranges, separated by commas: what a part of a multipart form may be.
    pub content_type: Option<String>,
    pub style: Style,
    pub explode: bool,
}

#[derive(Debug)]
pub struct Example {
    /// Empty for a single `example`.
    pub name: String,
    pub value: Value,
}

/// Schemes that must all be satisfied, with the scopes of each.
#[derive(Debug, Clone, Default)]
pub struct Requirement(pub Vec<(String, Vec<String>)>);

/// How a caller says who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    Bearer,
    Basic,
    Key {
        location: Location,
        name: String,
    },
    /// Happens below HTTP or outside of the request: taken as satisfied.
    Outside,
}

/// The limits on requests and the headers that tell of them (`x-mock.rate_limit`).
#[derive(Debug, Clone, Default)]
pub struct RatePolicy {
    pub limit_header: Option<http::HeaderName>,
    pub remaining_header: Option<http::HeaderName>,
    pub reset_header: Option<http::HeaderName>,
    pub tiers: Vec<Tier>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    pub name: String,
    pub minute: u64,
    pub day: Option<u64>,
}

/// Header parameters of these names mean nothing: media types and security schemes say what such a header may hold.
pub fn is_reserved(header: &str) -> bool {
    ["accept", "content-type", "authorization"].iter().any(|name| header.eq_ignore_ascii_case(name))
}

impl RatePolicy {
    /// Whether a header is one of those that tell of the limits.
    pub fn tells(&self, name: &http::HeaderName) -> bool {
        [&self.limit_header, &self.remaining_header, &self.reset_header].into_iter().flatten().any(|told| told == name)
    }
}

impl Location {
    pub fn name(self) -> &'static str {
        match self {
            Location::Path => "path",
            Location::Query => "query",
            Location::Header => "header",
            Location::Cookie => "cookie",
        }
    }
}

impl Source {
    pub fn name(self) -> &'static str {
        match self {
            Source::Documented => "documented",
            Source::Named => "named",
            Source::Assumed => "assumed",
        }
    }
}

impl ResponseStatus {
    /// `404`, `4XX` or `default`.
    pub fn written(self) -> String {
        match self {
            ResponseStatus::Exact(status) => status.to_string(),
            ResponseStatus::Class(class) => format!("{class}XX"),
            ResponseStatus::Default => "default".to_owned(),
        }
    }

    /// How well this response suits a status: the exact one best, then its class, then the default.
    pub fn suits(self, status: u16) -> Option<u8> {
        match self {
            ResponseStatus::Exact(exact) if exact == status => Some(0),
            ResponseStatus::Class(class) if class == status / 100 => Some(1),
            ResponseStatus::Default => Some(2),
            _ => None,
        }
    }
}

impl Media {
    pub fn is_json(&self) -> bool {
        body::is_json(&self.media_type)
    }

    /// Whether an answer of this media type is one of these.
    pub fn covers(&self, media_type: &str) -> bool {
        body::suits(body::essence(&self.media_type), body::essence(media_type)).is_some()
    }
}

impl Operation {
    /// The documented response for a status.
    pub fn response(&self, status: u16) -> Option<&Response> {
        self.responses
            .iter()
            .filter_map(|response| Some((response.status.suits(status)?, response)))
            .min_by_key(|(rank, _)| *rank)
            .map(|(_, response)| response)
    }
}
