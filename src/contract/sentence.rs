//! What a schema allows, in the words of a person. Each phrase reads after "expected" and after "Must be".

use serde_json::Value;

use crate::plural;

/// How many values of a long list are named.
const NAMED: usize = 20;

/// What the schema allows as far as one of its keywords is concerned.
pub fn expected(schema: &Value, keyword: &str) -> String {
    match keyword {
        "enum" => values(schema),
        "const" => schema.get("const").map_or_else(|| "the one value allowed".to_owned(), quoted),
        "pattern" => pattern(schema),
        "format" => {
            schema.get("format").and_then(Value::as_str).map_or_else(|| "a valid text".to_owned(), format_named)
        }
        "minLength" | "maxLength" => format!("a string{}", length(schema)),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
            number(schema, if has_type(schema, "integer") { "an integer" } else { "a number" })
        }
        "minItems" | "maxItems" | "uniqueItems" => array(schema),
        "minProperties" | "maxProperties" => object(schema),
        _ => whole(schema),
    }
}

/// What the schema allows altogether.
pub fn whole(schema: &Value) -> String {
    if schema.get("enum").is_some() {
        return values(schema);
    }
    if let Some(value) = schema.get("const") {
        return quoted(value);
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let phrases: Vec<String> = kinds.iter().map(|kind| kind_named(schema, kind)).collect();
    match phrases.as_slice() {
        [] if schema.get("properties").is_some() => "an object".to_owned(),
        [] if schema.get("items").is_some() => array(schema),
        [] if schema.get("pattern").is_some() => pattern(schema),
        [] if schema.get("minimum").is_some() || schema.get("maximum").is_some() => number(schema, "a number"),
        [] => "a value that fits the schema".to_owned(),
        phrases => either(phrases),
    }
}

/// `'a', 'b', or 'c'`.
pub fn list(values: &[Value]) -> String {
    let mut named: Vec<String> = values.iter().take(NAMED).map(quoted).collect();
    if values.len() > NAMED {
        named.push(format!("one of {} more", values.len() - NAMED));
    }
    either(&named)
}

/// Some of the names that are known: enough to see what kind they are of.
pub fn names(names: &[&str]) -> String {
    const FEW: usize = 8;
    let mut quoted: Vec<String> = names.iter().take(FEW).map(|name| format!("'{name}'")).collect();
    if names.len() > FEW {
        quoted.push(format!("one of {} more", names.len() - FEW));
    }
    either(&quoted)
}

/// `a or b`; `a, b, or c`.
pub fn either(parts: &[String]) -> String {
    match parts {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first, second] => format!("{first} or {second}"),
        [first @ .., last] => format!("{}, or {last}", first.join(", ")),
    }
}

/// A value as it is named within a sentence: texts in single quotes, all else as JSON.
pub fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

/// The value that came, short enough for a line. What is made of parts is counted and not shown: a part may be secret.
pub fn found(value: &Value) -> String {
    match value {
        Value::Array(items) => match items.len() {
            0 => "an empty array".to_owned(),
            1 => "an array of 1 item".to_owned(),
            count => format!("an array of {count} items"),
        },
        Value::Object(members) => match members.len() {
            0 => "an empty object".to_owned(),
            1 => "an object of 1 member".to_owned(),
            count => format!("an object of {count} members"),
        },
        // Cut before it is quoted: a megabyte need not be written out to be thrown away.
        Value::String(text) => match text.char_indices().nth(100) {
            Some((end, _)) => format!("{}…", Value::from(&text[..end])),
            None => value.to_string(),
        },
        other => other.to_string(),
    }
}

fn values(schema: &Value) -> String {
    list(schema.get("enum").and_then(Value::as_array).map_or(&[], Vec::as_slice))
}

fn has_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    }
}

fn kind_named(schema: &Value, kind: &str) -> String {
    match kind {
        "integer" => number(schema, "an integer"),
        "number" => number(schema, "a number"),
        "string" if schema.get("format").is_some_and(|format| is_telling(format.as_str())) => {
            expected(schema, "format")
        }
        "string" => format!("a string{}", length(schema)),
        "boolean" => "true or false".to_owned(),
        "array" => array(schema),
        "object" => "an object".to_owned(),
        "null" => "null".to_owned(),
        other => format!("of type {other}"),
    }
}

fn is_telling(format: Option<&str>) -> bool {
    !matches!(format, None | Some("binary" | "password"))
}

fn pattern(schema: &Value) -> String {
    let pattern = schema.get("pattern").and_then(Value::as_str).unwrap_or_default();
    let examples = schema.get("examples").and_then(|examples| examples.get(0));
    match schema.get("example").or(examples).or(schema.get("default")) {
        Some(example @ Value::String(_)) => format!("text that matches {pattern}, such as {}", quoted(example)),
        _ => format!("text that matches {pattern}"),
    }
}

fn format_named(format: &str) -> String {
    match format {
        "date-time" => "a date-time in ISO 8601 form such as 2025-01-15T14:30:00Z",
        "date" => "a date in ISO 8601 form such as 2025-01-15",
        "time" => "a time such as 14:30:00Z",
        "duration" => "a duration in ISO 8601 form such as PT30M",
        "email" | "idn-email" => "an email address",
        "hostname" | "idn-hostname" => "a host name",
        "ipv4" => "an IPv4 address",
        "ipv6" => "an IPv6 address",
        "uri" | "iri" => "an absolute URL such as https://example.com/path",
        "uri-reference" | "iri-reference" => "a URL, absolute or relative",
        "uri-template" => "a URL template",
        "uuid" => "a UUID such as 123e4567-e89b-12d3-a456-426614174000",
        "json-pointer" => "a JSON Pointer such as /a/b",
        "relative-json-pointer" => "a relative JSON Pointer such as 1/a",
        "regex" => "a regular expression",
        "byte" => "text in Base64",
        "int32" => "an integer of 32 bits",
        "int64" => "an integer of 64 bits",
        "float" => "a number within the range of a 32-bit float",
        other => return format!("a text of the format {other}"),
    }
    .to_owned()
}

fn length(schema: &Value) -> String {
    count(schema, "minLength", "maxLength", "character")
}

fn array(schema: &Value) -> String {
    let unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
    format!(
        "an array{}{}",
        count(schema, "minItems", "maxItems", "item"),
        if unique { " without repetition" } else { "" }
    )
}

fn object(schema: &Value) -> String {
    format!("an object{}", count(schema, "minProperties", "maxProperties", "member"))
}

fn count(schema: &Value, least: &str, most: &str, unit: &str) -> String {
    let bound =
        |name: &str| schema.get(name).and_then(|bound| bound.as_u64().or(bound.as_f64().map(|bound| bound as u64)));
    let units = |count: u64| plural::count(count, unit);
    match (bound(least).filter(|least| *least > 0), bound(most)) {
        (None, None) => String::new(),
        (Some(least), None) => format!(" of at least {}", units(least)),
        (None, Some(most)) => format!(" of at most {}", units(most)),
        (Some(least), Some(most)) if least == most => format!(" of exactly {}", units(least)),
        (Some(least), Some(most)) => format!(" of {least} to {}", units(most)),
    }
}

fn number(schema: &Value, kind: &str) -> String {
    let bound = |name: &str| schema.get(name).filter(|bound| bound.is_number());
    let least = bound("minimum").map(|n| (format!("of at least {n}"), n));
    let most = bound("maximum").map(|n| (format!("of at most {n}"), n));
    let above = bound("exclusiveMinimum").map(|n| format!("greater than {n}"));
    let below = bound("exclusiveMaximum").map(|n| format!("less than {n}"));
    let range = match (least, most, above, below) {
        (Some((_, least)), Some((_, most)), None, None) => format!(" from {least} to {most}"),
        (least, most, above, below) => {
            let parts = [least.map(|(text, _)| text), above, most.map(|(text, _)| text), below];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            if parts.is_empty() { String::new() } else { format!(" {}", parts.join(" and ")) }
        }
    };
    match bound("multipleOf") {
        Some(step) => format!("{kind}{range} that is a multiple of {step}"),
        None => format!("{kind}{range}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn phrases_read_as_a_person_would_write_them() {
        let table = [
            (json!({"type": "integer"}), "type", "an integer"),
            (json!({"type": "integer", "minimum": 1}), "minimum", "an integer of at least 1"),
            (json!({"type": "integer", "minimum": 1}), "type", "an integer of at least 1"),
            (json!({"type": "integer", "minimum": 1, "maximum": 100}), "maximum", "an integer from 1 to 100"),
            (json!({"type": "number", "exclusiveMinimum": 0}), "exclusiveMinimum", "a number greater than 0"),
            (
                json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1.5}),
                "maximum",
                "a number greater than 0 and of at most 1.5",
            ),
            (json!({"type": "number", "multipleOf": 0.5}), "multipleOf", "a number that is a multiple of 0.5"),
            (json!({"enum": ["a"]}), "enum", "'a'"),
            (json!({"enum": ["asc", "desc"]}), "enum", "'asc' or 'desc'"),
            (json!({"enum": ["small", "medium", "large"]}), "enum", "'small', 'medium', or 'large'"),
            (json!({"enum": [1, 2, null]}), "enum", "1, 2, or null"),
            (json!({"const": "dog"}), "const", "'dog'"),
            (json!({"type": "string", "maxLength": 100}), "maxLength", "a string of at most 100 characters"),
            (json!({"type": "string", "minLength": 1}), "minLength", "a string of at least 1 character"),
            (json!({"type": "string", "minLength": 3, "maxLength": 9}), "type", "a string of 3 to 9 characters"),
            (
                json!({"type": "string", "minLength": 2, "maxLength": 2}),
                "minLength",
                "a string of exactly 2 characters",
            ),
            (json!({"type": "string", "format": "email"}), "format", "an email address"),
            (
                json!({"type": "string", "format": "date-time"}),
                "type",
                "a date-time in ISO 8601 form such as 2025-01-15T14:30:00Z",
            ),
            (json!({"type": "string", "format": "password"}), "type", "a string"),
            (json!({"type": "string", "pattern": "^a+$"}), "pattern", "text that matches ^a+$"),
            (json!({"pattern": "^a+$", "example": "aa"}), "pattern", "text that matches ^a+$, such as 'aa'"),
            (json!({"type": "array", "maxItems": 10}), "maxItems", "an array of at most 10 items"),
            (json!({"type": "array", "uniqueItems": true}), "uniqueItems", "an array without repetition"),
            (json!({"type": "object", "minProperties": 1}), "minProperties", "an object of at least 1 member"),
            (json!({"type": ["string", "null"]}), "type", "a string or null"),
            (json!({"type": ["string", "integer", "null"]}), "type", "a string, an integer, or null"),
            (json!({"type": "boolean"}), "type", "true or false"),
        ];
        for (schema, keyword, phrase) in table {
            assert_eq!(expected(&schema, keyword), phrase, "{schema} {keyword}");
        }
    }

    #[test]
    fn long_lists_and_long_values_are_cut() {
        let many: Vec<Value> = (0..25).map(Value::from).collect();
        assert!(list(&many).ends_with("18, 19, or one of 5 more"));
        let text = found(&Value::from("é".repeat(4000)));
        assert_eq!(text.chars().count(), 103);
        assert_eq!(found(&json!({"password": "secret"})), "an object of 1 member");
    }
}
