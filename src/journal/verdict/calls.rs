//! `calls` and `never`: it sent so many of these requests, or none. Each try counts.

use super::{Case, Finding, words};
use crate::scenario::Amount;

const ADVICE: &str = "Look at what sent these requests, one too many or one too few; each try of a request counts.";

pub fn judge(case: &Case) -> Finding {
    let bounds = case.bounds;
    let [exactly, least, most] =
        [bounds.exactly, bounds.at_least, bounds.at_most].map(|bound| bound.and_then(Amount::count));
    let wanted: Vec<String> = [("exactly", exactly), ("at least", least), ("at most", most)]
        .into_iter()
        .filter_map(|(word, bound)| Some(format!("{word} {}", words::count(bound? as usize, "time"))))
        .collect();
    let expected = format!("These requests are sent {}.", wanted.join(" and "));
    let sent: Vec<usize> = case.places().collect();
    let count = sent.len() as u64;
    let fits = exactly.is_none_or(|exactly| count == exactly)
        && least.is_none_or(|least| count >= least)
        && most.is_none_or(|most| count <= most);
    finding(expected, fits, sent)
}

pub fn judge_never(case: &Case) -> Finding {
    let sent: Vec<usize> = case.places().collect();
    finding("These requests are never sent.".to_owned(), sent.is_empty(), sent)
}

fn finding(expected: String, fits: bool, sent: Vec<usize>) -> Finding {
    let seen = match sent.len() {
        0 => "None was sent.".to_owned(),
        1 => "One was sent.".to_owned(),
        count => format!("{count} {} sent.", words::was(count)),
    };
    if fits { Finding::passed(expected, seen, sent) } else { Finding::failed(expected, seen, ADVICE, sent) }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};

    #[test]
    fn requests_are_counted() {
        let mut diary = Diary::new();
        for (place, line) in
            ["GET /pets", "GET /pets?page=3", "GET /pets?page=3&kind=cat", "GET /pets/a"].iter().enumerate()
        {
            diary.write(asked(line, place as f64));
        }
        for (line, outcome) in [
            ("calls: { operation: listPets, exactly: 3 }", "passed"),
            ("calls: { operation: listPets, page: 3, exactly: 2 }", "passed"),
            ("calls: { operation: listPets, page: 1, exactly: 1 }", "passed"),
            ("calls: { operation: listPets, query: { kind: cat }, at_least: 2 }", "failed"),
            ("calls: { operation: getPet, path: { pet_id: a }, at_least: 1, at_most: 1 }", "passed"),
            ("calls: { operation: getPet, at_most: 0 }", "failed"),
            ("calls: { at_least: 5 }", "failed"),
            ("never: { operation: deletePet }", "passed"),
            ("never: { operation: getPet, path: { pet_id: b } }", "passed"),
            ("never: { operation: getPet }", "failed"),
        ] {
            assert_eq!(diary.expected(line).0, outcome, "{line}");
        }
    }
}
