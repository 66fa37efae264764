//! HAR 1.2, as browsers keep what they asked.

use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::super::entry::Entry;
use super::super::head::Head;
use super::headers;

/// What stands before the entries of an archive, between two of them, and behind all.
pub const ARCHIVE: [&str; 3] = [
    concat!(
        r#"{"log":{"version":"1.2","creator":{"name":""#,
        env!("CARGO_PKG_NAME"),
        r#"","version":""#,
        env!("CARGO_PKG_VERSION"),
        r#""},"pages":[],"entries":["#
    ),
    ",",
    "]}}",
];

/// One entry of it. `origin` stands before targets whose request named no host.
pub fn har(entry: &Entry, origin: &str) -> String {
    entry.without_secrets(one(entry, origin)).to_string()
}

fn one(entry: &Entry, origin: &str) -> Value {
    let exchange = &entry.exchange;
    let (request, answer) = (&exchange.request, &exchange.answer);
    let time = entry.micros() as f64 / 1000.0;
    let version = format!("{:?}", request.version);
    let mut asked = json!({
        "method": request.method.as_str(),
        "url": entry.url(origin),
        "httpVersion": version,
        "cookies": [],
        "headers": headers(exchange.request_head()),
        "queryString": query(exchange.target()),
        "headersSize": -1,
        "bodySize": request.length,
    });
    let body = entry.asked();
    if !body.is_empty() {
        let text = body.text().map_or_else(|| body.base64(), str::to_owned);
        let mut data = json!({ "mimeType": kind(exchange.request_head()), "text": text });
        if body.text().is_none() {
            data["_encoding"] = "base64".into();
        }
        asked["postData"] = data;
    }
    json!({
        "startedDateTime": entry.came.to_string(),
        "time": time,
        "request": asked,
        "response": {
            "status": answer.status.as_u16(),
            "statusText": reason(answer.status),
            "httpVersion": version,
            "cookies": [],
            "headers": headers(exchange.answer_head()),
            "content": content(entry),
            "redirectURL": exchange.answer_head().get("location").unwrap_or_default(),
            "headersSize": -1,
            "bodySize": entry.sent(),
        },
        "cache": {},
        "timings": { "blocked": -1, "dns": -1, "connect": -1, "send": 0, "wait": time, "receive": 0, "ssl": -1 },
        "connection": exchange.connection.to_string(),
        "_mock": {
            "number": entry.number,
            "lane": exchange.lane(),
            "operation": exchange.operation(),
            "ending": entry.ending().name(),
            "rules": exchange.rules,
            "breaches": exchange.breaches.iter().map(|breach| breach.line()).collect::<Vec<_>>(),
            "nearMisses": exchange.misses.objects(),
        },
    })
}

impl Entry {
    /// Where the request went.
    fn url(&self, origin: &str) -> String {
        let target = self.exchange.target();
        match self.exchange.request_head().get("host") {
            Some(host) => address(&format!("http://{host}"), target),
            None => address(origin, target),
        }
    }
}

/// What was no request at all has no path either.
pub(super) fn address(origin: &str, target: &str) -> String {
    let slash = if target.starts_with('/') { "" } else { "/" };
    format!("{origin}{slash}{target}")
}

fn content(entry: &Entry) -> Value {
    let body = entry.answered();
    let mut content = Map::new();
    content.insert("size".to_owned(), entry.exchange.answer.length.into());
    content.insert("mimeType".to_owned(), kind(entry.exchange.answer_head()).into());
    if !body.is_empty() {
        let text = body.text().map(str::to_owned);
        if text.is_none() {
            content.insert("encoding".to_owned(), "base64".into());
        }
        content.insert("text".to_owned(), text.unwrap_or_else(|| body.base64()).into());
    }
    if body.is_cut() {
        content.insert("comment".to_owned(), "only its beginning is remembered".into());
    }
    content.into()
}

/// What a body is; nobody but a browser asks where it was not said.
fn kind(head: Head<'_>) -> &str {
    head.get("content-type").unwrap_or("application/octet-stream")
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or_default()
}

fn query(target: &str) -> Value {
    let text = target.split_once('?').map_or("", |(_, query)| query);
    let read = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        json!({ "name": read(name), "value": read(value) })
    });
    pairs.collect()
}
