//! `no_futile_retry`: it did not try again what can't succeed.
//!
//! What is missing or in the way (404, 409, 410) may change, so a try that was answered otherwise in the end, or came after
//! the client had changed something, was not in vain. A request that is wrong or forbidden stays so.
//!
//! Two tests of one suite may both look for what is not there. Where nobody asks for this verdict, once more is nothing, and
//! twice is a warning.

use super::tries::Came;
use super::{Case, Finding, words};

const ADVICE: &str = "Pass a 4xx other than 408 and 429 on to whoever asked, and send the request again only when something \
                      about it is different.";

pub fn judge(case: &Case) -> Finding {
    let expected = "What was refused for good is not sent again as it was.";
    let writes = writes(case);
    let mut refused = Vec::new();
    let (mut futile, mut once) = (Vec::new(), Vec::new());
    for series in case.series() {
        let mut row: Vec<usize> = Vec::new();
        let last = series.last().map(|last| case.entries[*last].exchange.answer.status);
        for (place, entry) in series.iter().enumerate() {
            if !is_refusal(case, *entry) {
                continue;
            }
            refused.push(*entry);
            let status = case.entries[*entry].exchange.answer.status;
            let changes = matches!(status.as_u16(), 404 | 409 | 410 | 412 | 423);
            let Some(next) = series.get(place + 1) else { continue };
            if !changes || (last == Some(status) && writes[*entry] == writes[*next]) {
                row.push(*next);
            }
        }
        if case.asked.is_some() || row.len() > 1 {
            futile.extend(row);
        } else {
            once.extend(row);
        }
    }
    let Some(first) = futile.first() else {
        if !once.is_empty() {
            let again = words::count(once.len(), "refusal");
            return Finding::moot(expected, format!("{again} came again once, which is too little to tell."));
        }
        return match refused.len() {
            0 => Finding::moot(expected, "Nothing was refused for good."),
            count => {
                let seen = format!("{} for good, and none was repeated in vain.", words::count(count, "refusal"));
                Finding::passed(expected, seen, refused)
            }
        };
    };
    let earlier = case.tries.before(*first).unwrap_or(*first);
    let seen = format!(
        "{} after a refusal for good: #{} ({}) after {} in #{}.",
        words::count(futile.len(), "try"),
        case.entries[*first].number,
        words::request(&case.entries[*first]),
        case.entries[earlier].exchange.answer.status.as_u16(),
        case.entries[earlier].number,
    );
    Finding::failed(expected, seen, ADVICE, futile).likely()
}

/// 408 asks for another try.
fn is_refusal(case: &Case, entry: usize) -> bool {
    let entry = &case.entries[entry];
    let status = entry.exchange.answer.status.as_u16();
    Came::of(entry) == Came::Final && (400..500).contains(&status) && status != 408 && status != 425
}

/// How many changes had succeeded before each request.
fn writes(case: &Case) -> Vec<usize> {
    let mut count = 0;
    let writes = case.entries.iter().map(|entry| {
        let before = count;
        count += usize::from(!entry.exchange.request.method.is_safe() && Came::of(entry) == Came::Good);
        before
    });
    writes.collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};
    use crate::breach::Severity;

    fn answers(statuses: &[u16]) -> Diary {
        let mut diary = Diary::new();
        for (place, status) in statuses.iter().enumerate() {
            diary.write(asked("GET /pets/a", place as f64).answered(*status));
        }
        diary
    }

    #[test]
    fn what_was_refused_before_it_was_read_is_told_apart_by_its_key_and_length() {
        let judged = |sent: [(&'static str, &'static str); 3]| {
            let mut diary = Diary::new();
            for (place, (key, length)) in sent.into_iter().enumerate() {
                let sent = asked("POST /pets", place as f64).answered(403);
                diary.write(sent.with("idempotency-key", key).with("content-length", length));
            }
            diary.outcomes("no_futile_retry").concat()
        };
        assert_eq!(judged([("a", "9"), ("b", "9"), ("c", "9")]), "passed 1 2 3");
        assert_eq!(judged([("a", "9"), ("a", "8"), ("a", "7")]), "passed 1 2 3");
        assert_eq!(judged([("a", "9"), ("a", "9"), ("a", "9")]), "failed 2 3");
    }

    #[test]
    fn a_refusal_is_not_repeated() {
        for status in [400, 401, 403, 404, 409, 410, 422] {
            assert_eq!(answers(&[status]).outcomes("no_futile_retry"), ["passed 1"], "{status}");
            assert_eq!(answers(&[status, status]).outcomes("no_futile_retry"), ["moot"], "{status}: two tests do that");
            assert_eq!(answers(&[status, status]).expected("no_futile_retry").0, "failed", "{status}");
            let three = answers(&[status, status, status]);
            assert_eq!(three.outcomes("no_futile_retry"), ["failed 2 3"], "{status}");
            assert_eq!(three.judged("no_futile_retry").level, Severity::Warning, "{status}");
        }
        for status in [408, 429, 500, 503] {
            assert_eq!(answers(&[status, status, 200]).outcomes("no_futile_retry"), ["moot"], "{status}");
        }
        assert_eq!(answers(&[200, 200]).outcomes("no_futile_retry"), ["moot"]);
    }

    #[test]
    fn what_is_not_there_yet_may_be_asked_for_again() {
        assert_eq!(answers(&[404, 404, 200]).outcomes("no_futile_retry"), ["passed 1 2"]);
        assert_eq!(answers(&[403, 200]).expected("no_futile_retry").0, "failed");
        let mut diary = Diary::new();
        diary.write(asked("GET /pets/a", 0.0).answered(404));
        diary.write(asked("POST /pets", 1.0).answered(201).body("{}"));
        diary.write(asked("GET /pets/a", 2.0).answered(404));
        assert_eq!(diary.outcomes("no_futile_retry"), ["passed 1 3"], "something had changed");
    }

    #[test]
    fn another_request_or_caller_is_no_retry() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets/a", 0.0).answered(401));
        diary.write(asked("GET /pets/a", 1.0).answered(401).of(2));
        diary.write(asked("GET /pets/b", 2.0).answered(401));
        assert_eq!(diary.outcomes("no_futile_retry"), ["passed 1 2 3"]);
    }

    #[test]
    fn a_request_that_was_mended_is_another() {
        for (name, values) in [
            ("accept", ["application/xml", "application/json"]),
            ("content-type", ["text/plain", "application/json"]),
            ("prefer", ["code=404", "code=200"]),
            ("x-mock-scenario", ["forbidden", "allowed"]),
            ("if-match", ["\"a\"", "\"b\""]),
            ("x-shop", ["a", "b"]),
        ] {
            let tell = |values: [&str; 2]| {
                let mut diary = Diary::new();
                diary.write(asked("GET /toys", 0.0).answered(406).with(name, values[0]));
                diary.write(asked("GET /toys", 1.0).answered(406).with(name, values[1]));
                diary.expected("no_futile_retry").0
            };
            assert_eq!(tell(values), "passed", "{name}");
            assert_eq!(tell([values[0]; 2]), "failed", "{name}");
        }
    }
}
