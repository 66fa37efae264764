//! What an answer says of the page that it is: how many rows it has, whether there is more, and where that begins.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::journal::Entry;

/// Where a page stands in its list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Position {
    /// So many pages before it, whatever number the first one has.
    Number(u64),
    /// So many rows before it.
    Offset(u64),
    /// A text that only the server understands; none on the first page.
    Cursor(Option<String>),
}

/// One page as it was answered.
#[derive(Debug)]
pub struct Page {
    pub rows: Option<u64>,
    /// Whether another page follows; none if it can't be told.
    pub more: Option<bool>,
}

impl Position {
    pub fn is_first(&self) -> bool {
        matches!(self, Position::Number(0) | Position::Offset(0) | Position::Cursor(None))
    }

    /// How many rows stand before it, where that is known without its answer.
    pub fn rows(&self) -> Option<u64> {
        match self {
            Position::Offset(rows) => Some(*rows),
            first => first.is_first().then_some(0),
        }
    }
}

impl Page {
    pub fn of(entry: &Entry, position: &Position) -> Page {
        let body = entry.exchange.answer_body();
        let whole = !entry.exchange.answer.is_cut;
        let body = whole.then(|| serde_json::from_slice(&body).ok()).flatten();
        match body {
            Some(Value::Object(body)) => Page::read(&body, position),
            Some(Value::Array(rows)) => Page { rows: Some(rows.len() as u64), more: None },
            _ => Page { rows: None, more: None },
        }
    }

    /// Of counts and links that contradict each other the counts are believed, since a link may be missing.
    fn read(body: &Map<String, Value>, position: &Position) -> Page {
        let nested: Vec<&Map<String, Value>> =
            std::iter::once(body).chain(body.values().filter_map(Value::as_object)).collect();
        let find = |names: &[&str]| names.iter().find_map(|name| nested.iter().find_map(|members| members.get(*name)));
        let rows = body.values().filter_map(Value::as_array).map(Vec::len).max().map(|rows| rows as u64);
        let number = |names: &[&str]| find(names).and_then(Value::as_u64);
        let total = number(&["total", "total_count", "total_results"]);
        let by_count = match position {
            Position::Number(before) => {
                let pages = number(&["total_pages", "page_count", "pages"]);
                let size = number(&["per_page", "page_size", "limit"]).filter(|size| *size > 0);
                let pages = pages.or(total.zip(size).map(|(total, size)| total.div_ceil(size)));
                let by_rows = || total.zip(rows).filter(|_| *before == 0).map(|(total, rows)| rows < total);
                pages.map(|pages| before.saturating_add(1) < pages).or_else(by_rows)
            }
            Position::Offset(offset) => total.zip(rows).map(|(total, rows)| offset.saturating_add(rows) < total),
            Position::Cursor(_) => None,
        };
        let by_link = || {
            let mut members = nested.iter().flat_map(|members| members.iter());
            let (_, next) = members.find(|(name, _)| name.starts_with("next") || *name == "has_more")?;
            Some(!matches!(next, Value::Null | Value::Bool(false)) && next.as_str() != Some(""))
        };
        Page { rows, more: by_count.or_else(by_link) }
    }
}

/// Whether an answer names this cursor, by itself or in a link.
pub fn names(entry: &Entry, cursor: &str) -> bool {
    let body = String::from_utf8_lossy(&entry.exchange.answer_body()).into_owned();
    let escaped = || utf8_percent_encode(cursor, NON_ALPHANUMERIC).to_string();
    !cursor.is_empty() && (body.contains(cursor) || body.contains(&escaped()))
}
