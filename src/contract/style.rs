//! How values are spread over text: the styles of a parameter, and the names with brackets of a query or a form.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::coerce;
use super::operation::Style;
use super::schema::Wire;

/// How deep names with brackets nest: `a[b][c]`.
const DEEPEST: usize = 8;

/// A text that can't be what its style says.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// A percent sign without two digits, or bytes that are no UTF-8.
    Encoding,
    /// Reads after "expected".
    Form(String),
    /// A single value came as often as this.
    Repeated(usize),
}

/// Percent-decoding as a query has it: strict, and with `+` for a space.
pub fn decode(text: &str, plus_is_space: bool) -> Result<Cow<'_, str>, Fault> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
            if !digit(bytes.next()) || !digit(bytes.next()) {
                return Err(Fault::Encoding);
            }
        }
    }
    let spaced =
        if plus_is_space && text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(decoded) => Ok(Cow::Owned(decoded.into_owned())),
        Err(_) => Err(Fault::Encoding),
    }
}

/// A parameter whose values came as separate texts, still encoded: in a query or a cookie.
pub fn from_texts(texts: &[&str], style: Style, explode: bool, wire: &Wire, plus: bool) -> Result<Value, Fault> {
    let value = |text: &str, wire: &Wire| Ok(coerce::scalar(&decode(text, plus)?, wire));
    let scalar = wire.string || wire.integer || wire.number || wire.boolean;
    let text = texts.first().copied().unwrap_or_default();
    if wire.array && !(scalar && texts.len() == 1 && explode) {
        let items = wire.items.as_deref().unwrap_or(&TEXT);
        if explode {
            return texts.iter().map(|text| value(text, items)).collect();
        }
        if texts.len() > 1 {
            return Err(Fault::Form(format!("one value with its items separated by {}", separator(style))));
        }
        return parts(text, style).into_iter().map(|text| value(text, items)).collect();
    }
    if texts.len() > 1 {
        return Err(Fault::Repeated(texts.len()));
    }
    if wire.object && !scalar {
        let parts = parts(text, style);
        return alternating(&parts, wire, |text| decode(text, plus));
    }
    value(text, wire)
}

/// A parameter that is one text, already decoded: a part of the path or a header.
pub fn from_text(name: &str, text: &str, style: Style, explode: bool, wire: &Wire) -> Result<Value, Fault> {
    let (text, separator) = match style {
        Style::Label => {
            let text =
                text.strip_prefix('.').ok_or_else(|| Fault::Form("a value that begins with a dot".to_owned()))?;
            (text, if explode { '.' } else { ',' })
        }
        Style::Matrix => {
            let form = || Fault::Form(format!("a value that begins with ;{name}="));
            let text = text.strip_prefix(';').ok_or_else(form)?;
            if explode && wire.object {
                (text, ';')
            } else {
                let named = text.strip_prefix(name).ok_or_else(form)?;
                // `;color` alone is the empty value.
                let text = if named.is_empty() { named } else { named.strip_prefix('=').ok_or_else(form)? };
                if explode && wire.array {
                    let start = format!("{name}=");
                    let items = text.split(';').map(|item| item.strip_prefix(start.as_str()).unwrap_or(item));
                    let kind = wire.items.as_deref().unwrap_or(&TEXT);
                    return Ok(items.map(|item| coerce::scalar(item, kind)).collect());
                }
                (text, ',')
            }
        }
        _ => (text, ','),
    };
    let parts = || -> Vec<&str> {
        if text.is_empty() { Vec::new() } else { text.split(separator).map(|part| part.trim_matches(' ')).collect() }
    };
    if wire.array {
        let items = wire.items.as_deref().unwrap_or(&TEXT);
        return Ok(parts().into_iter().map(|text| coerce::scalar(text, items)).collect());
    }
    if wire.object {
        if !explode {
            return alternating(&parts(), wire, |text| Ok(Cow::Borrowed(text)));
        }
        let mut members = Map::new();
        for part in parts() {
            let (name, text) = part
                .split_once('=')
                .ok_or_else(|| Fault::Form(format!("members in the form name=value, separated by '{separator}'")))?;
            members.insert(name.to_owned(), coerce::scalar(text, member(wire, name)));
        }
        return Ok(Value::Object(members));
    }
    Ok(coerce::scalar(text, wire))
}

/// `R,100,G,200`.
fn alternating<'t>(
    parts: &[&'t str],
    wire: &Wire,
    decode: impl Fn(&'t str) -> Result<Cow<'t, str>, Fault>,
) -> Result<Value, Fault> {
    if !parts.len().is_multiple_of(2) {
        return Err(Fault::Form("names and values in turn, such as a,1,b,2".to_owned()));
    }
    let mut members = Map::new();
    for pair in parts.chunks_exact(2) {
        let name = decode(pair[0])?;
        let value = coerce::scalar(&decode(pair[1])?, member(wire, &name));
        members.insert(name.into_owned(), value);
    }
    Ok(Value::Object(members))
}

fn separator(style: Style) -> &'static str {
    match style {
        Style::SpaceDelimited => "spaces",
        Style::PipeDelimited => "'|'",
        _ => "commas",
    }
}

/// The items of one text. Many clients encode the separator too, so that counts as one where none stands bare.
fn parts(text: &str, style: Style) -> Vec<&str> {
    let (bare, encoded): (char, [&str; 2]) = match style {
        Style::SpaceDelimited => ('+', ["%20", "%20"]),
        Style::PipeDelimited => ('|', ["%7C", "%7c"]),
        _ => (',', ["%2C", "%2c"]),
    };
    if text.is_empty() {
        Vec::new()
    } else if text.contains(bare) {
        text.split(bare).collect()
    } else {
        let mut parts = vec![text];
        for separator in encoded {
            parts = parts.into_iter().flat_map(|part| part.split(separator)).collect();
        }
        parts
    }
}

/// An object from names with brackets: `a=1`, `b[c]=2`, `d[]=3`. What came too often is told with its number.
pub fn from_fields<'f>(
    fields: impl Iterator<Item = (Vec<&'f str>, Cow<'f, str>)>,
    wire: &Wire,
) -> (Value, Vec<(String, usize)>) {
    let mut root = Value::Object(Map::new());
    let mut repeated: Vec<(String, usize)> = Vec::new();
    for (path, text) in fields {
        if !put(&mut root, wire, &path, &text) {
            let name = path.join(".");
            match repeated.iter_mut().find(|(known, _)| *known == name) {
                Some((_, times)) => *times += 1,
                None => repeated.push((name, 2)),
            }
        }
    }
    (root, repeated)
}

/// The value of a single name, of which the paths are what follows it in brackets.
pub fn from_members<'f>(
    mut fields: impl Iterator<Item = (Vec<&'f str>, Cow<'f, str>)>,
    wire: &Wire,
) -> Result<Option<Value>, Fault> {
    let Some((path, text)) = fields.next() else { return Ok(None) };
    let mut value = made(wire, &path, &text);
    let repeated = fields.filter(|(path, text)| !add(&mut value, wire, path, text)).count();
    if repeated > 0 { Err(Fault::Repeated(repeated + 1)) } else { Ok(Some(value)) }
}

/// The parts of `a[b][]`: `a`, `b` and an empty one. A name whose brackets don't close is one part.
pub fn bracketed(name: &str) -> Vec<&str> {
    let Some((first, rest)) = name.split_once('[') else { return vec![name] };
    let Some(rest) = rest.strip_suffix(']') else { return vec![name] };
    if first.is_empty() || rest.matches("][").count() + 2 > DEEPEST {
        return vec![name];
    }
    std::iter::once(first).chain(rest.split("][")).collect()
}

/// Puts a text where its path leads. `false` if a single value is already there.
fn put(here: &mut Value, wire: &Wire, path: &[&str], text: &str) -> bool {
    let Some((part, rest)) = path.split_first() else {
        return false;
    };
    match here {
        Value::Array(items) => {
            let kind = wire.items.as_deref().unwrap_or(&TEXT);
            if rest.is_empty() {
                items.push(coerce::scalar(text, kind));
                return true;
            }
            // `a[0][b]` and `a[0][c]` are one item, `a[][b]` begins a new one.
            match part.parse::<usize>() {
                Ok(index) if index < items.len() => put(&mut items[index], kind, rest, text),
                _ => {
                    let mut item = empty(kind, rest);
                    put(&mut item, kind, rest, text);
                    items.push(item);
                    true
                }
            }
        }
        Value::Object(members) => {
            let kind = member(wire, part);
            match members.get_mut(*part) {
                Some(known) => add(known, kind, rest, text),
                None => {
                    members.insert((*part).to_owned(), made(kind, rest, text));
                    true
                }
            }
        }
        _ => false,
    }
}

/// Adds to a value that is there.
fn add(known: &mut Value, kind: &Wire, path: &[&str], text: &str) -> bool {
    match known {
        Value::Array(items) if path.is_empty() && kind.array => {
            items.push(coerce::scalar(text, kind.items.as_deref().unwrap_or(&TEXT)));
            true
        }
        known => put(known, kind, path, text),
    }
}

fn made(kind: &Wire, path: &[&str], text: &str) -> Value {
    if !path.is_empty() {
        let mut value = empty(kind, path);
        put(&mut value, kind, path, text);
        return value;
    }
    match kind.array && !kind.string {
        true => Value::Array(vec![coerce::scalar(text, kind.items.as_deref().unwrap_or(&TEXT))]),
        false => coerce::scalar(text, kind),
    }
}

fn empty(kind: &Wire, rest: &[&str]) -> Value {
    let counted = rest.first().is_some_and(|part| part.is_empty() || part.bytes().all(|byte| byte.is_ascii_digit()));
    if kind.array || (counted && !kind.object) { Value::Array(Vec::new()) } else { Value::Object(Map::new()) }
}

/// The kind of a member of an object.
pub fn member<'w>(wire: &'w Wire, name: &str) -> &'w Wire {
    let named = wire.properties.iter().find(|(known, _)| known == name).map(|(_, kind)| kind);
    named.or(wire.additional.as_deref()).unwrap_or(&TEXT)
}

/// Where nothing is said, a text is a text.
static TEXT: Wire = Wire {
    null: false,
    boolean: false,
    integer: false,
    number: false,
    string: true,
    array: false,
    object: false,
    date_time: false,
    items: None,
    properties: Vec::new(),
    additional: None,
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn numbers() -> Wire {
        let integer = Wire { integer: true, ..Wire::default() };
        Wire { array: true, items: Some(Box::new(integer)), ..Wire::default() }
    }

    fn colour() -> Wire {
        let part = |name: &str| (name.to_owned(), Wire { integer: true, ..Wire::default() });
        Wire { object: true, properties: vec![part("R"), part("G")], ..Wire::default() }
    }

    #[test]
    fn texts_of_the_path_in_each_style() {
        let read = |text: &str, style, explode, wire: &Wire| from_text("c", text, style, explode, wire);
        let scalar = Wire { string: true, ..Wire::default() };
        for (text, style) in [("blue", Style::Simple), (".blue", Style::Label), (";c=blue", Style::Matrix)] {
            assert_eq!(read(text, style, false, &scalar), Ok(json!("blue")));
            assert_eq!(read(text, style, true, &scalar), Ok(json!("blue")));
        }
        for (text, style, explode) in [
            ("1,2", Style::Simple, false),
            ("1,2", Style::Simple, true),
            ("1, 2", Style::Simple, true),
            (".1,2", Style::Label, false),
            (".1.2", Style::Label, true),
            (";c=1,2", Style::Matrix, false),
            (";c=1;c=2", Style::Matrix, true),
        ] {
            assert_eq!(read(text, style, explode, &numbers()), Ok(json!([1, 2])), "{text}");
        }
        for (text, style, explode) in [
            ("R,1,G,2", Style::Simple, false),
            ("R=1,G=2", Style::Simple, true),
            (".R,1,G,2", Style::Label, false),
            (".R=1.G=2", Style::Label, true),
            (";c=R,1,G,2", Style::Matrix, false),
            (";R=1;G=2", Style::Matrix, true),
        ] {
            assert_eq!(read(text, style, explode, &colour()), Ok(json!({"R": 1, "G": 2})), "{text}");
        }
        assert!(matches!(read("blue", Style::Label, false, &scalar), Err(Fault::Form(_))));
        assert!(matches!(read(";d=blue", Style::Matrix, false, &scalar), Err(Fault::Form(_))));
        assert!(matches!(read("R,1,G", Style::Simple, false, &colour()), Err(Fault::Form(_))));
        assert!(matches!(read("R,1", Style::Simple, true, &colour()), Err(Fault::Form(_))));
    }

    #[test]
    fn texts_of_the_query_in_each_style() {
        let read = |texts: &[&str], style, explode, wire: &Wire| from_texts(texts, style, explode, wire, true);
        assert_eq!(read(&["1", "2"], Style::Form, true, &numbers()), Ok(json!([1, 2])));
        assert_eq!(read(&["1"], Style::Form, true, &numbers()), Ok(json!([1])));
        for (text, style) in [
            ("1,2", Style::Form),
            ("1%2C2", Style::Form),
            ("1%202", Style::SpaceDelimited),
            ("1+2", Style::SpaceDelimited),
            ("1|2", Style::PipeDelimited),
            ("1%7c2", Style::PipeDelimited),
        ] {
            assert_eq!(read(&[text], style, false, &numbers()), Ok(json!([1, 2])), "{text}");
        }
        assert_eq!(read(&[""], Style::Form, false, &numbers()), Ok(json!([])));
        assert!(matches!(read(&["1", "2"], Style::Form, false, &numbers()), Err(Fault::Form(_))));
        assert_eq!(read(&["R,1,G,2"], Style::Form, false, &colour()), Ok(json!({"R": 1, "G": 2})));
        assert_eq!(read(&["a", "b"], Style::Form, true, &TEXT), Err(Fault::Repeated(2)));
        assert_eq!(read(&["a+b%26"], Style::Form, true, &TEXT), Ok(json!("a b&")));
        for bad in ["%", "%z1", "a%2", "%ff", "%c0%af", "%ed%a0%80"] {
            assert_eq!(read(&[bad], Style::Form, true, &TEXT), Err(Fault::Encoding), "{bad}");
        }
    }

    #[test]
    fn names_with_brackets_nest() {
        let wire =
            Wire { properties: vec![("n".to_owned(), numbers()), ("c".to_owned(), colour())], ..Wire::default() };
        let read = |fields: &[(&str, &str)]| {
            let fields: Vec<(Vec<&str>, Cow<str>)> =
                fields.iter().map(|(name, text)| (bracketed(name), Cow::Owned((*text).to_owned()))).collect();
            from_fields(fields.into_iter(), &wire)
        };
        assert_eq!(read(&[("n[]", "1"), ("n[]", "2"), ("c[R]", "3")]).0, json!({"n": [1, 2], "c": {"R": 3}}));
        assert_eq!(read(&[("n", "1"), ("n", "2")]).0, json!({"n": [1, 2]}));
        assert_eq!(read(&[("x[a][b]", "1"), ("x[a][c]", "2")]).0, json!({"x": {"a": {"b": "1", "c": "2"}}}));
        assert_eq!(
            read(&[("l[0][a]", "1"), ("l[0][b]", "2"), ("l[1][a]", "3")]).0,
            json!({"l": [{"a": "1", "b": "2"}, {"a": "3"}]})
        );
        assert_eq!(read(&[("s", "1"), ("s", "2"), ("s", "3")]).1, [("s".to_owned(), 3)]);
        assert_eq!(bracketed("a[b"), ["a[b"]);
        assert_eq!(bracketed("[a]"), ["[a]"]);
        assert_eq!(bracketed("a[b]c"), ["a[b]c"]);
    }
}
