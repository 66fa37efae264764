//! From the document as written to the contract as settled. After this nothing is looked up in the document again,
//! except schemas by whoever builds values from them.

use std::collections::{BTreeMap, HashMap};

use http::{HeaderName, Method, StatusCode};
use serde_json::{Map, Value};

use super::body::Body;
use super::bundle::{Bundle, Cursor};
use super::operation::{
    Assumption, Encoding, Example, Location, Media, Operation, Parameter, RatePolicy, Requirement, Response,
    ResponseHeader, ResponseStatus, Scheme, Source, Style, Tier,
};
use super::problems::{Entry, Problems};
use super::route::Router;
use super::schema::{Schema, Schemas};
use super::{Contract, Loaded};
use crate::source::Diagnostic;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

pub fn compile(bundle: Bundle) -> Result<Loaded, Vec<Diagnostic>> {
    let root = bundle.root();
    let schemas = Schemas::new(&bundle).map_err(|message| vec![root.finding("E0501", message)])?;
    let bases = base_paths(&root);
    let base = bases.first().cloned().unwrap_or_default();
    let security = root.get("security").map(|list| requirements(&list)).unwrap_or_default();
    let mut operations = Vec::new();
    for (template, item) in paths(&root) {
        for name in METHODS {
            if let Some(cursor) = item.get(name) {
                operations.push(operation(name, &format!("{base}{template}"), &item, &cursor, &security));
            }
        }
    }
    let mock = root.get("x-mock");
    let contract = Contract {
        title: text(root.get("info").as_ref(), "title"),
        version: text(root.get("info").as_ref(), "version"),
        problems: mock.as_ref().map(problems).unwrap_or_default(),
        schemes: schemes(&root),
        rate: mock.as_ref().and_then(|mock| mock.get("rate_limit")).map(|rate| rate_policy(&rate)),
        request_id: mock.as_ref().and_then(|mock| mock.str("request_id")).map(str::to_owned),
        assumptions: assumptions(&root, &operations),
        router: Router::new(&operations, bases),
        operations,
        schemas,
        bundle,
    };
    Ok(Loaded { contract, warnings: Vec::new() })
}

/// The paths of the servers: `https://api.example.com/v1` serves everything below `/v1`. Variables take their defaults.
fn base_paths(root: &Cursor) -> Vec<String> {
    let servers = root.get("servers");
    let mut bases: Vec<String> = Vec::new();
    for server in servers.iter().flat_map(Cursor::items) {
        let mut url = server.str("url").unwrap_or_default().to_owned();
        for (name, variable) in server.get("variables").iter().flat_map(Cursor::members) {
            url = url.replace(&format!("{{{name}}}"), variable.str("default").unwrap_or_default());
        }
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
            None => &url,
        };
        let path = path.trim_end_matches('/').to_owned();
        if (path.is_empty() || path.starts_with('/')) && !bases.contains(&path) {
            bases.push(path);
        }
    }
    bases
}

fn operation(method: &str, path: &str, item: &Cursor, cursor: &Cursor, security: &[Requirement]) -> Operation {
    let mut parameters: Vec<Parameter> = Vec::new();
    // The operation's own parameters replace those of its path.
    for list in [cursor.get("parameters"), item.get("parameters")].into_iter().flatten() {
        for declared in list.items().filter_map(|cursor| parameter(&cursor)) {
            if !parameters.iter().any(|known| known.name == declared.name && known.location == declared.location) {
                parameters.push(declared);
            }
        }
    }
    Operation {
        id: cursor.str("operationId").map_or_else(|| format!("{} {path}", method.to_uppercase()), str::to_owned),
        method: Method::from_bytes(method.to_uppercase().as_bytes()).unwrap_or(Method::GET),
        path: path.to_owned(),
        summary: cursor.str("summary").unwrap_or_default().to_owned(),
        tags: strings(cursor.get("tags").as_ref()),
        source: cursor.str("x-source").and_then(source),
        deprecated: cursor.bool("deprecated").unwrap_or(false),
        parameters,
        body: cursor
            .get("requestBody")
            .map(|body| Body { required: body.bool("required").unwrap_or(false), content: content(&body) }),
        responses: cursor.get("responses").iter().flat_map(Cursor::members).filter_map(response).collect(),
        security: cursor.get("security").map_or_else(|| security.to_vec(), |list| requirements(&list)),
        problems: string_map(cursor.get("x-mock").and_then(|mock| mock.get("problems")).as_ref()),
        origin: format!("{}#{}", cursor.source().name, cursor.pointer),
    }
}

fn parameter(cursor: &Cursor) -> Option<Parameter> {
    let location = match cursor.str("in")? {
        "path" => Location::Path,
        "query" => Location::Query,
        "header" => Location::Header,
        "cookie" => Location::Cookie,
        _ => return None,
    };
    let usual = match location {
        Location::Path | Location::Header => Style::Simple,
        Location::Query | Location::Cookie => Style::Form,
    };
    let style = cursor.str("style").and_then(style).unwrap_or(usual);
    let described = cursor.get("content").and_then(|content| content.members().next());
    let schema = match &described {
        Some((_, media)) => media.get("schema"),
        None => cursor.get("schema"),
    };
    let mock = cursor.get("x-mock");
    let capped = mock.as_ref().and_then(|mock| mock.bool("cap")).unwrap_or(false);
    Some(Parameter {
        name: cursor.str("name")?.to_owned(),
        location,
        required: location == Location::Path || cursor.bool("required").unwrap_or(false),
        deprecated: cursor.bool("deprecated").unwrap_or(false),
        style,
        explode: cursor.bool("explode").unwrap_or(style == Style::Form),
        allow_reserved: cursor.bool("allowReserved").unwrap_or(false),
        allow_empty: cursor.bool("allowEmptyValue").unwrap_or(false),
        content: described.as_ref().map(|(media_type, _)| (*media_type).to_owned()),
        example: examples(cursor).into_iter().next().map(|example| example.value),
        default: schema.as_ref().and_then(|schema| schema.value.get("default")).cloned(),
        cap: schema.as_ref().filter(|_| capped).and_then(|schema| schema.value.get("maximum")?.as_f64()),
        media: mock.and_then(|mock| mock.get("media")).map(|media| string_map(Some(&media))),
        problem: cursor.str("x-problem").map(str::to_owned),
        schema: schema.map(|schema| Schema::new(&schema)),
    })
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
        schema: header.get("schema").map(|schema| Schema::new(&schema)),
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
        schema: media.get("schema").map(|schema| Schema::new(&schema)),
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

fn schemes(root: &Cursor) -> HashMap<String, Scheme> {
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

fn problems(mock: &Cursor) -> Problems {
    let envelopes = mock.get("envelopes");
    let envelope = |name: &str| envelopes.as_ref()?.value.get(name).cloned();
    let entry = |(name, cursor): (&str, Cursor)| {
        let members = cursor.value.as_object()?;
        let layout = envelope(cursor.str("envelope").unwrap_or("default")).unwrap_or(Value::Object(Map::new()));
        let headers = string_map(cursor.get("headers").as_ref());
        Some((
            name.to_owned(),
            Entry {
                status: StatusCode::from_u16(u16::try_from(cursor.value.get("status")?.as_u64()?).ok()?).ok()?,
                headers: headers
                    .into_iter()
                    .filter_map(|(name, value)| Some((HeaderName::try_from(name).ok()?, value)))
                    .collect(),
                body: lay_out(&layout, members),
            },
        ))
    };
    Problems::new(mock.get("problems").iter().flat_map(Cursor::members).filter_map(entry).collect())
}

/// An envelope with the members of one entry in it. What the entry lacks is left out; other placeholders stay.
fn lay_out(layout: &Value, entry: &Map<String, Value>) -> Value {
    match layout {
        Value::Object(members) => {
            let mut laid = Map::new();
            for (key, value) in members {
                match (key.as_str(), value.as_str().and_then(placeholder)) {
                    ("{extra}", _) => {
                        laid.extend(entry.get("extra").and_then(Value::as_object).cloned().unwrap_or_default());
                    }
                    (_, Some(name)) => {
                        if let Some(text) = entry.get(name) {
                            laid.insert(key.clone(), text.clone());
                        }
                    }
                    _ => {
                        laid.insert(key.clone(), lay_out(value, entry));
                    }
                }
            }
            Value::Object(laid)
        }
        Value::Array(items) => items.iter().map(|item| lay_out(item, entry)).collect(),
        other => other.clone(),
    }
}

fn placeholder(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

fn rate_policy(rate: &Cursor) -> RatePolicy {
    let headers = string_map(rate.get("headers").as_ref());
    let header = |name: &str| headers.get(name).and_then(|value| HeaderName::try_from(value.as_str()).ok());
    RatePolicy {
        limit_header: header("limit"),
        remaining_header: header("remaining"),
        reset_header: header("reset"),
        tiers: rate
            .get("tiers")
            .iter()
            .flat_map(Cursor::members)
            .filter_map(|(name, tier)| {
                Some(Tier {
                    name: name.to_owned(),
                    minute: tier.value.get("minute")?.as_u64()?,
                    day: tier.value.get("day").and_then(Value::as_u64),
                })
            })
            .collect(),
    }
}

fn assumptions(root: &Cursor, operations: &[Operation]) -> Vec<Assumption> {
    let mut all = BTreeMap::new();
    let mut add = |cursor: Option<Cursor>, operation: Option<&str>| {
        for (number, text) in string_map(cursor.as_ref()) {
            let operation = operation.map(str::to_owned);
            all.insert(number.clone(), Assumption { number, text, operation });
        }
    };
    add(root.get("x-assumptions"), None);
    for (_, item) in paths(root) {
        for cursor in METHODS.iter().filter_map(|name| item.get(name)) {
            let origin = format!("{}#{}", cursor.source().name, cursor.pointer);
            let operation = operations.iter().find(|operation| operation.origin == origin);
            add(cursor.get("x-assumptions"), operation.map(|operation| operation.id.as_str()));
        }
    }
    all.into_values().collect()
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
    cursor.and_then(|cursor| cursor.str(key)).unwrap_or_default().to_owned()
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
            id: format!("{method} {path}"),
            method,
            path: path.to_owned(),
            summary: String::new(),
            tags: Vec::new(),
            source: None,
            deprecated: false,
            parameters: Vec::new(),
            body: None,
            responses: Vec::new(),
            security: Vec::new(),
            problems: HashMap::new(),
            origin: String::new(),
        }
    }
}
