//! Holds an answer against what a case expects. A placeholder stands for what varies: `<any>`, `<number>`, `<port>`,
//! `<timestamp>`; `<absent>` for a header that must not be there.

use serde_json::Value;

use super::file::Expected;
use crate::support::http::{Answer, NoAnswer};

/// What came back, in the words of the case: its placeholders are kept wherever they fit.
pub fn as_expected(expected: &Expected, answer: &Result<Answer, NoAnswer>) -> Expected {
    let answer = match answer {
        Ok(answer) => answer,
        Err(reason) => return Expected { status: reason.to_string(), ..Expected::default() },
    };
    let named: Vec<&str> = match expected.status.is_empty() && expected.headers.is_empty() {
        true => vec!["Content-Type"],
        false => expected.headers.iter().map(|(name, _)| name.as_str()).collect(),
    };
    let headers = named
        .into_iter()
        .map(|name| {
            let pattern = expected.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
            let value = answer.header(name).unwrap_or("<absent>");
            (name.to_owned(), kept(pattern, value))
        })
        .collect();
    Expected { status: answer.status.to_string(), headers, body: body(&expected.body, answer) }
}

/// The expectation in the same form, so that only what differs differs.
pub fn settled(expected: &Expected) -> Expected {
    let body = match serde_json::from_str::<Value>(&expected.body) {
        Ok(value) => pretty(&value),
        Err(_) => expected.body.clone(),
    };
    Expected { body, ..expected.clone() }
}

/// The lines of two expectations, `-` before what was expected and `+` before what came back.
pub fn difference(expected: &Expected, came: &Expected) -> String {
    let (old, new) = (lines(expected), lines(came));
    // Lengths of the longest common tails, the plain quadratic way: answers are short.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            common[i][j] = match left == right {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        let (mark, line) = if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
            (' ', &new[j - 1])
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            i += 1;
            ('-', &old[i - 1])
        } else {
            j += 1;
            ('+', &new[j - 1])
        };
        text.push_str(&format!("  {mark} {line}\n"));
    }
    text
}

fn lines(expected: &Expected) -> Vec<String> {
    let mut lines = vec![expected.status.clone()];
    lines.extend(expected.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    if !expected.body.is_empty() {
        lines.push(String::new());
        lines.extend(expected.body.lines().map(str::to_owned));
    }
    lines
}

fn body(expected: &str, answer: &Answer) -> String {
    let text = answer.text();
    if expected == "<any>" {
        return expected.to_owned();
    }
    let text = text.trim_end_matches(['\r', '\n']);
    let is_json = answer.header("content-type").is_some_and(|media| media.contains("json"));
    match serde_json::from_str::<Value>(text) {
        Ok(value) if is_json => {
            let pattern = serde_json::from_str(expected).unwrap_or(Value::Null);
            pretty(&kept_inside(&pattern, &value))
        }
        _ => {
            let mut patterns = expected.lines();
            text.lines().map(|line| kept(patterns.next().unwrap_or(""), line)).collect::<Vec<_>>().join("\n")
        }
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a JSON value can be written")
}

fn kept(pattern: &str, text: &str) -> String {
    if fits(pattern, text) { pattern.to_owned() } else { text.to_owned() }
}

fn kept_inside(pattern: &Value, value: &Value) -> Value {
    match (pattern, value) {
        (Value::String(pattern), Value::String(text)) => Value::String(kept(pattern, text)),
        (Value::String(pattern), _) if pattern.starts_with('<') && fits(pattern, &value.to_string()) => {
            Value::String(pattern.clone())
        }
        (Value::Object(patterns), Value::Object(members)) => members
            .iter()
            .map(|(key, value)| {
                let kept = patterns.get(key).map_or_else(|| value.clone(), |pattern| kept_inside(pattern, value));
                (key.clone(), kept)
            })
            .collect(),
        (Value::Array(patterns), Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(n, value)| patterns.get(n).map_or_else(|| value.clone(), |pattern| kept_inside(pattern, value)))
            .collect(),
        _ => value.clone(),
    }
}

/// Whether a text is what a pattern with placeholders stands for.
fn fits(pattern: &str, text: &str) -> bool {
    type Rule = fn(&str) -> bool;
    let placeholders: [(&str, Rule); 4] = [
        ("<any>", |_| true),
        ("<number>", |text| text.parse::<f64>().is_ok()),
        ("<port>", |text| text.parse::<u16>().is_ok()),
        ("<timestamp>", |text| text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()),
    ];
    let first = placeholders
        .iter()
        .filter_map(|(name, rule)| Some((pattern.find(name)?, name.len(), rule)))
        .min_by_key(|(at, ..)| *at);
    let Some((at, length, rule)) = first else { return pattern == text };
    let Some(inside) = text.strip_prefix(&pattern[..at]) else { return false };
    let rest = &pattern[at + length..];
    let ends = inside.char_indices().map(|(end, _)| end).chain([inside.len()]);
    ends.into_iter().any(|end| rule(&inside[..end]) && fits(rest, &inside[end..]))
}

#[test]
fn placeholders_stand_for_what_they_say_and_no_more() {
    assert!(fits("http://127.0.0.1:<port>/v1?page=<number>", "http://127.0.0.1:4010/v1?page=2"));
    assert!(fits("<timestamp>", "2025-01-15T15:00:00Z"));
    assert!(fits("a<any>z", "az"));
    assert!(!fits("<timestamp>", "yesterday"));
    assert!(!fits("<port>", "99999"));
    assert!(!fits("<number> requests", "many requests"));
    assert!(!fits("a", "b"));
}

#[test]
fn a_difference_shows_both_sides() {
    let answer = |body: &str| {
        Ok(Answer {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.as_bytes().to_vec(),
        })
    };
    let expected = Expected {
        status: "200".to_owned(),
        headers: vec![("X-Gone".to_owned(), "<absent>".to_owned())],
        body: r#"{ "a": "<number>", "b": [1, "x"] }"#.to_owned(),
    };
    let same = as_expected(&expected, &answer(r#"{"a":7,"b":[1,"x"]}"#));
    assert!(same == settled(&expected));
    let other = as_expected(&expected, &answer(r#"{"a":true,"b":[1,"y"]}"#));
    let shown = difference(&settled(&expected), &other);
    for line in [r#"-   "a": "<number>","#, r#"+   "a": true,"#, r#"-     "x""#, r#"+     "y""#] {
        assert!(shown.contains(line), "{shown}");
    }
}
