//! `before`: it sent one request before another.

use super::tries::Came;
use super::{Case, Finding, words};

const ADVICE: &str = "Wait for the answer of the first request before the second one is sent.";

pub fn judge(case: &Case) -> Finding {
    let order = case.asked.and_then(|(_, expectation)| expectation.order);
    let Some([first, then]) = order.map(|order| order.map(|place| &case.contract.operations[place])) else {
        return Finding::moot("One request comes before another.", "The file does not say which.");
    };
    let expected = format!("{} is answered before {} is sent.", first.id, then.id);
    let places = |id: usize| {
        let is_it = move |place: &usize| case.operations[*place].is_some_and(|operation| operation.index == id);
        (0..case.entries.len()).filter(is_it)
    };
    let Some(sent) = places(then.index).next() else {
        return Finding::moot(expected, format!("{} was not sent.", then.id));
    };
    let entry = &case.entries[sent];
    let is_before = |place: &usize| {
        let earlier = &case.entries[*place];
        Came::of(earlier) == Came::Good && earlier.over().is_some_and(|over| over <= entry.at)
    };
    let later = || format!("#{} ({})", entry.number, words::request(entry));
    match places(first.index).find(is_before) {
        Some(earlier) => {
            let seen = format!("#{} was answered before {} came.", case.entries[earlier].number, later());
            Finding::passed(expected, seen, vec![earlier, sent])
        }
        None => {
            let seen = format!("{} came before {} had been answered well.", later(), first.id);
            Finding::failed(expected, seen, ADVICE, vec![sent])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};
    use crate::ending::Ending;

    const LINE: &str = "before: { first: listPets, then: getPet }";

    #[test]
    fn the_first_is_answered_when_the_second_comes() {
        let mut diary = Diary::new();
        assert_eq!(diary.expected(LINE).0, "moot");
        diary.write(asked("GET /pets", 0.0));
        diary.write(asked("GET /pets/a", 1.0));
        assert_eq!(diary.expected(LINE).0, "passed");
    }

    #[test]
    fn what_is_under_way_or_failed_is_not_answered() {
        for first in [asked("GET /pets", 0.0).answered(500), asked("GET /pets", 0.0).over(Ending::Complete, 2.0)] {
            let mut diary = Diary::new();
            diary.write(first);
            diary.write(asked("GET /pets/a", 1.0));
            diary.write(asked("GET /pets", 3.0));
            assert_eq!(diary.expected(LINE).0, "failed");
        }
    }
}
