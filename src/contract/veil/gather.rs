//! From the schemas of a contract to the veils of its operations. Each schema is looked at once, however many bodies share it.

use std::collections::HashMap;

use http::header::HeaderName;
use serde_json::Value;

use super::{Node, Veil, Veils};
use crate::contract::bundle::{Bundle, Cursor};
use crate::contract::operation::{Location, Media, Operation};
use crate::contract::schema::is_secret;

/// Keywords whose schemas speak of the same value.
const SAME: [&str; 3] = ["if", "then", "else"];
const SAME_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// The veils of each operation, in their order; none where nothing is secret.
pub fn gather(bundle: &Bundle, operations: &[Operation]) -> Vec<Option<Veils>> {
    if !bundle.files.iter().any(|(_, file)| says(&file.value)) {
        return operations.iter().map(|_| None).collect();
    }
    let mut graph = Graph { bundle, known: HashMap::new(), nodes: Vec::new(), waiting: Vec::new() };
    let roots: Vec<Roots> = operations.iter().map(|operation| graph.roots(operation)).collect();
    graph.walk();
    let Graph { mut nodes, .. } = graph;
    let leads = leading(&nodes);
    nodes.iter_mut().for_each(|node| node.keep(&leads));
    let nodes: std::sync::Arc<[Node]> = nodes.into();
    let veil = |roots: Vec<(String, Option<usize>)>| {
        let lead = |root: Option<usize>| root.filter(|root| leads[*root]);
        let roots = roots.into_iter().map(|(media_type, root)| (media_type, lead(root))).collect();
        Veil { nodes: nodes.clone(), roots }
    };
    roots
        .into_iter()
        .zip(operations)
        .map(|(Roots { asked, answered, parameters, headers }, operation)| {
            let secret = parameters.into_iter().filter(|(_, root)| leads[*root]).map(|(parameter, _)| parameter);
            let parameters: Vec<(Location, String)> = secret.collect();
            let headers: Vec<HeaderName> =
                headers.into_iter().filter(|(_, root)| leads[*root]).map(|(name, _)| name).collect();
            let (request, answer) = (veil(asked), veil(answered));
            let is_needed = !request.is_empty() || !answer.is_empty() || !parameters.is_empty() || !headers.is_empty();
            let segments = segments(&operation.path, &parameters);
            is_needed.then(|| Veils { request, answer, parameters, segments, headers: headers.into_iter().collect() })
        })
        .collect()
}

/// Those of a template that have one of these parameters in them, counted from the last.
fn segments(template: &str, parameters: &[(Location, String)]) -> Vec<usize> {
    let in_path = || parameters.iter().filter(|(location, _)| *location == Location::Path);
    let template = template.strip_suffix('/').unwrap_or(template);
    let has_one = |segment: &str| in_path().any(|(_, name)| segment.contains(&format!("{{{name}}}")));
    template.rsplit('/').enumerate().filter(|(_, segment)| has_one(segment)).map(|(place, _)| place).collect()
}

/// Where the schemas of an operation begin in the graph.
struct Roots {
    asked: Vec<(String, Option<usize>)>,
    answered: Vec<(String, Option<usize>)>,
    parameters: Vec<((Location, String), usize)>,
    /// Of answers.
    headers: Vec<(HeaderName, usize)>,
}

/// Whether anything in a document looks like a secret: most have none.
fn says(value: &Value) -> bool {
    match value {
        Value::Object(members) => is_secret(value) || members.values().any(says),
        Value::Array(items) => items.iter().any(says),
        _ => false,
    }
}

struct Graph<'b> {
    bundle: &'b Bundle,
    /// By file and pointer.
    known: HashMap<(usize, String), usize>,
    nodes: Vec<Node>,
    waiting: Vec<(usize, Cursor<'b>)>,
}

impl<'b> Graph<'b> {
    fn roots(&mut self, operation: &Operation) -> Roots {
        let asked = operation.body.iter().flat_map(|body| &body.content);
        let answered = operation.responses.iter().flat_map(|response| &response.content);
        let (asked, answered) = (self.of(asked), self.of(answered));
        let parameters = operation.parameters.iter().filter_map(|parameter| {
            let schema = parameter.schema.as_ref()?.cursor(self.bundle);
            Some(((parameter.location, parameter.name.clone()), self.node(schema)))
        });
        let parameters = parameters.collect();
        let headers = operation.responses.iter().flat_map(|response| &response.headers).filter_map(|header| {
            let schema = header.schema.as_ref()?.cursor(self.bundle);
            Some((header.name.parse().ok()?, self.node(schema)))
        });
        Roots { asked, answered, parameters, headers: headers.collect() }
    }

    fn of<'m>(&mut self, content: impl Iterator<Item = &'m Media>) -> Vec<(String, Option<usize>)> {
        let root = |media: &Media| {
            let schema = media.schema.as_ref().map(|schema| self.node(schema.cursor(self.bundle)));
            (media.media_type.clone(), schema)
        };
        content.map(root).collect()
    }

    /// The node of a schema, which is looked at later: schemas are nested as deep as their author likes.
    fn node(&mut self, schema: Cursor<'b>) -> usize {
        let key = (schema.file_index(), schema.pointer.clone());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let node = self.nodes.len();
        self.known.insert(key, node);
        self.nodes.push(Node::default());
        self.waiting.push((node, schema));
        node
    }

    fn walk(&mut self) {
        while let Some((place, schema)) = self.waiting.pop() {
            let node = self.read(&schema);
            self.nodes[place] = node;
        }
    }

    fn read(&mut self, schema: &Cursor<'b>) -> Node {
        let mut node = Node { whole: is_secret(schema.value), ..Node::default() };
        let target = schema.str("$ref").and_then(|reference| schema.follow(reference));
        node.same.extend(target.map(|target| self.node(target)));
        for keyword in SAME {
            node.same.extend(self.one(schema, keyword));
        }
        for keyword in SAME_LISTS {
            node.same.extend(self.list(schema, keyword));
        }
        node.same.extend(self.map(schema, "dependentSchemas").into_iter().map(|(_, node)| node));
        node.members = self.map(schema, "properties").into_iter().collect();
        node.named = node.members.keys().cloned().collect();
        node.patterns = self.map(schema, "patternProperties").into_iter().map(|(_, node)| node).collect();
        for keyword in ["additionalProperties", "unevaluatedProperties"] {
            node.others.extend(self.one(schema, keyword));
        }
        for keyword in ["items", "contains", "unevaluatedItems", "additionalItems"] {
            node.items.extend(self.one(schema, keyword));
        }
        node.items.extend(self.list(schema, "prefixItems"));
        node
    }

    fn one(&mut self, schema: &Cursor<'b>, keyword: &str) -> Option<usize> {
        let found = schema.raw(keyword).filter(|found| found.value.is_object())?;
        Some(self.node(found))
    }

    fn list(&mut self, schema: &Cursor<'b>, keyword: &str) -> Vec<usize> {
        let Some(list) = schema.raw(keyword) else { return Vec::new() };
        list.raw_items().map(|item| self.node(item)).collect()
    }

    fn map(&mut self, schema: &Cursor<'b>, keyword: &str) -> Vec<(String, usize)> {
        let Some(map) = schema.raw(keyword) else { return Vec::new() };
        map.raw_members().map(|(name, schema)| (name.to_owned(), self.node(schema))).collect()
    }
}

/// Which nodes are secret or lead to one that is.
fn leading(nodes: &[Node]) -> Vec<bool> {
    let mut from: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (place, node) in nodes.iter().enumerate() {
        node.targets().for_each(|target| from[*target].push(place));
    }
    let mut leads = vec![false; nodes.len()];
    let mut waiting: Vec<usize> = (0..nodes.len()).filter(|place| nodes[*place].whole).collect();
    while let Some(place) = waiting.pop() {
        if !std::mem::replace(&mut leads[place], true) {
            waiting.extend(&from[place]);
        }
    }
    leads
}

impl Node {
    fn targets(&self) -> impl Iterator<Item = &usize> {
        let lists = [&self.others, &self.patterns, &self.items, &self.same];
        self.members.values().chain(lists.into_iter().flatten())
    }

    fn keep(&mut self, leads: &[bool]) {
        self.members.retain(|_, target| leads[*target]);
        for list in [&mut self.others, &mut self.patterns, &mut self.items, &mut self.same] {
            list.retain(|target| leads[*target]);
        }
    }
}
