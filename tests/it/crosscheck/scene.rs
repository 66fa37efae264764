//! One server at one moment of its clock, and what was found wrong there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::naive::Dice;
use crate::support::caller::{Caller, target};
use crate::support::server::Server;

/// Faults that are told in full.
const TOLD: usize = 12;

pub struct Scene<'s> {
    pub server: &'s Server,
    /// Sees the list as it is, not as it was cached.
    pub caller: Caller<'s>,
    /// Has no key.
    pub stranger: Caller<'s>,
    pub now: Timestamp,
    pub dice: RefCell<Dice>,
    seed: u64,
    faults: RefCell<Vec<String>>,
}

impl<'s> Scene<'s> {
    pub fn new(server: &'s Server, seed: u64, now: Timestamp) -> Scene<'s> {
        Scene {
            server,
            caller: Caller::by_default(server).with("X-Mock-Cache", "off"),
            stranger: Caller::stranger(server),
            now,
            dice: RefCell::new(Dice::new(seed)),
            seed,
            faults: RefCell::default(),
        }
    }

    pub fn advance_to(&mut self, moment: Timestamp) {
        let answer = self.caller.post("/_mock/clock", &json!({ "advance_to": moment.to_string() }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.now = moment;
    }

    pub fn ago(&self, seconds: i64) -> Timestamp {
        self.now - SignedDuration::from_secs(seconds)
    }

    /// Notes a fault unless the two are the same.
    pub fn agree<A: Debug + PartialEq<B>, B: Debug>(&self, request: &str, what: &str, expected: A, found: B) {
        if expected != found {
            self.fault(request, what, expected, found);
        }
    }

    pub fn holds(&self, request: &str, what: &str, holds: bool, found: impl Debug) {
        if !holds {
            self.fault(request, what, "so", found);
        }
    }

    fn fault(&self, request: &str, what: &str, expected: impl Debug, found: impl Debug) {
        let cut = |value: String| match value.char_indices().nth(1_500) {
            Some((end, _)) => format!("{} …", &value[..end]),
            None => value,
        };
        let (expected, found) = (cut(format!("{expected:?}")), cut(format!("{found:?}")));
        let (seed, now) = (self.seed, self.now);
        self.faults
            .borrow_mut()
            .push(format!("seed {seed}, clock {now}: {request}\n  {what}\n  expected {expected}\n  found    {found}"));
    }

    /// All that was found wrong, the first in full.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.faults.take();
        if faults.len() > TOLD {
            let more = faults.split_off(TOLD);
            let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
            for fault in &more {
                *kinds.entry(fault.lines().nth(1).unwrap_or_default().trim().to_owned()).or_default() += 1;
            }
            faults.push(format!("seed {}: and {} more: {kinds:?}", self.seed, more.len()));
        }
        faults
    }

    /// All rows of a list, page after page, held against what each page says of the whole.
    pub fn list(&self, path: &str, query: &[(String, String)], per_page: usize) -> Vec<Value> {
        let mut rows: Vec<Value> = Vec::new();
        for page in 1.. {
            let paging = [("per_page".to_owned(), per_page.to_string()), ("page".to_owned(), page.to_string())];
            let request = target(path, &[query, &paging].concat());
            let mut body = self.caller.read(&request);
            let meta = body["meta"].clone();
            rows.extend(taken(&mut body));
            let (total, pages) = (meta["total"].as_u64().unwrap() as usize, meta["total_pages"].as_u64().unwrap());
            self.agree(&request, "total_pages", total.div_ceil(per_page) as u64, pages);
            self.agree(
                &request,
                "page and per_page",
                (page, per_page as u64),
                (meta["page"].as_u64().unwrap(), meta["per_page"].as_u64().unwrap()),
            );
            if page >= pages {
                self.agree(&request, "total, and the rows of all pages", total, rows.len());
                return rows;
            }
        }
        rows
    }

    /// The same by following `links.next`.
    pub fn linked(&self, path: &str, query: &[(String, String)], per_page: usize) -> Vec<Value> {
        let address = self.server.url("");
        let mut rows = Vec::new();
        let mut next = Some(target(path, &[query, &[("per_page".to_owned(), per_page.to_string())]].concat()));
        let mut last = None;
        while let Some(request) = next {
            let mut body = self.caller.read(&request);
            let before = rows.len();
            rows.extend(taken(&mut body));
            let link = |name: &str| -> Option<String> {
                let link = body["links"][name].as_str()?;
                self.holds(&request, "links lead to the host that was called", link.starts_with(&address), link);
                link.strip_prefix(&address).map(str::to_owned)
            };
            next = link("next").filter(|_| rows.len() > before);
            self.holds(
                &request,
                "only the first page has none before it",
                link("prev").is_some() == last.is_some(),
                &body["links"],
            );
            last = link("last");
        }
        rows
    }

    /// The same by offsets, or by cursors.
    pub fn limited(&self, path: &str, query: &[(String, String)], limit: usize, cursors: bool) -> Vec<Value> {
        let mut rows: Vec<Value> = Vec::new();
        let mut paging = vec![("limit".to_owned(), limit.to_string())];
        loop {
            let request = target(path, &[query, &paging].concat());
            let mut body = self.caller.read(&request);
            let before = rows.len();
            rows.extend(taken(&mut body));
            let total = body["meta"]["total"].as_u64().unwrap() as usize;
            let cursor = body["meta"]["next_cursor"].as_str().map(str::to_owned);
            self.agree(&request, "there is a cursor as long as there are rows", rows.len() < total, cursor.is_some());
            let Some(cursor) = cursor.filter(|_| (before + 1..total).contains(&rows.len())) else { return rows };
            paging.truncate(1);
            paging.push(match cursors {
                true => ("cursor".to_owned(), cursor),
                false => ("offset".to_owned(), rows.len().to_string()),
            });
        }
    }
}

/// A story that breaks off still tells what was wrong before.
impl Drop for Scene<'_> {
    #[allow(clippy::print_stdout, reason = "the test's own output, where its failures are told")]
    fn drop(&mut self) {
        for fault in self.faults() {
            println!("{fault}\n");
        }
    }
}

fn taken(body: &mut Value) -> Vec<Value> {
    match body["data"].take() {
        Value::Array(rows) => rows,
        other => panic!("{other} is no list"),
    }
}

/// The id of a row.
pub fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap_or_else(|| panic!("{row} has no id"))
}
