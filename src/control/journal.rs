//! `/_mock/journal`: what was asked and answered, to be looked through, taken along and forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, HeaderValue};
use serde_json::{Value, json};

use super::query::{Query, whole};
use super::refusal::Refusal;
use super::{Call, Outcome};
use crate::answer::negotiate;
use crate::breach::cut;
use crate::clock;
use crate::journal::{ARCHIVE, Entry, Export, Filter, curl, har, statuses, text};
use crate::reply::{Body, Reply};

/// Entries in a page, unless another number is asked for.
const USUAL: u64 = 100;
const MOST: u64 = 1_000;
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// How the entries are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Har,
    Ndjson,
    Curl,
    Text,
}

/// Which part of the book is asked for.
struct Window {
    after: Option<u64>,
    before: Option<u64>,
    limit: Option<usize>,
}

/// A page of entries, the newest last, and what there is in all. Other formats have everything that fits.
pub fn list(call: &Call) -> Outcome {
    let mut query = Query::read(call.request.query());
    let format = Format::of(call, &mut query)?;
    let filter = filter(&mut query)?;
    let window = window(&mut query, format)?;
    query.end()?;
    // To find out how long an export is, every entry is told once.
    let _alone = (!format.is_paged()).then(|| call.alone());
    let (entries, more) = chosen(call, &filter, &window);
    Ok(match format {
        Format::Json => {
            let mut body = summary(call);
            body["entries"] = entries.iter().map(|entry| entry.summary()).collect();
            body["more"] = more.into();
            Reply::json(StatusCode::OK, &body)
        }
        Format::Text => Reply::new(StatusCode::OK, TEXT, entries.iter().map(|entry| text(entry)).collect::<String>()),
        Format::Har | Format::Ndjson | Format::Curl => file(format, entries, call.origin()),
    })
}

/// One entry with everything that is remembered of it.
pub fn show(call: &Call) -> Outcome {
    let mut query = Query::read(call.request.query());
    let format = Format::of(call, &mut query)?;
    query.end()?;
    let entry = whole(call.name).and_then(|number| call.house.book.find(number)).ok_or_else(|| {
        let refusal = Refusal::new(StatusCode::NOT_FOUND, "there is no such entry, or no more");
        refusal.fact("number", cut(call.name)).fact("last", call.house.book.last())
    })?;
    Ok(match format {
        Format::Json => Reply::json(StatusCode::OK, &entry.in_full()),
        Format::Text => Reply::new(StatusCode::OK, TEXT, text(&entry)),
        Format::Har | Format::Ndjson | Format::Curl => file(format, vec![entry], call.origin()),
    })
}

/// Forgets the entries of one lane, or all of them.
pub fn clear(call: &Call) -> Outcome {
    let mut query = Query::read(call.request.query());
    let lane = query.text("lane")?;
    query.end()?;
    let cleared = call.house.book.clear(lane.as_deref());
    Ok(Reply::json(StatusCode::OK, &json!({ "cleared": cleared, "last": call.house.book.last() })))
}

fn summary(call: &Call) -> Value {
    let book = &call.house.book;
    let totals = book.totals();
    let lanes: BTreeMap<String, usize> = book.lanes();
    json!({
        "open": book.is_open(),
        "count": totals.entries,
        "bytes": totals.bytes,
        "dropped": totals.dropped,
        "last": totals.last,
        "lanes": lanes,
    })
}

pub fn filter(query: &mut Query) -> Result<Filter, Refusal> {
    Ok(Filter {
        operation: query.text("operation")?,
        method: query.text("method")?.map(|method| method.to_ascii_uppercase()),
        status: query.parsed("status", "a status such as 404, or 4xx", statuses)?,
        lane: query.text("lane")?,
        breach: query.text("breach")?,
        rule: query.text("rule")?,
        since: match query.text("since")? {
            Some(text) => Some(clock::moment(&text).map_err(|unfit| Refusal::bad(format!("since: {unfit}")))?),
            None => None,
        },
        text: query.text("text")?,
    })
}

fn window(query: &mut Query, format: Format) -> Result<Window, Refusal> {
    let (after, before, limit) = (query.whole("after")?, query.whole("before")?, query.whole("limit")?);
    if after.is_some() && before.is_some() {
        return Err(Refusal::bad("either after or before is expected"));
    }
    if format.is_paged() && limit.is_some_and(|limit| limit > MOST) {
        return Err(Refusal::bad(format!("limit: expected at most {MOST}")));
    }
    let limit = limit.or(format.is_paged().then_some(USUAL));
    Ok(Window { after, before, limit: limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)) })
}

/// Entries, oldest first, and whether there are more of the kind beyond them: later ones if it was asked for what comes
/// after an entry, else earlier ones.
fn chosen(call: &Call, filter: &Filter, window: &Window) -> (Vec<Arc<Entry>>, bool) {
    let limit = window.limit.unwrap_or(usize::MAX);
    let wanted = limit.saturating_add(1);
    let mut entries: Vec<Arc<Entry>> = match window.after {
        Some(after) => {
            let later = call.house.book.after(after, usize::MAX).into_iter();
            later.filter(|entry| filter.takes(entry)).take(wanted).collect()
        }
        None => {
            let before = window.before.unwrap_or(u64::MAX);
            let earlier = call.house.book.entries().into_iter().rev().filter(|entry| entry.number < before);
            earlier.filter(|entry| filter.takes(entry)).take(wanted).collect()
        }
    };
    let more = entries.len() > limit;
    entries.truncate(limit);
    if window.after.is_none() {
        entries.reverse();
    }
    (entries, more)
}

/// Entries as a file to be saved.
fn file(format: Format, entries: Vec<Arc<Entry>>, origin: String) -> Reply {
    const LINES: [&str; 3] = ["", "", ""];
    let (kind, ending, export) = match format {
        Format::Har => {
            let export = Export::new(ARCHIVE, entries, move |entry| har(entry, &origin));
            ("application/json", "har", export)
        }
        Format::Curl => {
            let export = Export::new(LINES, entries, move |entry| curl(entry, &origin));
            ("text/plain; charset=utf-8", "sh", export)
        }
        Format::Ndjson | Format::Json | Format::Text => {
            ("application/x-ndjson", "ndjson", Export::new(LINES, entries, Entry::ndjson))
        }
    };
    let mut reply = Reply::new(StatusCode::OK, HeaderValue::from_static(kind), Bytes::new());
    reply.body = Body::Made(Arc::new(export));
    reply.set(CONTENT_DISPOSITION, &format!("attachment; filename=\"journal.{ending}\""));
    reply
}

impl Format {
    /// As it is asked for; else by what the client would rather read.
    fn of(call: &Call, query: &mut Query) -> Result<Format, Refusal> {
        let asked = query.parsed("format", "json, har, ndjson, curl or text", Format::read)?;
        let would_read = || match negotiate::prefers_text(&call.request.headers) {
            true => Format::Text,
            false => Format::Json,
        };
        Ok(asked.unwrap_or_else(would_read))
    }

    /// Others have everything that fits.
    fn is_paged(self) -> bool {
        matches!(self, Format::Json | Format::Text)
    }

    fn read(text: &str) -> Option<Format> {
        match text {
            "json" => Some(Format::Json),
            "har" => Some(Format::Har),
            "ndjson" => Some(Format::Ndjson),
            "curl" => Some(Format::Curl),
            "text" => Some(Format::Text),
            _ => None,
        }
    }
}
