//! Texts from outside, put into XML and HTML so that they stay texts.

use std::borrow::Cow;
use std::fmt::Write as _;

/// As the text of an element or the value of an attribute in quotes. What XML has no place for at all is written as `\u{1b}`.
pub fn escaped(text: &str) -> Cow<'_, str> {
    let special = |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'') || !is_allowed(c);
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if is_allowed(c) => safe.push(c),
            c => _ = write!(safe, "{}", c.escape_unicode()),
        }
    }
    Cow::Owned(safe)
}

/// The characters of XML 1.0 but for carriage returns, which no reader would give back.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | ' '..='\u{7e}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_a_text() {
        assert_eq!(escaped("plain: ä 🐻"), "plain: ä 🐻");
        assert_eq!(escaped("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
        assert_eq!(escaped("\u{1b}[31m\0\r\u{fffe}"), "\\u{1b}[31m\\u{0}\\u{d}\\u{fffe}");
    }
}
