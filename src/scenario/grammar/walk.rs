//! Holds a file against the tables: every value once, every finding with its place.

use std::collections::BTreeSet;

use serde_json::Value;

use super::story::SCENARIO;
use super::words::{advice, expected, fits, is_plain, kind, kinds, listed, only_words, told, words};
use super::{Field, Is, MOST_KEYS, Need, Shape};
use crate::nearest::nearest;
use crate::scenario::at::At;
use crate::scenario::file::{add, is_full};
use crate::scenario::notation::Notation;
use crate::source::{Diagnostic, SourceFile};

/// What other tools call a thing, and how it is called here.
const ELSEWHERE: [(&str, &str); 19] = [
    ("response", "reply"),
    ("respond", "reply"),
    ("answer", "reply"),
    ("return", "reply"),
    ("then", "reply"),
    ("request", "when"),
    ("match", "when"),
    ("if", "when"),
    ("latency", "delay"),
    ("sleep", "delay"),
    ("wait", "delay"),
    ("probability", "chance"),
    ("percentage", "chance"),
    ("json", "body"),
    ("error", "problem"),
    ("code", "status"),
    ("description", "about"),
    ("id", "name"),
    ("rules", "list"),
];

/// Everything that is not of the right form.
pub fn check(file: &SourceFile) -> Vec<Diagnostic> {
    let mut walk = Walk { file, around: Vec::new(), misplaced: Vec::new(), findings: Vec::new() };
    walk.object(&At::root(&file.value), &SCENARIO);
    walk.findings
}

struct Walk<'a> {
    file: &'a SourceFile,
    /// The objects that the one in hand stands in, with the keys under which they do.
    around: Vec<&'static Shape>,
    /// Objects around some key to which it would have belonged.
    misplaced: Vec<(&'static Shape, &'a str)>,
    findings: Vec<Diagnostic>,
}

impl<'a> Walk<'a> {
    fn found(&mut self, finding: Diagnostic) {
        add(&mut self.findings, finding);
    }

    fn error(&self, at: &At, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.file.spot(&at.pointer))
    }

    fn key_error(&self, at: &At, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.file.key_spot(&at.pointer))
    }

    fn object(&mut self, at: &At<'a>, shape: &'static Shape) {
        if !at.value.is_object() {
            return self.wrong(at, &Is::Object(shape), shape.name);
        }
        let is_own = |name: &str| shape.open && name.starts_with("x-");
        let mut unknown = BTreeSet::new();
        let misplaced = self.misplaced.len();
        self.around.push(shape);
        for (name, member) in at.members() {
            if is_full(&self.findings) {
                break;
            }
            match shape.field(name) {
                Some(field) => self.is(&member, &field.is, name),
                None if is_own(name) => {}
                None => {
                    unknown.extend(self.unknown(&member, name, shape));
                }
            }
        }
        self.around.pop();
        // A misspelt key is missing under its right name, and one that stands further in is missing here: that is one slip.
        for (outer, name) in self.misplaced.split_off(misplaced) {
            match std::ptr::eq(outer, shape) {
                true => drop(unknown.insert(name)),
                false => self.misplaced.push((outer, name)),
            }
        }
        for field in shape.fields().filter(|field| field.required && !unknown.contains(field.name)) {
            if at.value.get(field.name).is_none() {
                self.missing(at, field, shape);
            }
        }
        let has_unknown =
            !unknown.is_empty() || at.members().any(|(name, _)| shape.field(name).is_none() && !is_own(name));
        for need in shape.needs {
            self.need(at, need, shape, has_unknown);
        }
    }

    /// What was meant in its place, if that can be guessed.
    fn unknown(&mut self, at: &At<'a>, name: &'a str, shape: &'static Shape) -> Option<&'static str> {
        let finding = self.key_error(at, "E0311", format!("{} has no \"{name}\"", shape.name)).label("unknown key");
        let known: Vec<&str> = shape.fields().map(|field| field.name).filter(|name| *name != "$schema").collect();
        let elsewhere = ELSEWHERE.iter().find(|(other, here)| *other == name && known.contains(here));
        // A key of an object further in or further out is there by its indentation alone.
        let inside = shape.fields().find(|field| field.is.shapes().iter().any(|inner| inner.field(name).is_some()));
        let outside = self.around.iter().rev().skip(1).find(|outer| outer.field(name).is_some());
        let near = nearest(name, known.iter().copied());
        let meant = elsewhere.map(|(_, here)| *here).or(near.filter(|_| inside.is_none() && outside.is_none()));
        let help = match (meant, inside, outside) {
            (Some(meant), ..) => format!("did you mean \"{meant}\"?"),
            (_, Some(field), _) => format!("it belongs inside \"{}\"", field.name),
            (.., Some(outer)) => {
                self.misplaced.push((outer, name));
                format!("it belongs to {}, further to the left", outer.name)
            }
            _ => format!("there are {}", listed(&known)),
        };
        self.found(finding.help(help));
        meant
    }

    fn missing(&mut self, at: &At, field: &Field, shape: &Shape) {
        let finding = self.error(at, "E0313", format!("{} lacks \"{}\"", shape.name, field.name));
        let finding = finding.label(format!("\"{}\" is required", field.name));
        self.found(finding.help(format!("{}: {}", field.name, field.about)));
    }

    fn need(&mut self, at: &At<'a>, need: &Need, shape: &Shape, has_unknown: bool) {
        let there = |names: &[&'static str]| -> Vec<&'static str> {
            names.iter().copied().filter(|name| at.value.get(*name).is_some()).collect()
        };
        let known: Vec<&str>;
        let (wanted, code) = match need {
            Need::Any => {
                known = shape.fields().map(|field| field.name).collect();
                (known.as_slice(), "E0313")
            }
            Need::OneOrMore(names) | Need::One(names) => (*names, "E0313"),
            Need::Effect(names) => (*names, "E0333"),
            Need::AtMostOne(_) | Need::With(..) => (&[][..], ""),
        };
        let lacks = !wanted.is_empty() && !wanted.iter().any(|name| at.value.get(*name).is_some());
        if lacks && !has_unknown {
            let message = match need {
                Need::Effect(_) => format!("{} does nothing", shape.name),
                _ => format!("{} says nothing", shape.name),
            };
            let finding = self.error(at, code, message).label("something is missing here");
            return self.found(finding.help(format!("expected {}", listed(wanted))));
        }
        match need {
            Need::One(names) | Need::AtMostOne(names) => {
                let there = there(names);
                let [first, second, ..] = there.as_slice() else { return };
                let Some(second_at) = at.get(second) else { return };
                let message = format!("\"{first}\" and \"{second}\" can't stand together");
                let finding = self.key_error(&second_at, "E0315", message).label("one too many");
                self.found(finding.help(format!("{} has one of {}", shape.name, listed(names))));
            }
            Need::With(name, beside) if there(beside).is_empty() => {
                let Some(member) = at.get(name) else { return };
                let beside: Vec<String> = beside.iter().map(|name| format!("\"{name}\"")).collect();
                let message = format!("\"{name}\" has no effect without {}", listed(&beside));
                self.found(self.key_error(&member, "E0315", message).label("stands alone"));
            }
            _ => {}
        }
    }

    fn is(&mut self, at: &At<'a>, is: &'static Is, name: &str) {
        let fits = match is {
            Is::Known(known) => return self.is(at, &known.is, name),
            Is::Object(shape) => return self.object(at, shape),
            Is::Either(all) => return self.either(at, is, all, name),
            Is::List { of, most } | Is::All { of, most } if at.value.is_array() => {
                return self.list(at, of, matches!(is, Is::List { .. }), *most, name);
            }
            Is::Map { keys, of } if at.value.is_object() => return self.map(at, *keys, of, name),
            plain => fits(at.value, plain),
        };
        if !fits {
            self.wrong(at, is, name);
        }
    }

    fn map(&mut self, at: &At<'a>, keys: Option<&Notation>, of: &'static Is, name: &str) {
        if !self.has_fitting_length(at, at.members().count(), true, MOST_KEYS, name) {
            return;
        }
        for (key, member) in at.members() {
            if is_full(&self.findings) {
                return;
            }
            if let Some(keys) = keys.filter(|keys| !keys.fits(key)) {
                let finding = self.key_error(&member, "E0316", format!("{key:?} is no key of \"{name}\""));
                self.found(finding.label(format!("expected {}", keys.accepted())));
            }
            self.is(&member, of, key);
        }
    }

    fn has_fitting_length(&mut self, at: &At<'a>, length: usize, some: bool, most: usize, name: &str) -> bool {
        if length == 0 && some {
            let finding = self.error(at, "E0313", format!("\"{name}\" holds nothing"));
            self.found(finding.label("something is missing here"));
            return false;
        }
        if length > most {
            let message = format!("\"{name}\" holds {length} values, and no more than {most} are read");
            let finding = self.error(at, "E0310", message);
            self.found(finding.help(match name {
                "rules" | "steps" | "list" => "split the scenario: several can be armed at a time",
                _ => "several rules can share it",
            }));
            return false;
        }
        true
    }

    fn list(&mut self, at: &At<'a>, of: &'static Is, some: bool, most: usize, name: &str) {
        let items = at.items();
        if !self.has_fitting_length(at, items.len(), some, most, name) {
            return;
        }
        for item in &items {
            if is_full(&self.findings) {
                return;
            }
            self.is(item, of, name);
        }
    }

    /// One of several: if none fits, that one is told of which comes nearest.
    fn either(&mut self, at: &At<'a>, whole: &'static Is, all: &'static [Is], name: &str) {
        let possible: Vec<&Is> = all.iter().filter(|is| kinds(is).contains(&kind(at.value))).collect();
        if let [only] = possible.as_slice()
            && !is_plain(only)
        {
            return self.is(at, only, name);
        }
        if possible.iter().all(|is| is_plain(is)) {
            if !possible.iter().any(|is| fits(at.value, is)) {
                self.wrong(at, whole, name);
            }
            return;
        }
        let mut nearest: Option<Vec<Diagnostic>> = None;
        for is in possible {
            let findings = std::mem::take(&mut self.findings);
            self.is(at, is, name);
            let tried = std::mem::replace(&mut self.findings, findings);
            if tried.is_empty() {
                return;
            }
            if nearest.as_ref().is_none_or(|nearest| tried.len() < nearest.len()) {
                nearest = Some(tried);
            }
        }
        nearest.into_iter().flatten().for_each(|finding| self.found(finding));
    }

    /// A value that is none of what is expected.
    fn wrong(&mut self, at: &At, is: &Is, name: &str) {
        let shown = told(at.value);
        let is_kind = kinds(is).contains(&kind(at.value));
        let known = words(is);
        let text = at.value.as_str();
        let code = match at.value {
            _ if !is_kind => "E0312",
            Value::Number(_) => "E0317",
            _ if only_words(is) => "E0314",
            _ => "E0316",
        };
        let quoted =
            if name.starts_with("a ") || name.starts_with("an ") { name.to_owned() } else { format!("\"{name}\"") };
        let finding = self.error(at, code, format!("{quoted} can't be {shown}"));
        let finding = finding.label(format!("expected {}", expected(is)));
        let finding = match text {
            Some(text) => finding.meant(text, known.iter().copied()),
            None => finding,
        };
        let help = finding.help.is_none().then(|| advice(at.value, is)).flatten();
        self.found(match help {
            Some(help) => finding.help(help),
            None => finding,
        });
    }
}
