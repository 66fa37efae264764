//! Text from outside, as it may be shown: nothing in it steers a terminal, breaks a line or makes one look like another.

use std::borrow::Cow;
use std::fmt::Write;

/// Appends text from outside. What a terminal would obey instead of showing is written as `\u{1b}`: control
/// characters, and those that turn the direction of writing around.
pub fn push_harmless(line: &mut String, text: &str) {
    if is_plain(text) {
        line.push_str(text);
        return;
    }
    for c in text.chars() {
        if c.is_control() || steers(c) {
            let _ = write!(line, "{}", c.escape_unicode());
        } else {
            line.push(c);
        }
    }
}

pub fn harmless(text: &str) -> String {
    shown(text).into_owned()
}

/// The same, and no copy of what is harmless.
pub fn shown(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    push_harmless(&mut line, text);
    Cow::Owned(line)
}

/// Whether a character turns the direction of writing, breaks the line or is invisible: shown as it is, it would make
/// a line look like another.
pub fn steers(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn is_plain(text: &str) -> bool {
    // To the end in any case: then many bytes are looked at at once.
    text.bytes().fold(true, |is_plain, byte| is_plain & (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_steers_a_terminal() {
        assert_eq!(harmless("/pets/1?q=a b"), "/pets/1?q=a b");
        assert_eq!(harmless("\u{1b}[2J\r\n\u{7f}\u{9b}31m"), "\\u{1b}[2J\\u{d}\\u{a}\\u{7f}\\u{9b}31m");
        assert_eq!(harmless("Bär 🐻 \u{202e}txt.exe"), "Bär 🐻 \\u{202e}txt.exe");
    }
}
