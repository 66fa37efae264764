//! The names that APIs usually give to what stands beside their rows. Case, `_` and `-` don't count.

use super::place::{Part, allows};
use super::{Hole, Link, Piece};
use crate::answer::body::Late;

/// Under which names rows are found, where their schema does not tell.
pub const ROWS: [&str; 14] = [
    "data",
    "items",
    "results",
    "records",
    "rows",
    "entries",
    "content",
    "values",
    "value",
    "list",
    "elements",
    "hits",
    "objects",
    "resources",
];

/// Under which names a single record is found.
pub const RECORD: [&str; 6] = ["data", "result", "item", "record", "resource", "object"];

/// Objects in which the numbers and links of a list stand.
const AROUND: [&str; 15] = [
    "",
    "meta",
    "metadata",
    "pagination",
    "paging",
    "pageinfo",
    "page",
    "info",
    "links",
    "cursors",
    "cursor",
    "responsemetadata",
    "listmeta",
    "list",
    "paginator",
];

pub fn folded(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, '_' | '-' | '$' | '@')).flat_map(char::to_lowercase).collect()
}

/// Whether an object of this name is searched for members that we know.
pub fn holds_numbers(name: &str) -> bool {
    AROUND.contains(&folded(name).as_str())
}

/// What a member of this name and these types is; `around` is the name of the object that it stands in.
pub fn known(name: &str, around: &str, parts: &[Part]) -> Option<Piece> {
    let mut name = folded(name);
    if ["page", "pagination", "paging", "pageinfo"].contains(&folded(around).as_str()) {
        // What is called by half its name there.
        match name.as_str() {
            "number" | "current" | "index" | "size" => name.insert_str(0, "page"),
            _ => {}
        }
    }
    let (number, text) = (allows(parts, &["integer", "number"]), allows(parts, &["string"]));
    let nothing = if allows(parts, &["null"]) { "null" } else { "\"\"" };
    if number && let Some(hole) = self::number(&name) {
        return Some(Piece::Hole(hole));
    }
    if allows(parts, &["boolean"]) {
        return match name.as_str() {
            "hasmore" | "hasnext" | "hasnextpage" | "more" => Some(Piece::Hole(Hole::HasNext)),
            "hasprevious" | "hasprev" | "haspreviouspage" | "hasprevpage" => Some(Piece::Hole(Hole::HasPrevious)),
            _ => None,
        };
    }
    if text {
        let late = match name.as_str() {
            "requestid" | "correlationid" | "traceid" => Some(Late::RequestId),
            "timestamp" | "servertime" | "generatedat" | "respondedat" => Some(Late::Moment),
            _ => None,
        };
        let hole = late.is_none().then(|| self::text(&name)).flatten();
        return late.map(Piece::Late).or(hole.map(|hole| Piece::HoleOr(hole, nothing)));
    }
    (number && matches!(name.as_str(), "timestamp" | "servertime" | "generatedat"))
        .then_some(Piece::Late(Late::Seconds))
}

fn number(name: &str) -> Option<Hole> {
    Some(match name {
        "total" | "totalcount" | "totalitems" | "totalresults" | "totalrecords" | "totalelements" | "totalrows" => {
            Hole::Total
        }
        "count" => Hole::Count,
        "page" | "currentpage" | "pagecurrent" | "pagenumber" | "pageno" | "pageindex" => Hole::Page,
        "perpage" | "pagesize" | "itemsperpage" | "limit" | "pagelimit" => Hole::Size,
        "totalpages" | "pagecount" | "pages" | "lastpage" | "numpages" | "pagetotal" => Hole::TotalPages,
        "offset" | "skip" | "startindex" => Hole::Offset,
        _ => return None,
    })
}

fn text(name: &str) -> Option<Hole> {
    Some(match name {
        "nextcursor" | "cursor" | "nextpagetoken" | "nexttoken" | "endcursor" | "continuationtoken" => Hole::NextCursor,
        "self" => Hole::Link(Link::Own),
        "first" | "firstpage" | "firstpageurl" => Hole::Link(Link::First),
        "prev" | "previous" | "prevpage" | "previouspage" | "prevpageurl" => Hole::Link(Link::Previous),
        "next" | "nextpage" | "nextlink" | "nextpageurl" => Hole::Link(Link::Next),
        "last" | "lastpage" | "lastpageurl" => Hole::Link(Link::Last),
        _ => return None,
    })
}
