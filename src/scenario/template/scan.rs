//! A text is cut into what stands as it is and what is filled in. On the way durations become filters, and whatever could
//! run out of bounds or is not known is refused.

use super::{engine, moments};
use crate::nearest::nearest;

/// More than this in one place was not written by hand.
const LONGEST: usize = 1_000;
/// Each time that something is put together it is copied.
const MOST_JOINED: usize = 16;
/// Each looks at all that it is given.
const MOST_FILTERS: usize = 16;

#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Place {
        /// As it stands between the braces.
        written: String,
        /// As the engine takes it.
        expression: String,
    },
}

/// What a text is made of, and what is wrong with it.
pub fn pieces(text: &str) -> Vec<Result<Piece, String>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = ["{{", "{%"].iter().filter_map(|opening| rest.find(opening)).min() {
        let (before, place) = rest.split_at(at);
        if !before.is_empty() {
            pieces.push(Ok(Piece::Text(before.to_owned())));
        }
        match place_of(place) {
            Ok((piece, length)) => {
                pieces.push(piece);
                rest = &place[length..];
            }
            // Where it ends is not known.
            Err(wrong) => {
                pieces.push(Err(wrong));
                return pieces;
            }
        }
    }
    if !rest.is_empty() {
        pieces.push(Ok(Piece::Text(rest.to_owned())));
    }
    pieces
}

/// The place that a text begins with, and its length.
fn place_of(place: &str) -> Result<(Result<Piece, String>, usize), String> {
    if place.starts_with("{%") {
        return Err("there are no statements, only {{ … }}: a choice is {{ 'a' if request.query.b else 'c' }}, \
                    and the two characters themselves are {{ '{%' }}"
            .to_owned());
    }
    let end = end(&place[2..]).ok_or("{{ is not closed by }}")?;
    let written = place[2..2 + end].trim();
    let piece = match written.len() {
        0 => Err("nothing stands between {{ and }}".to_owned()),
        length if length > LONGEST => Err(format!("more than {LONGEST} bytes stand between {{{{ and }}}}")),
        _ => Reading::new(written)
            .expression()
            .map(|expression| Piece::Place { written: written.to_owned(), expression })
            .map_err(|wrong| format!("{{{{ {written} }}}}: {wrong}")),
    };
    Ok((piece, 2 + end + 2))
}

/// Where the closing braces are: those in quotes, and those of a map within, do not count.
fn end(text: &str) -> Option<usize> {
    let (mut open, mut at) = (0_usize, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => at += quoted(&text[at..])?,
            b'{' => {
                open += 1;
                at += 1;
            }
            b'}' if open > 0 => {
                open -= 1;
                at += 1;
            }
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// The length of the text in quotes that begins here, its quotes included.
fn quoted(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == bytes[0] => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// An expression on its way to the engine.
struct Reading<'t> {
    rest: &'t str,
    out: String,
    /// The last thing that was not a space.
    last: Last,
    joined: usize,
    filters: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Begin,
    /// A plus or minus between two things, where it stands in what was written, and its sign.
    Sign(usize, char),
    Pipe,
    Test,
    Dot,
    /// Something with a value: a name, a number, a text, a closing bracket.
    Value,
    Other,
}

impl<'t> Reading<'t> {
    fn new(written: &'t str) -> Reading<'t> {
        Reading {
            rest: written,
            out: String::with_capacity(written.len() + 16),
            last: Last::Begin,
            joined: 0,
            filters: 0,
        }
    }

    fn expression(mut self) -> Result<String, String> {
        while let Some(first) = self.rest.chars().next() {
            self.joined += usize::from(matches!(first, '+' | '~'));
            if self.joined > MOST_JOINED {
                return Err(format!("more than {MOST_JOINED} things are put together"));
            }
            self.filters += usize::from(first == '|');
            if self.filters > MOST_FILTERS {
                return Err(format!("there are more than {MOST_FILTERS} filters"));
            }
            match first {
                '"' | '\'' => {
                    let length = quoted(self.rest).ok_or("a quote is not closed")?;
                    self.take(length, Last::Value);
                }
                _ if first.is_alphanumeric() || first == '_' => self.word()?,
                _ if first.is_whitespace() => {
                    self.out.push(first);
                    self.rest = &self.rest[first.len_utf8()..];
                }
                '*' => {
                    return Err("* is not possible here; a number is multiplied by a filter: call|times(2)".to_owned());
                }
                '+' | '-' if self.last == Last::Value => self.take(1, Last::Sign(self.out.len(), first)),
                '|' => self.take(1, Last::Pipe),
                '.' => self.take(1, Last::Dot),
                ')' | ']' | '}' => self.take(1, Last::Value),
                _ => self.take(first.len_utf8(), Last::Other),
            }
        }
        Ok(self.out)
    }

    fn take(&mut self, length: usize, last: Last) {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.out.push_str(taken);
        (self.rest, self.last) = (rest, last);
    }

    fn word(&mut self) -> Result<(), String> {
        let is_number = self.rest.starts_with(|first: char| first.is_ascii_digit());
        let belongs = |letter: char| letter.is_alphanumeric() || letter == '_' || is_number && letter == '.';
        let length = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        let word = &self.rest[..length];
        if is_number && self.last != Last::Dot && word.parse::<f64>().is_err() {
            return self.duration(word);
        }
        match self.last {
            Last::Pipe => known("filter", word, engine::FILTERS.iter().map(|(name, _)| *name))?,
            Last::Test if word == "not" => {
                self.take(length, Last::Test);
                return Ok(());
            }
            Last::Test => known("test", word, engine::TESTS.iter().map(|(name, _)| *name))?,
            _ => {}
        }
        let last = match word {
            _ if self.last == Last::Dot => Last::Value,
            "is" => Last::Test,
            "and" | "or" | "not" | "in" | "if" | "else" => Last::Other,
            _ => Last::Value,
        };
        self.take(length, last);
        Ok(())
    }

    /// `+ 5m` becomes a filter of what stands before it.
    fn duration(&mut self, word: &str) -> Result<(), String> {
        if moments::span(word).is_none() {
            return Err(format!("\"{word}\" is neither a number nor a duration such as 90s, 1h30m or 2d"));
        }
        let Last::Sign(at, sign) = self.last else {
            return Err(format!(
                "a duration stands behind + or -, as in now + {word}, or in quotes: now|plus('{word}')"
            ));
        };
        self.out.truncate(at);
        let sign = if sign == '-' { "-" } else { "" };
        self.out.push_str(&format!("|plus(\"{sign}{word}\")"));
        (self.rest, self.last) = (&self.rest[word.len()..], Last::Value);
        Ok(())
    }
}

pub fn known<'a>(what: &str, word: &str, all: impl Iterator<Item = &'a str> + Clone) -> Result<(), String> {
    if all.clone().any(|name| name == word) {
        return Ok(());
    }
    Err(match nearest(word, all.clone()) {
        Some(near) => format!("there is no {what} \"{word}\", did you mean \"{near}\"?"),
        None => format!("there is no {what} \"{word}\", only {}", all.collect::<Vec<_>>().join(", ")),
    })
}
