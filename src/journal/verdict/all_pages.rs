//! `all_pages`: it walked every page once, lost none, saw none twice, and stopped at the end.
//!
//! Where the end is, the answers say: how many pages or rows there are, or whether there is a next page. Of answers that
//! contradict themselves the counts are believed, since a link may be missing.

use serde_json::{Map, Value};

use super::walks::{Position, Walk, Walks};
use super::{Case, Finding, words};
use crate::journal::Entry;

const ADVICE: &str = "Go on to the next page until the answer says that there is none, whatever the number of rows in between; try a \
                      page that failed again before the next one.";

/// What is wrong with a walk.
enum Flaw {
    Twice(usize),
    /// This page does not follow the one before.
    Lost(usize),
    /// There is more after this one.
    Early(usize),
    /// The page before this was the last.
    Beyond(usize),
}

pub fn judge(case: &Case) -> Finding {
    let expected = "Every page of the list is read once, in order, to the last one and no further.";
    let walks = Walks::of(case).all;
    let flaws: Vec<Flaw> = walks.iter().filter_map(|walk| flaw(case, walk)).collect();
    let pages: usize = walks.iter().map(|walk| walk.pages.len()).sum();
    let Some(first) = flaws.first() else {
        return match walks.is_empty() {
            true => Finding::moot(expected, "No list was read."),
            false => {
                let seen =
                    format!("{} read, {} in all.", words::count(walks.len(), "list"), words::count(pages, "page"));
                let shown = walks.iter().flat_map(|walk| &walk.pages).map(|(place, _)| *place).collect();
                Finding::passed(expected, seen, shown)
            }
        };
    };
    let (how, place) = match first {
        Flaw::Twice(place) => ("it was read before", place),
        Flaw::Lost(place) => ("it does not follow the page before", place),
        Flaw::Early(place) => ("there is more after it, which was not asked for", place),
        Flaw::Beyond(place) => ("the page before had said that it was the last", place),
    };
    let entry = &case.entries[*place];
    let seen = format!(
        "{} of {} not read as it is: #{} ({}): {how}.",
        flaws.len(),
        words::count(walks.len(), "list"),
        entry.number,
        words::request(entry),
    );
    let shown = flaws.iter().map(|flaw| match flaw {
        Flaw::Twice(place) | Flaw::Lost(place) | Flaw::Early(place) | Flaw::Beyond(place) => *place,
    });
    Finding::failed(expected, seen, ADVICE, shown.collect())
}

fn flaw(case: &Case, walk: &Walk) -> Option<Flaw> {
    let mut seen = std::collections::HashSet::new();
    let mut before: Option<(&Position, Page)> = None;
    for (place, position) in &walk.pages {
        let page = Page::of(&case.entries[*place], position);
        if let Some((last, told)) = &before {
            if seen.contains(&format!("{position:?}")) {
                return Some(Flaw::Twice(*place));
            }
            if !follows(last, told, position) {
                return Some(Flaw::Lost(*place));
            }
            if told.more == Some(false) && page.rows == Some(0) {
                return Some(Flaw::Beyond(*place));
            }
        }
        seen.insert(format!("{position:?}"));
        before = Some((position, page));
    }
    let (place, _) = walk.pages.last()?;
    let (_, last) = before?;
    // Past the end of a list that has shrunk there are no rows, whatever is promised.
    let is_past = last.rows == Some(0) && walk.pages.len() > 1;
    (last.more == Some(true) && !is_past).then_some(Flaw::Early(*place))
}

fn follows(last: &Position, told: &Page, next: &Position) -> bool {
    match (last, next) {
        (Position::Number(last), Position::Number(next)) => *next == last + 1,
        (Position::Offset(last), Position::Offset(next)) => told.rows.is_none_or(|rows| *next <= last + rows.max(1)),
        _ => true,
    }
}

/// What an answer says of its page.
struct Page {
    rows: Option<u64>,
    /// Whether another page follows; none if it can't be told.
    more: Option<bool>,
}

impl Page {
    fn of(entry: &Entry, position: &Position) -> Page {
        let body = entry.exchange.answer_body();
        let whole = !entry.exchange.answer.is_cut;
        let body = whole.then(|| serde_json::from_slice(&body).ok()).flatten();
        match body {
            Some(Value::Object(body)) => Page::read(&body, position),
            Some(Value::Array(rows)) => Page { rows: Some(rows.len() as u64), more: None },
            _ => Page { rows: None, more: None },
        }
    }

    fn read(body: &Map<String, Value>, position: &Position) -> Page {
        let nested: Vec<&Map<String, Value>> =
            std::iter::once(body).chain(body.values().filter_map(Value::as_object)).collect();
        let find = |names: &[&str]| names.iter().find_map(|name| nested.iter().find_map(|members| members.get(*name)));
        let rows = body.values().filter_map(Value::as_array).map(Vec::len).max().map(|rows| rows as u64);
        let number = |names: &[&str]| find(names).and_then(Value::as_u64);
        let total = number(&["total", "total_count", "total_results"]);
        let by_count = match position {
            Position::Number(page) => {
                let pages = number(&["total_pages", "page_count", "pages"]);
                let size = number(&["per_page", "page_size", "limit"]).filter(|size| *size > 0);
                pages.or(total.zip(size).map(|(total, size)| total.div_ceil(size))).map(|pages| *page < pages)
            }
            Position::Offset(offset) => total.zip(rows).map(|(total, rows)| offset + rows < total),
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

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};
    use crate::ending::Ending;

    /// Pages that are read, each with its answer.
    fn walk(pages: &[(&'static str, &str)]) -> Diary {
        let mut diary = Diary::new();
        for (place, (line, answer)) in pages.iter().enumerate() {
            diary.write(asked(line, place as f64).saying(answer));
        }
        diary
    }

    const FIRST: (&str, &str) =
        ("GET /pets", r#"{"data":[1,2],"meta":{"total":5,"total_pages":3},"links":{"next":"a"}}"#);
    const SECOND: (&str, &str) =
        ("GET /pets?page=2", r#"{"data":[3],"meta":{"total":5,"total_pages":3},"links":{"next":null}}"#);
    const THIRD: (&str, &str) =
        ("GET /pets?page=3", r#"{"data":[5],"meta":{"total":5,"total_pages":3},"links":{"next":null}}"#);
    const FOURTH: (&str, &str) = ("GET /pets?page=4", r#"{"data":[],"meta":{"total":5,"total_pages":3}}"#);

    #[test]
    fn every_page_is_read_once_to_the_end() {
        for (pages, outcome) in [
            (&[FIRST, SECOND, THIRD][..], "passed 1 2 3"),
            (&[FIRST, SECOND], "failed 2"),
            (&[FIRST], "failed 1"),
            (&[FIRST, THIRD], "failed 2"),
            (&[FIRST, SECOND, SECOND, THIRD], "failed 3"),
            (&[FIRST, SECOND, THIRD, FOURTH], "failed 4"),
            (&[FIRST, SECOND, THIRD, FIRST, SECOND, THIRD], "passed 1 2 3 4 5 6"),
            (&[("GET /pets/a", "{}")], "moot"),
        ] {
            assert_eq!(walk(pages).outcomes("all_pages"), [outcome], "{pages:?}");
        }
    }

    #[test]
    fn links_tell_the_end_where_nothing_is_counted() {
        let next = |page, link| (page, link);
        let more = next("GET /pets", r#"{"data":[1],"next_cursor":"x"}"#);
        assert_eq!(walk(&[more]).outcome("all_pages"), "failed");
        assert_eq!(
            walk(&[more, next("GET /pets?page=2", r#"{"data":[2],"next_cursor":null}"#)]).outcome("all_pages"),
            "passed"
        );
        assert_eq!(walk(&[("GET /pets", "[1,2]")]).outcome("all_pages"), "passed", "nothing says that there is more");
    }

    #[test]
    fn what_shrinks_meanwhile_ends_where_nothing_comes() {
        let shrunk = ("GET /pets?page=2", r#"{"data":[],"meta":{"total_pages":3}}"#);
        assert_eq!(walk(&[FIRST, shrunk]).outcome("all_pages"), "passed");
    }

    #[test]
    fn a_page_that_failed_is_read_when_it_is_there() {
        let mut diary = walk(&[FIRST]);
        diary.write(asked("GET /pets?page=2", 5.0).answered(429));
        diary.write(asked("GET /pets?page=2", 6.0).saying(SECOND.1).over(Ending::Broken, 6.5));
        diary.write(asked("GET /pets?page=2", 7.0).saying(SECOND.1));
        diary.write(asked("GET /pets?page=3", 8.0).saying(THIRD.1));
        assert_eq!(diary.outcomes("all_pages"), ["passed 1 4 5"]);
        let mut diary = walk(&[FIRST]);
        diary.write(asked("GET /pets?page=2", 5.0).answered(429));
        diary.write(asked("GET /pets?page=3", 8.0).saying(THIRD.1));
        assert_eq!(diary.outcomes("all_pages"), ["failed 3"], "one was lost");
    }

    #[test]
    fn two_that_read_at_once_are_told_apart() {
        let pages = [FIRST, FIRST, SECOND, SECOND, THIRD, THIRD];
        assert_eq!(walk(&pages).outcome("all_pages"), "passed");
    }
}
