//! Looks at the same thing that find nothing new: a client that waits for something asks for it again and again, and for nothing
//! else in between.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::Case;
use super::tries::Came;
use crate::journal::Entry;

/// Bodies that differ in length by more are not the same with another moment in them.
const ALIKE: u64 = 64;

/// The requests of each row of looks, of two or more.
pub fn in_vain(case: &Case) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut last: HashMap<u64, usize> = HashMap::new();
    for place in 0..case.entries.len() {
        let entry = &case.entries[place];
        let row = last.remove(&entry.exchange.caller);
        if !case.has(place) || !entry.exchange.request.method.is_safe() || Came::of(entry) != Came::Good {
            continue;
        }
        let row = row.filter(|row| rows[*row].last().is_some_and(|earlier| goes_on(case, *earlier, place)));
        let row = row.unwrap_or_else(|| {
            rows.push(Vec::new());
            rows.len() - 1
        });
        rows[row].push(place);
        last.insert(entry.exchange.caller, row);
    }
    rows.retain(|row| row.len() > 1);
    rows
}

/// Whether a request came when the same one had been answered, and was answered in the same way.
fn goes_on(case: &Case, earlier: usize, later: usize) -> bool {
    let is_same = case.tries.kind(earlier) == case.tries.kind(later);
    let [earlier, later] = [earlier, later].map(|place| &*case.entries[place]);
    is_same
        && earlier.over().is_some_and(|over| over <= later.at)
        && are_alike(earlier, later, case.contract.request_id.as_deref())
}

fn are_alike(earlier: &Entry, later: &Entry, id_at: Option<&str>) -> bool {
    let [first, second] = [earlier, later].map(|entry| &entry.exchange.answer);
    if first.status != second.status || first.length.abs_diff(second.length) > ALIKE {
        return false;
    }
    let bodies = [earlier, later].map(|entry| entry.exchange.answer_body());
    if bodies[0] == bodies[1] {
        return first.length == second.length;
    }
    let read = |bytes: &[u8]| {
        let mut value: Value = serde_json::from_slice(bytes).ok()?;
        if let Some(id) = id_at.and_then(|at| value.pointer_mut(at)) {
            *id = Value::Null;
        }
        Some(value)
    };
    match (read(&bodies[0]), read(&bodies[1])) {
        (Some(first), Some(second)) => say_the_same(&first, &second),
        _ => false,
    }
}

/// Two moments say the same: every answer has its own.
fn say_the_same(first: &Value, second: &Value) -> bool {
    match (first, second) {
        (Value::Object(first), Value::Object(second)) => {
            let same = |(name, value)| second.get(name).is_some_and(|other| say_the_same(value, other));
            first.len() == second.len() && first.iter().all(same)
        }
        (Value::Array(first), Value::Array(second)) => {
            first.len() == second.len() && first.iter().zip(second).all(|(first, second)| say_the_same(first, second))
        }
        (Value::String(first), Value::String(second)) => first == second || is_moment(first) && is_moment(second),
        (first, second) => first == second,
    }
}

fn is_moment(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};

    fn longest(bodies: &[(&'static str, &str)]) -> String {
        let mut diary = Diary::new();
        for (place, (line, body)) in bodies.iter().enumerate() {
            diary.write(asked(line, place as f64).saying(body));
        }
        diary.judged("gave_up").seen
    }

    #[test]
    fn a_row_ends_when_something_changes_or_something_else_is_asked_for() {
        const LOOK: &str = "GET /pets/a";
        let twice = "Nothing was looked at more than 2 times in vain.";
        for (bodies, seen) in [
            (&[(LOOK, "{}"), (LOOK, "{}")][..], twice),
            (&[(LOOK, "{}"), (LOOK, "{}"), (LOOK, r#"{"a":1}"#)], twice),
            (&[(LOOK, r#"{"at":"2025-01-15T12:00:00Z"}"#), (LOOK, r#"{"at":"2025-01-15T12:00:01Z"}"#)], twice),
            (
                &[(LOOK, r#"{"at":"a"}"#), (LOOK, r#"{"at":"b"}"#)],
                "Nothing failed, and nothing was looked at again in vain.",
            ),
            (
                &[(LOOK, "{}"), ("GET /pets", "{}"), (LOOK, "{}")],
                "Nothing failed, and nothing was looked at again in vain.",
            ),
            (&[("POST /pets", "{}"), ("POST /pets", "{}")], "Nothing failed, and nothing was looked at again in vain."),
        ] {
            assert_eq!(longest(bodies), seen, "{bodies:?}");
        }
    }
}
