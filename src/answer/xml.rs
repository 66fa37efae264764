//! JSON values as XML, named and nested as the `xml` objects of the schema say.

use std::fmt::Write;

use serde_json::Value;

use super::render::text;
use crate::contract::Cursor;

/// A whole document. The root is named by the schema, else by where the schema stands.
pub fn document(value: &Value, schema: Option<Cursor>) -> String {
    let own = schema.as_ref().and_then(|schema| {
        let name = schema.pointer.rsplit('/').next().filter(|_| schema.pointer.starts_with("/components/schemas/"));
        name.map(str::to_owned)
    });
    let root = name(schema.as_ref(), own.as_deref().unwrap_or("root"));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    match value {
        // A list has to be in something.
        Value::Array(items) => {
            let each = schema.as_ref().and_then(|schema| schema.get("items"));
            let _ = write!(out, "<{root}>");
            items.iter().for_each(|item| element(&mut out, &name(each.as_ref(), "item"), item, each.as_ref()));
            let _ = write!(out, "</{root}>");
        }
        value => element(&mut out, &root, value, schema.as_ref()),
    }
    out
}

fn element(out: &mut String, tag: &str, value: &Value, schema: Option<&Cursor>) {
    let _ = write!(out, "<{tag}");
    if let Some(namespace) = schema.and_then(|schema| schema.get("xml")?.str("namespace").map(str::to_owned)) {
        let prefix = tag.split_once(':').map_or(String::new(), |(prefix, _)| format!(":{prefix}"));
        let _ = write!(out, " xmlns{prefix}=\"{}\"", escaped(&namespace));
    }
    let Value::Object(members) = value else {
        let _ = write!(out, ">{}</{tag}>", escaped(&text(value)));
        return;
    };
    let about = |key: &str| schema.and_then(|schema| member(schema, key, 0));
    for (key, value) in members {
        let schema = about(key);
        if is_marked(schema.as_ref(), "attribute") {
            let _ = write!(out, " {}=\"{}\"", name(schema.as_ref(), key), escaped(&text(value)));
        }
    }
    out.push('>');
    for (key, value) in members {
        let schema = about(key);
        if is_marked(schema.as_ref(), "attribute") {
            continue;
        }
        let tag = name(schema.as_ref(), key);
        let Value::Array(items) = value else {
            element(out, &tag, value, schema.as_ref());
            continue;
        };
        // The items of a list stand beside each other, in an element of their own only if the schema says so.
        let each = schema.as_ref().and_then(|schema| schema.get("items"));
        let wrapped = is_marked(schema.as_ref(), "wrapped");
        if wrapped {
            let _ = write!(out, "<{tag}>");
        }
        items.iter().for_each(|item| element(out, &name(each.as_ref(), &tag), item, each.as_ref()));
        if wrapped {
            let _ = write!(out, "</{tag}>");
        }
    }
    let _ = write!(out, "</{tag}>");
}

/// The schema of a member, looked for in the parts of an `allOf` too.
fn member<'b>(schema: &Cursor<'b>, key: &str, depth: usize) -> Option<Cursor<'b>> {
    let direct = schema.get("properties").and_then(|properties| properties.get(key));
    direct.or_else(|| {
        let parts = schema.get("allOf").filter(|_| depth < 16)?;
        parts.items().find_map(|part| member(&part, key, depth + 1))
    })
}

fn name(schema: Option<&Cursor>, usual: &str) -> String {
    let xml = schema.and_then(|schema| schema.get("xml"));
    let local = xml.as_ref().and_then(|xml| xml.str("name")).unwrap_or(usual);
    // Whatever can't stand in a name is left out.
    let clean: String = local.chars().filter(|c| c.is_alphanumeric() || "_-.".contains(*c)).collect();
    let clean = if clean.starts_with(|c: char| c.is_alphabetic() || c == '_') { clean } else { format!("_{clean}") };
    match xml.as_ref().and_then(|xml| xml.str("prefix")) {
        Some(prefix) => format!("{prefix}:{clean}"),
        None => clean,
    }
}

fn is_marked(schema: Option<&Cursor>, key: &str) -> bool {
    schema.and_then(|schema| schema.get("xml")?.bool(key)).unwrap_or(false)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}
