//! The door to the YAML reader. Its events are built into a tree here, so that every rule about keys, tags, aliases
//! and limits is ours, and every fault has its place.

mod fault;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, Tag, options};

use fault::{Fault, fault, no_key, syntax, too_deep};

use super::node::{Key, Kind, Node, Place};
use super::scalar::{self, Read};
use super::{Diagnostic, Limits};

/// The value of a document and what is to be warned of, or every fault of it.
pub fn parse(name: &str, text: &str, limits: &Limits) -> Result<(Value, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut builder = Builder::new(limits);
    let outcome = builder.read(text);
    let found = |(place, finding): (Place, Diagnostic)| finding.at(place.spot(name, text));
    let broken = outcome.is_err() || builder.findings.iter().any(|(_, finding)| finding.is_error());
    let mut findings: Vec<Diagnostic> = std::mem::take(&mut builder.findings).into_iter().map(found).collect();
    match outcome {
        Ok(node) if !broken => Ok((node.value(), findings)),
        Ok(_) => Err(findings),
        Err(fault) => {
            findings.push(found(*fault));
            Err(findings)
        }
    }
}

/// The tree of a text that was found good, or good enough to point at.
pub fn tree(text: &str) -> Result<Node, Fault> {
    Builder::new(&Limits::USUAL).read(text)
}

/// More findings of a level than this in one file help nobody.
const MAX_FINDINGS: usize = 100;

struct Builder {
    limits: Limits,
    open: Vec<Frame>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchor>,
    findings: Vec<(Place, Diagnostic)>,
    /// What the value weighs when all aliases are written out.
    weight: usize,
}

/// A collection that is being read.
struct Frame {
    node: Node,
    key: Option<Key>,
    anchor: usize,
    /// The weight before it began.
    before: usize,
    /// How deep the deepest value inside of it is, counted from itself.
    height: usize,
}

struct Anchor {
    node: Arc<Node>,
    weight: usize,
    height: usize,
}

impl Builder {
    fn new(limits: &Limits) -> Builder {
        Builder {
            limits: *limits,
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            findings: Vec::new(),
            weight: 0,
        }
    }

    fn read(&mut self, text: &str) -> Result<Node, Fault> {
        let options = options! {
            emit_comments: false,
            flow_nesting_limit: self.limits.depth,
            block_nesting_limit: self.limits.depth,
            simple_key_max_lookahead: 4096
        };
        let mut documents = 0;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.map_err(|error| Box::new(syntax(&error, text, self.limits.depth)))?;
            let place = place(&span);
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(fault(place, "E0005", "a second document begins here; a file holds one"));
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let plain = style == ScalarStyle::Plain;
                    self.scalar(&text, plain, anchor, tag.as_deref(), place)?;
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.tagged(tag.as_deref(), &["seq"], place);
                    self.begin(Kind::Sequence(Vec::new()), anchor, place)?;
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.tagged(tag.as_deref(), &["map"], place);
                    self.begin(Kind::Mapping(Vec::new()), anchor, place)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end()?,
                Event::Alias(anchor) => self.alias(anchor, place)?,
                _ => {}
            }
        }
        match self.root.take() {
            Some(Node { kind: Kind::Scalar(Value::Null), place }) if place.length == 0 => Err(empty()),
            Some(node) => Ok(node),
            None => Err(empty()),
        }
    }

    fn scalar(&mut self, text: &str, plain: bool, anchor: usize, tag: Option<&Tag>, place: Place) -> Result<(), Fault> {
        self.weigh(1 + text.len() / 64, place)?;
        if self.wants_key() {
            self.tagged(tag, &["str", "int", "bool", "null", "float"], place);
            if plain && tag.is_none() {
                self.differs(text, place);
            }
            self.key(Key { text: text.to_owned(), place });
            let node = Node { place, kind: Kind::Scalar(text.into()) };
            self.remember(anchor, &Arc::new(node), 1 + text.len() / 64, 0);
            return Ok(());
        }
        let value = self.resolve(text, plain, tag, place);
        self.place_node(Node { place, kind: Kind::Scalar(value) }, anchor, 1 + text.len() / 64, 0);
        Ok(())
    }

    fn resolve(&mut self, text: &str, plain: bool, tag: Option<&Tag>, place: Place) -> Value {
        let wanted = self.tagged(tag, &["str", "int", "float", "bool", "null"], place);
        let read = match wanted {
            Some("str" | "!") => Read::Value(text.into()),
            Some(kind) => {
                let read = scalar::plain(text);
                let fits = match &read {
                    Read::Value(value) | Read::Rounded(value) => match kind {
                        "int" => value.is_i64() || value.is_u64() || matches!(read, Read::Rounded(_)),
                        "float" => value.is_number(),
                        "bool" => value.is_boolean(),
                        _ => value.is_null(),
                    },
                    Read::NotFinite => true,
                };
                if !fits {
                    self.found(place, Diagnostic::new("E0008", format!("\"{text}\" is no value of the tag !!{kind}")));
                }
                read
            }
            None if plain => scalar::plain(text),
            None => Read::Value(text.into()),
        };
        match read {
            Read::Value(value) => {
                if plain && tag.is_none() {
                    self.differs(text, place);
                }
                value
            }
            Read::Rounded(value) => {
                let message = format!("the integer {text} is larger than 64 bits and is read as {value}");
                let help = "write it as a text, in quotes, if every digit counts";
                self.found(place, Diagnostic::new("W0016", message).help(help));
                value
            }
            Read::NotFinite => {
                let message = format!("{text} is no number that JSON can hold");
                let help = "write a finite number, or a text in quotes";
                self.found(place, Diagnostic::new("E0009", message).help(help));
                Value::Null
            }
        }
    }

    /// Warns of a plain scalar that other readers take for something else.
    fn differs(&mut self, text: &str, place: Place) {
        if let Some(other) = scalar::elsewhere(text) {
            let here = match scalar::plain(text) {
                Read::Value(Value::String(_)) => "a text".to_owned(),
                Read::Value(value) | Read::Rounded(value) => value.to_string(),
                Read::NotFinite => return,
            };
            let message = format!("{text} is {here} in YAML 1.2 and {other} to readers of YAML 1.1");
            let help = match &*other {
                "true" | "false" => format!("put it in quotes if a text is meant, else write `{other}`"),
                _ => "put it in quotes if a text is meant, else write the number in decimal digits".to_owned(),
            };
            self.found(place, Diagnostic::new("W0015", message).help(help));
        }
    }

    /// The core tag of a node, if it has one of those allowed; any other is a finding.
    fn tagged<'t>(&mut self, tag: Option<&'t Tag>, allowed: &[&str], place: Place) -> Option<&'t str> {
        let tag = tag?;
        let core = tag.core_suffix().or_else(|| (tag.original() == "!").then_some("!"));
        if let Some(core) = core.filter(|core| *core == "!" || allowed.contains(core)) {
            return Some(core);
        }
        let message = format!("the tag {} is not accepted here", tag.original());
        let help = "write the plain value: a tag can't make anything but a text, number, flag, list or object of it";
        self.found(place, Diagnostic::new("E0008", message).help(help));
        None
    }

    fn begin(&mut self, kind: Kind, anchor: usize, place: Place) -> Result<(), Fault> {
        self.weigh(1, place)?;
        if self.wants_key() {
            return Err(no_key(place));
        }
        if self.open.len() >= self.limits.depth {
            return Err(too_deep(place, self.limits.depth));
        }
        let before = self.weight - 1;
        self.open.push(Frame { node: Node { place, kind }, key: None, anchor, before, height: 0 });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(mut frame) = self.open.pop() else { return Ok(()) };
        if let Kind::Mapping(members) = &mut frame.node.kind {
            self.merge(members)?;
            self.doubled(members);
        }
        let weight = self.weight - frame.before;
        self.place_node(frame.node, frame.anchor, weight, frame.height + 1);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Fault> {
        let Some(Anchor { node, weight, height }) = self.anchors.get(&anchor) else {
            return Err(fault(place, "E0013", "this alias stands inside of what it names"));
        };
        let (node, weight, height) = (node.clone(), *weight, *height);
        self.weigh(weight, place)?;
        if self.open.len() + height > self.limits.depth {
            return Err(too_deep(place, self.limits.depth));
        }
        if self.wants_key() {
            let Kind::Scalar(value) = &node.kind else {
                return Err(no_key(place));
            };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.key(Key { text, place });
            return Ok(());
        }
        self.attach(Node { place, kind: Kind::Shared(node) }, height);
        Ok(())
    }

    /// Members of other objects by the key `<<`, which YAML 1.2 does not know but many documents use.
    fn merge(&mut self, members: &mut Vec<(Key, Node)>) -> Result<(), Fault> {
        let Some(at) = members.iter().position(|(key, node)| key.text == "<<" && mergeable(node)) else {
            return Ok(());
        };
        let (key, merged) = members.remove(at);
        self.found(
            key.place,
            Diagnostic::new("W0017", "`<<` merges objects in YAML 1.1 alone")
                .help("write the members out, or use `$ref`: other readers of YAML 1.2 see a key named \"<<\""),
        );
        let sources: Vec<&Node> = match &merged.behind().kind {
            Kind::Sequence(items) => items.iter().collect(),
            _ => vec![&merged],
        };
        let mut known: HashSet<String> = members.iter().map(|(key, _)| key.text.clone()).collect();
        for source in sources {
            let Kind::Mapping(more) = &source.behind().kind else { continue };
            self.weigh(more.len(), key.place)?;
            for (key, node) in more {
                if known.insert(key.text.clone()) {
                    members.push((key.clone(), node.clone()));
                }
            }
        }
        Ok(())
    }

    fn doubled(&mut self, members: &[(Key, Node)]) {
        let mut first: HashMap<&str, Place> = HashMap::with_capacity(members.len());
        for (key, _) in members {
            if let Some(known) = first.insert(&key.text, key.place) {
                let message = format!("the key \"{}\" appears twice in one object", key.text);
                let help = format!("the first is in line {}; remove or rename one", known.line);
                self.found(key.place, Diagnostic::new("E0007", message).label("again here").help(help));
            }
        }
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame { node: Node { kind: Kind::Mapping(_), .. }, key: None, .. }))
    }

    fn key(&mut self, key: Key) {
        if let Some(frame) = self.open.last_mut() {
            frame.key = Some(key);
        }
    }

    /// Puts a finished node where it belongs, and keeps it if it has a name.
    fn place_node(&mut self, node: Node, anchor: usize, weight: usize, height: usize) {
        if anchor == 0 {
            return self.attach(node, height);
        }
        let place = node.place;
        let node = Arc::new(node);
        self.remember(anchor, &node, weight, height);
        self.attach(Node { place, kind: Kind::Shared(node) }, height);
    }

    fn remember(&mut self, anchor: usize, node: &Arc<Node>, weight: usize, height: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor { node: node.clone(), weight, height });
        }
    }

    fn attach(&mut self, node: Node, height: usize) {
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.height = frame.height.max(height);
        match (&mut frame.node.kind, frame.key.take()) {
            (Kind::Mapping(members), Some(key)) => members.push((key, node)),
            (Kind::Sequence(items), _) => items.push(node),
            _ => {}
        }
    }

    fn weigh(&mut self, more: usize, place: Place) -> Result<(), Fault> {
        self.weight = self.weight.saturating_add(more);
        let most = self.limits.nodes;
        if self.weight > most {
            let message = match self.anchors.is_empty() {
                true => format!("the file holds more than {most} values"),
                false => format!("with its aliases written out the file holds more than {most} values"),
            };
            return Err(fault(place, "E0011", message));
        }
        Ok(())
    }

    fn found(&mut self, place: Place, finding: Diagnostic) {
        // No number of warnings may hide an error.
        let alike = self.findings.iter().filter(|(_, known)| known.level == finding.level);
        if alike.count() < MAX_FINDINGS {
            self.findings.push((place, finding));
        }
    }
}

fn mergeable(node: &Node) -> bool {
    match &node.behind().kind {
        Kind::Mapping(_) => true,
        Kind::Sequence(items) => items.iter().all(|item| matches!(item.behind().kind, Kind::Mapping(_))),
        _ => false,
    }
}

fn place(span: &Span) -> Place {
    let (start, end) = (span.start, span.end);
    let length = if end.line() == start.line() { end.col().saturating_sub(start.col()) } else { 1 };
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: small(start.line().max(1)), column: small(start.col() + 1), length: small(length) }
}

fn empty() -> Fault {
    fault(Place { line: 1, column: 1, length: 0 }, "E0006", "the file holds nothing")
}
