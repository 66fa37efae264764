//! Reads the project's own Rust files for the tests of house rules: code without comments, strings apart, tests left out.

use std::fs;
use std::path::{Path, PathBuf};

pub struct RustFile {
    /// Relative to the project, such as `src/contract/mod.rs`.
    pub path: String,
    /// The file with its layout, but comments, the insides of literals and test modules are blank.
    pub code: String,
    /// String literals outside tests.
    pub literals: Vec<Literal>,
    /// Lines outside tests, comments with them.
    pub lines: usize,
}

pub struct Literal {
    /// Counts from 1.
    pub line: usize,
    /// As it stands in the source, escapes and all.
    pub text: String,
}

/// All files of `src/` that are not tests, in the order of their paths.
pub fn sources() -> Vec<RustFile> {
    let mut paths = Vec::new();
    collect(&project().join("src"), &mut paths);
    paths.sort();
    let mut files = Vec::new();
    let mut tests = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let mut file = read(relative(&path), &text);
        tests.extend(cut_tests(&mut file));
        files.push(file);
    }
    files.retain(|file| !tests.contains(&file.path));
    assert!(files.len() > 20, "only {} files were found in src/: is the test looking in the right place?", files.len());
    files
}

pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl RustFile {
    /// The room that the file belongs to: its first name below `src/`.
    pub fn room(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
    }

    /// Every path of the code, such as `crate::problem::Kind`, with its line. Braces are unfolded one level deep.
    pub fn paths(&self) -> Vec<(usize, Vec<String>)> {
        let mut found = Vec::new();
        for (number, line) in self.code.lines().enumerate() {
            for path in paths_of(line) {
                found.push((number + 1, path));
            }
        }
        found
    }
}

/// The paths with at least one `::` of one line of code.
fn paths_of(line: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            path.push(rest[..end].to_owned());
            rest = &rest[end..];
            if let Some(after) = rest.strip_prefix("::") {
                rest = after;
                continue;
            }
        } else {
            rest = &rest[first.len_utf8()..];
        }
        if path.len() > 1 {
            found.push(std::mem::take(&mut path));
        }
        path.clear();
    }
    // A line that ends in `::` or `use crate::{` still names where it leads.
    if !path.is_empty() {
        found.push(path);
    }
    found
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(&path, into),
            false if path.extension().is_some_and(|extension| extension == "rs") => into.push(path),
            false => {}
        }
    }
}

fn relative(path: &Path) -> String {
    path.strip_prefix(project()).unwrap().to_str().unwrap().to_owned()
}

/// Splits a text into code and literals.
fn read(path: String, text: &str) -> RustFile {
    let mut reader =
        Reader { chars: text.chars().collect(), at: 0, line: 1, code: String::new(), literals: Vec::new() };
    reader.run();
    RustFile { path, code: reader.code, literals: reader.literals, lines: text.lines().count() }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
    code: String,
    literals: Vec<Literal>,
}

impl Reader {
    fn run(&mut self) {
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('/')) => self.blank_while(|reader| reader.peek(0) != Some('\n')),
                ('/', Some('*')) => self.block_comment(),
                ('"', _) => self.string(0, true),
                ('r', Some('"' | '#')) if !self.in_word() && self.raw_hashes(1).is_some() => {
                    let hashes = self.raw_hashes(1).unwrap();
                    self.keep();
                    (0..hashes).for_each(|_| self.keep());
                    self.string(hashes, false);
                }
                ('\'', _) => self.char_or_lifetime(),
                _ => self.keep(),
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Whether the character before is part of a name; `b` and `c` are prefixes of literals.
    fn in_word(&self) -> bool {
        let before = self.code.chars().next_back();
        let prefix = matches!(before, Some('b' | 'c'))
            && !self.code.chars().rev().nth(1).is_some_and(|c| c.is_alphanumeric() || c == '_');
        !prefix && before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    }

    /// The number of `#` from there, if a quote follows them.
    fn raw_hashes(&self, ahead: usize) -> Option<usize> {
        let hashes = self.chars[self.at + ahead..].iter().take_while(|c| **c == '#').count();
        (self.peek(ahead + hashes) == Some('"')).then_some(hashes)
    }

    fn keep(&mut self) {
        self.step(true);
    }

    fn blank(&mut self) {
        self.step(false);
    }

    fn step(&mut self, keep: bool) {
        let c = self.chars[self.at];
        self.at += 1;
        self.line += usize::from(c == '\n');
        self.code.push(if keep || c == '\n' { c } else { ' ' });
    }

    fn blank_while(&mut self, more: impl Fn(&Reader) -> bool) {
        while self.at < self.chars.len() && more(self) {
            self.blank();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                _ => {
                    self.blank();
                    continue;
                }
            }
            self.blank();
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self, hashes: usize, escapes: bool) {
        let line = self.line;
        self.keep();
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            if escapes && c == '\\' {
                text.push(c);
                self.blank();
            } else if c == '"' && (0..hashes).all(|n| self.peek(1 + n) == Some('#')) {
                self.keep();
                (0..hashes).for_each(|_| self.keep());
                break;
            }
            if let Some(c) = self.peek(0) {
                text.push(c);
                self.blank();
            }
        }
        self.literals.push(Literal { line, text });
    }

    fn char_or_lifetime(&mut self) {
        self.keep();
        if self.peek(0) == Some('\\') {
            self.blank();
            self.blank();
            self.blank_while(|reader| reader.peek(0) != Some('\''));
            self.keep();
        } else if self.peek(1) == Some('\'') {
            self.blank();
            self.keep();
        }
    }
}

/// Blanks what stands under `#[cfg(test)]`; returns the paths of the test modules that are files of their own.
fn cut_tests(file: &mut RustFile) -> Vec<String> {
    let mut outside = Vec::new();
    while let Some(start) = file.code.find("#[cfg(test)]") {
        let after = &file.code[start..];
        let stop = after.find(['{', ';']).expect("something follows #[cfg(test)]");
        let end = match after[stop..].starts_with(';') {
            true => {
                let name = after[..stop].split_whitespace().last().unwrap_or_default();
                let folder = file.path.trim_end_matches("mod.rs").trim_end_matches(".rs");
                outside.push(format!("{}/{name}.rs", folder.trim_end_matches('/')));
                start + stop + 1
            }
            false => start + stop + closing(&after[stop..]),
        };
        let (first, last) = (line_of(&file.code, start), line_of(&file.code, end));
        file.lines -= last - first + 1;
        file.literals.retain(|literal| !(first..=last).contains(&literal.line));
        let blank: String = file.code[start..end].chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
        file.code.replace_range(start..end, &blank);
    }
    outside
}

/// How far it is to the end of a block that opens at the beginning of the text.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[test]
fn code_and_literals_are_told_apart() {
    let text = r##"use a::b; // "no" x::y
let c = '"'; let l: &'static str = "yes \" it /* is";
/* z::w /* deep */ "no" */ let r = r#"raw " one"#; let b = br"bytes";
#[cfg(test)]
mod tests { fn t() { let s = "hidden {"; } }
let last = 'x'; crate::last::one();
"##;
    let mut file = read("src/x.rs".to_owned(), text);
    assert!(cut_tests(&mut file).is_empty());
    let literals: Vec<(usize, &str)> = file.literals.iter().map(|literal| (literal.line, &*literal.text)).collect();
    assert_eq!(literals, [(2, r#"yes \" it /* is"#), (3, r#"raw " one"#), (3, "bytes")]);
    assert_eq!(
        file.paths(),
        [(1, vec!["a".into(), "b".into()]), (6, vec!["crate".into(), "last".into(), "one".into()])]
    );
}
