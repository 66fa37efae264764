//! Which operations a request nearly was that leads to none: their templates are laid beside its path, segment by segment, in
//! the way that leaves the least between them.

use std::borrow::Cow;
use std::collections::HashMap;

use http::Method;

use super::{Route, Router, Segment, Verb, decode, split};
use crate::miss::{self, Difference, Likeness, Misses, NearMiss, What};

/// What is further off was not meant.
const FURTHEST: u32 = 5;
/// A template of more segments is near nothing, so that no path can be dear to compare.
const LONGEST: usize = 64;

// What each difference adds to the distance.
const SLIP: u32 = 1;
const MISSPELT: u32 = 2;
const METHOD: u32 = 2;
/// A segment too many or too few before everything else: a base path.
const BASE: u32 = 2;
/// Anywhere else.
const GAP: u32 = 3;
const UNLIKE: u32 = 4;
/// One that is empty: `//`.
const EMPTY: u32 = 2;

/// A path as one of the document's servers understands it.
struct Reading<'p> {
    segments: Vec<Cow<'p, str>>,
    /// So many segments of it did the client not write; less than none if it wrote more.
    added: isize,
}

struct Candidate<'r> {
    route: &'r Route,
    verb: &'r Verb,
    /// The reading of the path that is nearest to it, by its place.
    reading: usize,
}

/// How a segment of a template and one of a path stand beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    Same,
    Alike,
    Unlike,
    /// The template has one that the path has not.
    Missing,
    Extra,
}

/// Of two ways that leave as much between template and path, the one that has fewer parameters stand for anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    distance: u32,
    guessed: u32,
}

/// The pairs from the left, each with the places of the template and of the path at which it stands.
type Pairs = Vec<(Pair, usize, usize)>;

/// Words that were compared already.
type Known<'k> = HashMap<(&'k str, &'k str), Option<Likeness>>;

impl Router {
    /// What a request to this path may have meant.
    pub(super) fn near(&self, method: &Method, path: &str) -> Misses {
        let readings = self.understood(path);
        let words = self.words();
        let mut known = Known::new();
        let mut all: Vec<(u32, Candidate)> = Vec::new();
        for route in self.routes.iter().filter(|route| route.segments.len() <= LONGEST) {
            let distances = readings.iter().enumerate().filter_map(|(place, reading)| {
                let (distance, pairs) = beside(&route.segments, &reading.segments, &mut known)?;
                self.tells(route, &pairs, &words).then_some((distance, place))
            });
            let Some((distance, reading)) = distances.min() else { continue };
            let verbs = route.methods.iter().map(|verb| (distance + off(&verb.method, method), verb));
            all.extend(verbs.map(|(distance, verb)| (distance, Candidate { route, verb, reading })));
        }
        all.retain(|(distance, _)| (1..=FURTHEST).contains(distance));
        all.sort_by_key(|(_, candidate)| candidate.verb.index);
        Misses::ranked(all, |distance, Candidate { route, verb, reading }| {
            let what =
                What::Operation { id: verb.id.clone(), method: verb.method.to_string(), path: route.template.clone() };
            let mut miss = NearMiss { what, distance, differences: Vec::new(), hints: Vec::new() };
            of_method(&verb.method, method, &mut miss);
            if let Some(reading) = readings.get(reading) {
                of_path(route, reading, &mut miss);
            }
            if path.ends_with('/') && !path.ends_with("//") && !route.template.ends_with('/') {
                miss.hints.push("the slash at the end does no harm here, and other servers refuse it".to_owned());
            }
            miss
        })
    }

    fn understood<'p>(&self, path: &'p str) -> Vec<Reading<'p>> {
        let own = decode(path).unwrap_or_default();
        let written = own.len();
        let others = self.readings(path).filter_map(|reading| {
            let segments: Vec<Cow<'p, str>> =
                decode(&reading).ok()?.into_iter().map(|segment| Cow::Owned(segment.into_owned())).collect();
            let added = segments.len() as isize - written as isize;
            Some(Reading { segments, added })
        });
        let others: Vec<Reading> = others.collect();
        std::iter::once(Reading { segments: own, added: 0 }).chain(others).collect()
    }

    /// How many templates have a word at a place.
    fn words(&self) -> HashMap<(usize, &str), usize> {
        let mut words = HashMap::new();
        for (place, segment) in self.routes.iter().flat_map(|route| route.segments.iter().enumerate()) {
            if let Segment::Literal(word) = segment {
                *words.entry((place, word.as_str())).or_default() += 1;
            }
        }
        words
    }

    /// Whether what a path has in common with a template tells that it was meant: a word that most others have not, or all.
    fn tells(&self, route: &Route, pairs: &Pairs, words: &HashMap<(usize, &str), usize>) -> bool {
        let word = |place: usize| match &route.segments.get(place) {
            Some(Segment::Literal(word)) => Some((place, word.as_str())),
            _ => None,
        };
        let kept = |pair: &Pair| matches!(pair, Pair::Same | Pair::Alike);
        let mut has = pairs.iter().filter(|(pair, ..)| kept(pair)).filter_map(|(_, place, _)| word(*place)).peekable();
        let is_whole = has.peek().is_some()
            && pairs.iter().all(|(pair, place, _)| kept(pair) || *pair == Pair::Extra || word(*place).is_none());
        is_whole || has.any(|word| words.get(&word).is_some_and(|count| count * 2 <= self.routes.len()))
    }
}

/// The least distance between a template and a path, and what stands beside what; none if it is too far.
fn beside<'k>(template: &'k [Segment], path: &'k [Cow<str>], known: &mut Known<'k>) -> Option<(u32, Pairs)> {
    let (rows, columns) = (template.len(), path.len());
    if rows.abs_diff(columns) > FURTHEST as usize {
        return None;
    }
    // The least cost up to each place of both, and the step that led there.
    let width = columns + 1;
    let mut least = vec![(Cost::default(), Pair::Same); (rows + 1) * width];
    for row in 0..=rows {
        for column in 0..=columns {
            // Of ways that cost the same the first is taken: what is too much or too little stands as far back as it can.
            let mut ways = [None; 3];
            if let Some(left) = column.checked_sub(1) {
                let cost = if row == 0 { BASE } else { GAP };
                let cost = if path[left].is_empty() { EMPTY } else { cost };
                ways[0] = Some((least[row * width + left].0.and(Cost::of(cost)), Pair::Extra));
            }
            if let Some(above) = row.checked_sub(1) {
                let cost = if column == 0 { BASE } else { GAP };
                ways[1] = Some((least[above * width + column].0.and(Cost::of(cost)), Pair::Missing));
            }
            if let (Some(above), Some(left)) = (row.checked_sub(1), column.checked_sub(1)) {
                let (cost, pair) = compared(&template[above], &path[left], (above, left), known);
                ways[2] = Some((least[above * width + left].0.and(cost), pair));
            }
            if let Some(way) = ways.into_iter().flatten().min_by_key(|(cost, _)| *cost) {
                least[row * width + column] = way;
            }
        }
    }
    let (Cost { distance, .. }, _) = least[rows * width + columns];
    if distance > FURTHEST {
        return None;
    }
    let mut pairs = Vec::with_capacity(rows.max(columns));
    let (mut row, mut column) = (rows, columns);
    while row > 0 || column > 0 {
        let (_, pair) = least[row * width + column];
        row -= usize::from(pair != Pair::Extra);
        column -= usize::from(pair != Pair::Missing);
        pairs.push((pair, row, column));
    }
    pairs.reverse();
    Some((distance, pairs))
}

impl Cost {
    fn of(distance: u32) -> Cost {
        Cost { distance, guessed: 0 }
    }

    fn and(self, more: Cost) -> Cost {
        Cost { distance: self.distance + more.distance, guessed: self.guessed + more.guessed }
    }
}

/// What it costs to take a segment of a path for one of a template.
fn compared<'k>(segment: &'k Segment, text: &'k str, at: (usize, usize), known: &mut Known<'k>) -> (Cost, Pair) {
    let (distance, pair) = match segment {
        Segment::Literal(word) if word == text => (0, Pair::Same),
        Segment::Literal(word) => match known.entry((word, text)).or_insert_with(|| like(word, text)) {
            Some(Likeness::Slip(_) | Likeness::Version) => (MISSPELT, Pair::Alike),
            Some(_) => (SLIP, Pair::Alike),
            None if at == (0, 0) => (GAP, Pair::Unlike),
            None => (UNLIKE, Pair::Unlike),
        },
        other if other.fits(text) => return (Cost { distance: 0, guessed: 1 }, Pair::Same),
        // Whoever puts an address together from a value that is empty comes to this.
        _ if text.is_empty() => (SLIP, Pair::Unlike),
        _ => (UNLIKE, Pair::Unlike),
    };
    (Cost::of(distance), pair)
}

fn like(word: &str, text: &str) -> Option<Likeness> {
    match text.split_once('?') {
        Some((path, _)) if path == word => Some(Likeness::QueryInPath),
        _ => miss::of_texts(word, text),
    }
}

/// How far one method is from another.
fn off(meant: &Method, seen: &Method) -> u32 {
    match seen {
        _ if meant == seen || *seen == Method::OPTIONS || (*seen == Method::HEAD && *meant == Method::GET) => 0,
        _ if meant.as_str().eq_ignore_ascii_case(seen.as_str()) => SLIP,
        _ => METHOD,
    }
}

fn of_method(meant: &Method, seen: &Method, miss: &mut NearMiss) {
    if off(meant, seen) == 0 {
        return;
    }
    let difference = Difference::new("/method", miss::quoted(meant.as_str()), miss::shown(seen.as_str(), ""));
    miss.differences.push(difference);
    if off(meant, seen) == SLIP {
        miss.hints.push("/method: methods are written in capitals".to_owned());
    }
}

fn of_path(route: &Route, reading: &Reading, miss: &mut NearMiss) {
    let mut known = Known::new();
    let Some((_, pairs)) = beside(&route.segments, &reading.segments, &mut known) else { return };
    let written: Vec<&str> = split(&route.template).collect();
    let mut before = true;
    for (pair, row, column) in pairs {
        let at = format!("/path/{}", (column as isize - reading.added).max(0));
        let expected = match route.segments.get(row) {
            Some(Segment::Literal(word)) => miss::quoted(word),
            _ => written.get(row).map_or(String::new(), |segment| (*segment).to_owned()),
        };
        let text = reading.segments.get(column).map_or("", |text| text);
        let word = written.get(row).copied().unwrap_or_default();
        let seen = || miss::shown(text, word);
        let (expected, seen, hint) = match pair {
            Pair::Same => {
                before = false;
                continue;
            }
            Pair::Alike => (expected, seen(), like(word, text).map(|likeness| likeness.sentence())),
            Pair::Unlike => (expected, seen(), text.is_empty().then(|| "it is empty".to_owned())),
            Pair::Missing => (expected, "nothing".to_owned(), before.then(|| format!("the path begins with /{word}"))),
            Pair::Extra if text.is_empty() => {
                ("nothing".to_owned(), seen(), Some("there is a slash too many".to_owned()))
            }
            Pair::Extra => ("nothing".to_owned(), seen(), before.then(|| "the path begins behind it".to_owned())),
        };
        miss.hints.extend(hint.map(|hint| format!("{at}: {hint}")));
        miss.differences.push(Difference::new(at, expected, seen));
    }
}

#[cfg(test)]
mod tests;
