//! What is wrong with a file: a stable code, a sentence, the place, and what to do about it.

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Warning,
    Error,
}

/// A place in a file; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// How many characters of the line are meant; 0 if unknown.
    pub length: usize,
    /// The line itself, so that a finding can be shown when the file is long gone. Of a very long line only the part
    /// around the place, which then starts after `skipped` characters.
    pub excerpt: String,
    pub skipped: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub level: Level,
    /// Such as `E0104`; `ayra-mock explain` knows each.
    pub code: &'static str,
    pub message: String,
    pub spot: Option<Spot>,
    /// Stands beside the caret: `not in the contract`.
    pub label: String,
    /// `did you mean "listConversations"?`
    pub help: Option<String>,
}

/// As much of a line as is kept on each side of a place.
const MARGIN: usize = 160;

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

impl Spot {
    /// A place of which the text is not at hand.
    pub fn new(file: impl Into<String>, line: usize, column: usize) -> Spot {
        Spot { file: file.into(), line, column, length: 0, excerpt: String::new(), skipped: 0 }
    }

    /// A place in `text`.
    pub fn within(file: impl Into<String>, text: &str, line: usize, column: usize, length: usize) -> Spot {
        let whole = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let skipped = column.saturating_sub(1 + MARGIN);
        Spot {
            file: file.into(),
            line,
            column,
            length,
            excerpt: whole.chars().skip(skipped).take(2 * MARGIN).collect(),
            skipped,
        }
    }
}

impl Spot {
    /// The same place, narrowed down to a word if that stands in it.
    pub fn narrowed(mut self, word: &str) -> Spot {
        let from = self.column.saturating_sub(1 + self.skipped);
        let here: String = self.excerpt.chars().skip(from).take(self.length).collect();
        if let Some((before, _)) = here.split_once(word) {
            self.column += before.chars().count();
            self.length = word.chars().count();
        }
        self
    }
}

impl Diagnostic {
    /// A finding without a place. A code that begins with `W` is a warning, any other an error.
    pub fn new(code: &'static str, message: impl Into<String>) -> Diagnostic {
        let level = if code.starts_with('W') { Level::Warning } else { Level::Error };
        Diagnostic { level, code, message: message.into(), spot: None, label: String::new(), help: None }
    }

    pub fn at(mut self, spot: Spot) -> Diagnostic {
        self.spot = Some(spot);
        self
    }

    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Offers the known word nearest to the one that was written, if one is near enough.
    pub fn meant<'a>(mut self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Diagnostic {
        // What was written is there, and wrong for another reason.
        let others = candidates.into_iter().filter(|candidate| *candidate != word);
        if let Some(near) = crate::nearest::nearest(word, others) {
            self.help = Some(format!("did you mean \"{near}\"?"));
        }
        self
    }

    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }
}

/// By their places. What was found twice, as many refer to it, is told once.
pub fn in_order(findings: &mut Vec<Diagnostic>) {
    findings.sort_by_key(|finding| finding.spot.as_ref().map(|spot| (spot.file.clone(), spot.line, spot.column)));
    findings.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_not_what_was_meant() {
        let help =
            |known: &[&str]| Diagnostic::new("E0336", "too large").meant("rows.json", known.iter().copied()).help;
        assert_eq!(help(&["rows.json"]), None);
        assert_eq!(help(&["rows.json", "row.json"]).as_deref(), Some("did you mean \"row.json\"?"));
    }
}
