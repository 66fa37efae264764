//! Texts that a pattern matches, of a length that is asked for.
//!
//! Each part of the pattern knows how short and how long it can be; a wanted length is shared out among the parts.
//! What looks around (which the parser does not know) is left out: whether the text fits all the same is tried out.

use std::borrow::Cow;

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::seed::Stream;

/// A repetition without an end is taken to end after so many more.
const A_FEW: usize = 8;
/// No text gets longer, whatever a pattern demands.
const LONGEST: usize = 100_000;

#[derive(Debug)]
pub struct Pattern {
    hir: Option<Hir>,
    /// What every match begins with.
    prefix: String,
    regex: Option<Regex>,
    /// What else the beginning must match, or must not.
    ahead: Vec<(Regex, bool)>,
}

impl Pattern {
    pub fn new(pattern: &str) -> Pattern {
        let (ahead, checked) = looking_ahead(pattern);
        let parse = |text: &str| regex_syntax::ParserBuilder::new().nest_limit(60).build().parse(text).ok();
        let hir = parse(&without_look_around(pattern));
        let prefix = hir.as_ref().map(prefix).unwrap_or_default();
        Pattern { hir, prefix, regex: compile(&checked), ahead }
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether `matches` knows.
    pub fn can_tell(&self) -> bool {
        self.regex.is_some()
    }

    /// Whether the pattern matches; `None` if that can't be told here.
    pub fn matches(&self, text: &str) -> Option<bool> {
        let regex = self.regex.as_ref()?;
        Some(regex.is_match(text) && self.ahead.iter().all(|(ahead, wanted)| ahead.is_match(text) == *wanted))
    }

    /// A text that the pattern matches, if it can be within these lengths.
    pub fn sample(&self, stream: &mut Stream, shortest: usize, longest: Option<usize>) -> Option<String> {
        let hir = self.hir.as_ref()?;
        let span = span(hir);
        let least = span.least.min(LONGEST);
        let most = span.most.unwrap_or(least.max(shortest) + A_FEW).min(LONGEST);
        let high = longest.unwrap_or(most).min(most).max(least);
        let low = shortest.clamp(least, high);
        let wanted = low + stream.below(high.min(low + A_FEW) - low + 1);
        let mut text = String::with_capacity(wanted);
        write(hir, wanted, stream, &mut text);
        let looks = hir.properties();
        // Where the pattern says nothing of the end, anything may follow; a few letters make it look like a text.
        if !looks.look_set_suffix().contains(Look::End) {
            text.extend((!looks.look_set_suffix().is_empty()).then_some(' '));
            let enough = shortest.max(A_FEW).min(longest.unwrap_or(usize::MAX));
            text.extend((text.chars().count()..enough).map(|_| char::from(b'a' + stream.below(26) as u8)));
        }
        Some(text)
    }
}

/// The letters right behind the beginning.
fn prefix(hir: &Hir) -> String {
    let HirKind::Concat(parts) = hir.kind() else { return String::new() };
    match (parts.first().map(Hir::kind), parts.get(1).map(Hir::kind)) {
        (Some(HirKind::Look(Look::Start)), Some(HirKind::Literal(letters))) => {
            String::from_utf8_lossy(&letters.0).into_owned()
        }
        _ => String::new(),
    }
}

#[derive(Debug, Clone, Copy)]
struct Span {
    least: usize,
    most: Option<usize>,
}

/// How many characters a part takes.
fn span(hir: &Hir) -> Span {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Span { least: 0, most: Some(0) },
        HirKind::Literal(literal) => {
            let length = String::from_utf8_lossy(&literal.0).chars().count();
            Span { least: length, most: Some(length) }
        }
        HirKind::Class(_) => Span { least: 1, most: Some(1) },
        HirKind::Capture(capture) => span(&capture.sub),
        HirKind::Repetition(repetition) => {
            let inner = span(&repetition.sub);
            let times = |times: u32, length: usize| length.saturating_mul(times as usize);
            let most = match (repetition.max, inner.most) {
                (_, Some(0)) => Some(0),
                (Some(max), Some(most)) => Some(times(max, most)),
                _ => None,
            };
            Span { least: times(repetition.min, inner.least), most }
        }
        HirKind::Concat(parts) => parts.iter().map(span).fold(Span { least: 0, most: Some(0) }, |sum, part| Span {
            least: sum.least.saturating_add(part.least),
            most: sum.most.zip(part.most).map(|(sum, part)| sum.saturating_add(part)),
        }),
        HirKind::Alternation(parts) => {
            let spans = || parts.iter().map(span);
            let most = spans().map(|span| span.most).reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b)));
            Span { least: spans().map(|span| span.least).min().unwrap_or(0), most: most.flatten() }
        }
    }
}

impl Span {
    fn holds(self, length: usize) -> bool {
        length >= self.least && self.most.is_none_or(|most| length <= most)
    }

    /// How much of `spare` characters can be added to the shortest form.
    fn takes(self, spare: usize) -> usize {
        self.most.map_or(spare, |most| spare.min(most - self.least))
    }
}

/// Writes a text for this part, as near to `wanted` characters as it goes.
fn write(hir: &Hir, wanted: usize, stream: &mut Stream, text: &mut String) {
    if text.len() >= LONGEST {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(character(class, stream)),
        HirKind::Capture(capture) => write(&capture.sub, wanted, stream, text),
        HirKind::Concat(parts) => {
            let shared = share(&parts.iter().map(span).collect::<Vec<_>>(), wanted, stream);
            for (part, length) in parts.iter().zip(shared) {
                write(part, length, stream, text);
            }
        }
        HirKind::Alternation(parts) => {
            let fitting: Vec<&Hir> = parts.iter().filter(|part| span(part).holds(wanted)).collect();
            let nearest = || parts.iter().min_by_key(|part| span(part).least.abs_diff(wanted));
            let chosen = if fitting.is_empty() { nearest() } else { Some(*stream.pick(&fitting)) };
            if let Some(part) = chosen {
                write(part, wanted, stream, text);
            }
        }
        HirKind::Repetition(repetition) => {
            let inner = span(&repetition.sub);
            let times = times(repetition.min as usize, repetition.max.map(|max| max as usize), inner, wanted, stream);
            for length in share(&vec![inner; times], wanted, stream) {
                write(&repetition.sub, length, stream, text);
            }
        }
    }
}

/// How often to repeat a part so that `wanted` characters come of it.
fn times(min: usize, max: Option<usize>, inner: Span, wanted: usize, stream: &mut Stream) -> usize {
    let fitting = wanted.checked_div(inner.least).unwrap_or(min + A_FEW);
    let most = max.unwrap_or(usize::MAX).min(fitting).max(min);
    let fewest = match inner.most {
        Some(0) => min,
        Some(length) => wanted.div_ceil(length).clamp(min, most),
        None if wanted == 0 => min,
        None => min.max(1).min(most),
    };
    (fewest + stream.below(most - fewest + 1)).min(LONGEST)
}

/// Shares `wanted` characters out among parts, none of them shorter or longer than it can be.
fn share(spans: &[Span], wanted: usize, stream: &mut Stream) -> Vec<usize> {
    let mut lengths: Vec<usize> = spans.iter().map(|span| span.least).collect();
    let mut spare = wanted.saturating_sub(lengths.iter().sum());
    // A first round leaves to chance who gets how much, a second one gives away what is left.
    for (length, span) in lengths.iter_mut().zip(spans) {
        let taken = stream.below(span.takes(spare) + 1);
        *length += taken;
        spare -= taken;
    }
    for (length, span) in lengths.iter_mut().zip(spans) {
        let room = span.most.map_or(spare, |most| spare.min(most.saturating_sub(*length)));
        *length += room;
        spare -= room;
    }
    lengths
}

/// A character of a class: a letter or digit if there is one, else printable ASCII, else what there is.
fn character(class: &Class, stream: &mut Stream) -> Option<char> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        Class::Bytes(class) => class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect(),
    };
    let within = |low: char, high: char| {
        let (low, high) = (u32::from(low), u32::from(high));
        ranges.iter().map(move |(start, end)| (*start.max(&low), *end.min(&high))).filter(|(start, end)| start <= end)
    };
    let mut usual: Vec<(u32, u32)> =
        [('a', 'z'), ('0', '9'), ('A', 'Z')].into_iter().flat_map(|(a, z)| within(a, z)).collect();
    if usual.is_empty() {
        usual = within('!', '~').collect();
    }
    if usual.is_empty() {
        usual = within(' ', ' ').collect();
    }
    if usual.is_empty() {
        usual = ranges.iter().copied().take(16).collect();
    }
    let (start, end) = *(!usual.is_empty()).then(|| stream.pick(&usual))?;
    let code = stream.between(start.into(), end.into());
    u32::try_from(code).ok().and_then(char::from_u32).or_else(|| char::from_u32(start))
}

fn compile(pattern: &str) -> Option<Regex> {
    regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()
}

/// What the pattern demands or forbids at its beginning (`^(?=.*[0-9])(?!x)…`), and the rest of it.
fn looking_ahead(pattern: &str) -> (Vec<(Regex, bool)>, Cow<'_, str>) {
    let Some(mut rest) = pattern.strip_prefix('^') else { return (Vec::new(), Cow::Borrowed(pattern)) };
    let mut ahead = Vec::new();
    while let Some(wanted) = [("(?=", true), ("(?!", false)].into_iter().find(|(open, _)| rest.starts_with(open)) {
        let end = group_end(rest);
        match compile(&format!("^(?:{}", &rest[wanted.0.len()..end])) {
            Some(regex) => ahead.push((regex, wanted.1)),
            None => return (Vec::new(), Cow::Borrowed(pattern)),
        }
        rest = &rest[end..];
    }
    match ahead.is_empty() {
        true => (ahead, Cow::Borrowed(pattern)),
        false => (ahead, Cow::Owned(format!("^{rest}"))),
    }
}

/// The pattern without its `(?=…)`, `(?!…)`, `(?<=…)` and `(?<!…)`.
fn without_look_around(pattern: &str) -> Cow<'_, str> {
    const OPENINGS: [&str; 4] = ["(?=", "(?!", "(?<=", "(?<!"];
    if !OPENINGS.iter().any(|opening| pattern.contains(opening)) {
        return Cow::Borrowed(pattern);
    }
    let mut plain = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if OPENINGS.iter().any(|opening| rest.starts_with(opening)) {
            rest = &rest[group_end(rest)..];
            continue;
        }
        // An escaped character is taken along with its backslash.
        let escaped = if c == '\\' { rest.chars().nth(1).map_or(0, char::len_utf8) } else { 0 };
        let length = c.len_utf8() + escaped;
        plain.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    Cow::Owned(plain)
}

/// Where the group ends with which the text begins.
fn group_end(text: &str) -> usize {
    let (mut depth, mut in_class, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn samples(pattern: &str, shortest: usize, longest: Option<usize>) -> Vec<String> {
        let known = Pattern::new(pattern);
        let sample = |n: u64| known.sample(&mut Seed(n).stream([pattern]), shortest, longest).unwrap();
        (0..60).map(sample).collect()
    }

    #[test]
    fn samples_match() {
        for pattern in [
            r"^[A-Z]{3}$",
            r"^\+[1-9]\d{1,14}$",
            r"^(?:[a-z]+-)*[a-z]+$",
            r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
            r"^\d+(\.\d{1,2})?$",
            r"^(order|item)_[a-z0-9]{8,}$",
            r"\bword\b",
            r"^[^\s@]+@[^\s@]+\.[a-z]{2,}$",
            r"^$",
            r"a|bc|def",
            r"^[äöü]{2}\x20$",
            r"(a?b?)*c{2,3}",
            r"^(\d{4})-(0[1-9]|1[0-2])$",
        ] {
            let regex = Regex::new(pattern).unwrap();
            for text in samples(pattern, 0, None) {
                assert!(regex.is_match(&text), "{pattern}: {text:?}");
            }
        }
    }

    #[test]
    fn lengths_are_kept() {
        for (pattern, shortest, longest) in
            [(r"^[a-z]+$", 12, 14), (r"^\w*$", 3, 3), (r"^(ab|c)+$", 5, 9), (r"^[a-z]+(-[a-z]+)*$", 1, 4), ("x", 6, 9)]
        {
            let regex = Regex::new(pattern).unwrap();
            for text in samples(pattern, shortest, Some(longest)) {
                assert!((shortest..=longest).contains(&text.chars().count()), "{pattern}: {text:?}");
                assert!(regex.is_match(&text), "{pattern}: {text:?}");
            }
        }
    }

    #[test]
    fn what_looks_around_is_left_out() {
        assert_eq!(without_look_around(r"^(?=.*\d)(?!a[)]b(c)).{8}$"), "^.{8}$");
        assert_eq!(without_look_around(r"\(?=x"), r"\(?=x");
        let careful = Pattern::new(r"^(?=.*[0-9])(?!.*[xyz])[a-z0-9]{6}$");
        assert_eq!(careful.matches("abc123"), Some(true));
        assert_eq!(careful.matches("abcdef"), Some(false));
        assert_eq!(careful.matches("abcx12"), Some(false));
        assert_eq!(Pattern::new(r"a(?=b)b").matches("ab"), None);
        assert!(samples(r"^(?=.*[a-z]).{8}$", 0, None).iter().all(|text| text.len() == 8));
    }

    #[test]
    fn a_monster_stays_small() {
        assert!(samples("^(a{1000}){50}$", 0, None).iter().all(|text| text.len() <= 2 * LONGEST));
        assert!(
            Pattern::new("(((a{500}){500}){500}){500}")
                .sample(&mut Seed(1).stream([]), 0, Some(10))
                .is_none_or(|text| text.len() <= 4 * LONGEST)
        );
        assert!(Pattern::new("(").sample(&mut Seed(1).stream([]), 0, None).is_none());
    }
}
