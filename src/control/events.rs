//! `/_mock/journal/events`: entries as they are written, as events that a browser understands (`text/event-stream`).

use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::journal::filter;
use super::query::Query;
use super::refusal::Refusal;
use super::{Call, Outcome};
use crate::journal::{Listener, News};
use crate::reply::{Body, Live, Reply};

/// The last event that a client saw, when it comes back.
const LAST_SEEN: HeaderName = HeaderName::from_static("last-event-id");
/// A client that was cut off comes back after a second.
const GREETING: &[u8] = b"retry: 1000\n\n";

struct Events(Mutex<Stream>);

struct Stream {
    greeted: bool,
    listener: Listener,
}

pub fn listen(call: &Call) -> Outcome {
    let mut query = Query::read(call.request.query());
    let filter = filter(&mut query)?;
    let after = query.whole("after")?;
    query.end()?;
    let seen = call.request.header(LAST_SEEN).and_then(|number| number.parse().ok()).or(after);
    let listener = Listener::new(call.house.book.clone(), filter, seen).ok_or_else(|| {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many listen already: close one, or ask for pages")
    })?;
    let events = Events(Mutex::new(Stream { greeted: false, listener }));
    let mut reply = Reply { body: Body::Live(std::sync::Arc::new(events)), ..Reply::empty(StatusCode::OK) };
    reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(reply)
}

impl Live for Events {
    fn poll_next(&self, context: &mut Context<'_>) -> Poll<Bytes> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut stream.greeted, true) {
            return Poll::Ready(Bytes::from_static(GREETING));
        }
        Poll::Ready(told(&ready!(stream.listener.poll_next(context))))
    }

    /// A line that is no event.
    fn sign_of_life(&self) -> Bytes {
        Bytes::from_static(b":\n\n")
    }
}

fn told(news: &News) -> Bytes {
    match news {
        News::New(entry) => event(Some(entry.number), "entry", &entry.summary()),
        News::Ended(entry) => {
            let data = json!({ "number": entry.number, "ending": entry.ending().name(), "sent": entry.sent() });
            event(None, "ended", &data)
        }
        News::Missed(count) => event(None, "missed", &json!({ "count": count })),
    }
}

/// JSON has no line ends, which would end the data.
fn event(id: Option<u64>, name: &str, data: &Value) -> Bytes {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: {name}\ndata: {data}\n\n").into()
}
