//! What the tables can't say about paths, operations, parameters and security.

use std::collections::HashMap;

use super::tables::METHODS;
use super::walk::Walk;
use crate::contract::bundle::Cursor;
use crate::contract::operation::is_reserved;

/// All paths together: templates, the parameters in them, and the operations' names.
pub fn paths<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    let mut templates: HashMap<String, &str> = HashMap::new();
    let mut ids: HashMap<&str, Cursor> = HashMap::new();
    for (template, raw) in cursor.raw_members().filter(|(template, _)| !template.starts_with("x-")) {
        let names = match names(template) {
            Ok(names) => names,
            Err(reason) => {
                walk.found(raw.key_finding("E0409", format!("the path \"{template}\" {reason}")));
                continue;
            }
        };
        let bare = names.iter().fold(template.to_owned(), |bare, name| bare.replacen(&format!("{{{name}}}"), "{}", 1));
        if let Some(other) = templates.insert(bare, template) {
            let message =
                format!("the path \"{template}\" is the same as \"{other}\" but for the names of its parameters");
            walk.found(raw.key_finding("E0404", message).help("put the operations of both under one of them"));
        }
        let item = raw.resolved();
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            template_parameters(walk, &names, &item, &operation, template);
            unique_id(walk, &operation, &mut ids);
            requirements(walk, &operation);
        }
    }
    requirements(walk, &walk.bundle.root());
}

/// The parameters of a path template, in order.
pub fn names(template: &str) -> Result<Vec<&str>, &'static str> {
    if !template.starts_with('/') {
        return Err("must begin with a slash");
    }
    if template.contains(['?', '#']) {
        return Err("holds a query or a fragment, which no path has");
    }
    let mut names = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let inner = rest[at..].strip_prefix('{').ok_or("closes a brace that was not opened")?;
        let end = inner.find(['{', '}', '/']).filter(|end| inner[*end..].starts_with('}'));
        let name = &inner[..end.ok_or("has a brace that is not closed")?];
        if name.is_empty() {
            return Err("has a parameter without a name");
        }
        if names.contains(&name) {
            return Err("has two parameters of one name");
        }
        names.push(name);
        rest = &inner[name.len() + 1..];
    }
    Ok(names)
}

fn template_parameters<'b>(
    walk: &mut Walk<'b>,
    names: &[&str],
    item: &Cursor<'b>,
    operation: &Cursor<'b>,
    template: &str,
) {
    let lists: Vec<Cursor> = [operation, item].iter().filter_map(|holder| holder.get("parameters")).collect();
    let declared: Vec<Cursor> =
        lists.iter().flat_map(Cursor::items).filter(|parameter| parameter.str("in") == Some("path")).collect();
    for name in names {
        if !declared.iter().any(|parameter| parameter.str("name") == Some(name)) {
            let near = declared.iter().filter_map(|parameter| parameter.str("name"));
            let message = format!("the parameter \"{name}\" of the path \"{template}\" is not declared");
            let finding = operation.key_finding("E0402", message).label("declares no such parameter");
            walk.found(finding.meant(name, near.filter(|near| !names.contains(near))));
        }
    }
    for parameter in &declared {
        let Some(name) = parameter.str("name") else { continue };
        if !names.contains(&name) {
            let place = parameter.raw("name").unwrap_or_else(|| parameter.clone());
            let message = format!("the path \"{template}\" has no parameter \"{name}\"");
            walk.found(place.finding("E0403", message).meant(name, names.iter().copied()));
        }
    }
}

fn unique_id<'b>(walk: &mut Walk<'b>, operation: &Cursor<'b>, ids: &mut HashMap<&'b str, Cursor<'b>>) {
    let (Some(id), Some(place)) = (operation.str("operationId"), operation.raw("operationId")) else { return };
    if let Some(first) = ids.insert(id, place.clone()) {
        let message = format!("two operations have the operationId \"{id}\"");
        let first = first.source().spot(&first.pointer);
        let help = format!("the first is in {}:{}", first.file, first.line);
        walk.found(place.finding("E0401", message).label("again here").help(help));
    }
}

/// Every scheme that is asked for must be there.
fn requirements<'b>(walk: &mut Walk<'b>, holder: &Cursor<'b>) {
    let root = walk.bundle.root();
    let schemes = root.get("components").and_then(|components| components.get("securitySchemes"));
    let known: Vec<&str> = schemes.iter().flat_map(Cursor::raw_members).map(|(name, _)| name).collect();
    for requirement in holder.get("security").iter().flat_map(Cursor::items) {
        for (name, place) in requirement.raw_members() {
            if !known.contains(&name) {
                let finding = place.key_finding("E0407", format!("there is no security scheme \"{name}\""));
                let finding = finding.label("not in components.securitySchemes");
                walk.found(finding.meant(name, known.iter().copied()));
            }
        }
    }
}

/// One name at one place is declared once.
pub fn parameter_list<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    let mut known: Vec<(Option<&str>, Option<&str>)> = Vec::new();
    for item in cursor.get("parameters").iter().flat_map(Cursor::raw_items) {
        let parameter = item.clone().resolved();
        let key = (parameter.str("name"), parameter.str("in"));
        if let (Some(name), Some(location), true) = (key.0, key.1, known.contains(&key)) {
            let message = format!("the {location} parameter \"{name}\" is declared twice in one list");
            walk.found(item.finding("E0412", message));
        }
        known.push(key);
    }
}

pub fn parameter<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    described(walk, cursor);
    let Some(location) = cursor.str("in") else { return };
    let allowed: &[&str] = match location {
        "path" => &["matrix", "label", "simple"],
        "query" => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        "header" => &["simple"],
        "cookie" => &["form"],
        _ => return,
    };
    if let (Some(style), Some(place)) = (cursor.str("style"), cursor.raw("style"))
        && !allowed.contains(&style)
    {
        let message = format!("a {location} parameter can't have the style \"{style}\"");
        walk.found(place.finding("E0405", message).label(format!("expected {}", allowed.join(", "))));
    }
    if location == "path" && cursor.bool("required") != Some(true) {
        let message = "a path parameter is always required";
        let place = cursor.raw("required").unwrap_or_else(|| cursor.clone());
        walk.found(place.finding("W0414", message).help("write `required: true`, as the specification asks for"));
    }
    let name = cursor.str("name").unwrap_or_default();
    if location == "header" && is_reserved(name) {
        let message = format!("a header parameter named \"{name}\" has no effect");
        let place = cursor.raw("name").unwrap_or_else(|| cursor.clone());
        walk.found(place.finding("W0413", message).help("content types and security schemes say what it may hold"));
    }
}

/// What is described by a schema or by one media type, and not by both.
pub fn described<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    walk.samples(cursor);
    let content = cursor.raw("content");
    let count = content.as_ref().and_then(|content| content.value.as_object()).map(|members| members.len());
    let message = match (cursor.value.get("schema"), count) {
        (None, None) => "neither \"schema\" nor \"content\" says what the value may be",
        (Some(_), Some(_)) => "both \"schema\" and \"content\" say what the value may be",
        (None, Some(count)) if count != 1 => "\"content\" must name one media type here",
        _ => return self::content(walk, cursor),
    };
    walk.found(cursor.finding("E0411", message));
}

/// The media types of a body, answer or value.
pub fn content<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    for (name, media) in cursor.get("content").iter().flat_map(Cursor::raw_members) {
        if !is_media_range(name) {
            let finding = media.key_finding("E0410", format!("\"{name}\" is no media type"));
            walk.found(finding.label("expected a type and a subtype, such as application/json"));
        }
        // An example in XML is a text, whatever the schema says of its elements.
        if !name.contains("xml") {
            walk.samples(&media);
        }
    }
}

/// `application/json`, `text/*`, `*/*`, with parameters or without.
pub fn is_media_range(text: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.split_once('/').is_some_and(|(kind, subtype)| {
        token(kind)
            && token(subtype)
            && (kind != "*" || subtype == "*")
            && !(subtype.len() > 1 && subtype.starts_with('*'))
    }) && parts.all(|part| part.split_once('=').is_some_and(|(name, value)| token(name) && !value.is_empty()))
}

pub fn responses<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    let mut some = false;
    for (status, response) in cursor.raw_members().filter(|(status, _)| !status.starts_with("x-")) {
        some = true;
        let digits = status.as_bytes();
        let good = digits.len() == 3
            && (b'1'..=b'5').contains(&digits[0])
            && (digits[1..].iter().all(u8::is_ascii_digit) || &digits[1..] == b"XX");
        if !good && status != "default" {
            let finding = response.key_finding("E0406", format!("\"{status}\" is no status"));
            walk.found(finding.label("expected 100 to 599, a class such as 4XX, or default"));
        }
    }
    if !some && cursor.value.is_object() {
        walk.found(cursor.finding("E0415", "no response is described").label("at least one is needed"));
    }
}

pub fn example<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    if let Some(place) = cursor.raw("externalValue") {
        let message = "an external value is not fetched, so this example has no effect";
        walk.found(place.key_finding("W0416", message).help("write the example as \"value\""));
    }
}

pub fn scheme<'b>(walk: &mut Walk<'b>, cursor: &Cursor<'b>) {
    let mut needs = |names: &[&str]| {
        for name in names.iter().filter(|name| cursor.value.get(**name).is_none()) {
            let kind = cursor.str("type").unwrap_or_default();
            let message = format!("a security scheme of the type \"{kind}\" lacks \"{name}\"");
            walk.found(cursor.finding("E0104", message).label(format!("\"{name}\" is required")));
        }
    };
    match cursor.str("type") {
        Some("apiKey") => needs(&["name", "in"]),
        Some("http") => needs(&["scheme"]),
        Some("oauth2") => needs(&["flows"]),
        Some("openIdConnect") => needs(&["openIdConnectUrl"]),
        _ => {}
    }
    let unchecked = match (cursor.str("type"), cursor.str("scheme").map(str::to_ascii_lowercase).as_deref()) {
        (Some("mutualTLS"), _) => Some("a client's certificate".to_owned()),
        (Some("http"), Some("basic" | "bearer") | None) => None,
        (Some("http"), Some(other)) => Some(format!("the HTTP scheme \"{other}\"")),
        _ => None,
    };
    if let Some(what) = unchecked {
        let finding = cursor.finding("W0408", format!("{what} can't be checked, and is taken as good"));
        walk.found(finding.help("bearer, basic and API keys are checked"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_taken_apart() {
        assert_eq!(names("/pets/{pet}/photos/{n}.{ending}"), Ok(vec!["pet", "n", "ending"]));
        assert_eq!(names("/"), Ok(vec![]));
        for bad in ["pets", "/{", "/}", "/{}", "/{a}/{a}", "/{a/b}", "/{a{b}}", "/a?b=1", ""] {
            assert!(names(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn media_types_have_two_parts() {
        for good in ["application/json", "text/*", "*/*", "text/plain; charset=utf-8", "application/vnd.a+json"] {
            assert!(is_media_range(good), "{good}");
        }
        for bad in ["json", "", "application/", "/json", "*/json", "a b/c", "text/plain; charset", "a/b/c"] {
            assert!(!is_media_range(bad), "{bad}");
        }
    }
}
