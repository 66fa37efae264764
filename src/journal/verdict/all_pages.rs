//! `all_pages`: it walked every page once, lost none, saw none twice, and stopped at the end. In which order is nobody's concern.
//!
//! Where the end is, the answers say: how many pages or rows there are, or whether there is a next page. Where none of them
//! says anything of it, it can't be told whether that was the end.

use std::collections::HashSet;

use super::page::{Page, Position};
use super::walks::{Read, Walk, Walks};
use super::{Case, Finding, words};

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
    let expected = "Every page of the list is read once, to the last one and no further.";
    let walks = Walks::of(case).all;
    let flaws: Vec<Flaw> = walks.iter().filter_map(|walk| flaw(case, walk)).collect();
    let Some(first) = flaws.first() else {
        let tells = |walk: &&Walk| walk.pages.iter().any(|read| read.page(case).more.is_some());
        let told: Vec<&Walk> = walks.iter().filter(tells).collect();
        let pages: Vec<usize> = told.iter().flat_map(|walk| &walk.pages).map(|read| read.place).collect();
        return match (walks.len(), told.len()) {
            (0, _) => Finding::moot(expected, "No list was read."),
            (_, 0) => Finding::moot(expected, "No answer says whether there is more."),
            (_, lists) => {
                let seen =
                    format!("{} read, {} in all.", words::count(lists, "list"), words::count(pages.len(), "page"));
                Finding::passed(expected, seen, pages)
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
    let mut seen = HashSet::new();
    let mut before: Option<&Read> = None;
    for read in in_order(walk) {
        let told = read.page(case);
        if let Some(before) = before {
            if seen.contains(&read.position) {
                return Some(Flaw::Twice(read.place));
            }
            if !follows(before, before.page(case), &read.position) {
                return Some(Flaw::Lost(read.place));
            }
            if before.page(case).more == Some(false) && told.rows == Some(0) {
                return Some(Flaw::Beyond(read.place));
            }
        }
        seen.insert(&read.position);
        before = Some(read);
    }
    let last = before?;
    // Past the end of a list that has shrunk there are no rows, whatever is promised.
    let is_past = last.page(case).rows == Some(0) && walk.pages.len() > 1;
    (last.page(case).more == Some(true) && !is_past).then_some(Flaw::Early(last.place))
}

/// The pages as the list has them: whoever asks for several at the same time, or for one once more, has them all in the end. Only
/// cursors tell no order.
fn in_order(walk: &Walk) -> Vec<&Read> {
    let mut pages: Vec<&Read> = walk.pages.iter().collect();
    pages.sort_by_key(|page| match page.position {
        Position::Number(before) | Position::Offset(before) => before,
        Position::Cursor(_) => 0,
    });
    pages
}

fn follows(last: &Read, told: &Page, next: &Position) -> bool {
    match (&last.position, next) {
        (Position::Number(last), Position::Number(next)) => *next == last + 1,
        (last, Position::Offset(next)) => {
            last.rows().zip(told.rows).is_none_or(|(before, rows)| *next <= before + rows.max(1))
        }
        _ => true,
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
        assert_eq!(walk(&[("GET /pets", "[1,2]")]).outcome("all_pages"), "moot", "nothing says whether there is more");
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

    /// Two who go through the same list by rows, or by cursors.
    #[test]
    fn two_that_overtake_each_other_are_told_apart() {
        let [first, second, third] = [("GET /toys", 0), ("GET /toys?offset=2", 2), ("GET /toys?offset=4", 4)]
            .map(|(line, at)| (line, format!(r#"{{"data":[{at},1],"total":6}}"#)));
        let told = |pages: &[&(&'static str, String)]| {
            walk(&pages.iter().map(|(line, answer)| (*line, answer.as_str())).collect::<Vec<_>>()).outcome("all_pages")
        };
        assert_eq!(told(&[&first, &second, &first, &third, &second, &third]), "passed");
        assert_eq!(told(&[&first, &first, &second, &third, &second, &third]), "passed");
        assert_eq!(told(&[&first, &third]), "failed");
        let first = ("GET /news", r#"{"data":[1],"next_cursor":"b+b"}"#);
        let second = ("GET /news?cursor=b%2Bb", r#"{"data":[2],"links":{"next":"/news?cursor=c%2Fc"}}"#);
        let third = ("GET /news?cursor=c/c", r#"{"data":[3],"next_cursor":null}"#);
        let both = [first, second, first, third, second, third];
        assert_eq!(walk(&both).outcome("all_pages"), "passed");
        assert_eq!(walk(&[first, second]).outcome("all_pages"), "failed");
    }

    #[test]
    fn pages_may_come_in_any_order() {
        assert_eq!(walk(&[FIRST, THIRD, SECOND]).outcome("all_pages"), "passed");
        assert_eq!(walk(&[FIRST, THIRD]).outcomes("all_pages"), ["failed 2"]);
        assert_eq!(walk(&[FIRST, THIRD, SECOND, SECOND]).outcome("all_pages"), "failed");
    }

    #[test]
    fn the_first_page_may_have_the_number_0() {
        let pages = [
            ("GET /toys?page=0", r#"{"data":[1],"total_pages":2}"#),
            ("GET /toys?page=1", r#"{"data":[2],"total_pages":2}"#),
        ];
        assert_eq!(walk(&pages).outcome("all_pages"), "passed");
        assert_eq!(walk(&pages[..1]).outcome("all_pages"), "failed");
    }

    #[test]
    fn what_can_not_be_read_says_nothing_of_the_end() {
        assert_eq!(walk(&[("GET /pets", "{\"data\":[1")]).outcome("all_pages"), "moot");
        assert_eq!(walk(&[("GET /pets", "{}"), ("GET /pets?page=3", "{}")]).outcome("all_pages"), "failed");
    }
}
