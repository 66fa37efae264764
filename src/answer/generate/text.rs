//! Texts: by pattern, format and name, as long as they may be.

use super::draw::Hint;
use super::pattern::Pattern;
use super::shape::TextLimits;
use crate::fakes::{self, Maker, Naming};
use crate::seed::{Seed, Stream};

/// So often is a text drawn before it is cut or filled up to its limits.
const TRIES: usize = 6;
/// No text is longer, whatever the schema demands.
const LONGEST: usize = 1 << 20;

pub fn draw(limits: &TextLimits, hint: Hint, stream: &mut Stream) -> String {
    let by_format = limits.format.as_deref().and_then(Maker::by_format);
    let made = by_format.or(hint.maker);
    // A realistic text first; when it has to be drawn anew, every other time one by the pattern alone.
    let can_tell = limits.patterns.iter().all(Pattern::can_tell);
    if can_tell && (limits.patterns.is_empty() || hint.turn.is_multiple_of(2)) {
        for n in 0..TRIES {
            let Some(maker) = made else { break };
            let naming = again(hint, n, stream);
            let text = maker.make(stream, naming);
            if limits.allow(&text) {
                return text;
            }
        }
        if let Some(text) = likely(limits, hint.naming, stream) {
            return text;
        }
    }
    if !limits.patterns.is_empty()
        && let Some(text) = by_pattern(limits, hint.turn, stream)
    {
        return text;
    }
    match (limits.format.as_deref(), made) {
        (Some(format), Some(maker)) if by_format.is_some() => {
            let text = maker.make(stream, hint.naming);
            formatted(format, &text, limits, stream)
        }
        (_, Some(maker)) => fit(maker.make(stream, hint.naming), limits, stream),
        (_, None) => fit(plain(stream), limits, stream),
    }
}

/// The name of a member whose name must match a pattern.
pub fn key(pattern: &Pattern, turn: u32, stream: &mut Stream) -> String {
    let word = format!("{}{}", pattern.prefix(), fakes::word(stream));
    if turn.is_multiple_of(2) && pattern.matches(&word) == Some(true) {
        return word;
    }
    pattern.sample(stream, 1, None).unwrap_or_default()
}

/// What a text has in common with its object, unless that did not help before.
fn again<'a>(hint: Hint<'a>, n: usize, stream: &mut Stream) -> Naming<'a> {
    match (hint.turn, n) {
        (0, 0) => hint.naming,
        _ => Naming { whole: Seed(stream.between(0, i64::MAX) as u64), ..hint.naming },
    }
}

/// A text of a usual kind that the patterns allow, where there are any.
fn likely(limits: &TextLimits, naming: Naming, stream: &mut Stream) -> Option<String> {
    let prefix = limits.patterns.iter().map(Pattern::prefix).max_by_key(|prefix| prefix.len())?;
    fakes::guesses(stream, naming, prefix).into_iter().find(|text| limits.allow(text))
}

impl TextLimits {
    fn allow(&self, text: &str) -> bool {
        self.allow_length(text) && self.patterns.iter().all(|pattern| pattern.matches(text) != Some(false))
    }

    fn allow_length(&self, text: &str) -> bool {
        // Characters are counted only where bytes don't settle it.
        let few = self.longest.is_none_or(|longest| text.len() <= longest || text.chars().count() <= longest);
        few && (self.shortest == 0 || text.chars().count() >= self.shortest)
    }
}

/// A sample of one pattern that all the others match too. The more there are the rarer it is.
fn by_pattern(limits: &TextLimits, turn: u32, stream: &mut Stream) -> Option<String> {
    let count = limits.patterns.len();
    let mut last = None;
    for n in 0..if count == 1 { 4 * TRIES } else { 1_000 } {
        let pattern = &limits.patterns[(turn as usize + n) % count];
        let text = pattern.sample(stream, limits.shortest, limits.longest)?;
        if limits.allow(&text) {
            return Some(text);
        }
        last = Some(text);
    }
    last
}

/// What a text is like of which nothing is known.
fn plain(stream: &mut Stream) -> String {
    format!("{} {}", fakes::word(stream), fakes::word(stream))
}

/// Cut, or filled up with words, to the length that is allowed.
fn fit(text: String, limits: &TextLimits, stream: &mut Stream) -> String {
    if limits.allow_length(&text) {
        return text;
    }
    let longest = limits.longest.unwrap_or(LONGEST).min(LONGEST);
    let shortest = limits.shortest.min(longest);
    let mut text: String = text.chars().take(longest).collect::<String>().trim_end().to_owned();
    let mut length = text.chars().count();
    while length < shortest {
        let more = if length == 0 || longest - length < 4 {
            fakes::letters(stream, 1)
        } else {
            format!(" {}", fakes::word(stream))
        };
        text.extend(more.chars().take(longest - length));
        length = text.chars().count();
    }
    text
}

/// A text of a format, made longer or shorter in the way that the format allows.
fn formatted(format: &str, text: &str, limits: &TextLimits, stream: &mut Stream) -> String {
    let longest = limits.longest.unwrap_or(LONGEST).min(LONGEST);
    let length = text.chars().count();
    let lacking = limits.shortest.min(longest).saturating_sub(length);
    let longer = |stream: &mut Stream| fakes::letters(stream, lacking);
    match format {
        "uri" | "url" | "iri" | "uri-reference" | "iri-reference" | "uri-template" | "json-pointer" if lacking > 0 => {
            format!("{text}{}", longer(stream))
        }
        "uri" | "url" | "iri" => ["https://a.example", "http://a.co", "a:b"].iter().fit(longest, text),
        "uri-reference" | "iri-reference" | "json-pointer" => ["/a/b", "/a", ""].iter().fit(longest, text),
        "email" | "idn-email" if lacking > 0 => {
            format!("{}@{}", fakes::letters(stream, 12), long_host(limits.shortest - 13, stream))
        }
        "email" | "idn-email" => ["ann@example.com", "ann@a.co", "a@b.co", "a@b"].iter().fit(longest, text),
        "hostname" | "idn-hostname" if lacking > 0 => long_host(limits.shortest, stream),
        "hostname" | "idn-hostname" => ["example.com", "a.co", "a"].iter().fit(longest, text),
        "ipv6" => ["2001:db8::1", "::1", "::"].iter().fit(longest, text),
        "ipv4" => ["192.0.2.1", "10.0.0.1", "1.1.1.1"].iter().fit(longest, text),
        "duration" => ["P1Y2M10DT2H30M", "PT12M", "P1D"].iter().fit(longest, text),
        "byte" | "base64" => {
            // Four characters are three bytes, and nothing between is whole.
            let length = (limits.shortest.max(longest.min(24)) / 4 * 4).max(limits.shortest.div_ceil(4) * 4);
            fakes::letters(stream, length)
        }
        "phone" | "phone-number" | "e164" | "date-time" | "date" | "time" | "uuid" => text.to_owned(),
        _ => fit(text.to_owned(), limits, stream),
    }
}

/// The first of some forms, from long to short, that is short enough.
trait Forms {
    fn fit(self, longest: usize, otherwise: &str) -> String;
}

impl<'a, I: Iterator<Item = &'a &'a str>> Forms for I {
    fn fit(mut self, longest: usize, otherwise: &str) -> String {
        self.find(|form| form.len() <= longest).map_or(otherwise, |form| form).to_owned()
    }
}

/// A host of at least so many characters, in parts of the size that is allowed.
fn long_host(length: usize, stream: &mut Stream) -> String {
    let mut host = String::from("example.com");
    while host.len() < length.min(253) {
        let part = (length - host.len()).clamp(2, 60) - 1;
        host = format!("{}.{host}", fakes::letters(stream, part));
    }
    host
}
