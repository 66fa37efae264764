//! `safe_retries`: it tried again only what is safe, or with an idempotency key.
//!
//! A creation that was answered with a failure, or not at all, may have been done. One that was turned away before anything was
//! done (429, and 503 with `Retry-After`) was not. Whoever sends the same once more may mean another one, so it is likely and no
//! more than that.

use http::Method;

use super::tries::{Came, key_header, retry_after};
use super::{Case, Finding, words};
use crate::contract::Action;

const ADVICE: &str = "Give each creation an idempotency key of its own and send the same key with every try, or do not try \
                      again by yourself.";

pub fn judge(case: &Case) -> Finding {
    let expected = "A creation that may have been done is sent again with an idempotency key, or not at all.";
    let risky: Vec<usize> =
        case.retries().filter(|(earlier, later)| is_risky(case, *earlier, *later)).map(|(_, later)| later).collect();
    let bare: Vec<usize> = risky.iter().copied().filter(|place| !has_key(case, *place)).collect();
    match bare.first() {
        None if risky.is_empty() => Finding::moot(expected, "No creation that may have been done was sent again."),
        None => {
            let seen = format!("{} had an idempotency key.", words::count(risky.len(), "repeated creation"));
            Finding::passed(expected, seen, risky)
        }
        Some(first) => {
            let seen = format!(
                "{} without a key: #{} ({}), and the try before may have done it already.",
                words::count(bare.len(), "repeated creation"),
                case.entries[*first].number,
                words::request(&case.entries[*first]),
            );
            Finding::failed(expected, seen, ADVICE, bare).likely()
        }
    }
}

/// Whether a request has an idempotency key.
pub(super) fn has_key(case: &Case, place: usize) -> bool {
    case.entries[place].exchange.request_head().get(key_header(case.contract)).is_some()
}

fn is_risky(case: &Case, earlier: usize, later: usize) -> bool {
    creates(case, later) && {
        let earlier = &case.entries[earlier];
        match Came::of(earlier) {
            Came::Broken => true,
            Came::Passing => match earlier.exchange.answer.status.as_u16() {
                429 => false,
                503 => retry_after(earlier).is_none(),
                _ => true,
            },
            Came::Good | Came::Final | Came::Open => false,
        }
    }
}

/// A POST, unless the contract says that it does something else.
fn creates(case: &Case, place: usize) -> bool {
    let deed = case.operations[place].and_then(|operation| operation.deed.as_ref());
    case.entries[place].exchange.request.method == Method::POST && deed.is_none_or(|deed| deed.action == Action::Create)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};
    use crate::ending::Ending;

    fn created(diary: &mut Diary, at: f64, status: u16, key: &'static str) {
        let sent = asked("POST /pets", at).answered(status).body(r#"{"name":"Bo"}"#);
        diary.write(if key.is_empty() { sent } else { sent.with("idempotency-key", key) });
    }

    #[test]
    fn a_creation_is_repeated_with_a_key() {
        for (key, outcome) in [("a", "passed 2"), ("", "failed 2")] {
            let mut diary = Diary::new();
            created(&mut diary, 0.0, 500, key);
            created(&mut diary, 1.0, 201, key);
            assert_eq!(diary.outcomes("safe_retries"), [outcome]);
        }
    }

    #[test]
    fn what_is_safe_or_was_not_done_needs_none() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets", 0.0).answered(500));
        diary.write(asked("GET /pets", 1.0));
        created(&mut diary, 2.0, 429, "");
        created(&mut diary, 3.0, 201, "");
        created(&mut diary, 4.0, 201, "");
        assert_eq!(diary.outcomes("safe_retries"), ["moot"], "the last one is another, after one that was made");
    }

    #[test]
    fn an_answer_that_never_came_may_have_been_done() {
        for ending in [Ending::Broken, Ending::HungUp] {
            let mut diary = Diary::new();
            diary.write(asked("POST /pets", 0.0).answered(201).body("{}").over(ending, 2.0));
            diary.write(asked("POST /pets", 2.1).answered(201).body("{}"));
            assert_eq!(diary.outcomes("safe_retries"), ["failed 2"], "{ending:?}");
        }
    }

    #[test]
    fn two_at_once_are_two() {
        let mut diary = Diary::new();
        diary.write(asked("POST /pets", 0.0).answered(500).body("{}").over(Ending::Complete, 1.0));
        diary.write(asked("POST /pets", 0.5).answered(500).body("{}").by(2).over(Ending::Complete, 1.5));
        assert_eq!(diary.outcomes("safe_retries"), ["moot"]);
    }
}
