//! What an operation can answer, made ready once: which response is the usual one, media types read, bodies and headers
//! rendered when they are first asked for.

use std::sync::OnceLock;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};

use super::body::Body;
use super::layout::Layout;
use super::negotiate::MediaType;
use crate::contract::{Operation, Response, ResponseStatus, Values};

/// All answers of one operation, in the order in which the contract lists them.
#[derive(Debug)]
pub struct Prepared {
    /// The last literal part of the path: what the operation is about.
    pub owner: String,
    /// Which response answers a good request.
    pub usual: Option<usize>,
    pub responses: Vec<PreparedResponse>,
    /// Does any parameter choose the media type?
    pub media_parameters: bool,
}

#[derive(Debug)]
pub struct PreparedResponse {
    /// The status if nobody asks for one.
    pub status: StatusCode,
    /// The types on offer, in the order of `media`.
    pub offered: Vec<MediaType>,
    pub media: Vec<PreparedMedia>,
    /// What the contract declares besides the content type.
    pub headers: OnceLock<HeaderMap>,
}

#[derive(Debug, Default)]
pub struct PreparedMedia {
    /// The answer that comes without any wish: body, and all headers.
    pub usual: OnceLock<(HeaderMap, Body)>,
    /// The headers of an answer from the lane.
    pub headers: OnceLock<HeaderMap>,
    /// How such an answer is laid out: one record, or a list in each style.
    pub layouts: [OnceLock<Layout>; 3],
    /// One for each example of the contract.
    pub examples: Vec<OnceLock<Body>>,
}

impl Prepared {
    pub fn new(operation: &Operation) -> Prepared {
        let owner = operation.path.rsplit('/').find(|part| !part.is_empty() && !part.contains('{'));
        Prepared {
            owner: owner.unwrap_or_default().to_owned(),
            usual: usual(operation),
            responses: operation.responses.iter().map(PreparedResponse::new).collect(),
            media_parameters: operation.parameters.iter().any(|parameter| parameter.media.is_some()),
        }
    }
}

impl PreparedResponse {
    fn new(response: &Response) -> PreparedResponse {
        // A type that can't be read is offered as bytes; the lint reports it.
        let read = |text: &str| MediaType::parse(text).or_else(|| MediaType::parse("application/octet-stream"));
        PreparedResponse {
            status: status(response.status),
            offered: response.content.iter().filter_map(|media| read(&media.media_type)).collect(),
            media: response
                .content
                .iter()
                .map(|media| PreparedMedia {
                    examples: media.examples.iter().map(|_| OnceLock::new()).collect(),
                    ..PreparedMedia::default()
                })
                .collect(),
            headers: OnceLock::new(),
        }
    }
}

/// The lowest 2xx, then the others in which a good request may end.
fn usual(operation: &Operation) -> Option<usize> {
    let rank = |status: ResponseStatus| match status {
        ResponseStatus::Exact(exact @ 200..=299) => exact,
        ResponseStatus::Class(2) => 300,
        ResponseStatus::Default => 301,
        ResponseStatus::Exact(exact @ 300..=399) => exact + 2,
        ResponseStatus::Class(3) => 402,
        ResponseStatus::Exact(exact) => exact.saturating_add(100),
        ResponseStatus::Class(class) => class.saturating_mul(100).saturating_add(200),
    };
    operation.responses.iter().enumerate().min_by_key(|(_, response)| rank(response.status)).map(|(index, _)| index)
}

fn status(status: ResponseStatus) -> StatusCode {
    let code = match status {
        ResponseStatus::Exact(exact) => exact,
        ResponseStatus::Class(class) => class * 100,
        ResponseStatus::Default => 200,
    };
    StatusCode::from_u16(code).unwrap_or(StatusCode::OK)
}

/// No body may follow these.
pub fn is_bodiless(status: StatusCode) -> bool {
    status.is_informational()
        || [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED].contains(&status)
}

/// The headers of an answer with a body.
pub fn with_content_type(declared: &HeaderMap, content_type: HeaderValue) -> HeaderMap {
    let mut headers = declared.clone();
    headers.insert(CONTENT_TYPE, content_type);
    headers
}

/// A copy with room for what every answer carries besides, so that it does not grow and move again and again.
pub fn with_room(headers: &HeaderMap) -> HeaderMap {
    /// Id, date, three of the rate limit, two for pages of other origins, and a breach.
    const BESIDES: usize = 8;
    let mut copy = HeaderMap::with_capacity(headers.len() + BESIDES);
    copy.extend(headers.iter().map(|(name, value)| (name.clone(), value.clone())));
    copy
}

/// The name of a declared header, if it is ours to send: the content type follows from the body.
pub fn header_name(name: &str) -> Option<HeaderName> {
    HeaderName::try_from(name).ok().filter(|name| name != CONTENT_TYPE)
}

/// The media type that a parameter asks for, if there is such a parameter and it has a value.
pub fn media_by_parameter<'o>(operation: &'o Operation, values: &Values) -> Option<&'o str> {
    operation.parameters.iter().find_map(|parameter| {
        let known = parameter.media.as_ref()?;
        let value = values.get(parameter.location, &parameter.name)?;
        known.get(&super::render::text(value)).map(String::as_str)
    })
}
