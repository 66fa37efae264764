//! One event as one line: columns for people, or an object for programs. docs/OUTPUT.md describes both.

use std::cell::RefCell;
use std::fmt::Write as _;

use anstyle::Style;
use serde_json::Value;

use super::LineFormat;
use crate::cli::style::{
    BOLD, BOLD_RED, BOLD_YELLOW, CYAN, DIM, GREEN, Painted, RED, YELLOW, push_harmless, steers, width,
};
use crate::cli::values::LogFormat;
use crate::clock::Clock;

/// The columns of a request line.
const METHOD: usize = 7;
const PATH: usize = 36;
const OPERATION: usize = 22;
/// A path can be 16 KiB long; a line for people should not.
const LONGEST_PATH: usize = 200;

/// What an exchange says about itself.
#[derive(Debug, Default)]
pub struct RequestFields {
    pub method: String,
    pub path: String,
    pub operation: String,
    pub status: u64,
    pub micros: u64,
    pub bytes: u64,
    pub id: String,
    /// One a line, beginning with `error ` or `warning `.
    pub breaches: String,
    /// The rules of scenarios that touched the answer, one a line.
    pub rules: String,
    /// What it nearly was; empty for nothing.
    pub near_miss: String,
}

/// What a stage of an exchange says, or anything else that happened.
#[derive(Debug, Default)]
pub struct NoteFields {
    pub id: String,
    pub stage: String,
    pub message: String,
    /// Further fields as `name=value`.
    pub others: String,
}

impl RequestFields {
    /// Empties the fields and keeps their memory for the next line.
    pub fn clear(&mut self) {
        let RequestFields { method, path, operation, id, breaches, rules, near_miss, .. } = self;
        for text in [method, path, operation, id, breaches, rules, near_miss] {
            text.clear();
        }
        (self.status, self.micros, self.bytes) = (0, 0, 0);
    }
}

pub fn request(line: &mut String, fields: &RequestFields, how: LineFormat) {
    match how.format {
        LogFormat::Pretty => pretty_request(line, fields, &clock_time(), how.colors),
        LogFormat::Json => json_request(line, fields, &timestamp()),
    }
}

fn pretty_request(line: &mut String, fields: &RequestFields, time: &str, colors: bool) {
    let color = match fields.status {
        500.. => RED,
        400.. => YELLOW,
        300.. => CYAN,
        _ => GREEN,
    };
    paint(line, time, DIM, colors);
    line.push_str("  ");
    column(line, &fields.method, METHOD, BOLD, colors);
    line.push_str("  ");
    // Nearly every path is short by its bytes already.
    let end = if fields.path.len() > LONGEST_PATH { fields.path.char_indices().nth(LONGEST_PATH) } else { None };
    match end {
        Some((end, _)) => {
            push_harmless(line, &fields.path[..end]);
            line.push('…');
        }
        None => column(line, &fields.path, PATH, Style::new(), false),
    }
    line.push_str("  ");
    paint(line, itoa::Buffer::new().format(fields.status), color, colors);
    line.push(' ');
    right(line, 7, |line| duration(line, fields.micros));
    line.push(' ');
    right(line, 7, |line| size(line, fields.bytes));
    line.push_str("  ");
    let operation = if fields.operation.is_empty() { "-" } else { &fields.operation };
    column(line, operation, OPERATION, Style::new(), false);
    line.push_str("  ");
    paint(line, "#", DIM, colors);
    column(line, &fields.id, 0, DIM, colors);
    line.push('\n');
    for breach in fields.breaches.lines() {
        let (mark, style, text) = match breach.split_once(' ') {
            Some(("error", text)) => ("✗", BOLD_RED, text),
            Some(("warning", text)) => ("!", BOLD_YELLOW, text),
            _ => ("✗", BOLD_RED, breach),
        };
        line.push_str("          ");
        paint(line, mark, style, colors);
        line.push(' ');
        push_harmless(line, text);
        line.push('\n');
    }
    for rule in fields.rules.lines() {
        line.push_str("          ");
        paint(line, "~", CYAN, colors);
        line.push(' ');
        push_harmless(line, rule);
        line.push('\n');
    }
    if !fields.near_miss.is_empty() {
        line.push_str("          ");
        paint(line, "≈", DIM, colors);
        line.push(' ');
        push_harmless(line, &fields.near_miss);
        line.push('\n');
    }
}

fn json_request(line: &mut String, fields: &RequestFields, time: &str) {
    line.push_str(r#"{"event":"request","time":""#);
    line.push_str(time);
    line.push('"');
    member(line, "method", &fields.method);
    member(line, "path", &fields.path);
    match fields.operation.as_str() {
        "" => line.push_str(r#","operation":null"#),
        operation => member(line, "operation", operation),
    }
    let _ = write!(line, r#","status":{},"micros":{},"bytes":{}"#, fields.status, fields.micros, fields.bytes);
    member(line, "id", &fields.id);
    line.push_str(r#","breaches":["#);
    for (n, breach) in fields.breaches.lines().enumerate() {
        let (level, text) = match breach.split_once(' ') {
            Some((level @ ("error" | "warning"), text)) => (level, text),
            _ => ("error", breach),
        };
        let comma = if n > 0 { "," } else { "" };
        let _ = write!(line, r#"{comma}{{"level":"{level}""#);
        member(line, "text", text);
        line.push('}');
    }
    line.push_str(r#"],"rules":["#);
    for (n, rule) in fields.rules.lines().enumerate() {
        line.push_str(if n > 0 { "," } else { "" });
        string(line, rule);
    }
    line.push(']');
    if !fields.near_miss.is_empty() {
        member(line, "near_miss", &fields.near_miss);
    }
    line.push_str("}\n");
}

/// A stage of an exchange (`-v`).
pub fn stage(line: &mut String, fields: &NoteFields, how: LineFormat) {
    match how.format {
        LogFormat::Pretty => {
            line.push_str("          ");
            paint(line, "·", DIM, how.colors);
            line.push(' ');
            column(line, &fields.stage, 10, CYAN, how.colors);
            line.push(' ');
            push_harmless(line, &fields.message);
            push_harmless(line, &fields.others);
            if !fields.id.is_empty() {
                line.push_str("  ");
                paint(line, "#", DIM, how.colors);
                column(line, &fields.id, 0, DIM, how.colors);
            }
            line.push('\n');
        }
        LogFormat::Json => {
            let _ = write!(line, r#"{{"event":"stage","time":"{}""#, timestamp());
            member(line, "id", &fields.id);
            member(line, "stage", &fields.stage);
            member(line, "message", &format!("{}{}", fields.message, fields.others));
            line.push_str("}\n");
        }
    }
}

/// Anything else that happened: `warning: can't accept a connection error="too many open files"`.
pub fn note(line: &mut String, level: tracing::Level, fields: &NoteFields, how: LineFormat) {
    let (word, style) = match level {
        tracing::Level::ERROR => ("error", BOLD_RED),
        tracing::Level::WARN => ("warning", BOLD_YELLOW),
        _ => ("note", BOLD),
    };
    match how.format {
        LogFormat::Pretty => {
            paint(line, word, style, how.colors);
            line.push_str(": ");
            // A message may have lines of its own.
            for (n, text) in fields.message.lines().enumerate() {
                if n > 0 {
                    line.push_str("\n  ");
                }
                push_harmless(line, text);
            }
            push_harmless(line, &fields.others);
            line.push('\n');
        }
        LogFormat::Json => {
            let _ = write!(line, r#"{{"event":"note","time":"{}","level":"{word}""#, timestamp());
            member(line, "message", &format!("{}{}", fields.message, fields.others));
            line.push_str("}\n");
        }
    }
}

/// `,"name":"text"`
fn member(line: &mut String, name: &str, text: &str) {
    line.push_str(",\"");
    line.push_str(name);
    line.push_str("\":");
    string(line, text);
}

fn string(line: &mut String, text: &str) {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\') {
        line.push('"');
        line.push_str(text);
        line.push('"');
        return;
    }
    // JSON would let some of these pass, but who reads it with `cat` has a terminal too.
    for c in Value::from(text).to_string().chars() {
        if c == '\u{7f}' || steers(c) {
            let _ = write!(line, "\\u{:04x}", u32::from(c));
        } else {
            line.push(c);
        }
    }
}

// Every request passes through here: what has no colour is copied, and not formatted.

fn paint(line: &mut String, text: &str, style: Style, colors: bool) {
    if colors {
        let _ = write!(line, "{}", Painted(text, style, colors));
    } else {
        line.push_str(text);
    }
}

/// Harmless text, filled up to a column's width with blanks.
fn column(line: &mut String, text: &str, columns: usize, style: Style, colors: bool) {
    if colors {
        let _ = write!(line, "{}", style.render());
    }
    let start = line.len();
    push_harmless(line, text);
    let taken = if columns == 0 { 0 } else { width(&line[start..]) };
    if colors {
        let _ = write!(line, "{style:#}");
    }
    line.push_str(blanks(columns.saturating_sub(taken)));
}

fn right(line: &mut String, columns: usize, write: impl FnOnce(&mut String)) {
    let start = line.len();
    write(line);
    let fill = blanks(columns.saturating_sub(line.len() - start));
    line.insert_str(start, fill);
}

/// As many blanks, up to the widest column.
fn blanks(count: usize) -> &'static str {
    const BLANKS: &str = "                                        ";
    BLANKS.get(..count).unwrap_or(BLANKS)
}

/// `0.4ms`, `41ms`, `1.20s`
fn duration(line: &mut String, micros: u64) {
    match micros {
        0..10_000 => parts(line, [micros / 1000, micros % 1000 / 100], "ms"),
        10_000..1_000_000 => parts(line, [micros / 1000], "ms"),
        _ => {
            let _ = write!(line, "{}.{:02}s", micros / 1_000_000, micros % 1_000_000 / 10_000);
        }
    }
}

/// `148B`, `11.8KB`, `2.0MB`
fn size(line: &mut String, bytes: u64) {
    match bytes {
        0..1_000 => parts(line, [bytes], "B"),
        1_000..1_000_000 => parts(line, [bytes / 1_000, bytes % 1_000 / 100], "KB"),
        _ => parts(line, [bytes / 1_000_000, bytes % 1_000_000 / 100_000], "MB"),
    }
}

/// Numbers with a point between them, and their unit.
fn parts<const N: usize>(line: &mut String, numbers: [u64; N], unit: &str) {
    for (n, number) in numbers.into_iter().enumerate() {
        line.push_str(if n > 0 { "." } else { "" });
        line.push_str(itoa::Buffer::new().format(number));
    }
    line.push_str(unit);
}

thread_local! {
    /// The second that was written last, and its two forms: most lines share it with the line before.
    static SECOND: RefCell<(i64, String, String)> = const { RefCell::new((i64::MIN, String::new(), String::new())) };
}

/// `12:04:31` in UTC.
fn clock_time() -> String {
    at_second(|_, time, _| time.to_owned())
}

/// `2025-01-15T12:04:31.250Z`
fn timestamp() -> String {
    at_second(|millis, _, date| format!("{date}.{millis:03}Z"))
}

fn at_second<T>(with: impl FnOnce(i32, &str, &str) -> T) -> T {
    let now = Clock::system();
    SECOND.with_borrow_mut(|(second, time, date)| {
        if *second != now.as_second() {
            *second = now.as_second();
            // `2025-01-15T12:04:31.25Z`, of which the first 19 characters are wanted.
            let full = now.to_string();
            full.get(..19).unwrap_or(&full).clone_into(date);
            full.get(11..19).unwrap_or_default().clone_into(time);
        }
        with(now.subsec_millisecond().abs(), time, date)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> RequestFields {
        RequestFields {
            method: "PUT".into(),
            path: "/v1/pets/7".into(),
            operation: "updatePet".into(),
            status: 400,
            micros: 231,
            bytes: 148,
            id: "req_a1f4".into(),
            breaches: "error body /kind: expected \"cat\", got \"cta\"\nwarning query verbos: unknown".into(),
            rules: "story/rule 1\nstory/late".into(),
            near_miss: "GET /v1/pets: /method: expected \"GET\", got \"PUT\"".into(),
        }
    }

    #[test]
    fn a_line_for_people() {
        let mut line = String::new();
        pretty_request(&mut line, &fields(), "12:04:32", false);
        assert_eq!(
            line,
            "12:04:32  PUT      /v1/pets/7                            400   0.2ms    148B  \
             updatePet               #req_a1f4\n          \
             ✗ body /kind: expected \"cat\", got \"cta\"\n          ! query verbos: unknown\n          \
             ~ story/rule 1\n          ~ story/late\n          \
             ≈ GET /v1/pets: /method: expected \"GET\", got \"PUT\"\n"
        );
    }

    #[test]
    fn colours_change_no_column() {
        let (mut plain, mut colored) = (String::new(), String::new());
        pretty_request(&mut plain, &fields(), "12:04:32", false);
        pretty_request(&mut colored, &fields(), "12:04:32", true);
        assert!(colored.contains('\u{1b}'));
        let mut rest = colored.as_str();
        let mut stripped = String::new();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            stripped.push_str(before);
            rest = after.split_once('m').expect("a closed escape").1;
        }
        stripped.push_str(rest);
        assert_eq!(stripped, plain);
    }

    #[test]
    fn a_line_for_programs() {
        let mut line = String::new();
        json_request(&mut line, &fields(), "2025-01-15T12:04:32.250Z");
        assert_eq!(
            line,
            concat!(
                r#"{"event":"request","time":"2025-01-15T12:04:32.250Z","method":"PUT","path":"/v1/pets/7","#,
                r#""operation":"updatePet","status":400,"micros":231,"bytes":148,"id":"req_a1f4","breaches":["#,
                r#"{"level":"error","text":"body /kind: expected \"cat\", got \"cta\""},"#,
                r#"{"level":"warning","text":"query verbos: unknown"}],"rules":["story/rule 1","story/late"],"#,
                r#""near_miss":"GET /v1/pets: /method: expected \"GET\", got \"PUT\""}"#,
                "\n"
            )
        );
    }

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "/\u{1b}]0;gone\u{7}\"\\\n\u{9b}31m\u{202e}";
        let fields = RequestFields { path: hostile.into(), id: hostile.into(), near_miss: hostile.into(), ..fields() };
        let (mut pretty, mut json) = (String::new(), String::new());
        pretty_request(&mut pretty, &fields, "12:04:32", false);
        json_request(&mut json, &fields, "now");
        assert_eq!(pretty.lines().count(), 6);
        assert_eq!(json.lines().count(), 1);
        for line in [&pretty, &json] {
            assert!(!line.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{line:?}");
        }
        let read: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(read["path"], hostile);
        assert!(read["operation"] == "updatePet" && read["breaches"].as_array().is_some_and(|list| list.len() == 2));
    }

    #[test]
    fn what_has_no_operation_or_is_long() {
        let fields = RequestFields {
            operation: String::new(),
            path: format!("/{}", "a".repeat(16_000)),
            ..RequestFields::default()
        };
        let mut line = String::new();
        pretty_request(&mut line, &fields, "12:04:32", false);
        assert!(line.len() < 300 && line.contains('…') && line.contains("  -  "), "{line}");
        line.clear();
        json_request(&mut line, &fields, "now");
        assert!(line.contains(r#""operation":null"#));
    }

    #[test]
    fn amounts() {
        let written = |write: fn(&mut String, u64), amount| {
            let mut line = String::new();
            write(&mut line, amount);
            line
        };
        let times = [0, 99, 412, 9_999, 41_000, 1_204_000].map(|micros| written(duration, micros));
        assert_eq!(times, ["0.0ms", "0.0ms", "0.4ms", "9.9ms", "41ms", "1.20s"]);
        let sizes = [0, 999, 11_800, 2_000_000].map(|bytes| written(size, bytes));
        assert_eq!(sizes, ["0B", "999B", "11.8KB", "2.0MB"]);
    }

    #[test]
    fn times_of_one_second_share_their_text() {
        let stamp = timestamp();
        assert!(stamp.len() == 24 && stamp.ends_with('Z') && stamp.as_bytes()[10] == b'T', "{stamp}");
        let time = clock_time();
        assert!(time.len() == 8 && time.as_bytes()[2] == b':', "{time}");
    }
}
