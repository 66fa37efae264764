//! Near misses as they are told: as JSON, as a line, and as lines for people. What came from outside is escaped, so that no
//! line becomes two and no terminal obeys it.

use std::fmt::{self, Write as _};

use serde_json::{Value, json};

use super::{Difference, Misses, NearMiss, Passage, What};

/// A text of so many characters is told whole.
const LONGEST: usize = 200;
/// Of a longer one this many, from shortly before where it parts from what was expected.
const AROUND: usize = 150;
const BEFORE: usize = 30;

impl Misses {
    pub fn objects(&self) -> Value {
        self.nearest.iter().map(NearMiss::object).collect()
    }

    /// Each in a few lines, under a title.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if self.is_empty() {
            return text;
        }
        text.push_str("near misses, the nearest first:\n");
        for (place, miss) in self.nearest.iter().enumerate() {
            let _ = writeln!(text, "  {}. {}, distance {}", place + 1, miss.what, miss.distance);
            for difference in &miss.differences {
                let _ = writeln!(text, "       {difference}");
            }
            for hint in &miss.hints {
                let _ = writeln!(text, "       hint: {}", escaped(hint));
            }
        }
        if self.more > 0 {
            let _ = writeln!(text, "  and {} more", self.more);
        }
        text
    }
}

impl NearMiss {
    pub fn object(&self) -> Value {
        let mut object = match &self.what {
            What::Operation { id, method, path } => {
                json!({ "kind": "operation", "operation": id, "method": method, "path": path })
            }
            What::Rule(passage) => passage.object("rule"),
            What::Step(passage) => passage.object("step"),
        };
        object["distance"] = self.distance.into();
        object["differences"] = self.differences.iter().map(Difference::object).collect();
        object["hints"] = self.hints.clone().into();
        object["text"] = self.to_string().into();
        object
    }

    /// The first difference or hint, for where there is no room for all.
    pub fn short(&self) -> String {
        match (&*self.differences, self.hints.first()) {
            ([only], Some(hint)) => format!("{}: {only} ({})", self.what, escaped(hint)),
            ([only], None) => format!("{}: {only}", self.what),
            ([first, rest @ ..], _) => format!("{}: {first}, and {} more", self.what, rest.len()),
            ([], _) => self.what.to_string(),
        }
    }
}

impl Passage {
    fn object(&self, kind: &str) -> Value {
        let Passage { scenario, name, file, line } = self;
        json!({ "kind": kind, "scenario": scenario, kind: name, "file": file, "line": line })
    }

    /// `scenarios/late.yaml:7`, `scenarios/late.yaml:7 (embedded)`
    pub fn place(&self) -> String {
        let Passage { file, line, .. } = self;
        match file.split_once(" (") {
            Some((path, rest)) => format!("{path}:{line} ({rest}"),
            None => format!("{file}:{line}"),
        }
    }
}

impl Difference {
    fn object(&self) -> Value {
        let Difference { at, expected, seen } = self;
        json!({ "at": at, "expected": expected, "seen": seen })
    }
}

/// `GET /pets (listPets)`, `rule slow of late (scenarios/late.yaml:7)`
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Operation { id, method, path } => {
                write!(f, "{} {}", escaped(method), escaped(path))?;
                // One without a name is called by its method and path.
                let is_named = id.split_once(' ') != Some((method, path));
                if is_named { write!(f, " ({})", escaped(id)) } else { Ok(()) }
            }
            What::Rule(passage) => write!(f, "rule {passage}"),
            What::Step(passage) => write!(f, "step {passage}"),
        }
    }
}

impl fmt::Display for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} ({})", escaped(&self.name), escaped(&self.scenario), escaped(&self.place()))
    }
}

/// `/path/1: expected "pets", got "pet"`
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, got {}", escaped(&self.at), escaped(&self.expected), escaped(&self.seen))
    }
}

/// All of it in one line.
impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, distance {}", self.what, self.distance)?;
        self.differences.iter().try_for_each(|difference| write!(f, "; {difference}"))?;
        self.hints.iter().try_for_each(|hint| write!(f, "; hint: {}", escaped(hint)))
    }
}

/// A text as JSON has it, of a long one the piece that tells. `beside` is what it is told beside.
pub fn shown(text: &str, beside: &str) -> String {
    piece(text, beside, quoted)
}

/// The same of what is no text, such as a list.
pub fn cut(text: &str, beside: &str) -> String {
    piece(text, beside, str::to_owned)
}

fn piece(text: &str, beside: &str, told: impl Fn(&str) -> String) -> String {
    let Some(whole) = too_long(text) else { return told(text) };
    let same = text.chars().zip(beside.chars()).take_while(|(one, other)| one == other).count();
    let from = if same < BEFORE { 0 } else { (same - BEFORE).min(whole - AROUND) };
    let piece: String = text.chars().skip(from).take(AROUND).collect();
    let (before, after) = (if from > 0 { "…" } else { "" }, if from + AROUND < whole { "…" } else { "" });
    format!("{before}{}{after} (characters {} to {} of {whole})", told(&piece), from + 1, from + AROUND)
}

/// How many characters there are, of a text that is not told whole.
fn too_long(text: &str) -> Option<usize> {
    text.char_indices().nth(LONGEST)?;
    Some(text.chars().count())
}

/// A text between quotation marks, with everything escaped that is not to be seen.
pub fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// A text as it is, but for what would break a line or steer a terminal.
pub fn escaped(text: &str) -> String {
    let is_plain = |c: char| c == '"' || c == '\'' || c == '\\' || c.escape_debug().len() == 1;
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len()), |mut told, c| {
        if is_plain(c) {
            told.push(c)
        } else {
            told.extend(c.escape_debug())
        }
        told
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misses() -> Misses {
        let what = What::Operation { id: "listPets".into(), method: "GET".into(), path: "/pets".into() };
        let differences =
            vec![Difference::new("/method", "GET", "POST"), Difference::new("/path/0", quoted("pets"), quoted("pet"))];
        let near = NearMiss { what, distance: 3, differences, hints: vec!["/path/0: odd\n".into()] };
        let rule =
            Passage { scenario: "late".into(), name: "slow".into(), file: "late.yaml (embedded)".into(), line: 7 };
        let differences = vec![Difference::new("/state", "'a'", "'b'")];
        let rule = NearMiss { what: What::Rule(rule), distance: 3, differences, hints: Vec::new() };
        Misses { nearest: vec![near, rule], more: 2 }
    }

    #[test]
    fn they_are_told_as_json_as_lines_and_in_one_line() {
        let misses = misses();
        assert_eq!(
            misses.text(),
            "near misses, the nearest first:\n  \
             1. GET /pets (listPets), distance 3\n       \
             /method: expected GET, got POST\n       \
             /path/0: expected \"pets\", got \"pet\"\n       \
             hint: /path/0: odd\\n\n  \
             2. rule slow of late (late.yaml:7 (embedded)), distance 3\n       \
             /state: expected 'a', got 'b'\n  \
             and 2 more\n"
        );
        let objects = misses.objects();
        assert_eq!(objects[0]["differences"][1]["at"], "/path/0");
        assert_eq!(
            (&objects[1]["kind"], &objects[1]["rule"], &objects[1]["line"]),
            (&json!("rule"), &json!("slow"), &json!(7))
        );
        let line = objects[0]["text"].as_str().unwrap();
        assert_eq!((line.lines().count(), line.ends_with("hint: /path/0: odd\\n")), (1, true), "{line}");
        assert_eq!(misses.nearest[0].short(), "GET /pets (listPets): /method: expected GET, got POST, and 1 more");
        assert_eq!(Misses::default().text(), "");
    }

    #[test]
    fn of_a_long_text_that_piece_is_told_which_differs() {
        let (long, other) = (format!("{}X{}", "a".repeat(5_000), "b".repeat(5_000)), "a".repeat(10_000));
        let told = shown(&long, &other);
        assert!(told.contains("aaaX") && told.ends_with("(characters 4971 to 5120 of 10001)"), "{told}");
        assert_eq!(shown("a\n\u{202e}b", ""), r#""a\n\u{202e}b""#);
        let end = shown(&"é".repeat(300), &"é".repeat(299));
        assert!(end.starts_with("…") && end.ends_with("(characters 151 to 300 of 300)"), "{end}");
        assert!(shown(&"é".repeat(1 << 20), "x").chars().count() < 250);
    }

    #[test]
    fn nothing_from_outside_makes_a_line_of_its_own() {
        assert_eq!(escaped("a \"b\" é \\ \r\n\u{1b}[2J\u{202e}"), "a \"b\" é \\ \\r\\n\\u{1b}[2J\\u{202e}");
    }
}
