//! From method and path to an operation: a pure function with a visible order.
//!
//! Of several templates that fit a path, the more exact one comes first: compared segment by segment from the left, a
//! literal goes before a segment that is partly literal, and that before one that is a parameter alone. A template
//! that fits but lacks the method leaves the path to the next one, so 405 is said only when none has it.

mod near;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use http::Method;
use percent_encoding::percent_decode_str;

use super::operation::Operation;
use crate::miss::What;
use crate::problem::{Kind, Problem};

/// All templates, the more exact first.
#[derive(Debug, Default)]
pub struct Router {
    routes: Vec<Route>,
    bases: Bases,
}

/// The paths of the document's servers.
#[derive(Debug, Default)]
pub struct Bases {
    /// Those below which templates stand: the first server's of the document, and of whatever has servers of its own.
    pub homes: Vec<String>,
    /// All others. They, and none at all, lead to the templates too, because clients are pointed at any of them.
    pub others: Vec<String>,
}

#[derive(Debug)]
struct Route {
    template: String,
    segments: Vec<Segment>,
    methods: Vec<Verb>,
}

/// An operation by its method.
#[derive(Debug)]
struct Verb {
    method: Method,
    /// Its index in the contract.
    index: usize,
    id: String,
}

/// One part of a template between slashes. The derived order is the order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    /// `report-{id}.json`: at least one piece of text.
    Mixed(Vec<Piece>),
    Parameter(Arc<str>),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Text(String),
    Parameter(Arc<str>),
}

/// The path's parameters by name, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathValues(Vec<(Arc<str>, String)>);

#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// An operation, by its index.
    Operation(usize, PathValues),
    /// `OPTIONS` on a path that has no such operation: these are the methods it has.
    Options(Vec<Method>),
}

impl PathValues {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| &**known == name).map(|(_, value)| value.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, value.as_str()))
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for PathValues {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Self {
        PathValues(pairs.into_iter().map(|(name, value)| (name.into(), value.to_owned())).collect())
    }
}

impl Router {
    pub fn new(operations: &[Operation], bases: Bases) -> Router {
        let mut routes: Vec<Route> = Vec::new();
        for (index, operation) in operations.iter().enumerate() {
            let entry = Verb { method: operation.method.clone(), index, id: operation.id.clone() };
            match routes.iter_mut().find(|route| route.template == operation.path) {
                Some(route) => route.methods.push(entry),
                None => routes.push(Route {
                    template: operation.path.clone(),
                    segments: split(&operation.path).map(Segment::parse).collect(),
                    methods: vec![entry],
                }),
            }
        }
        routes.sort_by(|a, b| precedence(&a.segments, &b.segments));
        Router { routes, bases }
    }

    pub fn find(&self, method: &Method, path: &str) -> Result<Found, Problem> {
        let found = self.find_below(method, decode(path)?);
        let elsewhere = || self.readings(path).find_map(|path| self.find_below(method, decode(&path).ok()?));
        match found.or_else(elsewhere) {
            Some(Ok(found)) => Ok(found),
            Some(Err(problem)) => Err(problem.nearly(self.near(method, path))),
            None => Err(self.unknown(method, path)),
        }
    }

    /// What a path may have meant that stands below no home: something below another base, or below none.
    fn readings<'p>(&'p self, path: &'p str) -> impl Iterator<Item = String> + 'p {
        let below = self.bases.others.iter().filter_map(move |base| path.strip_prefix(base.as_str()));
        below
            .chain([path])
            .flat_map(move |rest| self.bases.homes.iter().map(move |home| format!("{home}{rest}")))
            .filter(move |reading| reading.as_str() != path)
    }

    /// The operation, or the methods there are instead; `None` if no template fits.
    fn find_below(&self, method: &Method, segments: Vec<Cow<str>>) -> Option<Result<Found, Problem>> {
        let fitting = || self.routes.iter().filter_map(|route| Some((route, route.fit(&segments)?)));
        for (route, values) in fitting() {
            if let Some(index) = route.operation(method) {
                return Some(Ok(Found::Operation(index, values)));
            }
        }
        let allowed = methods(fitting().map(|(route, _)| route));
        if allowed.is_empty() {
            return None;
        }
        if method == Method::OPTIONS {
            return Some(Ok(Found::Options(allowed)));
        }
        let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        Some(Err(Problem::new(Kind::MethodNotAllowed).with("allowed", names)))
    }

    /// Says which operations have a path like this one.
    fn unknown(&self, method: &Method, path: &str) -> Problem {
        let misses = self.near(method, path);
        let lines = misses.nearest.iter().filter_map(|miss| match &miss.what {
            What::Operation { method, path, .. } => Some(format!("{method} {path}")),
            What::Rule(_) | What::Step(_) => None,
        });
        let near: Vec<String> = lines.collect();
        let problem = Problem::new(Kind::UnknownPath);
        let problem = match near.first() {
            Some(line) => problem.with("hint", format!("did you mean {line}?")),
            None => problem,
        };
        problem.with("nearest", near).nearly(misses)
    }
}

impl Route {
    fn operation(&self, method: &Method) -> Option<usize> {
        let of = |wanted: &Method| self.methods.iter().find(|verb| verb.method == *wanted).map(|verb| verb.index);
        // Where there is GET, there is HEAD: the server leaves the body out.
        of(method).or_else(|| if method == Method::HEAD { of(&Method::GET) } else { None })
    }

    fn fit(&self, path: &[Cow<str>]) -> Option<PathValues> {
        if path.len() != self.segments.len() {
            return None;
        }
        let mut values = Vec::new();
        for (segment, text) in self.segments.iter().zip(path) {
            if !segment.take(text, &mut values) {
                return None;
            }
        }
        Some(PathValues(values))
    }
}

impl Segment {
    fn parse(text: &str) -> Segment {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}') else { break };
            if open > 0 {
                pieces.push(Piece::Text(rest[..open].to_owned()));
            }
            pieces.push(Piece::Parameter(rest[open + 1..open + close].into()));
            rest = &rest[open + close + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        match pieces.as_slice() {
            [] => Segment::Literal(String::new()),
            [Piece::Text(text)] => Segment::Literal(text.clone()),
            [Piece::Parameter(name)] => Segment::Parameter(name.clone()),
            _ => Segment::Mixed(pieces),
        }
    }

    fn fits(&self, text: &str) -> bool {
        self.take(text, &mut Vec::new())
    }

    /// Whether the segment is this text, and if so, its parameters.
    fn take(&self, text: &str, values: &mut Vec<(Arc<str>, String)>) -> bool {
        match self {
            Segment::Literal(literal) => literal == text,
            Segment::Parameter(name) => {
                values.push((name.clone(), text.to_owned()));
                !text.is_empty()
            }
            Segment::Mixed(pieces) => take_pieces(pieces, text, values),
        }
    }
}

/// A parameter between two texts reaches up to the first place where the rest fits too.
fn take_pieces(pieces: &[Piece], text: &str, values: &mut Vec<(Arc<str>, String)>) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Text(literal), rest @ ..] => match text.strip_prefix(literal.as_str()) {
            Some(after) => take_pieces(rest, after, values),
            None => false,
        },
        [Piece::Parameter(name), rest @ ..] => {
            let ends = text.char_indices().skip(1).map(|(at, _)| at).chain([text.len()]);
            for end in ends.filter(|end| *end > 0) {
                let kept = values.len();
                values.push((name.clone(), text[..end].to_owned()));
                if take_pieces(rest, &text[end..], values) {
                    return true;
                }
                values.truncate(kept);
            }
            false
        }
    }
}

fn precedence(a: &[Segment], b: &[Segment]) -> Ordering {
    let rank = |segment: &Segment| match segment {
        Segment::Literal(_) => 0,
        Segment::Mixed(_) => 1,
        Segment::Parameter(_) => 2,
    };
    a.iter().map(rank).cmp(b.iter().map(rank))
}

fn methods<'r>(routes: impl Iterator<Item = &'r Route>) -> Vec<Method> {
    let mut all: Vec<Method> = Vec::new();
    for verb in routes.flat_map(|route| &route.methods) {
        all.push(verb.method.clone());
        if verb.method == Method::GET {
            all.push(Method::HEAD);
        }
    }
    if !all.is_empty() {
        all.push(Method::OPTIONS);
    }
    let mut seen = Vec::new();
    all.retain(|method| {
        !seen.contains(method) && {
            seen.push(method.clone());
            true
        }
    });
    all
}

/// The parts between slashes. A slash at the end means nothing.
fn split(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path).split('/')
}

/// The decoded parts of a path. Each is decoded by itself, so that an encoded slash never makes a new part.
fn decode(path: &str) -> Result<Vec<Cow<'_, str>>, Problem> {
    // Nearly every path stands for itself.
    match path.bytes().any(|byte| matches!(byte, b'%' | b'.')) {
        true => split(path).map(decode_segment).collect(),
        false => {
            let mut parts = Vec::with_capacity(path.bytes().filter(|byte| *byte == b'/').count() + 1);
            parts.extend(split(path).map(Cow::Borrowed));
            Ok(parts)
        }
    }
}

fn decode_segment(segment: &str) -> Result<Cow<'_, str>, Problem> {
    let malformed = |reason: &str| Problem::new(Kind::MalformedTarget).with("reason", reason);
    if !segment.contains('%') && segment != "." && segment != ".." {
        return Ok(Cow::Borrowed(segment));
    }
    if !percent_signs_are_whole(segment) {
        return Err(malformed("a % that is not followed by two hexadecimal digits"));
    }
    let text = percent_decode_str(segment).decode_utf8().map_err(|_| malformed("the path is not UTF-8"))?;
    if text.chars().any(char::is_control) {
        return Err(malformed("a control character in the path"));
    }
    if text.split(['/', '\\']).any(|part| part == "." || part == "..") {
        return Err(malformed("a relative part in the path"));
    }
    Ok(text)
}

/// Whether every `%` begins an escape.
pub fn percent_signs_are_whole(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(at, _)| matches!(bytes.get(at + 1..at + 3), Some(digits) if digits.iter().all(u8::is_ascii_hexdigit)))
}

#[cfg(test)]
mod tests;
