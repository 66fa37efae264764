//! `kept_filters`: it kept its filters from page to page, and the size of the page among them.
//!
//! A page with other filters counts where it would have been the next one of a list that has more. Somebody else may have wanted
//! just that page, so it is likely and no more than that.

use super::walks::Walks;
use super::{Case, Finding, words};
use crate::contract::Location;

const ADVICE: &str =
    "Send every page of a list with the parameters of the first, or follow the link that the answer gives.";

pub fn judge(case: &Case) -> Finding {
    let expected = "Each page is asked for with the filters of the page before.";
    let walks = Walks::of(case);
    let kept: Vec<usize> = walks
        .all
        .iter()
        .filter(|walk| walk.pages.len() > 1)
        .flat_map(|walk| &walk.pages)
        .map(|read| read.place)
        .collect();
    let Some((first, walk)) = walks.astray.first().copied() else {
        return match kept.is_empty() {
            true => Finding::moot(expected, "No list was read beyond its first page."),
            false => Finding::passed(
                expected,
                format!("{} of lists, none without its filters.", words::count(kept.len(), "page")),
                kept,
            ),
        };
    };
    let entry = &case.entries[first];
    let values = &entry.exchange.values;
    let lost = walks.all[walk]
        .filters
        .iter()
        .find(|(name, value)| values.get(Location::Query, name).map(ToString::to_string).as_ref() != Some(value));
    let differs = match lost {
        Some((name, value)) => format!("{name} was {value} on the page before"),
        None => "there was no such filter on the page before".to_owned(),
    };
    let seen = format!(
        "{} with other filters than the page before: #{} ({}), where {differs}.",
        words::count(walks.astray.len(), "page"),
        entry.number,
        words::request(entry),
    );
    Finding::failed(expected, seen, ADVICE, walks.astray.into_iter().map(|(place, _)| place).collect()).likely()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};

    fn pages(lines: &[&'static str]) -> Diary {
        let mut diary = Diary::new();
        for (place, line) in lines.iter().enumerate() {
            diary.write(asked(line, place as f64).saying(r#"{"data":[1,2],"total_pages":9}"#));
        }
        diary
    }

    #[test]
    fn a_page_that_goes_on_from_none_has_lost_nothing() {
        for lines in [
            &["GET /pets?kind=cat", "GET /pets?page=9"][..],
            &["GET /pets?kind=cat", "GET /pets?kind=cat&page=2", "GET /pets?page=2"],
        ] {
            assert_ne!(pages(lines).outcome("kept_filters"), "failed", "{lines:?}");
        }
        let mut diary = Diary::new();
        diary.write(asked("GET /pets?kind=cat", 0.0).saying(r#"{"data":[1],"total_pages":1}"#));
        diary.write(asked("GET /pets?page=2", 1.0));
        assert_eq!(diary.outcome("kept_filters"), "moot", "there was no more");
        let mut diary = pages(&["GET /pets?kind=cat"]);
        diary.write(asked("GET /pets?page=2", 1.0).answered(400));
        assert_eq!(diary.outcome("kept_filters"), "moot", "that was no page");
    }

    #[test]
    fn filters_are_kept_from_page_to_page() {
        for (lines, outcome) in [
            (&["GET /pets?kind=cat", "GET /pets?kind=cat&page=2", "GET /pets?page=3&kind=cat"][..], "passed 1 2 3"),
            (&["GET /pets?kind=cat", "GET /pets?page=2"], "failed 2"),
            (&["GET /pets?per_page=5", "GET /pets?page=2"], "failed 2"),
            (&["GET /pets?per_page=2", "GET /pets?page=2"], "passed 1 2"),
            (&["GET /pets?kind=cat", "GET /pets?kind=dog", "GET /pets?kind=cat&page=2"], "passed 1 3"),
            (&["GET /pets?kind=cat", "GET /pets?kind=dog"], "moot"),
            (&["GET /pets?page=7"], "moot"),
        ] {
            assert_eq!(pages(lines).outcomes("kept_filters"), [outcome], "{lines:?}");
        }
        let judged = pages(&["GET /pets?kind=cat", "GET /pets?page=2"]).judged("kept_filters");
        assert!(judged.seen.contains(r#"kind was "cat""#), "{}", judged.seen);
    }

    #[test]
    fn another_caller_has_other_walks() {
        let mut diary = pages(&["GET /pets?kind=cat"]);
        diary.write(asked("GET /pets?page=2", 5.0).of(2));
        assert_eq!(diary.outcome("kept_filters"), "moot");
    }
}
