//! An entry as others read it: as JSON, as an archive of a browser (`har`), as a command line (`curl`).

mod curl;
mod har;
mod text;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::entry::Entry;
use super::head::Head;
use crate::breach::Breach;

pub use curl::curl;
pub use har::{ARCHIVE, har};
pub use text::text;

impl Entry {
    /// A line in a list.
    pub fn summary(&self) -> Value {
        self.without_secrets(self.line())
    }

    fn line(&self) -> Value {
        let exchange = &self.exchange;
        let (request, answer) = (&exchange.request, &exchange.answer);
        let breaches =
            exchange.breaches.iter().map(|breach| json!({ "level": breach.severity.name(), "text": breach.line() }));
        json!({
            "number": self.number,
            "id": exchange.id(),
            "time": self.came.to_string(),
            "lane": exchange.lane(),
            "now": exchange.now.to_string(),
            "method": request.method.as_str(),
            "target": exchange.target(),
            "operation": exchange.operation(),
            "status": answer.status.as_u16(),
            "micros": self.micros(),
            "bytes": answer.length,
            "sent": self.sent(),
            "ending": self.ending().name(),
            "breaches": breaches.collect::<Vec<_>>(),
            "more": exchange.more,
            "reason": exchange.reason,
            "rules": exchange.rules,
            "near_misses": exchange.misses.nearest.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "more_near_misses": exchange.misses.more,
        })
    }

    /// That as a line.
    pub fn ndjson(&self) -> String {
        format!("{}\n", self.in_full())
    }

    /// Everything that is remembered of it.
    pub fn in_full(&self) -> Value {
        let exchange = &self.exchange;
        let (request, answer) = (&exchange.request, &exchange.answer);
        let mut full = self.line();
        full["breaches"] = exchange.breaches.iter().map(breach).collect();
        full["near_misses"] = exchange.misses.objects();
        full["connection"] = self.exchange.connection.into();
        let values = exchange.values.iter();
        let values = values.map(|(place, name, value)| json!({ "in": place.name(), "name": name, "value": value }));
        full["parameters"] = values.collect();
        full["request"] = json!({
            "http": format!("{:?}", request.version),
            "headers": headers(exchange.request_head()),
            "length": request.length,
            "body": self.asked().told(),
        });
        full["answer"] = json!({ "headers": headers(exchange.answer_head()), "length": answer.length, "body": self.answered().told() });
        self.without_secrets(full)
    }

    fn without_secrets(&self, mut value: Value) -> Value {
        self.exchange.secret.hide_in(&mut value);
        value
    }

    pub fn micros(&self) -> u64 {
        u64::try_from(self.exchange.took.as_micros()).unwrap_or(u64::MAX)
    }

    /// The request's body, as much as is remembered.
    pub fn asked(&self) -> Remembered {
        self.remembered(self.exchange.request_body().to_vec(), self.exchange.request.is_cut)
    }

    /// The answer's.
    pub fn answered(&self) -> Remembered {
        self.remembered(self.exchange.answer_body(), self.exchange.answer.is_cut)
    }

    /// What is no text is told in base64, in which nobody finds a key any more.
    fn remembered(&self, bytes: Vec<u8>, is_cut: bool) -> Remembered {
        let hidden = match std::str::from_utf8(&bytes) {
            Ok(_) => None,
            Err(_) => self.exchange.secret.hide_among(&bytes),
        };
        Remembered::new(hidden.unwrap_or(bytes), is_cut)
    }
}

/// A body as it is told: text where it is that.
pub struct Remembered {
    bytes: Vec<u8>,
    /// They are the beginning of more.
    is_cut: bool,
}

impl Remembered {
    fn new(bytes: Vec<u8>, is_cut: bool) -> Remembered {
        let mut body = Remembered { bytes, is_cut };
        if is_cut
            && let Err(error) = std::str::from_utf8(&body.bytes)
            && error.error_len().is_none()
        {
            // A character was cut in two.
            body.bytes.truncate(error.valid_up_to());
        }
        body
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether only its beginning is remembered.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    pub fn base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    /// `{"text": …}` or `{"base64": …}`; null where there is none.
    fn told(&self) -> Value {
        match self.text() {
            _ if self.bytes.is_empty() => Value::Null,
            Some(text) => json!({ "text": text }),
            None => json!({ "base64": self.base64() }),
        }
    }
}

fn headers(head: Head) -> Value {
    head.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn breach(breach: &Breach) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    tell("level", breach.severity.name().into());
    tell("in", breach.place.kind().into());
    tell("at", breach.place.name().into());
    tell("code", (*breach.code).into());
    tell("expected", breach.expected.clone().into());
    tell("found", breach.found.clone().into());
    tell("hint", breach.hint.clone().into());
    tell("valid_values", breach.valid_values.clone().into());
    tell("text", breach.line().into());
    Value::Object(told)
}
