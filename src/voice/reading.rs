//! What the readers of the fixtures of calls have in common: members by name and kind, and a finding with its place for
//! each that is not as it should be.

use serde_json::{Map, Value};

use crate::pointer;
use crate::source::{Diagnostic, SourceFile};

pub type Members = Map<String, Value>;

/// One file while it is read. Every fault is kept, and what was wrong is read as if it were not there.
pub struct Reading<'f> {
    pub file: &'f SourceFile,
    pub findings: Vec<Diagnostic>,
    /// The code under which a wrong value is told.
    code: &'static str,
}

impl<'f> Reading<'f> {
    pub fn new(file: &'f SourceFile, code: &'static str) -> Reading<'f> {
        Reading { file, findings: Vec::new(), code }
    }

    /// What was read and what is worth a warning, or everything that is wrong.
    pub fn done<T>(self, read: Option<T>) -> Result<(T, Vec<Diagnostic>), Vec<Diagnostic>> {
        match read {
            Some(read) if !self.findings.iter().any(Diagnostic::is_error) => Ok((read, self.findings)),
            _ => Err(self.findings),
        }
    }

    pub fn fault(&mut self, place: &str, message: impl Into<String>) {
        self.findings.push(Diagnostic::new(self.code, message).at(self.file.spot(place)));
    }

    /// A word that is none of those known.
    pub fn unknown(&mut self, code: &'static str, place: &str, message: String, word: &str, known: &[&str]) {
        let finding = Diagnostic::new(code, message).at(self.file.spot(place));
        self.findings.push(finding.meant(word, known.iter().copied()));
    }

    /// The members of an object, of which each must be known.
    pub fn object(&mut self, value: &'f Value, place: &str, what: &str, known: &[&str]) -> Option<&'f Members> {
        let Some(members) = value.as_object() else {
            self.fault(place, format!("{what} is an object with {}", known.join(", ")));
            return None;
        };
        self.only(members, place, known);
        Some(members)
    }

    pub fn only(&mut self, members: &Members, place: &str, known: &[&str]) {
        for name in members.keys().filter(|name| !known.contains(&name.as_str()) && !name.starts_with("x-")) {
            let finding = Diagnostic::new("E0802", format!("there is no member `{name}`")).label("unknown");
            let spot = self.file.key_spot(&format!("{place}/{}", pointer::escaped(name)));
            self.findings.push(finding.at(spot).meant(name, known.iter().copied()));
        }
    }

    /// A member that must be there.
    pub fn need(&mut self, members: &'f Members, place: &str, name: &str) -> Option<&'f Value> {
        let value = members.get(name);
        if value.is_none() {
            self.fault(place, format!("`{name}` is missing"));
        }
        value
    }

    pub fn text(&mut self, members: &'f Members, place: &str, name: &str) -> Option<&'f str> {
        let value = self.need(members, place, name)?;
        self.as_text(value, &format!("{place}/{name}"))
    }

    pub fn as_text(&mut self, value: &'f Value, place: &str) -> Option<&'f str> {
        let text = value.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.fault(
                place,
                match value {
                    Value::Number(_) | Value::Bool(_) => "a text is expected: put it in quotes",
                    _ => "a text is expected that is not empty",
                },
            );
        }
        text
    }

    pub fn number(&mut self, members: &'f Members, place: &str, name: &str, low: f64, high: f64) -> Option<f64> {
        let value = self.need(members, place, name)?;
        self.as_number(value, &format!("{place}/{name}"), low, high)
    }

    pub fn as_number(&mut self, value: &Value, place: &str, low: f64, high: f64) -> Option<f64> {
        let number = value.as_f64().filter(|number| (low..=high).contains(number));
        if number.is_none() {
            self.fault(place, format!("a number from {low} to {high} is expected"));
        }
        number
    }

    /// A list of at least one and at most `most` values.
    pub fn list(&mut self, members: &'f Members, place: &str, name: &str, most: usize) -> Option<&'f [Value]> {
        let value = self.need(members, place, name)?;
        self.as_list(value, &format!("{place}/{name}"), most)
    }

    pub fn as_list(&mut self, value: &'f Value, place: &str, most: usize) -> Option<&'f [Value]> {
        let list = value.as_array().filter(|list| (1..=most).contains(&list.len()));
        if list.is_none() {
            self.fault(place, format!("a list of 1 to {most} values is expected"));
        }
        list.map(Vec::as_slice)
    }

    pub fn texts(&mut self, members: &'f Members, place: &str, name: &str, most: usize) -> Vec<&'f str> {
        let list = self.list(members, place, name, most).unwrap_or_default();
        let place = format!("{place}/{name}");
        list.iter().enumerate().filter_map(|(n, value)| self.as_text(value, &format!("{place}/{n}"))).collect()
    }

    /// A word such as `issue_resolved`.
    pub fn word(&mut self, members: &'f Members, place: &str, name: &str) -> Option<&'f str> {
        let text = self.text(members, place, name)?;
        if !is_word(text) {
            self.fault(&format!("{place}/{name}"), "a word in snake_case of at most 60 letters is expected");
            return None;
        }
        Some(text)
    }
}

pub fn is_word(text: &str) -> bool {
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.len() <= 60 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(small)
}
