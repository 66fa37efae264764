//! From the document as written to the contract as settled. After this nothing is looked up in the document again,
//! except schemas by whoever builds values from them.

mod collections;
mod deed;
mod mock;

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use http::{HeaderName, Method};
use serde_json::Value;

use self::collections::Written;
use super::body::Body;
use super::bundle::{Bundle, Cursor};
use super::operation::{
    Encoding, Example, Location, Media, Operation, Parameter, Requirement, Response, ResponseHeader, ResponseStatus,
    Scheme, Source, Style, is_reserved,
};
use super::route::{Bases, Router};
use super::schema::{Schema, Schemas};
use super::shape::METHODS;
use super::values::Values;
use super::{Contract, Loaded, Places, veil};
use crate::source::Diagnostic;

pub fn compile(bundle: Bundle) -> Result<Loaded, Vec<Diagnostic>> {
    let root = bundle.root();
    let schemas = Schemas::new(&bundle).map_err(|message| vec![root.finding("E0501", message)])?;
    let mut bases = Bases::default();
    bases.add(&root);
    let security = root.get("security").map(|list| requirements(&list)).unwrap_or_default();
    let mut written = Written::new(&root);
    let collections = written.collections();
    let mut operations = Vec::new();
    for (template, item) in paths(&root) {
        for name in METHODS {
            if let Some(cursor) = item.get(name) {
                // The nearest servers count: the operation's own, else its path's, else the document's.
                let holder = [&cursor, &item, &root].into_iter().find(|holder| holder.value.get("servers").is_some());
                let base = bases.add(holder.unwrap_or(&root));
                let declared = declared(&cursor, &item);
                let deed = written.deed(&cursor, template, &declared, &collections);
                let compiled = operation(name, &format!("{base}{template}"), &declared, &cursor, &security);
                operations.push(Operation { index: operations.len(), deed, ..compiled });
            }
        }
    }
    let idempotency = written.idempotency();
    if !written.findings.is_empty() {
        return Err(written.findings);
    }
    for (operation, veils) in veil::gather(&bundle, &operations).into_iter().enumerate() {
        operations[operation].veils = veils;
    }
    let extra = root.get("x-mock");
    let mut contract = Contract {
        title: text(root.get("info").as_ref(), "title"),
        version: text(root.get("info").as_ref(), "version"),
        problems: extra.as_ref().map(mock::problems).unwrap_or_default(),
        schemes: schemes(&root),
        rate: extra.as_ref().and_then(|extra| extra.get("rate_limit")).map(|rate| mock::rate_policy(&rate)),
        collections,
        places: Places::default(),
        idempotency,
        request_id: extra.as_ref().and_then(|extra| extra.str("request_id")).map(str::to_owned),
        assumptions: mock::assumptions(&root, &operations),
        router: Router::new(&operations, bases),
        operations,
        schemas,
        bundle,
        recognised: false,
        prints: OnceLock::new(),
    };
    contract.note_places();
    Ok(Loaded { contract, warnings: Vec::new() })
}

/// The paths of the servers: `https://api.example.com/v1` serves everything below `/v1`. Variables take their defaults.
fn base_paths(holder: &Cursor) -> Vec<String> {
    let servers = holder.get("servers");
    let mut bases: Vec<String> = Vec::new();
    for server in servers.iter().flat_map(Cursor::items) {
        let mut url = server.str("url").unwrap_or_default().to_owned();
        for (name, variable) in server.get("variables").iter().flat_map(Cursor::members) {
            url = url.replace(&format!("{{{name}}}"), variable.str("default").unwrap_or_default());
        }
        let path = match url.split_once("://").map(|(_, rest)| rest).or_else(|| url.strip_prefix("//")) {
            Some(rest) => rest.find('/').map_or("", |slash| &rest[slash..]),
            None => &url,
        };
        let path = path.trim_end_matches('/').to_owned();
        if (path.is_empty() || path.starts_with('/')) && !bases.contains(&path) {
            bases.push(path);
        }
    }
    bases
}

impl Bases {
    /// Takes in the servers that stand on an object. The first is where operations below it have their paths.
    fn add(&mut self, holder: &Cursor) -> String {
        let mut found = base_paths(holder).into_iter();
        let home = found.next().unwrap_or_default();
        if !self.homes.contains(&home) {
            self.homes.push(home.clone());
        }
        for other in found.filter(|other| !self.others.contains(other)).collect::<Vec<_>>() {
            self.others.push(other);
        }
        home
    }
}

/// The parameters of an operation: its own replace those of its path.
fn declared<'b>(cursor: &Cursor<'b>, item: &Cursor<'b>) -> Vec<Cursor<'b>> {
    let mut declared: Vec<Cursor> = Vec::new();
    let key = |parameter: &Cursor<'b>| (parameter.str("name"), parameter.str("in"));
    for list in [cursor.get("parameters"), item.get("parameters")].into_iter().flatten() {
        for parameter in list.items() {
            if !declared.iter().any(|known| key(known) == key(&parameter)) {
                declared.push(parameter);
            }
        }
    }
    declared
}

fn operation(method: &str, path: &str, declared: &[Cursor], cursor: &Cursor, security: &[Requirement]) -> Operation {
    let parameters: Vec<Parameter> = declared.iter().filter_map(parameter).collect();
    Operation {
        index: 0,
        id: cursor.str("operationId").map_or_else(|| format!("{} {path}", method.to_uppercase()), str::to_owned),
        method: Method::from_bytes(method.to_uppercase().as_bytes()).unwrap_or(Method::GET),
        path: path.to_owned(),
        summary: cursor.str("summary").unwrap_or_default().to_owned(),
        tags: strings(cursor.get("tags").as_ref()),
        source: cursor.str("x-source").and_then(source),
        deprecated: cursor.bool("deprecated").unwrap_or(false),
        usual: Values::usual(&parameters),
        parameters,
        body: cursor
            .get("requestBody")
            .map(|body| Body { required: body.bool("required").unwrap_or(false), content: content(&body) }),
        responses: cursor.get("responses").iter().flat_map(Cursor::members).filter_map(response).collect(),
        security: cursor.get("security").map_or_else(|| security.to_vec(), |list| requirements(&list)),
        problems: string_map(cursor.get("x-mock").and_then(|mock| mock.get("problems")).as_ref()),
        deed: None,
        idle: cursor.get("x-mock").is_some_and(|mock| mock.str("action") == Some("none")),
        veils: None,
        origin: format!("{}#{}", cursor.source().name, cursor.pointer),
    }
}

fn parameter(cursor: &Cursor) -> Option<Parameter> {
    let name = cursor.str("name")?;
    let location = match cursor.str("in")? {
        "path" => Location::Path,
        "query" => Location::Query,
        "header" => Location::Header,
        "cookie" => Location::Cookie,
        _ => return None,
    };
    if location == Location::Header && is_reserved(name) {
        return None;
    }
    let usual = match location {
        Location::Path | Location::Header => Style::Simple,
        Location::Query | Location::Cookie => Style::Form,
    };
    let style = cursor.str("style").and_then(style).unwrap_or(usual);
    let described = cursor.get("content").and_then(|content| content.members().next());
    let schema = match &described {
        Some((_, media)) => schema_of(media),
        None => schema_of(cursor),
    };
    // What is said beside a reference goes before what is said where it leads.
    let keyword = |name: &str| {
        let schema = schema.as_ref()?;
        schema.value.get(name).or_else(|| schema.clone().resolved().value.get(name))
    };
    let mock = cursor.get("x-mock");
    let capped = mock.as_ref().and_then(|mock| mock.bool("cap")).unwrap_or(false);
    Some(Parameter {
        header: HeaderName::try_from(name).ok().filter(|_| location == Location::Header),
        name: name.to_owned(),
        location,
        required: location == Location::Path || cursor.bool("required").unwrap_or(false),
        deprecated: cursor.bool("deprecated").unwrap_or(false),
        style,
        explode: cursor.bool("explode").unwrap_or(style == Style::Form),
        allow_reserved: cursor.bool("allowReserved").unwrap_or(false),
        allow_empty: cursor.bool("allowEmptyValue").unwrap_or(false),
        content: described.as_ref().map(|(media_type, _)| (*media_type).to_owned()),
        example: examples(cursor).into_iter().next().map(|example| example.value),
        default: keyword("default").cloned(),
        cap: keyword("maximum").filter(|_| capped).and_then(Value::as_f64),
        media: mock.as_ref().and_then(|mock| mock.get("media")).map(|media| string_map(Some(&media))),
        problem: cursor.str("x-problem").map(str::to_owned),
        filter: mock.as_ref().and_then(deed::filter),
        role: mock.as_ref().and_then(deed::role),
        fields: string_map(mock.as_ref().and_then(|mock| mock.get("fields")).as_ref()),
        part: mock.as_ref().and_then(|mock| mock.str("part")).map(str::to_owned),
        schema: schema.map(|schema| Schema::new(&schema)),
    })
}

/// The schema that stands here. Since OpenAPI 3.1 what is written beside a reference counts as well, so only a reference
/// that stands alone is followed.
fn schema_of<'b>(holder: &Cursor<'b>) -> Option<Cursor<'b>> {
    let written = holder.raw("schema")?;
    let alone = written.value.as_object().is_some_and(|members| members.len() == 1);
    Some(if alone { written.resolved() } else { written })
}

fn response((status, cursor): (&str, Cursor)) -> Option<Response> {
    let status = match status {
        "default" => ResponseStatus::Default,
        _ => match (status.parse::<u16>(), status.strip_suffix("XX")) {
            (Ok(exact), _) => ResponseStatus::Exact(exact),
            (_, Some(class)) => ResponseStatus::Class(class.parse().ok()?),
            _ => return None,
        },
    };
    let header = |(name, header): (&str, Cursor)| ResponseHeader {
        name: name.to_owned(),
        required: header.bool("required").unwrap_or(false),
        schema: schema_of(&header).map(|schema| Schema::new(&schema)),
        example: examples(&header).into_iter().next().map(|example| example.value),
    };
    Some(Response {
        status,
        description: cursor.str("description").unwrap_or_default().to_owned(),
        headers: cursor.get("headers").iter().flat_map(Cursor::members).map(header).collect(),
        content: content(&cursor),
        problem: cursor.str("x-problem").map(str::to_owned),
    })
}

fn content(cursor: &Cursor) -> Vec<Media> {
    let media = |(media_type, media): (&str, Cursor)| Media {
        media_type: media_type.to_owned(),
        schema: schema_of(&media).map(|schema| Schema::new(&schema)),
        examples: examples(&media),
        encoding: media.get("encoding").iter().flat_map(Cursor::members).map(encoding).collect(),
    };
    cursor.get("content").iter().flat_map(Cursor::members).map(media).collect()
}

fn encoding((name, cursor): (&str, Cursor)) -> (String, Encoding) {
    let style = cursor.str("style").and_then(style).unwrap_or(Style::Form);
    let encoding = Encoding {
        content_type: cursor.str("contentType").map(str::to_owned),
        style,
        explode: cursor.bool("explode").unwrap_or(style == Style::Form),
    };
    (name.to_owned(), encoding)
}

fn examples(cursor: &Cursor) -> Vec<Example> {
    let single = cursor.value.get("example").map(|value| Example { name: String::new(), value: value.clone() });
    let named = cursor.get("examples");
    let named = named.iter().flat_map(Cursor::members).filter_map(|(name, example)| {
        Some(Example { name: name.to_owned(), value: example.value.get("value")?.clone() })
    });
    single.into_iter().chain(named).collect()
}

fn requirements(list: &Cursor) -> Vec<Requirement> {
    list.items()
        .map(|requirement| {
            Requirement(requirement.members().map(|(name, scopes)| (name.to_owned(), strings(Some(&scopes)))).collect())
        })
        .collect()
}

fn schemes(root: &Cursor) -> BTreeMap<String, Scheme> {
    let declared = root.get("components").and_then(|components| components.get("securitySchemes"));
    declared
        .iter()
        .flat_map(Cursor::members)
        .map(|(name, scheme)| {
            let kind = match (scheme.str("type"), scheme.str("scheme").map(str::to_ascii_lowercase).as_deref()) {
                (Some("http"), Some("basic")) => Scheme::Basic,
                (Some("http"), Some("bearer")) | (Some("oauth2" | "openIdConnect"), _) => Scheme::Bearer,
                (Some("apiKey"), _) => Scheme::Key {
                    location: match scheme.str("in") {
                        Some("query") => Location::Query,
                        Some("cookie") => Location::Cookie,
                        _ => Location::Header,
                    },
                    name: scheme.str("name").unwrap_or_default().to_owned(),
                },
                _ => Scheme::Outside,
            };
            (name.to_owned(), kind)
        })
        .collect()
}

fn source(text: &str) -> Option<Source> {
    [Source::Documented, Source::Named, Source::Assumed].into_iter().find(|source| source.name() == text)
}

fn style(text: &str) -> Option<Style> {
    Some(match text {
        "matrix" => Style::Matrix,
        "label" => Style::Label,
        "simple" => Style::Simple,
        "form" => Style::Form,
        "spaceDelimited" => Style::SpaceDelimited,
        "pipeDelimited" => Style::PipeDelimited,
        "deepObject" => Style::DeepObject,
        _ => return None,
    })
}

/// Templates and what stands below them, extensions left out.
fn paths<'b>(root: &Cursor<'b>) -> Vec<(&'b str, Cursor<'b>)> {
    let paths = root.get("paths");
    paths.iter().flat_map(Cursor::members).filter(|(template, _)| template.starts_with('/')).collect()
}

fn text(cursor: Option<&Cursor>, key: &str) -> String {
    match cursor.and_then(|cursor| cursor.value.get(key)) {
        Some(Value::String(text)) => text.clone(),
        // `version: 1.0`, noted when the shape was checked.
        Some(other @ (Value::Number(_) | Value::Bool(_))) => other.to_string(),
        _ => String::new(),
    }
}

fn strings(cursor: Option<&Cursor>) -> Vec<String> {
    let items = cursor.and_then(|cursor| cursor.value.as_array());
    items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn string_map(cursor: Option<&Cursor>) -> HashMap<String, String> {
    let members = cursor.and_then(|cursor| cursor.value.as_object());
    members.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
impl Operation {
    /// An operation that has a method and a path and nothing else.
    pub fn bare(method: Method, path: &str) -> Operation {
        Operation {
            index: 0,
            id: format!("{method} {path}"),
            method,
            path: path.to_owned(),
            summary: String::new(),
            tags: Vec::new(),
            source: None,
            deprecated: false,
            parameters: Vec::new(),
            usual: Values::default(),
            body: None,
            responses: Vec::new(),
            security: Vec::new(),
            problems: HashMap::new(),
            deed: None,
            idle: false,
            veils: None,
            origin: String::new(),
        }
    }
}

#[cfg(test)]
mod tests;
