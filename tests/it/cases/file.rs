//! The form of a case file: a sentence, what is started, and steps of a request and its answer.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

pub struct Case {
    pub path: PathBuf,
    /// Everything before the first step, word for word.
    opening: String,
    /// `serve --strict`, perhaps with variables before it.
    pub serve: String,
    pub steps: Vec<Step>,
}

pub struct Step {
    /// The heading and the lines of the request, word for word.
    text: String,
    pub request: Request,
    pub times: usize,
    pub answers: Vec<Expected>,
}

pub enum Request {
    /// Method and target, headers, a blank line, the body. What HTTP needs besides is added.
    Plain(String),
    /// The same, but nothing is added.
    Raw(String),
    /// A command line for a shell, beginning with curl. `$URL` is the server.
    Curl(String),
}

#[derive(Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// A number, or `closed`.
    pub status: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// Reads a case. A file that is no case fails the test with what is wrong about it.
pub fn read(path: &Path) -> Case {
    let text = fs::read_to_string(path).unwrap();
    let wrong = |what: &str| -> ! { panic!("{}: {what}", path.display()) };
    let mut case = Case { path: path.to_owned(), opening: String::new(), serve: "serve".to_owned(), steps: Vec::new() };
    let mut sections = text.split_inclusive('\n').peekable();
    let mut heading: Option<String> = None;
    loop {
        let mut lines = String::new();
        while let Some(line) = sections.next_if(|line| !line.starts_with("--- ")) {
            lines.push_str(line);
        }
        match heading.as_deref().map(|heading| (heading, heading[4..].trim())) {
            None => case.opening.push_str(&lines),
            Some((line, title)) => {
                let (first, rest) = title.split_once(' ').unwrap_or((title, ""));
                match first {
                    "request" | "raw" | "curl" => {
                        case.steps.push(step(line, first, rest, lines).unwrap_or_else(|what| wrong(&what)));
                    }
                    "answer" => match case.steps.last_mut() {
                        Some(step) => step.answers.push(expected(rest, &lines)),
                        None => wrong("an answer stands before any request"),
                    },
                    _ if title.split(' ').any(|word| word == "serve") && case.steps.is_empty() => {
                        case.serve = title.to_owned();
                        case.opening.push_str(line);
                        case.opening.push_str(&lines);
                    }
                    _ => wrong(&format!("\"{title}\" is none of serve, request, raw, curl, answer")),
                }
            }
        }
        match sections.next() {
            Some(line) => heading = Some(line.to_owned()),
            None => break,
        }
    }
    if case.opening.trim().is_empty() || case.opening.starts_with("---") {
        wrong("say in the first line what the case shows");
    }
    if case.steps.is_empty() {
        wrong("there is no request");
    }
    for step in &mut case.steps {
        if step.answers.is_empty() {
            step.answers.push(Expected::default());
        }
    }
    case
}

/// The case with other answers.
pub fn write(case: &Case, answers: &[Vec<Expected>]) -> String {
    let mut text = case.opening.clone();
    for (step, answers) in case.steps.iter().zip(answers) {
        text.push_str(&step.text);
        for answer in answers {
            let _ = writeln!(text, "--- answer {}", answer.status);
            for (name, value) in &answer.headers {
                let _ = writeln!(text, "{name}: {value}");
            }
            if !answer.body.is_empty() {
                let _ = writeln!(text, "\n{}", answer.body);
            }
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn step(line: &str, kind: &str, rest: &str, lines: String) -> Result<Step, String> {
    let times = match rest.strip_suffix(" times") {
        Some(count) => count.parse().map_err(|_| format!("\"{count}\" is no number"))?,
        None if rest.is_empty() => 1,
        None => return Err(format!("\"{rest}\" was not understood")),
    };
    // One blank line parts the sections; others belong to the body.
    let inside = lines.strip_suffix("\n\n").or(lines.strip_suffix('\n')).unwrap_or(&lines).to_owned();
    let request = match kind {
        "request" => Request::Plain(inside),
        "raw" => Request::Raw(inside),
        _ => Request::Curl(inside.trim().to_owned()),
    };
    Ok(Step { text: format!("{line}{lines}"), request, times, answers: Vec::new() })
}

fn expected(status: &str, lines: &str) -> Expected {
    let (head, body) = match lines.strip_prefix('\n') {
        Some(body) => ("", body),
        None => lines.split_once("\n\n").unwrap_or((lines, "")),
    };
    let headers = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    Expected { status: status.to_owned(), headers, body: body.trim_end().to_owned() }
}
